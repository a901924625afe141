// Batches that grow and shrink with the time they take, and that wait for a full disk.
import {describe, expect, test} from 'vitest';
import type {Framed} from '../../../edge/feed/framing.ts';
import {createHandover, type HandoverGiven} from '../../../edge/feed/handover.ts';
import type {Delivery} from '../../../edge/feed/line.ts';
import {Failure} from '../../../shared/failure/failure.ts';
import type {Log} from '../../../shared/log/log.ts';
import {instant, type Clock, type Timers} from '../../../shared/time/instant.ts';

const quiet: Log = {debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, named: () => quiet};

const lines = (count: number): readonly Framed[] =>
  Array.from({length: count}, (_, at) => ({bytes: Buffer.from(String(at)), end: at, broken: undefined, discarded: 0}));

const texts = (delivery: Delivery): readonly string[] => delivery.lines.map(({bytes}) => Buffer.from(bytes).toString());

/** A machine whose time moves only by what is done on it. */
function machine(): {clock: Clock; timers: Timers; spend: (ms: number) => void; waits: number[]} {
  let nowMs = 0;
  const waits: number[] = [];
  return {
    clock: {now: () => instant(nowMs), monotonicMs: () => nowMs},
    timers: {
      after: (delayMs, act) => {
        waits.push(delayMs);
        nowMs += delayMs;
        queueMicrotask(act);
        return () => undefined;
      },
    },
    spend: (ms) => {
      nowMs += ms;
    },
    waits,
  };
}

function deliveryOf(batch: readonly Framed[]): Delivery {
  const common = {feed: 'a', session: 1, position: '', receivedAt: instant(0), broken: undefined};
  return {feed: 'a', lines: batch.map(({bytes}) => ({...common, bytes})), file: undefined};
}

type Bench = ReturnType<typeof machine> & {
  readonly given: HandoverGiven;
  readonly stop: () => void;
  readonly batches: (readonly string[])[];
};

/** `cost` says how long a delivery of so many lines takes; `isFull` whether the disk refuses it. */
function bench(over: Partial<HandoverGiven>, cost: (count: number) => number, isFull: () => boolean = () => false): Bench {
  const rig = machine();
  const abort = new AbortController();
  const batches: (readonly string[])[] = [];
  const given: HandoverGiven = {
    clock: rig.clock,
    timers: rig.timers,
    random: () => 0,
    log: quiet,
    signal: abort.signal,
    firstBatch: 1,
    whenTold: 'stop',
    deliver: (delivery) => {
      rig.spend(cost(delivery.lines.length));
      if (isFull()) throw new Failure('store.full', 'full', 'free space');
      batches.push(texts(delivery));
    },
    ...over,
  };
  return {...rig, given, batches, stop: () => abort.abort()};
}

const sizes = (batches: readonly (readonly string[])[]): readonly number[] => batches.map((batch) => batch.length);

