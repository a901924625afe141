// What holds for every tariff and every call.
import {
  array,
  assert,
  constantFrom,
  integer,
  nat,
  property,
  shuffledSubarray,
  stringMatching,
  uniqueArray,
  type Arbitrary,
} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {stringify} from 'yaml';
import {must} from '../../../shared/assert/assert.ts';
import {compileTariff, type CompiledTariff} from '../../../shared/tariff/compile.ts';
import {indexPrefixes, LENGTH_FACTOR, longestPrefix, NO_MATCH} from '../../../shared/tariff/prefix-index.ts';
import {price, priceClass} from '../../../shared/tariff/price.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import type {Tariff, TariffSource} from '../../../shared/tariff/tariff.ts';
import type {Working} from '../../../shared/tariff/working.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {starts, tariffs} from './arbitrary-tariff.ts';
import {priceByIncrements} from './increment-pricer.ts';
import {read} from './tariffs.ts';

function tariffFrom(source: TariffSource): {readonly tariff: Tariff; readonly compiled: CompiledTariff} {
  const reading = read(source);
  if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.problems));
  return {tariff: reading.tariff, compiled: compileTariff(reading.tariff, reading.hash)};
}

/** The working of an incoming call, which is billed by the first rate. */
function incoming(compiled: CompiledTariff, start: number, durationSeconds: number): Working {
  const found = priceClass({start: start as Instant, durationSeconds, answerAllowanceSeconds: 0}, 'incoming', compiled);
  if (found?.kind !== 'priced') throw new Error('incoming calls have a rate');
  return found.working;
}

describe('the closed form', () => {
  test('gives what one increment after the other gives', () => {
    assert(
      property(tariffs, starts, nat(300), nat(5), (source, start, increments, surplus) => {
        const {tariff, compiled} = tariffFrom(source);
        const rate = must(
          tariff.rates.find(({name}) => name === 'rate 0'),
          'the first rate',
        );
        // Up to 300 increments, whatever their length, and not more than a call may last.
        const durationSeconds = Math.min(172_800, increments * rate.nextSeconds + surplus);
        const expected = priceByIncrements(tariff, rate, {start, durationSeconds});
        const {billedSeconds, gross, tax, net, segments} = incoming(compiled, start, durationSeconds);
        expect({billedSeconds, gross, tax, net}).toEqual({
          billedSeconds: expected.billedSeconds,
          gross: expected.gross,
          tax: expected.tax,
          net: expected.net,
        });
        // In the same order too; a rate with one price at all times looks at no band.
        const isFlat = segments.every(({band}) => band === '');
        expect(isFlat ? [] : segments.map(({band, seconds}) => ({band, seconds}))).toEqual(isFlat ? [] : expected.runs);
      }),
    );
  });

  test('never asks less for a longer call', () => {
    assert(
      property(tariffs, starts, nat(20_000), nat(20_000), (source, start, seconds, more) => {
        const {compiled} = tariffFrom(source);
        return incoming(compiled, start, seconds).gross <= incoming(compiled, start, seconds + more).gross;
      }),
    );
  });

  test('adds up: gross is net and tax, and segments are what was billed', () => {
    assert(
      property(tariffs, starts, nat(172_800), (source, start, seconds) => {
        const working = incoming(tariffFrom(source).compiled, start, seconds);
        expect(working.net + working.tax).toBe(working.gross);
        expect(Math.min(working.net, working.tax)).toBeGreaterThanOrEqual(0);
        expect(working.segments.reduce((sum, segment) => sum + segment.seconds, 0)).toBe(working.billedSeconds);
        expect(working.gross % 10 ** (6 - working.rounding.decimals)).toBe(0);
      }),
    );
  });
});

/** A prefix, or a number that has one: few digits, so that they meet. */
const someDigits = (most: number): Arbitrary<string> => stringMatching(new RegExp(`^[1-3][0-3]{0,${most - 1}}$`));

