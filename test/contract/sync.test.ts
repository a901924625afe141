// The box's side of the link over a real broker and mutual TLS, against a cloud that can be made to misbehave.
import {beforeEach, describe, expect, test, vi} from 'vitest';
import {verifyLedger} from '../../edge/ledger/verify.ts';
import {openForReading} from '../../edge/store/open.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {BrokerCloud} from '../simulator/cloud/broker.ts';
import {creditFact} from '../simulator/cloud/site.ts';
import {incidents, link, linkBench, NOON, POUND, SITE, until} from './sync-bench.ts';

const {start, stop, reopen, replaceCloud, path, ...bench} = linkBench();
let cloud: BrokerCloud;
beforeEach(() => {
  cloud = bench.cloud();
});

describe('a box that is enrolled', () => {
  test('says where its logs stand, is answered, and is connected', async () => {
    const box = start();
    await until(() => expect(link(box)?.light).toBe('ok'));
    await until(() => expect(cloud.beats.length).toBe(1));
    const [hello] = cloud.hellos;
    expect(hello).toMatchObject({protocol: 1, build: '1.0.0', epoch: 1, heads: {up: {last: 0}, down: {last: 0}}, reads: {credit: [1]}});
    expect(cloud.beats[0]).toMatchObject({epoch: 1, session: 1, light: 'ok', heads: {up: 0, down: 0}});
    expect(box.cloud.agreesOnTime()).toBe(true);
  });

  test('sends what it wrote before and what it writes then, in order, each once', async () => {
    const box = start();
    box.write(3);
    await until(() => expect(cloud.up.length).toBe(3));
    box.write(1_203);
    await until(() => expect(box.acked()).toBe(1_206));
    expect(cloud.up.map(({seq}) => seq)).toEqual(Array.from({length: 1_206}, (_, index) => index + 1));
    expect(box.health.snapshot().stages.at(-1)?.counters).toEqual([
      {name: 'rows-waiting', value: 0},
      {name: 'rows-held', value: 1_206},
    ]);
  });

  test('sends soon after the commit, without being asked', async () => {
    const box = start({faster: 1});
    await until(() => expect(cloud.beats.length).toBe(1));
    box.write(1);
    await vi.waitFor(() => expect(box.acked()).toBe(1), {timeout: 700, interval: 5});
  });

  test('takes what comes down in one path: rules, tenants, money; and says so', async () => {
    cloud.write(SITE);
    const box = start();
    await until(() => expect(cloud.downAcks.at(-1)?.upTo).toBe(5));
    expect(box.ledger.balance('ann' as AccountId)).toBe(5 * POUND);
    cloud.write([creditFact('ann', POUND, 'p2', NOON)]);
    await until(() => expect(box.ledger.balance('ann' as AccountId)).toBe(6 * POUND));
    await until(() => expect(cloud.downAcks.at(-1)).toMatchObject({upTo: 6, hash: cloud.down.at(-1)?.chain.toString('hex')}));
    expect(verifyLedger(box.database).findings).toEqual([]);
  });

  test('answers whether its session is alive', async () => {
    start();
    await until(() => expect(cloud.beats.length).toBe(1));
    cloud.ask('are you there');
    await until(() => expect(cloud.answers).toEqual([{kind: 'pong', epoch: 1, session: 1, nonce: 'are you there'}]));
  });

  test('tells a change of its light at once', async () => {
    const box = start();
    await until(() => expect(cloud.beats.length).toBe(1));
    box.health.incident('feed.unreachable', 'mitel', 'no route', 'look');
    await until(() => expect(cloud.beats.at(-1)).toMatchObject({light: 'fault', incidentsOpen: 1}));
  });
});

