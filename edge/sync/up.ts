// The way up: rows of our log to the cloud, one batch in flight, sent again until the cloud's own signed word for it.
// In: where to begin, word of new rows, acknowledgements, time. Out: batches. Never true: a second batch before the first is
// acknowledged; other bytes on a retry; the cursor moved by anything but an acknowledgement whose chain is ours.
import type {KeyObject} from 'node:crypto';
import {must} from '../../shared/assert/assert.ts';
import type {Clock, Random, Timers} from '../../shared/time/instant.ts';
import {BATCH_ROWS, encodeBatch} from '../../shared/wire/batch.ts';
import type {Row} from '../../shared/wire/row.ts';
import {BATCH_BYTES, type Ack} from '../../shared/wire/talk.ts';
import type {Label} from './apply.ts';
import type {LinkRows} from './link-rows.ts';

/** Why the direction stands still. */
export type UpStop = {readonly code: 'sync.tail' | 'sync.rewind' | 'sync.fork' | 'sync.up-refused'; readonly why: string};

export type UpGiven = {
  readonly rows: Pick<LinkRows, 'head' | 'chainAt' | 'rowsAfter' | 'acked' | 'setAcked'>;
  readonly key: KeyObject;
  readonly label: Label;
  readonly send: (bytes: Buffer) => void;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly timers: Timers;
  readonly random: Random;
  /** The cloud holds everything up to this number. */
  readonly acknowledged: (upTo: number) => void;
  readonly stopped: (stop: UpStop) => void;
};

/** A commit is seldom alone: what comes within this travels together. */
const GATHER_MS = 20;
/** The cloud commits within milliseconds; the rest is the network of a hall of residence. */
const ACK_MS = 15_000;
const LONGEST_ACK_MS = 60_000;
/** Bodies of so many bytes are read at once: they shrink by five to ten, and memory stays flat over any backlog. */
const BYTES_AT_ONCE = 2 * 1024 * 1024;

type Flight = {readonly from: number; readonly to: number; readonly chain: Buffer; readonly bytes: Buffer; sends: number};

export class UpSender {
  readonly #given: UpGiven;
  #state: 'new' | 'going' | 'stopped' = 'new';
  #isDraining = false;
  /** Rows up to here need not be sent. */
  #cursor = 0;
  #flight: Flight | undefined;
  /** The cloud said since the last send that it stands here, before what it was sent. */
  #standsAt: number | undefined;
  #sinceMs: number | undefined;
  #cancelGather: (() => void) | undefined;
  #cancelRetry = (): void => undefined;
  /** What follows the batch in flight, made while the cloud works on that one. */
  #ahead: Cut | undefined;
  #cancelAhead = (): void => undefined;

  constructor(given: UpGiven) {
    this.#given = given;
  }

  /** The cloud's verdict: it holds everything before `from`. */
  start(from: number): void {
    const {rows} = this.#given;
    const {seq, start} = rows.head('up');
    const held = from - 1;
    if (held > seq) return this.#stop({code: 'sync.tail', why: `the cloud holds ${held} rows of this box, which holds ${seq} itself`});
    if (held < start)
      return this.#stop({code: 'sync.rewind', why: `the cloud asks for row ${from}; this box holds rows from ${start + 1} on`});
    this.#cursor = held;
    if (rows.acked() !== held) rows.setAcked(held);
    this.#state = 'going';
    this.#next();
  }

