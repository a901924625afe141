// What the machine itself can tell: space, memory, how late the event loop runs.
import {statfsSync} from 'node:fs';
import type {IntervalHistogram} from 'node:perf_hooks';
import type {Instant} from '../../shared/time/instant.ts';
import type {MachineFacts} from './status.ts';

export type MachineGiven = {
  /** Where the ledger lives. */
  readonly folder: string;
  readonly version: string;
  readonly startedAt: Instant;
  readonly memoryBytes: () => number;
  /** `monitorEventLoopDelay({resolution: LAG_SAMPLE_MS})`, enabled. */
  readonly delay: Pick<IntervalHistogram, 'count' | 'max' | 'percentile' | 'reset'>;
  readonly clock: () => MachineFacts['clock'];
};

export type Machine = {
  readonly facts: () => MachineFacts;
  /** Forgets the lags so far: each check of the box judges the time since the one before. */
  readonly startOver: () => void;
};

/** The sampler's own period is part of what it measures: a timer cannot be on time by less. */
export const LAG_SAMPLE_MS = 20;

export function createMachine(given: MachineGiven): Machine {
  const {delay} = given;
  const late = (nanoseconds: number): number => Math.max(0, Math.round(nanoseconds / 1e6) - LAG_SAMPLE_MS);
  return {
    facts: () => ({
      version: given.version,
      startedAt: given.startedAt,
      disk: diskOf(given.folder),
      memoryBytes: given.memoryBytes(),
      eventLoopLag: delay.count === 0 ? {p99Ms: 0, maxMs: 0} : {p99Ms: late(delay.percentile(99)), maxMs: late(delay.max)},
      clock: given.clock(),
    }),
    startOver: () => delay.reset(),
  };
}

function diskOf(folder: string): MachineFacts['disk'] {
  try {
    const {bavail, blocks, bsize} = statfsSync(folder);
    return {freeBytes: bavail * bsize, totalBytes: blocks * bsize};
  } catch {
    return undefined;
  }
}
