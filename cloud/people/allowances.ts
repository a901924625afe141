// Free allowances: granted to one student or to each of a site, changed, ended. In: terms. Out: a row, told whole to the box.
// Never true: an allowance of a closed account; the unit or the period of one that calls may have used changed under them; a grant
// that the box is not told.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {civilFromInstant, startOfDay} from '../../shared/time/zone.ts';
import {DOWN_BODIES, type DownBody} from '../../shared/wire/kinds.ts';
import type {Reader, Tx} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import {factId, type PeopleGiven} from './act.ts';
import {openStudent} from './students.ts';

export type AllowanceRefusal = Refusal<
  | 'site-unknown'
  | 'student-unknown'
  | 'student-closed'
  | 'allowance-unknown'
  | 'allowance-ended'
  | 'allowances-full'
  | 'name-invalid'
  | 'amount-wrong'
  | 'destinations-full'
  | 'from-past'
  | 'from-fixed'
  | 'to-wrong'
>;

type Unit = DownBody<'allowance'>['unit'];
type Period = DownBody<'allowance'>['period'];

/** What may be changed afterwards. */
type Terms = {
  readonly name: string;
  /** Seconds or micros of each period. */
  readonly amount: number;
  /** As the tariff names them; none: all. */
  readonly destinations: readonly string[];
  readonly from: Instant;
  /** The first instant after it; undefined: until it is ended. */
  readonly to?: Instant | undefined;
};

export type NewAllowance = Terms & {
  readonly site: string;
  /** Whose; undefined: each student of the site has one of his own. */
  readonly account?: string | undefined;
  readonly unit: Unit;
  readonly period: Period;
};

export type AllowanceChange = Terms & {readonly site: string; readonly allowance: string};

export type Allowances = {
  readonly grant: (tx: Tx, actor: Actor, wanted: NewAllowance) => Promise<Done<{readonly allowance: string}> | AllowanceRefusal>;
  /** For calls that the box prices from then on; whoever wants another unit or period ends it and grants a new one. */
  readonly change: (tx: Tx, actor: Actor, wanted: AllowanceChange) => Promise<Done | AllowanceRefusal>;
  /** Now; one that has not begun never will. */
  readonly end: (tx: Tx, actor: Actor, of: {readonly site: string; readonly allowance: string}) => Promise<Done | AllowanceRefusal>;
};

/** The box looks at each of them for each call. */
const MOST_RUNNING = 20;
const MOST_DESTINATIONS = 500;
const LONGEST_NAME = 100;
/** Of a period: a month has no more seconds, and no student calls for more. */
const MOST_OF: Readonly<Record<Unit, number>> = {seconds: 31 * 86_400, micros: 10_000_000_000};
const ID_BYTES = 8;

export function createAllowances(given: PeopleGiven): Allowances {
  return {
    grant: (...words) => grant(given, ...words),
    change: (...words) => change(given, ...words),
    end: (...words) => end(given, ...words),
  };
}

/** Whoever may give one student money may give free calls; what each student of a site gets is like a tariff. */
function notFor(actor: Actor, account: string | null | undefined) {
  return forbidden(actor, account === null || account === undefined ? 'admin' : 'clerk');
}

async function grant(given: PeopleGiven, tx: Tx, actor: Actor, asked: NewAllowance): ReturnType<Allowances['grant']> {
  const {randomBytes, audit} = given;
  const wanted = {...asked, ...tidy(asked)};
  const {site, account, unit, period} = wanted;
  const no = notFor(actor, account) ?? termsFault(wanted, unit);
  if (no !== undefined) return no;
  const zone = await zoneOf(tx.db, site);
  if (zone === undefined) return refused('site-unknown', `there is no site ${site}`, 'choose one of the list');
  const fault =
    (account === undefined ? undefined : await studentFault(tx.db, site, account)) ??
    pastFault(wanted.from, given.now(), zone) ??
    (await fullFault(tx.db, {site, account}, given.now()));
  if (fault !== undefined) return fault;
  const id = `a-${randomBytes(ID_BYTES).toString('hex')}`;
  const row = rowOf({...wanted, id});
  await tx.db.insertInto('allowance').values(row).execute();
  await tell(given, tx, row);
  await audit(tx, {by: actor.id, act: 'allowance-grant', site, subject: account ?? id, detail: {id, unit, period, ...detailOf(wanted)}});
  return {kind: 'done', allowance: id};
}

