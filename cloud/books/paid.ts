// What accounts paid for calls so far: the box's debit, and every adjustment since.
// In: calls by their up rows. Out: shares by account, and who pays now. Never true: a share that is not the sum of its transfers.
import {must} from '../../shared/assert/assert.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import {padded} from './padded.ts';

/** Micros; `tax` is part of `amount`. */
export type Share = {readonly amount: number; readonly tax: number};

export type PaidCall = {
  readonly upSeq: number;
  readonly id: string;
  readonly startedAt: Instant;
  /** Whose debits and adjustments sum to more or less than nothing. */
  readonly shares: ReadonlyMap<string, Share>;
  readonly payer: string;
  /** How many adjustments there are: the next one has the number after it. */
  readonly adjustments: number;
};

type Building = Omit<PaidCall, 'shares'> & {readonly shares: Map<string, Share>; payer: string; adjustments: number};

/** Billed calls only, by the box or by the end of their waiting: what waits or was only watched is left out. */
export async function paidCalls(db: Reader, site: string, upSeqs: readonly number[]): Promise<ReadonlyMap<number, PaidCall>> {
  const calls = new Map<number, Building>();
  for (const some of padded(upSeqs)) {
    for (const row of [...(await billed(db, site, some)), ...(await billedLater(db, site, some))]) {
      const {up_seq: upSeq, id, started_at: startedAt} = row;
      const payer = must(row.payer ?? undefined, `payer of call ${id}`);
      const shares = new Map<string, Share>();
      add(shares, payer, {amount: row.amount ?? 0, tax: row.tax ?? 0});
      calls.set(upSeq, {upSeq, id, startedAt: instant(startedAt), shares, payer, adjustments: 0});
    }
    const adjusted = await db
      .selectFrom('call_adjustment')
      .select(['call_seq', 'account', 'amount', 'tax', 'n'])
      .where('site', '=', site)
      .where('call_seq', 'in', some)
      .orderBy('call_seq')
      .orderBy('n')
      .execute();
    for (const {call_seq: seq, account, amount, tax, n} of adjusted) {
      const call = must(calls.get(seq), `call of adjustment ${seq}:${n}`);
      add(call.shares, account, {amount, tax});
      call.adjustments = n;
      if (call.shares.size === 0) call.payer = account;
    }
  }
  // A call that costs nothing any more is still the call of whoever paid for it last.
  for (const call of calls.values()) call.payer = [...call.shares.keys()].at(0) ?? call.payer;
  return calls;
}

function add(shares: Map<string, Share>, account: string, more: Share): void {
  const {amount, tax} = shares.get(account) ?? {amount: 0, tax: 0};
  const sum = {amount: amount + more.amount, tax: tax + more.tax};
  if (sum.amount === 0 && sum.tax === 0) shares.delete(account);
  else shares.set(account, sum);
}

function billed(db: Reader, site: string, upSeqs: readonly number[]) {
  return db
    .selectFrom('call')
    .select(['up_seq', 'id', 'started_at', 'payer', 'amount', 'tax'])
    .where('site', '=', site)
    .where('up_seq', 'in', upSeqs)
    .where('state', '=', 'billed')
    .execute();
}

function billedLater(db: Reader, site: string, upSeqs: readonly number[]) {
  return db
    .selectFrom('call_resolution')
    .innerJoin('call', (join) => join.onRef('call.site', '=', 'call_resolution.site').onRef('call.up_seq', '=', 'call_resolution.call_seq'))
    .select(['call.up_seq', 'call.id', 'call.started_at', 'call_resolution.payer', 'call_resolution.amount', 'call_resolution.tax'])
    .where('call_resolution.site', '=', site)
    .where('call_resolution.call_seq', 'in', upSeqs)
    .where('call_resolution.outcome', '=', 'billed')
    .execute();
}
