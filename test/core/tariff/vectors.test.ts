// Calls in which several rules meet, each figure worked out by hand from the rule: clock changes on both sides of the earth, days of
// 23 and 25 hours, tax that changes at midnight, ties, large sums; and what was dialled, down to what it costs.
import {describe, expect, test} from 'vitest';
import type {Currency} from '../../../shared/money/micros.ts';
import {explainPrice} from '../../../shared/tariff/explain.ts';
import {quote, type QuoteRules} from '../../../shared/tariff/quote.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {at, callOf, compiled, money, tariffOf, WEDNESDAY_NOON, workingOf, type RateSource} from './tariffs.ts';

const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

type Times = NonNullable<NonNullable<TariffSource['bands']>[number]['times']>[number];

/** One band beside the standard one, every day. */
function daily(name: string, from: string, to: string): TariffSource['bands'] {
  const times: Times = {days: [...EVERY_DAY], from, to};
  return [{name, times: [times]}];
}

/** Tuppence a second in the band, a penny outside it. */
function runsOf(bands: TariffSource['bands'], {zone, start, seconds}: Call, rate: Partial<RateSource> = {}): readonly string[] {
  const name = bands?.[0]?.name ?? '';
  const tariff = compiled(tariffOf({perMinuteIn: {[name]: '1.2'}, ...rate}, {bands, zone}));
  const {segments, gross} = workingOf(tariff, callOf(seconds, {start: at(start)}));
  const pennies = segments.reduce((sum, segment) => sum + segment.seconds * (segment.band === name ? 2 : 1), 0);
  expect(gross).toBe(pennies * money('0.01'));
  return segments.map((segment) => `${segment.band} ${segment.seconds}`);
}

type Call = {readonly zone: string; readonly start: string; readonly seconds: number};

describe('a call of 25 hours', () => {
  const day = daily('day', '08:00', '20:00');
  const HOURS_25 = 90_000;

  test.for([
    // From noon on a Saturday: 8 h of day are left, and the night between 20:00 and 08:00 has 12 h …
    ['Europe/London', '2026-02-07T12:00:00Z', 'in winter', ['day 28800', 'standard 43200', 'day 18000']],
    // … 13 h where the clocks go back in it, and 4 h of day remain; 11 h where they go forward, and 6 h remain.
    ['Europe/London', '2026-10-24T11:00:00Z', 'into 25 October', ['day 28800', 'standard 46800', 'day 14400']],
    ['Europe/London', '2026-03-28T12:00:00Z', 'into 29 March', ['day 28800', 'standard 39600', 'day 21600']],
    // Sydney is 11 h ahead in April and 10 h in early October; its autumn is April.
    ['Australia/Sydney', '2026-04-04T01:00:00Z', 'into 5 April', ['day 28800', 'standard 46800', 'day 14400']],
    ['Australia/Sydney', '2026-10-03T02:00:00Z', 'into 4 October', ['day 28800', 'standard 39600', 'day 21600']],
  ] as const)('from noon in %s %s', ([zone, start, , expected]) => {
    expect(runsOf(day, {zone, start, seconds: HOURS_25})).toEqual(expected);
  });

  test('by the quarter of an hour takes each quarter by its own start', () => {
    // From 19:50 in London on 24 October (18:50 UTC): 20:05 is the first start outside; 08:00 GMT is 13 h 10 min after the call began,
    // so 53 quarters start before it (the 53rd at 13 h 0 min), the first of them in the day; 47 of the 100 remain.
    const quarters = {initialSeconds: 900, nextSeconds: 900};
    expect(runsOf(day, {zone: 'Europe/London', start: '2026-10-24T18:50:00Z', seconds: HOURS_25}, quarters)).toEqual([
      'day 900',
      'standard 46800',
      'day 42300',
    ]);
  });
});

describe('an increment that starts at the instant of an edge', () => {
  const minutes = {initialSeconds: 60, nextSeconds: 60};

  test.for([
    // Sydney, 4 October 2026: 02:00 is 03:00 at 16:00 UTC. The band from three begins there, and one from two to three never comes.
    ['the clocks go forward', daily('three', '03:00', '04:00'), '2026-10-03T15:59:00Z', ['standard 60', 'three 60']],
    ['the hour is left out', daily('two', '02:00', '03:00'), '2026-10-03T15:59:00Z', ['standard 120']],
    // 5 April: 03:00 is 02:00 again at 16:00 UTC. The band from two goes on; one from three begins an hour later.
    ['the clocks go back', daily('two', '02:00', '03:00'), '2026-04-04T15:59:00Z', ['two 120']],
    ['the hour comes twice', daily('three', '03:00', '04:00'), '2026-04-04T15:59:00Z', ['standard 120']],
    ['at last it is three', daily('three', '03:00', '04:00'), '2026-04-04T16:59:00Z', ['standard 60', 'three 60']],
  ] as const)('where %s', ([, bands, start, expected]) => {
    expect(runsOf(bands, {zone: 'Australia/Sydney', start, seconds: 120}, minutes)).toEqual(expected);
  });
});

