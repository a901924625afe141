// What a real box writes, read by the cloud: the ledgers must be equal to the micro, row for row.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {consoleActs} from '../../../cloud/books/console-acts.ts';
import {padded} from '../../../cloud/books/padded.ts';
import {createActs} from '../../../edge/console/acts.ts';
import {callFact} from '../../../edge/ledger/call-fact.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import type {RatedCall} from '../../../edge/rating/priced-call.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {must} from '../../../shared/assert/assert.ts';
import type {Fact} from '../../../shared/wire/row.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {pricedCall, unbillableCall} from '../rated-calls.ts';
import {openSite, student, type Site} from '../credit/site.ts';
import {HALL, NOON, openCloud, POUND, rowsOfBox, sealedAfter, type Cloud} from './ground.ts';

let cloud: Cloud;
beforeEach(async () => {
  cloud = await openCloud();
});
afterEach(() => cloud.remove());

const all = (table: 'call' | 'transfer' | 'line_state' | 'incident' | 'up_log' | 'up_personal' | 'balance' | 'site_head') =>
  cloud.store.reading.selectFrom(table).selectAll().where('site', '=', HALL).execute();
const transfers = () => cloud.store.reading.selectFrom('transfer').selectAll().orderBy('seq').execute();
const balances = async (): Promise<Record<string, number>> => {
  const rows = await cloud.store.reading.selectFrom('balance').selectAll().where('site', '=', HALL).execute();
  return Object.fromEntries(rows.map(({account, credit, debit}) => [account, credit - debit]));
};

describe('calls that a box recorded', () => {
  let box: Site;
  beforeEach(() => {
    box = openSite();
  });
  afterEach(() => box.remove());

  const record = (calls: readonly RatedCall[], mode: 'watch' | 'bill' = 'bill'): void => {
    const ledger = createLedger(box.database, createJournal(box.database, randomBytes));
    inTransaction(box.database, () => ledger.record(calls, mode, NOON));
  };

  test('are posted as the box posted them: the payer to revenue, the tax in it to vat', async () => {
    record([pricedCall('a', 'ann', 240_000, 40_000), pricedCall('b', 'bob', 100_000), pricedCall('c', 'ann', 0), unbillableCall('d')]);
    expect(await cloud.take(rowsOfBox(box.database))).toEqual({applied: 4});
    const columns = 'debit, credit, amount, currency, code, ref, at, log, log_seq';
    const ofBox = box.database.prepare(`SELECT ${columns} FROM transfer ORDER BY seq`).all();
    const ofCloud = (await transfers()).map((row) => Object.fromEntries(columns.split(', ').map((name) => [name, row[name as never]])));
    expect(ofBox).toHaveLength(3);
    expect(ofCloud).toEqual(ofBox);
    expect(await balances()).toEqual({ann: -240_000, bob: -100_000, revenue: 300_000, vat: 40_000});
  });

  test('that were only watched move no money', async () => {
    record([pricedCall('a', 'ann', 240_000, 40_000)], 'watch');
    await cloud.take(rowsOfBox(box.database));
    expect(await all('transfer')).toEqual([]);
    expect(await all('call')).toMatchObject([{state: 'watched', amount: 240_000, tax: 40_000}]);
  });

  test('keep what the box knows of them, with the whole number beside the row only', async () => {
    const [priced, waiting] = [pricedCall('a', 'ann', 240_000, 40_000), unbillableCall('b')];
    record([priced, waiting]);
    await cloud.take(rowsOfBox(box.database));
    const common = {site: HALL, extension: '101', direction: 'outgoing', class: 'outgoing', started_at: NOON, duration: 60};
    expect(await all('call')).toEqual([
      {
        ...common,
        id: priced.id,
        up_seq: 1,
        state: 'billed',
        payer: 'ann',
        prefix: '+4420',
        destination: 'London',
        amount: 240_000,
        tax: 40_000,
        reason: null,
        detail: null,
      },
      {
        ...common,
        id: waiting.id,
        up_seq: 2,
        state: 'unbillable',
        payer: null,
        prefix: null,
        destination: null,
        amount: null,
        tax: null,
        reason: 'no-destination',
        detail: 'nothing matches',
      },
    ]);
    const beside = await all('up_personal');
    expect(beside.filter((field) => 'seq' in field && field.seq === 1)).toMatchObject([
      {name: 'dialled', value: '902079460123'},
      {name: 'number', value: '+442079460123'},
    ]);
  });

  test('stand in the log byte for byte, and the head at the last of them', async () => {
    record([pricedCall('a', 'ann', 5), unbillableCall('b')]);
    const rows = rowsOfBox(box.database);
    await cloud.take(rows);
    const kept = await cloud.store.reading.selectFrom('up_log').selectAll().orderBy('seq').execute();
    expect(kept.map(({seq, epoch, id, body, content_hash: contentHash, chain}) => ({seq, epoch, id, body, contentHash, chain}))).toEqual(
      rows.map(({seq, epoch, id, body, contentHash, chain}) => ({seq, epoch, id, body, contentHash, chain})),
    );
    const heads = await cloud.store.reading.selectFrom('site_head').selectAll().where('log', '=', 'up').execute();
    expect(heads).toEqual([{site: HALL, log: 'up', seq: 2, chain: must(rows[1], 'second row').chain, moved_at: NOON}]);
  });

  test('come in any number of batches to the same ledger', async () => {
    record(Array.from({length: 150}, (_, index) => pricedCall(`k-${index}`, `s-${index % 7}`, index * 10, index)));
    const rows = rowsOfBox(box.database);
    for (const [from, to] of [
      [0, 1],
      [1, 66],
      [66, 150],
    ] as const)
      await cloud.take(rows.slice(from, to));
    // Σ index × 10 for 0 … 149 is 111,750, of which Σ index = 11,175 is tax; the call of nothing has none taken.
    expect(await balances()).toMatchObject({revenue: 111_750 - 11_175, vat: 11_175});
    expect(await all('call')).toHaveLength(150);
  });

  test('open an account that nobody described, and take money from below nothing', async () => {
    record([pricedCall('a', 'stranger', 240_000)]);
    await cloud.take(rowsOfBox(box.database));
    const accounts = await cloud.store.reading.selectFrom('account').select(['id', 'kind', 'currency']).orderBy('id').execute();
    expect(accounts).toEqual([
      {id: 'revenue', kind: 'house', currency: 'GBP'},
      {id: 'stranger', kind: 'student', currency: 'GBP'},
    ]);
  });

  test('that do not follow the last row are a fault of this program, and leave nothing', async () => {
    record([pricedCall('a', 'ann', 5), pricedCall('b', 'ann', 5)]);
    await expect(cloud.take(rowsOfBox(box.database).slice(1))).rejects.toThrow(/row 1 at the head of the up log/);
    expect(await all('up_log')).toEqual([]);
  });

  test('of one site say nothing of another', async () => {
    await cloud.site('lodge');
    record([pricedCall('a', 'ann', 5)]);
    await cloud.take(rowsOfBox(box.database));
    await cloud.take(rowsOfBox(box.database), 'lodge');
    expect(await balances()).toEqual({ann: -5, revenue: 5});
  });
});

