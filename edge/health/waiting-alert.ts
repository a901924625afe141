// Staff are told while too many calls of a line and its payer wait as unbillable: one incident a line, which ends by itself.
import type {Settled} from '../credit/control.ts';
import {UNBILLABLE_LIMITS, type Policy} from '../../shared/wire/kinds.ts';
import type {Health} from './health.ts';

const CURE = 'look at Unbillable at the desk: add the number range, bill by hand or write off';

/** After the commit that says so. */
export function alertWaiting(health: Pick<Health, 'incident' | 'ended'>, waiting: Settled['waiting'], policy: Policy | undefined): void {
  const {calls, minutes} = policy?.unbillable ?? UNBILLABLE_LIMITS;
  for (const {extension, isTooMuch} of waiting) {
    if (!isTooMuch) {
      health.ended('credit.unbillable', extension);
      continue;
    }
    const detail = `line ${extension}: more than ${calls} calls, or ${minutes} minutes, of the last 24 hours wait without a price`;
    health.incident('credit.unbillable', extension, detail, CURE);
  }
}
