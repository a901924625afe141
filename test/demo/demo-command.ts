// `npm run demo`: a box, a simulated switchboard with forty lines, and a stand-in for the cloud, each a real process or file.
// One screen that says where to look, then a line for every event. A key pays money in for the line that ran out.
import {randomBytes} from 'node:crypto';
import {createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {once} from 'node:events';
import {createServer} from 'node:net';
import {join} from 'node:path';
import process from 'node:process';
import type {Command, Terminal} from '../../provisioning/command.ts';
import {wrongUsage} from '../../provisioning/usage.ts';
import {parseWords} from '../../provisioning/words.ts';
import {standIn, startBox, type LogLine} from '../rig/box.ts';
import type {Child} from '../rig/child.ts';
import {startSwitchboard, type RunningSwitchboard} from '../rig/switchboard.ts';
import {creditFact} from '../simulator/cloud/site.ts';
import type {StandInCloud} from '../simulator/cloud/stand-in.ts';
import type {Control} from '../simulator/switchboard/control.ts';
import {createKeyboard} from './keyboard.ts';
import {createScreen, type Screen} from './screen.ts';
import {signUp} from './sign-up.ts';
import {accountOf, demoSite, LINES, POOR_LINE, PREFIXES, pounds, tell} from './story.ts';

const FOLDER = '.spbs/demo';
const CONSOLE_PORT = 8480;
const TOP_UP = 5_000_000;
/** The poor student calls a mobile telephone so often, until the line is locked. */
const POOR_CALL_EVERY_MS = 4_000;
const POOR_CALL = '907700900123 110';
const DAY_MS = 86_400_000;

export const command: Command = {
  summary: 'the demonstration',
  usage: `usage: npm run demo [-- --fresh] [--folder FOLDER] [--calls NUMBER]

  --fresh           forgets what earlier demonstrations left behind
  --folder FOLDER   where the demonstration keeps its data (default ${FOLDER})
  --calls NUMBER    calls of each line an hour; a minute of a call passes in a second (default 2)
Ctrl-C ends it.
`,
  run: async (args, terminal) => {
    const words = readWords(args);
    if (typeof words === 'string') return wrongUsage(terminal, 'demo', words);
    if (words.fresh) rmSync(words.folder, {recursive: true, force: true});
    const demo = new Demo(words.folder, words.calls, terminal);
    try {
      await demo.run();
      return 0;
    } finally {
      await demo.close();
    }
  },
};

type Words = {readonly fresh: boolean; readonly folder: string; readonly calls: string};

function readWords(args: readonly string[]): Words | string {
  const parsed = parseWords(args, {
    fresh: {type: 'boolean', default: false},
    folder: {type: 'string', default: FOLDER},
    calls: {type: 'string', default: '2'},
  });
  if (typeof parsed === 'string') return parsed;
  const {values} = parsed;
  return /^\d{1,4}(?:\.\d+)?$/.test(values.calls) ? values : `--calls ${values.calls}: a number is wanted`;
}

/** Kept from one demonstration to the next. */
type Kept = {readonly secret: string; readonly user: string; readonly password: string; readonly goLive: string};

class Demo {
  readonly #folder: string;
  readonly #calls: string;
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  readonly #children: Child[] = [];
  readonly #closing: (() => void)[] = [];
  #cloud: StandInCloud | undefined;
  #locked = false;

  constructor(folder: string, calls: string, terminal: Terminal) {
    this.#folder = folder;
    this.#calls = calls;
    this.#terminal = terminal;
    this.#screen = createScreen(terminal, () => new Date());
  }

  async run(): Promise<void> {
    mkdirSync(this.#folder, {recursive: true, mode: 0o700});
    const kept = this.#kept();
    this.#screen.progress('starting a switchboard with 40 lines');
    const board = await this.#startSwitchboard(kept);
    this.#screen.progress('starting the box');
    const address = await this.#startBox(kept, board);
    const cloud = standIn(this.#folder);
    this.#cloud = cloud;
    if (cloud.seq === 0) {
      this.#screen.progress(`sending the site to the box: students, lines, a tariff of ${PREFIXES.toLocaleString('en-GB')} prefixes`);
      cloud.write(demoSite(Date.parse(kept.goLive)));
    }
    await cloud.applied();
    this.#screen.opening(openingText(address, kept, this.#folder));
    await board.control.ask('TRAFFIC on');
    this.#runOut(board.control);
    this.#listenToKeys();
    await this.#ended();
  }

  async close(): Promise<void> {
    for (const close of this.#closing.toReversed()) close();
    await Promise.all(this.#children.map((child) => child.stop()));
  }

  #kept(): Kept {
    const path = join(this.#folder, 'demo.json');
    if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Kept;
    const word = (bytes: number): string => randomBytes(bytes).toString('base64url');
    const kept: Kept = {secret: word(12), user: 'engineer', password: word(12), goLive: new Date(Date.now() - DAY_MS).toISOString()};
    writeFileSync(path, JSON.stringify(kept), {mode: 0o600});
    return kept;
  }

  async #startSwitchboard({secret}: Kept): Promise<RunningSwitchboard> {
    const lines = `${LINES[0]}-${LINES.at(-1)}`;
    const words = ['--lines', lines, '--calls', this.#calls, '--speed', '60', '--zone', 'Europe/London'];
    const board = await startSwitchboard(words, secret);
    this.#children.push(board.child);
    this.#closing.push(board.control.close);
    return board;
  }

  async #startBox({secret, goLive, ...kept}: Kept, board: RunningSwitchboard): Promise<string> {
    const path = join(this.#folder, 'box.log');
    const log = createWriteStream(path);
    const address = {host: '127.0.0.1', zone: 'Europe/London'};
    const box = await startBox({
      folder: this.#folder,
      site: 'demo-hall',
      feeds: [{name: 'smdr', door: 'tcp', role: 'connect', port: board.printerPort, profile: 'mitel-mivoice', goLive, ...address}],
      switchboard: {kind: 'simulated', host: '127.0.0.1', port: board.controlPort, secret},
      consolePort: (await isFree(CONSOLE_PORT)) ? CONSOLE_PORT : 0,
      onLog: (entry) => {
        log.write(`${JSON.stringify(entry)}\n`);
        this.#hear(entry);
      },
    });
    this.#children.push(box.child);
    if (box.setupCode !== undefined) await signUp(box.address, box.setupCode, kept);
    void box.child.ended.then((code) => {
      if (!this.#terminal.stop.aborted) this.#screen.fault(`the box ended with ${code}; its log is ${path}`);
    });
    return box.address;
  }

  #hear(entry: LogLine): void {
    const told = tell(entry);
    if (told === undefined) return;
    this.#screen.event(told);
    if (told.line === POOR_LINE && told.word === 'LOCKED') {
      this.#locked = true;
      this.#screen.prompt(`Line ${POOR_LINE} is locked. Press c to pay ${pounds(TOP_UP)} in for it.`);
    }
    if (told.line === POOR_LINE && told.word === 'UNLOCKED') this.#locked = false;
  }

  /** One student calls a mobile telephone until nothing is left, and once more to see the bar. */
  #runOut(control: Control): void {
    let barred = false;
    const timer = setInterval(() => {
      if (this.#locked && barred) return;
      void control.ask(`CALL ${POOR_LINE} ${POOR_CALL}`).then((answer) => {
        const now = answer === 'barred';
        if (now && !barred)
          this.#screen.event({line: POOR_LINE, word: 'barred', text: 'tried to call: the switchboard said no', tone: 'fault'});
        barred = now;
      });
    }, POOR_CALL_EVERY_MS);
    this.#closing.push(() => clearInterval(timer));
  }

  #listenToKeys(): void {
    const keyboard = createKeyboard((key) => {
      if (key === 'c') this.#credit();
      if (key === 'q' || key === '\u0003') process.kill(process.pid, 'SIGINT');
    });
    this.#closing.push(keyboard.close);
  }

  #credit(): void {
    const at = Date.now();
    this.#cloud?.write([creditFact(accountOf(POOR_LINE), TOP_UP, `demo:${at}`, at)]);
    this.#screen.event({line: POOR_LINE, word: 'paid in', text: `${pounds(TOP_UP)} by the stand-in for the cloud`, tone: 'good'});
  }

  async #ended(): Promise<void> {
    const {stop} = this.#terminal;
    const stopped = stop.aborted ? Promise.resolve() : once(stop, 'abort');
    await Promise.race([stopped, ...this.#children.map((child) => child.ended)]);
    this.#screen.ending(`Ended. The data stay in ${this.#folder}; npm run demo goes on with them, npm run demo -- --fresh begins anew.`);
  }
}

function openingText(address: string, {user, password}: Kept, folder: string): string {
  const rows = [
    ['console', address],
    ['sign in', `${user} / ${password}`],
    ['site', `a hall of ${LINES.length} lines, Mitel records over TCP, a tariff of ${PREFIXES.toLocaleString('en-GB')} prefixes`],
    ['data', folder],
  ];
  return `  S/PBS demonstration

${rows.map(([name = '', value = '']) => `  ${name.padEnd(9)} ${value}`).join('\n')}

  A minute of a call passes in a second. Line ${POOR_LINE} has little money and calls a mobile telephone until none is left:
  it is warned, then locked. Then press c to pay ${pounds(TOP_UP)} in for it. Ctrl-C ends everything.
`;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}
