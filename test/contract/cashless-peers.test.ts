// The cashless card against services that are processes of their own: ours in Node, and a stranger, PHP's SoapServer.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createServer, type AddressInfo} from 'node:net';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {afterEach, describe, expect, test, type TestContext} from 'vitest';
import {z} from 'zod';
import type {Attempt, Inquiry, PaymentMethod} from '../../cloud/payment/port.ts';
import {Secret} from '../../shared/log/log.ts';
import {needs} from '../needs.ts';
import {startChild} from '../rig/child.ts';
import {SimulatedCashless} from '../simulator/cashless/cashless.ts';
import {cashlessAt} from './cashless-bench.ts';
import {inquiryOf} from './payment-method-suite.ts';

const toStop: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const stop of toStop.splice(0).toReversed()) await stop();
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'spbs-cards-'));
  toStop.push(() => rmSync(made, {recursive: true, force: true}));
  return made;
}

const ready = z.object({event: z.literal('ready'), port: z.int(), url: z.string()});

async function simulatorProcess(state: string): Promise<{readonly url: string; readonly stop: () => Promise<void>}> {
  const child = startChild('test/simulator/cashless/main.js', ['--state', state]);
  toStop.push(child.stop);
  const {url} = ready.parse(JSON.parse(await child.line((line) => line.includes('"ready"'))));
  return {url, stop: child.stop};
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function phpServer(context: TestContext): Promise<string> {
  const php = needs(context, 'php');
  const port = await freePort();
  const script = fileURLToPath(new URL('../rig/cashless/server.php', import.meta.url));
  const environment = {PATH: process.env['PATH'], SPBS_CARD_STATE: join(folder(), 'cards')};
  const child = spawn(php, ['-d', 'display_errors=stderr', '-S', `127.0.0.1:${port}`, script], {stdio: 'ignore', env: environment});
  toStop.push(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  });
  const url = `http://127.0.0.1:${port}/`;
  const answers = async (): Promise<boolean> => (await (await cashlessAt(url)).ask(asked('nobody'))).kind === 'not-found';
  await expect.poll(answers, {timeout: 10_000, interval: 50}).toBe(true);
  return url;
}

function debitOf(payment: string, card: string, minor = 2000): Attempt {
  return {
    payment,
    account: 'account-1',
    key: `spbs:test:${payment}:1`,
    amount: {minor, currency: 'GBP'},
    how: {kind: 'saved', method: {customer: undefined, token: card}},
  };
}

function asked(payment: string, minor = 2000): Inquiry {
  return inquiryOf(debitOf(payment, '600001', minor));
}

const reversalOf = (payment: string, minor = 2000) => ({...asked(payment, minor), reversalKey: `spbs:test:${payment}:reversal`});

describe('PHP as the card service', () => {
  test('it debits, answers a duplicate with the first result, says no, and gives back', async (context) => {
    const cashless = await cashlessAt(await phpServer(context), {timeoutMs: 5_000});
    const first = await cashless.submit(debitOf('php-1', '600001'));
    expect(first).toEqual({kind: 'succeeded', amount: {minor: 2000, currency: 'GBP'}, reference: 'PHP1'});
    expect(await cashless.submit(debitOf('php-1', '600001'))).toEqual(first);
    expect(await cashless.ask(asked('php-1'))).toEqual(first);
    expect((await cashless.submit(debitOf('php-1', '600001', 3000))).kind).toBe('wrong');
    expect(await cashless.submit(debitOf('php-2', '600009'))).toEqual({kind: 'failed', code: 'CARD_BLOCKED'});
    expect(await cashless.submit(debitOf('php-3', '600004'))).toEqual({kind: 'failed', code: 'INSUFFICIENT_FUNDS', reference: 'PHP2'});
    expect((await cashless.submit(debitOf('php-4', '600666'))).kind).toBe('unknown');
    const given = [await cashless.reverse(reversalOf('php-1')), await cashless.reverse(reversalOf('php-1'))];
    expect(given.map(({kind}) => kind)).toEqual(['reversed', 'reversed']);
    expect((await cashless.ask(asked('php-1'))).kind).toBe('reversed');
  });

  test('a reversal of what never came keeps it from coming', async (context) => {
    const cashless = await cashlessAt(await phpServer(context), {timeoutMs: 5_000});
    expect((await cashless.reverse(reversalOf('php-5'))).kind).toBe('not-found');
    expect(await cashless.submit(debitOf('php-5', '600001'))).toEqual({kind: 'failed', code: 'TRANSACTION_BARRED'});
  });
});

describe('PHP, asked whose card it is', () => {
  const kinds = async (cashless: PaymentMethod, ...asks: readonly (readonly [string, string])[]): Promise<readonly unknown[]> => {
    const seen: unknown[] = [];
    for (const [card, pin] of asks) seen.push((await cashless.verify?.(card, new Secret(pin)))?.kind);
    return seen;
  };

  test('it knows the PIN, blocks a card after three wrong ones, and knows no other card', async (context) => {
    const cashless = await cashlessAt(await phpServer(context), {timeoutMs: 5_000});
    expect(await kinds(cashless, ['600001', '0000'], ['600001', '0000'], ['600001', '1001'])).toEqual(['wrong', 'wrong', 'ok']);
    const three = Array.from({length: 3}, () => ['600001', '0000'] as const);
    expect(await kinds(cashless, ...three, ['600001', '1001'])).toEqual(['wrong', 'wrong', 'wrong', 'blocked']);
    expect(await kinds(cashless, ['600004', '1004'], ['600009', '1009'], ['600777', '1001'])).toEqual(['ok', 'blocked', 'unknown-card']);
  });
});

