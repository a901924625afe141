// The faults that a card payment must survive, through the real adapter, against the simulated provider as a process of its own: what
// was really taken stands in the provider's books.
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import {createCard, type Card} from '../../cloud/payment/card/card.ts';
import {pounds, SITE, STUDENT} from '../core/payment/rig.ts';
import {startCard, type RunningCard} from '../rig/card.ts';
import type {Fault} from '../simulator/card/faults.ts';
import {cardGiven, savedCard, shop, TIMEOUT_MS, WEBHOOK_SECRET} from './payment-card-bench.ts';
import {onPage} from './payment-card-page.ts';
import {MINUTE, NOTHING, openFaults, type FaultBench} from './payment-faults-bench.ts';

const SECOND = 1_000;
const CHARGE = '^POST /v1/payment_intents$';
const GOOD = '4242424242424242';

let listener: Server;
let provider: RunningCard;
let card: Card;
let bench: FaultBench;
/** Webhooks reach us only where a test is about them. */
let hears = false;

beforeAll(async () => {
  listener = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const signature = request.headers['stripe-signature'];
      const taken = hears
        ? bench.rig.payments.hooks.receive(Buffer.concat(chunks), typeof signature === 'string' ? signature : undefined)
        : Promise.resolve({status: 200});
      void taken.then(({status}) => response.writeHead(status).end());
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const {port} = listener.address() as AddressInfo;
  provider = await startCard([`--webhook=http://127.0.0.1:${port}/hooks/card`, `--webhook-secret=${WEBHOOK_SECRET}`]);
  card = createCard(cardGiven(provider.port));
});
afterEach(async () => {
  hears = false;
  await provider.order({do: 'calm'});
  await bench.rig.close();
});
afterAll(async () => {
  listener.close();
  await provider.stop();
});

async function open(): Promise<FaultBench> {
  bench = await openFaults({card, hint: (raw, signature) => card.readHint(raw, signature)});
  return bench;
}
const pay = async (number = GOOD) => bench.paySaved('card', await savedCard(shop(provider), number));
const paying = (number = GOOD) => ({number, expiry: '12/34', cvc: '123', act: 'pay'});
const fault = (what: Fault, times = 1, match = CHARGE) => provider.order({do: 'fault', match, times, fault: what});
const taken = async (): Promise<number> => (await provider.taken()).filter(({metadata}) => metadata['payment'] === bench.payment).length;

