// One-time links: sent by mail or printed once, good for one act of one person.
// In: who may do what, and for how long. Out: a secret for an address. Never true: a secret on disk; a link spent by being
// opened, because scanners of mail open every link; one that opens two doors.
import {later, type Instant} from '../../../shared/time/instant.ts';
import {hashOf, isSecret, newSecret} from '../../../shared/web/secret.ts';
import type {Reader, Store, Tx} from '../../store/open.ts';
import type {LinkPurpose} from '../../store/tables.ts';

/** `subject`: the staff id or the account; empty for the first admin. */
export type Link = {readonly purpose: LinkPurpose; readonly subject: string};

export type Links = {
  /** The secret, which is told once. An older link for the same is worth nothing from now on. */
  readonly issue: (tx: Tx, link: Link, now: Instant) => Promise<string>;
  /** What it is good for; it stays so. Undefined for one that never was, was used or is too old: nobody is told which. */
  readonly look: (secret: string, now: Instant) => Promise<Link | undefined>;
  /** The same, and it is used up: only what the same transaction does was done with it. */
  readonly spend: (tx: Tx, secret: string, now: Instant) => Promise<Link | undefined>;
  /** When a password was set, no other link may set it again. */
  readonly forgetAllOf: (tx: Tx, purposes: readonly LinkPurpose[], subject: string) => Promise<void>;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** OWASP ASVS 5.0, 6.4.1: as short as the way to the person allows. Whoever asks for a reset waits for it; the desk can invite again. */
export const LINK_LASTS_MS: Readonly<Record<LinkPurpose, number>> = {
  'first-admin': DAY_MS,
  'staff-invite': DAY_MS,
  'staff-reset': HOUR_MS,
  'student-register': DAY_MS,
  'student-reset': HOUR_MS,
};

export function createLinks(store: Store, randomBytes: (bytes: number) => Buffer): Links {
  return {
    issue: async ({db}, {purpose, subject}, now) => {
      const secret = newSecret(randomBytes);
      await db
        .deleteFrom('one_time_link')
        .where((eb) =>
          eb.or([
            eb('expires_at', '<', now),
            eb.and([eb('purpose', '=', purpose), eb('subject', '=', subject), eb('used_at', 'is', null)]),
          ]),
        )
        .execute();
      await db
        .insertInto('one_time_link')
        .values({
          token_hash: hashOf(secret),
          purpose,
          subject,
          created_at: now,
          expires_at: later(now, LINK_LASTS_MS[purpose]),
          used_at: null,
        })
        .execute();
      return secret;
    },
    look: (secret, now) => find(store.reading, secret, now),
    spend: async ({db}, secret, now) => {
      const link = await find(db, secret, now);
      if (link !== undefined) await db.updateTable('one_time_link').set({used_at: now}).where('token_hash', '=', hashOf(secret)).execute();
      return link;
    },
    forgetAllOf: async ({db}, purposes, subject) => {
      await db
        .deleteFrom('one_time_link')
        .where('purpose', 'in', purposes)
        .where('subject', '=', subject)
        .where('used_at', 'is', null)
        .execute();
    },
  };
}

async function find(reader: Reader, secret: string, now: Instant): Promise<Link | undefined> {
  if (!isSecret(secret)) return undefined;
  return await reader
    .selectFrom('one_time_link')
    .select(['purpose', 'subject'])
    .where('token_hash', '=', hashOf(secret))
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
}
