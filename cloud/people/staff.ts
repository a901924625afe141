// Staff and their roles. In: an admin's decision. Out: rows, an invitation by mail, sessions that end. Never true: a cloud
// without an admin who can sign in; two people of one address; an act of somebody who was disabled.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import type {Reader, Tx} from '../store/open.ts';
import type {Role} from '../store/tables.ts';
import {factId, type PeopleGiven} from './act.ts';
import {emailKey, isEmail} from './email.ts';
import {isPersonName} from './name.ts';

export type StaffRefusal = Refusal<'staff-unknown' | 'staff-disabled' | 'name-invalid' | 'email-invalid' | 'email-taken' | 'last-admin'>;

export type NewStaff = {readonly name: string; readonly email: string; readonly role: Role};

export type Staff = {
  /** Adds the person and mails the link by which to choose a password. */
  readonly invite: (tx: Tx, actor: Actor, person: NewStaff) => Promise<Done<{readonly id: string}> | StaffRefusal>;
  /** The link again; the older one is worth nothing from then on. */
  readonly inviteAgain: (tx: Tx, actor: Actor, id: string) => Promise<Done | StaffRefusal>;
  readonly changeRole: (tx: Tx, actor: Actor, change: {readonly id: string; readonly role: Role}) => Promise<Done | StaffRefusal>;
  /** Signed out at once, everywhere. */
  readonly disable: (tx: Tx, actor: Actor, id: string) => Promise<Done | StaffRefusal>;
  readonly enable: (tx: Tx, actor: Actor, id: string) => Promise<Done | StaffRefusal>;
};

const ID_BYTES = 8;
const LANGUAGE = 'en-GB';

export function createStaff(given: PeopleGiven): Staff {
  return {
    invite: (...words) => invite(given, ...words),
    inviteAgain: (...words) => inviteAgain(given, ...words),
    changeRole: (...words) => changeRole(given, ...words),
    disable: (...words) => disable(given, ...words),
    enable: (...words) => enable(given, ...words),
  };
}

async function invite(given: PeopleGiven, tx: Tx, actor: Actor, {role, ...person}: NewStaff): ReturnType<Staff['invite']> {
  const {now, randomBytes, audit} = given;
  const name = person.name.trim().replaceAll(/\s+/g, ' ').normalize('NFC');
  const email = person.email.trim();
  const no = forbidden(actor, 'admin') ?? faultOf(name, email) ?? (await takenBy(tx.db, email));
  if (no !== undefined) return no;
  const id = randomBytes(ID_BYTES).toString('hex');
  await tx.db
    .insertInto('staff')
    .values({id, name, email, email_key: emailKey(email), role, password_hash: null, created_at: now(), disabled_at: null})
    .execute();
  await mailLink(given, tx, {id, email});
  await audit(tx, {by: actor.id, act: 'staff-invite', subject: id, detail: {role}});
  return {kind: 'done', id};
}

async function inviteAgain(given: PeopleGiven, tx: Tx, actor: Actor, id: string): ReturnType<Staff['inviteAgain']> {
  const person = await personFor(tx.db, actor, id);
  if ('kind' in person) return person;
  if (person.disabled_at !== null) return refused('staff-disabled', `${person.name} is disabled`, 'enable the person first');
  await mailLink(given, tx, {id, email: person.email});
  await given.audit(tx, {by: actor.id, act: 'staff-invite-again', subject: id});
  return {kind: 'done'};
}

async function changeRole(
  {audit}: PeopleGiven,
  tx: Tx,
  actor: Actor,
  {id, role}: {readonly id: string; readonly role: Role},
): ReturnType<Staff['changeRole']> {
  const person = await personFor(tx.db, actor, id);
  if ('kind' in person) return person;
  if (person.role === role) return {kind: 'done'};
  if (role !== 'admin' && (await isLastAdmin(tx.db, id))) return lastAdmin(person.name);
  await tx.db.updateTable('staff').set({role}).where('id', '=', id).execute();
  await audit(tx, {by: actor.id, act: 'staff-role', subject: id, detail: {from: person.role, to: role}});
  return {kind: 'done'};
}

async function disable({audit, now}: PeopleGiven, tx: Tx, actor: Actor, id: string): ReturnType<Staff['disable']> {
  const person = await personFor(tx.db, actor, id);
  if ('kind' in person) return person;
  if (person.disabled_at !== null) return {kind: 'done'};
  if (await isLastAdmin(tx.db, id)) return lastAdmin(person.name);
  await tx.db.updateTable('staff').set({disabled_at: now()}).where('id', '=', id).execute();
  await tx.db.deleteFrom('session').where('audience', '=', 'staff').where('subject', '=', id).execute();
  await tx.db.deleteFrom('one_time_link').where('purpose', 'in', ['staff-invite', 'staff-reset']).where('subject', '=', id).execute();
  await audit(tx, {by: actor.id, act: 'staff-disable', subject: id});
  return {kind: 'done'};
}

async function enable({audit}: PeopleGiven, tx: Tx, actor: Actor, id: string): ReturnType<Staff['enable']> {
  const person = await personFor(tx.db, actor, id);
  if ('kind' in person) return person;
  if (person.disabled_at === null) return {kind: 'done'};
  await tx.db.updateTable('staff').set({disabled_at: null}).where('id', '=', id).execute();
  await audit(tx, {by: actor.id, act: 'staff-enable', subject: id});
  return {kind: 'done'};
}

async function mailLink(given: PeopleGiven, tx: Tx, {id, email}: {readonly id: string; readonly email: string}): Promise<void> {
  const {links, notice, now, randomBytes} = given;
  const secret = await links.issue(tx, {purpose: 'staff-invite', subject: id}, now());
  const dedupe = `staff-invite:${factId(id, randomBytes)}`;
  await notice.enqueue(tx, {purpose: 'staff-invite', secret, recipient: email, language: LANGUAGE, site: undefined, dedupe});
}

async function personFor(db: Reader, actor: Actor, id: string) {
  const no = forbidden(actor, 'admin');
  if (no !== undefined) return no;
  const person = await db.selectFrom('staff').select(['name', 'email', 'role', 'disabled_at']).where('id', '=', id).executeTakeFirst();
  return person ?? refused('staff-unknown', 'there is no such person', 'look at the list again: somebody may have changed it');
}

/** Of those who can sign in: who was invited and never came is no help. */
async function isLastAdmin(db: Reader, id: string): Promise<boolean> {
  const admins = await db
    .selectFrom('staff')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .where('password_hash', 'is not', null)
    .limit(2)
    .execute();
  return admins.length === 1 && admins[0]?.id === id;
}

function lastAdmin(name: string) {
  return refused('last-admin', `${name} is the only admin who can sign in`, 'make somebody else an admin first');
}

function faultOf(name: string, email: string) {
  if (!isPersonName(name)) return refused('name-invalid', 'this is not a name', 'write letters, spaces and at most 60 characters');
  return isEmail(email) ? undefined : refused('email-invalid', 'this is not an e-mail address', 'write one such as ada@example.org');
}

async function takenBy(db: Reader, email: string) {
  const other = await db.selectFrom('staff').select('name').where('email_key', '=', emailKey(email)).executeTakeFirst();
  return other && refused('email-taken', `${other.name} has this e-mail address`, 'use another one, or enable that person');
}
