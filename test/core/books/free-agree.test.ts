// Free allowances from the desk to the box and back: what the cloud says is left is what the box takes from, whatever was called.
import {randomBytes} from 'node:crypto';
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {leftFor, standingsOf} from '../../../cloud/books/allowances.ts';
import {snapshotOf} from '../../../cloud/books/snapshot.ts';
import {statement} from '../../../cloud/books/statement.ts';
import {verifyBooks} from '../../../cloud/books/verify.ts';
import {createAllowances, type NewAllowance} from '../../../cloud/people/allowances.ts';
import {createPublish} from '../../../cloud/tariff/publish.ts';
import {createBeginning} from '../../../edge/ledger/beginning.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {createRater} from '../../../edge/rating/rate.ts';
import {createSiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {inTransaction, type Database} from '../../../edge/store/open.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import type {AllowanceLeft} from '../../../shared/tariff/allowance.ts';
import {compiledText} from '../../../shared/tariff/compiled-text.ts';
import {instant, later} from '../../../shared/time/instant.ts';
import {readDownRow, takeRow, type Readers} from '../../../shared/wire/reader.ts';
import type {Row} from '../../../shared/wire/row.ts';
import {amount} from '../../tiers.ts';
import {HALL_POLICY, HALL_TARIFF} from '../../simulator/cloud/site.ts';
import {ADMIN, CLERK, openPeople, type People} from '../people/acts-ground.ts';
import {pricedCall} from '../rated-calls.ts';
import {temporaryStore} from '../temporary-store.ts';
import {HALL, NOON, rowsOfBox} from './ground.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Since when the site has rules: before any call. */
const BEGIN = later(NOON, -50 * DAY);
const MONTHS = {from: later(NOON, -60 * DAY), to: later(NOON, 60 * DAY)};
const PLACES = {London: '902079460123', 'UK mobile': '907700900123'} as const;
type PlaceName = keyof typeof PLACES;

/** A box as far as it prices and posts. */
function boxOn(database: Database) {
  const book = createSiteBook(database, compiledText);
  const ledger = createLedger(database, createJournal(database, randomBytes));
  const rate = createRater({site: HALL, book});
  const refuse = (): never => {
    throw new Error('none of this goes down here');
  };
  const others = {credit: refuse, adjustment: refuse, 'top-up-result': refuse, override: refuse, resolution: refuse};
  const readers: Readers = {...createSiteReaders(database), ...others};
  let taken = 0;
  return {
    book,
    readers,
    take: (rows: readonly Row[]) => {
      for (const row of rows.slice(taken)) {
        const reading = readDownRow(row);
        if (reading.kind === 'unreadable') throw new Error(reading.why);
        inTransaction(database, () => takeRow(readers, reading.row, row));
        taken = row.seq;
      }
      book.changed();
    },
    call: (key: string, call: Call) => {
      const {record} = pricedCall(key, '', 0);
      const start = later(NOON, call.hours * HOUR);
      const made = {...record, extension: call.line, dialled: PLACES[call.to], start, durationSeconds: call.seconds};
      const rated = rate(made, {goLive: BEGIN, receivedAt: start});
      inTransaction(database, () => ledger.record([rated], 'bill', start));
    },
  };
}

type Call = {readonly line: string; readonly to: PlaceName; readonly seconds: number; readonly hours: number};
type Step =
  | {readonly kind: 'call'; readonly call: Call}
  | {readonly kind: 'grant'; readonly terms: Omit<NewAllowance, 'site' | 'account'>; readonly own: boolean};

const call = fc.record({
  line: fc.constantFrom('101', '102'),
  to: fc.constantFrom<PlaceName>('London', 'UK mobile'),
  seconds: fc.oneof(fc.integer({min: 0, max: 200}), fc.integer({min: 0, max: 7_200})),
  // Late ones too, and over the end of the month and of summer time.
  hours: fc.integer({min: -20 * 24, max: 60 * 24}),
});
const terms = fc.record({
  name: fc.constant('Free'),
  unit: fc.constantFrom('seconds' as const, 'micros' as const),
  amount: fc.oneof(fc.integer({min: 1, max: 900}), fc.integer({min: 1, max: 900_000})),
  period: fc.constantFrom('day' as const, 'week' as const, 'month' as const, 'once' as const),
  destinations: fc.constantFrom<string[]>([], ['London'], ['UK mobile', 'Nowhere']),
  from: fc.constant(later(NOON, -10 * DAY)),
  to: fc.option(
    fc.integer({min: 1, max: 40}).map((days) => later(NOON, days * DAY)),
    {nil: undefined},
  ),
});
const steps = fc.array(
  fc.oneof(
    {weight: 6, arbitrary: fc.record({kind: fc.constant('call' as const), call})},
    {weight: 1, arbitrary: fc.record({kind: fc.constant('grant' as const), terms, own: fc.boolean()})},
  ),
  {minLength: 8, maxLength: 30},
);

async function openSite(): Promise<{readonly people: People; readonly accounts: Readonly<Record<string, string>>}> {
  const people = await openPeople();
  people.now = BEGIN;
  const publish = createPublish(people.given);
  const accounts: Record<string, string> = {};
  await people.act((tx) => publish.policy(tx, ADMIN, {site: HALL, policy: {...HALL_POLICY, mode: 'bill'}}));
  await people.act((tx) => publish.tariff(tx, ADMIN, {site: HALL, text: JSON.stringify(HALL_TARIFF), from: BEGIN}));
  for (const extension of ['101', '102']) {
    const made = await people.act((tx) => people.students.create(tx, CLERK, {site: HALL, name: 'Ann Or Ben'}));
    if (made.kind === 'refused') throw new Error(made.what);
    accounts[extension] = made.account;
    await people.act((tx) => people.lines.create(tx, CLERK, {site: HALL, extension, class: 'student'}));
    const tenancy = {site: HALL, extension, account: made.account, from: BEGIN};
    await people.act((tx) => people.tenancies.start(tx, CLERK, tenancy));
  }
  return {people, accounts};
}

const inOrder = (left: readonly AllowanceLeft[]): readonly AllowanceLeft[] => left.toSorted((a, b) => (a.allowance < b.allowance ? -1 : 1));

test(
  'cloud and box agree on what is left of every allowance, at every time, and so does the box that replaces it',
  {timeout: 600_000},
  async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (wanted: readonly Step[]) => {
        const {people, accounts} = await openSite();
        const [old, fresh] = [temporaryStore(), temporaryStore()];
        try {
          people.now = later(NOON, -10 * DAY);
          const allowances = createAllowances(people.given);
          const box = boxOn(old.database);
          for (const [place, step] of wanted.entries()) {
            if (step.kind === 'grant') {
              const account = step.own ? accounts['101'] : undefined;
              const done = await people.act((tx) => allowances.grant(tx, ADMIN, {...step.terms, site: HALL, account}));
              if (done.kind === 'refused') throw new Error(done.what);
            }
            box.take(await people.downRows());
            if (step.kind === 'call') box.call(`call-${place}`, step.call);
          }
          const rows = rowsOfBox(old.database);
          expect(await people.take(rows)).toEqual({applied: rows.length});

          // A box that was replaced by then.
          const other = boxOn(fresh.database);
          const beginning = createBeginning(fresh.database);
          other.take(await people.downRows());
          const {items} = await snapshotOf(people.store.reading, HALL, people.now);
          inTransaction(fresh.database, () => {
            for (const item of items) if (item.kind === 'allowance-used') beginning.use(item);
          });

          for (const [line, account] of Object.entries(accounts)) {
            for (const days of [-12, -10, -9.5, 0, 1, 7, 20, 24, 40, 60]) {
              const at = later(NOON, days * DAY);
              const standings = await standingsOf(people.store.reading, {site: HALL, account, at});
              for (const to of ['London', 'UK mobile'] as const) {
                const said = inOrder(leftFor(standings, at)(to));
                expect([line, days, to, said]).toEqual([line, days, to, inOrder(box.book.allowancesFor(account as AccountId, to, at))]);
                expect(said).toEqual(inOrder(other.book.allowancesFor(account as AccountId, to, at)));
              }
            }
            // The statement says of each call what the box wrote down, and adds up.
            const {lines} = await statement(people.store.reading, {site: HALL, account, ...MONTHS});
            const covered = lines.flatMap((line_) => line_.covered).reduce((sum, {used}) => sum + used, 0);
            const {total} = old.database
              .prepare<[string], {total: number}>('SELECT coalesce(sum(used), 0) AS total FROM allowance_use WHERE account = ?')
              .get(account) ?? {total: -1};
            expect(covered).toBe(total);
          }
          expect((await verifyBooks(people.store.reading)).findings).toEqual([]);
        } finally {
          old.remove();
          fresh.remove();
          await people.remove();
        }
      }),
      {numRuns: Math.ceil(amount('properties') / 20)},
    );
  },
);

