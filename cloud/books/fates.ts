// What has become of calls that waited: for pages that show what was asked and done. In: up rows of calls. Out: how each stands.
import {micros, type Micros} from '../../shared/money/micros.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import {padded} from './padded.ts';

export type Fate =
  | {
      readonly kind: 'billed' | 'watched';
      readonly amount: Micros;
      readonly destination: string;
      /** A person's word, or a tariff. */
      readonly by: 'desk' | 'schedule';
      readonly at: Instant;
    }
  | {readonly kind: 'written-off'; readonly by: 'desk' | 'schedule'; readonly at: Instant}
  | {readonly kind: 'waits'; readonly reason: string; readonly detail: string | undefined};

/** By the call's own up row; none for a row that is no call that waited. */
export async function fatesOf(db: Reader, site: string, callSeqs: readonly number[]): Promise<ReadonlyMap<number, Fate>> {
  const fates = new Map<number, Fate>();
  for (const some of padded(callSeqs)) {
    const rows = await db
      .selectFrom('call')
      .leftJoin('call_resolution as end', (join) => join.onRef('end.site', '=', 'call.site').onRef('end.call_seq', '=', 'call.up_seq'))
      .select(['call.up_seq', 'call.reason', 'call.detail', 'end.outcome', 'end.by', 'end.amount', 'end.destination', 'end.at'])
      .where('call.site', '=', site)
      .where('call.up_seq', 'in', some)
      .where('call.state', '=', 'unbillable')
      .execute();
    for (const {up_seq: seq, reason, detail, outcome, by, amount, destination, at} of rows) {
      if (outcome === null || by === null || at === null) {
        fates.set(seq, {kind: 'waits', reason: reason ?? '', detail: detail ?? undefined});
      } else if (outcome === 'written-off') fates.set(seq, {kind: outcome, by, at: instant(at)});
      else fates.set(seq, {kind: outcome, amount: micros(amount ?? 0), destination: destination ?? '', by, at: instant(at)});
    }
  }
  return fates;
}

/** What staff asked of the box for one call, newest first. */
export type Asking = {
  readonly act: 'bill' | 'write-off';
  readonly amount: Micros | undefined;
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  /** The row of the down log that asks. */
  readonly downSeq: number;
  readonly answer: {readonly outcome: string; readonly detail: string | undefined; readonly at: Instant} | undefined;
};

export async function askingsOf(db: Reader, site: string, callSeq: number): Promise<readonly Asking[]> {
  const rows = await db
    .selectFrom('resolution_request')
    .selectAll()
    .where('site', '=', site)
    .where('call_seq', '=', callSeq)
    .orderBy('down_seq', 'desc')
    .execute();
  return rows.map(({act, amount, by, reason, asked_at: at, down_seq: downSeq, outcome, detail, answered_at: answeredAt}) => ({
    act,
    amount: amount === null ? undefined : micros(amount),
    by,
    reason,
    at: instant(at),
    downSeq,
    answer: outcome === null || answeredAt === null ? undefined : {outcome, detail: detail ?? undefined, at: instant(answeredAt)},
  }));
}

/** A range that was published and that was shown to price the call, newest first. */
export type RangeOfCall = {
  /** As it is written beside what they did. */
  readonly by: string;
  readonly id: string;
  readonly prefix: string;
  readonly amount: Micros;
  readonly at: Instant;
  readonly downSeq: number;
};

export async function rangesOfCall(db: Reader, site: string, callSeq: number): Promise<readonly RangeOfCall[]> {
  const rows = await db
    .selectFrom('range_addition_call as shown')
    .innerJoin('range_addition as addition', 'addition.id', 'shown.addition')
    .leftJoin('staff', 'staff.id', 'addition.decided_by')
    .select([
      'staff.name',
      'addition.decided_by',
      'addition.id',
      'addition.prefix',
      'addition.decided_at',
      'addition.down_seq',
      'shown.amount',
    ])
    .where('shown.site', '=', site)
    .where('shown.call_seq', '=', callSeq)
    .where('addition.decision', '=', 'published')
    .orderBy('addition.decided_at', 'desc')
    .execute();
  return rows.map(({id, prefix, amount, name, decided_by: by, decided_at: at, down_seq: downSeq}) => ({
    id,
    by: name ?? by ?? '',
    prefix,
    amount: micros(amount),
    at: instant(at ?? 0),
    downSeq: downSeq ?? 0,
  }));
}
