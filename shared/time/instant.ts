// Time and units, typed. Stages are given a clock and timers; only the composition roots know the machine's own.

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & {readonly __unit: 'instant'};

export type Clock = {
  /** Wall time. May jump. Orders nothing: numbers do. */
  readonly now: () => Instant;
  /** Milliseconds that only ever rise; for durations, deadlines and back-off. */
  readonly monotonicMs: () => number;
};

export type Timers = {
  /** Runs `act` once, after `delayMs` or later, and returns how to call it off. */
  readonly after: (delayMs: number, act: () => void) => () => void;
};

/** A number from 0 (inclusive) to 1 (exclusive): jitter and salt for those who are given it. */
export type Random = () => number;

export function instant(ms: number): Instant {
  return Math.trunc(ms) as Instant;
}

/** `2026-11-24T05:06:07.000Z`. */
export function isoFromInstant(at: Instant): string {
  return new Date(at).toISOString();
}

/** For libraries that want a date. */
export function dateFromInstant(at: Instant): Date {
  return new Date(at);
}

export function instantFromDate(date: Date): Instant {
  return instant(date.getTime());
}

/** Reads an ISO 8601 time that names its offset; undefined for anything else. */
export function instantFromIso(text: string): Instant | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(?:Z|[+-]\d{2}:\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [, date = '', time = ''] = match;
  const ms = Date.parse(text);
  const wall = Date.parse(`${date}${time}Z`);
  if (Number.isNaN(ms) || Number.isNaN(wall)) return undefined;
  // Date reads 30 February as 2 March, and 24:00 as the next day.
  return isoFromInstant(instant(wall)).startsWith(date) ? instant(ms) : undefined;
}

export function later(at: Instant, ms: number): Instant {
  return instant(at + ms);
}
