// `npm run demo`: cloud, box, a simulated switchboard with forty lines, card provider, cashless-card service, mail server; each a real
// process. One screen that says where to look, then a line for every event. Whoever watches tops up for the line that ran out.
import {once} from 'node:events';
import {readFileSync, rmSync} from 'node:fs';
import process from 'node:process';
import type {Command, Terminal} from '../../provisioning/command.ts';
import {wrongUsage} from '../../provisioning/usage.ts';
import {parseWords} from '../../provisioning/words.ts';
import type {LogLine} from '../rig/box.ts';
import type {Child} from '../rig/child.ts';
import type {Control} from '../simulator/switchboard/control.ts';
import {startDemoHall, type DemoHall} from './hall.ts';
import {keep, readKept, type Kept} from './kept.ts';
import {createKeyboard} from './keyboard.ts';
import {BAD_CARD, GOOD_CARD, TOP_UP, topUp} from './payer.ts';
import {createScreen, type Screen} from './screen.ts';
import {emailOf, LINES, POOR_LINE, PREFIXES, tell} from './story.ts';

const FOLDER = '.spbs/demo';
/** The poor student calls a mobile telephone so often, until the line is locked. */
const POOR_CALL_EVERY_MS = 4_000;
const POOR_CALL = '907700900123 110';

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
    const demo = new Demo(words, terminal);
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

class Demo {
  readonly #words: Words;
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  readonly #children: Child[] = [];
  readonly #closing: (() => void)[] = [];
  #hall: DemoHall | undefined;
  #kept: Kept | undefined;
  #locked = false;
  #paying = false;

  constructor(words: Words, terminal: Terminal) {
    this.#words = words;
    this.#terminal = terminal;
    this.#screen = createScreen(terminal, () => new Date());
  }

  async run(): Promise<void> {
    const {folder, calls} = this.#words;
    const kept = await readKept(folder);
    keep(folder, kept);
    this.#kept = kept;
    const given = {folder, kept, calls, progress: this.#screen.progress, onLog: (entry: LogLine) => this.#hear(entry)};
    const hall = await startDemoHall(given, (child) => this.#children.push(child));
    this.#hall = hall;
    this.#closing.push(hall.board.control.close);
    this.#tellOfDeaths(hall);
    this.#screen.opening(openingText(hall, kept, folder));
    await hall.board.control.ask('TRAFFIC on');
    this.#runOut(hall.board.control);
    this.#listenToKeys();
    await this.#ended();
  }

  async close(): Promise<void> {
    for (const close of this.#closing.toReversed()) close();
    // The box first, and the cloud before those whom it asks.
    for (const child of this.#children.toReversed()) await child.stop();
  }

  #tellOfDeaths({box, cloud}: DemoHall): void {
    for (const [name, {child}] of Object.entries({box, cloud})) {
      void child.ended.then((code) => {
        const log = `${this.#words.folder}/${name}.log`;
        if (!this.#terminal.stop.aborted) this.#screen.fault(`the ${name} ended with ${code}; its log is ${log}`);
      });
    }
  }

  #hear(entry: LogLine): void {
    const told = tell(entry, this.#hall?.residents ?? this.#kept?.residents ?? {});
    if (told === undefined) return;
    this.#screen.event(told);
    if (told.line !== POOR_LINE) return;
    if (told.word === 'LOCKED') {
      this.#locked = true;
      const who = `${emailOf(POOR_LINE)} / ${this.#kept?.password}`;
      this.#screen.prompt(`Line ${POOR_LINE} is locked. Top up in the portal: ${this.#hall?.cloud.address}, ${who},
  card ${GOOD_CARD}. Or press c, and it is done for you.`);
    }
    if (told.word === 'UNLOCKED') this.#locked = false;
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
      if (key === 'c') void this.#topUp();
      if (key === 'q' || key === '\u0003') process.kill(process.pid, 'SIGINT');
    });
    this.#closing.push(keyboard.close);
  }

  /** As the student would in a browser: portal, card page, and back. */
  async #topUp(): Promise<void> {
    if (this.#paying || this.#hall === undefined || this.#kept === undefined) return;
    this.#paying = true;
    const {address, authority} = this.#hall.cloud;
    try {
      await topUp({
        address,
        authority: readFileSync(authority.path, 'utf8'),
        email: emailOf(POOR_LINE),
        password: this.#kept.password,
      });
      this.#screen.event({line: POOR_LINE, word: 'paid in', text: `£${TOP_UP} by card, on the provider’s page`, tone: 'good'});
    } catch (error) {
      this.#screen.fault(`the top-up did not go through: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#paying = false;
    }
  }

  async #ended(): Promise<void> {
    const {stop} = this.#terminal;
    const stopped = stop.aborted ? Promise.resolve() : once(stop, 'abort');
    await Promise.race([stopped, ...this.#children.map((child) => child.ended)]);
    const {folder} = this.#words;
    this.#screen.ending(`Ended. The data stay in ${folder}; npm run demo goes on with them, npm run demo -- --fresh begins anew.`);
  }
}

function openingText({cloud, box, mail}: DemoHall, {engineer, staff, password}: Kept, folder: string): string {
  const rows = [
    ['portal', cloud.address],
    ['', `${emailOf(POOR_LINE)} / ${password}   (lines ${LINES[0]} to ${LINES.at(-1)}, one student each)`],
    ['desk', `${cloud.address}/desk`],
    ['', `${staff.email} / ${staff.password}`],
    ['console', box.address],
    ['', `${engineer.user} / ${engineer.password}`],
    ['mail', `http://127.0.0.1:${mail.web}   what students and staff were sent`],
    ['cards', `${GOOD_CARD} pays, ${BAD_CARD} is refused; any date to come, any three digits`],
    ['warning', 'Your browser will warn once: portal and desk have a certificate of an authority made on this machine.'],
    ['', `${cloud.authority.path}   SHA-256`],
    ['', cloud.authority.fingerprint.slice(0, 47)],
    ['', cloud.authority.fingerprint.slice(48)],
    ['site', `a hall, Mitel records over TCP, a tariff of ${PREFIXES.toLocaleString('en-GB')} prefixes`],
    ['data', folder],
  ];
  return `  S/PBS demonstration

${rows.map(([name = '', value = '']) => `  ${name.padEnd(9)} ${value}`).join('\n')}

  A minute of a call passes in a second. Line ${POOR_LINE} has little money and calls a mobile telephone until none is left: it is
  warned, then locked, and unlocked when you top up. Lines 102 and 103 top up by themselves: the card of 103 is refused, so it
  is locked. Ctrl-C ends everything.
`;
}
