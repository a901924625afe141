// The payment machine as a pure function: state and observation → where it goes, and what that does to money.
// In: what is stored of a payment, what its provider showed. Out: a verdict, and what to do next at the provider.
// Never true: a credit without the provider's own word in answer to our question; a no guessed from silence; a second charge.
import type {Instant} from '../../shared/time/instant.ts';
import type {PaymentStateName} from '../store/tables.ts';
import type {Capabilities, MinorAmount, Observation} from './port.ts';

export type State = PaymentStateName;

/** The question that an observation answers. */
export type Act = 'submit' | 'ask' | 'cancel' | 'reverse';

export type Seen = {
  readonly act: Act;
  readonly observation: Observation;
  /** When the question was put: what was sent after it is not in the answer. */
  readonly askedAt: Instant;
};

/** What is stored of a payment, as far as it decides. */
export type Facts = {
  readonly state: State;
  readonly origin: 'manual' | 'auto' | 'desk';
  readonly amount: MinorAmount;
  readonly createdAt: Instant;
  /** Since when it is in this state. */
  readonly since: Instant;
  /** When its key was first stored, and when it was last sent. */
  readonly keyedAt: Instant | undefined;
  readonly sentAt: Instant | undefined;
  /** A box's request is charged before this or not at all. */
  readonly lapsesAt: Instant | undefined;
  /** The provider and we disagreed about it: it is asked, and nothing is sent again. */
  readonly disagreed: boolean;
  /** Its attempt cannot be made again byte for byte. */
  readonly changed: boolean;
};

/** Reasons of our own, in the column where a provider's code stands otherwise. */
export const OWN = {
  lapsed: 'spbs:lapsed',
  notSent: 'spbs:not-sent',
  notFound: 'spbs:not-found',
  notFinished: 'spbs:not-finished',
  /** The saved method was removed before anything was sent. */
  methodGone: 'spbs:method-gone',
  authentication: 'spbs:authentication',
  canceled: 'spbs:canceled',
  otherMoney: 'spbs:other-money',
  disagreed: 'spbs:disagreed',
  reversed: 'spbs:reversed',
} as const;

/** Did a provider say no, rather than we give up? */
export function isRefusal(failure: string | null): boolean {
  return failure !== null && !failure.startsWith('spbs:');
}

export type OwnReason = (typeof OWN)[keyof typeof OWN];

export type Alarm = 'payment.disagreement' | 'payment.other-money' | 'payment.after-reversal' | 'payment.given-back';

