// What pages show first: how an account stands and of when that is, its telephones, its last calls; and a site in a few figures.
// In: a site, an account, the time. Out: read models of one moment. Never true: a figure without the time that it is of.
import {ZERO, micros, type Micros} from '../../shared/money/micros.ts';
import {instant, later, type Instant} from '../../shared/time/instant.ts';
import {civilFromInstant, startOfDay} from '../../shared/time/zone.ts';
import type {Reader, Store} from '../store/open.ts';
import {correctionsAt} from './adjustments.ts';
import {standingsOf, type Standing} from './allowances.ts';
import {callsOf, type Call} from './calls.ts';
import {balanceOf} from './posting.ts';
import {waits} from './resolutions.ts';

/** When figures are of: the box talks to us, was last heard of then, or never was. */
export type BoxLink =
  | {readonly kind: 'online'; readonly asOf: Instant}
  | {readonly kind: 'silent'; readonly heardAt: Instant}
  | {readonly kind: 'never'};

export type Phone = {
  readonly extension: string;
  /** What people call the place; empty if nothing. */
  readonly label: string;
  readonly state: 'open' | 'locked' | 'unknown';
  readonly reasons: readonly string[];
};

export type StudentOverview = {
  readonly balance: Micros;
  readonly box: BoxLink;
  readonly phones: readonly Phone[];
  /** Free allowances that hold now; what lapses first comes first. */
  readonly free: readonly Standing[];
  /** Newest first. */
  readonly calls: readonly Call[];
  /** What corrections added to the price of some of them, by their up rows. */
  readonly corrections: ReadonlyMap<number, Micros>;
};

/** A box sends a heartbeat every 30 s: three that are missing are no accident. */
const SILENT_AFTER_MS = 100_000;

export function studentOverview(
  reading: Store['reading'],
  of: {readonly site: string; readonly account: string; readonly now: Instant; readonly calls: number},
): Promise<StudentOverview> {
  const {site, account, now} = of;
  return reading.transaction().execute(async (db) => {
    const box = await boxLink(db, site, now);
    const calls = await callsOf(db, of, {most: of.calls});
    return {
      balance: await balanceOf(db, site, account),
      box,
      phones: await phonesOf(db, {site, account, now}, box),
      free: await standingsOf(db, {site, account, at: now}),
      calls,
      corrections: await correctionsAt(
        db,
        of,
        calls.map(({upSeq}) => upSeq),
      ),
    };
  });
}

/** Of all boxes that the site ever had and nobody revoked: while one is exchanged for another there are two. */
export async function boxLink(db: Reader, site: string, now: Instant): Promise<BoxLink> {
  const boxes = await db
    .selectFrom('box_state')
    .innerJoin('box', (join) => join.onRef('box.site', '=', 'box_state.site').onRef('box.id', '=', 'box_state.box'))
    .select(['connected_at', 'disconnected_at', 'heartbeat_at', 'down_acked_at'])
    .where('box_state.site', '=', site)
    .where('box.revoked_at', 'is', null)
    .execute();
  const up = await db.selectFrom('site_head').select('moved_at').where('site', '=', site).where('log', '=', 'up').executeTakeFirst();
  const times = boxes.flatMap((box) => [box.connected_at, box.heartbeat_at, box.down_acked_at]);
  const heard = Math.max(-Infinity, ...[...times, up?.moved_at ?? null].filter((time) => time !== null));
  if (heard === -Infinity) return {kind: 'never'};
  const isConnected = boxes.some(({connected_at: from, disconnected_at: to}) => from !== null && (to === null || to < from));
  const heardAt = instant(heard);
  return isConnected && later(heardAt, SILENT_AFTER_MS) >= now ? {kind: 'online', asOf: heardAt} : {kind: 'silent', heardAt};
}

