// A box that is replaced gets the tariffs of the schedule as it is; one that is put in force again later comes with it.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createAddRange} from '../../../cloud/tariff/add-range.ts';
import {randomBytes} from 'node:crypto';
import {snapshotOf} from '../../../cloud/books/snapshot.ts';
import {createAudit} from '../../../cloud/people/audit.ts';
import type {CallRecord} from '../../../edge/record/call-record.ts';
import {instant} from '../../../shared/time/instant.ts';
import {DOWN_BODIES} from '../../../shared/wire/kinds.ts';
import {HALL_TARIFF} from '../../simulator/cloud/site.ts';
import type {Box} from './box.ts';
import {HALL, NOON} from './ground.ts';
import {DAY, DORA, LONDON_CALL, openPricedSite, type PricedSite} from './priced-site.ts';

const PENNY = 10_000;
const DEARER = {rates: HALL_TARIFF.rates.map((rate) => ({...rate, perMinute: '0.50'}))};
const later = (key: string, days: number): CallRecord => ({...LONDON_CALL, sourceKey: key, start: instant(NOON + days * DAY)});

let site: PricedSite;
let box: Box;
beforeEach(async () => {
  site = await openPricedSite();
  box = site.box();
  await site.down(box);
});
afterEach(() => site.close());

/** Two minutes to London by what the box has, as the cloud hears it. */
async function billed(on: Box, record: CallRecord): Promise<unknown> {
  on.now = record.start;
  on.record(record);
  await site.up(on);
  const rows = await site.cloud.store.reading.selectFrom('call').select(['state', 'amount', 'reason']).orderBy('up_seq').execute();
  return rows.at(-1);
}

describe('a version that is put in force again', () => {
  test('prices the calls of a box that was replaced after a range had been added', async () => {
    const ranges = createAddRange({
      now: () => site.cloud.now,
      randomBytes,
      audit: createAudit(() => site.cloud.now),
      downLog: site.cloud.downLog,
    });
    const [first] = await site.versions();
    const range = {site: HALL, prefix: '8821', to: {kind: 'existing', destination: 'UK mobile'}, from: instant(NOON - 20 * DAY)} as const;
    expect(await site.act((tx) => ranges.publish(tx, DORA, range))).toEqual({kind: 'done'});
    const fresh = await site.replacement();
    site.cloud.now = instant(NOON + DAY);
    expect(await site.rollBack(first?.seq ?? 0)).toEqual({kind: 'done'});
    for (const each of [box, fresh]) await site.down(each);
    expect(await billed(fresh, later('after', 2))).toEqual({state: 'billed', amount: 20 * PENNY, reason: null});
  });

  test('and so does a tariff that was planned, taken back, and published once more', async () => {
    const [first] = await site.versions();
    await site.publish(DEARER, instant(NOON + DAY));
    expect(await site.rollBack(first?.seq ?? 0)).toEqual({kind: 'done'});
    const fresh = await site.replacement();
    await site.publish(DEARER, instant(NOON + DAY));
    for (const each of [box, fresh]) await site.down(each);
    expect(await billed(fresh, later('after', 2))).toEqual({state: 'billed', amount: 100 * PENNY, reason: null});
  });

  test('is not sent once more to a site whose schedule names it', async () => {
    await site.publish(DEARER);
    site.cloud.now = instant(NOON + DAY);
    await site.publish({}, site.cloud.now);
    const rows = await site.cloud.store.reading.selectFrom('down_log').select('id').where('kind', '=', 'tariff').execute();
    expect(rows).toHaveLength(2);
  });
});

test('of more allowances than a statement has places a new box is told what is used', async () => {
  const terms = {name: 'Free', unit: 'seconds', amount: 60, period: 'once', destinations: [], from: NOON - DAY};
  const grant = (allowance: string, account: string) =>
    ({kind: 'allowance', id: allowance, body: DOWN_BODIES.allowance.parse({allowance, account, ...terms})}) as const;
  await site.say(grant('hers', 'ann'));
  await site.down(box);
  // The first of two minutes is free.
  expect(await billed(box, LONDON_CALL)).toEqual({state: 'billed', amount: 10 * PENNY, reason: null});
  await site.say(...Array.from({length: 33_000}, (_, index) => grant(`a${index}`, `s${index}`)));
  const {items} = await snapshotOf(site.cloud.store.reading, HALL, NOON);
  const used = {kind: 'allowance-used', allowance: 'hers', account: 'ann', periodStart: NOON - DAY, used: 60};
  expect(items.filter(({kind}) => kind === 'allowance-used')).toEqual([used]);
  expect(items.filter(({kind}) => kind === 'allowance')).toHaveLength(33_001);
});
