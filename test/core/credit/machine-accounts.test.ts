// What is done about an account beside its lines: the warning, and the automatic top-up.
import {describe, expect, test} from 'vitest';
import {askAgainAfter, brakeHolds, judgeAccount, type AccountFacts, type Payer} from '../../../edge/credit/machine.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {micros} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';

const NOW = Date.UTC(2026, 8, 7) as Instant;
const MINUTE = 60_000;
const at = (ms: number): Instant => (NOW + ms) as Instant;
const rules = {floor: 0, refusedLocks: 'at-once', warnBelow: 2_000} as const;
const facts = (posted: number, change: Partial<Omit<AccountFacts, 'payer'>> & {payer?: Partial<Payer>} = {}): AccountFacts => ({
  warned: false,
  openRequest: undefined,
  refusals: 0,
  askAgainAt: undefined,
  ...change,
  payer: {
    account: 'amy' as AccountId,
    posted: micros(posted),
    automaticTopUp: undefined,
    refused: false,
    closed: false,
    ...change.payer,
  },
});
const asks = {payer: {automaticTopUp: {threshold: micros(500), target: micros(3_000)}}};

type Case = readonly [sentence: string, facts: AccountFacts, act: ReturnType<typeof judgeAccount>];

describe('without automatic top-up', () => {
  test.for<Case>([
    ['nothing at the threshold', facts(2_000), {kind: 'none'}],
    ['a warning below it', facts(1_999), {kind: 'warn'}],
    ['a warning below nothing too', facts(-50), {kind: 'warn'}],
    ['no second warning', facts(1_999, {warned: true}), {kind: 'none'}],
    ['no second warning when the money has just come back over the threshold', facts(2_000, {warned: true}), {kind: 'none'}],
    ['nothing until the money is a tenth above the threshold', facts(2_199, {warned: true}), {kind: 'none'}],
    ['there the next crossing may warn again', facts(2_200, {warned: true}), {kind: 're-arm'}],
    ['nothing for an account that is closed', facts(0, {payer: {closed: true}}), {kind: 'none'}],
  ])('%s', ([, known, act]) => {
    expect(judgeAccount(known, rules, NOW)).toEqual(act);
  });
});

describe('with automatic top-up below 500 to 3,000', () => {
  const request = (amount: number) => ({kind: 'request', amount}) as ReturnType<typeof judgeAccount>;
  test.for<Case>([
    ['nothing at the threshold', facts(500, asks), {kind: 'none'}],
    ['as much as is missing to the target, one micro below', facts(499, asks), request(2_501)],
    ['the whole target and the debt, below nothing', facts(-200, asks), request(3_200)],
    ['no warning, ever', facts(499, {...asks, openRequest: {at: NOW}}), {kind: 'none'}],
    ['no second request while one is open', facts(0, {...asks, openRequest: {at: at(-15 * MINUTE + 1)}}), {kind: 'none'}],
    ['another one when the first has lapsed', facts(0, {...asks, openRequest: {at: at(-15 * MINUTE)}}), request(3_000)],
    ['none before the wait after a refusal is over', facts(0, {...asks, refusals: 1, askAgainAt: at(1)}), {kind: 'none'}],
    ['one when the wait is over', facts(0, {...asks, refusals: 1, askAgainAt: NOW}), request(3_000)],
    ['none before the time that the cloud gave', facts(0, {...asks, askAgainAt: at(1)}), {kind: 'none'}],
    ['one at the time that the cloud gave', facts(0, {...asks, askAgainAt: NOW}), request(3_000)],
    ['one after the third refusal, when its day is over', facts(0, {...asks, refusals: 3, askAgainAt: NOW}), request(3_000)],
    ['none after the fourth: the student is warned instead', facts(1_999, {...asks, refusals: 4}), {kind: 'warn'}],
    ['and warned once', facts(0, {...asks, refusals: 4, warned: true}), {kind: 'none'}],
    ['nothing for an account that is closed', facts(0, {payer: {...asks.payer, closed: true}}), {kind: 'none'}],
  ])('%s', ([, known, act]) => {
    expect(judgeAccount(known, rules, NOW)).toEqual(act);
  });

  test('a target below the threshold is never asked for in vain: the request reaches the threshold', () => {
    const odd = {payer: {automaticTopUp: {threshold: micros(500), target: micros(300)}}};
    expect(judgeAccount(facts(400, odd), rules, NOW)).toEqual(request(100));
  });
});

test('after refusals the card is asked again in 1 h, 6 h, 24 h, and then not', () => {
  const HOUR = 60 * MINUTE;
  expect([1, 2, 3, 4, 5].map(askAgainAfter)).toEqual([HOUR, 6 * HOUR, 24 * HOUR, undefined, undefined]);
});

describe('the brake of max(5, 5 %)', () => {
  test.for([
    ['of 40 lines lets 5 pass', 5, 40, false],
    ['of 40 lines holds the sixth', 6, 40, true],
    ['of 100 lines lets 5 pass', 5, 100, false],
    ['of 119 lines lets 5 pass: 5 % are 5.95', 5, 119, false],
    ['of 119 lines holds the sixth', 6, 119, true],
    ['of 120 lines lets 6 pass', 6, 120, false],
    ['of 2,000 lines lets 100 pass', 100, 2_000, false],
    ['of 2,000 lines holds the 101st', 101, 2_000, true],
  ] as const)('%s', ([, locked, lines, holds]) => {
    expect(brakeHolds(locked, lines, {lines: 5, percent: 5, minutes: 10})).toBe(holds);
  });
});
