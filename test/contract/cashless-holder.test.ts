// Whose card it is: the adapter asks the card service, believes only its own words, and tells nobody a PIN.
import type {Socket} from 'node:net';
import {afterEach, describe, expect, test} from 'vitest';
import type {PaymentMethod, Verified} from '../../cloud/payment/port.ts';
import {Secret} from '../../shared/log/log.ts';
import {openRig, P, SITE, STUDENT} from '../core/payment/rig.ts';
import {selfSigned} from '../rig/certificate.ts';
import {SimulatedCashless, type SimulatedCashlessOptions} from '../simulator/cashless/cashless.ts';
import {cashlessAt} from './cashless-bench.ts';
import {cardFault, envelope, faultWith, httpAnswer, keptLog, rawServer, type RawServer} from './cashless-wire.ts';

const CARD = '600001';
const PIN = '1001';
const MINUTE = 60_000;
const OK: Verified = {kind: 'ok', label: 'Cashless card ending 0001'};

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

async function verify(cashless: PaymentMethod, pin: string, card = CARD): Promise<Verified> {
  if (cashless.verify === undefined) throw new Error('the cashless card verifies its holder');
  return await cashless.verify(card, new Secret(pin));
}

/** What each of these PINs, in their order, is answered. */
async function answers(cashless: PaymentMethod, ...pins: readonly string[]): Promise<readonly string[]> {
  const kinds: string[] = [];
  for (const pin of pins) kinds.push((await verify(cashless, pin)).kind);
  return kinds;
}

function response(status: string, card = CARD): string {
  return httpAnswer(
    200,
    envelope(
      `<VerifyHolderResponse xmlns="urn:spbs:cashless-card:1"><status>${status}</status><cardId>${card}</cardId></VerifyHolderResponse>`,
    ),
  );
}

async function answered(bytes: string, given: Parameters<typeof cashlessAt>[1] = {}): Promise<Verified> {
  const server = await serving((socket) => socket.end(bytes));
  return await verify(await cashlessAt(server.url, given), PIN);
}

describe('The simulated card service', () => {
  test('knows who knows the PIN, and which cards there are', async () => {
    const cashless = await cashlessAt((await simulator()).url);
    expect(await verify(cashless, PIN)).toEqual(OK);
    expect(await verify(cashless, '1002')).toEqual({kind: 'wrong'});
    expect(await verify(cashless, PIN, '600777')).toEqual({kind: 'unknown-card'});
    expect(await verify(cashless, '1009', '600009')).toEqual({kind: 'blocked'});
  });

  test('blocks a card for 15 minutes after three wrong PINs, for the right one too, and no other card', async () => {
    let now = 0;
    const cashless = await cashlessAt((await simulator({now: () => now})).url);
    expect(await answers(cashless, '0000', '0000', '0000', '0000', PIN)).toEqual(['wrong', 'wrong', 'wrong', 'blocked', 'blocked']);
    expect((await verify(cashless, '1002', '600002')).kind).toBe('ok');
    now = 15 * MINUTE - 1;
    expect(await answers(cashless, PIN)).toEqual(['blocked']);
    now = 15 * MINUTE;
    expect(await answers(cashless, '0000', '0000', PIN)).toEqual(['wrong', 'wrong', 'ok']);
  });

  test('counts anew after the right PIN', async () => {
    const cashless = await cashlessAt((await simulator()).url);
    const kinds = await answers(cashless, '0000', '0000', PIN, '0000', '0000', PIN);
    expect(kinds).toEqual(['wrong', 'wrong', 'ok', 'wrong', 'wrong', 'ok']);
  });

  test('and the room: nobody’s card is saved by its number alone, and the holder’s is saved and pays', async () => {
    const service = await simulator();
    const rig = await openRig({real: {cashless: await cashlessAt(service.url)}});
    toStop.push(rig.close);
    const add = (pin: string) => rig.payments.methods.addCashless({site: SITE, account: STUDENT, card: CARD, pin: new Secret(pin)});
    expect(await add('0000')).toEqual({kind: 'refused', code: 'pin-wrong'});
    expect(await rig.payments.methods.list(SITE, STUDENT)).toEqual([]);
    const added = await add(PIN);
    const method = added.kind === 'added' ? added.method : added.code;
    await rig.act((tx) => rig.payments.create(tx, {id: P, site: SITE, account: STUDENT, amount: '10', how: {kind: 'saved', method}}));
    await rig.payments.lookNow(P, 'student');
    expect(await rig.state(P)).toBe('succeeded');
    expect(service.books.transactions).toMatchObject([{cardId: CARD, amountMinor: '1000', state: 'APPROVED'}]);
  });
});

