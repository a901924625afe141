// Students as staff look for them, and one of them.
import type {Currency} from '../../../shared/money/micros.ts';
import {micros, type Micros} from '../../../shared/money/micros.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {Reader} from '../../store/open.ts';

export type StudentFilter = 'all' | 'open' | 'empty' | 'uninvited' | 'closed';
export const STUDENT_FILTERS: readonly StudentFilter[] = ['all', 'open', 'empty', 'uninvited', 'closed'];

export type Student = {
  readonly account: string;
  readonly site: string;
  readonly name: string;
  readonly email: string | undefined;
  readonly language: string;
  readonly isRegistered: boolean;
  readonly createdAt: Instant;
  readonly closedAt: Instant | undefined;
  readonly balance: Micros;
  readonly currency: Currency;
};

export type StudentLine = Student & {readonly lines: readonly string[]};
export type StudentPage = {
  readonly rows: readonly StudentLine[];
  readonly hasMore: boolean;
  readonly counts: Readonly<Record<StudentFilter, number>>;
};
export type StudentWish = {readonly filter: StudentFilter; readonly search: string; readonly page: number};

const SHOWN = 50;

function filtered(db: Reader, filter: StudentFilter) {
  return db
    .selectFrom('student')
    .innerJoin('balance', (join) => join.onRef('balance.site', '=', 'student.site').onRef('balance.account', '=', 'student.account'))
    .$if(filter === 'closed', (query) => query.where('student.closed_at', 'is not', null))
    .$if(filter !== 'closed' && filter !== 'all', (query) => query.where('student.closed_at', 'is', null))
    .$if(filter === 'empty', (query) => query.whereRef('balance.credit', '<=', 'balance.debit'))
    .$if(filter === 'uninvited', (query) => query.where('student.password_hash', 'is', null));
}

const COLUMNS = [
  'student.account',
  'student.site',
  'student.name',
  'student.email',
  'student.language',
  'student.password_hash',
  'student.created_at',
  'student.closed_at',
] as const;

export async function readStudents(db: Reader, {filter, search, page}: StudentWish, now: Instant): Promise<StudentPage> {
  const wanted = search.normalize('NFC').toLowerCase();
  const rows = await filtered(db, filter)
    .innerJoin('site', 'site.id', 'student.site')
    .select(COLUMNS)
    .select(['balance.credit', 'balance.debit', 'site.currency'])
    .$if(wanted !== '', (query) =>
      query.where((eb) => {
        const holds = (column: 'student.name' | 'student.email_key' | 'student.account') =>
          eb(eb.fn<number>('instr', [eb.fn('lower', [column]), eb.val(wanted)]), '>', 0);
        const line = eb
          .selectFrom('tenancy')
          .select('tenancy.id')
          .whereRef('tenancy.account', '=', 'student.account')
          .where('tenancy.extension', '=', search);
        return eb.or([holds('student.name'), holds('student.email_key'), holds('student.account'), eb.exists(line)]);
      }),
    )
    .orderBy('student.name')
    .orderBy('student.account')
    .limit(SHOWN + 1)
    .offset((page - 1) * SHOWN)
    .execute();
  const shown = rows.slice(0, SHOWN);
  const lines = await linesNow(
    db,
    shown.map(({account}) => account),
    now,
  );
  const counts = {all: 0, open: 0, empty: 0, uninvited: 0, closed: 0};
  for (const each of STUDENT_FILTERS) counts[each] = await countOf(db, each);
  return {
    rows: shown.map((row) => ({...studentOf(row), lines: lines.get(row.account) ?? []})),
    hasMore: rows.length > SHOWN,
    counts,
  };
}

async function countOf(db: Reader, filter: StudentFilter): Promise<number> {
  const row = await filtered(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return row?.count ?? 0;
}

async function linesNow(db: Reader, accounts: readonly string[], now: Instant): Promise<ReadonlyMap<string, readonly string[]>> {
  const lines = new Map<string, string[]>();
  if (accounts.length === 0) return lines;
  const rows = await db
    .selectFrom('tenancy')
    .select(['account', 'extension'])
    .where('account', 'in', accounts)
    .where('from_at', '<=', now)
    .where((eb) => eb.or([eb('to_at', 'is', null), eb('to_at', '>', now)]))
    .orderBy('extension')
    .execute();
  for (const {account, extension} of rows) lines.set(account, [...(lines.get(account) ?? []), extension]);
  return lines;
}

export async function readStudent(db: Reader, account: string): Promise<Student | undefined> {
  const row = await filtered(db, 'all')
    .innerJoin('site', 'site.id', 'student.site')
    .select(COLUMNS)
    .select(['balance.credit', 'balance.debit', 'site.currency'])
    .where('student.account', '=', account)
    .executeTakeFirst();
  return row === undefined ? undefined : studentOf(row);
}

export async function readStudentName(db: Reader, account: string): Promise<string | undefined> {
  return (await db.selectFrom('student').select('name').where('account', '=', account).executeTakeFirst())?.name;
}

type Row = {
  account: string;
  site: string;
  name: string;
  email: string | null;
  language: string;
  password_hash: string | null;
  created_at: number;
  closed_at: number | null;
  credit: number;
  debit: number;
  currency: string;
};

function studentOf({account, site, name, email, language, currency, ...row}: Row): Student {
  return {
    account,
    site,
    name,
    email: email ?? undefined,
    language,
    isRegistered: row.password_hash !== null,
    createdAt: instant(row.created_at),
    closedAt: row.closed_at === null ? undefined : instant(row.closed_at),
    balance: micros(row.credit - row.debit),
    currency: currency as Currency,
  };
}

export type Tenancy = {
  readonly id: string;
  readonly site: string;
  readonly extension: string;
  readonly account: string;
  readonly name: string | undefined;
  readonly from: Instant;
  readonly to: Instant | undefined;
  readonly state: 'now' | 'planned' | 'past' | 'void';
};

const TENANCIES_SHOWN = 50;

/** Newest first. */
export async function readTenancies(
  db: Reader,
  of: {readonly account: string} | {readonly site: string; readonly extension: string},
  now: Instant,
): Promise<readonly Tenancy[]> {
  const all = tenancies(db);
  const query =
    'account' in of
      ? all.where('tenancy.account', '=', of.account)
      : all.where('tenancy.site', '=', of.site).where('tenancy.extension', '=', of.extension);
  const rows = await query.orderBy('from_at', 'desc').orderBy('tenancy.id').limit(TENANCIES_SHOWN).execute();
  return rows.map((row) => tenancyOf(row, now));
}

export async function readTenancy(db: Reader, id: string, now: Instant): Promise<Tenancy | undefined> {
  const row = await tenancies(db).where('tenancy.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : tenancyOf(row, now);
}

function tenancies(db: Reader) {
  return db
    .selectFrom('tenancy')
    .leftJoin('student', 'student.account', 'tenancy.account')
    .select(['tenancy.id', 'tenancy.site', 'tenancy.extension', 'tenancy.account', 'student.name', 'from_at', 'to_at']);
}

function tenancyOf(
  {
    name,
    from_at: from,
    to_at: to,
    ...rest
  }: Pick<Tenancy, 'id' | 'site' | 'extension' | 'account'> & {
    readonly name: string | null;
    readonly from_at: number;
    readonly to_at: number | null;
  },
  now: Instant,
): Tenancy {
  const state = to === from ? 'void' : from > now ? 'planned' : to === null || to > now ? 'now' : 'past';
  return {...rest, name: name ?? undefined, from: instant(from), to: to === null ? undefined : instant(to), state};
}
