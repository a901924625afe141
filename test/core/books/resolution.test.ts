// What a box says of calls that waited, in the cloud's books: the same money, and lists that show a call as it stands now.
import BetterSqlite from 'better-sqlite3';
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {callsAt, callsOf, unbillableCalls, unbillableGroups} from '../../../cloud/books/calls.ts';
import {siteTotals} from '../../../cloud/books/overview.ts';
import {statement} from '../../../cloud/books/statement.ts';
import {verifyBooks} from '../../../cloud/books/verify.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {createResolver} from '../../../edge/ledger/resolve.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {instant} from '../../../shared/time/instant.ts';
import type {DownBody, Policy} from '../../../shared/wire/kinds.ts';
import type {Fact} from '../../../shared/wire/row.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {pricedCall, unbillableCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';
import {HALL, NOON, openCloud, rowsOfBox, sealedAfter, type Cloud} from './ground.ts';

const HOUR = 3_600_000;
/** The box resolves an hour after the calls. */
const THEN = instant(NOON + HOUR);

let cloud: Cloud;
let box: TemporaryStore;
let given: Set<string>;

beforeEach(async () => {
  cloud = await openCloud();
  box = temporaryStore();
  given = new Set();
});
afterEach(async () => {
  box.remove();
  await cloud.remove();
});

/** A box that records calls of Ann's, and resolves them: by its tariff those whose key is given, for 12p with 2p tax in it. */
function boxOf(mode: Policy['mode'] = 'bill') {
  const {database} = box;
  const journal = createJournal(database, randomBytes);
  const ledger = createLedger(database, journal);
  const rate = (record: {readonly sourceKey: string}) =>
    given.has(record.sourceKey)
      ? pricedCall(record.sourceKey, 'ann', 120_000, 20_000)
      : {...unbillableCall(record.sourceKey), payer: 'ann' as AccountId};
  const resolver = createResolver(database, {journal, rate, policy: () => ({...HALL_POLICY, mode}), now: () => THEN});
  return {
    record: (...keys: readonly string[]): readonly string[] => {
      const calls = keys.map((key) => unbillableCall(key));
      inTransaction(database, () => ledger.record(calls, mode, NOON));
      return calls.map(({id}) => id);
    },
    recordPriced: (key: string) => inTransaction(database, () => ledger.record([pricedCall(key, 'ann', 500_000)], mode, NOON)),
    resolve: (body: Partial<DownBody<'resolution'>> & {readonly call: string}) => {
      const whole = {act: 'bill', amount: 300_000, tax: 50_000, by: 'dora', reason: 'asked', ...body} as const;
      inTransaction(database, () => resolver.take([{body: whole, seq: 7}]));
    },
    rate: () =>
      inTransaction(database, () => {
        resolver.rateAgain();
        resolver.next();
      }),
  };
}

const carry = async (after = 0) => await cloud.take(rowsOfBox(box.database, 'up', after));
const reading = () => cloud.store.reading;
async function balances(): Promise<Readonly<Record<string, number>>> {
  const rows = await reading().selectFrom('balance').selectAll().where('site', '=', HALL).execute();
  return Object.fromEntries(rows.map(({account, credit, debit}) => [account, credit - debit]));
}
const ann = {site: HALL, account: 'ann'};

describe('a call that waited and was billed', () => {
  test.for(['in one batch', 'in two batches'] as const)('told %s, is posted just as the box posted it', async (how) => {
    const at = boxOf();
    at.record('a', 'b');
    if (how === 'in two batches') await carry();
    given.add('a');
    at.rate();
    expect(await carry(how === 'in one batch' ? 0 : 2)).toEqual({applied: how === 'in one batch' ? 3 : 1});
    const columns = ['debit', 'credit', 'amount', 'currency', 'code', 'ref', 'at', 'log', 'log_seq'] as const;
    const ofBox = box.database.prepare(`SELECT ${columns.join(', ')} FROM transfer ORDER BY seq`).all();
    expect(ofBox).toHaveLength(2);
    expect(await reading().selectFrom('transfer').select(columns).orderBy('seq').execute()).toEqual(ofBox);
    expect(await balances()).toMatchObject({ann: -120_000, revenue: 100_000, vat: 20_000});
    expect((await verifyBooks(reading())).findings).toEqual([]);
  });

  test('stands in the statement and in the lists with its price, and is not among those that wait', async () => {
    const at = boxOf();
    const [a = '', b = ''] = at.record('a', 'b', 'c');
    at.recordPriced('d');
    given.add('a');
    at.rate();
    at.resolve({call: b, destination: 'Somewhere'});
    await carry();

    const calls = await callsOf(reading(), ann, {most: 10});
    expect(calls.map(({id, state, amount, destination}) => [id, state, amount, destination])).toEqual([
      [pricedCall('d', '', 0).id, 'billed', 500_000, 'London'],
      [b, 'billed', 300_000, 'Somewhere'],
      [a, 'billed', 120_000, 'London'],
    ]);
    expect(calls.map(({reason, working}) => [reason, working?.prefix])).toEqual([
      [undefined, '+4420'],
      [undefined, undefined],
      [undefined, '+4420'],
    ]);
    // Page by page, the same.
    const [first] = calls;
    expect(
      (await callsOf(reading(), ann, {before: first && {startedAt: first.startedAt, upSeq: first.upSeq}, most: 1})).map(({id}) => id),
    ).toEqual([b]);

    const month = await statement(reading(), {...ann, from: NOON, to: THEN});
    expect(month.lines.map(({amount, call, tax}) => [amount, call?.id, tax])).toEqual(
      expect.arrayContaining([
        [-120_000, a, 20_000],
        [-300_000, b, 50_000],
      ]) as unknown,
    );
    expect([month.closing, month.tax]).toEqual([-920_000, 70_000]);

    expect(await unbillableGroups(reading(), HALL)).toMatchObject([{reason: 'no-destination', calls: 1}]);
    expect((await unbillableCalls(reading(), {site: HALL, reason: 'no-destination'}, {most: 10})).map(({upSeq}) => upSeq)).toEqual([3]);
    const totals = await siteTotals(reading(), {site: HALL, zone: 'Europe/London', now: THEN});
    expect(totals).toMatchObject({unbillable: 1, callsToday: 4, spentToday: 920_000});
  });

  test('by another than it was recorded for, is in the list of whoever pays', async () => {
    const at = boxOf();
    const [a = ''] = at.record('a');
    at.resolve({call: a, payer: 'ben'});
    await carry();
    expect((await callsOf(reading(), {site: HALL, account: 'ben'}, {most: 10})).map(({id}) => id)).toEqual([a]);
    expect(await callsOf(reading(), ann, {most: 10})).toEqual([]);
  });

  test('is watched where the site only watches: a price, and no money', async () => {
    const at = boxOf('watch');
    at.record('a');
    given.add('a');
    at.rate();
    await carry();
    expect(await callsOf(reading(), ann, {most: 10})).toMatchObject([{state: 'watched', amount: 120_000}]);
    expect(await reading().selectFrom('transfer').selectAll().execute()).toEqual([]);
    expect((await verifyBooks(reading())).findings).toEqual([]);
  });
});

