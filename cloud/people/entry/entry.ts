// Signing in by e-mail address and password, and choosing that password. Pages are drawn by portal and desk.
// In: what a form sent. Out: a new session's secret, or why not. Never true: a different text, status or time for somebody
// who does not exist; a password in the clear anywhere; a session that outlives a change of the password.
import type {Log} from '../../../shared/log/log.ts';
import type {Clock} from '../../../shared/time/instant.ts';
import {createAttempts, type Attempts} from '../../../shared/web/attempts.ts';
import {createLimiter, placeOf, type Limiter} from '../../../shared/web/limiter.ts';
import {passwordFault, type PasswordFault, type Passwords} from '../../../shared/web/passwords.ts';
import type {Store, Tx} from '../../store/open.ts';
import type {Audience, StaffSession, StudentSession} from '../../web/route.ts';
import {emailKey} from '../email.ts';
import type {Links} from './links.ts';
import {keepPassword, personByEmail, personBySubject, type Person} from './persons.ts';
import type {KeyOfSession, PersonOfSession, Sessions} from './sessions.ts';

/** The secret of a new session. */
export type Entered = {readonly kind: 'in'; readonly secret: string};
/** So many milliseconds until the next attempt may be made. */
export type TooMany = {readonly kind: 'too-many'; readonly waitMs: number};
/** Too many passwords are being compared: in a few seconds again. */
export type Busy = {readonly kind: 'busy'};
export type Weak = {readonly kind: 'weak'; readonly fault: PasswordFault};
/** Never was, was used, or is too old: nobody is told which. */
export type Gone = {readonly kind: 'gone'};
export type Wrong = {readonly kind: 'wrong'};

/** A visit is one. The session that the browser has is given up for the new one. */
export type From<S extends KeyOfSession> = {readonly address: string; readonly session: S | undefined};

/** One audience's door. `Use`: what its links are for. */
export type Entry<S extends KeyOfSession, Use extends string> = {
  readonly signIn: (as: {readonly email: string; readonly password: string}, from: From<S>) => Promise<Entered | Wrong | TooMany | Busy>;
  readonly signOut: (session: S) => Promise<void>;
  /** Also where it is not known who has the browser. */
  readonly signOutEverywhere: (session: S) => Promise<void>;
  /** Whose link this is. Does not use it up: scanners of mail open every link. */
  readonly look: (use: Use, secret: string) => Promise<{readonly email: string; readonly name: string} | undefined>;
  /** Uses the link up, if the password is good: sets it, ends all sessions, begins one. */
  readonly spend: (
    link: {readonly use: Use; readonly secret: string; readonly password: string},
    from: From<S>,
  ) => Promise<Entered | Gone | Weak | Busy>;
  /** Mails a link, if there is such a person; the answer is the same, and as quick, if there is none. */
  readonly forgot: (email: string, address: string) => Promise<{readonly kind: 'taken'} | TooMany>;
  /** The other sessions end; this one stays. */
  readonly changePassword: (
    session: S,
    passwords: {readonly old: string; readonly chosen: string},
  ) => Promise<{readonly kind: 'changed'; readonly ended: number} | Wrong | TooMany | Weak | Busy>;
};

export type StudentEntry = Entry<StudentSession, 'register' | 'reset'>;
export type StaffEntry = Entry<StaffSession, 'invite' | 'reset'>;

export type ResetMail = PersonOfSession & {readonly email: string; readonly language: string; /** Of the link. */ readonly secret: string};

export type EntryGiven = {
  readonly store: Store;
  readonly sessions: Sessions;
  readonly links: Links;
  readonly passwords: Passwords;
  /** Asks for the mail, in the transaction in which its link is made. */
  readonly mailReset: (tx: Tx, mail: ResetMail) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
};

/** A hall of students behind one address, of whom some have forgotten. */
const ATTEMPTS_OF_HALL = 200;
/** Of an hour, from wherever they are asked for: nobody's mailbox is filled, and nobody keeps making the newest link worthless. */
const MAILS_OF_PERSON = 3;
const HOUR_MS = 3_600_000;
const MOST_MAILED = 10_000;
/** Counted apart from sign-ins: by person, as if that were a place. */
const OLD_PASSWORD = 'old password';
/** Apart from sign-ins too: whoever has used up his attempts may still ask for a link. */
const FORGOT = 'forgot ';

type Use = 'register' | 'invite' | 'reset';
type Door = {readonly audience: Audience; readonly attempts: Attempts; readonly mails: Pick<Limiter, 'take'>};

export function createEntry(given: EntryGiven): {readonly student: StudentEntry; readonly staff: StaffEntry} {
  const {monotonicMs} = given.clock;
  const mails = createLimiter({attempts: MAILS_OF_PERSON, windowMs: HOUR_MS, mostKeys: MOST_MAILED, monotonicMs});
  return {
    student: entryOf(given, {audience: 'student', attempts: createAttempts(monotonicMs, ATTEMPTS_OF_HALL), mails}),
    staff: entryOf(given, {audience: 'staff', attempts: createAttempts(monotonicMs), mails}),
  };
}

function entryOf<S extends StudentSession | StaffSession>(given: EntryGiven, door: Door): Entry<S, Use> {
  const {store, sessions} = given;
  return {
    signIn: (as, from) => signIn(given, door, as, from),
    signOut: (session) => sessions.end(session),
    signOutEverywhere: async (session) => {
      await store.transact((tx) => sessions.endAllOf(tx, personOf(session)));
    },
    look: async (use, secret) => {
      const person = await personOfLink(given, {audience: door.audience, use, secret});
      return person === undefined ? undefined : {email: person.email, name: person.name};
    },
    spend: ({use, secret, password}, {session}) => spend(given, {audience: door.audience, use, secret}, password, session),
    forgot: (email, address) => Promise.resolve(forgot(given, door, email, address)),
    changePassword: (session, passwords) => changePassword(given, door, personOf(session), {...passwords, but: session}),
  };
}

