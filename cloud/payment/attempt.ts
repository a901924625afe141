// What is to be sent for a payment, made from its rows. In: rows. Out: an attempt without its key, and the hash of its body.
// Never true: one key with two bodies. The hash tells whether the rows still say what was sent.
import {sha256} from '../../shared/journal/chain.ts';
import {instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import type {Attempt, Inquiry} from './port.ts';
import {amountOf, readStudent, type AttemptRow, type PaymentRow} from './rows.ts';

export type Draft = {readonly body: Omit<Attempt, 'key'>; readonly hash: Buffer};

export type AddressOf = (path: string) => string;

/** Where the provider's page sends the browser back to. */
function returnPath(payment: string): string {
  return `/paid/${payment}`;
}

/** Undefined if its saved method is there no more: what the student took away is not charged. */
export async function draftOf(db: Reader, row: PaymentRow, addressOf: AddressOf): Promise<Draft | undefined> {
  const how = await howOf(db, row, addressOf);
  if (how === undefined) return undefined;
  const {minor, currency} = amountOf(row);
  const body = {payment: row.id, account: row.account, amount: {minor, currency}, how};
  return {body, hash: sha256(JSON.stringify(body))};
}

async function howOf(db: Reader, row: PaymentRow, addressOf: AddressOf): Promise<Attempt['how'] | undefined> {
  if (row.saved_method !== null) {
    const method = await db
      .selectFrom('saved_method')
      .select(['customer', 'token', 'removed_at'])
      .where('id', '=', row.saved_method)
      .executeTakeFirstOrThrow();
    if (method.removed_at !== null) return undefined;
    return {kind: 'saved', method: {customer: method.customer ?? undefined, token: method.token}};
  }
  const student = await readStudent(db, row.site, row.account);
  return {
    kind: 'hosted',
    returnTo: addressOf(returnPath(row.id)),
    save: row.save === 1,
    email: student?.email ?? '',
    language: student?.language ?? 'en-GB',
    customer: await customerOf(db, row),
  };
}

/** The provider's name for the student, from a method that was saved before, be it removed since. */
async function customerOf(db: Reader, {site, account, method}: PaymentRow): Promise<string | undefined> {
  if (method === 'cash') return undefined;
  const known = await db
    .selectFrom('saved_method')
    .select('customer')
    .where('site', '=', site)
    .where('account', '=', account)
    .where('provider', '=', method)
    .where('customer', 'is not', null)
    .orderBy('created_at')
    .orderBy('id')
    .executeTakeFirst();
  return known?.customer ?? undefined;
}

export async function inquiryOf(db: Reader, row: PaymentRow, charge: AttemptRow): Promise<Inquiry> {
  const method =
    row.saved_method === null
      ? undefined
      : await db.selectFrom('saved_method').select('customer').where('id', '=', row.saved_method).executeTakeFirst();
  return {
    payment: row.id,
    account: row.account,
    key: charge.key,
    amount: {minor: row.amount_minor, currency: row.currency},
    reference: row.reference ?? undefined,
    customer: method === undefined ? await customerOf(db, row) : (method.customer ?? undefined),
    createdAt: instant(charge.created_at),
  };
}