describe('the longest prefix', () => {
  test('is what trying every prefix finds', () => {
    assert(
      property(uniqueArray(someDigits(8), {maxLength: 60}), array(someDigits(15), {maxLength: 30}), (prefixes, numbers) => {
        const index = indexPrefixes(prefixes.map((prefix, place) => [prefix, place]));
        for (const number of [...numbers, ...prefixes]) {
          const longest = prefixes.filter((prefix) => number.startsWith(prefix)).toSorted((a, b) => b.length - a.length)[0];
          const expected = longest === undefined ? NO_MATCH : prefixes.indexOf(longest) * LENGTH_FACTOR + longest.length;
          expect(longestPrefix(index, number)).toBe(expected);
        }
      }),
    );
  });

  test('decides the destination, whatever the tariff', () => {
    assert(
      property(tariffs, stringMatching(/^[1-9]\d{0,14}$/), (source, number) => {
        const {compiled} = tariffFrom(source);
        const best = source.destinations
          .filter(({exact}) => exact !== true)
          .flatMap(({name, prefixes}) =>
            prefixes.filter((prefix) => number.startsWith(prefix)).map((prefix) => ({name, prefix: `+${prefix}`})),
          )
          .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
        const call = {number, isShort: false, start: 0 as Instant, durationSeconds: 60, answerAllowanceSeconds: 0, acceptsCatchAll: true};
        const found = price(call, compiled);
        const working = found.kind === 'priced' ? {name: found.working.destination, prefix: found.working.prefix} : undefined;
        expect(working).toEqual(best);
      }),
    );
  });
});

describe('the canonical text', () => {
  test('read again is itself, from JSON and from YAML', () => {
    assert(
      property(tariffs, (source) => {
        const fromJson = read(source);
        const fromYaml = readTariff(stringify(source));
        const canonical = fromJson.kind === 'tariff' ? fromJson.canonical : '';
        expect(fromYaml).toEqual(fromJson);
        expect(readTariff(canonical)).toEqual(fromJson);
        // Written with spaces it is no longer canonical, and means the same.
        expect(readTariff(JSON.stringify(JSON.parse(canonical), null, 2))).toEqual(fromJson);
      }),
    );
  });

  test('is the same whatever the order of what has none', () => {
    const shuffled = <T>(list: readonly T[] | undefined): Arbitrary<T[]> =>
      shuffledSubarray([...(list ?? [])], {minLength: (list ?? []).length});
    assert(
      property(
        tariffs.chain((source) =>
          shuffled(source.rates).chain((rates) =>
            shuffled(source.destinations).chain((destinations) =>
              shuffled(source.bands).chain((bands) =>
                shuffled(source.holidays).map((holidays) => ({
                  source,
                  other: {
                    ...source,
                    rates,
                    holidays,
                    bands: bands.map((band) => ({
                      ...band,
                      times: (band.times ?? []).map((time) => ({...time, days: time.days.toReversed()})).toReversed(),
                    })),
                    destinations: destinations.map((destination) => ({...destination, prefixes: destination.prefixes.toReversed()})),
                  },
                })),
              ),
            ),
          ),
        ),
        ({source, other}) => {
          expect(read(other)).toEqual(read(source));
        },
      ),
    );
  });

  test('differs where a price differs', () => {
    assert(
      property(tariffs, constantFrom('0.00000001', '0.3'), integer({min: 0, max: 3}), (source, more, place) => {
        const [first, ...rest] = source.rates;
        const dearer = {...must(first, 'a rate'), perMinute: `${place + 7}${more.slice(1)}`};
        const reading = read({...source, rates: [dearer, ...rest]});
        const before = read(source);
        const hashes = [before, reading].map((one) => (one.kind === 'tariff' ? one.hash : ''));
        expect(hashes[0] === hashes[1]).toBe(must(first, 'a rate').perMinute === dearer.perMinute);
      }),
    );
  });
});
