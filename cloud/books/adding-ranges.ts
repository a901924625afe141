// Staff add a range to the tariffs: what was shown is what is done, or nothing is; a dear one waits for a second person.
// In: a range, the hash of what a person saw. Out: amended tariffs on their way to the box and the calls that they price, or a
// proposal. Never true: tariffs published on a preview that no longer holds; a dear range that one person alone decided.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import {micros, type Micros} from '../../shared/money/micros.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import type {Audit} from '../people/audit.ts';
import type {InsertMany} from '../store/bulk.ts';
import type {Reader, Tx} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import type {AddRange, NewRange} from '../tariff/add-range.ts';
import {SECOND_PERSON_ABOVE} from './resolving.ts';
import {effectOf, wishOf, type EffectGiven, type RangeEffect} from './range-effect.ts';

export type AddingGiven = Omit<EffectGiven, 'ranges'> & {
  readonly ranges: AddRange;
  readonly now: () => Instant;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly audit: Audit;
  readonly insertMany: InsertMany;
};

/** Nothing was done: this is what holds now. */
export type Changed = {readonly kind: 'changed'; readonly effect: RangeEffect};

export type AddingRanges = {
  /** What would cost more in all takes two people. */
  readonly secondPersonAbove: Micros;
  readonly effect: (db: Reader, range: NewRange) => Promise<RangeEffect | Refusal>;
  /** `hash`: of the effect that the actor saw. */
  readonly add: (
    tx: Tx,
    actor: Actor,
    wanted: {readonly range: NewRange; readonly hash: string},
  ) => Promise<Done<{readonly id: string; readonly waitsFor: 'box' | 'second-person'}> | Changed | Refusal>;
  /** By another person than the one who wrote it; whoever wrote it may take it back. */
  readonly decide: (
    tx: Tx,
    actor: Actor,
    decision: {readonly id: string; readonly approve: boolean; readonly hash: string},
  ) => Promise<Done | Changed | Refusal>;
};

const ID_BYTES = 16;

export function createAddingRanges(given: AddingGiven): AddingRanges {
  return {
    secondPersonAbove: SECOND_PERSON_ABOVE,
    effect: (db, range) => effectOf(given, db, range),
    add: (tx, actor, wanted) => add(given, tx, actor, wanted),
    decide: (tx, actor, decision) => decide(given, tx, actor, decision),
  };
}

/** More calls than were looked at have a sum that nobody knows. */
function isDear({total, isCut}: RangeEffect): boolean {
  return isCut || total > SECOND_PERSON_ABOVE;
}

async function add(
  given: AddingGiven,
  tx: Tx,
  actor: Actor,
  {range, hash}: Parameters<AddingRanges['add']>[2],
): ReturnType<AddingRanges['add']> {
  const no = forbidden(actor, 'admin');
  if (no !== undefined) return no;
  const effect = await effectOf(given, tx.db, range);
  if (effect.kind === 'refused') return effect;
  if (effect.hash !== hash) return {kind: 'changed', effect};
  const {site} = range;
  const prefix = range.prefix.replaceAll(/\D/g, '');
  const open = await tx.db
    .selectFrom('range_addition')
    .select('id')
    .where('site', '=', site)
    .where('prefix', '=', prefix)
    .where('decision', 'is', null)
    .executeTakeFirst();
  if (open !== undefined) return refused('range-proposed', `+${prefix} waits for a second person already`, 'look at that proposal');
  const id = given.randomBytes(ID_BYTES).toString('hex');
  const dear = isDear(effect);
  const row = {
    id,
    site,
    prefix,
    wish: wishOf(range),
    hash,
    schedule: effect.schedule,
    calls: effect.priced.length,
    total: effect.total,
    is_dear: dear ? 1 : 0,
  } as const;
  await tx.db
    .insertInto('range_addition')
    .values({...row, by: actor.id, at: given.now(), decision: null, decided_by: null, decided_at: null, down_seq: null})
    .execute();
  await keepCalls(given, tx, {id, site, effect});
  if (!dear) return (await publish(given, tx, actor, {id, range, hash})) ?? {kind: 'done', id, waitsFor: 'box'};
  const {calls, total} = row;
  await given.audit(tx, {by: actor.id, act: 'tariff-range-propose', site, subject: prefix, detail: {id, calls, total, hash}});
  return {kind: 'done', id, waitsFor: 'second-person'};
}

