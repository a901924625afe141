// Keeps the switchboard as the table of wanted states says. In: line_state, and word of every commit that changed it.
// Out: lock and unlock, read back, and what was found. The truth is the table; the switchboard is only ever brought into line.
// Never true: two commands on the wire; an older decision sent after a newer one; a command while `mayWrite()` is false.
import type {Log} from '../../shared/log/log.ts';
import {backOffMs, pause} from '../../shared/time/back-off.ts';
import type {Clock, Random, Timers} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';
import {DueLines, RE_ASSERT, type DueLine} from './due-lines.ts';
import {Findings} from './findings.ts';
import {LatencyRing, type Latencies} from './latencies.ts';
import {createLineRows, type LineRow, type LineRows} from './line-rows.ts';
import type {CommandResult, LineReading, LinkState, Switchboard} from './port.ts';
import {Troubles, type TroubleGiven} from './troubles.ts';

export type ReconcilerGiven = TroubleGiven & {
  readonly switchboard: Switchboard;
  readonly database: Database;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  /** A row of line_state has changed. */
  readonly onChange: (extension: string) => void;
  /** The switchboard does as was decided, and that is on disk. `tookMs` from the decision on; undefined if it was not heard of at once. */
  readonly onConfirmed: (extension: string, wanted: LineRow['wanted'], tookMs: number | undefined) => void;
  /** False on a fenced box: then the switchboard is read and never written. */
  readonly mayWrite: () => boolean;
  /** False in modes that only watch or bill: then no line is locked, and those that were locked from here are opened. */
  readonly mayLock: () => boolean;
};

export type ReconcilerMetrics = {
  readonly decisionToConfirmedMs: Latencies;
  /** Lines found otherwise than they were left, since the start. */
  readonly drifted: number;
  /** How long the oldest decision has waited; 0 if none waits. */
  readonly oldestUnconfirmedMs: number;
  readonly waiting: number;
};

export type Reconciler = {
  /** After the commit that changed these rows. */
  readonly decided: (extensions: readonly string[]) => void;
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly metrics: () => ReconcilerMetrics;
};

/** Every line is read once in this time. Somebody's hand is noticed within it; a slow terminal of 2,000 lines still keeps up. */
const SWEEP_ROUND_MS = 10 * 60_000;
const SHORTEST_SWEEP_GAP_MS = 100;
/** A site that has just got its lines need not wait for the round of one that had none. */
const LONGEST_SWEEP_GAP_MS = 60_000;
/** Where lines cannot be read, what we want is said again after this time: four times a day, at a command a second 2,000 lines take half an hour. */
const RE_ASSERT_MS = 6 * 3_600_000;
/** Fences, modes, incidents and missed words are looked at so often. */
const TICK_MS = 1_000;
const MOST_URGENT = 0;

const OPEN: LineReading = {outgoing: 'open', incoming: 'normal'};
const UNKNOWN: LineReading = {outgoing: 'unknown', incoming: 'unknown'};

/** Starts nothing: `run` does, beside the switchboard's own `run`. */
export function createReconciler(given: ReconcilerGiven): Reconciler {
  const reconciling = new Reconciling(given);
  return {
    decided: (extensions) => reconciling.decided(extensions),
    run: (signal) => reconciling.run(signal),
    metrics: () => reconciling.metrics(),
  };
}

class Reconciling {
  readonly #given: ReconcilerGiven;
  readonly #rows: LineRows;
  readonly #due = new DueLines();
  readonly #latencies = new LatencyRing();
  readonly #findings: Findings;
  readonly #troubles: Troubles;
  #link: LinkState['kind'] = 'down';
  #mayWrite = false;
  #mayLock = true;
  /** When all lines are to be compared, on the monotonic clock. */
  #compareAtMs = 0;
  #compareFailures = 0;
  #sweepAtMs = 0;
  #sweptLast = '';
  #wake = new AbortController();

