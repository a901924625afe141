// Who may sign in: staff who are not disabled, students whose account is not closed.
import type {Reader, Tx} from '../../store/open.ts';
import type {PersonOfSession} from './sessions.ts';
import type {Audience} from '../../web/route.ts';

export type Person = PersonOfSession & {
  readonly name: string;
  readonly email: string;
  readonly language: string;
  readonly passwordHash: string | undefined;
};

/** Staff choose no language yet. */
const LANGUAGE_OF_STAFF = 'en-GB';

export function personBySubject(reader: Reader, {audience, subject}: PersonOfSession): Promise<Person | undefined> {
  return audience === 'staff'
    ? staffPerson(reader, (query) => query.where('id', '=', subject))
    : studentPerson(reader, (query) => query.where('account', '=', subject));
}

export function personByEmail(reader: Reader, audience: Audience, key: string): Promise<Person | undefined> {
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
  return reader.selectFrom('student').select(['account', 'name', 'email', 'language', 'password_hash']).where('closed_at', 'is', null);
}

async function staffPerson(reader: Reader, which: (query: StaffQuery) => StaffQuery): Promise<Person | undefined> {
  const row = await which(staffRows(reader)).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    audience: 'staff',
    subject: row.id,
    name: row.name,
    email: row.email,
    language: LANGUAGE_OF_STAFF,
    passwordHash: row.password_hash ?? undefined,
  };
}

async function studentPerson(reader: Reader, which: (query: StudentQuery) => StudentQuery): Promise<Person | undefined> {
  const row = await which(studentRows(reader)).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    audience: 'student',
    subject: row.account,
    name: row.name,
    email: row.email ?? '',
    language: row.language,
    passwordHash: row.password_hash ?? undefined,
  };
}

export async function keepPassword({db}: Tx, {audience, subject}: PersonOfSession, hash: string): Promise<void> {
  if (audience === 'staff') await db.updateTable('staff').set({password_hash: hash}).where('id', '=', subject).execute();
  else await db.updateTable('student').set({password_hash: hash}).where('account', '=', subject).execute();
}
