// A payment comes into being: the student's, the desk's cash. In: what a person asked for, under an id made before the click.
// Out: a row, and nothing sent. Never true: two payments by one id; an amount out of bounds; a method of somebody else.
import {HOUSE_ACCOUNTS, type AccountId} from '../../shared/journal/transfer.ts';
import {must} from '../../shared/assert/assert.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Tx} from '../store/open.ts';
import {microsOfMinor, readAmount, type AmountFault} from './amount.ts';
import type {PaymentsGiven} from './given.ts';
import type {ProviderName} from './port.ts';
import {amountOf, move, readPayment, readStudent, siteOf, type PaymentRow} from './rows.ts';
import {tell, type TellGiven} from './told.ts';

export type Wish = {
  /** Made by the page before it is sent: `newPaymentId`. */
  readonly id: string;
  readonly site: string;
  readonly account: string;
  /** As typed. */
  readonly amount: string;
  readonly how:
    | {readonly kind: 'hosted'; readonly provider: ProviderName; readonly save: boolean}
    | {readonly kind: 'saved'; readonly method: string};
};

export type WishFault =
  | AmountFault
  | 'id-invalid'
  /** Another payment has it: another amount, account or way. */
  | 'id-taken'
  | 'account-unknown'
  | 'account-closed'
  | 'method-unknown'
  /** The cloud runs without that provider, or it has no page of its own. */
  | 'provider-unavailable';

/** `again`: the payment of this id was there, and is the same. */
export type Created = {readonly kind: 'created' | 'again'; readonly payment: string} | {readonly kind: 'refused'; readonly code: WishFault};

export type CashWish = {
  readonly id: string;
  readonly site: string;
  readonly account: string;
  readonly amount: string;
  /** The id of the person of staff. */
  readonly by: string;
  readonly reason: string;
};

/** A UUID or a ULID: no provider takes a longer one as its reference. */
const ID = /^[0-9A-Za-z_-]{16,36}$/;

const ID_BYTES = 16;

export function newPaymentId(randomBytes: (bytes: number) => Buffer): string {
  return randomBytes(ID_BYTES).toString('hex');
}

type Given = TellGiven & Pick<PaymentsGiven, 'clock' | 'methods' | 'limits' | 'books' | 'audit'>;

export async function create(tx: Tx, given: Given, wish: Wish): Promise<Created> {
  const ready = await check(tx, given, wish);
  if (ready.kind === 'refused') return ready;
  const way = await wayOf(tx, given, wish);
  if (way === undefined) return {kind: 'refused', code: wish.how.kind === 'saved' ? 'method-unknown' : 'provider-unavailable'};
  const row = {...rowOf(wish, ready, given.clock.now()), ...way, origin: 'manual' as const, state: 'created' as const};
  return insert(tx, given, {...row, look_at: row.created_at});
}

/** Cash in staff's hand: there is nobody to ask, so it is paid in the transaction that says so. */
export async function takeCash(tx: Tx, given: Given, wish: CashWish): Promise<Created> {
  const ready = await check(tx, given, wish);
  if (ready.kind === 'refused') return ready;
  const {books, audit, clock} = given;
  const at = clock.now();
  const cash = {method: 'cash', how: 'cash', origin: 'desk', state: 'created', saved_method: null, save: 0, look_at: null} as const;
  const created = await insert(tx, given, {...rowOf(wish, ready, at), ...cash});
  if (created.kind !== 'created') return created;
  const {site, account, by, reason} = wish;
  const row = must(await readPayment(tx.db, wish.id), `payment ${wish.id}`);
  const amount = microsOfMinor(row.amount_minor, amountOf(row).currency);
  const taken = await move(tx, row, {to: 'submitting', source: by, evidence: {act: 'cash', reason}, at});
  const paid = await move(tx, taken, {to: 'succeeded', source: by, evidence: {act: 'cash', reason}, at});
  await books.move(tx, {site, debit: HOUSE_ACCOUNTS.cash, credit: account as AccountId, amount, code: 'TOPUP', ref: row.id, at});
  const detail = JSON.stringify({payment: row.id, amount, currency: row.currency, reason});
  await audit(tx, {by, act: 'payment.cash', site, subject: account, detail});
  await tell(tx, given, {before: taken, after: paid, source: by, now: at});
  return created;
}

type Ready = {readonly kind: 'ready'; readonly minor: number; readonly currency: string};

async function check(
  {db}: Tx,
  {limits}: Given,
  {id, site, account, amount}: Pick<Wish, 'id' | 'site' | 'account' | 'amount'>,
): Promise<Ready | {readonly kind: 'refused'; readonly code: WishFault}> {
  if (!ID.test(id)) return {kind: 'refused', code: 'id-invalid'};
  const student = await readStudent(db, site, account);
  if (student === undefined) return {kind: 'refused', code: 'account-unknown'};
  if (student.closed_at !== null) return {kind: 'refused', code: 'account-closed'};
  const {currency} = await siteOf(db, site);
  const reading = readAmount(amount, currency, limits);
  return reading.kind === 'refused' ? reading : {kind: 'ready', minor: reading.minor, currency};
}

type Way = Pick<PaymentRow, 'method' | 'how' | 'saved_method' | 'save'>;

async function wayOf({db}: Tx, {methods}: Given, {site, account, how}: Wish): Promise<Way | undefined> {
  if (how.kind === 'hosted') {
    if (methods[how.provider]?.capabilities.hosted !== true) return undefined;
    return {method: how.provider, how: 'hosted', saved_method: null, save: how.save ? 1 : 0};
  }
  const method = await db
    .selectFrom('saved_method')
    .select(['id', 'provider'])
    .where('id', '=', how.method)
    .where('site', '=', site)
    .where('account', '=', account)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  if (method === undefined || methods[method.provider] === undefined) return undefined;
  return {method: method.provider, how: 'saved', saved_method: method.id, save: 0};
}

type Row = Omit<PaymentRow, 'version' | 'reference' | 'url' | 'url_expires_at' | 'failure' | 'looks'>;

function rowOf({id, site, account}: Pick<Wish, 'id' | 'site' | 'account'>, {minor, currency}: Ready, now: Instant) {
  return {id, site, account, amount_minor: minor, currency, created_at: now, changed_at: now};
}

/** By its id there is one: a double click, a second tab and a page sent anew are the same payment. */
async function insert(tx: Tx, {changed}: Given, row: Row): Promise<Created> {
  const inserted = await tx.db
    .insertInto('payment')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted !== undefined) {
    const {site, account, id: payment} = row;
    tx.after(() => changed({site, account, payment}));
    return {kind: 'created', payment};
  }
  const known = must(await readPayment(tx.db, row.id), `payment ${row.id}`);
  const isSame = (['site', 'account', 'method', 'how', 'saved_method', 'amount_minor', 'origin'] as const).every(
    (key) => known[key] === row[key],
  );
  return isSame ? {kind: 'again', payment: row.id} : {kind: 'refused', code: 'id-taken'};
}
