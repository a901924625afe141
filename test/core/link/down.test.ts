// The way down over time: what is in flight is sent again byte for byte, and what is not acknowledged ends the connection.
import {generateKeyPairSync, randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createDownLog} from '../../../cloud/books/down-log.ts';
import {createDownSender, type DownEnd, type DownGiven, type DownSender} from '../../../cloud/link/down.ts';
import {openStore, type Store} from '../../../cloud/store/open.ts';
import {must} from '../../../shared/assert/assert.ts';
import {CHAIN_START} from '../../../shared/journal/chain.ts';
import {instant} from '../../../shared/time/instant.ts';
import {decodeBatch, type Batch} from '../../../shared/wire/batch.ts';
import {isSnapshot, snapshotPartSchema, type SnapshotItem} from '../../../shared/wire/snapshot.ts';
import {decodeSigned} from '../../../shared/wire/talk.ts';
import {manualTime, type ManualTime} from '../manual-timers.ts';
import {temporaryFolder} from '../temporary-store.ts';

const keys = generateKeyPairSync('ec', {namedCurve: 'P-256'});
const turn = {epoch: 2, session: 5};

let store: Store;
let time: ManualTime;
let gone: AbortController;
let sent: Buffer[];
let acked: number[];
let ends: DownEnd[];
let sender: DownSender;
let remove: () => void;

beforeEach(async () => {
  const folder = temporaryFolder();
  remove = folder.remove;
  store = openStore(join(folder.folder, 'cloud.db'));
  [time, gone, sent, acked, ends] = [manualTime(), new AbortController(), [], [], []];
  await store.transact(async ({db}) => {
    await db.insertInto('site').values({id: 's', name: 's', currency: 'GBP', zone: 'Europe/London', created_at: 0}).execute();
  });
});
afterEach(async () => {
  gone.abort();
  await store.close();
  remove();
});

function start(changes: Partial<DownGiven> = {}): void {
  sender = createDownSender({
    store,
    key: keys.privateKey,
    site: 's',
    turn,
    reads: {extension: [1]},
    start: {kind: 'rows', after: 0},
    send: (bytes) => Promise.resolve(void sent.push(bytes)),
    acked: (upTo) => Promise.resolve(void acked.push(upTo)),
    monotonicMs: time.clock.monotonicMs,
    timers: time.timers,
    random: () => 0.5,
    gone: gone.signal,
    ...changes,
  });
  void sender.run().then((end) => ends.push(end));
}

async function write(...numbers: readonly string[]): Promise<void> {
  const log = createDownLog({now: () => instant(0), randomBytes, wake: () => sender.wake()});
  await store.transact((tx) =>
    log.write(
      tx,
      's',
      numbers.map((extension) => ({kind: 'extension', id: extension, body: {extension, class: 'student'}}) as const),
    ),
  );
}

function batch(bytes: Buffer | undefined): Batch {
  const reading = decodeBatch(must(bytes, 'message'), keys.publicKey);
  if (reading.kind === 'refused') throw new Error(reading.why);
  return reading.batch;
}

const ack = (upTo: number, chain: Buffer, stopped?: string): void =>
  sender.take({...turn, upTo, hash: chain.toString('hex'), ...(stopped === undefined ? {} : {stopped})});

test('a batch without an answer is sent again after a while, byte for byte, and later ever later', async () => {
  start();
  await write('101');
  await time.pass(0);
  expect(sent.length).toBe(1);
  // Ten seconds, and half of two more; the second time half of four more.
  await time.pass(10_900);
  expect(sent.length).toBe(1);
  await time.pass(200);
  expect(sent.length).toBe(2);
  await time.pass(11_800);
  expect(sent.length).toBe(2);
  await time.pass(200);
  expect(sent.length).toBe(3);
  expect(new Set(sent.map((bytes) => bytes.toString('hex'))).size).toBe(1);
});

test('what was written meanwhile comes with the next one', async () => {
  start();
  await write('101');
  await time.pass(0);
  await write('102', '103');
  await time.pass(0);
  expect(sent.length).toBe(1);
  ack(1, batch(sent[0]).chain);
  await time.pass(0);
  expect([batch(sent[1]).from, batch(sent[1]).to]).toEqual([2, 3]);
  expect(acked).toEqual([1]);
});

