// A site for a new box: the state as the cloud last said it, folded by hand here.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {snapshotOf} from '../../../cloud/books/snapshot.ts';
import {callFact} from '../../../edge/ledger/call-fact.ts';
import type {Tx} from '../../../cloud/store/open.ts';
import {canonicalText, tariffHash} from '../../../shared/tariff/canonical.ts';
import {tariffSchema} from '../../../shared/tariff/tariff.ts';
import {instant} from '../../../shared/time/instant.ts';
import type {DownBody, DownFact} from '../../../shared/wire/kinds.ts';
import type {Fact} from '../../../shared/wire/row.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {snapshotPart, snapshotPartSchema, type SnapshotItem} from '../../../shared/wire/snapshot.ts';
import {HALL_POLICY, HALL_TARIFF} from '../../simulator/cloud/site.ts';
import {pricedCall, unbillableCall} from '../rated-calls.ts';
import {HALL, NOON, openCloud, POUND, sealedAfter, type Cloud} from './ground.ts';

let cloud: Cloud;
beforeEach(async () => {
  cloud = await openCloud();
});
afterEach(() => cloud.remove());

const DAY = 86_400_000;
const TEXT = canonicalText(tariffSchema.parse(HALL_TARIFF));
const HASH = tariffHash(TEXT);

const tell = (...facts: readonly DownFact[]) => cloud.store.transact((tx) => cloud.downLog.write(tx, HALL, facts));
const rules = (tx: Tx) => tx.db.insertInto('tariff').values({hash: HASH, name: 'Hall', text: TEXT, created_at: NOON}).execute();
const account = (id: string, version: number, closed = false): DownFact => ({
  kind: 'account',
  id: `${id}:${version}`,
  body: {account: id, currency: 'GBP', language: 'en-GB', name: `${id} ${version}`, closed},
});
const tenancy = (id: string, version: number, to?: number): DownFact => ({
  kind: 'tenancy',
  id: `${id}:${version}`,
  body: {tenancy: id, extension: '101', account: 'ann', from: 0, ...(to !== undefined && {to})},
});
const override = (version: number, extension: string, act: 'lock' | 'unlock' | 'end'): DownFact => ({
  kind: 'override',
  id: String(version),
  body: {extension, act, reason: 'because', by: 'Dora'},
});
const snapshot = async () => snapshotOf(cloud.store.reading, HALL, cloud.now);
const of = <K extends SnapshotItem['kind']>(items: readonly SnapshotItem[], kind: K) =>
  items.filter((item): item is Extract<SnapshotItem, {kind: K}> => item.kind === kind);

test('is empty of a site that has nothing yet, at a cut of nothing', async () => {
  const nothing = {last: 0, hash: '0'.repeat(64)};
  expect(await snapshot()).toEqual({cut: {up: nothing, down: nothing}, items: []});
});

test('holds the newest of each, in an order in which it can be taken', async () => {
  await cloud.store.transact(async (tx) => {
    await rules(tx);
    await cloud.downLog.write(tx, HALL, [
      {kind: 'policy', id: '1', body: {...HALL_POLICY, mode: 'watch'}},
      {kind: 'tariff', id: HASH, body: {hash: HASH, text: TEXT}},
      {kind: 'schedule', id: '1', body: {entries: [{from: 0, tariff: HASH}]}},
      {kind: 'extension', id: '101:1', body: {extension: '101', class: 'student'}},
      account('ann', 1),
      tenancy('t', 1),
      {kind: 'policy', id: '2', body: HALL_POLICY},
      account('bob', 1),
      account('ann', 2),
      {kind: 'schedule', id: '2', body: {entries: [{from: 5, tariff: HASH}]}},
      {kind: 'extension', id: '101:2', body: {extension: '101', class: 'staff'}},
      tenancy('t', 2, NOON),
      override(1, '101', 'lock'),
    ]);
    await cloud.books.move(tx, {
      site: HALL,
      debit: 'cash' as never,
      credit: 'ann' as never,
      amount: 5 as never,
      code: 'TOPUP',
      ref: 'p',
      at: NOON,
    });
  });
  await cloud.take(sealedAfter([callFact(pricedCall('a', 'ann', 2), 'billed'), callFact(unbillableCall('b'), 'unbillable')]));
  const {cut, items} = await snapshot();
  expect([cut.up.last, cut.down.last]).toEqual([2, 14]);
  expect(items).toEqual([
    {kind: 'policy', body: HALL_POLICY},
    {kind: 'tariff', body: {hash: HASH, text: TEXT}},
    {kind: 'schedule', body: {entries: [{from: 5, tariff: HASH}]}},
    {kind: 'extension', body: {extension: '101', class: 'staff'}},
    {kind: 'account', body: expect.objectContaining({account: 'ann', name: 'ann 2'}) as unknown},
    {kind: 'account', body: expect.objectContaining({account: 'bob', name: 'bob 1'}) as unknown},
    {kind: 'tenancy', body: {tenancy: 't', extension: '101', account: 'ann', from: 0, to: NOON}},
    {kind: 'opening', account: 'ann', house: false, currency: 'GBP', balance: 3},
    {kind: 'opening', account: 'cash', house: true, currency: 'GBP', balance: -5},
    {kind: 'opening', account: 'revenue', house: true, currency: 'GBP', balance: 2},
    {kind: 'calls', ids: [pricedCall('a', 'ann', 2).id]},
    {
      kind: 'waiting',
      id: unbillableCall('b').id,
      body: {
        state: 'unbillable',
        feed: 'smdr',
        extension: '101',
        direction: 'outgoing',
        class: 'outgoing',
        startedAt: NOON,
        durationSeconds: 60,
        flags: [],
        reason: 'no-destination',
        detail: 'nothing matches',
        answered: 'yes',
        trunk: 'T001',
      },
      personal: {number: '+442079460123', dialled: '902079460123'},
    },
    {kind: 'override', body: {extension: '101', act: 'lock', reason: 'because', by: 'Dora'}},
  ]);
  // As it travels: nothing in it that a box would refuse to read.
  const part = snapshotPart({epoch: 1, session: 1, cut, part: 1, parts: 1, items: [...items]});
  expect(snapshotPartSchema.parse(JSON.parse(JSON.stringify(part)))).toEqual(part);
});

