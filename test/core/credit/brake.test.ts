// The brake: too many lines that money alone would lock, in too short a time, wait for a person.
import fc from 'fast-check';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {amount} from '../../tiers.ts';
import {MINUTE, openSite, POUND, students, type Site} from './site.ts';

const line = (number: number): string => String(100 + number);
const count = (from: number, to: number): readonly string[] => Array.from({length: to - from + 1}, (_, index) => line(from + index));
let site: Site;

/** Forty lines with £5 each: five of them may be locked in ten minutes. */
beforeEach(() => {
  site = openSite();
  students(site, count(1, 40), 5 * POUND);
});
afterEach(() => site.remove());

const spend = (extension: string): ReturnType<Site['charge']> => site.charge(`student-${extension}`, 5 * POUND);
const locked = (): readonly string[] => count(1, 40).filter((extension) => site.state(extension)?.wanted === 'locked');
const waiting = (): readonly string[] =>
  count(1, 40).filter((extension) => {
    const state = site.state(extension);
    return state?.wanted === 'open' && state.reasons.length > 0;
  });

test('five lines in ten minutes are locked, the sixth waits, with its reason shown', () => {
  for (const extension of count(1, 5)) expect(spend(extension)).toMatchObject({braked: 0, decided: [{extension, wanted: 'locked'}]});
  expect(spend('106')).toMatchObject({braked: 1, decided: []});
  expect(locked()).toEqual(count(1, 5));
  expect(site.state('106')).toEqual({wanted: 'open', reasons: ['floor']});
  expect(site.told('line-state').at(-1)).toMatchObject({extension: '106', wanted: 'open', reasons: ['floor']});
});

test('six lines of one transaction: five are locked, one waits', () => {
  for (const extension of count(1, 6)) site.post(`student-${extension}`, -5 * POUND);
  const settled = site.act(() => site.credit.review(count(1, 6)));
  expect(settled.braked).toBe(1);
  expect(locked()).toEqual(count(1, 5));
});

test('of 120 lines six may be locked', () => {
  students(site, count(41, 120), 5 * POUND);
  for (const extension of count(1, 6)) expect(spend(extension).braked).toBe(0);
  expect(spend('107').braked).toBe(1);
});

test('a lock of ten minutes ago no longer counts, one of a millisecond less does', () => {
  const start = site.now;
  for (const extension of count(1, 5)) spend(extension);
  site.now = (start + 10 * MINUTE - 1) as typeof site.now;
  expect(spend('106').braked).toBe(1);
  site.act(() => site.credit.releaseBrake());
  site.now = (start + 30 * MINUTE) as typeof site.now;
  for (const extension of count(7, 11)) spend(extension);
  site.now = (start + 40 * MINUTE) as typeof site.now;
  expect(spend('112').braked).toBe(0);
});

test('a line that is locked, paid for and locked again is one line', () => {
  for (const extension of ['101', '101', '101', '102', '103', '104', '105']) {
    expect(spend(extension).braked).toBe(0);
    if (extension === '101') site.pay('student-101', 5 * POUND);
  }
  site.charge('student-101', 5 * POUND);
  expect(site.state('101')?.wanted).toBe('locked');
  expect(spend('106').braked).toBe(1);
});

test('closed, it holds every line that money would lock, and none else', () => {
  for (const extension of count(1, 6)) spend(extension);
  site.now = (site.now + 60 * MINUTE) as typeof site.now;
  expect(spend('107').braked).toBe(1);
  // Staff lock, a departure and a payment are no less true for it.
  expect(site.override({extension: '108', act: 'lock'}).decided).toMatchObject([{extension: '108', wanted: 'locked'}]);
  site.tenancy('109', 'student-109', 0, site.now);
  expect(site.act(() => site.credit.review(['109'])).decided).toMatchObject([{extension: '109', wanted: 'locked', reasons: ['vacant']}]);
  expect(site.pay('student-101', POUND).decided).toMatchObject([{extension: '101', wanted: 'open'}]);
  expect(site.state('109')?.reasons).toEqual(['vacant']);
});

test('closed, it opens no line that is locked', () => {
  for (const extension of count(1, 6)) spend(extension);
  expect(site.charge('student-101', POUND)).toMatchObject({decided: [], braked: 0});
  expect(locked()).toEqual(count(1, 5));
});

