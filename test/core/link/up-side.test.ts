// What goes up, past the wire: slices, poison, full disks, and a box that says that it has more and sends nothing.
import {generateKeyPairSync, randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createIntake, type Intake} from '../../../cloud/books/intake.ts';
import {createIncidents} from '../../../cloud/fleet/incidents.ts';
import type {Connection} from '../../../cloud/link/broker.ts';
import {beginLive, type Live} from '../../../cloud/link/live.ts';
import {createSessions} from '../../../cloud/link/sessions.ts';
import {insertMany} from '../../../cloud/store/bulk.ts';
import {openStore, type Store} from '../../../cloud/store/open.ts';
import {Failure} from '../../../shared/failure/failure.ts';
import {CHAIN_START} from '../../../shared/journal/chain.ts';
import {instant} from '../../../shared/time/instant.ts';
import {encodeBatch} from '../../../shared/wire/batch.ts';
import {sealRow, type Row} from '../../../shared/wire/row.ts';
import {ackSchema, decodeSigned, type Ack, type Heartbeat} from '../../../shared/wire/talk.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {helloOf} from '../../rig/link-box.ts';
import {manualTime, type ManualTime} from '../manual-timers.ts';
import {silentLog} from '../silent-log.ts';
import {temporaryFolder} from '../temporary-store.ts';

const cloudKeys = generateKeyPairSync('ec', {namedCurve: 'P-256'});
const boxKeys = generateKeyPairSync('ec', {namedCurve: 'P-256'});
const turn = {epoch: 1, session: 1};
const MINUTE_MS = 60_000;

let store: Store;
let time: ManualTime;
let live: Live;
let acks: Ack[];
let closings: string[];
let before: (rows: readonly Row[]) => void;
let remove: () => void;

beforeEach(async () => {
  const folder = temporaryFolder();
  remove = folder.remove;
  store = openStore(join(folder.folder, 'cloud.db'));
  [time, acks, closings, before] = [manualTime(), [], [], () => undefined];
  await store.transact(async ({db}) => {
    await db.insertInto('site').values({id: 's', name: 's', currency: 'GBP', zone: 'Europe/London', created_at: 0, session: 1}).execute();
  });
  live = begin();
});
afterEach(async () => {
  live.end();
  await store.close();
  remove();
});

function begin(): Live {
  const now = () => instant(0);
  const real = createIntake({now, insertMany, onWarning: () => Promise.resolve(), onTopUpRequest: () => Promise.resolve()});
  const intake: Intake = (tx, site, rows) => {
    before(rows);
    return real(tx, site, rows);
  };
  const connection: Connection = {
    site: 's',
    box: 'b',
    name: 's/b#1',
    fingerprint: '',
    gone: new AbortController().signal,
    close: (why) => void closings.push(why),
    send: (_channel, bytes) => {
      const reading = decodeSigned('up-ack', bytes, cloudKeys.publicKey, ackSchema);
      if (reading.kind === 'value') acks.push(reading.value);
      return Promise.resolve();
    },
  };
  const key = cloudKeys.privateKey;
  const {monotonicMs} = time.clock;
  // Timers of nothing: slices yield, and go on.
  const timers = {after: (ms: number, act: () => void) => (ms === 0 ? (setImmediate(act), () => undefined) : time.timers.after(ms, act))};
  const ground = {
    store,
    sessions: createSessions(store, now),
    intake,
    incidents: createIncidents(store, now),
    key,
    monotonicMs,
    timers,
    random: () => 0,
    log: silentLog,
  };
  const hello = helloOf({epoch: 1});
  const resume = {kind: 'RESUME', from: 1} as const;
  const box = {site: 's', box: 'b', fingerprint: '', key: boxKeys.publicKey, expiresAt: 0, inService: true};
  return beginLive(ground, {connection, box, turn, hello, judgement: {up: resume, down: resume}, start: undefined, upTo: 0});
}

