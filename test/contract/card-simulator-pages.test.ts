// The simulated provider's pages in the hands of a student, and its webhooks as the official SDK reads them.
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Stripe} from 'stripe';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {startCard, type RunningCard} from '../rig/card.ts';
import {customerOf, faultOf, nextKey, offSession, savedCard, shop, WEBHOOK_SECRET} from './payment-card-bench.ts';
import {onPage} from './payment-card-page.ts';

type Received = {readonly body: Buffer; readonly signature: string};

const SOON = {timeout: 5000, interval: 20};
const received: Received[] = [];
/** What the listener answers to the next webhooks; 200 when it is empty. */
const answers: number[] = [];
let listener: Server;
let provider: RunningCard;
let stripe: Stripe;

beforeAll(async () => {
  listener = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = answers.shift() ?? 200;
      if (status === 200) received.push({body: Buffer.concat(chunks), signature: String(request.headers['stripe-signature'])});
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const {port} = listener.address() as AddressInfo;
  provider = await startCard([`--webhook=http://127.0.0.1:${port}/hook`, `--webhook-secret=${WEBHOOK_SECRET}`]);
  stripe = shop(provider);
});
afterEach(async () => {
  await provider.order({do: 'calm'});
});
afterAll(async () => {
  await provider.stop();
  listener.close();
});

/** The events that came, as the SDK reads them. */
function events(): readonly Stripe.Event[] {
  return received.map(({body, signature}) => Stripe.webhooks.constructEvent(body, signature, WEBHOOK_SECRET));
}

const payer = {customer_creation: 'always', customer_email: 'student@example.org'} as const;

function session(
  more: Partial<Stripe.Checkout.SessionCreateParams> = {},
  who: Partial<Stripe.Checkout.SessionCreateParams> = payer,
): Promise<Stripe.Checkout.Session> {
  return stripe.checkout.sessions.create(
    {
      mode: 'payment',
      line_items: [{quantity: 2, price_data: {currency: 'gbp', unit_amount: 500, product_data: {name: 'Telephone credit'}}}],
      success_url: 'http://127.0.0.1:9/back?session={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://127.0.0.1:9/left',
      payment_intent_data: {metadata: {payment: 'p2'}, setup_future_usage: 'off_session'},
      metadata: {payment: 'p2'},
      ...who,
      ...more,
    },
    nextKey(),
  );
}

const card = (number: string, more: object = {}): Record<string, string> => ({number, expiry: '12 / 34', cvc: '123', act: 'pay', ...more});

describe('the hosted page, in the hands of a student', () => {
  test('a card is paid with, kept, and charged again without the student', async () => {
    const made = await session();
    expect(made).toMatchObject({status: 'open', payment_status: 'unpaid', payment_intent: null, amount_total: 1000, currency: 'gbp'});
    const shown = await onPage(made.url ?? '');
    expect(shown.text).toContain('£10.00');
    expect(shown.text).not.toMatch(/<script|https?:\/\/(?!127)/);
    expect(await onPage(made.url ?? '', card('4242 4242 4242 4242'))).toMatchObject({
      status: 303,
      location: `http://127.0.0.1:9/back?session=${made.id}`,
    });
    const paid = await stripe.checkout.sessions.retrieve(made.id, {expand: ['payment_intent.payment_method']});
    expect(paid).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      payment_intent: {status: 'succeeded', metadata: {payment: 'p2'}, payment_method: {card: {last4: '4242'}}},
    });
    const [method] = (await stripe.paymentMethods.list({customer: customerOf(paid)})).data;
    const again = await stripe.paymentIntents.create(offSession(customerOf(paid), method?.id ?? ''), nextKey());
    expect(again.status).toBe('succeeded');
  });

  test('a card that wants authentication once gets it, and is then charged without the student', async () => {
    const made = await session();
    const asked = await onPage(made.url ?? '', card('4000002500003155'));
    expect(asked).toMatchObject({status: 303, location: expect.stringContaining('/3d-secure/pi_') as string});
    expect((await stripe.checkout.sessions.retrieve(made.id)).status).toBe('open');
    expect((await onPage(asked.location ?? '', {act: 'authenticate'})).location).toContain(`/back?session=${made.id}`);
    const customer = customerOf(await stripe.checkout.sessions.retrieve(made.id));
    const [method] = (await stripe.paymentMethods.list({customer: customer})).data;
    expect((await stripe.paymentIntents.create(offSession(customer, method?.id ?? ''), nextKey())).status).toBe('succeeded');
  });

  test.for([
    ['4000000000000002', 'was declined'],
    ['4000000000009995', 'insufficient funds'],
    ['4000000000000069', 'has expired'],
    ['4000000000000119', 'error occurred'],
    ['4000000000000341', 'was declined'],
    ['4242424242424241', 'number is incorrect'],
    ['4111111111111111', 'used a non test card'],
  ])('%s is told why it cannot pay, and another card can', async ([number = '', why = '']) => {
    const made = await session();
    const refused = await onPage(made.url ?? '', card(number));
    expect(refused).toMatchObject({status: 402, text: expect.stringContaining(why) as string});
    expect(refused.text).toContain('role="alert"');
    expect((await stripe.checkout.sessions.retrieve(made.id)).status).toBe('open');
    expect((await onPage(made.url ?? '', card('4242424242424242'))).status).toBe(303);
    expect((await provider.taken()).filter(({metadata}) => metadata['payment'] === 'p2').length).toBeGreaterThan(0);
  });

  test.for([
    ['4000008260003178', 'authenticate', 'insufficient funds'],
    ['4000008400001629', 'authenticate', 'was declined'],
    ['4000002760003184', 'refuse', 'could not authenticate you'],
  ])('%s, asked to %s, is told: %s', async ([number = '', act = '', why = '']) => {
    const made = await session();
    const {location} = await onPage(made.url ?? '', card(number));
    expect(await onPage(location ?? '', {act})).toMatchObject({status: 402, text: expect.stringContaining(why) as string});
    expect(await stripe.checkout.sessions.retrieve(made.id)).toMatchObject({status: 'open', payment_status: 'unpaid'});
  });

  test('leaving takes nothing; the page can be expired once and is then shut', async () => {
    const made = await session();
    expect(await onPage(made.url ?? '', {act: 'cancel'})).toMatchObject({status: 303, location: 'http://127.0.0.1:9/left'});
    expect((await stripe.checkout.sessions.expire(made.id, {}, nextKey())).status).toBe('expired');
    expect((await faultOf(stripe.checkout.sessions.expire(made.id, {}, nextKey()))).statusCode).toBe(400);
    expect((await onPage(made.url ?? '', card('4242424242424242'))).status).toBe(410);
  });

  test('a page that has become too old expires by itself', async () => {
    const made = await session({expires_at: Math.floor(Date.now() / 1000) + 1800});
    await provider.order({do: 'age', seconds: 1801});
    expect((await stripe.checkout.sessions.retrieve(made.id)).status).toBe('expired');
    expect((await faultOf(session({expires_at: Math.floor(Date.now() / 1000) + 600}))).param).toBe('expires_at');
  });

  test('sessions are listed by customer, time and status', async () => {
    const {id: customer} = await stripe.customers.create({}, nextKey());
    const made = await session({customer}, {});
    expect((await stripe.checkout.sessions.list({customer, status: 'open'})).data.map(({id}) => id)).toEqual([made.id]);
    expect((await stripe.checkout.sessions.list({customer, created: {lt: made.created}})).data).toEqual([]);
    expect((await faultOf(session({customer}, payer))).statusCode).toBe(400);
  });
});

