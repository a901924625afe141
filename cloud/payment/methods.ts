// Saved methods and automatic top-up: what the student allows us to charge, and how far.
// In: the student's choices. Out: rows, and the account as the box is to know it, in the same commit.
// Never true: automatic top-up on with a method that was removed; a setting that the box is not told.
import type {Currency, Micros} from '../../shared/money/micros.ts';
import type {Tx, Reader} from '../store/open.ts';
import {microsOfMinor, minorDigits} from './amount.ts';
import type {PaymentsGiven} from './given.ts';
import type {ProviderName} from './port.ts';
import {endAutomatic, tellAccount} from './result.ts';
import {readStudent, siteOf} from './rows.ts';

export type Method = {
  readonly id: string;
  readonly provider: ProviderName;
  readonly label: string;
  readonly createdAt: number;
  /** Automatic top-up charges it. */
  readonly isAutomatic: boolean;
};

export type Automatic = {
  readonly isOn: boolean;
  readonly threshold: Micros;
  readonly target: Micros;
  readonly monthlyCap: Micros;
  readonly method: string;
};

export type AutomaticWish = {
  readonly site: string;
  readonly account: string;
  readonly threshold: Micros;
  readonly target: Micros;
  readonly monthlyCap: Micros;
  /** Id of a saved method of the account. */
  readonly method: string;
};

export type AutomaticFault =
  | 'account-unknown'
  | 'account-closed'
  | 'method-unknown'
  | 'threshold-negative'
  | 'target-not-above-threshold'
  /** A single payment could not bring the balance from the threshold to the target. */
  | 'target-too-far'
  | 'cap-below-one-payment';

export type Changed<F extends string> = {readonly kind: 'changed'} | {readonly kind: 'refused'; readonly code: F};

type Given = Pick<PaymentsGiven, 'clock' | 'downLog' | 'accountBody' | 'randomBytes' | 'methods' | 'limits'>;

/** The student's, the newest first. */
export async function listMethods(db: Reader, site: string, account: string): Promise<readonly Method[]> {
  const automatic = await readAutomatic(db, account);
  const rows = await db
    .selectFrom('saved_method')
    .select(['id', 'provider', 'label', 'created_at'])
    .where('site', '=', site)
    .where('account', '=', account)
    .where('removed_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
  return rows.map(({id, provider, label, created_at: createdAt}) => {
    return {id, provider, label, createdAt, isAutomatic: automatic?.isOn === true && automatic.method === id};
  });
}

export async function readAutomatic(db: Reader, account: string): Promise<Automatic | undefined> {
  const row = await db.selectFrom('automatic_top_up').selectAll().where('account', '=', account).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    isOn: row.is_on === 1,
    threshold: row.threshold as Micros,
    target: row.target as Micros,
    monthlyCap: row.monthly_cap as Micros,
    method: row.method,
  };
}

/** A payment that is on its way with it goes on; nothing new begins. */
export async function removeMethod(
  tx: Tx,
  given: Given,
  {site, account, method}: Pick<AutomaticWish, 'site' | 'account' | 'method'>,
): Promise<Changed<'method-unknown'>> {
  const now = given.clock.now();
  const removed = await tx.db
    .updateTable('saved_method')
    .set({removed_at: now})
    .where('id', '=', method)
    .where('site', '=', site)
    .where('account', '=', account)
    .where('removed_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (removed === undefined) return {kind: 'refused', code: 'method-unknown'};
  const automatic = await readAutomatic(tx.db, account);
  if (automatic?.method === method) await endAutomatic(tx, given, {site, account, now});
  return {kind: 'changed'};
}

/** On, with these limits, whatever they were; an earlier refusal counts no more. */
export async function setAutomatic(tx: Tx, given: Given, wish: AutomaticWish): Promise<Changed<AutomaticFault>> {
  const code = await automaticFault(tx, given, wish);
  if (code !== undefined) return {kind: 'refused', code};
  const {site, account, threshold, target, monthlyCap, method} = wish;
  const values = {is_on: 1 as const, threshold, target, monthly_cap: monthlyCap, method, changed_at: given.clock.now()};
  await tx.db
    .insertInto('automatic_top_up')
    .values({account, ...values})
    .onConflict((conflict) => conflict.column('account').doUpdateSet(values))
    .execute();
  await tellAccount(tx, given, site, account);
  return {kind: 'changed'};
}

/** Returns whether it was on. */
export function turnOffAutomatic(tx: Tx, given: Given, {site, account}: Pick<AutomaticWish, 'site' | 'account'>): Promise<boolean> {
  return endAutomatic(tx, given, {site, account, now: given.clock.now()});
}

async function automaticFault({db}: Tx, given: Given, wish: AutomaticWish): Promise<AutomaticFault | undefined> {
  const {site, account, method} = wish;
  const student = await readStudent(db, site, account);
  if (student === undefined) return 'account-unknown';
  if (student.closed_at !== null) return 'account-closed';
  const own = (await listMethods(db, site, account)).find(({id}) => id === method);
  if (own === undefined || given.methods[own.provider] === undefined) return 'method-unknown';
  const {currency} = await siteOf(db, site);
  return limitsFault(wish, currency, given.limits);
}

function limitsFault(
  {threshold, target, monthlyCap}: AutomaticWish,
  currency: Currency,
  limits: PaymentsGiven['limits'],
): AutomaticFault | undefined {
  const unit = microsOfMinor(10 ** minorDigits(currency), currency);
  if (threshold < 0) return 'threshold-negative';
  if (target <= threshold) return 'target-not-above-threshold';
  if (target > limits.most * unit) return 'target-too-far';
  return monthlyCap < Math.max(limits.least * unit, target - threshold) ? 'cap-below-one-payment' : undefined;
}
