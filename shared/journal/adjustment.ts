// A difference of a call that has its price, as transfers: box and cloud post the same, so their sums agree.
// In: an approved difference. Out: its transfers. Never true: a call's own transfer changed; a reference used twice.
import {micros, type Currency} from '../money/micros.ts';
import type {Instant} from '../time/instant.ts';
import {HOUSE_ACCOUNTS, type AccountId, type Transfer} from './transfer.ts';

export type Adjustment = {
  readonly call: string;
  /** The first of a call is 1; an account that pays more and one that gets back are two. */
  readonly n: number;
  readonly account: string;
  /** Micros: above zero the account pays more, below zero it gets back. */
  readonly amount: number;
  /** Part of the amount, with its sign. */
  readonly tax: number;
};

/** `UNIQUE(code, ref)`: an adjustment is posted once. */
export function adjustmentRef({call, n}: Pick<Adjustment, 'call' | 'n'>): string {
  return `${call}:${n}`;
}

export function adjustmentTransfers(
  {account, amount, tax, ...which}: Adjustment,
  {currency, at}: {readonly currency: Currency; readonly at: Instant},
): readonly Transfer[] {
  const ref = adjustmentRef(which);
  const {revenue, vat} = HOUSE_ACCOUNTS;
  const transfers: Transfer[] = [];
  if (amount !== 0) transfers.push({...between(account as AccountId, revenue, amount), code: 'CALL_ADJ', ref, currency, at});
  if (tax !== 0) transfers.push({...between(revenue, vat, tax), code: 'TRANSFER', ref: `vat:${ref}`, currency, at});
  return transfers;
}

function between(payer: AccountId, payee: AccountId, amount: number): Pick<Transfer, 'debit' | 'credit' | 'amount'> {
  return amount > 0 ? {debit: payer, credit: payee, amount: micros(amount)} : {debit: payee, credit: payer, amount: micros(-amount)};
}
