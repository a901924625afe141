// What a new tariff changes: by ranges, exactly.
import {assert, property} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {diffTariffs, type ChangeGroup, type TariffDiff} from '../../../shared/tariff/diff.ts';
import type {Tariff, TariffSource} from '../../../shared/tariff/tariff.ts';
import {tariffs} from './arbitrary-tariff.ts';
import {at, read, tariffOf} from './tariffs.ts';

function tariff(source: TariffSource): Tariff {
  const reading = read(source);
  if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.problems));
  return reading.tariff;
}

const NOW = {at: at('2026-02-04T12:00:00Z'), everyBand: true};

function diff(before: TariffSource, after: TariffSource, moment = NOW): TariffDiff {
  return diffTariffs(tariff(before), tariff(after), moment);
}

const rate = (name: string, perMinute: string, rest: object = {}) => ({name, initialSeconds: 60, nextSeconds: 60, perMinute, ...rest});
const destination = (name: string, of: string, ...prefixes: readonly string[]) => ({name, rate: of, prefixes: [...prefixes]});

const OLD = tariffOf(
  {},
  {
    rates: [rate('low', '0.08'), rate('high', '0.2'), rate('none', '0')],
    destinations: [
      destination('UK', 'low', '441', '442', '443'),
      destination('UK mobile', 'high', '447'),
      destination('France', 'high', '33'),
      destination('Freephone', 'none', '44800', '44808'),
      {...destination('Voicemail', 'low', '1571'), exact: true},
    ],
  },
);

const brief = ({change, ranges, percentHundredths, terms, before, after}: ChangeGroup) => ({
  change,
  ranges,
  names: [before?.destination, after?.destination],
  percent: percentHundredths,
  terms,
});

