// The site as the cloud told it: who pays, under which rules, at which tariff, and what a row that contradicts another does.
import {randomBytes} from 'node:crypto';
import fc from 'fast-check';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createSiteBook, type SiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders, type SiteReaders} from '../../../edge/site/write.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import type {CompiledTariff} from '../../../shared/tariff/compile.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {sealRow, type Row} from '../../../shared/wire/row.ts';
import {POLICY} from '../credit/site.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

let store: TemporaryStore;
let readers: SiteReaders;
let book: SiteBook;
let compiledTexts: string[];
let seq = 0;

beforeEach(() => {
  store = temporaryStore();
  readers = createSiteReaders(store.database);
  compiledTexts = [];
  // A stand-in for the compiler: what a tariff is, is not the book's business.
  book = createSiteBook(store.database, (text) => {
    compiledTexts.push(text);
    return text === 'no tariff' ? undefined : ({name: text} as unknown as CompiledTariff);
  });
});
afterEach(() => store.remove());

const row = (): Row =>
  sealRow({id: `row:${++seq}`, kind: 'x', version: 1, body: {}}, {seq, epoch: 0, basis: 0, previousChain: Buffer.alloc(32)}, randomBytes);
const at = (ms: number): Instant => ms as Instant;
/** `t1 amy 101`: name, account, line. */
const tenancy = (words: string, from: number, to?: number): void => {
  const [name = '', account = '', extension = ''] = words.split(' ');
  readers.tenancy({tenancy: name, extension, account, from, ...(to === undefined ? {} : {to})}, row());
};

describe('who pays', () => {
  test('is the tenant, from the first instant of the tenancy to before its last', () => {
    tenancy('t1 amy 101', 100, 200);
    expect([99, 100, 199, 200].map((ms) => book.payerAt('101', at(ms)))).toEqual([undefined, 'amy', 'amy', undefined]);
    expect([99, 100, 199, 200].map((ms) => book.linesOf('amy' as AccountId, at(ms)))).toEqual([[], ['101'], ['101'], []]);
  });

  test('of a tenancy without an end is the tenant for good, and nobody of one without length', () => {
    tenancy('t1 amy 101', 100);
    tenancy('t2 ben 102', 100, 100);
    expect(book.payerAt('101', at(Number.MAX_SAFE_INTEGER))).toBe('amy');
    expect(book.payerAt('102', at(100))).toBeUndefined();
  });

  test('changes with the tenancy: one hands over to the next at the same instant', () => {
    tenancy('t1 amy 101', 0, 100);
    tenancy('t2 ben 101', 100);
    expect([99, 100].map((ms) => book.payerAt('101', at(ms)))).toEqual(['amy', 'ben']);
  });

  test('of a tenancy that was amended is as amended, on the other line too', () => {
    tenancy('t1 amy 101', 0);
    expect(readers.lineOfTenancy('t1')).toBe('101');
    tenancy('t1 amy 102', 0);
    expect(book.payerAt('101', at(5))).toBeUndefined();
    expect(book.linesOf('amy' as AccountId, at(5))).toEqual(['102']);
    expect(readers.lineOfTenancy('t1')).toBe('102');
    expect(readers.lineOfTenancy('t9')).toBeUndefined();
    tenancy('t1 ben 102', 50, 60);
    expect([49, 50, 59, 60].map((ms) => book.payerAt('102', at(ms)))).toEqual([undefined, 'ben', 'ben', undefined]);
  });

  test('of two tenancies that overlap is the later one’s, whichever was told first', () => {
    tenancy('t2 ben 101', 50);
    tenancy('t1 amy 101', 0);
    expect([49, 50].map((ms) => book.payerAt('101', at(ms)))).toEqual(['amy', 'ben']);
  });

  test('agrees with the lines of an account, for any tenancies', () => {
    const someone = fc.constantFrom('amy', 'ben');
    const anyTenancy = fc.record({
      line: fc.constantFrom('101', '102', '103'),
      account: someone,
      from: fc.nat(20),
      length: fc.option(fc.nat(10), {nil: undefined}),
    });
    fc.assert(
      fc.property(fc.array(anyTenancy, {maxLength: 8}), fc.nat(30), (tenancies, instant) => {
        // Without overlaps, as the desk keeps them.
        const kept = tenancies.filter(
          (one, index) => !tenancies.slice(0, index).some((other) => other.line === one.line && overlap(one, other)),
        );
        const rewrite = store.database.transaction(() => {
          store.database.exec('DELETE FROM tenancy');
          for (const [index, {line, account, from, length}] of kept.entries())
            tenancy(`t${index} ${account} ${line}`, from, length === undefined ? undefined : from + length);
        });
        rewrite();
        for (const account of ['amy', 'ben'] as AccountId[]) {
          const lines = ['101', '102', '103'].filter((line) => book.payerAt(line, at(instant)) === account);
          expect(book.linesOf(account, at(instant))).toEqual(lines);
        }
      }),
    );
  });
});

