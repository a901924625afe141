// Calls that a box priced before it was told of the schedule that applied. Worked out by hand from the rule: what had been published
// when the call began is due; what was published since may have priced it, and never makes it late.
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {instant} from '../../../shared/time/instant.ts';
import {randomBytes} from 'node:crypto';
import {pricedCall, unbillableCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';
import {HALL, NOON, openCloud, rowsOfBox, type Cloud} from './ground.ts';

const HOUR = 3_600_000;
const at = (hours: number) => instant(NOON + hours * HOUR);
/** Hashes of tariffs that nobody reads here. */
const [OLD, NEW, AMENDED] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];

let cloud: Cloud;
let box: TemporaryStore;
beforeEach(async () => {
  cloud = await openCloud();
  box = temporaryStore();
  await publish(at(-100), [[0, OLD]]);
});
afterEach(async () => {
  box.remove();
  await cloud.remove();
});

/** A schedule is sent down, and stays as a version. */
async function publish(when: number, entries: readonly (readonly [from: number, tariff: string])[]): Promise<void> {
  const body = {entries: entries.map(([from, tariff]) => ({from, tariff}))};
  await cloud.store.transact(async (tx) => {
    const seq = await cloud.downLog.write(tx, HALL, [{kind: 'schedule', id: String(when), body}]);
    const row = {site: HALL, down_seq: seq, by: null, act: 'publish', body: JSON.stringify(body), at: when} as const;
    await tx.db.insertInto('schedule_version').values(row).execute();
  });
}

/** `hours` after noon, priced by a tariff; undefined: by none. */
function callAt(key: string, hours: number, tariff: string | undefined) {
  const call = pricedCall(key, 'ann', 100_000);
  return {...call, record: {...call.record, start: at(hours)}, working: {...call.working, tariff}};
}
async function late(calls: Parameters<ReturnType<typeof createLedger>['record']>[0]) {
  const ledger = createLedger(box.database, createJournal(box.database, randomBytes));
  inTransaction(box.database, () => ledger.record(calls, 'bill', NOON));
  await cloud.take(rowsOfBox(box.database));
  const rows = await cloud.store.reading.selectFrom('tariff_late').selectAll().where('site', '=', HALL).orderBy('call_seq').execute();
  return rows.map(({call_seq: seq, priced_by: by, due}) => [seq, by, due]);
}

test('a call that began under a schedule the box had not yet is late; one before it, and one by the new tariff, are not', async () => {
  await publish(at(0), [
    [0, OLD],
    [at(2), NEW],
  ]);
  expect(await late([callAt('before', 1.9, OLD), callAt('after', 2, OLD), callAt('told', 3, NEW)])).toEqual([[2, OLD, NEW]]);
});

test('an amendment from a past date makes no call of the past late: it was priced before', async () => {
  await publish(at(5), [
    [0, OLD],
    [at(1), AMENDED],
  ]);
  // The first two began before anybody had amended anything; the last one after.
  expect(await late([callAt('x', 0, OLD), callAt('y', 4.9, OLD), callAt('z', 5, OLD)])).toEqual([[3, OLD, AMENDED]]);
});

test('a call that was priced by a newer schedule than was known when it began is not late', async () => {
  await publish(at(5), [
    [0, OLD],
    [at(1), AMENDED],
  ]);
  expect(await late([callAt('waited', 2, AMENDED)])).toEqual([]);
});

test('a tariff that is nobody’s is late, whatever came since', async () => {
  await publish(at(5), [[0, NEW]]);
  expect(await late([callAt('x', 2, 'f'.repeat(64))])).toEqual([[1, 'f'.repeat(64), OLD]]);
});

test('what no tariff priced, and what waits, is not late', async () => {
  await publish(at(0), [[0, NEW]]);
  expect(await late([callAt('free', 2, undefined), unbillableCall('waits')])).toEqual([]);
});

test('a site without any schedule has no late calls', async () => {
  await cloud.site('lodge');
  const ledger = createLedger(box.database, createJournal(box.database, randomBytes));
  inTransaction(box.database, () => ledger.record([callAt('a', 1, OLD)], 'bill', NOON));
  expect(await cloud.take(rowsOfBox(box.database), 'lodge')).toEqual({applied: 1});
  expect(await cloud.store.reading.selectFrom('tariff_late').selectAll().execute()).toEqual([]);
});
