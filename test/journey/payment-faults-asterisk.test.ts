// What goes wrong while a student pays, with a real browser at one end and a real Asterisk at the other: forged returns, a provider
// that is dead or silent, fingers that press twice, a bank that asks, amounts that are none. Nothing is lost, nothing is paid twice,
// and the page says what is known.
import {afterAll, afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {must} from '../../shared/assert/assert.ts';
import {openAsteriskHall, SOON, type AsteriskHall} from '../rig/asterisk/hall.ts';
import {endsOf, mailsTo, paidOnce, paymentsOf, UNPAID} from '../rig/ends.ts';
import {CARD_CLEARING} from '../rig/hall-seed.ts';

const GOOD = '4242 4242 4242 4242';
/** Its bank asks, each time. */
const ASKING = '4000 0027 6000 3184';
const NO_MONEY = '4000 0000 0000 9995';
const ARRIVED = 'Your top-up has arrived';
/** Said once to whoever begins without money. */
const LOW = 'Your telephone balance is low';
const NOT_FINISHED = 'You are not finished Nothing is charged until you confirm on the page of the payment provider.';
const PAID = 'Paid The money is on your account.';

const FAY = '106';
const GUS = '107';
const HAL = '108';
const IVY = '109';
const KIM = '110';
const LEO = '111';
const NAMES = {[FAY]: 'Fay', [GUS]: 'Gus', [HAL]: 'Hal', [IVY]: 'Ivy', [KIM]: 'Kim', [LEO]: 'Leo'};
/** Without money, so locked from the start. */
const STUDENTS = Object.entries(NAMES).map(([extension, name]) => ({extension, name, opening: 0}));

describe('paying where something goes wrong, down to the real switchboard', () => {
  let started: AsteriskHall | undefined;
  const rig = (): AsteriskHall => must(started, 'hall');
  beforeEach(async (context) => {
    started ??= await openAsteriskHall(context, STUDENTS);
  }, 120_000);
  afterEach(() => started?.hall.card.order({do: 'calm'}));
  afterAll(() => started?.end());

  /** What the provider was asked to begin for a student, since it last began to run. */
  const begun = async (extension: string): Promise<number> => {
    const ids = paymentsOf(rig().hall, extension).map(({id}) => id);
    const requests = await rig().hall.card.requests();
    const keys = requests.flatMap(({request, key}) => (request === 'POST /v1/checkout/sessions' && key !== undefined ? [key] : []));
    return keys.filter((key) => ids.some((id) => key.includes(id))).length;
  };

  test('an amount that is none makes nothing, says why, and keeps what was typed', async () => {
    const {hall, telephone} = rig();
    const kim = await telephone(KIM);
    for (const [typed, said] of [
      ['0', 'Enter an amount above zero'],
      ['-5', 'Enter an amount above zero'],
      ['−5', 'Enter an amount above zero'],
      ['0.99', 'Enter £1.00 or more'],
      ['1000000000000', 'Enter £200.00 or less.'],
      ['200.01', 'Enter £200.00 or less.'],
      ['ten', '“ten” is no amount. Enter digits, such as 12.50'],
      ['1.005', 'Enter an amount with at most two digits after the point, such as 12.50'],
      ['1e2', '“1e2” is no amount.'],
      ['10,50', '“10,50” is no amount.'],
      ['<b>5</b>', '“<b>5</b>” is no amount.'],
      ['', 'Enter an amount, such as 12.50'],
    ] as const) {
      await kim.wish(typed);
      await kim.press();
      expect([typed, await kim.page.innerText('.error-summary')]).toEqual([typed, expect.stringContaining(said)]);
      expect(await kim.page.inputValue('#other')).toBe(typed);
      expect(await kim.page.isChecked('input[name="how"][value="card"]')).toBe(true);
    }
    expect(paymentsOf(hall, KIM)).toEqual([]);
    // Mended where it stands, and pressed: the form is whole.
    await kim.page.fill('#other', '12.50');
    await kim.press();
    expect(kim.page.url()).toContain(`${hall.card.address}/c/pay/`);
    expect(await kim.page.innerText('main')).toContain('£12.50');
    expect(await begun(KIM)).toBe(1);
    expect(await endsOf(hall, KIM)).toEqual(UNPAID);
    await kim.close();
  }, 60_000);

  test('a return that is forged credits nothing, and is told the truth', async () => {
    const {hall, telephone, isLocked, opened, endsAre} = rig();
    const fay = await telephone(FAY);
    await fay.wish('20');
    await fay.press();
    const [made] = paymentsOf(hall, FAY);
    const id = made?.id ?? '';
    const session = /cs_test_\w+/.exec(fay.page.url())?.[0] ?? '';
    for (const path of [`/paid/${id}`, `/paid/${id}?session_id=${session}&status=succeeded&payment_status=paid`]) {
      await fay.page.goto(hall.cloud.address + path);
      expect(await fay.shows(NOT_FINISHED)).toContain('Top-up of £20.00');
      expect(fay.page.url()).toBe(`${hall.cloud.address}/payments/${id}`);
    }
    // Somebody else's, and nobody's.
    const [others] = paymentsOf(hall, KIM);
    for (const path of [`/paid/${others?.id ?? ''}`, `/paid/${'0'.repeat(32)}`, '/paid/succeeded']) {
      await fay.page.goto(hall.cloud.address + path);
      const said = await fay.shows('There is no such page');
      expect(said).not.toContain('£');
    }
    expect((await fay.page.goto(`${hall.cloud.address}/paid/%3Cscript%3E`))?.status()).toBe(404);
    expect(await endsOf(hall, FAY)).toEqual(UNPAID);
    expect(await endsOf(hall, KIM)).toEqual(UNPAID);
    expect(await isLocked(FAY)).toBe(true);
    expect(paymentsOf(hall, FAY)).toMatchObject([{state: 'action_required'}]);

    await fay.read(`/payments/${id}`);
    await fay.tap('Continue on the payment page');
    await fay.tap('Cancel');
    await fay.shows(NOT_FINISHED);
    await fay.tap('Continue on the payment page');
    await fay.payWith(NO_MONEY);
    expect(await fay.page.innerText('main')).toContain('Your card has insufficient funds.');
    expect(await endsOf(hall, FAY)).toEqual(UNPAID);
    await fay.payWith(GOOD);
    await fay.shows(PAID);
    await opened(FAY);
    await endsAre(FAY, paidOnce(20));
    expect(await begun(FAY)).toBe(1);
    await vi.waitFor(async () => expect(await mailsTo(hall, FAY)).toEqual([LOW, ARRIVED]), SOON);
    await fay.close();
  }, 60_000);

  test('a provider that is dead when Pay is pressed, and comes back, is paid once', async () => {
    const {hall, telephone, isLocked, opened, endsAre} = rig();
    const gus = await telephone(GUS);
    const tab = await gus.tab();
    for (const each of [gus, tab]) await each.wish('10');
    await hall.card.die();
    await gus.press();
    expect(await gus.says()).toContain('We have your order It goes to your card company in a moment.');
    expect(paymentsOf(hall, GUS)).toMatchObject([{state: 'created'}]);
    // Whoever presses again meets the same payment.
    await tab.press();
    expect(await tab.says()).toContain('We have your order');
    await tab.page.close();
    expect(paymentsOf(hall, GUS)).toHaveLength(1);
    await hall.card.comeBack();
    // The page finds out by itself.
    await gus.shows(NOT_FINISHED, 30_000);
    expect(await endsOf(hall, GUS)).toEqual(UNPAID);
    expect(await isLocked(GUS)).toBe(true);
    await gus.tap('Continue on the payment page');
    await gus.payWith(GOOD);
    await gus.shows(PAID);
    await opened(GUS);
    await endsAre(GUS, paidOnce(10));
    expect([paymentsOf(hall, GUS).length, await begun(GUS)]).toEqual([1, 1]);
    await vi.waitFor(async () => expect(await mailsTo(hall, GUS)).toEqual([LOW, ARRIVED]), SOON);
    await gus.close();
  }, 90_000);

  test('a provider that takes the money and then says nothing is believed when it speaks again', async () => {
    const {hall, telephone, isLocked, opened, endsAre} = rig();
    const leo = await telephone(LEO);
    await leo.wish('5');
    await leo.press();
    await hall.card.order({do: 'fault', match: 'GET /v1/', times: 1_000, fault: {kind: 'drop', when: 'before'}});
    await leo.payWith(GOOD);
    expect(await leo.shows(NOT_FINISHED)).toContain('If you have just done so, do not pay again');
    expect(await endsOf(hall, LEO)).toEqual({...UNPAID, charges: [500]});
    expect(await isLocked(LEO)).toBe(true);
    // Who does not believe it and goes there again, is sent back by the provider: it was paid.
    await leo.tap('Continue on the payment page');
    await leo.shows(NOT_FINISHED);
    await hall.card.order({do: 'calm'});
    // The page finds out by itself.
    await leo.shows(PAID, 30_000);
    await opened(LEO);
    await endsAre(LEO, paidOnce(5));
    await vi.waitFor(async () => expect(await mailsTo(hall, LEO)).toEqual([LOW, ARRIVED]), SOON);
    await leo.close();
  }, 90_000);

  test('Pay pressed twice, and in two tabs, is one payment and one charge', async () => {
    const {hall, telephone, opened, endsAre} = rig();
    const hal = await telephone(HAL);
    const tab = await hal.tab();
    const late = await hal.tab();
    for (const each of [hal, tab, late]) await each.wish('5');
    await Promise.all([hal.press(2), tab.press()]);
    await vi.waitFor(() => expect(hal.page.url()).toContain(`${hall.card.address}/c/pay/`), SOON);
    expect(tab.page.url()).toBe(hal.page.url());
    await hal.payWith(GOOD);
    await hal.shows(PAID);
    // The form that the other tab still shows leads to what was paid.
    await tab.payWith(GOOD);
    await tab.shows(PAID);
    await late.press();
    await late.shows(PAID);
    await opened(HAL);
    await endsAre(HAL, paidOnce(5));
    expect([paymentsOf(hall, HAL).length, await begun(HAL)]).toEqual([1, 1]);
    await vi.waitFor(async () => expect(await mailsTo(hall, HAL)).toEqual([LOW, ARRIVED]), SOON);
    await hal.close();
  }, 60_000);

  test('a bank that asks and is left has taken nothing; it is finished later, and another card works, too', async () => {
    const {hall, telephone, isLocked, opened, endsAre} = rig();
    const ivy = await telephone(IVY);
    await ivy.wish('5');
    await ivy.press();
    await ivy.payWith(ASKING);
    expect(await ivy.page.innerText('main')).toContain('Your bank asks: is this you?');
    expect(await ivy.read('/')).toContain('Your top-up of £5.00 is not finished');
    await ivy.tap('See how far it is');
    await ivy.shows(NOT_FINISHED);
    expect([await endsOf(hall, IVY), await isLocked(IVY)]).toEqual([UNPAID, true]);
    await ivy.tap('Continue on the payment page');
    await ivy.payWith(ASKING);
    await ivy.tap('Yes, authenticate');
    await ivy.shows(PAID);
    await opened(IVY);
    await endsAre(IVY, paidOnce(5));

    await ivy.wish('10');
    await ivy.press();
    await ivy.payWith(ASKING);
    await ivy.tap('No, refuse');
    expect(await ivy.page.innerText('main')).toContain('Your bank could not authenticate you.');
    expect(await endsOf(hall, IVY)).toEqual(paidOnce(5));
    await ivy.payWith(GOOD);
    await ivy.shows(PAID);
    const [five, ten] = [5_000_000, 10_000_000];
    await endsAre(IVY, {box: five + ten, cloud: five + ten, credits: {box: [five, ten], cloud: [five, ten]}, charges: [500, 1_000]});
    await vi.waitFor(async () => expect(await mailsTo(hall, IVY)).toEqual([LOW, ARRIVED, ARRIVED]), SOON);
    await ivy.close();
  }, 60_000);

  test('and at rest whoever paid can call, and all books agree', async () => {
    const {hall, call, isLocked} = rig();
    const open = [FAY, GUS, HAL, IVY, LEO];
    expect(await Promise.all(open.map((extension) => call(extension)))).toEqual(open.map(() => 200));
    expect([await call(KIM), await isLocked(KIM)]).toEqual([403, true]);
    await vi.waitFor(() => expect(hall.boxRows("SELECT id FROM call WHERE class = 'outgoing'")).toHaveLength(open.length), SOON);
    expect(await hall.agree()).toEqual([]);
    const taken = (await hall.card.taken()).reduce((sum, {amount}) => sum + amount, 0);
    expect(taken).toBe(2_000 + 1_000 + 500 + 500 + 500 + 1_000);
    expect(hall.balance(CARD_CLEARING)).toEqual({box: -taken * 10_000, cloud: -taken * 10_000});
    expect(await hall.verify('box')).toEqual({code: 0, findings: []});
    expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
    expect(hall.cloudRows("SELECT code, subject FROM incident WHERE ended_at IS NULL AND code LIKE 'payment.%'")).toEqual([]);
  }, 60_000);
});
