// What calls took from free allowances, and what the carrier charges for them: in the cloud's books as the box says, and no more.
import BetterSqlite from 'better-sqlite3';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {verifyBooks} from '../../../cloud/books/verify.ts';
import {callFact} from '../../../edge/ledger/call-fact.ts';
import {instant} from '../../../shared/time/instant.ts';
import type {Fact} from '../../../shared/wire/row.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {pricedCall, unbillableCall} from '../rated-calls.ts';
import {HALL, NOON, openCloud, sealedAfter, type Cloud} from './ground.ts';

let cloud: Cloud;
beforeEach(async () => {
  cloud = await openCloud();
});
afterEach(() => cloud.remove());

/** 1 September 2026, 00:00 in London. */
const SEPTEMBER = instant(Date.UTC(2026, 7, 31, 23));

const use = (allowance: string, used: number, more: object = {}): Readonly<Record<string, unknown>> => ({
  allowance,
  name: 'An hour',
  periodStart: SEPTEMBER,
  unit: 'seconds',
  used,
  left: 0,
  ...more,
});

/** A call of Ann's for 12p, with what its working and its body say besides. */
function callWith(
  key: string,
  more: {readonly allowances?: unknown; readonly cost?: unknown},
  state: 'billed' | 'watched' = 'billed',
): Fact {
  const fact = callFact(pricedCall(key, 'ann', 120_000, 20_000), state);
  const {allowances, cost} = more;
  const working = {...(fact.body['working'] as object), ...(allowances === undefined ? {} : {allowances})};
  return {...fact, body: {...fact.body, working, ...(cost === undefined ? {} : {cost})}};
}

function resolved(key: string, outcome: 'billed' | 'watched', more: object): Fact {
  const call = unbillableCall(key).id;
  const {working} = pricedCall(key, 'ann', 120_000);
  const price = {payer: 'ann', amount: 120_000, tax: 0, currency: 'GBP', startedAt: NOON, prefix: '+4420', destination: 'London'};
  return upFact('call-resolved', call, {call, by: 'schedule', at: NOON, outcome, ...price, working: {...working, ...more}});
}

const take = (...facts: readonly Fact[]) => cloud.take(sealedAfter(facts));
const uses = () => cloud.store.reading.selectFrom('allowance_use').selectAll().orderBy('up_seq').orderBy('allowance').execute();
const costs = () => cloud.store.reading.selectFrom('call_cost').selectAll().orderBy('up_seq').execute();
const findings = async () => (await verifyBooks(cloud.store.reading)).findings;

describe('what a call used', () => {
  test('stands under its row, in the period and for the account that the box says', async () => {
    const money = use('fiver', 800_000, {unit: 'micros', periodStart: instant(0)});
    expect(await take(callWith('a', {}), callWith('b', {allowances: [use('hour', 45), money]}))).toEqual({applied: 2});
    const shared = {site: HALL, up_seq: 2, account: 'ann', started_at: NOON};
    expect(await uses()).toEqual([
      {...shared, allowance: 'fiver', period_start: 0, unit: 'micros', used: 800_000},
      {...shared, allowance: 'hour', period_start: SEPTEMBER, unit: 'seconds', used: 45},
    ]);
    expect(await findings()).toEqual([]);
  });

  test('counts nothing of a call that was only watched', async () => {
    await take(callWith('a', {allowances: [use('hour', 45)]}, 'watched'));
    expect(await uses()).toEqual([]);
    expect(await findings()).toEqual([]);
  });

  test('comes with the end of its waiting, where the call waited as unbillable', async () => {
    const allowances = [use('hour', 45)];
    await take(
      callFact(unbillableCall('a'), 'unbillable'),
      callFact(unbillableCall('b'), 'unbillable'),
      resolved('a', 'billed', {allowances}),
      resolved('b', 'watched', {allowances}),
    );
    expect((await uses()).map((row) => [row.up_seq, row.account, row.started_at, row.used])).toEqual([[3, 'ann', NOON, 45]]);
    expect(await findings()).toEqual([]);
  });

  test.for([
    ['a text', 'an hour', []],
    ['nothing', null, []],
    ['an entry that is none', [7, use('hour', 45)], [45]],
    ['no name', [{...use('hour', 45), allowance: 3}], []],
    ['a use of nothing', [use('hour', 0)], []],
    ['half a second', [use('hour', 1.5)], []],
    ['a use that no number holds', [use('hour', 2 ** 60)], []],
    ['another unit', [{...use('hour', 45), unit: 'calls'}], []],
    ['no period', [{...use('hour', 45), periodStart: 'now'}], []],
    ['one allowance twice', [use('hour', 45), use('hour', 15)], [45]],
  ] as const)(
    'that cannot be read (%s) stops nothing: the money is posted, what can be read is kept, and verify says so',
    async ([, allowances, kept]) => {
      expect(await take(callWith('a', {allowances}), callWith('b', {}))).toEqual({applied: 2});
      expect((await uses()).map(({used}) => used)).toEqual(kept);
      const {debit} = await cloud.store.reading.selectFrom('balance').selectAll().where('account', '=', 'ann').executeTakeFirstOrThrow();
      expect(debit).toBe(240_000);
      expect(await findings()).toEqual(['row 1 of the up log of hall: its working names a use of an allowance that cannot be read']);
    },
  );
});

