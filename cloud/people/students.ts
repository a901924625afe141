// Students: the person behind an account. In: what the desk knows of them. Out: a row, an account, and what the box is to know.
// Never true: an e-mail address on the way to a box; an account without its person's row; a change that the box is not told.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import {must} from '../../shared/assert/assert.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {DownBody} from '../../shared/wire/kinds.ts';
import type {Reader, Tx} from '../store/open.ts';
import {factId, type PeopleGiven} from './act.ts';
import {emailKey, isEmail} from './email.ts';
import {isPersonName} from './name.ts';

export type StudentRefusal = Refusal<
  | 'site-unknown'
  | 'student-unknown'
  | 'student-closed'
  | 'name-invalid'
  | 'email-invalid'
  | 'email-taken'
  | 'email-missing'
  | 'language-invalid'
  | 'has-tenancy'
>;

export type NewStudent = {readonly site: string; readonly name: string; readonly email?: string; readonly language?: string};
/** `email: ''` takes the address away. */
export type StudentChange = {readonly account: string; readonly name?: string; readonly email?: string; readonly language?: string};

export type Students = {
  readonly create: (tx: Tx, actor: Actor, student: NewStudent) => Promise<Done<{readonly account: string}> | StudentRefusal>;
  readonly edit: (tx: Tx, actor: Actor, change: StudentChange) => Promise<Done | StudentRefusal>;
  /** Nobody can pay in or sign in any more; the money and the history stay. */
  readonly close: (tx: Tx, actor: Actor, account: string) => Promise<Done | StudentRefusal>;
  /** Mails the link by which the student chooses a password; an older one is worth nothing from then on. */
  readonly invite: (tx: Tx, actor: Actor, account: string) => Promise<Done<{readonly email: string}> | StudentRefusal>;
  /** The student's own wish. */
  readonly setLanguage: (tx: Tx, account: string, language: string) => Promise<Done | StudentRefusal>;
};

