// The cloud's side of the link on real sockets: who is let in, what is heard, what is acknowledged, and how it ends.
import {createPrivateKey, randomBytes} from 'node:crypto';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import {must} from '../../shared/assert/assert.ts';
import {CHAIN_START} from '../../shared/journal/chain.ts';
import {decodeBatch, type Batch} from '../../shared/wire/batch.ts';
import type {DownFact} from '../../shared/wire/kinds.ts';
import {isSnapshot, snapshotPartSchema} from '../../shared/wire/snapshot.ts';
import {ackSchema, askSchema, decodePlain, type Heartbeat} from '../../shared/wire/talk.ts';
import {openCloudLink, type CloudLink} from '../rig/cloud-link.ts';
import {LinkBox, act, enrolled, keyAndRequest, until} from '../rig/link-box.ts';

let cloud: CloudLink;
let count = 0;
const boxes: LinkBox[] = [];

beforeAll(async () => {
  cloud = await openCloudLink();
});
afterEach(() => {
  for (const box of boxes.splice(0)) box.close();
});
afterAll(async () => cloud.remove());

/** A box of a site of its own. */
async function newBox(): Promise<LinkBox> {
  const site = `site-${(count += 1)}`;
  await cloud.site(site);
  return connected(await enrolled(cloud, site, 'box'));
}

async function connected(identity: LinkBox['identity']): Promise<LinkBox> {
  const box = new LinkBox(identity);
  boxes.push(box);
  return box.open();
}

async function upHead(box: LinkBox): Promise<{seq: number; chain: Buffer}> {
  return cloud.store.reading
    .selectFrom('site_head')
    .select(['seq', 'chain'])
    .where('site', '=', box.identity.site)
    .where('log', '=', 'up')
    .executeTakeFirstOrThrow();
}

const extension = (number: string): DownFact => ({kind: 'extension', id: number, body: {extension: number, class: 'student'}});

async function writeDown(box: LinkBox, facts: readonly DownFact[]): Promise<void> {
  await cloud.store.transact((tx) => cloud.downLog.write(tx, box.identity.site, facts));
}

async function downBatch(box: LinkBox): Promise<Batch> {
  const reading = decodeBatch(await box.next('down'), box.identity.cloudKey);
  if (reading.kind === 'refused') throw new Error(reading.why);
  return reading.batch;
}

async function stateOf(box: LinkBox) {
  return cloud.store.reading.selectFrom('box_state').selectAll().where('site', '=', box.identity.site).executeTakeFirstOrThrow();
}

describe('a box with a code', () => {
  test('is enrolled, connects, says hello and is told to go on in both directions', async () => {
    const box = await newBox();
    expect(box.identity.epoch).toBe(2);
    const reply = await box.hello();
    expect(reply).toMatchObject({epoch: 2, session: 1, down: {kind: 'RESUME', from: 1}, up: {kind: 'RESUME', from: 1}});
    expect(cloud.link.online()).toContainEqual({site: box.identity.site, box: 'box', session: 1});
    expect(await stateOf(box)).toMatchObject({session: 1, build: 'test', disconnected_at: null});
  });

  test('that connects again gets the next session, and goes on where it was', async () => {
    const box = await newBox();
    await box.hello();
    box.write(3);
    await box.send(1);
    box.close();
    await until(async () => (await stateOf(box)).disconnected_at !== null);
    const again = await connected(box.identity);
    again.heads = box.heads;
    expect(await again.hello()).toMatchObject({session: 2, up: {kind: 'RESUME', from: 4}});
    expect((await stateOf(box)).disconnected_at).toBeNull();
  });

  test('tells how it is, and that is kept', async () => {
    const box = await newBox();
    await box.hello();
    const heartbeat: Heartbeat = {
      ...box.label,
      at: 5,
      build: 'test',
      light: 'warning',
      heads: {up: 0, down: 0},
      stages: [{name: 'feed', light: 'ok'}],
      incidentsOpen: 1,
      clock: 'held',
    };
    box.publish('health', Buffer.from(JSON.stringify(heartbeat)));
    await until(async () => (await stateOf(box)).heartbeat !== null);
    expect(JSON.parse((await stateOf(box)).heartbeat ?? '')).toEqual(heartbeat);
  });
});

