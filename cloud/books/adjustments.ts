// Differences of calls as they were posted, for whoever looks at a ledger or a call.
import {micros, type Micros} from '../../shared/money/micros.ts';
import type {Working} from '../../shared/tariff/working.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import type {AccountOf} from './account-lines.ts';
import {padded} from './padded.ts';

export type CallAdjustment = {
  /** The up row of the call. */
  readonly callSeq: number;
  readonly n: number;
  readonly rerating: string;
  readonly account: string;
  /** Above zero the account paid more. `tax` is part of it. */
  readonly amount: Micros;
  readonly tax: Micros;
  /** The new one; undefined where only the payer changed. */
  readonly working: Working | undefined;
  readonly at: Instant;
};

/** Of an account, by the reference of their transfers; `downSeqs` are the rows that told of them. */
export async function adjustmentsOf(
  db: Reader,
  {site, account}: AccountOf,
  downSeqs: readonly number[],
): Promise<ReadonlyMap<string, CallAdjustment>> {
  const found = new Map<string, CallAdjustment>();
  for (const some of padded([...new Set(downSeqs)])) {
    const rows = await db
      .selectFrom('call_adjustment')
      .selectAll()
      .where('site', '=', site)
      .where('account', '=', account)
      .where('down_seq', 'in', some)
      .execute();
    for (const row of rows) found.set(row.ref, adjustmentOf(row));
  }
  return found;
}

/** Of one call, in their order. */
export async function adjustmentsOfCall(db: Reader, site: string, callSeq: number): Promise<readonly CallAdjustment[]> {
  const rows = await db
    .selectFrom('call_adjustment')
    .selectAll()
    .where('site', '=', site)
    .where('call_seq', '=', callSeq)
    .orderBy('n')
    .execute();
  return rows.map(adjustmentOf);
}

/** What an account has paid more for calls since, or less; only of those that were corrected for it. */
export async function correctionsAt(
  db: Reader,
  {site, account}: AccountOf,
  callSeqs: readonly number[],
): Promise<ReadonlyMap<number, Micros>> {
  const found = new Map<number, Micros>();
  for (const some of padded(callSeqs)) {
    const rows = await db
      .selectFrom('call_adjustment')
      .where('site', '=', site)
      .where('account', '=', account)
      .where('call_seq', 'in', some)
      .groupBy('call_seq')
      .select((eb) => ['call_seq', eb.fn.sum<number>('amount').as('amount')])
      .execute();
    for (const {call_seq: seq, amount} of rows) found.set(seq, micros(amount));
  }
  return found;
}

function adjustmentOf(row: Tables['call_adjustment']): CallAdjustment {
  const {call_seq: callSeq, n, rerating, account, amount, tax, working, at} = row;
  return {
    callSeq,
    n,
    rerating,
    account,
    amount: micros(amount),
    tax: micros(tax),
    working: working === null ? undefined : (JSON.parse(working) as Working),
    at: instant(at),
  };
}
