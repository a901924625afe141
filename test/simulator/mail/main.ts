// The mail sink as a process: node dist/test/simulator/mail/main.js --help
import process from 'node:process';
import {parseArgs} from 'node:util';
import {MailPages, PAGES_HELP} from './pages.ts';
import {MailSink} from './sink.ts';

const HELP = `A mail server that delivers nowhere, and shows what it was sent.

  --port PORT      SMTP, 0 by default: any free one
  --web PORT       pages, 0 by default
  --host ADDRESS   127.0.0.1 by default
  --folder FOLDER  a copy of each message there, as .eml

Prints {"event":"ready","port":PORT,"web":PORT} and runs until SIGINT, SIGTERM or the end of its standard input. Pages:
${PAGES_HELP}`;

const OPTIONS = {
  port: {type: 'string', default: '0'},
  web: {type: 'string', default: '0'},
  host: {type: 'string', default: '127.0.0.1'},
  folder: {type: 'string'},
  help: {type: 'boolean', default: false},
} as const;

function portOf(text: string, name: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new TypeError(`--${name} ${text}: a port is wanted`);
}

async function main(): Promise<void> {
  const {values} = parseArgs({options: OPTIONS, strict: true});
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const sink = new MailSink({port: portOf(values.port, 'port'), host: values.host, folder: values.folder});
  const pages = new MailPages(sink);
  await sink.start();
  const web = await pages.start(portOf(values.web, 'web'), values.host);
  process.stdout.write(`${JSON.stringify({event: 'ready', port: sink.port, web})}\n`);
  const stop = (): void => {
    // Input that is still waited for would keep the process.
    process.stdin.destroy();
    void sink.stop();
    void pages.stop();
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
