// Unbillable calls and what ends their waiting: on a real store, with the real rater and tariffs written by hand.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createJournal, type Journal} from '../../../edge/ledger/journal.ts';
import {createLedger, type Ledger} from '../../../edge/ledger/ledger.ts';
import {createResolver, type Resolver} from '../../../edge/ledger/resolve.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import {createRater, type Rater} from '../../../edge/rating/rate.ts';
import {createSiteBook, type SiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders, type SiteReaders} from '../../../edge/site/write.ts';
import {inTransaction, openStore} from '../../../edge/store/open.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {DownBody, Policy} from '../../../shared/wire/kinds.ts';
import type {Row} from '../../../shared/wire/row.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {NOON, pricedCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

/** Gross, 20 % in it: a minute costs 12p, of which 2p are tax. */
function tariff(destinations: readonly {readonly name: string; readonly prefixes: readonly string[]}[]): string {
  return JSON.stringify({
    format: 'spbs-tariff/1',
    name: 'By hand',
    currency: 'GBP',
    zone: 'Europe/London',
    rounding: {mode: 'up', decimals: 2},
    prices: 'gross',
    tax: [{percent: '20'}],
    rates: [{name: 'all', initialSeconds: 60, nextSeconds: 60, perMinute: '0.12'}],
    destinations: destinations.map((each) => ({...each, rate: 'all'})),
  });
}
const PARIS_ONLY = tariff([{name: 'Paris', prefixes: ['331']}]);
const WITH_LONDON = tariff([
  {name: 'Paris', prefixes: ['331']},
  {name: 'London', prefixes: ['4420']},
]);
const DAY = 86_400_000;

function hashOf(text: string): string {
  const read = readTariff(text);
  if (read.kind !== 'tariff') throw new Error('no tariff');
  return read.hash;
}

let store: TemporaryStore;
let journal: Journal;
let ledger: Ledger;
let book: SiteBook;
let site: SiteReaders;
let rate: Rater;
let resolver: Resolver;
let now: Instant;
let downSeq: number;

function open(): void {
  const {database} = store;
  journal = createJournal(database, randomBytes);
  ledger = createLedger(database, journal);
  book = createSiteBook(database, (text) => {
    const read = readTariff(text);
    return read.kind === 'tariff' ? compileTariff(read.tariff, read.hash) : undefined;
  });
  site = createSiteReaders(database);
  rate = createRater({site: 'hall', book});
  resolver = createResolver(database, {...book, journal, rate, now: () => now});
}

beforeEach(() => {
  store = temporaryStore();
  now = (NOON + DAY) as Instant;
  downSeq = 10;
  open();
  tell({policy: {}, schedule: PARIS_ONLY, tenant: 'ann'});
});
afterEach(() => store.remove());

type Told = {readonly policy?: Partial<Policy>; readonly schedule?: string; readonly tenant?: string};

/** As a batch from the cloud would: the site as it is now, and word that calls may have a price. */
function tell({policy, schedule, tenant}: Told): void {
  const row = {seq: ++downSeq} as Row;
  inTransaction(store.database, () => {
    if (policy !== undefined) site.policy({...HALL_POLICY, mode: 'bill', ...policy}, row);
    if (tenant !== undefined) site.tenancy({tenancy: 't', extension: '101', account: tenant, from: 0}, row);
    if (schedule !== undefined) {
      const hash = hashOf(schedule);
      site.tariff({hash, text: schedule}, row);
      site.schedule({entries: [{from: 0, tariff: hash}]}, row);
    }
    book.changed();
    resolver.rateAgain();
  });
}

