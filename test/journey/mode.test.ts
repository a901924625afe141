// A site moves between its modes while lines are locked: nobody's telephone stays shut by a mode that locks nothing.
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {HALL_POLICY} from '../simulator/cloud/site.ts';
import {startSite, type SimulatedSite} from '../rig/site.ts';

const POUND = 1_000_000;
const SOON = {timeout: 10_000, interval: 20};

describe('a site', () => {
  let site: SimulatedSite;
  beforeAll(async () => {
    site = await startSite([
      {account: 'ann', extension: '101', name: 'Ann', opening: 0.1 * POUND},
      {account: 'bob', extension: '102', name: 'Bob', opening: 0.1 * POUND},
    ]);
  });
  afterAll(() => site.end());

  const isOnBoard = (extension: string, state: RegExp): Promise<void> =>
    vi.waitFor(async () => expect(await site.board.control.ask(`STATE ${extension}`)).toMatch(state), SOON);

  test('that goes back to billing only opens what it had locked, and locks again when it is told to', async () => {
    await site.board.control.ask('CALL 101 902079460123 60');
    await isOnBoard('101', /^barred diverted/);

    site.cloud.write([{kind: 'policy', body: {...HALL_POLICY, mode: 'bill'}}]);
    await isOnBoard('101', /^open normal/);
    expect(await site.board.control.ask('CALL 102 902079460123 60')).toBe('made');
    await vi.waitFor(() => expect(site.balance('bob')).toBe(0), SOON);
    await vi.waitFor(() => expect(site.line('102')).toMatchObject({wanted: 'locked', confirmed: 0}), SOON);
    expect(await site.board.control.ask('STATE 102')).toMatch(/^open normal/);

    site.cloud.write([{kind: 'policy', body: HALL_POLICY}]);
    await isOnBoard('101', /^barred diverted/);
    await isOnBoard('102', /^barred diverted/);
    expect(site.verify()).toEqual([]);
  });
});
