// The box's file: what is asserted at every open, what is refused with a cure, and who may write.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import BetterSqlite from 'better-sqlite3';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {
  assertDurable,
  claimFolder,
  inTransaction,
  openForReading,
  openStore,
  tellingOfFull,
  type Database,
} from '../../../edge/store/open.ts';
import {MIGRATIONS} from '../../../edge/store/schema.ts';
import {fillDisk, temporaryFolder} from '../temporary-store.ts';
import {failureOf} from '../failure-of.ts';

let folder: string;
let path: string;
let removeFolder: () => void;
const opened: Database[] = [];
const open = (): Database => {
  const database = openStore(path);
  opened.push(database);
  return database;
};

beforeEach(() => {
  ({folder, remove: removeFolder} = temporaryFolder());
  path = join(folder, 'spbs.db');
});
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
  removeFolder();
});

describe('every connection that writes', () => {
  const wanted = {journal_mode: 'wal', synchronous: 2, foreign_keys: 1, recursive_triggers: 1};

  test.for(['the first time', 'every later time'])('is durable, %s', (time) => {
    if (time === 'every later time') openStore(path).close();
    const database = open();
    database.exec("INSERT INTO feed (name, go_live) VALUES ('a', 0)");
    expect(Object.fromEntries(Object.keys(wanted).map((name) => [name, database.pragma(name, {simple: true})]))).toEqual(wanted);
  });

  test('is not durable as SQLite’s binding opens it: that is why it is asserted', () => {
    openStore(path).close();
    const database = new BetterSqlite(path);
    opened.push(database);
    expect(database.pragma('synchronous', {simple: true})).toBe(1);
    expect(failureOf(() => assertDurable(database)).message).toMatch(/synchronous = 1, not 2/);
  });

  test.for([
    ['synchronous = NORMAL', 'synchronous = 1, not 2'],
    ['synchronous = OFF', 'synchronous = 0, not 2'],
    ['foreign_keys = OFF', 'foreign_keys = 0, not 1'],
    ['recursive_triggers = OFF', 'recursive_triggers = 0, not 1'],
    ['journal_mode = DELETE', 'journal_mode = delete, not wal'],
  ] as const)('is refused with %s', ([pragma, why]) => {
    const database = open();
    expect(() => assertDurable(database)).not.toThrow();
    database.pragma(pragma);
    const failure = failureOf(() => assertDurable(database));
    expect(failure.code).toBe('store.unusable');
    expect(failure.message).toContain(why);
    expect(failure.cure).toMatch(/local disk/);
  });

  test('is refused where no write-ahead log can be kept', () => {
    expect(failureOf(() => openStore(':memory:'))).toMatchObject({code: 'store.unusable'});
  });
});

describe('the schema', () => {
  test('is made once and found again, with what was written', () => {
    const database = openStore(path);
    expect(database.pragma('user_version', {simple: true})).toBe(MIGRATIONS.length);
    database.exec("INSERT INTO feed (name, go_live) VALUES ('mitel', 7)");
    database.close();
    expect(open().prepare('SELECT name, go_live FROM feed').get()).toEqual({name: 'mitel', go_live: 7});
  });

  test('of a newer release is refused, and left as it is', () => {
    const database = openStore(path);
    database.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    database.close();
    const failure = failureOf(() => openStore(path));
    expect(failure.code).toBe('store.unusable');
    expect(failure.message).toMatch(/newer release/);
    expect(failure.cure).toMatch(/newer release|backup/);
    expect(failureOf(() => openForReading(path)).message).toMatch(/newer release/);
    const looking = new BetterSqlite(path, {readonly: true});
    expect(looking.pragma('user_version', {simple: true})).toBe(MIGRATIONS.length + 1);
    looking.close();
  });

  test('has only strict tables', () => {
    const tables = open().prepare<[], {name: string; strict: number}>(
      "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'",
    );
    expect(tables.all().filter(({name, strict}) => strict === 0 && !name.startsWith('sqlite_'))).toEqual([]);
  });
});

describe('a file that cannot be used', () => {
  test('in a folder that is not there says so', () => {
    const failure = failureOf(() => openStore(join(folder, 'nowhere', 'spbs.db')));
    expect(failure).toMatchObject({code: 'store.unusable'});
    expect(failure.message).toContain(join(folder, 'nowhere'));
    expect(failure.cure).toMatch(/exists, is writable/);
  });

  test.for([
    ['a file where the folder should be', (): string => join(path, 'spbs.db')],
    ['a folder where the file should be', (): string => folder],
    ['a file system that takes no files', (): string => '/proc/spbs.db'],
  ] as const)('is told: %s', ([, where]) => {
    writeFileSync(path, '');
    expect(failureOf(() => openStore(where()))).toMatchObject({code: 'store.unusable'});
  });

  test('in a folder that may not be written into is told, and the claim of it too', () => {
    openStore(path).close();
    for (const act of [() => openStore(join(folder, 'new.db')), () => openStore(path), () => claimFolder(folder)]) {
      expect(withoutWriting(folder, () => failureOf(act))).toMatchObject({
        code: 'store.unusable',
        cure: 'check that the folder exists, is writable and has space',
      });
    }
  });

  test('that is no database is told as damage, and not touched', () => {
    writeFileSync(path, 'this is a letter to the bursar\n'.repeat(100));
    expect(failureOf(() => openStore(path))).toMatchObject({code: 'store.corrupt'});
    expect(failureOf(() => openForReading(path))).toMatchObject({code: 'store.corrupt'});
    expect(readFileSync(path, 'utf8')).toMatch(/^this is a letter/);
  });

  test('is not there for reading either', () => {
    expect(failureOf(() => openForReading(path))).toMatchObject({code: 'store.unusable'});
  });
});

