// The clock of payments: whatever is due is looked at, on wake and on time, for as long as the process lives.
// In: `look_at` of each payment that is open. Out: looks in lanes; hints that waited. Never true: a payment that nobody looks at again.
import {Failure} from '../../shared/failure/failure.ts';
import type {Log} from '../../shared/log/log.ts';
import type {Clock, Timers} from '../../shared/time/instant.ts';
import type {Store} from '../store/open.ts';
import type {Lanes} from './lanes.ts';

export type Janitor = {
  readonly start: () => void;
  /** Something is due at once. */
  readonly wake: () => void;
  /** No look begins any more; ends when those that run have ended. */
  readonly stop: () => Promise<void>;
};

export type JanitorGiven = {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly lanes: Lanes;
  /** Hints of a provider that are not dealt with yet; whether there are any. */
  readonly retryHints: () => Promise<boolean>;
};

/** The wall clock may jump; nothing waits longer for that. */
const LONGEST_WAIT_MS = 60_000;
/** A row that stays due because the disk is full is not a busy loop. */
const SHORTEST_WAIT_MS = 1_000;
/** Somebody makes room on the disk. */
const AFTER_FAILURE_MS = 10_000;
/** Read at once. More than one round gets done. */
const BATCH = 100;

export function createJanitor(given: JanitorGiven): Janitor {
  const {timers, log, lanes} = given;
  let state: 'idle' | 'round' | 'again' | 'stopped' = 'stopped';
  let disarm = (): void => undefined;
  let rounds: Promise<void> = Promise.resolve();

  const arm = (ms: number): void => {
    disarm();
    if (state !== 'stopped') disarm = timers.after(Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, ms)), () => wake());
  };

  const look = (payment: string): void => {
    void lanes
      .look(payment, 'janitor')
      .then(() => wake())
      .catch((error: unknown) => {
        tell(log, error);
        arm(AFTER_FAILURE_MS);
      });
  };

  const round = async (isFirst: boolean): Promise<void> => {
    try {
      if (isFirst) for (const payment of await leftInDoubt(given)) look(payment);
      const {due, next} = await waiting(given);
      for (const payment of due) look(payment);
      const areHinted = await given.retryHints();
      // Where nothing is open there is nothing to wait for: whatever comes wakes.
      if (next !== undefined || areHinted) arm(next ?? LONGEST_WAIT_MS);
    } catch (error) {
      tell(log, error);
      arm(AFTER_FAILURE_MS);
    }
  };

  const wake = (isFirst = false): void => {
    if (state === 'round') state = 'again';
    if (state !== 'idle') return;
    state = 'round';
    rounds = round(isFirst).then(() => {
      const isDue = state === 'again';
      if (state !== 'stopped') state = 'idle';
      if (isDue) wake();
    });
  };

  return {
    start: () => {
      state = 'idle';
      wake(true);
    },
    wake: () => wake(),
    stop: async () => {
      state = 'stopped';
      disarm();
      await rounds;
      await lanes.idle();
    },
  };
}

/**
 * What a former process left in doubt: the newest, at once. What it was sending nobody sends any more, for it would hold the store:
 * no lease is waited out. Whoever shares the store with others, as on PostgreSQL, has to.
 */
async function leftInDoubt({store, lanes}: JanitorGiven): Promise<readonly string[]> {
  const rows = await store.reading
    .selectFrom('payment')
    .select('id')
    .where('look_at', 'is not', null)
    .where('state', 'in', ['submitting', 'unknown', 'reversing', 'action_required'])
    .orderBy('changed_at', 'desc')
    .limit(BATCH)
    .execute();
  return rows.flatMap(({id}) => (lanes.busy(id) ? [] : [id]));
}

/** What is due, and in how many milliseconds the next is. Not those that are being looked at: what they find sets their time. */
async function waiting({store, clock, lanes}: JanitorGiven): Promise<{due: readonly string[]; next: number | undefined}> {
  const busy = new Set(lanes.payments());
  const now = clock.now();
  const rows = await store.reading
    .selectFrom('payment')
    .select(['id', 'look_at'])
    .where('look_at', 'is not', null)
    .orderBy('look_at')
    .limit(BATCH + busy.size)
    .execute();
  const idle = rows.flatMap(({id, look_at: at}) => (busy.has(id) || at === null ? [] : [{id, at}]));
  const next = idle.find(({at}) => at > now);
  // All of them are due: there may be more behind them.
  const isMore = next === undefined && idle.length > 0;
  return {due: idle.filter(({at}) => at <= now).map(({id}) => id), next: isMore ? 0 : next === undefined ? undefined : next.at - now};
}

/** A full disk passes; anything else is a bug, and stops the process. */
function tell(log: Log, error: unknown): void {
  if (!(error instanceof Failure)) throw error;
  log.error('payments cannot be worked on', {error: error.message, cure: error.cure});
}
