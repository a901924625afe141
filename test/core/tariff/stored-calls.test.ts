// Calls that have a price, in pages, as a real box told them; and a cloud that answers while 20,000 of them are priced again.
import {randomBytes} from 'node:crypto';
import process from 'node:process';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {repriceCall} from '../../../cloud/tariff/reprice.ts';
import {CALLS_A_PAGE, storedCallPages, storedCalls, type CallsWanted, type PricedCall} from '../../../cloud/tariff/stored-calls.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {createResolver} from '../../../edge/ledger/resolve.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {HALL, NOON, openCloud, rowsOfBox, type Cloud} from '../books/ground.ts';
import {pricedCall, unbillableCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';
import {callOf, compiled, tariffOf, workingOf} from './tariffs.ts';

const MINUTE = 60_000;
const at = (minutes: number): Instant => instant(NOON + minutes * MINUTE);
const ALL: CallsWanted = {from: at(-1_000_000), to: at(1_000_000)};

let cloud: Cloud;
let box: TemporaryStore;
beforeEach(async () => {
  cloud = await openCloud();
  box = temporaryStore();
});
afterEach(async () => {
  box.remove();
  await cloud.remove();
});

/** `minutes` after noon; `payer` pays for it. */
function callAt(key: string, minutes: number, payer = 'ann') {
  const call = pricedCall(key, payer, 100_000, 10_000);
  return {...call, record: {...call.record, start: at(minutes)}};
}
function boxOf() {
  const {database} = box;
  const journal = createJournal(database, randomBytes);
  const ledger = createLedger(database, journal);
  const resolver = createResolver(database, {
    journal,
    rate: ({sourceKey}) => ({...unbillableCall(sourceKey), payer: 'ann' as AccountId}),
    policy: () => HALL_POLICY,
    now: () => at(60),
  });
  return {
    record: (calls: Parameters<typeof ledger.record>[0], mode: 'bill' | 'watch' = 'bill') =>
      inTransaction(database, () => ledger.record(calls, mode, NOON)),
    bill: (call: string, payer: string) =>
      inTransaction(database, () => {
        const body = {call, act: 'bill', amount: 300_000, tax: 50_000, destination: 'By hand', by: 'dora', reason: 'asked', payer} as const;
        resolver.take([{body, seq: 7}]);
      }),
  };
}
const take = async () => {
  const rows = rowsOfBox(box.database);
  for (let from = 0; from < rows.length; from += 500) await cloud.take(rows.slice(from, from + 500));
};
async function allOf(wanted: CallsWanted = ALL): Promise<readonly PricedCall[]> {
  const found: PricedCall[] = [];
  for await (const page of storedCallPages(cloud.store.reading, HALL, wanted, () => Promise.resolve())) found.push(...page);
  return found;
}

describe('calls that have a price', () => {
  test('come oldest first with number, working and payer; those that wait are left out', async () => {
    const real = boxOf();
    real.record([callAt('late', 30), callAt('early', 10, 'bob'), unbillableCall('waits')]);
    real.record([callAt('watched', 20)], 'watch');
    await take();
    const found = await allOf();
    expect(found.map(({id, account, state}) => [id, account, state])).toEqual([
      [callAt('early', 10).id, 'bob', 'billed'],
      [callAt('watched', 20).id, 'ann', 'watched'],
      [callAt('late', 30).id, 'ann', 'billed'],
    ]);
    expect(found[0]).toMatchObject({
      number: '+442079460123',
      class: 'outgoing',
      destination: 'London',
      amount: 100_000,
      tax: 10_000,
      startedAt: at(10),
      working: {prefix: '+4420', gross: 100_000},
    });
  });

  test('are those of an interval, and of an account', async () => {
    boxOf().record([callAt('a', 10), callAt('b', 20, 'bob'), callAt('c', 30), callAt('d', 40)]);
    await take();
    const keysOf = async (wanted: CallsWanted) => (await allOf(wanted)).map(({startedAt}) => (startedAt - NOON) / MINUTE);
    expect(await keysOf({from: at(10), to: at(40)})).toEqual([10, 20, 30]);
    expect(await keysOf({from: at(10), to: at(41), account: 'ann'})).toEqual([10, 30, 40]);
    expect(await keysOf({...ALL, account: 'nobody'})).toEqual([]);
  });

  test('include what waited and was billed, by who pays for it, without a working where a person set the price', async () => {
    const real = boxOf();
    const waiting = unbillableCall('waits');
    real.record([callAt('a', 10), waiting, callAt('b', -10)]);
    real.bill(waiting.id, 'carl');
    await take();
    const found = await allOf();
    expect(found.map(({id}) => id)).toEqual([callAt('b', 0).id, waiting.id, callAt('a', 0).id]);
    expect(found[1]).toMatchObject({account: 'carl', amount: 300_000, tax: 50_000, destination: 'By hand', working: undefined});
    expect((await allOf({...ALL, account: 'carl'})).map(({id}) => id)).toEqual([waiting.id]);
    expect((await allOf({...ALL, account: 'ann'})).map(({id}) => id)).toEqual([callAt('b', 0).id, callAt('a', 0).id]);
  });

  test('have no number once it was erased', async () => {
    boxOf().record([callAt('a', 10)]);
    await take();
    await cloud.store.transact(({db}) => db.deleteFrom('up_personal').execute());
    expect((await allOf()).map(({number}) => number)).toEqual([undefined]);
  });

  test('come once each, however many begin at the same instant as a page ends', async () => {
    const count = CALLS_A_PAGE * 2 + 10;
    boxOf().record(Array.from({length: count}, (_, index) => callAt(`k${index}`, index < CALLS_A_PAGE - 3 ? index : CALLS_A_PAGE)));
    await take();
    const first = await storedCalls(cloud.store.reading, HALL, ALL);
    expect(first).toHaveLength(CALLS_A_PAGE);
    const found = await allOf();
    expect(new Set(found.map(({id}) => id)).size).toBe(count);
    expect(found).toHaveLength(count);
  });
});

test('20,000 calls are priced again in slices of less than 10 ms', async () => {
  const tariff = compiled(tariffOf());
  const working = workingOf(tariff, callOf(60));
  boxOf().record(Array.from({length: 20_000}, (_, index) => ({...callAt(`k${index}`, index % 5_000), working})));
  await take();
  const turns: number[] = [];
  // Work of our own: others run on this machine too, and have their turns within ours.
  let [began, priced] = [process.cpuUsage(), 0];
  const breathe = async (): Promise<void> => {
    const {user, system} = process.cpuUsage(began);
    turns.push((user + system) / 1_000);
    await new Promise<void>((resolve) => setImmediate(resolve));
    began = process.cpuUsage();
  };
  const rules = {currency: 'GBP', acceptsCatchAll: false, home: '44', dearest: 50_000_000};
  for await (const page of storedCallPages(cloud.store.reading, HALL, ALL, breathe))
    for (const call of page) priced += repriceCall(call, tariff, rules).kind === 'priced' ? 1 : 0;
  expect(priced).toBe(20_000);
  const inOrder = turns.toSorted((a, b) => a - b);
  expect(inOrder[Math.floor(inOrder.length / 2)]).toBeLessThan(10);
  // The first are not compiled yet, and now and then memory is tidied up.
  expect(inOrder.at(-1)).toBeLessThan(100);
}, 60_000);
