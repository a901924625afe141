// Free allowances in the ledger: used in posting order, with the call or not at all; by the real rater, ledger and resolver on a real store.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger, type Ledger, type Recorded} from '../../../edge/ledger/ledger.ts';
import {createResolver, type Resolver} from '../../../edge/ledger/resolve.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import type {RatedCall} from '../../../edge/rating/priced-call.ts';
import {createRater, type Rater} from '../../../edge/rating/rate.ts';
import {createSiteBook, type SiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders, type SiteReaders} from '../../../edge/site/write.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {compiledText} from '../../../shared/tariff/compiled-text.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {DownBody} from '../../../shared/wire/kinds.ts';
import {SOME_ROW} from '../../rig/flow.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {NOON, pricedCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

/** By the minute, gross, 20 % in it: a minute to London costs 12p, of which 2p are tax; nothing is known of Paris at first. */
function tariffOf(name: string, prefixes: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    format: 'spbs-tariff/1',
    name,
    currency: 'GBP',
    zone: 'Europe/London',
    rounding: {mode: 'up', decimals: 2},
    prices: 'gross',
    tax: [{percent: '20'}],
    rates: [{name: 'all', initialSeconds: 60, nextSeconds: 60, perMinute: '0.12'}],
    destinations: Object.entries(prefixes).map(([destination, prefix]) => ({name: destination, rate: 'all', prefixes: [prefix]})),
  });
}
const LONDON_ONLY = tariffOf('One', {London: '4420'});
const WITH_PARIS = tariffOf('Two', {London: '4420', Paris: '331'});
/** September of 2026 in London, in which NOON lies, begins at 23:00 UTC. */
const SEPTEMBER = Date.UTC(2026, 7, 31, 23);
const AUGUST = Date.UTC(2026, 6, 31, 23);
const DAY = 86_400_000;

let store: TemporaryStore;
let book: SiteBook;
let site: SiteReaders;
let rate: Rater;
let ledger: Ledger;
let resolver: Resolver;
let seq: number;

function open(): void {
  const {database} = store;
  const journal = createJournal(database, randomBytes);
  book = createSiteBook(database, compiledText);
  site = createSiteReaders(database);
  rate = createRater({site: 'hall', book});
  ledger = createLedger(database, journal);
  resolver = createResolver(database, {...book, journal, rate, now: () => (NOON + DAY) as Instant});
}

beforeEach(() => {
  store = temporaryStore();
  seq = 0;
  open();
  site.policy({...HALL_POLICY, mode: 'bill'}, SOME_ROW);
  site.tenancy({tenancy: 't', extension: '101', account: 'ann', from: 0}, SOME_ROW);
  site.tenancy({tenancy: 'u', extension: '102', account: 'ben', from: 0}, SOME_ROW);
  publish(LONDON_ONLY);
});
afterEach(() => store.remove());

function publish(text: string, carrier?: string): void {
  const [hash = '', ofCarrier] = [text, carrier].map((one) => {
    const reading = one === undefined ? undefined : readTariff(one);
    if (one === undefined || reading?.kind !== 'tariff') return undefined;
    site.tariff({hash: reading.hash, text: one}, SOME_ROW);
    return reading.hash;
  });
  site.schedule({entries: [{from: 0, tariff: hash}], ...(ofCarrier !== undefined && {carrier: [{from: 0, tariff: ofCarrier}]})}, SOME_ROW);
  book.changed();
  inTransaction(store.database, () => resolver.rateAgain());
}

function grant(rest: Partial<DownBody<'allowance'>> = {}): void {
  const whole: DownBody<'allowance'> = {
    allowance: 'free',
    name: 'Free',
    unit: 'seconds',
    amount: 150,
    period: 'month',
    destinations: [],
    from: 0,
  };
  site.allowance({...whole, ...rest}, SOME_ROW);
  book.changed();
}

type Made = {readonly key?: string; readonly minutes?: number; readonly to?: string; readonly extension?: string; readonly start?: number};

