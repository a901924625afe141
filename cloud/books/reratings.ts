// Proposals of re-rating as people look at them: what was asked, by whom, what it comes to for each student, what became of it.
import type {Working} from '../../shared/tariff/working.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import type {PlanLine, Wish} from './rerating-plan.ts';

export type ProposedRerating = {
  readonly id: string;
  readonly site: string;
  readonly wish: Wish;
  readonly hash: string;
  readonly calls: number;
  /** Micros; what accounts pay more in sum, and what they get back; both from 0. */
  readonly more: number;
  readonly less: number;
  readonly reason: string;
  /** Id of the staff. */
  readonly by: string;
  readonly at: Instant;
  readonly decision: {readonly kind: 'approved' | 'refused' | 'overtaken'; readonly by: string; readonly at: Instant} | undefined;
};

/** Of one account. */
export type AccountDifference = {
  readonly account: string;
  readonly calls: number;
  /** Micros: what these calls cost it so far, and what they should. */
  readonly was: number;
  readonly due: number;
};

/** What is moved between students and the house, or from one student to another: the larger of both sums, in micros. */
export function atStake({more, less}: Pick<ProposedRerating, 'more' | 'less'>): number {
  return Math.max(more, less);
}

const MOST_SHOWN = 100;

/** Newest first. */
export async function reratingsOf(db: Reader, site: string): Promise<readonly ProposedRerating[]> {
  const rows = await db
    .selectFrom('rerating')
    .selectAll()
    .where('site', '=', site)
    .orderBy('at', 'desc')
    .orderBy('id')
    .limit(MOST_SHOWN)
    .execute();
  return rows.map(proposedOf);
}

export async function reratingAt(db: Reader, id: string): Promise<ProposedRerating | undefined> {
  const row = await db.selectFrom('rerating').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : proposedOf(row);
}

function proposedOf(row: Tables['rerating']): ProposedRerating {
  const {id, site, hash, calls, more, less, reason, by, decision: kind, decided_by: decider, decided_at: decided} = row;
  const decision = kind === null || decider === null || decided === null ? undefined : {kind, by: decider, at: instant(decided)};
  return {id, site, wish: JSON.parse(row.wish) as Wish, hash, calls, more, less, reason, by, at: instant(row.at), decision};
}

/** The largest difference first. */
export async function differencesOf(db: Reader, id: string): Promise<readonly AccountDifference[]> {
  const rows = await db
    .selectFrom('rerating_line')
    .where('rerating', '=', id)
    .groupBy('account')
    .select((eb) => [
      'account',
      eb.fn.countAll<number>().as('calls'),
      eb.fn.sum<number>('was').as('was'),
      eb.fn.sum<number>('due').as('due'),
    ])
    .execute();
  const size = ({was, due}: AccountDifference): number => Math.abs(due - was);
  return rows.toSorted((a, b) => (size(a) === size(b) ? (a.account < b.account ? -1 : 1) : size(b) - size(a)));
}

/** In the order in which they were hashed. */
export async function linesOf(db: Reader, id: string): Promise<readonly PlanLine[]> {
  const rows = await db.selectFrom('rerating_line').selectAll().where('rerating', '=', id).orderBy('call_seq').orderBy('account').execute();
  return rows.map(lineOf);
}

function lineOf(row: Tables['rerating_line']): PlanLine {
  return {
    callSeq: row.call_seq,
    account: row.account,
    was: {amount: row.was, tax: row.was_tax},
    due: {amount: row.due, tax: row.due_tax},
    working: row.working === null ? undefined : (JSON.parse(row.working) as Working),
  };
}

/** How many calls of a site were priced by a tariff that was not the one in force any more. */
export async function lateCalls(db: Reader, site: string): Promise<number> {
  const row = await db
    .selectFrom('tariff_late')
    .where('site', '=', site)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}
