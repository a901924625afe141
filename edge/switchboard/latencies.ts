// The last thousand durations, for the p50 and p99 that the console shows.

const KEPT = 1_024;

export type Latencies = {readonly p50: number | undefined; readonly p99: number | undefined; readonly count: number};

export class LatencyRing {
  readonly #kept: number[] = [];
  #count = 0;

  add(ms: number): void {
    this.#kept[this.#count % KEPT] = ms;
    this.#count++;
  }

  /** Milliseconds; undefined until something was measured. `count` is of all there ever were. */
  read(): Latencies {
    const sorted = this.#kept.toSorted((a, b) => a - b);
    const at = (share: number): number | undefined => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
    return {p50: at(0.5), p99: at(0.99), count: this.#count};
  }
}
