// The machine by its table, and that no verdict ever leaves the edges of the database.
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  lookAfter,
  maySendAgain,
  next,
  OWN,
  planOf,
  type Act,
  type Facts,
  type State,
  type Verdict,
} from '../../../cloud/payment/machine.ts';
import type {Capabilities, Observation} from '../../../cloud/payment/port.ts';
import {MIGRATIONS} from '../../../cloud/store/schema.ts';
import {instant} from '../../../shared/time/instant.ts';
import BetterSqlite from 'better-sqlite3';
import {CARD, CASHLESS} from './rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const money = {minor: 1000, currency: 'GBP'};
const states = [
  'created',
  'submitting',
  'action_required',
  'pending',
  'unknown',
  'succeeded',
  'failed',
  'canceled',
  'reversing',
  'reversed',
] as const;

const facts = (state: State, more: Partial<Facts> = {}): Facts => ({
  state,
  origin: 'manual',
  amount: money,
  createdAt: instant(0),
  since: instant(0),
  keyedAt: instant(0),
  sentAt: instant(0),
  lapsesAt: undefined,
  disagreed: false,
  changed: false,
  ...more,
});
const seeing = (observation: Observation, act: Act = 'ask', at = MINUTE) => ({act, observation, askedAt: instant(at)});

const observations = {
  succeeded: {kind: 'succeeded', amount: money, reference: 'r'},
  failed: {kind: 'failed', code: 'insufficient_funds'},
  action: {kind: 'action-required', reference: 'r', url: 'https://x.test', expires: undefined},
  pending: {kind: 'pending', reference: 'r'},
  canceled: {kind: 'canceled', reference: 'r'},
  notSent: {kind: 'not-sent', why: 'refused'},
  inFlight: {kind: 'in-flight'},
  notFound: {kind: 'not-found'},
  unknown: {kind: 'unknown', why: 'time'},
  reversed: {kind: 'reversed', reference: 'b'},
  wrong: {kind: 'wrong', why: 'key'},
} as const satisfies Record<string, Observation>;
type Name = keyof typeof observations;

/** Worked out from the tables of states and observations; a state that is not named stays. Asked a minute after it was sent. */
const table: Readonly<Record<Name, Partial<Record<State, State>>>> = {
  succeeded: {
    submitting: 'succeeded',
    action_required: 'succeeded',
    pending: 'succeeded',
    unknown: 'succeeded',
    failed: 'succeeded',
    canceled: 'succeeded',
  },
  failed: {submitting: 'failed', action_required: 'failed', pending: 'failed', unknown: 'failed', reversing: 'failed'},
  action: {submitting: 'action_required', unknown: 'action_required', pending: 'unknown'},
  pending: {submitting: 'pending', unknown: 'pending', action_required: 'pending'},
  canceled: {submitting: 'unknown', action_required: 'canceled', unknown: 'canceled', pending: 'failed', reversing: 'failed'},
  notSent: {submitting: 'created'},
  inFlight: {submitting: 'unknown'},
  notFound: {submitting: 'unknown', action_required: 'unknown', pending: 'unknown'},
  unknown: {submitting: 'unknown'},
  reversed: {submitting: 'unknown', action_required: 'unknown', pending: 'unknown', unknown: 'reversing', reversing: 'reversed'},
  wrong: {submitting: 'unknown'},
};

