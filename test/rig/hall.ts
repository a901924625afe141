// A whole hall on real processes: a switchboard, a box enrolled by a one-time code, its cloud with whom it is paid and mails through,
// and between box and cloud a line that can be cut. In: who lives there. Out: a hall that is open, and what may befall it.
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import BetterSqlite, {type Database} from 'better-sqlite3';
import {must} from '../../shared/assert/assert.ts';
import type {TariffSource} from '../../shared/tariff/tariff.ts';
import type {Policy} from '../../shared/wire/kinds.ts';
import {differences} from './agree.ts';
import {databasePath, startBox, type BoxSettings, type LogLine, type RunningBox} from './box.ts';
import {startCard, type RunningCard} from './card.ts';
import {startChild, type Child} from './child.ts';
import {cloudDatabase, cloudFolder, startCloud, type CloudSettings, type RunningCloud} from './cloud.ts';
import {enrolBox} from './hall-box.ts';
import {authorityPath, BOX, makeAuthority, PASSWORD, seedHall, SITE, type HallStudent, type Resident} from './hall-seed.ts';
import {freePort} from './port.ts';
import {openRelay, type Relay} from './relay.ts';
import {startService, type Service} from './service.ts';
import type {Ground, LineView} from './site.ts';
import {startSwitchboard, type RunningSwitchboard} from './switchboard.ts';
import {createVisitor, type Visitor} from './visitor.ts';

export type HallOptions = {
  readonly policy?: Partial<Policy>;
  /** The hall's small one without it. */
  readonly tariff?: TariffSource;
  readonly card?: boolean;
  readonly cashless?: boolean;
  readonly mail?: boolean;
  /** A switchboard of the caller's; a simulated one without it. */
  readonly ground?: Ground;
};

export type Environment = Readonly<Record<string, string>>;
export type Verified = {readonly code: number; readonly findings: readonly string[]};

const SECRET = 'rig-secret';
export const WEBHOOK_SECRET = 'whsec_rig';
const DAY_MS = 86_400_000;
/** Several waits of a box that could not connect, on a machine that has much else to do. */
const REST_MS = 60_000;
const LOOK_MS = 40;

/** One line a student. Ready when the box has applied all that the cloud says, and every line is as decided. */
export async function startHall(students: readonly HallStudent[], options: HallOptions = {}): Promise<Hall> {
  const hall = new Hall(mkdtempSync(join(tmpdir(), 'spbs-hall-')));
  try {
    await hall.open(students, options);
    return hall;
  } catch (error) {
    await hall.end();
    throw error;
  }
}

