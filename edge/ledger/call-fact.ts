// A rated call as the cloud will read it. Numbers are personal: they lie beside the row, salted, and can be erased.
import {UP_KINDS} from '../../shared/wire/up.ts';
import type {Fact} from '../../shared/wire/row.ts';
import type {RatedCall, UnbillableCall} from '../rating/priced-call.ts';

export type CallState = 'billed' | 'watched' | 'unbillable' | 'before-go-live';

/** `isWatched`: the site only watches. Of a call that waits that must be known until it is resolved, by whichever box. */
export function callFact(call: RatedCall, state: CallState, isWatched = false): Fact {
  const {record} = call;
  const common = {
    state,
    feed: record.feed,
    extension: record.extension,
    direction: record.direction,
    class: call.class,
    startedAt: record.start,
    durationSeconds: record.durationSeconds,
    flags: [...call.flags, ...record.flags],
  };
  const personal = personalFields(call);
  if (call.kind === 'priced') {
    const {payer, amount, tax, currency, working, cost} = call;
    const body = {...common, payer, amount, tax, currency, working, cost};
    return {id: `call:${call.id}`, kind: 'call', version: UP_KINDS.call.version, body, personal};
  }
  const waits = call.kind === 'unbillable' ? waitingFields(call, isWatched) : {};
  return {id: `call:${call.id}`, kind: 'unbillable', version: UP_KINDS.unbillable.version, body: {...common, ...waits}, personal};
}

/** Why it waits, and what of its record another box would rate it by. */
function waitingFields({reason, detail, payer, tariff, record}: UnbillableCall, isWatched: boolean): Fact['body'] {
  const {trunk, charge, answered} = record;
  return {reason, detail, payer, tariff, trunk, charge, answered, ...(isWatched ? {isWatched} : {})};
}

function personalFields(call: RatedCall): Record<string, string> {
  const fields: [string, string | undefined][] = [
    ['number', call.number],
    ['dialled', call.record.dialled === call.number ? undefined : call.record.dialled],
    ['caller', call.record.caller],
    ['account-code', call.kind === 'unbillable' ? call.record.accountCode : undefined],
  ];
  return Object.fromEntries(fields.filter((field): field is [string, string] => field[1] !== undefined));
}
