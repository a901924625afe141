// The box's one SQLite file. In: a path. Out: a connection whose durability was asserted, on the newest schema.
// Never true: two writers, a commit that a power cut could lose, a write outside a transaction that began as immediate.
import {join} from 'node:path';
import BetterSqlite from 'better-sqlite3';
import {assert} from '../../shared/assert/assert.ts';
import {Failure} from '../../shared/failure/failure.ts';
import {MIGRATIONS} from './schema.ts';

export type Database = BetterSqlite.Database;

/** The WAL is cut back to this after a checkpoint, so that one busy hour does not hold the disk for ever. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024;
/** 16 MB: keys are hashes, so that every call touches pages all over the file, and many are written back once for many calls. */
const PAGES_BEFORE_CHECKPOINT = 4_000;

/** Opens for writing, migrates, asserts. Throws Failure `store.unusable` or `store.corrupt` with the cure. */
export function openStore(path: string): Database {
  const database = connect(path, false);
  try {
    database.pragma('journal_mode = WAL');
    configure(database);
    database.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
    database.pragma(`wal_autocheckpoint = ${PAGES_BEFORE_CHECKPOINT}`);
    assertDurable(database);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw unusable(path, error);
  }
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
    if (!isOf(cause, /^SQLITE_BUSY/)) throw unusable(path, cause);
    const cure = 'stop it first, or give this one its own data folder';
    throw new Failure('store.unusable', `another process already runs on ${folder}`, cure, cause);
  }
  return {release: () => claim.close()};
}

/** A second connection for reports and checks; cannot write. Throws Failure `store.unusable` or `store.corrupt` with the cure. */
export function openForReading(path: string): Database {
  const database = connect(path, true);
  try {
    configure(database);
    assertOurs(path, schemaOf(database));
    return database;
  } catch (error) {
    database.close();
    throw error instanceof Failure ? error : unusable(path, error);
  }
}

/** Sound SQLite and not a box's, or of another release: said before a query stumbles over a table that is not there. */
function assertOurs(path: string, schema: number): void {
  if (schema === MIGRATIONS.length) return;
  if (schema > MIGRATIONS.length) throw newerRelease(schema);
  const cure = 'name box.db in the data folder of a box; one of an older release is brought up to date when its box is started';
  throw new Failure('store.unusable', `${path} is not the database of a box of this release`, cure);
}

function schemaOf(database: Database): number {
  return database.pragma('user_version', {simple: true}) as number;
}

function newerRelease(schema: number): Failure {
  return new Failure(
    'store.unusable',
    `the database is of a newer release (schema ${schema}, this one knows ${MIGRATIONS.length})`,
    'start the newer release, or restore a backup taken with this one',
  );
}

/** Runs `work` in one immediate transaction: all of it or nothing. Throws Failure `store.full` when the disk refuses it. */
export type Transact = <T>(work: () => T) => T;

/** Not to be nested: what belongs together is one transaction, and its caller says so. */
export function inTransaction<T>(database: Database, work: () => T): T {
  assert(!database.inTransaction, 'transactions do not nest');
  try {
    return database.transaction(work).immediate();
  } catch (error) {
    // The disk's own fault, and over when it has space or answers again.
    if (!isOf(error, /^SQLITE_(?:FULL|IOERR)/)) throw error;
    const cure = 'free space on the disk of the data folder; nothing was lost, and it is tried again';
    throw new Failure('store.full', 'the disk takes no more: nothing can be recorded', cure, error);
  }
}

/** The same, and `full` hears of each refusal of the disk, and of the first commit after one or after the start. */
export function tellingOfFull(database: Database, transact: Transact, full: (refusal: Failure | undefined) => void): Transact {
  const changes = database.prepare<[], number>('SELECT total_changes()').pluck();
  let isKnownFree = false;
  return (work) => {
    try {
      const before = isKnownFree ? 0 : changes.get();
      const result = transact(work);
      // A full disk takes a transaction that writes nothing, too.
      if (!isKnownFree && changes.get() !== before) {
        full(undefined);
        isKnownFree = true;
      }
      return result;
    } catch (error) {
      if (error instanceof Failure && error.code === 'store.full') {
        isKnownFree = false;
        full(error);
      }
      throw error;
    }
  };
}

/** The same, and `committed` hears of each commit. */
export function tellingOfCommits(transact: Transact, committed: () => void): Transact {
  return (work) => {
    const result = transact(work);
    committed();
    return result;
  };
}

function isOf(error: unknown, codes: RegExp): boolean {
  return error instanceof BetterSqlite.SqliteError && codes.test(error.code);
}

/** What SQLite says of a file, as a Failure; what is none of its faults stays what it is. */
function unusable(path: string, error: unknown): unknown {
  if (isOf(error, /^SQLITE_(?:NOTADB|CORRUPT)/)) {
    const cure = 'keep the file for support, and restore the newest backup';
    return new Failure('store.corrupt', `${path} is no database of a box, or is damaged`, cure, error);
  }
  return error instanceof BetterSqlite.SqliteError ? cannotBeOpened(path, error) : error;
}

function cannotBeOpened(path: string, cause: unknown): Failure {
  const cure = 'check that the folder exists, is writable and has space';
  return new Failure('store.unusable', `the database ${path} cannot be opened`, cure, cause);
}

function connect(path: string, readonly: boolean): Database {
  try {
    return new BetterSqlite(path, {readonly, fileMustExist: readonly});
  } catch (cause) {
    throw cannotBeOpened(path, cause);
  }
}

function configure(database: Database): void {
  // better-sqlite3 is NORMAL by default on a WAL file: that loses the last commits in a power cut.
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  // Without it INSERT OR REPLACE deletes a row without firing the trigger that forbids deleting.
  database.pragma('recursive_triggers = ON');
  database.pragma('busy_timeout = 5000');
  // Statements with triggers keep what they may undo: in memory, not in a file of /tmp.
  database.pragma('temp_store = MEMORY');
}

/** Throws Failure `store.unusable` for a connection that could lose a commit, or a row that may never change. */
export function assertDurable(database: Database): void {
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
  const version = schemaOf(database);
  if (version > MIGRATIONS.length) throw newerRelease(version);
  for (let next = version; next < MIGRATIONS.length; next++) {
    inTransaction(database, () => {
      database.exec(MIGRATIONS[next] ?? '');
      database.pragma(`user_version = ${next + 1}`);
    });
  }
}
