// What is left of free allowances: reckoned from grants and uses, with the periods of the site's clock.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {allowanceAt, allowancesOf, coveredAt, leftFor, standingsOf, usesBetween} from '../../../cloud/books/allowances.ts';
import {callFact} from '../../../edge/ledger/call-fact.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {Fact} from '../../../shared/wire/row.ts';
import {pricedCall} from '../rated-calls.ts';
import {HALL, NOON, openCloud, sealedAfter, type Cloud} from './ground.ts';

let cloud: Cloud;
beforeEach(async () => {
  cloud = await openCloud();
});
afterEach(() => cloud.remove());

/** London is an hour before UTC until the last Sunday of October. */
const SEPTEMBER = instant(Date.UTC(2026, 7, 31, 23));
const OCTOBER = instant(Date.UTC(2026, 8, 30, 23));

type Row = {
  readonly id: string;
  readonly account?: string;
  readonly unit?: 'seconds' | 'micros';
  readonly amount?: number;
  readonly period?: 'day' | 'week' | 'month' | 'once';
  readonly destinations?: readonly string[];
  readonly from?: number;
  readonly to?: number;
};
const grant = ({id, account, unit = 'seconds', amount = 3_600, period = 'month', destinations = [], from = 0, to}: Row) =>
  cloud.store.transact(({db}) =>
    db
      .insertInto('allowance')
      .values({
        site: HALL,
        id,
        account: account ?? null,
        name: `Name of ${id}`,
        unit,
        amount,
        period,
        destinations: JSON.stringify(destinations),
        from_at: from,
        to_at: to ?? null,
      })
      .execute(),
  );

type Used = {
  readonly key: string;
  readonly payer?: string;
  readonly at?: number;
  readonly uses: Readonly<Record<string, number>>;
  readonly start?: number;
};
const called = ({key, payer = 'ann', at = NOON, uses, start = SEPTEMBER}: Used): Fact => {
  const call = pricedCall(key, payer, 0);
  const allowances = Object.entries(uses).map(([allowance, used]) => ({allowance, unit: 'seconds', used, periodStart: start}));
  const fact = callFact({...call, record: {...call.record, start: at as Instant}}, 'billed');
  return {...fact, body: {...fact.body, working: {...call.working, allowances}}};
};
const take = (...calls: readonly Used[]) => cloud.take(sealedAfter(calls.map(called)));
const standings = (at: number = NOON, account = 'ann') => standingsOf(cloud.store.reading, {site: HALL, account, at: at as Instant});
const leftIn = async (at?: number, account?: string) =>
  (await standings(at, account)).map(({allowance, used, left}) => [allowance.allowance, used, left]);

