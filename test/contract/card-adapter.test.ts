// What the card adapter makes of everything that a provider, or whatever stands between, may answer: on real sockets.
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createCard} from '../../cloud/payment/card/card.ts';
import type {Attempt, Observation} from '../../cloud/payment/port.ts';
import {Secret} from '../../shared/log/log.ts';
import {manualTime} from '../core/manual-timers.ts';
import {startCard, type RunningCard} from '../rig/card.ts';
import {cardGiven, savedCard, shop, TIMEOUT_MS} from './payment-card-bench.ts';
import {inquiryOf} from './payment-method-suite.ts';
import {answering, rawServer} from './card-wire.ts';
import {selfSigned} from './self-signed.ts';

const attempt: Attempt = {
  payment: 'pay1',
  account: 'account-1',
  key: 'spbs:test:pay1:1',
  amount: {minor: 1000, currency: 'GBP'},
  how: {kind: 'saved', method: {customer: 'cus_1', token: 'pm_1'}},
};

const intent = {
  object: 'payment_intent',
  id: 'pi_1',
  status: 'succeeded',
  livemode: false,
  amount: 1000,
  amount_received: 1000,
  currency: 'gbp',
  metadata: {payment: 'pay1', attempt: attempt.key},
  customer: 'cus_1',
  payment_method: 'pm_1',
};

/** What a submit and a question observe when a provider answers so. */
async function both(act: Parameters<typeof rawServer>[0]): Promise<readonly [Observation['kind'], Observation['kind']]> {
  const {port} = await rawServer(act);
  const card = createCard(cardGiven(port));
  return [(await card.submit(attempt)).kind, (await card.ask(inquiryOf(attempt, 'pi_1'))).kind];
}

const failing = (status: number, error: object): ReturnType<typeof answering> => answering(status, JSON.stringify({error}));

describe('where nothing went out', () => {
  test('a refused connection is not sent', async () => {
    const {port} = await rawServer(() => undefined);
    // Port 1 is nobody's.
    expect(await createCard(cardGiven(1)).submit(attempt)).toEqual({kind: 'not-sent', why: 'no connection: ECONNREFUSED'});
    expect(port).not.toBe(1);
  });

  test('a name that does not exist is not sent', async () => {
    const {kind} = await createCard(cardGiven(80, {host: 'card.invalid'})).submit(attempt);
    expect(kind).toBe('not-sent');
  });

  test('an address that never answers a connection is not sent', async () => {
    // TEST-NET-1 of RFC 5737 leads nowhere.
    const {kind} = await createCard(cardGiven(81, {host: '192.0.2.1'})).submit(attempt);
    expect(kind).toBe('not-sent');
  });

  test('a TLS handshake that fails, or never ends, is not sent', async () => {
    const noise = await rawServer((socket) => socket.end('220 mail.example.org ready\r\n'), {early: true});
    const silence = await rawServer(() => undefined, {early: true});
    for (const {port} of [noise, silence]) {
      expect((await createCard(cardGiven(port, {protocol: 'https'})).submit(attempt)).kind).toBe('not-sent');
    }
  });

  test('a certificate that nobody vouches for is not sent, and hears not a word of ours', async () => {
    const stranger = await selfSigned();
    const {kind} = await createCard(cardGiven(stranger.port, {protocol: 'https'})).submit(attempt);
    expect([kind, stranger.heard()]).toEqual(['not-sent', '']);
    await stranger.stop();
  });

  test('none of it says anything to a question', async () => {
    expect((await createCard(cardGiven(1)).ask(inquiryOf(attempt, 'pi_1'))).kind).toBe('unknown');
    expect((await createCard(cardGiven(1)).cancel(inquiryOf(attempt, 'pi_1'))).kind).toBe('unknown');
  });
});

