// The card adapter against the simulated provider: the hosted page, saved cards, finding again, ending, webhooks.
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Stripe} from 'stripe';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {createCard, type Card} from '../../cloud/payment/card/card.ts';
import type {Attempt, Observation, SavedMethod} from '../../cloud/payment/port.ts';
import {Secret} from '../../shared/log/log.ts';
import {instant} from '../../shared/time/instant.ts';
import {startCard, type RunningCard} from '../rig/card.ts';
import {cardGiven, nextKey, offSession, savedCard, shop, WEBHOOK_SECRET} from './payment-card-bench.ts';
import {onPage} from './payment-card-page.ts';
import {inquiryOf} from './payment-method-suite.ts';

const SOON = {timeout: 5000, interval: 20};
const received: {readonly body: Buffer; readonly signature: string}[] = [];
let listener: Server;
let provider: RunningCard;
let stripe: Stripe;
let card: Card;

beforeAll(async () => {
  listener = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({body: Buffer.concat(chunks), signature: String(request.headers['stripe-signature'])});
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const {port} = listener.address() as AddressInfo;
  provider = await startCard([`--webhook=http://127.0.0.1:${port}/hook`, `--webhook-secret=${WEBHOOK_SECRET}`]);
  stripe = shop(provider);
  card = createCard(cardGiven(provider.port));
});
afterEach(() => provider.order({do: 'calm'}));
afterAll(async () => {
  await provider.stop();
  listener.close();
});

let made = 0;

function attemptOf(how: Attempt['how'], number = 1, payment = `flow-${process.pid}-${(made += 1)}`): Attempt {
  const amount = {minor: 1000, currency: 'GBP'};
  return {payment, account: 'account-1', key: `spbs:test:${payment}:${number}`, amount, how};
}

type Hosted = Extract<Attempt['how'], {kind: 'hosted'}>;

function hosted(more: Partial<Hosted> = {}): Attempt {
  const email = 'student@example.org';
  const usual: Hosted = {kind: 'hosted', returnTo: 'http://127.0.0.1:9/back', save: false, email, language: 'en-GB', customer: undefined};
  return attemptOf({...usual, ...more});
}

/** Opens the page of an attempt. */
async function opened(attempt: Attempt): Promise<{readonly url: string; readonly reference: string}> {
  const seen = await card.submit(attempt);
  if (seen.kind !== 'action-required' || seen.url === undefined) throw new Error(`the page did not open: ${JSON.stringify(seen)}`);
  return {url: seen.url, reference: seen.reference};
}

const paying = (number: string): Record<string, string> => ({number, expiry: '12/34', cvc: '123', act: 'pay'});
const takenFor = async ({payment}: Attempt): Promise<number> =>
  (await provider.taken()).filter(({metadata}) => metadata['payment'] === payment).length;

