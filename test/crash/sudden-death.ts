// Loaded into a box before its first line (node --import), with no hook in the product: it sees each statement, each write to
// a socket, each file that is renamed or removed, and ends the process by SIGKILL at the point that the environment names.
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {Socket} from 'node:net';
import process from 'node:process';
import BetterSqlite from 'better-sqlite3';
import {readPoint, watchFor, type When} from './point.ts';

const AT = 'SPBS_CRASH_AT';

/** The environment of a box that ends at a point; `instead of` a step it fails there, as by a fault of ours. */
export function endingAt(point: string): Readonly<Record<string, string>> {
  readPoint(point);
  const built = import.meta.url.endsWith('.ts') ? '../../dist/test/crash/sudden-death.js' : 'sudden-death.js';
  return {NODE_OPTIONS: `--import ${new URL(built, import.meta.url).href}`, [AT]: point};
}

/** What the box says last, as a line of its log. */
export const LAST_WORDS = 'killed';

type Reached = (when: When, what: string) => void;
type Method = (this: unknown, ...words: unknown[]) => unknown;
type Described = (self: unknown, words: readonly unknown[]) => string;

const point = process.env[AT];
if (point !== undefined) watchAll(point);

function watchAll(words: string): void {
  const isPoint = watchFor(readPoint(words));
  const reached: Reached = (when, what) => {
    if (!isPoint(when, what)) return;
    if (when === 'instead of') throw new Error(`planted: ${what}`);
    fs.writeSync(process.stderr.fd, `${JSON.stringify({msg: LAST_WORDS, when, what})}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
  const statement: unknown = Object.getPrototypeOf(new BetterSqlite(':memory:').prepare('SELECT 1'));
  for (const name of ['run', 'get', 'all']) wrap(statement, name, reached, statementText);
  for (const name of ['exec', 'pragma']) wrap(BetterSqlite.prototype, name, reached, (_, [sql]) => `${name} ${oneLine(String(sql))}`);
  wrap(Socket.prototype, 'write', reached, (_, [data]) => `write ${textOf(data)}`);
  wrap(fs, 'renameSync', reached, (_, [from, to]) => `rename ${String(from)} to ${String(to)}`);
  wrap(fs, 'rmSync', reached, (_, [path]) => `remove ${String(path)}`);
  syncBuiltinESMExports();
}

function wrap(target: unknown, name: string, reached: Reached, described: Described): void {
  const holder = target as Record<string, Method>;
  const original = holder[name];
  if (original === undefined) throw new Error(`nothing is called ${name}`);
  holder[name] = function watched(this: unknown, ...words) {
    const what = described(this, words);
    reached('before', what);
    reached('instead of', what);
    const result = Reflect.apply(original, this, words);
    reached('after', what);
    return result;
  };
}

/** `INSERT INTO feed (name, go_live) VALUES (?, ?) ← smdr, 1767225600000` */
function statementText(self: unknown, values: readonly unknown[]): string {
  return `${oneLine((self as BetterSqlite.Statement).source)} ← ${values.map(textOf).join(', ')}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value);
}
