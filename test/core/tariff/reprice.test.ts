// What calls in the books would cost by another tariff: worked out by hand from the rule, and the same as the box's own pricing.
import {describe, expect, test} from 'vitest';
import {repriceCall, type Repriced, type RepriceRules, type StoredCall} from '../../../cloud/tariff/reprice.ts';
import {freeWorking} from '../../../shared/tariff/working.ts';
import {callOf, compiled, money, tariffOf, WEDNESDAY_NOON, workingOf} from './tariffs.ts';

/** A penny a second. */
const PENNY = compiled(tariffOf());
/** Two pence a begun minute, London only; whole countries; a code; reverse-charge calls at 5p and calls inside at a penny a minute. */
const OTHER = compiled(
  tariffOf(
    {},
    {
      name: 'Another',
      rates: [
        {name: 'minutes', initialSeconds: 60, nextSeconds: 60, perMinute: '0.02'},
        {name: 'inside', initialSeconds: 60, nextSeconds: 60, perMinute: '0.01'},
        {name: 'accepted', initialSeconds: 60, nextSeconds: 60, perMinute: '0.05', graceSeconds: 5},
      ],
      destinations: [
        {name: 'London', rate: 'minutes', prefixes: ['4420']},
        {name: 'France', rate: 'minutes', prefixes: ['33'], catchAll: true},
        {name: 'Voicemail', rate: 'inside', prefixes: ['1571'], exact: true},
      ],
      classes: {internal: 'inside', reverseCharge: 'accepted'},
    },
  ),
);
const RULES: RepriceRules = {currency: 'GBP', acceptsCatchAll: false, home: '44', dearest: money('50')};

function stored(seconds: number, change: Partial<StoredCall> = {}): StoredCall {
  const working = workingOf(PENNY, callOf(seconds));
  return {class: 'outgoing', number: '+442079460000', startedAt: WEDNESDAY_NOON, working, flags: [], ...change};
}
const free = (seconds: number) => freeWorking('internal', {durationSeconds: seconds, answerAllowanceSeconds: 0});

/** The gross price in micros, or the word. */
function said(found: Repriced): number | string {
  return found.kind === 'priced' ? found.working.gross : found.kind === 'unpriced' ? found.reason : found.kind;
}
const by = (tariff: typeof OTHER, call: StoredCall, rules: Partial<RepriceRules> = {}) =>
  said(repriceCall(call, tariff, {...RULES, ...rules}));

describe('a call that went out', () => {
  test('costs what the other tariff asks for its seconds', () => {
    // 61 s at a penny a second were 61p; two begun minutes of 2p are 4p.
    expect(stored(61).working?.gross).toBe(610_000);
    expect(by(OTHER, stored(61))).toBe(40_000);
  });

  test('by the tariff that priced it costs what it cost, with the same working', () => {
    const call = stored(61);
    expect(repriceCall(call, PENNY, RULES)).toEqual({kind: 'priced', working: call.working});
  });

  test('keeps what was taken off for ringing', () => {
    const call = stored(40, {working: workingOf(PENNY, callOf(40, {answerAllowanceSeconds: 20}))});
    // 60 s on the line, 20 for ringing: 40 s are one minute of 2p.
    const found = repriceCall(call, OTHER, RULES);
    expect(found).toMatchObject({kind: 'priced', working: {gross: 20_000, durationSeconds: 40, answerAllowanceSeconds: 20}});
  });

  test('keeps what a free allowance took over of it', () => {
    const half = {
      allowance: 'a',
      name: 'An hour free',
      unit: 'seconds',
      amount: 3_600,
      period: 'month',
      periodStart: WEDNESDAY_NOON,
    } as const;
    const allowances = () => [{...half, left: 30, endsAt: Infinity}];
    const working = workingOf(PENNY, callOf(90, {allowances}));
    // 90 s at a penny less 30 s.
    expect(working.gross).toBe(600_000);
    const call = stored(90, {working});
    expect(repriceCall(call, PENNY, RULES)).toEqual({kind: 'priced', working});
    // Covered whole, with some left of the period: the same to the last field.
    const whole = stored(20, {working: workingOf(PENNY, callOf(20, {allowances: () => [{...half, left: 100, endsAt: Infinity}]}))});
    expect(whole.working).toMatchObject({gross: 0, allowances: [{used: 20, left: 80}]});
    expect(repriceCall(whole, PENNY, RULES)).toEqual({kind: 'priced', working: whole.working});
    // Two minutes of 2p, of which 30 s are free: 90 s at 2p a minute are 3p.
    const found = repriceCall(call, OTHER, RULES);
    expect(found).toMatchObject({kind: 'priced', working: {gross: 30_000, allowances: [{allowance: 'a', used: 30}]}});
  });

  test.for([
    ['its number was erased', {number: undefined}, {}, 'number-erased'],
    ['nothing matches it', {number: '+441612345678'}, {}, 'no-destination'],
    ['only a whole country matches', {number: '+33144000000'}, {}, 'range-unconfirmed'],
    ['it would be dearer than the site lets any call be', {}, {dearest: 39_999}, 'price-implausible'],
    ['the tariff is in another currency', {}, {currency: 'EUR'}, 'no-tariff'],
    ['a person set its price', {working: undefined}, {}, 'by-hand'],
  ] as const)('has no price where %s', ([, change, rules, reason]) => {
    expect(by(OTHER, stored(61, change), rules)).toBe(reason);
  });

  test('is billed by a whole country where the site accepts that', () => {
    expect(by(OTHER, stored(61, {number: '+33144000000'}), {acceptsCatchAll: true})).toBe(40_000);
  });

  test('to a short code is matched whole', () => {
    expect(by(OTHER, stored(61, {number: '1571'}))).toBe(20_000);
    expect(by(OTHER, stored(61, {number: '15'}))).toBe('no-destination');
  });
});

describe('a call that its class prices', () => {
  test('inside costs what the tariff says, and nothing where it says nothing', () => {
    const call = stored(0, {class: 'internal', number: '102', working: free(61)});
    expect(by(OTHER, call)).toBe(20_000);
    expect(by(PENNY, call)).toBe(0);
  });

  test('needs no number', () => {
    expect(by(OTHER, stored(0, {class: 'reverse-charge', number: undefined, working: free(61)}))).toBe(100_000);
  });

  test('of reverse charge is never free: not without a rate, and not because it was short', () => {
    expect(by(PENNY, stored(61, {class: 'reverse-charge'}))).toBe('no-destination');
    expect(by(OTHER, stored(5, {class: 'reverse-charge'}))).toBe('duration-implausible');
  });
});

test.for([
  ['an emergency call', {class: 'emergency', number: '999'}],
  ['a call to a number that is always open', {class: 'always-open', number: '5555'}],
  ['a call that was not answered', {flags: ['unanswered'], working: free(0)}],
] as const)('%s is priced by no tariff', ([, change]) => {
  expect(by(OTHER, stored(61, change))).toBe('unchanged-free');
});
