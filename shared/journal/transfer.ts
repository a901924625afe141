// One row of the ledger is one transfer between two accounts: balanced by construction, never changed, never deleted.
import {assert} from '../assert/assert.ts';
import type {Currency, Micros} from '../money/micros.ts';
import type {Instant} from '../time/instant.ts';

/** Why money moved. `UNIQUE(code, ref)` in every ledger: a call is debited once, a payment credited once. */
export const TRANSFER_CODES = [
  'CALL',
  'CALL_ADJ',
  'TOPUP',
  'REFUND',
  'CHARGEBACK',
  'CHARGEBACK_WON',
  'FEE',
  'TRANSFER',
  'OPENING',
  'WRITE_OFF',
  'REVERSAL',
  'ALLOWANCE',
] as const;

export type TransferCode = (typeof TRANSFER_CODES)[number];

/** A student's account, or one of the house's own: `house`, `revenue`, `vat`, `suspense`, `cash`, `clearing:<provider>`. */
export type AccountId = string & {readonly __unit: 'account'};

export const HOUSE_ACCOUNTS = {
  house: 'house' as AccountId,
  revenue: 'revenue' as AccountId,
  vat: 'vat' as AccountId,
  suspense: 'suspense' as AccountId,
  cash: 'cash' as AccountId,
} as const;

export type Transfer = {
  /** Money leaves this account: its balance falls. */
  readonly debit: AccountId;
  readonly credit: AccountId;
  /** Always above zero: a correction is another transfer, the other way round. */
  readonly amount: Micros;
  readonly currency: Currency;
  readonly code: TransferCode;
  /** What it is for: a call id, a payment id. */
  readonly ref: string;
  readonly at: Instant;
};

/** Stops on a transfer that no ledger may hold. */
export function assertTransfer(transfer: Transfer): void {
  assert(transfer.amount > 0, `a transfer moves more than nothing, got ${transfer.amount}`);
  assert(transfer.debit !== transfer.credit, `a transfer has two accounts, got ${transfer.debit} twice`);
  assert(transfer.ref !== '', 'a transfer names what it is for');
}
