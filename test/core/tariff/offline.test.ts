// A schedule is sent in advance. The box that has it is cut off; each of its calls has the tariff of its own moment, and when the
// cloud hears of them none is late. A box that was cut off before has the older one to its end: its calls are.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createAudit} from '../../../cloud/people/audit.ts';
import {createDrafts} from '../../../cloud/tariff/drafts.ts';
import {checkTariff, createPublish} from '../../../cloud/tariff/publish.ts';
import {inForceAt, wholeScheduleOf} from '../../../cloud/tariff/published.ts';
import {scheduleHash} from '../../../cloud/tariff/versions.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {createRater} from '../../../edge/rating/rate.ts';
import {createSiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {readDownRow, takeRow} from '../../../shared/wire/reader.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {HALL, NOON, openCloud, rowsOfBox, type Cloud} from '../books/ground.ts';
import {pricedCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';
import {tariffOf} from './tariffs.ts';

const ADA = {id: 'ada', role: 'admin'} as const;
const SITE = {id: HALL, currency: 'GBP', zone: 'Europe/London'};
const HOUR = 3_600_000;
const at = (hours: number): Instant => (NOON + hours * HOUR) as Instant;

let cloud: Cloud;
let box: TemporaryStore;
beforeEach(async () => {
  cloud = await openCloud();
  box = temporaryStore();
  await cloud.store.transact(async (tx) => {
    const ada = {...ADA, email: 'ada@uni.example', email_key: 'ada@uni.example', name: 'Ada Moran', created_at: NOON};
    await tx.db
      .insertInto('staff')
      .values({...ada, password_hash: null, disabled_at: null})
      .execute();
    await createPublish(given()).policy(tx, ADA, {site: HALL, policy: {...HALL_POLICY, mode: 'bill'}});
  });
  await publish('Old', '0.60', at(0));
});
afterEach(async () => {
  box.remove();
  await cloud.remove();
});

const given = () => ({now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog: cloud.downLog});
const textOf = (name: string, perMinute: string): string => JSON.stringify(tariffOf({perMinute}, {name}));

async function publish(name: string, perMinute: string, from: Instant): Promise<void> {
  const tariff = checkTariff(SITE, textOf(name, perMinute));
  if (tariff.kind === 'refused') throw new Error(tariff.what);
  const drafts = createDrafts(given());
  await cloud.store.transact(async (tx) => {
    const draft = await drafts.save(tx, ADA, {site: HALL, role: 'student', note: '', tariff});
    if (draft.kind === 'refused') throw new Error(draft.what);
    const schedule = await wholeScheduleOf(tx.db, HALL);
    const seen = {schedule: scheduleHash(schedule), against: inForceAt(schedule.student, from)};
    expect(await drafts.publish(tx, ADA, {site: HALL, id: draft.id, from, seen})).toEqual({kind: 'done'});
  });
}

function boxOf() {
  const {database} = box;
  const book = createSiteBook(database, (text) => {
    const read = readTariff(text);
    return read.kind === 'tariff' ? compileTariff(read.tariff, read.hash) : undefined;
  });
  const ledger = createLedger(database, createJournal(database, randomBytes));
  const rate = createRater({site: HALL, book});
  const refuse = (): never => {
    throw new Error('only rules and prices go down here');
  };
  const site = createSiteReaders(database);
  const readers = {...site, credit: refuse, adjustment: refuse, 'top-up-result': refuse, override: refuse, resolution: refuse};
  return {
    /** All that the cloud has for it by now. */
    hear: async (): Promise<void> => {
      const rows = await cloud.store.reading.selectFrom('down_log').selectAll().orderBy('seq').execute();
      inTransaction(database, () => {
        for (const {content_hash: contentHash, ...rest} of rows) {
          const row = {...rest, contentHash, personal: []};
          const reading = readDownRow(row);
          if (reading.kind === 'unreadable') throw new Error(reading.why);
          takeRow(readers, reading.row, row);
        }
        site.tenancy({tenancy: 't', extension: '101', account: 'ann', from: 0}, {seq: 1} as never);
        book.changed();
      });
    },
    /** A minute to London, that long after noon; what it costs. */
    record: (key: string, hours: number): number | string => {
      const record = {...pricedCall(key, 'ann', 0).record, start: at(hours)};
      const rated = rate(record, {goLive: at(0), receivedAt: at(hours + 1)});
      inTransaction(database, () => ledger.record([rated], 'bill', at(hours + 1)));
      return rated.kind === 'priced' ? rated.amount : rated.kind;
    },
  };
}
const late = async () => {
  await cloud.take(rowsOfBox(box.database));
  return (await cloud.store.reading.selectFrom('tariff_late').select('call_seq').orderBy('call_seq').execute()).map((row) => row.call_seq);
};

test('a box that was told in advance prices by the new tariff from its moment on, though it hears of nobody', async () => {
  const real = boxOf();
  await publish('New', '1.20', at(24));
  await real.hear();
  // From here on it is alone. A millisecond before the moment, and at it.
  expect([real.record('a', 1), real.record('b', 24 - 1 / HOUR), real.record('c', 24), real.record('d', 100)]).toEqual([
    600_000, 600_000, 1_200_000, 1_200_000,
  ]);
  cloud.now = at(200);
  expect(await late()).toEqual([]);
});

test('a box that was not told in time goes on by what it has, and the cloud finds those calls', async () => {
  const real = boxOf();
  await real.hear();
  cloud.now = at(10);
  await publish('New', '1.20', at(24));
  expect([real.record('a', 12), real.record('b', 24), real.record('c', 30)]).toEqual([600_000, 600_000, 600_000]);
  expect(await late()).toEqual([2, 3]);
});
