// Every line as it was received, before anything else is done with it. Everything later can be run again from here.
// In: lines of a door. Out: the same with a number. Never true: a line without a row; a number used twice.
import {sha256} from '../../shared/journal/chain.ts';
import {must} from '../../shared/assert/assert.ts';
import {Failure} from '../../shared/failure/failure.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';
import type {Delivery, FilePosition, Line, SpooledLine} from './line.ts';

export type Spool = {
  /** Makes the feed known; its go-live instant is kept from the first time on, unless `setGoLive` names another. */
  readonly open: (feed: string, goLive: Instant) => void;
  readonly setGoLive: (feed: string, at: Instant) => void;
  readonly goLive: (feed: string) => Instant;
  /** A new session of the feed: a connection, or a file. Throws Failure `store.full`, as all that writes does outside a delivery. */
  readonly beginSession: (feed: string) => number;
  /** Files of the feed that were read before. */
  readonly files: (feed: string) => readonly FilePosition[];
  /** The file is gone or was begun again: its place means nothing any more. */
  readonly forget: (file: Pick<FilePosition, 'feed' | 'device' | 'inode'>) => void;
  readonly setFile: (position: FilePosition) => void;
  /** Writes a delivery's lines and its place in its file, in the caller's transaction. */
  readonly keep: (delivery: Delivery) => readonly SpooledLine[];
  /** Lines that record, rating and ledger have not finished with, oldest first. */
  readonly unfinished: (feed: string, most: number) => readonly SpooledLine[];
  /** Up to and including this line all is done; in the transaction that did it. */
  readonly finish: (feed: string, line: number) => void;
  /** The last lines of a feed before `before`, oldest first. */
  readonly tail: (feed: string, before: number, most: number) => readonly SpooledLine[];
  readonly line: (id: number) => SpooledLine | undefined;
};

type LineRow = {
  id: number;
  feed: string;
  session: number;
  position: string;
  received_at: number;
  bytes: Buffer;
  broken: Line['broken'] | null;
};
type FileRow = {device: number; inode: number; name: string; session: number; offset: number; head_bytes: number; head_hash: Buffer};

export function createSpool(database: Database): Spool {
  const columns = 'id, feed, session, position, received_at, bytes, broken';
  const insertFeed = database.prepare<unknown[]>('INSERT INTO feed (name, go_live) VALUES (?, ?) ON CONFLICT (name) DO NOTHING');
  const updateGoLive = database.prepare<unknown[]>('UPDATE feed SET go_live = @at WHERE name = @feed AND go_live <> @at');
  const selectGoLive = database.prepare<[string], number>('SELECT go_live FROM feed WHERE name = ?').pluck();
  const nextSession = database.prepare<[string], number>('UPDATE feed SET session = session + 1 WHERE name = ? RETURNING session').pluck();
  const insertLine = database.prepare<unknown[]>(
    'INSERT INTO spool (feed, session, position, received_at, hash, bytes, broken) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const selectUnfinished = database.prepare<[string, string, number], LineRow>(`
    SELECT ${columns} FROM spool WHERE feed = ? AND id > (SELECT finished_line FROM feed WHERE name = ?) ORDER BY id LIMIT ?`);
  const finish = database.prepare<unknown[]>('UPDATE feed SET finished_line = ? WHERE name = ? AND finished_line < ?');
  const selectTail = database.prepare<[string, number, number], LineRow>(
    `SELECT ${columns} FROM spool WHERE feed = ? AND id < ? ORDER BY id DESC LIMIT ?`,
  );
  const selectLine = database.prepare<[number], LineRow>(`SELECT ${columns} FROM spool WHERE id = ?`);
  const files = fileRows(database);
  return {
    ...files,
    open: (feed, goLive) => void written(database, () => insertFeed.run(feed, goLive)),
    setGoLive: (feed, at) => void written(database, () => updateGoLive.run({feed, at})),
    goLive: (feed) => must(selectGoLive.get(feed), `feed ${feed}`) as Instant,
    beginSession: (feed) =>
      must(
        written(database, () => nextSession.get(feed)),
        `feed ${feed}`,
      ),
    keep: ({lines, file}) => {
      if (file !== undefined) files.setFile(file);
      return lines.map((line) => {
        const {feed, session, position, receivedAt, bytes, broken} = line;
        const {lastInsertRowid} = insertLine.run(feed, session, position, receivedAt, sha256(bytes), bytes, broken ?? null);
        return {...line, id: Number(lastInsertRowid)};
      });
    },
    unfinished: (feed, most) => selectUnfinished.all(feed, feed, most).map(lineOf),
    finish: (feed, line) => void finish.run(line, feed, line),
    tail: (feed, before, most) => selectTail.all(feed, before, most).toReversed().map(lineOf),
    line: (id) => {
      const row = selectLine.get(id);
      return row === undefined ? undefined : lineOf(row);
    },
  };
}

/** Where in growing files the feed stands. `setFile` in the transaction that keeps the lines up to there. */
function fileRows(database: Database): Pick<Spool, 'files' | 'forget' | 'setFile'> {
  const selectFiles = database.prepare<[string], FileRow>(
    'SELECT device, inode, name, session, offset, head_bytes, head_hash FROM feed_file WHERE feed = ? ORDER BY session',
  );
  const putFile = database.prepare<unknown[]>(`
    INSERT INTO feed_file (feed, device, inode, name, session, offset, head_bytes, head_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (feed, device, inode) DO UPDATE SET name = excluded.name, session = excluded.session, offset = excluded.offset,
      head_bytes = excluded.head_bytes, head_hash = excluded.head_hash`);
  const deleteFile = database.prepare<unknown[]>('DELETE FROM feed_file WHERE feed = ? AND device = ? AND inode = ?');
  return {
    files: (feed) =>
      selectFiles
        .all(feed)
        .map(({head_bytes: headBytes, head_hash: headHash, ...row}): FilePosition => ({feed, ...row, headBytes, headHash})),
    forget: ({feed, device, inode}) => void written(database, () => deleteFile.run(feed, device, inode)),
    setFile: ({feed, device, inode, name, session, offset, headBytes, headHash}) =>
      void written(database, () => putFile.run(feed, device, inode, name, session, offset, headBytes, headHash)),
  };
}

/** A write of its own. In a transaction the transaction itself says what failed, and undoes the rest. */
function written<T>(database: Database, write: () => T): T {
  if (database.inTransaction) return write();
  try {
    return write();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && /^SQLITE_(?:FULL|IOERR)/.test(String(error.code)))) throw error;
    throw new Failure(
      'store.full',
      'the disk takes no more: no place in a feed can be kept',
      'free space on the disk of the data folder',
      error,
    );
  }
}

function lineOf({received_at: receivedAt, broken, ...row}: LineRow): SpooledLine {
  return {...row, receivedAt: receivedAt as Instant, broken: broken ?? undefined};
}
