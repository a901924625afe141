// The reconciler brings a switchboard into line with the table: in its order, newest first, and again when it was lost.
import {setTimeout as sleep} from 'node:timers/promises';
import fc from 'fast-check';
import {afterEach, describe, expect, test, vi} from 'vitest';
import {amount} from '../../tiers.ts';
import {linesFrom, openBench, realTime, type Bench} from './bench.ts';

const SOON = {timeout: 15_000, interval: 5};
/** Deadlines and waits of seconds are tenths of one here. */
const FASTER = 10;
let bench: Bench;
afterEach(() => bench.stop());

/** Running, linked, and through with its first comparison. */
async function open(lines: readonly string[], given: Partial<Parameters<typeof openBench>[0]> = {}): Promise<void> {
  bench = await openBench({lines, time: realTime(FASTER), ...given});
  await vi.waitFor(() => expect(bench.sent).toContain('read all'), SOON);
}
const settled = (extensions: readonly string[]): Promise<void> =>
  vi.waitFor(() => {
    const open = extensions.filter((extension) => bench.row(extension).confirmed < bench.row(extension).decision);
    expect(open).toEqual([]);
  }, SOON);
/** Commands that change something. */
const commands = (): readonly string[] => bench.sent.filter((each) => !each.startsWith('read'));

describe('a decision', () => {
  test('is done, read back, kept and told with how long it took', async () => {
    await open(['101', '102']);
    bench.decide(['101'], 'locked');
    await settled(['101']);
    expect(bench.lockedOnBoard()).toEqual(['101']);
    expect(bench.row('101')).toMatchObject({wanted: 'locked', decision: 1, confirmed: 1, outgoing: 'barred', failures: 0});
    bench.decide(['101'], 'open', 0);
    await settled(['101']);
    expect(bench.lockedOnBoard()).toEqual([]);
    expect(bench.confirmed.map(({extension, wanted}) => `${extension} ${wanted}`)).toEqual(['101 locked', '101 open']);
    for (const {tookMs} of bench.confirmed) expect(tookMs).toBeLessThan(1_000 * FASTER);
    const {decisionToConfirmedMs, waiting, oldestUnconfirmedMs} = bench.reconciler.metrics();
    expect({count: decisionToConfirmedMs.count, waiting, oldestUnconfirmedMs}).toEqual({count: 2, waiting: 0, oldestUnconfirmedMs: 0});
  });

  test('that nobody told of is found in the table', async () => {
    await open(['101']);
    bench.write(['101'], 'locked');
    await settled(['101']);
    expect(bench.lockedOnBoard()).toEqual(['101']);
  });

  test('that was not done before a restart is done after it', async () => {
    await open(['101']);
    bench.board.misbehaviour = {kind: 'silent'};
    bench.decide(['101'], 'locked');
    await sleep(20);
    const stopped = bench.restart();
    bench.board.misbehaviour = {kind: 'normal'};
    await stopped;
    await settled(['101']);
    expect(bench.lockedOnBoard()).toEqual(['101']);
  });

  test('to be open for a line that never was locked sends nothing', async () => {
    await open(['101', '102']);
    bench.decide(['101'], 'open');
    await settled(['101']);
    expect(commands()).toEqual([]);
  });

  test('to be open for a line that somebody barred opens it', async () => {
    await open(['101']);
    const line = bench.board.lines.get('101');
    if (line !== undefined) line.locked = true;
    bench.decide(['101'], 'open');
    await settled(['101']);
    expect(bench.lockedOnBoard()).toEqual([]);
  });
});

describe('the order', () => {
  const lines = linesFrom(101, 9);

  test('is: unlock after payment, unlock, lock; among equals the first comes first', async () => {
    await open(lines);
    bench.decide(['101', '102', '103', '104'], 'locked');
    await settled(['101', '102', '103', '104']);
    bench.board.misbehaviour = {kind: 'slow', ms: 60};
    bench.sent.length = 0;
    bench.decide(['105'], 'locked');
    await vi.waitFor(() => expect(bench.sent).toContain('lock 105'), SOON);
    // While that one is on the wire:
    bench.decide(['106', '107'], 'locked', 2);
    bench.decide(['101'], 'open', 1);
    bench.decide(['102'], 'open', 0);
    bench.decide(['103'], 'open', 1);
    bench.decide(['104'], 'open', 0);
    bench.board.misbehaviour = {kind: 'normal'};
    await settled(lines.slice(0, 7));
    expect(commands()).toEqual(['lock 105', 'unlock 102', 'unlock 104', 'unlock 101', 'unlock 103', 'lock 106', 'lock 107']);
    expect(bench.atOnce()).toBe(1);
  });

  test('puts what was found otherwise after every decision, and a paid unlock before the comparison of all', async () => {
    await open(lines);
    bench.decide(lines.slice(0, 5), 'locked');
    await settled(lines.slice(0, 5));
    bench.sent.length = 0;
    await bench.board.reboot(true, 20);
    bench.board.misbehaviour = {kind: 'slow', ms: 20};
    bench.decide(['109'], 'locked', 2);
    bench.decide(['101'], 'open', 0);
    await settled(['101', '109']);
    await vi.waitFor(() => expect(bench.lockedOnBoard()).toEqual(['102', '103', '104', '105', '109']), SOON);
    const order = bench.sent.filter((each) => !/^read \d/.test(each));
    expect(order.slice(-7)).toEqual(['unlock 101', 'read all', 'lock 109', 'lock 102', 'lock 103', 'lock 104', 'lock 105']);
  });
});

