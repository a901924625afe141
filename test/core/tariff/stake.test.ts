// What waiting calls may be worth, by hand: the catch-all's price, else the dearest of the country; taxes, dates, large tariffs.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createAudit} from '../../../cloud/people/audit.ts';
import {createCompiledTariffs} from '../../../cloud/tariff/compiled.ts';
import {createPublish, type Publish} from '../../../cloud/tariff/publish.ts';
import {createStakes, type StakedCall, type Stakes} from '../../../cloud/tariff/stake.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {indexPrefixes, valuesBelow} from '../../../shared/tariff/prefix-index.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {HALL, NOON, openCloud, type Cloud} from '../books/ground.ts';

const ADA = {id: 'ada', role: 'admin'} as const;
const HOUR = 3_600_000;
const at = (hours: number): Instant => (NOON + hours * HOUR) as Instant;

const tariff = (change: object = {}): string =>
  JSON.stringify({
    format: 'spbs-tariff/1',
    name: 'stakes',
    currency: 'GBP',
    zone: 'Europe/London',
    rounding: {mode: 'up', decimals: 2},
    prices: 'gross',
    tax: [{percent: '20'}],
    bands: [{name: 'evening', times: [{days: ['mon'], from: '18:00', to: '24:00'}]}],
    rates: [
      {name: 'cheap', initialSeconds: 60, nextSeconds: 60, perMinute: '0.10'},
      {name: 'evening', initialSeconds: 60, nextSeconds: 60, perMinute: '0.10', perMinuteIn: {evening: '0.35'}},
      {name: 'net', initialSeconds: 60, nextSeconds: 60, perMinute: '0.29', prices: 'net'},
      {name: 'whole', initialSeconds: 60, nextSeconds: 60, perMinute: '0.50', connectionFee: '1'},
    ],
    destinations: [
      {name: 'Tajikistan', rate: 'whole', prefixes: ['992'], catchAll: true},
      {name: 'Paris', rate: 'cheap', prefixes: ['331']},
      {name: 'France mobile', rate: 'evening', prefixes: ['336']},
      {name: 'France services', rate: 'net', prefixes: ['338']},
    ],
    ...change,
  });

let cloud: Cloud;
let publish: Publish;
let stakes: Stakes;
beforeEach(async () => {
  cloud = await openCloud();
  publish = createPublish({now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog: cloud.downLog});
  stakes = createStakes(createCompiledTariffs(cloud.store.reading));
  await put({from: at(0), text: tariff()});
});
afterEach(() => cloud.remove());

async function put(of: {readonly text: string; readonly from: Instant}): Promise<void> {
  const done = await cloud.store.transact(async (tx) => {
    await publish.policy(tx, ADA, {site: HALL, policy: HALL_POLICY});
    return await publish.tariff(tx, ADA, {site: HALL, ...of});
  });
  if (done.kind === 'refused') throw new Error(done.what);
}
const call = (number: string, seconds = 61, hours = 1): StakedCall => ({number, seconds, startedAt: at(hours)});
const stakeOf = (...calls: readonly StakedCall[]) => stakes.of(cloud.store.reading, HALL, calls);

test('a catch-all’s price times the begun minutes, without its connection fee', async () => {
  expect(await stakeOf(call('992371111111'))).toEqual([
    {by: 'catch-all', destination: 'Tajikistan', perMinute: 500_000, amount: 1_000_000},
  ]);
});

test('of no seconds is nothing', async () => {
  expect(await stakeOf(call('992371111111', 0))).toMatchObject([{amount: 0}]);
});

test('without a catch-all the dearest of the country, at its dearest time', async () => {
  // 29p net are 34.8p; 35p in the evening are dearer.
  expect(await stakeOf(call('33999999999', 60))).toEqual([
    {by: 'dearest-of-country', destination: 'France mobile', perMinute: 350_000, amount: 350_000},
  ]);
});

test('with the tax of the day: a net price overtakes a gross one', async () => {
  // 25 %: 36.25p are dearer than 35p.
  await put({from: at(10), text: tariff({tax: [{percent: '25'}]})});
  expect(await stakeOf(call('33999999999', 120, 11), call('33999999999', 120, 1))).toMatchObject([
    {destination: 'France services', perMinute: 362_500, amount: 725_000},
    {destination: 'France mobile', amount: 700_000},
  ]);
});

test('rounded up to the micro, once', async () => {
  const odd = {name: 'odd', initialSeconds: 60, nextSeconds: 60, perMinute: '0.00000033', prices: 'net'};
  const only = {rates: [odd], destinations: [{name: 'Paris', rate: 'odd', prefixes: ['331']}]};
  await put({from: at(10), text: tariff(only)});
  // 0.33 micros net are 0.396 a minute; three minutes 1.188.
  expect(await stakeOf(call('33999999999', 180, 11))).toMatchObject([{perMinute: 1, amount: 2}]);
});

test('nothing is known of a country that the tariff has not, of no country, or before the first tariff', async () => {
  expect(await stakeOf(call('4915111111111'), call('0'), call('992371111111', 60, -1))).toEqual([undefined, undefined, undefined]);
  expect(await stakes.of(cloud.store.reading, 'nowhere', [call('992371111111')])).toEqual([undefined]);
});

test('the destinations of a country are named for whoever adds a range', async () => {
  expect(await stakes.destinationsOf(HALL, '33', at(1))).toEqual(['France mobile', 'France services', 'Paris']);
  expect(await stakes.destinationsOf(HALL, '4930', at(1))).toEqual([]);
  expect(await stakes.destinationsOf(HALL, '0', at(1))).toEqual([]);
});

describe('in a tariff of 300,000 prefixes', () => {
  const read = readTariff(tariff());
  if (read.kind !== 'tariff') throw new Error('the tariff of this file');
  const small = compileTariff(read.tariff, read.hash);
  // Each of six digits, from 200000 on; those of Britain are 44xxxx. All of Paris and France in turn: the catch-all stands last.
  const entries = Array.from({length: 300_000}, (_, index): [string, number] => [String(200_000 + index), index % 3]);
  const compiled = {...small, index: indexPrefixes(entries)};
  const large = createStakes({at: () => Promise.resolve(compiled)});

  test('what lies below a country is what a search through all prefixes finds', () => {
    for (const code of ['44', '331', '499999', '2', '6', '0', '4999999', '']) {
      const found = new Set(entries.filter(([prefix]) => prefix.startsWith(code)).map(([, place]) => place));
      expect([...valuesBelow(compiled.index, code)].toSorted((a, b) => a - b)).toEqual([...found].toSorted((a, b) => a - b));
    }
  });

  test('twenty thousand calls to one country cost one search, and little each', async () => {
    const calls = Array.from({length: 20_000}, (_, index) => call(`44${1_000_000_000 + index * 37_129}`, 61));
    const search = time(() => void entries.filter(([prefix]) => prefix.startsWith('44')));
    const begun = performance.now();
    const found = await large.of(cloud.store.reading, HALL, calls);
    const took = performance.now() - begun;
    // 35p are the dearest at any time; two begun minutes.
    expect(new Set(found.map((stake) => stake?.amount))).toEqual(new Set([700_000]));
    // One search a call would be twenty thousand times this.
    expect(took).toBeLessThan(search * 1_000);
  });
});

function time(act: () => void): number {
  const begun = performance.now();
  act();
  return performance.now() - begun;
}
