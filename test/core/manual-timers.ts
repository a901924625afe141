// A clock and timers that move only when they are told to.
import type {Clock, Instant, Timers} from '../../shared/time/instant.ts';

export type ManualTime = {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Lets so many milliseconds pass: each timer acts at its own instant, and what follows from it is done before the next. */
  readonly pass: (ms: number) => Promise<void>;
  /** How long until the next timer; undefined if none is set. */
  readonly next: () => number | undefined;
};

export function manualTime(start: number = Date.UTC(2026, 8, 7, 9)): ManualTime {
  let elapsed = 0;
  let waiting: {readonly at: number; readonly act: () => void}[] = [];
  const due = (until: number): {readonly at: number; readonly act: () => void} | undefined =>
    waiting.filter(({at}) => at <= until).toSorted((a, b) => a.at - b.at)[0];
  return {
    clock: {now: () => (start + elapsed) as Instant, monotonicMs: () => elapsed},
    timers: {
      after: (delayMs, act) => {
        const timer = {at: elapsed + delayMs, act};
        waiting.push(timer);
        return () => {
          waiting = waiting.filter((each) => each !== timer);
        };
      },
    },
    pass: async (ms) => {
      const until = elapsed + ms;
      await settled();
      for (let timer = due(until); timer !== undefined; timer = due(until)) {
        const {at, act} = timer;
        elapsed = Math.max(elapsed, at);
        waiting = waiting.filter((each) => each !== timer);
        act();
        await settled();
      }
      elapsed = until;
    },
    next: () => (waiting.length === 0 ? undefined : Math.min(...waiting.map(({at}) => at)) - elapsed),
  };
}

/** Streams pass their chunks on in turns of the event loop. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
