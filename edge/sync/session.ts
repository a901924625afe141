// One connection's talk with the cloud: hello, its answer, then both logs, heartbeats and questions, until it ends.
// In: messages of the cloud, time, word of commits. Out: messages of the box. Never true: a row sent or taken before the answer
// to this connection's own hello; a message of another session heeded; an acknowledgement before the commit.
import {must} from '../../shared/assert/assert.ts';
import {Failure} from '../../shared/failure/failure.ts';
import type {Log} from '../../shared/log/log.ts';
import {instant, type Clock, type Instant, type Random, type Timers} from '../../shared/time/instant.ts';
import {READS} from '../../shared/wire/kinds.ts';
import {isSnapshot} from '../../shared/wire/snapshot.ts';
import * as talk from '../../shared/wire/talk.ts';
import type {BoxStatus} from '../health/status.ts';
import type {Apply, Label} from './apply.ts';
import type {Identity} from './identity.ts';
import type {LinkRows, LogName} from './link-rows.ts';
import type {TakePart} from './snapshot.ts';
import {UpSender} from './up.ts';
import {courseOf, type Course, type StandCode} from './verdicts.ts';

/** What the rest of the box hears, each after its commit. */
export type SessionEvents = {
  /** The cloud has answered and this box knows who it is: feeds may open. */
  readonly settled: () => void;
  readonly clock: (cloud: Instant) => void;
  readonly acknowledged: (log: LogName, upTo: number) => void;
  readonly fenced: (why: string | undefined) => void;
  readonly stands: (log: LogName, code: StandCode, why: string) => void;
  readonly goes: (log: LogName) => void;
  /** Undefined: rows are applied again. */
  readonly downRefused: (why: string | undefined) => void;
  readonly stuck: (seconds: number | undefined) => void;
};

export type SessionGiven = {
  readonly identity: Pick<Identity, 'key' | 'cloud' | 'epoch'>;
  readonly rows: LinkRows;
  readonly apply: Apply;
  readonly snapshot: TakePart;
  readonly status: () => BoxStatus;
  /** Of this build. */
  readonly version: string;
  readonly nonce: () => string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly events: SessionEvents;
  readonly publish: (channel: talk.UpChannel, bytes: Buffer) => void;
  /** Ends the connection; the next comes after at least so long. */
  readonly end: (why: string, waitMs?: number) => void;
};

const REPLY_MS = 20_000;
const TICK_MS = 1_000;
const HEARTBEAT_MS = 30_000;
/** Sent again several times by then: it is not the one batch, it is the connection. */
const STUCK_MS = 180_000;
/** A fenced box asks again, in case a person has decided otherwise. */
const FENCED_MS = 300_000;

export class Session {
  readonly #given: SessionGiven;
  #nonce: string | undefined;
  #label: Label | undefined;
  #up: UpSender | undefined;
  #down: Course['kind'] = 'wait';
  #cancelHello = (): void => undefined;
  #cancelTick = (): void => undefined;
  #beat: {light: BoxStatus['light']; atMs: number} | undefined;

  constructor(given: SessionGiven) {
    this.#given = given;
  }

  /** Connected and subscribed. */
  open(): void {
    this.#hello();
    this.#tick();
  }

  close(): void {
    this.#cancelHello();
    this.#cancelTick();
    this.#up?.close();
  }

  wake(): void {
    this.#up?.wake();
  }

  /** Nothing new is sent; true once nothing is on its way any more. */
  drain(): boolean {
    this.#up?.drain();
    return this.#up?.isIdle() ?? true;
  }

  take(channel: talk.DownChannel, bytes: Uint8Array): void {
    try {
      this.#take(channel, bytes);
    } catch (error) {
      // A full disk: what was not acknowledged comes again, and a hello is said again.
      if (!(error instanceof Failure)) throw error;
      this.#given.log.warn(`a message of the cloud waits: ${error.message}`, {channel});
      if (channel === 'hello-reply') this.#given.end(error.message);
    }
  }