describe('the rest of what a box says', () => {
  test('is taken from credit control and console as they write it', async () => {
    const box = openSite();
    try {
      const ann = student(box, '101', POUND, {automaticTopUp: {threshold: 2 * POUND, target: 10 * POUND}});
      const bob = student(box, '102', 3 * POUND);
      box.charge(ann, 100);
      box.charge(bob, 2 * POUND);
      box.charge(bob, 2 * POUND);
      const journal = createJournal(box.database, randomBytes);
      const acts = createActs({
        transact: (work) => inTransaction(box.database, work),
        intake: {rerunRejects: () => ({lines: 0}) as never, dismissReject: () => false},
        credit: box.credit,
        journal,
        health: {ended: () => undefined},
        clock: {now: () => NOON},
        announce: () => undefined,
      });
      acts.override({extension: '102', act: 'unlock', reason: 'paid in cash', expires: NOON + 3_600_000, limit: POUND} as never, 'porter');
      acts.releaseBrake('porter');
      const rows = rowsOfBox(box.database);
      expect(new Set(rows.map(({kind}) => kind))).toEqual(new Set(['line-state', 'top-up-request', 'warning', 'override', 'console-act']));
      expect(await cloud.take(rows)).toEqual({applied: rows.length});

      const lines = await cloud.store.reading.selectFrom('line_state').selectAll().orderBy('extension').execute();
      // £3 − £2 − £2; the unlock by hand covers the lock at the floor.
      // Line 101 was never anything but open: nothing was told of it.
      expect(lines).toMatchObject([{extension: '102', wanted: 'open', reasons: '["floor"]'}]);
      expect(await consoleActs(cloud.store.reading, HALL, 5)).toMatchObject([
        {act: 'release-brake', by: 'porter', extension: undefined},
        {act: 'unlock', by: 'porter', extension: '102', reason: 'paid in cash'},
      ]);
      expect(cloud.warnings).toMatchObject([{account: 'student-102', balance: POUND}]);
      expect(cloud.requests).toMatchObject([{body: {account: 'student-101', amount: 9_000_100, available: 999_900}}]);
    } finally {
      box.remove();
    }
  });

  const lineState = (extension: string, wanted: string, reasons: readonly string[]): Fact =>
    upFact('line-state', `${extension}:${wanted}:${reasons.join()}`, {extension, wanted, reasons, at: NOON});
  const incident = (change: string, at: number, code = 'feed.silent'): Fact =>
    upFact('incident', `${code}:${change}:${at}`, {change, code, subject: 'smdr', detail: 'no line since noon', cure: 'look at it', at});

  test('leaves the newest state of a line, within a batch and over batches', async () => {
    const [first, ...later] = sealedAfter([
      lineState('101', 'locked', ['vacant', 'floor']),
      lineState('102', 'open', []),
      lineState('101', 'open', []),
    ]);
    await cloud.take([must(first, 'first row')]);
    expect(await all('line_state')).toMatchObject([{extension: '101', wanted: 'locked', reasons: '["floor","vacant"]', up_seq: 1}]);
    await cloud.take(later);
    expect(await all('line_state')).toMatchObject([
      {extension: '101', wanted: 'open', reasons: '[]', up_seq: 3},
      {extension: '102', wanted: 'open', up_seq: 2},
    ]);
  });

  test('opens an incident once and ends the open one', async () => {
    await cloud.take(sealedAfter([incident('opened', 1), incident('opened', 2), incident('ended', 3), incident('opened', 4)]));
    expect(await all('incident')).toMatchObject([
      {began_at: 1, ended_at: 3},
      {began_at: 4, ended_at: null},
    ]);
  });
});

