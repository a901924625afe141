// The part of the box that stands behind a door: a real store, and a disk that can be made full.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, vi} from 'vitest';
import {createDoor} from '../../edge/feed/doors.ts';
import type {DoorGiven, DoorState} from '../../edge/feed/door.ts';
import type {Delivery, SpooledLine} from '../../edge/feed/line.ts';
import type {FeedSettings} from '../../edge/feed/settings.ts';
import {createSpool, type Spool} from '../../edge/feed/spool.ts';
import {inTransaction, openStore, type Database} from '../../edge/store/open.ts';
import type {Log} from '../../shared/log/log.ts';
import {instant, type Clock, type Timers} from '../../shared/time/instant.ts';

const quiet: Log = {debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, named: () => quiet};

/** Real time, so many times as fast: waits of half a minute are over in a moment, and every step between them is still taken. */
export function time(speed = 1): {readonly clock: Clock; readonly timers: Timers} {
  return {
    clock: {now: () => instant(Date.now()), monotonicMs: () => performance.now() * speed},
    timers: {
      after: (delayMs, act) => {
        const timer = setTimeout(act, delayMs / speed);
        return () => clearTimeout(timer);
      },
    },
  };
}

export type Running = {
  readonly states: DoorState[];
  readonly troubles: string[];
  readonly deliveries: Delivery[];
  /** Resolves when the door is closed; rejects with what it threw. */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
};

export type RunOptions = {
  readonly speed?: number;
  /** Called before a delivery is taken, and after it is durable. */
  readonly before?: (delivery: Delivery) => void;
  readonly after?: (delivery: Delivery) => void;
  readonly given?: Partial<DoorGiven>;
  /** The signal was given before the door was run. */
  readonly isStopped?: boolean;
};

/** A feed `feed` on a store of its own. */
export class Box {
  readonly folder = mkdtempSync(join(tmpdir(), 'spbs-door-'));
  #database: Database = openStore(join(this.folder, 'box.db'));
  #spool: Spool = createSpool(this.#database);
  readonly #running = new Set<Running>();

  constructor() {
    this.#spool.open('feed', instant(0));
  }

  get spool(): Spool {
    return this.#spool;
  }

  run(settings: FeedSettings, {speed = 1, before, after, given, isStopped = false}: RunOptions = {}): Running {
    const abort = new AbortController();
    const states: DoorState[] = [];
    const troubles: string[] = [];
    const deliveries: Delivery[] = [];
    const door = createDoor(settings, {
      ...time(speed),
      spool: this.#spool,
      random: () => 0,
      log: quiet,
      onState: (state) => states.push(state),
      trouble: (_, detail) => troubles.push(detail),
      deliver: (delivery) => {
        before?.(delivery);
        inTransaction(this.#database, () => this.#spool.keep(delivery));
        deliveries.push(delivery);
        after?.(delivery);
      },
      ...given,
    });
    if (isStopped) abort.abort();
    const ended = door.run(abort.signal);
    const running: Running = {
      states,
      troubles,
      deliveries,
      ended,
      stop: async () => {
        abort.abort();
        await ended;
        this.#running.delete(running);
      },
    };
    // A test that expects a door to fail looks at `ended` itself.
    ended.catch(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /** All lines of the feed, in the order in which they were taken. */
  lines(): readonly SpooledLine[] {
    return this.#spool.unfinished('feed', 1_000_000);
  }

  texts(): readonly string[] {
    return this.lines().map(textOf);
  }

  /** The lines, once there are so many: any that come too many have a moment to do so. */
  async taken(count: number): Promise<readonly string[]> {
    const counting = this.#database.prepare<[], number>('SELECT count(*) FROM spool').pluck();
    const enough = (): void => {
      const taken = counting.get() ?? 0;
      if (taken >= count) return;
      const last = this.texts()
        .slice(-10)
        .map((text) => text.slice(0, 80));
      throw new Error(`${taken} of ${count} lines: ${last.join(' | ')}`);
    };
    await vi.waitFor(enough, {timeout: 15_000, interval: 10});
    await sleep(25);
    return this.texts();
  }

  /** No page can be added. What is free in the last ones may still be used. */
  fillDisk(): void {
    this.#database.pragma('max_page_count = 1');
  }

  freeDisk(): void {
    this.#database.pragma('max_page_count = 1000000');
  }

  async dispose(): Promise<void> {
    for (const running of this.#running) await running.stop();
    this.#database.close();
    rmSync(this.folder, {recursive: true});
  }
}

export function textOf({bytes, broken}: SpooledLine): string {
  return `${Buffer.from(bytes).toString('latin1')}${broken === undefined ? '' : ` (${broken})`}`;
}

export async function isUp({states}: Running): Promise<void> {
  await vi.waitFor(() => expect(states.at(-1)?.kind).toBe('up'), {timeout: 10_000, interval: 5});
}

/** The state of a door that is down for this reason. */
export async function isDown({states}: Running, why: RegExp): Promise<Extract<DoorState, {kind: 'down'}>> {
  return vi.waitFor(
    () => {
      const last = states.at(-1);
      if (last?.kind !== 'down' || !why.test(last.why)) throw new Error(`not down for ${why.source}: ${JSON.stringify(last)}`);
      return last;
    },
    {timeout: 10_000, interval: 5},
  );
}