  #take(channel: talk.DownChannel, bytes: Uint8Array): void {
    switch (channel) {
      case 'hello-reply':
        return this.#reply(bytes);
      case 'down':
        return isSnapshot(bytes) ? this.#part(bytes) : this.#batch(bytes);
      case 'up-ack': {
        const ack = this.#signed(channel, bytes, talk.ackSchema);
        if (ack !== undefined && this.#isOurs(ack)) this.#up?.take(ack);
        return;
      }
      case 'ask': {
        const ask = talk.decodePlain(bytes, talk.askSchema);
        if (ask === undefined || !this.#isOurs(ask)) return;
        const {epoch, session, nonce} = ask;
        this.#given.publish('answer', Buffer.from(JSON.stringify({kind: 'pong', epoch, session, nonce} satisfies talk.Answer)));
      }
    }
  }

  // ---- hello

  #hello(): void {
    const {rows, identity, version, clock, timers, nonce} = this.#given;
    const [up, down] = [rows.head('up'), rows.head('down')];
    this.#nonce = nonce();
    const hello: talk.Hello = {
      protocol: talk.PROTOCOL,
      nonce: this.#nonce,
      build: version,
      epoch: Math.max(up.epoch, identity.epoch),
      heads: {up: {last: up.seq, hash: up.chain.toString('hex')}, down: {last: down.seq, hash: down.chain.toString('hex')}},
      reads: Object.fromEntries(Object.entries(READS).map(([kind, versions]) => [kind, [...versions]])),
      clock: clock.now(),
    };
    this.#given.publish('hello', talk.encodeSigned('hello', hello, identity.key));
    this.#cancelHello = timers.after(REPLY_MS, () => this.#given.end('the cloud does not answer our hello'));
  }

  #reply(bytes: Uint8Array): void {
    const reply = this.#signed('hello-reply', bytes, talk.helloReplySchema);
    if (reply === undefined || reply.nonce !== this.#nonce) return;
    const {rows, events, log} = this.#given;
    this.#nonce = undefined;
    this.#cancelHello();
    this.#label = {epoch: reply.epoch, session: reply.session};
    log.info('the cloud has answered', {epoch: reply.epoch, session: reply.session, down: reply.down.kind, up: reply.up.kind});
    const now = instant(reply.now);
    rows.raiseFloor(now);
    events.clock(now);
    const [down, up] = [courseOf(reply.down), courseOf(reply.up)];
    for (const course of [down, up]) {
      if (course.kind === 'fenced') return this.#fenced(course.why);
    }
    if (down.kind === 'wait' || up.kind === 'wait')
      return this.#askAgain(Math.max(down.kind === 'wait' ? down.ms : 0, up.kind === 'wait' ? up.ms : 0));
    rows.setFenced(undefined);
    events.fenced(undefined);
    rows.raiseEpoch(reply.epoch);
    this.#beginDown(down);
    this.#beginUp(up);
    this.#heartbeat();
  }

