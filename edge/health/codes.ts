// Every incident that the box can have: which step of the flow it belongs to and how bad it is. A code is for ever:
// mail, translations and the supplier's evidence rely on it.

/** The steps of the flow, in its order; `sync` stands beside it. */
export const STAGES = ['feed', 'record', 'rating', 'ledger', 'credit', 'switchboard', 'sync'] as const;
export type StageName = (typeof STAGES)[number];

export type Severity = 'warning' | 'fault';

/** `box`: the machine itself, no step of the flow. */
type Kind = {readonly stage: StageName | 'box'; readonly severity: Severity};

export const INCIDENT_CODES = {
  'feed.unreachable': {stage: 'feed', severity: 'fault'},
  'feed.refused': {stage: 'feed', severity: 'fault'},
  'feed.truncated': {stage: 'feed', severity: 'warning'},
  'record.quarantined': {stage: 'record', severity: 'fault'},
  'ledger.store-full': {stage: 'ledger', severity: 'fault'},
  'ledger.corrupt': {stage: 'ledger', severity: 'fault'},
  'credit.brake': {stage: 'credit', severity: 'fault'},
  'credit.unbillable': {stage: 'credit', severity: 'warning'},
  'credit.down-refused': {stage: 'credit', severity: 'fault'},
  'switchboard.unreachable': {stage: 'switchboard', severity: 'fault'},
  'switchboard.unconfirmed': {stage: 'switchboard', severity: 'warning'},
  'switchboard.drift': {stage: 'switchboard', severity: 'warning'},
  'switchboard.call-not-ended': {stage: 'switchboard', severity: 'fault'},
  'sync.fenced': {stage: 'sync', severity: 'fault'},
  'sync.upgrade': {stage: 'sync', severity: 'fault'},
  'sync.rewind': {stage: 'sync', severity: 'fault'},
  'sync.give-down': {stage: 'sync', severity: 'fault'},
  'sync.tail': {stage: 'sync', severity: 'fault'},
  'sync.fork': {stage: 'sync', severity: 'fault'},
  'sync.up-refused': {stage: 'sync', severity: 'fault'},
  'sync.snapshot-refused': {stage: 'sync', severity: 'fault'},
  'sync.stuck': {stage: 'sync', severity: 'warning'},
  'box.disk-low': {stage: 'box', severity: 'warning'},
  'box.disk-full': {stage: 'box', severity: 'fault'},
  'box.event-loop': {stage: 'box', severity: 'warning'},
  'box.clock': {stage: 'box', severity: 'warning'},
} as const satisfies Readonly<Record<string, Kind>>;

export type IncidentCode = keyof typeof INCIDENT_CODES;

/** Undefined for a code that an older or newer release wrote into the table. */
export function kindOf(code: string): Kind | undefined {
  return Object.hasOwn(INCIDENT_CODES, code) ? INCIDENT_CODES[code as IncidentCode] : undefined;
}