/** Rated one after the other, as intake does. */
function* ratedOf(made: readonly Made[]): Generator<RatedCall> {
  for (const {key = `key ${++seq}`, minutes = 1, to = '902079460123', extension = '101', start = NOON} of made) {
    const {record} = pricedCall(key, '', 0);
    const whole = {...record, extension, dialled: to, durationSeconds: minutes * 60, start: start as Instant};
    yield rate(whole, {goLive: 0 as Instant, receivedAt: (start + 1_000) as Instant});
  }
}
function post(made: readonly Made[]): Recorded {
  return inTransaction(store.database, () => ledger.record(ratedOf(made), book.policy()?.mode ?? 'watch', NOON));
}
function rateAll(): void {
  while (resolver.isDue()) inTransaction(store.database, () => resolver.next());
}
const rows = (sql: string): readonly unknown[] => store.database.prepare(sql).all();
const pence = (account = 'ann'): number => (0 - ledger.balance(account as AccountId)) / 10_000;
const uses = (): readonly unknown[] => store.database.prepare('SELECT used, period_start FROM allowance_use ORDER BY up_seq').raw().all();
const bucket = (): readonly unknown[] =>
  store.database.prepare('SELECT account, period_start, opening, used FROM allowance_bucket ORDER BY account, period_start').raw().all();
const findings = (): readonly string[] => verifyLedger(store.database).findings;

describe('an allowance is used', () => {
  test('by one call after the other, also of one delivery: the one in which it ends is split', () => {
    grant();
    // 60 + 60 of 150 s are free, then half a minute of the third call; the fourth pays all of its minute.
    const {recorded} = post([{}, {}, {}, {}]);
    expect(recorded.map(({call}) => (call.kind === 'priced' ? call.amount : undefined))).toEqual([0, 0, 60_000, 120_000]);
    expect(pence()).toBe(18);
    expect(uses()).toEqual([
      [60, SEPTEMBER],
      [60, SEPTEMBER],
      [30, SEPTEMBER],
    ]);
    expect(bucket()).toEqual([['ann', SEPTEMBER, 0, 150]]);
    expect(rows("SELECT amount, code FROM transfer WHERE code = 'TRANSFER' ORDER BY seq")).toEqual([
      {amount: 10_000, code: 'TRANSFER'},
      {amount: 20_000, code: 'TRANSFER'},
    ]);
    expect(findings()).toEqual([]);
  });

  test('by each student for himself', () => {
    grant({amount: 60});
    post([{}, {extension: '102'}, {}, {extension: '102'}]);
    expect([pence(), pence('ben')]).toEqual([12, 12]);
    expect(bucket()).toEqual([
      ['ann', SEPTEMBER, 0, 60],
      ['ben', SEPTEMBER, 0, 60],
    ]);
  });

  test('of the period in which the call began: a late one uses its own, and splits no call that was posted', () => {
    grant({amount: 60});
    post([{}, {}]);
    const before = rows('SELECT id, amount, working FROM call ORDER BY seq');
    post([{start: SEPTEMBER - 1}, {start: SEPTEMBER - 1}, {start: NOON - 3_600_000}]);
    expect(rows('SELECT id, amount, working FROM call WHERE seq <= 2 ORDER BY seq')).toEqual(before);
    expect(bucket()).toEqual([
      ['ann', AUGUST, 0, 60],
      ['ann', SEPTEMBER, 0, 60],
    ]);
    expect(pence()).toBe(12 + 12 + 12);
    expect(findings()).toEqual([]);
  });

  test('once by a call, however often it is told', () => {
    grant();
    expect(post([{key: 'one'}, {key: 'one'}])).toMatchObject({replays: 1});
    expect(post([{key: 'one'}, {key: 'one'}])).toMatchObject({replays: 2});
    expect(bucket()).toEqual([['ann', SEPTEMBER, 0, 60]]);
  });

  test('as money too: the working says what was covered, and a call that costs nothing debits nobody', () => {
    grant({unit: 'micros', amount: 200_000});
    post([{}, {}]);
    // 12p of 20p, then 8p of the next 12p.
    expect(pence()).toBe(4);
    expect(bucket()).toEqual([['ann', SEPTEMBER, 0, 200_000]]);
    expect(rows("SELECT count(*) AS n FROM transfer WHERE code = 'CALL'")).toEqual([{n: 1}]);
    expect(findings()).toEqual([]);
  });

  test('not by a site that watches, nor by a call of the house, nor by one that waits', () => {
    grant();
    site.policy({...HALL_POLICY, mode: 'watch'}, SOME_ROW);
    book.changed();
    post([{}]);
    site.policy({...HALL_POLICY, mode: 'bill'}, SOME_ROW);
    site.tenancy({tenancy: 'h', extension: '103', account: 'house', from: 0}, SOME_ROW);
    book.changed();
    post([{extension: '103'}, {to: '90033142345678'}]);
    expect(uses()).toEqual([]);
    expect(rows("SELECT watched FROM credit_state WHERE account = 'ann'")).toEqual([{watched: 120_000}]);
    expect(pence('house')).toBe(12);
  });
});

