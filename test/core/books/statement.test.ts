// Statements: sums by hand, months on the site's own clock, and the property that every one adds up.
import {array, asyncProperty, assert as assertProperty, constantFrom, integer, record} from 'fast-check';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {ledgerPage, monthsOf, statement} from '../../../cloud/books/statement.ts';
import {callFact} from '../../../edge/ledger/call-fact.ts';
import type {PricedCall} from '../../../edge/rating/priced-call.ts';
import {explainPrice} from '../../../shared/tariff/explain.ts';
import {must} from '../../../shared/assert/assert.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {spanOfMonth} from '../../../shared/time/month.ts';
import {pricedCall} from '../rated-calls.ts';
import {HALL, openCloud, POUND, sealedAfter, type Cloud} from './ground.ts';

const ann = {site: HALL, account: 'ann'};
const at = (iso: string): Instant => Date.parse(iso) as Instant;

function callAt(iso: string, amount: number, tax = 0): PricedCall {
  const call = pricedCall(iso, 'ann', amount, tax);
  return {...call, record: {...call.record, start: at(iso)}};
}

type Money = {readonly ref: string; readonly amount: number; readonly at: Instant; readonly account?: string};

async function move(cloud: Cloud, {ref, amount, at: when, account = 'ann'}: Money): Promise<void> {
  const [debit, credit] = amount > 0 ? ['cash', account] : [account, 'cash'];
  await cloud.store.transact((tx) =>
    cloud.books.move(tx, {
      site: HALL,
      debit: debit as never,
      credit: credit as never,
      amount: Math.abs(amount) as never,
      code: amount > 0 ? 'TOPUP' : 'CHARGEBACK',
      ref,
      at: when,
    }),
  );
}

describe('a statement', () => {
  let cloud: Cloud;
  beforeEach(async () => {
    cloud = await openCloud();
    await move(cloud, {ref: 'p1', amount: 5 * POUND, at: at('2026-09-01T09:00:00Z')});
    // The box was cut off: its calls come after the second payment, and are of before it.
    await move(cloud, {ref: 'p2', amount: 3 * POUND, at: at('2026-09-20T09:00:00Z')});
    await cloud.take(
      sealedAfter(
        [
          callAt('2026-09-10T10:00:00Z', 1_200_000, 200_000),
          callAt('2026-09-30T22:59:00Z', 600_000),
          callAt('2026-09-30T23:00:00Z', 240_000),
        ].map((call) => callFact(call, 'billed')),
      ),
    );
  });
  afterEach(() => cloud.remove());

  test('lists what happened in the order in which it happened, each line with the balance after it', async () => {
    // September of London ends at 23:00 UTC: the last call is October's.
    const {opening, closing, credits, debits, tax, lines} = await statement(cloud.store.reading, {
      ...ann,
      ...spanOfMonth('Europe/London', '2026-09'),
    });
    expect({opening, closing, credits, debits, tax}).toEqual({
      opening: 0,
      credits: 8_000_000,
      debits: 1_800_000,
      closing: 6_200_000,
      tax: 200_000,
    });
    expect(lines.map((line) => [line.code, line.amount, line.balanceAfter, line.tax])).toEqual([
      ['TOPUP', 5_000_000, 5_000_000, 0],
      ['CALL', -1_200_000, 3_800_000, 200_000],
      ['TOPUP', 3_000_000, 6_800_000, 0],
      ['CALL', -600_000, 6_200_000, 0],
    ]);
  });

  test('goes on where the one before it ended', async () => {
    const october = await statement(cloud.store.reading, {...ann, ...spanOfMonth('Europe/London', '2026-10')});
    expect([october.opening, october.closing]).toEqual([6_200_000, 5_960_000]);
  });

  test('names the call of a line: the whole number, the destination and why it cost what it did', async () => {
    const {lines} = await statement(cloud.store.reading, {...ann, ...spanOfMonth('Europe/London', '2026-09')});
    expect(lines[0]?.call).toBeUndefined();
    const call = must(lines[1]?.call, 'the call of line 2');
    expect(call).toMatchObject({number: '+442079460123', destination: 'London', seconds: 60, amount: 1_200_000, extension: '101'});
    expect(explainPrice(must(call.working, 'working'), 'GBP' as never)).toMatch(/London/);
  });

  test('keeps its money when the numbers of a call were erased', async () => {
    await cloud.store.transact(({db}) => db.deleteFrom('up_personal').execute());
    const {lines} = await statement(cloud.store.reading, {...ann, ...spanOfMonth('Europe/London', '2026-09')});
    expect(lines[1]).toMatchObject({amount: -1_200_000, call: {number: undefined, destination: 'London'}});
  });

  test('of somebody who never was is empty and adds up', async () => {
    const nobody = await statement(cloud.store.reading, {site: HALL, account: 'nobody', ...spanOfMonth('Europe/London', '2026-09')});
    expect(nobody).toMatchObject({opening: 0, lines: [], closing: 0});
  });

  test('there is one for every month from the first money to this one, newest first', async () => {
    const months = await monthsOf(cloud.store.reading, {...ann, zone: 'Europe/London', now: at('2026-11-05T00:00:00Z')});
    expect(months.map(({month, opening, closing}) => [month, opening, closing])).toEqual([
      ['2026-11', 5_960_000, 5_960_000],
      ['2026-10', 6_200_000, 5_960_000],
      ['2026-09', 0, 6_200_000],
    ]);
    const none = await monthsOf(cloud.store.reading, {
      site: HALL,
      account: 'nobody',
      zone: 'Europe/London',
      now: at('2026-12-31T23:30:00Z'),
    });
    expect(none).toEqual([{month: '2026-12', from: at('2026-12-01T00:00:00Z'), to: at('2027-01-01T00:00:00Z'), opening: 0, closing: 0}]);
  });

  test('the ledger comes page by page, newest first, with the same balances', async () => {
    const first = await ledgerPage(cloud.store.reading, {...ann, most: 2});
    expect(first.lines.map((line) => line.balanceAfter)).toEqual([5_960_000, 6_200_000]);
    const second = await ledgerPage(cloud.store.reading, {...ann, most: 2, before: first.more});
    expect(second.lines.map((line) => line.balanceAfter)).toEqual([6_800_000, 3_800_000]);
    const third = await ledgerPage(cloud.store.reading, {...ann, most: 2, before: second.more});
    expect(third).toMatchObject({lines: [{balanceAfter: 5_000_000, other: 'cash'}], more: undefined});
  });
});

