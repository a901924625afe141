// What the box knows about itself, as plain data: the console words it, /health and /metrics print it.
import type {Currency, Micros} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Policy} from '../../shared/wire/kinds.ts';
import type {CommandResult} from '../switchboard/port.ts';
import type {Severity, StageName} from './codes.ts';

/** `off`: nothing is wrong and nothing is done. Never green by default: a light is ok because of a fact. */
export type Light = 'ok' | 'warning' | 'fault' | 'off';

/** What went through a stage. Numbers dialled and lines' texts have no place here: extensions and ids have. */
export type StageEvent =
  | {readonly kind: 'line'; readonly feed: string}
  | {readonly kind: 'call-record'; readonly feed: string; readonly extension: string | undefined}
  | {readonly kind: 'rejected'; readonly feed: string; readonly reason: string}
  | {
      readonly kind: 'priced';
      readonly extension: string | undefined;
      readonly destination: string;
      readonly amount: Micros;
      readonly currency: Currency;
    }
  | {readonly kind: 'unbillable'; readonly extension: string | undefined; readonly reason: string}
  | {
      readonly kind: 'posted';
      readonly account: string;
      readonly code: string;
      readonly amount: Micros;
      readonly currency: Currency;
    }
  | {readonly kind: 'decided'; readonly extension: string; readonly wanted: 'open' | 'locked'}
  | {readonly kind: 'warned'; readonly account: string}
  /** The other side holds the log up to here. */
  | {readonly kind: 'acknowledged'; readonly log: 'up' | 'down'; readonly upTo: number}
  | {
      readonly kind: 'command';
      readonly extension: string;
      readonly act: 'lock' | 'unlock';
      readonly result: CommandResult['kind'];
      /** From the decision to the switchboard's confirmation. */
      readonly tookMs: number | undefined;
    };

/** A connection that a stage holds: a feed by its name, a switchboard by its. */
export type LinkFact = {
  readonly subject: string;
  /** The door or the driver: `folder`, `tcp`, `ami`. */
  readonly means: string;
  readonly state: {readonly kind: 'up'} | {readonly kind: 'down'; readonly why: string; readonly cure: string};
  readonly since: Instant;
};

/** Why a light is not ok, worst first. */
export type Reason =
  | {readonly kind: 'incident'; readonly code: string; readonly subject: string}
  | {readonly kind: 'link-down'; readonly subject: string; readonly why: string}
  | {readonly kind: 'no-link'}
  | {readonly kind: 'nothing-yet'}
  | {readonly kind: 'last-rejected'; readonly reason: string}
  | {readonly kind: 'last-unbillable'; readonly reason: string}
  | {readonly kind: 'rejects-waiting'; readonly count: number}
  | {readonly kind: 'rows-waiting'; readonly count: number}
  | {readonly kind: 'no-tariff'}
  | {readonly kind: 'no-policy'}
  | {readonly kind: 'brake'; readonly since: Instant}
  | {readonly kind: 'mode'; readonly mode: Mode}
  | {readonly kind: 'unconfirmed'; readonly count: number; readonly oldest: Instant};

export type Counter = {
  readonly name:
    | 'lines'
    | 'calls'
    | 'rejects-waiting'
    | 'rated'
    | 'unbillable'
    | 'transfers'
    | 'accounts'
    | 'lines-locked'
    | 'lines-open'
    | 'lines-confirmed'
    | 'lines-unconfirmed'
    | 'lines-in-call'
    | 'calls-with-end'
    | 'confirm-p50-ms'
    | 'confirm-p99-ms'
    | 'rows-waiting'
    | 'rows-held';
  readonly value: number;
};

export type StageStatus = {
  readonly name: StageName;
  readonly light: Light;
  /** Empty when the light is ok. */
  readonly reasons: readonly Reason[];
  readonly last: {readonly event: StageEvent; readonly at: Instant} | undefined;
  readonly counters: readonly Counter[];
  readonly links: readonly LinkFact[];
};

export type Incident = {
  readonly code: string;
  readonly subject: string;
  readonly detail: string;
  readonly cure: string;
  readonly severity: Severity;
  readonly stage: StageName | 'box';
  readonly beganAt: Instant;
};

export type IncidentChange = {readonly kind: 'opened' | 'ended'; readonly incident: Incident; readonly at: Instant};

export type Mode = Policy['mode'];

/** What main measures of the machine and the process. */
export type MachineFacts = {
  readonly version: string;
  readonly startedAt: Instant;
  readonly disk: {readonly freeBytes: number; readonly totalBytes: number} | undefined;
  readonly memoryBytes: number;
  readonly eventLoopLag: {readonly p99Ms: number; readonly maxMs: number};
  /** How far the box's own clock is to be believed (trusted: NTP or the cloud; held: never before what was last known). */
  readonly clock: 'trusted' | 'held' | 'untrusted';
};

export type Head = {readonly seq: number; readonly epoch: number; readonly chain: string};

export type BoxStatus = MachineFacts & {
  /** When this was true. */
  readonly at: Instant;
  readonly site: string | undefined;
  readonly box: string | undefined;
  /** Undefined until the cloud has sent a policy. */
  readonly mode: Mode | undefined;
  readonly zone: string;
  readonly currency: Currency | undefined;
  readonly light: Light;
  readonly stages: readonly StageStatus[];
  readonly incidents: readonly Incident[];
  /** May be more than are listed. */
  readonly incidentsOpen: number;
  readonly heads: {readonly up: Head; readonly down: Head};
};
