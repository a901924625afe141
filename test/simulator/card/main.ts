// The simulated card provider as a process: node dist/test/simulator/card/main.js --help
import process from 'node:process';
import {parseArgs} from 'node:util';
import {startCardSimulator, type SimulatorGiven} from './server.ts';

const HELP = `A simulated card provider in the shape of Stripe's API.

  --port NUMBER           0: any free one
  --key TEXT              the secret key that its API takes, such as sk_test_demo; sk_live_… makes it say that it is live
  --webhook URL           where events are posted to
  --webhook-secret TEXT   whsec_…, what they are signed with
  --webhook-retry MS      before the first retry, 1000 by default; then doubled
  --state FILE            keeps its memory there
  --work MS               how long it works on a request, 5 by default
  --wait                  ends with its standard input

Prints {"event":"ready","port":PORT} and runs until SIGINT or SIGTERM. POST /_control orders faults, GET /_control/charges
tells what was taken: control.ts.
`;

const OPTIONS = {
  port: {type: 'string', default: '0'},
  key: {type: 'string', default: 'sk_test_simulated'},
  webhook: {type: 'string'},
  'webhook-secret': {type: 'string', default: 'whsec_simulated'},
  'webhook-retry': {type: 'string', default: '1000'},
  state: {type: 'string'},
  work: {type: 'string', default: '5'},
  wait: {type: 'boolean', default: true},
  help: {type: 'boolean', default: false},
} as const;

function numberOf(text: string, name: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new TypeError(`--${name} ${text}: a whole number is wanted`);
}

type Asked = {readonly given: SimulatorGiven; readonly waits: boolean};

function read(args: readonly string[]): Asked | 'help' {
  const {values} = parseArgs({args: [...args], options: OPTIONS, strict: true, allowNegative: true});
  if (values.help) return 'help';
  const {webhook: url} = values;
  const target = {secret: values['webhook-secret'], retryMs: numberOf(values['webhook-retry'], 'webhook-retry')};
  const given: SimulatorGiven = {
    port: numberOf(values.port, 'port'),
    key: values.key,
    webhook: url === undefined ? undefined : {url, ...target},
    state: values.state,
    workMs: numberOf(values.work, 'work'),
  };
  return {given, waits: values.wait};
}

async function main(): Promise<void> {
  const asked = read(process.argv.slice(2));
  if (asked === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const simulator = await startCardSimulator(asked.given);
  process.stdout.write(`${JSON.stringify({event: 'ready', port: simulator.port})}\n`);
  const stop = (): void => {
    // Input that is still waited for would keep the process.
    process.stdin.destroy();
    void simulator.stop();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  if (asked.waits) process.stdin.on('end', stop).resume();
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
  process.exitCode = 2;
}
