// A rated call as the cloud will read it. Numbers are personal: they lie beside the row, salted, and can be erased.
import {UP_KINDS} from '../../shared/wire/up.ts';
import type {Fact} from '../../shared/wire/row.ts';
import type {RatedCall} from '../rating/priced-call.ts';

export type CallState = 'billed' | 'watched' | 'unbillable' | 'before-go-live';

export function callFact(call: RatedCall, state: CallState): Fact {
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
    const {payer, amount, tax, currency, working} = call;
    const body = {...common, payer, amount, tax, currency, working};
    return {id: `call:${call.id}`, kind: 'call', version: UP_KINDS.call.version, body, personal};
  }
  const reason = call.kind === 'unbillable' ? {reason: call.reason, detail: call.detail, payer: call.payer} : {};
  return {id: `call:${call.id}`, kind: 'unbillable', version: UP_KINDS.unbillable.version, body: {...common, ...reason}, personal};
}

function personalFields(call: RatedCall): Record<string, string> {
  const fields: [string, string | undefined][] = [
    ['number', call.number],
    ['dialled', call.record.dialled === call.number ? undefined : call.record.dialled],
    ['caller', call.record.caller],
  ];
  return Object.fromEntries(fields.filter((field): field is [string, string] => field[1] !== undefined));
}