describe('the hosted page', () => {
  test('is opened, paid and found: by its reference, by nothing, and by the payment’s own reference', async () => {
    const attempt = hosted();
    const {url, reference} = await opened(attempt);
    expect(await card.ask(inquiryOf(attempt))).toMatchObject({kind: 'action-required', reference, url});
    expect((await onPage(url, paying('4242424242424242'))).location).toBe('http://127.0.0.1:9/back');
    const seen = await card.ask(inquiryOf(attempt, reference));
    expect(seen).toEqual({kind: 'succeeded', amount: attempt.amount, reference: expect.stringMatching(/^pi_/) as string});
    const own = seen.kind === 'succeeded' ? seen.reference : '';
    for (const each of [undefined, own]) expect(await card.ask(inquiryOf(attempt, each))).toEqual(seen);
    expect(await takenFor(attempt)).toBe(1);
  });

  test('keeps the card if it may, under a name for people, and the card is then charged alone', async () => {
    const attempt = hosted({save: true});
    const {url} = await opened(attempt);
    await onPage(url, paying('5555555555554444'));
    const seen = await card.ask(inquiryOf(attempt));
    expect(seen).toMatchObject({kind: 'succeeded', saved: {label: 'Mastercard ending 4444'}});
    const saved = seen.kind === 'succeeded' ? seen.saved : undefined;
    const next = attemptOf({kind: 'saved', method: {customer: saved?.customer, token: saved?.token ?? ''}});
    expect(await card.submit(next)).toMatchObject({kind: 'succeeded'});
  });

  test('of a student who is known there carries on under the same name', async () => {
    const {customer = ''} = await savedCard(stripe, '4242424242424242');
    const attempt = hosted({customer, save: true});
    const {url} = await opened(attempt);
    await onPage(url, paying('4242424242424242'));
    expect(await card.ask(inquiryOf(attempt))).toMatchObject({saved: {customer, label: 'Visa ending 4242'}});
  });

  test('sent again with the same key is the same page', async () => {
    const attempt = hosted();
    const first = await card.submit(attempt);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await card.submit(attempt)).toEqual(first);
  });

  test('whose answer was lost is found, still open', async () => {
    const attempt = hosted();
    await provider.order({do: 'fault', match: '^POST /v1/checkout/sessions$', times: 1, fault: {kind: 'drop', when: 'after'}});
    expect((await card.submit(attempt)).kind).toBe('unknown');
    expect(await card.ask(inquiryOf(attempt))).toMatchObject({kind: 'action-required', url: expect.stringContaining('/c/pay/') as string});
  });

  test('stays open while the student is declined or asked by the bank, and is then paid', async () => {
    const attempt = hosted();
    const {url, reference} = await opened(attempt);
    await onPage(url, paying('4000000000009995'));
    expect((await card.ask(inquiryOf(attempt, reference))).kind).toBe('action-required');
    const {location = ''} = await onPage(url, paying('4000002760003184'));
    expect((await card.ask(inquiryOf(attempt, reference))).kind).toBe('action-required');
    await onPage(location, {act: 'authenticate'});
    expect((await card.ask(inquiryOf(attempt, reference))).kind).toBe('succeeded');
    expect(await takenFor(attempt)).toBe(1);
  });

  test('is pending while the provider works on it, and succeeds when it is done', async () => {
    const attempt = hosted();
    const {url, reference} = await opened(attempt);
    await provider.order({do: 'process', times: 1, ms: 200});
    await onPage(url, paying('4242424242424242'));
    expect((await card.ask(inquiryOf(attempt, reference))).kind).toBe('pending');
    await vi.waitFor(async () => expect((await card.ask(inquiryOf(attempt, reference))).kind).toBe('succeeded'), SOON);
  });

  test('is ended by us, by its age, and never pays after that', async () => {
    const [ours, old] = [hosted(), hosted()];
    const first = await opened(ours);
    expect(await card.cancel(inquiryOf(ours, first.reference))).toEqual({kind: 'canceled', reference: first.reference});
    expect((await card.cancel(inquiryOf(ours))).kind).toBe('canceled');
    expect((await onPage(first.url, paying('4242424242424242'))).status).toBe(410);
    const second = await opened(old);
    await provider.order({do: 'age', seconds: 90_000});
    expect(await card.ask(inquiryOf(old))).toEqual({kind: 'canceled', reference: second.reference});
    expect([await takenFor(ours), await takenFor(old)]).toEqual([0, 0]);
  });

  test('paid in the last second is succeeded, whoever was first', async () => {
    const attempt = hosted();
    const {url, reference} = await opened(attempt);
    // Paid between our look and our word.
    await provider.order({do: 'fault', match: '/expire$', times: 1, fault: {kind: 'delay', when: 'before', ms: 200}});
    const [seen] = await Promise.all([
      card.cancel(inquiryOf(attempt, reference)),
      new Promise((resolve) => setTimeout(resolve, 100)).then(() => onPage(url, paying('4242424242424242'))),
    ]);
    expect(seen.kind).toBe('succeeded');
    expect((await card.cancel(inquiryOf(attempt))).kind).toBe('succeeded');
  });

  test('speaks a language that the provider knows, or leaves the choice to it', async () => {
    const localeOf = async (language: string): Promise<unknown> => {
      const {reference} = await opened(hosted({language}));
      return (await stripe.checkout.sessions.retrieve(reference)).locale;
    };
    expect([await localeOf('en-GB'), await localeOf('de-AT'), await localeOf('cy')]).toEqual(['en-GB', 'de', 'auto']);
  });
});