/** Calls to London, a minute each. Their ids. */
function call(...keys: readonly string[]): readonly string[] {
  const rated = keys.map((key) => rate(pricedCall(key, '', 0).record, {goLive: 0 as Instant, receivedAt: NOON}));
  inTransaction(store.database, () => ledger.record(rated, book.policy()?.mode ?? 'watch', NOON));
  return rated.map(({id}) => id);
}
function one(key: string): string {
  const [id] = call(key);
  if (id === undefined) throw new Error('no call');
  return id;
}
function ask(id: string, body: Partial<DownBody<'resolution'>> = {}): ReadonlySet<AccountId> {
  const asked = {call: id, act: 'bill', amount: 300_000, tax: 50_000, by: 'dora', reason: 'the carrier says so', ...body} as const;
  return inTransaction(store.database, () => resolver.take([{body: asked, seq: ++downSeq}]));
}
const next = (): ReadonlySet<AccountId> => inTransaction(store.database, () => resolver.next());
function rateAll(): void {
  while (resolver.isDue()) next();
}
const balance = (account: string): number => ledger.balance(account as AccountId);
const rows = (sql: string): readonly unknown[] => store.database.prepare(sql).all();
const told = (): readonly Record<string, unknown>[] =>
  store.database
    .prepare<[], Buffer>("SELECT body FROM up_log WHERE kind = 'call-resolved' ORDER BY seq")
    .pluck()
    .all()
    .map((body) => JSON.parse(body.toString()) as Record<string, unknown>);
const outcomes = (): readonly unknown[] => told().map(({outcome}) => outcome);

afterEach(() => {
  // Before the store goes: hooks run in reverse. Whatever a test did, the ledger adds up.
  const {findings} = verifyLedger(store.database);
  if (findings.length > 0) throw new Error(findings.join('\n'));
});

describe('a schedule that has the range', () => {
  test('prices the call that waited, once, and tells the cloud what it told itself', () => {
    const id = one('a');
    rateAll();
    expect([balance('ann'), outcomes()]).toEqual([0, []]);
    tell({schedule: WITH_LONDON});
    expect([...next()]).toEqual(['ann']);
    expect([balance('ann'), balance('revenue'), balance('vat')]).toEqual([-120_000, 100_000, 20_000]);
    expect(told()).toMatchObject([
      {
        call: id,
        outcome: 'billed',
        by: 'schedule',
        payer: 'ann',
        amount: 120_000,
        tax: 20_000,
        currency: 'GBP',
        startedAt: NOON,
        prefix: '+4420',
        destination: 'London',
        at: now,
      },
    ]);
    expect(rows("SELECT code, ref FROM transfer WHERE log = 'up' ORDER BY seq")).toEqual([
      {code: 'CALL', ref: id},
      {code: 'TRANSFER', ref: `vat:${id}`},
    ]);
    tell({schedule: WITH_LONDON});
    rateAll();
    expect([balance('ann'), outcomes()]).toEqual([-120_000, ['billed']]);
    // The record of a call that waits no more is not kept a second time.
    expect(rows('SELECT * FROM waiting_call')).toEqual([]);
  });

  test('leaves a call alone that still has no price', () => {
    call('a');
    tell({schedule: tariff([{name: 'Rome', prefixes: ['3906']}])});
    rateAll();
    expect([outcomes(), resolver.isDue()]).toEqual([[], false]);
  });

  test('a tenancy that is told late cures a call that nobody was there to pay', () => {
    tell({schedule: WITH_LONDON});
    inTransaction(store.database, () => site.tenancy({tenancy: 't', extension: '101', account: 'ann', from: NOON + 1}, {seq: 1} as Row));
    book.changed();
    call('a');
    expect(rows('SELECT reason FROM call')).toEqual([{reason: 'no-tenant'}]);
    tell({tenant: 'ben'});
    rateAll();
    expect([balance('ben'), outcomes()]).toEqual([-120_000, ['billed']]);
  });

  test('is gone through in slices, and goes on after a crash where it was', () => {
    call(...Array.from({length: 120}, (_, index) => `key-${index}`));
    tell({schedule: WITH_LONDON});
    next();
    expect([outcomes().length, resolver.isDue()]).toEqual([50, true]);
    store.database.close();
    Object.assign(store, {database: openStore(store.path)});
    open();
    expect(resolver.isDue()).toBe(true);
    next();
    expect(outcomes().length).toBe(100);
    rateAll();
    expect([outcomes().length, balance('ann'), resolver.isDue()]).toEqual([120, -120 * 120_000, false]);
  });

  test('a transaction that is broken off leaves nothing behind', () => {
    call('a');
    tell({schedule: WITH_LONDON});
    const broken = (): unknown =>
      inTransaction(store.database, () => {
        resolver.next();
        throw new Error('power cut');
      });
    expect(broken).toThrow('power cut');
    expect([balance('ann'), outcomes(), resolver.isDue()]).toEqual([0, [], true]);
    rateAll();
    expect(balance('ann')).toBe(-120_000);
  });

  test('prices for the house what is older than the site bills back, and says that it is late', () => {
    call('a');
    now = (NOON + 31 * DAY) as Instant;
    tell({schedule: WITH_LONDON});
    rateAll();
    expect([balance('ann'), balance('house')]).toEqual([0, -120_000]);
    expect(told()).toMatchObject([{payer: 'house', flags: ['late']}]);
    expect(rows('SELECT flags FROM call_resolution')).toEqual([{flags: '["late"]'}]);
  });

  test('leaves both tariffs known: the one that had no price at first, and the one that has', () => {
    call('a');
    tell({schedule: WITH_LONDON});
    rateAll();
    const [first, second] = [PARIS_ONLY, WITH_LONDON].map(hashOf);
    expect(rows('SELECT state, tariff FROM call')).toEqual([{state: 'unbillable', tariff: first}]);
    expect(rows("SELECT working ->> '$.tariff' AS tariff FROM call_resolution")).toEqual([{tariff: second}]);
    expect(told()).toMatchObject([{firstTariff: first, working: {tariff: second}, flags: []}]);
  });

  test('knows of no first tariff where none was in force', () => {
    store.database.exec('DELETE FROM schedule');
    book.changed();
    call('a');
    expect(rows('SELECT reason, tariff FROM call')).toEqual([{reason: 'no-tariff', tariff: null}]);
    tell({schedule: WITH_LONDON});
    rateAll();
    expect(outcomes()).toEqual(['billed']);
    expect(told()[0]).not.toHaveProperty('firstTariff');
  });
});

