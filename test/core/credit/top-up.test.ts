// The automatic top-up: one request open, its answers, the waits after a refusal, and no charge made twice.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {DownBody} from '../../../shared/wire/kinds.ts';
import {HOUR, MINUTE, openSite, POUND, student, type Site} from './site.ts';

const AMY = 'student-101';
const automaticTopUp = {threshold: 5 * POUND, target: 20 * POUND};
let site: Site;

beforeEach(() => {
  site = openSite();
  student(site, '101', 6 * POUND, {automaticTopUp});
  site.act(() => site.credit.reviewDue());
});
afterEach(() => site.remove());

const requests = (): readonly Readonly<Record<string, unknown>>[] => site.told('top-up-request');
const request = (index = -1): string => String(requests().at(index)?.['request']);
const answer = (result: DownBody<'top-up-result'>['result'], change: Partial<DownBody<'top-up-result'>> = {}): ReturnType<Site['charge']> =>
  site.act(() => site.credit.settle([site.credit.takeResult({request: request(), account: AMY, result, ...change})], 'call'));
const wait = (ms: number): void => {
  site.now = (site.now + ms) as typeof site.now;
};
/** As the box does once a second. */
const tick = (): ReturnType<Site['charge']> | undefined => {
  const at = site.credit.nextReviewAt();
  return at !== undefined && at <= site.now ? site.act(() => site.credit.reviewDue()) : undefined;
};

describe('a request', () => {
  test('is made below the threshold, for what is missing to the target, with what was available', () => {
    expect(site.charge(AMY, POUND).requested).toEqual([]);
    expect(site.charge(AMY, POUND).requested).toEqual([AMY]);
    expect(requests()).toEqual([
      {
        request: request(),
        account: AMY,
        amount: 16 * POUND,
        available: 4 * POUND,
        at: site.now,
        lapsesAt: site.now + 15 * MINUTE,
      },
    ]);
    expect(request()).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is made once while it is open, and anew when it lapsed, by time alone', () => {
    site.charge(AMY, 2 * POUND);
    expect(site.charge(AMY, POUND).requested).toEqual([]);
    wait(15 * MINUTE - 1);
    expect(tick()?.requested ?? []).toEqual([]);
    wait(1);
    expect(tick()?.requested).toEqual([AMY]);
    expect(requests().map(({amount}) => amount)).toEqual([16 * POUND, 17 * POUND]);
    expect(new Set(requests().map((each) => each['request'])).size).toBe(2);
  });

  test('that nobody answers keeps the line open until the floor', () => {
    site.charge(AMY, 2 * POUND);
    expect(site.charge(AMY, 4 * POUND - 1).decided).toEqual([]);
    expect(site.charge(AMY, 1).decided).toEqual([{extension: '101', wanted: 'locked', reasons: ['floor']}]);
  });

  test.for(['needs-student', 'unknown', 'not-needed'] as const)('answered %s is not made again before it would have lapsed', (result) => {
    site.charge(AMY, 2 * POUND);
    expect(answer(result)).toMatchObject({requested: [], decided: []});
    wait(15 * MINUTE - 1);
    expect(site.charge(AMY, 1).requested).toEqual([]);
    wait(1);
    expect(tick()?.requested).toEqual([AMY]);
  });
});

describe('paid', () => {
  test('after its money came: the next crossing asks again', () => {
    site.charge(AMY, 2 * POUND);
    site.post(AMY, 16 * POUND);
    expect(answer('paid').requested).toEqual([]);
    expect(site.charge(AMY, 16 * POUND).requested).toEqual([AMY]);
  });

  test('before its money came: nothing is asked twice', () => {
    site.charge(AMY, 2 * POUND);
    expect(answer('paid').requested).toEqual([]);
    expect(site.charge(AMY, POUND).requested).toEqual([]);
    expect(site.pay(AMY, 16 * POUND).requested).toEqual([]);
    expect(requests()).toHaveLength(1);
  });

  test('after a refusal, for a request that lapsed: the refusal is over', () => {
    site.charge(AMY, 2 * POUND);
    const first = request();
    expect(answer('refused').decided).toHaveLength(1);
    expect(answer('paid', {request: first})).toMatchObject({decided: [{extension: '101', wanted: 'open', reasons: []}]});
  });

  test('money that came otherwise leaves the request open', () => {
    site.charge(AMY, 2 * POUND);
    site.act(() => site.credit.forgetRefusal(AMY as never));
    expect(site.pay(AMY, 1).requested).toEqual([]);
    expect(requests()).toHaveLength(1);
  });
});

