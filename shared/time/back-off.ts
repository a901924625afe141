// Waiting: for so long, until told to stop, and longer after each failure.
import type {Random, Timers} from './instant.ts';

const SHORTEST_WAIT_MS = 1_000;
/** What comes back after a power cut, switchboard or disk, should be in use again within a minute. */
const LONGEST_WAIT_MS = 60_000;

/** Milliseconds before the next attempt after `failures` failed ones: 1–2 s, 2–4 s … 30–60 s; jitter keeps boxes out of step. */
export function backOffMs(failures: number, random: Random): number {
  const floor = Math.min(LONGEST_WAIT_MS / 2, SHORTEST_WAIT_MS * 2 ** Math.min(failures, 16));
  return floor * (1 + random());
}

/** Milliseconds before the next attempt where thousands may try at once: anything up to the doubled limit (full jitter). */
export function fullJitterMs(failures: number, random: Random, {firstMs, longestMs}: {firstMs: number; longestMs: number}): number {
  return random() * Math.min(longestMs, firstMs * 2 ** Math.min(failures, 30));
}

/** Resolves after so many milliseconds or at the abort, whichever comes first. */
export function pause(ms: number, timers: Timers, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(ms, done);
    signal.addEventListener('abort', done, {once: true});
  });
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), {once: true});
  });
}
