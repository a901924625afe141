// Free allowances as they stand: what was granted, what calls used of the period that runs, what is left.
// In: a site, an account, an instant. Out: grants, and their periods with what is left. Never true: a use that no row of the box says;
// a period other than the one that the box would take from.
import {bucketOf, isGranted, type AllowanceLeft, type Granted} from '../../shared/tariff/allowance.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import {padded} from './padded.ts';

export type Allowance = Granted & {
  /** Whose; undefined: each student of the site has one of his own. */
  readonly account: string | undefined;
};

/** Those of a site, or those that an account has, everybody's with them; what begins first comes first. */
export async function allowancesOf(
  db: Reader,
  {site, account}: {readonly site: string; readonly account?: string},
): Promise<readonly Allowance[]> {
  const rows = await db
    .selectFrom('allowance')
    .selectAll()
    .where('site', '=', site)
    .$if(account !== undefined, (query) => query.where((eb) => eb.or([eb('account', 'is', null), eb('account', '=', account ?? '')])))
    .orderBy('from_at')
    .orderBy('id')
    .execute();
  return rows.map(allowanceOf);
}

export async function allowanceAt(db: Reader, site: string, id: string): Promise<Allowance | undefined> {
  const row = await db.selectFrom('allowance').selectAll().where('site', '=', site).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : allowanceOf(row);
}

function allowanceOf({id, account, name, unit, amount, period, destinations, from_at: from, to_at: to}: Tables['allowance']): Allowance {
  return {
    allowance: id,
    account: account ?? undefined,
    name,
    unit,
    amount,
    period,
    destinations: JSON.parse(destinations) as string[],
    from,
    to: to ?? undefined,
  };
}

/** An allowance in the period that holds an instant. */
export type Standing = {
  readonly allowance: Allowance;
  readonly periodStart: Instant;
  /** When what is left lapses; undefined for never. */
  readonly endsAt: Instant | undefined;
  /** Seconds or micros, as granted; never more than that. */
  readonly used: number;
  readonly left: number;
};

type Of = {readonly site: string; readonly account: string; readonly at: Instant};

/** What an account has then, what lapses first before the rest. */
export async function standingsOf(db: Reader, {site, account, at}: Of): Promise<readonly Standing[]> {
  const granted = (await allowancesOf(db, {site, account})).filter(({from, to}) => from <= at && (to === undefined || at < to));
  if (granted.length === 0) return [];
  const {zone} = await db.selectFrom('site').select('zone').where('id', '=', site).executeTakeFirstOrThrow();
  const buckets = granted.map((allowance) => ({allowance, bucket: bucketOf(allowance, zone, at)}));
  const used = await usedSince(db, {site, account}, Math.min(...buckets.map(({bucket}) => bucket.from)));
  return buckets
    .map(({allowance, bucket: {from, endsAt}}) => {
      const spent = Math.min(allowance.amount, used.get(keyOf(allowance.allowance, from)) ?? 0);
      const lapses = Number.isFinite(endsAt) ? instant(endsAt) : undefined;
      return {allowance, periodStart: from, endsAt: lapses, used: spent, left: allowance.amount - spent};
    })
    .toSorted(byEnd);
}

/** In the order in which a call uses them. */
function byEnd(a: Standing, b: Standing): number {
  if (a.endsAt === b.endsAt) return a.allowance.allowance < b.allowance.allowance ? -1 : 1;
  return (a.endsAt ?? Infinity) - (b.endsAt ?? Infinity);
}

/** By allowance and period. A call begins in its period, so older calls are of older ones. */
async function usedSince(db: Reader, {site, account}: Pick<Of, 'site' | 'account'>, since: number): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('allowance_use')
    .select((eb) => ['allowance', 'period_start', eb.fn.sum<number>('used').as('used')])
    .where('site', '=', site)
    .where('account', '=', account)
    .where('started_at', '>=', since)
    .groupBy(['allowance', 'period_start'])
    .execute();
  return new Map(rows.map(({allowance, period_start: start, used}) => [keyOf(allowance, start), used]));
}

function keyOf(allowance: string, periodStart: number): string {
  return `${periodStart} ${allowance}`;
}

