// The way down to one box in one session: one message in flight, the same bytes on a retry, until the box's own signed word for it.
// In: where the box stands, word of new rows, acknowledgements. Out: batches and parts of a snapshot. Never true: a row that the
// box cannot read; a second message before the first is acknowledged; progress without a chain that is ours.
import type {KeyObject} from 'node:crypto';
import {fullJitterMs} from '../../shared/time/back-off.ts';
import type {Random, Timers} from '../../shared/time/instant.ts';
import type {Ack, Hello} from '../../shared/wire/talk.ts';
import type {Store} from '../store/open.ts';
import {createBell, type Bell} from './bell.ts';
import {nextRows} from './down-rows.ts';
import type {Turn} from './sessions.ts';
import {partsOf, type Snapshot} from './snapshot-parts.ts';

export type DownEnd =
  /** What the box says that it holds is not what it was sent. */
  | {readonly kind: 'fork'; readonly why: string}
  /** One of both cannot read it: nothing more is sent until the next hello. */
  | {readonly kind: 'unreadable'; readonly why: string}
  /** It does not acknowledge. */
  | {readonly kind: 'silent'; readonly why: string}
  | {readonly kind: 'gone'};

export type DownGiven = {
  readonly store: Pick<Store, 'reading'>;
  readonly key: KeyObject;
  readonly site: string;
  readonly turn: Turn;
  readonly reads: Hello['reads'];
  readonly start: {readonly kind: 'rows'; readonly after: number} | {readonly kind: 'snapshot'; readonly snapshot: Snapshot};
  readonly send: (bytes: Buffer) => Promise<void>;
  /** The box holds everything up to this number. */
  readonly acked: (upTo: number) => Promise<void>;
  readonly monotonicMs: () => number;
  readonly timers: Timers;
  readonly random: Random;
  readonly gone: AbortSignal;
};

export type DownSender = {
  readonly run: () => Promise<DownEnd>;
  /** There may be new rows. */
  readonly wake: () => void;
  readonly take: (ack: Ack) => void;
};

/** A box commits within a second; the rest is its line. */
const ACK_MS = 10_000;
const RETRY = {firstMs: 2_000, longestMs: 60_000};
/** About five minutes in all: then the connection is not worth having. */
const MOST_SENDS = 10;
/** A wake-up that was lost costs so much. */
const LOOKS_AGAIN_MS = 60_000;
/** One is in flight. */
const MOST_ACKS = 16;

export function createDownSender(given: DownGiven): DownSender {
  const bell = createBell(given.timers);
  const acks: Ack[] = [];
  given.gone.addEventListener('abort', bell.ring, {once: true});
  const wire: Wire = {...given, bell, acks};
  return {
    run: async () => {
      const {start} = given;
      if (start.kind === 'rows') return sendRows(wire, start.after);
      const upTo = await sendSnapshot(wire, start.snapshot);
      if (typeof upTo !== 'number') return upTo;
      await given.acked(upTo);
      return sendRows(wire, upTo);
    },
    wake: bell.ring,
    take: (ack) => {
      acks.push(ack);
      if (acks.length > MOST_ACKS) acks.shift();
      bell.ring();
    },
  };
}

type Wire = DownGiven & {readonly bell: Bell; readonly acks: Ack[]};

async function sendSnapshot(wire: Wire, snapshot: Snapshot): Promise<number | DownEnd> {
  const parts = await partsOf(snapshot, wire.turn, wire.key);
  const hashes = [snapshot.cut.up.hash, snapshot.cut.down.hash];
  for (let part = 1; part <= parts.count; part++) {
    const done = await deliver(wire, parts.bytes(part), (ack) => (ack.upTo === part && hashes.includes(ack.hash) ? part : undefined));
    if (typeof done !== 'number') return done;
  }
  return snapshot.cut.down.last;
}

async function sendRows(wire: Wire, from: number): Promise<DownEnd> {
  for (let after = from; !wire.gone.aborted;) {
    const next = await nextRows(wire.store.reading, {...wire, after});
    if (next.kind === 'unreadable') return next;
    if (next.kind === 'none') {
      await wire.bell.wait(LOOKS_AGAIN_MS);
      continue;
    }
    const done = await deliver(wire, next.bytes, (ack) => {
      // One that came twice, or of what came before.
      if (ack.upTo < next.from) return undefined;
      if (next.chains.get(ack.upTo) === ack.hash) return ack.upTo;
      return {kind: 'fork', why: `row ${ack.upTo} of the cloud is another one on the box`};
    });
    if (typeof done !== 'number') return done;
    after = done;
    await wire.acked(after);
  }
  return {kind: 'gone'};
}

/** Sends until `judge` has a verdict of an acknowledgement. */
async function deliver(wire: Wire, bytes: Buffer, judge: (ack: Ack) => number | DownEnd | undefined): Promise<number | DownEnd> {
  const {bell, acks, monotonicMs, gone} = wire;
  for (let sends = 0; sends < MOST_SENDS; sends++) {
    await wire.send(bytes);
    const until = monotonicMs() + ACK_MS + fullJitterMs(sends, wire.random, RETRY);
    for (let left = until - monotonicMs(); left > 0; left = until - monotonicMs()) {
      if (gone.aborted) return {kind: 'gone'};
      for (let ack = acks.shift(); ack !== undefined; ack = acks.shift()) {
        const verdict = ack.stopped === undefined ? judge(ack) : ({kind: 'unreadable', why: ack.stopped} as const);
        if (verdict !== undefined) return verdict;
      }
      await bell.wait(left);
    }
  }
  return {kind: 'silent', why: `the box was sent the same ${MOST_SENDS} times, and has not acknowledged it`};
}
