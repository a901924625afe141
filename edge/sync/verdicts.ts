// What the cloud's verdict over a log means here: pure. What it is called when it stands still, and what a person does.
import type {Verdict} from '../../shared/wire/talk.ts';
import type {IncidentCode} from '../health/codes.ts';
import type {LogName} from './link-rows.ts';

export type Course =
  | {readonly kind: 'go'; readonly from: number}
  | {readonly kind: 'snapshot'}
  | {readonly kind: 'wait'; readonly ms: number}
  | {readonly kind: 'fenced'; readonly why: string}
  | {readonly kind: 'stand'; readonly code: StandCode; readonly why: string};

export const STAND_CODES = [
  'sync.upgrade',
  'sync.rewind',
  'sync.give-down',
  'sync.tail',
  'sync.fork',
  'sync.up-refused',
  'sync.snapshot-refused',
] as const satisfies readonly IncidentCode[];
export type StandCode = (typeof STAND_CODES)[number];

const OF_VERDICT = {
  UPGRADE: 'sync.upgrade',
  REWIND: 'sync.rewind',
  GIVE_DOWN: 'sync.give-down',
  TAIL: 'sync.tail',
  FORK: 'sync.fork',
} as const satisfies Partial<Record<Verdict['kind'], StandCode>>;

export function courseOf(verdict: Verdict): Course {
  switch (verdict.kind) {
    case 'RESUME':
      return {kind: 'go', from: verdict.from};
    case 'SNAPSHOT':
      return {kind: 'snapshot'};
    case 'WAIT':
      return {kind: 'wait', ms: verdict.ms};
    case 'FENCED':
      return {kind: 'fenced', why: verdict.why};
    default:
      return {kind: 'stand', code: OF_VERDICT[verdict.kind], why: verdict.why};
  }
}

const WAY: Readonly<Record<LogName, string>> = {up: 'rows to the cloud', down: 'rows from the cloud'};
const RESTORED = 'Calls are still kept, priced and debited here, and nothing is lost. Keep a copy of the data folder and call support.';

export const CURES: Readonly<Record<StandCode | 'sync.fenced' | 'sync.stuck', string>> = {
  'sync.upgrade': 'Update this box, or wait for the cloud to be updated: rows wait meanwhile, and none is lost.',
  'sync.rewind': RESTORED,
  'sync.give-down': RESTORED,
  'sync.tail': RESTORED,
  'sync.fork': RESTORED,
  'sync.up-refused': 'The cloud says why; rows wait, and none is lost. It is tried again at every connection. If it stays, call support.',
  'sync.snapshot-refused': 'Give this box an empty data folder of its own and enrol it again, or call support.',
  'sync.fenced': 'If this box was replaced, switch it off. If not, enrol it again with a new code: spbs enrol. Calls are still kept here.',
  'sync.stuck': 'The connection is made anew by itself. If it stays, look at the line to the internet and at the cloud’s own incidents.',
};

export function standing(log: LogName, why: string): string {
  return `${WAY[log]} stand still: ${why}`;
}
