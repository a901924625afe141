// What the engine itself can say of its file. In: a database. Out: what is damaged or refers to nothing; nothing if all is well.
import BetterSqlite from 'better-sqlite3';
import {CompiledQuery} from 'kysely';
import type {Reader} from './open.ts';

/** As many as a person reads. */
const MOST_FINDINGS = 10;

export async function fileFindings(db: Reader): Promise<readonly string[]> {
  const broken = await db.executeQuery<{readonly quick_check: string}>(CompiledQuery.raw(`PRAGMA quick_check(${MOST_FINDINGS})`));
  const orphans = await db.executeQuery<{readonly table: string; readonly parent: string}>(CompiledQuery.raw('PRAGMA foreign_key_check'));
  return [
    ...broken.rows
      .map((row) => row.quick_check)
      .filter((line) => line !== 'ok')
      .map((line) => `the database file is damaged: ${line}`),
    ...orphans.rows.slice(0, MOST_FINDINGS).map(({table, parent}) => `a row of ${table} refers to one of ${parent} that is not there`),
  ];
}

/** By a table that only a cloud has. What is no database at all is nobody's: whoever opens it says so. */
export function isCloudDatabase(path: string): boolean {
  let database: BetterSqlite.Database | undefined;
  try {
    database = new BetterSqlite(path, {readonly: true, fileMustExist: true});
    return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'site_head'").get() !== undefined;
  } catch (error) {
    if (error instanceof BetterSqlite.SqliteError || error instanceof TypeError) return false;
    throw error;
  } finally {
    database?.close();
  }
}
