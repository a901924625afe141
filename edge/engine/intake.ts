// A delivery's way through the box: spool → record → rating → ledger → credit, in one transaction.
// In: lines of a door. Out: what became of them, told after the commit. Never true: a line with an effect that is not spooled;
// an effect that is told before it is durable; a feed's place that is ahead of what was done with its lines.
import {Bug, must} from '../../shared/assert/assert.ts';
import {Failure} from '../../shared/failure/failure.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Policy} from '../../shared/wire/kinds.ts';
import type {Deliver, SpooledLine} from '../feed/line.ts';
import type {Spool} from '../feed/spool.ts';
import type {Ledger, Recorded} from '../ledger/ledger.ts';
import type {RatedCall} from '../rating/priced-call.ts';
import type {Rater} from '../rating/rate.ts';
import type {Outcome} from '../record/call-record.ts';
import type {Recorder} from '../record/recorder.ts';
import type {Database, Transact} from '../store/open.ts';
import {createLineOutcomes, type LineOutcomes} from './line-outcomes.ts';

export type IntakeGiven<S> = {
  readonly database: Database;
  readonly transact: Transact;
  readonly spool: Spool;
  /** A new recorder of the feed, which knows what the spool and the ledger know. */
  readonly recorderOf: (feed: string) => Recorder;
  readonly rate: Rater;
  readonly ledger: Pick<Ledger, 'record'>;
  readonly mode: () => Policy['mode'];
  /** Calls are recorded: in the transaction, before credit control. */
  readonly recorded?: ((recorded: Recorded) => void) | undefined;
  /** Credit control, in the transaction. */
  readonly settle: (touched: ReadonlySet<AccountId>) => S;
  /** After the commit. */
  readonly after: (taken: Taken, settled: S) => void;
  /** A line that our own code fails on was put aside. */
  readonly quarantined: (feed: string, line: number, detail: string) => void;
  readonly now: () => Instant;
};

export type Taken = {readonly feed: string; readonly lines: number; readonly outcomes: readonly Outcome[]; readonly recorded: Recorded};

type Done<S> = {readonly taken: Taken; readonly settled: S};

export type Intake = {
  readonly deliver: Deliver;
  /** Lines that were spooled and not finished when the box stopped. */
  readonly resume: (feed: string) => void;
  /** Reads the waiting rejected lines of a feed again; returns how many are no longer rejected. */
  readonly rerunRejects: (feed: string) => number;
  readonly dismissReject: (line: number) => boolean;
};

/** What is worked off at once at the start: a transaction of so many lines stays well below the 20 ms of the main thread. */
const LINES_AT_ONCE = 100;
/** A person waits for the answer; the rest is read by the next press. */
const REJECTS_AT_ONCE = 1_000;

export function createIntake<S>(given: IntakeGiven<S>): Intake {
  const {transact, spool} = given;
  const outcomes = createLineOutcomes(given.database);
  const recorders = new Map<string, Recorder>();
  const recorderOf = (feed: string): Recorder => {
    const known = recorders.get(feed) ?? given.recorderOf(feed);
    recorders.set(feed, known);
    return known;
  };
  const flow = new Flow(given, outcomes);

  const deliver: Deliver = (delivery) => {
    const {feed} = delivery;
    let done: Done<S> | undefined;
    try {
      done = transact(() => {
        const lines = spool.keep(delivery);
        return lines.length === 0 ? undefined : flow.take(feed, lines, recorderOf(feed));
      });
    } catch (error) {
      // The recorder remembers lines that are not there.
      recorders.delete(feed);
      if (error instanceof Failure) throw error;
      // A fault of ours in a stage stops the process, and must not cost the lines.
      transact(() => spool.keep(delivery));
      throw new Bug(`a stage failed on ${delivery.lines.length} lines of feed ${feed}; they are spooled`, {cause: error});
    }
    if (done !== undefined) given.after(done.taken, done.settled);
  };

  const resume = (feed: string): void => {
    for (let most = LINES_AT_ONCE; ;) {
      const lines = spool.unfinished(feed, most);
      const first = lines[0];
      if (first === undefined) return;
      try {
        const {taken, settled} = transact(() => flow.take(feed, lines, recorderOf(feed)));
        given.after(taken, settled);
      } catch (error) {
        if (error instanceof Failure) throw error;
        recorders.delete(feed);
        // It stopped the box once; now one line at a time, and the one at fault is put aside for a person.
        if (lines.length === 1) quarantine(feed, first, error);
        most = 1;
      }
    }
  };

  const quarantine = (feed: string, line: SpooledLine, error: unknown): void => {
    const detail = error instanceof Error ? error.message : String(error);
    transact(() => flow.putAside(feed, line, detail));
    given.quarantined(feed, line.id, detail);
  };

  const rerunRejects = (feed: string): number => {
    const lines = outcomes.waiting(feed, REJECTS_AT_ONCE).map((id) => must(spool.line(id), `line ${id} of the spool`));
    const {taken, settled} = transact(() => flow.again(feed, lines, given.recorderOf(feed)));
    given.after(taken, settled);
    return lines.length - taken.outcomes.filter((outcome) => outcome.kind === 'rejected').length;
  };

  return {deliver, resume, rerunRejects, dismissReject: (line) => transact(() => outcomes.dismiss(line, given.now()))};
}

class Flow<S> {
  readonly #given: IntakeGiven<S>;
  readonly #outcomes: LineOutcomes;

  constructor(given: IntakeGiven<S>, outcomes: LineOutcomes) {
    this.#given = given;
    this.#outcomes = outcomes;
  }

  take(feed: string, lines: readonly SpooledLine[], recorder: Recorder): Done<S> {
    const done = this.#through(feed, lines, recorder);
    this.#outcomes.keep(feed, done.taken.outcomes, this.#given.now());
    this.#given.spool.finish(feed, must(lines.at(-1), 'the last line').id);
    return done;
  }

  putAside(feed: string, line: SpooledLine, detail: string): void {
    const outcome: Outcome = {kind: 'rejected', reason: 'quarantined', detail, line: line.id};
    this.#outcomes.keep(feed, [outcome], this.#given.now());
    this.#given.spool.finish(feed, line.id);
  }

  /** Lines that were rejected once. */
  again(feed: string, lines: readonly SpooledLine[], recorder: Recorder): Done<S> {
    const done = this.#through(feed, lines, recorder);
    this.#outcomes.replace(feed, done.taken.outcomes, this.#given.now());
    return done;
  }

  #through(feed: string, lines: readonly SpooledLine[], recorder: Recorder): Done<S> {
    const {rate, ledger, mode, settle, spool, now} = this.#given;
    const goLive = spool.goLive(feed);
    const outcomes = recorder.read(lines);
    const receivedAt = new Map(lines.map((line) => [line.id, line.receivedAt]));
    // One after the other, each just before it is recorded: what is free for it depends on those before it.
    const calls = function* (): Generator<RatedCall> {
      for (const outcome of outcomes) {
        if (outcome.kind !== 'call') continue;
        const {record} = outcome;
        yield rate(record, {goLive, receivedAt: receivedAt.get(record.lines.at(-1) ?? 0) ?? now()});
      }
    };
    const recorded = ledger.record(calls(), mode(), now());
    this.#given.recorded?.(recorded);
    return {taken: {feed, lines: lines.length, outcomes, recorded}, settled: settle(recorded.touched)};
  }
}
