// What a box says became of calls that waited as unbillable: the same postings as the box made, under the same references.
// In: call-resolved rows. Out: resolutions, their transfers, answers to what staff asked. Never true: a call resolved twice.
import type {Insertable} from 'kysely';
import {HOUSE_ACCOUNTS} from '../../shared/journal/transfer.ts';
import type {Row} from '../../shared/wire/row.ts';
import type {UpBody, UpRow} from '../../shared/wire/up.ts';
import type {InsertMany} from '../store/bulk.ts';
import type {Tx} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import {padded} from './padded.ts';
import type {Told} from './told.ts';
import {chargesOf, type TransferRow} from './told-calls.ts';

/** Where unbillable calls stand in the up log, by their id. */
export type WaitingAt = Map<string, number>;
type Resolved = UpBody<'call-resolved'>;
type ResolutionRow = Insertable<Tables['call_resolution']>;

const NAMED = /^call-resolved:([0-9a-f]{64})/;

/** Of calls that the rows name: those that the log holds as unbillable. */
export async function waitingAt({db}: Tx, site: string, rows: readonly Row[]): Promise<WaitingAt> {
  const ids = rows.flatMap(({id}) => NAMED.exec(id)?.[1] ?? []).map((id) => `call:${id}`);
  const found: WaitingAt = new Map();
  for (const some of padded(ids)) {
    const calls = await db
      .selectFrom('up_log')
      .innerJoin('call', (join) => join.onRef('call.site', '=', 'up_log.site').onRef('call.up_seq', '=', 'up_log.seq'))
      .select(['call.id', 'call.up_seq'])
      .where('up_log.site', '=', site)
      .where('up_log.id', 'in', some)
      .where('call.state', '=', 'unbillable')
      .execute();
    for (const {id, up_seq: seq} of calls) found.set(id, seq);
  }
  return found;
}

/** Why no ledger can hold this resolution, however it came about: such a row stops the direction. */
export function wrongResolution(row: Row, says: UpRow, {currency, waiting}: {currency: string; waiting: WaitingAt}): string | undefined {
  if (says.kind !== 'call-resolved') return undefined;
  const {body} = says;
  if (NAMED.exec(row.id)?.[1] !== body.call) return `${row.id} is not of call ${body.call}`;
  if (!isFinal(body)) return undefined;
  // The name without more is taken once: it is what keeps a call from being resolved twice.
  if (row.id !== `call-resolved:${body.call}`) return `${row.id} is not the resolution of a call`;
  if (!waiting.has(body.call)) return `call ${body.call} is not in the log as unbillable`;
  if (!('amount' in body)) return undefined;
  if (body.currency !== currency) return `the call is in ${body.currency}, the site in ${currency}`;
  if (body.tax > body.amount) return `the tax of ${body.tax} is more than the amount of ${body.amount}`;
  return body.payer === HOUSE_ACCOUNTS.revenue ? `${body.payer} does not pay for calls` : undefined;
}

function isFinal({outcome}: Resolved): boolean {
  return outcome !== 'already-resolved' && outcome !== 'still-unbillable';
}

export function chargesOfResolution(site: string, row: Row, body: Resolved): readonly TransferRow[] {
  if (!('amount' in body) || body.outcome !== 'billed') return [];
  const {call, payer, amount, tax, currency, startedAt} = body;
  return chargesOf(site, row.seq, {call, payer, amount, tax, currency, startedAt});
}

/** After the calls, which may have come with the same rows. */
export async function writeResolutions(tx: Tx, site: string, told: readonly Told[], given: {waiting: WaitingAt; insertMany: InsertMany}) {
  const {waiting, insertMany} = given;
  const rows: ResolutionRow[] = [];
  for (const {row, says} of told) {
    if (says?.kind !== 'call-resolved') continue;
    const seq = waiting.get(says.body.call);
    if (seq === undefined) continue;
    if (isFinal(says.body)) rows.push(resolutionOf({site, call_seq: seq, up_seq: row.seq}, says.body));
    if (says.body.by === 'desk') await answer(tx, {site, seq}, says.body);
  }
  await insertMany(tx, 'call_resolution', rows);
}

function resolutionOf(of: {site: string; call_seq: number; up_seq: number}, body: Resolved): ResolutionRow {
  const {by, at} = body;
  if ('amount' in body) {
    const {outcome, payer, startedAt, prefix, destination, amount, tax} = body;
    return {...of, outcome, by, payer, started_at: startedAt, prefix, destination, amount, tax, at};
  }
  return {...of, outcome: 'written-off', by, payer: null, started_at: null, prefix: null, destination: null, amount: null, tax: null, at};
}

/** At most one is open. */
async function answer({db}: Tx, {site, seq}: {site: string; seq: number}, body: Resolved): Promise<void> {
  const detail = 'detail' in body ? (body.detail ?? null) : null;
  await db
    .updateTable('resolution_request')
    .set({outcome: body.outcome, detail, answered_at: body.at})
    .where('site', '=', site)
    .where('call_seq', '=', seq)
    .where('outcome', 'is', null)
    .execute();
}
