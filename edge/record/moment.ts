// When a call was: from the switchboard's own clock to an instant, with what is doubtful about it.
// In: what the line says, when it was received, what came before it. Out: the start, flags, a doubt.
// Never true: the machine's own zone plays a part; a time that nobody can believe passed on without a doubt or a flag.
import {instant, isoFromInstant, later, type Instant} from '../../shared/time/instant.ts';
import {civilFromInstant, instantFromCivil} from '../../shared/time/zone.ts';
import type {CallRecord, RecordFlag} from './call-record.ts';
import type {Leg} from './leg.ts';
import type {Profile} from './profile-schema.ts';

export type Moment = {
  readonly start: Instant;
  readonly end: Instant;
  readonly flags: readonly RecordFlag[];
  readonly doubt: CallRecord['doubt'];
};

export type MomentGiven = {
  readonly profile: Pick<Profile, 'time' | 'duration'>;
  readonly zone: string;
  /** On a connection a record is printed when its call ends; a file may be read years later. */
  readonly live: boolean;
};

export type Moments = {
  /** The year of a stamp: the line's own, else the one that is nearest to its receipt. */
  readonly yearOf: (leg: Leg, receivedAt: Instant) => number;
  /** Undefined for a time that no calendar has. `before`: when the record before it in the feed ended, if there is one. */
  readonly of: (leg: Leg, receivedAt: Instant, before: () => Instant | undefined) => Moment | undefined;
};

const SECOND_MS = 1_000;
/** A switchboard's clock may be so far ahead, and no further. */
const MOST_AHEAD_MS = 3_600_000;
/** 2000-01-01: a clock that was never set shows 1970 or 1980. */
const EARLIEST = instant(946_684_800_000);
/** 2020-01-01: before it the box's own clock was never set, and judges nobody. */
const BOX_CLOCK_WORKS = instant(1_577_836_800_000);
const LONGEST_CALL_SECONDS = 48 * 3_600;
/** Records of one minute are printed in any order. */
const DISORDER_MS = 10 * 60_000;
/** Days of a year of twelve months of 31. */
const LONG_YEAR = 372;
/** A connection tells of today, give or take half a year; a file of the past, but for a clock that is some days ahead. */
const DAYS_AHEAD_LIVE = LONG_YEAR / 2;
const DAYS_AHEAD_IN_FILES = 31;

export function createMoments({profile, zone, live}: MomentGiven): Moments {
  const {ceiling} = profile.duration;
  const mostAhead = live ? DAYS_AHEAD_LIVE : DAYS_AHEAD_IN_FILES;
  let receipt = {at: instant(-1), year: 0, day: 0};

  const yearOf: Moments['yearOf'] = ({stamp}, receivedAt) => {
    if (stamp.year !== undefined) return stamp.year;
    if (receipt.at !== receivedAt) {
      const civil = civilFromInstant(zone, receivedAt);
      receipt = {at: receivedAt, year: civil.year, day: dayOf(civil)};
    }
    const ahead = dayOf(stamp) - receipt.day;
    if (ahead > mostAhead) return receipt.year - 1;
    return ahead <= mostAhead - LONG_YEAR ? receipt.year + 1 : receipt.year;
  };

  return {
    yearOf,
    of: (leg, receivedAt, before) => {
      const {sinceStart, untilEnd} = around(leg, profile.time.is);
      const reading = instantFromCivil(zone, {...leg.stamp, year: yearOf(leg, receivedAt)});
      if (reading.kind === 'impossible') return undefined;
      const flags = [...leg.flags];
      if (leg.stamp.year === undefined) flags.push('year-inferred');
      if (reading.kind === 'nonexistent') flags.push('nonexistent-local-time');
      if (reading.kind === 'ambiguous') flags.push('ambiguous-local-time');
      const stamped =
        reading.kind === 'ambiguous' ? whichOf([reading.earlier, reading.later], {untilEnd, receivedAt, before: before()}) : reading.at;
      const isAhead = stamped > receivedAt + MOST_AHEAD_MS && receivedAt >= BOX_CLOCK_WORKS;
      const tooLong = durationDoubt(leg.durationSeconds, ceiling);
      if (isAhead && live) {
        // It was printed when the call ended: just now.
        flags.push('receipt-time-used');
        return {start: later(receivedAt, -sinceStart - untilEnd), end: receivedAt, flags, doubt: tooLong};
      }
      const start = later(stamped, -sinceStart);
      const doubt = isAhead || start < EARLIEST ? timeDoubt(stamped, receivedAt) : tooLong;
      return {start, end: later(stamped, untilEnd), flags, doubt};
    },
  };
}

function dayOf({month, day}: {readonly month: number; readonly day: number}): number {
  return (month - 1) * 31 + day;
}

function around(
  {ringSeconds = 0, durationSeconds}: Leg,
  is: Profile['time']['is'],
): {readonly sinceStart: number; readonly untilEnd: number} {
  const [ring, talk] = [ringSeconds * SECOND_MS, durationSeconds * SECOND_MS];
  if (is === 'start') return {sinceStart: 0, untilEnd: ring + talk};
  return is === 'answer' ? {sinceStart: ring, untilEnd: talk} : {sinceStart: ring + talk, untilEnd: 0};
}

type Around = {readonly untilEnd: number; readonly receivedAt: Instant; readonly before: Instant | undefined};

/**
 * A local time that comes twice. Records are printed in the order of their ends: what would fall behind the one before it is the
 * second. Where both keep the order, the receipt says which, if it is near to one; else it is the first, which leaves no hole.
 */
function whichOf([first, second]: readonly [Instant, Instant], {untilEnd, receivedAt, before}: Around): Instant {
  const keepsOrder = (at: Instant): boolean => before === undefined || at + untilEnd >= before - DISORDER_MS;
  const away = (at: Instant): number => Math.abs(receivedAt - at - untilEnd);
  if (!keepsOrder(first) && keepsOrder(second)) return second;
  const nearest = away(second) < away(first) ? second : first;
  const receiptTells = away(nearest) <= (second - first) / 2;
  return before === undefined || receiptTells || !keepsOrder(first) ? nearest : first;
}

function timeDoubt(stamped: Instant, receivedAt: Instant): CallRecord['doubt'] {
  return {reason: 'time-implausible', detail: `dated ${isoFromInstant(stamped)}, received ${isoFromInstant(receivedAt)}`};
}

function durationDoubt(seconds: number, ceiling: number | undefined): CallRecord['doubt'] {
  const ranOn = ceiling !== undefined && seconds >= ceiling;
  if (seconds <= LONGEST_CALL_SECONDS && !ranOn) return undefined;
  return {reason: 'duration-implausible', detail: `${seconds} seconds${ranOn ? ': where the counter of this switchboard ends' : ''}`};
}
