// A box is replaced while calls wait: the new one knows them by the cloud's snapshot, and resolves each once, whatever was asked
// of which box and when. Both boxes and the cloud are real files; rows and the snapshot travel as they do on the wire.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {callsOf} from '../../../cloud/books/calls.ts';
import {snapshotOf} from '../../../cloud/books/snapshot.ts';
import {verifyBooks} from '../../../cloud/books/verify.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import type {CallRecord} from '../../../edge/record/call-record.ts';
import {canonicalText, tariffHash} from '../../../shared/tariff/canonical.ts';
import {tariffSchema} from '../../../shared/tariff/tariff.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {DownBody, DownFact, Policy} from '../../../shared/wire/kinds.ts';
import type {Row} from '../../../shared/wire/row.ts';
import type {SnapshotItem} from '../../../shared/wire/snapshot.ts';
import {HALL_POLICY, HALL_TARIFF} from '../../simulator/cloud/site.ts';
import {pricedCall} from '../rated-calls.ts';
import {openBox, type Box} from './box.ts';
import {HALL, NOON, openCloud, POUND, rowsOfBox, type Cloud} from './ground.ts';

const DAY = 86_400_000;
/** Landlines of London at 10p a minute with 20 % in it, and no more; or Paris and reverse-charge calls too, at the same price. */
const LONDON = canonicalText(tariffSchema.parse(HALL_TARIFF));
const AND_PARIS = canonicalText(
  tariffSchema.parse({
    ...HALL_TARIFF,
    classes: {reverseCharge: 'landline'},
    destinations: [...HALL_TARIFF.destinations, {name: 'Paris', rate: 'landline', prefixes: ['331']}],
  }),
);

/** A call of two minutes from line 101 to Paris, for which there is no price yet. */
const PARIS: CallRecord = {...pricedCall('paris', '', 0).record, dialled: '90033142685300', durationSeconds: 120};

let cloud: Cloud;
let old: Box;
let fresh: Box;
let told: number;

beforeEach(async () => {
  cloud = await openCloud();
  [old, fresh] = [openBox(), openBox()];
  told = 0;
  await publish(LONDON);
  await say(
    {kind: 'policy', id: '1', body: {...HALL_POLICY, mode: 'bill'}},
    {kind: 'extension', id: '101', body: {extension: '101', class: 'student'}},
    {kind: 'account', id: 'ann', body: {account: 'ann', currency: 'GBP', language: 'en', closed: false}},
    {kind: 'tenancy', id: 't', body: {tenancy: 't', extension: '101', account: 'ann', from: 0}},
  );
  await down(old);
});
afterEach(async () => {
  const findings = [old, fresh].flatMap(({database}) => verifyLedger(database).findings);
  findings.push(...(await verifyBooks(cloud.store.reading)).findings);
  for (const box of [old, fresh]) box.remove();
  await cloud.remove();
  if (findings.length > 0) throw new Error(findings.join('\n'));
});

const say = (...facts: readonly DownFact[]): Promise<number> => cloud.store.transact((tx) => cloud.downLog.write(tx, HALL, facts));

let published = 0;
async function publish(text: string): Promise<void> {
  const hash = tariffHash(text);
  await cloud.store.transact(async ({db}) => {
    await db.insertInto('tariff').values({hash, name: 'Hall', text, created_at: NOON}).execute();
  });
  await say(
    {kind: 'tariff', id: hash, body: {hash, text}},
    {kind: 'schedule', id: String(++published), body: {entries: [{from: 0, tariff: hash}]}},
  );
}

/** Staff ask for a call that waits, as the desk writes it down. */
async function ask(call: string, change: Partial<DownBody<'resolution'>> = {}): Promise<void> {
  const body = {call, act: 'bill', amount: 300_000, tax: 50_000, by: 'dora', reason: 'the carrier says so', ...change} as const;
  await cloud.store.transact(async (tx) => {
    const seq = await cloud.downLog.write(tx, HALL, [{kind: 'resolution', id: `${call}:${++published}`, body}]);
    const {up_seq: callSeq} = await tx.db.selectFrom('call').select('up_seq').where('id', '=', call).executeTakeFirstOrThrow();
    const {act, by, reason, amount = null} = body;
    const row = {site: HALL, down_seq: seq, call_seq: callSeq, act, amount, by, reason, asked_at: NOON};
    await tx.db
      .insertInto('resolution_request')
      .values({...row, outcome: null, detail: null, answered_at: null})
      .execute();
  });
}