describe('whatever moved, and whenever', () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await openCloud();
  });
  afterAll(() => cloud.remove());

  test('opening + lines = closing, statements join, and the running balance ends at the closing', async () => {
    let ran = 0;
    const movement = record({at: integer({min: 0, max: 30}), amount: integer({min: -900, max: 900}).filter((amount) => amount !== 0)});
    await assertProperty(
      asyncProperty(
        array(movement, {maxLength: 12}),
        integer({min: 0, max: 31}),
        integer({min: 0, max: 31}),
        constantFrom(1, 2, 5),
        async (movements, one, other, most) => {
          const account = `s-${ran++}`;
          for (const [index, {at: when, amount}] of movements.entries())
            await move(cloud, {ref: `${account}:${index}`, amount, at: when as Instant, account});
          const of = {site: HALL, account};
          const [from, to] = [Math.min(one, other), Math.max(one, other)] as [Instant, Instant];
          const sumOf = (before: number): number => movements.reduce((sum, {at: when, amount}) => (when < before ? sum + amount : sum), 0);
          const [before, during, after] = await Promise.all([
            statement(cloud.store.reading, {...of, from: 0 as Instant, to: from}),
            statement(cloud.store.reading, {...of, from, to}),
            statement(cloud.store.reading, {...of, from: to, to: 31 as Instant}),
          ]);
          expect([during.opening, during.closing]).toEqual([sumOf(from), sumOf(to)]);
          expect([before.closing, during.closing]).toEqual([during.opening, after.opening]);
          expect(during.lines.at(-1)?.balanceAfter ?? during.opening).toBe(during.closing);
          expect(during.opening + during.lines.reduce((sum, line) => sum + line.amount, 0)).toBe(during.closing);
          expect(before.lines.length + during.lines.length + after.lines.length).toBe(movements.length);
          // The same lines, paged from the other end.
          const paged = [];
          for (let page = await ledgerPage(cloud.store.reading, {...of, most}); ;) {
            paged.push(...page.lines);
            if (page.more === undefined) break;
            page = await ledgerPage(cloud.store.reading, {...of, most, before: page.more});
          }
          expect(paged.toReversed()).toEqual([...before.lines, ...during.lines, ...after.lines]);
        },
      ),
    );
  });
});