describe('free allowances', () => {
  const allowance = (id: string, version: number, more: Partial<DownBody<'allowance'>> = {}): DownFact => ({
    kind: 'allowance',
    id: `${id}:${version}`,
    body: {allowance: id, name: `${id} ${version}`, unit: 'seconds', amount: 3_600, period: 'month', destinations: [], from: 0, ...more},
  });
  /** A call of a day after (or before) noon that used so much of an allowance, in a period that began then. */
  const called = (
    key: string,
    payer: string,
    days: number,
    uses: Readonly<Record<string, readonly [used: number, start: number]>>,
  ): Fact => {
    const call = pricedCall(key, payer, 0);
    const allowances = Object.entries(uses).map(([id, [used, periodStart]]) => ({allowance: id, unit: 'seconds', used, periodStart}));
    const fact = callFact({...call, record: {...call.record, start: instant(NOON + days * DAY)}}, 'billed');
    return {...fact, body: {...fact.body, working: {...call.working, allowances}}};
  };
  const SEPTEMBER = Date.UTC(2026, 7, 31, 23);
  const OCTOBER = Date.UTC(2026, 8, 30, 23);

  test('are there as they were told last, with the sum of what each student used of each period', async () => {
    await tell(account('ann', 1), allowance('hour', 1), allowance('anns', 1, {account: 'ann'}), allowance('hour', 2, {amount: 60}));
    await cloud.take(
      sealedAfter([
        called('a', 'ann', 0, {hour: [100, SEPTEMBER], anns: [7, SEPTEMBER]}),
        called('b', 'ann', 1, {hour: [20, SEPTEMBER]}),
        called('c', 'ann', 25, {hour: [3, OCTOBER]}),
        called('d', 'bob', 1, {hour: [50, SEPTEMBER]}),
      ]),
    );
    const {cut, items} = await snapshot();
    expect(of(items, 'allowance').map(({body}) => [body.allowance, body.name, body.amount, body.account])).toEqual([
      ['hour', 'hour 2', 60, undefined],
      ['anns', 'anns 1', 3_600, 'ann'],
    ]);
    expect(of(items, 'allowance-used')).toEqual([
      {kind: 'allowance-used', allowance: 'anns', account: 'ann', periodStart: SEPTEMBER, used: 7},
      {kind: 'allowance-used', allowance: 'hour', account: 'ann', periodStart: SEPTEMBER, used: 120},
      {kind: 'allowance-used', allowance: 'hour', account: 'ann', periodStart: OCTOBER, used: 3},
      {kind: 'allowance-used', allowance: 'hour', account: 'bob', periodStart: SEPTEMBER, used: 50},
    ]);
    const part = snapshotPart({epoch: 1, session: 1, cut, part: 1, parts: 1, items: [...items]});
    expect(snapshotPartSchema.parse(JSON.parse(JSON.stringify(part)))).toEqual(part);
  });

  test('that are over for longer than the retention are left out with their uses; one that is used once stays with its use', async () => {
    await tell(allowance('over', 1, {to: NOON}), allowance('month', 1), allowance('once', 1, {period: 'once', from: 5}));
    await cloud.take(
      sealedAfter([
        called('a', 'ann', -1, {over: [1, SEPTEMBER], month: [2, SEPTEMBER], once: [3, 5]}),
        called('b', 'ann', 0, {once: [4, 5]}),
      ]),
    );
    const held = async () => {
      const {items} = await snapshot();
      return [
        of(items, 'allowance').map(({body}) => body.allowance),
        of(items, 'allowance-used').map(({allowance: id, used}) => [id, used]),
      ];
    };
    cloud.now = instant(NOON + 400 * DAY);
    // September may still get a call that began 400 days ago.
    expect(await held()).toEqual([
      ['over', 'month', 'once'],
      [
        ['month', 2],
        ['once', 7],
        ['over', 1],
      ],
    ]);
    cloud.now = instant(NOON + 400 * DAY + 1);
    expect((await held())[0]).toEqual(['month', 'once']);
    cloud.now = instant(NOON + 440 * DAY);
    expect(await held()).toEqual([['month', 'once'], [['once', 7]]]);
  });
});

