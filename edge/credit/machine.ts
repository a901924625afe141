// Credit control as a pure function: what the box knows of a line and its payer → the reasons to lock it, and what to do.
// In: balances, settings, overrides, the present instant. Out: a set of reasons. Never true: a staff line, lift or emergency
// telephone locked; a lock for anything but a reason of this list.
import type {AccountId} from '../../shared/journal/transfer.ts';
import {micros, type Micros} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {UNBILLABLE_LIMITS, type Policy, type UnbillableLimits} from '../../shared/wire/kinds.ts';

export type LockReason = 'floor' | 'refused' | 'staff' | 'unbillable' | 'vacant';

export type Override = {
  readonly act: 'lock' | 'unlock';
  readonly expires: Instant | undefined;
  /** An unlock covers the line until the account has fallen by this much since it was given. */
  readonly moneyLimit: Micros | undefined;
  readonly postedWhenGiven: Micros;
  /** Who paid for the line when it was given; undefined if it was vacant. An unlock is for them and nobody after them. */
  readonly payer: AccountId | undefined;
};

export type Payer = {
  readonly account: AccountId;
  /** Balance of posted transfers less what running calls have cost so far; in watch mode also less what calls would have cost. */
  readonly posted: Micros;
  readonly automaticTopUp: {readonly threshold: Micros; readonly target: Micros} | undefined;
  /** The last automatic top-up was refused, and nothing has mended that since. */
  readonly refused: boolean;
  readonly closed: boolean;
};

export type LineFacts = {
  readonly class: 'student' | 'staff' | 'lift' | 'emergency';
  readonly payer: Payer | undefined;
  readonly override: Override | undefined;
  /** Calls of the line and its payer that began within {@link WAITING_COUNTS_MS} and wait as unbillable. */
  readonly waiting: Waiting;
};

export type Waiting = {readonly calls: number; readonly seconds: number};

export type LineVerdict = {readonly reasons: readonly LockReason[]; readonly wanted: 'open' | 'locked'};

type Rules = Pick<Policy, 'floor' | 'refusedLocks' | 'warnBelow' | 'unbillable'>;

/** “A day”: a call counts from its start for so long, or until its waiting ends. */
export const WAITING_COUNTS_MS = 24 * 3_600_000;
export const NONE_WAITS: Waiting = {calls: 0, seconds: 0};

export function waitingLimits({unbillable}: Pick<Policy, 'unbillable'>): UnbillableLimits {
  return unbillable ?? UNBILLABLE_LIMITS;
}

/** Should staff look at the calls of this tenancy that have no price? Only a line that may be locked at all has one. */
export function waitsTooMuch({class: kind, payer, waiting}: LineFacts, rules: Rules): boolean {
  const {calls, minutes} = waitingLimits(rules);
  const isTenancy = kind === 'student' && payer !== undefined && !payer.closed;
  return isTenancy && (waiting.calls > calls || waiting.seconds > minutes * 60);
}

/** The reasons, sorted, and whether they close the line. */
export function judgeLine(facts: LineFacts, rules: Rules, now: Instant): LineVerdict {
  if (facts.class !== 'student') return {reasons: [], wanted: 'open'};
  const reasons = reasonsOf(facts, rules, now);
  const covered = reasons.length > 0 && unlockHolds(facts, now);
  return {reasons, wanted: reasons.length === 0 || covered ? 'open' : 'locked'};
}

function reasonsOf(facts: LineFacts, rules: Rules, now: Instant): readonly LockReason[] {
  const {payer, override} = facts;
  const reasons: LockReason[] = [];
  if (payer === undefined || payer.closed) reasons.push('vacant');
  else {
    if (payer.posted <= rules.floor) reasons.push('floor');
    // Without automatic top-up nothing is asked of the card: what it said before is no reason any more.
    if (payer.refused && payer.automaticTopUp !== undefined && rules.refusedLocks === 'at-once') reasons.push('refused');
  }
  if (waitingLimits(rules).locks && waitsTooMuch(facts, rules)) reasons.push('unbillable');
  if (override?.act === 'lock' && !expired(override, now)) reasons.push('staff');
  return reasons.toSorted();
}

function expired(override: Override, now: Instant): boolean {
  return override.expires !== undefined && override.expires <= now;
}

/** An unlock by staff stands until it expires, its money is spent or somebody else pays, whichever comes first. */
function unlockHolds({override, payer}: LineFacts, now: Instant): boolean {
  if (override?.act !== 'unlock' || expired(override, now) || override.payer !== payer?.account) return false;
  const spent = override.postedWhenGiven - (payer?.posted ?? override.postedWhenGiven);
  return override.moneyLimit === undefined || spent < override.moneyLimit;
}

export type AccountFacts = {
  readonly payer: Payer;
  readonly warned: boolean;
  readonly openRequest: {readonly at: Instant} | undefined;
  readonly refusals: number;
  readonly askAgainAt: Instant | undefined;
};

export type AccountAct =
  | {readonly kind: 'none'}
  /** Tell the student once that the money runs low. */
  | {readonly kind: 'warn'}
  /** The balance has risen well above the threshold: the next crossing warns again. */
  | {readonly kind: 're-arm'}
  /** Ask the cloud for a top-up of this amount. */
  | {readonly kind: 'request'; readonly amount: Micros};

/** A request that nobody answered lapses; the next one is another request with its own id. */
export const REQUEST_LAPSES_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;
/** After a refusal the card is asked again so much later; after one more than these, only the student can mend it. */
const ASK_AGAIN_AFTER_MS = [HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS] as const;

/** What is due for an account, beside its lines. */
export function judgeAccount(facts: AccountFacts, rules: Rules, now: Instant): AccountAct {
  const {payer, refusals, warned} = facts;
  if (payer.closed) return {kind: 'none'};
  // A card that was refused for good is no automatic top-up: its owner is warned like everybody else.
  if (payer.automaticTopUp !== undefined && refusals <= ASK_AGAIN_AFTER_MS.length) return judgeAutomatic(facts, payer.automaticTopUp, now);
  if (!warned) return payer.posted < rules.warnBelow ? {kind: 'warn'} : {kind: 'none'};
  return payer.posted >= rearmLevel(rules.warnBelow) ? {kind: 're-arm'} : {kind: 'none'};
}

function judgeAutomatic(facts: AccountFacts, settings: {threshold: Micros; target: Micros}, now: Instant): AccountAct {
  const {posted} = facts.payer;
  if (posted >= settings.threshold) return {kind: 'none'};
  if (facts.openRequest !== undefined && now < facts.openRequest.at + REQUEST_LAPSES_MS) return {kind: 'none'};
  if (facts.askAgainAt !== undefined && now < facts.askAgainAt) return {kind: 'none'};
  // One charge brings the balance to the target; a target below the threshold would ask again at once, for ever.
  return {kind: 'request', amount: micros(Math.max(settings.target, settings.threshold) - posted)};
}

/** A tenth above the threshold, so that a balance that hovers there does not warn at every call. */
function rearmLevel(threshold: number): number {
  return threshold + Math.ceil(Math.abs(threshold) / 10);
}

/** When the card may be asked again after the n-th refusal (from 1); undefined: not before the student mends it. */
export function askAgainAfter(refusals: number): number | undefined {
  return ASK_AGAIN_AFTER_MS[refusals - 1];
}

/** Do so many automatic locks of late call for a person to look first? */
export function brakeHolds(newlyLocked: number, lines: number, brake: Policy['brake']): boolean {
  return newlyLocked > Math.max(brake.lines, Math.floor((lines * brake.percent) / 100));
}
