// Every event of the flow as a line of the log, for whoever follows a box at work. Ids and amounts; no number that was dialled.
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Log} from '../../shared/log/log.ts';
import type {Micros} from '../../shared/money/micros.ts';
import type {Settled} from '../credit/control.ts';
import type {Taken} from '../engine/intake.ts';
import type {RecordedCall} from '../ledger/ledger.ts';

export function traceDelivery(log: Log, {feed, outcomes, recorded}: Taken, balance: (account: AccountId) => Micros): void {
  for (const outcome of outcomes) {
    if (outcome.kind === 'rejected') log.debug('line rejected', {feed, line: outcome.line, reason: outcome.reason});
  }
  for (const {call, state} of recorded.recorded) traceCall(log, {call, state}, balance);
}

function traceCall(log: Log, {call, state}: RecordedCall, balance: (account: AccountId) => Micros): void {
  const {extension, durationSeconds: seconds} = call.record;
  switch (call.kind) {
    case 'priced': {
      const {payer: account, amount, currency, working} = call;
      const {destination} = working;
      log.debug('call priced', {
        state,
        extension,
        account,
        amount,
        currency,
        destination,
        class: call.class,
        seconds,
        balance: balance(account),
      });
      return;
    }
    case 'unbillable':
      log.debug('call unbillable', {extension, reason: call.reason, detail: call.detail, seconds});
      return;
    case 'before-go-live':
      log.debug('call from before go-live kept', {extension, seconds});
  }
}

export function traceCredit(log: Log, {decided, warned, requested}: Settled, balance: (account: AccountId) => Micros): void {
  for (const account of warned) log.debug('money runs low', {account, balance: balance(account)});
  for (const account of requested) log.debug('top-up asked for', {account, balance: balance(account)});
  for (const {extension, wanted, reasons} of decided) log.debug('line decided', {extension, wanted, reasons: reasons.join(' ')});
}