/** As a price is told of it: what a call may use that begins at the instant of the standings. */
export function leftFor(standings: readonly Standing[], start: Instant): (destination: string) => readonly AllowanceLeft[] {
  return (destination) =>
    standings.flatMap(({allowance: granted, periodStart, endsAt, left}) => {
      if (left === 0 || !isGranted(granted, destination, start)) return [];
      const {allowance, name, unit, amount, period} = granted;
      return [{allowance, name, unit, amount, period, periodStart, left, endsAt: endsAt ?? Infinity}];
    });
}

/** What an account may use for a call that begins then; undefined where it has nothing. */
export async function freeAt(db: Reader, of: Of): Promise<ReturnType<typeof leftFor> | undefined> {
  const standings = await standingsOf(db, of);
  return standings.length === 0 ? undefined : leftFor(standings, of.at);
}

/** What a call used, as a person is told. */
export type Covered = {readonly name: string; readonly unit: 'seconds' | 'micros'; readonly used: number};

/** By the rows that say what calls cost. */
export async function coveredAt(db: Reader, site: string, upSeqs: readonly number[]): Promise<ReadonlyMap<number, readonly Covered[]>> {
  const covered = new Map<number, Covered[]>();
  for (const some of padded(upSeqs)) {
    const rows = await db
      .selectFrom('allowance_use')
      .leftJoin('allowance', (join) =>
        join.onRef('allowance.site', '=', 'allowance_use.site').onRef('allowance.id', '=', 'allowance_use.allowance'),
      )
      .select(['up_seq', 'allowance_use.allowance', 'allowance.name', 'allowance_use.unit', 'used'])
      .where('allowance_use.site', '=', site)
      .where('up_seq', 'in', some)
      .orderBy('up_seq')
      // In the order of their use.
      .orderBy('allowance_use.unit', 'desc')
      .orderBy('allowance_use.allowance')
      .execute();
    for (const {up_seq: seq, allowance, name, unit, used} of rows) {
      covered.set(seq, [...(covered.get(seq) ?? []), {name: name ?? allowance, unit, used}]);
    }
  }
  return covered;
}

/** Rows of calls of an account that used something, by when the calls began: whole or in part. */
export async function usesBetween(
  db: Reader,
  {site, account, from, to}: {readonly site: string; readonly account: string; readonly from: Instant; readonly to: Instant},
): Promise<readonly {readonly upSeq: number; readonly startedAt: Instant}[]> {
  const rows = await db
    .selectFrom('allowance_use')
    .select(['up_seq', 'started_at'])
    .distinct()
    .where('site', '=', site)
    .where('account', '=', account)
    .where('started_at', '>=', from)
    .where('started_at', '<', to)
    .orderBy('started_at')
    .orderBy('up_seq')
    .execute();
  return rows.map(({up_seq: upSeq, started_at: at}) => ({upSeq, startedAt: instant(at)}));
}

/** When the first call began that used something. */
export async function firstUse(
  db: Reader,
  {site, account}: {readonly site: string; readonly account: string},
): Promise<number | undefined> {
  const row = await db
    .selectFrom('allowance_use')
    .select((eb) => eb.fn.min<number | null>('started_at').as('first'))
    .where('site', '=', site)
    .where('account', '=', account)
    .executeTakeFirst();
  return row?.first ?? undefined;
}

/** What all students together used of an allowance in the period that holds an instant. */
export async function usageOf(
  db: Reader,
  {site, allowance, zone, at}: {readonly site: string; readonly allowance: Allowance; readonly zone: string; readonly at: Instant},
): Promise<{readonly accounts: number; readonly used: number}> {
  const row = await db
    .selectFrom('allowance_use')
    .select((eb) => [eb.fn.count<number>('account').distinct().as('accounts'), eb.fn.sum<number | null>('used').as('used')])
    .where('site', '=', site)
    .where('allowance', '=', allowance.allowance)
    .where('period_start', '=', bucketOf(allowance, zone, at).from)
    .executeTakeFirst();
  return {accounts: row?.accounts ?? 0, used: row?.used ?? 0};
}
