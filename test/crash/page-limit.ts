// Loaded into a box before its first line: while a file says so, its database may not grow beyond so many pages. To the box
// that is a full disk, also where nobody may mount a small one.
import {existsSync, readFileSync} from 'node:fs';
import process from 'node:process';
import type BetterSqlite from 'better-sqlite3';
import {around, loading, statements} from './around.ts';

const FILE = 'SPBS_PAGE_LIMIT';
/** SQLite's own. */
const NO_LIMIT = 4_294_967_294;

/** The environment of a box that looks into a file, before each transaction, for the number of pages that it may have. */
export function limitedBy(file: string): Readonly<Record<string, string>> {
  return {...loading('page-limit'), [FILE]: file};
}

const path = process.env[FILE];
if (path !== undefined) limit(path);

function limit(file: string): void {
  around(statements(), 'run', (self, _, act) => {
    const {source, database} = self as BetterSqlite.Statement;
    if (source.startsWith('BEGIN')) database.pragma(`max_page_count = ${existsSync(file) ? readFileSync(file, 'utf8') : NO_LIMIT}`);
    return act();
  });
}
