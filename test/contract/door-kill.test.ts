// Whatever happens to the box and to the files, in whatever order: every line once, in the order in which it was written.
import {copyFileSync, existsSync, readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {array, assert as assertProperty, asyncProperty, constant, integer, oneof, record, type Arbitrary} from 'fast-check';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {SpooledLine} from '../../edge/feed/line.ts';
import {amount} from '../tiers.ts';
import {textOf, type Running} from './door-box.ts';
import {calls, FolderBench, text} from './door-folder-bench.ts';

describe('a box that ends in the middle of a file', () => {
  let bench: FolderBench;
  beforeEach(() => {
    bench = new FolderBench();
  });
  afterEach(() => bench.dispose());

  const lines = calls(1, 600);

  test('goes on where it was, after any number of deliveries', async () => {
    bench.append('Master.csv', text(lines));
    for (let stops = 0; bench.box.lines().length < lines.length; stops++) {
      const running = bench.run({
        // Told in the middle of a delivery, it stops behind it.
        after: () => {
          const isAllRead = bench.box.lines().length === lines.length;
          if (isAllRead || running.deliveries.length === 1 + (stops % 4)) void running.stop();
        },
      });
      await running.ended;
      expect(running.deliveries.length).toBeLessThanOrEqual(1 + (stops % 4));
    }
    expect(bench.box.texts()).toEqual(lines);
    expect(new Set(bench.box.lines().map(({session}) => session))).toEqual(new Set([1]));
  });

  test.each(['before', 'after'] as const)('goes on where it was if it was killed %s the commit', async (when) => {
    bench.append('Master.csv', text(lines));
    let kills = 0;
    for (let isDone = false; !isDone;) {
      const running = bench.run({
        [when]: ({file}: {file: {offset: number} | undefined}) => {
          // Once in each delivery that begins a new size, so that no kill is met twice at the same place.
          if (kills < 12 && (running.deliveries.length > kills % 3 || (file?.offset ?? 0) > 80_000)) {
            kills++;
            throw new Error('killed');
          }
        },
      });
      const end = await Promise.race([
        running.ended.catch((error: Error) => error.message),
        bench.box.taken(lines.length).then(() => 'done'),
      ]);
      isDone = end === 'done';
    }
    expect(kills).toBe(12);
    expect(bench.box.texts()).toEqual(lines);
  });

  test('lets others have the thread while it reads a long file', async () => {
    bench.append('Master.csv', text(calls(1, 20_000)));
    let turns = 0;
    const others = setInterval(() => turns++, 1);
    const {deliveries} = bench.run();
    await bench.box.taken(20_000);
    clearInterval(others);
    // Sixteen deliveries are the most that are made in one turn.
    expect(turns).toBeGreaterThan(deliveries.length / 16 / 2);
    expect(Math.max(...deliveries.map((delivery) => delivery.lines.length))).toBeLessThanOrEqual(500);
    expect(deliveries[0]?.lines).toHaveLength(1);
  });
});

type Step =
  | {readonly kind: 'append'; readonly count: number; readonly long: boolean}
  | {readonly kind: 'half' | 'rename' | 'copy' | 'replace' | 'restart' | 'stop' | 'start' | 'kill' | 'fill' | 'free'}
  | {readonly kind: 'wait'; readonly ms: number};

const step: Arbitrary<Step> = oneof(
  {weight: 6, arbitrary: record({kind: constant('append' as const), count: integer({min: 1, max: 12}), long: constant(false)})},
  {weight: 1, arbitrary: record({kind: constant('append' as const), count: integer({min: 20, max: 60}), long: constant(true)})},
  {weight: 5, arbitrary: record({kind: constant('wait' as const), ms: integer({min: 0, max: 40})})},
  ...(['half', 'rename', 'copy', 'replace', 'restart', 'stop', 'start', 'kill', 'fill', 'free'] as const).map((kind) => ({
    weight: 2,
    arbitrary: constant({kind}),
  })),
);

/** What writes, what rotates and what pulls plugs. */
class Story {
  readonly bench = new FolderBench();
  readonly written: string[] = [];
  #half = '';
  #running: Running | undefined;
  #isToBeKilled = false;
  #wasKilled = false;

  /** Every line that was written, and every line that the box has, once it has had its time. */
  async tell(steps: readonly Step[]): Promise<{readonly written: readonly string[]; readonly taken: readonly SpooledLine[]}> {
    this.#start();
    for (const one of steps) await this.#do(one);
    await this.#do({kind: 'free'});
    await this.#stop();
    this.#start();
    this.#append(1, '');
    await this.bench.box.taken(this.written.length);
    return {written: this.written, taken: this.bench.box.lines()};
  }

  async dispose(): Promise<void> {
    await this.#stop();
    await this.bench.dispose();
  }

  readonly #acts: Readonly<Record<Exclude<Step['kind'], 'append' | 'wait'>, () => void | Promise<void>>> = {
    half: () => {
      if (this.#half === '') this.bench.append('Master.csv', (this.#half = `half of ${this.written.length} `));
    },
    rename: () => this.#rotate('rename'),
    copy: () => this.#rotate('copy'),
    replace: () => this.#rotate('replace'),
    stop: () => this.#stop(),
    start: () => this.#start(),
    restart: async () => {
      await this.#stop();
      this.#start();
    },
    kill: () => {
      this.#isToBeKilled = true;
    },
    fill: () => this.bench.box.fillDisk(),
    free: () => this.bench.box.freeDisk(),
  };

  async #do(one: Step): Promise<void> {
    if (one.kind === 'append') this.#append(one.count, one.long ? 'x'.repeat(200) : '');
    else if (one.kind === 'wait') await sleep(one.ms);
    else await this.#acts[one.kind]();
    // A box that was killed is started again by its keeper, when it comes to it.
    if (this.#wasKilled && one.kind === 'wait') this.#start();
  }

  #append(count: number, padding: string): void {
    for (let at = 0; at < count; at++) {
      const line = `line ${this.written.length} ${padding}`;
      this.bench.append('Master.csv', `${line}\n`);
      this.written.push(`${this.#half}${line}`);
      this.#half = '';
    }
  }

  /** As logrotate does it, by name or by copy; or as rsync brings a longer file. */
  #rotate(kind: 'rename' | 'copy' | 'replace'): void {
    const {bench} = this;
    if (this.#half !== '' || !existsSync(bench.path('Master.csv'))) return;
    if (kind === 'replace') {
      writeFileSync(bench.path('.Master.csv.tmp'), readFileSync(bench.path('Master.csv')));
      bench.rename('.Master.csv.tmp', 'Master.csv');
      return;
    }
    for (let number = 30; number > 0; number--) {
      if (existsSync(bench.path(`Master.csv.${number}`))) bench.rename(`Master.csv.${number}`, `Master.csv.${number + 1}`);
    }
    if (kind === 'rename') bench.rename('Master.csv', 'Master.csv.1');
    else {
      copyFileSync(bench.path('Master.csv'), bench.path('Master.csv.1'));
      truncateSync(bench.path('Master.csv'));
    }
  }

  #start(): void {
    if (this.#running !== undefined) return;
    this.#wasKilled = false;
    this.#running = this.bench.run({
      after: () => {
        if (!this.#isToBeKilled) return;
        this.#isToBeKilled = false;
        throw new Error('killed');
      },
    });
    const started = this.#running;
    started.ended.catch(() => {
      if (this.#running === started) this.#running = undefined;
      this.#wasKilled = true;
    });
  }

  async #stop(): Promise<void> {
    this.#isToBeKilled = false;
    const running = this.#running;
    this.#running = undefined;
    try {
      await running?.stop();
    } catch (error) {
      if (!(error instanceof Error && error.message === 'killed')) throw error;
    }
    this.#wasKilled = false;
  }
}

test('any story of writing, rotating, stopping, killing and filling the disk loses and repeats nothing', async () => {
  await assertProperty(
    asyncProperty(array(step, {maxLength: 30, minLength: 5}), async (steps) => {
      const story = new Story();
      try {
        const {written, taken} = await story.tell(steps);
        const numberOf = (line: SpooledLine): number => written.indexOf(textOf(line));
        expect(taken.map(textOf).toSorted()).toEqual(written.toSorted());
        // Rotated twice within the milliseconds before it was first read, a file may come before an older one; never its own lines.
        for (const session of new Set(taken.map((line) => line.session))) {
          const numbers = taken.filter((line) => line.session === session).map(numberOf);
          expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
        }
      } finally {
        await story.dispose();
      }
    }),
    {numRuns: Math.ceil(amount('properties') / 20), endOnFailure: true},
  );
}, 1_200_000);