/** The lines that the account pays for now. The box tells of a line once it locks or opens it: one untold is open. */
async function phonesOf(
  db: Reader,
  {site, account, now}: {readonly site: string; readonly account: string; readonly now: Instant},
  box: BoxLink,
): Promise<readonly Phone[]> {
  const rows = await db
    .selectFrom('tenancy')
    .innerJoin('line', (join) => join.onRef('line.site', '=', 'tenancy.site').onRef('line.extension', '=', 'tenancy.extension'))
    .leftJoin('line_state', (join) =>
      join.onRef('line_state.site', '=', 'tenancy.site').onRef('line_state.extension', '=', 'tenancy.extension'),
    )
    .select(['tenancy.extension', 'line.label', 'line_state.wanted', 'line_state.reasons'])
    .where('tenancy.site', '=', site)
    .where('tenancy.account', '=', account)
    .where('tenancy.from_at', '<=', now)
    .where((eb) => eb.or([eb('tenancy.to_at', 'is', null), eb('tenancy.to_at', '>', now)]))
    .orderBy('tenancy.extension')
    .execute();
  return rows.map(({extension, label, wanted, reasons}) => ({
    extension,
    label: label ?? '',
    state: wanted ?? (box.kind === 'never' ? 'unknown' : 'open'),
    reasons: reasons === null ? [] : (JSON.parse(reasons) as string[]),
  }));
}

export type SiteTotals = {
  readonly box: BoxLink;
  readonly students: number;
  /** What students have paid in and not used: it is owed to them. */
  readonly owed: Micros;
  /** What students are below nothing, as a positive sum. */
  readonly overdrawn: Micros;
  readonly callsToday: number;
  readonly spentToday: Micros;
  readonly linesLocked: number;
  readonly unbillable: number;
};

/** No hall makes so many in a day; what lies further back is not looked at. */
const CALLS_LOOKED_AT = 20_000;

export function siteTotals(
  reading: Store['reading'],
  {site, zone, now}: {readonly site: string; readonly zone: string; readonly now: Instant},
): Promise<SiteTotals> {
  return reading.transaction().execute(async (db) => ({
    box: await boxLink(db, site, now),
    ...(await moneyOf(db, site)),
    ...(await todayOf(db, site, startOfDay(zone, civilFromInstant(zone, now)) ?? now)),
    linesLocked: await countOf(
      db
        .selectFrom('line_state')
        .where('site', '=', site)
        .where('wanted', '=', 'locked')
        .select((eb) => eb.fn.countAll<number>().as('count')),
    ),
    unbillable: await countOf(
      db
        .selectFrom('call')
        .where('site', '=', site)
        .where('reason', 'is not', null)
        .where(waits)
        .select((eb) => eb.fn.countAll<number>().as('count')),
    ),
  }));
}

async function moneyOf(db: Reader, site: string): Promise<Pick<SiteTotals, 'students' | 'owed' | 'overdrawn'>> {
  const rows = await db
    .selectFrom('balance')
    .innerJoin('account', (join) => join.onRef('account.site', '=', 'balance.site').onRef('account.id', '=', 'balance.account'))
    .select(['balance.credit', 'balance.debit'])
    .where('balance.site', '=', site)
    .where('account.kind', '=', 'student')
    .execute();
  let [owed, overdrawn] = [ZERO, ZERO];
  for (const {credit, debit} of rows) {
    if (credit >= debit) owed = micros(owed + credit - debit);
    else overdrawn = micros(overdrawn + debit - credit);
  }
  return {students: rows.length, owed, overdrawn};
}

async function todayOf(db: Reader, site: string, since: Instant): Promise<Pick<SiteTotals, 'callsToday' | 'spentToday'>> {
  const latest = db
    .selectFrom('call')
    .select(['state', 'amount', 'started_at'])
    .where('site', '=', site)
    .orderBy('up_seq', 'desc')
    .limit(CALLS_LOOKED_AT);
  const rows = await db
    .selectFrom(latest.as('latest'))
    .where('started_at', '>=', since)
    .groupBy('state')
    .select((eb) => ['state', eb.fn.countAll<number>().as('calls'), eb.fn.sum<number | null>('amount').as('amount')])
    .execute();
  const resolved = await db
    .selectFrom('call_resolution')
    .select((eb) => eb.fn.sum<number | null>('amount').as('amount'))
    .where('site', '=', site)
    .where('started_at', '>=', since)
    .where('outcome', '=', 'billed')
    .executeTakeFirst();
  const calls = rows.reduce((sum, row) => sum + row.calls, 0);
  const spent = rows.find(({state}) => state === 'billed')?.amount ?? 0;
  return {callsToday: calls, spentToday: micros(spent + (resolved?.amount ?? 0))};
}

async function countOf(query: {readonly executeTakeFirst: () => Promise<{readonly count: number} | undefined>}): Promise<number> {
  return (await query.executeTakeFirst())?.count ?? 0;
}