describe('what is left', () => {
  test('is what was granted less what calls of the period used, for each student by himself', async () => {
    await grant({id: 'hour'});
    await take(
      {key: 'a', uses: {hour: 600}},
      {key: 'b', uses: {hour: 61}},
      {key: 'c', payer: 'bob', uses: {hour: 1_000}},
      // Of August, told late.
      {key: 'd', at: SEPTEMBER - 1, start: Date.UTC(2026, 6, 31, 23), uses: {hour: 500}},
    );
    expect(await standings()).toMatchObject([{periodStart: SEPTEMBER, endsAt: OCTOBER, used: 661, left: 2_939}]);
    expect(await leftIn(NOON, 'bob')).toEqual([['hour', 1_000, 2_600]]);
    expect(await leftIn(NOON, 'eve')).toEqual([['hour', 0, 3_600]]);
    expect(await leftIn(SEPTEMBER - 1)).toEqual([['hour', 500, 3_100]]);
    // The first instant of October in London.
    expect(await leftIn(OCTOBER - 1)).toEqual([['hour', 661, 2_939]]);
    expect(await leftIn(OCTOBER)).toEqual([['hour', 0, 3_600]]);
  });

  test('is never less than nothing, also where less was granted afterwards', async () => {
    await grant({id: 'hour', amount: 60});
    await take({key: 'a', uses: {hour: 600}});
    expect(await leftIn()).toEqual([['hour', 60, 0]]);
  });

  test('is of those that hold then: not yet begun, over, and another’s are left out; what lapses first comes first', async () => {
    await grant({id: 'once', period: 'once', from: NOON});
    await grant({id: 'month'});
    await grant({id: 'day', period: 'day'});
    await grant({id: 'week', period: 'week'});
    await grant({id: 'short', to: NOON + 1});
    await grant({id: 'planned', from: NOON + 1});
    await grant({id: 'over', to: NOON});
    await grant({id: 'bobs', account: 'bob'});
    await grant({id: 'anns', account: 'ann', period: 'once', from: 5, to: NOON + 2});
    const found = await standings();
    expect(found.map(({allowance, periodStart, endsAt}) => [allowance.allowance, periodStart, endsAt])).toEqual([
      ['short', SEPTEMBER, NOON + 1],
      ['anns', 5, NOON + 2],
      ['day', Date.UTC(2026, 8, 6, 23), Date.UTC(2026, 8, 7, 23)],
      // The 7th of September 2026 is a Monday.
      ['week', Date.UTC(2026, 8, 6, 23), Date.UTC(2026, 8, 13, 23)],
      ['month', SEPTEMBER, OCTOBER],
      ['once', NOON, undefined],
    ]);
    expect(await standings(NOON, 'nobody')).toHaveLength(5);
  });

  test('is told a price by destination, without what is used up', async () => {
    await grant({id: 'any', amount: 120});
    await grant({id: 'london', destinations: ['London'], to: OCTOBER - 1});
    await grant({id: 'spent', amount: 10});
    await take({key: 'a', uses: {any: 50, spent: 10}});
    const left = leftFor(await standings(), NOON);
    const shared = {unit: 'seconds', period: 'month', periodStart: SEPTEMBER} as const;
    const any = {...shared, allowance: 'any', name: 'Name of any', amount: 120, left: 70, endsAt: OCTOBER};
    expect(left('Paris')).toEqual([any]);
    expect(left('London')).toEqual([
      {...shared, allowance: 'london', name: 'Name of london', amount: 3_600, left: 3_600, endsAt: OCTOBER - 1},
      any,
    ]);
  });
});

test('grants are found by site, by student and by id', async () => {
  await grant({id: 'b', destinations: ['London', 'UK mobile']});
  await grant({id: 'a', account: 'ann', from: 7, to: 9});
  await grant({id: 'c', account: 'bob'});
  const ids = async (account?: string) =>
    (await allowancesOf(cloud.store.reading, {site: HALL, ...(account !== undefined && {account})})).map(({allowance}) => allowance);
  expect(await ids()).toEqual(['b', 'c', 'a']);
  expect(await ids('ann')).toEqual(['b', 'a']);
  expect(await allowanceAt(cloud.store.reading, HALL, 'b')).toEqual({
    allowance: 'b',
    account: undefined,
    name: 'Name of b',
    unit: 'seconds',
    amount: 3_600,
    period: 'month',
    destinations: ['London', 'UK mobile'],
    from: 0,
    to: undefined,
  });
  expect(await allowanceAt(cloud.store.reading, 'lodge', 'b')).toBeUndefined();
});

test('what covered a call is told by its row, with the name that the allowance has, or its id where it is not known here', async () => {
  await grant({id: 'hour'});
  await take({key: 'a', uses: {}}, {key: 'b', at: NOON + 1, uses: {hour: 60, other: 5}}, {key: 'c', payer: 'bob', uses: {hour: 1}});
  expect([...(await coveredAt(cloud.store.reading, HALL, [1, 2, 99]))]).toEqual([
    [
      2,
      [
        {name: 'Name of hour', unit: 'seconds', used: 60},
        {name: 'other', unit: 'seconds', used: 5},
      ],
    ],
  ]);
  const between = (from: number, to: number) =>
    usesBetween(cloud.store.reading, {site: HALL, account: 'ann', from: from as Instant, to: to as Instant});
  expect(await between(NOON, NOON + 2)).toEqual([{upSeq: 2, startedAt: NOON + 1}]);
  expect(await between(NOON, NOON + 1)).toEqual([]);
});