test('an hour a month for each student is one hour for each, over the end of a month by the clock of London', async () => {
  const {people, accounts} = await openSite();
  const store = temporaryStore();
  const box = boxOn(store.database);
  people.now = NOON;
  const free = {name: 'Hour', unit: 'seconds', amount: 3_600, period: 'month', destinations: ['London'], from: NOON} as const;
  await people.act((tx) => createAllowances(people.given).grant(tx, ADMIN, {...free, site: HALL}));
  box.take(await people.downRows());
  // Half past midnight of 1 October in London is 23:30 UTC on 30 September: 23 days and 11.5 hours after noon of the 7th.
  const october = 23 * 24 + 11.5;
  box.call('a', {line: '101', to: 'London', seconds: 2_400, hours: 1});
  box.call('b', {line: '101', to: 'London', seconds: 2_400, hours: 2});
  box.call('c', {line: '102', to: 'London', seconds: 60, hours: 2});
  box.call('d', {line: '101', to: 'London', seconds: 60, hours: october});
  box.call('e', {line: '101', to: 'UK mobile', seconds: 60, hours: 3});
  await people.take(rowsOfBox(store.database));
  const leftOf = async (line: string, hours: number) => {
    const at = later(NOON, hours * HOUR);
    const [hour] = await standingsOf(people.store.reading, {site: HALL, account: accounts[line] ?? '', at});
    return hour?.left;
  };
  expect(await Promise.all([leftOf('101', 0), leftOf('102', 0), leftOf('101', october)])).toEqual([0, 3_540, 3_540]);
  const {lines, closing} = await statement(people.store.reading, {site: HALL, account: accounts['101'] ?? '', ...MONTHS});
  // 10p a minute to London, 30p to a mobile: of the second call 20 of 40 minutes are free.
  expect(lines.map(({amount, covered}) => [amount, covered.map(({used}) => used)])).toEqual([
    [0, [2_400]],
    [-2_000_000, [1_200]],
    [-300_000, []],
    [0, [60]],
  ]);
  expect(closing).toBe(-2_300_000);
  expect(instant(lines.at(-1)?.at ?? 0)).toBe(Date.UTC(2026, 8, 30, 23, 30));
  store.remove();
  await people.remove();
});