describe('webhooks that were really sent', () => {
  const of = (type: string, id: string): readonly Stripe.Event[] =>
    events().filter((event) => event.type === type && 'id' in event.data.object && event.data.object.id === id);

  test('are signed so that the SDK believes them, and no other secret', async () => {
    const {customer = '', token} = await savedCard(stripe, '4242424242424242');
    const made = await stripe.paymentIntents.create(offSession(customer, token), nextKey());
    await vi.waitFor(() => expect(of('payment_intent.succeeded', made.id)).toHaveLength(1), SOON);
    const [event] = of('payment_intent.succeeded', made.id);
    expect(event).toMatchObject({object: 'event', livemode: false, data: {object: {metadata: {payment: 'p1'}}}});
    expect((await stripe.events.retrieve(event?.id ?? '')).type).toBe('payment_intent.succeeded');
    const [{body, signature} = {body: Buffer.alloc(0), signature: ''}] = received;
    expect(() => Stripe.webhooks.constructEvent(body, signature, 'whsec_other')).toThrow(/No signatures found/);
  });

  test('come again until they are taken', async () => {
    answers.push(500, 503);
    const made = await session();
    await vi.waitFor(() => expect(of('checkout.session.created', made.id)).toHaveLength(1), SOON);
    expect(answers).toEqual([]);
  });

  test('are lost, sent three times, late or out of order when that is ordered', async () => {
    const order = (times: number, fault: {kind: 'lose' | 'triple' | 'reorder'} | {kind: 'delay'; ms: number}): Promise<void> =>
      provider.order({do: 'webhook-fault', type: '^checkout.session.created$', times, fault});
    await order(1, {kind: 'lose'});
    const lost = await session();
    await order(1, {kind: 'triple'});
    const tripled = await session();
    await vi.waitFor(() => expect(of('checkout.session.created', tripled.id)).toHaveLength(3), SOON);
    await order(1, {kind: 'delay', ms: 100});
    const late = await session();
    await vi.waitFor(() => expect(of('checkout.session.created', late.id)).toHaveLength(1), SOON);
    await order(1, {kind: 'reorder'});
    const [first, second] = [await session(), await session()];
    await vi.waitFor(() => expect(of('checkout.session.created', first.id)).toHaveLength(1), SOON);
    const seen = events().flatMap(({data}) => ('id' in data.object ? [data.object.id] : []));
    expect(seen.indexOf(second.id)).toBeLessThan(seen.indexOf(first.id));
    expect(of('checkout.session.created', lost.id)).toEqual([]);
  });
});