describe('a newer decision', () => {
  test('takes the place of an older one that was not sent', async () => {
    await open(['101', '102']);
    bench.board.misbehaviour = {kind: 'slow', ms: 100};
    bench.decide(['101'], 'locked');
    await vi.waitFor(() => expect(bench.sent).toContain('lock 101'), SOON);
    for (const wanted of ['locked', 'open', 'locked', 'open'] as const) bench.decide(['102'], wanted);
    bench.board.misbehaviour = {kind: 'normal'};
    await settled(['101', '102']);
    expect(commands()).toEqual(['lock 101']);
    expect(bench.board.lines.get('102')?.locked).toBe(false);
  });

  test('comes after an older one that is on the wire', async () => {
    await open(['101']);
    bench.board.misbehaviour = {kind: 'slow', ms: 100};
    bench.decide(['101'], 'locked');
    await vi.waitFor(() => expect(bench.sent).toContain('lock 101'), SOON);
    bench.decide(['101'], 'open', 0);
    await settled(['101']);
    expect(commands()).toEqual(['lock 101', 'unlock 101']);
    expect(bench.lockedOnBoard()).toEqual([]);
    expect(bench.row('101')).toMatchObject({decision: 2, confirmed: 2, outgoing: 'open'});
  });
});

describe('a switchboard that', () => {
  test('restarts without its locks has them again as soon as it is back', async () => {
    const lines = linesFrom(101, 20);
    await open(lines);
    bench.decide(lines.slice(0, 10), 'locked');
    await settled(lines.slice(0, 10));
    await bench.board.reboot(true, 20);
    expect(bench.lockedOnBoard()).toEqual([]);
    await vi.waitFor(() => expect(bench.lockedOnBoard()).toEqual(lines.slice(0, 10)), SOON);
    expect(bench.reconciler.metrics().drifted).toBe(10);
    await vi.waitFor(() => expect(bench.told.at(-1)).toBe('ended switchboard.drift lines'), SOON);
    expect(bench.told).toContain('opened switchboard.drift lines');
  });

  test('was changed by hand while it was away is put right in both directions', async () => {
    await open(['101', '102', '103']);
    bench.decide(['101', '102'], 'locked');
    bench.decide(['103'], 'open');
    await settled(['101', '102', '103']);
    const back = bench.board.reboot(false, 50);
    const set = (extension: string, locked: boolean): void => {
      const line = bench.board.lines.get(extension);
      if (line !== undefined) line.locked = locked;
    };
    set('101', false);
    set('103', true);
    await back;
    await vi.waitFor(() => expect(bench.lockedOnBoard()).toEqual(['101', '102']), SOON);
  });

  test('is away takes no decision, and all of them when it is back, the newest of each', async () => {
    await open(['101', '102', '103']);
    await bench.board.stop();
    await vi.waitFor(() => expect(bench.isLinked()).toBe(false), SOON);
    const before = bench.sent.length;
    bench.decide(['101', '102'], 'locked');
    bench.decide(['102'], 'open', 0);
    bench.decide(['103'], 'locked');
    await sleep(100);
    expect(bench.sent.slice(before).filter((each) => each.startsWith('lock'))).toEqual([]);
    expect(bench.reconciler.metrics().waiting).toBe(3);
    await bench.board.start();
    await settled(['101', '102', '103']);
    expect(bench.lockedOnBoard()).toEqual(['101', '103']);
  });

  test('was set by hand as was decided while it was away is sent nothing', async () => {
    await open(['101']);
    await bench.board.stop();
    await vi.waitFor(() => expect(bench.isLinked()).toBe(false), SOON);
    Object.assign(bench.board.lines.get('101') ?? {}, {locked: true});
    bench.decide(['101'], 'locked');
    await bench.board.start();
    await settled(['101']);
    await sleep(50);
    expect(commands()).toEqual([]);
  });

  test('answers rubbish, or nothing, is in line when it answers again', async () => {
    await open(['101', '102']);
    for (const [kind, extension] of [
      ['garbage', '101'],
      ['silent', '102'],
    ] as const) {
      bench.board.misbehaviour = {kind};
      bench.decide([extension], 'locked');
      await vi.waitFor(() => expect(bench.row(extension).failures).toBeGreaterThan(0), SOON);
      bench.board.misbehaviour = {kind: 'normal'};
      await settled([extension]);
    }
    expect(bench.lockedOnBoard()).toEqual(['101', '102']);
  });
});

