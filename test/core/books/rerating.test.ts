// Differences of calls that have their price: planned, proposed, approved by their hash, posted on both sides alike.
import {randomBytes} from 'node:crypto';
import BetterSqlite from 'better-sqlite3';
import fc from 'fast-check';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createRerating, type Rerating} from '../../../cloud/books/rerating.ts';
import type {Plan, PlannedCall, Wish} from '../../../cloud/books/rerating-plan.ts';
import {differencesOf, reratingAt} from '../../../cloud/books/reratings.ts';
import {paidCalls} from '../../../cloud/books/paid.ts';
import {studentOverview} from '../../../cloud/books/overview.ts';
import {statement} from '../../../cloud/books/statement.ts';
import {verifyBooks} from '../../../cloud/books/verify.ts';
import {createAudit} from '../../../cloud/people/audit.ts';
import {insertMany} from '../../../cloud/store/bulk.ts';
import type {Repriced} from '../../../cloud/tariff/reprice.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import type {Actor} from '../../../shared/failure/refusal.ts';
import {micros} from '../../../shared/money/micros.ts';
import {freeWorking} from '../../../shared/tariff/working.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import {readDownRow} from '../../../shared/wire/reader.ts';
import {pricedCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';
import {HALL, NOON, openCloud, rowsOfBox, type Cloud} from './ground.ts';

const DAY = 86_400_000;
const ANY_TIME = {from: instant(NOON - DAY), to: instant(NOON + DAY)};
const DORA: Actor = {id: 'dora', role: 'admin'};
const EVE: Actor = {id: 'eve', role: 'admin'};
const CARL: Actor = {id: 'carl', role: 'clerk'};

let cloud: Cloud;
let box: TemporaryStore;
let rerating: Rerating;
/** What a call costs by the other tariff, by its amount now. */
let priceOf: (amount: number) => number | 'unpriced';

beforeEach(async () => {
  cloud = await openCloud();
  [box, rerating, priceOf] = [temporaryStore(), newRerating(), (amount) => amount];
  await populate();
});
afterEach(async () => {
  box.remove();
  await cloud.remove();
});

async function populate(): Promise<void> {
  await cloud.store.transact(async ({db}) => {
    for (const {id, role} of [DORA, EVE, CARL])
      await db
        .insertInto('staff')
        .values({id, email: `${id}@x.test`, email_key: `${id}@x.test`, name: id, role, created_at: NOON})
        .execute();
    const students = ['ann', 'ben', 'cem'].map((id) => ({site: HALL, id, kind: 'student' as const, currency: 'GBP'}));
    await db.insertInto('account').values(students).execute();
  });
}

function newRerating(): Rerating {
  const {downLog, store} = cloud;
  return createRerating({
    now: () => cloud.now,
    randomBytes,
    audit: createAudit(() => cloud.now),
    downLog,
    insertMany,
    reading: store.reading,
    calls: {
      between: async function* () {
        yield await pricedCalls();
      },
      at: async function* (_site, seqs) {
        yield (await pricedCalls()).filter(({upSeq}) => seqs.includes(upSeq));
      },
    },
    repricer: () =>
      Promise.resolve((call): Promise<Repriced> => {
        const amount = priceOf(call.working?.gross ?? 0);
        return Promise.resolve(
          amount === 'unpriced' ? {kind: 'unpriced', reason: 'no-destination'} : {kind: 'priced', working: workingOf(amount, 0)},
        );
      }),
  });
}

type Recorded = {readonly payer: string; readonly amount: number; readonly tax?: number};

/** The box records calls, the cloud hears of them. */
async function record(calls: readonly Recorded[]): Promise<void> {
  const {database} = box;
  const ledger = createLedger(database, createJournal(database, randomBytes));
  const rated = calls.map(({payer, amount, tax = 0}, index) => pricedCall(`k${index}`, payer, amount, tax));
  inTransaction(database, () => ledger.record(rated, 'bill', NOON));
  await cloud.take(rowsOfBox(database));
}

/** What came down since, as the box takes it. */
function takeDown(rows: Awaited<ReturnType<typeof downRows>>): void {
  const {database} = box;
  const ledger = createLedger(database, createJournal(database, randomBytes));
  for (const row of rows) {
    const reading = readDownRow(row);
    if (reading.kind === 'unreadable') throw new Error(reading.why);
    inTransaction(database, () => {
      if (reading.row.kind === 'adjustment') ledger.adjust(reading.row.body, row);
    });
  }
}

async function downRows() {
  const rows = await cloud.store.reading.selectFrom('down_log').selectAll().orderBy('seq').execute();
  return rows.map(({content_hash: contentHash, ...row}) => ({...row, contentHash, personal: []}));
}

async function pricedCalls(): Promise<readonly PlannedCall[]> {
  const rows = await cloud.store.reading.selectFrom('call').select(['up_seq', 'started_at', 'amount', 'tax']).orderBy('up_seq').execute();
  return rows.map(({up_seq: upSeq, started_at: startedAt, amount, tax}) => ({
    upSeq,
    class: 'outgoing',
    number: '+442079460123',
    startedAt: startedAt as Instant,
    working: workingOf(amount ?? 0, tax ?? 0),
    flags: [],
  }));
}

function workingOf(amount: number, tax: number) {
  const free = freeWorking('London', {durationSeconds: 60, answerAllowanceSeconds: 0});
  return {...free, prefix: '+4420', gross: micros(amount), tax: micros(tax), net: micros(amount - tax)};
}

const BY_TARIFF: Extract<Wish, {cause: 'tariff'}> = {cause: 'tariff', site: HALL, ...ANY_TIME, tariff: 'f'.repeat(64)};
const move = (paidBy: string, payer: string): Wish => ({cause: 'move', site: HALL, extension: '101', ...ANY_TIME, paidBy, payer});

async function planned(wish: Wish): Promise<Plan> {
  const found = await rerating.plan(wish);
  if (found.kind !== 'plan') throw new Error(found.what);
  return found;
}

async function proposed(wish: Wish, actor = DORA): Promise<{readonly id: string; readonly hash: string}> {
  const found = await planned(wish);
  const done = await cloud.store.transact((tx) => rerating.propose(tx, actor, {plan: found, reason: 'the carrier was wrong'}));
  if (done.kind !== 'done' || done.rerating === undefined) throw new Error('not proposed');
  return {id: done.rerating, hash: found.hash};
}

const decide = ({id, hash}: {readonly id: string; readonly hash: string}, actor = EVE, approve = true) =>
  cloud.store.transact((tx) => rerating.decide(tx, actor, {rerating: id, hash, approve}));

const COLUMNS = ['debit', 'credit', 'amount', 'currency', 'code', 'ref', 'at', 'log', 'log_seq'] as const;
const transfersOfBox = (): unknown[] => box.database.prepare(`SELECT ${COLUMNS.join(', ')} FROM transfer ORDER BY code, ref`).all();
const transfers = () => cloud.store.reading.selectFrom('transfer').select(COLUMNS).orderBy('code').orderBy('ref').execute();
async function balances(): Promise<Readonly<Record<string, number>>> {
  const rows = await cloud.store.reading.selectFrom('balance').selectAll().where('site', '=', HALL).execute();
  return Object.fromEntries(rows.map(({account, credit, debit}) => [account, credit - debit]));
}

describe('a re-rating by another tariff', () => {
  beforeEach(() =>
    record([
      {payer: 'ann', amount: 500_000},
      {payer: 'ann', amount: 300_000, tax: 50_000},
      {payer: 'ben', amount: 200_000},
    ]),
  );

  test('proposes a difference a student, and moves nothing before it is approved', async () => {
    priceOf = (amount) => (amount === 500_000 ? 400_000 : amount === 200_000 ? 250_000 : amount);
    const found = await planned(BY_TARIFF);
    // Ann's second call keeps its amount, but the tariff has no tax in it.
    expect(found.lines.map(({callSeq, account, was, due}) => [callSeq, account, was, due])).toEqual([
      [1, 'ann', {amount: 500_000, tax: 0}, {amount: 400_000, tax: 0}],
      [2, 'ann', {amount: 300_000, tax: 50_000}, {amount: 300_000, tax: 0}],
      [3, 'ben', {amount: 200_000, tax: 0}, {amount: 250_000, tax: 0}],
    ]);
    const {id} = await proposed(BY_TARIFF);
    expect(await differencesOf(cloud.store.reading, id)).toEqual([
      {account: 'ann', calls: 2, was: 800_000, due: 700_000},
      {account: 'ben', calls: 1, was: 200_000, due: 250_000},
    ]);
    expect(await reratingAt(cloud.store.reading, id)).toMatchObject({calls: 3, more: 50_000, less: 100_000, decision: undefined});
    expect(await balances()).toMatchObject({ann: -800_000, ben: -200_000});
  });

  test('is posted once approved, on the box just as in the cloud; the calls stay as they are', async () => {
    priceOf = (amount) => (amount === 500_000 ? 400_000 : amount === 200_000 ? 250_000 : amount);
    expect(await decide(await proposed(BY_TARIFF))).toEqual({kind: 'done', outcome: 'posted'});
    expect(await balances()).toMatchObject({ann: -700_000, ben: -250_000, revenue: 950_000, vat: 0});
    takeDown(await downRows());
    expect(transfersOfBox()).toEqual(await transfers());
    expect(await transfers()).toHaveLength(4 + 3);
    const calls = await cloud.store.reading.selectFrom('call').select('amount').orderBy('up_seq').execute();
    expect(calls.map(({amount}) => amount)).toEqual([500_000, 300_000, 200_000]);
    expect((await verifyBooks(cloud.store.reading)).findings).toEqual([]);
    expect(verifyLedger(box.database).findings.filter((finding) => !finding.includes('down log'))).toEqual([]);
  });

  test('stands in the statement as a correction of the call, with its tax', async () => {
    await decide(await proposed(BY_TARIFF));
    cloud.now = instant(NOON + DAY);
    const days = {site: HALL, account: 'ann', from: instant(NOON - DAY), to: instant(NOON + 2 * DAY)};
    const month = await statement(cloud.store.reading, days);
    // The gross stays and the tax falls: no line of Ann's, but of the tax account.
    expect(month.lines.map(({code, amount, tax, call}) => [code, amount, tax, call?.upSeq])).toEqual([
      ['CALL', -500_000, 0, 1],
      ['CALL', -300_000, 50_000, 2],
    ]);
    priceOf = (amount) => amount / 2;
    await decide(await proposed(BY_TARIFF));
    const later = await statement(cloud.store.reading, days);
    expect(later.lines.slice(2).map(({code, amount, tax, call}) => [code, amount, tax, call?.upSeq])).toEqual([
      ['CALL_ADJ', 250_000, 0, 1],
      ['CALL_ADJ', 150_000, 0, 2],
    ]);
    // Nobody paid anything in: the calls cost less.
    expect(later).toMatchObject({opening: 0, credits: 0, debits: 400_000, closing: -400_000});
    const {corrections} = await studentOverview(cloud.store.reading, {site: HALL, account: 'ann', now: cloud.now, calls: 10});
    expect(Object.fromEntries(corrections)).toEqual({1: -250_000, 2: -150_000});
  });

  test('twice changes nothing: the second finds no difference', async () => {
    priceOf = (amount) => amount * 2;
    await decide(await proposed(BY_TARIFF));
    const again = await planned(BY_TARIFF);
    expect(again.lines).toEqual([]);
    const done = await cloud.store.transact((tx) => rerating.propose(tx, DORA, {plan: again, reason: 'once more'}));
    expect(done).toMatchObject({kind: 'refused', code: 'nothing-differs'});
  });

  test('leaves calls that would have no price as they are, and counts them', async () => {
    priceOf = (amount) => (amount === 500_000 ? 'unpriced' : amount + 1);
    const found = await planned(BY_TARIFF);
    expect([found.looked, found.left, found.lines.map(({callSeq}) => callSeq)]).toEqual([3, {'no-destination': 1}, [2, 3]]);
  });

  test('of one student looks at nobody else', async () => {
    priceOf = (amount) => amount + 1;
    expect((await planned({...BY_TARIFF, account: 'ben'})).lines.map(({account}) => account)).toEqual(['ben']);
  });
});

describe('an approval', () => {
  beforeEach(async () => {
    await record([
      {payer: 'ann', amount: 500_000},
      {payer: 'ben', amount: 200_000},
    ]);
    priceOf = (amount) => amount + 100_000;
  });

  test('of another hash than the one that was shown posts nothing', async () => {
    const proposal = await proposed(BY_TARIFF);
    expect(await decide({...proposal, hash: '0'.repeat(64)})).toMatchObject({kind: 'refused', code: 'other-hash'});
    expect(await balances()).toMatchObject({ann: -500_000});
  });

  test('of lines that somebody changed in the database posts nothing', async () => {
    const proposal = await proposed(BY_TARIFF);
    const raw = new BetterSqlite(cloud.path);
    raw.prepare('UPDATE rerating_line SET due = due + 1 WHERE call_seq = 1').run();
    raw.close();
    expect(await decide(proposal)).toMatchObject({kind: 'refused', code: 'other-hash'});
  });

  test('is overtaken if a call was adjusted since: nothing of it is posted, and it is over', async () => {
    const first = await proposed(BY_TARIFF);
    await decide(await proposed(move('ben', 'cem')));
    expect(await decide(first)).toEqual({kind: 'done', outcome: 'overtaken'});
    expect(await balances()).toMatchObject({ann: -500_000, cem: -200_000});
    expect(await decide(first)).toMatchObject({kind: 'refused', code: 'proposal-gone'});
  });

  test('posts once, however often it is said', async () => {
    const proposal = await proposed(BY_TARIFF);
    expect(await decide(proposal)).toMatchObject({outcome: 'posted'});
    expect(await decide(proposal)).toMatchObject({kind: 'refused', code: 'proposal-gone'});
    expect(await balances()).toMatchObject({ann: -600_000, ben: -300_000});
  });

  test('of so much money takes a second person, and of little does not', async () => {
    const small = await proposed(BY_TARIFF);
    expect(await decide(small, DORA)).toMatchObject({outcome: 'posted'});
    priceOf = (amount) => amount + 15_000_000;
    const large = await proposed(BY_TARIFF);
    expect(await decide(large, DORA)).toMatchObject({kind: 'refused', code: 'same-person'});
    expect(await decide(large, DORA, false)).toEqual({kind: 'done', outcome: 'refused'});
  });

  test('of a tariff is an admin’s, of a move a clerk’s too', async () => {
    const tariff = await planned(BY_TARIFF);
    const asClerk = (found: Plan) => cloud.store.transact((tx) => rerating.propose(tx, CARL, {plan: found, reason: 'asked'}));
    expect(await asClerk(tariff)).toMatchObject({kind: 'refused', code: 'not-allowed'});
    expect(await asClerk(await planned(move('ann', 'ben')))).toMatchObject({kind: 'done'});
  });
});

describe('a back-dated move', () => {
  test('of 200 calls posts pairs, and can be moved back', async () => {
    await record(Array.from({length: 200}, (_, index) => ({payer: 'ann', amount: 10_000 + index, tax: 1_000})));
    const sum = 200 * 10_000 + (199 * 200) / 2;
    expect(await decide(await proposed(move('ann', 'ben')))).toMatchObject({outcome: 'posted'});
    expect(await balances()).toMatchObject({ann: 0, ben: -sum, vat: 200_000});
    // 400 entries, 100 a row.
    expect((await downRows()).map(({kind}) => kind)).toEqual(['adjustment', 'adjustment', 'adjustment', 'adjustment']);
    expect(await decide(await proposed(move('ben', 'ann')))).toMatchObject({outcome: 'posted'});
    expect(await balances()).toMatchObject({ann: -sum, ben: 0});
    takeDown(await downRows());
    expect(transfersOfBox()).toEqual(await transfers());
    expect((await verifyBooks(cloud.store.reading)).findings).toEqual([]);
  });

  test('between the same account, or in no time, is refused', async () => {
    expect(await rerating.plan(move('ann', 'ann'))).toMatchObject({code: 'same-account'});
    expect(await rerating.plan({...move('ann', 'ben'), to: NOON, from: NOON} as Wish)).toMatchObject({code: 'time-order'});
  });
});

test('late tariffs: what differs is proposed, what does not is seen to', async () => {
  await record([
    {payer: 'ann', amount: 500_000},
    {payer: 'ben', amount: 200_000},
  ]);
  await cloud.store.transact(async ({db}) => {
    for (const call_seq of [1, 2])
      await db
        .insertInto('tariff_late')
        .values({site: HALL, call_seq, priced_by: 'a'.repeat(64), due: 'b'.repeat(64)})
        .execute();
  });
  const late = async () =>
    (await cloud.store.reading.selectFrom('tariff_late').select('call_seq').orderBy('call_seq').execute()).map((row) => row.call_seq);
  priceOf = (amount) => (amount === 500_000 ? 450_000 : amount);
  const proposal = await proposed({cause: 'tariff-late', site: HALL});
  expect(await late()).toEqual([1]);
  await decide(proposal);
  expect(await late()).toEqual([]);
  expect(await balances()).toMatchObject({ann: -450_000, ben: -200_000});
});

test('verification finds an adjustment whose money is another, or is not there', async () => {
  await record([{payer: 'ann', amount: 500_000, tax: 80_000}]);
  priceOf = (amount) => amount * 2;
  await decide(await proposed(BY_TARIFF));
  const raw = new BetterSqlite(cloud.path);
  raw.exec('DROP TRIGGER adjustment_is_final; UPDATE call_adjustment SET amount = amount + 1, tax = tax - 1;');
  raw.close();
  expect((await verifyBooks(cloud.store.reading)).findings.join()).toMatch(/adjustment .*: it says 0\.500001 with tax/);
});

test('property: whatever is moved and re-rated, shares sum to what the calls should cost, and again nothing differs', async () => {
  const amounts = fc.array(fc.integer({min: 1, max: 5_000_000}), {minLength: 1, maxLength: 5});
  const acts = fc.array(
    fc.oneof(
      fc.record({kind: fc.constant('price' as const), factor: fc.integer({min: 0, max: 3})}),
      fc.record({kind: fc.constant('move' as const), from: fc.constantFrom('ann', 'ben', 'cem'), to: fc.constantFrom('ann', 'ben', 'cem')}),
    ),
    {maxLength: 5},
  );
  await fc.assert(
    fc.asyncProperty(amounts, acts, async (calls, list) => {
      await cloud.remove();
      cloud = await openCloud();
      rerating = newRerating();
      box.remove();
      box = temporaryStore();
      await populate();
      await record(calls.map((amount) => ({payer: 'ann', amount})));
      const due = [...calls];
      for (const act of list) {
        if (act.kind === 'price') priceOf = (amount) => amount * act.factor;
        const wish = act.kind === 'price' ? BY_TARIFF : move(act.from, act.to);
        const found = await rerating.plan(wish);
        if (found.kind === 'refused' || found.lines.length === 0) continue;
        expect(await decide(await proposed(wish))).toMatchObject({outcome: 'posted'});
        if (act.kind === 'price') for (const [index, amount] of calls.entries()) due[index] = amount * act.factor;
        expect((await planned(wish)).lines).toEqual([]);
      }
      const paid = await paidCalls(
        cloud.store.reading,
        HALL,
        calls.map((_, index) => index + 1),
      );
      const sums = [...paid.values()].map(({shares}) => [...shares.values()].reduce((sum, share) => sum + share.amount, 0));
      expect(sums).toEqual(due);
      takeDown(await downRows());
      expect(transfersOfBox()).toEqual(await transfers());
    }),
    {numRuns: 25},
  );
});
