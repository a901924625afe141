// How long a session lasts.
import type {Instant} from '../time/instant.ts';

export type SessionLimits = {
  /** Without a request. */
  readonly idleMs: number;
  /** However busy. */
  readonly longestMs: number;
};

/** A write a minute is enough to know who is at work. */
const SEEN_EVERY_MS = 60_000;

export type SessionAge = {readonly created_at: number; readonly seen_at: number};

/** In both directions: a clock that was set back must not lengthen a session. */
export function isFresh(age: SessionAge, {idleMs, longestMs}: SessionLimits, now: Instant): boolean {
  return Math.abs(now - age.seen_at) < idleMs && Math.abs(now - age.created_at) < longestMs;
}

/** Is it worth writing down that the session was seen? */
export function isSeenAgain({seen_at: seenAt}: Pick<SessionAge, 'seen_at'>, now: Instant): boolean {
  return Math.abs(now - seenAt) >= SEEN_EVERY_MS;
}
