// A reconciler on a real store and a simulated switchboard over TCP, with every command that goes out written down.
import {createReconciler, type Reconciler, type ReconcilerGiven} from '../../../edge/switchboard/reconciler.ts';
import type {Capabilities, CommandResult, LineReading, Switchboard} from '../../../edge/switchboard/port.ts';
import {createSimulatedSwitchboard} from '../../../edge/switchboard/simulated/driver.ts';
import {openWire} from '../../../edge/switchboard/wire.ts';
import {inTransaction, type Database} from '../../../edge/store/open.ts';
import {Secret} from '../../../shared/log/log.ts';
import type {Clock, Instant, Timers} from '../../../shared/time/instant.ts';
import {SimulatedSwitchboard} from '../../simulator/switchboard/switchboard.ts';
import {silentLog} from '../silent-log.ts';
import {temporaryStore} from '../temporary-store.ts';

export type Confirmed = {readonly extension: string; readonly wanted: 'open' | 'locked'; readonly tookMs: number | undefined};

export type Bench = {
  readonly board: SimulatedSwitchboard;
  readonly database: Database;
  readonly reconciler: Reconciler;
  /** `lock 101`, in the order in which they were sent. Readings are in it too, as `read 101` and `read all`. */
  readonly sent: string[];
  /** Most commands that were ever on their way at once. */
  readonly atOnce: () => number;
  readonly confirmed: Confirmed[];
  /** `opened switchboard.drift lines`. */
  readonly told: string[];
  mayWrite: boolean;
  mayLock: boolean;
  readonly isLinked: () => boolean;
  /** Decides in the table, as credit control does, and says nothing of it. */
  readonly write: (extensions: readonly string[], wanted: 'open' | 'locked', urgency?: number) => void;
  /** Decides and tells the reconciler. */
  readonly decide: (extensions: readonly string[], wanted: 'open' | 'locked', urgency?: number) => void;
  readonly row: (extension: string) => Row;
  readonly lockedOnBoard: () => readonly string[];
  /** Stops and starts the reconciler, as a restart of the box does. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

type Row = {
  readonly wanted: string;
  readonly decision: number;
  readonly confirmed: number;
  readonly outgoing: string;
  readonly failures: number;
  readonly failure: string | null;
};

export type BenchGiven = {
  readonly lines: readonly string[];
  readonly time: Time;
  /** The driver says that it can do less. */
  readonly capabilities?: Partial<Capabilities>;
};

type Time = {readonly clock: Clock; readonly timers: Timers};

/** The machine's own time, or one in which deadlines and waits pass so many times as fast. */
export function realTime(speed = 1): Time {
  const start = Date.now();
  const monotonicMs = (): number => performance.now() * speed;
  const began = monotonicMs();
  return {
    clock: {now: () => Math.trunc(start + monotonicMs() - began) as Instant, monotonicMs},
    timers: {
      after: (delayMs, act) => {
        const timer = setTimeout(act, delayMs / speed);
        return () => clearTimeout(timer);
      },
    },
  };
}

export async function openBench({lines, time, capabilities}: BenchGiven): Promise<Bench> {
  const store = temporaryStore();
  const {database} = store;
  const board = simulated(lines);
  await board.start();
  const sent: string[] = [];
  const confirmed: Confirmed[] = [];
  const told: string[] = [];
  const secret = new Secret('bench');
  const where = `127.0.0.1:${board.controlPort}`;
  const driver = createSimulatedSwitchboard({
    connect: () => openWire({host: '127.0.0.1', port: board.controlPort, tls: undefined}),
    where,
    secret,
    ...time,
    random: () => 0,
    log: silentLog,
  });
  const {switchboard, atOnce} = writtenDown(driver, sent, capabilities ?? {});
  const state = {mayWrite: true, mayLock: true};
  const given: ReconcilerGiven = {
    switchboard,
    database,
    ...time,
    random: () => 0,
    log: silentLog,
    onChange: () => undefined,
    onConfirmed: (extension, wanted, tookMs) => confirmed.push({extension, wanted, tookMs}),
    mayWrite: () => state.mayWrite,
    mayLock: () => state.mayLock,
    incident: (code, subject) => told.push(`opened ${code} ${subject}`),
    ended: (code, subject) => told.push(`ended ${code} ${subject}`),
  };

  let running = run(given);
  const link = new AbortController();
  const linked = switchboard.run(link.signal);
  let isLinked = false;
  switchboard.onLink(({kind}) => (isLinked = kind === 'up'));
  const decisions = decisionsIn(database, time.clock);
  const stopReconciler = async (): Promise<void> => {
    running.abort.abort();
    await running.over;
  };
  return Object.assign(state, {
    board,
    database,
    reconciler: {
      decided: (extensions: readonly string[]) => running.reconciler.decided(extensions),
      run: (signal: AbortSignal) => running.reconciler.run(signal),
      metrics: () => running.reconciler.metrics(),
    },
    sent,
    atOnce,
    confirmed,
    told,
    isLinked: () => isLinked,
    write: decisions.write,
    decide: (extensions: readonly string[], wanted: 'open' | 'locked', urgency = wanted === 'locked' ? 2 : 1) => {
      decisions.write(extensions, wanted, urgency);
      running.reconciler.decided(extensions);
    },
    row: decisions.row,
    lockedOnBoard: () => [...board.lines.values()].filter(({locked}) => locked).map(({extension}) => extension),
    restart: async () => {
      await stopReconciler();
      running = run(given);
    },
    stop: async () => {
      await stopReconciler();
      link.abort();
      await linked;
      await board.stop();
      store.remove();
    },
  });
}

