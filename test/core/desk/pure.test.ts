// The desk's own arithmetic: how a box stands, what a typed time is, what unknown numbers have in common.
import {describe, expect, test} from 'vitest';
import {boxState, type BoxRow, type Head, type Verdict} from '../../../cloud/desk/box-facts.ts';
import {numberedPlaceIn, placeIn} from '../../../cloud/desk/places.ts';
import {readTypedTime, typedTime} from '../../../cloud/desk/typed-time.ts';
import {masked, unknownRanges} from '../../../cloud/desk/unknown-ranges.ts';
import {micros} from '../../../shared/money/micros.ts';
import {instant, later} from '../../../shared/time/instant.ts';

const NOW = instant(Date.UTC(2026, 10, 26, 14));
const ago = (seconds: number) => later(NOW, -seconds * 1_000);
const head = (seq: number, movedAt = ago(600)): Head => ({seq, movedAt, chain: ''});
const heartbeat = (up: number): string => JSON.stringify({heads: {up, down: 5}, light: 'ok', clock: 'trusted'});

const WELL: BoxRow = {
  site: 'north',
  box: 'box-1',
  build: '1.0',
  enrolled_at: 0,
  expires_at: 9e12,
  revoked_at: null,
  connected_at: ago(3_600),
  disconnected_at: ago(7_200),
  heartbeat_at: ago(10),
  heartbeat: heartbeat(10),
  down_acked: 5,
  down_acked_at: ago(600),
};

describe('a box', () => {
  test.for<readonly [string, Partial<BoxRow>, Verdict]>([
    ['connected, heard, acknowledged', {}, 'ok'],
    ['revoked, whatever else', {revoked_at: ago(5)}, 'old'],
    ['never connected', {connected_at: null, disconnected_at: null, heartbeat_at: null, heartbeat: null}, 'never'],
    ['disconnected after it had connected', {disconnected_at: ago(60)}, 'offline'],
    ['with a heartbeat 100 s old', {heartbeat_at: ago(100)}, 'ok'],
    ['with a heartbeat 101 s old', {heartbeat_at: ago(101)}, 'silent'],
    ['connected for long and never heard', {heartbeat_at: null, heartbeat: null}, 'silent'],
    ['just connected and not heard yet', {connected_at: ago(20), heartbeat_at: null, heartbeat: null}, 'ok'],
    ['that acknowledged less than we wrote, for long', {down_acked: 4}, 'behind'],
    ['that acknowledged less, but a moment ago', {down_acked: 4, down_acked_at: ago(30)}, 'ok'],
    ['that wrote more than we hold', {heartbeat: heartbeat(11)}, 'behind'],
    ['whose heartbeat cannot be read', {heartbeat: '{"heads":'}, 'ok'],
  ])('%s', ([, change, verdict]) => {
    expect(boxState({...WELL, ...change}, {up: head(10), down: head(5)}, NOW).verdict).toBe(verdict);
  });

  test('that just reconnected may catch up first', () => {
    const row = {...WELL, connected_at: ago(30), down_acked: 1};
    expect(boxState(row, {up: head(10), down: head(5)}, NOW).verdict).toBe('ok');
  });
});

describe('a typed time', () => {
  test.for([
    ['2026-07-01', '9:05', Date.UTC(2026, 6, 1, 8, 5)],
    ['2026-1-5', '00:00', Date.UTC(2026, 0, 5)],
    ['2028-02-29', '23:59', Date.UTC(2028, 1, 29, 23, 59)],
  ] as const)('%s %s is on the clock of the site', ([date, time, at]) => {
    expect(readTypedTime(date, time, 'Europe/London')).toEqual({kind: 'at', at, isTwice: false});
  });

  test('that the clocks show twice is the first', () => {
    const read = readTypedTime('2026-10-25', '01:30', 'Europe/London');
    expect(read).toEqual({kind: 'at', at: Date.UTC(2026, 9, 25, 0, 30), isTwice: true});
  });

  test.for([
    ['2026-03-29', '01:30', 'gap'],
    ['2027-02-29', '09:00', 'date'],
    ['26-11-20', '09:00', 'date'],
    ['2026-11-20', '24:00', 'time'],
    ['2026-11-20', '9', 'time'],
  ] as const)('%s %s is wrong', ([date, time, what]) => {
    expect(readTypedTime(date, time, 'Europe/London')).toEqual({kind: 'wrong', what});
  });

  test('is shown as it would be typed', () => {
    expect(typedTime(instant(Date.UTC(2026, 6, 1, 8, 5)), 'Europe/London')).toEqual({date: '2026-07-01', time: '09:05'});
  });
});

