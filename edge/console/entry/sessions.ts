// Who is signed in. In: the secret of a cookie. Out: a name. Never true: a secret on disk, a session that lives for ever.
import type {Instant} from '../../../shared/time/instant.ts';
import type {Session} from '../../../shared/web/answer.ts';
import {isFresh, isSeenAgain} from '../../../shared/web/freshness.ts';
import {hashOf, isSecret, newSecret} from '../../../shared/web/secret.ts';
import type {Database} from '../../store/open.ts';

export type Sessions = {
  /** A new session and its secret, which is told once. */
  readonly begin: (name: string, now: Instant) => string;
  /** The session of a secret, seen now; undefined if there is none, or it has ended. */
  readonly find: (secret: string, now: Instant) => Session | undefined;
  /** Does it still stand? Does not count as seen: a page that is merely open is nobody at work. */
  readonly stands: (session: Session, now: Instant) => boolean;
  readonly end: (session: Session) => void;
  /** All of a person but one. Returns how many. */
  readonly endOthers: (session: Session) => number;
};

/** OWASP ASVS 5.0, 7.3: an administrator who does nothing for half an hour is away; a shift is over after twelve hours. */
export const IDLE_MS = 30 * 60_000;
export const LONGEST_MS = 12 * 3_600_000;
const LIMITS = {idleMs: IDLE_MS, longestMs: LONGEST_MS};
/** A person has a few browsers; an older session ends when there are more. */
const MOST_OF_ONE = 10;

type SessionRow = {readonly name: string; readonly created_at: number; readonly seen_at: number};

export function createSessions(database: Database, randomBytes: (bytes: number) => Buffer): Sessions {
  const rows = sessionRows(database);
  // By key: what a full disk did not take. Somebody must be able to come in and see why.
  const unstored = new Map<string, SessionRow>();

  const rowOf = (key: string): SessionRow | undefined => rows.select(key) ?? unstored.get(key);

  const find: Sessions['find'] = (secret, now) => {
    if (!isSecret(secret)) return undefined;
    const key = hashOf(secret).toString('hex');
    const row = rowOf(key);
    if (row === undefined || !isFresh(row, LIMITS, now)) return undefined;
    if (isSeenAgain(row, now)) {
      if (unstored.has(key)) unstored.set(key, {...row, seen_at: now});
      else rows.see(key, now);
    }
    return {name: row.name, key};
  };

  return {
    begin: (name, now) => {
      const secret = newSecret(randomBytes);
      const key = hashOf(secret).toString('hex');
      if (rows.insert(key, name, now)) return secret;
      const [oldest] = unstored.keys();
      if (unstored.size >= MOST_OF_ONE && oldest !== undefined) unstored.delete(oldest);
      unstored.set(key, {name, created_at: now, seen_at: now});
      return secret;
    },
    find,
    stands: ({key}, now) => {
      const row = rowOf(key);
      return row !== undefined && isFresh(row, LIMITS, now);
    },
    end: ({key}) => {
      unstored.delete(key);
      rows.remove(key);
    },
    endOthers: ({name, key}) => {
      const others = [...unstored].filter(([each, row]) => row.name === name && each !== key);
      for (const [each] of others) unstored.delete(each);
      return rows.removeOthers(name, key) + others.length;
    },
  };
}

function sessionRows(database: Database) {
  const select = database.prepare<[Buffer], SessionRow>('SELECT name, created_at, seen_at FROM console_session WHERE token_hash = ?');
  const insert = database.prepare<unknown[]>('INSERT INTO console_session (token_hash, name, created_at, seen_at) VALUES (?, ?, ?, ?)');
  const see = database.prepare<unknown[]>('UPDATE console_session SET seen_at = ? WHERE token_hash = ?');
  const remove = database.prepare<unknown[]>('DELETE FROM console_session WHERE token_hash = ?');
  const removeOthers = database.prepare<unknown[]>('DELETE FROM console_session WHERE name = ? AND token_hash <> ?');
  const removeOld = database.prepare<unknown[]>('DELETE FROM console_session WHERE seen_at < ? OR created_at < ?');
  const removeSurplus = database.prepare<unknown[]>(`
    DELETE FROM console_session WHERE name = @name AND token_hash NOT IN
      (SELECT token_hash FROM console_session WHERE name = @name ORDER BY seen_at DESC LIMIT @most)`);
  const bytesOf = (key: string): Buffer => Buffer.from(key, 'hex');
  return {
    select: (key: string) => select.get(bytesOf(key)),
    /** False if the disk does not take it. */
    insert: (key: string, name: string, now: Instant): boolean =>
      unlessDiskRefuses(() => {
        database
          .transaction(() => {
            removeOld.run(now - IDLE_MS, now - LONGEST_MS);
            insert.run(bytesOf(key), name, now, now);
            removeSurplus.run({name, most: MOST_OF_ONE});
          })
          .immediate();
      }),
    see: (key: string, now: Instant) => void unlessDiskRefuses(() => void see.run(now, bytesOf(key))),
    remove: (key: string) => void remove.run(bytesOf(key)),
    removeOthers: (name: string, key: string) => removeOthers.run(name, bytesOf(key)).changes,
  };
}

/** Does it and says true, or says false where the disk is at fault. */
export function unlessDiskRefuses(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^SQLITE_(?:FULL|IOERR)/.test(String(error.code))) return false;
    throw error;
  }
}
