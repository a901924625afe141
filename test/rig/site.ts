// A whole small site for journeys: a switchboard, a box and the stand-in for its cloud, on real processes and files.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {verifyLedger} from '../../edge/ledger/verify.ts';
import {openForReading} from '../../edge/store/open.ts';
import type {Policy} from '../../shared/wire/kinds.ts';
import {creditFact, HALL_POLICY, HALL_TARIFF, studentFacts, tariffFacts, type Student} from '../simulator/cloud/site.ts';
import type {DownFact} from '../simulator/cloud/stand-in.ts';
import {databasePath, standIn, startBox, type BoxSettings, type LogLine, type RunningBox} from './box.ts';
import {startSwitchboard, type RunningSwitchboard} from './switchboard.ts';

const SECRET = 'rig-secret';
const DAY_MS = 86_400_000;

export type SiteOptions = {
  readonly policy?: Partial<Policy>;
  readonly format?: string;
  readonly profile?: string;
  readonly environment?: Readonly<Record<string, string>>;
};

/** A switchboard to stand on, in the words of the box's configuration. */
export type Ground = {
  readonly feed: Readonly<Record<string, unknown>>;
  readonly switchboard: Readonly<Record<string, unknown>>;
  readonly stop: () => Promise<void>;
};

export type LineView = {readonly wanted: string; readonly reasons: string; readonly confirmed: number};

export type Site = {
  readonly folder: string;
  readonly box: () => RunningBox;
  readonly log: readonly LogLine[];
  readonly cloud: {
    readonly write: (facts: readonly DownFact[]) => void;
    readonly credit: (account: string, amount: number) => void;
    readonly applied: () => Promise<void>;
  };
  readonly rows: (sql: string) => readonly unknown[];
  /** In micros. */
  readonly balance: (account: string) => number;
  readonly line: (extension: string) => LineView | undefined;
  /** What does not add up. */
  readonly verify: () => readonly string[];
  /** Ends the box as `signal` does, and resolves when it is gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** With `changes`, somebody has edited the configuration meanwhile. */
  readonly start: (changes?: Partial<BoxSettings>) => Promise<void>;
  readonly restart: (changes?: Partial<BoxSettings>) => Promise<void>;
  /** Ends everything and removes the folder. */
  readonly end: () => Promise<void>;
};

export type SimulatedSite = Site & {readonly board: RunningSwitchboard};

/** A site on a simulated switchboard. */
export async function startSite(students: readonly Student[], options: SiteOptions = {}): Promise<SimulatedSite> {
  const {format = 'mitel-mivoice-207', profile = 'mitel-mivoice'} = options;
  const lines = students.map(({extension}) => extension).join(',');
  const board = await startSwitchboard(['--lines', lines, '--format', format, '--zone', 'Europe/London'], SECRET);
  const ground: Ground = {
    feed: {name: 'smdr', door: 'tcp', role: 'connect', host: '127.0.0.1', port: board.printerPort, profile, zone: 'Europe/London'},
    switchboard: {kind: 'simulated', host: '127.0.0.1', port: board.controlPort, secret: SECRET},
    stop: board.stop,
  };
  return {...(await startSiteOn(ground, students, options)), board};
}

/** One line a student, the hall's tariff and rules; ready when the box has applied all that and reads its feed. */
export async function startSiteOn(ground: Ground, students: readonly Student[], options: SiteOptions = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'spbs-site-'));
  const {policy, environment = {}} = options;
  const since = Date.now() - DAY_MS;
  const log: LogLine[] = [];
  let settings: BoxSettings = {
    folder,
    site: 'hall',
    feeds: [{goLive: new Date(since).toISOString(), ...ground.feed}],
    switchboard: ground.switchboard,
    consolePort: 0,
    onLog: (entry) => log.push(entry),
    environment,
  };
  let box = await startBox(settings);
  const cloud = standIn(folder);
  cloud.write([
    {kind: 'policy', body: {...HALL_POLICY, ...policy}},
    ...tariffFacts(HALL_TARIFF, since),
    ...students.flatMap((student) => studentFacts(student, since)),
  ]);
  await cloud.applied();
  const database = openForReading(databasePath(folder));
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    box.child.process.kill(signal);
    await box.child.ended;
  };
  const start = async (changes: Partial<BoxSettings> = {}): Promise<void> => {
    settings = {...settings, ...changes};
    box = await startBox(settings);
  };
  return {
    folder,
    box: () => box,
    log,
    cloud: {
      write: (facts) => void cloud.write(facts),
      credit: (account, amount) => void cloud.write([creditFact(account, amount, `credit:${cloud.seq}`, Date.now())]),
      applied: () => cloud.applied(),
    },
    rows: (sql) => database.prepare(sql).all(),
    balance: (account) =>
      (database.prepare('SELECT credit - debit FROM balance WHERE account = ?').pluck().get(account) as number | undefined) ?? 0,
    line: (extension) =>
      database
        .prepare('SELECT wanted, reasons, confirmed_decision >= decision AS confirmed FROM line_state WHERE extension = ?')
        .get(extension) as LineView | undefined,
    verify: () => verifyLedger(database).findings,
    stop,
    start,
    restart: async (changes) => {
      await stop();
      await start(changes);
    },
    end: async () => {
      database.close();
      await box.child.stop();
      await ground.stop();
      rmSync(folder, {recursive: true, force: true});
    },
  };
}
