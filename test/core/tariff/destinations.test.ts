// Names of destinations as people type them: found in the tariff of then, or said to be in none.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createAudit} from '../../../cloud/people/audit.ts';
import {createCompiledTariffs} from '../../../cloud/tariff/compiled.ts';
import {createDestinations, type Destinations} from '../../../cloud/tariff/destinations.ts';
import {createPublish} from '../../../cloud/tariff/publish.ts';
import type {Tx} from '../../../cloud/store/open.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {HALL_TARIFF} from '../../simulator/cloud/site.ts';
import {HALL, NOON, openCloud, type Cloud} from '../books/ground.ts';

const DAY = 86_400_000;
const at = (days: number): Instant => (NOON + days * DAY) as Instant;

let cloud: Cloud;
let destinations: Destinations;
beforeEach(async () => {
  cloud = await openCloud();
  destinations = createDestinations({reading: cloud.store.reading, tariffs: createCompiledTariffs(cloud.store.reading)});
});
afterEach(() => cloud.remove());

async function publish(tariff: TariffSource, from: Instant): Promise<void> {
  const given = {now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog: cloud.downLog};
  const wanted = {site: HALL, text: JSON.stringify(tariff), from};
  const done = await cloud.store.transact((tx: Tx) => createPublish(given).tariff(tx, {id: 'ada', role: 'admin'}, wanted));
  if (done.kind === 'refused') throw new Error(done.what);
}

/** Names in the order of the tariff, each with a prefix of its own. */
const named = (...names: readonly string[]): TariffSource => ({
  ...HALL_TARIFF,
  name: `With ${names.length}`,
  destinations: names.map((name, place) => ({name, rate: 'landline', prefixes: [`44${20_000 + place}`]})),
});

describe('names that were typed', () => {
  beforeEach(() => publish(named('UK landline', 'UK mobile - Vodafone', 'UK mobile - O2', 'Tajikistan', 'Tajikistan mobile'), NOON));

  test('become those of the tariff, whatever their case and blanks; each once', async () => {
    expect(await destinations.read(HALL, ['uk  LANDLINE', 'UK landline', 'tajikistan'], NOON)).toEqual({
      names: ['UK landline', 'Tajikistan'],
      unknown: [],
    });
  });

  test('that the tariff does not have stay as typed, with what may be meant', async () => {
    expect(await destinations.read(HALL, ['O2', 'Tadjikistan', 'Utopia', 'UK landline'], NOON)).toEqual({
      names: ['O2', 'Tadjikistan', 'Utopia', 'UK landline'],
      unknown: [
        {name: 'O2', meant: ['UK mobile - O2']},
        {name: 'Tadjikistan', meant: ['Tajikistan']},
        {name: 'Utopia', meant: []},
      ],
    });
  });

  test('are found by words, in any order', async () => {
    expect(await destinations.find(HALL, 'mobile uk', NOON)).toEqual({names: ['UK mobile - O2', 'UK mobile - Vodafone'], count: 2, of: 5});
    expect(await destinations.find(HALL, '  ', NOON)).toEqual({names: [], count: 0, of: 5});
    expect((await destinations.find(HALL, 'xyz', NOON)).count).toBe(0);
  });
});

test('classes of numbers that have a rate are names too', async () => {
  await publish({...HALL_TARIFF, classes: {freephone: 'landline'}}, NOON);
  expect(await destinations.read(HALL, ['Freephone', 'premium'], NOON)).toEqual({
    names: ['freephone', 'premium'],
    unknown: [{name: 'premium', meant: []}],
  });
});

test('nothing is known before the first tariff', async () => {
  expect(await destinations.read(HALL, ['London'], NOON)).toEqual({names: ['London'], unknown: [{name: 'London', meant: []}]});
  expect(await destinations.missing(HALL, ['London'], {from: NOON, to: undefined, now: NOON})).toEqual([]);
});

describe('a name that a published tariff does not have', () => {
  beforeEach(async () => {
    await publish(named('London', 'Paris'), NOON);
    await publish(named('London (all)', 'Paris', 'Rome'), at(10));
    await publish(named('London', 'Paris', 'Rome', 'Oslo'), at(20));
  });
  const missing = (names: readonly string[], from: number, to?: number, now = 0) =>
    destinations.missing(HALL, names, {from: at(from), to: to === undefined ? undefined : at(to), now: at(now)});

  test('is said for each that will be in force while the allowance holds', async () => {
    expect(await missing(['London', 'Paris'], 0)).toEqual([{tariff: 'With 3', from: at(10), isInForce: false, names: ['London']}]);
    expect(await missing(['Rome'], 0)).toEqual([{tariff: 'With 2', from: at(0), isInForce: true, names: ['Rome']}]);
  });

  test('is not said for those that are over, or come after the end', async () => {
    expect(await missing(['London'], 0, 10)).toEqual([]);
    expect(await missing(['Rome'], 10)).toEqual([]);
    expect(await missing(['Rome'], 0, undefined, 10)).toEqual([]);
    expect((await missing(['London'], 0, undefined, 19)).map(({tariff}) => tariff)).toEqual(['With 3']);
    expect(await missing(['London'], 0, undefined, 20)).toEqual([]);
  });

  test('is said where only its spelling differs: the box compares to the letter', async () => {
    expect((await missing(['paris'], 20)).map(({names}) => names)).toEqual([['paris']]);
  });

  test('is never said of an allowance for all destinations', async () => {
    expect(await missing([], 0)).toEqual([]);
  });
});

test('a deck of 50,000 names is searched to its end; what is shown of it is as much as an allowance may name', async () => {
  await publish(named(...Array.from({length: 50_000}, (_, place) => `Place ${place}`)), NOON);
  const found = await destinations.find(HALL, 'place 49', NOON);
  const read = await destinations.read(HALL, ['place 17', ...Array.from({length: 30}, (_, place) => `Plaza ${place}`)], NOON);
  // Those with 49 in their number, of which 500 are shown.
  expect([found.names.length, found.of]).toEqual([500, 50_000]);
  expect(found.count).toBeGreaterThan(500);
  expect(read.names[0]).toBe('Place 17');
  expect(read.unknown).toHaveLength(30);
});
