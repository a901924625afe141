// How often somebody may try to sign in. By place, and by place and name; never by the name alone: whoever knows a name could
// keep its owner out.
import {createLimiter, placeOf} from './limiter.ts';

export type Attempts = {
  /** Counts one. 0 if it may be made, else how long to wait, in milliseconds. */
  readonly take: (address: string, name: string) => number;
  /** The last one was a good one. */
  readonly succeeded: (address: string, name: string) => void;
};

const QUARTER_MS = 15 * 60_000;
/** A place may be a whole office behind one address. */
const ATTEMPTS_OF_PLACE = 30;
const ATTEMPTS_OF_NAME = 10;
const MOST_KEYS = 10_000;
const LONGEST_NAME = 100;

export function createAttempts(monotonicMs: () => number, ofPlace = ATTEMPTS_OF_PLACE): Attempts {
  const limits = {windowMs: QUARTER_MS, mostKeys: MOST_KEYS, monotonicMs};
  const byPlace = createLimiter({...limits, attempts: ofPlace});
  const byPlaceAndName = createLimiter({...limits, attempts: ATTEMPTS_OF_NAME});
  const keyOf = (address: string, name: string): string =>
    `${placeOf(address)} ${name.normalize('NFKC').toLowerCase().slice(0, LONGEST_NAME)}`;
  return {
    take: (address, name) => {
      const waitMs = byPlace.take(placeOf(address));
      return waitMs > 0 ? waitMs : byPlaceAndName.take(keyOf(address, name));
    },
    succeeded: (address, name) => {
      byPlaceAndName.forget(keyOf(address, name));
      byPlace.giveBack(placeOf(address));
    },
  };
}
