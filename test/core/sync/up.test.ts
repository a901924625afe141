// The way up as a machine, on a real log, in a time that moves only when it is told to.
import {createPublicKey, generateKeyPairSync, randomBytes} from 'node:crypto';
import fc from 'fast-check';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {createLinkRows, type LinkRows} from '../../../edge/sync/link-rows.ts';
import {UpSender, type UpStop} from '../../../edge/sync/up.ts';
import {decodeBatch} from '../../../shared/wire/batch.ts';
import {BATCH_BYTES, type Ack} from '../../../shared/wire/talk.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {manualTime, type ManualTime} from '../manual-timers.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
const open = createPublicKey(privateKey);
const LABEL = {epoch: 3, session: 9};

let store: TemporaryStore;
let time: ManualTime;
let rows: LinkRows;
let sent: Buffer[];
let stops: UpStop[];
let held: number[];
let sender: UpSender;

beforeEach(() => {
  store = temporaryStore();
  begin();
});
afterEach(() => store.remove());

function begin(random = 0): void {
  time = manualTime();
  [sent, stops, held] = [[], [], []];
  rows = createLinkRows(store.database, (work) => inTransaction(store.database, work));
  sender = new UpSender({
    rows,
    key: privateKey,
    label: LABEL,
    send: (bytes) => sent.push(bytes),
    clock: time.clock,
    timers: time.timers,
    random: () => random,
    acknowledged: (upTo) => held.push(upTo),
    stopped: (stop) => stops.push(stop),
  });
}

function write(count: number, act: (row: number) => string = () => 'look'): void {
  const journal = createJournal(store.database, randomBytes);
  inTransaction(store.database, () => {
    for (let row = 0; row < count; row++) {
      journal.write([upFact('console-act', String(journal.next()), {act: act(row), by: 'Ann', at: 1})]);
    }
  });
}

const batch = (index = -1) => {
  const reading = decodeBatch(sent.at(index) ?? Buffer.alloc(0), open);
  if (reading.kind === 'refused') throw new Error(reading.why);
  return reading.batch;
};
const span = (index = -1): readonly number[] => [batch(index).from, batch(index).to];
const ack = (upTo: number, hash = rows.chainAt(upTo)?.toString('hex') ?? '', more: Partial<Ack> = {}): void =>
  sender.take({...LABEL, upTo, hash, ...more});

describe('rows go up', () => {
  test('from where the cloud stands, labelled with the session, chained to what it holds', () => {
    write(5);
    sender.start(3);
    expect(span()).toEqual([3, 5]);
    expect(batch()).toMatchObject(LABEL);
    expect(batch().previousChain).toEqual(rows.chainAt(2));
    expect([rows.acked(), stops]).toEqual([2, []]);
  });

  test('at most 500 at once, the next when those are acknowledged', () => {
    write(1_100);
    sender.start(1);
    expect([span(), sent.length]).toEqual([[1, 500], 1]);
    ack(500);
    ack(1_000);
    expect(span()).toEqual([1_001, 1_100]);
    ack(1_100);
    expect([held, sent.length, rows.acked(), sender.isIdle()]).toEqual([[500, 1_000, 1_100], 3, 1_100, true]);
  });

  test('over a backlog the next is made while one is on its way; near its end not, as more may come', async () => {
    const read = vi.spyOn(rows, 'rowsAfter');
    write(1_400);
    sender.start(1);
    await time.pass(1);
    expect([sent.length, read.mock.calls.map(([after]) => after)]).toEqual([1, [0, 500]]);
    ack(500);
    expect([span(), read.mock.calls.length]).toEqual([[501, 1_000], 2]);
    await time.pass(1);
    write(50);
    ack(1_000);
    expect([span(), read.mock.calls.length]).toEqual([[1_001, 1_450], 3]);
  });

  test('what was made ahead is made anew if the cloud took less of the one before', async () => {
    write(1_400);
    sender.start(1);
    await time.pass(1);
    ack(200);
    expect(span()).toEqual([201, 700]);
  });

  test('as many as fit into a message; one that is larger goes alone', () => {
    // Random hex shrinks to a half: 500 rows of 2 kB are half a megabyte of batch.
    write(500, () => randomBytes(1_000).toString('hex'));
    write(1, () => randomBytes(300_000).toString('hex'));
    sender.start(1);
    while (!sender.isIdle()) {
      const {from, to} = batch();
      expect(sent.at(-1)?.length ?? 0).toBeLessThanOrEqual(from === 501 ? Infinity : BATCH_BYTES);
      expect(from === 501 || to < 501).toBe(true);
      ack(to);
    }
    expect(rows.acked()).toBe(501);
    expect(sent.length).toBeLessThan(12);
  });

  test('soon after a commit, those of the same moment together, and not while nobody asked the cloud', async () => {
    write(1);
    sender.wake();
    await time.pass(1_000);
    expect(sent).toEqual([]);
    sender.start(1);
    ack(1);
    write(1);
    sender.wake();
    write(2);
    sender.wake();
    await time.pass(19);
    expect(sent.length).toBe(1);
    await time.pass(1);
    expect(span()).toEqual([2, 4]);
  });
});

