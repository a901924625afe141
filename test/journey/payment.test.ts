// Payments where somebody lies or nobody answers, on the real processes: forged webhooks, a true one thrice, an answer that is lost
// after the card was charged, a bank that wants to hear from the student. The same with a browser and Asterisk: the slow journeys.
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {must} from '../../shared/assert/assert.ts';
import {endsOf, mailsTo, paidOnce, paymentsOf, UNPAID, type Ends} from '../rig/ends.ts';
import {CARD_CLEARING, type HallStudent} from '../rig/hall-seed.ts';
import {startHall, WEBHOOK_SECRET, type Hall} from '../rig/hall.ts';
import {fieldIn, textIn, type Visitor} from '../rig/visitor.ts';
import {claimOf, postWebhook, signatureOf} from '../rig/webhook.ts';

const pounds = (amount: number): number => Math.round(amount * 1_000_000);
const SOON = {timeout: 15_000, interval: 30};
const MINUTE_MS = 60_000;
const LONDON = '902079460123';
const ARRIVED = 'Your top-up has arrived';
const ANN = '101';
const BOB = '102';
const CAI = '103';
const LIMITS = {threshold: pounds(2), target: pounds(10)};
const STUDENTS: readonly HallStudent[] = [
  {extension: ANN, name: 'Ann', opening: 0},
  {extension: BOB, name: 'Bob', opening: pounds(20), automatic: {by: {card: '4242424242424242'}, ...LIMITS}},
  // Its bank asks for each payment.
  {extension: CAI, name: 'Cai', opening: pounds(2.5), automatic: {by: {card: '4000002760003184'}, ...LIMITS}},
];

