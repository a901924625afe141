// How far the box's own clock is to be believed.
import type {Instant} from '../../shared/time/instant.ts';
import type {MachineFacts} from './status.ts';

/** `floor`: the latest instant that was ever written down here; no honest clock is before it. */
export function clockTrust(now: Instant, floor: Instant, isSynchronised: boolean): MachineFacts['clock'] {
  if (now < floor) return 'untrusted';
  return isSynchronised ? 'trusted' : 'held';
}