describe('a line that the switchboard does not know', () => {
  test('fails alone, says why, and is tried again; others are not kept waiting', async () => {
    await open(['101', '102']);
    bench.decide(['666'], 'locked');
    await vi.waitFor(() => expect(bench.row('666').failures).toBe(1), SOON);
    expect(bench.row('666')).toMatchObject({
      confirmed: 0,
      outgoing: 'unknown',
      failure: expect.stringContaining('no-such-line 666') as string,
    });
    expect(commands()).toEqual(['lock 666']);
    const before = bench.sent.length;
    bench.decide(['101', '102'], 'locked');
    await settled(['101', '102']);
    // At most its next try came between; the one after that is tenths of a second later.
    expect(bench.sent.slice(before).filter((each) => each === 'lock 666').length).toBeLessThanOrEqual(1);
    await vi.waitFor(() => expect(bench.row('666').failures).toBe(2), SOON);
    expect(bench.reconciler.metrics()).toMatchObject({waiting: 1});
  });
});

describe('a box that may not write', () => {
  test('reads and sends nothing, and acts on everything at once when it may', async () => {
    await open(['101', '102', '103']);
    bench.decide(['102', '103'], 'locked');
    await settled(['102', '103']);
    bench.mayWrite = false;
    bench.sent.length = 0;
    bench.decide(['101'], 'locked');
    bench.decide(['102'], 'open', 0);
    await bench.board.reboot(true, 20);
    await vi.waitFor(() => expect(bench.sent).toContain('read all'), SOON);
    await sleep(300);
    expect(commands()).toEqual([]);
    expect(bench.reconciler.metrics()).toMatchObject({waiting: 0, oldestUnconfirmedMs: 0, drifted: 0});
    expect(bench.told.filter((each) => each.startsWith('opened'))).toEqual([]);
    bench.mayWrite = true;
    await settled(['101', '102']);
    await vi.waitFor(() => expect(bench.lockedOnBoard()).toEqual(['101', '103']), SOON);
  });

  test('that is fenced between a reading and the command sends no command', async () => {
    await open(['101']);
    const line = bench.board.lines.get('101');
    if (line !== undefined) line.locked = true;
    bench.board.misbehaviour = {kind: 'slow', ms: 100};
    bench.decide(['101'], 'open');
    await vi.waitFor(() => expect(bench.sent).toContain('read 101'), SOON);
    bench.mayWrite = false;
    await sleep(400);
    expect(commands()).toEqual([]);
  });
});

describe('a site whose mode locks nothing any more', () => {
  test('has the lines opened that were locked from here, and locked again when the mode is back', async () => {
    await open(['101', '102', '103']);
    bench.decide(['101', '102'], 'locked');
    await settled(['101', '102']);
    bench.mayLock = false;
    await vi.waitFor(() => expect(bench.lockedOnBoard()).toEqual([]), SOON);
    await vi.waitFor(() => expect(bench.row('101')).toMatchObject({wanted: 'locked', decision: 1, confirmed: 0, outgoing: 'open'}), SOON);
    bench.decide(['103'], 'locked');
    bench.decide(['102'], 'open', 0);
    await sleep(300);
    expect(commands()).toEqual(['lock 101', 'lock 102', 'unlock 101', 'unlock 102']);
    await vi.waitFor(() => expect(bench.reconciler.metrics()).toMatchObject({waiting: 0, drifted: 0}), SOON);
    bench.mayLock = true;
    await settled(['101', '102', '103']);
    await vi.waitFor(() => expect(bench.lockedOnBoard()).toEqual(['101', '103']), SOON);
    expect(bench.reconciler.metrics()).toMatchObject({drifted: 0});
  });

  test('is paid for in that mode, and the line opened if it still was locked', async () => {
    await open(['101']);
    bench.decide(['101'], 'locked');
    await settled(['101']);
    bench.board.misbehaviour = {kind: 'silent'};
    bench.mayLock = false;
    bench.write(['101'], 'open', 0);
    bench.board.misbehaviour = {kind: 'normal'};
    await settled(['101']);
    expect(bench.lockedOnBoard()).toEqual([]);
  });

  test('leaves a line alone that somebody barred at the switchboard', async () => {
    await open(['101', '102']);
    bench.mayLock = false;
    await sleep(100);
    const line = bench.board.lines.get('101');
    if (line !== undefined) line.locked = true;
    bench.decide(['101', '102'], 'locked');
    bench.decide(['101'], 'open');
    await bench.board.reboot(false, 20);
    await vi.waitFor(() => expect(bench.row('101').outgoing).toBe('barred'), SOON);
    await sleep(300);
    expect(commands()).toEqual([]);
    expect(bench.lockedOnBoard()).toEqual(['101']);
  });
});

