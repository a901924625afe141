// The cashless card where the wire goes wrong: each row of what may come back, from sockets that say exactly that.
import {setTimeout as sleep} from 'node:timers/promises';
import {createServer as createSecureServer} from 'node:https';
import {once} from 'node:events';
import type {AddressInfo, Socket} from 'node:net';
import {gzipSync} from 'node:zlib';
import {afterEach, describe, expect, test} from 'vitest';
import type {Attempt, Observation} from '../../cloud/payment/port.ts';
import {Secret} from '../../shared/log/log.ts';
import {manualTime} from '../core/manual-timers.ts';
import {selfSigned} from '../rig/certificate.ts';
import {SimulatedCashless, type SimulatedCashlessOptions} from '../simulator/cashless/cashless.ts';
import {cashlessAt} from './cashless-bench.ts';
import {inquiryOf} from './payment-method-suite.ts';
import {cardFault, envelope, faultWith, httpAnswer, keptLog, rawServer, type RawServer} from './cashless-wire.ts';

const PAYMENT = '01JDKS6QW4V7Z3M2N8P5R0T1XY';
const attempt: Attempt = {
  payment: PAYMENT,
  account: 'account-1',
  key: `spbs:test:${PAYMENT}:1`,
  amount: {minor: 2000, currency: 'GBP'},
  how: {kind: 'saved', method: {customer: undefined, token: '600001'}},
};
const TIMEOUT_MS = 400;

const toStop: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of toStop.splice(0).toReversed()) await stop();
});

async function serving(answer: (socket: Socket) => void): Promise<RawServer> {
  const server = await rawServer(answer);
  toStop.push(server.stop);
  return server;
}

async function simulator(options: SimulatedCashlessOptions = {}): Promise<SimulatedCashless> {
  const service = new SimulatedCashless(options);
  await service.start();
  toStop.push(() => service.stop());
  return service;
}

/** What a submit becomes when the wire answers these bytes and then ends. */
async function answered(bytes: string): Promise<Observation> {
  const server = await serving((socket) => socket.end(bytes));
  const seen = await (await cashlessAt(server.url, {timeoutMs: TIMEOUT_MS})).submit(attempt);
  expect(server.heard).toHaveLength(1);
  return seen;
}

const SOUND = {
  txnRef: PAYMENT,
  state: 'APPROVED',
  cardId: '600001',
  amountMinor: '2000',
  currency: 'GBP',
  providerRef: 'CC1',
  at: '2026-11-26T06:00:00Z',
};

function debitResponse(changed: Readonly<Record<string, string>> = {}, status = 'APPROVED'): string {
  const fields = Object.entries({...SOUND, ...changed}).map(([name, value]) => `<${name}>${value}</${name}>`);
  return envelope(
    `<DebitResponse xmlns="urn:spbs:cashless-card:1"><status>${status}</status><transaction>${fields.join('')}</transaction></DebitResponse>`,
  );
}