describe('a saved card', () => {
  const charged = async (number: string): Promise<{attempt: Attempt; seen: Observation}> => {
    const attempt = attemptOf({kind: 'saved', method: await savedCard(stripe, number)});
    return {attempt, seen: await card.submit(attempt)};
  };

  test('whose bank wants the student is not declined: there is no page for it, and it can be ended', async () => {
    const {attempt, seen} = await charged('4000002760003184');
    expect(seen).toMatchObject({kind: 'action-required', reference: expect.stringMatching(/^pi_/) as string, url: undefined});
    expect(await card.ask(inquiryOf(attempt))).toEqual(seen);
    expect((await card.cancel(inquiryOf(attempt))).kind).toBe('canceled');
    expect((await card.ask(inquiryOf(attempt))).kind).toBe('canceled');
  });

  test('that is declined says how, and has nothing to end', async () => {
    const {attempt, seen} = await charged('4000000000000341');
    expect(seen).toMatchObject({kind: 'failed', code: 'generic_decline', reference: expect.stringMatching(/^pi_/) as string});
    expect(await card.cancel(inquiryOf(attempt))).toEqual(seen);
  });

  test('that was taken away at the provider has failed', async () => {
    const method: SavedMethod = await savedCard(stripe, '4242424242424242');
    await stripe.customers.del(method.customer ?? '');
    expect(await card.submit(attemptOf({kind: 'saved', method}))).toEqual({kind: 'failed', code: 'resource_missing'});
  });

  test('that the provider works on is pending, and then succeeds', async () => {
    await provider.order({do: 'process', times: 1, ms: 200});
    const {attempt, seen} = await charged('4242424242424242');
    expect(seen.kind).toBe('pending');
    await vi.waitFor(async () => expect((await card.ask(inquiryOf(attempt))).kind).toBe('succeeded'), SOON);
  });

  test('at a provider that asks for fewer requests is not sent, and then is', async () => {
    const attempt = attemptOf({kind: 'saved', method: await savedCard(stripe, '4242424242424242')});
    await provider.order({do: 'fault', match: '^POST', times: 2, fault: {kind: 'answer', when: 'before', what: '429'}});
    const seen = [await card.submit(attempt), await card.submit(attempt), await card.submit(attempt)];
    expect(seen.map(({kind}) => kind)).toEqual(['not-sent', 'not-sent', 'succeeded']);
  });
});

describe('what is asked for', () => {
  test('is found though 250 newer payments lie above it, and though the student’s name came later', async () => {
    const attempt = attemptOf({kind: 'saved', method: await savedCard(stripe, '4242424242424242')});
    await card.submit(attempt);
    const {customer: other = '', token} = await savedCard(stripe, '4242424242424242');
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({length: 25}, () =>
          stripe.paymentIntents.create({...offSession(other, token), confirm: false, off_session: false}, nextKey()),
        ),
      );
    }
    const patient = createCard(cardGiven(provider.port, {timeoutMs: 5000}));
    for (const customer of [undefined, other]) {
      expect((await patient.ask({...inquiryOf(attempt), customer})).kind).toBe('succeeded');
    }
  });

  test('is not found where it never came, nor outside its days', async () => {
    const attempt = hosted();
    expect(await card.ask(inquiryOf(attempt))).toEqual({kind: 'not-found'});
    await card.submit(attempt);
    const DAY_MS = 86_400_000;
    expect((await card.ask({...inquiryOf(attempt), createdAt: instant(Date.now() + DAY_MS)})).kind).toBe('not-found');
    expect((await card.ask({...inquiryOf(attempt), createdAt: instant(Date.now() - DAY_MS)})).kind).toBe('action-required');
  });

  test('is money that was taken first, whichever attempt of the payment took it', async () => {
    const method = await savedCard(stripe, '4242424242424242');
    const first = attemptOf({kind: 'saved', method});
    await provider.order({do: 'decline', times: 1, code: 'expired_card'});
    expect(await card.submit(first)).toMatchObject({kind: 'failed', code: 'expired_card'});
    const second = attemptOf({kind: 'saved', method}, 2, first.payment);
    expect((await card.submit(second)).kind).toBe('succeeded');
    for (const each of [first, second]) expect((await card.ask(inquiryOf(each))).kind).toBe('succeeded');
    expect((await card.ask({...inquiryOf(first), key: `spbs:test:${first.payment}:3`})).kind).toBe('succeeded');
  });

  test('is wrong under a reference that the provider never gave', async () => {
    const attempt = hosted();
    expect((await card.ask(inquiryOf(attempt, 'pi_nothing'))).kind).toBe('wrong');
    expect((await card.ask(inquiryOf(attempt, 'txn-17'))).kind).toBe('wrong');
    const {reference} = await opened(hosted());
    expect((await card.ask(inquiryOf(attempt, reference))).kind).toBe('wrong');
  });

  test('every POST of all this went under a key of ours', async () => {
    const posts = (await provider.requests()).filter(({request}) => request.startsWith('POST /v1/'));
    const strays = posts.filter(({key = ''}) => !/^(spbs:test:[\w-]+:\d+(:expire|:cancel)?|bench:.+)$/.test(key));
    expect([posts.length > 100, strays]).toEqual([true, []]);
  });
});

