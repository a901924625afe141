// Deadlines of a process that is told to end: those that are still to come, come soon.
import type {Clock, Timers} from './instant.ts';

/** Timers that act on time, and at the latest so long after the abort. */
export function cutShort(timers: Timers, {monotonicMs}: Pick<Clock, 'monotonicMs'>, {stop, graceMs}: Ending): Timers {
  let endsAtMs = Infinity;
  const note = (): void => {
    endsAtMs = monotonicMs() + graceMs;
  };
  if (stop.aborted) note();
  else stop.addEventListener('abort', note, {once: true});
  return {
    after: (delayMs, act) => {
      const dueAtMs = monotonicMs() + delayMs;
      const leftMs = (): number => Math.max(0, Math.min(dueAtMs, endsAtMs) - monotonicMs());
      const done = (): void => {
        stop.removeEventListener('abort', sooner);
        act();
      };
      let cancel = timers.after(leftMs(), done);
      // Heard after `note`, which was there first.
      const sooner = (): void => {
        cancel();
        cancel = timers.after(leftMs(), done);
      };
      stop.addEventListener('abort', sooner, {once: true});
      return () => {
        stop.removeEventListener('abort', sooner);
        cancel();
      };
    },
  };
}

type Ending = {readonly stop: AbortSignal; readonly graceMs: number};
