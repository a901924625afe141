import {array, assert, constantFrom, integer, nat, property, record} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {costOf, judgeRunning, type CostlyCall, type RunningMoney} from '../../../edge/credit/running.ts';
import {micros, type Micros} from '../../../shared/money/micros.ts';
import {priceClass} from '../../../shared/tariff/price.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {later, type Instant} from '../../../shared/time/instant.ts';
import {starts, tariffs} from '../tariff/arbitrary-tariff.ts';
import {callOf, compiled, money, tariffOf, WEDNESDAY_NOON, workingOf, type RateSource} from '../tariff/tariffs.ts';

const SECOND = 1_000;
const NOON = WEDNESDAY_NOON;
/** 10p for each minute that has begun. */
const BY_THE_MINUTE = {initialSeconds: 60, nextSeconds: 60, perMinute: '0.10'};
/** A penny for each second. */
const BY_THE_SECOND = {initialSeconds: 1, nextSeconds: 1, perMinute: '0.60'};
const FREE = {initialSeconds: 1, nextSeconds: 1, perMinute: '0'};

function running(rate: Partial<RateSource>, rest: Partial<CostlyCall> = {}): CostlyCall {
  const tariff = compiled(tariffOf(rate));
  const costAt = (seconds: number): Micros => workingOf(tariff, callOf(seconds, {start: NOON})).gross;
  return {id: 'a', extension: '101', answeredAt: NOON, endedAt: undefined, costAt, ...rest};
}

function account(pounds: string, rest: Partial<RunningMoney> = {}): RunningMoney {
  return {posted: micros(money(pounds)), floor: micros(0), levels: [], unlocks: new Map(), ...rest};
}

const after = (seconds: number): Instant => later(NOON, seconds * SECOND);
/** Seconds after noon at which each call is cut. */
const cuts = (calls: readonly CostlyCall[], of: RunningMoney, now: Instant = NOON): Record<string, number> =>
  Object.fromEntries([...judgeRunning(calls, of, now).cuts].map(([id, at]) => [id, (at - NOON) / SECOND]));

describe('a running call is cut', () => {
  test('at the end of the last minute that the money pays for', () => {
    // 10p from the first second on, 20p from the 61st, 30p from the 121st.
    const call = running(BY_THE_MINUTE);
    expect(cuts([call], account('0.20'))).toEqual({a: 120});
    expect(cuts([call], account('0.29'))).toEqual({a: 120});
    expect(cuts([call], account('0.30'))).toEqual({a: 180});
    expect(cuts([call], account('0.10'))).toEqual({a: 60});
  });

  test('at the second at which a price by the second meets the floor', () => {
    expect(cuts([running(BY_THE_SECOND)], account('0.30'))).toEqual({a: 30});
    expect(cuts([running(BY_THE_SECOND)], account('-0.20', {floor: micros(money('0.30') * -1)}))).toEqual({a: 10});
  });

  test('at once if it has cost more than there was already', () => {
    expect(cuts([running(BY_THE_MINUTE)], account('0.05'), after(3))).toEqual({a: 3});
    expect(cuts([running(BY_THE_SECOND)], account('0.30'), after(90))).toEqual({a: 90});
  });

  test('never if it costs nothing, whatever the account owes', () => {
    expect(cuts([running(FREE)], account('-5'))).toEqual({});
  });

  test('never if it is at the most that it can cost', () => {
    // The maximum is 10p: reached with the first minute.
    expect(cuts([running({...BY_THE_MINUTE, maximum: '0.10'})], account('0.10'), after(30))).toEqual({});
  });

  test('not while nothing is cut on its account, nor where the money lasts for days', () => {
    expect(cuts([running(BY_THE_SECOND)], account('0.30', {floor: undefined}))).toEqual({});
    // 24 h at a penny a second are £864.
    expect(cuts([running(BY_THE_SECOND)], account('864'))).toEqual({});
    expect(cuts([running(BY_THE_SECOND)], account('863'))).toEqual({a: 86_300});
  });
});

describe('of several running calls', () => {
  const first = running(BY_THE_MINUTE);
  const second = running(BY_THE_SECOND, {id: 'b', extension: '102', answeredAt: after(30)});

  test('all are cut when their sum meets the floor', () => {
    // Half a minute on, 10p and nothing. At 60 s 10p and 30p; a moment later 20p and 31p; at 70 s 20p and 40p.
    expect(cuts([first, second], account('0.40'), after(30))).toEqual({a: 60, b: 60});
    expect(cuts([first, second], account('0.50'), after(30))).toEqual({a: 60, b: 60});
    expect(cuts([first, second], account('0.60'), after(30))).toEqual({a: 70, b: 70});
  });

  test('one that is over counts with what it had cost, and is not cut', () => {
    const over = {...first, endedAt: after(59)};
    expect(cuts([over, second], account('0.40'), after(90))).toEqual({b: 90});
    // 10p for ever, so 30p are left for the other.
    expect(cuts([over, second], account('0.70'), after(60))).toEqual({b: 90});
  });

  test('a free one beside them goes on', () => {
    expect(cuts([first, running(FREE, {id: 'c'})], account('0.10'))).toEqual({a: 60});
  });
});

