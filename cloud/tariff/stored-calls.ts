// Calls of a site that have a price, oldest first, in pages: for whoever asks what they would cost by another tariff.
// In: an interval, perhaps an account. Out: calls with number and working, those that waited and have a price since included.
// Never true: a call that waits; a page so long that the cloud does not answer meanwhile.
import {must} from '../../shared/assert/assert.ts';
import {micros, type Micros} from '../../shared/money/micros.ts';
import type {Working} from '../../shared/tariff/working.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import {bodyOf} from '../../shared/wire/row.ts';
import type {CarrierCost} from '../../shared/wire/up.ts';
import type {Reader} from '../store/open.ts';
import type {StoredCall} from './reprice.ts';

export type PricedCall = StoredCall & {
  readonly upSeq: number;
  readonly id: string;
  readonly state: 'billed' | 'watched';
  /** Who paid when it was first priced: what was moved to another since lies in the adjustments. */
  readonly account: string;
  readonly destination: string;
  readonly amount: Micros;
  readonly tax: Micros;
  /** What the carrier charges the house for it; undefined where nobody wanted to know. */
  readonly cost: CarrierCost | undefined;
};

/** Calls that began within [from, to). */
export type CallsWanted = {readonly from: Instant; readonly to: Instant; readonly account?: string | undefined};
export type CallPlace = {readonly startedAt: Instant; readonly upSeq: number};

/** About 3 ms of reading, also on a busy machine. */
export const CALLS_A_PAGE = 128;

/** Those after a place, in the order of (startedAt, upSeq); fewer than {@link CALLS_A_PAGE}: there are no more. */
export async function storedCalls(db: Reader, site: string, wanted: CallsWanted, after?: CallPlace): Promise<readonly PricedCall[]> {
  const places = await placesOf(db, site, wanted, after);
  const [first] = places;
  if (first === undefined) return [];
  // Filled up with the first: one length, one text of the statement.
  const seqs = [...places, ...Array.from({length: CALLS_A_PAGE - places.length}, () => first)].map(({upSeq}) => upSeq);
  const rows = await rowsAt(db, site, seqs);
  return rows.map(callOf).toSorted(inOrder);
}

/** `breathe` lets whatever else waits be done: it resolves in another turn of the event loop. */
export async function* storedCallPages(
  db: Reader,
  site: string,
  wanted: CallsWanted,
  breathe: () => Promise<void>,
): AsyncGenerator<readonly PricedCall[]> {
  let after: CallPlace | undefined;
  for (;;) {
    const page = await storedCalls(db, site, wanted, after);
    if (page.length > 0) yield page;
    after = page.at(-1);
    if (page.length < CALLS_A_PAGE) return;
    await breathe();
  }
}

/** By their up rows; what waits is left out. */
async function* storedCallsAt(
  db: Reader,
  site: string,
  seqs: readonly number[],
  breathe: () => Promise<void>,
): AsyncGenerator<readonly PricedCall[]> {
  for (let from = 0; from < seqs.length; from += CALLS_A_PAGE) {
    const rows = await rowsAt(db, site, seqs.slice(from, from + CALLS_A_PAGE));
    yield rows.filter(({amount}) => amount !== null).map(callOf);
    await breathe();
  }
}

export type StoredCalls = {
  /** Oldest first. */
  readonly between: (site: string, wanted: CallsWanted) => AsyncIterable<readonly PricedCall[]>;
  readonly at: (site: string, upSeqs: readonly number[]) => AsyncIterable<readonly PricedCall[]>;
};

export function createStoredCalls(db: Reader, breathe: () => Promise<void>): StoredCalls {
  return {
    between: (site, wanted) => storedCallPages(db, site, wanted, breathe),
    at: (site, upSeqs) => storedCallsAt(db, site, upSeqs, breathe),
  };
}