/** What the cloud said and the box does not hold yet. */
async function down(box: Box): Promise<void> {
  const stored = await cloud.store.reading.selectFrom('down_log').selectAll().where('seq', '>', box.downSeq()).orderBy('seq').execute();
  const rows = stored.map(({content_hash: contentHash, ...row}): Row => ({...row, contentHash, personal: []}));
  const verdict = rows.length === 0 ? 'applied' : box.apply(rows);
  expect(verdict).toBe('applied');
}

/** What the box said and the cloud does not hold yet. */
async function up(box: Box): Promise<void> {
  const rows = rowsOfBox(box.database, 'up', told);
  told = rows.at(-1)?.seq ?? told;
  if (rows.length > 0) await cloud.take(rows);
}

/** The new box gets the site's past. */
async function replace(): Promise<void> {
  expect(fresh.begin(await snapshotOf(cloud.store.reading, HALL, cloud.now))).toMatchObject({isApplied: true});
}

const resolutions = () => cloud.store.reading.selectFrom('call_resolution').select(['outcome', 'by', 'amount']).execute();
const answers = () => cloud.store.reading.selectFrom('resolution_request').select('outcome').orderBy('down_seq').execute();
async function balanceOf(account: string): Promise<number> {
  const row = await cloud.store.reading.selectFrom('balance').selectAll().where('account', '=', account).executeTakeFirst();
  return row === undefined ? 0 : row.credit - row.debit;
}
function one(box: Box, sql: string): Record<string, unknown> {
  const rows = box.rows(sql) as readonly Record<string, unknown>[];
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
}

describe('a call that waits', () => {
  let id: string;
  beforeEach(async () => {
    old.record(PARIS);
    id = String(one(old, 'SELECT id FROM call')['id']);
    await up(old);
  });

  test('waits on the new box with all that it was rated by, counts for its line, and is never recorded again', async () => {
    await replace();
    expect(one(fresh, 'SELECT id, state, up_seq, reason, payer, extension, started_at, duration, tariff FROM call')).toEqual({
      ...one(old, 'SELECT id, state, reason, payer, extension, started_at, duration, tariff FROM call'),
      up_seq: null,
    });
    const waiting = 'SELECT curable, watched, extension, payer, started_at, seconds FROM waiting_call';
    expect(one(fresh, waiting)).toEqual(one(old, waiting));
    const {direction, extension, dialled, trunk, start, durationSeconds, answered} = PARIS;
    expect(JSON.parse(String(one(fresh, 'SELECT record FROM waiting_call')['record']))).toMatchObject({
      direction,
      extension,
      dialled,
      trunk,
      start,
      durationSeconds,
      answered,
    });
    // Its feed tells it once more.
    expect(fresh.record(PARIS)).toBe(0);
    expect(fresh.rows("SELECT seq FROM up_log WHERE kind = 'unbillable'")).toEqual([]);
  });

  test('is priced by a schedule that comes to the new box', async () => {
    await replace();
    fresh.rateAll();
    expect(fresh.balance('ann')).toBe(0);
    await publish(AND_PARIS);
    await down(fresh);
    fresh.rateAll();
    await up(fresh);
    // Two minutes at 10p.
    expect([fresh.balance('ann'), await balanceOf('ann'), await resolutions()]).toEqual([
      -200_000,
      -200_000,
      [{outcome: 'billed', by: 'schedule', amount: 200_000}],
    ]);
  });

  test('is priced by a schedule that the old box had, and told nobody what came of it', async () => {
    await publish(AND_PARIS);
    await down(old);
    old.rateAll();
    expect(old.balance('ann')).toBe(-200_000);
    await replace();
    expect(fresh.balance('ann')).toBe(0);
    fresh.rateAll();
    await up(fresh);
    expect([fresh.balance('ann'), await balanceOf('ann')]).toEqual([-200_000, -200_000]);
  });

  test('that was resolved and told is no more than known: asked again, it is answered as done', async () => {
    await publish(AND_PARIS);
    await down(old);
    old.rateAll();
    await up(old);
    await replace();
    expect([fresh.balance('ann'), fresh.rows('SELECT 1 FROM waiting_call'), fresh.rows('SELECT id FROM known_call')]).toEqual([
      -200_000,
      [],
      [{id}],
    ]);
    expect(fresh.record(PARIS)).toBe(0);
    await ask(id);
    await down(fresh);
    fresh.rateAll();
    await up(fresh);
    expect([await answers(), fresh.balance('ann'), await balanceOf('ann')]).toEqual([[{outcome: 'already-resolved'}], -200_000, -200_000]);
  });

  describe('and that staff ask for', () => {
    const byHand = [{outcome: 'billed', by: 'desk', amount: 300_000}];

    test.for([
      ['before the cut, and the old box never heard of it', false, false],
      ['before the cut, and the old box did it and told nobody', true, false],
      ['after the cut', false, true],
    ] as const)('%s: one debit', async ([, oldHears, isAfter]) => {
      if (!isAfter) await ask(id, {destination: 'Paris'});
      if (oldHears) await down(old);
      await replace();
      if (isAfter) await ask(id, {destination: 'Paris'});
      await down(fresh);
      fresh.rateAll();
      await up(fresh);
      expect([fresh.balance('ann'), fresh.balance('vat'), await balanceOf('ann')]).toEqual([-300_000, 50_000, -300_000]);
      expect([await resolutions(), await answers()]).toEqual([byHand, [{outcome: 'billed'}]]);
    });

    test.for([
      ['asked, then published', ['ask', 'publish'], byHand, 'billed'],
      ['published, then asked', ['publish', 'ask'], byHand, 'billed'],
    ] as const)('and that a schedule prices, before the cut, %s: one debit', async ([, order, expected, answer]) => {
      for (const act of order) await (act === 'ask' ? ask(id) : publish(AND_PARIS));
      await replace();
      fresh.rateAll();
      await up(fresh);
      // What staff asked is done first; the schedule finds nothing that waits.
      expect([await resolutions(), await answers(), fresh.balance('ann')]).toEqual([expected, [{outcome: answer}], -300_000]);
    });

    test('to be written off before the cut, costs nobody anything whatever schedule comes', async () => {
      await ask(id, {act: 'write-off', amount: undefined, tax: undefined});
      await replace();
      await publish(AND_PARIS);
      await down(fresh);
      fresh.rateAll();
      await up(fresh);
      expect([await resolutions(), await answers(), fresh.balance('ann')]).toEqual([
        [{outcome: 'written-off', by: 'desk', amount: null}],
        [{outcome: 'written-off'}],
        0,
      ]);
    });
  });
});