describe('a switchboard that cannot be asked', () => {
  const cannotBeAsked = {capabilities: {readsLines: false, divertsIncoming: false}};

  test('is told to open what was locked from here when the mode locks nothing any more', async () => {
    bench = await openBench({lines: ['101', '102'], time: realTime(FASTER), ...cannotBeAsked});
    bench.decide(['102'], 'open');
    bench.decide(['101'], 'locked');
    await settled(['101', '102']);
    bench.mayLock = false;
    await vi.waitFor(() => expect(bench.lockedOnBoard()).toEqual([]), SOON);
    expect(commands()).toEqual(['lock 101', 'unlock 101']);
  });

  test('is told again after it was away, and a line that never was locked is left alone', async () => {
    bench = await openBench({lines: ['101', '102', '103'], time: realTime(FASTER), ...cannotBeAsked});
    bench.decide(['101', '102'], 'locked');
    bench.decide(['103'], 'open');
    await settled(['101', '102', '103']);
    bench.decide(['102'], 'open');
    await settled(['102']);
    expect(commands()).toEqual(['lock 101', 'lock 102', 'unlock 102']);
    expect(bench.row('101')).toMatchObject({outgoing: 'unknown', confirmed: 1});
    bench.sent.length = 0;
    await bench.board.reboot(true, 20);
    await vi.waitFor(() => expect(bench.lockedOnBoard()).toEqual(['101']), SOON);
    await vi.waitFor(() => expect(commands()).toEqual(['lock 101', 'unlock 102']), SOON);
    expect(bench.sent).not.toContain('read all');
  });
});

test('whatever was decided and whatever the switchboard did, at rest it is as the table says', async () => {
  const lines = linesFrom(101, 8);
  const line = fc.constantFrom(...lines);
  const event = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('decide'),
        line,
        wanted: fc.constantFrom('open', 'locked'),
        urgency: fc.nat(2),
        told: fc.boolean(),
      }),
    },
    {weight: 2, arbitrary: fc.record({kind: fc.constant('hand'), line, locked: fc.boolean()})},
    {weight: 2, arbitrary: fc.record({kind: fc.constant('misbehave'), as: fc.constantFrom('normal', 'garbage', 'silent', 'slow')})},
    {weight: 1, arbitrary: fc.record({kind: fc.constant('reboot'), forgets: fc.boolean()})},
    {weight: 1, arbitrary: fc.record({kind: fc.constant('fence'), mayWrite: fc.boolean()})},
    {weight: 1, arbitrary: fc.constant({kind: 'restart'} as const)},
    {weight: 3, arbitrary: fc.record({kind: fc.constant('wait'), ms: fc.nat(40)})},
  );
  type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;
  const act = async (each: Event): Promise<void> => {
    if (each.kind === 'decide') (each.told ? bench.decide : bench.write)([each.line], each.wanted, each.urgency);
    else if (each.kind === 'misbehave') bench.board.misbehaviour = each.as === 'slow' ? {kind: 'slow', ms: 20} : {kind: each.as};
    else if (each.kind === 'hand') Object.assign(bench.board.lines.get(each.line) ?? {}, {locked: each.locked});
    else if (each.kind === 'reboot') await bench.board.reboot(each.forgets, 5);
    else if (each.kind === 'fence') bench.mayWrite = each.mayWrite;
    else if (each.kind === 'wait') await sleep(each.ms);
    else await bench.restart();
  };
  await open(lines);
  await fc.assert(
    fc.asyncProperty(fc.array(event, {minLength: 5, maxLength: 30}), async (events) => {
      for (const each of events) await act(each);
      bench.mayWrite = true;
      bench.board.misbehaviour = {kind: 'normal'};
      // A hand that changed something in the last moment would be found by the sweep, minutes later: it ends with a restart here.
      await bench.board.reboot(false, 5);
      const wanted = lines.filter((each) => known(each) && bench.row(each).wanted === 'locked');
      await settled(lines.filter(known));
      await vi.waitFor(() => expect(bench.lockedOnBoard().filter(known)).toEqual(wanted), SOON);
    }),
    {numRuns: Math.ceil(amount('properties') / 50)},
  );
  expect(bench.atOnce()).toBe(1);
}, 240_000);

function known(extension: string): boolean {
  return bench.database.prepare('SELECT 1 FROM line_state WHERE extension = ?').get(extension) !== undefined;
}
