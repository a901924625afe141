// Rated calls by hand, for tests of the ledger.
import type {PricedCall, UnbillableCall} from '../../edge/rating/priced-call.ts';
import type {CallRecord} from '../../edge/record/call-record.ts';
import {identityOf} from '../../shared/journal/chain.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import {micros, type Currency} from '../../shared/money/micros.ts';
import {freeWorking} from '../../shared/tariff/working.ts';
import type {Instant} from '../../shared/time/instant.ts';

export const NOON = Date.UTC(2026, 8, 7, 12) as Instant;

function recordOf(key: string): CallRecord {
  return {
    feed: 'smdr',
    lines: [1],
    family: 'mitel',
    sourceKey: key,
    direction: 'outgoing',
    extension: '101',
    dialled: '902079460123',
    caller: undefined,
    trunk: 'T001',
    accountCode: undefined,
    start: NOON,
    durationSeconds: 60,
    ringSeconds: 3,
    answered: 'yes',
    doubt: undefined,
    flags: [],
  };
}

/** Amounts in micros; `tax` is part of `amount`. */
export function pricedCall(key: string, payer: string, amount: number, tax = 0): PricedCall {
  const working = {
    ...freeWorking('London', {durationSeconds: 60, answerAllowanceSeconds: 0}),
    prefix: '+4420',
    gross: micros(amount),
    tax: micros(tax),
    net: micros(amount - tax),
  };
  return {
    kind: 'priced',
    id: identityOf('hall', 'mitel', key),
    record: recordOf(key),
    number: '+442079460123',
    class: 'outgoing',
    flags: [],
    payer: payer as AccountId,
    amount: micros(amount),
    tax: micros(tax),
    currency: 'GBP' as Currency,
    working,
  };
}

export function unbillableCall(key: string): UnbillableCall {
  const {id, record, number, flags} = pricedCall(key, '', 0);
  return {
    kind: 'unbillable',
    id,
    record,
    number,
    class: 'outgoing',
    flags,
    reason: 'no-destination',
    detail: 'nothing matches',
    payer: undefined,
  };
}
