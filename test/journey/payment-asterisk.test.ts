// What a student at a small telephone goes through to pay, with a real Asterisk at the end of the line. Each story is looked at in
// the words of the page, at the provider, in both ledgers, in the mail, and in Asterisk's own database.
import process from 'node:process';
import {afterAll, afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {must} from '../../shared/assert/assert.ts';
import {openAsteriskHall, SOON, type AsteriskHall} from '../rig/asterisk/hall.ts';
import {endsOf, mailsTo, paidOnce, paymentsOf, UNPAID} from '../rig/ends.ts';
import {CARD_CLEARING, type HallStudent} from '../rig/hall-seed.ts';

const pounds = (amount: number): number => Math.round(amount * 1_000_000);
const GOOD = '4242 4242 4242 4242';
/** Can be saved, and is declined whenever it is charged. */
const DECLINED = '4000000000000341';
const ARRIVED = 'Your top-up has arrived';
const REFUSED = 'Your top-up did not go through';
/** Said once to whoever begins without money. */
const LOW = 'Your telephone balance is low';

const ANN = '101';
const BOB = '102';
const CAT = '103';
const DAN = '104';
const EVE = '105';
const FAY = '106';
const LIMITS = {threshold: pounds(2), target: pounds(10)};
const STUDENTS: readonly HallStudent[] = [
  {extension: ANN, name: 'Ann', opening: pounds(2.05), automatic: {by: {card: DECLINED}, ...LIMITS}},
  // Without money, so locked from the start.
  {extension: BOB, name: 'Bob', opening: 0},
  {extension: CAT, name: 'Cat', opening: 0},
  {extension: DAN, name: 'Dan', opening: 0},
  {extension: EVE, name: 'Eve', opening: 0},
  {extension: FAY, name: 'Fay', opening: 0},
];

describe('paying, down to the real switchboard', () => {
  let started: AsteriskHall | undefined;
  const rig = (): AsteriskHall => must(started, 'hall');
  let danPaidAt = 0;
  beforeEach(async (context) => {
    started ??= await openAsteriskHall(context, STUDENTS);
  }, 120_000);
  afterEach(() => started?.hall.card.order({do: 'calm'}));
  afterAll(() => started?.end());

  const loseWebhooks = (): Promise<void> => rig().hall.card.order({do: 'webhook-fault', type: '', times: 1_000, fault: {kind: 'lose'}});
  /** The browser, too, tries once more. */
  const cutAfterPaying = (): Promise<void> =>
    rig().hall.card.order({do: 'fault', match: 'POST /c/pay', times: 2, fault: {kind: 'drop', when: 'after'}});
  const calm = (): Promise<void> => rig().hall.card.order({do: 'calm'});

  test('a student pays, every webhook is lost, and the browser ends before it is back: nobody knows yet', async () => {
    const {hall, telephone, isLocked} = rig();
    await loseWebhooks();
    await cutAfterPaying();
    for (const extension of [DAN, CAT]) {
      const phone = await telephone(extension);
      await phone.wish('5');
      await phone.press();
      const paidAt = await phone.payAndVanish(GOOD);
      if (extension === DAN) danPaidAt = paidAt;
      await calm();
      await loseWebhooks();
      await cutAfterPaying();
      // Taken, and not told to anybody.
      expect(await endsOf(hall, extension)).toEqual({...UNPAID, charges: [500]});
      expect(await isLocked(extension)).toBe(true);
    }
  }, 60_000);

  test('whoever opens the portal again finds the money on the account, and the telephone open', async () => {
    const {hall, telephone, endsAre, opened} = rig();
    const cat = await telephone(CAT);
    const home = await cat.says();
    expect(home).toContain('Your phone is locked for outgoing calls');
    expect(home).toContain('Your balance is used up. Top up to open it.');
    expect(home).toContain('Your top-up of £5.00 is not finished');
    await cat.tap('See how far it is');
    await cat.shows('The money is on your account.');
    await opened(CAT);
    await endsAre(CAT, paidOnce(5));
    expect(paymentsOf(hall, CAT)).toMatchObject([{state: 'succeeded', hints: 0}]);
    await vi.waitFor(async () => expect(await mailsTo(hall, CAT)).toEqual([LOW, ARRIVED]), SOON);
    await cat.close();
  }, 60_000);

  test('a refused card locks a telephone that has money left, and a top-up by another card opens it', async () => {
    const {hall, telephone, call, isLocked, locked, opened, endsAre} = rig();
    const ann = await telephone(ANN);
    expect(await ann.says()).toContain('You have left £2.05');
    expect(await ann.says()).toContain('Open You can call.');
    expect(await isLocked(ANN)).toBe(false);

    expect(await call(ANN)).toBe(200);
    await locked(ANN);
    await vi.waitFor(() => expect(hall.line(ANN)).toMatchObject({wanted: 'locked', reasons: '["refused"]', confirmed: 1}), SOON);
    await endsAre(ANN, {...UNPAID, box: pounds(1.95), cloud: pounds(1.95)});
    expect(await call(ANN)).toBe(403);
    await vi.waitFor(async () => expect(await mailsTo(hall, ANN)).toEqual([REFUSED]), SOON);
    await vi.waitFor(async () => expect(await ann.read('/')).toContain('Your phone is locked for outgoing calls'), SOON);
    const home = await ann.says();
    expect(home).toContain('You have left £1.95');
    expect(home).toContain('The last automatic top-up was refused. Top up, or choose another card, to open it.');
    expect(home).toContain('Emergency calls always work.');

    await ann.wish('5');
    await ann.press();
    const paidAt = await ann.payWith(GOOD);
    const openedAt = await opened(ANN);
    await ann.shows('The money is on your account.');
    report('provider had answered the browser → open at Asterisk', openedAt - paidAt);
    expect(openedAt - paidAt).toBeLessThan(5_000);
    await endsAre(ANN, {...paidOnce(5), box: pounds(6.95), cloud: pounds(6.95)});
    await vi.waitFor(async () => expect(await ann.read('/')).toContain('Open You can call.'), SOON);
    expect(await ann.says()).toContain('You have left £6.95');
    expect(await call(ANN)).toBe(200);
    await endsAre(ANN, {...paidOnce(5), box: pounds(6.85), cloud: pounds(6.85)});
    await vi.waitFor(async () => expect(await mailsTo(hall, ANN)).toEqual([REFUSED, ARRIVED]), SOON);
    await ann.close();
  }, 60_000);

  test('the return to our page is enough where the webhook is lost', async () => {
    const {hall, telephone, isLocked, opened, endsAre} = rig();
    const bob = await telephone(BOB);
    expect(await bob.says()).toContain('You have left £0.00');
    expect(await isLocked(BOB)).toBe(true);
    await loseWebhooks();
    await bob.wish('10');
    await bob.press();
    const paidAt = await bob.payWith(GOOD);
    await bob.shows('The money is on your account.');
    report('the same by the return alone', (await opened(BOB)) - paidAt);
    await endsAre(BOB, paidOnce(10));
    expect(paymentsOf(hall, BOB)).toMatchObject([{state: 'succeeded', hints: 0}]);
    await vi.waitFor(async () => expect(await mailsTo(hall, BOB)).toEqual([LOW, ARRIVED]), SOON);
    await bob.close();
  }, 60_000);

  test('webhooks that come three times at once, and nobody who returns, are one credit', async () => {
    const {hall, telephone, opened, endsAre} = rig();
    await hall.card.order({do: 'webhook-fault', type: '', times: 1_000, fault: {kind: 'triple'}});
    await cutAfterPaying();
    const eve = await telephone(EVE);
    await eve.wish('20');
    await eve.press();
    const paidAt = await eve.payAndVanish(GOOD);
    report('the same by the webhook alone', (await opened(EVE)) - paidAt);
    await endsAre(EVE, paidOnce(20));
    await calm();
    const [payment] = paymentsOf(hall, EVE);
    expect(payment).toMatchObject({state: 'succeeded'});
    expect(payment?.hints).toBeGreaterThan(0);
    const again = await telephone(EVE);
    expect(await again.read('/payments')).toContain('£20.00');
    expect(await again.read(`/payments/${payment?.id ?? ''}`)).toContain('The money is on your account.');
    await vi.waitFor(async () => expect(await mailsTo(hall, EVE)).toEqual([LOW, ARRIVED]), SOON);
    await again.close();
  }, 60_000);

  test('cash at the desk opens a telephone, too, and two clicks are one payment', async () => {
    const {hall, browser, telephone, isLocked, opened, endsAre} = rig();
    const context = await browser.newContext({viewport: {width: 1280, height: 860}, locale: 'en-GB', ignoreHTTPSErrors: true});
    const page = await context.newPage();
    await page.goto(must(hall.cloud.firstAdmin, 'link for the first of the staff'));
    await page.fill('#name', 'Grace');
    await page.fill('#email', 'grace@hall.example');
    await page.fill('#password', 'seven herons wade in the pond');
    await page.click('main button[type="submit"]');
    await page.waitForURL(/\/desk/);
    const {account} = hall.resident(FAY);
    await page.goto(`${hall.cloud.address}/desk/students/${account}/cash`);
    await page.fill('#amount', '7.50');
    await page.fill('#reason', 'receipt 114');
    await page.click('main button[type="submit"]');
    expect(await page.innerText('main')).toContain('The balance goes from £0.00 to £7.50.');
    expect(await isLocked(FAY)).toBe(true);
    const takenAt = Date.now();
    await page.dblclick('main button[type="submit"]', {noWaitAfter: true});
    report('cash taken at the desk → open at Asterisk', (await opened(FAY)) - takenAt);
    await page.waitForURL(`**/desk/students/${account}`);
    await endsAre(FAY, {...UNPAID, box: pounds(7.5), cloud: pounds(7.5), credits: {box: [pounds(7.5)], cloud: [pounds(7.5)]}});
    const fay = await telephone(FAY);
    expect(await fay.says()).toContain('You have left £7.50');
    await vi.waitFor(async () => expect(await mailsTo(hall, FAY)).toEqual([LOW, ARRIVED]), SOON);
    await context.close();
    await fay.close();
  }, 60_000);

  test('what nobody came back to, and no webhook told of, is found by ourselves, a minute after it began', async () => {
    const {hall, opened, endsAre} = rig();
    // The first look of the clock is a minute after the page was opened.
    await vi.waitFor(() => expect(paymentsOf(hall, DAN)).toMatchObject([{state: 'succeeded', hints: 0, source: 'janitor'}]), {
      timeout: 75_000,
      interval: 100,
    });
    const took = (await opened(DAN)) - danPaidAt;
    report('taken → open at Asterisk, where only the clock is left', took);
    expect(took).toBeLessThan(65_000);
    await endsAre(DAN, paidOnce(5));
    await vi.waitFor(async () => expect(await mailsTo(hall, DAN)).toEqual([LOW, ARRIVED]), SOON);
  }, 120_000);

  test('and at rest every line calls, and all books agree', async () => {
    const {hall, call} = rig();
    const answers = await Promise.all(STUDENTS.map(({extension}) => call(extension)));
    expect(answers).toEqual(STUDENTS.map(() => 200));
    await vi.waitFor(() => expect(hall.boxRows("SELECT id FROM call WHERE class = 'outgoing'")).toHaveLength(2 + STUDENTS.length), SOON);
    expect(await hall.agree()).toEqual([]);
    const taken = (await hall.card.taken()).reduce((sum, {amount}) => sum + amount, 0);
    expect(taken).toBe(500 + 500 + 500 + 1_000 + 2_000);
    expect(hall.balance(CARD_CLEARING)).toEqual({box: -taken * 10_000, cloud: -taken * 10_000});
    expect(await hall.verify('box')).toEqual({code: 0, findings: []});
    expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
    expect(hall.cloudRows("SELECT code, subject FROM incident WHERE ended_at IS NULL AND code LIKE 'payment.%'")).toEqual([]);
  }, 60_000);
});

function report(what: string, ms: number): void {
  process.stdout.write(`\n${what}: ${ms} ms\n`);
}
