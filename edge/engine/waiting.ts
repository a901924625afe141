// Unbillable calls are rated again, a few at a time, after tariffs, rules or tenants changed.
// In: word that it is due. Out: what became of them, told after each commit. Never true: a feed that waits for it.
import {Failure} from '../../shared/failure/failure.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Log} from '../../shared/log/log.ts';
import {pause} from '../../shared/time/back-off.ts';
import type {Timers} from '../../shared/time/instant.ts';
import type {Resolver} from '../ledger/resolve.ts';
import type {Transact} from '../store/open.ts';

export type RateWaitingGiven<S> = {
  readonly resolver: Pick<Resolver, 'isDue' | 'next'>;
  readonly transact: Transact;
  /** Credit control, in the transaction. */
  readonly settle: (touched: ReadonlySet<AccountId>) => S;
  /** After the commit. */
  readonly after: (settled: S) => void;
  readonly timers: Timers;
  readonly log: Log;
};

const LOOK_MS = 1_000;
/** What else has to be done comes between. */
const BETWEEN_MS = 5;

/** Runs until the signal; a full disk is waited out. What a restart breaks off goes on where it was. */
export async function rateWaiting<S>(given: RateWaitingGiven<S>, stop: AbortSignal): Promise<void> {
  const {resolver, transact, settle, after, timers, log} = given;
  while (!stop.aborted) {
    let isDue = false;
    try {
      isDue = resolver.isDue();
      if (isDue) after(transact(() => settle(resolver.next())));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log.warn(error.message);
      isDue = false;
    }
    await pause(isDue ? BETWEEN_MS : LOOK_MS, timers, stop);
  }
}
