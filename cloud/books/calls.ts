// Calls as people see them: whom they went to, how long, what they cost and why.
// In: up rows that a page names, or an account, or a reason. Out: calls with their working and, if nobody erased it, their number.
import type {ExpressionBuilder, SelectQueryBuilder} from 'kysely';
import {micros, type Micros} from '../../shared/money/micros.ts';
import type {Working} from '../../shared/tariff/working.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import {bodyOf} from '../../shared/wire/row.ts';
import type {Reader} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import {padded} from './padded.ts';
import {
  endedWaits,
  notPaidByAnother,
  resolutionsOf,
  resolvedFor,
  waits,
  type Asked,
  type Resolution,
  type Resolutions,
} from './resolutions.ts';

export type Call = {
  readonly id: string;
  readonly upSeq: number;
  /** As it stands now: a call that waited and was billed since is billed. */
  readonly state: 'billed' | 'watched' | 'unbillable' | 'written-off';
  readonly startedAt: Instant;
  readonly seconds: number;
  readonly direction: string;
  readonly extension: string | undefined;
  readonly payer: string | undefined;
  /** E.164 with + or a short code, else as dialled; of who called, if it came in. Undefined where it was withheld or erased. */
  readonly number: string | undefined;
  readonly destination: string | undefined;
  readonly amount: Micros | undefined;
  readonly tax: Micros | undefined;
  readonly working: Working | undefined;
  /** Why it cannot be billed. */
  readonly reason: string | undefined;
  readonly detail: string | undefined;
  /** What the box remarked. */
  readonly flags: readonly string[];
  /** What staff last asked of the box for a call that waits. */
  readonly asked: Asked | undefined;
  /** How its waiting ended, if it waited. */
  readonly resolution: Pick<Resolution, 'by' | 'at' | 'firstTariff'> | undefined;
};

/** Before a place in a list of calls: of those that began at the same instant, the one that was told later comes first. */
export type CallPlace = {readonly startedAt: Instant; readonly upSeq: number};

type CallRow = Pick<Tables['call'], keyof Tables['call']>;

type Page = {readonly before?: CallPlace | undefined; readonly most: number};

/** Newest first. */
export async function callsOf(
  db: Reader,
  {site, account}: {readonly site: string; readonly account: string},
  page: Page,
): Promise<readonly Call[]> {
  const paid = db.selectFrom('call').selectAll().where('site', '=', site).where('payer', '=', account);
  const recorded = await newestOf(paid.where(notPaidByAnother), page);
  const known = new Set(recorded.map((row) => row.up_seq));
  const ended = (await resolvedFor(db, {site, account}, page)).filter((seq) => !known.has(seq));
  const calls = await told(db, site, [...recorded, ...(await rowsAt(db, site, ended))]);
  return calls.toSorted((a, b) => (a.startedAt === b.startedAt ? b.upSeq - a.upSeq : b.startedAt - a.startedAt)).slice(0, page.most);
}

async function newestOf(query: SelectQueryBuilder<Tables, 'call', CallRow>, {before, most}: Page): Promise<readonly CallRow[]> {
  const from =
    before === undefined
      ? query
      : query
          .where('started_at', '<=', before.startedAt)
          .where((eb) => eb.or([eb('started_at', '<', before.startedAt), eb('up_seq', '<', before.upSeq)]));
  return await from.orderBy('started_at', 'desc').orderBy('up_seq', 'desc').limit(most).execute();
}

async function rowsAt(db: Reader, site: string, upSeqs: readonly number[]): Promise<readonly CallRow[]> {
  const rows: CallRow[] = [];
  for (const some of padded(upSeqs))
    rows.push(...(await db.selectFrom('call').selectAll().where('site', '=', site).where('up_seq', 'in', some).execute()));
  return rows;
}

/** By the rows of the log that say what they cost: their own, or the one that ended their waiting. */
export async function callsAt(db: Reader, site: string, upSeqs: readonly number[]): Promise<ReadonlyMap<number, Call>> {
  const ended = await endedWaits(db, site, upSeqs);
  const calls = await told(db, site, await rowsAt(db, site, [...upSeqs, ...ended.values()]));
  const at = new Map(calls.map((call) => [call.upSeq, call]));
  for (const [upSeq, callSeq] of ended) {
    const call = at.get(callSeq);
    if (call !== undefined) at.set(upSeq, call);
  }
  return at;
}

export type UnbillableGroup = {
  readonly reason: string;
  readonly calls: number;
  readonly seconds: number;
  readonly oldest: Instant;
  readonly newest: Instant;
};