/** A page needs no more than so many of each kind: each is in the order of its own index. */
async function placesOf(db: Reader, site: string, wanted: CallsWanted, after: CallPlace | undefined): Promise<readonly CallPlace[]> {
  const {account, from, to} = wanted;
  const start = after?.startedAt ?? from;
  const seq = after?.upSeq ?? -1;
  let recorded = db
    .selectFrom('call')
    .select(['started_at as startedAt', 'up_seq as upSeq'])
    .where('site', '=', site)
    .where('state', '<>', 'unbillable')
    .where('started_at', '>=', start)
    .where('started_at', '<', to)
    .where((eb) => eb.or([eb('started_at', '>', start), eb('up_seq', '>', seq)]));
  let resolved = db
    .selectFrom('call_resolution')
    .innerJoin('call', (join) => join.onRef('call.site', '=', 'call_resolution.site').onRef('call.up_seq', '=', 'call_resolution.call_seq'))
    .select(['call.started_at as startedAt', 'call.up_seq as upSeq'])
    .where('call_resolution.site', '=', site)
    .where('call_resolution.payer', 'is not', null)
    .where('call.started_at', '>=', start)
    .where('call.started_at', '<', to)
    .where((eb) => eb.or([eb('call.started_at', '>', start), eb('call.up_seq', '>', seq)]));
  if (account !== undefined) {
    recorded = recorded.where('payer', '=', account);
    resolved = resolved.where('call_resolution.payer', '=', account);
  }
  const rows = [
    ...(await recorded.orderBy('started_at').orderBy('up_seq').limit(CALLS_A_PAGE).execute()),
    ...(await resolved.orderBy('call.started_at').orderBy('call.up_seq').limit(CALLS_A_PAGE).execute()),
  ];
  return rows
    .map(({startedAt, upSeq}) => ({startedAt: instant(startedAt), upSeq}))
    .toSorted(inOrder)
    .slice(0, CALLS_A_PAGE);
}

type CallRow = Awaited<ReturnType<typeof rowsAt>>[number];

/** What ended a call's waiting says what it costs, and who pays. */
async function rowsAt(db: Reader, site: string, seqs: readonly number[]) {
  return await db
    .selectFrom('call')
    .innerJoin('up_log as told', (join) => join.onRef('told.site', '=', 'call.site').onRef('told.seq', '=', 'call.up_seq'))
    .leftJoin('call_resolution as end', (join) => join.onRef('end.site', '=', 'call.site').onRef('end.call_seq', '=', 'call.up_seq'))
    .leftJoin('up_log as ended', (join) => join.onRef('ended.site', '=', 'end.site').onRef('ended.seq', '=', 'end.up_seq'))
    .leftJoin('up_personal as personal', (join) =>
      join.onRef('personal.site', '=', 'call.site').onRef('personal.seq', '=', 'call.up_seq').on('personal.name', '=', 'number'),
    )
    .select(['call.id', 'call.up_seq', 'call.class', 'call.started_at', 'told.body', 'personal.value as number', 'ended.body as ended'])
    .select((eb) => [
      eb.fn.coalesce('end.outcome', 'call.state').as('state'),
      eb.fn.coalesce('end.payer', 'call.payer').as('account'),
      eb.fn.coalesce('end.destination', 'call.destination').as('destination'),
      eb.fn.coalesce('end.amount', 'call.amount').as('amount'),
      eb.fn.coalesce('end.tax', 'call.tax').as('tax'),
    ])
    .where('call.site', '=', site)
    .where('call.up_seq', 'in', seqs)
    .execute();
}

type Said = {readonly working?: Working; readonly cost?: CarrierCost; readonly flags?: readonly string[]} | undefined;

function callOf(row: CallRow): PricedCall {
  const said = bodyOf(row) as Said;
  const priced = row.ended === null ? said : (bodyOf({body: row.ended}) as Said);
  return {
    upSeq: row.up_seq,
    id: row.id,
    state: row.state === 'watched' ? 'watched' : 'billed',
    class: row.class ?? undefined,
    number: row.number ?? undefined,
    startedAt: instant(row.started_at),
    account: must(row.account, 'who pays for a call that has a price'),
    destination: row.destination ?? '',
    amount: micros(must(row.amount, 'what a call that has a price costs')),
    tax: micros(must(row.tax, 'the tax of a call that has a price')),
    working: priced?.working,
    cost: priced?.cost,
    flags: said?.flags ?? [],
  };
}

function inOrder(a: CallPlace, b: CallPlace): number {
  return a.startedAt === b.startedAt ? a.upSeq - b.upSeq : a.startedAt - b.startedAt;
}
