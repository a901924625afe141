// Running calls that free allowances cover: the money lasts as long as their records will say, and no longer.
import {afterEach, describe, expect, test} from 'vitest';
import type {DownBody} from '../../../shared/wire/kinds.ts';
import {SOME_ROW} from '../../rig/flow.ts';
import {openRunning, type RunningBench} from './running-bench.ts';

const PENNY = 10_000;
const SECOND = 1_000;
const MINUTE = 60;
/** 10p for each minute that has begun. */
const LONDON = '902079460123';

let bench: RunningBench | undefined;
afterEach(async () => {
  await bench?.stop();
  bench = undefined;
});

/** Lines 101 and 102 are Ann's, who has so many pence. */
function hall(pence: number): RunningBench {
  bench = openRunning();
  bench.line('101', 'ann');
  bench.line('102', 'ann');
  bench.pay('ann', pence * PENNY);
  return bench;
}

function grant({flow}: RunningBench, change: Partial<DownBody<'allowance'>> = {}): void {
  const terms = {name: 'Free', unit: 'seconds' as const, amount: 600, period: 'month' as const, destinations: [], from: 0};
  const body = {allowance: 'a', ...terms, ...change};
  flow.readers.allowance(body, SOME_ROW);
  flow.book.changed();
}

describe('a free allowance', () => {
  test('lasts one running call for as long as it has seconds, and the money after that', async () => {
    const {time, board} = hall(50);
    grant(bench as RunningBench);
    const id = board.answered('101', LONDON);
    await time.pass(2 * SECOND);
    expect(board.endsBy(id)).toBe((10 + 5) * MINUTE);
  });

  test('is used once by two calls that run at once', async () => {
    const {time, board} = hall(60);
    grant(bench as RunningBench);
    const [one, other] = [board.answered('101', LONDON), board.answered('102', LONDON)];
    await time.pass(2 * SECOND);
    // Together 20 minutes of talk in 10 minutes, ten of them free, and six are paid for: eight minutes each.
    expect([one, other].map((id) => board.endsBy(id))).toEqual([8 * MINUTE, 8 * MINUTE]);
  });

  test('that is granted in mid-call counts for it at once', async () => {
    const {time, board} = hall(50);
    const id = board.answered('101', LONDON);
    await time.pass(2 * SECOND);
    expect(board.endsBy(id)).toBe(5 * MINUTE);
    grant(bench as RunningBench);
    await time.pass(2 * SECOND);
    expect(board.endsBy(id)).toBe(15 * MINUTE);
  });

  test('that is made smaller in mid-call counts for less at once', async () => {
    const {time, board} = hall(50);
    grant(bench as RunningBench);
    const id = board.answered('101', LONDON);
    await time.pass(2 * SECOND);
    grant(bench as RunningBench, {amount: 120});
    await time.pass(2 * SECOND);
    expect(board.endsBy(id)).toBe(7 * MINUTE);
  });
});