  constructor(given: ReconcilerGiven) {
    this.#given = given;
    this.#rows = createLineRows(given.database);
    this.#findings = new Findings({...given, rows: this.#rows});
    this.#troubles = new Troubles(given, given.clock);
  }

  decided(extensions: readonly string[]): void {
    const nowMs = this.#nowMs();
    for (const extension of extensions) {
      const row = this.#rows.one(extension);
      if (row !== undefined && row.confirmedDecision < row.decision && this.#target(row) === row) this.#decide(row, nowMs);
    }
    this.#wake.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    const stopListening = this.#given.switchboard.onLink((state) => this.#linkChanged(state));
    let tickAtMs = 0;
    while (!signal.aborted) {
      if (this.#nowMs() >= tickAtMs) {
        this.#tick();
        tickAtMs = this.#nowMs() + TICK_MS;
      }
      const job = this.#next();
      if (job !== undefined) await job();
      else await this.#idle(tickAtMs, signal);
    }
    stopListening();
    this.#findings.flush();
  }

  metrics(): ReconcilerMetrics {
    // Where nothing may be written, nothing waits for us.
    const waiting = this.#mayWrite ? [...this.#due.values()] : [];
    return {
      decisionToConfirmedMs: this.#latencies.read(),
      drifted: this.#troubles.drifted,
      oldestUnconfirmedMs: Math.max(0, ...waiting.map(({sinceMs}) => this.#nowMs() - sinceMs)),
      waiting: waiting.length,
    };
  }

  #nowMs(): number {
    return this.#given.clock.monotonicMs();
  }

  #linkChanged(state: LinkState): void {
    const cameUp = state.kind === 'up' && this.#link === 'down';
    this.#link = state.kind;
    this.#troubles.link(state);
    if (cameUp) this.#compareSoon();
    this.#wake.abort();
  }

  #compareSoon(): void {
    this.#compareAtMs = 0;
    this.#compareFailures = 0;
    this.#due.forgive();
  }