describe('without the cloud', () => {
  test('rows wait, the page says how many and since when, and it is a warning', async () => {
    await cloud.close();
    const box = start();
    await until(() =>
      expect(link(box)?.links[0]?.state).toMatchObject({kind: 'down', why: expect.stringContaining('nothing listens') as string}),
    );
    box.write(4);
    await until(() =>
      expect(link(box)).toMatchObject({light: 'warning', reasons: [{kind: 'link-down'}, {kind: 'rows-waiting', count: 4}]}),
    );
    cloud = await replaceCloud();
    // Another cloud has another key: nothing of it is believed.
    await until(() => expect(cloud.hellos.length).toBeGreaterThan(0));
    expect([box.acked(), cloud.up.length]).toEqual([0, 0]);
  });

  test('a box that is new waits for word of who it is before it opens its feeds, and says so', async () => {
    await cloud.close();
    const box = start();
    let isOpen = false;
    void box.cloud.settled(new AbortController().signal).then(() => (isOpen = true));
    await until(() =>
      expect(link(box)?.links[0]?.state).toMatchObject({
        why: expect.stringContaining('waiting for the cloud to say who this box is') as string,
      }),
    );
    box.health.incident('feed.unreachable', 'mitel', 'no route', 'look');
    expect([isOpen, box.cloud.isSettled(), box.head('up')]).toEqual([false, false, 0]);
    await reopen();
    await until(() => expect(isOpen).toBe(true));
  });

  test('a box that has worked before does not wait', async () => {
    const box = start();
    await until(() => expect(box.cloud.isSettled()).toBe(true));
    box.write(1);
    await stop(box);
    await cloud.close();
    expect(start().cloud.isSettled()).toBe(true);
  });

  test('it comes back by itself, and what was written meanwhile goes up once', async () => {
    const box = start();
    box.write(2);
    await until(() => expect(box.acked()).toBe(2));
    await cloud.close();
    box.write(5);
    await until(() => expect(link(box)?.light).toBe('warning'));
    await reopen();
    await until(() => expect(box.acked()).toBe(7));
    expect(cloud.up.map(({seq}) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(cloud.clients.size).toBe(1);
  });
});

describe('acknowledgements', () => {
  test('that are lost are waited for: the same bytes are sent again, and held once', async () => {
    cloud.faults.acksLost = 2;
    const box = start();
    box.write(3);
    await until(() => expect(box.acked()).toBe(3));
    expect(cloud.batches.length).toBe(3);
    expect(new Set(cloud.batches.map((bytes) => bytes.toString('utf8'))).size).toBe(1);
    expect(cloud.up.length).toBe(3);
  });

  test('that come three times change nothing more', async () => {
    cloud.faults.acksEach = 3;
    const box = start();
    for (let time = 1; time <= 4; time++) {
      box.write(2);
      await until(() => expect(box.acked()).toBe(time * 2));
    }
    expect(cloud.batches.length).toBe(4);
  });

  test('of another past stop the direction, with an incident; down goes on', async () => {
    cloud.faults.ack = (ack) => ({...ack, hash: 'ab'.repeat(32)});
    const box = start();
    box.write(1);
    await until(() => expect(incidents(box)).toEqual(['sync.fork']));
    expect(box.acked()).toBe(0);
    cloud.write(SITE);
    await until(() => expect(box.head('down')).toBe(5));
  });

  test('that say why the cloud takes no more stop the direction, and the next connection tries again', async () => {
    cloud.faults.ack = (ack) => ({...ack, stopped: 'row 1: kind hologram is not known to this release'});
    const box = start();
    box.write(1);
    await until(() => expect(incidents(box)).toEqual(['sync.up-refused']));
    cloud.faults.ack = (ack) => ack;
    cloud.cut();
    await until(() => expect(box.acked()).toBe(box.head('up')));
    await until(() => expect(incidents(box)).toEqual([]));
  });

  test('that never come: the connection is made anew, and people hear of it', async () => {
    cloud.faults.acksLost = Infinity;
    const box = start({faster: 100});
    box.write(1);
    await until(() => expect(incidents(box)).toEqual(['sync.stuck']));
    await until(() => expect(cloud.hellos.length).toBeGreaterThan(1));
    cloud.faults.acksLost = 0;
    await until(() => expect(incidents(box)).toEqual([]));
  });
});

describe('the hello', () => {
  test('that is not answered is said again, on another connection', async () => {
    cloud.faults.repliesLost = 1;
    const box = start();
    await until(() => expect(link(box)?.light).toBe('ok'));
    await until(() => expect(cloud.hellos.length).toBe(2));
    expect(new Set(cloud.hellos.map(({nonce}) => nonce)).size).toBe(2);
  });

  test('is waited with for as long as the cloud says', async () => {
    cloud.faults.verdicts = () =>
      cloud.hellos.length === 1 ? {down: {kind: 'WAIT', ms: 2_000}, up: {kind: 'WAIT', ms: 2_000}} : undefined;
    const box = start();
    box.write(1);
    await until(() => expect(box.acked()).toBe(1));
    expect(cloud.hellos.length).toBe(2);
    expect(cloud.session).toBe(2);
  });

  test('answered with a higher epoch: what is written from then on carries it, what was there travels unchanged', async () => {
    const box = start();
    await until(() => expect(box.cloud.isSettled()).toBe(true));
    box.write(1);
    await until(() => expect(box.acked()).toBe(1));
    await cloud.close();
    box.write(1);
    cloud.epoch = 7;
    await reopen();
    await until(() => expect(box.acked()).toBe(2));
    box.write(1);
    await until(() => expect(box.acked()).toBe(3));
    expect(cloud.up.map(({epoch}) => epoch)).toEqual([1, 1, 7]);
    expect(verifyLedger(box.database).findings).toEqual([]);
  });

  test('answered FENCED: no line is written to from then on, over a restart too, until the cloud says otherwise', async () => {
    cloud.faults.verdicts = () => ({down: {kind: 'FENCED', why: 'another box'}, up: {kind: 'FENCED', why: 'another box'}});
    const box = start();
    await until(() => expect(box.cloud.isFenced()).toBe(true));
    expect(incidents(box)).toEqual(['sync.fenced']);
    await stop(box);
    await cloud.close();
    const again = start();
    expect(again.cloud.isFenced()).toBe(true);
    cloud.faults.verdicts = undefined;
    await reopen();
    await until(() => expect(again.cloud.isFenced()).toBe(false));
    await until(() => expect(incidents(again)).toEqual([]));
  });

  test.for([
    ['UPGRADE', 'sync.upgrade'],
    ['REWIND', 'sync.rewind'],
    ['TAIL', 'sync.tail'],
    ['FORK', 'sync.fork'],
    ['GIVE_DOWN', 'sync.give-down'],
  ] as const)('answered %s for one direction: that one stands still, the other goes on', async ([kind, code]) => {
    cloud.write(SITE);
    const verdict = kind === 'UPGRADE' ? {kind, why: 'because'} : {kind, from: 1, why: 'because'};
    cloud.faults.verdicts = ({heads}) => ({down: {kind: 'RESUME', from: heads.down.last + 1}, up: verdict});
    const box = start();
    box.write(2);
    await until(() => expect(box.head('down')).toBe(5));
    await until(() => expect(incidents(box)).toEqual([code]));
    expect(cloud.batches).toEqual([]);
    cloud.faults.verdicts = undefined;
    cloud.cut();
    await until(() => expect(box.acked()).toBe(box.head('up')));
    await until(() => expect(incidents(box)).toEqual([]));
  });

  test('of a box whose clock is an hour behind shows it, and the floor of its clock is raised', async () => {
    const box = start({now: () => Date.now() - 3_600_000});
    await until(() => expect(cloud.beats.length).toBe(1));
    expect(box.cloud.agreesOnTime()).toBe(false);
    const floor = box.database.prepare<[], number>('SELECT clock_floor FROM cloud_link').pluck().get() ?? 0;
    expect(Math.abs(floor - Date.now())).toBeLessThan(60_000);
  });
});

test('a stopping box waits for the batch that is on its way, and not for long', async () => {
  const box = start({faster: 1});
  await until(() => expect(cloud.beats.length).toBe(1));
  cloud.faults.acksLost = Infinity;
  box.write(10);
  await until(() => expect(cloud.batches.length).toBe(1));
  const since = performance.now();
  await stop(box);
  expect(performance.now() - since).toBeLessThan(3_000);
  const reading = openForReading(path());
  expect(verifyLedger(reading).findings).toEqual([]);
  reading.close();
});