test('a call that gets its price too late is the house’s, says so, and tells both tariffs, also when another box prices it', async () => {
  old.record(PARIS);
  await up(old);
  await replace();
  fresh.now = (NOON + 31 * DAY) as Instant;
  await publish(AND_PARIS);
  await down(fresh);
  fresh.rateAll();
  await up(fresh);
  expect([fresh.balance('ann'), fresh.balance('house')]).toEqual([0, -200_000]);
  const [first, second] = [LONDON, AND_PARIS].map((text) => tariffHash(text));
  expect(await callsOf(cloud.store.reading, {site: HALL, account: 'house'}, {most: 10})).toMatchObject([
    {
      state: 'billed',
      payer: 'house',
      flags: ['late'],
      resolution: {by: 'schedule', at: fresh.now, firstTariff: first},
      working: {tariff: second},
    },
  ]);
  expect(one(fresh, 'SELECT call_resolution.flags, call.tariff FROM call_resolution JOIN call ON call.id = call')).toEqual({
    flags: '["late"]',
    tariff: first,
  });
});

test('a call that waited since the site only watched is debited by no box', async () => {
  await say({kind: 'policy', id: '2', body: {...HALL_POLICY, mode: 'watch'}});
  await down(old);
  old.record(PARIS);
  await up(old);
  await say({kind: 'policy', id: '3', body: {...HALL_POLICY, mode: 'bill'}});
  await publish(AND_PARIS);
  await replace();
  fresh.rateAll();
  await up(fresh);
  expect([await resolutions(), fresh.balance('ann')]).toEqual([[{outcome: 'watched', by: 'schedule', amount: 200_000}], 0]);
});

