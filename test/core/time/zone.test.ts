// Civil time and instants in zones, against vectors by hand and against Intl.DateTimeFormat.
import {assert, constantFrom, integer, property} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {instant, instantFromIso, type Instant} from '../../../shared/time/instant.ts';
import {civilFromInstant, dayOfDate, instantFromCivil, isZone, offsetPeriodAt, type CivilTime} from '../../../shared/time/zone.ts';
import {asUtc, intlCivil, intlOffset} from './intl-clock.ts';

function at(iso: string): Instant {
  const read = instantFromIso(iso);
  if (read === undefined) throw new Error(`${iso} is no time`);
  return read;
}

/** `2026-10-25 01:30` → a civil time. */
function civil(text: string): CivilTime {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[- :]/).map(Number);
  return {year, month, day, hour, minute, second};
}

/** The instants, to the minute, at which the zone's offset changes; Newfoundland did it at one minute past midnight. */
function changes(zone: string, from: number, to: number): readonly number[] {
  const DAY = 86_400_000;
  const found: number[] = [];
  for (let day = from; day < to; day += DAY) {
    const before = intlOffset(zone, day);
    if (before === intlOffset(zone, day + DAY)) continue;
    let [low, high] = [day / 60_000, (day + DAY) / 60_000];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (intlOffset(zone, middle * 60_000) === before) low = middle;
      else high = middle;
    }
    found.push(high * 60_000);
  }
  return found;
}

/** Zones whose rules are odd: half hours, a skipped day, double summer time, changes at midnight, no change since ever. */
const ODD_ZONES = [
  'Europe/London',
  'Europe/Dublin',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Casablanca',
  'America/Havana',
  'America/St_Johns',
  'America/Sao_Paulo',
  'Asia/Tehran',
  'Asia/Kathmandu',
  'Antarctica/Troll',
  'UTC',
] as const;
const zones = constantFrom(...Intl.supportedValuesOf('timeZone'), ...ODD_ZONES, ...ODD_ZONES);
/** 1900 to 2100: before, zones keep the sun's time; beyond, rules are guesses. */
const seconds = integer({min: -2_208_988_800, max: 4_102_444_800});

