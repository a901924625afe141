// The loop that works off what waits: slice by slice with other work between, on a real store, over a full disk and an end.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {rateWaiting} from '../../../edge/engine/waiting.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger, type Ledger} from '../../../edge/ledger/ledger.ts';
import {createResolver, type Resolver} from '../../../edge/ledger/resolve.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {Bug} from '../../../shared/assert/assert.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import type {Log} from '../../../shared/log/log.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {manualTime, type ManualTime} from '../manual-timers.ts';
import {NOON, pricedCall, unbillableCall} from '../rated-calls.ts';
import {silentLog} from '../silent-log.ts';
import {fillDisk, temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const SECOND = 1_000;
const PENCE_12 = 120_000;

let store: TemporaryStore;
let ledger: Ledger;
let resolver: Resolver;
let time: ManualTime;
let stop: AbortController;
let running: Promise<void>;
/** What credit control was asked to settle, and what was told after the commit. */
let settled: string[][];
let told: string[][];
let warnings: string[];
let isBroken: boolean;

beforeEach(() => {
  store = temporaryStore();
  const {database} = store;
  const journal = createJournal(database, randomBytes);
  ledger = createLedger(database, journal);
  isBroken = false;
  const rate = ({sourceKey}: {readonly sourceKey: string}) => {
    if (isBroken) throw new Bug('a stage failed');
    return pricedCall(sourceKey, 'ann', PENCE_12);
  };
  resolver = createResolver(database, {journal, rate, policy: () => ({...HALL_POLICY, mode: 'bill'}), now: () => NOON});
  time = manualTime(NOON);
  stop = new AbortController();
  [settled, told, warnings] = [[], [], []];
});
afterEach(async () => {
  stop.abort();
  await running;
  const {findings} = verifyLedger(store.database);
  store.remove();
  if (findings.length > 0) throw new Error(findings.join('\n'));
});

function start(): void {
  const {database} = store;
  const log: Log = {...silentLog, warn: (message) => void warnings.push(message)};
  const settle = (touched: ReadonlySet<AccountId>): string[] => {
    if (!database.inTransaction) throw new Error('settled outside the transaction');
    settled.push([...touched]);
    return [...touched];
  };
  const after = (accounts: string[]): void => {
    if (database.inTransaction) throw new Error('told before the commit');
    told.push(accounts);
  };
  const transact = <T>(work: () => T): T => inTransaction(database, work);
  running = rateWaiting({resolver, transact, settle, after, timers: time.timers, log}, stop.signal);
}
/** Calls without a price, which have one now. */
function wait(count: number): void {
  const calls = Array.from({length: count}, (_, index) => ({...unbillableCall(`key-${index}`), payer: 'ann' as AccountId}));
  inTransaction(store.database, () => {
    ledger.record(calls, 'bill', NOON);
    resolver.rateAgain();
  });
}
const resolved = (): unknown => store.database.prepare('SELECT count(*) FROM call_resolution').pluck().get();
const balance = (): number => ledger.balance('ann' as AccountId);

test('a slice at a time, with 5 ms for others between; then it looks once a second', async () => {
  wait(120);
  start();
  const seen: unknown[] = [];
  for (let slice = 0; slice < 3; slice++) {
    seen.push([resolved(), time.next()]);
    await time.pass(time.next() ?? 0);
  }
  // 120 are two slices and a part: the third says that there are no more.
  expect([seen, resolved(), time.next()]).toEqual([
    [
      [50, 5],
      [100, 5],
      [120, 5],
    ],
    120,
    SECOND,
  ]);
  expect([settled, told, balance()]).toEqual([[['ann'], ['ann'], ['ann']], [['ann'], ['ann'], ['ann']], -120 * PENCE_12]);
});

test('what becomes due later is found within a second', async () => {
  start();
  await time.pass(10 * SECOND);
  expect([resolved(), settled]).toEqual([0, []]);
  wait(1);
  await time.pass(SECOND);
  expect([resolved(), balance()]).toEqual([1, -PENCE_12]);
});

test('what staff asked beyond a slice is done by it', async () => {
  const calls = Array.from({length: 70}, (_, index) => unbillableCall(`asked-${index}`));
  inTransaction(store.database, () => {
    ledger.record(calls, 'bill', NOON);
    resolver.take(calls.map(({id: call}, index) => ({body: {call, act: 'write-off', by: 'dora', reason: 'asked'}, seq: index + 1})));
  });
  expect(resolved()).toBe(50);
  start();
  await time.pass(SECOND);
  expect([resolved(), resolver.isDue()]).toEqual([70, false]);
});

test('a full disk is waited out, once a second, and nothing is done by halves', async () => {
  wait(60);
  const free = fillDisk(store.database);
  start();
  await time.pass(3 * SECOND - 1);
  expect([resolved(), balance(), told, resolver.isDue()]).toEqual([0, 0, [], true]);
  expect(warnings).toHaveLength(3);
  expect(warnings[0]).toContain('the disk takes no more');
  free();
  await time.pass(SECOND + 10);
  expect([resolved(), balance(), told]).toEqual([60, -60 * PENCE_12, [['ann'], ['ann']]]);
});

test('the end comes between two slices: what is left is due to whoever runs next', async () => {
  wait(120);
  start();
  stop.abort();
  await running;
  expect([resolved(), resolver.isDue(), time.next()]).toEqual([50, true, undefined]);
});

test('a fault of ours ends it, and leaves the slice undone', async () => {
  wait(3);
  isBroken = true;
  start();
  const ending = running;
  running = Promise.resolve();
  await expect(ending).rejects.toThrow('a stage failed');
  expect([resolved(), resolver.isDue()]).toEqual([0, true]);
});