describe('a call that waited', () => {
  test('uses what is left when it gets its price, of the period in which it began', () => {
    grant({amount: 90});
    post([{to: '90033142345678', key: 'waits'}, {}]);
    expect(bucket()).toEqual([['ann', SEPTEMBER, 0, 60]]);
    publish(WITH_PARIS);
    rateAll();
    // 30 of its 60 s.
    expect(uses()).toEqual([
      [60, SEPTEMBER],
      [30, SEPTEMBER],
    ]);
    expect(pence()).toBe(6);
    expect(rows("SELECT amount, working ->> '$.allowances[0].used' AS used FROM call_resolution")).toEqual([{amount: 60_000, used: 30}]);
    expect(findings()).toEqual([]);
  });

  test('since the site only watched uses nothing, though it bills now', () => {
    grant();
    site.policy({...HALL_POLICY, mode: 'watch'}, SOME_ROW);
    book.changed();
    post([{to: '90033142345678'}]);
    site.policy({...HALL_POLICY, mode: 'bill'}, SOME_ROW);
    publish(WITH_PARIS);
    rateAll();
    expect(rows('SELECT outcome, amount FROM call_resolution')).toEqual([{outcome: 'watched', amount: 120_000}]);
    expect(uses()).toEqual([]);
    expect(findings()).toEqual([]);
  });

  test('and is billed by hand pays what the person said', () => {
    grant();
    const [id = ''] = post([{to: '90033142345678'}]).recorded.map(({call}) => call.id);
    const body = {call: id, act: 'bill', amount: 300_000, tax: 50_000, by: 'dora', reason: 'the carrier says so'} as const;
    inTransaction(store.database, () => resolver.take([{body, seq: 11}]));
    expect([uses(), pence()]).toEqual([[], 30]);
  });
});

describe('with the call or not at all', () => {
  test('a transaction that does not end leaves neither', () => {
    grant();
    const fails = (): void => {
      inTransaction(store.database, () => {
        ledger.record(ratedOf([{}, {}, {}]), 'bill', NOON);
        throw new Error('the power goes');
      });
    };
    expect(fails).toThrow('the power goes');
    expect([uses(), bucket(), rows('SELECT id FROM call')]).toEqual([[], [], []]);
    // Nor does the box remember that anything was used.
    post([{}, {}, {}]);
    expect(bucket()).toEqual([['ann', SEPTEMBER, 0, 150]]);
  });

  test('a box that starts again goes on where it was', () => {
    grant();
    post([{}, {}]);
    open();
    post([{}]);
    expect([pence(), bucket()]).toEqual([6, [['ann', SEPTEMBER, 0, 150]]]);
  });

  test('what was used is final', () => {
    grant();
    post([{}]);
    expect(() => rows('DELETE FROM allowance_use RETURNING call')).toThrow('append-only');
    expect(() => rows('UPDATE allowance_use SET used = 1 RETURNING call')).toThrow('append-only');
  });
});

