// Lines that wait for a command, the most urgent first; a line that fails waits alone. In memory only: the decisions
// themselves are in the table, and at boot everything is read again.
import type {LineRow} from './line-rows.ts';

/** Re-assert: a line that was confirmed once and differs now. */
export const RE_ASSERT = 3;

export type DueLine = {
  readonly row: LineRow;
  /** 0 unlock after payment, 1 unlock, 2 lock, 3 re-assert. */
  readonly urgency: number;
  /** On the monotonic clock: since when it is not as wanted. */
  readonly sinceMs: number;
  /** On the monotonic clock: when the decision was heard of; undefined if it was found in the table. */
  readonly heardMs: number | undefined;
  failures: number;
  notBeforeMs: number;
};

export class DueLines {
  readonly #lines = new Map<string, DueLine>();

  get size(): number {
    return this.#lines.size;
  }

  get(extension: string): DueLine | undefined {
    return this.#lines.get(extension);
  }

  values(): IterableIterator<DueLine> {
    return this.#lines.values();
  }

  /** Replaces what was due for the line: only the newest decision is ever sent. */
  put(line: DueLine): void {
    this.#lines.delete(line.row.extension);
    this.#lines.set(line.row.extension, line);
  }

  /** Done, unless something newer has taken its place meanwhile. */
  done(line: DueLine): void {
    if (this.#lines.get(line.row.extension) === line) this.#lines.delete(line.row.extension);
  }

  clear(): void {
    this.#lines.clear();
  }

  drop(extension: string): void {
    this.#lines.delete(extension);
  }

  /** The first of the most urgent that may be tried now, no less urgent than `least`. */
  first(nowMs: number, least: number): DueLine | undefined {
    let best: DueLine | undefined;
    for (const line of this.#lines.values()) {
      if (line.notBeforeMs > nowMs || line.urgency > least) continue;
      if (best === undefined || line.urgency < best.urgency) best = line;
      if (best.urgency === 0) return best;
    }
    return best;
  }

  /** When the next one may be tried. */
  nextMs(): number {
    let next = Infinity;
    for (const line of this.#lines.values()) next = Math.min(next, line.notBeforeMs);
    return next;
  }

  /** The switchboard is back: nobody has to wait for an old failure. */
  forgive(): void {
    for (const line of this.#lines.values()) line.notBeforeMs = 0;
  }
}
