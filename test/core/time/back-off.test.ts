// How long to wait after so many failures, and how a wait is ended early.
import {assert, double, nat, property} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {backOffMs, pause} from '../../../shared/time/back-off.ts';
import type {Timers} from '../../../shared/time/instant.ts';

describe('the wait after a failure', () => {
  test('doubles from 1 s to 30 s', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 1_000].map((failures) => backOffMs(failures, () => 0))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  test('is spread over as long again, and never more than a minute', () => {
    assert(
      property(nat(), double({min: 0, max: 1, maxExcluded: true, noNaN: true}), (failures, jitter) => {
        const shortest = backOffMs(failures, () => 0);
        const wait = backOffMs(failures, () => jitter);
        expect(wait).toBeGreaterThanOrEqual(shortest);
        expect(wait).toBeLessThanOrEqual(2 * shortest);
        expect(wait).toBeLessThanOrEqual(60_000);
      }),
    );
  });
});

describe('a pause', () => {
  type Timer = {readonly delayMs: number; readonly act: () => void; isOff: boolean};
  const bench = (): {timers: Timers; set: Timer[]} => {
    const set: Timer[] = [];
    const after: Timers['after'] = (delayMs, act) => {
      const timer: Timer = {delayMs, act, isOff: false};
      set.push(timer);
      return () => {
        timer.isOff = true;
      };
    };
    return {timers: {after}, set};
  };

  test('lasts as long as it was asked to', async () => {
    const {timers, set} = bench();
    const paused = pause(250, timers, new AbortController().signal);
    expect(set.map(({delayMs}) => delayMs)).toEqual([250]);
    set[0]?.act();
    expect(await paused).toBeUndefined();
  });

  test('ends when it is told to, and leaves no timer', async () => {
    const {timers, set} = bench();
    const abort = new AbortController();
    const paused = pause(250, timers, abort.signal);
    abort.abort();
    expect(await paused).toBeUndefined();
    expect(set.map(({isOff}) => isOff)).toEqual([true]);
  });

  test('does not begin when it was told to end before', async () => {
    const {timers, set} = bench();
    expect(await pause(250, timers, AbortSignal.abort())).toBeUndefined();
    expect(set).toEqual([]);
  });
});