async function decide(
  given: AddingGiven,
  tx: Tx,
  actor: Actor,
  {id, approve, hash}: Parameters<AddingRanges['decide']>[2],
): ReturnType<AddingRanges['decide']> {
  const no = forbidden(actor, 'admin');
  if (no !== undefined) return no;
  const row = await tx.db.selectFrom('range_addition').selectAll().where('id', '=', id).where('decision', 'is', null).executeTakeFirst();
  if (row === undefined) return refused('proposal-gone', 'this range does not wait any more', 'look at what became of it');
  const {site, prefix} = row;
  if (!approve) {
    await decided(given, tx, actor, {id, decision: 'refused', down_seq: null});
    await given.audit(tx, {by: actor.id, act: 'tariff-range-refuse', site, subject: prefix, detail: {id}});
    return {kind: 'done'};
  }
  if (row.by === actor.id) return refused('same-person', 'a dear range takes two people', 'ask somebody else to look at it');
  const range = rangeOf(row);
  const effect = await effectOf(given, tx.db, range);
  if (effect.kind === 'refused') return effect;
  if (effect.hash !== hash) return {kind: 'changed', effect};
  await tx.db.deleteFrom('range_addition_call').where('addition', '=', id).execute();
  await keepCalls(given, tx, {id, site, effect});
  const more = {calls: effect.priced.length, total: effect.total, hash, schedule: effect.schedule};
  await tx.db.updateTable('range_addition').set(more).where('id', '=', id).execute();
  return (await publish(given, tx, actor, {id, range, hash})) ?? {kind: 'done'};
}

type Publishing = {readonly id: string; readonly range: NewRange; readonly hash: string};

async function publish({ranges, ...given}: AddingGiven, tx: Tx, actor: Actor, {id, range}: Publishing): Promise<Refusal | undefined> {
  const done = await ranges.publish(tx, actor, range);
  if (done.kind === 'refused') return done;
  // The amended schedule is the last that was told.
  const head = tx.db.selectFrom('site_head').select('seq').where('site', '=', range.site).where('log', '=', 'down');
  const {seq} = await head.executeTakeFirstOrThrow();
  await decided({ranges, ...given}, tx, actor, {id, decision: 'published', down_seq: seq});
  return undefined;
}

type Decided = {readonly id: string; readonly decision: 'published' | 'refused'; readonly down_seq: number | null};

async function decided({now}: AddingGiven, {db}: Tx, actor: Actor, {id, ...set}: Decided): Promise<void> {
  await db
    .updateTable('range_addition')
    .set({...set, decided_by: actor.id, decided_at: now()})
    .where('id', '=', id)
    .execute();
}

type Kept = {readonly id: string; readonly site: string; readonly effect: RangeEffect};

async function keepCalls({insertMany}: AddingGiven, tx: Tx, {id, site, effect}: Kept): Promise<void> {
  const rows = effect.priced.map(({call, amount}) => ({addition: id, site, call_seq: call.upSeq, amount}));
  await insertMany(tx, 'range_addition_call', rows);
}

export type RangeAddition = {
  readonly id: string;
  readonly range: NewRange;
  /** Digits. */
  readonly prefix: string;
  readonly hash: string;
  readonly schedule: string;
  readonly calls: number;
  readonly total: Micros;
  readonly isDear: boolean;
  /** Ids of staff. */
  readonly by: string;
  readonly at: Instant;
  readonly decided: {readonly decision: 'published' | 'refused'; readonly by: string; readonly at: Instant} | undefined;
  /** The row of the down log with the amended schedule. */
  readonly downSeq: number | undefined;
};

type Row = Tables['range_addition'];

function rangeOf({wish}: Pick<Row, 'wish'>): NewRange {
  return JSON.parse(wish) as NewRange;
}

function additionOf(row: Row): RangeAddition {
  const {id, prefix, hash, schedule, calls, total, by, at, decision, decided_by: decider, decided_at: decidedAt, down_seq: downSeq} = row;
  return {
    id,
    range: rangeOf(row),
    prefix,
    hash,
    schedule,
    calls,
    total: micros(total),
    isDear: row.is_dear === 1,
    by,
    at: instant(at),
    decided: decision === null || decider === null || decidedAt === null ? undefined : {decision, by: decider, at: instant(decidedAt)},
    downSeq: downSeq ?? undefined,
  };
}

export async function rangeAddition(db: Reader, id: string): Promise<RangeAddition | undefined> {
  const row = await db.selectFrom('range_addition').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : additionOf(row);
}

/** Of a site, newest first, those that wait for a second person before all others. */
export async function rangeAdditions(db: Reader, site: string, most: number): Promise<readonly RangeAddition[]> {
  const rows = await db
    .selectFrom('range_addition')
    .selectAll()
    .where('site', '=', site)
    .orderBy((eb) => eb('decision', 'is not', null))
    .orderBy('at', 'desc')
    .limit(most)
    .execute();
  return rows.map(additionOf);
}

/** What was shown of it: by up row, in micros. */
export async function shownCalls(db: Reader, addition: string): Promise<ReadonlyMap<number, Micros>> {
  const rows = await db.selectFrom('range_addition_call').select(['call_seq', 'amount']).where('addition', '=', addition).execute();
  return new Map(rows.map(({call_seq: seq, amount}) => [seq, micros(amount)]));
}