describe('Nothing reached the card service', () => {
  test('its name is not known', async () => {
    const cashless = await cashlessAt('https://cashless.invalid/', {timeoutMs: 2_000});
    expect((await cashless.submit(attempt)).kind).toBe('not-sent');
  });

  test('nobody listens', async () => {
    const server = await rawServer(() => undefined);
    await server.stop();
    expect(await (await cashlessAt(server.url)).submit(attempt)).toEqual({kind: 'not-sent', why: 'not connected: ECONNREFUSED'});
  });

  test('the connection is not secured before the deadline', async () => {
    const server = await serving(() => undefined);
    const cashless = await cashlessAt(`https://127.0.0.1:${server.port}/`, {timeoutMs: TIMEOUT_MS});
    expect((await cashless.submit(attempt)).kind).toBe('not-sent');
  });

  test('it cannot prove who it is', async () => {
    const [ours, stranger] = [await selfSigned(), await selfSigned()];
    const service = await simulator({tls: stranger});
    for (const authority of [ours.cert, undefined]) {
      expect((await (await cashlessAt(service.url, {authority})).submit(attempt)).kind).toBe('not-sent');
    }
    expect(service.books.transactions).toEqual([]);
  });

  test('its certificate is for another name', async () => {
    const other = await selfSigned({type: 'dns', value: 'cards.example'});
    const service = await simulator({tls: other});
    expect((await (await cashlessAt(service.url, {authority: other.cert})).submit(attempt)).kind).toBe('not-sent');
  });

  test('it speaks no TLS, or an older one than 1.2', async () => {
    const plain = await simulator();
    expect((await (await cashlessAt(plain.url.replace('http:', 'https:'))).submit(attempt)).kind).toBe('not-sent');
    const tls = await selfSigned();
    const old = createSecureServer({...tls, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0'}).listen(
      0,
      '127.0.0.1',
    );
    await once(old, 'listening');
    const {port} = old.address() as AddressInfo;
    const seen = await (await cashlessAt(`https://127.0.0.1:${port}/`, {authority: tls.cert})).submit(attempt);
    old.close();
    expect(seen.kind).toBe('not-sent');
  });
});

describe('It may or may not have debited', () => {
  test('the connection is reset after the request', async () => {
    const server = await serving((socket) => socket.resetAndDestroy());
    expect((await (await cashlessAt(server.url)).submit(attempt)).kind).toBe('unknown');
    expect(server.heard).toHaveLength(1);
  });

  test('no answer comes: the deadline is that of the timers that were given', async () => {
    let isClosed = false;
    const server = await serving((socket) => {
      socket.on('close', () => {
        isClosed = true;
      });
    });
    const {clock, timers, pass} = manualTime();
    const cashless = await cashlessAt(server.url, {clock, timers, timeoutMs: 5_000});
    let seen: Observation | undefined;
    void cashless.submit(attempt).then((observation) => {
      seen = observation;
    });
    await expect.poll(() => server.heard[0] ?? '').toContain('</');
    await pass(4_999);
    expect(seen).toBeUndefined();
    await pass(1);
    expect(seen).toEqual({kind: 'unknown', why: 'no answer within 5000 ms'});
    await expect.poll(() => isClosed).toBe(true);
  });

  test('the answer drips: each byte is in time, and the whole is not', async () => {
    const service = await simulator();
    service.orders.give({fault: 'drip', ms: TIMEOUT_MS / 20});
    const from = performance.now();
    const seen = await (await cashlessAt(service.url, {timeoutMs: TIMEOUT_MS})).submit(attempt);
    expect(seen.kind).toBe('unknown');
    expect(performance.now() - from).toBeLessThan(TIMEOUT_MS * 1.5);
    expect(service.books.transactions).toHaveLength(1);
  });

  test.for([
    ['500 with a page', httpAnswer(500, '<html><body>500</body></html>', {'Content-Type': 'text/html'})],
    ['502 with a page', httpAnswer(502, '<html><body>Bad gateway</body></html>', {'Content-Type': 'text/html'})],
    ['503 with JSON', httpAnswer(503, '{"error":"busy"}', {'Content-Type': 'application/json'})],
    ['500 with nothing', httpAnswer(500, '')],
    ['401', httpAnswer(401, 'who are you?', {'Content-Type': 'text/plain'})],
    ['429', httpAnswer(429, '')],
    ['500 with an answer that would be a success', httpAnswer(500, debitResponse())],
    ['202 with an answer that would be a success', httpAnswer(202, debitResponse())],
    ['200 with nothing', httpAnswer(200, '')],
    ['200 with white space', httpAnswer(200, ' \n ')],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['an envelope with nothing', httpAnswer(200, envelope(''))],
    ['an envelope that is nothing', httpAnswer(200, '<Envelope/>')],
    ['an answer with nothing', httpAnswer(200, envelope('<DebitResponse xmlns="urn:spbs:cashless-card:1"/>'))],
    ['the answer to another question', httpAnswer(200, debitResponse().replaceAll('DebitResponse', 'GetBalanceResponse'))],
    [
      'two answers',
      httpAnswer(200, debitResponse().replace('</s:Envelope>', `<s:Body>${debitResponse().slice(21)}</s:Body></s:Envelope>`)),
    ],
    ['a page of the network', httpAnswer(200, '<html><body>Welcome</body></html>', {'Content-Type': 'text/html'})],
    ['JSON', httpAnswer(200, '{"status":"APPROVED"}', {'Content-Type': 'application/json'})],
    ['half of it, as though it were whole', httpAnswer(200, debitResponse().slice(0, 300))],
    ['half of it, and the connection ends', httpAnswer(200, debitResponse()).slice(0, 500)],
    ['bytes that are no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a document type', httpAnswer(200, debitResponse().replace('?>', '?><!DOCTYPE s:Envelope>'))],
    ['entities', httpAnswer(200, debitResponse({state: '&ok;'}).replace('?>', '?><!DOCTYPE a [<!ENTITY ok "APPROVED">]>'))],
    ['an entity of which nobody told', httpAnswer(200, debitResponse({state: '&ok;'}))],
    ['a status that nobody agreed on', httpAnswer(200, debitResponse({}, 'PERHAPS'))],
    ['a status at odds with the state', httpAnswer(200, debitResponse({state: 'DECLINED'}))],
    ['an amount with a point', httpAnswer(200, debitResponse({amountMinor: '20.00'}))],
    ['an amount below nothing', httpAnswer(200, debitResponse({amountMinor: '-2000'}))],
    ['an amount with an exponent', httpAnswer(200, debitResponse({amountMinor: '2e3'}))],
    ['an amount of no digits', httpAnswer(200, debitResponse({amountMinor: ''}))],
    ['an amount past fifteen digits', httpAnswer(200, debitResponse({amountMinor: '9007199254740993'}))],
    ['two amounts', httpAnswer(200, debitResponse({amountMinor: '2000</amountMinor><amountMinor>2000'}))],
  ] as const)('%s', async ([, bytes]) => {
    expect((await answered(bytes)).kind).toBe('unknown');
  });

  test('a packed answer, for a small one could unpack to a large one', async () => {
    const body = gzipSync(debitResponse());
    const server = await serving((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.end(body);
    });
    expect((await (await cashlessAt(server.url)).submit(attempt)).kind).toBe('unknown');
  });

  test('an answer without end is not read to its end', async () => {
    let sent = 0;
    const server = await serving((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n');
      const more = (): void => {
        while (!socket.destroyed && socket.write(' '.repeat(65_536))) sent += 65_536;
      };
      socket.on('drain', more);
      more();
    });
    const cashless = await cashlessAt(server.url, {timeoutMs: 5_000});
    const from = performance.now();
    expect((await cashless.submit(attempt)).kind).toBe('unknown');
    expect(performance.now() - from).toBeLessThan(4_000);
    await sleep(50);
    const before = sent;
    await sleep(50);
    expect(sent).toBe(before);
  });

  test.for([
    ['of an unknown code', faultWith(cardFault('TRY_LATER'))],
    ['without a detail', faultWith('')],
    ['with the code in its words only', faultWith('', 'INSUFFICIENT_FUNDS')],
    ['with a detail of another kind', faultWith('<detail><code>INSUFFICIENT_FUNDS</code></detail>')],
  ] as const)('a fault %s', async ([, body]) => {
    for (const status of [500, 200]) expect((await answered(httpAnswer(status, body))).kind).toBe('unknown');
  });

  test.for([301, 302, 303, 307, 308])('it is sent elsewhere by %d: it does not go there, and staff are told', async (status) => {
    const elsewhere = await serving((socket) => socket.end(httpAnswer(200, debitResponse())));
    const {log, lines} = keptLog();
    const server = await serving((socket) => socket.end(httpAnswer(status, '', {Location: elsewhere.url})));
    const seen = await (await cashlessAt(server.url, {log})).submit(attempt);
    expect(seen.kind).toBe('unknown');
    expect(elsewhere.heard).toEqual([]);
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([expect.stringContaining(`HTTP ${status}`)]);
  });
});

describe('The card service says what became of it', () => {
  test('the sound answer of these tests is a success', async () => {
    expect(await answered(httpAnswer(200, debitResponse()))).toEqual({kind: 'succeeded', amount: attempt.amount, reference: 'CC1'});
  });

  test.for([
    'INSUFFICIENT_FUNDS',
    'CARD_BLOCKED',
    'CARD_EXPIRED',
    'CARD_UNKNOWN',
    'LIMIT_EXCEEDED',
    'CURRENCY_REFUSED',
    'TRANSACTION_BARRED',
  ])('a fault with %s is a no', async (code) => {
    for (const status of [500, 200]) expect(await answered(httpAnswer(status, faultWith(cardFault(code))))).toEqual({kind: 'failed', code});
  });

  test('DECLINED is a no with its code', async () => {
    const body = debitResponse({state: 'DECLINED', code: 'OVER_DAILY_LIMIT'}, 'DECLINED');
    expect(await answered(httpAnswer(200, body))).toEqual({kind: 'failed', code: 'OVER_DAILY_LIMIT', reference: 'CC1'});
  });

  test('DUPLICATE is the first result, whatever it was', async () => {
    const results: string[] = [];
    for (const state of ['APPROVED', 'DECLINED', 'PENDING', 'REVERSED'])
      results.push((await answered(httpAnswer(200, debitResponse({state}, 'DUPLICATE')))).kind);
    expect(results).toEqual(['succeeded', 'failed', 'pending', 'reversed']);
  });

  test.for([
    ['another payment', {txnRef: '01JDKS6QW4V7Z3M2N8P5R0T1XZ'}],
    ['another card', {cardId: '600002'}],
    ['another amount', {amountMinor: '2001'}],
    ['another currency', {currency: 'EUR'}],
  ] as const)('an answer for %s is wrong, and staff are told', async ([, changed]) => {
    const {log, lines} = keptLog();
    const server = await serving((socket) => socket.end(httpAnswer(200, debitResponse(changed))));
    expect((await (await cashlessAt(server.url, {log})).submit(attempt)).kind).toBe('wrong');
    expect(lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
  });
});

describe('What is sent', () => {
  test('the same attempt is the same bytes, with the amount in digits and the payment as its reference', async () => {
    const server = await serving((socket) => socket.end(httpAnswer(200, debitResponse())));
    const cashless = await cashlessAt(server.url);
    for (let time = 0; time < 2; time++) await cashless.submit(attempt);
    const [first, second] = server.heard;
    expect(second).toBe(first);
    for (const part of ['<amountMinor>2000</amountMinor>', `<txnRef>${PAYMENT}</txnRef>`, 'SOAPAction: "urn:spbs:cashless-card:1#Debit"'])
      expect(first).toContain(part);
  });

  test('a card id cannot become XML', async () => {
    const service = await simulator();
    const evil = {...attempt, how: {kind: 'saved', method: {customer: undefined, token: '600001</cardId><cardId>600002'}}} as const;
    expect(await (await cashlessAt(service.url)).submit(evil)).toEqual({kind: 'failed', code: 'CARD_UNKNOWN'});
  });

  test('name and password go with it over TLS and stay out of the log', async () => {
    const tls = await selfSigned();
    const service = await simulator({tls, username: 'spbs', password: 'canary-7Qx'});
    const {log, lines} = keptLog();
    const given = {authority: tls.cert, username: 'spbs', log};
    const cashless = await cashlessAt(service.url, {...given, password: new Secret('canary-7Qx')});
    expect((await cashless.submit(attempt)).kind).toBe('succeeded');
    const stranger = await cashlessAt(service.url, {...given, password: new Secret('canary-8Qx')});
    const refused = await stranger.ask(inquiryOf(attempt));
    expect(refused.kind === 'unknown' && refused.why).toContain('HTTP 401');
    expect(lines.join('\n')).not.toMatch(/canary|Basic/);
  });

  test('an address that is not secured is refused, unless it is this machine', async () => {
    for (const endpoint of ['http://cards.example/', 'ftp://127.0.0.1/', 'cards.example', ''])
      await expect(cashlessAt(endpoint)).rejects.toMatchObject({code: 'config.invalid'});
  });

  test('a payment that a box asked for has a longer id: it is debited, found and given back under one name of 36 letters', async () => {
    const service = await simulator();
    const cashless = await cashlessAt(service.url);
    const long = {...attempt, payment: 'a1'.repeat(32)};
    expect((await cashless.submit(long)).kind).toBe('succeeded');
    expect((await cashless.ask(inquiryOf(long))).kind).toBe('succeeded');
    expect((await cashless.reverse({...inquiryOf(long), reversalKey: 'r1'})).kind).toBe('reversed');
    expect(service.books.transactions.map(({txnRef, state}) => [/^[0-9a-f]{36}$/.test(txnRef), state])).toEqual([[true, 'REVERSED']]);
  });

  test('what the service could not take is our mistake, and is not sent', async () => {
    const server = await serving((socket) => socket.end(httpAnswer(200, debitResponse())));
    const cashless = await cashlessAt(server.url);
    const hosted = {
      kind: 'hosted',
      returnTo: 'https://portal.example/',
      save: false,
      email: 'a@b.example',
      language: 'en',
      customer: undefined,
    } as const;
    const unfit: Attempt[] = [
      {...attempt, how: hosted},
      ...[0, -1, 0.5, 2 ** 53].map((minor) => ({...attempt, amount: {minor, currency: 'GBP'}})),
    ];
    for (const each of unfit) expect((await cashless.submit(each)).kind).toBe('wrong');
    expect(server.heard).toEqual([]);
  });
});