describe('An answer', () => {
  test.for<[string, Verified]>([
    ['OK', OK],
    ['WRONG', {kind: 'wrong'}],
    ['BLOCKED', {kind: 'blocked'}],
    ['UNKNOWN', {kind: 'unknown-card'}],
  ])('of %s is believed', async ([status, verified]) => {
    expect(await answered(response(status))).toEqual(verified);
  });

  test('of CARD_UNKNOWN as a fault is one too', async () => {
    expect(await answered(httpAnswer(500, faultWith(cardFault('CARD_UNKNOWN'))))).toEqual({kind: 'unknown-card'});
  });

  test.for([
    ['about another card', response('OK', '600002')],
    ['of a status that nobody agreed on', response('YES')],
    ['of a status in other letters', response('ok')],
    ['that is OK twice', response('OK</status><status>OK')],
    ['that is OK, with 500', response('OK').replace('200', '500')],
    ['that is OK, cut in half', response('OK').slice(0, -60)],
    [
      'that is OK, with a document type',
      response('OK')
        .replace('?>', '?><!DOCTYPE a>')
        .replace(/Content-Length: \d+\r\n/, ''),
    ],
    ['to another question', response('OK').replaceAll('VerifyHolderResponse', 'GetBalanceResponse')],
    ['that is a page', httpAnswer(200, '<html><body>OK</body></html>', {'Content-Type': 'text/html'})],
    ['that is nothing', httpAnswer(200, '')],
    ['that is a fault of another code', httpAnswer(500, faultWith(cardFault('TRY_LATER')))],
    ['that is a fault without a code', httpAnswer(500, faultWith(''))],
  ] as const)('%s says nothing of the holder', async ([, bytes]) => {
    expect((await answered(bytes)).kind).toBe('unavailable');
  });

  test('that does not come says nothing of the holder, within the deadline', async () => {
    const server = await serving(() => undefined);
    const from = performance.now();
    expect(await verify(await cashlessAt(server.url, {timeoutMs: 300}), PIN)).toEqual({
      kind: 'unavailable',
      why: 'no answer within 300 ms',
    });
    expect(performance.now() - from).toBeLessThan(2_000);
  });

  test('of nobody says nothing of the holder', async () => {
    const server = await rawServer(() => undefined);
    await server.stop();
    expect(await verify(await cashlessAt(server.url), PIN)).toEqual({kind: 'unavailable', why: 'not connected: ECONNREFUSED'});
  });
});

describe('A PIN', () => {
  /** As none is but this one. */
  const CANARY = '739182640517';

  test('goes to the card service in one request', async () => {
    const server = await serving((socket) => socket.end(response('OK')));
    expect(await verify(await cashlessAt(server.url), CANARY)).toEqual(OK);
    expect(server.heard).toEqual([expect.stringContaining(`<pin>${CANARY}</pin>`)]);
    expect(server.heard[0]).toContain('SOAPAction: "urn:spbs:cashless-card:1#VerifyHolder"');
  });

  test.for(['', '123', '1234567890123', '12a4', '1234</pin><pin>1001', ' 1234', '1234\n', '١٢٣٤'])(
    'that no service gave out is wrong, and is not sent: “%s”',
    async (pin) => {
      const server = await serving((socket) => socket.end(response('OK')));
      expect(await verify(await cashlessAt(server.url), pin)).toEqual({kind: 'wrong'});
      expect(server.heard).toEqual([]);
    },
  );

  test('is not said to whoever cannot prove to be the card service', async () => {
    const plain = await serving((socket) => socket.end(response('OK')));
    const [ours, stranger] = [await selfSigned(), await selfSigned()];
    const service = await simulator({tls: stranger});
    const given = {authority: ours.cert, timeoutMs: 500};
    const kinds = [
      await verify(await cashlessAt(`https://127.0.0.1:${plain.port}/`, given), CANARY),
      await verify(await cashlessAt(service.url, given), PIN),
    ].map(({kind}) => kind);
    expect(kinds).toEqual(['unavailable', 'unavailable']);
    expect(plain.heard.join()).not.toContain(CANARY);
    expect((await verify(await cashlessAt(service.url, {authority: stranger.cert}), PIN)).kind).toBe('ok');
  });

  test.for([301, 302, 307, 308])('does not follow where it is sent by %d', async (status) => {
    const elsewhere = await serving((socket) => socket.end(response('OK')));
    const server = await serving((socket) => socket.end(httpAnswer(status, '', {Location: elsewhere.url})));
    expect((await verify(await cashlessAt(server.url), CANARY)).kind).toBe('unavailable');
    expect(elsewhere.heard).toEqual([]);
  });

  test.for([
    ['a page', httpAnswer(500, `<html>${CANARY}</html>`, {'Content-Type': 'text/html'})],
    ['words', httpAnswer(400, CANARY, {'Content-Type': 'text/plain'})],
    ['a fault', httpAnswer(500, faultWith(cardFault(`NO_${CANARY}`), CANARY))],
    ['a status', response(CANARY)],
    ['a card', response('OK', CANARY)],
    ['an envelope that is none', httpAnswer(200, `<${CANARY}>`)],
    ['a status line', `HTTP/1.1 ${CANARY} no\r\n\r\n`],
    ['an address', httpAnswer(307, '', {Location: `http://127.0.0.1:1/${CANARY}`})],
  ] as const)('that the service repeats in %s is in no log and in no reason', async ([, bytes]) => {
    const {log, lines} = keptLog();
    const server = await serving((socket) => socket.end(bytes));
    const seen = await verify(await cashlessAt(server.url, {log}), CANARY);
    expect(seen.kind).toBe('unavailable');
    expect([...lines, JSON.stringify(seen)].join('\n')).not.toContain(CANARY);
    expect(lines).toContainEqual(expect.stringContaining('the card service could not say whose card it is'));
  });
});