describe('what the carrier charges', () => {
  const working = {...pricedCall('x', 'ann', 90_000, 15_000).working};

  test('stands without tax, or with the reason why it is not known; nothing stands where nobody asked', async () => {
    await take(
      callWith('a', {cost: {working}}),
      callWith('b', {cost: {unknown: 'no-destination'}}, 'watched'),
      callWith('c', {}),
      callWith('d', {cost: {working: {...working, net: 'little'}}}),
    );
    const shared = {site: HALL, started_at: NOON};
    expect(await costs()).toEqual([
      {...shared, up_seq: 1, net: 75_000, tax: 15_000, unknown: null},
      {...shared, up_seq: 2, net: null, tax: null, unknown: 'no-destination'},
      {...shared, up_seq: 4, net: null, tax: null, unknown: 'unreadable'},
    ]);
    expect(await findings()).toEqual([]);
  });

  test('moves no money', async () => {
    await take(callWith('a', {cost: {working}}));
    const balances = await cloud.store.reading.selectFrom('balance').select(['account', 'debit']).where('debit', '>', 0).execute();
    expect(balances.map(({account, debit}) => [account, debit])).toEqual([
      ['ann', 120_000],
      ['revenue', 20_000],
    ]);
  });
});

describe('verify finds', () => {
  beforeEach(async () => {
    const {working} = pricedCall('x', 'ann', 90_000, 15_000);
    await take(callWith('a', {allowances: [use('hour', 45)], cost: {working}}), callWith('b', {allowances: [use('hour', 15)]}));
  });
  const tamper = (sql: string): void => {
    const hand = new BetterSqlite(cloud.path);
    hand.pragma('foreign_keys = OFF');
    hand.exec(sql);
    hand.close();
  };

  test.for([
    [
      'a use',
      'UPDATE allowance_use SET used = 44 WHERE up_seq = 1',
      [/row 1, 44 seconds of hour by ann .* no row of the box says so/, /row 1, 45 seconds/],
    ],
    ['another payer', "UPDATE allowance_use SET account = 'bob' WHERE up_seq = 1", [/by bob .* no row/, /by ann .* it is not there/]],
    ['a use that is gone', 'DELETE FROM allowance_use WHERE up_seq = 2', [/row 2, 15 seconds of hour by ann .* it is not there/]],
    [
      'a charge',
      'UPDATE call_cost SET net = 1',
      [/row 1, call of \d+, 1 and 15000 tax: no row/, /75000 and 15000 tax: .* it is not there/],
    ],
    ['a charge that is gone', 'DELETE FROM call_cost', [/the carrier’s charges of hall: row 1.* it is not there/]],
  ] as const)('%s that was changed by hand', async ([, sql, expected]) => {
    tamper(`DROP TRIGGER use_is_final; DROP TRIGGER use_stays; ${sql}`);
    const found = await findings();
    expect(found).toHaveLength(expected.length);
    for (const [place, pattern] of expected.entries()) expect(found[place]).toMatch(pattern);
  });

  test('no use can be changed or taken away by a statement', async () => {
    const {store} = cloud;
    await expect(store.transact((tx) => tx.db.updateTable('allowance_use').set({used: 1}).execute())).rejects.toThrow('append-only');
    await expect(store.transact((tx) => tx.db.deleteFrom('allowance_use').execute())).rejects.toThrow('append-only');
  });
});
