// What record hands on: one call, in the terms of the field, free of the switchboard's dialect.
import type {Instant} from '../../shared/time/instant.ts';

export type Direction = 'outgoing' | 'incoming' | 'internal' | 'unknown';

/** What is remarkable about a record: shown to staff, never a reason to drop it. */
export type RecordFlag =
  | 'ambiguous-local-time'
  | 'nonexistent-local-time'
  | 'receipt-time-used'
  | 'year-inferred'
  | 'transferred'
  | 'long-call-marker';

export type CallRecord = {
  readonly feed: string;
  /** Spool numbers of the lines it was made from, in order. */
  readonly lines: readonly number[];
  /** The kind of record the source key belongs to: the profile's family. A call's id is identity(site, family, key). */
  readonly family: string;
  /** The format's own id, or a hash of the meaningful fields and an occurrence number. Equal key, equal call. */
  readonly sourceKey: string;
  readonly direction: Direction;
  /** The line of the site that the call belongs to, as the site dials it. */
  readonly extension: string | undefined;
  /** What was dialled, as recorded; undefined for incoming calls. */
  readonly dialled: string | undefined;
  /** The other party of an incoming call. */
  readonly caller: string | undefined;
  readonly trunk: string | undefined;
  readonly accountCode: string | undefined;
  /** What the network said that the call costs, as recorded: an amount or pulses. An incoming call that has one is reverse-charge. */
  readonly charge?: string | undefined;
  readonly start: Instant;
  /** Answered seconds, fractions rounded up; from seizure where answering is not reported. */
  readonly durationSeconds: number;
  readonly ringSeconds: number | undefined;
  readonly answered: 'yes' | 'no' | 'not-reported';
  /** Set where the record itself cannot be trusted to be billed; the text is for staff. */
  readonly doubt:
    | {readonly reason: 'time-implausible' | 'duration-implausible' | 'duplicate-suspected'; readonly detail: string}
    | undefined;
  readonly flags: readonly RecordFlag[];
};

/** What becomes of a line. A profile never throws: every line ends as one of these. */
export type Outcome =
  | {readonly kind: 'call'; readonly record: CallRecord}
  /** A heading, a status line, a clock message, a leg that belongs to a call told elsewhere … */
  | {readonly kind: 'not-a-call'; readonly what: string; readonly line: number}
  /** Known already: the switchboard or a file sent it again. */
  | {readonly kind: 'replay'; readonly line: number}
  | {readonly kind: 'rejected'; readonly reason: RejectReason; readonly detail: string; readonly line: number};

/** `quarantined`: our own code fails on it. */
export type RejectReason =
  | 'no-variant'
  | 'field-unreadable'
  | 'line-too-long'
  | 'not-text'
  | 'cut-line'
  | 'time-implausible'
  | 'quarantined';
