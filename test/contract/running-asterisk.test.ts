// Running calls on a real Asterisk, with the limit of unknown destinations made short: SIPp talks until Asterisk hangs up.
import {afterAll, beforeEach, describe, expect, test, vi} from 'vitest';
import {createRunningCredit} from '../../edge/credit/running-money.ts';
import {createRunningCalls, type RunningCalls} from '../../edge/engine/running.ts';
import {createRunningRater} from '../../edge/rating/running.ts';
import {inTransaction} from '../../edge/store/open.ts';
import {createAmiSwitchboard} from '../../edge/switchboard/ami/driver.ts';
import {openWire} from '../../edge/switchboard/wire.ts';
import {Secret} from '../../shared/log/log.ts';
import {compileTariff} from '../../shared/tariff/compile.ts';
import {tariffSchema} from '../../shared/tariff/tariff.ts';
import {instant} from '../../shared/time/instant.ts';
import {temporaryStore} from '../core/temporary-store.ts';
import {needs} from '../needs.ts';
import {startAsterisk, type AsteriskRig} from '../rig/asterisk/asterisk.ts';
import {AMI_USER} from '../rig/asterisk/settings.ts';
import {startSipp, type Sipp} from '../rig/asterisk/sipp.ts';
import {openFlow, recorderOn, SOME_ROW} from '../rig/flow.ts';
import {HALL_POLICY, HALL_TARIFF} from '../simulator/cloud/site.ts';
import {isUp, quiet, realTimers, running} from './switchboard-suite.ts';

const PENNY = 10_000;
const UNKNOWN_MS = 4_000;
const LONDON = '902079460123';
const NOWHERE = '9008821612345678';
const LINES = ['101', '102', '103'];
/** A penny for each second. */
const tariff = compileTariff(
  tariffSchema.parse({
    ...HALL_TARIFF,
    rates: HALL_TARIFF.rates.map((rate) => ({...rate, initialSeconds: 1, nextSeconds: 1, perMinute: '0.60'})),
  }),
);

type Bench = {readonly rig: AsteriskRig; readonly sipp: Sipp; readonly calls: RunningCalls; readonly end: () => Promise<void>};

/** Line 101 has 5p, 102 £100, and 103 is a lift. */
async function follow(rig: AsteriskRig, sipp: Sipp): Promise<Bench> {
  const {amiPort: port, secret} = rig.settings;
  const driver = running(
    createAmiSwitchboard({
      connect: () => openWire({host: '127.0.0.1', port, tls: undefined}),
      where: `127.0.0.1:${port}`,
      username: AMI_USER,
      secret: new Secret(secret),
      timers: realTimers,
      random: () => 0,
      log: quiet,
    }),
  );
  const store = temporaryStore();
  const {database} = store;
  const now = () => instant(Date.now());
  const following: {calls?: RunningCalls} = {};
  const {book, readers, ledger, credit} = openFlow({
    database,
    tariff,
    now,
    recorderOf: recorderOn(database, 'asterisk-csv'),
    running: () => following.calls,
  });
  const known = {...book, tariffAt: () => tariff};
  const calls = createRunningCalls({
    switchboard: driver.switchboard,
    book: known,
    rate: createRunningRater({site: 'hall', book: known}),
    credit: createRunningCredit(database, {...book, balance: ledger.balance, now}),
    transact: (work) => inTransaction(database, work),
    settle: (accounts) => credit.settle(accounts, 'call'),
    after: () => undefined,
    told: () => undefined,
    incident: () => undefined,
    ended: () => undefined,
    mayWrite: () => true,
    mayLock: () => true,
    clock: {now},
    timers: realTimers,
    log: quiet,
    unknownMs: UNKNOWN_MS,
  });
  following.calls = calls;
  inTransaction(database, () => {
    readers.policy(HALL_POLICY, SOME_ROW);
    for (const [place, extension] of LINES.entries()) {
      readers.extension({extension, class: extension === '103' ? 'lift' : 'student'}, SOME_ROW);
      readers.account({account: extension, currency: 'GBP', language: 'en', closed: false}, SOME_ROW);
      readers.tenancy({tenancy: extension, extension, account: extension, from: 0}, SOME_ROW);
      const amount = [5, 10_000, 5][place] ?? 0;
      const money = {code: 'TOPUP' as const, ref: extension, debit: 'cash', credit: extension, amount: amount * PENNY, currency: 'GBP'};
      ledger.take({...money, at: now()}, SOME_ROW);
    }
  });
  book.changed();
  const stop = new AbortController();
  const ended = calls.run(stop.signal);
  await isUp(driver);
  return {
    rig,
    sipp,
    calls,
    end: async () => {
      stop.abort();
      await ended;
      await driver.stop();
      store.remove();
      await sipp.dispose();
      await rig.dispose();
    },
  };
}

describe('on a real Asterisk', () => {
  let started: Bench | undefined;
  const bench = (): Bench => started ?? expect.unreachable('the bench is set before each test');
  beforeEach(async (context) => {
    if (started !== undefined) return;
    const program = needs(context, 'sipp');
    const rig = await startAsterisk(needs(context, 'asterisk'), LINES);
    started = await follow(rig, await startSipp(program, rig.settings));
  });
  afterAll(() => started?.end());

  test('a call that would cost more than there is ends at its second', async () => {
    const {sipp} = bench();
    // 5p at a penny a second.
    const {endedBy, talkedMs} = await sipp.call('101', LONDON, 30);
    expect(endedBy).toBe('called');
    expect(talkedMs).toBeGreaterThan(3_900);
    expect(talkedMs).toBeLessThan(6_000);
  }, 60_000);

  test('a call to an unknown destination ends when its time is over', async () => {
    const {sipp} = bench();
    const {endedBy, talkedMs} = await sipp.call('102', NOWHERE, 30);
    expect(endedBy).toBe('called');
    expect(talkedMs).toBeGreaterThan(UNKNOWN_MS - 1_100);
    expect(talkedMs).toBeLessThan(UNKNOWN_MS + 1_000);
  }, 60_000);

  test('calls to an emergency number, of a lift, and of whoever has money go on', async () => {
    const {sipp, calls} = bench();
    const talking = [sipp.call('101', '999', 8), sipp.call('103', NOWHERE, 8), sipp.call('102', LONDON, 8)];
    await vi.waitFor(() => expect(calls.status()).toMatchObject({kind: 'known', lines: 3}), {timeout: 10_000, interval: 50});
    for (const call of await Promise.all(talking)) expect(call).toMatchObject({status: 200, endedBy: 'caller'});
  }, 60_000);

  test('after Asterisk was away nothing is taken for running that is not, and new calls are followed again', async () => {
    const {rig, sipp, calls} = bench();
    await rig.kill();
    await vi.waitFor(() => expect(calls.status()).toEqual({kind: 'unknown'}), {timeout: 20_000, interval: 50});
    await rig.start();
    await vi.waitFor(() => expect(calls.status()).toEqual({kind: 'known', lines: 0, limited: 0}), {timeout: 30_000, interval: 50});
    const {endedBy, talkedMs} = await sipp.call('102', NOWHERE, 30);
    expect(endedBy).toBe('called');
    expect(talkedMs).toBeLessThan(UNKNOWN_MS + 1_000);
  }, 90_000);
});