export class Hall {
  readonly folder: string;
  /** What they said so far, over all restarts. */
  readonly boxLog: LogLine[] = [];
  readonly cloudLog: LogLine[] = [];
  readonly #stops: (() => unknown)[] = [];
  #residents: readonly Resident[] = [];
  #board: RunningSwitchboard | undefined;
  #card: RunningCard | undefined;
  #cashless: Service | undefined;
  #mail: Service | undefined;
  #relay: Relay | undefined;
  #cloudSettings: CloudSettings | undefined;
  #boxSettings: BoxSettings | undefined;
  #cloudChild: Child | undefined;
  #boxChild: Child | undefined;
  #cloud: RunningCloud | undefined;
  #box: RunningBox | undefined;
  #boxDatabase: Database | undefined;
  #cloudDatabase: Database | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  async open(students: readonly HallStudent[], options: HallOptions): Promise<void> {
    const data = cloudFolder(this.folder);
    await makeAuthority(data);
    const ground = await this.#openGround(students, options.ground);
    const webPort = await freePort();
    const providers = await this.#openProviders(options, webPort);
    const {policy, tariff} = options;
    const seeding = {folder: data, students, policy, tariff, card: this.#card, cashless: this.#cashless, webhookSecret: WEBHOOK_SECRET};
    const {residents, code} = await seedHall(seeding);
    this.#residents = residents;
    this.#relay = this.#kept(await openRelay(), 'close');
    this.#stops.push(() => this.#cloudChild?.stop());
    this.#cloudSettings = {
      folder: this.folder,
      options: {'web.port': webPort, ...providers},
      onLog: (entry) => this.cloudLog.push(entry),
      onStart: (child) => {
        this.#cloudChild = child;
      },
    };
    await this.startCloud();
    const cloud = {address: this.cloud.address, authority: authorityPath(data), code};
    await enrolBox(this.folder, cloud, this.relay.port);
    this.#stops.push(() => this.#boxChild?.stop());
    this.#boxSettings = {
      folder: this.folder,
      site: SITE,
      box: BOX,
      feeds: [{goLive: new Date(Date.now() - DAY_MS).toISOString(), ...ground.feed}],
      switchboard: ground.switchboard,
      consolePort: 0,
      onLog: (entry) => this.boxLog.push(entry),
      onStart: (child) => {
        this.#boxChild = child;
      },
    };
    await this.startBox();
    this.#boxDatabase = new BetterSqlite(databasePath(this.folder), {readonly: true});
    this.#cloudDatabase = new BetterSqlite(cloudDatabase(this.folder), {readonly: true});
    await this.rest();
  }

  // ---- who is there

  resident(extension: string): Resident {
    return must(
      this.#residents.find((each) => each.extension === extension),
      `somebody on line ${extension}`,
    );
  }

  /** The simulated switchboard. */
  get board(): RunningSwitchboard {
    return must(this.#board, 'simulated switchboard');
  }

  get card(): RunningCard {
    return must(this.#card, 'card provider');
  }

  get cashless(): Service {
    return must(this.#cashless, 'cashless service');
  }

  get mail(): Service {
    return must(this.#mail, 'mail sink');
  }

  get relay(): Relay {
    return must(this.#relay, 'link');
  }

  get cloud(): RunningCloud {
    return must(this.#cloud, 'cloud that runs');
  }

  get box(): RunningBox {
    return must(this.#box, 'box that runs');
  }

  /** Signed in, if it is somebody. */
  async visitor(resident?: Resident): Promise<Visitor> {
    const visitor = createVisitor(this.cloud.address, readFileSync(authorityPath(cloudFolder(this.folder)), 'utf8'));
    this.#stops.push(visitor.close);
    if (resident !== undefined) await visitor.signIn(resident.email, PASSWORD);
    return visitor;
  }

  // ---- what may befall it

  /** Resets what connects box and cloud; whoever tries anew waits until it is mended. */
  cutLink(): void {
    this.relay.cut();
  }

  /** Lets nothing through, and resets nothing. */
  swallowLink(): void {
    this.relay.swallow();
  }

  mendLink(): void {
    this.relay.mend();
  }

  /** `kill -9`, or as `signal` does. */
  async killBox(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#boxChild?.process.kill(signal);
    await this.boxDied();
  }

  /** Resolves with the signal that ended the box. */
  async boxDied(): Promise<NodeJS.Signals | null> {
    await endOf(this.#boxChild, 'box');
    this.#box = undefined;
    return this.#boxChild?.process.signalCode ?? null;
  }

  /** Ready, and reading its feed. */
  async startBox(environment: Environment = {}): Promise<void> {
    const said = this.boxLog.length;
    this.#box = await startBox({...must(this.#boxSettings, 'settings of the box'), environment});
    const until = performance.now() + REST_MS;
    // What a switchboard prints while nobody listens is gone.
    while (!this.boxLog.slice(said).some(({msg}) => msg === 'the feed can be read')) {
      if (performance.now() > until) throw new Error(`the feed could not be read for ${REST_MS / 1000} s`);
      await sleep(LOOK_MS);
    }
  }

  async killCloud(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#cloudChild?.process.kill(signal);
    await this.cloudDied();
  }

  /** Resolves with the signal that ended the cloud. */
  async cloudDied(): Promise<NodeJS.Signals | null> {
    await endOf(this.#cloudChild, 'cloud');
    this.#cloud = undefined;
    return this.#cloudChild?.process.signalCode ?? null;
  }

  /** On the same address; its boxes reach it by the same line. */
  async startCloud(environment: Environment = {}): Promise<void> {
    this.#cloud = await startCloud({...must(this.#cloudSettings, 'settings of the cloud'), environment});
    this.relay.lead(this.#cloud.link.port);
  }

  // ---- what it holds

  boxRows<T>(sql: string, ...values: readonly unknown[]): readonly T[] {
    return must(this.#boxDatabase, 'database of the box')
      .prepare<unknown[], T>(sql)
      .all(...values);
  }

  cloudRows<T>(sql: string, ...values: readonly unknown[]): readonly T[] {
    return must(this.#cloudDatabase, 'database of the cloud')
      .prepare<unknown[], T>(sql)
      .all(...values);
  }

  /** Of an account on both sides, in micros. */
  balance(account: string): {readonly box: number; readonly cloud: number} {
    const sql = 'SELECT credit - debit AS amount FROM balance WHERE account = ?';
    const [onBox] = this.boxRows<{amount: number}>(sql, account);
    const [inCloud] = this.cloudRows<{amount: number}>(sql, account);
    return {box: onBox?.amount ?? 0, cloud: inCloud?.amount ?? 0};
  }

  line(extension: string): LineView | undefined {
    const sql = 'SELECT wanted, reasons, confirmed_decision >= decision AS confirmed FROM line_state WHERE extension = ?';
    return this.boxRows<LineView>(sql, extension)[0];
  }

  /** Rows of the up log: on the box, acknowledged there, in the cloud; and of the down log. */
  heads(): {readonly up: number; readonly acked: number; readonly upInCloud: number; readonly down: number; readonly downInCloud: number} {
    const head = (rows: readonly {log: string; seq: number}[], log: 'up' | 'down'): number => rows.find((row) => row.log === log)?.seq ?? 0;
    const box = this.boxRows<{log: string; seq: number}>('SELECT log, seq FROM log_head');
    const cloud = this.cloudRows<{log: string; seq: number}>('SELECT log, seq FROM site_head WHERE site = ?', SITE);
    const [link] = this.boxRows<{acked: number}>('SELECT up_acked AS acked FROM cloud_link');
    return {
      up: head(box, 'up'),
      acked: link?.acked ?? 0,
      upInCloud: head(cloud, 'up'),
      down: head(box, 'down'),
      downInCloud: head(cloud, 'down'),
    };
  }

  /** Waits until neither side has anything left to tell the other, and lines are as decided; throws with what is left. */
  async rest(withinMs = REST_MS): Promise<void> {
    const until = performance.now() + withinMs;
    for (let quiet = 0; quiet < 3;) {
      const left = this.#left();
      quiet = left.length === 0 ? quiet + 1 : 0;
      if (performance.now() > until && quiet === 0) throw new Error(`after ${withinMs / 1000} s: ${left.join('; ')}`);
      await sleep(LOOK_MS);
    }
  }

  /** What differs between box and cloud, at rest. */
  async agree(): Promise<readonly string[]> {
    const [box, cloud] = [must(this.#boxDatabase, 'database of the box'), must(this.#cloudDatabase, 'database of the cloud')];
    for (;;) {
      await this.rest();
      const before = JSON.stringify(this.heads());
      const findings = differences(box, cloud, SITE);
      // A box may find something to tell at any time: then they were not compared at one cut.
      if (JSON.stringify(this.heads()) === before) return findings;
    }
  }

  /** `spbs verify`, as a process. */
  async verify(whose: 'box' | 'cloud'): Promise<Verified> {
    const path = whose === 'box' ? databasePath(this.folder) : cloudDatabase(this.folder);
    const child = startChild('provisioning/spbs.js', ['verify', '--json', path]);
    const {findings} = JSON.parse(await child.line((line) => line.startsWith('{'))) as {readonly findings: readonly string[]};
    return {code: await child.ended, findings};
  }

  /** Ends everything, the last first, and removes the folder. */
  async end(): Promise<void> {
    this.#boxDatabase?.close();
    this.#cloudDatabase?.close();
    for (const stop of this.#stops.splice(0).toReversed()) await stop();
    rmSync(this.folder, {recursive: true, force: true});
  }

  #left(): readonly string[] {
    const {up, acked, upInCloud, down, downInCloud} = this.heads();
    const lines = this.boxRows<{extension: string}>('SELECT extension FROM line_state WHERE confirmed_decision < decision');
    const known = this.boxRows<{extension: string}>('SELECT extension FROM line_state').length;
    return [
      ...(acked < up || upInCloud < up ? [`of ${up} rows up ${upInCloud} are in the cloud and ${acked} acknowledged`] : []),
      ...(down < downInCloud ? [`of ${downInCloud} rows down ${down} are on the box`] : []),
      ...(known < this.#residents.length ? [`${known} of ${this.#residents.length} lines are known`] : []),
      ...lines.map(({extension}) => `line ${extension} is not as decided`),
    ];
  }

  #kept<T, K extends keyof T>(part: T, stop: K): T {
    this.#stops.push(() => (part[stop] as () => Promise<void>)());
    return part;
  }

  async #openGround(students: readonly HallStudent[], ground: Ground | undefined): Promise<Ground> {
    if (ground !== undefined) return this.#kept(ground, 'stop');
    const lines = students.map(({extension}) => extension).join(',');
    const words = ['--lines', lines, '--format', 'mitel-mivoice-207', '--zone', 'Europe/London'];
    const board = this.#kept(await startSwitchboard(words, SECRET), 'stop');
    this.#board = board;
    const printer = {name: 'smdr', door: 'tcp', role: 'connect', host: '127.0.0.1', port: board.printerPort};
    return {
      feed: {...printer, profile: 'mitel-mivoice', zone: 'Europe/London'},
      switchboard: {kind: 'simulated', host: '127.0.0.1', port: board.controlPort, secret: SECRET},
      stop: board.stop,
    };
  }

  /** In the words of the cloud's configuration. */
  async #openProviders({card, cashless, mail}: HallOptions, webPort: number): Promise<Readonly<Record<string, unknown>>> {
    const options: Record<string, unknown> = {};
    if (card === true) {
      const words = [`--webhook=https://localhost:${webPort}/hooks/card`, `--webhook-secret=${WEBHOOK_SECRET}`];
      // Read when it starts: the webhook goes to a certificate of this authority.
      const environment = {NODE_EXTRA_CA_CERTS: authorityPath(cloudFolder(this.folder))};
      this.#card = this.#kept(await startCard(words, {environment}), 'stop');
      const {key, port, address} = this.#card;
      const place = {host: '127.0.0.1', port, protocol: 'http', page: address};
      options['card'] = {kind: 'stripe', key, webhookSecrets: [WEBHOOK_SECRET], ...place};
    }
    if (cashless === true) {
      this.#cashless = this.#kept(await startService('test/simulator/cashless/main.js'), 'stop');
      options['cashless'] = {kind: 'soap', endpoint: this.#cashless.url};
    }
    if (mail === true) {
      this.#mail = this.#kept(await startService('test/simulator/mail/main.js'), 'stop');
      options['mail'] = {kind: 'smtp', host: '127.0.0.1', port: this.#mail.port, from: 'The hall <phones@hall.example>'};
    }
    return options;
  }
}

async function endOf(child: Child | undefined, name: string): Promise<void> {
  const ended = await Promise.race([child?.ended, sleep(REST_MS, 'no' as const, {ref: false})]);
  if (ended === 'no') throw new Error(`the ${name} has not ended for ${REST_MS / 1000} s`);
}
