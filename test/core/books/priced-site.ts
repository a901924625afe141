// A site whose cloud and boxes are real: rules, tariffs and corrections as the desk writes them, calls as a box prices them.
import {randomBytes} from 'node:crypto';
import {setImmediate as breathe} from 'node:timers/promises';
import {createRerating} from '../../../cloud/books/rerating.ts';
import type {Plan, Wish} from '../../../cloud/books/rerating-plan.ts';
import {snapshotOf} from '../../../cloud/books/snapshot.ts';
import {verifyBooks} from '../../../cloud/books/verify.ts';
import {createAudit} from '../../../cloud/people/audit.ts';
import {insertMany} from '../../../cloud/store/bulk.ts';
import type {Tx} from '../../../cloud/store/open.ts';
import {createCompiledTariffs} from '../../../cloud/tariff/compiled.ts';
import {createDrafts} from '../../../cloud/tariff/drafts.ts';
import {createPublish} from '../../../cloud/tariff/publish.ts';
import {wholeScheduleOf} from '../../../cloud/tariff/published.ts';
import {createRepricer} from '../../../cloud/tariff/repricer.ts';
import {createStoredCalls} from '../../../cloud/tariff/stored-calls.ts';
import {scheduleHash, versionsOf} from '../../../cloud/tariff/versions.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import type {CallRecord} from '../../../edge/record/call-record.ts';
import type {Actor} from '../../../shared/failure/refusal.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {instant} from '../../../shared/time/instant.ts';
import type {DownFact, Policy} from '../../../shared/wire/kinds.ts';
import type {Row} from '../../../shared/wire/row.ts';
import {HALL_POLICY, HALL_TARIFF} from '../../simulator/cloud/site.ts';
import {pricedCall} from '../rated-calls.ts';
import {openBox, type Box} from './box.ts';
import {HALL, NOON, openCloud, rowsOfBox} from './ground.ts';

export const DAY = 86_400_000;
export const DORA: Actor = {id: 'dora', role: 'admin'};
const EVE: Actor = {id: 'eve', role: 'admin'};

/** Two minutes from line 101 to London, at noon: 20p by the hall's tariff. */
export const LONDON_CALL: CallRecord = {...pricedCall('first', '', 0).record, durationSeconds: 120};

/** Of a batch. */
const MOST_ROWS = 500;

export type PricedSite = Awaited<ReturnType<typeof openPricedSite>>;

