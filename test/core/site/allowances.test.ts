// What is left of free allowances, and by which tariff the carrier charges: as the cloud told it, as the ledger says what is used.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createSiteBook, type SiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders, type SiteReaders} from '../../../edge/site/write.ts';
import {HOUSE_ACCOUNTS, type AccountId} from '../../../shared/journal/transfer.ts';
import type {CompiledTariff} from '../../../shared/tariff/compile.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {DownBody} from '../../../shared/wire/kinds.ts';
import {SOME_ROW} from '../../rig/flow.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const at = (iso: string): Instant => Date.parse(iso) as Instant;
const MARCH = at('2026-03-01T00:00:00Z');
const APRIL = at('2026-03-31T23:00:00Z');
const START = at('2026-03-10T12:00:00Z');
const ANN = 'ann' as AccountId;
const BEN = 'ben' as AccountId;

let store: TemporaryStore;
let readers: SiteReaders;
let book: SiteBook;
let compiled: string[];

beforeEach(() => {
  store = temporaryStore();
  readers = createSiteReaders(store.database);
  compiled = [];
  book = createSiteBook(store.database, (text) => {
    compiled.push(text);
    return text.startsWith('no') ? undefined : ({name: text} as unknown as CompiledTariff);
  });
  readers.policy(HALL_POLICY, SOME_ROW);
  book.changed();
});
afterEach(() => store.remove());

function grant(allowance: string, rest: Partial<DownBody<'allowance'>> = {}): void {
  const whole: DownBody<'allowance'> = {
    allowance,
    name: `The ${allowance}`,
    unit: 'seconds',
    amount: 3_600,
    period: 'month',
    destinations: [],
    from: 0,
  };
  readers.allowance({...whole, ...rest}, SOME_ROW);
  book.changed();
}

function use(account: string, periodStart: number, used: number, opening = 0): void {
  store.database
    .prepare('INSERT INTO allowance_bucket (allowance, account, period_start, opening, used) VALUES (?, ?, ?, ?, ?)')
    .run('all', account, periodStart, opening, used);
}

const left = (payer: AccountId, destination = 'London', start = START): Readonly<Record<string, number>> =>
  Object.fromEntries(book.allowancesFor(payer, destination, start).map((one) => [one.allowance, one.left]));

describe('an allowance', () => {
  test('of the site is each student’s own, one of an account is only hers; the house has none', () => {
    grant('all');
    grant('hers', {account: 'ann', amount: 60});
    use('ann', MARCH, 600);
    expect(left(ANN)).toEqual({all: 3_000, hers: 60});
    expect(left(BEN)).toEqual({all: 3_600});
    for (const account of Object.values(HOUSE_ACCOUNTS)) expect(left(account)).toEqual({});
  });

  test('says all that a working tells of it', () => {
    grant('all', {to: at('2026-03-20T00:00:00Z')});
    expect(book.allowancesFor(ANN, 'London', START)).toEqual([
      {
        allowance: 'all',
        name: 'The all',
        unit: 'seconds',
        amount: 3_600,
        period: 'month',
        periodStart: MARCH,
        endsAt: at('2026-03-20T00:00:00Z'),
        left: 3_600,
      },
    ]);
  });

  test('is whole again with each period of the site’s zone, whatever was used of the one before', () => {
    grant('all');
    use('ann', MARCH, 3_600);
    expect(left(ANN)).toEqual({});
    // April begins in London at 23:00 UTC.
    expect(left(ANN, 'London', (APRIL - 1) as Instant)).toEqual({});
    expect(left(ANN, 'London', APRIL)).toEqual({all: 3_600});
  });

  test('counts what was used before the ledger began', () => {
    grant('all');
    use('ann', MARCH, 100, 3_000);
    expect(left(ANN)).toEqual({all: 500});
  });

  test('that was amended is as amended: less may be left than nothing', () => {
    grant('all');
    use('ann', MARCH, 600);
    grant('all', {amount: 500});
    expect(left(ANN)).toEqual({});
    grant('all', {amount: 700, destinations: ['Paris']});
    expect([left(ANN), left(ANN, 'Paris')]).toEqual([{}, {all: 100}]);
    // From all to one account.
    grant('all', {account: 'ben'});
    expect([left(ANN), left(BEN)]).toEqual([{}, {all: 3_600}]);
  });

  test('is over from its end on, and is not before its beginning', () => {
    grant('all', {from: START, to: START + 1_000});
    expect([-1, 0, 999, 1_000].map((ms) => left(ANN, 'London', (START + ms) as Instant))).toEqual([{}, {all: 3_600}, {all: 3_600}, {}]);
  });

  test('of a site in Sydney has Sydney’s months; in a zone that nobody knows, those of UTC', () => {
    readers.policy({...HALL_POLICY, zone: 'Australia/Sydney'}, SOME_ROW);
    grant('all');
    expect(book.allowancesFor(ANN, 'London', START)[0]?.periodStart).toBe(at('2026-02-28T13:00:00Z'));
    readers.policy({...HALL_POLICY, zone: 'Mars/Olympus'}, SOME_ROW);
    book.changed();
    expect(book.allowancesFor(ANN, 'London', START)[0]?.periodStart).toBe(MARCH);
  });

  test('of more accounts than are remembered is still right', () => {
    for (const name of ['ann', 'ben']) grant(`of ${name}`, {account: name, amount: name.length + 1});
    for (let other = 0; other < 5_001; other += 1) left(`someone ${other}` as AccountId);
    expect([left(ANN), left(BEN)]).toEqual([{'of ann': 4}, {'of ben': 4}]);
  });
});

describe('the carrier’s tariff', () => {
  const schedule = (carrier?: DownBody<'schedule'>['carrier']): void => {
    readers.schedule({entries: [{from: 0, tariff: 'aa'}], ...(carrier && {carrier})}, SOME_ROW);
    book.changed();
  };
  const tariff = (hash: string): void => readers.tariff({hash, text: hash}, SOME_ROW);

  test('is the one in force at the start; before the first, and without its text, there is none', () => {
    tariff('one');
    schedule([
      {from: 100, tariff: 'one'},
      {from: 200, tariff: 'two'},
    ]);
    expect([99, 100, 199, 200].map((ms) => book.carrierAt(ms as Instant))).toEqual([
      'no-tariff',
      {name: 'one'},
      {name: 'one'},
      'no-tariff',
    ]);
    tariff('two');
    expect(book.carrierAt(200 as Instant)).toEqual({name: 'two'});
  });

  test('is nobody’s business where nobody asked for it', () => {
    schedule();
    expect(book.carrierAt(START)).toBeUndefined();
    schedule([]);
    expect(book.carrierAt(START)).toBeUndefined();
  });

  test('is compiled once by its hash, like those of students, and once if it is none', () => {
    for (const hash of ['aa', 'no tariff']) tariff(hash);
    schedule([
      {from: 0, tariff: 'aa'},
      {from: 500, tariff: 'no tariff'},
    ]);
    for (const ms of [1, 2, 500, 600]) {
      book.tariffAt(ms as Instant);
      book.carrierAt(ms as Instant);
    }
    expect(book.carrierAt(500 as Instant)).toBe('no-tariff');
    expect(compiled).toEqual(['aa', 'no tariff']);
    // Still in use after a change, and forgotten once it is not.
    book.changed();
    expect(book.carrierAt(1 as Instant)).toBe(book.tariffAt(1 as Instant));
    expect(compiled).toHaveLength(2);
  });
});