describe('a webhook', () => {
  const sign = (payload: string, {secret = WEBHOOK_SECRET, ago = 0} = {}): string =>
    Stripe.webhooks.generateTestHeaderString({payload, secret, timestamp: Math.floor(Date.now() / 1000) - ago});
  const event = (change: object = {}, object: object = {id: 'pi_1', metadata: {payment: 'pay1'}}): string =>
    JSON.stringify({id: 'evt_1', object: 'event', type: 'payment_intent.succeeded', livemode: false, data: {object}, ...change});
  const read = (payload: string, signature: string | undefined = sign(payload)): string =>
    card.readHint(Buffer.from(payload), signature).kind;

  test('that was really sent is a hint to ask about its payment', async () => {
    const attempt = hosted();
    const {url, reference} = await opened(attempt);
    await onPage(url, paying('4242424242424242'));
    const hints = await vi.waitFor(() => {
      const found = received
        .map(({body, signature}) => card.readHint(body, signature))
        .filter((hint) => hint.kind === 'hint' && hint.payment === attempt.payment);
      expect(found).toHaveLength(2);
      return found;
    }, SOON);
    const references = hints.map((hint) => (hint.kind === 'hint' ? hint.reference : undefined));
    expect(references).toContain(reference);
    expect(references.some((each) => each?.startsWith('pi_') === true)).toBe(true);
  });

  test('is believed with either secret while one replaces the other', () => {
    const both = createCard(cardGiven(1, {webhookSecrets: [new Secret('whsec_new'), new Secret('whsec_old')]}));
    const kinds = ['whsec_new', 'whsec_old', 'whsec_older'].map(
      (secret) => both.readHint(Buffer.from(event()), sign(event(), {secret})).kind,
    );
    expect(kinds).toEqual(['hint', 'hint', 'refused']);
  });

  test('is refused unsigned, signed by another, changed, or of the live mode', () => {
    expect(card.readHint(Buffer.from(event()), undefined).kind).toBe('refused');
    expect(read(event(), '')).toBe('refused');
    expect(read(event(), sign(event(), {secret: 'whsec_other'}))).toBe('refused');
    expect(read(event({id: 'evt_2'}), sign(event()))).toBe('refused');
    // The same JSON in other bytes, as a body parser would hand it on.
    expect(read(JSON.stringify(JSON.parse(event()), undefined, 2), sign(event()))).toBe('refused');
    expect(read(event({livemode: true}))).toBe('refused');
    expect(read('{}')).toBe('refused');
    expect(read('not JSON')).toBe('refused');
  });

  test('is refused when too old, and when stamped in the future', () => {
    const at = (ago: number): string => read(event(), sign(event(), {ago}));
    expect([at(0), at(290), at(310), at(-290), at(-310), at(-3600), at(86_400)]).toEqual([
      'hint',
      'hint',
      'refused',
      'hint',
      'refused',
      'refused',
      'refused',
    ]);
  });

  test('is refused when its stamp could be read in two ways', () => {
    const [stamp = '', rest = ''] = sign(event(), {ago: -3600}).split(',');
    expect(read(event(), `t=${Math.floor(Date.now() / 1000)},${rest},${stamp}`)).toBe('refused');
    expect(read(event(), `${stamp}x,${rest}`)).toBe('refused');
  });

  test('that is genuine and of no interest is ignored', () => {
    expect(read(event({type: 'customer.created'}))).toBe('ignored');
    expect(read(event({}, {id: 'pi_2', metadata: {}}))).toBe('ignored');
  });
});