describe('the size of a batch', () => {
  test('begins at one, doubles while there is time, and stays at 500', async () => {
    const {given, batches} = bench({}, () => 0);
    expect(await createHandover(given).take(lines(2_023), deliveryOf)).toBe(2_023);
    expect(sizes(batches)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 500, 500, 500, 12]);
  });

  test('grows until a delivery takes 20 ms, in smaller steps near it', async () => {
    // 0.1 ms a line. 64 take 6.4 ms, twice as many fit; 128 take 12.8 ms, a quarter more fits; 160 take 16 ms, and again; 200 take 20.
    const {given, batches} = bench({}, (count) => count / 10);
    await createHandover(given).take(lines(1_000), deliveryOf);
    expect(sizes(batches)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 160, 200, 200, 185]);
  });

  test('shrinks to what takes 20 ms when a delivery took longer', async () => {
    let slow = false;
    const {given, batches} = bench({firstBatch: 500}, (count) => (slow ? count / 10 : count / 50));
    const handover = createHandover(given);
    await handover.take(lines(500), deliveryOf);
    slow = true;
    await handover.take(lines(900), deliveryOf);
    // 500 lines took 50 ms, so 200 take 20 ms.
    expect(sizes(batches)).toEqual([500, 500, 200, 200]);
  });

  test('grows all the same where it is the flush of the disk that takes the time', async () => {
    const {given, batches} = bench({}, () => 35);
    await createHandover(given).take(lines(1_011), deliveryOf);
    expect(sizes(batches)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 500]);
  });

  test('allows the lines 10 ms beside a flush that takes longer', async () => {
    // 30 ms and 0.1 ms a line: one line takes 30.1 ms, so 40.1 ms are allowed; 100 lines take 40 ms.
    const {given, batches} = bench({}, (count) => 30 + count / 10);
    await createHandover(given).take(lines(500), deliveryOf);
    expect(sizes(batches)).toEqual([1, 2, 4, 8, 16, 32, 64, 80, 100, 100, 93]);
  });

  test('is learnt anew when the disk becomes slow', async () => {
    let flush = 1;
    const {given, batches} = bench({}, (count) => flush + count / 10);
    const handover = createHandover(given);
    await handover.take(lines(3), deliveryOf);
    flush = 60;
    await handover.take(lines(20), deliveryOf);
    // One line took 1.1 ms: 4 that take 60.4 ms are far too many, so one is tried, and shows that it is the flush.
    expect(sizes(batches)).toEqual([1, 2, 4, 1, 2, 4, 8, 1]);
  });
});

describe('others have the thread', () => {
  test('after 10 ms', async () => {
    const {given, waits} = bench({firstBatch: 16}, () => 12);
    await createHandover(given).take(lines(48), deliveryOf);
    // Between three deliveries there are two turns.
    expect(waits).toEqual([0, 0]);
  });

  test('after sixteen deliveries where the clock stands still', async () => {
    const {given, waits} = bench({firstBatch: 500}, () => 0);
    await createHandover(given).take(lines(500 * 33), deliveryOf);
    expect(waits).toEqual([0, 0]);
  });
});

describe('while the disk is full', () => {
  test('the same lines are tried again, after 1, 2, 4 … 30 s, and none is lost or repeated', async () => {
    let refusals = 7;
    const {given, batches, waits} = bench(
      {firstBatch: 500},
      () => 0,
      () => refusals-- > 0,
    );
    expect(await createHandover(given).take(lines(3), deliveryOf)).toBe(3);
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(batches.flat()).toEqual(['0', '1', '2']);
  });

  test('a door whose source keeps the lines stops at once when told to', async () => {
    const {given, batches, stop} = bench({}, () => 0);
    const handover = createHandover(given);
    stop();
    expect(await handover.take(lines(3), deliveryOf)).toBe(0);
    expect(batches).toEqual([]);
  });

  test('a door whose source does not keep them goes on when told to stop, as long as the disk takes them', async () => {
    const {given, batches, stop} = bench({whenTold: 'go-on'}, () => 0);
    const handover = createHandover(given);
    stop();
    expect(await handover.take(lines(3), deliveryOf)).toBe(3);
    expect(batches.flat()).toEqual(['0', '1', '2']);
  });

  test('it gives up only when told to stop and refused once more', async () => {
    const attempts: number[] = [];
    const rig = bench(
      {whenTold: 'go-on', firstBatch: 500},
      (count) => {
        attempts.push(count);
        return 0;
      },
      () => {
        if (attempts.length === 3) rig.stop();
        return true;
      },
    );
    expect(await createHandover(rig.given).take(lines(3), deliveryOf)).toBe(0);
    expect(attempts).toEqual([3, 1, 1]);
  });
});

test('what is no fault of the disk is thrown on', async () => {
  const {given} = bench(
    {
      deliver: () => {
        throw new Failure('store.corrupt', 'broken', 'restore');
      },
    },
    () => 0,
  );
  await expect(createHandover(given).take(lines(1), deliveryOf)).rejects.toThrow('broken');
});
