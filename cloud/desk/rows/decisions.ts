// What waits for somebody's yes, and calls that were priced by a tariff that came late. In: nothing. Out: lists of bounded length.
import {micros, type Currency, type Micros} from '../../../shared/money/micros.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {Reader} from '../../store/open.ts';

export type OpenDecision = {
  readonly kind: 'bill' | 'range' | 'correction';
  readonly id: string;
  readonly site: string;
  /** What is moved if it is a yes. */
  readonly amount: Micros;
  readonly currency: Currency;
  /** Name of who proposed it. */
  readonly by: string;
  readonly at: Instant;
};
export type LateCalls = {readonly site: string; readonly calls: number};

/** More than a screen; the oldest come first. */
const MOST_SHOWN = 50;

export async function readDecisions(db: Reader): Promise<readonly OpenDecision[]> {
  const bills = await db
    .selectFrom('resolution_proposal as proposal')
    .innerJoin('site', 'site.id', 'proposal.site')
    .innerJoin('staff', 'staff.id', 'proposal.by')
    .select(['proposal.id', 'proposal.site', 'proposal.amount', 'proposal.at', 'site.currency', 'staff.name'])
    .where('proposal.decision', 'is', null)
    // One whose call was seen to meanwhile waits for nobody.
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('call_resolution')
            .select('call_resolution.call_seq')
            .whereRef('call_resolution.site', '=', 'proposal.site')
            .whereRef('call_resolution.call_seq', '=', 'proposal.call_seq'),
        ),
      ),
    )
    .orderBy('proposal.at')
    .limit(MOST_SHOWN)
    .execute();
  const ranges = await db
    .selectFrom('range_addition as addition')
    .innerJoin('site', 'site.id', 'addition.site')
    .innerJoin('staff', 'staff.id', 'addition.by')
    .select(['addition.id', 'addition.site', 'addition.total as amount', 'addition.at', 'site.currency', 'staff.name'])
    .where('addition.decision', 'is', null)
    .orderBy('addition.at')
    .limit(MOST_SHOWN)
    .execute();
  const corrections = await db
    .selectFrom('rerating')
    .innerJoin('site', 'site.id', 'rerating.site')
    .innerJoin('staff', 'staff.id', 'rerating.by')
    .select(['rerating.id', 'rerating.site', 'rerating.more', 'rerating.less', 'rerating.at', 'site.currency', 'staff.name'])
    .where('rerating.decision', 'is', null)
    .orderBy('rerating.at')
    .limit(MOST_SHOWN)
    .execute();
  return [
    ...bills.map((row) => decisionOf('bill', row)),
    ...ranges.map((row) => decisionOf('range', row)),
    ...corrections.map((row) => decisionOf('correction', {...row, amount: Math.max(row.more, row.less)})),
  ].toSorted((a, b) => a.at - b.at);
}

type Row = {
  readonly id: string;
  readonly site: string;
  readonly amount: number;
  readonly at: number;
  readonly currency: string;
  readonly name: string;
};

function decisionOf(kind: OpenDecision['kind'], {id, site, amount, at, currency, name}: Row): OpenDecision {
  return {kind, id, site, amount: micros(amount), currency: currency as Currency, by: name, at: instant(at)};
}

export async function readLateCalls(db: Reader): Promise<readonly LateCalls[]> {
  return await db
    .selectFrom('tariff_late')
    .groupBy('site')
    .select((eb) => ['site', eb.fn.countAll<number>().as('calls')])
    .orderBy('site')
    .execute();
}
