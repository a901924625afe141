// What the carrier charges the house for calls, beside what students pay. For those who may know it; no page of a student asks.
import {micros, type Micros} from '../../shared/money/micros.ts';
import type {Reader} from '../store/open.ts';
import {padded} from './padded.ts';

/** Without tax; or the coded reason why it is not known. `corrected`: what corrections added to what students pay, without tax. */
export type Cost = ({readonly net: Micros} | {readonly unknown: string}) & {readonly corrected: Micros};

/** By the call's own up row, also where the end of its waiting said it. None where nobody asked for it. */
export async function costsOf(db: Reader, site: string, callSeqs: readonly number[]): Promise<ReadonlyMap<number, Cost>> {
  const costs = new Map<number, Cost>();
  for (const some of padded(callSeqs)) {
    const own = await db
      .selectFrom('call_cost')
      .select(['up_seq as seq', 'net', 'unknown'])
      .where('site', '=', site)
      .where('up_seq', 'in', some)
      .execute();
    const resolved = await db
      .selectFrom('call_resolution')
      .innerJoin('call_cost', (join) =>
        join.onRef('call_cost.site', '=', 'call_resolution.site').onRef('call_cost.up_seq', '=', 'call_resolution.up_seq'),
      )
      .select(['call_resolution.call_seq as seq', 'call_cost.net', 'call_cost.unknown'])
      .where('call_resolution.site', '=', site)
      .where('call_resolution.call_seq', 'in', some)
      .execute();
    const corrections = await correctionsOf(db, site, some);
    for (const {seq, net, unknown} of [...own, ...resolved]) {
      const corrected = micros(corrections.get(seq) ?? 0);
      costs.set(seq, net === null ? {unknown: unknown ?? '', corrected} : {net: micros(net), corrected});
    }
  }
  return costs;
}

async function correctionsOf(db: Reader, site: string, callSeqs: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const rows = await db
    .selectFrom('call_adjustment')
    .select((eb) => ['call_seq', eb.fn.sum<number>('amount').as('amount'), eb.fn.sum<number>('tax').as('tax')])
    .where('site', '=', site)
    .where('call_seq', 'in', callSeqs)
    .groupBy('call_seq')
    .execute();
  return new Map(rows.map(({call_seq: seq, amount, tax}) => [seq, amount - tax]));
}
