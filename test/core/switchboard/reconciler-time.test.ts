// What the reconciler does as time passes: the sweep, the wait after a failure, what people are told. Time is moved by hand;
// store, switchboard and the wire between them are real.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {manualTime, type ManualTime} from '../manual-timers.ts';
import {linesFrom, openBench, type Bench} from './bench.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let time: ManualTime;
let bench: Bench;
beforeEach(() => {
  time = manualTime();
});
afterEach(async () => {
  const stopped = bench.stop();
  await time.pass(0);
  await stopped;
});

/** Lets time pass in steps until something is so; each step leaves the wire time to carry an answer. Gives how long it took. */
async function until(what: () => boolean, {within, step}: {within: number; step: number}): Promise<number> {
  const began = time.clock.monotonicMs();
  while (!what()) {
    if (time.clock.monotonicMs() - began > within) throw new Error(`it did not happen within ${within / 1000} s`);
    await time.pass(step);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return time.clock.monotonicMs() - began;
}

/** So long, in steps. */
async function pass(ms: number, step: number): Promise<void> {
  const until = time.clock.monotonicMs() + ms;
  while (time.clock.monotonicMs() < until) {
    await time.pass(Math.min(step, until - time.clock.monotonicMs()));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function open(lines: readonly string[], change: Partial<Parameters<typeof openBench>[0]> = {}): Promise<void> {
  bench = await openBench({lines, time, ...change});
  await until(() => change.capabilities !== undefined || bench.sent.includes('read all'), {within: 5_000, step: 100});
}
const set = (extension: string, locked: boolean): void => {
  const line = bench.board.lines.get(extension);
  if (line !== undefined) line.locked = locked;
};
const settled = (...extensions: readonly string[]): boolean =>
  extensions.every((each) => bench.row(each).confirmed === bench.row(each).decision);

describe('the sweep', () => {
  test('reads every line within ten minutes, and puts right what a hand has changed', async () => {
    const lines = linesFrom(101, 20);
    await open(lines);
    bench.decide(lines.slice(0, 10), 'locked');
    bench.decide(lines.slice(10), 'open');
    await until(() => settled(...lines), {within: 5_000, step: 50});
    bench.sent.length = 0;
    set('105', false);
    set('115', true);
    await until(() => bench.lockedOnBoard().join() === lines.slice(0, 10).join(), {within: 10 * MINUTE + 5_000, step: 5_000});
    expect(bench.reconciler.metrics().drifted).toBe(2);
    await pass(10 * MINUTE, 5_000);
    const drift = bench.told.filter((each) => each.includes('drift'));
    expect(drift.filter((each) => each.startsWith('opened'))).toHaveLength(2);
    expect(drift.at(-1)).toBe('ended switchboard.drift lines');
    const read = new Set(bench.sent.filter((each) => each.startsWith('read ')).map((each) => each.slice(5)));
    expect(lines.filter((line) => !read.has(line))).toEqual([]);
  });

  test('never asks more than ten times a second, however many lines there are', async () => {
    const lines = linesFrom(1, 8_000);
    await open(['1']);
    bench.write(lines, 'open');
    bench.database.exec("UPDATE line_state SET confirmed_decision = decision, actual_outgoing = 'open', actual_incoming = 'normal'");
    await pass(61_000, 1_000);
    bench.sent.length = 0;
    await pass(10_000, 20);
    const reads = bench.sent.filter((each) => each.startsWith('read ')).length;
    expect(reads).toBeGreaterThan(50);
    expect(reads).toBeLessThanOrEqual(101);
  });
});

describe('a line that fails', () => {
  test('is tried again after 1, 2, 4 … 30 seconds, for ever', async () => {
    await open(['101']);
    bench.decide(['666'], 'locked');
    const gaps: number[] = [];
    for (let failures = 1; failures <= 8; failures++)
      gaps.push(await until(() => bench.row('666').failures >= failures, {within: MINUTE, step: 250}));
    const [, ...waits] = gaps.map((ms) => Math.round(ms / 1_000));
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  test('for five minutes is an incident with its reason, ended when it is done', async () => {
    await open(['101']);
    bench.decide(['666'], 'locked');
    await pass(4 * MINUTE + 55_000, 2_500);
    expect(bench.told.filter((each) => each.includes('unconfirmed'))).toEqual([]);
    await until(() => bench.told.includes('opened switchboard.unconfirmed 666'), {within: 10_000, step: 500});
    bench.decide(['666'], 'open');
    await pass(MINUTE, 2_500);
    expect(bench.told.filter((each) => each === 'opened switchboard.unconfirmed 666')).toHaveLength(1);
  });
});

describe('people are told', () => {
  test('of a switchboard that is away for longer than a restart takes, and when it is back', async () => {
    await open(['101']);
    bench.told.length = 0;
    await bench.board.stop();
    await pass(9_000, 250);
    expect(bench.told).toEqual([]);
    await pass(3_000, 250);
    expect(bench.told).toEqual(['opened switchboard.unreachable switchboard']);
    await bench.board.start();
    await until(() => bench.told.includes('ended switchboard.unreachable switchboard'), {within: 2 * MINUTE, step: 1_000});
  });

  test('of no line while the switchboard is away: that is told already', async () => {
    await open(['101']);
    await bench.board.stop();
    bench.decide(['101'], 'locked');
    await pass(7 * MINUTE, 5_000);
    expect(bench.told.filter((each) => each.startsWith('opened'))).toEqual(['opened switchboard.unreachable switchboard']);
  });

  test('of nothing that a box would do which may not write', async () => {
    await open(['101']);
    bench.decide(['666'], 'locked');
    await until(() => bench.told.includes('opened switchboard.unconfirmed 666'), {within: 6 * MINUTE, step: 2_500});
    bench.mayWrite = false;
    // It waits for the next look without asking again and again.
    bench.decide(['101'], 'locked');
    await pass(2_000, 500);
    expect(bench.told.at(-1)).toMatch(/^ended/);
    expect(bench.told).toContain('ended switchboard.unconfirmed 666');
    await pass(10 * MINUTE, 5_000);
    expect(bench.told.filter((each) => each.startsWith('opened'))).toHaveLength(1);
  });
});

test('a switchboard that cannot be asked is told again every six hours', async () => {
  await open(['101', '102', '103'], {capabilities: {readsLines: false}});
  bench.decide(['101', '102'], 'locked');
  bench.decide(['103'], 'open');
  await until(() => settled('101', '102', '103'), {within: 5_000, step: 50});
  bench.sent.length = 0;
  set('101', false);
  await pass(6 * HOUR - 30_000, 10 * MINUTE);
  expect(bench.sent).toEqual([]);
  await pass(MINUTE, 1_000);
  expect(bench.sent).toEqual(['lock 101', 'lock 102']);
  expect(bench.lockedOnBoard()).toEqual(['101', '102']);
});
