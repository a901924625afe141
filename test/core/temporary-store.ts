// A store in a folder of its own, for as long as a test lasts. The real file, the real pragmas, the real schema.
import {existsSync, mkdtempSync, rmSync, statfsSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openStore, type Database} from '../../edge/store/open.ts';

export type TemporaryStore = {
  readonly folder: string;
  readonly path: string;
  readonly database: Database;
  /** Closes it and removes the folder. */
  readonly remove: () => void;
};

/** Files in memory, where there is room for them: what a disk takes for an fsync is not what these tests are about. */
const MEMORY = '/dev/shm';
const ROOM = 512 * 1024 * 1024;

function ground(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const {bavail, bsize} = statfsSync(MEMORY);
  return bavail * bsize > ROOM ? MEMORY : tmpdir();
}

export function temporaryFolder(): {readonly folder: string; readonly remove: () => void} {
  const folder = mkdtempSync(join(ground(), 'spbs-store-'));
  return {folder, remove: () => rmSync(folder, {recursive: true, force: true})};
}

export function temporaryStore(): TemporaryStore {
  const {folder, remove} = temporaryFolder();
  const path = join(folder, 'spbs.db');
  const database = openStore(path);
  return {
    folder,
    path,
    database,
    remove: () => {
      database.close();
      remove();
    },
  };
}

/** Makes the disk full for this database, for as long as the returned function is not called. */
export function fillDisk(database: Database): () => void {
  const room = database.pragma('max_page_count', {simple: true}) as number;
  database.exec('CREATE TABLE IF NOT EXISTS filler (bytes BLOB)');
  database.pragma(`max_page_count = ${database.pragma('page_count', {simple: true}) as number}`);
  const fill = database.prepare('INSERT INTO filler (bytes) VALUES (zeroblob(?))');
  // Page by page, then the room that is left in the pages there are.
  for (const bytes of [100_000, 4_000, 100, 1]) fillWith(() => fill.run(bytes));
  return () => {
    database.pragma(`max_page_count = ${room}`);
    database.exec('DROP TABLE filler');
  };
}

function fillWith(add: () => unknown): void {
  const MOST = 100_000;
  for (let count = 0; count < MOST; count++) {
    try {
      add();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'SQLITE_FULL') return;
      throw error;
    }
  }
  throw new Error('the disk does not get full');
}