test('an acknowledgement of a part of it is taken, and the rest is sent', async () => {
  start();
  await write('101', '102', '103');
  await time.pass(0);
  ack(2, must(batch(sent[0]).rows[1], 'row 2').chain);
  await time.pass(0);
  expect([batch(sent[1]).from, batch(sent[1]).to]).toEqual([3, 3]);
  expect(acked).toEqual([2]);
});

test('an acknowledgement that comes twice moves nothing', async () => {
  start();
  await write('101');
  await time.pass(0);
  const {chain} = batch(sent[0]);
  ack(1, chain);
  await write('102');
  await time.pass(0);
  ack(1, chain);
  await time.pass(0);
  expect([sent.length, acked]).toEqual([2, [1]]);
});

describe('it ends', () => {
  test('with a box that says it holds another row', async () => {
    start();
    await write('101');
    await time.pass(0);
    ack(1, CHAIN_START);
    await time.pass(0);
    expect(ends).toEqual([{kind: 'fork', why: 'row 1 of the cloud is another one on the box'}]);
    expect(acked).toEqual([]);
  });

  test('with a box that cannot read what it got', async () => {
    start();
    await write('101');
    await time.pass(0);
    ack(0, CHAIN_START, 'row 1: it is broken');
    await time.pass(0);
    expect(ends).toEqual([{kind: 'unreadable', why: 'row 1: it is broken'}]);
  });

  test('before a row of a kind that the box does not read', async () => {
    start({reads: {credit: [1]}});
    await write('101');
    await time.pass(0);
    expect(ends).toEqual([{kind: 'unreadable', why: 'row 1: the box does not read extension version 1'}]);
    expect(sent).toEqual([]);
  });

  test('after ten times without an answer', async () => {
    start();
    await write('101');
    await time.pass(600_000);
    expect(sent.length).toBe(10);
    expect(ends.map(({kind}) => kind)).toEqual(['silent']);
  });

  test('with the connection', async () => {
    start();
    await write('101');
    await time.pass(0);
    gone.abort();
    await time.pass(0);
    expect(ends).toEqual([{kind: 'gone'}]);
  });
});

test('a wake-up that was lost costs a minute', async () => {
  start();
  await time.pass(0);
  const log = createDownLog({now: () => instant(0), randomBytes, wake: () => undefined});
  await store.transact((tx) => log.write(tx, 's', [{kind: 'extension', id: 'x', body: {extension: '1', class: 'student'}}]));
  await time.pass(59_000);
  expect(sent.length).toBe(0);
  await time.pass(1_000);
  expect(sent.length).toBe(1);
});

test('a snapshot goes in parts of a message’s size, each acknowledged before the next, and rows after its cut', async () => {
  const zero = CHAIN_START.toString('hex');
  const cut = {up: {last: 7, hash: 'a'.repeat(64)}, down: {last: 0, hash: zero}};
  const ids = (place: number): SnapshotItem => ({
    kind: 'calls',
    ids: Array.from({length: 10_000}, (_, call) => (place * 10_000 + call).toString(16).padStart(64, '0')),
  });
  start({start: {kind: 'snapshot', snapshot: {cut, items: [ids(0), ids(1), ids(2)]}}});
  const part = (bytes: Buffer | undefined) => {
    const reading = decodeSigned('down', must(bytes, 'part'), keys.publicKey, snapshotPartSchema);
    if (reading.kind === 'refused') throw new Error(reading.why);
    return reading.value;
  };
  const numbers: string[] = [];
  for (let count = 1; count <= 3; count++) {
    await time.pass(0);
    expect(sent.length).toBe(count);
    expect(must(sent.at(-1), 'part').length).toBeLessThan(4 * 1024 * 1024);
    expect(isSnapshot(must(sent.at(-1), 'part'))).toBe(true);
    const {part: number, parts, items} = part(sent.at(-1));
    expect([number, parts, items.length]).toEqual([count, 3, 1]);
    numbers.push(...items.flatMap((item) => (item.kind === 'calls' ? item.ids : [])));
    ack(number, CHAIN_START);
  }
  expect(new Set(numbers).size).toBe(30_000);
  await write('101');
  await time.pass(0);
  expect(batch(sent.at(-1)).from).toBe(1);
  expect(acked).toEqual([0]);
});
