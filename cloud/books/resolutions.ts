// How calls that waited as unbillable ended, and what staff asked for those that still wait.
import type {Expression, ExpressionBuilder, SqlBool} from 'kysely';
import {micros, type Micros} from '../../shared/money/micros.ts';
import type {Working} from '../../shared/tariff/working.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import {bodyOf} from '../../shared/wire/row.ts';
import type {Reader} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import {padded} from './padded.ts';

export type Resolution = {
  readonly outcome: 'billed' | 'watched' | 'written-off';
  readonly payer: string | undefined;
  readonly destination: string | undefined;
  readonly amount: Micros | undefined;
  readonly tax: Micros | undefined;
  /** None for a price that a person set. */
  readonly working: Working | undefined;
  /** What the box remarked of this price or its payer. */
  readonly flags: readonly string[];
  readonly by: 'desk' | 'schedule';
  readonly at: Instant;
  /** SHA-256 of the tariff that had no price for it when it was recorded; undefined if none was asked. */
  readonly firstTariff: string | undefined;
};

/** The newest asking. `answer`: it was not done, and why; undefined while the box has not answered. */
export type Asked = {
  readonly act: 'bill' | 'write-off';
  readonly amount: Micros | undefined;
  readonly by: string;
  readonly at: Instant;
  readonly answer: {readonly outcome: string; readonly detail: string | undefined} | undefined;
};

/** Both by the number of the call's own up row. */
export type Resolutions = {readonly ended: ReadonlyMap<number, Resolution>; readonly asked: ReadonlyMap<number, Asked>};

/** Nothing ended the call's waiting yet. */
export function waits(eb: ExpressionBuilder<Tables, 'call'>): Expression<SqlBool> {
  const ended = eb
    .selectFrom('call_resolution')
    .select('call_resolution.call_seq')
    .whereRef('call_resolution.site', '=', 'call.site')
    .whereRef('call_resolution.call_seq', '=', 'call.up_seq');
  return eb.not(eb.exists(ended));
}

/** Who pays for a call that waited is said by how its waiting ended. */
export function notPaidByAnother(eb: ExpressionBuilder<Tables, 'call'>): Expression<SqlBool> {
  const another = eb
    .selectFrom('call_resolution')
    .select('call_resolution.call_seq')
    .whereRef('call_resolution.site', '=', 'call.site')
    .whereRef('call_resolution.call_seq', '=', 'call.up_seq')
    .whereRef('call_resolution.payer', '<>', 'call.payer');
  return eb.not(eb.exists(another));
}

type Place = {readonly startedAt: Instant; readonly upSeq: number};

/** The calls that waited and that this account pays for, newest first, by their own up rows. */
export async function resolvedFor(
  db: Reader,
  {site, account}: {readonly site: string; readonly account: string},
  {before, most}: {readonly before?: Place | undefined; readonly most: number},
): Promise<readonly number[]> {
  let query = db.selectFrom('call_resolution').select('call_seq').where('site', '=', site).where('payer', '=', account);
  if (before !== undefined) {
    const {startedAt, upSeq} = before;
    query = query.where('started_at', '<=', startedAt).where((eb) => eb.or([eb('started_at', '<', startedAt), eb('call_seq', '<', upSeq)]));
  }
  const rows = await query.orderBy('started_at', 'desc').orderBy('call_seq', 'desc').limit(most).execute();
  return rows.map((row) => row.call_seq);
}

/** Of rows that ended a waiting: where the call stands. */
export async function endedWaits(db: Reader, site: string, upSeqs: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const ended = new Map<number, number>();
  for (const some of padded(upSeqs)) {
    const rows = await db
      .selectFrom('call_resolution')
      .select(['up_seq', 'call_seq'])
      .where('site', '=', site)
      .where('up_seq', 'in', some)
      .execute();
    for (const row of rows) ended.set(row.up_seq, row.call_seq);
  }
  return ended;
}

export async function resolutionsOf(db: Reader, site: string, callSeqs: readonly number[]): Promise<Resolutions> {
  const ended = new Map<number, Resolution>();
  const asked = new Map<number, Asked>();
  for (const some of padded(callSeqs)) {
    const rows = await db
      .selectFrom('call_resolution')
      .innerJoin('up_log', (join) =>
        join.onRef('up_log.site', '=', 'call_resolution.site').onRef('up_log.seq', '=', 'call_resolution.up_seq'),
      )
      .selectAll('call_resolution')
      .select('up_log.body')
      .where('call_resolution.site', '=', site)
      .where('call_seq', 'in', some)
      .execute();
    for (const row of rows) ended.set(row.call_seq, resolutionOf(row));
    const requests = await db
      .selectFrom('resolution_request')
      .selectAll()
      .where('site', '=', site)
      .where('call_seq', 'in', some)
      .orderBy('down_seq')
      .execute();
    for (const row of requests) asked.set(row.call_seq, askedOf(row));
  }
  return {ended, asked};
}

function resolutionOf(row: Tables['call_resolution'] & {readonly body: Buffer}): Resolution {
  const said = bodyOf(row) as
    | (Pick<Resolution, 'firstTariff'> & {readonly working?: Working; readonly flags?: readonly string[]})
    | undefined;
  return {
    outcome: row.outcome,
    payer: row.payer ?? undefined,
    destination: row.destination ?? undefined,
    amount: row.amount === null ? undefined : micros(row.amount),
    tax: row.tax === null ? undefined : micros(row.tax),
    working: said?.working,
    flags: said?.flags ?? [],
    by: row.by,
    at: instant(row.at),
    firstTariff: said?.firstTariff,
  };
}

function askedOf({act, amount, by, asked_at: at, outcome, detail}: Tables['resolution_request']): Asked {
  const answer = outcome === null ? undefined : {outcome, detail: detail ?? undefined};
  return {act, amount: amount === null ? undefined : micros(amount), by, at: instant(at), answer};
}
