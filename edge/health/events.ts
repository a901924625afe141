// What a page says of a delivery, once it is durable: the last thing that each stage did with it.
import type {AccountId} from '../../shared/journal/transfer.ts';
import {upFact} from '../../shared/wire/up.ts';
import type {Fact} from '../../shared/wire/row.ts';
import type {Settled} from '../credit/control.ts';
import type {Taken} from '../engine/intake.ts';
import type {RecordedCall} from '../ledger/ledger.ts';
import type {Journal} from '../ledger/journal.ts';
import type {RatedCall} from '../rating/priced-call.ts';
import type {Transact} from '../store/open.ts';
import type {StageName} from './codes.ts';
import type {Incident, IncidentChange, StageEvent} from './status.ts';

export type StageEvents = readonly (readonly [StageName, StageEvent])[];

export function eventsOfDelivery({feed, outcomes, recorded}: Taken): StageEvents {
  const events: (readonly [StageName, StageEvent])[] = [['feed', {kind: 'line', feed}]];
  const read = outcomes.findLast(({kind}) => kind === 'call' || kind === 'rejected');
  if (read?.kind === 'rejected') events.push(['record', {kind: 'rejected', feed, reason: read.reason}]);
  if (read?.kind === 'call') events.push(['record', {kind: 'call-record', feed, extension: read.record.extension}]);
  const rated = recorded.recorded.findLast(({call}) => call.kind !== 'before-go-live');
  const event = rated === undefined ? undefined : ratedEvent(rated.call);
  if (event !== undefined) events.push(['rating', event]);
  const posted = recorded.recorded.findLast(isPosted)?.call;
  if (posted?.kind === 'priced') {
    const {payer: account, amount, currency} = posted;
    events.push(['ledger', {kind: 'posted', account, code: 'CALL', amount, currency}]);
  }
  return events;
}

function isPosted({call, state}: RecordedCall): boolean {
  return call.kind === 'priced' && state === 'billed' && call.amount > 0;
}

function ratedEvent(call: RatedCall): StageEvent | undefined {
  const {extension} = call.record;
  if (call.kind === 'unbillable') return {kind: 'unbillable', extension, reason: call.reason};
  if (call.kind === 'before-go-live') return undefined;
  const {amount, currency, working} = call;
  return {kind: 'priced', extension, destination: working.destination, amount, currency};
}

export function eventsOfCredit({decided, warned}: Pick<Settled, 'decided' | 'warned'>): StageEvents {
  return [
    ...decided.map(({extension, wanted}) => ['credit', {kind: 'decided', extension, wanted}] as const),
    ...warned.map((account: AccountId) => ['credit', {kind: 'warned', account}] as const),
  ];
}

export function eventOfCommand(extension: string, wanted: 'open' | 'locked', tookMs: number | undefined): StageEvents[number] {
  return ['switchboard', {kind: 'command', extension, act: wanted === 'locked' ? 'lock' : 'unlock', result: 'confirmed', tookMs}];
}

/** `number`: the journal's next, which tells it from every other of its code and subject. */
export function factOfIncident({kind, incident, at}: IncidentChange, number: number): Fact {
  return upFact('incident', `${incident.code}:${incident.subject}:${number}`, {...incident, change: kind, at});
}

/** What was wrong before the box knew who it is, and still is. */
export function tellHeldIncidents(incidents: readonly Incident[], {transact, write, next}: Journal & {readonly transact: Transact}): void {
  transact(() => {
    for (const incident of incidents) write([factOfIncident({kind: 'opened', incident, at: incident.beganAt}, next())]);
  });
}