const DEFAULT_LANGUAGE = 'en-GB';
/** BCP 47 by shape, as long as a box takes. */
const LANGUAGE = /^(?=.{2,35}$)[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/;

export function createStudents(given: PeopleGiven): Students {
  return {
    create: (...words) => create(given, ...words),
    edit: (...words) => edit(given, ...words),
    close: (...words) => close(given, ...words),
    invite: (...words) => invite(given, ...words),
    setLanguage: (...words) => setLanguage(given, ...words),
  };
}

/** The whole account, to the box. */
export async function tellAccount({downLog, randomBytes}: PeopleGiven, tx: Tx, site: string, account: string): Promise<void> {
  await downLog.write(tx, site, [{kind: 'account', id: factId(account, randomBytes), body: await accountBody(tx, site, account)}]);
}

async function create(given: PeopleGiven, tx: Tx, actor: Actor, student: NewStudent): ReturnType<Students['create']> {
  const {now, randomBytes, audit, books} = given;
  const {site, email = '', language = DEFAULT_LANGUAGE} = student;
  const name = tidy(student.name);
  const no = forbidden(actor, 'clerk') ?? faultOf({name, email, language}) ?? (await takenBy(tx.db, email, undefined));
  if (no !== undefined) return no;
  const known = await tx.db.selectFrom('site').select('id').where('id', '=', site).executeTakeFirst();
  if (known === undefined) return refused('site-unknown', `there is no site ${site}`, 'choose one of the list');
  const account = newAccountId(randomBytes);
  await books.openAccount(tx, site, account, 'student');
  await tx.db
    .insertInto('student')
    .values({account, site, name, ...addressOf(email), language, password_hash: null, created_at: now(), closed_at: null})
    .execute();
  await tellAccount(given, tx, site, account);
  await audit(tx, {by: actor.id, act: 'student-create', site, subject: account, detail: {language}});
  return {kind: 'done', account};
}

async function edit(given: PeopleGiven, tx: Tx, actor: Actor, change: StudentChange): ReturnType<Students['edit']> {
  const {audit} = given;
  const no = forbidden(actor, 'clerk');
  if (no !== undefined) return no;
  const student = await openStudent(tx.db, change.account);
  if ('kind' in student) return student;
  const wanted = {
    name: change.name === undefined ? student.name : tidy(change.name),
    email: change.email ?? student.email ?? '',
    language: change.language ?? student.language,
  };
  const fault = faultOf(wanted) ?? (await takenBy(tx.db, wanted.email, change.account));
  if (fault !== undefined) return fault;
  const {email, ...rest} = wanted;
  await tx.db
    .updateTable('student')
    .set({...rest, ...addressOf(email)})
    .where('account', '=', change.account)
    .execute();
  if (rest.name !== student.name || rest.language !== student.language) await tellAccount(given, tx, student.site, change.account);
  // Which, not what: the log of acts stays when a person is erased.
  const changed = (['name', 'email', 'language'] as const).filter((field) => (student[field] ?? '') !== wanted[field]);
  await audit(tx, {by: actor.id, act: 'student-edit', site: student.site, subject: change.account, detail: {changed}});
  return {kind: 'done'};
}

async function close(given: PeopleGiven, tx: Tx, actor: Actor, account: string): ReturnType<Students['close']> {
  const {now, audit} = given;
  const no = forbidden(actor, 'clerk');
  if (no !== undefined) return no;
  const student = await openStudent(tx.db, account);
  if ('kind' in student) return student;
  const line = await lineStillHeld(tx.db, account, now());
  if (line !== undefined) return refused('has-tenancy', `${student.name} has line ${line}`, 'end the tenancy first');
  const at = now();
  // The address is free again: whoever comes back gets an account of his own.
  await tx.db.updateTable('student').set({closed_at: at, password_hash: null, email_key: null}).where('account', '=', account).execute();
  await tx.db.updateTable('account_code').set({to_at: at}).where('account', '=', account).where('to_at', 'is', null).execute();
  await tx.db.updateTable('automatic_top_up').set({is_on: 0, changed_at: at}).where('account', '=', account).execute();
  await tx.db.deleteFrom('session').where('audience', '=', 'student').where('subject', '=', account).execute();
  await tellAccount(given, tx, student.site, account);
  await audit(tx, {by: actor.id, act: 'student-close', site: student.site, subject: account});
  return {kind: 'done'};
}

async function invite(given: PeopleGiven, tx: Tx, actor: Actor, account: string): ReturnType<Students['invite']> {
  const {now, randomBytes, audit, links, notice} = given;
  const no = forbidden(actor, 'clerk');
  if (no !== undefined) return no;
  const student = await openStudent(tx.db, account);
  if ('kind' in student) return student;
  const {email, language, site} = student;
  if (email === null) return refused('email-missing', `${student.name} has no e-mail address`, 'enter one first');
  const {name} = await tx.db.selectFrom('site').select('name').where('id', '=', site).executeTakeFirstOrThrow();
  const at = now();
  const secret = await links.issue(tx, {purpose: 'student-register', subject: account}, at);
  const dedupe = `student-register:${factId(account, randomBytes)}`;
  await notice.enqueue(tx, {purpose: 'student-register', secret, recipient: email, language, site: name, dedupe});
  await audit(tx, {by: actor.id, act: 'student-invite', site, subject: account});
  return {kind: 'done', email};
}

async function setLanguage(given: PeopleGiven, tx: Tx, account: string, language: string): ReturnType<Students['setLanguage']> {
  const {audit} = given;
  if (!LANGUAGE.test(language)) return languageInvalid(language);
  const student = await openStudent(tx.db, account);
  if ('kind' in student) return student;
  if (student.language === language) return {kind: 'done'};
  await tx.db.updateTable('student').set({language}).where('account', '=', account).execute();
  await tellAccount(given, tx, student.site, account);
  await audit(tx, {by: account, act: 'student-language', site: student.site, subject: account, detail: {language}});
  return {kind: 'done'};
}

/** The whole account as the box is to know it: the newest row replaces the one before. */
export async function accountBody({db}: Pick<Tx, 'db'>, site: string, account: string): Promise<DownBody<'account'>> {
  const row = await db
    .selectFrom('student')
    .innerJoin('account', (join) => join.onRef('account.site', '=', 'student.site').onRef('account.id', '=', 'student.account'))
    .leftJoin('automatic_top_up', 'automatic_top_up.account', 'student.account')
    .select(['name', 'language', 'closed_at', 'currency', 'is_on', 'threshold', 'target'])
    .where('student.site', '=', site)
    .where('student.account', '=', account)
    .executeTakeFirst();
  const {name, language, closed_at: closedAt, currency, is_on: isOn, threshold, target} = must(row, `student ${account} of site ${site}`);
  const isAutomatic = isOn === 1 && closedAt === null && threshold !== null && target !== null;
  const accountCodes = await codesOf(db, account);
  return {
    account,
    currency,
    language,
    name,
    closed: closedAt !== null,
    ...(isAutomatic && {automaticTopUp: {threshold, target}}),
    ...(accountCodes.length > 0 && {accountCodes}),
  };
}

/** Ended ones too: a call of before may come late. */
async function codesOf(db: Reader, account: string): Promise<NonNullable<DownBody<'account'>['accountCodes']>> {
  const rows = await db
    .selectFrom('account_code')
    .select(['code', 'from_at', 'to_at'])
    .where('account', '=', account)
    .orderBy('from_at')
    .orderBy('id')
    .execute();
  return rows.map(({code, from_at: from, to_at: to}) => ({code, from, ...(to !== null && {to})}));
}

/** Without what is mistaken for something else (Crockford's alphabet): read aloud at the desk, typed from a slip. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const ID_CHARACTERS = 10;

function newAccountId(randomBytes: (bytes: number) => Buffer): AccountId {
  // 256 is a multiple of 32: no letter is likelier than another.
  const letters = [...randomBytes(ID_CHARACTERS)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length));
  return `s-${letters.join('')}` as AccountId;
}

function tidy(name: string): string {
  return name.trim().replaceAll(/\s+/g, ' ').normalize('NFC');
}

function addressOf(email: string): {readonly email: string | null; readonly email_key: string | null} {
  return email.trim() === '' ? {email: null, email_key: null} : {email: email.trim(), email_key: emailKey(email)};
}

/** Why there can be no such student. */
export async function studentFault(db: Reader, {name, email}: {readonly name: string; readonly email: string}) {
  return faultOf({name: tidy(name), email, language: DEFAULT_LANGUAGE}) ?? (await takenBy(db, email, undefined));
}

function faultOf({name, email, language}: {readonly name: string; readonly email: string; readonly language: string}) {
  if (!isPersonName(name)) return refused('name-invalid', 'this is not a name', 'write letters, spaces and at most 60 characters');
  if (email.trim() !== '' && !isEmail(email.trim()))
    return refused('email-invalid', 'this is not an e-mail address', 'write one such as ada@example.org');
  return LANGUAGE.test(language) ? undefined : languageInvalid(language);
}

function languageInvalid(language: string) {
  return refused('language-invalid', `${language.slice(0, 40)} is not a language`, 'write one such as en-GB');
}

/** An address signs one person in. */
async function takenBy(db: Reader, email: string, account: string | undefined) {
  if (email.trim() === '') return undefined;
  const other = await db.selectFrom('student').select(['account', 'name']).where('email_key', '=', emailKey(email)).executeTakeFirst();
  if (other === undefined || other.account === account) return undefined;
  return refused('email-taken', `${other.name} (${other.account}) has this e-mail address`, 'use another one, or that account');
}

export async function openStudent(db: Reader, account: string) {
  const student = await db
    .selectFrom('student')
    .select(['site', 'name', 'email', 'language', 'closed_at'])
    .where('account', '=', account)
    .executeTakeFirst();
  if (student === undefined) return refused('student-unknown', `there is no student ${account}`, 'look for the name in the list');
  if (student.closed_at !== null) return refused('student-closed', `the account of ${student.name} is closed`, 'make a new one');
  return student;
}

/** Now or at any later time. */
async function lineStillHeld(db: Reader, account: string, at: Instant): Promise<string | undefined> {
  const row = await db
    .selectFrom('tenancy')
    .select('extension')
    .where('account', '=', account)
    .where((eb) => eb.or([eb('to_at', 'is', null), eb.and([eb('to_at', '>', at), eb('to_at', '>', eb.ref('from_at'))])]))
    .limit(1)
    .executeTakeFirst();
  return row?.extension;
}