  #fenced(why: string): void {
    const {rows, events, end} = this.#given;
    events.fenced(why);
    rows.setFenced(why);
    end(`this box is fenced: ${why}`, FENCED_MS);
  }

  #askAgain(ms: number): void {
    // As many boxes wait as were told to.
    const wait = ms * (1 + this.#given.random() / 4);
    this.#label = undefined;
    this.#cancelHello = this.#given.timers.after(wait, () => this.#hello());
  }

  #beginDown(course: Course): void {
    const {events} = this.#given;
    this.#down = course.kind;
    if (course.kind === 'go') {
      events.goes('down');
      events.settled();
    } else if (course.kind === 'stand') {
      events.stands('down', course.code, course.why);
      // It knows who it is, and works on with what it has.
      events.settled();
    }
  }

  #beginUp(course: Course): void {
    const {events, identity, rows, publish, clock, timers, random} = this.#given;
    this.#up?.close();
    this.#up = undefined;
    if (course.kind === 'stand') return events.stands('up', course.code, course.why);
    // Nothing is numbered before the snapshot: there is nothing to send.
    if (course.kind !== 'go' || this.#down === 'snapshot') return;
    events.goes('up');
    const sender = new UpSender({
      rows,
      key: identity.key,
      label: must(this.#label, 'session'),
      send: (bytes) => publish('up', bytes),
      clock,
      timers,
      random,
      acknowledged: (upTo) => events.acknowledged('up', upTo),
      stopped: ({code, why}) => events.stands('up', code, why),
    });
    this.#up = sender;
    sender.start(course.from);
    if (sender.isIdle()) events.stuck(undefined);
  }

  // ---- down

  #batch(bytes: Uint8Array): void {
    if (this.#label === undefined || this.#down !== 'go') return;
    const {apply, rows, events, log} = this.#given;
    const verdict = apply(bytes, this.#label);
    switch (verdict.kind) {
      case 'stray':
        return log.debug('a batch of another session was dropped');
      case 'refused':
        log.warn(`rows from the cloud were refused: ${verdict.why}`);
        events.downRefused(verdict.why);
        return this.#ackDown(rows.head('down').seq, rows.head('down').chain, verdict.why);
      case 'gap':
        return this.#ackDown(rows.head('down').seq, rows.head('down').chain);
      case 'applied':
        this.#ackDown(verdict.cursor.seq, verdict.cursor.chain);
        events.downRefused(undefined);
        events.acknowledged('down', verdict.cursor.seq);
    }
  }

  #part(bytes: Uint8Array): void {
    if (this.#label === undefined || this.#down !== 'snapshot') return;
    const {snapshot, events, log} = this.#given;
    const verdict = snapshot(bytes, this.#label);
    switch (verdict.kind) {
      case 'stray':
        return;
      case 'refused':
        log.error(`a snapshot was refused: ${verdict.why}`);
        this.#down = 'stand';
        return events.stands('down', 'sync.snapshot-refused', verdict.why);
      case 'held':
        this.#ackDown(verdict.part, Buffer.from(verdict.cut.down.hash, 'hex'));
        if (!verdict.isApplied) return;
        log.info('a snapshot was applied', {up: verdict.cut.up.last, down: verdict.cut.down.last});
        events.settled();
        // The heads are others now: said anew, both logs go on from them.
        this.#down = 'wait';
        this.#hello();
    }
  }

  #ackDown(upTo: number, chain: Buffer, stopped?: string): void {
    const ack: talk.Ack = {
      ...must(this.#label, 'session'),
      upTo,
      hash: chain.toString('hex'),
      ...(stopped === undefined ? {} : {stopped: stopped.slice(0, 500)}),
    };
    this.#given.publish('down-ack', talk.encodeSigned('down-ack', ack, this.#given.identity.key));
  }

  // ---- time

  #tick(): void {
    this.#cancelTick = this.#given.timers.after(TICK_MS, () => this.#tick());
    const {clock, status, events, end} = this.#given;
    const nowMs = clock.monotonicMs();
    // Incidents are written past the hook of commits.
    this.#up?.wake();
    const since = this.#up?.waitingSinceMs();
    if (since !== undefined && nowMs - since > STUCK_MS) {
      events.stuck(Math.round((nowMs - since) / 1_000));
      return end('rows wait and none is acknowledged');
    }
    const beat = this.#beat;
    if (beat !== undefined && this.#label !== undefined && (nowMs - beat.atMs >= HEARTBEAT_MS || status().light !== beat.light))
      this.#heartbeat();
  }

  #heartbeat(): void {
    const {status, clock, publish} = this.#given;
    const {light, at, version, heads, stages, incidentsOpen, clock: trust} = status();
    const beat: talk.Heartbeat = {
      ...must(this.#label, 'session'),
      at,
      build: version,
      light,
      heads: {up: heads.up.seq, down: heads.down.seq},
      stages: stages.map((stage) => ({name: stage.name, light: stage.light})),
      incidentsOpen,
      clock: trust,
    };
    publish('health', Buffer.from(JSON.stringify(beat)));
    this.#beat = {light, atMs: clock.monotonicMs()};
  }

  #signed<T>(channel: talk.DownChannel, bytes: Uint8Array, schema: Parameters<typeof talk.decodeSigned<T>>[3]): T | undefined {
    const reading = talk.decodeSigned(channel, bytes, this.#given.identity.cloud, schema);
    if (reading.kind === 'value') return reading.value;
    this.#given.log.warn(`a message on ${channel} is not the cloud’s: ${reading.why}`);
    return undefined;
  }

  #isOurs({epoch, session}: Label): boolean {
    return epoch === this.#label?.epoch && session === this.#label.session;
  }
}