describe('rows of a box', () => {
  test('are acknowledged after the commit, up to the last, with the chain there', async () => {
    const box = await newBox();
    await box.hello();
    box.write(500);
    expect(await box.send(1)).toEqual({...box.label, upTo: 500, hash: box.heads.up.hash});
    const rows = await cloud.store.reading.selectFrom('up_log').select(['id', 'chain']).where('site', '=', box.identity.site).execute();
    expect(rows.length).toBe(500);
    expect((await upHead(box)).chain.toString('hex')).toBe(box.heads.up.hash);
  });

  test('that were sent before are acknowledged once more, and are there once', async () => {
    const box = await newBox();
    await box.hello();
    box.write(6);
    await box.send(1, 4);
    expect(await box.send(1, 4)).toMatchObject({upTo: 4});
    expect(await box.send(3, 6)).toMatchObject({upTo: 6, hash: box.heads.up.hash});
    expect((await upHead(box)).seq).toBe(6);
  });

  test('after a gap are answered with what is there', async () => {
    const box = await newBox();
    await box.hello();
    box.write(6);
    expect(await box.send(3)).toEqual({...box.label, upTo: 0, hash: CHAIN_START.toString('hex')});
    expect((await upHead(box)).seq).toBe(0);
    expect(await box.send(1)).toMatchObject({upTo: 6});
  });

  test('signed by another key are refused with a reason and an incident', async () => {
    const box = await newBox();
    await box.hello();
    box.write(2);
    const stranger = await newBox();
    const ack = await box.send(1, 2, {key: stranger.identity.privateKey});
    expect(ack).toMatchObject({upTo: 0, stopped: 'a batch is refused: the signature is not the writer’s'});
    expect((await upHead(box)).seq).toBe(0);
    expect(await cloud.openIncidents(box.identity.site)).toEqual(['link.refused box up']);
  });

  test('of another session are dropped', async () => {
    const box = await newBox();
    await box.hello();
    const old = box.label;
    await box.hello();
    expect(box.label.session).toBe(old.session + 1);
    box.write(2);
    box.publish('up', box.batch(1, 2, {label: old}));
    box.publish('up', box.batch(1, 2, {label: {...box.label, epoch: box.label.epoch - 1}}));
    expect(await box.send(1, 1)).toMatchObject({session: box.label.session, upTo: 1});
    expect((await upHead(box)).seq).toBe(1);
  });

  test('over another past than the cloud’s stop the direction, and nothing is taken', async () => {
    const box = await newBox();
    await box.hello();
    box.write(3);
    await box.send(1);
    const other = await connected(box.identity);
    other.isAlive = true;
    box.close();
    await until(async () => (await stateOf(box)).disconnected_at !== null);
    // As many rows and one more, none of them the same: the hello cannot tell, the batch does.
    other.write(4, (seq) => act(seq + 100));
    expect(await other.hello()).toMatchObject({up: {kind: 'RESUME', from: 4}});
    expect(await other.send(4)).toMatchObject({upTo: 3, hash: box.heads.up.hash, stopped: 'row 3 of the box is another one in the cloud'});
    expect(await cloud.openIncidents(box.identity.site)).toEqual(['link.history box up']);
  });

  test('that cannot be read are not acknowledged, those before them are', async () => {
    const box = await newBox();
    await box.hello();
    box.write(5, (seq) => (seq === 4 ? {id: 'strange', kind: 'strange', version: 1, body: {}} : act(seq)));
    const ack = await box.send(1);
    expect(ack).toMatchObject({upTo: 3, hash: must(box.rows[2], 'row 3').chain.toString('hex')});
    expect(ack.stopped).toBe('row 4: kind strange is not known to this release');
    expect(await cloud.openIncidents(box.identity.site)).toEqual(['link.unreadable box up']);
  });
});

