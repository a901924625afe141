// What every driver must do on the switchboard it is for. The same sentences hold the simulated one and the real ones.
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, afterEach, beforeEach, describe, expect, test, vi, type TestContext} from 'vitest';
import type {LinkState, LiveCall, Switchboard} from '../../edge/switchboard/port.ts';
import {Secret, type Log} from '../../shared/log/log.ts';
import type {Timers} from '../../shared/time/instant.ts';
import {Cable} from './switchboard-cable.ts';

/** What a driver is made with, besides its own connection. */
export type DriverGiven = {
  readonly port: number;
  readonly secret: Secret;
  readonly timers: Timers;
  readonly random: () => number;
  readonly log: Log;
};

/** A switchboard on the test bench. It has the lines 101, 102 and 103. */
export type Bench = {
  readonly port: number;
  readonly secret: string;
  readonly driver: (given: DriverGiven) => Switchboard;
  /** How long after a command a power cut may still undo it; the box compares everything on reconnect because of it. */
  readonly forgetsMs: number;
  /** Ends it at once, as a power cut does; `start` brings it back with what it keeps. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** It takes what is sent and says nothing, until `thaw`. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** A line calls somebody outside and would talk for so long; resolves when the call is over. */
  readonly talk: (extension: string, number: string, seconds: number) => Promise<unknown>;
  readonly dispose: () => Promise<void>;
};

export const quiet: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  named: () => quiet,
};

export const realTimers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Longer than any deadline of a driver. */
const SOON = {timeout: 15_000, interval: 20};

export type Running = {readonly switchboard: Switchboard; readonly states: LinkState[]; readonly stop: () => Promise<void>};

/** Runs a driver until `stop`, keeping what it says of its link. */
export function running(switchboard: Switchboard): Running {
  const abort = new AbortController();
  const states: LinkState[] = [];
  const stopListening = switchboard.onLink((state) => states.push(state));
  const ended = switchboard.run(abort.signal);
  return {
    switchboard,
    states,
    stop: async () => {
      abort.abort();
      await ended;
      stopListening();
    },
  };
}

export async function isUp({states}: Running): Promise<void> {
  await vi.waitFor(() => expect(states.at(-1)?.kind).toBe('up'), SOON);
}

export async function isDown({states}: Running): Promise<Extract<LinkState, {kind: 'down'}>> {
  return vi.waitFor(() => {
    const last = states.at(-1);
    if (last?.kind !== 'down' || last.why === 'not connected yet') throw new Error('the link is up');
    return last;
  }, SOON);
}

