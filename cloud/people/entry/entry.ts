// Signing in by e-mail address and password, and choosing that password. Pages are drawn by portal and desk.
// In: what a form sent. Out: a new session's secret, or why not. Never true: a different text, status or time for somebody
// who does not exist; a password in the clear anywhere; a session that outlives a change of the password.
import type {Log} from '../../../shared/log/log.ts';
import type {Clock} from '../../../shared/time/instant.ts';
import {createAttempts, type Attempts} from '../../../shared/web/attempts.ts';
import {placeOf} from '../../../shared/web/limiter.ts';
import {passwordFault, type PasswordFault, type Passwords} from '../../../shared/web/passwords.ts';
import type {Reader, Store, Tx} from '../../store/open.ts';
import type {LinkPurpose} from '../../store/tables.ts';
import type {Audience, StaffSession, StudentSession} from '../../web/route.ts';
import {emailKey} from '../email.ts';
import type {Link, Links} from './links.ts';
import type {KeyOfSession, PersonOfSession, Sessions} from './sessions.ts';

export type Admitted = {readonly kind: 'admitted'; readonly secret: string};
/** So many milliseconds until the next attempt may be made. */
type TooMany = {readonly kind: 'too-many'; readonly waitMs: number};
/** Too many passwords are being compared: again in a few seconds. */
type Busy = {readonly kind: 'busy'};
type Weak = {readonly kind: 'weak'; readonly fault: PasswordFault};

export type SignIn = {
  readonly email: string;
  readonly password: string;
  readonly address: string;
  /** This browser's session, if it has one: given up for the new one. */
  readonly instead: KeyOfSession | undefined;
};

export type NewPassword = {
  /** Of the link. */
  readonly secret: string;
  readonly password: string;
  readonly instead: KeyOfSession | undefined;
};

export type Entry = {
  readonly signIn: (audience: Audience, form: SignIn) => Promise<Admitted | {readonly kind: 'wrong'} | TooMany | Busy>;
  /** The person of a link, for the page that it opens; nothing is spent. Undefined as {@link Links.look}. */
  readonly open: (secret: string) => Promise<OpenLink | undefined>;
  /** Sets the password, ends all sessions, begins one. `gone`: the link is used, too old, or never was. */
  readonly choosePassword: (form: NewPassword) => Promise<(Admitted & PersonOfSession) | {readonly kind: 'gone'} | Weak | Busy>;
  /** Of somebody who is signed in. The other sessions end; this one stays. */
  readonly changePassword: (
    session: StudentSession | StaffSession,
    form: {readonly old: string; readonly password: string},
  ) => Promise<{readonly kind: 'changed'; readonly ended: number} | {readonly kind: 'wrong'} | TooMany | Weak | Busy>;
};

/** Not for `first-admin`: that makes a person, see first-admin.ts. */
export type OpenLink = {readonly purpose: LinkPurpose; readonly email: string; readonly name: string};

export type EntryGiven = {
  readonly store: Store;
  readonly sessions: Sessions;
  readonly links: Links;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly log: Log;
};

type Person = PersonOfSession & {readonly name: string; readonly email: string; readonly passwordHash: string | undefined};

/** A hall of students behind one address, of whom some have forgotten. */
const ATTEMPTS_OF_HALL = 200;
const AUDIENCES = {
  'staff-invite': 'staff',
  'staff-reset': 'staff',
  'student-register': 'student',
  'student-reset': 'student',
} as const satisfies Partial<Record<LinkPurpose, Audience>>;

export function createEntry(given: EntryGiven): Entry {
  const {store, links, clock} = given;
  const {monotonicMs} = clock;
  const attempts = {student: createAttempts(monotonicMs, ATTEMPTS_OF_HALL), staff: createAttempts(monotonicMs)};
  return {
    signIn: (audience, form) => signIn(given, attempts[audience], audience, form),
    open: async (secret) => {
      const link = await links.look(secret, clock.now());
      const person = await personOfLink(store.reading, link);
      return link === undefined || person === undefined ? undefined : {purpose: link.purpose, email: person.email, name: person.name};
    },
    choosePassword: (form) => choosePassword(given, form),
    // Somebody at an unattended browser may guess as little as somebody at the door.
    changePassword: async (session, {old, password}) => {
      const {audience, subject} = session;
      const person = await personBySubject(store.reading, {audience, subject});
      const fault = passwordFault(password, person?.name ?? '');
      if (fault !== undefined) return {kind: 'weak', fault};
      const waitMs = attempts[audience].take(subject, OLD_PASSWORD);
      if (waitMs > 0) return {kind: 'too-many', waitMs};
      const matches = await given.passwords.matches(person?.passwordHash, old);
      if (matches === undefined) return {kind: 'busy'};
      if (!matches) return {kind: 'wrong'};
      const hash = await given.passwords.hash(password);
      if (hash === undefined) return {kind: 'busy'};
      attempts[audience].succeeded(subject, OLD_PASSWORD);
      const ended = await store.transact((tx) => setPassword(given, tx, {audience, subject, hash, but: session}));
      given.log.info('a password was changed', {audience, subject, ended});
      return {kind: 'changed', ended};
    },
  };
}

/** Counted apart from sign-ins: by person, as if that were a place. */
const OLD_PASSWORD = 'old password';