describe('from the wall clock to an instant', () => {
  test.for([
    // London, summer: one hour ahead.
    ['Europe/London', '2026-07-01 12:00', {kind: 'exact', at: at('2026-07-01T11:00Z')}],
    ['Europe/London', '2026-01-01 12:00', {kind: 'exact', at: at('2026-01-01T12:00Z')}],
    // 29 March 2026: at 01:00 GMT it becomes 02:00 BST. 00:59:59 was, 01:30 never is, moved on by the hour it is 02:30 BST.
    ['Europe/London', '2026-03-29 00:59:59', {kind: 'exact', at: at('2026-03-29T00:59:59Z')}],
    ['Europe/London', '2026-03-29 01:30', {kind: 'nonexistent', at: at('2026-03-29T01:30Z')}],
    ['Europe/London', '2026-03-29 02:00', {kind: 'exact', at: at('2026-03-29T01:00Z')}],
    // 25 October 2026: at 02:00 BST (01:00 GMT) it becomes 01:00 GMT. 01:30 is 00:30 and 01:30 GMT.
    ['Europe/London', '2026-10-25 00:59:59', {kind: 'exact', at: at('2026-10-24T23:59:59Z')}],
    ['Europe/London', '2026-10-25 01:30', {kind: 'ambiguous', earlier: at('2026-10-25T00:30Z'), later: at('2026-10-25T01:30Z')}],
    ['Europe/London', '2026-10-25 02:00', {kind: 'exact', at: at('2026-10-25T02:00Z')}],
    // Sydney is the other way round: 5 April 2026 03:00 AEDT (+11) becomes 02:00 AEST (+10).
    ['Australia/Sydney', '2026-04-05 02:30', {kind: 'ambiguous', earlier: at('2026-04-04T15:30Z'), later: at('2026-04-04T16:30Z')}],
    // 4 October 2026 02:00 AEST becomes 03:00 AEDT; 02:30 is moved on to 03:30 AEDT = 16:30 UTC.
    ['Australia/Sydney', '2026-10-04 02:30', {kind: 'nonexistent', at: at('2026-10-03T16:30Z')}],
    // Lord Howe changes by half an hour: 5 April 2026 02:00 (+11) becomes 01:30 (+10:30).
    ['Australia/Lord_Howe', '2026-04-05 01:45', {kind: 'ambiguous', earlier: at('2026-04-04T14:45Z'), later: at('2026-04-04T15:15Z')}],
    // Samoa left out 30 December 2011: from −10 to +14.
    ['Pacific/Apia', '2011-12-30 12:00', {kind: 'nonexistent', at: at('2011-12-30T22:00Z')}],
    ['+02:00', '2026-01-01 02:00', {kind: 'exact', at: at('2026-01-01T00:00Z')}],
    ['UTC', '1970-01-01 00:00', {kind: 'exact', at: 0}],
    ['UTC', '0001-01-01 00:00', {kind: 'exact', at: at('0001-01-01T00:00Z')}],
    ['Europe/London', '2024-02-29 00:00', {kind: 'exact', at: at('2024-02-29T00:00Z')}],
    ['Europe/London', '2026-02-29 00:00', {kind: 'impossible'}],
    ['Europe/London', '2100-02-29 00:00', {kind: 'impossible'}],
    ['Europe/London', '2026-01-01 24:00', {kind: 'impossible'}],
    ['Europe/London', '2026-01-01 12:60', {kind: 'impossible'}],
    ['Europe/London', '2026-06-31 12:00', {kind: 'impossible'}],
    ['Europe/London', '2026-00-01 12:00', {kind: 'impossible'}],
  ] as const)('%s %s', ([zone, text, reading]) => {
    expect(instantFromCivil(zone, civil(text))).toEqual(reading);
  });

  test('agrees with every instant that Intl finds to show this wall clock', () => {
    assert(
      property(zones, seconds, (zone, second) => {
        const wall = new Date(second * 1_000);
        const offsets = new Set([-86_400_000, 0, 86_400_000].map((apart) => intlOffset(zone, second * 1_000 + apart)));
        const showing = [...offsets]
          .map((offset) => second * 1_000 - offset)
          .filter((candidate) => asUtc(intlCivil(zone, candidate)) === second * 1_000)
          .toSorted((a, b) => a - b);
        const reading = instantFromCivil(zone, {
          year: wall.getUTCFullYear(),
          month: wall.getUTCMonth() + 1,
          day: wall.getUTCDate(),
          hour: wall.getUTCHours(),
          minute: wall.getUTCMinutes(),
          second: wall.getUTCSeconds(),
        });
        const [earlier, later] = showing;
        const one = earlier === undefined ? {kind: 'nonexistent'} : {kind: 'exact', at: earlier};
        expect(reading).toMatchObject(later === undefined ? one : {kind: 'ambiguous', earlier, later});
      }),
    );
  });

  test('finds both readings of every hour that the odd zones repeat, and none of those they leave out', () => {
    let ambiguous = 0;
    let missing = 0;
    for (const zone of ODD_ZONES) {
      for (const hour of changes(zone, Date.UTC(2010, 0, 1), Date.UTC(2013, 0, 1))) {
        const before = intlOffset(zone, hour - 1);
        const after = intlOffset(zone, hour);
        // The first of the doubtful wall times, and the one in their middle.
        for (const wall of [hour + Math.min(before, after), hour + (before + after) / 2]) {
          const {kind} = instantFromCivil(zone, intlCivil('UTC', wall));
          const showing = [wall - before, wall - after].filter((candidate) => intlOffset(zone, candidate) === wall - candidate);
          expect(kind).toBe(['nonexistent', 'exact', 'ambiguous'][showing.length]);
          if (kind === 'ambiguous') ambiguous += 1;
          if (kind === 'nonexistent') missing += 1;
        }
      }
    }
    expect(ambiguous).toBeGreaterThan(20);
    expect(missing).toBeGreaterThan(20);
  });
});