describe('rows of the cloud', () => {
  test('go down at once after their commit, one batch at a time, and the box’s word for it is kept', async () => {
    const box = await newBox();
    await box.hello();
    await writeDown(box, [extension('101'), extension('102')]);
    const first = await downBatch(box);
    expect(first).toMatchObject({...box.label, from: 1, to: 2});
    await writeDown(box, [extension('103')]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(box.messages).toEqual([]);
    box.ackDown(2, first.chain);
    const second = await downBatch(box);
    expect(second).toMatchObject({from: 3, to: 3});
    expect(second.previousChain.equals(first.chain)).toBe(true);
    box.ackDown(3, second.chain);
    await until(async () => (await stateOf(box)).down_acked === 3);
  });

  test('that the box holds already are not sent again', async () => {
    const box = await newBox();
    await box.hello();
    await writeDown(box, [extension('101'), extension('102'), extension('103')]);
    const {rows} = await downBatch(box);
    const held = must(rows[1], 'row 2');
    box.heads = {...box.heads, down: {last: 2, hash: held.chain.toString('hex')}};
    expect(await box.hello()).toMatchObject({down: {kind: 'RESUME', from: 3}});
    expect(await downBatch(box)).toMatchObject({from: 3, to: 3, session: 2});
  });

  test('beyond 500 are cut, and no batch is longer than 256 KB, but for a row that is longer alone', async () => {
    const box = await newBox();
    await box.hello();
    const text = randomBytes(600_000).toString('base64');
    await writeDown(box, [
      ...Array.from({length: 501}, (_, place) => extension(`e${place}`)),
      {kind: 'tariff', id: 'large', body: {hash: 'a'.repeat(64), text}},
      extension('last'),
    ]);
    const sizes: number[] = [];
    for (let upTo = 0; upTo < 503;) {
      const bytes = await box.next('down');
      const reading = decodeBatch(bytes, box.identity.cloudKey);
      if (reading.kind === 'refused') throw new Error(reading.why);
      const {batch} = reading;
      expect(batch.from).toBe(upTo + 1);
      expect(bytes.length <= 256 * 1024 || batch.rows.length === 1).toBe(true);
      sizes.push(batch.rows.length);
      box.ackDown(batch.to, batch.chain);
      upTo = batch.to;
    }
    expect(sizes).toEqual([500, 1, 1, 1]);
  });

  test('that it cannot read wait, with an incident', async () => {
    const box = await newBox();
    await box.hello({reads: {extension: [1]}});
    await writeDown(box, [extension('101'), {kind: 'override', id: 'o', body: {extension: '101', act: 'lock', reason: 'r', by: 'b'}}]);
    const first = await downBatch(box);
    expect(first.to).toBe(1);
    box.ackDown(1, first.chain);
    await until(async () => (await cloud.openIncidents(box.identity.site)).length > 0);
    expect(await cloud.openIncidents(box.identity.site)).toEqual(['link.unreadable box down']);
    expect(
      await box.hello({reads: {extension: [1]}, heads: {...box.heads, down: {last: 1, hash: first.chain.toString('hex')}}}),
    ).toMatchObject({
      down: {kind: 'UPGRADE'},
      up: {kind: 'RESUME'},
    });
  });

  test('come to a new box of a site with a past as a snapshot first, and then as rows', async () => {
    const box = await newBox();
    await box.hello();
    box.write(2);
    await box.send(1);
    await writeDown(box, [extension('101')]);
    box.ackDown(1, (await downBatch(box)).chain);
    const fresh = await connected(await enrolled(cloud, box.identity.site, 'second'));
    const reply = await fresh.hello();
    if (reply.down.kind !== 'SNAPSHOT') throw new Error(`it was told ${reply.down.kind}`);
    expect(reply).toMatchObject({epoch: 3, down: {cut: {up: {last: 2}, down: {last: 1}}}, up: {kind: 'RESUME', from: 3}});
    const bytes = await fresh.next('down');
    expect(isSnapshot(bytes)).toBe(true);
    const part = fresh.signed('down', bytes, snapshotPartSchema);
    expect(part).toMatchObject({...fresh.label, cut: reply.down.cut, part: 1, parts: 1});
    expect(part.items).toContainEqual({kind: 'extension', body: {extension: '101', class: 'student'}});
    await writeDown(box, [extension('102')]);
    fresh.ackDown(1, Buffer.from(part.cut.down.hash, 'hex'));
    expect(await downBatch(fresh)).toMatchObject({from: 2, to: 2});
  });
});

describe('two boxes of one identity', () => {
  test('a copy is fenced while the box is alive, and may go on once it is not', async () => {
    const box = await newBox();
    await box.hello();
    const copy = await connected(box.identity);
    expect(await copy.hello()).toMatchObject({session: 0, down: {kind: 'FENCED'}, up: {kind: 'FENCED'}});
    expect(await cloud.openIncidents(box.identity.site)).toEqual(['link.clone box']);
    box.write(1);
    expect(await box.send(1)).toMatchObject({upTo: 1, session: 1});
    expect(decodePlain(await box.next('ask').catch(() => Buffer.alloc(0)), askSchema)).toMatchObject({kind: 'ping', ...box.label});
    // As if its line were cut without a word: the socket is still there.
    box.isAlive = false;
    const closed = box.ended();
    copy.heads = box.heads;
    expect(await copy.hello()).toMatchObject({session: 2, up: {kind: 'RESUME', from: 2}});
    await closed;
    await until(async () => (await cloud.openIncidents(box.identity.site)).length === 0);
  });

  test('what an old session says is dropped on the connection of the new one', async () => {
    const box = await newBox();
    await box.hello();
    box.write(1);
    const replayed = box.batch(1, 1);
    box.close();
    await until(async () => (await stateOf(box)).disconnected_at !== null);
    const again = await connected(box.identity);
    await again.hello();
    again.publish('up', replayed);
    again.publish('health', Buffer.from('{"kind":"none"}'));
    again.write(1, (seq) => act(seq + 100));
    expect(await again.send(1)).toMatchObject({session: 2, upTo: 1, hash: again.heads.up.hash});
  });
});

describe('a box that is taken out of service', () => {
  test('loses its connection within five seconds, and hears nothing but that it is out of service', async () => {
    const box = await newBox();
    await box.hello();
    const began = Date.now();
    const closed = box.ended();
    await cloud.store.transact((tx) => cloud.enrolment.revoke(tx, {site: box.identity.site, box: 'box'}));
    await closed;
    expect(Date.now() - began).toBeLessThan(5_000);
    const again = await connected(box.identity);
    again.write(1);
    again.label = box.label;
    again.publish('up', again.batch(1, 1));
    await writeDown(box, [extension('101')]);
    const verdict = {kind: 'FENCED', why: 'this box was taken out of service'};
    expect(await again.hello()).toMatchObject({epoch: 0, session: 0, down: verdict, up: verdict});
    expect((await upHead(box)).seq).toBe(0);
    expect(again.messages).toEqual([]);
    expect(cloud.link.online().map(({site}) => site)).not.toContain(box.identity.site);
  });

  test('by being enrolled again, or another in its place, loses its connection too', async () => {
    const box = await newBox();
    await box.hello();
    const closed = box.ended();
    const next = await enrolled(cloud, box.identity.site, 'box');
    await closed;
    expect(next.epoch).toBe(3);
    // Nobody has this certificate any more.
    await expect(connected(box.identity)).rejects.toThrow('closed before it was connected');
    const again = await connected(next);
    expect((await again.hello()).epoch).toBe(3);
    const replaced = again.ended();
    await enrolled(cloud, box.identity.site, 'other');
    await replaced;
    expect(await (await connected(next)).hello()).toMatchObject({up: {kind: 'FENCED'}});
  });
});

test('a hello that the box’s key has not signed ends the connection, with an incident', async () => {
  const box = await newBox();
  const stranger = await keyAndRequest();
  const closed = box.ended();
  box.sayHello({}, createPrivateKey(stranger.key));
  await closed;
  expect(box.messages).toEqual([]);
  expect(await cloud.openIncidents(box.identity.site)).toEqual(['link.refused box']);
});

test('rows are in the order of their numbers whatever the box sends, and their chain is the box’s', async () => {
  const box = await newBox();
  await box.hello();
  box.write(40);
  // Twenty batches at once, as no box sends them: each is taken in its turn.
  for (let from = 1; from <= 39; from += 2) box.publish('up', box.batch(from, from + 1));
  for (let upTo = 2; upTo <= 40; upTo += 2) expect(box.signed('up-ack', await box.next('up-ack'), ackSchema).upTo).toBe(upTo);
  expect((await upHead(box)).chain.toString('hex')).toBe(box.heads.up.hash);
});
