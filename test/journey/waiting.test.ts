// Calls to a range that has no rate, on real processes: they wait, staff are told, the line is locked; the range is added, they
// are billed, and the line opens by itself.
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {startSite, type SimulatedSite} from '../rig/site.ts';
import {HALL_TARIFF, tariffFacts} from '../simulator/cloud/site.ts';

const POUND = 1_000_000;
const SOON = {timeout: 10_000, interval: 20};
const HOUR = 3_600_000;
const PARIS = '90033142685300';
const INCIDENT = "SELECT subject, ended_at IS NULL AS open FROM incident WHERE code = 'credit.unbillable' ORDER BY id";

describe('a line that calls where no rate is known', () => {
  let site: SimulatedSite;
  beforeAll(async () => {
    site = await startSite(
      [
        {account: 'ann', extension: '101', name: 'Ann', opening: 5 * POUND},
        {account: 'bob', extension: '102', name: 'Bob', opening: 5 * POUND},
      ],
      {policy: {unbillable: {calls: 3, minutes: 30, locks: true}}},
    );
  });
  afterAll(() => site.end());

  const call = async (extension: string): Promise<void> =>
    expect(await site.board.control.ask(`CALL ${extension} ${PARIS} 61`)).toBe('made');
  const waits = (count: number): Promise<void> =>
    vi.waitFor(() => expect(site.rows('SELECT count(*) AS calls FROM waiting_call')).toEqual([{calls: count}]), SOON);

  test('is locked by the fourth call, and staff are told once; another line is not', async () => {
    for (let made = 1; made <= 3; made++) {
      await call('101');
      await waits(made);
    }
    await call('102');
    await waits(4);
    expect([site.line('101')?.wanted, site.line('102')?.wanted, site.rows(INCIDENT)]).toEqual(['open', 'open', []]);
    await call('101');
    await vi.waitFor(() => expect(site.line('101')).toMatchObject({wanted: 'locked', reasons: '["unbillable"]', confirmed: 1}), SOON);
    await vi.waitFor(() => expect(site.rows(INCIDENT)).toEqual([{subject: '101', open: 1}]), SOON);
    expect(await site.board.control.ask('STATE 101')).toMatch(/^barred diverted/);
    expect(await site.board.control.ask('CALL 101 9999 60')).toBe('made');
    expect([site.line('102')?.wanted, site.balance('ann')]).toEqual(['open', 5 * POUND]);
  });

  test('stays so over a restart', async () => {
    await site.restart();
    expect(site.line('101')).toMatchObject({wanted: 'locked', reasons: '["unbillable"]'});
    expect(site.rows(INCIDENT)).toEqual([{subject: '101', open: 1}]);
  });

  test('opens when the range is there, with every call billed', async () => {
    const destinations = [...HALL_TARIFF.destinations, {name: 'Paris', rate: 'landline', prefixes: ['331']}];
    site.cloud.write(tariffFacts({...HALL_TARIFF, destinations}, Date.now() - HOUR));
    await vi.waitFor(() => expect(site.line('101')).toMatchObject({wanted: 'open', reasons: '[]', confirmed: 1}), SOON);
    await vi.waitFor(() => expect(site.rows(INCIDENT)).toEqual([{subject: '101', open: 0}]), SOON);
    // Four calls of two minutes at 10p, and one of Bob's.
    expect([site.balance('ann'), site.balance('bob')]).toEqual([4.2 * POUND, 4.8 * POUND]);
    expect(await site.board.control.ask('STATE 101')).toMatch(/^open normal/);
    expect(site.verify()).toEqual([]);
  });
});