describe('without an acknowledgement', () => {
  test('the same bytes go again, after longer and longer', async () => {
    begin(1 - Number.EPSILON);
    write(2);
    sender.start(1);
    write(3);
    for (const [ms, times] of [
      [14_999, 1],
      [2, 2],
      [29_998, 2],
      [3, 3],
      [59_990, 3],
      [11, 4],
      [60_001, 5],
    ] as const) {
      await time.pass(ms);
      expect(sent.length).toBe(times);
    }
    expect(new Set(sent.map((bytes) => bytes.toString('utf8'))).size).toBe(1);
    expect(sender.waitingSinceMs()).toBe(0);
    ack(2);
    expect(span()).toEqual([3, 5]);
  });

  test('of a cloud that says it lost rows, they go again from there with the next send', async () => {
    write(4);
    sender.start(3);
    ack(4);
    write(2);
    sender.wake();
    await time.pass(20);
    expect(span()).toEqual([5, 6]);
    ack(1);
    expect(sent.length).toBe(2);
    await time.pass(7_500);
    expect(span()).toEqual([2, 6]);
    expect(stops).toEqual([]);
  });
});

describe('an acknowledgement', () => {
  test('that comes twice, or late, is not heeded', () => {
    write(1_100);
    sender.start(1);
    ack(500);
    ack(500);
    ack(0);
    expect([sent.length, held]).toEqual([2, [500]]);
  });

  test('of part of a batch is followed by the rest', () => {
    write(4);
    sender.start(1);
    ack(2);
    expect([span(), held]).toEqual([[3, 4], [2]]);
  });

  test('whose chain is not ours stops the direction, and moves nothing', () => {
    write(2);
    sender.start(1);
    ack(2, 'cd'.repeat(32));
    expect(stops.map(({code}) => code)).toEqual(['sync.fork']);
    sender.wake();
    ack(2);
    expect([rows.acked(), held, sent.length, time.next()]).toEqual([0, [], 1, undefined]);
  });

  test('beyond what we have is no word of ours', () => {
    write(2);
    sender.start(1);
    ack(7, 'cd'.repeat(32));
    expect(stops.map(({code}) => code)).toEqual(['sync.fork']);
  });

  test('that says why it stops, stops', () => {
    write(2);
    sender.start(1);
    ack(0, undefined, {stopped: 'row 1: kind hologram is not known'});
    expect(stops).toEqual([{code: 'sync.up-refused', why: 'row 1: kind hologram is not known'}]);
  });
});

describe('the cloud’s verdict', () => {
  test('beyond our end is a past that we lost', () => {
    write(2);
    sender.start(4);
    expect(stops.map(({code}) => code)).toEqual(['sync.tail']);
  });

  test('before our beginning is a past that we never had', () => {
    inTransaction(store.database, () => store.database.exec("UPDATE log_head SET seq = 10, start_seq = 10 WHERE log = 'up'"));
    sender.start(10);
    expect(stops.map(({code}) => code)).toEqual(['sync.rewind']);
  });
});

test('a draining sender waits for what is on its way, and sends nothing more', async () => {
  write(600);
  sender.start(1);
  sender.drain();
  expect(sender.isIdle()).toBe(false);
  ack(500);
  await time.pass(60_000);
  expect([sender.isIdle(), sent.length, rows.acked()]).toEqual([true, 1, 500]);
});

test('whatever is lost, doubled or late, the cloud gets every row once and in order', async () => {
  const act = fc.constantFrom('write', 'deliver', 'lose', 'ack', 'ack-twice', 'old-ack', 'wait');
  await fc.assert(
    fc.asyncProperty(fc.array(act, {maxLength: 60}), async (acts) => {
      store.remove();
      store = temporaryStore();
      begin();
      const cloud: number[] = [];
      let delivered = 0;
      const deliver = (): void => {
        for (; delivered < sent.length; delivered++) {
          const {from, rows: taken} = batch(delivered);
          if (from <= cloud.length + 1) cloud.push(...taken.map(({seq}) => seq).filter((seq) => seq > cloud.length));
        }
      };
      sender.start(1);
      for (const each of acts) {
        if (each === 'write') write(3);
        if (each === 'deliver') deliver();
        if (each === 'lose') delivered = sent.length;
        if (each === 'ack' || each === 'ack-twice') ack(cloud.length);
        if (each === 'ack-twice') ack(cloud.length);
        if (each === 'old-ack') ack(Math.max(0, cloud.length - 2));
        if (each === 'wait') await time.pass(70_000);
        sender.wake();
      }
      for (let round = 0; round < 100 && rows.acked() < rows.head('up').seq; round++) {
        sender.wake();
        await time.pass(70_000);
        deliver();
        ack(cloud.length);
      }
      expect(rows.acked()).toBe(rows.head('up').seq);
      expect(cloud).toEqual(Array.from({length: rows.head('up').seq}, (_, index) => index + 1));
      expect(stops).toEqual([]);
    }),
    {numRuns: 40},
  );
});