test('lines that became vacant, and locks by staff, are not counted', () => {
  for (const extension of count(1, 10)) site.tenancy(extension, `student-${extension}`, 0, site.now);
  expect(site.act(() => site.credit.review(count(1, 10))).decided).toHaveLength(10);
  for (const extension of count(11, 20)) expect(site.override({extension, act: 'lock'}).decided).toHaveLength(1);
  for (const extension of count(21, 25)) expect(spend(extension).braked).toBe(0);
  expect(spend('126').braked).toBe(1);
});

test('would-be locks of a site that only bills are not counted', () => {
  site.policy({mode: 'bill'});
  for (const extension of count(1, 20)) expect(spend(extension)).toMatchObject({braked: 0, decided: [{extension}]});
  site.policy({mode: 'bill-and-lock'});
  for (const extension of count(21, 25)) expect(spend(extension).braked).toBe(0);
  expect(spend('126').braked).toBe(1);
});

test('a person lets it go: all that waited is locked, and counting starts again', () => {
  for (const extension of count(1, 20)) spend(extension);
  expect(waiting()).toEqual(count(6, 20));
  const released = site.act(() => site.credit.releaseBrake());
  expect(released.decided.map(({extension}) => extension)).toEqual(count(6, 20));
  expect(released.braked).toBe(0);
  expect(waiting()).toEqual([]);
  for (const extension of count(21, 25)) expect(spend(extension).braked).toBe(0);
  expect(spend('126').braked).toBe(1);
});

test('a line that was paid for while it waited is not locked at the release', () => {
  for (const extension of count(1, 7)) spend(extension);
  site.pay('student-106', POUND);
  expect(site.act(() => site.credit.releaseBrake()).decided.map(({extension}) => extension)).toEqual(['107']);
});

test('a clock that is set back after a release does not put the brake out of work', () => {
  for (const extension of count(1, 6)) spend(extension);
  site.act(() => site.credit.releaseBrake());
  site.now = (site.now - 365 * 24 * 60 * MINUTE) as typeof site.now;
  for (const extension of count(11, 15)) expect(spend(extension).braked).toBe(0);
  expect(spend('116').braked).toBe(1);
});

test('what is no longer counted is no longer kept', () => {
  const kept = site.database.prepare<[], number>('SELECT count(*) FROM newly_locked').pluck();
  for (const extension of count(1, 5)) spend(extension);
  expect(kept.get()).toBe(5);
  site.now = (site.now + 10 * MINUTE) as typeof site.now;
  spend('106');
  expect(kept.get()).toBe(1);
});

const brakeStep = fc.oneof(
  {weight: 6, arbitrary: fc.record({kind: fc.constant('spend'), line: fc.integer({min: 1, max: 40}).map(line)})},
  {weight: 2, arbitrary: fc.record({kind: fc.constant('pay'), line: fc.integer({min: 1, max: 40}).map(line)})},
  {weight: 3, arbitrary: fc.record({kind: fc.constant('wait'), minutes: fc.integer({min: 1, max: 6})})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('release')})},
);

type BrakeStep =
  | {readonly kind: 'spend' | 'pay'; readonly line: string}
  | {readonly kind: 'wait'; readonly minutes: number}
  | {readonly kind: 'release'};

test('in any ten minutes without a person no more than five of forty lines are locked for money', () => {
  const history = fc.array(brakeStep, {minLength: 10, maxLength: 60});
  const most = (steps: readonly BrakeStep[]): number => {
    const own = openSite();
    students(own, count(1, 40), POUND);
    let locks: {extension: string; at: number}[] = [];
    let highest = 0;
    for (const step of steps) {
      if (step.kind === 'wait') own.now = (own.now + step.minutes * MINUTE) as typeof own.now;
      if (step.kind === 'pay') own.pay(`student-${step.line}`, 2 * POUND);
      if (step.kind === 'spend') {
        const {decided} = own.charge(`student-${step.line}`, 2 * POUND);
        locks.push(...decided.filter(({wanted}) => wanted === 'locked').map(({extension}) => ({extension, at: own.now})));
      }
      if (step.kind === 'release') {
        own.act(() => own.credit.releaseBrake());
        locks = [];
      }
      highest = Math.max(highest, new Set(locks.filter(({at}) => at > own.now - 10 * MINUTE).map(({extension}) => extension)).size);
    }
    own.remove();
    return highest;
  };
  fc.assert(
    fc.property(history, (steps) => {
      expect(most(steps)).toBeLessThanOrEqual(5);
    }),
    {numRuns: Math.ceil(amount('properties') / 10)},
  );
}, 240_000);