/** The most calls first. */
export async function unbillableGroups(db: Reader, site: string): Promise<readonly UnbillableGroup[]> {
  const rows = await db
    .selectFrom('call')
    .where('site', '=', site)
    .where('reason', 'is not', null)
    .where(waits)
    .groupBy('reason')
    .select((eb) => [
      'reason',
      eb.fn.countAll<number>().as('calls'),
      eb.fn.sum<number>('duration').as('seconds'),
      eb.fn.min<number>('started_at').as('oldest'),
      eb.fn.max<number>('started_at').as('newest'),
    ])
    .execute();
  return rows
    .map(({reason, oldest, newest, ...sums}) => ({reason: reason ?? '', ...sums, oldest: instant(oldest), newest: instant(newest)}))
    .toSorted((a, b) => (a.calls === b.calls ? (a.reason < b.reason ? -1 : 1) : b.calls - a.calls));
}

/** Newest first; those whose waiting ended are left out. `prefix`: only to E.164 numbers that begin with these digits. */
export async function unbillableCalls(
  db: Reader,
  {site, reason, prefix}: {readonly site: string; readonly reason: string | readonly string[]; readonly prefix?: string | undefined},
  page: Page,
): Promise<readonly Call[]> {
  const reasons = typeof reason === 'string' ? [reason] : reason;
  const waiting = db.selectFrom('call').selectAll().where('site', '=', site).where('reason', 'in', reasons).where(waits);
  const called = prefix === undefined ? waiting : waiting.where((eb) => eb.exists(numbersFrom(eb, prefix)));
  return await told(db, site, await newestOf(called, page));
}

function numbersFrom(eb: ExpressionBuilder<Tables, 'call'>, prefix: string) {
  return (
    eb
      .selectFrom('up_personal')
      .select('up_personal.seq')
      .whereRef('up_personal.site', '=', 'call.site')
      .whereRef('up_personal.seq', '=', 'call.up_seq')
      .where('up_personal.name', '=', 'number')
      // Digits only: nothing in it is a pattern.
      .where('up_personal.value', 'like', `+${prefix.replaceAll(/\D/g, '')}%`)
  );
}

/** With what lies in and beside the up row. */
async function told(db: Reader, site: string, rows: readonly CallRow[]): Promise<readonly Call[]> {
  const bodyAt = new Map<number, Buffer>();
  const valueAt = new Map<string, string>();
  for (const seqs of padded(rows.map((row) => row.up_seq))) {
    const bodies = await db.selectFrom('up_log').select(['seq', 'body']).where('site', '=', site).where('seq', 'in', seqs).execute();
    const fields = await db
      .selectFrom('up_personal')
      .select(['seq', 'name', 'value'])
      .where('site', '=', site)
      .where('seq', 'in', seqs)
      .execute();
    for (const {seq, body} of bodies) bodyAt.set(seq, body);
    for (const {seq, name, value} of fields) valueAt.set(`${seq} ${name}`, value);
  }
  const resolutions = await resolutionsOf(
    db,
    site,
    rows.filter(({state}) => state === 'unbillable').map((row) => row.up_seq),
  );
  return rows.map((row) => {
    const call = callFrom(row, bodyAt.get(row.up_seq), (name) => valueAt.get(`${row.up_seq} ${name}`));
    return asItStands(call, resolutions);
  });
}

function asItStands(call: Call, {ended, asked}: Resolutions): Call {
  const end: Resolution | undefined = ended.get(call.upSeq);
  if (end === undefined) return {...call, asked: asked.get(call.upSeq)};
  const {outcome: state, payer = call.payer, destination, amount, tax, working} = end;
  const flags = [...new Set([...call.flags, ...end.flags])];
  return {...call, state, payer, destination, amount, tax, working, flags, reason: undefined, detail: undefined, resolution: end};
}

function callFrom(row: CallRow, body: Buffer | undefined, field: (name: string) => string | undefined): Call {
  const said =
    body === undefined ? undefined : (bodyOf({body}) as {readonly working?: Working; readonly flags?: readonly string[]} | undefined);
  return {
    id: row.id,
    upSeq: row.up_seq,
    state: row.state,
    startedAt: instant(row.started_at),
    seconds: row.duration,
    direction: row.direction,
    extension: row.extension ?? undefined,
    payer: row.payer ?? undefined,
    number: (row.direction === 'incoming' ? field('caller') : undefined) ?? field('number') ?? field('dialled'),
    destination: row.destination ?? undefined,
    ...priceOf(row),
    working: said?.working,
    flags: said?.flags ?? [],
    asked: undefined,
    resolution: undefined,
  };
}

function priceOf({amount, tax, reason, detail}: CallRow): Pick<Call, 'amount' | 'tax' | 'reason' | 'detail'> {
  return {
    amount: amount === null ? undefined : micros(amount),
    tax: tax === null ? undefined : micros(tax),
    reason: reason ?? undefined,
    detail: detail ?? undefined,
  };
}
