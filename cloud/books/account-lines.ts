// The history of one account: its transfers, each with its sign and the balance after it, in the order of what happened.
// In: site and account. Out: lines. Never true: a line without the transfer that it is; a balance that is not the sum.
import {assert} from '../../shared/assert/assert.ts';
import type {TransferCode} from '../../shared/journal/transfer.ts';
import {micros, ZERO, type Micros} from '../../shared/money/micros.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';

export type AccountOf = {readonly site: string; readonly account: string};

/** A place in a history: what happened at the same instant stands in the order in which it was posted. */
export type Place = {readonly at: Instant; readonly seq: number};

export type Posting = Place & {
  readonly code: TransferCode;
  readonly ref: string;
  /** The other account. */
  readonly other: string;
  /** What it adds to the balance. */
  readonly amount: Micros;
  readonly log: 'up' | 'down';
  readonly logSeq: number;
};

export type Line = Posting & {readonly balanceAfter: Micros};

function of(db: Reader, {site, account}: AccountOf) {
  return db.selectFrom('posting').where('site', '=', site).where('account', '=', account);
}

/** The balance before a place: the sum of all that stands before it. Without a `seq`, before all that happened then. */
export async function sumBefore(db: Reader, account: AccountOf, {at, seq = 0}: {at: Instant; seq?: number}): Promise<Micros> {
  const row = await of(db, account)
    .where('at', '<=', at)
    .where((eb) => eb.or([eb('at', '<', at), eb('seq', '<', seq)]))
    .select((eb) => eb.fn.sum<number | null>('amount').as('sum'))
    .executeTakeFirst();
  return micros(row?.sum ?? 0);
}

/** Oldest first. */
export async function postingsOf(
  db: Reader,
  account: AccountOf,
  span?: {readonly from: Instant; readonly to: Instant},
): Promise<readonly Posting[]> {
  const all = of(db, account);
  const query = span === undefined ? all : all.where('at', '>=', span.from).where('at', '<', span.to);
  const rows = await query.select(COLUMNS).orderBy('at').orderBy('seq').execute();
  return rows.map(postingOf);
}

/** The last ones before a place, newest first. */
export async function lastPostings(
  db: Reader,
  account: AccountOf,
  {before, most}: {readonly before: Place | undefined; readonly most: number},
): Promise<readonly Posting[]> {
  let query = of(db, account);
  if (before !== undefined) {
    const {at, seq} = before;
    query = query.where('at', '<=', at).where((eb) => eb.or([eb('at', '<', at), eb('seq', '<', seq)]));
  }
  const rows = await query.select(COLUMNS).orderBy('at', 'desc').orderBy('seq', 'desc').limit(most).execute();
  return rows.map(postingOf);
}

const COLUMNS = ['seq', 'at', 'code', 'ref', 'other', 'amount', 'log', 'log_seq'] as const;

function postingOf(row: Pick<Tables['posting'], (typeof COLUMNS)[number]>): Posting {
  const {seq, at, code, ref, other, amount, log, log_seq: logSeq} = row;
  return {seq, at: instant(at), code: code as TransferCode, ref, other, amount: micros(amount), log, logSeq};
}

/** Runs a balance along lines that stand oldest first. */
export function withBalances(opening: Micros, postings: readonly Posting[]): readonly Line[] {
  let balance = opening;
  return postings.map((posting) => {
    balance = micros(balance + posting.amount);
    return {...posting, balanceAfter: balance};
  });
}

/** A correction of a call is part of what calls cost, whichever way it goes: below zero where more came back than was spent. */
export type Totals = {readonly credits: Micros; readonly debits: Micros; readonly closing: Micros};

/** What lines add up to. `closing` was summed by itself; where they differ the ledger contradicts itself. */
export function assertAddsUp(opening: Micros, lines: readonly Posting[], closing: Micros): Totals {
  let [credits, debits] = [ZERO, ZERO];
  for (const {amount, code} of lines) {
    if (amount > 0 && code !== 'CALL_ADJ') credits = micros(credits + amount);
    else debits = micros(debits - amount);
  }
  assert(opening + credits - debits === closing, `${opening} + ${credits} − ${debits} is not ${closing}: a statement does not add up`);
  return {credits, debits, closing};
}
