// Wakes the one who waits; rung while nobody waits, it is heard by the next who does.
import type {Timers} from '../../shared/time/instant.ts';

export type Bell = {
  readonly ring: () => void;
  /** Resolves at a ring since the last wait, or after so long. */
  readonly wait: (ms: number) => Promise<void>;
};

export function createBell(timers: Timers): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    wait: async (ms) => {
      if (!rung)
        await new Promise<void>((resolve) => {
          const cancel = timers.after(ms, resolve);
          wake = () => {
            cancel();
            resolve();
          };
        });
      wake = undefined;
      rung = false;
    },
  };
}