describe('numbers without a rate', () => {
  const TAJIKISTAN = {by: 'catch-all', destination: 'Tajikistan', perMinute: micros(500_000)} as const;
  const stake = (pence: number) => ({...TAJIKISTAN, amount: micros(pence * 10_000)});

  test('share their longest beginning, the most money first, never a whole number', () => {
    const calls = [
      {number: '+88213123456', seconds: 10, startedAt: 3},
      {number: '+88213123457', seconds: 10, startedAt: 2},
      {number: '+88213123458', seconds: 10, startedAt: 2},
      {number: '+992371111111', seconds: 61, startedAt: 1, stake: stake(100)},
      {number: '+992371112222', seconds: 30, startedAt: 9, stake: stake(50)},
      {number: undefined, seconds: 5, startedAt: 1},
    ];
    expect(unknownRanges(calls)).toMatchObject([
      // Two begun minutes and one; what they have in common without the last four digits.
      {prefix: '+99237111', calls: 2, minutes: 3, newest: 9, stake: 1_500_000, unknown: 0},
      {prefix: '+8821312', calls: 3, minutes: 3, newest: 3, stake: 0, unknown: 3, ways: []},
    ]);
  });

  test('without an estimate stand by how many they are; short codes among them', () => {
    const calls = ['1571', '+99237111111', '+99237111112'].map((number) => ({number, seconds: 60, startedAt: 0}));
    expect(unknownRanges(calls).map(({prefix, calls: count}) => [prefix, count])).toEqual([
      ['+9923711', 2],
      ['1571', 1],
    ]);
  });

  test('say once how each was reckoned, and how their numbers look to libphonenumber', () => {
    const dearer = {...TAJIKISTAN, destination: 'Tajikistan satellite', perMinute: micros(3_000_000), amount: micros(3_000_000)};
    // Dushanbe has nine digits after 992; +992 371 is nobody's.
    const calls = [
      {number: '+992372123456', seconds: 60, startedAt: 0, stake: stake(50)},
      {number: '+992372123457', seconds: 60, startedAt: 0, stake: stake(50)},
      {number: '+9923721234', seconds: 60, startedAt: 0, stake: dearer},
    ];
    const [range] = unknownRanges(calls);
    expect(range?.ways.map(({destination}) => destination)).toEqual(['Tajikistan satellite', 'Tajikistan']);
    expect(range?.standings).toEqual({known: 2, possible: 0, impossible: 1});
  });

  test.for([
    ['+447700900123', '+44770090••••'],
    ['118118', '118118'],
  ] as const)('%s is shown as %s', ([number, shown]) => {
    expect(masked(number)).toBe(shown);
  });
});

describe('a place in a list', () => {
  test.for(['', 'x', '1', '1.', '.2', '1.a b', `1.${'x'.repeat(201)}`, '-1.2', '1.2.3'])('%s is none', (text) => {
    expect(placeIn(text)).toBeUndefined();
  });
  test('has a time and a key', () => {
    expect(placeIn('12.ab-c')).toEqual({at: 12, key: 'ab-c'});
    expect(numberedPlaceIn('12.34')).toEqual({at: 12, seq: 34});
    expect(numberedPlaceIn('12.ab')).toBeUndefined();
  });
});