describe('from an instant to the wall clock', () => {
  test('agrees with Intl in every zone', () => {
    assert(
      property(zones, seconds, (zone, second) => {
        expect(civilFromInstant(zone, instant(second * 1_000))).toEqual(intlCivil(zone, second * 1_000));
      }),
    );
  });

  test('and back is the same instant, or one of the two', () => {
    assert(
      property(zones, seconds, (zone, second) => {
        const reading = instantFromCivil(zone, civilFromInstant(zone, instant(second * 1_000)));
        const instants = reading.kind === 'exact' ? [reading.at] : reading.kind === 'ambiguous' ? [reading.earlier, reading.later] : [];
        expect(instants).toContain(second * 1_000);
      }),
    );
  });

  test('cuts fractions of a second, before 1970 too', () => {
    expect(civilFromInstant('UTC', instant(-1))).toEqual(civil('1969-12-31 23:59:59'));
    expect(civilFromInstant('UTC', instant(999))).toEqual(civil('1970-01-01 00:00:00'));
  });
});

describe('the time of one offset', () => {
  test('ends where London changes its clocks', () => {
    expect(offsetPeriodAt('Europe/London', at('2026-07-01T00:00Z'))).toEqual({
      from: at('2026-03-29T01:00Z'),
      to: at('2026-10-25T01:00Z'),
      offsetMs: 3_600_000,
    });
  });

  test('begins at the change itself', () => {
    expect(offsetPeriodAt('Europe/London', at('2026-10-25T01:00Z')).offsetMs).toBe(0);
    expect(offsetPeriodAt('Europe/London', (at('2026-10-25T01:00Z') - 1) as Instant).offsetMs).toBe(3_600_000);
  });

  test('never ends where there is no change', () => {
    expect(offsetPeriodAt('UTC', instant(0))).toEqual({from: -Infinity, to: Infinity, offsetMs: 0});
  });

  test('is the same whichever instant was asked before', () => {
    const asked = [2026, 1950, 2005, 1999, 2050, 2026].map((year) => instant(Date.UTC(year, 5, 1)));
    const answers = asked.map((moment) => offsetPeriodAt('America/New_York', moment));
    for (const [place, moment] of asked.entries()) {
      expect(offsetPeriodAt('America/New_York', moment)).toEqual(answers[place]);
      expect(answers[place]?.offsetMs).toBe(intlOffset('America/New_York', moment));
    }
  });
});

describe('names and dates', () => {
  test.for([
    ['Europe/London', true],
    ['UTC', true],
    ['+02:00', true],
    ['-11:30', true],
    ['America/Argentina/ComodRivadavia', true],
    ['Europe/Atlantis', false],
    ['', false],
    ['2026-01-01T00:00[Europe/London]', false],
    ['+25:00', false],
    ['Europe/London ', false],
    ['x'.repeat(10_000), false],
    ['__proto__', false],
  ] as const)('“%s” is a zone: %s', ([text, is]) => {
    expect(isZone(text)).toBe(is);
  });

  test.for([
    ['1970-01-01', 0],
    ['1970-01-02', 1],
    ['1969-12-31', -1],
    // 30 years of 365 days and 7 leap days (1972 … 1996): 10,957.
    ['2000-01-01', 10_957],
    ['2026-02-29', undefined],
    ['2026-2-1', undefined],
    ['26-02-01', undefined],
    ['', undefined],
  ] as const)('the date “%s” is day %s', ([text, day]) => {
    expect(dayOfDate(text)).toBe(day);
  });
});