async function change(given: PeopleGiven, tx: Tx, actor: Actor, asked: AllowanceChange): ReturnType<Allowances['change']> {
  const wanted = {...asked, ...tidy(asked)};
  const {site, allowance: id} = wanted;
  const before = await runningOne(tx.db, {site, id}, given.now());
  if ('kind' in before) return before;
  const no = notFor(actor, before.account) ?? termsFault(wanted, before.unit);
  if (no !== undefined) return no;
  const zone = (await zoneOf(tx.db, site)) ?? 'UTC';
  const fault =
    (before.account === null ? undefined : await studentFault(tx.db, site, before.account)) ??
    movedFault(before, wanted, given.now(), zone);
  if (fault !== undefined) return fault;
  const row = {...before, ...rowOf({...wanted, id, account: before.account, unit: before.unit, period: before.period})};
  await write(given, tx, row);
  await given.audit(tx, {
    by: actor.id,
    act: 'allowance-change',
    site,
    subject: before.account ?? id,
    detail: {id, ...changesOf(before, row)},
  });
  return {kind: 'done'};
}

async function end(
  given: PeopleGiven,
  tx: Tx,
  actor: Actor,
  {site, allowance: id}: Parameters<Allowances['end']>[2],
): ReturnType<Allowances['end']> {
  const before = await runningOne(tx.db, {site, id}, given.now());
  if ('kind' in before) return before;
  const no = notFor(actor, before.account);
  if (no !== undefined) return no;
  const to = Math.max(before.from_at, given.now());
  await write(given, tx, {...before, to_at: to});
  await given.audit(tx, {by: actor.id, act: 'allowance-end', site, subject: before.account ?? id, detail: {id, to}});
  return {kind: 'done'};
}

type AllowanceRow = Tables['allowance'];

async function write(given: PeopleGiven, tx: Tx, row: AllowanceRow): Promise<void> {
  const {site, id, ...rest} = row;
  await tx.db.updateTable('allowance').set(rest).where('site', '=', site).where('id', '=', id).execute();
  await tell(given, tx, row);
}

/** Whole, in the transaction that writes it. */
async function tell({downLog, randomBytes}: PeopleGiven, tx: Tx, row: AllowanceRow): Promise<void> {
  const {site, id, account, name, unit, amount, period, from_at: from, to_at: to} = row;
  const body = DOWN_BODIES.allowance.parse({
    allowance: id,
    ...(account !== null && {account}),
    name,
    unit,
    amount,
    period,
    destinations: JSON.parse(row.destinations) as string[],
    from,
    ...(to !== null && {to}),
  });
  await downLog.write(tx, site, [{kind: 'allowance', id: factId(id, randomBytes), body}]);
}

type Whole = Terms & {
  readonly site: string;
  readonly id: string;
  readonly account?: string | null | undefined;
  readonly unit: Unit;
  readonly period: Period;
};

function rowOf({site, id, account = null, name, unit, amount, period, destinations, from, to}: Whole): AllowanceRow {
  return {site, id, account, name, unit, amount, period, destinations: JSON.stringify(destinations), from_at: from, to_at: to ?? null};
}

function tidy({name, destinations}: Pick<Terms, 'name' | 'destinations'>): Pick<Terms, 'name' | 'destinations'> {
  return {
    name: name.trim().replaceAll(/\s+/g, ' ').normalize('NFC'),
    // As the tariff spells them, which may be with two spaces.
    destinations: [...new Set(destinations.map((each) => each.trim()).filter((each) => each !== ''))],
  };
}

