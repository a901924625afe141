// A range is added: what the page says of waiting calls is what a real box then asks for them, in one schedule or in several.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createAudit} from '../../../cloud/people/audit.ts';
import {createAddRange, type AddRange, type NewRange, type WaitingNumber} from '../../../cloud/tariff/add-range.ts';
import {createPublish, type Publish} from '../../../cloud/tariff/publish.ts';
import {scheduleOf} from '../../../cloud/tariff/published.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {createResolver} from '../../../edge/ledger/resolve.ts';
import {createRater} from '../../../edge/rating/rate.ts';
import {createSiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {DownBody} from '../../../shared/wire/kinds.ts';
import {readDownRow, takeRow, type Readers} from '../../../shared/wire/reader.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {HALL, NOON, openCloud, type Cloud} from '../books/ground.ts';
import {pricedCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const ADA = {id: 'ada', role: 'admin'} as const;
const CARL = {id: 'carl', role: 'clerk'} as const;
const HOUR = 3_600_000;
const at = (hours: number): Instant => (NOON + hours * HOUR) as Instant;

/** A minute to Paris costs `paris`; Tajikistan is only known as a country. */
const tariff = (name: string, paris: string): string =>
  JSON.stringify({
    format: 'spbs-tariff/1',
    name,
    currency: 'GBP',
    zone: 'Europe/London',
    rounding: {mode: 'up', decimals: 2},
    prices: 'gross',
    tax: [{percent: '20'}],
    rates: [{name: 'paris', initialSeconds: 60, nextSeconds: 60, perMinute: paris}],
    destinations: [
      {name: 'Paris', rate: 'paris', prefixes: ['331']},
      {name: 'Tajikistan', rate: 'paris', prefixes: ['992'], catchAll: true},
    ],
  });

let cloud: Cloud;
let publish: Publish;
let ranges: AddRange;
beforeEach(async () => {
  cloud = await openCloud();
  const given = {now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog: cloud.downLog};
  publish = createPublish(given);
  ranges = createAddRange(given);
  await cloud.store.transact(async (tx) => {
    await publish.policy(tx, ADA, {site: HALL, policy: {...HALL_POLICY, mode: 'bill'}});
    await publish.tariff(tx, ADA, {site: HALL, text: tariff('first', '0.10'), from: at(0)});
    await publish.tariff(tx, ADA, {site: HALL, text: tariff('second', '0.20'), from: at(10)});
  });
});
afterEach(() => cloud.remove());

const RANGE: NewRange = {
  site: HALL,
  prefix: '+992 372',
  to: {kind: 'new', destination: 'Dushanbe', perMinute: '0.60', initialSeconds: 60, nextSeconds: 60},
  from: at(2),
};
const call = (hours: number, seconds = 61, number = '992372111111'): WaitingNumber => ({
  number,
  startedAt: at(hours),
  seconds,
  allowanceSeconds: 0,
});
const preview = (range: NewRange, calls: readonly WaitingNumber[]) => ranges.preview(cloud.store.reading, range, calls);
const add = (range: NewRange, actor: typeof ADA | typeof CARL = ADA) => cloud.store.transact((tx) => ranges.publish(tx, actor, range));
async function amounts(range: NewRange, calls: readonly WaitingNumber[]): Promise<readonly (number | undefined)[]> {
  const found = await preview(range, calls);
  if (found.kind === 'refused') throw new Error(found.what);
  return found.prices.map((working) => working?.gross);
}

describe('the preview', () => {
  test('has the price of every call from the date on, and none of what waits on', async () => {
    // 61 s are two minutes of 60p; before the date nothing changes; another range is not this one.
    const calls = [call(1.9), call(2), call(11, 30), call(3, 61, '992440000000')];
    expect(await amounts(RANGE, calls)).toEqual([undefined, 1_200_000, 600_000, undefined]);
    expect(await scheduleOf(cloud.store.reading, HALL)).toHaveLength(2);
  });

  test('of a destination that is there asks the price of each tariff', async () => {
    const to = {kind: 'existing', destination: 'Paris'} as const;
    expect(await amounts({...RANGE, to}, [call(2), call(11)])).toEqual([200_000, 400_000]);
  });

  test('into a destination that stands for a whole country prices nothing', async () => {
    const to = {kind: 'existing', destination: 'Tajikistan'} as const;
    expect(await amounts({...RANGE, to}, [call(2)])).toEqual([undefined]);
  });

  test('has none for a call that is dearer than the site lets any call be', async () => {
    const policy = {...HALL_POLICY, dearestCall: 1_199_999};
    await cloud.store.transact((tx) => publish.policy(tx, ADA, {site: HALL, policy}));
    expect(await amounts(RANGE, [call(2), call(2, 60)])).toEqual([undefined, 600_000]);
  });

  test('takes off what the box takes off for ringing', async () => {
    expect(
      await amounts(RANGE, [
        {...call(2), allowanceSeconds: 20},
        {...call(2, 10), allowanceSeconds: 20},
      ]),
    ).toEqual([600_000, 0]);
  });
});

test.for([
  ['letters', {prefix: 'x992'}, 'prefix-invalid'],
  ['a national number', {prefix: '0992'}, 'prefix-invalid'],
  ['sixteen digits', {prefix: '9923721111111111'}, 'prefix-invalid'],
  ['a prefix that the tariff has', {prefix: '992'}, 'prefix-taken'],
  ['a destination that is not there', {to: {kind: 'existing', destination: 'Rome'}}, 'destination-unknown'],
  ['a new one that is there', {to: {...RANGE.to, destination: 'Paris'}}, 'destination-taken'],
  ['a price that is none', {to: {...RANGE.to, perMinute: 'much'}}, 'tariff-invalid'],
  ['a site that is not there', {site: 'nowhere'}, 'site-unknown'],
] as const)('%s is refused, and nothing is published', async ([, change, code]) => {
  const range = {...RANGE, ...change} as NewRange;
  expect(await preview(range, [])).toMatchObject({kind: 'refused', code});
  const before = await cloud.store.reading.selectFrom('down_log').selectAll().execute();
  expect(await add(range)).toMatchObject({kind: 'refused', code});
  expect(await cloud.store.reading.selectFrom('down_log').selectAll().execute()).toEqual(before);
});

test('a tariff is an admin’s to change', async () => {
  expect(await add(RANGE, CARL)).toMatchObject({kind: 'refused', code: 'not-allowed'});
});

describe('on a real box', () => {
  let box: TemporaryStore;
  beforeEach(() => {
    box = temporaryStore();
  });
  afterEach(() => box.remove());

  test('the calls that wait get the price of the preview, and those that have one keep it', async () => {
    const {database} = box;
    const journal = createJournal(database, randomBytes);
    const ledger = createLedger(database, journal);
    const book = createSiteBook(database, (text) => {
      const read = readTariff(text);
      return read.kind === 'tariff' ? compileTariff(read.tariff, read.hash) : undefined;
    });
    const rate = createRater({site: HALL, book});
    const resolver = createResolver(database, {...book, journal, rate, now: () => at(12)});
    const site = createSiteReaders(database);
    const nothing = (): void => undefined;
    const readers: Readers = {
      ...site,
      credit: nothing,
      adjustment: nothing,
      'top-up-result': nothing,
      override: nothing,
      resolution: nothing,
    };
    let taken = 0;
    const carryDown = async (): Promise<void> => {
      const rows = await cloud.store.reading.selectFrom('down_log').selectAll().where('seq', '>', taken).orderBy('seq').execute();
      inTransaction(database, () => {
        for (const {content_hash: contentHash, ...row} of rows) {
          const whole = {...row, contentHash, personal: []};
          const reading = readDownRow(whole);
          if (reading.kind === 'unreadable') throw new Error(reading.why);
          takeRow(readers, reading.row, whole);
          taken = row.seq;
        }
        book.changed();
        resolver.rateAgain();
      });
      while (resolver.isDue()) inTransaction(database, () => resolver.next());
    };
    const tenancy: DownBody<'tenancy'> = {tenancy: 't', extension: '101', account: 'ann', from: 0};
    await carryDown();
    inTransaction(database, () => site.tenancy(tenancy, {seq: 1} as never));
    // To Paris, priced at once; then three to Dushanbe: before the date, after it, and under the second tariff.
    const records = [
      {dialled: '90033144000000', start: at(3)},
      {dialled: '900992372111111', start: at(1)},
      {dialled: '900992372111111', start: at(3)},
      {dialled: '900992372111111', start: at(11)},
    ].map((change, index) => ({...pricedCall(`key-${index}`, '', 0).record, durationSeconds: 61, ...change}));
    const rated = records.map((record) => rate(record, {goLive: at(0), receivedAt: at(12)}));
    expect(rated.map((each) => (each.kind === 'unbillable' ? each.reason : each.kind))).toEqual([
      'priced',
      'range-unconfirmed',
      'range-unconfirmed',
      'range-unconfirmed',
    ]);
    inTransaction(database, () => ledger.record(rated, 'bill', at(12)));
    const previewed = await amounts(RANGE, [call(1), call(3), call(11)]);
    expect(previewed).toEqual([undefined, 1_200_000, 1_200_000]);
    cloud.now = at(12);
    expect(await add(RANGE)).toEqual({kind: 'done'});
    await carryDown();
    const resolved = database
      .prepare<[], {seq: number; amount: number}>(
        'SELECT call.seq, call_resolution.amount FROM call_resolution JOIN call ON call.id = call_resolution.call ORDER BY call.seq',
      )
      .all();
    expect(resolved).toEqual([
      {seq: 3, amount: 1_200_000},
      {seq: 4, amount: 1_200_000},
    ]);
    // Two minutes to Paris at 10p, as before.
    expect(ledger.balance('ann' as never)).toBe(-(200_000 + 2_400_000));
  });
});

test('is refused where the schedule is full, and not where it begins with a tariff', async () => {
  const [first] = await scheduleOf(cloud.store.reading, HALL);
  const entries = Array.from({length: 1_000}, (_, place) => ({...first, from: at(place)}));
  const full = {body: JSON.stringify({entries})};
  await cloud.store.transact(async ({db}) => void (await db.updateTable('site_schedule').set(full).where('site', '=', HALL).execute()));
  expect(await preview({...RANGE, from: at(1.5)}, [])).toMatchObject({kind: 'refused', code: 'schedule-full'});
  expect(await preview({...RANGE, from: at(2)}, [])).toMatchObject({kind: 'preview'});
});