  #tick(): void {
    const may = this.#given.mayWrite();
    const locks = this.#given.mayLock();
    if (locks !== this.#mayLock) this.#due.clear();
    if ((may && !this.#mayWrite) || locks !== this.#mayLock) this.#compareSoon();
    if (!may && this.#mayWrite) this.#troubles.quiet();
    this.#mayWrite = may;
    this.#mayLock = locks;
    // What was left over at the start; and a word that got lost between a commit and here must not leave a line as it was.
    for (const row of this.#rows.unconfirmed()) {
      if (!this.#findings.holds(row.extension) && this.#target(row) === row) this.#decide(row, undefined);
    }
    this.#troubles.look(may && this.#link === 'up' ? this.#due.values() : []);
  }

  #decide(row: LineRow, heardMs: number | undefined): void {
    const known = this.#due.get(row.extension);
    if (known?.row.decision === row.decision) return;
    const waitedMs = Math.max(0, this.#given.clock.now() - row.decidedAt);
    const sinceMs = heardMs ?? this.#nowMs() - waitedMs;
    this.#due.put({row, urgency: row.urgency, sinceMs, heardMs, failures: 0, notBeforeMs: 0});
  }

  /** What to do now: a paid unlock, then the comparison that a new link needs, then the rest in its order. */
  #next(): (() => Promise<void>) | undefined {
    if (this.#link === 'down') return undefined;
    const nowMs = this.#nowMs();
    const urgent = this.#first(nowMs, MOST_URGENT);
    if (urgent !== undefined) return () => this.#settle(urgent);
    if (nowMs >= this.#compareAtMs) return () => this.#compareAll();
    const line = this.#first(nowMs, RE_ASSERT);
    if (line !== undefined) return () => this.#settle(line);
    if (nowMs >= this.#sweepAtMs) return () => this.#sweepOne();
    return undefined;
  }

  #first(nowMs: number, least: number): DueLine | undefined {
    return this.#given.mayWrite() ? this.#due.first(nowMs, least) : undefined;
  }

  async #idle(tickAtMs: number, signal: AbortSignal): Promise<void> {
    this.#findings.flush();
    if (!this.#wake.signal.aborted) {
      const writes = this.#given.mayWrite() ? this.#due.nextMs() : Infinity;
      const due = this.#link === 'down' ? Infinity : Math.min(this.#compareAtMs, this.#sweepAtMs, writes);
      const wait = Math.max(0, Math.min(tickAtMs, due) - this.#nowMs());
      const stop = (): void => this.#wake.abort();
      signal.addEventListener('abort', stop, {once: true});
      if (signal.aborted) stop();
      await pause(wait, this.#given.timers, this.#wake.signal);
      signal.removeEventListener('abort', stop);
    }
    this.#wake = new AbortController();
  }

  async #settle(line: DueLine): Promise<void> {
    const {row} = line;
    if (row.wanted === 'locked' && !this.#given.mayLock()) {
      this.#due.done(line);
      return;
    }
    const {switchboard} = this.#given;
    const {readsLines} = switchboard.capabilities;
    // A line that may be open already is left alone: on some switchboards UNLOCK gives it a class, even if it never had another.
    if (row.wanted === 'open' && readsLines && row.actual.outgoing !== 'barred') {
      const reading = await switchboard.read(row.extension);
      if (this.#satisfies(row, reading)) {
        this.#confirm(line, reading);
        return;
      }
      if (!this.#given.mayWrite()) return;
    }
    if (!readsLines && wasNeverLocked(row)) {
      this.#confirm(line, UNKNOWN);
      return;
    }
    const result = await (row.wanted === 'locked' ? switchboard.lock(row.extension) : switchboard.unlock(row.extension));
    this.#take(line, result);
  }

  #take(line: DueLine, result: CommandResult): void {
    switch (result.kind) {
      case 'confirmed':
        if (this.#satisfies(line.row, result.reading)) this.#confirm(line, result.reading);
        else this.#fail(line, `the switchboard reads back: outgoing ${result.reading.outgoing}, incoming ${result.reading.incoming}`);
        return;
      case 'sent':
        this.#confirm(line, UNKNOWN);
        return;
      case 'failed':
        // With the link gone everything is compared when it is back: this line has not failed.
        if (result.code === 'unreachable') line.notBeforeMs = this.#nowMs() + TICK_MS;
        else this.#fail(line, `${result.code}: ${result.detail}`);
    }
  }

  #confirm(line: DueLine, reading: LineReading): void {
    const {extension, decision, wanted} = line.row;
    const {heardMs} = line;
    this.#due.done(line);
    this.#troubles.settled(extension);
    this.#findings.add({extension, at: this.#given.clock.now(), reading, decision, failure: undefined}, () => {
      const tookMs = heardMs === undefined ? undefined : this.#nowMs() - heardMs;
      if (tookMs !== undefined) this.#latencies.add(tookMs);
      this.#given.onConfirmed(extension, wanted, tookMs);
    });
  }

  #fail(line: DueLine, text: string): void {
    line.failures++;
    line.notBeforeMs = this.#nowMs() + backOffMs(line.failures - 1, this.#given.random);
    const {extension} = line.row;
    this.#given.log.warn('a line could not be set', {extension, wanted: line.row.wanted, failures: line.failures, why: text});
    this.#troubles.failed(extension, text);
    const failure = {count: line.failures, text};
    // The command may have reached the switchboard or not.
    this.#findings.add({extension, at: this.#given.clock.now(), reading: UNKNOWN, decision: undefined, failure});
  }

  async #compareAll(): Promise<void> {
    const {switchboard, random, log} = this.#given;
    if (!switchboard.capabilities.readsLines) {
      this.#compareAtMs = this.#nowMs() + RE_ASSERT_MS;
      for (const row of this.#rows.all()) {
        const target = this.#target(row);
        if (target !== undefined && !wasNeverLocked(target)) this.#reAssert(target);
      }
      return;
    }
    const readings = await switchboard.readAll();
    if (readings === undefined) {
      this.#compareAtMs = this.#nowMs() + backOffMs(this.#compareFailures++, random);
      log.warn('the switchboard did not say which lines are locked', {failures: this.#compareFailures});
      return;
    }
    this.#compareFailures = 0;
    this.#compareAtMs = Infinity;
    this.#findings.flush();
    for (const row of this.#rows.all()) this.#compare(row, readings.get(row.extension) ?? OPEN);
    this.#troubles.compared();
  }

  async #sweepOne(): Promise<void> {
    const gap = Math.max(SHORTEST_SWEEP_GAP_MS, SWEEP_ROUND_MS / Math.max(1, this.#rows.count()));
    this.#sweepAtMs = this.#nowMs() + Math.min(gap, LONGEST_SWEEP_GAP_MS);
    const row = this.#rows.after(this.#sweptLast);
    if (row === undefined || !this.#given.switchboard.capabilities.readsLines) return;
    this.#sweptLast = row.extension;
    this.#findings.flush();
    const reading = await this.#given.switchboard.read(row.extension);
    // A line whose answer cannot be read has not drifted: it is only not known.
    if (reading.outgoing === 'unknown') return;
    const now = this.#rows.one(row.extension);
    if (now?.decision === row.decision && this.#due.get(row.extension) === undefined) this.#compare(now, reading);
  }

  #compare(row: LineRow, reading: LineReading): void {
    const {extension} = row;
    const target = this.#target(row);
    const done = target !== undefined && this.#satisfies(target, reading);
    this.#see(row, reading, done && row.confirmedDecision !== target.decision ? target.decision : undefined);
    if (target === undefined) return;
    if (done) {
      this.#due.drop(extension);
      this.#troubles.settled(extension);
    } else if (row.confirmedDecision >= target.decision && this.#given.mayWrite()) {
      if (reading.outgoing !== 'unknown' && target === row) this.#troubles.drift(row, reading);
      this.#reAssert({...target, actual: reading});
    }
  }

  /** Keeps what a look has shown, if it is anything new. */
  #see({extension, actual}: LineRow, reading: LineReading, decision: number | undefined): void {
    const differs = reading.outgoing !== actual.outgoing || reading.incoming !== actual.incoming;
    if (!differs && decision === undefined) return;
    this.#findings.add({extension, at: this.#given.clock.now(), reading, decision, failure: undefined});
  }

  /**
   * What the line is to be brought to. Where nothing may be locked, only what was locked from here is opened: by going back to
   * the decision before. Undefined: the line is left alone.
   */
  #target(row: LineRow): LineRow | undefined {
    if (this.#given.mayLock()) return row;
    if (!wasLockedFromHere(row)) return undefined;
    return row.wanted === 'open' ? row : {...row, wanted: 'open', decision: row.decision - 1};
  }

  #reAssert(row: LineRow): void {
    if (this.#due.get(row.extension) !== undefined) return;
    this.#due.put({row, urgency: RE_ASSERT, sinceMs: this.#nowMs(), heardMs: undefined, failures: 0, notBeforeMs: 0});
  }

  #satisfies({wanted}: LineRow, {outgoing, incoming}: LineReading): boolean {
    const diverts = this.#given.switchboard.capabilities.divertsIncoming;
    if (wanted === 'locked') return outgoing === 'barred' && (!diverts || incoming === 'diverted');
    return outgoing === 'open' && (!diverts || incoming === 'normal');
  }
}

/** Its first decision was to be open, and there was no other. */
function wasNeverLocked({wanted, decision, confirmedDecision}: LineRow): boolean {
  return wanted === 'open' && decision === 1 && confirmedDecision <= 1;
}

/** Was the last decision that the switchboard confirmed to lock it? Decisions take turns: each is made because the state changes. */
function wasLockedFromHere({wanted, decision, confirmedDecision}: LineRow): boolean {
  if (confirmedDecision === 0) return false;
  return ((decision - confirmedDecision) % 2 === 0) === (wanted === 'locked');
}
