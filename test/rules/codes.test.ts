// Every code that is registered is used, and every code that is used is registered: a list of what could be is no list of what is.
import {readdirSync, readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {describe, expect, test} from 'vitest';
import {CLOUD_OPTIONS} from '../../cloud/config/options.ts';
import {CLOUD_INCIDENT_CODES} from '../../cloud/fleet/codes.ts';
import {INCIDENT_CODES} from '../../edge/health/codes.ts';
import {FAILURE_CODES} from '../../shared/failure/codes.ts';
import {root} from './planted.ts';

type Source = {readonly path: string; readonly text: string};

/** The product's own sources. */
const sources: readonly Source[] = ['edge', 'cloud', 'shared', 'provisioning'].flatMap((side) => under(join(root, side)));

function under(folder: string): readonly Source[] {
  return entriesOf(folder)
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({path: relative(root, path), text: readFileSync(path, 'utf8')}));
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, {withFileTypes: true, recursive: true});
  } catch {
    // A side that does not exist yet has no codes.
    return [];
  }
}

/** Codes of failures are named where one is made, or where a command prints one. */
const failuresIn = (text: string): readonly string[] => [
  ...[...text.matchAll(/\bFailure\(\s*'([a-z-]+\.[a-z-]+)'/g)].map(([, code = '']) => code),
  ...[...text.matchAll(/\berror\[([a-z-]+\.[a-z-]+)\]/g)].map(([, code = '']) => code),
];
/** Codes of incidents stand in quotes, as no other word of their shape does that begins with a step, but for the name of a file. */
const incidentsIn = (text: string): readonly string[] =>
  [...text.matchAll(/'((?:feed|record|rating|ledger|credit|switchboard|sync|box)\.(?!db')[a-z-]+)'/g)].map(([, code = '']) => code);

/** In the cloud a word before a full stop may be a room and also a table, an act of the audit, an option or a failure. */
const rooms = readdirSync(join(root, 'cloud'), {withFileTypes: true}).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const otherNames: ReadonlySet<string> = new Set([
  ...under(join(root, 'cloud/store/schema')).flatMap(({text}) => columnsIn(text)),
  ...Object.keys(CLOUD_OPTIONS),
  ...Object.keys(FAILURE_CODES),
]);
const roomCode = new RegExp(`(?<!\\bact: )'((?:${rooms.join('|')})\\.[a-z-]+)'`, 'g');
const roomIncidentsIn = (text: string): readonly string[] =>
  [...text.matchAll(roomCode)].map(([, code = '']) => code).filter((code) => !otherNames.has(code));

/** `table.column` of each table that is made there. */
function columnsIn(sql: string): readonly string[] {
  return [...sql.matchAll(/CREATE TABLE (\w+) \((.*?)\n\)/gs)].flatMap(([, table = '', body = '']) =>
    [...body.matchAll(/^ {2}(\w+) (?:TEXT|INTEGER|BLOB)\b/gm)].map(([, column = '']) => `${table}.${column}`),
  );
}

const registers = ['edge/health/codes.ts', 'cloud/fleet/codes.ts', 'cloud/config/options.ts', 'shared/failure/codes.ts'];
/** Words for a code are no use of it. */
const users = sources.filter(({path}) => !registers.includes(path) && !path.startsWith('edge/console/messages/'));

describe.for([
  ['failure', Object.keys(FAILURE_CODES), failuresIn, /^/],
  ['incident of the box', Object.keys(INCIDENT_CODES), incidentsIn, /^(?:edge|shared|provisioning)\//],
  ['incident of the rooms of the cloud', Object.keys(CLOUD_INCIDENT_CODES), roomIncidentsIn, /^cloud\//],
] as const)('the codes of every %s', ([, registered, usedIn, where]) => {
  const used = new Set(users.filter(({path}) => where.test(path)).flatMap(({text}) => usedIn(text)));

  test('that are registered are used', () => {
    expect(registered.filter((code) => !used.has(code))).toEqual([]);
    expect(used.size).toBeGreaterThan(4);
  });

  test('that are used are registered', () => {
    expect([...used].filter((code) => !(registered as readonly string[]).includes(code))).toEqual([]);
  });
});

test('a code is found where it is used, over line ends too, and not where it is only like one', () => {
  expect(failuresIn("throw new Failure(\n  'store.full',\n  'x'); `error[usage.wrong]: no`; failure('a.b')")).toEqual([
    'store.full',
    'usage.wrong',
  ]);
  expect(incidentsIn("incident('box.clock', it); read('feed'); say('config.invalid'); open('box.db'); `box.clock`")).toEqual(['box.clock']);
  const [sql, code] = ['CREATE TABLE payment (\n  id TEXT PRIMARY KEY,\n  CHECK (id)\n) STRICT', "code: 'payment.planted'"];
  expect(columnsIn(sql)).toEqual(['payment.id']);
  expect(roomIncidentsIn(`${code}; ['payment.id', 'link.planted']; act: 'payment.cash'; options['web.port']; 'store.full'`)).toEqual([
    'payment.planted',
    'link.planted',
  ]);
});
