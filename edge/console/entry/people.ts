// Who may use the console: names and password hashes, and the one-time code that makes the first of them.
import {later, type Instant} from '../../../shared/time/instant.ts';
import {hashOfCode, newCode} from '../../../shared/web/one-time-code.ts';
import type {Database} from '../../store/open.ts';
import {unlessDiskRefuses} from './sessions.ts';

export type Person = {readonly name: string; readonly createdAt: Instant; readonly lastSeenAt: Instant | undefined};

export type People = {
  readonly exist: () => boolean;
  readonly all: () => readonly Person[];
  /** The name as it was given, and the hash of its password. Names are the same in any case. */
  readonly find: (name: string) => {readonly name: string; readonly passwordHash: string} | undefined;
  /** False if there is somebody of that name, or too many already. */
  readonly add: (name: string, passwordHash: string, at: Instant) => boolean;
  readonly changePassword: (name: string, passwordHash: string) => void;
  /** With all sessions. The last one stays: nobody could sign in any more. */
  readonly remove: (name: string) => boolean;
  /** A new code for the first person, as it is to be typed, which makes an older one worthless; undefined if there is somebody. */
  readonly newSetupCode: (now: Instant) => string | undefined;
  readonly codeHolds: (typed: string, now: Instant) => boolean;
  /** Makes the first person and spends the code, or does nothing: false. */
  readonly addFirst: (first: {readonly name: string; readonly passwordHash: string; readonly code: string}, now: Instant) => boolean;
};

/** A console is for a handful of engineers and porters. */
const MOST_PEOPLE = 50;
/** A code is printed when the box starts; an engineer who comes a day later starts it again. */
const CODE_LASTS_MS = 24 * 3_600_000;

/** Letters, digits and what stands in names; no control characters, nothing that could be taken for another line of a log. */
export function isName(name: string): boolean {
  return /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}.'’_@ -]{0,58}[\p{L}\p{N}.])?$/u.test(name);
}

export function createPeople(database: Database, randomBytes: (bytes: number) => Buffer): People {
  const selectAll = database.prepare<[], {name: string; created_at: number; seen: number | null}>(`
    SELECT name, created_at, (SELECT max(seen_at) FROM console_session WHERE console_session.name = console_user.name) AS seen
    FROM console_user ORDER BY name COLLATE NOCASE`);
  const selectAllHashes = database.prepare<[], {name: string; password_hash: string}>('SELECT name, password_hash FROM console_user');
  const count = database.prepare<[], number>('SELECT count(*) FROM console_user').pluck();
  const insert = database.prepare<unknown[]>('INSERT INTO console_user (name, password_hash, created_at) VALUES (?, ?, ?)');
  const update = database.prepare<unknown[]>('UPDATE console_user SET password_hash = ? WHERE name = ?');
  const remove = database.prepare<unknown[]>('DELETE FROM console_user WHERE name = ?');
  const removeSessions = database.prepare<unknown[]>('DELETE FROM console_session WHERE name = ?');

  const exist = (): boolean => (count.get() ?? 0) > 0;
  const find: People['find'] = (name) => {
    // SQLite's lower() knows ASCII only; the table is short.
    const row = selectAllHashes.all().find((each) => sameName(each.name) === sameName(name));
    return row === undefined ? undefined : {name: row.name, passwordHash: row.password_hash};
  };
  const add: People['add'] = (name, passwordHash, at) => {
    if (find(name) !== undefined || (count.get() ?? 0) >= MOST_PEOPLE) return false;
    insert.run(name, passwordHash, at);
    return true;
  };

  return {
    exist,
    find,
    add,
    all: () =>
      selectAll.all().map(({name, created_at: createdAt, seen}) => ({
        name,
        createdAt: createdAt as Instant,
        lastSeenAt: (seen ?? undefined) as Instant | undefined,
      })),
    changePassword: (name, passwordHash) => void update.run(passwordHash, name),
    remove: (name) =>
      database
        .transaction(() => {
          if ((count.get() ?? 0) <= 1) return false;
          removeSessions.run(name);
          return remove.run(name).changes === 1;
        })
        .immediate(),
    ...setupCodes({database, randomBytes, exist, add}),
  };
}

function sameName(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

type CodeGround = Pick<People, 'exist' | 'add'> & {
  readonly database: Database;
  readonly randomBytes: (bytes: number) => Buffer;
};

function setupCodes({database, randomBytes, exist, add}: CodeGround): Pick<People, 'newSetupCode' | 'codeHolds' | 'addFirst'> {
  const keep = database.prepare<unknown[]>(`
    INSERT INTO console_setup (one, code_hash, expires_at) VALUES (1, ?, ?)
    ON CONFLICT (one) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at`);
  const select = database.prepare<[], {code_hash: Buffer; expires_at: number}>('SELECT code_hash, expires_at FROM console_setup');
  const spend = database.prepare<unknown[]>('DELETE FROM console_setup');
  /** What a full disk did not take: a box starts all the same. */
  let unstored: ReturnType<typeof select.get>;

  // Hashes are compared, and what comes in is hashed first: the time it takes says nothing about the code.
  const codeHolds: People['codeHolds'] = (typed, now) => {
    const row = unstored ?? select.get();
    return row !== undefined && now < row.expires_at && row.code_hash.equals(hashOfCode(typed));
  };

  return {
    newSetupCode: (now) => {
      if (exist()) return undefined;
      const code = newCode(randomBytes);
      const row = {code_hash: hashOfCode(code), expires_at: later(now, CODE_LASTS_MS)};
      unstored = unlessDiskRefuses(() => void keep.run(row.code_hash, row.expires_at)) ? undefined : row;
      return code;
    },
    codeHolds,
    addFirst: ({name, passwordHash, code}, now) =>
      database
        .transaction(() => {
          // Asked again here: two may have come at once, and hashing takes its time.
          if (exist() || !codeHolds(code, now) || !add(name, passwordHash, now)) return false;
          spend.run();
          unstored = undefined;
          return true;
        })
        .immediate(),
  };
}