describe('two tariffs', () => {
  test('that are the same differ in nothing', () => {
    expect(diff(OLD, OLD)).toEqual({
      groups: [],
      counts: {added: 0, removed: 0, dearer: 0, cheaper: 0, mixed: 0, terms: 0, unchanged: 8},
      settings: [],
      sameCurrency: true,
    });
  });

  test('differ in what is added, removed, dearer, cheaper and on other terms', () => {
    const young = tariffOf(
      {},
      {
        rates: [
          rate('low', '0.09'),
          rate('high', '0.15'),
          rate('none', '0.01'),
          rate('fee', '0.08', {connectionFee: '0.05', nextSeconds: 1}),
        ],
        destinations: [
          destination('UK', 'low', '441', '443'),
          destination('UK London', 'fee', '442'),
          destination('UK mobile', 'high', '447'),
          destination('Spain', 'low', '34'),
          destination('Freephone', 'none', '44800', '44808'),
          {...destination('Voicemail', 'low', '1571'), exact: true},
        ],
      },
    );
    const found = diff(OLD, young);
    expect(found.counts).toEqual({added: 1, removed: 1, dearer: 5, cheaper: 1, mixed: 0, terms: 1, unchanged: 0});
    expect(found.groups.map(brief)).toEqual([
      {change: 'added', ranges: ['34'], names: [undefined, 'Spain'], percent: undefined, terms: []},
      {change: 'removed', ranges: ['33'], names: ['France', undefined], percent: undefined, terms: []},
      // From nothing to a penny is no percentage.
      {change: 'dearer', ranges: ['44800', '44808'], names: ['Freephone', 'Freephone'], percent: undefined, terms: []},
      // 0.01 of 0.08 is 12.5 %.
      {change: 'dearer', ranges: ['441', '443'], names: ['UK', 'UK'], percent: 1_250, terms: []},
      {change: 'dearer', ranges: ['code 1571'], names: ['Voicemail', 'Voicemail'], percent: 1_250, terms: []},
      {change: 'cheaper', ranges: ['447'], names: ['UK mobile', 'UK mobile'], percent: -2_500, terms: []},
      {change: 'terms', ranges: ['442'], names: ['UK', 'UK London'], percent: 0, terms: ['connectionFee', 'nextSeconds']},
    ]);
    const terms = found.groups.at(-1);
    expect([terms?.before?.terms.connectionFee, terms?.after?.terms.connectionFee]).toEqual(['0', '0.05']);
  });

  test('that price a range by a shorter prefix, and then by its own, have not added it', () => {
    const young = {
      ...OLD,
      destinations: [...OLD.destinations, destination('Paris', 'low', '331'), destination('France south', 'high', '334')],
    };
    const found = diff(OLD, young);
    expect(found.groups.map(brief)).toEqual([{change: 'cheaper', ranges: ['331'], names: ['France', 'Paris'], percent: -6_000, terms: []}]);
    expect(found.counts).toMatchObject({cheaper: 1, unchanged: 9});
    // And the other way round.
    expect(diff(young, OLD).groups.map(brief)).toEqual([
      {change: 'dearer', ranges: ['331'], names: ['Paris', 'France'], percent: 15_000, terms: []},
    ]);
  });

  test('tell prefixes that follow each other as a range', () => {
    const young = {
      ...OLD,
      destinations: [...OLD.destinations, destination('Spain', 'low', '3460', '3461', '3462', '3464', '34650', '34651')],
    };
    expect(diff(OLD, young).groups[0]?.ranges).toEqual(['3460–3462', '3464', '34650–34651']);
  });

  test('are compared in every band, or in the one of a time', () => {
    const night = {name: 'night', times: [{days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const, from: '22:00', to: '06:00'}]};
    const bands = {bands: [{...night, times: night.times.map(({days, ...rest}) => ({days: [...days], ...rest}))}], zone: 'Europe/London'};
    const old = tariffOf({perMinute: '0.6', perMinuteIn: {night: '0.3'}}, bands);
    const young = tariffOf({perMinute: '0.7', perMinuteIn: {night: '0.2'}}, bands);
    expect(diff(old, young).groups.map(brief)).toEqual([
      // By night a third less, by day a sixth more.
      {change: 'mixed', ranges: ['44'], names: ['Britain', 'Britain'], percent: -3_333, terms: []},
    ]);
    expect(diff(old, young, {...NOW, everyBand: false}).groups).toMatchObject([{change: 'dearer', percentHundredths: 1_667}]);
    const midnight = {at: at('2026-02-04T00:00:00Z'), everyBand: false};
    expect(diff(old, young, midnight).groups).toMatchObject([{change: 'cheaper', percentHundredths: -3_333}]);
    // A band that one side has not is its base band.
    expect(diff(tariffOf({perMinute: '0.6'}), old).groups).toMatchObject([{change: 'cheaper', percentHundredths: -5_000}]);
  });

  test('with the same price net and gross are the same; with another tax they are not', () => {
    const gross = tariffOf({perMinute: '0.6', connectionFee: '0.12', minimum: '0.24'}, {tax: [{percent: '20'}]});
    const net = tariffOf({perMinute: '0.5', connectionFee: '0.1', minimum: '0.2'}, {tax: [{percent: '20'}], prices: 'net'});
    expect(diff(gross, net)).toMatchObject({groups: [], settings: [{name: 'prices', before: '"gross"', after: '"net"'}]});
    const taxed = tariffOf(
      {perMinute: '0.5', connectionFee: '0.1', minimum: '0.2'},
      {tax: [{percent: '20'}, {from: '2026-02-01', percent: '21'}], prices: 'net'},
    );
    // 0.605 to 0.6 is 0.8333 %.
    expect(diff(gross, taxed).groups.map(brief)).toEqual([
      {change: 'dearer', ranges: ['44'], names: ['Britain', 'Britain'], percent: 83, terms: ['connectionFee', 'minimum']},
    ]);
    expect(diff(gross, taxed, {at: at('2026-01-31T12:00:00Z'), everyBand: true}).groups).toEqual([]);
  });

  test('that say otherwise what the numbers are differ in their terms', () => {
    const typed = {
      ...OLD,
      destinations: OLD.destinations.map((one) => (one.name === 'UK mobile' ? {...one, type: 'mobile' as const} : one)),
    };
    const [group, ...others] = diff(OLD, typed).groups;
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      change: 'terms',
      ranges: ['447'],
      terms: ['type'],
      before: {terms: {type: 'any'}},
      after: {terms: {type: 'mobile'}},
    });
  });

  test('of one ten-millionth are told apart', () => {
    const found = diff(tariffOf({perMinute: '0.6'}), tariffOf({perMinute: '0.60000001'}));
    expect(found.groups).toMatchObject([{change: 'dearer', percentHundredths: 0}]);
  });

  test('differ as a whole in zone, rounding, bands, and calls of no destination', () => {
    const young = {...OLD, name: 'another', zone: 'UTC', rounding: {mode: 'up' as const, decimals: 2}, classes: {incoming: 'low'}};
    expect(diff(OLD, young).settings.map(({name}) => name)).toEqual(['class incoming', 'rounding', 'zone']);
    const dearer = {...young, rates: [rate('low', '0.5'), rate('high', '0.2'), rate('none', '0')]};
    expect(diff(young, dearer).settings.map(({name}) => name)).toEqual(['class incoming']);
  });

  test('of two currencies are not compared', () => {
    expect(diff(OLD, {...OLD, currency: 'EUR'})).toMatchObject({sameCurrency: false, settings: [{name: 'currency'}]});
  });
});

test('a tariff differs from itself in nothing, and both ways in the same prefixes', () => {
  const opposite = {added: 'removed', removed: 'added', dearer: 'cheaper', cheaper: 'dearer', mixed: 'mixed', terms: 'terms'} as const;
  assert(
    property(tariffs, tariffs, (one, other) => {
      const [a, b] = [tariff(one), tariff({...other, currency: one.currency})];
      expect(diffTariffs(a, a, NOW).groups).toEqual([]);
      const there = diffTariffs(a, b, {...NOW, everyBand: false});
      const back = diffTariffs(b, a, {...NOW, everyBand: false});
      for (const [change, reverse] of Object.entries(opposite)) {
        expect(there.counts[change as keyof typeof opposite]).toBe(back.counts[reverse]);
      }
      const prefixes = new Set(
        [a, b].flatMap((one) => one.destinations.flatMap(({exact, prefixes: list}) => list.map((prefix) => `${String(exact)} ${prefix}`))),
      );
      expect(Object.values(there.counts).reduce((sum, count) => sum + count, 0)).toBe(prefixes.size);
    }),
  );
});