describe('New Year', () => {
  const feast = {bands: [{name: 'feast', times: []}], holidays: [{date: '2027-01-01', band: 'feast'}]};

  test.for([
    // Sydney's 2027 begins at 13:00 UTC, London's eleven hours later.
    ['Australia/Sydney', '2026-12-31T12:59:30Z', [30, 60]],
    ['Europe/London', '2026-12-31T23:59:30Z', [30, 60]],
    ['Europe/London', '2026-12-31T12:59:30Z', [90]],
  ] as const)('in %s from %s', ([zone, start, expected]) => {
    const tariff = compiled(tariffOf({perMinuteIn: {feast: '0.3'}}, {...feast, zone}));
    const working = workingOf(tariff, callOf(90, {start: at(start)}));
    expect(working.segments.map(({seconds}) => seconds)).toEqual(expected);
    // A penny a second, half a penny in the feast.
    expect(working.gross).toBe(expected.length === 1 ? money('0.9') : money('0.6'));
  });

  test('the tax of the old year is paid by the call that began in it', () => {
    const tax = [{percent: '20'}, {from: '2027-01-01', percent: '10'}];
    const tariff = compiled(tariffOf({perMinuteIn: {feast: '0.3'}}, {...feast, tax, prices: 'net'}));
    // 30p + 30p, and a fifth of it; a second later all of it is in the feast: 45p and a tenth.
    expect(workingOf(tariff, callOf(90, {start: at('2026-12-31T23:59:30Z')}))).toMatchObject({gross: money('0.72'), tax: money('0.12')});
    expect(workingOf(tariff, callOf(90, {start: at('2027-01-01T00:00:00Z')}))).toMatchObject({gross: money('0.495'), tax: money('0.045')});
  });
});

describe('tax that changes at midnight', () => {
  const tax = [{percent: '17.5'}, {from: '2011-01-04', percent: '20'}];

  test.for([
    // Two minutes at 60p. 17.5 %: of £1.20, 1.2 × 17.5 ÷ 117.5 = 0.17872340…; on top of it, 21p.
    ['gross', '2011-01-03T23:59:59.999Z', '1.2', '0.178723', '1.021277'],
    ['net', '2011-01-03T23:59:59.999Z', '1.41', '0.21', '1.2'],
    // 20 %: of it a sixth; on top of it a fifth.
    ['gross', '2011-01-04T00:00:00Z', '1.2', '0.2', '1'],
    ['net', '2011-01-04T00:00:00Z', '1.44', '0.24', '1.2'],
  ] as const)('%s prices at %s: %s, of it %s', ([prices, start, gross, taxed, net]) => {
    const working = workingOf(compiled(tariffOf({}, {prices, tax})), callOf(120, {start: at(start)}));
    expect(working).toMatchObject({gross: money(gross), tax: money(taxed), net: money(net)});
  });

  test.for([
    // 5 April 2026 begins in Sydney at UTC + 11, though it ends at + 10; 4 October at + 10.
    ['Australia/Sydney', '2026-04-05', '2026-04-04T13:00:00Z'],
    ['Australia/Sydney', '2026-04-06', '2026-04-05T14:00:00Z'],
    ['Australia/Sydney', '2026-10-04', '2026-10-03T14:00:00Z'],
    ['Australia/Sydney', '2026-10-05', '2026-10-04T13:00:00Z'],
    // Cuba's clocks go forward at midnight: 8 March 2026 begins at 01:00, five hours behind until then.
    ['America/Havana', '2026-03-08', '2026-03-08T05:00:00Z'],
  ] as const)('in %s on %s is in force from %s', ([zone, from, instant]) => {
    const tariff = compiled(tariffOf({}, {zone, tax: [{percent: '10'}, {from, percent: '15'}]}));
    const percents = [at(instant) - 1, at(instant)].map((start) => workingOf(tariff, callOf(60, {start: start as Instant})).taxPercent);
    expect(percents).toEqual(['10', '15']);
  });
});