function personOf({audience, subject}: PersonOfSession): PersonOfSession {
  return {audience, subject};
}

async function signIn(
  {store, sessions, passwords, clock, log}: EntryGiven,
  {audience, attempts}: Door,
  {email, password}: {readonly email: string; readonly password: string},
  {address, session}: From<KeyOfSession>,
): Promise<Entered | Wrong | TooMany | Busy> {
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
          return still?.passwordHash === person.passwordHash ? await sessions.begin(tx, personOf(person), clock.now(), session) : undefined;
        })
      : undefined;
  if (secret === undefined || person === undefined) {
    log.warn('a sign-in failed', {audience, place});
    return {kind: 'wrong'};
  }
  attempts.succeeded(address, key);
  log.info('signed in', {audience, subject: person.subject, place});
  return {kind: 'in', secret};
}

type UseOfLink = {readonly audience: Audience; readonly use: Use; readonly secret: string};

async function spend(given: EntryGiven, link: UseOfLink, password: string, instead?: KeyOfSession): Promise<Entered | Gone | Weak | Busy> {
  const {store, sessions, links, passwords, clock, log} = given;
  const person = await personOfLink(given, link);
  if (person === undefined) return {kind: 'gone'};
  const fault = passwordFault(password, person.name);
  if (fault !== undefined) return {kind: 'weak', fault};
  const hash = await passwords.hash(password);
  if (hash === undefined) return {kind: 'busy'};
  const begun = await store.transact(async (tx) => {
    // Two may have come with the same link while the password was hashed: one of them is too late.
    const spent = await links.spend(tx, link.secret, clock.now());
    if (spent === undefined || (await personBySubject(tx.db, person)) === undefined) return undefined;
    await setPassword(given, tx, {who: person, hash});
    return await sessions.begin(tx, personOf(person), clock.now(), instead);
  });
  if (begun === undefined) return {kind: 'gone'};
  log.info('a password was chosen', {...personOf(person), by: link.use});
  return {kind: 'in', secret: begun};
}

function forgot(given: EntryGiven, {audience, attempts, mails}: Door, email: string, address: string): {readonly kind: 'taken'} | TooMany {
  const key = emailKey(email);
  const waitMs = attempts.take(address, FORGOT + key);
  if (waitMs > 0) return {kind: 'too-many', waitMs};
  // The links that were mailed are good, and whoever asks is told no more than that.
  if (mails.take(`${audience} ${key}`) > 0) return {kind: 'taken'};
  // Answered before anything is looked up: the time says nothing of whether there is somebody.
  mailLink(given, audience, key).catch((error: unknown) => {
    given.log.error('a link for a new password could not be made', {audience, error: String(error)});
  });
  return {kind: 'taken'};
}

async function mailLink({store, links, mailReset, clock, log}: EntryGiven, audience: Audience, key: string): Promise<void> {
  await store.transact(async (tx) => {
    const person = await personByEmail(tx.db, audience, key);
    if (person === undefined) return;
    const {subject, email, language} = person;
    const secret = await links.issue(tx, {purpose: `${audience}-reset`, subject}, clock.now());
    await mailReset(tx, {audience, subject, email, language, secret});
    tx.after(() => log.info('a link for a new password was made', {audience, subject}));
  });
}

type Chosen = {readonly old: string; readonly chosen: string; readonly but: KeyOfSession};

async function changePassword(
  given: EntryGiven,
  {attempts}: Door,
  who: PersonOfSession,
  {old, chosen, but}: Chosen,
): ReturnType<StudentEntry['changePassword']> {
  const {store, passwords, log} = given;
  const person = await personBySubject(store.reading, who);
  const fault = passwordFault(chosen, person?.name ?? '');
  if (fault !== undefined) return {kind: 'weak', fault};
  // Somebody at an unattended browser may guess as little as somebody at the door.
  const waitMs = attempts.take(who.subject, OLD_PASSWORD);
  if (waitMs > 0) return {kind: 'too-many', waitMs};
  const matches = await passwords.matches(person?.passwordHash, old);
  if (matches === undefined) return {kind: 'busy'};
  if (!matches) return {kind: 'wrong'};
  const hash = await passwords.hash(chosen);
  if (hash === undefined) return {kind: 'busy'};
  attempts.succeeded(who.subject, OLD_PASSWORD);
  const ended = await store.transact((tx) => setPassword(given, tx, {who, hash, but}));
  log.info('a password was changed', {...who, ended});
  return {kind: 'changed', ended};
}

type NewPassword = {readonly who: PersonOfSession; readonly hash: string; readonly but?: KeyOfSession};

/** With it end the sessions and the links that the old one had made. Returns how many sessions. */
async function setPassword({sessions, links}: EntryGiven, tx: Tx, {who, hash, but}: NewPassword): Promise<number> {
  await keepPassword(tx, who, hash);
  const first = who.audience === 'staff' ? 'staff-invite' : 'student-register';
  await links.forgetAllOf(tx, [first, `${who.audience}-reset`], who.subject);
  return await sessions.endAllOf(tx, who, but);
}

async function personOfLink({store, links, clock}: EntryGiven, {audience, use, secret}: UseOfLink): Promise<Person | undefined> {
  const link = await links.look(secret, clock.now());
  return link?.purpose === `${audience}-${use}` ? await personBySubject(store.reading, {audience, subject: link.subject}) : undefined;
}
