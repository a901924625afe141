// The product's main story, on real processes: a call ends, the balance falls, the money is used up, the line is locked, the
// next call is barred, a credit comes, the line is open, and the next call goes through.
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {startSite, type SimulatedSite} from '../rig/site.ts';

const POUND = 1_000_000;
const SOON = {timeout: 10_000, interval: 20};

describe('a line whose money ends', () => {
  let site: SimulatedSite;
  beforeAll(async () => {
    site = await startSite([
      {account: 'ann', extension: '101', name: 'Ann', opening: 0.5 * POUND},
      {account: 'bob', extension: '102', name: 'Bob', opening: 5 * POUND},
    ]);
  });
  afterAll(() => site.end());

  test('is priced, warned, locked, and unlocked by a credit', async () => {
    const {board, cloud} = site;
    expect(await board.control.ask('CALL 101 902079460123 61')).toBe('made');
    // 61 s by the minute are two minutes at 10p.
    await vi.waitFor(() => expect(site.balance('ann')).toBe(0.3 * POUND), SOON);
    expect(site.line('101')).toMatchObject({wanted: 'open'});

    expect(await board.control.ask('CALL 101 907700900123 30')).toBe('made');
    await vi.waitFor(() => expect(site.line('101')).toMatchObject({wanted: 'locked', reasons: '["floor"]', confirmed: 1}), SOON);
    expect(site.balance('ann')).toBe(0);
    expect(await board.control.ask('STATE 101')).toMatch(/^barred diverted/);
    expect(await board.control.ask('CALL 101 902079460123 60')).toBe('barred');
    expect(await board.control.ask('INCOMING 101 02079460999 10')).toBe('diverted');
    // Emergency calls pass, locked or not, and cost nothing.
    expect(await board.control.ask('CALL 101 9999 60')).toBe('made');

    cloud.credit('ann', 2 * POUND);
    await vi.waitFor(() => expect(site.line('101')).toMatchObject({wanted: 'open', confirmed: 1}), SOON);
    expect(await board.control.ask('STATE 101')).toMatch(/^open normal/);
    expect(await board.control.ask('CALL 101 902079460123 60')).toBe('made');
    await vi.waitFor(() => expect(site.balance('ann')).toBe(1.9 * POUND), SOON);
    expect(site.line('102')).toMatchObject({wanted: 'open'});
    expect(site.rows("SELECT count(*) AS calls FROM call WHERE class = 'emergency' AND amount = 0")).toEqual([{calls: 1}]);
    expect(site.verify()).toEqual([]);
  });

  test('goes on after a restart as if nothing had been', async () => {
    const before = site.balance('bob');
    await site.restart();
    expect(await site.board.control.ask('CALL 102 902079460123 60')).toBe('made');
    await vi.waitFor(() => expect(site.balance('bob')).toBe(before - 0.1 * POUND), SOON);
    expect(site.verify()).toEqual([]);
  });
});
