// The product's main story on a real Asterisk, with SIPp as the telephones and as the carrier: calls are placed, Master.csv is
// read, the balance falls, the line is locked through AMI and the dialplan obeys; a credit opens it again.
import {afterAll, beforeEach, describe, expect, test, vi} from 'vitest';
import {startAsteriskSite, type AsteriskSite} from '../rig/asterisk/site.ts';

const POUND = 1_000_000;
const SOON = {timeout: 10_000, interval: 20};
/** Short, and surely more than one second to Asterisk, which rounds down. */
const TALK_SECONDS = 1.2;
const LONDON = '902079460123';
const MOBILE = '907700900123';

describe('a line of a real Asterisk', () => {
  let started: AsteriskSite | undefined;
  const site = (): AsteriskSite => started ?? expect.unreachable('the site is started before each test');
  beforeEach(async (context) => {
    started ??= await startAsteriskSite(context, [
      {account: 'ann', extension: '101', name: 'Ann', opening: 0.2 * POUND},
      {account: 'bob', extension: '102', name: 'Bob', opening: 5 * POUND},
    ]);
    await started.installDialplan();
  });
  afterAll(() => started?.end());

  test('is billed from Master.csv, and locked through AMI when the money is used up', async () => {
    const {sipp, asterisk, balance, line} = site();
    // Landlines cost 10p for each minute that has begun.
    expect(await sipp.call('101', LONDON, TALK_SECONDS)).toMatchObject({status: 200});
    await vi.waitFor(() => expect(balance('ann')).toBe(0.1 * POUND), SOON);
    expect(line('101')).toMatchObject({wanted: 'open'});
    expect(asterisk.console('database get spbs lock-101')).toMatch(/not found/);

    expect(await sipp.call('101', LONDON, TALK_SECONDS)).toMatchObject({status: 200});
    await vi.waitFor(() => expect(line('101')).toMatchObject({wanted: 'locked', reasons: '["floor"]', confirmed: 1}), SOON);
    // Already while the call runs: its first minute is the last that there is money for. The debit comes with its record.
    await vi.waitFor(() => expect(balance('ann')).toBe(0), SOON);
    expect(asterisk.console('database get spbs lock-101')).toMatch(/^Value: 1$/m);
    expect(line('102')).toMatchObject({wanted: 'open'});
  });

  test('is barred and answered by voicemail while it is locked, and still reaches 999', async () => {
    const {sipp, asterisk, balance} = site();
    const carried = sipp.carried().length;
    // Long enough for the greeting and a message after it.
    const parents = sipp.incomingCall('101', 16);
    await vi.waitFor(() => expect(asterisk.console('core show channels')).toMatch(/VoiceMail\(101@/), SOON);
    const barred = await sipp.call('101', LONDON, TALK_SECONDS);
    expect(barred).toMatchObject({status: 403, endedBy: undefined});
    expect(sipp.carried()).toHaveLength(carried);

    expect(await sipp.call('101', '999', TALK_SECONDS)).toMatchObject({status: 200});
    expect(await sipp.call('101', '9999', TALK_SECONDS)).toMatchObject({status: 200});
    expect(sipp.carried().slice(carried)).toEqual(['999', '999']);
    expect(await parents).toMatchObject({status: 200, endedBy: 'caller'});
    await vi.waitFor(() => expect(asterisk.messages('101')).toBe(1), SOON);
    expect(sipp.rung()).toEqual([]);
    // The operator of the emergency call may ring back.
    expect(await sipp.incomingCall('101', TALK_SECONDS)).toMatchObject({status: 200});
    expect(sipp.rung()).toEqual(['101']);
    expect(balance('ann')).toBe(0);
  }, 60_000);

  test('is opened by a credit, and the next call goes through and is billed', async () => {
    const {sipp, asterisk, cloud, balance, line, rows, verify} = site();
    cloud.credit('ann', 2 * POUND);
    await vi.waitFor(() => expect(line('101')).toMatchObject({wanted: 'open', confirmed: 1}), SOON);
    expect(asterisk.console('database get spbs lock-101')).toMatch(/not found/);
    expect(await sipp.call('101', MOBILE, TALK_SECONDS)).toMatchObject({status: 200});
    // A mobile costs 30p for each minute that has begun.
    await vi.waitFor(() => expect(balance('ann')).toBe(1.7 * POUND), SOON);

    const out = {class: 'outgoing', extension: '101'};
    const emergency = {class: 'emergency', extension: '101', amount: 0};
    const incoming = {class: 'incoming', extension: '101', amount: 0};
    expect(rows('SELECT class, extension, amount FROM call ORDER BY seq')).toEqual([
      {...out, amount: 0.1 * POUND},
      {...out, amount: 0.1 * POUND},
      emergency,
      emergency,
      incoming,
      incoming,
      {...out, amount: 0.3 * POUND},
    ]);
    expect(rows('SELECT outcome, count FROM line_count ORDER BY outcome')).toEqual([
      {outcome: 'call', count: 7},
      {outcome: 'not-a-call:barred', count: 1},
    ]);
    expect(verify()).toEqual([]);
  });
});
