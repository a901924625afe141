// Calls that run on a real Asterisk when the money ends, or nobody knows what they cost: the box gives them an end, Asterisk
// keeps it, and the record agrees.
import {afterAll, beforeEach, describe, expect, test, vi} from 'vitest';
import {startAsteriskSite, type AsteriskSite} from '../rig/asterisk/site.ts';
import {HALL_TARIFF, tariffFacts} from '../simulator/cloud/site.ts';

const PENNY = 10_000;
const SOON = {timeout: 10_000, interval: 50};
const LONDON = '902079460123';
/** No prefix of the tariff matches it. */
const NOWHERE = '9008821612345678';
/** A penny for each second, so that a few pence are a few seconds. */
const BY_THE_SECOND = {
  ...HALL_TARIFF,
  rates: [{name: 'landline', initialSeconds: 1, nextSeconds: 1, perMinute: '0.60'}],
  destinations: [{name: 'London', rate: 'landline', prefixes: ['4420']}],
};

describe('a running call', () => {
  let started: AsteriskSite | undefined;
  const site = (): AsteriskSite => started ?? expect.unreachable('the site is started before each test');
  beforeEach(async (context) => {
    if (started !== undefined) return;
    started = await startAsteriskSite(context, [
      {account: 'ann', extension: '101', name: 'Ann', opening: 6 * PENNY},
      {account: 'bob', extension: '102', name: 'Bob', opening: 500 * PENNY},
    ]);
    await started.installDialplan();
    started.cloud.write(tariffFacts(BY_THE_SECOND, Date.now() - 3_600_000));
    await started.cloud.applied();
  });
  afterAll(() => started?.end());

  /** Seconds until Asterisk itself will end the call of a line; undefined if it will not. */
  const secondsLeft = (extension: string): number | undefined => {
    const channels = site().asterisk.console('core show channels concise').split('\n');
    const channel = channels.find((line) => line.startsWith(`PJSIP/${extension}-`))?.split('!')[0];
    if (channel === undefined) return undefined;
    // The second since 1970, whatever it is called.
    const at = /Time to Hangup: (\d+)/.exec(site().asterisk.console(`core show channel ${channel}`))?.[1];
    return at === undefined || at === '0' ? undefined : Number(at) - Date.now() / 1_000;
  };

  test('is cut by Asterisk at the second at which the money ends; its record takes the account to the floor and no further', async () => {
    const {sipp, balance, line, rows, verify} = site();
    const placed = await sipp.call('101', LONDON, 60);
    expect(placed).toMatchObject({status: 200, endedBy: 'called'});
    // 6p at a penny a second.
    expect(placed.talkedMs).toBeGreaterThan(4_900);
    expect(placed.talkedMs).toBeLessThan(7_000);
    await vi.waitFor(() => expect(rows('SELECT state FROM call')).toEqual([{state: 'billed'}]), SOON);
    expect(balance('ann')).toBeGreaterThanOrEqual(0);
    expect(balance('ann')).toBeLessThanOrEqual(1 * PENNY);
    expect(line('102')).toMatchObject({wanted: 'open'});
    expect(verify()).toEqual([]);
  }, 60_000);

  test('goes on when money comes while it runs', async () => {
    const {sipp, cloud, balance} = site();
    cloud.credit('ann', 8 * PENNY);
    await cloud.applied();
    await vi.waitFor(() => expect(balance('ann')).toBeGreaterThanOrEqual(8 * PENNY), SOON);
    const talk = sipp.call('101', LONDON, 12);
    await vi.waitFor(() => expect(secondsLeft('101')).toBeLessThan(10), SOON);
    cloud.credit('ann', 100 * PENNY);
    await vi.waitFor(() => expect(secondsLeft('101')).toBeGreaterThan(90), SOON);
    expect(await talk).toMatchObject({status: 200, endedBy: 'caller'});
  }, 60_000);

  test('to an unknown destination is given ten minutes; to an emergency number no end at all', async () => {
    const {sipp} = site();
    const unknown = sipp.call('102', NOWHERE, 4);
    await vi.waitFor(() => expect(secondsLeft('102')).toBeDefined(), SOON);
    expect(secondsLeft('102')).toBeGreaterThan(590);
    expect(secondsLeft('102')).toBeLessThanOrEqual(600);
    await unknown;
    const help = sipp.call('102', '999', 4);
    await vi.waitFor(() => expect(site().asterisk.console('core show channels concise')).toMatch(/^PJSIP\/102-.*!Up!/m), SOON);
    // Two looks of the box, and more.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(site().asterisk.console('core show channels concise')).toMatch(/^PJSIP\/102-.*!Up!/m);
    expect(secondsLeft('102')).toBeUndefined();
    expect(await help).toMatchObject({status: 200, endedBy: 'caller'});
  }, 60_000);
});