type Span = {readonly from: number; readonly length: number | undefined};
function overlap(a: Span, b: Span): boolean {
  const end = ({from, length}: Span): number => (length === undefined ? Infinity : from + length);
  return a.from < end(b) && b.from < end(a);
}

describe('a line', () => {
  test('has the class that was told last', () => {
    expect(book.extensionClass('200')).toBeUndefined();
    readers.extension({extension: '200', class: 'staff'}, row());
    expect(book.extensionClass('200')).toBe('staff');
    readers.extension({extension: '200', class: 'lift'}, row());
    expect(book.extensionClass('200')).toBe('lift');
  });

  test('that only a tenancy names is a student’s, and does not change the class of one that is known', () => {
    readers.extension({extension: '200', class: 'emergency'}, row());
    tenancy('t1 amy 200', 0);
    tenancy('t2 amy 101', 0);
    expect(book.extensions()).toEqual(['101', '200']);
    expect([book.extensionClass('101'), book.extensionClass('200')]).toEqual(['student', 'emergency']);
  });
});

describe('an account', () => {
  const stored = (): unknown =>
    store.database
      .prepare('SELECT id, kind, currency, language, name, automatic_threshold, automatic_target, closed, described FROM account')
      .all();

  test('is as it was described last; what is left out is gone', () => {
    const amy = {account: 'amy', currency: 'GBP', language: 'cy', closed: false};
    readers.account({...amy, name: 'Amy', automaticTopUp: {threshold: 5, target: 20}}, row());
    expect(stored()).toEqual([
      {
        id: 'amy',
        kind: 'student',
        currency: 'GBP',
        language: 'cy',
        name: 'Amy',
        automatic_threshold: 5,
        automatic_target: 20,
        closed: 0,
        described: 1,
      },
    ]);
    readers.account({...amy, closed: true}, row());
    expect(stored()).toMatchObject([{name: null, automatic_threshold: null, automatic_target: null, closed: 1}]);
  });

  test('that money named before is described then, and keeps its balance', () => {
    store.database.exec("INSERT INTO account (id, kind, currency, described) VALUES ('amy', 'student', 'GBP', 0)");
    store.database.exec("UPDATE balance SET credit = 700 WHERE account = 'amy'");
    readers.account({account: 'amy', currency: 'GBP', language: 'en', closed: false}, row());
    expect(stored()).toMatchObject([{id: 'amy', described: 1}]);
    expect(store.database.prepare("SELECT credit FROM balance WHERE account = 'amy'").pluck().get()).toBe(700);
  });
});

describe('the rules', () => {
  test('are none until the cloud has told some, and then the last ones, once the book is told of a change', () => {
    expect(book.policy()).toBeUndefined();
    readers.policy(POLICY, row());
    book.changed();
    expect(book.policy()).toEqual(POLICY);
    readers.policy({...POLICY, floor: -5}, row());
    expect(book.policy()?.floor).toBe(0);
    book.changed();
    expect(book.policy()?.floor).toBe(-5);
    expect(createSiteBook(store.database, () => undefined).policy()?.floor).toBe(-5);
  });
});

