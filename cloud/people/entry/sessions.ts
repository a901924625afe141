// Who is signed in. In: the secret of a cookie. Out: a person as the database knows him now.
// Never true: a secret on disk, a session that lives for ever, a session of somebody who was disabled.
import {Failure} from '../../../shared/failure/failure.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {isFresh, isSeenAgain, type SessionAge, type SessionLimits} from '../../../shared/web/freshness.ts';
import {hashOf, isSecret, newSecret} from '../../../shared/web/secret.ts';
import type {Reader, Store, Tx} from '../../store/open.ts';
import type {Audience, StaffSession, StudentSession} from '../../web/route.ts';

export type PersonOfSession = {readonly audience: Audience; readonly subject: string};

export type Sessions = {
  /** A new session and its secret, which is told once. Whoever had one in this browser before gives it up: `instead`. */
  readonly begin: (tx: Tx, person: PersonOfSession, now: Instant, instead?: KeyOfSession) => Promise<string>;
  /** Seen now; undefined if there is none, it has ended, or the account is closed. */
  readonly findStudent: (secret: string, now: Instant) => Promise<StudentSession | undefined>;
  readonly findStaff: (secret: string, now: Instant) => Promise<StaffSession | undefined>;
  /** Does not count as seen: a page that is merely open is nobody at work. */
  readonly stands: (session: StudentSession | StaffSession, now: Instant) => Promise<boolean>;
  readonly end: (session: KeyOfSession) => Promise<void>;
  /** All of a person, but one. Returns how many. */
  readonly endAllOf: (tx: Tx, person: PersonOfSession, but?: KeyOfSession) => Promise<number>;
};

export type KeyOfSession = {readonly key: string};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** OWASP ASVS 5.0, 7.3: whoever moves money and does nothing for half an hour is away. A telephone in a pocket is its owner's. */
const SESSION_LIMITS: Readonly<Record<Audience, SessionLimits>> = {
  student: {idleMs: 14 * DAY_MS, longestMs: 90 * DAY_MS},
  staff: {idleMs: HOUR_MS / 2, longestMs: 12 * HOUR_MS},
};
/** A person has a few browsers; an older session ends when there are more. */
const MOST_OF_ONE = 10;

export function createSessions(store: Store, randomBytes: (bytes: number) => Buffer): Sessions {
  return {
    begin: async (tx, person, now, instead) => {
      const secret = newSecret(randomBytes);
      if (instead !== undefined) await remove(tx, instead);
      await removeEnded(tx, person.audience, now);
      await tx.db
        .insertInto('session')
        .values({token_hash: hashOf(secret), ...person, created_at: now, seen_at: now})
        .execute();
      await removeSurplus(tx, person);
      return secret;
    },

    findStudent: async (secret, now) => {
      const row = isSecret(secret) ? await studentOf(store.reading, hashOf(secret)) : undefined;
      if (row === undefined || !(await isAlive(store, row, {audience: 'student', now}))) return undefined;
      const {name, subject, site, zone, language} = row;
      return {audience: 'student', key: row.token_hash.toString('hex'), name, subject, site, zone, language};
    },

    findStaff: async (secret, now) => {
      const row = isSecret(secret) ? await staffOf(store.reading, hashOf(secret)) : undefined;
      if (row === undefined || !(await isAlive(store, row, {audience: 'staff', now}))) return undefined;
      return {audience: 'staff', key: row.token_hash.toString('hex'), name: row.name, subject: row.subject, role: row.role};
    },

    stands: async ({key, audience}, now) => {
      const hash = bytesOf(key);
      const row = audience === 'staff' ? await staffOf(store.reading, hash) : await studentOf(store.reading, hash);
      return row !== undefined && isFresh(row, SESSION_LIMITS[audience], now);
    },

    end: (session) => store.transact((tx) => remove(tx, session)),

    endAllOf: async (tx, {audience, subject}, but) => {
      const all = tx.db.deleteFrom('session').where('audience', '=', audience).where('subject', '=', subject);
      const {numDeletedRows} = await (but === undefined ? all : all.where('token_hash', '<>', bytesOf(but.key))).executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

/** Of a student whose account is not closed. */
function studentOf(reader: Reader, hash: Buffer) {
  return reader
    .selectFrom('session')
    .innerJoin('student', 'student.account', 'session.subject')
    .innerJoin('site', 'site.id', 'student.site')
    .select(['session.token_hash', 'session.subject', 'session.created_at', 'session.seen_at'])
    .select(['student.name', 'student.site', 'student.language', 'site.zone'])
    .where('session.token_hash', '=', hash)
    .where('session.audience', '=', 'student')
    .where('student.closed_at', 'is', null)
    .executeTakeFirst();
}

/** Of somebody who is not disabled. */
function staffOf(reader: Reader, hash: Buffer) {
  return reader
    .selectFrom('session')
    .innerJoin('staff', 'staff.id', 'session.subject')
    .select(['session.token_hash', 'session.subject', 'session.created_at', 'session.seen_at', 'staff.name', 'staff.role'])
    .where('session.token_hash', '=', hash)
    .where('session.audience', '=', 'staff')
    .where('staff.disabled_at', 'is', null)
    .executeTakeFirst();
}

/** If so, it is seen now. */
async function isAlive(
  store: Store,
  row: SessionAge & {readonly token_hash: Buffer},
  {audience, now}: {readonly audience: Audience; readonly now: Instant},
): Promise<boolean> {
  if (!isFresh(row, SESSION_LIMITS[audience], now)) return false;
  if (isSeenAgain(row, now)) await see(store, row.token_hash, now);
  return true;
}

function bytesOf(key: string): Buffer {
  return Buffer.from(key, 'hex');
}

/** A full disk must not keep anybody from looking why: then the session only ends sooner. */
async function see(store: Store, hash: Buffer, now: Instant): Promise<void> {
  try {
    await store.transact(async ({db}) => {
      await db.updateTable('session').set({seen_at: now}).where('token_hash', '=', hash).execute();
    });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'store.full') throw error;
  }
}

async function remove({db}: Tx, {key}: KeyOfSession): Promise<void> {
  await db.deleteFrom('session').where('token_hash', '=', bytesOf(key)).execute();
}

async function removeEnded({db}: Tx, audience: Audience, now: Instant): Promise<void> {
  const {idleMs, longestMs} = SESSION_LIMITS[audience];
  await db
    .deleteFrom('session')
    .where('audience', '=', audience)
    .where((eb) => eb.or([eb('seen_at', '<', now - idleMs), eb('created_at', '<', now - longestMs)]))
    .execute();
}

async function removeSurplus({db}: Tx, {audience, subject}: PersonOfSession): Promise<void> {
  const kept = db
    .selectFrom('session')
    .select('token_hash')
    .where('audience', '=', audience)
    .where('subject', '=', subject)
    .orderBy('seen_at', 'desc')
    .orderBy('created_at', 'desc')
    .limit(MOST_OF_ONE);
  await db
    .deleteFrom('session')
    .where('audience', '=', audience)
    .where('subject', '=', subject)
    .where('token_hash', 'not in', kept)
    .execute();
}
