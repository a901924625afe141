// What comes down over the link: rows of all kinds of faults, and a site's past for a new box.
import {beforeEach, describe, expect, test} from 'vitest';
import {verifyLedger} from '../../edge/ledger/verify.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Row} from '../../shared/wire/row.ts';
import {encodeSigned} from '../../shared/wire/talk.ts';
import type {SnapshotItem} from '../../shared/wire/snapshot.ts';
import {pricedCall} from '../core/rated-calls.ts';
import type {BrokerCloud} from '../simulator/cloud/broker.ts';
import {creditFact, HALL_POLICY} from '../simulator/cloud/site.ts';
import type {DownFact} from '../simulator/cloud/stand-in.ts';
import {incidents, linkBench, NOON, POUND, SITE, until} from './sync-bench.ts';

const {start, aside, ...bench} = linkBench();
let cloud: BrokerCloud;
beforeEach(() => {
  cloud = bench.cloud();
});

/** The rows of {@link SITE}, of a cloud that has not sent them. */
function notSent(): readonly Row[] {
  const other = aside();
  other.write(SITE);
  return other.down;
}

describe('rows that come down', () => {
  test('of another session are not heeded, and not acknowledged', async () => {
    const box = start();
    await until(() => expect(cloud.beats.length).toBe(1));
    cloud.write([]);
    cloud.down.push(...notSent());
    cloud.sendDown(0, {epoch: 1, session: 99});
    cloud.sendDown(0, {epoch: 2, session: 1});
    cloud.ask('after');
    await until(() => expect(cloud.answers.length).toBe(1));
    expect([box.head('down'), cloud.downAcks.length]).toEqual([0, 0]);
    cloud.sendDown(0);
    await until(() => expect(box.head('down')).toBe(5));
  });

  test('with a gap before them are answered with where the box stands', async () => {
    const box = start();
    await until(() => expect(cloud.beats.length).toBe(1));
    cloud.down.push(...notSent());
    cloud.sendDown(3);
    await until(() => expect(cloud.downAcks[0]).toMatchObject({upTo: 0, hash: '00'.repeat(32)}));
    await until(() => expect(box.head('down')).toBe(5));
  });

  test('that cannot be read stop the direction: said to the cloud, with an incident, and over with the next that can', async () => {
    const box = start();
    await until(() => expect(cloud.beats.length).toBe(1));
    cloud.write([...SITE, {kind: 'hologram', body: {}} as unknown as DownFact]);
    await until(() => expect(cloud.downAcks.at(-1)?.stopped).toBe('row 6: kind hologram is not known to this release'));
    expect(incidents(box)).toEqual(['credit.down-refused']);
    expect(box.head('down')).toBe(0);
    cloud.down.pop();
    cloud.sendDown(0);
    await until(() => expect(box.head('down')).toBe(5));
    await until(() => expect(incidents(box)).toEqual([]));
  });
});

test('what is no message of the cloud, on whatever channel, is not heeded', async () => {
  const box = start();
  await until(() => expect(cloud.beats.length).toBe(1));
  const stranger = aside();
  const ack = {epoch: 1, session: 1, upTo: 1, hash: '00'.repeat(32)};
  for (const channel of ['hello-reply', 'down', 'up-ack', 'ask'] as const) {
    for (const junk of [Buffer.alloc(0), Buffer.from('{'), Buffer.from('[1,2]'), Buffer.alloc(1_000_000, 0xff)]) cloud.say(channel, junk);
    cloud.say(channel, encodeSigned(channel, ack, stranger.key));
  }
  box.write(2);
  await until(() => expect(box.acked()).toBe(2));
  cloud.write(SITE);
  await until(() => expect(box.head('down')).toBe(5));
  expect(cloud.hellos.length).toBe(1);
});

