// Days, weeks and months of a wall clock, over its changes.
import {assert, constantFrom, integer, property} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {instant} from '../../../shared/time/instant.ts';
import {periodAt, type Period} from '../../../shared/time/period.ts';
import {intlCivil} from './intl-clock.ts';

const HOUR = 3_600_000;

describe('a period', () => {
  test.for([
    // London's clocks went forward on 29 March 2026 at 01:00 UTC and back on 25 October: days of 23 and of 25 hours.
    ['Europe/London', 'day', '2026-03-29T12:00:00Z', '2026-03-29T00:00:00Z', '2026-03-29T23:00:00Z'],
    ['Europe/London', 'day', '2026-03-29T23:00:00Z', '2026-03-29T23:00:00Z', '2026-03-30T23:00:00Z'],
    ['Europe/London', 'day', '2026-10-25T00:30:00Z', '2026-10-24T23:00:00Z', '2026-10-26T00:00:00Z'],
    // Both half past ones are of one day.
    ['Europe/London', 'day', '2026-10-25T01:30:00Z', '2026-10-24T23:00:00Z', '2026-10-26T00:00:00Z'],
    ['Europe/London', 'week', '2026-03-29T12:00:00Z', '2026-03-23T00:00:00Z', '2026-03-29T23:00:00Z'],
    ['Europe/London', 'week', '2026-03-29T22:59:59Z', '2026-03-23T00:00:00Z', '2026-03-29T23:00:00Z'],
    ['Europe/London', 'week', '2026-03-29T23:00:00Z', '2026-03-29T23:00:00Z', '2026-04-05T23:00:00Z'],
    ['Europe/London', 'month', '2026-03-31T23:00:00Z', '2026-03-31T23:00:00Z', '2026-04-30T23:00:00Z'],
    // Sydney's went back on 5 April 2026 at 16:00 UTC the day before, and forward on 4 October.
    ['Australia/Sydney', 'day', '2026-04-05T00:00:00Z', '2026-04-04T13:00:00Z', '2026-04-05T14:00:00Z'],
    ['Australia/Sydney', 'day', '2026-10-04T00:00:00Z', '2026-10-03T14:00:00Z', '2026-10-04T13:00:00Z'],
    // Sunday there is still Saturday noon in UTC.
    ['Australia/Sydney', 'week', '2026-04-04T13:00:00Z', '2026-03-29T13:00:00Z', '2026-04-05T14:00:00Z'],
    ['Australia/Sydney', 'month', '2026-10-03T00:00:00Z', '2026-09-30T14:00:00Z', '2026-10-31T13:00:00Z'],
    // Over the end of a year, and before 1970: 1 January of both 1969 and 1970 fell into the middle of a week.
    ['UTC', 'week', '2026-12-31T12:00:00Z', '2026-12-28T00:00:00Z', '2027-01-04T00:00:00Z'],
    ['UTC', 'week', '1970-01-01T00:00:00Z', '1969-12-29T00:00:00Z', '1970-01-05T00:00:00Z'],
    ['UTC', 'week', '1969-01-01T00:00:00Z', '1968-12-30T00:00:00Z', '1969-01-06T00:00:00Z'],
    // Havana's went from midnight to one: the day begins at one.
    ['America/Havana', 'day', '2026-03-08T12:00:00Z', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
  ] as const)('in %s: the %s that holds %s', ([zone, period, at, from, to]) => {
    expect(periodAt(zone, period, instant(Date.parse(at)))).toEqual({from: Date.parse(from), to: Date.parse(to)});
  });

  test('holds its instant, and the clock shows midnight where it begins', () => {
    assert(
      property(
        constantFrom('Europe/London', 'Australia/Sydney', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC', '-03:30'),
        constantFrom<Period>('day', 'week', 'month'),
        integer({min: Date.UTC(2025, 0, 1), max: Date.UTC(2028, 0, 1)}),
        (zone, period, ms) => {
          const at = instant(ms);
          const {from, to} = periodAt(zone, period, at);
          expect(from <= at && at < to).toBe(true);
          for (const edge of [from, to]) {
            const {hour, minute, second, day, year, month} = intlCivil(zone, edge);
            expect([hour, minute, second]).toEqual([0, 0, 0]);
            const isFirst = {day: true, week: new Date(Date.UTC(year, month - 1, day)).getUTCDay() === 1, month: day === 1};
            expect(isFirst[period]).toBe(true);
          }
          // Its neighbours are whole as well, and a clock change moves an hour at most.
          expect(periodAt(zone, period, to).from).toBe(to);
          expect(periodAt(zone, period, instant(from - 1)).to).toBe(from);
          const days = {day: 1, week: 7, month: 30.5}[period];
          expect(Math.abs(to - from - days * 24 * HOUR)).toBeLessThanOrEqual(period === 'month' ? 61 * HOUR : HOUR);
        },
      ),
    );
  });
});
