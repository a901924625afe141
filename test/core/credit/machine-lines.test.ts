// Which reasons lock a line: written out by hand from the rules of credit control.
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  judgeLine,
  NONE_WAITS,
  waitsTooMuch,
  type LineFacts,
  type Override,
  type Payer,
  type Waiting,
} from '../../../edge/credit/machine.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {micros} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';

const NOW = 1_000_000 as Instant;
const amy = 'amy' as AccountId;
const ben = 'ben' as AccountId;
const payer = (posted: number, change: Partial<Payer> = {}): Payer => ({
  account: amy,
  posted: micros(posted),
  automaticTopUp: undefined,
  refused: false,
  closed: false,
  ...change,
});
const automatic = {automaticTopUp: {threshold: micros(500), target: micros(1_000)}};
const staff = (change: Partial<Override>): Override => ({
  act: 'unlock',
  expires: undefined,
  moneyLimit: undefined,
  postedWhenGiven: micros(0),
  payer: amy,
  ...change,
});
const before = (NOW - 1) as Instant;
const after = (NOW + 1) as Instant;

type Case = readonly [sentence: string, facts: Partial<LineFacts>, wanted: 'open' | 'locked', reasons: readonly string[], floor?: number];

const atOnce: readonly Case[] = [
  // Money alone. The floor itself is too little.
  ['money above the floor', {payer: payer(1)}, 'open', []],
  ['money at the floor', {payer: payer(0)}, 'locked', ['floor']],
  ['money below the floor', {payer: payer(-1)}, 'locked', ['floor']],
  ['a micro above an offline credit of 300', {payer: payer(-299)}, 'open', [], -300],
  ['at the end of an offline credit of 300', {payer: payer(-300)}, 'locked', ['floor'], -300],
  ['past an offline credit of 300', {payer: payer(-301)}, 'locked', ['floor'], -300],
  // A refused card.
  ['a refused card and money', {payer: payer(400, {...automatic, refused: true})}, 'locked', ['refused']],
  ['a refused card and no money', {payer: payer(0, {...automatic, refused: true})}, 'locked', ['floor', 'refused']],
  ['a card that was refused, and no automatic top-up any more', {payer: payer(400, {refused: true})}, 'open', []],
  ['an automatic top-up that was not refused', {payer: payer(400, automatic)}, 'open', []],
  // Nobody pays.
  ['no tenant', {payer: undefined}, 'locked', ['vacant']],
  ['a tenant whose account is closed, with money', {payer: payer(900, {closed: true})}, 'locked', ['vacant']],
  ['a closed account without money', {payer: payer(-5, {closed: true, refused: true, ...automatic})}, 'locked', ['vacant']],
  // Locked by staff.
  ['a lock by staff, and money', {payer: payer(900), override: staff({act: 'lock'})}, 'locked', ['staff']],
  ['a lock by staff, and no money', {payer: payer(0), override: staff({act: 'lock'})}, 'locked', ['floor', 'staff']],
  ['a lock by staff on a vacant line', {override: staff({act: 'lock'})}, 'locked', ['staff', 'vacant']],
  ['a lock by staff that ends later', {payer: payer(900), override: staff({act: 'lock', expires: after})}, 'locked', ['staff']],
  ['a lock by staff that ends now', {payer: payer(900), override: staff({act: 'lock', expires: NOW})}, 'open', []],
  ['a lock by staff that ended', {payer: payer(900), override: staff({act: 'lock', expires: before})}, 'open', []],
  ['a lock by staff given to the one before', {payer: payer(900), override: staff({act: 'lock', payer: ben})}, 'locked', ['staff']],
  // Opened by staff: an end and a money limit, whichever comes first.
  ['an unlock by staff, and money', {payer: payer(900), override: staff({})}, 'open', []],
  ['an unlock by staff, and no money', {payer: payer(0), override: staff({})}, 'open', ['floor']],
  ['an unlock that ends later', {payer: payer(0), override: staff({expires: after})}, 'open', ['floor']],
  ['an unlock that ends now', {payer: payer(0), override: staff({expires: NOW})}, 'locked', ['floor']],
  ['an unlock of 50, of which 49 are spent', {payer: payer(-49), override: staff({moneyLimit: micros(50)})}, 'open', ['floor']],
  ['an unlock of 50, of which 50 are spent', {payer: payer(-50), override: staff({moneyLimit: micros(50)})}, 'locked', ['floor']],
  [
    'an unlock of 50 given at -20, now at -69',
    {payer: payer(-69), override: staff({moneyLimit: micros(50), postedWhenGiven: micros(-20)})},
    'open',
    ['floor'],
  ],
  [
    'an unlock of 50 given at -20, now at -70',
    {payer: payer(-70), override: staff({moneyLimit: micros(50), postedWhenGiven: micros(-20)})},
    'locked',
    ['floor'],
  ],
  [
    'an unlock with money left that ended',
    {payer: payer(-1), override: staff({moneyLimit: micros(50), expires: NOW})},
    'locked',
    ['floor'],
  ],
  [
    'an unlock without money left that ends later',
    {payer: payer(-50), override: staff({moneyLimit: micros(50), expires: after})},
    'locked',
    ['floor'],
  ],
  [
    'an unlock after a refused card',
    {payer: payer(100, {...automatic, refused: true}), override: staff({expires: after})},
    'open',
    ['refused'],
  ],
  ['an unlock of a vacant line', {override: staff({expires: after, payer: undefined})}, 'open', ['vacant']],
  ['an unlock that a tenant got who has left', {override: staff({expires: after, payer: amy})}, 'locked', ['vacant']],
  ['an unlock that somebody else got, who has left', {payer: payer(0), override: staff({expires: after, payer: ben})}, 'locked', ['floor']],
  ['an unlock of the vacant line, and now there is a tenant', {payer: payer(0), override: staff({payer: undefined})}, 'locked', ['floor']],
];

