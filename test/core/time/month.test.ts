// Months of a wall clock: which one an instant is in, where it begins and ends, and what is none.
import {describe, expect, test} from 'vitest';
import {instant} from '../../../shared/time/instant.ts';
import {monthAfter, monthAt, spanOfMonth} from '../../../shared/time/month.ts';

describe('a month', () => {
  test.for([
    ['Europe/London', '2026-03-31T23:00:00Z', '2026-04', '2026-03-31T23:00:00Z', '2026-04-30T23:00:00Z'],
    ['Europe/London', '2026-03-31T22:59:59Z', '2026-03', '2026-03-01T00:00:00Z', '2026-03-31T23:00:00Z'],
    ['UTC', '2026-12-31T23:59:59Z', '2026-12', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['America/New_York', '2026-11-15T00:00:00Z', '2026-11', '2026-11-01T04:00:00Z', '2026-12-01T05:00:00Z'],
    ['Europe/London', '2028-02-29T12:00:00Z', '2028-02', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
    // On that first the clocks of Havana went from midnight to one: the month begins at one.
    ['America/Havana', '2001-04-15T00:00:00Z', '2001-04', '2001-04-01T05:00:00Z', '2001-05-01T04:00:00Z'],
  ] as const)('in %s holds %s', ([zone, at, name, from, to]) => {
    expect(monthAt(zone, instant(Date.parse(at)))).toBe(name);
    expect(spanOfMonth(zone, name)).toEqual({from: Date.parse(from), to: Date.parse(to)});
  });

  test('is followed by the next, over the end of a year', () => {
    expect([monthAfter('2026-09'), monthAfter('2026-12'), monthAfter('0999-12')]).toEqual(['2026-10', '2027-01', '1000-01']);
  });

  test('that no calendar has is refused', () => {
    expect(() => spanOfMonth('UTC', '2026-13')).toThrow(RangeError);
  });
});
