// A call that still runs becomes what it costs so far: by the rater that will price its record, so that both agree.
// In: line, dialled digits, when it was answered. Out: who pays, and the cost as a function of its length. Pure but for the book.
// Never true: another price than the record's; an emergency call, or one that connects to an emergency number, that may be cut.
import type {AccountId} from '../../shared/journal/transfer.ts';
import {micros, type Micros} from '../../shared/money/micros.ts';
import {bucketKey, type InUse} from '../../shared/tariff/allowance.ts';
import {LONGEST_CALL_SECONDS} from '../../shared/tariff/price.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Policy} from '../../shared/wire/kinds.ts';
import type {CallRecord} from '../record/call-record.ts';
import type {RatedCall, UnbillableReason} from './priced-call.ts';
import {createRater, type RaterGiven} from './rate.ts';

export type AnsweredCall = {
  readonly extension: string;
  readonly dialled: string;
  readonly answeredAt: Instant;
};

export type RunningPrice =
  /** Never cut, and it costs nothing that matters before its record comes. */
  | {readonly kind: 'left-alone'; readonly number: string | undefined}
  /** No tariff knows where it goes: what it costs is found out by a person, later. */
  | {readonly kind: 'unknown'; readonly number: string | undefined; readonly reason: UnbillableReason}
  | {
      readonly kind: 'priced';
      readonly number: string | undefined;
      readonly payer: AccountId;
      /**
       * After so many whole answered seconds. Never falls as the call grows. `inUse` is what other running calls of the payer use of
       * free allowances; what this one uses is added to it.
       */
      readonly costAt: (seconds: number, inUse?: InUse) => Micros;
    };

export type RunningRater = (call: AnsweredCall) => RunningPrice;

/** What nobody knows the price of; any other reason is no matter of the destination, and is seen to when the record comes. */
const UNKNOWN: ReadonlySet<UnbillableReason> = new Set(['no-destination', 'range-unconfirmed', 'no-tariff']);
/** Longer than any grace, so that a call which costs anything at all shows it. */
const PROBE_SECONDS = 3_600;
const SOME_TRUNK = 'trunk';

export function createRunningRater({site, book}: RaterGiven): RunningRater {
  let lenient: {readonly of: Policy; readonly policy: Policy} | undefined;
  /** A call is no less dear for being dearer than is billed unseen: the limits of the finished call do not bound the running one. */
  const policy = (): Policy | undefined => {
    const of = book.policy();
    if (of === undefined) return undefined;
    if (lenient?.of !== of) {
      lenient = {of, policy: {...of, dearestCall: Number.MAX_SAFE_INTEGER, longestCallHours: LONGEST_CALL_SECONDS / 3_600}};
    }
    return lenient.policy;
  };
  let usedByOthers: InUse = new Map();
  const allowancesFor: RaterGiven['book']['allowancesFor'] = (...of) =>
    book.allowancesFor(...of).flatMap((each) => {
      const left = each.left - (usedByOthers.get(bucketKey(each)) ?? 0);
      return left > 0 ? [{...each, left}] : [];
    });
  // What the carrier will ask is of no matter before the record comes.
  const rate = createRater({site, book: {...book, policy, allowancesFor, carrierAt: () => undefined}});

  return (call) => {
    const moment = {goLive: call.answeredAt, receivedAt: call.answeredAt};
    const rated = (seconds: number, trunk?: string): RatedCall =>
      rate(recordOf(call, Math.min(seconds, LONGEST_CALL_SECONDS), trunk), moment);
    const probe = rated(PROBE_SECONDS);
    const {number} = probe;
    // Also of a line that is called 112: nobody knows yet that the call took no trunk.
    if (isOpen(probe) || isOpen(rated(PROBE_SECONDS, SOME_TRUNK)) || probe.kind === 'before-go-live') return {kind: 'left-alone', number};
    if (probe.kind === 'unbillable') {
      return UNKNOWN.has(probe.reason) ? {kind: 'unknown', number, reason: probe.reason} : {kind: 'left-alone', number};
    }
    const {payer} = probe;
    const costAt = (seconds: number, inUse: InUse = new Map()): Micros => {
      usedByOthers = inUse;
      const now = rated(seconds);
      usedByOthers = new Map();
      if (now.kind !== 'priced') return micros(0);
      for (const use of now.working.allowances ?? []) inUse.set(bucketKey(use), (inUse.get(bucketKey(use)) ?? 0) + use.used);
      return now.amount;
    };
    return {kind: 'priced', number, payer, costAt};
  };
}

function isOpen({class: of, flags}: RatedCall): boolean {
  return of === 'emergency' || of === 'always-open' || flags.includes('emergency-prefix');
}

/** As the switchboard would write it, had the call ended after so long. Without a trunk the digits decide. */
function recordOf({extension, dialled, answeredAt}: AnsweredCall, durationSeconds: number, trunk: string | undefined): CallRecord {
  return {
    feed: '',
    lines: [],
    family: '',
    sourceKey: '',
    direction: 'unknown',
    extension,
    dialled,
    caller: undefined,
    trunk,
    accountCode: undefined,
    start: answeredAt,
    durationSeconds,
    ringSeconds: undefined,
    answered: 'yes',
    doubt: undefined,
    flags: [],
  };
}