const atFloor: readonly Case[] = [
  ['a refused card and money', {payer: payer(1, {...automatic, refused: true})}, 'open', []],
  ['a refused card and no money', {payer: payer(0, {...automatic, refused: true})}, 'locked', ['floor']],
];

const judge = (facts: Partial<LineFacts>, refusedLocks: 'at-once' | 'at-floor', floor = 0): ReturnType<typeof judgeLine> =>
  judgeLine(factsOf(facts), {floor, refusedLocks, warnBelow: 0}, NOW);
const factsOf = (facts: Partial<LineFacts>): LineFacts => ({
  class: 'student',
  payer: undefined,
  override: undefined,
  waiting: NONE_WAITS,
  ...facts,
});

describe('a line, where a refused card locks at once', () => {
  test.for(atOnce)('%s', ([, facts, wanted, reasons, floor]) => {
    expect(judge(facts, 'at-once', floor)).toEqual({wanted, reasons});
  });
});

describe('a line, where a refused card locks only at the floor', () => {
  test.for(atFloor)('%s', ([, facts, wanted, reasons, floor]) => {
    expect(judge(facts, 'at-floor', floor)).toEqual({wanted, reasons});
  });
});

/** 5 calls or 30 minutes a day. */
const waits = (calls: number, seconds: number): Waiting => ({calls, seconds});
const waitings: readonly (readonly [sentence: string, facts: Partial<LineFacts>, tooMuch: boolean, reasons: readonly string[]])[] = [
  ['nothing waits', {payer: payer(1)}, false, []],
  ['5 calls of 30 minutes together', {payer: payer(1), waiting: waits(5, 1_800)}, false, []],
  ['6 calls of a second', {payer: payer(1), waiting: waits(6, 6)}, true, ['unbillable']],
  ['a call of 30 minutes and a second', {payer: payer(1), waiting: waits(1, 1_801)}, true, ['unbillable']],
  ['6 calls, and no money', {payer: payer(0), waiting: waits(6, 6)}, true, ['floor', 'unbillable']],
  ['6 calls, and a lock by staff', {payer: payer(1), waiting: waits(6, 6), override: staff({act: 'lock'})}, true, ['staff', 'unbillable']],
  ['6 calls of a vacant line', {waiting: waits(6, 6)}, false, ['vacant']],
  ['6 calls of a closed account', {payer: payer(1, {closed: true}), waiting: waits(6, 6)}, false, ['vacant']],
];

