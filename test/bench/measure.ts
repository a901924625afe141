// Figures that mean something on a noisy machine: ours and its baseline take turns in one run, and the ratio is what counts.
import process from 'node:process';

export type Contestant = {
  /** What a round needs and is not to be timed. */
  readonly prepare?: () => void;
  /** Does the work once more and gives how many units of it were done; and how long they took, where not all of the round counts. */
  readonly round: () => number | Work | Promise<number | Work>;
};

export type Work = {readonly units: number; readonly ms: number};

export type Figure = {
  readonly name: string;
  readonly unit: string;
  /** Units a second, median over the rounds. */
  readonly ours: number;
  readonly baselineName: string;
  readonly baseline: number;
  /** ours ÷ baseline, round by round: median, lowest, highest. */
  readonly ratio: {readonly median: number; readonly low: number; readonly high: number};
  readonly target?: Target;
};

/** What is promised: ours, or the median of the ratio. */
export type Target = {readonly of: 'ours' | 'ratio'; readonly atLeast: number};

export type Latency = {readonly name: string; readonly p50: number; readonly p99: number; readonly count: number};

type Match = {
  readonly name: string;
  readonly unit: string;
  readonly ours: Contestant;
  readonly baselineName: string;
  readonly baseline: Contestant;
  readonly rounds: number;
  readonly target?: Target;
};

/** Counts the time of a core that the work took, not that of the wall: others may use the machine. For work of one thread. */
export function ofOneCore(work: () => number): Contestant {
  return {
    round: () => {
      const before = process.cpuUsage();
      const units = work();
      const {user, system} = process.cpuUsage(before);
      return {units, ms: (user + system) / 1_000};
    },
  };
}

export function isMissed({target, ours, ratio}: Figure): boolean {
  return target !== undefined && (target.of === 'ours' ? ours : ratio.median) < target.atLeast;
}

/** One round of each is thrown away: the compiler learns from it. */
export async function compare({name, unit, ours, baselineName, baseline, rounds, target}: Match): Promise<Figure> {
  const rates: {readonly ours: number; readonly baseline: number}[] = [];
  for (let round = 0; round <= rounds; round++) {
    // Who is first takes turns too.
    const oursFirst = round % 2 === 0;
    const first = await rateOf(oursFirst ? ours : baseline);
    const second = await rateOf(oursFirst ? baseline : ours);
    if (round > 0) rates.push(oursFirst ? {ours: first, baseline: second} : {ours: second, baseline: first});
  }
  const ratios = rates.map((rate) => rate.ours / rate.baseline);
  return {
    name,
    unit,
    baselineName,
    ours: quantile(
      rates.map((rate) => rate.ours),
      0.5,
    ),
    baseline: quantile(
      rates.map((rate) => rate.baseline),
      0.5,
    ),
    ratio: {median: quantile(ratios, 0.5), low: Math.min(...ratios), high: Math.max(...ratios)},
    ...(target !== undefined && {target}),
  };
}

async function rateOf({prepare, round}: Contestant): Promise<number> {
  prepare?.();
  const began = performance.now();
  const done = await round();
  const {units, ms} = typeof done === 'number' ? {units: done, ms: performance.now() - began} : done;
  return (units * 1000) / ms;
}

/** The smallest value that a `share` of all does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

export function latencyOf(name: string, ms: readonly number[]): Latency {
  return {name, p50: quantile(ms, 0.5), p99: quantile(ms, 0.99), count: ms.length};
}