function rows(count: number): readonly Row[] {
  let previousChain: Uint8Array = CHAIN_START;
  return Array.from({length: count}, (_, place) => {
    const row = sealRow(
      upFact('console-act', `${place}`, {act: 'a', by: 'b', at: 0}),
      {seq: place + 1, epoch: 1, basis: 0, previousChain},
      randomBytes,
    );
    previousChain = row.chain;
    return row;
  });
}

const send = (list: readonly Row[]) => live.take('up', encodeBatch(list, {...turn, previousChain: CHAIN_START}, boxKeys.privateKey));
const held = async (): Promise<number> =>
  (await store.reading.selectFrom('site_head').select('seq').where('log', '=', 'up').executeTakeFirstOrThrow()).seq;
const open = async (): Promise<readonly string[]> =>
  (await store.reading.selectFrom('incident').select(['code', 'subject']).where('ended_at', 'is', null).execute()).map(
    ({code, subject}) => `${code} ${subject}`,
  );

test('a batch is taken in slices, and acknowledged once, after the last of them', async () => {
  const sizes: number[] = [];
  before = (slice) => {
    expect(acks).toEqual([]);
    sizes.push(slice.length);
  };
  await send(rows(500));
  expect(sizes).toEqual([150, 150, 150, 50]);
  expect(acks.map(({upTo}) => upTo)).toEqual([500]);
});

test('a session that is over in SQL takes nothing more, from the next slice on', async () => {
  let slices = 0;
  before = () => {
    slices += 1;
  };
  const sending = send(rows(500));
  await new Promise((resolve) => setImmediate(resolve));
  await store.transact(async ({db}) => {
    await db.updateTable('site').set({session: 2}).execute();
  });
  await sending;
  expect(slices).toBeLessThan(4);
  expect(await held()).toBe(150 * slices);
  expect(acks).toEqual([]);
  expect(closings).toEqual(['another session has begun']);
});

test('rows that cannot be posted are rolled back, told, and end nothing but their direction', async () => {
  before = (slice) => {
    if (slice.some(({seq}) => seq === 200)) throw new Error('broken invariant: x');
  };
  await send(rows(300));
  expect(await held()).toBe(150);
  expect(acks).toMatchObject([{upTo: 150, stopped: 'rows 1 to 300 could not be posted: Error: broken invariant: x'}]);
  expect(await open()).toEqual(['link.unreadable b up']);
  expect(closings).toEqual([]);
  before = () => undefined;
  await send(rows(300));
  expect([await held(), acks.length]).toEqual([150, 1]);
});

test('a full disk acknowledges nothing, and the same rows are taken once there is room', async () => {
  before = () => {
    throw new Failure('store.full', 'the disk is full', 'make room');
  };
  await send(rows(3));
  expect([await held(), acks]).toEqual([0, []]);
  before = () => undefined;
  await send(rows(3));
  expect([await held(), acks.map(({upTo}) => upTo)]).toEqual([3, [3]]);
  expect(await open()).toEqual([]);
});

test('a box that says for five minutes that it has more, and sends nothing, loses its connection', async () => {
  const heartbeat: Heartbeat = {
    ...turn,
    at: 0,
    build: 'b',
    light: 'ok',
    heads: {up: 9, down: 0},
    stages: [],
    incidentsOpen: 0,
    clock: 'held',
  };
  await live.take('health', Buffer.from(JSON.stringify(heartbeat)));
  await time.pass(4 * MINUTE_MS);
  await live.watch();
  expect(closings).toEqual([]);
  await time.pass(MINUTE_MS);
  await live.watch();
  expect(closings).toEqual(['the box says that it holds 9 rows, 0 are here, and none has come for 5 minutes']);
  expect(await open()).toEqual(['link.stuck b up']);
});

test('a box that has nothing to say may be silent', async () => {
  await send(rows(3));
  await time.pass(20 * MINUTE_MS);
  await live.watch();
  expect(closings).toEqual([]);
});

test('what was wrong with a direction is over with the first row that is taken', async () => {
  const incidents = createIncidents(store, () => instant(0));
  for (const code of ['link.stuck', 'link.unreadable'] as const)
    await incidents.open({site: 's', code, subject: 'b up', detail: 'd', cure: 'c'});
  await send(rows(1));
  expect(await open()).toEqual([]);
});