describe('one rounding, of the exact amount with its tax', () => {
  const evenly = (decimals: number): Partial<TariffSource> => ({rounding: {mode: 'half-even', decimals}});

  test.for([
    // 10 s are 10p net, and a quarter of tax: 12.5p is a tie, 12 is even.
    [{}, '0.12', undefined],
    // At least 10.8p: 13.5p is a tie, 14 is even.
    [{minimum: '0.108'}, '0.14', 'minimum'],
    // At most 9.2p: 11.5p, 12 is even.
    [{minimum: '0.01', maximum: '0.092'}, '0.12', 'maximum'],
    // At most 9.19p: 11.4875p is beside the tie.
    [{minimum: '0.01', maximum: '0.0919'}, '0.11', 'maximum'],
  ] as const)('with a minimum and a maximum, %o: £%s', ([rate, gross, bound]) => {
    const tariff = compiled(tariffOf(rate, {...evenly(2), prices: 'net', tax: [{percent: '25'}]}));
    expect(workingOf(tariff, callOf(10))).toMatchObject({gross: money(gross), bound, tax: money(gross) / 5});
  });

  test('ties to whole units go to the even one', () => {
    // 30 a minute: half a unit a second.
    const tariff = compiled(tariffOf({perMinute: '30'}, evenly(0)));
    const units = [1, 2, 3, 5, 7, 9].map((seconds) => workingOf(tariff, callOf(seconds)).gross / money('1'));
    // 0.5, 1, 1.5, 2.5, 3.5, 4.5.
    expect(units).toEqual([0, 1, 2, 2, 4, 4]);
  });

  test('ties of sums that no float holds are ties', () => {
    // Ten minutes: 1,234,567.8901205 and …215, ties of the micro.
    const prices = ['123456.78901205', '123456.78901215'];
    const of = (mode: 'half-even' | 'half-up'): readonly number[] =>
      prices.map((perMinute) => workingOf(compiled(tariffOf({perMinute}, {rounding: {mode, decimals: 6}})), callOf(600)).gross);
    expect(of('half-even')).toEqual(['1234567.89012', '1234567.890122'].map(money));
    expect(of('half-up')).toEqual(['1234567.890121', '1234567.890122'].map(money));
  });

  test('a call of more than a thousand pounds is no call of one', () => {
    // Elsewhere 1,234.50 was read back as 1. Here 2,469 min at 50p.
    const working = workingOf(compiled(tariffOf({perMinute: '0.5', initialSeconds: 60, nextSeconds: 60})), callOf(2_469 * 60));
    expect(working.gross).toBe(1_234_500_000);
    expect(explainPrice(working, 'GBP' as Currency)).toContain('£1,234.50');
  });
});

describe('from what was dialled to what it costs', () => {
  const RULES: QuoteRules = {
    country: 'GB',
    currency: 'GBP',
    dialPlan: {outsideLine: '9', areaCode: '20', nationalPrefix: '0', internationalPrefixes: ['00'], extensionDigits: 4},
    alwaysOpen: [],
    catchAll: 'unbillable',
    dearestCall: 50_000_000,
    longestCallHours: 12,
  };
  /** Landlines at 2p a minute, mobiles at 10p; all else of Britain is not known. */
  const tariff = compiled(
    tariffOf(
      {},
      {
        rates: [
          {name: 'landline', initialSeconds: 60, nextSeconds: 60, perMinute: '0.02'},
          {name: 'mobile', initialSeconds: 60, nextSeconds: 60, perMinute: '0.10'},
          {name: 'dear', initialSeconds: 60, nextSeconds: 60, perMinute: '3'},
        ],
        destinations: [
          {name: 'London', rate: 'landline', prefixes: ['4420']},
          {name: 'Mobile', rate: 'mobile', prefixes: ['447']},
          {name: 'Britain', rate: 'dear', prefixes: ['44'], catchAll: true},
          {name: 'World', rate: 'dear', prefixes: ['1', '3'], catchAll: true},
        ],
      },
    ),
  );

  test.for([
    // Ten minutes. 7946 0000 in London is 020 7946 0000: with the country code only it would be a mobile, at five times the price.
    ['9 7946 0000', 'London', '0.2'],
    ['7946 0000', 'London', '0.2'],
    ['141 7946 0000', 'London', '0.2'],
    ['9 020 7946 0000', 'London', '0.2'],
    ['9 0044 20 7946 0000', 'London', '0.2'],
    ['+44 20 7946 0000', 'London', '0.2'],
    // Behind + nothing is local: it is priced as what it says.
    ['+44 7946 0000', 'Mobile', '1'],
    ['9 07946 000000', 'Mobile', '1'],
    // For help, however: with the outside line before it, with none, and where 9 is both.
    ['999', 'emergency', '0'],
    ['9999', 'emergency', '0'],
    ['9-112', 'emergency', '0'],
    ['112', 'emergency', '0'],
    // A whole country or a tenth of the world is known only by catch-alls.
    ['9 01632 960123', 'range-unconfirmed', ''],
    ['9 00 1 212 555 0123', 'range-unconfirmed', ''],
    ['9 00 49 30 901820', 'no-destination', ''],
  ] as const)('%s: %s %s', ([dialled, to, amount]) => {
    const found = quote({dialled, isExtension: false, start: WEDNESDAY_NOON, seconds: 600}, RULES, tariff);
    const told = found.kind === 'priced' ? [found.working.destination, found.working.gross] : [found.reason, ''];
    expect(told).toEqual([to, amount === '' ? '' : money(amount)]);
  });
});
