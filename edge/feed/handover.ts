// From a door to the disk. In: framed lines. Out: deliveries, in order, each short enough that nothing else waits for it.
// Never true: a delivery begun before the one before it was taken; a line given up while there is time to wait for the disk.
import {Failure} from '../../shared/failure/failure.ts';
import type {Log} from '../../shared/log/log.ts';
import {backOffMs, pause} from '../../shared/time/back-off.ts';
import type {Clock, Random, Timers} from '../../shared/time/instant.ts';
import type {Framed} from './framing.ts';
import type {Deliver, Delivery} from './line.ts';

export type HandoverGiven = {
  readonly deliver: Deliver;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  /** Told to stop: what was begun is finished, nothing is waited for. */
  readonly signal: AbortSignal;
  /** Lines of the first delivery; it grows and shrinks with the time that they take. */
  readonly firstBatch: number;
  /** `go-on`: what is not handed on now is lost with the process. `stop`: the source keeps it. */
  readonly whenTold: 'stop' | 'go-on';
};

export type DeliveryOf = (batch: readonly Framed[], from: number) => Delivery;

export type Handover = {
  /**
   * Hands the lines on, the first batch before it returns; resolves with how many were taken: all, unless told to stop.
   * `deliveryOf` makes the delivery of a batch that begins at an index, and may be asked again for the same one.
   */
  readonly take: (lines: readonly Framed[], deliveryOf: DeliveryOf) => Promise<number>;
  /** Lets others have the thread, if this has had it for long enough. */
  readonly breathe: () => Promise<void>;
};

/** One transaction that is not felt: a record of another feed waits no longer than two of these. */
export const MOST_LINES = 500;
/** No transaction on the main thread may last longer, if the disk can do it. */
const DELIVERY_MS = 20;
/** So much in one go, then a turn for the others: half the time of the longest delivery. */
const TURN_MS = 10;
/** A clock that stands still, as in a simulation, must not keep the others out. */
const TURN_DELIVERIES = 16;

export function createHandover(given: HandoverGiven): Handover {
  const {clock, timers, random, log, signal} = given;
  const pace = createPace(given.firstBatch);
  let turnBegan = clock.monotonicMs();
  let deliveries = 0;

  /** Undefined if the disk is full. Anything else that is thrown is a fault of ours, and stops the process. */
  const attempt = (batch: readonly Framed[], from: number, deliveryOf: DeliveryOf): Failure | undefined => {
    const began = clock.monotonicMs();
    try {
      given.deliver(deliveryOf(batch, from));
    } catch (error) {
      if (error instanceof Failure && error.code === 'store.full') return error;
      throw error;
    }
    deliveries++;
    pace.took(batch.length, clock.monotonicMs() - began);
    return undefined;
  };

  const leave = async (forMs: number): Promise<void> => {
    await pause(forMs, timers, signal);
    turnBegan = clock.monotonicMs();
    deliveries = 0;
  };
  const breathe = async (): Promise<void> => {
    if (clock.monotonicMs() - turnBegan >= TURN_MS || deliveries >= TURN_DELIVERIES) await leave(0);
  };

  return {
    breathe,
    take: async (lines, deliveryOf) => {
      let taken = 0;
      let refusals = 0;
      while (taken < lines.length) {
        if (signal.aborted && given.whenTold === 'stop') return taken;
        const batch = lines.slice(taken, taken + pace.size());
        const full = attempt(batch, taken, deliveryOf);
        if (full === undefined) {
          taken += batch.length;
          refusals = 0;
          if (taken < lines.length) await breathe();
        } else {
          if (signal.aborted) return taken;
          const wait = backOffMs(refusals++, random);
          log.warn(`lines wait for the disk: ${full.message}`, {lines: lines.length - taken, waitMs: Math.round(wait)});
          pace.restart();
          await leave(wait);
        }
      }
      return taken;
    },
  };
}

/**
 * How many lines the next delivery may have. A delivery takes as long as the flush of the disk and so much a line; the flush is
 * learnt from deliveries of one line. Where it takes most of the time, fewer lines would only mean more flushes.
 */
function createPace(firstBatch: number): {
  readonly size: () => number;
  readonly restart: () => void;
  readonly took: (lines: number, ms: number) => void;
} {
  let size = firstBatch;
  let flushMs = 0;
  return {
    size: () => size,
    restart: () => {
      size = 1;
    },
    took: (lines, ms) => {
      flushMs = lines === 1 ? ms : Math.min(flushMs, ms);
      const limitMs = Math.max(DELIVERY_MS, flushMs + DELIVERY_MS / 2);
      const takes = (times: number): number => flushMs + times * (ms - flushMs);
      if (ms > limitMs) size = Math.max(1, Math.floor((lines * (limitMs - flushMs)) / (ms - flushMs)));
      else if (lines < size) return;
      else if (takes(2) <= limitMs) size = Math.min(MOST_LINES, size * 2);
      else if (takes(1.25) <= limitMs) size = Math.min(MOST_LINES, Math.floor(size * 1.25));
    },
  };
}
