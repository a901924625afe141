import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {createLimiter, placeOf} from '../../../shared/web/limiter.ts';

const given = (clock: {ms: number}, mostKeys = 100) => createLimiter({attempts: 3, windowMs: 1_000, mostKeys, monotonicMs: () => clock.ms});

describe('the limiter', () => {
  test('allows so many attempts in a window, then says how long to wait', () => {
    const clock = {ms: 5_000};
    const limiter = given(clock);
    expect([1, 2, 3].map(() => limiter.take('a'))).toEqual([0, 0, 0]);
    clock.ms = 5_400;
    expect(limiter.take('a')).toBe(600);
    expect(limiter.take('b')).toBe(0);
    clock.ms = 5_999;
    expect(limiter.take('a')).toBe(1);
    clock.ms = 6_000;
    expect(limiter.take('a')).toBe(0);
  });

  test('takes back a good attempt, and forgets a key', () => {
    const limiter = given({ms: 0});
    for (let times = 0; times < 10; times++) {
      expect(limiter.take('a')).toBe(0);
      limiter.giveBack('a');
    }
    for (let times = 0; times < 3; times++) limiter.take('a');
    expect(limiter.take('a')).toBe(1_000);
    limiter.forget('a');
    expect(limiter.take('a')).toBe(0);
    limiter.giveBack('never seen');
  });

  test('remembers so many keys and no more; the oldest is forgotten first', () => {
    const limiter = given({ms: 0}, 2);
    for (let times = 0; times < 3; times++) for (const key of ['a', 'b']) limiter.take(key);
    limiter.take('c');
    expect(limiter.take('b')).toBe(1_000);
    expect(limiter.take('a')).toBe(0);
  });

  test('never lets more through in a window than it says, whatever comes when', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({min: 0, max: 400}), fc.constantFrom('a', 'b'))), (steps) => {
        const clock = {ms: 0};
        const limiter = given(clock);
        const passed: {key: string; at: number}[] = [];
        for (const [wait, key] of steps) {
          clock.ms += wait;
          if (limiter.take(key) === 0) passed.push({key, at: clock.ms});
        }
        // Windows follow each other, so that no more than two of them can meet within one length.
        for (const {key, at} of passed) {
          expect(passed.filter((each) => each.key === key && each.at >= at && each.at < at + 1_000).length).toBeLessThanOrEqual(6);
        }
      }),
    );
  });
});

test.for([
  ['10.0.0.7', '10.0.0.7'],
  ['::ffff:10.0.0.7', '10.0.0.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2:ffff::', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['', ''],
] as const)('%s counts as %s', ([address, place]) => {
  expect(placeOf(address)).toBe(place);
});