export type Verdict = {
  /** Undefined: it stays where it is. */
  readonly to: State | undefined;
  /** The provider's code or a reason of our own. */
  readonly failure?: string;
  /** `suspense`: money was taken, and it is not what the student asked for. */
  readonly money?: 'credit' | 'suspense';
  readonly alarm?: Alarm;
  readonly why?: string;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A page that the student left: whoever comes back later starts anew. */
export const PAGE_LEFT_MS = 30 * MINUTE_MS;
/** A debit of which nobody can say anything for so long is given back, where that can be done. */
const REVERSE_AFTER_MS = 15 * MINUTE_MS;
/** Providers that could not be reached at all for so long: the student may choose another way. */
const NEVER_SENT_MS = 30 * MINUTE_MS;
/** Reversals must come within a day at most services; staff know before it is too late. */
export const REVERSAL_ALARM_MS = 20 * HOUR_MS;

const STAY: Verdict = {to: undefined};
/** Where an observation leads from each state; from others it changes nothing. */
type Row = Partial<Record<State, Verdict>>;
const TERMINAL: ReadonlySet<State> = new Set(['failed', 'canceled', 'succeeded', 'reversed']);

export function isTerminal(state: State): boolean {
  return TERMINAL.has(state);
}

/** Where a payment goes by what was seen. Total over states and observations. */
export function next(facts: Facts, seen: Seen, capabilities: Capabilities): Verdict {
  const {observation} = seen;
  const {state} = facts;
  switch (observation.kind) {
    case 'succeeded':
      return paid(facts, seen.act, observation.amount);
    case 'failed':
      return refused(state, observation.code);
    case 'canceled':
      return ended(facts);
    case 'action-required':
    case 'pending':
    case 'not-sent':
    case 'reversed':
      return by(PLAIN[observation.kind], state);
    case 'in-flight':
    case 'unknown':
      return unanswered(facts, seen, capabilities);
    case 'not-found':
      return notFound(facts, seen, capabilities);
    case 'wrong':
      return disagreed(state, observation);
  }
}

function by(row: Row, state: State): Verdict {
  return row[state] ?? STAY;
}

const CREDIT: Verdict = {to: 'succeeded', money: 'credit'};
const PAID: Row = {
  submitting: CREDIT,
  action_required: CREDIT,
  pending: CREDIT,
  unknown: CREDIT,
  // Late, and legal: the provider has the money.
  failed: CREDIT,
  canceled: CREDIT,
  reversed: {
    to: undefined,
    money: 'suspense',
    alarm: 'payment.after-reversal',
    why: 'the provider took money for a payment that was given back',
  },
};
const NO: Row = {
  submitting: {to: 'failed'},
  action_required: {to: 'failed'},
  pending: {to: 'failed'},
  unknown: {to: 'failed'},
  // There was nothing to give back.
  reversing: {to: 'failed'},
};
const PLAIN = {
  'action-required': {submitting: {to: 'action_required'}, unknown: {to: 'action_required'}, pending: {to: 'unknown'}},
  pending: {submitting: {to: 'pending'}, unknown: {to: 'pending'}, action_required: {to: 'pending'}},
  'not-sent': {submitting: {to: 'created'}},
  reversed: {
    reversing: {to: 'reversed', failure: OWN.reversed},
    submitting: {to: 'unknown'},
    action_required: {to: 'unknown'},
    pending: {to: 'unknown'},
    // Somebody else gave it back: our own reversal is answered "already", and that is the proof.
    unknown: {to: 'reversing'},
    succeeded: {to: undefined, alarm: 'payment.given-back', why: 'the provider gave back a payment that was credited'},
  },
} as const satisfies Record<string, Row>;

function sameMoney(a: MinorAmount, b: MinorAmount): boolean {
  return a.minor === b.minor && a.currency.toUpperCase() === b.currency.toUpperCase();
}

function paid({state, amount}: Facts, act: Act, taken: MinorAmount): Verdict {
  if (!sameMoney(taken, amount)) return otherMoney(state, 'another amount than was asked');
  // A question meets the debit that is being given back; only the reversal's own answer can say that it stays.
  if (state === 'reversing') return act === 'reverse' ? CREDIT : STAY;
  return by(PAID, state);
}

function refused(state: State, failure: string): Verdict {
  const verdict = by(NO, state);
  return verdict.to === undefined ? STAY : {...verdict, failure};
}

/** Where money was taken that is not what was asked, it is kept for staff to place, and the student is told that it went wrong. */
function otherMoney(state: State, why: string): Verdict {
  if (state === 'created' || state === 'succeeded') return {to: undefined, alarm: 'payment.disagreement', why};
  const kept = {money: 'suspense', alarm: 'payment.other-money', why} as const;
  return TERMINAL.has(state) ? {to: undefined, ...kept} : {to: 'failed', failure: OWN.otherMoney, ...kept};
}

function ended({state, origin}: Facts): Verdict {
  const failure = origin === 'auto' ? OWN.authentication : OWN.notFinished;
  const row: Row = {
    action_required: {to: 'canceled', failure},
    unknown: {to: 'canceled', failure},
    pending: {to: 'failed', failure: OWN.canceled},
    reversing: {to: 'failed', failure: OWN.canceled},
    // It is asked once more from there: what was just sent is not canceled.
    submitting: {to: 'unknown'},
  };
  return by(row, state);
}

function unanswered({state, since}: Facts, {askedAt}: Seen, {reversible}: Capabilities): Verdict {
  if (state === 'submitting') return {to: 'unknown'};
  return state === 'unknown' && reversible && askedAt - since >= REVERSE_AFTER_MS ? {to: 'reversing'} : STAY;
}

/** It gave us a reference, and has forgotten it. */
const FORGOTTEN: Row = {submitting: {to: 'unknown'}, action_required: {to: 'unknown'}, pending: {to: 'unknown'}};

/** The provider answers and knows nothing of it: proof only when nothing of ours can still be on its way there. */
function notFound(facts: Facts, seen: Seen, capabilities: Capabilities): Verdict {
  const {state, sentAt} = facts;
  const isProof = sentAt === undefined || seen.askedAt - sentAt >= capabilities.horizonMs;
  if (state === 'reversing') return isProof && seen.act === 'reverse' ? {to: 'reversed', failure: OWN.reversed} : STAY;
  if (state !== 'unknown') return by(FORGOTTEN, state);
  if (!isProof) return unanswered(facts, seen, capabilities);
  // A fence: a debit that was held up somewhere cannot be carried out after it.
  if (capabilities.reversible) return {to: 'reversing'};
  return maySendAgain(facts, capabilities, seen.askedAt) ? STAY : {to: 'failed', failure: OWN.notFound};
}

function disagreed(state: State, {why, taken}: Extract<Observation, {kind: 'wrong'}>): Verdict {
  if (taken !== undefined) return otherMoney(state, why);
  const alarm = {alarm: 'payment.disagreement', why} as const;
  return state === 'submitting' ? {to: 'unknown', failure: OWN.disagreed, ...alarm} : {to: undefined, ...alarm};
}

/** May the same key go out again? Not when the provider may have forgotten it, nor for a request that nobody waits for any more. */
export function maySendAgain(facts: Facts, {resendForMs}: Capabilities, now: Instant): boolean {
  const {keyedAt, lapsesAt, disagreed: apart, changed} = facts;
  if (resendForMs === undefined || keyedAt === undefined || apart || changed) return false;
  return now - keyedAt < Math.min(resendForMs, KEYS_LIVE_MS) && (lapsesAt === undefined || now < lapsesAt);
}

/** Whatever an adapter promises: providers may forget keys after a day, and an hour is left for the clocks and the way. */
const KEYS_LIVE_MS = 23 * HOUR_MS;

// ---- what to do next

export type Plan =
  | {readonly kind: Act}
  /** Never sent: ended without asking anybody. */
  | {readonly kind: 'drop'; readonly why: OwnReason}
  /** Somebody who is no more was sending it. */
  | {readonly kind: 'lease'};

/** What a look at a payment does. For one that is over, a question: money may come late. */
export function planOf(facts: Facts, now: Instant): Plan {
  const {state, since} = facts;
  if (state === 'created') return planToSend(facts, now);
  if (state === 'submitting') return {kind: 'lease'};
  if (state === 'reversing') return {kind: 'reverse'};
  return {kind: state === 'action_required' && now - since >= PAGE_LEFT_MS ? 'cancel' : 'ask'};
}

function planToSend({createdAt, lapsesAt}: Facts, now: Instant): Plan {
  if (lapsesAt !== undefined && now >= lapsesAt) return {kind: 'drop', why: OWN.lapsed};
  return now - createdAt >= NEVER_SENT_MS ? {kind: 'drop', why: OWN.notSent} : {kind: 'submit'};
}

/** Waits before the first, second … look in a state; the last one goes on for ever. */
const LOOKS: Readonly<Record<State, readonly number[]>> = {
  // Not sent, by proof: soon again, and not as a storm.
  created: [2_000, 10_000, 30_000, MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS],
  // Longer than any adapter may take.
  submitting: [2 * MINUTE_MS],
  // A paid page whose webhook and return were lost; at half an hour it is ended.
  action_required: [MINUTE_MS, 2 * MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS],
  pending: [5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, DAY_MS],
  unknown: [10_000, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS],
  reversing: [10_000, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS],
  succeeded: [],
  failed: [],
  canceled: [],
  reversed: [],
};

/** How long to wait before the next look, after so many in this state; undefined: there is none. */
export function lookAfter(state: State, looks: number): number | undefined {
  const waits = LOOKS[state];
  return waits[Math.min(looks, waits.length - 1)];
}
