// A call that a box tells, as the cloud's rows: the same postings as the box made, under the same references.
// In: a call or unbillable row. Out: its call row and its transfers. Never true: a posting that the box did not make.
import type {Insertable} from 'kysely';
import {HOUSE_ACCOUNTS} from '../../shared/journal/transfer.ts';
import type {UpBody, UpRow} from '../../shared/wire/up.ts';
import type {Row} from '../../shared/wire/row.ts';
import type {InsertMany} from '../store/bulk.ts';
import type {Tx} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import {kindOfAccount} from './posting.ts';

export type CallBody = Extract<UpRow, {readonly kind: 'call' | 'unbillable'}>;
export type CallRow = Insertable<Tables['call']>;
export type TransferRow = Insertable<Tables['transfer']>;

const CALL_ROW = /^call:[0-9a-f]{64}$/;
const ID_AT = 'call:'.length;

/** Why no ledger can hold this call, however it came about: such a row stops the direction. */
export function wrongCall(row: Row, says: UpRow, currency: string): string | undefined {
  if (says.kind !== 'call' && says.kind !== 'unbillable') return undefined;
  if (!CALL_ROW.test(row.id)) return `${row.id} is not the id of a call`;
  if (!Number.isSafeInteger(wholeSeconds(says.body.durationSeconds))) return 'a call cannot last so long';
  const isUnbillable = says.body.state === 'unbillable';
  if (isUnbillable !== (says.kind === 'unbillable')) return `a row of kind ${says.kind} has no state ${says.body.state}`;
  if (says.kind === 'unbillable') return undefined;
  const {payer, amount, tax, working} = says.body;
  if (typeof working.prefix !== 'string' || typeof working.destination !== 'string') return 'the working does not say what was called';
  if (says.body.currency !== currency) return `the call is in ${says.body.currency}, the site in ${currency}`;
  if (tax > amount) return `the tax of ${tax} is more than the amount of ${amount}`;
  return payer === HOUSE_ACCOUNTS.revenue ? `${payer} does not pay for calls` : undefined;
}

export function callOf(site: string, row: Row, {kind, body}: CallBody): CallRow {
  const {state, extension = null, direction, class: called = null, payer = null, startedAt, durationSeconds} = body;
  return {
    site,
    id: row.id.slice(ID_AT),
    up_seq: row.seq,
    state,
    extension,
    direction,
    class: called,
    payer,
    started_at: startedAt,
    duration: wholeSeconds(durationSeconds),
    ...(kind === 'call' ? priceOf(body) : {...NO_PRICE, reason: body.reason, detail: body.detail}),
  };
}

const NO_PRICE = {prefix: null, destination: null, amount: null, tax: null};

function priceOf({working, amount, tax}: UpBody<'call'>) {
  return {prefix: working.prefix, destination: working.destination, amount, tax, reason: null, detail: null};
}

/** Nothing for a call that was only watched. */
export function postingsOf(site: string, row: Row, {kind, body}: CallBody): readonly TransferRow[] {
  return kind === 'call' && body.state === 'billed' ? chargesOf(site, row.seq, {...body, call: row.id.slice(ID_AT)}) : [];
}

type Charge = Pick<UpBody<'call'>, 'payer' | 'amount' | 'tax' | 'currency' | 'startedAt'> & {readonly call: string};

/** The payer pays the whole amount; what of it is tax goes on to the tax account. */
export function chargesOf(site: string, seq: number, {call, payer, amount, tax, currency, startedAt}: Charge): readonly TransferRow[] {
  if (amount === 0) return [];
  const shared = {currency, at: startedAt, log: 'up', log_seq: seq} as const;
  const debit = {site, debit: payer, credit: HOUSE_ACCOUNTS.revenue, amount, code: 'CALL', ref: call, ...shared};
  if (tax === 0) return [debit];
  const {revenue, vat} = HOUSE_ACCOUNTS;
  return [debit, {site, debit: revenue, credit: vat, amount: tax, code: 'TRANSFER', ref: `vat:${call}`, ...shared}];
}

/** A replica never refuses the other writer's fact: an account that nobody described yet is opened for it. */
export async function openPayers(tx: Tx, site: string, transfers: readonly TransferRow[], insertMany: InsertMany): Promise<void> {
  const currencies = new Map(transfers.flatMap(({debit, credit, currency}) => [[debit, currency] as const, [credit, currency] as const]));
  const accounts = [...currencies].map(([id, currency]) => ({site, id, kind: kindOfAccount(id), currency}));
  await insertMany(tx, 'account', accounts, 'skip');
}

function wholeSeconds(seconds: number): number {
  return Math.ceil(seconds);
}