describe('where the request went out and no answer came', () => {
  test('a reset after the request is unknown, and is not sent a second time', async () => {
    const server = await rawServer((socket) => socket.resetAndDestroy());
    expect((await createCard(cardGiven(server.port, {timeoutMs: 3000})).submit(attempt)).kind).toBe('unknown');
    expect(server.connections()).toBe(1);
    expect(server.heard()).toContain('spbs:test:pay1:1');
  });

  test('a connection closed after the request is unknown, and is not sent a second time', async () => {
    const server = await rawServer((socket) => socket.end());
    expect((await createCard(cardGiven(server.port, {timeoutMs: 3000})).submit(attempt)).kind).toBe('unknown');
    expect(server.connections()).toBe(1);
  });

  test('a read time-out is unknown', async () => {
    expect(await both(() => undefined)).toEqual(['unknown', 'unknown']);
  });

  test.for(['head', 'body'])('an answer that drips, its %s first, ends at the deadline, and its connection with it', async (part) => {
    const server = await rawServer((socket) => {
      socket.write(part === 'head' ? 'HTTP/1.1 200 OK\r\nx-drip: ' : 'HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), TIMEOUT_MS / 10);
      socket.once('close', () => clearInterval(drip));
    });
    const from = performance.now();
    expect(await createCard(cardGiven(server.port)).submit(attempt)).toEqual({kind: 'unknown', why: 'no answer in time'});
    expect(performance.now() - from).toBeLessThan(TIMEOUT_MS * 2);
    await server.closed;
  });

  test('the deadline is kept by the timers that are given', async () => {
    const time = manualTime();
    const server = await rawServer(() => undefined);
    const seen = createCard(cardGiven(server.port, {timers: time.timers, clock: time.clock, timeoutMs: 80_000})).submit(attempt);
    while (server.heard() === '') await new Promise((resolve) => setImmediate(resolve));
    await time.pass(80_000);
    expect(await seen).toEqual({kind: 'unknown', why: 'no answer in time'});
  });
});

describe('where an answer came', () => {
  test.for([
    ['500 as JSON', failing(500, {type: 'api_error', message: 'x'}), ['unknown', 'unknown']],
    ['503 as JSON', failing(503, {type: 'api_error', message: 'x'}), ['unknown', 'unknown']],
    ['500 that looks like a success', answering(500, JSON.stringify(intent)), ['unknown', 'unknown']],
    ['502 as a page', answering(502, '<h1>Bad Gateway</h1>', {type: 'text/html'}), ['unknown', 'unknown']],
    ['200 with nothing', answering(200, ''), ['unknown', 'unknown']],
    ['200 cut short', answering(200, JSON.stringify(intent).slice(0, 40)), ['unknown', 'unknown']],
    ['200 with less than was promised', answering(200, '{"object":', {length: 500}), ['unknown', 'unknown']],
    ['200 of a captive portal', answering(200, '<!DOCTYPE html><title>Log in</title>', {type: 'text/html'}), ['unknown', 'unknown']],
    ['200 with an empty object', answering(200, '{}'), ['unknown', 'unknown']],
    ['200 with another object', answering(200, '{"object":"customer","id":"cus_1"}'), ['unknown', 'unknown']],
    ['307 to elsewhere', answering(307, '{}', {more: 'location: /v1/elsewhere\r\n'}), ['unknown', 'unknown']],
    ['409', failing(409, {type: 'idempotency_error', code: 'idempotency_key_in_use', message: 'x'}), ['in-flight', 'unknown']],
    ['429', failing(429, {type: 'invalid_request_error', code: 'rate_limit', message: 'x'}), ['not-sent', 'unknown']],
    ['401', failing(401, {type: 'invalid_request_error', message: 'x'}), ['not-sent', 'unknown']],
    ['403', failing(403, {type: 'invalid_request_error', message: 'x'}), ['not-sent', 'unknown']],
    ['400 for one key and two bodies', failing(400, {type: 'idempotency_error', message: 'x'}), ['wrong', 'wrong']],
    [
      '400 for a mistake of ours',
      failing(400, {type: 'invalid_request_error', code: 'parameter_unknown', message: 'x'}),
      ['wrong', 'wrong'],
    ],
    [
      '404 for a card that is gone',
      failing(404, {type: 'invalid_request_error', code: 'resource_missing', message: 'x'}),
      ['failed', 'wrong'],
    ],
    ['402 without a payment', failing(402, {type: 'card_error', code: 'expired_card', message: 'x'}), ['failed', 'wrong']],
    ['a success', answering(200, JSON.stringify(intent)), ['succeeded', 'succeeded']],
  ] as const)('%s', async ([, act, kinds]) => {
    expect(await both(act)).toEqual(kinds);
  });

  test.for(['"ok"', 'null', '[]', '5', 'true'])('the word %s is no answer, and does not end the process', async (word) => {
    expect(await both(answering(200, word))).toEqual(['unknown', 'unknown']);
  });

  test('a redirect is not followed', async () => {
    const server = await rawServer(answering(307, '{}', {more: 'location: /v1/elsewhere\r\n'}));
    await createCard(cardGiven(server.port)).submit(attempt);
    expect([server.connections(), server.heard().includes('elsewhere')]).toEqual([1, false]);
  });

  test('an answer without end is cut off', async () => {
    const server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"a":"');
      const more = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(262_144)));
      };
      socket.on('drain', more);
      more();
    });
    const seen = await createCard(cardGiven(server.port, {timeoutMs: 20_000})).submit(attempt);
    expect(seen).toEqual({kind: 'unknown', why: 'the connection ended before the answer: no reason given'});
    await server.closed;
  });
});