describe('a line of which calls wait as unbillable', () => {
  const limits = {minutes: 30, calls: 5};
  const rules = {floor: 0, refusedLocks: 'at-once', warnBelow: 0} as const;

  test.for(waitings)('%s: staff are told %s; it is locked where the site says so', ([, facts, tooMuch, reasons]) => {
    const line = factsOf(facts);
    const locking = {...rules, unbillable: {...limits, locks: true}};
    expect(waitsTooMuch(line, locking)).toBe(tooMuch);
    expect(judgeLine(line, locking, NOW)).toEqual({wanted: reasons.length === 0 ? 'open' : 'locked', reasons});
    // Told all the same, and no reason to lock: where the site does not lock, and where its rules say nothing of it.
    for (const telling of [{...rules, unbillable: {...limits, locks: false}}, rules]) {
      expect(waitsTooMuch(line, telling)).toBe(tooMuch);
      expect(judgeLine(line, telling, NOW).reasons).toEqual(reasons.filter((reason) => reason !== 'unbillable'));
    }
  });

  test('is opened by staff all the same', () => {
    const line = factsOf({payer: payer(1), waiting: waits(6, 6), override: staff({expires: after})});
    expect(judgeLine(line, {...rules, unbillable: {...limits, locks: true}}, NOW)).toEqual({wanted: 'open', reasons: ['unbillable']});
  });

  test('has limits of its own site', () => {
    const ofSite = {...rules, unbillable: {minutes: 1, calls: 2, locks: false}};
    const told = [waits(2, 60), waits(3, 3), waits(1, 61)].map((waiting) => waitsTooMuch(factsOf({payer: payer(1), waiting}), ofSite));
    expect(told).toEqual([false, true, true]);
  });
});

test.for(['staff', 'lift', 'emergency'] as const)('a line of class %s is never locked, whatever is known of it', (kind) => {
  const all = [...atOnce, ...atFloor, ...waitings];
  for (const [, facts] of all) expect(judge({...facts, class: kind}, 'at-once')).toEqual({wanted: 'open', reasons: []});
  const locking = {floor: 0, refusedLocks: 'at-once', warnBelow: 0, unbillable: {minutes: 1, calls: 1, locks: true}} as const;
  const line = factsOf({class: kind, payer: payer(1), waiting: waits(9, 9_999)});
  expect([judgeLine(line, locking, NOW).reasons, waitsTooMuch(line, locking)]).toEqual([[], false]);
});

test('whatever is known, reasons come sorted and once; without one a line is open, with one only an unlock opens it', () => {
  const amounts = fc.integer({min: -100, max: 100}).map(micros);
  const someone = fc.constantFrom(amy, ben);
  const times = fc.option(fc.constantFrom(before, NOW, after), {nil: undefined});
  const anyFacts = fc.record({
    class: fc.constantFrom('student', 'staff', 'lift', 'emergency'),
    payer: fc.option(
      fc.record({
        account: someone,
        posted: amounts,
        automaticTopUp: fc.option(fc.record({threshold: amounts, target: amounts}), {nil: undefined}),
        refused: fc.boolean(),
        closed: fc.boolean(),
      }),
      {nil: undefined},
    ),
    override: fc.option(
      fc.record({
        act: fc.constantFrom('lock', 'unlock'),
        expires: times,
        moneyLimit: fc.option(amounts, {nil: undefined}),
        postedWhenGiven: amounts,
        payer: fc.option(someone, {nil: undefined}),
      }),
      {nil: undefined},
    ),
    waiting: fc.record({calls: fc.integer({min: 0, max: 8}), seconds: fc.integer({min: 0, max: 2_000})}),
  }) satisfies fc.Arbitrary<LineFacts>;
  fc.assert(
    fc.property(anyFacts, fc.constantFrom('at-once', 'at-floor'), fc.integer({min: -50, max: 0}), (facts, refusedLocks, floor) => {
      const unbillable = {minutes: 30, calls: 5, locks: floor < -25};
      const {wanted, reasons} = judgeLine(facts, {floor, refusedLocks, warnBelow: 0, unbillable}, NOW);
      expect(reasons).toEqual([...new Set(reasons)].toSorted());
      const unlocked = facts.override?.act === 'unlock';
      expect(wanted === 'open' ? reasons.length === 0 || unlocked : reasons.length > 0).toBe(true);
    }),
  );
});
