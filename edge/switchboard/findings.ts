// Findings are kept in batches while commands follow each other closely: one fsync a line would set the pace of a switchboard.
// Nothing is lost that matters: what a power cut takes is read again at the next start.
import type {Log} from '../../shared/log/log.ts';
import type {Timers} from '../../shared/time/instant.ts';
import type {Finding, LineRows} from './line-rows.ts';

export type FindingsGiven = {
  readonly rows: LineRows;
  readonly timers: Timers;
  readonly log: Log;
  readonly onChange: (extension: string) => void;
};

/** A transaction of so many rows stays well below the 20 ms that the main thread may be held. */
const MOST_IN_BATCH = 200;
/** Short of what a person notices on a page. */
const LONGEST_KEPT_MS = 20;
/** The disk may be full for hours. */
const TRY_AGAIN_MS = 5_000;

type Waiting = {readonly finding: Finding; readonly kept: () => void};

export class Findings {
  readonly #given: FindingsGiven;
  /** By extension: a later finding says all that an earlier one did. */
  readonly #waiting = new Map<string, Waiting>();
  #cancel: (() => void) | undefined;

  constructor(given: FindingsGiven) {
    this.#given = given;
  }

  /** `kept` is called once it is on disk. */
  add(finding: Finding, kept: () => void = () => undefined): void {
    const earlier = this.#waiting.get(finding.extension);
    const decision = finding.decision ?? (finding.failure === undefined ? earlier?.finding.decision : undefined);
    this.#waiting.set(finding.extension, {
      finding: {...finding, decision},
      kept: () => {
        earlier?.kept();
        kept();
      },
    });
    if (this.#waiting.size >= MOST_IN_BATCH) this.flush();
    else this.#later(LONGEST_KEPT_MS);
  }

  /** Is something about this line not on disk yet? */
  holds(extension: string): boolean {
    return this.#waiting.has(extension);
  }

  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const batch = [...this.#waiting.values()];
    if (batch.length === 0) return;
    try {
      this.#given.rows.keep(batch.map(({finding}) => finding));
    } catch (error) {
      this.#given.log.error('the state of lines could not be stored', {lines: batch.length, error: String(error)});
      this.#later(TRY_AGAIN_MS);
      return;
    }
    this.#waiting.clear();
    for (const {finding, kept} of batch) {
      kept();
      this.#given.onChange(finding.extension);
    }
  }

  #later(ms: number): void {
    this.#cancel ??= this.#given.timers.after(ms, () => {
      this.#cancel = undefined;
      this.flush();
    });
  }
}
