// More is asked in one batch than fits into a transaction: the rest is done soon after, in its order, whatever happens meanwhile.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger, type Ledger} from '../../../edge/ledger/ledger.ts';
import {createResolver, type Asked, type Resolver} from '../../../edge/ledger/resolve.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import {inTransaction, openStore} from '../../../edge/store/open.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {NOON, pricedCall, unbillableCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

/** As many rows as a batch has. */
const BATCH = 500;
const SLICE = 50;
const PENCE_30 = 300_000;

let store: TemporaryStore;
let ledger: Ledger;
let resolver: Resolver;

function open(): void {
  const {database} = store;
  const journal = createJournal(database, randomBytes);
  ledger = createLedger(database, journal);
  // The newest tariff has a price for each: 12p.
  const rate = ({sourceKey}: {readonly sourceKey: string}) => pricedCall(sourceKey, 'ann', 120_000);
  resolver = createResolver(database, {journal, rate, policy: () => ({...HALL_POLICY, mode: 'bill'}), now: () => NOON});
}

beforeEach(() => {
  store = temporaryStore();
  open();
});
afterEach(() => {
  const {findings} = verifyLedger(store.database);
  store.remove();
  if (findings.length > 0) throw new Error(findings.join('\n'));
});

/** Calls of Ann's that wait, by their keys. */
function waiting(count: number): readonly string[] {
  const calls = Array.from({length: count}, (_, index) => ({...unbillableCall(`key-${index}`), payer: 'ann' as AccountId}));
  inTransaction(store.database, () => ledger.record(calls, 'bill', NOON));
  return calls.map(({id}) => id);
}
const asked = (ids: readonly string[], first = 1): readonly Asked[] =>
  ids.map((call, index) => ({body: {call, act: 'bill', amount: PENCE_30, by: 'dora', reason: 'asked'}, seq: first + index}));
const take = (all: readonly Asked[]): ReadonlySet<AccountId> => inTransaction(store.database, () => resolver.take(all));
const next = (): ReadonlySet<AccountId> => inTransaction(store.database, () => resolver.next());
/** Calls in the order in which the cloud is told of them. */
const told = (): readonly string[] =>
  store.database
    .prepare<[], Buffer>("SELECT body FROM up_log WHERE kind = 'call-resolved' ORDER BY seq")
    .pluck()
    .all()
    .map((body) => (JSON.parse(body.toString()) as {readonly call: string}).call);
const balance = (): number => ledger.balance('ann' as AccountId);

test('a slice is done with the batch, the others slice by slice, in the order in which they were asked', () => {
  const ids = waiting(BATCH);
  expect([...take(asked(ids))]).toEqual(['ann']);
  expect([told(), resolver.isDue()]).toEqual([ids.slice(0, SLICE), true]);
  for (let done = 2 * SLICE; done <= BATCH; done += SLICE) {
    next();
    expect(told().length).toBe(done);
  }
  expect([told(), resolver.isDue(), balance()]).toEqual([ids, false, -BATCH * PENCE_30]);
});

test('as many as fit leave nothing to be done', () => {
  take(asked(waiting(SLICE)));
  expect([told().length, resolver.isDue()]).toEqual([SLICE, false]);
});

test('what is left is there after a crash, and is done once', () => {
  const ids = waiting(120);
  take(asked(ids));
  store.database.close();
  Object.assign(store, {database: openStore(store.path)});
  open();
  expect(resolver.isDue()).toBe(true);
  const broken = (): unknown =>
    inTransaction(store.database, () => {
      resolver.next();
      throw new Error('power cut');
    });
  expect(broken).toThrow('power cut');
  expect(told().length).toBe(SLICE);
  while (resolver.isDue()) next();
  expect([told(), balance()]).toEqual([ids, -120 * PENCE_30]);
});

test('what comes later is done later, and what a schedule would price comes last: a person asked for another price', () => {
  const ids = waiting(70);
  const [first = '', ...others] = ids.toReversed();
  inTransaction(store.database, () => {
    resolver.rateAgain();
    resolver.take(asked([...others, first]));
  });
  take(asked([first], 1_000));
  while (resolver.isDue()) next();
  // Asked twice, and answered twice: done, and done already.
  expect([told(), balance()]).toEqual([[...others, first, first], -70 * PENCE_30]);
});
