// Who pays for a line from when to when. In: a start, a move, an end, now, back-dated or ahead. Out: rows, told to the box, and
// the calls that a back-dated act would concern. Never true: two payers of a line at one instant; money moved here.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import {isoFromInstant, type Instant} from '../../shared/time/instant.ts';
import type {Reader, Tx} from '../store/open.ts';
import {factId, type PeopleGiven} from './act.ts';
import {lineOf} from './lines.ts';

export type TenancyRefusal = Refusal<
  | 'line-unknown'
  | 'student-unknown'
  | 'student-closed'
  | 'tenancy-unknown'
  | 'tenancy-overlaps'
  | 'tenancy-ended'
  | 'same-line'
  | 'time-order'
  | 'time-implausible'
>;

/** A call that somebody else paid for, or nobody, than who would pay for it now. */
export type ConcernedCall = {
  readonly upSeq: number;
  readonly id: string;
  readonly extension: string;
  readonly startedAt: Instant;
  readonly paidBy: string | undefined;
  readonly amount: number | undefined;
  /** Nobody, if the line was vacant then. */
  readonly payer: string | undefined;
};

export type TenancyDone = Done<{
  readonly tenancy: string;
  /** Newest first, at most {@link MOST_CONCERNED}. They stay as they are until somebody adjusts them. */
  readonly concerned: readonly ConcernedCall[];
}>;

export type NewTenancy = {
  readonly site: string;
  readonly extension: string;
  readonly account: string;
  readonly from: Instant;
  readonly to?: Instant;
};

export type Tenancies = {
  readonly start: (tx: Tx, actor: Actor, tenancy: NewTenancy) => Promise<TenancyDone | TenancyRefusal>;
  /** The student goes to another line; the tenancy there is a new one, with the end that was planned. */
  readonly move: (
    tx: Tx,
    actor: Actor,
    move: {readonly tenancy: string; readonly extension: string; readonly at: Instant},
  ) => Promise<TenancyDone | TenancyRefusal>;
  /** At its own beginning: it never was. */
  readonly end: (tx: Tx, actor: Actor, end: {readonly tenancy: string; readonly at: Instant}) => Promise<TenancyDone | TenancyRefusal>;
};

const MOST_CONCERNED = 500;
/** A date mistyped by a century is refused; a tenancy of a year is planned ahead. */
const FURTHEST_MS = 5 * 366 * 86_400_000;
const ID_BYTES = 8;

type Tenancy = NewTenancy & {readonly id: string};

export function createTenancies(given: PeopleGiven): Tenancies {
  return {
    start: (...words) => start(given, ...words),
    move: (...words) => move(given, ...words),
    end: (...words) => end(given, ...words),
  };
}

async function start(given: PeopleGiven, tx: Tx, actor: Actor, wanted: NewTenancy): ReturnType<Tenancies['start']> {
  const no = forbidden(actor, 'clerk') ?? (await whyNot(tx.db, wanted, given.now()));
  if (no !== undefined) return no;
  const tenancy = {...wanted, id: newId(given)};
  const concerned = await concernedBy(tx.db, {...wanted, payer: wanted.account});
  await insert(tx, tenancy);
  await tell(given, tx, [tenancy]);
  await note(given, tx, {actor, act: 'tenancy-start', tenancy, detail: {account: wanted.account, from: wanted.from, to: wanted.to}});
  return {kind: 'done', tenancy: tenancy.id, concerned};
}

async function move(given: PeopleGiven, tx: Tx, actor: Actor, wanted: Parameters<Tenancies['move']>[2]): ReturnType<Tenancies['move']> {
  const {extension, at} = wanted;
  const old = await running(tx.db, actor, wanted);
  if ('kind' in old) return old;
  if (old.extension === extension) return refused('same-line', `line ${extension} is where the student is`, 'choose the line to move to');
  const next: NewTenancy = {site: old.site, extension, account: old.account, from: at, ...(old.to !== undefined && {to: old.to})};
  const no = await whyNot(tx.db, next, given.now());
  if (no !== undefined) return no;
  const tenancy = {...next, id: newId(given)};
  const left = {...old, to: at};
  const concerned = [
    ...(await concernedBy(tx.db, {...next, payer: next.account})),
    ...(await concernedBy(tx.db, {...next, extension: old.extension, payer: undefined})),
  ];
  await endAt(tx, left);
  await insert(tx, tenancy);
  await tell(given, tx, [left, tenancy]);
  await note(given, tx, {actor, act: 'tenancy-move', tenancy: left, detail: {to: extension, at, next: tenancy.id}});
  const inOrder = concerned.toSorted((a, b) => b.startedAt - a.startedAt).slice(0, MOST_CONCERNED);
  return {kind: 'done', tenancy: tenancy.id, concerned: inOrder};
}

async function end(given: PeopleGiven, tx: Tx, actor: Actor, wanted: Parameters<Tenancies['end']>[2]): ReturnType<Tenancies['end']> {
  const old = await running(tx.db, actor, wanted);
  if ('kind' in old) return old;
  const ended = {...old, to: wanted.at};
  const concerned = await concernedBy(tx.db, {...old, from: wanted.at, payer: undefined});
  await endAt(tx, ended);
  await tell(given, tx, [ended]);
  await note(given, tx, {actor, act: 'tenancy-end', tenancy: ended, detail: {at: wanted.at}});
  return {kind: 'done', tenancy: ended.id, concerned};
}

