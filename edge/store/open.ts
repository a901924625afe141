// The box's one SQLite file. In: a path. Out: a connection whose durability was asserted, on the newest schema.
// Never true: two writers, a commit that a power cut could lose, a write outside a transaction that began as immediate.
import {join} from 'node:path';
import BetterSqlite from 'better-sqlite3';
import {assert} from '../../shared/assert/assert.ts';
import {Failure} from '../../shared/failure/failure.ts';
import {MIGRATIONS} from './schema.ts';

export type Database = BetterSqlite.Database;
export type Statement<P extends unknown[] | object = unknown[], R = unknown> = BetterSqlite.Statement<P extends unknown[] ? P : [P], R>;

/** The WAL is cut back to this after a checkpoint, so that one busy hour does not hold the disk for ever. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024;

/** Opens for writing, migrates, asserts. Throws Failure `store.unusable` with the cure. */
export function openStore(path: string): Database {
  const database = connect(path, false);
  database.pragma('journal_mode = WAL');
  configure(database);
  database.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
  assertDurable(database);
  migrate(database);
  return database;
}

/**
 * Claims the data folder for this process until it ends, however it ends: a second box on the same data would be a second
 * writer of money. The claim is an exclusive SQLite lock on a file of its own, so the ledger stays readable for others.
 */
export function claimFolder(folder: string): {readonly release: () => void} {
  const path = join(folder, 'in-use');
  const claim = connect(path, false);
  claim.pragma('busy_timeout = 0');
  try {
    claim.pragma('locking_mode = EXCLUSIVE');
    claim.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    claim.close();
    throw new Failure(
      'store.unusable',
      `another process already runs on ${folder}`,
      'stop it first, or give this one its own data folder',
      cause,
    );
  }
  return {release: () => claim.close()};
}

/** A second connection for reports and checks; cannot write. */
export function openForReading(path: string): Database {
  const database = connect(path, true);
  configure(database);
  return database;
}

/** Runs `work` in one immediate transaction: all of it or nothing. Throws Failure `store.full` when the disk refuses it. */
export type Transact = <T>(work: () => T) => T;

/** Not to be nested: what belongs together is one transaction, and its caller says so. */
export function inTransaction<T>(database: Database, work: () => T): T {
  assert(!database.inTransaction, 'transactions do not nest');
  try {
    return database.transaction(work).immediate();
  } catch (error) {
    if (!isDiskFault(error)) throw error;
    const cure = 'free space on the disk of the data folder; nothing was lost, and it is tried again';
    throw new Failure('store.full', 'the disk takes no more: nothing can be recorded', cure, error);
  }
}

/** The disk's own fault, and over when it has space or answers again. */
function isDiskFault(error: unknown): boolean {
  return error instanceof BetterSqlite.SqliteError && /^SQLITE_(?:FULL|IOERR)/.test(error.code);
}

function connect(path: string, readonly: boolean): Database {
  try {
    return new BetterSqlite(path, {readonly, fileMustExist: readonly});
  } catch (cause) {
    throw new Failure(
      'store.unusable',
      `the database ${path} cannot be opened`,
      'check that the folder exists, is writable and has space',
      cause,
    );
  }
}

function configure(database: Database): void {
  // better-sqlite3 is NORMAL by default on a WAL file: that loses the last commits in a power cut.
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  // Without it INSERT OR REPLACE deletes a row without firing the trigger that forbids deleting.
  database.pragma('recursive_triggers = ON');
  database.pragma('busy_timeout = 5000');
}

function assertDurable(database: Database): void {
  const wanted: readonly (readonly [string, unknown])[] = [
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['foreign_keys', 1],
    ['recursive_triggers', 1],
  ];
  for (const [pragma, value] of wanted) {
    const actual: unknown = database.pragma(pragma, {simple: true});
    if (actual !== value) {
      throw new Failure(
        'store.unusable',
        `the database runs with ${pragma} = ${String(actual)}, not ${String(value)}: it could lose money in a power cut`,
        'put it on a local disk (not a network share) with a file system that supports shared memory',
      );
    }
  }
}

function migrate(database: Database): void {
  const version = database.pragma('user_version', {simple: true}) as number;
  if (version > MIGRATIONS.length) {
    throw new Failure(
      'store.unusable',
      `the database is of a newer release (schema ${version}, this one knows ${MIGRATIONS.length})`,
      'start the newer release, or restore a backup taken with this one',
    );
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    inTransaction(database, () => {
      database.exec(MIGRATIONS[next] ?? '');
      database.pragma(`user_version = ${next + 1}`);
    });
  }
}
