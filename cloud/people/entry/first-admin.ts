// The first of the staff. There is no password that the product came with: whoever starts the cloud is given a link.
import type {Log} from '../../../shared/log/log.ts';
import type {Clock} from '../../../shared/time/instant.ts';
import {passwordFault, type PasswordFault, type Passwords} from '../../../shared/web/passwords.ts';
import type {Reader, Store} from '../../store/open.ts';
import {emailKey, isEmail} from '../email.ts';
import {isPersonName} from '../name.ts';
import type {Links} from './links.ts';
import type {Sessions} from './sessions.ts';

export type FirstAdmin = {
  /** The secret of a new link, which makes an older one worthless; undefined if there is somebody. */
  readonly newLink: () => Promise<string | undefined>;
  /** Does the link still hold? Nothing is spent. */
  readonly holds: (secret: string) => Promise<boolean>;
  readonly make: (form: FirstAdminForm) => Promise<FirstAdminMade>;
};

export type FirstAdminForm = {readonly secret: string; readonly name: string; readonly email: string; readonly password: string};

export type FirstAdminMade =
  | {readonly kind: 'in'; readonly secret: string; readonly id: string}
  | {readonly kind: 'gone'}
  | {readonly kind: 'bad-name'}
  | {readonly kind: 'bad-email'}
  | {readonly kind: 'weak'; readonly fault: PasswordFault}
  | {readonly kind: 'busy'};

export type FirstAdminGiven = {
  readonly store: Store;
  readonly sessions: Sessions;
  readonly links: Links;
  readonly passwords: Passwords;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly clock: Clock;
  readonly log: Log;
};

const LINK = {purpose: 'first-admin', subject: ''} as const;
const ID_BYTES = 8;

export function createFirstAdmin(given: FirstAdminGiven): FirstAdmin {
  const {store, links, clock} = given;
  const holds = async (reader: Reader, secret: string): Promise<boolean> =>
    (await links.look(secret, clock.now()))?.purpose === 'first-admin' && !(await isSomebody(reader));
  return {
    newLink: () => store.transact(async (tx) => ((await isSomebody(tx.db)) ? undefined : await links.issue(tx, LINK, clock.now()))),
    holds: (secret) => holds(store.reading, secret),
    make: async (form) => {
      if (!(await holds(store.reading, form.secret))) return {kind: 'gone'};
      return faultOf(form) ?? (await make(given, form));
    },
  };
}

function faultOf({name, email, password}: FirstAdminForm): FirstAdminMade | undefined {
  if (!isPersonName(name.trim())) return {kind: 'bad-name'};
  if (!isEmail(email.trim())) return {kind: 'bad-email'};
  const fault = passwordFault(password, name);
  return fault === undefined ? undefined : {kind: 'weak', fault};
}

async function make(given: FirstAdminGiven, {secret, name, email, password}: FirstAdminForm): Promise<FirstAdminMade> {
  const {store, sessions, links, passwords, randomBytes, clock, log} = given;
  const hash = await passwords.hash(password);
  if (hash === undefined) return {kind: 'busy'};
  const id = randomBytes(ID_BYTES).toString('hex');
  const begun = await store.transact(async (tx) => {
    // Asked again here: two may have come at once, and hashing takes its time.
    const link = await links.spend(tx, secret, clock.now());
    if (link?.purpose !== 'first-admin' || (await isSomebody(tx.db))) return undefined;
    const now = clock.now();
    await tx.db
      .insertInto('staff')
      .values({
        id,
        email: email.trim(),
        email_key: emailKey(email),
        name: name.trim().normalize('NFC'),
        role: 'admin',
        password_hash: hash,
        created_at: now,
        disabled_at: null,
      })
      .execute();
    return await sessions.begin(tx, {audience: 'staff', subject: id}, now);
  });
  if (begun === undefined) return {kind: 'gone'};
  log.info('the first admin is made', {id});
  return {kind: 'in', secret: begun, id};
}

async function isSomebody(reader: Reader): Promise<boolean> {
  return (await reader.selectFrom('staff').select('id').limit(1).executeTakeFirst()) !== undefined;
}