describe('verify finds', () => {
  beforeEach(() => {
    grant({amount: 90});
    post([{key: 'a'}, {key: 'b'}, {to: '90033142345678', start: NOON - 40 * DAY}]);
    publish(WITH_PARIS);
    rateAll();
    store.database.exec('DROP TRIGGER allowance_use_is_final; DROP TRIGGER allowance_use_stays');
  });

  test.for([
    [
      'a sum that is not that of its uses',
      'UPDATE allowance_bucket SET used = used + 1',
      /^allowance free of ann: 91 are said to be used, its calls used 90$/,
    ],
    [
      'a use that its call does not name',
      'UPDATE allowance_use SET used = used - 1 WHERE used = 30',
      /: 29 of an allowance are used for it, its working says 30$/,
    ],
    ['a use under another period', 'UPDATE allowance_use SET period_start = period_start + 1', /its working says 0$/],
    ['a use of another account', "UPDATE allowance_use SET account = 'ben'", /of an allowance are used for it/],
    ['a use under another row', 'UPDATE allowance_use SET up_seq = up_seq + 7', /of an allowance are used for it/],
    [
      'a call that was free for nothing',
      'DELETE FROM allowance_use WHERE used = 30',
      /: its working names 1 allowances, 0 were used for it$/,
    ],
  ] as const)('%s', ([, change, expected]) => {
    expect(findings()).toEqual([]);
    store.database.exec(change);
    expect(findings().filter((finding) => expected.test(finding))).not.toEqual([]);
  });
});

describe('what the carrier charges', () => {
  const CARRIER = tariffOf('Carrier', {Britain: '44', France: '33'}).replace('0.12', '0.05').replace('"gross"', '"net"');
  const said = (kind: string): readonly Record<string, unknown>[] =>
    store.database
      .prepare<[string], Buffer>('SELECT body FROM up_log WHERE kind = ? ORDER BY seq')
      .pluck()
      .all(kind)
      .map((body) => JSON.parse(body.toString()) as Record<string, unknown>);

  test('stands with the call and goes up with it, free or not', () => {
    publish(LONDON_ONLY, CARRIER);
    grant({amount: 60});
    post([{}, {}]);
    // 5p net, 6p with VAT.
    const cost = {working: {destination: 'Britain', net: 50_000, tax: 10_000, gross: 60_000}};
    expect(said('call')).toMatchObject([
      {amount: 0, cost},
      {amount: 120_000, cost},
    ]);
    const stored = store.database.prepare<[], string>('SELECT cost FROM call').pluck().all();
    expect(stored.map((text) => JSON.parse(text) as unknown)).toMatchObject([cost, cost]);
    expect(findings()).toEqual([]);
  });

  test('stands with what ended the waiting, by tariff or by hand', () => {
    publish(LONDON_ONLY, CARRIER);
    const [, id = ''] = post([{to: '90033142345678'}, {to: '90033142345679'}]).recorded.map(({call}) => call.id);
    const body = {call: id, act: 'bill', amount: 300_000, payer: 'ann', by: 'dora', reason: 'the carrier says so'} as const;
    inTransaction(store.database, () => resolver.take([{body, seq: 11}]));
    publish(WITH_PARIS, CARRIER);
    rateAll();
    const cost = {working: {destination: 'France', gross: 60_000}};
    expect(said('call-resolved')).toMatchObject([
      {by: 'desk', amount: 300_000, cost},
      {by: 'schedule', amount: 120_000, cost},
    ]);
    expect(rows("SELECT count(*) AS n FROM call_resolution WHERE cost ->> '$.working.gross' = 60000")).toEqual([{n: 2}]);
  });

  test('is null where nobody asked, and says why it is not known', () => {
    post([{}]);
    publish(LONDON_ONLY, tariffOf('Elsewhere', {France: '33'}));
    post([{}]);
    expect(rows('SELECT cost FROM call ORDER BY seq')).toEqual([{cost: null}, {cost: '{"unknown":"no-destination"}'}]);
    expect(said('call')[0]).not.toHaveProperty('cost');
    expect(pence()).toBe(24);
  });
});