async function signIn(
  {store, sessions, passwords, clock, log}: EntryGiven,
  attempts: Attempts,
  audience: Audience,
  {email, password, address, instead}: SignIn,
): ReturnType<Entry['signIn']> {
  const key = emailKey(email);
  const place = placeOf(address);
  const waitMs = attempts.take(address, key);
  if (waitMs > 0) {
    log.warn('too many attempts to sign in', {audience, place});
    return {kind: 'too-many', waitMs};
  }
  const person = await personByEmail(store.reading, audience, key);
  const matches = await passwords.matches(person?.passwordHash, password);
  if (matches === undefined) return {kind: 'busy'};
  const secret =
    matches && person !== undefined
      ? await store.transact(async (tx) => {
          // Asked again: somebody may have been disabled, or the password changed, while it was compared.
          const still = await personBySubject(tx.db, person);
          return still?.passwordHash === person.passwordHash
            ? await sessions.begin(tx, {audience, subject: person.subject}, clock.now(), instead)
            : undefined;
        })
      : undefined;
  if (secret === undefined || person === undefined) {
    log.warn('a sign-in failed', {audience, place});
    return {kind: 'wrong'};
  }
  attempts.succeeded(address, key);
  log.info('signed in', {audience, subject: person.subject, place});
  return {kind: 'admitted', secret};
}

async function choosePassword(given: EntryGiven, {secret, password, instead}: NewPassword): ReturnType<Entry['choosePassword']> {
  const {store, sessions, links, passwords, clock, log} = given;
  const person = await personOfLink(store.reading, await links.look(secret, clock.now()));
  if (person === undefined) return {kind: 'gone'};
  const fault = passwordFault(password, person.name);
  if (fault !== undefined) return {kind: 'weak', fault};
  const hash = await passwords.hash(password);
  if (hash === undefined) return {kind: 'busy'};
  const {audience, subject} = person;
  const begun = await store.transact(async (tx) => {
    // Two may have come with the same link while the password was hashed: one of them is too late.
    const link = await links.spend(tx, secret, clock.now());
    if ((await personOfLink(tx.db, link)) === undefined) return undefined;
    await setPassword(given, tx, {audience, subject, hash});
    return await sessions.begin(tx, {audience, subject}, clock.now(), instead);
  });
  if (begun === undefined) return {kind: 'gone'};
  log.info('a password was chosen', {audience, subject});
  return {kind: 'admitted', secret: begun, audience, subject};
}

type Change = PersonOfSession & {readonly hash: string; readonly but?: KeyOfSession};

/** With it end the sessions and the links that the old one had made. Returns how many sessions. */
async function setPassword({sessions, links}: EntryGiven, tx: Tx, {audience, subject, hash, but}: Change): Promise<number> {
  const {db} = tx;
  if (audience === 'staff') await db.updateTable('staff').set({password_hash: hash}).where('id', '=', subject).execute();
  else await db.updateTable('student').set({password_hash: hash}).where('account', '=', subject).execute();
  const purposes = Object.entries(AUDIENCES).flatMap(([purpose, whose]) => (whose === audience ? [purpose as keyof typeof AUDIENCES] : []));
  await links.forgetAllOf(tx, purposes, subject);
  return await sessions.endAllOf(tx, {audience, subject}, but);
}

async function personOfLink(reader: Reader, link: Link | undefined): Promise<Person | undefined> {
  if (link === undefined || link.purpose === 'first-admin') return undefined;
  return await personBySubject(reader, {audience: AUDIENCES[link.purpose], subject: link.subject});
}

function personBySubject(reader: Reader, {audience, subject}: PersonOfSession): Promise<Person | undefined> {
  return audience === 'staff'
    ? staffPerson(reader, (query) => query.where('id', '=', subject))
    : studentPerson(reader, (query) => query.where('account', '=', subject));
}

function personByEmail(reader: Reader, audience: Audience, key: string): Promise<Person | undefined> {
  return audience === 'staff'
    ? staffPerson(reader, (query) => query.where('email_key', '=', key))
    : studentPerson(reader, (query) => query.where('email_key', '=', key));
}

type StaffQuery = ReturnType<typeof staffRows>;
type StudentQuery = ReturnType<typeof studentRows>;

function staffRows(reader: Reader) {
  return reader.selectFrom('staff').select(['id', 'name', 'email', 'password_hash']).where('disabled_at', 'is', null);
}

function studentRows(reader: Reader) {
  return reader.selectFrom('student').select(['account', 'name', 'email', 'password_hash']).where('closed_at', 'is', null);
}

async function staffPerson(reader: Reader, which: (query: StaffQuery) => StaffQuery): Promise<Person | undefined> {
  const row = await which(staffRows(reader)).executeTakeFirst();
  if (row === undefined) return undefined;
  return {audience: 'staff', subject: row.id, name: row.name, email: row.email, passwordHash: row.password_hash ?? undefined};
}

async function studentPerson(reader: Reader, which: (query: StudentQuery) => StudentQuery): Promise<Person | undefined> {
  const row = await which(studentRows(reader)).executeTakeFirst();
  if (row === undefined) return undefined;
  return {audience: 'student', subject: row.account, name: row.name, email: row.email ?? '', passwordHash: row.password_hash ?? undefined};
}