export function switchboardContract(name: 'the simulated switchboard' | 'Asterisk', open: (context: TestContext) => Promise<Bench>): void {
  describe(`${name}`, () => {
    let bench: Bench | undefined;
    const drivers: Running[] = [];

    const start = (board: Bench, given: Partial<DriverGiven> = {}): Running => {
      const secret = new Secret(board.secret);
      const driver = running(board.driver({port: board.port, secret, timers: realTimers, random: () => 0, log: quiet, ...given}));
      drivers.push(driver);
      return driver;
    };
    const connected = async (): Promise<{board: Bench; driver: Running; switchboard: Switchboard}> => {
      if (bench === undefined) throw new Error('the bench is set before each test');
      const driver = start(bench);
      await isUp(driver);
      return {board: bench, driver, switchboard: driver.switchboard};
    };

    beforeEach(async (context) => {
      bench ??= await open(context);
    });
    afterEach(async () => {
      bench?.thaw();
      const first = drivers[0];
      if (first !== undefined) for (const extension of ['101', '102', '103']) await first.switchboard.unlock(extension);
      await Promise.all(drivers.splice(0).map((driver) => driver.stop()));
    });
    afterAll(() => bench?.dispose());

    test('a lock is confirmed by what the switchboard reads back', async () => {
      const {switchboard} = await connected();
      expect(await switchboard.read('101')).toEqual({outgoing: 'open', incoming: 'normal'});
      expect(await switchboard.lock('101')).toEqual({kind: 'confirmed', reading: {outgoing: 'barred', incoming: 'diverted'}});
      expect(await switchboard.read('101')).toEqual({outgoing: 'barred', incoming: 'diverted'});
      expect(await switchboard.unlock('101')).toEqual({kind: 'confirmed', reading: {outgoing: 'open', incoming: 'normal'}});
      expect(await switchboard.read('101')).toEqual({outgoing: 'open', incoming: 'normal'});
    });

    test('a second lock and a second unlock change nothing and succeed', async () => {
      const {switchboard} = await connected();
      for (const act of [switchboard.lock, switchboard.lock, switchboard.unlock, switchboard.unlock]) {
        expect((await act('102')).kind).toBe('confirmed');
      }
    });

    test('a line that was never locked can be unlocked', async () => {
      const {switchboard} = await connected();
      expect((await switchboard.unlock('103')).kind).toBe('confirmed');
    });

    test('all readings hold the locked lines and no other', async () => {
      const {switchboard} = await connected();
      expect(await switchboard.readAll()).toEqual(new Map());
      await switchboard.lock('101');
      await switchboard.lock('103');
      const barred = {outgoing: 'barred', incoming: 'diverted'};
      expect(await switchboard.readAll()).toEqual(
        new Map([
          ['101', barred],
          ['103', barred],
        ]),
      );
    });

    test('a name that could be read as more than a name is refused and never sent', async () => {
      const {switchboard} = await connected();
      for (const name of ['101\r\nVal: 0', '101\nUNLOCK 102', '101 102', '', '../101', '101;', '1'.repeat(200)]) {
        expect(await switchboard.lock(name)).toMatchObject({kind: 'failed', code: 'refused'});
        expect(await switchboard.unlock(name)).toMatchObject({kind: 'failed', code: 'refused'});
      }
      expect(await switchboard.readAll()).toEqual(new Map());
    });

    test('a switchboard that dies is down with its cure, and up again with its locks when it is back', async () => {
      const {board, driver, switchboard} = await connected();
      await switchboard.lock('101');
      await sleep(board.forgetsMs);
      await board.kill();
      const down = await isDown(driver);
      expect(down.why).toMatch(/127\.0\.0\.1/);
      expect(down.cure.length).toBeGreaterThan(10);
      expect(await switchboard.lock('102')).toMatchObject({kind: 'failed', code: 'unreachable'});
      expect(await switchboard.read('101')).toEqual({outgoing: 'unknown', incoming: 'unknown'});
      expect(await switchboard.readAll()).toBeUndefined();
      expect(await switchboard.liveCalls()).toBeUndefined();
      await board.start();
      await isUp(driver);
      expect([...((await switchboard.readAll())?.keys() ?? [])]).toEqual(['101']);
    });

    test('a switchboard that says nothing meets a deadline, and the link is dropped', async () => {
      const {board, driver, switchboard} = await connected();
      board.freeze();
      const began = performance.now();
      expect(await switchboard.lock('101')).toMatchObject({kind: 'failed', code: 'timeout'});
      expect(performance.now() - began).toBeLessThan(8_000);
      await isDown(driver);
      board.thaw();
      await isUp(driver);
      expect((await switchboard.lock('101')).kind).toBe('confirmed');
    });

    test('a command that was written while the cable was out never arrives', async () => {
      const {board} = await connected();
      const cable = await Cable.to(board.port);
      try {
        const driver = start(board, {port: cable.port});
        await isUp(driver);
        cable.pull();
        expect(await driver.switchboard.lock('102')).toMatchObject({kind: 'failed', code: 'timeout'});
        await isDown(driver);
        // The reset has to travel too.
        await sleep(200);
        cable.plug();
        await isUp(driver);
        // Time enough for anything that still was on its way.
        await sleep(500);
        expect(await driver.switchboard.readAll()).toEqual(new Map());
        await driver.stop();
      } finally {
        await cable.close();
      }
    });

    const answered = (switchboard: Switchboard, extension: string): Promise<LiveCall & {readonly answeredSeconds: number}> =>
      vi.waitFor(async () => {
        const found = (await switchboard.liveCalls())?.find((call) => call.extension === extension);
        if (found?.answeredSeconds === undefined) throw new Error('no call yet');
        return {...found, answeredSeconds: found.answeredSeconds};
      }, SOON);

    test('a running call is seen and can be given an end', async () => {
      const {board, switchboard} = await connected();
      const over = board.talk('101', '902079460123', 60);
      const call = await answered(switchboard, '101');
      expect(call).toMatchObject({extension: '101', dialled: '902079460123'});
      expect(call.answeredSeconds).toBeLessThan(5);
      const told = performance.now();
      expect(['confirmed', 'sent']).toContain((await switchboard.limit(call.id, 2)).kind);
      await over;
      // Within a second, and the time that a telephone takes to hang up.
      expect(performance.now() - told).toBeGreaterThan(1_800);
      expect(performance.now() - told).toBeLessThan(3_800);
      expect((await switchboard.liveCalls())?.filter(({extension}) => extension === '101')).toEqual([]);
      expect((await switchboard.limit(call.id, 2)).kind).toBe('failed');
    });

    test('an end that was given can be put off and brought forward, and is that of its own call', async () => {
      const {board, switchboard} = await connected();
      const both = [board.talk('101', '902079460123', 60), board.talk('102', '907700900123', 60)];
      const [first, second] = [await answered(switchboard, '101'), await answered(switchboard, '102')];
      expect(first.id).not.toBe(second.id);
      for (const seconds of [1, 48 * 3_600]) expect((await switchboard.limit(first.id, seconds)).kind).not.toBe('failed');
      await sleep(2_500);
      const later = await answered(switchboard, '101');
      expect(later.id).toBe(first.id);
      expect(later.answeredSeconds - first.answeredSeconds).toBeGreaterThan(1.4);
      expect((await switchboard.limit(first.id, 1)).kind).not.toBe('failed');
      await both[0];
      expect((await switchboard.liveCalls())?.some(({id}) => id === second.id)).toBe(true);
      expect((await switchboard.limit(second.id, 1)).kind).not.toBe('failed');
      await both[1];
    });

    test('a wrong password is down with the cure named, and is tried again only now and then', async () => {
      const {board} = await connected();
      const waits: number[] = [];
      const timers: Timers = {
        after: (delayMs, act) => {
          waits.push(delayMs);
          return realTimers.after(delayMs, act);
        },
      };
      const driver = start(board, {secret: new Secret('guessed'), timers});
      const {why, cure} = await isDown(driver);
      expect(why).toMatch(/refuses the login/);
      expect(cure).toMatch(/secret/);
      expect(`${why} ${cure}`).not.toContain('guessed');
      expect(waits.at(-1)).toBeGreaterThanOrEqual(30_000);
      await driver.stop();
    });
  });
}
