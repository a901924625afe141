// Lists of students: what is read, what is refused with its line, and that a list is written whole or not at all.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createOpening} from '../../../cloud/books/opening.ts';
import {openingFault} from '../../../cloud/payment/amount.ts';
import {createImport, type Import} from '../../../cloud/people/import.ts';
import {MOST_STUDENTS, readRoster, type RosterRow} from '../../../cloud/people/roster.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {HALL, NOON, POUND} from '../books/ground.ts';
import {boxThatRead, CLERK, openPeople, VIEWER, type People} from './acts-ground.ts';

describe('a list', () => {
  test('is read with commas, semicolons or tabs, quotes, any order of columns, and a byte order mark', () => {
    const rows = [
      {at: 2, name: 'Byron, Ada', email: 'ada@example.org', line: '101', opening: 12_500_000},
      {at: 4, name: 'Bob', email: '', line: '', opening: 0},
    ];
    expect(readRoster('name,email,line,opening\r\n"Byron, Ada",ada@example.org,101,12.50\r\n\r\nBob,,,\r\n')).toEqual({kind: 'rows', rows});
    expect(readRoster('\uFEFFLine;Name;Opening;Email\n101;"Byron, Ada";12.5;ada@example.org\n\n;Bob\n')).toEqual({kind: 'rows', rows});
    expect(readRoster('name\temail\n"Ada ""the first"" Byron"\t')).toMatchObject({rows: [{name: 'Ada "the first" Byron', email: ''}]});
  });

  test.for([
    ['without names', 'email\na@b.org', 1, /“name” is missing/],
    ['with a column that is none', 'name,room\nAda,1', 1, /“room” is no column/],
    ['with a column twice', 'name,name\nAda,1', 1, /twice/],
    ['of nobody', 'name\n\n', 1, /no student/],
    ['with more than is said', 'name\nAda,ada@example.org', 2, /has 2 fields/],
    ['with an open quote', 'name\n"Ada', 2, /quote is not closed/],
    ['with money that is none', 'name,opening\nAda,ten', 2, /“ten” is not an amount/],
    ['with money below nothing', 'name,opening\nAda,-5', 2, /not an amount/],
    ['of too many', `name\n${'Ada\n'.repeat(MOST_STUDENTS + 1)}`, 1, /more than 200/],
    ['that is no list', 'x'.repeat(300_000), 1, /longer than 256 KB/],
  ] as const)('%s is refused with its line', ([, text, at, what]) => {
    const reading = readRoster(text);
    expect(reading).toMatchObject({kind: 'invalid', problems: [{at, what: expect.stringMatching(what) as string}]});
  });
});

describe('an import', () => {
  let people: People;
  let take: Import;
  beforeEach(async () => {
    people = await openPeople();
    const {students, lines, tenancies, given, books} = people;
    take = createImport({
      students,
      lines,
      tenancies,
      audit: given.audit,
      openingFault,
      open: createOpening({books, now: () => people.now}),
    });
  });
  afterEach(() => people.remove());

  const rowsOf = (text: string): readonly RosterRow[] => {
    const reading = readRoster(text);
    if (reading.kind === 'invalid') throw new Error('not a list');
    return reading.rows;
  };
  const bring = (text: string, actor = CLERK) => people.act((tx) => take(tx, actor, {site: HALL, rows: rowsOf(text), from: NOON}));

  test('makes students, the lines that are missing, tenancies and first money', async () => {
    await people.act((tx) => people.lines.create(tx, CLERK, {site: HALL, extension: '101', class: 'student'}));
    const made = await bring('name,email,line,opening\nAda,ada@example.org,101,12.50\nBob,,102,\nCid,,,\n');
    if (made.kind !== 'done') throw new Error(JSON.stringify(made));
    const [ada = '', bob] = made.accounts;
    expect(made.newLines).toEqual(['102']);
    const balances = await people.store.reading.selectFrom('posting').select(['account', 'amount']).where('account', '=', ada).execute();
    expect(balances).toEqual([{account: ada, amount: 12.5 * POUND}]);
    const rows = (await people.downRows()).filter(({kind}) => kind !== 'credit');
    const box = await boxThatRead({...people, downRows: () => Promise.resolve(rows)});
    expect([box.book.payerAt('101', NOON), box.book.payerAt('102', NOON)]).toEqual([ada, bob]);
    box.remove();
  });

  test('says all that is wrong, each with its line, and writes nothing', async () => {
    const old = await bring('name,email,line\nEva,eva@example.org,101\n');
    expect(old).toMatchObject({kind: 'done'});
    const before = await people.downRows();
    const refusal = await bring(
      'name,email,line\nAda,ada@example.org,102\nBob,ADA@example.org,103\n?,,104\nCid,eva@example.org,102\nDan,,101\nFay,,1 0\n',
    );
    expect(refusal).toEqual({
      kind: 'invalid',
      problems: [
        {at: 3, what: 'e-mail address ada@example.org stands in line 2 already'},
        {at: 4, what: 'this is not a name'},
        {at: 5, what: expect.stringMatching(/^Eva .* has this e-mail address$/) as string},
        {at: 5, what: 'line 102 stands in line 2 already'},
        {at: 6, what: expect.stringMatching(/^Eva .* has line 101 from .* with no end$/) as string},
        {at: 7, what: '“1 0” is not an extension'},
      ],
    });
    expect(await people.downRows()).toEqual(before);
    expect(await bring('name\nAda', VIEWER)).toMatchObject({code: 'not-allowed'});
  });

  test('of the longest list goes in whole', async () => {
    const text = `name,line\n${Array.from({length: MOST_STUDENTS}, (_, index) => `Student ${index},${1_000 + index}`).join('\n')}`;
    people.now = (NOON + 1) as Instant;
    expect(await bring(text)).toMatchObject({kind: 'done', accounts: {length: MOST_STUDENTS}, newLines: {length: MOST_STUDENTS}});
  });
});
