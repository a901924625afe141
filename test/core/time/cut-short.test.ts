// Timers that come sooner when a process is told to end.
import {expect, test} from 'vitest';
import {cutShort} from '../../../shared/time/cut-short.ts';
import {manualTime} from '../manual-timers.ts';

const GRACE_MS = 3_000;

function opened() {
  const time = manualTime();
  const end = new AbortController();
  const timers = cutShort(time.timers, time.clock, {stop: end.signal, graceMs: GRACE_MS});
  const acted: (readonly [string, number])[] = [];
  const after = (name: string, ms: number): (() => void) => timers.after(ms, () => acted.push([name, time.clock.monotonicMs()]));
  return {time, end, acted, after};
}

test('a deadline comes when it is due, as long as nobody ends', async () => {
  const {time, acted, after} = opened();
  after('late', 20_000);
  after('soon', 1_000);
  await time.pass(20_000);
  expect(acted).toEqual([
    ['soon', 1_000],
    ['late', 20_000],
  ]);
});

test('a far one comes at the end of the grace, a near one on time, and one that was called off not at all', async () => {
  const {time, end, acted, after} = opened();
  after('far', 20_000);
  after('near', 6_000);
  const before = after('called off before', 20_000);
  const later = after('called off after', 20_000);
  await time.pass(5_000);
  before();
  end.abort();
  later();
  await time.pass(20_000);
  expect(acted).toEqual([
    ['near', 6_000],
    ['far', 8_000],
  ]);
});

test('what begins after the word comes at the end of the same grace, and after that at once', async () => {
  const {time, end, acted, after} = opened();
  end.abort();
  await time.pass(1_000);
  after('begun in it', 20_000);
  await time.pass(3_000);
  after('begun after it', 20_000);
  await time.pass(1);
  expect(acted).toEqual([
    ['begun in it', 3_000],
    ['begun after it', 4_000],
  ]);
});
