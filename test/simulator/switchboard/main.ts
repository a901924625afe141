// The simulated switchboard as a process: node dist/test/simulator/switchboard/main.js --help
import process from 'node:process';
import {parseArgs} from 'node:util';
import {CONTROL_HELP} from './control-server.ts';
import {formats, type FormatName} from './formats.ts';
import type {Output} from './printer.ts';
import {SimulatedSwitchboard} from './switchboard.ts';

const HELP = `A simulated switchboard: lines that call, records that are printed, locks that are obeyed.

  --lines 101-140         extensions: ranges and names, with commas between
  --format NAME           ${Object.keys(formats).join(', ')}
  --listen PORT           prints to whoever connects (a Mitel's port is 1752; 0: any free one)
  --append FILE           prints into a file instead
  --copy FILE             a copy of every record goes there too
  --control PORT          where the box locks and unlocks (0: any free one)
  --secret TEXT           what the box must know to do so
  --host ADDRESS          127.0.0.1 by default
  --zone ZONE             of its clock, such as Europe/London; UTC by default
  --outside-line DIGITS   9 by default
  --emergency NUMBERS     112,999 by default; never barred
  --calls NUMBER          calls a line and hour, 6 by default; 0: only calls that are asked for
  --wait                  no call before TRAFFIC on, and ends with its standard input
  --speed NUMBER          so many seconds of a call pass in one, 1 by default
  --destinations NUMBERS  what people dial, with commas between
  --seed NUMBER           the same seed makes the same calls

Prints {"event":"ready","control":PORT,"printer":PORT} and runs until SIGINT or SIGTERM.
Words on the control port, after SPBS-SIMULATED 1 <nonce> was answered with AUTH <hex of HMAC-SHA-256(secret, nonce)>:
${CONTROL_HELP}
`;

const OPTIONS = {
  lines: {type: 'string', default: '101-140'},
  format: {type: 'string', default: 'mitel-mivoice-207'},
  listen: {type: 'string', default: '0'},
  append: {type: 'string'},
  copy: {type: 'string'},
  control: {type: 'string', default: '0'},
  secret: {type: 'string', default: 'simulated'},
  host: {type: 'string', default: '127.0.0.1'},
  zone: {type: 'string', default: 'UTC'},
  'outside-line': {type: 'string', default: '9'},
  emergency: {type: 'string', default: '112,999'},
  calls: {type: 'string', default: '6'},
  speed: {type: 'string', default: '1'},
  destinations: {type: 'string', default: '02079460000,01614960000,07700900123,0033140000000,0014155550100'},
  seed: {type: 'string', default: '1'},
  wait: {type: 'boolean', default: false},
  help: {type: 'boolean', default: false},
} as const;

/** `101-140,porter` → 101 … 140, porter. */
function extensionsOf(text: string): readonly string[] {
  return text.split(',').flatMap((part) => {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(part) ?? [];
    if (first === undefined || last === undefined) return part === '' ? [] : [part];
    const count = Math.max(0, Number(last) - Number(first) + 1);
    return Array.from({length: count}, (_, index) => String(Number(first) + index).padStart(first.length, '0'));
  });
}

function numberOf(text: string, name: string): number {
  const value = Number(text);
  if (text !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`--${name} ${text}: a number from 0 up is wanted`);
}

type Asked = {readonly board: SimulatedSwitchboard; readonly waits: boolean};

function read(args: readonly string[]): Asked | 'help' {
  const {values} = parseArgs({args: [...args], options: OPTIONS, strict: true});
  if (values.help) return 'help';
  if (!Object.hasOwn(formats, values.format))
    throw new TypeError(`--format ${values.format}: ${Object.keys(formats).join(', ')} are known`);
  const format = values.format as FormatName;
  const output: Output =
    values.append === undefined
      ? {kind: 'listen', host: values.host, port: numberOf(values.listen, 'listen'), lineEnd: format === 'asterisk-csv' ? '\n' : '\r\n'}
      : {kind: 'append', path: values.append};
  const board = new SimulatedSwitchboard({
    lines: extensionsOf(values.lines),
    host: values.host,
    controlPort: numberOf(values.control, 'control'),
    secret: values.secret,
    output,
    copy: values.copy,
    format,
    zone: values.zone,
    outsideLine: values['outside-line'],
    emergency: values.emergency.split(','),
    seed: numberOf(values.seed, 'seed'),
    speed: Math.max(0.01, numberOf(values.speed, 'speed')),
    traffic: {callsPerLinePerHour: numberOf(values.calls, 'calls'), destinations: values.destinations.split(',')},
  });
  return {board, waits: values.wait};
}

async function main(): Promise<void> {
  const asked = read(process.argv.slice(2));
  if (asked === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const {board, waits} = asked;
  await board.start();
  if (!waits && board.options.traffic.callsPerLinePerHour > 0) board.traffic(true);
  process.stdout.write(`${JSON.stringify({event: 'ready', control: board.controlPort, printer: board.printerPort})}\n`);
  const stop = (): void => {
    // Input that is still waited for would keep the process.
    process.stdin.destroy();
    void board.stop();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  if (waits) process.stdin.on('end', stop).resume();
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
  process.exitCode = 2;
}
