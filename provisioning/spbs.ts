#!/usr/bin/env node
// The command table of `spbs`: what each is called, and where it is found. A command is loaded when it is asked for.
import {readFileSync} from 'node:fs';
import process from 'node:process';
import {explain, Failure} from '../shared/failure/failure.ts';
import type {Command, ExitCode, Terminal} from './command.ts';

type Load = () => Promise<{readonly command: Command}>;

const commands: Readonly<Record<string, Load>> = {
  edge: () => import('./edge-command.ts'),
  cloud: () => import('./cloud-command.ts'),
  record: () => import('./record-command.ts'),
  profile: () => import('./profile-command.ts'),
  rate: () => import('./rate-command.ts'),
  tariff: () => import('./tariff-command.ts'),
  dialplan: () => import('./dialplan-command.ts'),
  number: () => import('./number-command.ts'),
  enrol: () => import('./enrol-command.ts'),
  verify: () => import('./verify-command.ts'),
  demo: () => import('../test/demo/demo-command.ts'),
};

/** Kept out of the list: it is for `npm run demo`, which builds first. */
const UNLISTED = new Set(['demo']);

async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name = '--help', ...words] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    terminal.out(await overview());
    return 0;
  }
  if (name === '--version') {
    terminal.out(`${version()}\n`);
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    terminal.err(`error[usage.wrong]: there is no command ${name}\n  do:  spbs --help lists them\n`);
    return 2;
  }
  const {command} = await load();
  if (words.includes('--help') || words.includes('-h')) {
    terminal.out(command.usage);
    return 0;
  }
  return command.run(words, terminal);
}

async function overview(): Promise<string> {
  const listed = Object.entries(commands).filter(([name]) => !UNLISTED.has(name));
  const rows = await Promise.all(listed.map(async ([name, load]) => `  ${name.padEnd(9)} ${(await load()).command.summary}\n`));
  return `usage: spbs COMMAND …\n\n${rows.join('')}\nspbs COMMAND --help says more. Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 a fault.\n`;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as {readonly version: string}).version;
}

function theTerminal(): Terminal {
  const stop = new AbortController();
  // A second signal kills: whoever presses twice means it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal));
  // Whoever reads our output may have left, as `head` does.
  process.stdout.on('error', () => process.exit(0));
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    input: process.stdin,
    interactive: process.stderr.isTTY,
    colour: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
    environment: process.env,
    stop: stop.signal,
    version: version(),
  };
}

const terminal = theTerminal();
try {
  process.exitCode = await main(process.argv.slice(2), terminal);
} catch (error) {
  process.exitCode = 3;
  if (error instanceof Failure) terminal.err(`${explain(error)}\n`);
  // A bug of ours: its trace is for support.
  else terminal.err(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
} finally {
  // A command that still waits for input must not keep the process.
  process.stdin.destroy();
}