test('a call that is written off costs nothing, and waits no more', async () => {
  const at = boxOf();
  const [a = ''] = at.record('a');
  at.resolve({call: a, act: 'write-off', amount: undefined, tax: undefined});
  await carry();
  expect(await unbillableGroups(reading(), HALL)).toEqual([]);
  expect([...(await callsAt(reading(), HALL, [1])).values()]).toMatchObject([{state: 'written-off', amount: undefined}]);
  expect((await verifyBooks(reading())).findings).toEqual([]);
});

describe('a resolution that no ledger can hold', () => {
  const waiting = unbillableCall('w').id;
  const said = {
    call: waiting,
    outcome: 'billed',
    by: 'desk',
    at: THEN,
    startedAt: NOON,
    payer: 'ann',
    amount: 12,
    tax: 2,
    currency: 'GBP',
    prefix: '',
    destination: '',
  };
  const common = {state: 'unbillable', feed: 'smdr', direction: 'outgoing', startedAt: NOON, durationSeconds: 60, flags: []};
  const call = upFact('unbillable', waiting, {...common, reason: 'no-destination', detail: ''});
  const waits: Fact = {...call, id: `call:${waiting}`};
  test.for([
    ['of a call that nobody told', {...said, call: 'e'.repeat(64)}, 'e'.repeat(64), /is not in the log as unbillable/],
    ['in another currency', {...said, currency: 'EUR'}, waiting, /in EUR, the site in GBP/],
    ['with more tax than price', {...said, tax: 13}, waiting, /the tax of 13 is more/],
    ['paid by revenue', {...said, payer: 'revenue'}, waiting, /revenue does not pay/],
    ['under a name of its own', said, `${waiting}:2`, /is not the resolution of a call/],
    ['under the name of another call', said, 'e'.repeat(64), /is not of call/],
    ['without a payer', {...said, payer: undefined}, waiting, /payer/],
  ] as const)('%s, stops the direction', async ([, body, name, why]) => {
    const taken = await cloud.take(sealedAfter([waits, upFact('call-resolved', name, body)]));
    expect(taken).toMatchObject({applied: 1, stopped: expect.stringMatching(why) as string});
    expect(await balances()).toEqual({});
  });

  test('that comes twice stops it too: one call, one debit', async () => {
    const fact = upFact('call-resolved', waiting, said);
    expect(await cloud.take(sealedAfter([waits, fact, fact]))).toMatchObject({
      applied: 2,
      stopped: expect.stringMatching(/in the log already/) as string,
    });
    expect(await balances()).toMatchObject({ann: -12});
  });
});

describe('verify finds', () => {
  test.for([
    ['a price', 'DROP TRIGGER resolution_is_final; UPDATE call_resolution SET amount = 7', /resolved at 0\.000007, debited 0\.3/],
    ['a tax', 'DROP TRIGGER resolution_is_final; UPDATE call_resolution SET tax = 7', /resolved with is 0\.000007, put aside 0\.05/],
    ['a payer', "DROP TRIGGER resolution_is_final; UPDATE call_resolution SET payer = 'ben'", /resolved at 0\.3, debited 0\.3/],
    ['a resolution that is gone', 'DROP TRIGGER resolution_stays; DELETE FROM call_resolution', /debited for a call that is not billed/],
  ] as const)('%s changed by hand', async ([, sql, expected]) => {
    const at = boxOf();
    const [a = ''] = at.record('a');
    at.resolve({call: a});
    await carry();
    const hand = new BetterSqlite(cloud.path);
    hand.exec(sql);
    hand.close();
    expect((await verifyBooks(reading())).findings.join('\n')).toMatch(expected);
  });
});