describe('a bill by hand', () => {
  test('is paid by the tenant of the call, with the tax that it says', () => {
    const id = one('a');
    expect([...ask(id, {destination: 'London'})]).toEqual(['ann']);
    expect([balance('ann'), balance('revenue'), balance('vat')]).toEqual([-300_000, 250_000, 50_000]);
    expect(told()).toMatchObject([{call: id, outcome: 'billed', by: 'desk', payer: 'ann', destination: 'London', startedAt: NOON}]);
    expect(told()[0]).not.toHaveProperty('working');
  });

  test('is paid by whom it names, however late', () => {
    const id = one('a');
    now = (NOON + 31 * DAY) as Instant;
    ask(id, {payer: 'ben'});
    expect([balance('ann'), balance('ben')]).toEqual([0, -300_000]);
    expect(told()).toMatchObject([{flags: []}]);
  });

  test('that names nobody, and comes later than the site bills back, is the house’s', () => {
    const id = one('a');
    now = (NOON + 31 * DAY) as Instant;
    ask(id);
    expect([balance('ann'), balance('house')]).toEqual([0, -300_000]);
    expect(told()).toMatchObject([{flags: ['late']}]);
  });

  test('is not done without anybody to pay, and can be asked for again', () => {
    inTransaction(store.database, () => site.tenancy({tenancy: 't', extension: '101', account: 'ann', from: NOON + 1}, {seq: 1} as Row));
    const id = one('a');
    ask(id);
    ask(id);
    expect(told()).toMatchObject([
      {outcome: 'still-unbillable', detail: 'nobody rented the line when the call began: say who pays'},
      {outcome: 'still-unbillable'},
    ]);
    ask(id, {payer: 'ann'});
    expect([outcomes().at(-1), balance('ann')]).toEqual(['billed', -300_000]);
  });

  test.for([
    ['by hand, then by the schedule', 'hand', -300_000, 'desk'],
    ['by the schedule, then by hand', 'schedule', -120_000, 'schedule'],
  ] as const)('%s: one debit', ([, first, expected, by]) => {
    const id = one('a');
    const bySchedule = (): void => {
      tell({schedule: WITH_LONDON});
      rateAll();
    };
    if (first === 'schedule') bySchedule();
    ask(id);
    if (first === 'hand') bySchedule();
    expect(balance('ann')).toBe(expected);
    expect(rows('SELECT by FROM call_resolution')).toEqual([{by}]);
    expect(outcomes()).toEqual(first === 'hand' ? ['billed'] : ['billed', 'already-resolved']);
  });

  test('twice: the second is told that it was done', () => {
    const id = one('a');
    ask(id);
    ask(id, {amount: 900_000});
    ask(id, {act: 'write-off', amount: undefined, tax: undefined});
    expect([balance('ann'), outcomes()]).toEqual([-300_000, ['billed', 'already-resolved', 'already-resolved']]);
  });

  test('of a call that was billed when it was recorded changes nothing', () => {
    tell({schedule: WITH_LONDON});
    ask(one('a'));
    expect([balance('ann'), outcomes()]).toEqual([-120_000, ['already-resolved']]);
  });

  test('of a call that the box does not hold is answered, not refused', () => {
    ask('f'.repeat(64));
    expect(told()).toMatchObject([{call: 'f'.repeat(64), outcome: 'still-unbillable', detail: 'this box does not hold the call'}]);
  });

  test('from the account that it would be paid to is no bill', () => {
    ask(one('a'), {payer: 'revenue'});
    expect(outcomes()).toEqual(['still-unbillable']);
  });
});