/** Line 101 is Ann's, 102 Ben's; the tariff began ten days ago. */
export async function openPricedSite(rules: Partial<Policy> = {}) {
  const cloud = await openCloud();
  const boxes: Box[] = [];
  const told = new Map<Box, number>();
  const {store, downLog} = cloud;
  const given = {now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog};
  const publish = createPublish(given);
  const rerating = createRerating({
    ...given,
    insertMany,
    reading: store.reading,
    calls: createStoredCalls(store.reading, breathe),
    repricer: createRepricer(store.reading, createCompiledTariffs(store.reading)),
  });
  const act = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => store.transact(work);
  const say = (...facts: readonly DownFact[]) => act((tx) => downLog.write(tx, HALL, facts));
  const site = {
    cloud,
    rerating,
    drafts: createDrafts(given),
    act,
    say,
    box: (): Box => {
      const box = openBox();
      boxes.push(box);
      return box;
    },
    /** What the cloud said and the box does not hold yet. */
    down: async (box: Box): Promise<void> => {
      const stored = await store.reading.selectFrom('down_log').selectAll().where('seq', '>', box.downSeq()).orderBy('seq').execute();
      const rows = stored.map(({content_hash: contentHash, ...row}): Row => ({...row, contentHash, personal: []}));
      for (let from = 0; from < rows.length; from += MOST_ROWS) {
        const verdict = box.apply(rows.slice(from, from + MOST_ROWS));
        if (verdict !== 'applied') throw new Error(verdict);
      }
    },
    up: async (box: Box): Promise<void> => {
      const rows = rowsOfBox(box.database, 'up', told.get(box) ?? 0);
      told.set(box, rows.at(-1)?.seq ?? told.get(box) ?? 0);
      if (rows.length > 0) await cloud.take(rows);
    },
    /** A new box that begins with what the cloud holds; the rows of the others were told until here. */
    replacement: async (): Promise<Box> => {
      const box = site.box();
      const snapshot = await snapshotOf(store.reading, HALL, cloud.now);
      const verdict = box.begin(snapshot);
      if (verdict.kind !== 'held' || !verdict.isApplied) throw new Error(`the snapshot was ${verdict.kind}`);
      told.set(box, snapshot.cut.up.last);
      return box;
    },
    publish: async (change: Partial<TariffSource> = {}, from = cloud.now): Promise<string> => {
      const done = await act((tx) => publish.tariff(tx, DORA, {site: HALL, text: JSON.stringify({...HALL_TARIFF, ...change}), from}));
      if (done.kind !== 'done') throw new Error(done.what);
      return done.hash;
    },
    policy: async (change: Partial<Policy>): Promise<void> => {
      await act((tx) => publish.policy(tx, DORA, {site: HALL, policy: {...HALL_POLICY, mode: 'bill', ...rules, ...change}}));
    },
    rollBack: async (version: number) => {
      const seen = scheduleHash(await wholeScheduleOf(store.reading, HALL));
      return await act((tx) => site.drafts.rollBack(tx, DORA, {site: HALL, version, seen}));
    },
    versions: () => versionsOf(store.reading, HALL, {most: 50}),
    plan: async (wish: Wish): Promise<Plan> => {
      const found = await rerating.plan(wish);
      if (found.kind !== 'plan') throw new Error(found.what);
      return found;
    },
    /** Proposed by Dora, decided by Eve. */
    correct: async (wish: Wish, approve = true) => {
      const plan = await site.plan(wish);
      const done = await act((tx) => rerating.propose(tx, DORA, {plan, reason: 'it was wrong'}));
      if (done.kind !== 'done' || done.rerating === undefined) return done;
      const decision = {rerating: done.rerating, hash: plan.hash, approve};
      return await act((tx) => rerating.decide(tx, EVE, decision));
    },
    balances: async (): Promise<Readonly<Record<string, number>>> => {
      const rows = await store.reading.selectFrom('balance').selectAll().where('site', '=', HALL).execute();
      return Object.fromEntries(rows.map(({account, credit, debit}) => [account, credit - debit]));
    },
    /** Both sides are asked whether all adds up. */
    close: async (): Promise<void> => {
      const findings = boxes.flatMap(({database}) => verifyLedger(database).findings);
      findings.push(...(await verifyBooks(store.reading)).findings);
      for (const box of boxes) box.remove();
      await cloud.remove();
      if (findings.length > 0) throw new Error(findings.join('\n'));
    },
  };
  await act(async ({db}) => {
    for (const {id, role} of [DORA, EVE])
      await db
        .insertInto('staff')
        .values({id, email: `${id}@x.test`, email_key: `${id}@x.test`, name: id, role, created_at: NOON})
        .execute();
  });
  cloud.now = instant(NOON - 10 * DAY);
  await site.policy({});
  await site.publish();
  for (const [line, account] of [
    ['101', 'ann'],
    ['102', 'ben'],
  ] as const) {
    await act((tx) => cloud.books.openAccount(tx, HALL, account as AccountId, 'student'));
    await say(
      {kind: 'extension', id: line, body: {extension: line, class: 'student'}},
      {kind: 'account', id: account, body: {account, currency: 'GBP', language: 'en', closed: false}},
      {kind: 'tenancy', id: line, body: {tenancy: line, extension: line, account, from: 0}},
    );
  }
  cloud.now = NOON;
  return site;
}
