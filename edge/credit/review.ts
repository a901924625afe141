// What time alone changes, looked at every second: override ends, tenancies that begin or end, top-up requests that
// lapse, waiting calls that count for a day.
import {Failure} from '../../shared/failure/failure.ts';
import type {Log} from '../../shared/log/log.ts';
import {pause} from '../../shared/time/back-off.ts';
import type {Clock, Timers} from '../../shared/time/instant.ts';
import type {Transact} from '../store/open.ts';
import type {CreditControl, Settled} from './control.ts';

export type ReviewGiven = {
  readonly credit: Pick<CreditControl, 'nextReviewAt' | 'reviewDue'>;
  readonly transact: Transact;
  /** After the commit. */
  readonly announce: (settled: Settled) => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly timers: Timers;
  readonly log: Log;
};

const REVIEW_MS = 1_000;

/** Runs until the signal; a full disk is waited out. */
export async function reviewInTime({credit, transact, announce, clock, timers, log}: ReviewGiven, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    try {
      const at = credit.nextReviewAt();
      if (at !== undefined && at <= clock.now()) announce(transact(() => credit.reviewDue()));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log.warn(error.message);
    }
    await pause(REVIEW_MS, timers, stop);
  }
}