describe('The simulated card service as a process', () => {
  test('it says in its help which cards there are, with their PINs', async () => {
    const child = startChild('test/simulator/cashless/main.js', ['--help']);
    toStop.push(child.stop);
    expect(await child.line((line) => line.startsWith('Cards:'))).toContain('600001 10000000 GBP ACTIVE PIN 1001');
  });

  test('it is blocked after wrong PINs also when it is started again', async () => {
    const state = join(folder(), 'cards.json');
    const before = await simulatorProcess(state);
    const asked = await cashlessAt(before.url, {timeoutMs: 5_000});
    for (let time = 0; time < 3; time++) expect((await asked.verify?.('600002', new Secret('0000')))?.kind).toBe('wrong');
    await before.stop();
    const again = await cashlessAt((await simulatorProcess(state)).url, {timeoutMs: 5_000});
    expect((await again.verify?.('600002', new Secret('1002')))?.kind).toBe('blocked');
  });

  test('it keeps what it debited in its file, and knows it when it is started again', async () => {
    const state = join(folder(), 'cards.json');
    const before = await simulatorProcess(state);
    expect((await (await cashlessAt(before.url, {timeoutMs: 5_000})).submit(debitOf('kept-1', '600002'))).kind).toBe('succeeded');
    await before.stop();
    const cashless = await cashlessAt((await simulatorProcess(state)).url, {timeoutMs: 5_000});
    expect((await cashless.ask(asked('kept-1'))).kind).toBe('succeeded');
    // 50.00 were on it.
    expect(await cashless.submit(debitOf('kept-2', '600002', 3001))).toMatchObject({kind: 'failed', code: 'INSUFFICIENT_FUNDS'});
    expect((await cashless.submit(debitOf('kept-3', '600002', 3000))).kind).toBe('succeeded');
    expect(readFileSync(state, 'utf8')).toContain('kept-3');
  });

  test('it goes wrong when it is told to over HTTP, and lists what it debited', async () => {
    const {url} = await simulatorProcess(join(folder(), 'cards.json'));
    const post = async (path: string, body: unknown): Promise<number> =>
      (await fetch(`${url}_control${path}`, {method: 'POST', body: JSON.stringify(body)})).status;
    const cashless = await cashlessAt(url, {timeoutMs: 5_000});
    expect(await post('/faults', {fault: 'decline', code: 'CARD_EXPIRED', operation: 'Debit'})).toBe(200);
    expect(await post('/faults', {fault: 'no-such-fault'})).toBe(400);
    expect(await cashless.submit(debitOf('told-1', '600001'))).toMatchObject({kind: 'failed', code: 'CARD_EXPIRED'});
    await post('/offline', {offline: true});
    expect((await cashless.submit(debitOf('told-2', '600001'))).kind).toBe('unknown');
    await post('/offline', {offline: false});
    await post('/cards', {id: '600100', balanceMinor: 2000, currency: 'GBP', state: 'ACTIVE'});
    expect((await cashless.submit(debitOf('told-3', '600100'))).kind).toBe('succeeded');
    const listed = z.array(z.object({txnRef: z.string(), state: z.string()}));
    expect(listed.parse(await (await fetch(`${url}_control/transactions`)).json())).toEqual([
      {txnRef: 'told-1', state: 'DECLINED'},
      {txnRef: 'told-3', state: 'APPROVED'},
    ]);
  });
});

describe('After an outcome that is not known', () => {
  const service = async () => {
    const simulated = new SimulatedCashless();
    await simulated.start();
    toStop.push(() => simulated.stop());
    return {simulated, cashless: await cashlessAt(simulated.url)};
  };

  test('a reversal of what never came keeps it from coming', async () => {
    const {simulated, cashless} = await service();
    expect((await cashless.reverse(reversalOf('late'))).kind).toBe('not-found');
    expect(await cashless.submit(debitOf('late', '600001'))).toEqual({kind: 'failed', code: 'TRANSACTION_BARRED'});
    expect(simulated.books.transactions).toEqual([]);
  });

  test('a reversal whose answer is lost is repeated until it is acknowledged, and gives back once', async () => {
    const {simulated, cashless} = await service();
    await cashless.submit(debitOf('taken', '600002'));
    simulated.orders.give({fault: 'lose', operation: 'Reverse', times: 2});
    const seen: string[] = [];
    for (let time = 0; time < 3; time++) seen.push((await cashless.reverse(reversalOf('taken'))).kind);
    expect(seen).toEqual(['unknown', 'unknown', 'reversed']);
    expect(simulated.books.card('600002').balanceMinor).toBe(50_00);
  });

  test('a reversal of what was declined says so, and one of another amount is refused', async () => {
    const {simulated, cashless} = await service();
    simulated.orders.give({fault: 'decline', code: 'LIMIT_EXCEEDED'});
    await cashless.submit(debitOf('declined', '600001'));
    expect(await cashless.reverse(reversalOf('declined'))).toEqual({kind: 'failed', code: 'LIMIT_EXCEEDED'});
    await cashless.submit(debitOf('taken', '600001'));
    expect((await cashless.reverse(reversalOf('taken', 1))).kind).toBe('unknown');
  });

  test('a request that the network doubled is debited once and answered with its result', async () => {
    const {simulated, cashless} = await service();
    simulated.orders.give({fault: 'duplicate'});
    expect((await cashless.submit(debitOf('doubled', '600002'))).kind).toBe('succeeded');
    expect(simulated.books.card('600002').balanceMinor).toBe(30_00);
  });

  test('to cancel is to ask: there is no page to be left open', async () => {
    const {cashless} = await service();
    expect(await cashless.cancel(asked('open'))).toEqual({kind: 'not-found'});
    await cashless.submit(debitOf('open', '600001'));
    expect((await cashless.cancel(asked('open'))).kind).toBe('succeeded');
  });
});