describe('an answer that does not prove itself', () => {
  const kindOf = async (change: object): Promise<Observation> => {
    const {port} = await rawServer(answering(200, JSON.stringify({...intent, ...change})));
    return createCard(cardGiven(port)).submit(attempt);
  };

  test.for([
    ['of the live mode', {livemode: true}],
    ['for another payment', {metadata: {payment: 'pay2'}}],
    ['for nobody’s payment', {metadata: {}}],
    ['still in another currency', {status: 'processing', currency: 'eur'}],
  ] as const)('is wrong: %s', async ([, change]) => {
    expect(await kindOf(change)).toEqual({kind: 'wrong', why: expect.stringContaining('pi_1') as string});
  });

  test('is wrong and says what was taken, if the money is another', async () => {
    expect(await kindOf({amount: 999, amount_received: 999})).toMatchObject({kind: 'wrong', taken: {minor: 999, currency: 'GBP'}});
    expect(await kindOf({amount_received: 400})).toMatchObject({kind: 'wrong', taken: {minor: 400, currency: 'GBP'}});
    expect(await kindOf({currency: 'eur'})).toMatchObject({kind: 'wrong', taken: {minor: 1000, currency: 'EUR'}});
  });

  test('is unknown without its shape', async () => {
    for (const change of [{amount: '1000'}, {amount: 10.5}, {id: 'ch_1'}, {livemode: undefined}, {status: 'requires_capture'}]) {
      expect((await kindOf(change)).kind).toBe('unknown');
    }
  });

  test('is wrong if a decline carries the payment of another', async () => {
    const error = {type: 'card_error', code: 'card_declined', message: 'x', payment_intent: {...intent, metadata: {payment: 'pay2'}}};
    const {port} = await rawServer(failing(402, error));
    expect((await createCard(cardGiven(port)).submit(attempt)).kind).toBe('wrong');
  });
});

describe('the settings', () => {
  const made = (given: Parameters<typeof cardGiven>[1]) => (): unknown => createCard(cardGiven(1, given));
  const key = (text: string): {key: Secret} => ({key: new Secret(text)});

  test('a live key in a test cloud, or the reverse, does not start', () => {
    expect(made(key('sk_live_abc'))).toThrow(/is a live key, but this cloud runs in test mode/);
    expect(made(key('rk_live_abc'))).toThrow(/is a live key/);
    expect(made({...key('sk_test_abc'), livemode: true, protocol: 'https'})).toThrow(/is a test key, but this cloud runs in live mode/);
    expect(made({...key('sk_live_abc'), livemode: true, protocol: 'https'})).not.toThrow();
    expect(made(key('rk_test_abc'))).not.toThrow();
  });

  test('a publishable key, live money without TLS, or no signing secret do not start', () => {
    expect(made(key('pk_test_abc'))).toThrow(/not a secret or restricted key/);
    expect(made({...key('sk_live_abc'), livemode: true})).toThrow(/unencrypted/);
    expect(made({webhookSecrets: []})).toThrow(/signing secret/);
    expect(made({webhookSecrets: [new Secret('secret')]})).toThrow(/signing secret/);
    expect(made({webhookSecrets: [new Secret('whsec_a\n')]})).toThrow(/signing secret/);
  });

  test('a failure names its code and no key', () => {
    let told: unknown;
    try {
      made(key('sk_live_abc'))();
    } catch (error) {
      told = error;
    }
    expect(told).toMatchObject({code: 'config.invalid'});
    expect(`${String(told)} ${JSON.stringify(told)}`).not.toContain('sk_live_abc');
  });
});

describe('the log', () => {
  let provider: RunningCard;
  beforeAll(async () => {
    provider = await startCard();
  });
  afterAll(() => provider.stop());

  test('holds neither keys nor bodies', async () => {
    const lines: string[] = [];
    const keep = (message: string, fields: object = {}): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
    const log = {debug: keep, info: keep, warn: keep, error: keep, named: () => log};
    const card = createCard(cardGiven(provider.port, {log}));
    const method = await savedCard(shop(provider), '4242424242424242');
    const own: Attempt = {...attempt, how: {kind: 'saved', method}};
    await card.submit(own);
    expect((await card.submit({...own, amount: {minor: 1100, currency: 'GBP'}})).kind).toBe('wrong');
    expect(lines).toEqual(['the card provider and we disagree {"payment":"pay1","why":"one key was used for two requests"}']);
  });
});