describe('the data folder', () => {
  test('is one process’s: a second claim is refused with the cure, and free when the first lets go', () => {
    const claim = claimFolder(folder);
    const failure = failureOf(() => claimFolder(folder));
    expect(failure).toMatchObject({code: 'store.unusable'});
    expect(failure.message).toBe(`another process already runs on ${folder}`);
    expect(failure.cure).toMatch(/stop it first/);
    claim.release();
    claimFolder(folder).release();
  });

  test('of another process is refused until that one is killed', async () => {
    const script = `const claim = new (require('better-sqlite3'))(process.argv[1]);
      claim.pragma('locking_mode = EXCLUSIVE'); claim.exec('BEGIN EXCLUSIVE'); console.log('mine'); setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['-e', script, join(folder, 'in-use')], {stdio: ['ignore', 'pipe', 'inherit']});
    const gone = once(child, 'exit');
    await once(child.stdout, 'data');
    expect(failureOf(() => claimFolder(folder)).message).toMatch(/another process/);
    child.kill('SIGKILL');
    await gone;
    claimFolder(folder).release();
  });

  test('that is claimed can still be read', () => {
    const database = open();
    database.exec("INSERT INTO feed (name, go_live) VALUES ('mitel', 0)");
    const claim = claimFolder(folder);
    const reading = openForReading(path);
    expect(reading.prepare('SELECT count(*) FROM feed').pluck().get()).toBe(1);
    expect(() => reading.exec("INSERT INTO feed (name, go_live) VALUES ('b', 0)")).toThrow(/readonly/);
    reading.close();
    claim.release();
  });

  test('may lie beside others', () => {
    const other = join(folder, 'other');
    mkdirSync(other);
    const claim = claimFolder(folder);
    expect(() => claimFolder(other).release()).not.toThrow();
    claim.release();
  });
});

describe('a transaction', () => {
  test('is all of it or nothing', () => {
    const database = open();
    const insert = database.prepare('INSERT INTO feed (name, go_live) VALUES (?, 0)');
    const failing = (): void =>
      inTransaction(database, () => {
        insert.run('a');
        throw new Error('half way');
      });
    expect(failing).toThrow('half way');
    expect(inTransaction(database, () => insert.run('b').changes)).toBe(1);
    expect(database.prepare('SELECT name FROM feed').pluck().all()).toEqual(['b']);
  });

  test('is the writer’s from its first moment, and no other is inside it', () => {
    const database = open();
    const second = new BetterSqlite(path, {timeout: 0});
    opened.push(second);
    inTransaction(database, () => {
      expect(() => second.exec('BEGIN IMMEDIATE')).toThrow(/locked/);
      expect(() => inTransaction(database, () => undefined)).toThrow(/do not nest/);
    });
  });

  test('on a full disk fails as that, leaves nothing, and works when there is space', () => {
    const database = open();
    const insert = database.prepare('INSERT INTO feed (name, go_live) VALUES (?, 0)');
    const free = fillDisk(database);
    const failure = failureOf(() =>
      inTransaction(database, () => {
        for (let count = 0; count < 1_000; count++) insert.run(`feed-${count}`);
      }),
    );
    expect(failure.code).toBe('store.full');
    expect(failure.cure).toMatch(/free space/);
    expect(database.prepare('SELECT count(*) FROM feed').pluck().get()).toBe(0);
    free();
    expect(inTransaction(database, () => insert.run('a').changes)).toBe(1);
  });

  test('is told of as full until something is written again: what writes nothing a full disk takes, too', () => {
    const database = open();
    const told: (string | undefined)[] = [];
    const transact = tellingOfFull(
      database,
      (work) => inTransaction(database, work),
      (refusal) => told.push(refusal?.code),
    );
    const insert = database.prepare('INSERT INTO feed (name, go_live) VALUES (?, 0)');
    const free = fillDisk(database);
    failureOf(() =>
      transact(() => {
        for (let count = 0; count < 1_000; count++) insert.run(`feed-${count}`);
      }),
    );
    transact(() => undefined);
    expect(told).toEqual(['store.full']);
    free();
    transact(() => undefined);
    expect(told).toEqual(['store.full']);
    transact(() => insert.run('a'));
    expect(told).toEqual(['store.full', undefined]);
  });

  test('keeps the log on disk short after a busy hour', () => {
    const database = open();
    const MEGABYTE = 1024 * 1024;
    database.exec('CREATE TABLE busy (bytes BLOB)');
    const insert = database.prepare('INSERT INTO busy (bytes) VALUES (zeroblob(?))');
    // One transaction is longer than the log may stay.
    inTransaction(database, () => {
      for (let count = 0; count < 80; count++) insert.run(MEGABYTE);
    });
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(80 * MEGABYTE);
    database.pragma('wal_checkpoint(RESTART)');
    insert.run(1);
    expect(statSync(`${path}-wal`).size).toBeLessThanOrEqual(64 * MEGABYTE);
  });
});

/** Root may write anywhere, so it is nobody for a while. */
function withoutWriting<T>(place: string, act: () => T): T {
  const NOBODY = 65_534;
  const isRoot = process.getuid?.() === 0;
  chmodSync(place, 0o555);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return act();
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(place, 0o700);
  }
}
