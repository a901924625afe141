// A hall whose box is ended again and again: two switchboards that print, one over TCP, whose lines are locked, and one into a
// file that grows; a box; the stand-in for its cloud. Real processes, real files, the same data from the first start to the last.
import {copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import {openForReading, type Database} from '../../edge/store/open.ts';
import {databasePath, dataFolder, standIn, startBox, type BoxSettings, type LogLine, type RunningBox} from '../rig/box.ts';
import {startChild, type Child} from '../rig/child.ts';
import {startSwitchboard, type RunningSwitchboard} from '../rig/switchboard.ts';
import {creditFact, HALL_POLICY, HALL_TARIFF, studentFacts, tariffFacts} from '../simulator/cloud/site.ts';
import type {DownFact, StandInCloud} from '../simulator/cloud/stand-in.ts';
import {accountOf, auditAtRest, type Credit, type Known} from './audit.ts';
import {GrowingFile, readAsterisk, readMitel, type Printed, type ReadLine} from './printed.ts';

const SECRET = 'crash-secret';
const DAY_MS = 86_400_000;
const FIRST_LINE = 5801;
/** Longer than what a box has left to do ever takes, on a machine that has much else to do. */
const REST_MS = 20_000;

const LINES_KEPT = 1_000;

export const TCP = 'smdr';
export const FOLDER = 'cdr';
export const POUND = 1_000_000;

export type HallOptions = {
  readonly lines: number;
  /** What the first switchboard prints. */
  readonly format: keyof typeof readMitel;
  /** What each student has at the start, in micros. */
  readonly opening: number;
  /** In the words of the simulated switchboard: both get these. */
  readonly traffic: readonly string[];
  readonly seed: number;
};

export class Hall {
  readonly folder: string;
  readonly extensions: readonly string[];
  readonly board: RunningSwitchboard;
  readonly second: RunningSwitchboard;
  readonly cloud: StandInCloud;
  /** What the boxes said last. */
  readonly log: LogLine[] = [];
  /** How often a line was confirmed to be as decided. */
  confirmed = 0;
  /** From the spawn to the word that it is ready. */
  readonly startMs: number[] = [];
  readonly #format: HallOptions['format'];
  readonly #settings: BoxSettings;
  readonly #credits = new Map<string, Credit>();
  readonly #lockedByStaff = new Set<string>();
  readonly #feeds: ReadonlyMap<string, {readonly read: ReadLine; readonly file: GrowingFile; readonly printed: Printed[]}>;
  #child: Child | undefined;
  #box: RunningBox | undefined;
  rotations = 0;

  private constructor(folder: string, options: HallOptions, boards: readonly [RunningSwitchboard, RunningSwitchboard]) {
    this.folder = folder;
    this.extensions = linesOf(options);
    this.#format = options.format;
    [this.board, this.second] = boards;
    this.cloud = standIn(folder);
    this.#feeds = new Map([
      [TCP, {read: readMitel[options.format], file: new GrowingFile(join(folder, 'printed.smdr')), printed: []}],
      [FOLDER, {read: readAsterisk, file: new GrowingFile(join(folder, 'printed.cdr')), printed: []}],
    ]);
    const common = {zone: 'Europe/London', goLive: new Date(Date.now() - DAY_MS).toISOString()};
    const tcp = {name: TCP, door: 'tcp', role: 'connect', host: '127.0.0.1', port: this.board.printerPort, profile: 'mitel-mivoice'};
    const files = {name: FOLDER, door: 'folder', folder: join(folder, 'records'), pattern: 'Master.csv*', profile: 'asterisk-csv'};
    this.#settings = {
      folder,
      site: 'hall',
      feeds: [
        {...tcp, ...common},
        {...files, ...common},
      ],
      switchboard: {kind: 'simulated', host: '127.0.0.1', port: this.board.controlPort, secret: SECRET},
      consolePort: 0,
      onLog: (line) => {
        this.log.push(line);
        if (this.log.length > LINES_KEPT) this.log.shift();
        if (line.msg === 'line confirmed') this.confirmed++;
      },
      onStart: (child) => {
        this.#child = child;
      },
    };
  }

  /** The switchboards run, the cloud has described the hall, and there is no box yet. */
  static async open(options: HallOptions, folder = mkdtempSync(join(tmpdir(), 'spbs-crash-'))): Promise<Hall> {
    mkdirSync(join(folder, 'records'), {recursive: true});
    const words = ['--lines', linesOf(options).join(','), '--zone', 'Europe/London', '--seed', String(options.seed), ...options.traffic];
    const tcp = [...words, '--format', options.format, '--copy', join(folder, 'printed.smdr')];
    const file = ['--format', 'asterisk-csv', '--append', join(folder, 'records', 'Master.csv'), '--copy', join(folder, 'printed.cdr')];
    const boards = await Promise.all([startSwitchboard(tcp, SECRET), startSwitchboard([...words, ...file], SECRET)]);
    const hall = new Hall(folder, options, boards);
    hall.#describe(options);
    return hall;
  }

  get box(): RunningBox {
    if (this.#box === undefined) throw new Error('no box is ready');
    return this.#box;
  }

  get credits(): number {
    return this.#credits.size;
  }

  /** Starts a box; false if it ended before it was ready. */
  async start(environment: Readonly<Record<string, string>> = {}): Promise<boolean> {
    const since = performance.now();
    this.#box = undefined;
    try {
      this.#box = await startBox({...this.#settings, environment});
      this.startMs.push(performance.now() - since);
      return true;
    } catch (error) {
      if (this.#child?.process.signalCode === 'SIGKILL') return false;
      throw error;
    }
  }

  /** Ends the box as it stands, ready or not. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child?.process.kill(signal);
    await this.died();
  }

  /** Resolves with the signal that ended the box. */
  async died(): Promise<NodeJS.Signals | null> {
    await this.#child?.ended;
    this.#box = undefined;
    return this.#child?.process.signalCode ?? null;
  }

  /** Money comes for students, in one batch; returns its references. */
  credit(amounts: readonly Credit[]): readonly string[] {
    const refs = amounts.map((credit) => {
      const ref = `credit-${this.#credits.size}`;
      this.#credits.set(ref, credit);
      return ref;
    });
    this.cloud.write(amounts.map(({account, amount}, index) => creditFact(account, amount, refs[index] ?? '', Date.now())));
    return refs;
  }

  staff(act: 'lock' | 'end', extension: string): void {
    if (act === 'lock') this.#lockedByStaff.add(extension);
    else this.#lockedByStaff.delete(extension);
    this.cloud.write([{kind: 'override', body: {extension, act, reason: 'a test', by: 'staff'}}]);
  }

  /** As logrotate does, with `create` and without compression. */
  rotate(): void {
    const name = (number: number): string => join(this.folder, 'records', number === 0 ? 'Master.csv' : `Master.csv.${number}`);
    if (!existsSync(name(0))) return;
    for (let number = this.rotations; number >= 0; number--) renameSync(name(number), name(number + 1));
    this.rotations++;
  }

  /** What was printed by now, by feed. */
  printed(): ReadonlyMap<string, readonly Printed[]> {
    for (const {read, file, printed} of this.#feeds.values()) for (const text of file.newLines()) printed.push(read(text));
    return new Map([...this.#feeds].map(([feed, {printed}]) => [feed, printed]));
  }

  /** The last row that the box said it has; 0 before the first. */
  acknowledged(): number {
    const path = join(dataFolder(this.folder), 'down', 'ack.json');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as {readonly upTo: number}).upTo : 0;
  }

  /** Looks at copies of the files of a box that is dead, whatever they are: to open them would mend what the next start has to mend. */
  async autopsy<T>(look: (database: Database, path: string) => T | Promise<T>): Promise<T> {
    const folder = mkdtempSync(join(tmpdir(), 'spbs-autopsy-'));
    const path = join(folder, 'box.db');
    try {
      for (const end of ['', '-wal']) {
        const from = `${databasePath(this.folder)}${end}`;
        if (existsSync(from)) copyFileSync(from, `${path}${end}`);
      }
      const database = new BetterSqlite(path, {readonly: true});
      try {
        return await look(database, path);
      } finally {
        database.close();
      }
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  }

  /** Waits until the box has nothing left to do, then says what is wrong. The traffic must have ended. */
  async findingsAtRest(): Promise<readonly string[]> {
    const late = await this.#comeToRest();
    const known: Known = {
      readers: new Map([...this.#feeds].map(([feed, {read}]) => [feed, read])),
      printed: this.printed(),
      credits: this.#credits,
      unnumbered: new Set(this.#format === 'mitel-mivoice-90' ? [TCP] : []),
      downRows: this.cloud.seq,
      lockedByStaff: this.#lockedByStaff,
    };
    return [...late, ...this.#look((database) => auditAtRest(database, known)), ...(await this.#boardFindings())];
  }

  /** `spbs verify` on a database, as a process; what it prints. */
  async verify(path = databasePath(this.folder)): Promise<string> {
    const child = startChild('provisioning/spbs.js', ['verify', '--json', path]);
    const said = await child.line(() => true);
    return `exit ${await child.ended}: ${said}`;
  }

  async end(): Promise<void> {
    await this.#child?.stop();
    await this.board.stop();
    await this.second.stop();
    rmSync(this.folder, {recursive: true, force: true});
  }

  #describe({opening}: HallOptions): void {
    const since = Date.now() - DAY_MS;
    const students = this.extensions.map((extension) => ({account: accountOf(extension), extension, name: 'A student', opening}));
    for (const {account} of opening > 0 ? students : []) this.#credits.set(`opening:${account}`, {account, amount: opening});
    const facts: DownFact[] = [
      // A hall in which everybody runs out of money at once is no fault of ours here.
      {kind: 'policy', body: {...HALL_POLICY, brake: {lines: 10_000, percent: 100, minutes: 10}}},
      ...tariffFacts(HALL_TARIFF, since),
      ...students.flatMap((student) => studentFacts(student, since)),
    ];
    this.cloud.write(facts);
  }

  #look<T>(look: (database: Database) => T): T {
    const database = openForReading(databasePath(this.folder));
    try {
      return look(database);
    } finally {
      database.close();
    }
  }

  async #comeToRest(): Promise<readonly string[]> {
    const until = Date.now() + REST_MS;
    for (;;) {
      const waits = this.#look((database) => this.#waiting(database));
      if (waits.length === 0) return [];
      if (Date.now() > until) return waits.map((what) => `after ${REST_MS / 1000} s ${what}`);
      await sleep(40);
    }
  }

  #waiting(database: Database): readonly string[] {
    const count = database.prepare<[string], number>('SELECT count(*) FROM call WHERE feed = ?').pluck();
    const isKept = database.prepare<[string, string], number>('SELECT 1 FROM spool WHERE feed = ? AND instr(bytes, CAST(? AS BLOB)) > 0');
    const calls = [...this.printed()].flatMap(([feed, records]) => {
      const missing = records.length - (count.get(feed) ?? 0);
      // Of records that nothing tells apart nobody can say how many should be calls; but they came in their order.
      const isAll =
        missing <= 0 || (this.#format === 'mitel-mivoice-90' && feed === TCP && isKept.get(feed, records.at(-1)?.id ?? '') !== undefined);
      return isAll ? [] : [`${missing} of ${records.length} records of ${feed} are no calls`];
    });
    const unconfirmed = database.prepare<[], string>('SELECT extension FROM line_state WHERE confirmed_decision < decision').pluck().all();
    const batches = readdirSync(join(dataFolder(this.folder), 'down')).filter((name) => name.endsWith('.batch'));
    return [
      ...calls,
      ...unconfirmed.map((extension) => `line ${extension} is not as decided`),
      ...(this.acknowledged() < this.cloud.seq ? [`${this.acknowledged()} of ${this.cloud.seq} rows are acknowledged`] : []),
      ...batches.map((name) => `${name} lies in the inbox`),
    ];
  }

  async #boardFindings(): Promise<readonly string[]> {
    const wanted = this.#look((database) =>
      database.prepare<[], {extension: string; wanted: string}>('SELECT extension, wanted FROM line_state').all(),
    );
    const findings: string[] = [];
    for (const line of wanted) {
      const state = await this.board.control.ask(`STATE ${line.extension}`);
      if (!state.startsWith(line.wanted === 'locked' ? 'barred diverted' : 'open normal'))
        findings.push(`line ${line.extension} is wanted ${line.wanted}, and is ${state}`);
    }
    if (wanted.length !== this.extensions.length) findings.push(`${wanted.length} of ${this.extensions.length} lines are known`);
    return findings;
  }
}

function linesOf({lines}: HallOptions): readonly string[] {
  return Array.from({length: lines}, (_, index) => String(FIRST_LINE + index));
}
