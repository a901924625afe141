// A database of the release before: calls that wait there count for their line and payer from the first start on.
import {join} from 'node:path';
import BetterSqlite from 'better-sqlite3';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {openStore} from '../../../edge/store/open.ts';
import {MIGRATIONS} from '../../../edge/store/schema.ts';
import {NOON} from '../rated-calls.ts';
import {temporaryFolder} from '../temporary-store.ts';

/** Before waiting calls counted. */
const BEFORE = 4;

let path: string;
let remove: () => void;
beforeEach(() => {
  const made = temporaryFolder();
  path = join(made.folder, 'box.db');
  remove = made.remove;
  const old = new BetterSqlite(path);
  for (const migration of MIGRATIONS.slice(0, BEFORE)) old.exec(migration);
  old.pragma(`user_version = ${BEFORE}`);
  old.exec(`
    INSERT INTO call (seq, id, state, feed, family, first_line, extension, direction, payer, started_at, duration, reason, detail, flags, recorded_at)
    VALUES (1, 'a', 'unbillable', 'smdr', 'mitel', 1, '101', 'outgoing', 'ann', ${NOON}, 61, 'no-destination', 'none', '[]', ${NOON}),
      (2, 'b', 'unbillable', 'smdr', 'mitel', 2, NULL, 'unknown', NULL, ${NOON + 1}, 5, 'direction-unknown', 'none', '[]', ${NOON});
    INSERT INTO waiting_call (seq, curable, watched, record) VALUES (1, 1, 0, '{}'), (2, 0, 0, '{}');`);
  old.close();
});
afterEach(() => remove());

test('is read whole', () => {
  const database = openStore(path);
  expect(database.prepare('SELECT seq, extension, payer, started_at, seconds FROM waiting_call').all()).toEqual([
    {seq: 1, extension: '101', payer: 'ann', started_at: NOON, seconds: 61},
    {seq: 2, extension: null, payer: null, started_at: NOON + 1, seconds: 5},
  ]);
  database.close();
});
