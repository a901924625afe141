// Bands of time: which increments take which price, at edges, midnights, holidays and clock changes. All counted by hand.
import {describe, expect, test} from 'vitest';
import type {Tariff} from '../../../shared/tariff/tariff.ts';
import {at, callOf, compiled, money, tariffOf, workingOf, type RateSource} from './tariffs.ts';

type Bands = Tariff['bands'];
const EVERY_DAY: Bands[number]['times'][number]['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const ALL_DAY = {from: '00:00', to: '24:00'} as const;
/** A minute in the first band and in the second. */
const PRICES = ['1.2', '1.8'];
const PEAK: Bands = [{name: 'peak', times: [{days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00'}]}];

/** Each band costs something else: 1p a second as a rule, 2p in the first band, 3p in the second. */
function billed(
  when: {readonly start: string; readonly seconds: number; readonly zone?: string},
  bands: Bands,
  rate: Partial<RateSource> = {},
  holidays: Tariff['holidays'] = [],
): readonly string[] {
  const perMinuteIn = Object.fromEntries(bands.map(({name}, place) => [name, PRICES[place] ?? '']));
  const tariff = compiled(tariffOf({perMinuteIn, ...rate}, {bands, holidays, zone: when.zone ?? 'Europe/London'}));
  const working = workingOf(tariff, callOf(when.seconds, {start: at(when.start)}));
  // The segments tell all there is to pay.
  const pennies: Readonly<Record<string, number>> = {standard: 1, ...Object.fromEntries(bands.map(({name}, place) => [name, place + 2]))};
  const sum = working.segments.reduce((total, {band, seconds}) => total + seconds * (pennies[band] ?? Number.NaN), 0);
  expect(working.gross).toBe(sum * money('0.01'));
  expect(working.segments.reduce((total, {seconds}) => total + seconds, 0)).toBe(working.billedSeconds);
  return working.segments.map(({band, seconds}) => `${band} ${seconds}`);
}

describe('each increment takes the band in force at its own start', () => {
  const minutes = {initialSeconds: 60, nextSeconds: 60};

  test.for([
    // Monday 2 February 2026. By the minute, peak until 18:00.
    ['17:59:30', 90, minutes, ['peak 60', 'standard 60']],
    // The second minute starts at 18:00:00 itself: the edge belongs to what follows.
    ['17:59:00', 61, minutes, ['peak 60', 'standard 60']],
    ['17:59:00', 60, minutes, ['peak 60']],
    ['17:59:59', 60, minutes, ['peak 60']],
    ['18:00:00', 60, minutes, ['standard 60']],
    // A millisecond before eight is not peak; the second minute is.
    ['07:59:59.999', 61, minutes, ['standard 60', 'peak 60']],
    ['08:00:00', 1, minutes, ['peak 60']],
    // By the second: two in peak, three after it.
    ['17:59:58', 5, {}, ['peak 2', 'standard 3']],
    // A first increment of 30 s that starts in peak is peak, though most of it lies behind the edge; then 60 s at 18:00:20.
    ['17:59:50', 31, {initialSeconds: 30, nextSeconds: 60}, ['peak 30', 'standard 60']],
    // A first increment of five minutes begun just before eight: the next minute begins at 08:04:30.
    ['07:59:30', 301, {initialSeconds: 300, nextSeconds: 60}, ['standard 300', 'peak 60']],
    // Increments of six seconds from 17:59:57: at :57 in peak, from 18:00:03 on not.
    ['17:59:57', 20, {initialSeconds: 0, nextSeconds: 6}, ['peak 6', 'standard 18']],
    // All of the day: 8 to 18 o'clock are ten hours of peak.
    ['07:00:00', 12 * 3_600, minutes, ['standard 3600', 'peak 36000', 'standard 3600']],
  ] as const)('from %s, %d s, %o', ([time, seconds, rate, expected]) => {
    expect(billed({start: `2026-02-02T${time}Z`, seconds}, PEAK, rate)).toEqual(expected);
  });

  test('the fee is paid once, in whatever band the call starts', () => {
    const tariff = compiled(tariffOf({connectionFee: '0.1', perMinuteIn: {peak: '1.2'}}, {bands: PEAK}));
    // 10p, two pennies twice, one penny three times.
    expect(workingOf(tariff, callOf(5, {start: at('2026-02-02T17:59:58Z')})).gross).toBe(money('0.17'));
  });
});

describe('midnights, weeks and holidays', () => {
  const weekend: Bands = [{name: 'weekend', times: [{days: ['sat', 'sun'], ...ALL_DAY}]}];

  test.for([
    // Friday into Saturday, Sunday into Monday.
    ['2026-02-06T23:59:59Z', 3, ['standard 1', 'weekend 2']],
    ['2026-02-08T23:59:59Z', 3, ['weekend 1', 'standard 2']],
    // From Friday 23:00 for 48 hours: one hour of Friday.
    ['2026-02-06T23:00:00Z', 172_800, ['standard 3600', 'weekend 169200']],
  ] as const)('%s for %d s, with weekends', ([start, seconds, expected]) => {
    expect(billed({start, seconds}, weekend)).toEqual(expected);
  });

  test('a band over midnight is one band', () => {
    const night: Bands = [{name: 'night', times: [{days: EVERY_DAY, from: '22:00', to: '06:00'}]}];
    // 21:00 to 07:00: an hour, eight hours of night, an hour.
    expect(billed({start: '2026-02-02T21:00:00Z', seconds: 36_000}, night)).toEqual(['standard 3600', 'night 28800', 'standard 3600']);
    // Sunday night reaches into Monday, over the end of the week.
    expect(billed({start: '2026-02-08T23:00:00Z', seconds: 8 * 3_600}, night)).toEqual(['night 25200', 'standard 3600']);
  });

  test('a time that two entries of the same band hold is held once', () => {
    const off: Bands = [
      {
        name: 'off',
        times: [
          {days: ['fri'], from: '19:00', to: '07:00'},
          {days: ['sat', 'sun'], ...ALL_DAY},
        ],
      },
    ];
    // Friday 18:00 for 36 hours: one hour, then 35 of the weekend.
    expect(billed({start: '2026-02-06T18:00:00Z', seconds: 36 * 3_600}, off)).toEqual(['standard 3600', 'off 126000']);
  });

  const holidays = [
    {date: '2026-12-25', band: 'standard'},
    {date: '2027-01-01', band: 'feast'},
  ];
  const withFeast: Bands = [...PEAK, {name: 'feast', times: []}];

  test.for([
    // Christmas 2026 is a Friday; without the holiday nine o'clock is peak.
    ['2026-12-25T09:00:00Z', 60, ['standard 60']],
    ['2026-12-24T09:00:00Z', 60, ['peak 60']],
    // New Year's Eve, a Thursday evening, into the holiday.
    ['2026-12-31T23:59:30Z', 90, ['standard 30', 'feast 60']],
    ['2027-01-01T23:59:30Z', 90, ['feast 30', 'standard 60']],
    // The whole holiday lies within: 31 December 20:00 to 2 January 20:00, a Saturday.
    ['2026-12-31T20:00:00Z', 172_800, ['standard 14400', 'feast 86400', 'standard 72000']],
  ] as const)('%s for %d s, with holidays', ([start, seconds, expected]) => {
    expect(billed({start, seconds}, withFeast, {}, holidays)).toEqual(expected);
  });
});

describe('clock changes', () => {
  const early: Bands = [{name: 'early', times: [{days: EVERY_DAY, from: '00:00', to: '02:00'}]}];
  const quarter: Bands = [{name: 'quarter', times: [{days: EVERY_DAY, from: '01:30', to: '01:45'}]}];
  const lateNight: Bands = [{name: 'night', times: [{days: EVERY_DAY, from: '02:00', to: '03:00'}]}];

  test.for([
    // London, 29 March 2026: 00:59:59 GMT is followed by 02:00:00 BST. Half an hour of the band is left at 00:30.
    ['spring, until two', '2026-03-29T00:30:00Z', 3_600, early, ['early 1800', 'standard 1800']],
    // A quarter of the missing hour never comes.
    ['spring, in the missing hour', '2026-03-29T00:00:00Z', 7_200, quarter, ['standard 7200']],
    // 25 October 2026: from 00:30 BST it is two o'clock only after 2½ hours.
    ['autumn, until two', '2026-10-24T23:30:00Z', 10_800, early, ['early 9000', 'standard 1800']],
    // The quarter comes twice: 01:00 BST, half an hour, a quarter, three quarters, a quarter, a quarter.
    [
      'autumn, in the repeated hour',
      '2026-10-25T00:00:00Z',
      7_200,
      quarter,
      ['standard 1800', 'quarter 900', 'standard 2700', 'quarter 900', 'standard 900'],
    ],
  ] as const)('London in %s', ([, start, seconds, bands, expected]) => {
    expect(billed({start, seconds}, bands)).toEqual(expected);
  });

  test.for([
    // Sydney, 5 April 2026: at 03:00 it is 02:00 again, so the hour from two to three lasts two. 01:00 AEDT is 14:00 UTC.
    ['autumn', '2026-04-04T14:00:00Z', ['standard 3600', 'night 7200', 'standard 3600']],
    // 4 October 2026: at 02:00 it is 03:00, the hour is left out. 01:00 AEST is 15:00 UTC.
    ['spring', '2026-10-03T15:00:00Z', ['standard 14400']],
  ] as const)('Sydney in %s', ([, start, expected]) => {
    expect(billed({start, seconds: 14_400, zone: 'Australia/Sydney'}, lateNight)).toEqual(expected);
  });

  test('a Sunday of 25 hours is a call of 25 hours at the price of Sunday', () => {
    const sunday: Bands = [{name: 'sunday', times: [{days: ['sun'], ...ALL_DAY}]}];
    // 25 October 2026 begins at 23:00 UTC the day before, and ends at midnight UTC.
    expect(billed({start: '2026-10-24T23:00:00Z', seconds: 90_000}, sunday)).toEqual(['sunday 90000']);
    expect(billed({start: '2026-10-24T23:00:00Z', seconds: 90_060}, sunday)).toEqual(['sunday 90000', 'standard 60']);
    // As a holiday too.
    const feast: Bands = [{name: 'feast', times: []}];
    const holidays = [{date: '2026-10-25', band: 'feast'}];
    expect(billed({start: '2026-10-24T23:00:00Z', seconds: 90_060}, feast, {}, holidays)).toEqual(['feast 90000', 'standard 60']);
  });

  test('a Sunday of 23 hours ends an hour early', () => {
    const sunday: Bands = [{name: 'sunday', times: [{days: ['sun'], ...ALL_DAY}]}];
    expect(billed({start: '2026-03-29T00:00:00Z', seconds: 86_400}, sunday)).toEqual(['sunday 82800', 'standard 3600']);
    // As a holiday too.
    const feast: Bands = [{name: 'feast', times: []}];
    const holidays = [{date: '2026-03-29', band: 'feast'}];
    expect(billed({start: '2026-03-29T00:00:00Z', seconds: 86_400}, feast, {}, holidays)).toEqual(['feast 82800', 'standard 3600']);
  });

  test('increments keep their own pace over the change', () => {
    // By the minute from 00:59:30 GMT: one minute before the change, the second starts at 02:00:30 BST.
    expect(billed({start: '2026-03-29T00:59:30Z', seconds: 90}, early, {initialSeconds: 60, nextSeconds: 60})).toEqual([
      'early 60',
      'standard 60',
    ]);
  });

  test('a zone without clock changes has none', () => {
    expect(billed({start: '2026-03-29T00:30:00Z', seconds: 3_600, zone: 'UTC'}, early)).toEqual(['early 3600']);
    expect(billed({start: '2026-03-29T00:30:00Z', seconds: 3_600, zone: '+00:30'}, early)).toEqual(['early 3600']);
    expect(billed({start: '2026-03-29T00:30:00Z', seconds: 5_400, zone: '+00:30'}, early)).toEqual(['early 3600', 'standard 1800']);
  });
});

test('the work does not grow with the length of the call: two days by the second are a handful of segments', () => {
  expect(billed({start: '2026-02-02T00:00:00Z', seconds: 172_800}, PEAK)).toEqual([
    'standard 28800',
    'peak 36000',
    'standard 50400',
    'peak 36000',
    'standard 21600',
  ]);
});
