// What no ledger may hold.
import {expect, test} from 'vitest';
import {Bug} from '../../../shared/assert/assert.ts';
import {assertTransfer, HOUSE_ACCOUNTS, type AccountId, type Transfer} from '../../../shared/journal/transfer.ts';
import {micros, type Currency} from '../../../shared/money/micros.ts';
import {instant} from '../../../shared/time/instant.ts';

const transfer: Transfer = {
  debit: 'student-1' as AccountId,
  credit: HOUSE_ACCOUNTS.revenue,
  amount: micros(1),
  currency: 'GBP' as Currency,
  code: 'CALL',
  ref: 'call-1',
  at: instant(0),
};

test('a transfer of a micro between two accounts, with what it is for, is one', () => {
  expect(() => {
    assertTransfer(transfer);
  }).not.toThrow();
});

test.for([
  ['of nothing', {amount: micros(0)}],
  ['of less than nothing', {amount: micros(-1)}],
  ['of no number', {amount: Number.NaN as Transfer['amount']}],
  ['from an account to itself', {credit: transfer.debit}],
  ['for nothing', {ref: ''}],
] as const)('a transfer %s stops the process', ([, wrong]) => {
  expect(() => {
    assertTransfer({...transfer, ...wrong});
  }).toThrow(Bug);
});