describe('an unlock by staff', () => {
  const call = running(BY_THE_SECOND);
  const unlocked = (expires: Instant | undefined, until: number | undefined): RunningMoney =>
    account('0.10', {unlocks: new Map([['101', {expires, until: until === undefined ? undefined : micros(until)}]])});

  test('lets the call go on until it expires', () => {
    expect(cuts([call], unlocked(after(300), undefined))).toEqual({a: 300});
    expect(cuts([call], unlocked(undefined, undefined))).toEqual({});
    // It ends before the money does.
    expect(cuts([call], unlocked(after(5), undefined))).toEqual({a: 10});
  });

  test('or until its money is spent, whichever comes first', () => {
    // From 10p down to 40p owed: 50 s.
    expect(cuts([call], unlocked(after(300), -money('0.40')))).toEqual({a: 50});
    expect(cuts([call], unlocked(after(20), -money('0.40')))).toEqual({a: 20});
  });

  test('covers its own line and no other of the account', () => {
    const other = running(BY_THE_SECOND, {id: 'b', extension: '102'});
    // Both cost a penny a second: 10p last for 5 s.
    expect(cuts([call, other], unlocked(after(300), undefined))).toEqual({a: 300, b: 5});
  });
});

describe('an account is looked at again', () => {
  const reviewed = (of: RunningMoney, now: Instant = NOON): number | undefined => {
    const {reviewAt} = judgeRunning([running(BY_THE_SECOND)], of, now);
    return reviewAt === undefined ? undefined : (reviewAt - NOON) / SECOND;
  };

  test('when the money first is below one of the levels', () => {
    // £2 is left at 100 s, and less a moment later.
    expect(reviewed(account('3', {levels: [micros(money('2'))]}))).toBe(100.001);
    expect(reviewed(account('3', {levels: [micros(money('1')), micros(money('2'))]}))).toBe(100.001);
  });

  test('not for a level that it is below already', () => {
    expect(reviewed(account('3', {levels: [micros(money('2'))]}), after(101))).toBeUndefined();
    expect(reviewed(account('3', {levels: [micros(money('1')), micros(money('2'))]}), after(101))).toBe(200.001);
  });
});

/** An answered call that is billed as incoming ones are in this tariff. */
function callIn(source: TariffSource, answeredAt: Instant, id: string): CostlyCall {
  const tariff = compiled(source);
  const costAt = (durationSeconds: number): Micros => {
    const found = priceClass({start: answeredAt, durationSeconds, answerAllowanceSeconds: 0}, 'incoming', tariff);
    if (found?.kind !== 'priced') throw new Error('incoming calls have a rate');
    return found.working.gross;
  };
  return {id, extension: '101', answeredAt, endedAt: undefined, costAt};
}

describe('for any tariff and any calls of an account', () => {
  const SPAN = 240;
  const cases = record({
    source: tariffs,
    start: starts,
    ages: array(nat(400_000), {minLength: 1, maxLength: 3}),
    /** The money pays for about so many seconds more. */
    paid: integer({min: 0, max: SPAN}),
    odd: constantFrom(0, 1),
  });

  test('the cut is where a look at every second finds that the money no longer pays', () => {
    let found = 0;
    assert(
      property(cases, ({source, start, ages, paid, odd}) => {
        const now = start as Instant;
        const calls = ages.map((age, place) => callIn(source, later(now, -age), String(place)));
        const sum = (seconds: number): number =>
          calls.reduce((all, {answeredAt, costAt}) => all + costAt(Math.ceil((now - answeredAt) / SECOND + seconds)), 0);
        const posted = micros(sum(paid) + odd);
        let second = 0;
        while (second <= SPAN && sum(second) <= posted) second++;
        if (second <= SPAN) found++;
        const {cuts: ends, reviewAt = Infinity} = judgeRunning(calls, {...account('0'), posted, levels: [micros(0)]}, now);
        const cut = Math.min(...ends.values());
        expect(Math.min(SPAN + 1, Math.ceil((cut + 1 - now) / SECOND))).toBe(second);
        expect(costOf(calls, Math.min(cut, later(now, SPAN * SECOND)) as Instant)).toBeLessThanOrEqual(posted);
        // A moment later it is below its floor: the account is looked at then.
        expect(reviewAt).toBe(cut + 1);
      }),
    );
    // Most random tariffs reach it within minutes; else the property would say little.
    expect(found).toBeGreaterThan(20);
  });

  test('a cut that is a day away takes as few prices as one that is near', () => {
    let asked = 0;
    const priced = running(BY_THE_MINUTE);
    const costAt = (seconds: number): Micros => {
      asked++;
      return priced.costAt(seconds);
    };
    // 10p a minute: £140 are 23 hours.
    const counts = ['1', '140'].map((pounds) => {
      asked = 0;
      expect(judgeRunning([{...priced, costAt}], account(pounds), NOON).cuts.size).toBe(1);
      return asked;
    });
    // A day has 86,400,000 ms: 27 halvings, and a look at either end.
    for (const count of counts) expect(count).toBeLessThan(35);
  });
});
