// The demonstration's hall: every part a process of its own, as it would be in a building; what was there is there again.
import {createWriteStream, existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {startBox, dataFolder, databasePath, type LogLine, type RunningBox} from '../rig/box.ts';
import type {Child} from '../rig/child.ts';
import {cloudDatabase, cloudFolder, startCloud, type RunningCloud} from '../rig/cloud.ts';
import {enrolBox} from '../rig/hall-box.ts';
import {authorityPath, BOX, makeAuthority, seedHall, SITE} from '../rig/hall-seed.ts';
import {startService, type Service} from '../rig/service.ts';
import {startSwitchboard, type RunningSwitchboard} from '../rig/switchboard.ts';
import {createVisitor} from '../rig/visitor.ts';
import {heads} from './heads.ts';
import {keep, type Kept} from './kept.ts';
import {signUp} from './sign-up.ts';
import {demoStudents, demoTariff, LINES, PREFIXES} from './story.ts';

export type HallGiven = {
  readonly folder: string;
  readonly kept: Kept;
  /** Calls of each line an hour. */
  readonly calls: string;
  readonly progress: (what: string) => void;
  readonly onLog: (entry: LogLine) => void;
};

export type DemoHall = {
  readonly board: RunningSwitchboard;
  readonly cloud: RunningCloud;
  readonly box: RunningBox;
  readonly mail: Service;
  /** Account → line. */
  readonly residents: Readonly<Record<string, string>>;
};

const ZONE = 'Europe/London';
const HOST = '127.0.0.1';
/** To apply 30,000 prefixes and forty students. */
const SETTLES_MS = 30_000;
const LOOK_MS = 50;

/** `started` hears of every process, also of those before one that fails. */
export async function startDemoHall(given: HallGiven, started: (child: Child) => void): Promise<DemoHall> {
  const {folder, kept, progress} = given;
  const hold = <T extends {readonly child: Child}>(part: T): T => {
    started(part.child);
    return part;
  };
  progress(`starting a switchboard with ${LINES.length} lines, a card provider, a cashless-card service and a mail server`);
  await makeAuthority(cloudFolder(folder));
  const words = ['--lines', `${LINES[0]}-${LINES.at(-1)}`, '--calls', given.calls, '--speed', '60', '--zone', ZONE];
  const startProvider = providers(given);
  const [board, card, cashless, mail] = await Promise.all([
    startSwitchboard(words, kept.secret).then(hold),
    startProvider.card.then(hold),
    startProvider.cashless.then(hold),
    startProvider.mail.then(hold),
  ]);
  const furnished = kept.residents === undefined ? await furnish(given, card) : {residents: kept.residents, code: undefined};
  progress('starting the cloud');
  const cloud = hold(await startCloud(cloudSettings(given, {card, cashless, mail})));
  await makeStaff(cloud, given);
  if (furnished.code === undefined) leadTo(folder, cloud.link.port);
  else {
    progress('enrolling the box by its one-time code');
    const authority = authorityPath(cloudFolder(folder));
    await enrolBox(folder, {address: cloud.address, authority, code: furnished.code}, cloud.link.port);
    keep(folder, {...kept, residents: furnished.residents});
  }
  progress('starting the box');
  const box = hold(await startDemoBox(given, board));
  if (furnished.code !== undefined) progress('the cloud tells the box of its site');
  await settled(folder);
  return {board, cloud, box, mail, residents: furnished.residents};
}

function providers({folder, kept}: HallGiven) {
  const {ports, cardKey, webhookSecret} = kept;
  const hook = [`--webhook=https://localhost:${ports.web}/hooks/card`, `--webhook-secret=${webhookSecret}`, `--key=${cardKey}`];
  const state = (name: string): string => `--state=${join(folder, `${name}.json`)}`;
  // Read when it starts: its webhooks go to a certificate of this authority.
  const trust = {NODE_EXTRA_CA_CERTS: authorityPath(cloudFolder(folder))};
  return {
    card: startService('test/simulator/card/main.js', [...hook, state('card')], trust),
    cashless: startService('test/simulator/cashless/main.js', [state('cashless')]),
    mail: startService('test/simulator/mail/main.js', ['--folder', join(folder, 'mail')]),
  };
}

type Furnished = {readonly residents: Readonly<Record<string, string>>; readonly code: string | undefined};

/** As staff would before a hall opens; what an earlier attempt left half done is begun anew. */
async function furnish({folder, kept, progress}: HallGiven, card: Service): Promise<Furnished> {
  progress(`furnishing the hall: ${LINES.length} students and lines, a tariff of ${PREFIXES.toLocaleString('en-GB')} prefixes`);
  const database = ['', '-wal', '-shm'].map((end) => `${cloudDatabase(folder)}${end}`);
  for (const path of [...database, dataFolder(folder)]) rmSync(path, {recursive: true, force: true});
  const provider = {port: card.port, address: `http://${HOST}:${card.port}`, key: kept.cardKey};
  const {residents, code} = await seedHall({
    folder: cloudFolder(folder),
    students: demoStudents(),
    tariff: demoTariff(),
    password: kept.password,
    card: provider,
    webhookSecret: kept.webhookSecret,
  });
  return {residents: Object.fromEntries(residents.map(({account, extension}) => [account, extension])), code};
}

type Beside = {readonly card: Service; readonly cashless: Service; readonly mail: Service};

function cloudSettings({folder, kept}: HallGiven, {card, cashless, mail}: Beside): Parameters<typeof startCloud>[0] {
  const log = createWriteStream(join(folder, 'cloud.log'));
  const page = `http://${HOST}:${card.port}`;
  return {
    folder,
    options: {
      'web.port': kept.ports.web,
      'link.port': kept.ports.link,
      card: {kind: 'stripe', key: kept.cardKey, webhookSecrets: [kept.webhookSecret], host: HOST, port: card.port, protocol: 'http', page},
      cashless: {kind: 'soap', endpoint: cashless.url},
      mail: {kind: 'smtp', host: HOST, port: mail.port, from: 'The hall <phones@hall.example>'},
    },
    onLog: (entry) => void log.write(`${JSON.stringify(entry)}\n`),
  };
}

/** By the link that the cloud prints while nobody can sign in. */
async function makeStaff({firstAdmin, address}: RunningCloud, {folder, kept}: HallGiven): Promise<void> {
  if (firstAdmin === undefined) return;
  const visitor = createVisitor(address, readFileSync(authorityPath(cloudFolder(folder)), 'utf8'));
  const {status} = await visitor.post(new URL(firstAdmin).pathname, kept.staff);
  visitor.close();
  if (status !== 303) throw new Error(`the desk refused its first admin: ${status}`);
}

/** The port may be another than last time: somebody else has it now. */
function leadTo(folder: string, port: number): void {
  const path = join(dataFolder(folder), 'identity', 'link.json');
  const link = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>;
  writeFileSync(path, JSON.stringify({...link, port}));
}

async function startDemoBox({folder, kept, onLog}: HallGiven, board: RunningSwitchboard): Promise<RunningBox> {
  const log = createWriteStream(join(folder, 'box.log'));
  const place = {host: HOST, zone: ZONE, goLive: kept.goLive};
  const box = await startBox({
    folder,
    site: SITE,
    box: BOX,
    feeds: [{name: 'smdr', door: 'tcp', role: 'connect', port: board.printerPort, profile: 'mitel-mivoice', ...place}],
    switchboard: {kind: 'simulated', host: HOST, port: board.controlPort, secret: kept.secret},
    consolePort: kept.ports.console,
    onLog: (entry) => {
      log.write(`${JSON.stringify(entry)}\n`);
      onLog(entry);
    },
  });
  if (box.setupCode !== undefined) await signUp(box.address, box.setupCode, kept.engineer);
  return box;
}

/** The box has applied what the cloud had to say. */
async function settled(folder: string): Promise<void> {
  const until = performance.now() + SETTLES_MS;
  for (;;) {
    const {box, cloud} = existsSync(databasePath(folder)) ? heads(databasePath(folder), cloudDatabase(folder)) : {box: 0, cloud: 1};
    if (box >= cloud) return;
    if (performance.now() > until) throw new Error(`the box has applied ${box} of ${cloud} rows; its log is ${join(folder, 'box.log')}`);
    await sleep(LOOK_MS);
  }
}