describe('a saved card', () => {
  test('F3: the process dies after it has sent: asked, one charge, one credit', async () => {
    const {rig} = await open();
    await pay();
    await bench.reach('submitting');
    rig.die();
    for (let tries = 0; tries < 300 && (await taken()) === 0; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect([await rig.state(bench.payment), await taken()]).toEqual(['submitting', 1]);
    rig.restart();
    await bench.later('succeeded', 3 * MINUTE);
    expect(await bench.money()).toEqual(bench.creditedOnce());
    expect(await taken()).toBe(1);
  });

  test.for<[string, Fault]>([
    ['F5: the connection is cut after the work', {kind: 'drop', when: 'after'}],
    ['F7: the answer comes too late', {kind: 'delay', when: 'after', ms: TIMEOUT_MS * 2}],
    ['F9: an error after the work', {kind: 'answer', when: 'after', what: '500'}],
    ['F10: a page of a proxy', {kind: 'answer', when: 'after', what: '502-html'}],
    ['F10: an empty answer', {kind: 'answer', when: 'after', what: 'empty-200'}],
    ['F10: a truncated answer', {kind: 'answer', when: 'after', what: 'truncated'}],
    ['a word for an answer', {kind: 'answer', when: 'after', what: 'word'}],
    ['F27: a redirect after the work', {kind: 'answer', when: 'after', what: 'redirect'}],
  ])('%s: one charge, one credit', async ([, what]) => {
    await open();
    await fault(what);
    await pay();
    await bench.reach('unknown');
    await bench.later('succeeded');
    expect(await bench.money()).toEqual(bench.creditedOnce());
    expect(await taken()).toBe(1);
  });

  test.for<[string, Fault]>([
    ['F9: an error before the work', {kind: 'answer', when: 'before', what: '500'}],
    ['the connection is cut before the work', {kind: 'drop', when: 'before'}],
    ['F28: it hangs', {kind: 'hang'}],
  ])('%s: sent again with the same key, one charge, one credit', async ([, what]) => {
    await open();
    await fault(what);
    await pay();
    await bench.reach('unknown');
    await bench.later('succeeded');
    expect(await bench.money()).toEqual(bench.creditedOnce());
    expect(await taken()).toBe(1);
    const keys = (await provider.requests()).filter(({key}) => key?.includes(bench.payment) === true).map(({key}) => key);
    expect(new Set(keys)).toEqual(new Set([`spbs:test:${bench.payment}:1`]));
  });

  test('F6: the provider is dead, and comes back: nothing was sent, then one charge, one credit', async () => {
    const {rig} = await open();
    const saved = await savedCard(shop(provider), GOOD);
    await provider.die();
    await bench.paySaved('card', saved);
    await bench.reach('created');
    for (let tries = 0; tries < 300 && !(await rig.steps(bench.payment)).includes('not-sent'); tries++) await rig.time.pass(10);
    await provider.comeBack();
    await bench.later('succeeded');
    expect(await bench.money()).toEqual(bench.creditedOnce());
    expect(await taken()).toBe(1);
  });

  test('F8: the answer is lost, and it was declined: failed, nothing credited', async () => {
    await open();
    await fault({kind: 'drop', when: 'after'});
    await pay('4000000000000341');
    await bench.reach('unknown');
    await bench.later('failed');
    expect(await bench.money()).toEqual(NOTHING);
  });

  test('F11: a storm of 429: fewer and fewer requests with one key, one charge, one credit', async () => {
    const {rig} = await open();
    await fault({kind: 'answer', when: 'before', what: '429'}, 3);
    await pay();
    for (let tries = 0; tries < 300 && (await rig.state(bench.payment)) !== 'succeeded'; tries++) {
      await rig.time.pass(SECOND);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await bench.money()).toEqual(bench.creditedOnce());
    expect([await taken(), (await rig.steps(bench.payment)).filter((code) => code === 'not-sent').length]).toEqual([1, 3]);
  });

  test('F19: another amount was taken: suspense, an incident, nothing for the student', async () => {
    const {rig} = await open();
    await fault({kind: 'alter', set: {amount: 900, amount_received: 900}});
    await pay();
    await bench.reach('failed');
    expect([await rig.topUps(), await rig.balance(STUDENT), await rig.balance('suspense')]).toEqual([[], 0, pounds(9)]);
    expect(await rig.incidents()).toEqual([`payment.other-money ${bench.payment}`]);
  });

  test('F19: money of another currency credits nobody', async () => {
    const {rig} = await open();
    await fault({kind: 'alter', set: {currency: 'usd'}});
    await pay();
    await bench.reach('failed');
    expect(await bench.money()).toEqual(NOTHING);
    expect(await rig.incidents()).toEqual([`payment.other-money ${bench.payment}`]);
  });

  test('F32: the bank wants to hear from the student: mailed, told to the box, and ended at the provider', async () => {
    const {rig} = await open();
    await bench.askFor('card', await savedCard(shop(provider), '4000002760003184'));
    await bench.reach('action_required');
    expect((await rig.results()).map(({result}) => result)).toEqual(['needs-student']);
    expect(rig.mails.map(({template}) => template)).toEqual(['payment-needs-you']);
    expect((await rig.payments.timeline(bench.payment))?.todo).toEqual({kind: 'pay-on-page'});
    await bench.within(40, 'canceled');
    expect(await bench.money()).toEqual(NOTHING);
    expect(await taken()).toBe(0);
  });
});

describe('the hosted page', () => {
  test('is paid, the browser comes back, the card is kept', async () => {
    const {rig} = await open();
    const url = await bench.openPage({save: true});
    await onPage(url, paying());
    await rig.time.pass(3 * SECOND);
    await rig.payments.lookNow(bench.payment, 'return');
    await bench.reach('succeeded');
    expect(await bench.money()).toEqual(bench.creditedOnce());
    expect((await rig.payments.methods.list(SITE, STUDENT)).map(({label}) => label)).toEqual(['Visa ending 4242']);
  });

  test('F18: a browser that comes back without paying credits nothing', async () => {
    const {rig} = await open();
    await bench.openPage();
    await rig.time.pass(3 * SECOND);
    await rig.payments.lookNow(bench.payment, 'return');
    expect(await rig.state(bench.payment)).toBe('action_required');
    expect(await bench.money()).toEqual(NOTHING);
  });

  test('F13: its webhook alone is enough, within moments', async () => {
    await open();
    hears = true;
    const url = await bench.openPage();
    await onPage(url, paying());
    await bench.reach('succeeded');
    expect(await bench.money()).toEqual(bench.creditedOnce());
  });

  test('F14: every webhook three times at once: one credit', async () => {
    await open();
    hears = true;
    await provider.order({do: 'webhook-fault', type: '.', times: 20, fault: {kind: 'triple'}});
    await onPage(await bench.openPage(), paying());
    await bench.reach('succeeded');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await bench.money()).toEqual(bench.creditedOnce());
  });

  test('F15: webhooks in another order: the provider’s answer decides', async () => {
    await open();
    hears = true;
    await provider.order({do: 'webhook-fault', type: '.', times: 1, fault: {kind: 'reorder'}});
    await onPage(await bench.openPage(), paying());
    await bench.reach('succeeded');
    expect(await bench.money()).toEqual(bench.creditedOnce());
  });

  test('F16: no webhook, no return: found by the clock', async () => {
    await open();
    await onPage(await bench.openPage(), paying());
    await bench.later('succeeded', 2 * MINUTE);
    expect(await bench.money()).toEqual(bench.creditedOnce());
  });

  test('F17: a webhook that is not signed by the provider is refused, and nothing is stored', async () => {
    const {rig} = await open();
    const body = Buffer.from(JSON.stringify({object: 'event', id: 'evt_1', type: 'checkout.session.completed', livemode: false}));
    for (const signature of [undefined, '', 't=1,v1=00', `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}`])
      expect(await rig.payments.hooks.receive(body, signature)).toEqual({status: 400});
    expect(await rig.store.reading.selectFrom('provider_event').selectAll().execute()).toEqual([]);
  });

  test('F21: paid just before it is ended: credited', async () => {
    const {rig} = await open();
    const url = await bench.openPage();
    await rig.time.pass(25 * MINUTE);
    await bench.reach('action_required');
    await onPage(url, paying());
    await bench.later('succeeded', 10 * MINUTE);
    expect(await bench.money()).toEqual(bench.creditedOnce());
  });

  test('is left, ended at the provider after half an hour, and cannot be paid after that', async () => {
    await open();
    const url = await bench.openPage();
    await bench.within(40, 'canceled');
    expect((await onPage(url, paying())).status).toBe(410);
    expect(await bench.money()).toEqual(NOTHING);
  });
});