  /** There may be new rows. */
  wake(): void {
    if (this.#state !== 'going' || this.#flight !== undefined || this.#cancelGather !== undefined) return;
    this.#cancelGather = this.#given.timers.after(GATHER_MS, () => {
      this.#cancelGather = undefined;
      this.#next();
    });
  }

  take(ack: Ack): void {
    if (this.#state !== 'going') return;
    if (ack.stopped !== undefined) return this.#stop({code: 'sync.up-refused', why: ack.stopped});
    const flight = this.#flight;
    if (flight === undefined || ack.upTo < flight.from) {
      // One that came twice, or the cloud lost rows that it held: the next send tells.
      if (flight !== undefined && ack.upTo < flight.from - 1) this.#standsAt = ack.upTo;
      return;
    }
    const chain = this.#given.rows.chainAt(ack.upTo);
    if (chain?.toString('hex') !== ack.hash)
      return this.#stop({code: 'sync.fork', why: `row ${ack.upTo} of this box is another one than the cloud holds`});
    this.#land(ack.upTo);
    this.#next();
  }

  /** When it began to wait for the acknowledgement it waits for, on the monotonic clock. */
  waitingSinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** Nothing more is sent; what is in flight may still be acknowledged. */
  drain(): void {
    this.#isDraining = true;
    this.#cancelGather?.();
    this.#cancelRetry();
    this.#cancelAhead();
  }

  isIdle(): boolean {
    return this.#flight === undefined;
  }

  close(): void {
    this.#state = 'stopped';
    this.#land(this.#cursor, false);
    this.#cancelGather?.();
    this.#ahead = undefined;
  }

  #land(upTo: number, isProgress = true): void {
    this.#cancelRetry();
    this.#cancelAhead();
    this.#flight = undefined;
    this.#standsAt = undefined;
    this.#sinceMs = undefined;
    if (!isProgress) return;
    this.#cursor = upTo;
    this.#given.rows.setAcked(upTo);
    this.#given.acknowledged(upTo);
  }

  #next(): void {
    if (this.#state !== 'going' || this.#flight !== undefined || this.#isDraining) return;
    const batch = this.#ahead?.from === this.#cursor + 1 ? this.#ahead : cutBatch(this.#given, this.#cursor);
    this.#ahead = undefined;
    if (batch === undefined) return;
    this.#flight = {...batch, sends: 0};
    this.#sinceMs ??= this.#given.clock.monotonicMs();
    this.#send();
    this.#lookAhead(batch.to);
  }

  /** Over a backlog only, whose next batch is a full one: otherwise what comes meanwhile would travel in two. */
  #lookAhead(sent: number): void {
    const {rows, timers} = this.#given;
    if (rows.head('up').seq - sent < BATCH_ROWS) return;
    // The one that was sent leaves first.
    this.#cancelAhead = timers.after(0, () => {
      this.#ahead = cutBatch(this.#given, sent);
    });
  }

  #send(): void {
    const flight = must(this.#flight, 'batch in flight');
    this.#given.send(flight.bytes);
    const longest = Math.min(LONGEST_ACK_MS, ACK_MS * 2 ** flight.sends++);
    // At least half, so that a slow cloud is not asked twice at once; jitter keeps boxes out of step.
    this.#cancelRetry = this.#given.timers.after(longest * (0.5 + this.#given.random() / 2), () => this.#again());
  }

  #again(): void {
    const standsAt = this.#standsAt;
    if (standsAt === undefined) return this.#send();
    this.#standsAt = undefined;
    this.#flight = undefined;
    this.start(standsAt + 1);
  }

  #stop(stop: UpStop): void {
    this.close();
    this.#given.stopped(stop);
  }
}

type Cut = Pick<Flight, 'from' | 'to' | 'chain' | 'bytes'>;

/** The next rows as one batch; undefined if there are none. */
function cutBatch({rows: table, key, label}: Pick<UpGiven, 'rows' | 'key' | 'label'>, after: number): Cut | undefined {
  let rows = fitting(table.rowsAfter(after, BATCH_ROWS));
  if (rows.length === 0) return undefined;
  const previousChain = must(table.chainAt(after), `chain of row ${after}`);
  for (;;) {
    const bytes = encodeBatch(rows, {...label, previousChain}, key);
    if (bytes.length <= BATCH_BYTES || rows.length === 1) {
      const last = must(rows.at(-1), 'last row');
      return {from: after + 1, to: last.seq, chain: last.chain, bytes};
    }
    rows = rows.slice(0, Math.ceil(rows.length / 2));
  }
}

function fitting(rows: readonly Row[]): readonly Row[] {
  let bytes = 0;
  const end = rows.findIndex((row, index) => (bytes += row.body.length) > BYTES_AT_ONCE && index > 0);
  return end === -1 ? rows : rows.slice(0, end);
}