describe('a payment', () => {
  let hall: Hall;
  beforeAll(async () => {
    hall = await startHall(STUDENTS, {card: true, mail: true});
  });
  afterEach(() => hall.card.order({do: 'calm'}));
  afterAll(() => hall.end());

  /** Presses Pay; resolves with where the browser is sent to. */
  const press = async (visitor: Visitor, amount: string, how?: string): Promise<string> => {
    const {text} = await visitor.get('/top-up');
    const way = how ?? must(/name="how" value="([^"]+)"/.exec(text)?.[1], 'a saved card on the form');
    const {location} = await visitor.post('/top-up', {payment: fieldIn(text, 'payment') ?? '', amount: 'other', other: amount, how: way});
    return must(location, 'somewhere to go');
  };
  const payAt = async (page: string): Promise<number> => {
    const body = new URLSearchParams({number: '4242 4242 4242 4242', expiry: '12/34', cvc: '123'});
    return (await fetch(page, {method: 'POST', body, redirect: 'manual'})).status;
  };
  const endsAre = (extension: string, ends: Ends): Promise<void> =>
    vi.waitFor(async () => expect(await endsOf(hall, extension)).toEqual(ends), SOON);
  const isOpen = (extension: string): Promise<void> =>
    vi.waitFor(() => expect(hall.line(extension)).toMatchObject({wanted: 'open', confirmed: 1}), SOON);

  test('is not made by a webhook that is forged, and what a signed one says is asked about', async () => {
    const ann = await hall.visitor(hall.resident(ANN));
    const page = await press(ann, '20', 'card');
    const [made] = paymentsOf(hall, ANN);
    const payment = must(made, 'payment').id;
    const claim = claimOf({payment, amount: 2_000});
    const now = Date.now();
    const forged: readonly (readonly [string, string, string | undefined])[] = [
      ['not signed', claim, undefined],
      ['signed by nobody', claim, 't=1,v1=00'],
      ['signed by another', claim, signatureOf(claim, 'whsec_another')],
      ['six minutes old', claim, signatureOf(claim, WEBHOOK_SECRET, now - 6 * MINUTE_MS)],
      ['of the future', claim, signatureOf(claim, WEBHOOK_SECRET, now + 6 * MINUTE_MS)],
      ['altered', claim.replace('2000', '9000'), signatureOf(claim, WEBHOOK_SECRET)],
      ['stamped twice', claim, `t=${Math.floor(now / 1000)},${signatureOf(claim, WEBHOOK_SECRET, now - 6 * MINUTE_MS)}`],
      [
        'of real money',
        claimOf({payment, amount: 2_000, livemode: true}),
        signatureOf(claimOf({payment, amount: 2_000, livemode: true}), WEBHOOK_SECRET),
      ],
      ['no event', '"paid"', signatureOf('"paid"', WEBHOOK_SECRET)],
    ];
    for (const [name, body, signature] of forged) expect([name, await postWebhook(hall, body, signature)]).toEqual([name, 400]);
    expect(paymentsOf(hall, ANN)).toMatchObject([{state: 'action_required', hints: 0}]);
    // Whoever has the secret may tap us on the shoulder; the provider says that nothing was paid.
    expect(await postWebhook(hall, claim, signatureOf(claim, WEBHOOK_SECRET))).toBe(200);
    await vi.waitFor(() => expect(hall.cloudRows('SELECT event FROM provider_event WHERE handled_at IS NULL')).toEqual([]), SOON);
    expect(paymentsOf(hall, ANN)).toMatchObject([{state: 'action_required', hints: 1}]);
    expect(await endsOf(hall, ANN)).toEqual(UNPAID);
    expect(hall.line(ANN)).toMatchObject({wanted: 'locked', reasons: '["floor"]'});

    // The true ones, three at once each, and nobody comes back.
    await hall.card.order({do: 'webhook-fault', type: '', times: 100, fault: {kind: 'triple'}});
    expect(await payAt(page)).toBe(303);
    await isOpen(ANN);
    await endsAre(ANN, paidOnce(20));
    expect(await payAt(page)).toBe(303);
    expect(textIn((await ann.visit(`/paid/${payment}`)).text)).toContain('See your payment');
    expect(textIn((await ann.get(`/payments/${payment}`)).text)).toContain('Paid The money is on your account.');
    await endsAre(ANN, paidOnce(20));
  });

  test('whose answer is lost after the card was charged is found, and charged once', async () => {
    await hall.card.order({do: 'fault', match: 'POST /v1/payment_intents', times: 1, fault: {kind: 'drop', when: 'after'}});
    await hall.card.order({do: 'fault', match: 'GET /v1/', times: 1_000, fault: {kind: 'drop', when: 'before'}});
    await hall.card.order({do: 'webhook-fault', type: '', times: 100, fault: {kind: 'lose'}});
    const bob = await hall.visitor(hall.resident(BOB));
    const page = await press(bob, '7.50');
    expect(page).toMatch(/^\/payments\//);
    const said = textIn((await bob.get(page)).text);
    expect(said).toContain('We do not know yet whether your card was charged Do not pay again: we find out by ourselves.');
    const charged = {...UNPAID, box: pounds(20), cloud: pounds(20), charges: [750]};
    expect(await endsOf(hall, BOB)).toEqual(charged);
    await hall.card.order({do: 'calm'});
    // At the first look of the clock, ten seconds after it went wrong, or when the page is loaded.
    await vi.waitFor(async () => expect(textIn((await bob.get(page)).text)).toContain('Paid The money is on your account.'), {
      timeout: 15_000,
      interval: 500,
    });
    const credits = [pounds(7.5)];
    await endsAre(BOB, {...charged, box: pounds(27.5), cloud: pounds(27.5), credits: {box: credits, cloud: credits}});
    const keys = (await hall.card.requests()).filter(({request}) => request === 'POST /v1/payment_intents').map(({key}) => key);
    expect(new Set(keys).size).toBe(1);
  });

  test('that is sent four times at once, by a card that is charged at once, is one charge', async () => {
    const bob = await hall.visitor(hall.resident(BOB));
    const {text} = await bob.get('/top-up');
    const how = must(/name="how" value="([^"]+)"/.exec(text)?.[1], 'a saved card on the form');
    const form = {payment: fieldIn(text, 'payment') ?? '', amount: '5', other: '', how};
    const answers = await Promise.all(Array.from({length: 4}, () => bob.post('/top-up', form)));
    const page = `/payments/${form.payment}`;
    expect(answers.map(({location}) => location)).toEqual([page, page, page, page]);
    expect(textIn((await bob.get(page)).text)).toContain('Paid The money is on your account.');
    const credits = [pounds(7.5), pounds(5)];
    await endsAre(BOB, {box: pounds(32.5), cloud: pounds(32.5), credits: {box: credits, cloud: credits}, charges: [750, 500]});
  });

  test('that the bank wants to hear of keeps the telephone open, and the student pays another way', async () => {
    // 6 minutes: 2.50 − 0.60 is below the threshold of 2.
    expect(await hall.board.control.ask(`CALL ${CAI} ${LONDON} 360`)).toBe('made');
    await vi.waitFor(async () => expect(await mailsTo(hall, CAI)).toEqual(['Please confirm your top-up']), SOON);
    const cai = await hall.visitor(hall.resident(CAI));
    expect(textIn((await cai.get('/')).text)).toContain('Your bank wants you to confirm a payment.');
    const [asked] = paymentsOf(hall, CAI);
    const said = textIn((await cai.get(`/payments/${asked?.id ?? ''}`)).text);
    expect(said).toContain('You are not finished Nothing is charged until you confirm');
    expect(said).toContain('Pay on the provider’s page');
    await isOpen(CAI);
    expect(await hall.board.control.ask(`CALL ${CAI} ${LONDON} 60`)).toBe('made');
    expect(await payAt(await press(cai, '5', 'card'))).toBe(303);
    await endsAre(CAI, {...paidOnce(5), box: pounds(6.8), cloud: pounds(6.8)});
    await vi.waitFor(async () => expect(await mailsTo(hall, CAI)).toEqual(['Please confirm your top-up', ARRIVED]), SOON);
  });

  test('and at rest box, cloud and provider hold the same', async () => {
    expect(await hall.agree()).toEqual([]);
    const taken = (await hall.card.taken()).reduce((sum, {amount}) => sum + amount, 0);
    expect(taken).toBe(2_000 + 750 + 500 + 500);
    expect(hall.balance(CARD_CLEARING)).toEqual({box: -taken * 10_000, cloud: -taken * 10_000});
    expect(await hall.verify('box')).toEqual({code: 0, findings: []});
    expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
    expect(hall.cloudRows("SELECT code, subject FROM incident WHERE ended_at IS NULL AND code LIKE 'payment.%'")).toEqual([]);
  });
});