function termsFault({name, amount, destinations, from, to}: Terms, unit: Unit): AllowanceRefusal | undefined {
  if (name === '' || name.length > LONGEST_NAME || /\p{C}/u.test(name))
    return refused('name-invalid', 'this is not a name', `write at most ${LONGEST_NAME} characters`);
  if (!Number.isSafeInteger(amount) || amount <= 0 || amount > MOST_OF[unit]) {
    const most = unit === 'seconds' ? `${MOST_OF.seconds / 60} minutes` : `${MOST_OF.micros / 1_000_000}`;
    return refused('amount-wrong', 'so much cannot be free', `write more than nothing and at most ${most} a period`);
  }
  if (destinations.length > MOST_DESTINATIONS || destinations.some((each) => each.length > LONGEST_NAME))
    return refused('destinations-full', `an allowance names at most ${MOST_DESTINATIONS} destinations`, 'name fewer, or none for all');
  if (to !== undefined && to <= from) return refused('to-wrong', 'it would end before it begins', 'choose a later end, or none');
  return undefined;
}

/** Calls of before today have their price; whoever grants today means the whole day. */
function pastFault(from: Instant, now: Instant, zone: string): AllowanceRefusal | undefined {
  const today = startOfDay(zone, civilFromInstant(zone, now)) ?? now;
  return from < today ? refused('from-past', 'calls of before today have their price', 'choose today or later') : undefined;
}

function movedFault(before: AllowanceRow, {from, to}: Terms, now: Instant, zone: string): AllowanceRefusal | undefined {
  if (to !== undefined && to <= now) return refused('to-wrong', 'the end would be past', 'choose a later end, or end it now');
  if (from === before.from_at) return undefined;
  // Uses of an allowance that is used once stand under its beginning.
  if (before.from_at <= now) return refused('from-fixed', 'it has begun already', 'leave its beginning as it is');
  return pastFault(from, now, zone);
}

async function zoneOf(db: Reader, site: string): Promise<string | undefined> {
  return (await db.selectFrom('site').select('zone').where('id', '=', site).executeTakeFirst())?.zone;
}

async function studentFault(db: Reader, site: string, account: string) {
  const student = await openStudent(db, account);
  if ('kind' in student) return student;
  return student.site === site
    ? undefined
    : refused('student-unknown', `there is no student ${account} at this site`, 'look for the name in the list');
}

async function runningOne(db: Reader, {site, id}: {readonly site: string; readonly id: string}, now: Instant) {
  const row = await db.selectFrom('allowance').selectAll().where('site', '=', site).where('id', '=', id).executeTakeFirst();
  if (row === undefined) return refused('allowance-unknown', 'there is no such allowance', 'look at the list of the site');
  if (row.to_at !== null && row.to_at <= now) return refused('allowance-ended', 'this allowance has ended already', 'grant a new one');
  return row;
}

async function fullFault(db: Reader, {site, account}: {readonly site: string; readonly account: string | undefined}, now: Instant) {
  const {count} = await db
    .selectFrom('allowance')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('site', '=', site)
    .where((eb) => (account === undefined ? eb('account', 'is', null) : eb('account', '=', account)))
    .where((eb) => eb.or([eb('to_at', 'is', null), eb('to_at', '>', now)]))
    .executeTakeFirstOrThrow();
  return count < MOST_RUNNING ? undefined : refused('allowances-full', `${MOST_RUNNING} run already`, 'end one first');
}

function detailOf({name, amount, destinations, from, to}: Terms): Readonly<Record<string, unknown>> {
  return {name, amount, destinations: destinations.length, from, ...(to !== undefined && {to})};
}

/** What is other than before. */
function changesOf(before: AllowanceRow, after: AllowanceRow): Readonly<Record<string, unknown>> {
  const keys = ['name', 'amount', 'destinations', 'from_at', 'to_at'] as const;
  const changed = keys.filter((key) => before[key] !== after[key]);
  return Object.fromEntries(
    changed.map((key) => [key, key === 'destinations' ? (JSON.parse(after.destinations) as string[]).length : after[key]]),
  );
}
