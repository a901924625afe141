// Account codes: whoever dials one with a call pays for it, on whichever telephone. In: a code for a student. Out: a row, and the
// whole account told to the box. Never true: a code of two accounts of a site at once; a code in the log of acts; one of a closed account.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import type {AccountCodeRule} from '../../shared/telephone/dial-codes.ts';
import type {Reader, Tx} from '../store/open.ts';
import {factId, type PeopleGiven} from './act.ts';
import {openStudent, tellAccount} from './students.ts';

export type CodeRefusal = Refusal<
  'student-unknown' | 'student-closed' | 'codes-none' | 'code-invalid' | 'code-taken' | 'codes-full' | 'code-unknown' | 'code-ended'
>;

export type AccountCodes = {
  /** From now on. */
  readonly give: (
    tx: Tx,
    actor: Actor,
    wanted: {readonly account: string; readonly code: string},
  ) => Promise<Done<{readonly id: string}> | CodeRefusal>;
  /** From now on it is nobody's; calls of before stay whose they were. */
  readonly end: (tx: Tx, actor: Actor, id: string) => Promise<Done<{readonly account: string}> | CodeRefusal>;
};

export type CodesGiven = PeopleGiven & {
  /** How codes are dialled at a site; undefined if they are not. */
  readonly ruleOf: (db: Reader, site: string) => Promise<AccountCodeRule | undefined>;
};

/** As many as the box takes of one account, ended ones with them. */
const MOST_CODES = 100;

export function createAccountCodes(given: CodesGiven): AccountCodes {
  return {give: (...words) => give(given, ...words), end: (...words) => end(given, ...words)};
}

async function give(
  given: CodesGiven,
  tx: Tx,
  actor: Actor,
  wanted: Parameters<AccountCodes['give']>[2],
): ReturnType<AccountCodes['give']> {
  const {now, randomBytes, audit, ruleOf} = given;
  const {account, code} = wanted;
  const no = forbidden(actor, 'clerk');
  if (no !== undefined) return no;
  const student = await openStudent(tx.db, account);
  if ('kind' in student) return student;
  const {site} = student;
  const fault = codeFault(code, await ruleOf(tx.db, site)) ?? (await takenBy(tx.db, {site, code})) ?? (await fullFault(tx.db, account));
  if (fault !== undefined) return fault;
  const id = factId(account, randomBytes).replace(':', '-');
  await tx.db.insertInto('account_code').values({id, site, account, code, from_at: now(), to_at: null}).execute();
  await tellAccount(given, tx, site, account);
  await audit(tx, {by: actor.id, act: 'account-code-give', site, subject: account, detail: {id}});
  return {kind: 'done', id};
}

async function end(given: CodesGiven, tx: Tx, actor: Actor, id: string): ReturnType<AccountCodes['end']> {
  const no = forbidden(actor, 'clerk');
  if (no !== undefined) return no;
  const row = await tx.db.selectFrom('account_code').select(['site', 'account', 'to_at']).where('id', '=', id).executeTakeFirst();
  if (row === undefined) return refused('code-unknown', 'there is no such account code', 'look at the page of the student');
  const {site, account} = row;
  if (row.to_at !== null) return refused('code-ended', 'this account code has ended already', 'nothing is to be done');
  await tx.db.updateTable('account_code').set({to_at: given.now()}).where('id', '=', id).execute();
  await tellAccount(given, tx, site, account);
  await given.audit(tx, {by: actor.id, act: 'account-code-end', site, subject: account, detail: {id}});
  return {kind: 'done', account};
}

function codeFault(code: string, rule: AccountCodeRule | undefined) {
  if (rule === undefined)
    return refused('codes-none', 'the dial plan of this site has no account codes', 'have an admin set how they are dialled first');
  if (/^\d+$/.test(code) && code.length === rule.length) return undefined;
  return refused('code-invalid', 'this is not an account code of this site', `write ${rule.length} digits`);
}

async function takenBy(db: Reader, {site, code}: {readonly site: string; readonly code: string}) {
  const other = await db
    .selectFrom('account_code')
    .leftJoin('student', 'student.account', 'account_code.account')
    .select(['account_code.account', 'student.name'])
    .where('account_code.site', '=', site)
    .where('code', '=', code)
    .where('to_at', 'is', null)
    .executeTakeFirst();
  if (other === undefined) return undefined;
  return refused('code-taken', `${other.name ?? 'somebody'} (${other.account}) has this code`, 'choose another one');
}

async function fullFault(db: Reader, account: string) {
  const {count} = await db
    .selectFrom('account_code')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account', '=', account)
    .executeTakeFirstOrThrow();
  return count < MOST_CODES ? undefined : refused('codes-full', `this account has had ${MOST_CODES} codes`, 'keep the one that it has');
}