describe('where an observation leads', () => {
  const rows = (Object.keys(observations) as Name[]).flatMap((name) => states.map((state) => ({name, state, to: table[name][state]})));
  test.for(rows)('$state, seen $name → $to', ({name, state, to}) => {
    expect(next(facts(state), seeing(observations[name]), CARD).to).toBe(to);
  });

  test('only a success moves money, and only out of doubt', () => {
    const credits = rows.filter(({name, state}) => next(facts(state), seeing(observations[name]), CARD).money === 'credit');
    expect(new Set(credits.map(({name}) => name))).toEqual(new Set(['succeeded']));
    expect(credits.map(({state}) => state)).toEqual(['submitting', 'action_required', 'pending', 'unknown', 'failed', 'canceled']);
  });

  test('no verdict takes an edge that the database does not have, whatever is seen, asked and known', () => {
    const database = new BetterSqlite(':memory:');
    for (const migration of MIGRATIONS) database.exec(migration);
    const edges = new Set(database.prepare('SELECT from_state || to_state FROM payment_edge').pluck().all() as string[]);
    database.close();
    const time = fc.integer({min: 0, max: 48 * HOUR}).map(instant);
    const anything = fc.record({
      state: fc.constantFrom(...states),
      name: fc.constantFrom(...(Object.keys(observations) as Name[])),
      act: fc.constantFrom<Act>('submit', 'ask', 'cancel', 'reverse'),
      origin: fc.constantFrom<Facts['origin']>('manual', 'auto'),
      amount: fc.constantFrom(money, {minor: 999, currency: 'GBP'}),
      sentAt: fc.option(time, {nil: undefined}),
      keyedAt: fc.option(time, {nil: undefined}),
      lapsesAt: fc.option(time, {nil: undefined}),
      since: time,
      askedAt: time,
      disagreed: fc.boolean(),
      changed: fc.boolean(),
      capabilities: fc.constantFrom<Capabilities>(CARD, CASHLESS),
    });
    expect(edges.size).toBe(27);
    fc.assert(
      fc.property(anything, ({state, name, act, askedAt, capabilities, ...more}) => {
        const verdict: Verdict = next(facts(state, more), {act, observation: observations[name], askedAt}, capabilities);
        const isEdge = verdict.to === undefined || edges.has(`${state}${verdict.to}`);
        const isCredit = verdict.money === 'credit';
        const isProved = name === 'succeeded' && more.amount.minor === 1000;
        return isEdge && isCredit === (verdict.to === 'succeeded') && (!isCredit || isProved);
      }),
    );
  });
});

describe('money that differs from what was asked', () => {
  const other = {kind: 'succeeded', amount: {minor: 900, currency: 'GBP'}, reference: 'r'} as const;
  test.for(['submitting', 'action_required', 'pending', 'unknown', 'reversing'] as const)(
    '%s fails, with the money in suspense',
    (state) => {
      expect(next(facts(state), seeing(other), CARD)).toMatchObject({
        to: 'failed',
        failure: OWN.otherMoney,
        money: 'suspense',
        alarm: 'payment.other-money',
      });
    },
  );
  test('another currency is other money', () => {
    const dollars = {...other, amount: {minor: 1000, currency: 'USD'}};
    expect(next(facts('unknown'), seeing(dollars), CARD)).toMatchObject({to: 'failed', money: 'suspense'});
  });
  test('the case of a currency is no difference', () => {
    expect(next(facts('unknown'), seeing({...other, amount: {minor: 1000, currency: 'gbp'}}), CARD).to).toBe('succeeded');
  });
  test('an adapter that tells what was taken is heard in the same way', () => {
    const wrong = {kind: 'wrong', why: 'is over 900', taken: {minor: 900, currency: 'GBP'}} as const;
    expect(next(facts('submitting'), seeing(wrong, 'submit'), CARD)).toMatchObject({to: 'failed', money: 'suspense'});
  });
  test('money of a payment that was given back lies in suspense', () => {
    expect(next(facts('reversed'), seeing(observations.succeeded), CASHLESS)).toMatchObject({
      to: undefined,
      money: 'suspense',
      alarm: 'payment.after-reversal',
    });
  });
});

