// Loaded into a box before its first line (node --import), with no hook in the product: it sees each statement, each write to
// a socket, each file that is renamed or removed, and ends the process by SIGKILL at the point that the environment names.
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {Socket} from 'node:net';
import process from 'node:process';
import BetterSqlite from 'better-sqlite3';
import {around, loading, statements, type Around} from './around.ts';
import {readPoint, watchFor, type When} from './point.ts';

const AT = 'SPBS_CRASH_AT';

/** The environment of a box that ends at a point; `instead of` a step it fails there, as by a fault of ours. */
export function endingAt(point: string): Readonly<Record<string, string>> {
  readPoint(point);
  return {...loading('sudden-death'), [AT]: point};
}

/** What the box says last, as a line of its log. */
export const LAST_WORDS = 'killed';

type Described = (self: unknown, words: readonly unknown[]) => string;

const point = process.env[AT];
if (point !== undefined) watchAll(point);

function watchAll(words: string): void {
  const isPoint = watchFor(readPoint(words));
  const reached = (when: When, what: string): void => {
    if (!isPoint(when, what)) return;
    if (when === 'instead of') throw new Error(`planted: ${what}`);
    fs.writeSync(process.stderr.fd, `${JSON.stringify({msg: LAST_WORDS, when, what})}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
  const watching = (described: Described): Around => {
    return (self, given, act) => {
      const what = described(self, given);
      reached('before', what);
      reached('instead of', what);
      const result = act();
      reached('after', what);
      return result;
    };
  };
  for (const name of ['run', 'get', 'all']) around(statements(), name, watching(statementText));
  for (const name of ['exec', 'pragma'])
    around(
      BetterSqlite.prototype,
      name,
      watching((_, [sql]) => `${name} ${oneLine(String(sql))}`),
    );
  around(
    Socket.prototype,
    'write',
    watching((_, [data]) => `write ${textOf(data)}`),
  );
  around(
    fs,
    'renameSync',
    watching((_, [from, to]) => `rename ${String(from)} to ${String(to)}`),
  );
  around(
    fs,
    'rmSync',
    watching((_, [path]) => `remove ${String(path)}`),
  );
  syncBuiltinESMExports();
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
