// The cloud's database. In: a path. Out: transactions that began as immediate, and a second connection that can only read.
// Never true: a commit that a power cut could lose; a page that waits for a writer; an effect before its commit.
// PostgreSQL will stand behind the same `Store`: rooms speak Kysely, and only this folder knows the engine.
import {AsyncLocalStorage} from 'node:async_hooks';
import {dirname, join} from 'node:path';
import BetterSqlite from 'better-sqlite3';
import {
  CompiledQuery,
  Kysely,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type SqliteDatabase,
  type Transaction,
} from 'kysely';
import {assert} from '../../shared/assert/assert.ts';
import {Failure} from '../../shared/failure/failure.ts';
import {MIGRATIONS} from './schema.ts';
import type {Tables} from './tables.ts';

/** One transaction of the one writer. Nothing but it is awaited while it is open: others wait for it. */
export type Tx = {
  readonly db: Transaction<Tables>;
  /** Done after the commit, in this order; never if there is none. */
  readonly after: (act: () => void) => void;
};

/** Reads either inside a transaction or beside it. */
export type Reader = Kysely<Tables> | Transaction<Tables>;

export type Store = {
  /** Sees what is committed. Cannot write. For pages, and whatever else decides nothing. A transaction of it sees one state. */
  readonly reading: Kysely<Tables>;
  /** All of `work` or nothing. Throws Failure `store.full` when the disk refuses it. Does not nest: what belongs together is one. */
  readonly transact: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

/** The WAL is cut back to this after a checkpoint. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024;
const PAGES_BEFORE_CHECKPOINT = 4_000;
/** More than the rooms have texts of statements; a statement is about 2 KB. */
const STATEMENTS_KEPT = 500;

/** Opens, claims for this process, migrates, asserts. Throws Failure `store.unusable` or `store.corrupt` with the cure. */
export function openStore(path: string): Store {
  const claim = claimFor(path);
  try {
    const writer = connect(path, false);
    prepareWriter(path, writer);
    const reader = connect(path, true);
    configure(reader);
    return storeOn(writer, reader, () => claim.close());
  } catch (error) {
    claim.close();
    throw error;
  }
}

/** For checks and reports beside a running cloud: cannot write. */
export function openForReading(path: string): {readonly reading: Kysely<Tables>; readonly close: () => Promise<void>} {
  const database = connect(path, true);
  try {
    configure(database);
    if (schemaOf(database) !== MIGRATIONS.length)
      throw new Failure('store.unusable', `${path} is not the database of a cloud of this release`, 'name cloud.db in its data folder');
  } catch (error) {
    database.close();
    throw unusable(path, error);
  }
  const reading = new Kysely<Tables>({dialect: readingDialectOf(database)});
  return {reading, close: () => reading.destroy()};
}

function storeOn(writer: BetterSqlite.Database, reader: BetterSqlite.Database, release: () => void): Store {
  const writing = new Kysely<Tables>({dialect: dialectOf(writer)});
  const reading = new Kysely<Tables>({dialect: readingDialectOf(reader)});
  const inside = new AsyncLocalStorage<true>();
  return {
    reading,
    transact: async (work) => {
      // It would wait for the connection that it holds itself: for ever.
      assert(inside.getStore() === undefined, 'transactions do not nest');
      const acts: (() => void)[] = [];
      const result = await inside.run(true, () =>
        writing
          .transaction()
          .execute((db) => work({db, after: (act) => void acts.push(act)}))
          .catch((error: unknown) => {
            throw ofTheDisk(error);
          }),
      );
      for (const act of acts) act();
      return result;
    },
    close: async () => {
      await reading.destroy();
      await writing.destroy();
      // Kysely closes only what it has used; the writer last, so that it can clear away the WAL.
      for (const database of [reader, writer]) if (database.open) database.close();
      release();
    },
  };
}

/** Kysely sends a plain `begin`: a transaction that reads first would fail with SQLITE_BUSY once another has written. */
class ImmediateDriver extends SqliteDriver {
  readonly #database: Pick<BetterSqlite.Database, 'inTransaction'>;

  constructor(kept: SqliteDatabase, database: Pick<BetterSqlite.Database, 'inTransaction'>) {
    super({database: kept});
    this.#database = database;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** SQLite itself has rolled back what a full disk ended: a second time is an error, which would hide the first. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}

function dialectOf(database: BetterSqlite.Database): Dialect {
  return dialectWith(database, (kept) => new ImmediateDriver(kept, database));
}

/** Its transactions are one snapshot of what is committed: a plain `begin` waits for no writer. */
function readingDialectOf(database: BetterSqlite.Database): Dialect {
  return dialectWith(database, (kept) => new SqliteDriver({database: kept}));
}

function dialectWith(database: BetterSqlite.Database, driverOn: (kept: SqliteDatabase) => Driver): Dialect {
  const kept = keepingStatements(database);
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driverOn(kept),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** Preparing costs more than running: the same text is prepared once. */
function keepingStatements(database: BetterSqlite.Database): SqliteDatabase {
  const statements = new Map<string, ReturnType<SqliteDatabase['prepare']>>();
  return {
    close: () => void database.close(),
    prepare: (text) => {
      const known = statements.get(text);
      // Put last again: what was not used for longest is forgotten first.
      if (known !== undefined) statements.delete(text);
      const statement = known ?? database.prepare(text);
      statements.set(text, statement);
      const [oldest] = statements.keys();
      if (statements.size > STATEMENTS_KEPT && oldest !== undefined) statements.delete(oldest);
      return statement;
    },
  };
}

/** A second cloud on the same file would be a second writer of money. An exclusive lock on a file of its own, until the process ends. */
function claimFor(path: string): BetterSqlite.Database {
  const place = join(dirname(path), 'in-use');
  const claim = connect(place, false);
  try {
    claim.pragma('busy_timeout = 0');
    claim.pragma('locking_mode = EXCLUSIVE');
    claim.exec('BEGIN EXCLUSIVE');
    return claim;
  } catch (cause) {
    claim.close();
    if (!isOf(cause, /^SQLITE_BUSY/)) throw unusable(place, cause);
    throw new Failure('store.unusable', `another process already runs on ${dirname(path)}`, 'stop it first', cause);
  }
}

function prepareWriter(path: string, database: BetterSqlite.Database): void {
  try {
    database.pragma('journal_mode = WAL');
    configure(database);
    database.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
    database.pragma(`wal_autocheckpoint = ${PAGES_BEFORE_CHECKPOINT}`);
    assertDurable(database);
    migrate(database);
  } catch (error) {
    database.close();
    throw unusable(path, error);
  }
}

function connect(path: string, readonly: boolean): BetterSqlite.Database {
  try {
    return new BetterSqlite(path, {readonly, fileMustExist: readonly});
  } catch (cause) {
    throw cannotBeOpened(path, cause);
  }
}

function configure(database: BetterSqlite.Database): void {
  // better-sqlite3 is NORMAL by default on a WAL file: that loses the last commits in a power cut.
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  // Without it INSERT OR REPLACE deletes a row without firing the trigger that forbids deleting.
  database.pragma('recursive_triggers = ON');
  database.pragma('trusted_schema = OFF');
  database.pragma('busy_timeout = 5000');
  database.pragma('temp_store = MEMORY');
}

function assertDurable(database: BetterSqlite.Database): void {
  const wanted = {journal_mode: 'wal', synchronous: 2, foreign_keys: 1, recursive_triggers: 1};
  for (const [pragma, value] of Object.entries(wanted)) {
    const actual: unknown = database.pragma(pragma, {simple: true});
    if (actual === value) continue;
    const what = `the database runs with ${pragma} = ${String(actual)}, not ${value}: it could lose money in a power cut`;
    throw new Failure('store.unusable', what, 'put it on a local disk with a file system that supports shared memory');
  }
}

function schemaOf(database: BetterSqlite.Database): number {
  return database.pragma('user_version', {simple: true}) as number;
}

function migrate(database: BetterSqlite.Database): void {
  const version = schemaOf(database);
  if (version > MIGRATIONS.length) {
    const what = `the database is of a newer release (schema ${version}, this one knows ${MIGRATIONS.length})`;
    throw new Failure('store.unusable', what, 'start the newer release, or restore a backup taken with this one');
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    database
      .transaction(() => {
        database.exec(MIGRATIONS[next] ?? '');
        database.pragma(`user_version = ${next + 1}`);
      })
      .immediate();
  }
}

function isOf(error: unknown, codes: RegExp): boolean {
  return error instanceof BetterSqlite.SqliteError && codes.test(error.code);
}

function ofTheDisk(error: unknown): unknown {
  if (!isOf(error, /^SQLITE_(?:FULL|IOERR)/)) return error;
  return new Failure('store.full', 'the disk takes no more: nothing can be recorded', 'free space on the disk of the data folder', error);
}

function unusable(path: string, error: unknown): unknown {
  if (isOf(error, /^SQLITE_(?:NOTADB|CORRUPT)/)) {
    const cure = 'keep the file for support, and restore the newest backup';
    return new Failure('store.corrupt', `${path} is no database of a cloud, or is damaged`, cure, error);
  }
  return error instanceof BetterSqlite.SqliteError ? cannotBeOpened(path, error) : error;
}

function cannotBeOpened(path: string, cause: unknown): Failure {
  return new Failure(
    'store.unusable',
    `the database ${path} cannot be opened`,
    'check that its folder exists, is writable and has space',
    cause,
  );
}
