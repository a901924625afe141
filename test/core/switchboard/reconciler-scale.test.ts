// Two thousand lines: all of them after a restart of the switchboard, and one that was paid for in the midst of a slow sweep.
import {afterEach, expect, test, vi} from 'vitest';
import {linesFrom, openBench, realTime, type Bench} from './bench.ts';

const LINES = linesFrom(1_001, 2_000);
let bench: Bench;
afterEach(() => bench.stop());

/** Two thousand lines that are locked, and known to be. */
async function lockedSite(speed: number): Promise<void> {
  bench = await openBench({lines: LINES, time: realTime(speed)});
  for (const line of bench.board.lines.values()) line.locked = true;
  bench.write(LINES, 'locked');
  bench.database.exec("UPDATE line_state SET confirmed_decision = decision, actual_outgoing = 'barred', actual_incoming = 'diverted'");
  await vi.waitFor(() => expect(bench.sent).toContain('read all'), {timeout: 10_000});
}

test('two thousand lines are locked again in less than ten seconds after a switchboard that forgets its locks is back', async () => {
  await lockedSite(1);
  await bench.board.reboot(true, 50);
  expect(bench.lockedOnBoard()).toEqual([]);
  const back = performance.now();
  await vi.waitFor(() => expect(bench.lockedOnBoard()).toHaveLength(2_000), {timeout: 20_000, interval: 20});
  expect(performance.now() - back).toBeLessThan(10_000);
  await vi.waitFor(() => expect(bench.confirmed).toHaveLength(2_000), {timeout: 15_000, interval: 20});
  expect(bench.atOnce()).toBe(1);
}, 40_000);

test('where a command takes a second, in a sweep of two thousand lines and beside one that always fails, a paid unlock takes less than five', async () => {
  // An unlock takes three seconds here: faster still, and a machine that stands still for a moment would look like a slow one.
  const SPEED = 2;
  const aSecond = 1_000 / SPEED;
  await lockedSite(SPEED);
  bench.board.misbehaviour = {kind: 'slow', ms: aSecond};
  bench.decide(['666'], 'locked');
  await vi.waitFor(() => expect(bench.row('666').failures).toBeGreaterThan(0), {timeout: 15_000});
  const swept = (): number => bench.sent.filter((each) => each.startsWith('read 1')).length;
  await vi.waitFor(() => expect(swept()).toBeGreaterThan(1), {timeout: 15_000});
  const took: number[] = [];
  for (const extension of LINES.slice(-3)) {
    const before = swept();
    bench.decide([extension], 'open', 0);
    await vi.waitFor(() => expect(bench.row(extension).confirmed).toBe(2), {timeout: 15_000, interval: 5});
    took.push(bench.confirmed.find((each) => each.extension === extension)?.tookMs ?? Infinity);
    // The sweep goes on between them.
    await vi.waitFor(() => expect(swept()).toBeGreaterThan(before), {timeout: 15_000});
  }
  expect(Math.max(...took)).toBeLessThan(5_000);
}, 90_000);
