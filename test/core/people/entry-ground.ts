// A cloud's store with two of the staff and two students, and sign-in over it.
import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {createEntry, type ResetMail, type StaffEntry, type StudentEntry} from '../../../cloud/people/entry/entry.ts';
import {createFirstAdmin, type FirstAdmin} from '../../../cloud/people/entry/first-admin.ts';
import {createLinks, type Link, type Links} from '../../../cloud/people/entry/links.ts';
import {createSessions, type PersonOfSession, type Sessions} from '../../../cloud/people/entry/sessions.ts';
import {emailKey} from '../../../cloud/people/email.ts';
import {openStore, type Store} from '../../../cloud/store/open.ts';
import {later, instant, type Clock, type Instant} from '../../../shared/time/instant.ts';
import {createPasswords} from '../../../shared/web/passwords.ts';
import {silentLog} from '../silent-log.ts';
import {temporaryFolder} from '../temporary-store.ts';

export const NOW = instant(Date.UTC(2026, 10, 24, 9));
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const KIM = {audience: 'staff', subject: 'kim'} as const;
export const SAM = {audience: 'student', subject: 'a1'} as const;

export type EntryGround = {
  readonly store: Store;
  readonly path: string;
  readonly sessions: Sessions;
  readonly links: Links;
  readonly student: StudentEntry;
  readonly staff: StaffEntry;
  /** Mails that were asked for. */
  readonly mails: readonly ResetMail[];
  readonly firstAdmin: FirstAdmin;
  readonly now: () => Instant;
  readonly pass: (ms: number) => void;
  readonly begin: (person: PersonOfSession) => Promise<string>;
  readonly issue: (link: Link) => Promise<string>;
  readonly close: () => Promise<void>;
};

export async function openEntry(): Promise<EntryGround> {
  const {folder, remove} = temporaryFolder();
  const path = join(folder, 'cloud.db');
  const store = openStore(path);
  let passed = 0;
  const clock: Clock = {now: () => later(NOW, passed), monotonicMs: () => passed};
  const sessions = createSessions(store, randomBytes);
  const links = createLinks(store, randomBytes);
  const given = {store, sessions, links, passwords: createPasswords(randomBytes), clock, log: silentLog, randomBytes};
  const mails: ResetMail[] = [];
  await fill(store);
  return {
    store,
    path,
    sessions,
    links,
    ...createEntry({
      ...given,
      mailReset: (_, mail) => {
        mails.push(mail);
        return Promise.resolve();
      },
    }),
    mails,
    firstAdmin: createFirstAdmin(given),
    now: clock.now,
    pass: (ms) => {
      passed += ms;
    },
    begin: (person) => store.transact((tx) => sessions.begin(tx, person, clock.now())),
    issue: (link) => store.transact((tx) => links.issue(tx, link, clock.now())),
    close: async () => {
      await store.close();
      remove();
    },
  };
}

async function fill(store: Store): Promise<void> {
  await store.transact(async ({db}) => {
    await db
      .insertInto('site')
      .values({id: 'north', name: 'North Hall', currency: 'GBP', zone: 'Europe/London', created_at: NOW})
      .execute();
    for (const [id, email] of [
      ['kim', 'Kim@hall.example'],
      ['lee', 'lee@hall.example'],
    ] as const) {
      const common = {email, email_key: emailKey(email), password_hash: null, created_at: NOW};
      await db
        .insertInto('staff')
        .values({id, ...common, name: `${id} of the desk`, role: 'clerk', disabled_at: null})
        .execute();
    }
    for (const [account, email] of [
      ['a1', 'sam@hall.example'],
      ['a2', 'pat@hall.example'],
    ] as const) {
      await db.insertInto('account').values({site: 'north', id: account, kind: 'student', currency: 'GBP'}).execute();
      const common = {email, email_key: emailKey(email), password_hash: null, created_at: NOW};
      await db
        .insertInto('student')
        .values({account, site: 'north', ...common, name: `Student ${account}`, closed_at: null})
        .execute();
    }
  });
}