test('holds the tariffs of the carrier too', async () => {
  const other = TEXT.replace('"Hall"', '"Carrier"');
  const hash = tariffHash(other);
  await cloud.store.transact(async (tx) => {
    await rules(tx);
    await tx.db.insertInto('tariff').values({hash, name: 'Carrier', text: other, created_at: NOON}).execute();
    const body = {entries: [{from: 0, tariff: HASH}], carrier: [{from: 0, tariff: hash}]};
    await cloud.downLog.write(tx, HALL, [{kind: 'schedule', id: '1', body}]);
  });
  const {items} = await snapshot();
  expect(of(items, 'tariff').map(({body}) => body.hash)).toEqual([HASH, hash]);
  expect(of(items, 'schedule')[0]?.body.carrier).toEqual([{from: 0, tariff: hash}]);
});

test('leaves out what lies before the retention of 400 days', async () => {
  await tell(tenancy('old', 1, NOON), account('ann', 1));
  await cloud.take(sealedAfter([callFact(pricedCall('a', 'ann', 2), 'billed')]));
  cloud.now = (NOON + 400 * DAY) as never;
  expect(of((await snapshot()).items, 'tenancy')).toHaveLength(1);
  expect(of((await snapshot()).items, 'calls')).toHaveLength(1);
  cloud.now = (NOON + 400 * DAY + 1) as never;
  expect((await snapshot()).items.map(({kind}) => kind)).toEqual(['account', 'opening', 'opening']);
});

test('names ids in lists that fit into an item, each once', async () => {
  const facts = Array.from({length: 10_001}, (_, index) => callFact(pricedCall(`k-${index}`, 'ann', 0), 'billed'));
  await cloud.take(sealedAfter(facts));
  const calls = of((await snapshot()).items, 'calls');
  expect(calls.map((item) => item.ids.length)).toEqual([10_000, 1]);
  expect(new Set(calls.flatMap((item) => item.ids)).size).toBe(10_001);
});

test('holds the one request of an account that is still open', async () => {
  const request = (id: string, of: string, at: number, result: string | null) => ({
    request: id,
    site: HALL,
    account: of,
    amount: 1,
    available: 0,
    at,
    lapses_at: at + 1,
    up_seq: at,
    result,
  });
  await cloud.store.transact(async ({db}) => {
    await db
      .insertInto('top_up_request')
      .values([
        request('r1', 'ann', 1, 'refused'),
        request('r2', 'ann', 2, null),
        request('r3', 'bob', 3, null),
        request('r4', 'bob', 4, 'paid'),
        request('r5', 'cid', 5, 'unknown'),
      ])
      .execute();
  });
  expect((await snapshot()).items).toEqual([
    {kind: 'request', account: 'ann', request: 'r2', at: 2},
    {kind: 'request', account: 'cid', request: 'r5', at: 5},
  ]);
});

test('takes the override that the box heard last, from the desk or its own console', async () => {
  await tell(override(1, '101', 'lock'), override(2, '102', 'lock'), override(3, '103', 'lock'), override(4, '104', 'lock'));
  await tell(override(5, '103', 'end'));
  // At the console: with row 4 known, lines 101 and 104 are let go and 105 is locked; 102 was let go before row 2 came.
  const atConsole = (name: string, extension: string, act: string): Fact =>
    upFact('override', name, {extension, act, reason: 'seen', by: 'porter', at: NOON});
  const [first] = sealedAfter([atConsole('1', '102', 'end')]);
  const rest = sealedAfter([atConsole('2', '101', 'end'), atConsole('3', '105', 'lock'), atConsole('4', '104', 'end')], first).map(
    (row) => ({...row, basis: 4}),
  );
  await cloud.take([...(first === undefined ? [] : [first]), ...rest]);
  const {items} = await snapshot();
  expect(of(items, 'override').map((item) => [item.body.extension, item.body.act, item.body.by])).toEqual([
    ['102', 'lock', 'Dora'],
    ['105', 'lock', 'porter'],
  ]);
});

test('is of one moment, whatever is written while it is read', async () => {
  await tell(account('ann', 1));
  let isWriting = true;
  const write = async (): Promise<void> => {
    for (let index = 0; index < 60; index++) {
      const pound = {debit: 'cash', credit: 'ann', amount: POUND, code: 'TOPUP', ref: `p${index}`, at: NOON + index};
      await cloud.store.transact((tx) => cloud.books.move(tx, {site: HALL, ...pound} as never));
    }
    isWriting = false;
  };
  const writing = write();
  const cuts = new Set<number>();
  while (isWriting) {
    const {cut, items} = await snapshot();
    const ann = of(items, 'opening').find((item) => item.account === 'ann')?.balance ?? 0;
    // Row 1 describes the account; every row after it is a pound.
    expect(ann).toBe((cut.down.last - 1) * POUND);
    cuts.add(cut.down.last);
  }
  await writing;
  expect(cuts.size).toBeGreaterThan(5);
});