test('a call that is written off costs nobody anything, and no schedule brings it back', () => {
  const id = one('a');
  // One less waits for her, which credit control must hear.
  expect([...ask(id, {act: 'write-off', amount: undefined, tax: undefined})]).toEqual(['ann']);
  tell({schedule: WITH_LONDON});
  rateAll();
  expect([balance('ann'), told()]).toEqual([0, [{call: id, outcome: 'written-off', by: 'desk', at: now}]]);
});

describe('watch mode', () => {
  test('prices the call and debits nobody', () => {
    tell({policy: {mode: 'watch'}});
    call('a');
    tell({schedule: WITH_LONDON});
    rateAll();
    expect([balance('ann'), outcomes()]).toEqual([0, ['watched']]);
    expect(rows('SELECT watched FROM credit_state')).toEqual([{watched: 120_000}]);
  });

  test('is over when the price comes: the call of then is still not debited', () => {
    tell({policy: {mode: 'watch'}});
    const [first, second] = call('a', 'b');
    tell({policy: {mode: 'bill'}, schedule: WITH_LONDON});
    if (first === undefined || second === undefined) throw new Error('no call');
    ask(first);
    rateAll();
    expect([balance('ann'), outcomes()]).toEqual([0, ['watched', 'watched']]);
  });
});

describe('verify', () => {
  const tampered = (trigger: string, sql: string): string => {
    const {database} = store;
    database.exec(`DROP TRIGGER ${trigger}; SAVEPOINT hand; PRAGMA defer_foreign_keys = ON; ${sql}`);
    const found = verifyLedger(database).findings.join('\n');
    database.exec('ROLLBACK TO hand; RELEASE hand');
    return found;
  };
  test.for([
    ['an amount', 'resolution_is_final', 'UPDATE call_resolution SET amount = 7', /resolved at 0\.000007, debited 0\.3/],
    ['a tax', 'resolution_is_final', 'UPDATE call_resolution SET tax = 7', /the tax it was resolved with is 0\.000007, put aside 0\.05/],
    ['a payer', 'resolution_is_final', "UPDATE call_resolution SET payer = 'ben'", /resolved at 0\.3, debited 0\.3/],
    ['a row', 'resolution_is_final', 'UPDATE call_resolution SET up_seq = 99', /row 99 of the up log is not its own/],
    ['a resolution that is gone', 'resolution_stays', 'DELETE FROM call_resolution', /debited for a call that is not billed/],
  ] as const)('finds %s changed by hand', ([, trigger, sql, expected]) => {
    ask(one('a'));
    expect(tampered(trigger, sql)).toMatch(expected);
  });
});