test.for<readonly [what: string, change: Partial<CallRecord>, policy: Partial<Policy>, amount: number | undefined]>([
  // 20 s of the 130 are taken off: two minutes.
  ['whose answer is not reported', {answered: 'not-reported', durationSeconds: 130}, {}, 200_000],
  ['that somebody else dialled for, with his code', {accountCode: '7788'}, {}, 200_000],
  ['dialled just as its number is written', {dialled: '+33142685300'}, {}, 200_000],
  ['that came in and is reverse-charge', {direction: 'incoming', dialled: undefined, caller: '+33142685300', charge: '0.50'}, {}, 200_000],
  ['of which the recorder doubts the length', {doubt: {reason: 'duration-implausible', detail: 'ten days'}}, {}, undefined],
])('a call %s is rated by the new box as the old one would have', async ([, change, policy, amount]) => {
  await say(
    {kind: 'policy', id: '2', body: {...HALL_POLICY, mode: 'bill', ...policy}},
    {
      kind: 'account',
      id: 'ben',
      body: {account: 'ben', currency: 'GBP', language: 'en', closed: false, accountCodes: [{code: '7788', from: 0}]},
    },
  );
  await down(old);
  old.record({...PARIS, ...change});
  await up(old);
  await replace();
  await publish(AND_PARIS);
  for (const box of [old, fresh]) {
    await down(box);
    box.rateAll();
  }
  const resolved = 'SELECT payer, amount, tax, prefix, destination, flags, working FROM call_resolution';
  expect(fresh.rows(resolved)).toEqual(old.rows(resolved));
  expect(fresh.rows('SELECT amount, payer FROM call_resolution')).toEqual(
    amount === undefined ? [] : [{amount, payer: change.accountCode === undefined ? 'ann' : 'ben'}],
  );
});

test('a call that the recorder doubts is paid, if staff bill it, by whom the old box would have named', async () => {
  const accountCodes = {position: 'before', lead: '*8', length: 4, separator: '#'} as const;
  const ben = {account: 'ben', currency: 'GBP', language: 'en', closed: false, accountCodes: [{code: '7788', from: 0}]};
  await say(
    {kind: 'policy', id: '2', body: {...HALL_POLICY, mode: 'bill', dialPlan: {...HALL_POLICY.dialPlan, accountCodes}}},
    {kind: 'account', id: 'ben', body: ben},
  );
  await down(old);
  // Nobody reads the code out of digits that are in doubt.
  old.record({...PARIS, dialled: '*87788#90033142685300', doubt: {reason: 'duplicate-suspected', detail: 'twice'}});
  await up(old);
  await replace();
  await ask(String(one(old, 'SELECT id FROM call')['id']));
  for (const box of [old, fresh]) {
    await down(box);
    expect([box.balance('ann'), box.balance('ben')]).toEqual([-300_000, 0]);
  }
});

test('a call of longer ago than anything else is kept waits on all the same; its number may be erased by then', async () => {
  old.record(PARIS);
  await up(old);
  const id = String(one(old, 'SELECT id FROM call')['id']);
  cloud.now = (NOON + 401 * DAY) as Instant;
  await cloud.store.transact(async ({db}) => {
    await db.deleteFrom('up_personal').execute();
  });
  await replace();
  await publish(AND_PARIS);
  await down(fresh);
  fresh.rateAll();
  expect([fresh.balance('ann'), fresh.rows('SELECT reason FROM call')]).toEqual([0, [{reason: 'no-destination'}]]);
  await ask(id, {payer: 'ann'});
  await down(fresh);
  expect(fresh.balance('ann')).toBe(-300_000);
});

test('a row of before records were told is resolved by hand only', async () => {
  const {cut, items} = await snapshotOf(cloud.store.reading, HALL, cloud.now);
  const waiting: SnapshotItem = {
    kind: 'waiting',
    id: 'ab'.repeat(32),
    body: {
      state: 'unbillable',
      feed: 'smdr',
      extension: '101',
      direction: 'outgoing',
      startedAt: NOON,
      durationSeconds: 60,
      flags: [],
      reason: 'no-destination',
      detail: 'nothing matches',
      payer: 'ann',
    },
    personal: {number: '+33142685300'},
  };
  expect(fresh.begin({cut, items: [...items, waiting]})).toMatchObject({isApplied: true});
  await publish(AND_PARIS);
  await down(fresh);
  fresh.rateAll();
  expect([fresh.balance('ann'), one(fresh, 'SELECT curable FROM waiting_call')]).toEqual([0, {curable: 0}]);
});

test('a pound that was paid is there beside the calls that wait', async () => {
  old.record(PARIS);
  await up(old);
  await cloud.store.transact((tx) =>
    cloud.books.move(tx, {site: HALL, debit: 'cash', credit: 'ann', amount: POUND, code: 'TOPUP', ref: 'p', at: NOON} as never),
  );
  await replace();
  expect([fresh.balance('ann'), fresh.rows('SELECT count(*) AS calls FROM waiting_call')]).toEqual([POUND, [{calls: 1}]]);
});