test('a message beyond four megabytes cuts the connection before it is held, and all goes on with the next', async () => {
  const box = start();
  await until(() => expect(cloud.beats.length).toBe(1));
  cloud.say('down', Buffer.alloc(5 * 1024 * 1024));
  await until(() => expect(cloud.hellos.length).toBe(2));
  cloud.write(SITE);
  await until(() => expect(box.head('down')).toBe(5));
});

describe('a new box on a site with a past', () => {
  const cut = {up: {last: 900, hash: '11'.repeat(32)}, down: {last: 40, hash: '22'.repeat(32)}};
  const known = pricedCall('known', 'ann', POUND / 2);
  const fresh = pricedCall('fresh', 'ann', POUND / 4);
  const parts: readonly (readonly SnapshotItem[])[] = [
    [
      {kind: 'policy', body: {...HALL_POLICY, brake: {lines: 1, percent: 1, minutes: 10}}},
      {kind: 'extension', body: {extension: '101', class: 'student'}},
      {kind: 'account', body: {account: 'ann', currency: 'GBP', language: 'en-GB', closed: false}},
      {kind: 'tenancy', body: {tenancy: 't1', extension: '101', account: 'ann', from: NOON}},
    ],
    [
      {kind: 'opening', account: 'ann', house: false, currency: 'GBP', balance: 3 * POUND},
      {kind: 'opening', account: 'revenue', house: true, currency: 'GBP', balance: 7 * POUND},
      {kind: 'opening', account: 'cash', house: true, currency: 'GBP', balance: -10 * POUND},
    ],
    [{kind: 'calls', ids: [known.id]}],
  ];

  test('begins at the cut: what accounts stood at, calls that are known, and both logs go on from there', async () => {
    cloud.begin(cut, parts);
    cloud.write([creditFact('ann', POUND, 'later', NOON)]);
    const box = start();
    await until(() => expect(box.head('down')).toBe(41));
    expect(box.ledger.balance('ann' as AccountId)).toBe(4 * POUND);
    expect(box.ledger.balance('opening' as AccountId)).toBe(0);
    expect(cloud.downAcks.slice(0, 3).map(({upTo, hash}) => [upTo, hash])).toEqual([1, 2, 3].map((part) => [part, '22'.repeat(32)]));
    const recorded = box.transact(() => box.ledger.record([known, fresh], 'bill', NOON));
    expect([recorded.recorded.length, recorded.replays]).toEqual([1, 1]);
    expect(box.ledger.balance('ann' as AccountId)).toBe(3.75 * POUND);
    await until(() => expect(box.acked()).toBe(901));
    expect(cloud.up.map(({seq, id}) => [seq, id])).toEqual([[901, `call:${fresh.id}`]]);
    expect(verifyLedger(box.database).findings).toEqual([]);
  });

  test('keeps the parts it has over a loss of the line, and applies nothing before all are there', async () => {
    cloud.begin(cut, parts);
    cloud.sendPart = ((send) => (part: number) => {
      if (part < 3 || cloud.hellos.length > 1) send.call(cloud, part);
      else cloud.cut();
    })(cloud.sendPart.bind(cloud));
    const box = start();
    await until(() => expect(cloud.hellos.length).toBe(1));
    await until(() => expect(box.head('down')).toBe(40));
    expect(cloud.hellos.slice(0, 2).map(({heads}) => heads.down.last)).toEqual([0, 0]);
    expect(box.ledger.balance('ann' as AccountId)).toBe(3 * POUND);
  });

  test('is not for a box that has a ledger: it is refused, with an incident', async () => {
    cloud.write(SITE);
    const box = start();
    await until(() => expect(box.head('down')).toBe(5));
    cloud.begin(cut, parts);
    cloud.faults.verdicts = () => ({down: {kind: 'SNAPSHOT', cut}, up: {kind: 'RESUME', from: 1}});
    cloud.cut();
    await until(() => expect(incidents(box)).toEqual(['sync.snapshot-refused']));
    expect(box.ledger.balance('ann' as AccountId)).toBe(5 * POUND);
  });
});