describe('the tariff', () => {
  const hashes = {old: 'a'.repeat(64), new: 'b'.repeat(64), odd: 'c'.repeat(64)};
  const schedule = (...entries: readonly {from: number; tariff: string}[]): void => {
    readers.schedule({entries: [...entries]}, row());
    book.changed();
  };

  test('is the one in force at that instant', () => {
    readers.tariff({hash: hashes.old, text: 'old'}, row());
    readers.tariff({hash: hashes.new, text: 'new'}, row());
    schedule({from: 100, tariff: hashes.old}, {from: 200, tariff: hashes.new});
    expect([99, 100, 199, 200, 10_000].map((ms) => book.tariffAt(at(ms)))).toEqual([
      undefined,
      {name: 'old'},
      {name: 'old'},
      {name: 'new'},
      {name: 'new'},
    ]);
  });

  test('is compiled once, while the schedule names it', () => {
    readers.tariff({hash: hashes.old, text: 'old'}, row());
    readers.tariff({hash: hashes.new, text: 'new'}, row());
    schedule({from: 0, tariff: hashes.old});
    for (let ask = 0; ask < 3; ask++) book.tariffAt(at(5));
    expect(compiledTexts).toEqual(['old']);
    schedule({from: 0, tariff: hashes.new});
    expect(book.tariffAt(at(5))).toEqual({name: 'new'});
    schedule({from: 0, tariff: hashes.old});
    expect(book.tariffAt(at(5))).toEqual({name: 'old'});
    expect(compiledTexts).toEqual(['old', 'new', 'old']);
  });

  test('that has not come yet, or is none, is no tariff; when it has come, it is', () => {
    schedule({from: 0, tariff: hashes.odd});
    expect(book.tariffAt(at(5))).toBeUndefined();
    readers.tariff({hash: hashes.odd, text: 'odd'}, row());
    expect(book.tariffAt(at(5))).toEqual({name: 'odd'});
    readers.tariff({hash: hashes.new, text: 'no tariff'}, row());
    schedule({from: 0, tariff: hashes.new});
    expect(book.tariffAt(at(5))).toBeUndefined();
  });

  test('text of a hash is kept as it came first: it cannot be another one', () => {
    readers.tariff({hash: hashes.old, text: 'old'}, row());
    readers.tariff({hash: hashes.old, text: 'forged'}, row());
    schedule({from: 0, tariff: hashes.old});
    expect(book.tariffAt(at(5))).toEqual({name: 'old'});
  });
});

describe('an account code', () => {
  const account = (name: string, accountCodes?: readonly {readonly code: string; readonly from: number; readonly to?: number}[]): void => {
    const codes = accountCodes === undefined ? {} : {accountCodes: [...accountCodes]};
    readers.account({account: name, currency: 'GBP', language: 'en', closed: false, ...codes}, row());
  };

  test('names its account from its first instant to before its last, and nobody else', () => {
    account('amy', [{code: '4711', from: 100, to: 200}]);
    account('ben', [{code: '4711', from: 200}]);
    expect([99, 100, 199, 200].map((ms) => book.payerOfCode('4711', at(ms)))).toEqual([undefined, 'amy', 'amy', 'ben']);
    expect(book.payerOfCode('4712', at(150))).toBeUndefined();
  });

  test('is gone with the next row that does not name it; an account may have several', () => {
    account('amy', [
      {code: '1', from: 0},
      {code: '2', from: 0},
    ]);
    account('amy', [{code: '2', from: 50}]);
    expect(['1', '2'].map((code) => book.payerOfCode(code, at(100)))).toEqual([undefined, 'amy']);
    account('amy');
    expect(book.payerOfCode('2', at(100))).toBeUndefined();
  });
});
