// What a door is to the composition root, whatever it reads from.
import type {Log} from '../../shared/log/log.ts';
import type {Clock, Random, Timers} from '../../shared/time/instant.ts';
import type {Deliver} from './line.ts';
import type {Spool} from './spool.ts';

export type DoorState =
  | {readonly kind: 'up'}
  | {
      readonly kind: 'down';
      /** `refused`: somebody said no (a permission, an address that may not connect); `unreachable`: nobody is there. */
      readonly code: 'unreachable' | 'refused';
      readonly why: string;
      readonly cure: string;
    };

export type Door = {
  /** Opens, reads, and stays at it until `signal` aborts; resolves when everything is closed. Never throws for what a source can do. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type DoorGiven = {
  readonly spool: Spool;
  readonly deliver: Deliver;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  /** At once with the first state, then at every change. */
  readonly onState: (state: DoorState) => void;
  /** Something that staff should know and that is over by itself: a truncated file, a line that fits no frame. */
  readonly trouble: (code: 'feed.truncated', detail: string, cure: string) => void;
};
