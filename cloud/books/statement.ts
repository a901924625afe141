// What an account did in a time: opening, lines, closing; and the months there are.
// In: an account and [from, to). Out: a statement that adds up. Never true: opening + Σ lines other than closing.
import {micros, ZERO, type Micros} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {monthAfter, monthAt, spanOfMonth, type Month} from '../../shared/time/month.ts';
import type {Reader, Store} from '../store/open.ts';
import {HOUSE_ACCOUNTS} from '../../shared/journal/transfer.ts';
import {
  assertAddsUp,
  lastPostings,
  postingsOf,
  sumBefore,
  withBalances,
  type AccountOf,
  type Line,
  type Place,
  type Posting,
  type Totals,
} from './account-lines.ts';
import {adjustmentsOf} from './adjustments.ts';
import {coveredAt, firstUse, usesBetween, type Covered} from './allowances.ts';
import {callsAt, type Call} from './calls.ts';

/** `call`: the one that it is for, or corrects. `tax` has the sign of what the call costs. */
export type StatementLine = Line & {
  readonly call: Call | undefined;
  readonly tax: Micros;
  /** What free allowances took over of the call. */
  readonly covered: readonly Covered[];
};

export type Statement = Totals & {
  readonly from: Instant;
  /** The first instant after it. */
  readonly to: Instant;
  readonly opening: Micros;
  readonly lines: readonly StatementLine[];
  /** Contained in the calls. */
  readonly tax: Micros;
};

/** Of one moment. Oldest first. */
export function statement(reading: Store['reading'], of: AccountOf & {readonly from: Instant; readonly to: Instant}): Promise<Statement> {
  const {from, to} = of;
  return reading.transaction().execute(async (db) => {
    const opening = await sumBefore(db, of, {at: from});
    const closing = await sumBefore(db, of, {at: to});
    const postings = await withFreeCalls(db, {...of, from, to}, await postingsOf(db, of, {from, to}));
    const lines = await withCalls(db, of, withBalances(opening, postings));
    const tax = micros(lines.reduce((sum, line) => sum + line.tax, 0));
    return {from, to, opening, lines, tax, ...assertAddsUp(opening, lines, closing)};
  });
}

export type LedgerPage = {
  /** Newest first. */
  readonly lines: readonly StatementLine[];
  /** Before the oldest of them there is more. */
  readonly more: Place | undefined;
};

/** The ledger of an account, page by page, newest first. */
export function ledgerPage(
  reading: Store['reading'],
  of: AccountOf & {readonly before?: Place | undefined; readonly most: number},
): Promise<LedgerPage> {
  const {before, most} = of;
  return reading.transaction().execute(async (db) => {
    // One more than is shown tells whether there is more.
    const found = await lastPostings(db, of, {before, most: most + 1});
    const shown = found.slice(0, most).toReversed();
    const [oldest] = shown;
    if (oldest === undefined) return {lines: [], more: undefined};
    const lines = await withCalls(db, of, withBalances(await sumBefore(db, of, oldest), shown));
    return {lines: lines.toReversed(), more: found.length > most ? {at: oldest.at, seq: oldest.seq} : undefined};
  });
}

/** A call that allowances covered whole moved no money, and stands in the statement all the same: with nothing. */
async function withFreeCalls(
  db: Reader,
  of: AccountOf & {readonly from: Instant; readonly to: Instant},
  postings: readonly Posting[],
): Promise<readonly Posting[]> {
  const paid = new Set(postings.filter(({code}) => code === 'CALL').map(({logSeq}) => logSeq));
  const free = (await usesBetween(db, of)).filter(({upSeq}) => !paid.has(upSeq));
  if (free.length === 0) return postings;
  const nothing = {seq: 0, code: 'CALL', ref: '', other: HOUSE_ACCOUNTS.revenue, amount: ZERO, log: 'up'} as const;
  return [...postings, ...free.map(({upSeq, startedAt}) => ({...nothing, at: startedAt, logSeq: upSeq}))].toSorted((a, b) =>
    a.at === b.at ? a.seq - b.seq : a.at - b.at,
  );
}

async function withCalls(db: Reader, {site, account}: AccountOf, lines: readonly Line[]): Promise<readonly StatementLine[]> {
  const seqsOf = (wanted: Line['code']): readonly number[] => lines.filter(({code}) => code === wanted).map(({logSeq}) => logSeq);
  const adjusted = await adjustmentsOf(db, {site, account}, seqsOf('CALL_ADJ'));
  const calls = await callsAt(db, site, [...seqsOf('CALL'), ...[...adjusted.values()].map(({callSeq}) => callSeq)]);
  const covered = await coveredAt(db, site, seqsOf('CALL'));
  return lines.map((line) => {
    const adjustment = line.code === 'CALL_ADJ' ? adjusted.get(line.ref) : undefined;
    if (adjustment !== undefined) return {...line, call: calls.get(adjustment.callSeq), tax: adjustment.tax, covered: NOTHING};
    if (line.code !== 'CALL') return {...line, call: undefined, tax: ZERO, covered: NOTHING};
    const call = calls.get(line.logSeq);
    return {...line, call, tax: call?.tax ?? ZERO, covered: covered.get(line.logSeq) ?? NOTHING};
  });
}

const NOTHING: readonly Covered[] = [];

export type MonthSummary = {
  readonly month: Month;
  readonly from: Instant;
  readonly to: Instant;
  readonly opening: Micros;
  readonly closing: Micros;
};

/** Newest first, from this month back to the first in which something moved, a free call among it; this month is always there. */
export async function monthsOf(
  reading: Reader,
  of: AccountOf & {readonly zone: string; readonly now: Instant},
): Promise<readonly MonthSummary[]> {
  const postings = await postingsOf(reading, of);
  const first = Math.min(of.now, postings[0]?.at ?? of.now, (await firstUse(reading, of)) ?? of.now) as Instant;
  // Money may carry a later time than now: a box whose clock is fast.
  const last = Math.max(of.now, postings.at(-1)?.at ?? of.now) as Instant;
  const months: MonthSummary[] = [];
  let opening = ZERO;
  let next = 0;
  for (let month = monthAt(of.zone, first); ; month = monthAfter(month)) {
    const {from, to} = spanOfMonth(of.zone, month);
    let closing: Micros = opening;
    for (let posting = postings[next]; posting !== undefined && posting.at < to; posting = postings[next]) {
      closing = micros(closing + posting.amount);
      next++;
    }
    months.push({month, from, to, opening, closing});
    opening = closing;
    if (to > last) return months.toReversed();
  }
}