describe('refused', () => {
  beforeEach(() => {
    site.charge(AMY, 2 * POUND);
  });

  test('locks at once, above the floor', () => {
    expect(answer('refused').decided).toEqual([{extension: '101', wanted: 'locked', reasons: ['refused']}]);
  });

  test('locks only at the floor where the site says so', () => {
    site.policy({refusedLocks: 'at-floor'});
    expect(answer('refused').decided).toEqual([]);
    expect(site.charge(AMY, 4 * POUND).decided).toEqual([{extension: '101', wanted: 'locked', reasons: ['floor']}]);
  });

  test('is asked again after 1 h, 6 h and 24 h, by time alone, and then no more', () => {
    for (const hours of [1, 6, 24]) {
      answer('refused');
      wait(hours * HOUR - 1);
      expect(tick()?.requested ?? []).toEqual([]);
      wait(1);
      expect(tick()?.requested).toEqual([AMY]);
    }
    // Off: like everybody without automatic top-up, the student is warned, once.
    expect(answer('refused').warned).toEqual([]);
    wait(1_000 * HOUR);
    expect(tick()?.requested ?? []).toEqual([]);
    expect(site.charge(AMY, 3 * POUND).warned).toEqual([AMY]);
    expect(requests()).toHaveLength(4);
  });

  test('ends with a credit, a changed method or changed rules; then the card may be asked at once', () => {
    const ends: readonly (() => void)[] = [() => site.credit.forgetRefusal(AMY as never), () => site.credit.forgetRefusals()];
    for (const end of ends) {
      expect(answer('refused').decided).toMatchObject([{wanted: 'locked'}]);
      const settled = site.act(() => {
        end();
        return site.credit.settle([AMY as never], 'call');
      });
      expect(settled).toMatchObject({requested: [AMY], decided: [{extension: '101', wanted: 'open', reasons: []}]});
    }
  });

  test('of one student ends for that one', () => {
    const ben = student(site, '102', POUND, {automaticTopUp});
    site.act(() => site.credit.settle([ben], 'call'));
    const ofBen = request();
    answer('refused', {request: request(0)});
    answer('refused', {request: ofBen, account: ben});
    site.act(() => site.credit.forgetRefusal(ben));
    expect(site.act(() => site.credit.review(['101', '102'])).decided).toEqual([{extension: '102', wanted: 'open', reasons: []}]);
  });

  test('ends when automatic top-up is switched off', () => {
    answer('refused');
    site.account(AMY);
    expect(site.act(() => site.credit.settle([AMY as never], 'call')).decided).toEqual([{extension: '101', wanted: 'open', reasons: []}]);
  });

  test('late, of a request that lapsed, still says something of the card, and leaves the later request open', () => {
    const first = request();
    wait(15 * MINUTE);
    tick();
    expect(answer('refused', {request: first}).decided).toEqual([{extension: '101', wanted: 'locked', reasons: ['refused']}]);
    site.act(() => site.credit.forgetRefusals());
    expect(site.charge(AMY, 1).requested).toEqual([]);
    wait(15 * MINUTE);
    expect(tick()?.requested).toEqual([AMY]);
    expect(requests()).toHaveLength(3);
  });

  test('late after a later request: not-needed and paid for the first leave the second open', () => {
    const first = request();
    wait(15 * MINUTE);
    tick();
    expect(answer('paid', {request: first}).requested).toEqual([]);
    expect(answer('not-needed', {request: first}).requested).toEqual([]);
    expect(requests()).toHaveLength(2);
  });
});

describe('deferred', () => {
  beforeEach(() => {
    site.charge(AMY, 2 * POUND);
  });

  test('is not asked before the time that was given, locks nothing, and does not count as a refusal', () => {
    expect(answer('deferred', {until: site.now + 48 * HOUR})).toMatchObject({requested: [], decided: []});
    wait(48 * HOUR - 1);
    expect(site.charge(AMY, 1).requested).toEqual([]);
    wait(1);
    expect(tick()?.requested).toEqual([AMY]);
    answer('refused');
    wait(HOUR);
    expect(tick()?.requested).toEqual([AMY]);
  });

  test.for([
    ['without a time', undefined],
    ['until a time that is over', -HOUR],
  ] as const)('%s waits as long as a request lasts', ([, ms]) => {
    expect(answer('deferred', ms === undefined ? {} : {until: site.now + ms}).requested).toEqual([]);
    wait(15 * MINUTE - 1);
    expect(site.charge(AMY, 1).requested).toEqual([]);
    wait(1);
    expect(tick()?.requested).toEqual([AMY]);
  });

  test('is not ended by money of another kind', () => {
    answer('deferred', {until: site.now + 48 * HOUR});
    site.act(() => site.credit.forgetRefusal(AMY as never));
    expect(site.pay(AMY, 1).requested).toEqual([]);
  });
});