function simulated(lines: readonly string[]): SimulatedSwitchboard {
  return new SimulatedSwitchboard({
    lines,
    host: '127.0.0.1',
    controlPort: 0,
    secret: 'bench',
    output: {kind: 'listen', host: '127.0.0.1', port: 0, lineEnd: '\r\n'},
    format: 'mitel-mivoice-207',
    zone: 'UTC',
    outsideLine: '9',
    emergency: ['112', '999'],
    seed: 1,
    speed: 1,
    traffic: {callsPerLinePerHour: 0, destinations: []},
  });
}

function run(given: ReconcilerGiven): {readonly reconciler: Reconciler; readonly abort: AbortController; readonly over: Promise<void>} {
  const reconciler = createReconciler(given);
  const abort = new AbortController();
  return {reconciler, abort, over: reconciler.run(abort.signal)};
}

/** Of a driver that cannot be asked, or cannot divert, if it says so: then readings are unknown and commands are only sent. */
function writtenDown(driver: Switchboard, sent: string[], less: Partial<Capabilities>): {switchboard: Switchboard; atOnce: () => number} {
  const capabilities = {...driver.capabilities, ...less};
  let now = 0;
  let most = 0;
  const noted = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
    sent.push(what);
    most = Math.max(most, ++now);
    try {
      return await act();
    } finally {
      now--;
    }
  };
  const seen = (reading: LineReading): LineReading => (capabilities.readsLines ? reading : {outgoing: 'unknown', incoming: 'unknown'});
  const done = (result: CommandResult): CommandResult =>
    result.kind === 'confirmed' && !capabilities.readsLines ? {kind: 'sent'} : result;
  const switchboard: Switchboard = {
    ...driver,
    capabilities,
    lock: (extension) => noted(`lock ${extension}`, async () => done(await driver.lock(extension))),
    unlock: (extension) => noted(`unlock ${extension}`, async () => done(await driver.unlock(extension))),
    read: (extension) => noted(`read ${extension}`, async () => seen(await driver.read(extension))),
    readAll: () => noted('read all', () => driver.readAll()),
  };
  return {switchboard, atOnce: () => most};
}

function decisionsIn(database: Database, clock: Clock) {
  const upsert = database.prepare(`
    INSERT INTO line_state (extension, reasons, wanted, decision, decided_at, urgency) VALUES (?, '[]', ?, 1, ?, ?)
    ON CONFLICT (extension) DO UPDATE SET wanted = excluded.wanted, decision = decision + 1, decided_at = excluded.decided_at,
      urgency = excluded.urgency, failures = 0, last_failure = NULL`);
  const select = database.prepare<[string], Row>(
    `SELECT wanted, decision, confirmed_decision AS confirmed, actual_outgoing AS outgoing, failures, last_failure AS failure
     FROM line_state WHERE extension = ?`,
  );
  return {
    write: (extensions: readonly string[], wanted: 'open' | 'locked', urgency = wanted === 'locked' ? 2 : 1): void =>
      inTransaction(database, () => {
        for (const extension of extensions) upsert.run(extension, wanted, clock.now(), urgency);
      }),
    row: (extension: string): Row => {
      const row = select.get(extension);
      if (row === undefined) throw new Error(`no row of ${extension}`);
      return row;
    },
  };
}

export function linesFrom(first: number, count: number): readonly string[] {
  return Array.from({length: count}, (_, index) => String(first + index));
}
