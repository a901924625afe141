// A backlog of calls from the box into the cloud's books, beside the same rows put there by bare better-sqlite3.
import {randomBytes} from 'node:crypto';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import BetterSqlite from 'better-sqlite3';
import {openStore} from '../../cloud/store/open.ts';
import {must} from '../../shared/assert/assert.ts';
import {BATCH_ROWS} from '../../shared/wire/batch.ts';
import {Backlog} from './backlog.ts';
import {compare, type Figure} from './measure.ts';

const ROUNDS = 3;
/** Calls that the rows of the baseline are copied from. */
const MODELS = 500;

export async function benchDrain(calls: number): Promise<readonly Figure[]> {
  const backlog = await Backlog.open();
  let bare: BareBooks | undefined;
  try {
    const figure = await compare({
      name: `backlog of ${calls.toLocaleString('en-GB')} calls into the cloud`,
      unit: 'calls/s',
      rounds: ROUNDS,
      ours: {
        prepare: () => backlog.record(calls),
        round: async () => {
          const work = await backlog.drain();
          await backlog.stopBox();
          return work;
        },
      },
      baselineName: `the same rows into bare SQLite, ${BATCH_ROWS} calls a transaction`,
      baseline: {
        // The first round is ours: there are rows to copy.
        prepare: () => (bare ??= new BareBooks(backlog.cloudPath)).prepare(calls),
        round: () => must(bare, 'books of the baseline').insert(),
      },
    });
    return [figure];
  } finally {
    bare?.remove();
    await backlog.remove();
  }
}

type Value = string | number | Buffer | null;
type Row = Record<string, Value>;
/** The rows of one call, in the order in which they refer to each other. */
type Model = readonly (readonly [table: string, row: Row])[];
type Put = {readonly statement: BetterSqlite.Statement<Value[]>; readonly values: Value[]};

/** The cloud's schema with its triggers and indexes, and the rows that calls leave there under new keys. Nothing else is computed. */
class BareBooks {
  readonly #folder = mkdtempSync(join(tmpdir(), 'spbs-bare-'));
  readonly #database: BetterSqlite.Database;
  readonly #models: readonly Model[];
  readonly #statements = new Map<string, BetterSqlite.Statement<Value[]>>();
  #puts: (readonly Put[])[] = [];
  #seq = 0;

  constructor(cloudPath: string) {
    const path = join(this.#folder, 'bare.db');
    void openStore(path).close();
    this.#database = new BetterSqlite(path);
    for (const pragma of ['synchronous = FULL', 'foreign_keys = ON', 'wal_autocheckpoint = 4000', 'temp_store = MEMORY'])
      this.#database.pragma(pragma);
    const cloud = new BetterSqlite(cloudPath, {readonly: true});
    const rows = (sql: string, ...words: Value[]): Row[] => cloud.prepare<Value[], Row>(sql).all(...words);
    for (const table of ['site', 'account'])
      for (const row of rows(`SELECT * FROM ${table}`)) this.#statement(table, row).run(...Object.values(row));
    this.#models = rows("SELECT * FROM up_log WHERE kind = 'call' ORDER BY seq LIMIT ?", MODELS).map((row) => {
      const of = (table: string, column: string): Model =>
        rows(`SELECT * FROM ${table} WHERE ${column} = ?`, must(row['seq'], 'number')).map((each) => [table, each] as const);
      const transfers = of('transfer', 'log_seq').filter(([, {log}]) => log === 'up');
      for (const [, transfer] of transfers) delete transfer['seq'];
      return [['up_log', row], ...of('up_personal', 'seq'), ...of('call', 'up_seq'), ...transfers];
    });
    cloud.close();
  }

  /** What there is to insert, as values: putting it together is not to be timed. */
  prepare(calls: number): void {
    this.#puts = Array.from({length: calls}, (_, call) => this.#call(must(this.#models[call % this.#models.length], 'call to copy')));
  }

  insert(): number {
    for (let from = 0; from < this.#puts.length; from += BATCH_ROWS) {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const call of this.#puts.slice(from, from + BATCH_ROWS)) for (const {statement, values} of call) statement.run(...values);
      this.#database.exec('COMMIT');
    }
    return this.#puts.length;
  }

  remove(): void {
    this.#database.close();
    rmSync(this.#folder, {recursive: true, force: true});
  }

  #call(model: Model): readonly Put[] {
    this.#seq += 1;
    // As long and as scattered as the hashes that ours are.
    const id = randomBytes(32).toString('hex');
    return model.map(([table, row]) => {
      const values = Object.entries(row).map(([column, value]) => {
        if (column === 'seq' || column === 'up_seq' || column === 'log_seq') return this.#seq;
        return column === 'id' || column === 'ref' ? String(value).replace(/[0-9a-f]{64}/, id) : value;
      });
      return {statement: this.#statement(table, row), values};
    });
  }

  #statement(table: string, row: Row): BetterSqlite.Statement<Value[]> {
    const known = this.#statements.get(table);
    if (known !== undefined) return known;
    const columns = Object.keys(row);
    const text = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    const statement = this.#database.prepare<Value[]>(text);
    this.#statements.set(table, statement);
    return statement;
  }
}
