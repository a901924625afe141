// The made-up tariff of the demonstration and the benchmarks: sound, realistic, the same for the same seed.
import {describe, expect, test} from 'vitest';
import {must} from '../../../shared/assert/assert.ts';
import {indexPrefixes, longestPrefix, LENGTH_FACTOR} from '../../../shared/tariff/prefix-index.ts';
import {price} from '../../../shared/tariff/price.ts';
import {generateTariff} from '../../simulator/tariff.ts';
import {at, callOf, compiled, money, read} from './tariffs.ts';

const wish = {prefixes: 3_000, seed: 7, currency: 'GBP', zone: 'Europe/London'};
const source = generateTariff(wish);
const british = compiled(generateTariff({...wish, prefixes: 60}));

describe('a generated tariff', () => {
  test.for([1, 50, 1_000, 30_000])('has %d prefixes and passes the check', (prefixes) => {
    const made = generateTariff({...wish, prefixes});
    const ranges = made.destinations.filter(({exact}) => exact !== true).flatMap((destination) => destination.prefixes);
    expect(ranges.length).toBe(prefixes);
    expect(read(made).kind).toBe('tariff');
  });

  test('is the same for the same seed, and another for another', () => {
    expect(generateTariff(wish)).toEqual(source);
    expect(generateTariff({...wish, seed: 8})).not.toEqual(source);
  });

  test('is of the currency and the zone that were asked for', () => {
    expect(generateTariff({...wish, currency: 'AUD', zone: 'Australia/Sydney'})).toMatchObject({currency: 'AUD', zone: 'Australia/Sydney'});
  });

  test('names every calling code of the world, each as a range of its own or as its country’s', () => {
    const index = indexPrefixes(
      source.destinations.flatMap(({prefixes, exact}, place) => (exact === true ? [] : prefixes.map((prefix) => [prefix, place] as const))),
    );
    const nameOf = (number: string): string =>
      must(source.destinations[Math.floor(longestPrefix(index, number) / LENGTH_FACTOR)], number).name;
    expect(nameOf('33142685300')).toMatch(/^France/);
    expect(nameOf('33612345678')).toMatch(/^France, mobile/);
    expect(nameOf('4915123456789')).toMatch(/^Germany, mobile/);
    expect(nameOf('12421234567')).toMatch(/^Bahamas/);
    expect(nameOf('870773123456')).toBe('Satellite 870');
    expect(new Set(source.destinations.map(({name}) => name.split(',')[0])).size).toBeGreaterThan(200);
  });

  test.for([
    // A Wednesday at noon: daytime. Each second of 8p a minute, and 5p for the connection: 5 + 8 = 13p.
    ['442079460000', false, '2026-02-04T12:00:00Z', 60, '0.13'],
    // Wednesday evening: 5 + 4; Christmas Day is a Friday, billed as a weekend: 5 + 2.
    ['442079460000', false, '2026-02-04T20:00:00Z', 60, '0.09'],
    ['442079460000', false, '2026-12-25T12:00:00Z', 60, '0.07'],
    // Two seconds are a wrong number.
    ['442079460000', false, '2026-02-04T12:00:00Z', 2, '0'],
    // A mobile: 30 s, then each begun 6 s; 61 s bill 66: 8p + 66 × 16 ÷ 60 = 25.6p, 26p.
    ['447700900123', false, '2026-02-04T12:00:00Z', 61, '0.26'],
    ['448001111', false, '2026-02-04T12:00:00Z', 600, '0'],
    ['123', true, '2026-02-04T12:00:00Z', 600, '0.5'],
    // Premium: 50p and £1.60 a minute, never more than £25.
    ['449011234567', false, '2026-02-04T12:00:00Z', 3_600, '25'],
  ] as const)('bills %s (short code: %s) at %s for %d s with £%s', ([number, isShort, start, seconds, amount]) => {
    // Longer ranges of the made-up kind do not touch these: a small tariff has none in Britain.
    const found = price(callOf(seconds, {number, isShort, start: at(start)}), british);
    expect(found).toMatchObject({kind: 'priced', working: {gross: money(amount)}});
  });

  test('a country that is not known better is not billed unseen', () => {
    // Ugandan landlines begin with 2 to 4, mobiles with 7: +256 9 is nobody's.
    expect(price(callOf(60, {number: '256900000000'}), compiled(source))).toMatchObject({
      kind: 'range-unconfirmed',
      destination: 'Uganda, unlisted',
    });
  });
});
