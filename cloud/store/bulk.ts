// Many rows of one shape in few statements: intake is as fast as SQLite, not as fast as a query builder compiles.
// In: rows of one table. Out: all of them inserted, in order. Never true: a value that becomes part of a text.
import {CompiledQuery, type Insertable} from 'kysely';
import type {Tx} from './open.ts';
import type {Tables} from './tables.ts';

export type InsertMany = <T extends keyof Tables>(
  tx: Tx,
  table: T,
  rows: readonly Insertable<Tables[T]>[],
  /** `skip`: a row that contradicts one that is there is left out. */
  ifThere?: 'fail' | 'skip',
) => Promise<void>;

/** So few sizes that a table has four texts of statements, which stay prepared. The largest binds 64 × 11 values. */
const SIZES = [64, 16, 4, 1] as const;

/** Every row has the columns of the first. */
export const insertMany: InsertMany = async ({db}, table, rows, ifThere = 'fail') => {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first);
  for (let from = 0; from < rows.length;) {
    const size = SIZES.find((each) => each <= rows.length - from) ?? 1;
    const values: unknown[] = [];
    for (const row of rows.slice(from, from + size)) for (const column of columns) values.push((row as Record<string, unknown>)[column]);
    await db.executeQuery(CompiledQuery.raw(textFor(table, columns, size, ifThere), values));
    from += size;
  }
};

const texts = new Map<string, string>();

/** The same text again is the same string, so finding its statement costs no comparison. Names are of this program only. */
function textFor(table: string, columns: readonly string[], size: number, ifThere: 'fail' | 'skip'): string {
  const key = `${table} ${size} ${ifThere} ${columns.join(' ')}`;
  const known = texts.get(key);
  if (known !== undefined) return known;
  const names = columns.map((column) => `"${column}"`).join(', ');
  const row = `(${columns.map(() => '?').join(', ')})`;
  const text = `INSERT INTO "${table}" (${names}) VALUES ${Array.from({length: size}, () => row).join(', ')}${
    ifThere === 'skip' ? ' ON CONFLICT DO NOTHING' : ''
  }`;
  texts.set(key, text);
  return text;
}