/** The tenancy, if it may end at that time. */
async function running(
  db: Reader,
  actor: Actor,
  {tenancy: id, at}: {readonly tenancy: string; readonly at: Instant},
): Promise<Tenancy | TenancyRefusal> {
  const no = forbidden(actor, 'clerk');
  if (no !== undefined) return no;
  const row = await db.selectFrom('tenancy').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined)
    return refused('tenancy-unknown', 'there is no such tenancy', 'look at the line again: somebody may have changed it');
  const {site, extension, account, from_at: from, to_at: to} = row;
  if (to !== null && to <= at) return refused('tenancy-ended', `it ended at ${isoOf(to)}`, 'choose an earlier time');
  if (at < from) return refused('time-order', `it begins at ${isoOf(from)}`, 'choose that time to take it back, or a later one');
  return {id, site, extension, account, from: from as Instant, ...(to !== null && {to: to as Instant})};
}

async function whyNot(db: Reader, {site, extension, account, from, to}: NewTenancy, now: Instant): Promise<TenancyRefusal | undefined> {
  if (to !== undefined && to <= from) return refused('time-order', 'it would end before it begins', 'choose a later end');
  if (Math.abs(from - now) > FURTHEST_MS || (to !== undefined && to - now > 2 * FURTHEST_MS))
    return refused('time-implausible', `${isoOf(from)} is years away`, 'check the year');
  if ((await lineOf(db, site, extension)) === undefined)
    return refused('line-unknown', `there is no line ${extension}`, 'make the line first');
  const student = await db
    .selectFrom('student')
    .select(['name', 'closed_at'])
    .where('site', '=', site)
    .where('account', '=', account)
    .executeTakeFirst();
  if (student === undefined)
    return refused('student-unknown', `there is no student ${account} at this site`, 'look for the name in the list');
  if (student.closed_at !== null) return refused('student-closed', `the account of ${student.name} is closed`, 'make a new one');
  return await overlapWith(db, {site, extension, from, to});
}

/** Who has the line in that time already. */
export async function overlapWith(
  db: Reader,
  {site, extension, from, to}: Pick<NewTenancy, 'site' | 'extension' | 'from'> & {readonly to: Instant | undefined},
): Promise<TenancyRefusal | undefined> {
  let query = db
    .selectFrom('tenancy')
    .leftJoin('student', 'student.account', 'tenancy.account')
    .select(['tenancy.account', 'student.name', 'from_at', 'to_at'])
    .where('tenancy.site', '=', site)
    .where('extension', '=', extension)
    // One of no length never was.
    .where((eb) => eb.or([eb('to_at', 'is', null), eb.and([eb('to_at', '>', from), eb('to_at', '>', eb.ref('from_at'))])]));
  if (to !== undefined) query = query.where('from_at', '<', to);
  const other = await query.orderBy('from_at').limit(1).executeTakeFirst();
  if (other === undefined) return undefined;
  const until = other.to_at === null ? 'with no end' : `to ${isoOf(other.to_at)}`;
  const what = `${other.name ?? other.account} (${other.account}) has line ${extension} from ${isoOf(other.from_at)} ${until}`;
  return refused('tenancy-overlaps', what, 'end that tenancy first, or choose another line or time');
}

/** Calls of a line in a time that were paid by another than `payer`, or by somebody though there should be none. */
async function concernedBy(
  db: Reader,
  {site, extension, from, to, payer}: Omit<NewTenancy, 'account'> & {readonly payer: string | undefined},
): Promise<readonly ConcernedCall[]> {
  let query = db
    .selectFrom('call')
    .select(['up_seq', 'id', 'started_at', 'payer', 'amount'])
    .where('site', '=', site)
    .where('extension', '=', extension)
    .where('started_at', '>=', from);
  if (to !== undefined) query = query.where('started_at', '<', to);
  query =
    payer === undefined
      ? query.where('payer', 'is not', null)
      : query.where((eb) => eb.or([eb('payer', 'is', null), eb('payer', '<>', payer)]));
  const rows = await query.orderBy('started_at', 'desc').limit(MOST_CONCERNED).execute();
  return rows.map((row) => ({
    upSeq: row.up_seq,
    id: row.id,
    extension,
    startedAt: row.started_at as Instant,
    paidBy: row.payer ?? undefined,
    amount: row.amount ?? undefined,
    payer,
  }));
}

async function insert({db}: Tx, {id, site, extension, account, from, to}: Tenancy): Promise<void> {
  await db
    .insertInto('tenancy')
    .values({id, site, extension, account, from_at: from, to_at: to ?? null})
    .execute();
}

async function endAt({db}: Tx, {id, to}: Tenancy & {readonly to: Instant}): Promise<void> {
  await db.updateTable('tenancy').set({to_at: to}).where('id', '=', id).execute();
}

/** In one go: the box reads the end and the new beginning in one transaction. */
async function tell({downLog, randomBytes}: PeopleGiven, tx: Tx, tenancies: readonly Tenancy[]): Promise<void> {
  const [first] = tenancies;
  if (first === undefined) return;
  const facts = tenancies.map(({id, extension, account, from, to}) => ({
    kind: 'tenancy' as const,
    id: factId(id, randomBytes),
    body: {tenancy: id, extension, account, from, ...(to !== undefined && {to})},
  }));
  await downLog.write(tx, first.site, facts);
}

type Note = {readonly actor: Actor; readonly act: string; readonly tenancy: Tenancy; readonly detail: Readonly<Record<string, unknown>>};

async function note({audit}: PeopleGiven, tx: Tx, {actor, act, tenancy, detail}: Note): Promise<void> {
  await audit(tx, {by: actor.id, act, site: tenancy.site, subject: tenancy.extension, detail: {tenancy: tenancy.id, ...detail}});
}

function newId({randomBytes}: PeopleGiven): string {
  return `t-${randomBytes(ID_BYTES).toString('hex')}`;
}

function isoOf(at: number): string {
  return isoFromInstant(at as Instant);
}
