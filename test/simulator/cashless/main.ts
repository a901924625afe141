// The simulated card service as a process: node dist/test/simulator/cashless/main.js --help
import {readFileSync} from 'node:fs';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {SimulatedCashless} from './cashless.ts';
import {CARDS} from './cards.ts';
import {CONTROL_HELP} from './control.ts';

const HELP = `A simulated cashless-card service: SOAP behind cloud/payment/cashless/cashless-card.wsdl.

  --port PORT          0 by default: any free one
  --host ADDRESS       127.0.0.1 by default
  --state FILE         keeps cards and debits there
  --key FILE --cert FILE   speaks TLS with them
  --username NAME --password TEXT   asked for by HTTP Basic

Prints {"event":"ready","port":PORT,"url":URL} and runs until SIGINT, SIGTERM or the end of its standard input.
Cards: ${CARDS.map(({id, balanceMinor, currency, state, pin}) => `${id} ${balanceMinor} ${currency} ${state} PIN ${pin}`).join(' · ')}
Three wrong PINs block what asks for one for 15 minutes.
On the same port:
${CONTROL_HELP}`;

const OPTIONS = {
  port: {type: 'string', default: '0'},
  host: {type: 'string', default: '127.0.0.1'},
  state: {type: 'string'},
  key: {type: 'string'},
  cert: {type: 'string'},
  username: {type: 'string'},
  password: {type: 'string'},
  help: {type: 'boolean', default: false},
} as const;

async function main(): Promise<void> {
  const {values} = parseArgs({options: OPTIONS, strict: true});
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new TypeError(`--port ${values.port}: a port is wanted`);
  if ((values.key === undefined) !== (values.cert === undefined)) throw new TypeError('--key and --cert belong together');
  const service = new SimulatedCashless({
    port,
    host: values.host,
    stateFile: values.state,
    tls:
      values.key === undefined || values.cert === undefined
        ? undefined
        : {key: readFileSync(values.key, 'utf8'), cert: readFileSync(values.cert, 'utf8')},
    username: values.username,
    password: values.password,
  });
  await service.start();
  process.stdout.write(`${JSON.stringify({event: 'ready', port: service.port, url: service.url})}\n`);
  const stop = (): void => {
    // Input that is still waited for would keep the process.
    process.stdin.destroy();
    void service.stop();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.stdin.on('end', stop).resume();
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
  process.exitCode = 2;
}