test('lists in queries have few lengths, and lose nothing', () => {
  for (const length of [0, 1, 8, 9, 64, 65, 512, 513, 1_100]) {
    const values = Array.from({length}, (_, index) => index);
    const lists = padded(values);
    expect([...new Set(lists.flat())]).toEqual(values);
    for (const list of lists) expect([8, 64, 512]).toContain(list.length);
  }
});

describe('a row that cannot be read', () => {
  const good = (key: string): Fact => callFact(pricedCall(key, 'ann', 5), 'billed');
  const bent = (change: Readonly<Record<string, unknown>>, row: Partial<Fact> = {}): Fact => {
    const fact = good('bent');
    return {...fact, ...row, body: {...fact.body, ...change}};
  };

  test.for([
    ['of a kind of a newer release', {...good('x'), kind: 'refund'}, /row 2: kind refund is not known/],
    ['of a newer version', {...good('x'), version: 9}, /row 2: call version 9 is not known/],
    ['with an amount that is no whole number', bent({amount: 0.5}), /row 2 \(call\)/],
    ['with a negative amount', bent({amount: -5}), /row 2 \(call\)/],
    ['in another currency', bent({currency: 'EUR'}), /row 2: the call is in EUR, the site in GBP/],
    ['with more tax than price', bent({tax: 6}), /row 2: the tax of 6 is more than the amount of 5/],
    ['paid by the house’s own income', bent({payer: 'revenue'}), /row 2: revenue does not pay for calls/],
    ['whose working says nothing', bent({working: {prefix: 4}}), /row 2: the working does not say what was called/],
    ['that lasts beyond numbers', bent({durationSeconds: 1e300}), /row 2: a call cannot last so long/],
    ['under an id that is no call’s', bent({}, {id: 'call:7'}), /row 2: call:7 is not the id of a call/],
    ['of a fact that is told already', good('first'), /row 2: the fact call:[0-9a-f]{64} is in the log already/],
  ] as const)('%s stops the direction; what stands before it is kept, nothing after it', async ([, bad, why]) => {
    const taken = await cloud.take(sealedAfter([good('first'), bad, good('last')]));
    expect(taken).toMatchObject({applied: 1, stopped: expect.stringMatching(why) as string});
    expect(await all('call')).toHaveLength(1);
    expect(await balances()).toEqual({ann: -5, revenue: 5});
    expect(await all('site_head')).toContainEqual(expect.objectContaining({log: 'up', seq: 1}));
  });

  test('with a personal field twice stops it too', async () => {
    const [row] = sealedAfter([good('a')]);
    const {personal} = must(row, 'row');
    const twice = {...must(row, 'row'), personal: [...personal, ...personal]};
    expect(await cloud.take([twice])).toEqual({applied: 0, stopped: 'row 1: a personal field stands there twice'});
  });

  test('is told again after a restart of the cloud, and refused by its id over batches too', async () => {
    const [first, ...rest] = sealedAfter([good('first'), good('first')]);
    await cloud.take([must(first, 'first row')]);
    expect(await cloud.take(rest)).toMatchObject({applied: 0, stopped: expect.stringMatching(/is in the log already/) as string});
  });

  test('is kept unread if it only informs', async () => {
    const unread: Fact = {id: 'line-state:x', kind: 'line-state', version: 9, body: {beam: 'up'}};
    expect(await cloud.take(sealedAfter([unread, good('a')]))).toEqual({applied: 2});
    expect(await all('up_log')).toHaveLength(2);
    expect(await all('line_state')).toEqual([]);
  });
});
