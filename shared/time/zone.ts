// Civil time (what a clock on the wall and a switchboard print) and instants, in a zone.
// In: an IANA zone, `UTC` or a fixed offset such as `+02:00`. Out: instants; ambiguity and gaps are told, never guessed.
// Never true: the machine's own zone plays a part.
import {Temporal} from 'temporal-polyfill';
import {must} from '../assert/assert.ts';
import {instant, type Instant} from './instant.ts';

/** A wall clock's reading. Month 1–12, day 1–31, hour 0–23. */
export type CivilTime = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
};

export type CivilReading =
  | {readonly kind: 'exact'; readonly at: Instant}
  /** The hour that a clock change repeats. */
  | {readonly kind: 'ambiguous'; readonly earlier: Instant; readonly later: Instant}
  /** The hour that a clock change leaves out; `at` is moved forward by the gap (01:30 becomes 02:30). */
  | {readonly kind: 'nonexistent'; readonly at: Instant}
  /** No calendar or clock has it: 30 February, 24:61. */
  | {readonly kind: 'impossible'};

/** A time over which a zone keeps one offset, [from, to). Civil time = instant + offset. */
export type OffsetPeriod = {readonly from: number; readonly to: number; readonly offsetMs: number};

const DAY_MS = 86_400_000;
/** Date.UTC reads the years 0–99 as 1900–1999; the calendar repeats after 400 years, so we ask 400 years later. */
const CYCLE_YEARS = 400;
const CYCLE_MS = 146_097 * DAY_MS;
/** Real records fall into a handful of periods a zone; the limit bounds what hostile dates can fill. */
const PERIODS_KEPT = 1_000;
/** IANA names number about 600; the limit bounds odd spellings. */
const ZONES_KEPT = 1_000;

/** The periods of a zone that were asked for so far, sorted, and the one used last: records come nearly in order. */
type Zone = {readonly name: string; periods: OffsetPeriod[]; last: OffsetPeriod};
const zones = new Map<string, Zone>();

/** Is this an IANA zone name, `UTC` or a fixed offset `±HH:MM` that this machine's time zone data knows? */
export function isZone(text: string): boolean {
  return zoneNamed(text) !== undefined;
}

/** Reads a civil time in a zone that {@link isZone}. Total over whole numbers: every reading ends as one of the kinds. */
export function instantFromCivil(zone: string, civil: CivilTime): CivilReading {
  const wall = wallMs(civil);
  if (wall === undefined) return {kind: 'impossible'};
  // No offset is as large as a day, so every instant that could show this civil time lies within a day of `wall`.
  let period = offsetPeriodAt(zone, instant(wall - DAY_MS));
  if (period.to > wall + DAY_MS) return {kind: 'exact', at: instant(wall - period.offsetMs)};
  let found: Instant | undefined;
  let afterGap: Instant | undefined;
  for (;;) {
    const at = instant(wall - period.offsetMs);
    if (at >= period.from && at < period.to) {
      if (found !== undefined) return {kind: 'ambiguous', earlier: found, later: at};
      found = at;
    }
    // The last period that this reading overshoots is the one before the gap.
    if (at >= period.to) afterGap = at;
    if (period.to > wall + DAY_MS) break;
    period = offsetPeriodAt(zone, instant(period.to));
  }
  if (found !== undefined) return {kind: 'exact', at: found};
  return {kind: 'nonexistent', at: must(afterGap, 'the period before a gap')};
}

/** Midnight, or the first instant of the day where a clock change skips it; undefined for a day that no calendar has. */
export function startOfDay(zone: string, {year, month, day}: Pick<CivilTime, 'year' | 'month' | 'day'>): Instant | undefined {
  const reading = instantFromCivil(zone, {year, month, day, hour: 0, minute: 0, second: 0});
  switch (reading.kind) {
    case 'exact':
    case 'nonexistent':
      return reading.at;
    case 'ambiguous':
      return reading.earlier;
    case 'impossible':
      return undefined;
  }
}

/** What a wall clock in the zone shows; fractions of a second are cut. */
export function civilFromInstant(zone: string, at: Instant): CivilTime {
  const wall = new Date(at + offsetPeriodAt(zone, at).offsetMs);
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
    second: wall.getUTCSeconds(),
  };
}

/** The period of one offset that holds `at`; its ends are the zone's clock changes, infinite where there is none. */
export function offsetPeriodAt(zone: string, at: Instant): OffsetPeriod {
  const known = must(zoneNamed(zone), `time zone ${zone}`);
  const last = known.last;
  if (at >= last.from && at < last.to) return last;
  const place = placeOf(known.periods, at);
  const near = known.periods[place];
  known.last = near !== undefined && at < near.to ? near : learn(known, place + 1, at);
  return known.last;
}

/** `2026-12-25` as a number of days since 1970-01-01; undefined for anything that is not a date of the calendar. */
export function dayOfDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day] = match.map(Number);
  const ms = wallMs({year: year ?? 0, month: month ?? 0, day: day ?? 0, hour: 0, minute: 0, second: 0});
  return ms === undefined ? undefined : ms / DAY_MS;
}

/** The civil time as if in UTC, in milliseconds; undefined if it is not on the calendar or the clock. */
function wallMs(civil: CivilTime): number | undefined {
  const {year, month, day, hour, minute, second} = civil;
  const onCalendar = within(year, 0, 9999) && within(month, 1, 12) && within(day, 1, daysIn(year, month));
  if (!onCalendar || !within(hour, 0, 23) || !within(minute, 0, 59) || !within(second, 0, 59)) return undefined;
  const ms = Date.UTC(year + CYCLE_YEARS, month - 1, day, hour, minute, second) - CYCLE_MS;
  return Number.isNaN(ms) ? undefined : ms;
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Index of the last period that starts at or before `at`; -1 if there is none. */
function placeOf(periods: readonly OffsetPeriod[], at: number): number {
  let low = 0;
  let high = periods.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (must(periods[middle], 'a period').from <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Asks the time zone data, which takes some 100 µs, and keeps the answer. */
function learn(zone: Zone, place: number, at: Instant): OffsetPeriod {
  const period = askPeriod(zone.name, at);
  if (zone.periods.length >= PERIODS_KEPT) zone.periods = [period];
  else zone.periods.splice(place, 0, period);
  return period;
}

function askPeriod(name: string, at: Instant): OffsetPeriod {
  const moment = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(name);
  const next = moment.getTimeZoneTransition('next');
  // `previous` is strictly before its receiver, so we ask from just after: `at` itself may be a change.
  const previous = moment.add({milliseconds: 1}).getTimeZoneTransition('previous');
  return {
    from: previous === null ? -Infinity : previous.epochMilliseconds,
    to: next === null ? Infinity : next.epochMilliseconds,
    offsetMs: Math.round(moment.offsetNanoseconds / 1e6),
  };
}

function zoneNamed(text: string): Zone | undefined {
  const known = zones.get(text);
  if (known !== undefined) return known;
  // Temporal also reads whole ISO times as zones; a zone's name is short and has no colon but in an offset.
  if (!/^(?:[A-Za-z][A-Za-z0-9_+/-]{0,59}|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  try {
    const last = askPeriod(text, instant(0));
    if (zones.size >= ZONES_KEPT) zones.clear();
    const zone: Zone = {name: text, periods: [last], last};
    zones.set(text, zone);
    return zone;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