describe('not found', () => {
  test('is no proof before the horizon', () => {
    expect(next(facts('unknown'), seeing(observations.notFound, 'ask', CARD.horizonMs - 1), CARD).to).toBeUndefined();
  });
  test('of a card is a no once the key may not be sent again', () => {
    expect(next(facts('unknown'), seeing(observations.notFound, 'ask', 22 * HOUR), CARD).to).toBeUndefined();
    expect(next(facts('unknown'), seeing(observations.notFound, 'ask', 23 * HOUR), CARD)).toEqual({to: 'failed', failure: OWN.notFound});
  });
  test('where debits can be given back a fence goes up after the horizon, not before', () => {
    expect(next(facts('unknown'), seeing(observations.notFound, 'ask', 5 * MINUTE - 1), CASHLESS).to).toBeUndefined();
    expect(next(facts('unknown'), seeing(observations.notFound, 'ask', 5 * MINUTE), CASHLESS).to).toBe('reversing');
  });
  test('a resend in between begins the horizon anew', () => {
    const sent = facts('unknown', {sentAt: instant(10 * MINUTE)});
    expect(next(sent, seeing(observations.notFound, 'ask', 14 * MINUTE), CASHLESS).to).toBeUndefined();
  });
  test('in answer to a reversal it is the end of it, past the horizon', () => {
    expect(next(facts('reversing'), seeing(observations.notFound, 'reverse', 5 * MINUTE), CASHLESS).to).toBe('reversed');
    expect(next(facts('reversing'), seeing(observations.notFound, 'ask', 5 * MINUTE), CASHLESS).to).toBeUndefined();
  });
});

describe('a debit of which nobody knows', () => {
  test('is given back after 15 minutes, where it can be', () => {
    const at = (ms: number, capabilities: Capabilities) => next(facts('unknown'), seeing(observations.unknown, 'ask', ms), capabilities).to;
    expect([at(15 * MINUTE - 1, CASHLESS), at(15 * MINUTE, CASHLESS), at(24 * HOUR, CARD)]).toEqual([undefined, 'reversing', undefined]);
  });
  test('and that is found to be there while it is given back is not credited on the way', () => {
    expect(next(facts('reversing'), seeing(observations.succeeded, 'ask'), CASHLESS)).toEqual({to: undefined});
    expect(next(facts('reversing'), seeing(observations.succeeded, 'reverse'), CASHLESS)).toMatchObject({to: 'succeeded', money: 'credit'});
  });
});

describe('the same key again', () => {
  const may = (more: Partial<Facts>, at: number, capabilities = CARD) => maySendAgain(facts('unknown', more), capabilities, instant(at));
  test('goes out until 23 hours after it was made, whatever the adapter promises', () => {
    expect([may({}, 23 * HOUR - 1), may({}, 23 * HOUR), may({}, 23 * HOUR, {...CARD, resendForMs: 90 * HOUR})]).toEqual([
      true,
      false,
      false,
    ]);
  });
  test('does not go out for a request that lapsed, after a disagreement, or with another body', () => {
    expect(may({lapsesAt: instant(MINUTE)}, MINUTE)).toBe(false);
    expect(may({disagreed: true}, 1)).toBe(false);
    expect(may({changed: true}, 1)).toBe(false);
  });
  test('does not go out where keys are not known', () => {
    expect(may({}, 1, CASHLESS)).toBe(false);
  });
});

describe('what is due', () => {
  test('a request that lapsed unsent is dropped, and so is what could not be sent for half an hour', () => {
    expect(planOf(facts('created', {lapsesAt: instant(5)}), instant(5))).toEqual({kind: 'drop', why: OWN.lapsed});
    expect(planOf(facts('created'), instant(30 * MINUTE))).toEqual({kind: 'drop', why: OWN.notSent});
    expect(planOf(facts('created'), instant(30 * MINUTE - 1))).toEqual({kind: 'submit'});
  });
  test('a page that was left for half an hour is ended', () => {
    expect(planOf(facts('action_required'), instant(30 * MINUTE - 1))).toEqual({kind: 'ask'});
    expect(planOf(facts('action_required'), instant(30 * MINUTE))).toEqual({kind: 'cancel'});
  });
  test('a payment in nobody’s hand is never sent again from there', () => {
    expect(planOf(facts('submitting'), instant(0))).toEqual({kind: 'lease'});
  });
  test('unknown is asked after 10 s, 1 min, 5 min, 15 min, 1 h, 6 h, and then daily', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 70].map((looks) => lookAfter('unknown', looks))).toEqual([
      10_000,
      MINUTE,
      5 * MINUTE,
      15 * MINUTE,
      HOUR,
      6 * HOUR,
      24 * HOUR,
      24 * HOUR,
      24 * HOUR,
    ]);
  });
  test('what is over is not looked at', () => {
    expect(['succeeded', 'failed', 'canceled', 'reversed'].map((state) => lookAfter(state as State, 0))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
