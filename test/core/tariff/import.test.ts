// A carrier's price list becomes a tariff: what is guessed, what is merged, and what keeps it from being used.
import {describe, expect, test} from 'vitest';
import {must} from '../../../shared/assert/assert.ts';
import {errorsOf, importText, imported, listOf} from './decks.ts';

const roles = (text: string, wishes: Parameters<typeof importText>[1] = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(importText(text, wishes).report.columns.map(({role, heading}) => [role, heading]));

describe('a price list', () => {
  test('becomes a tariff with few rates, and a destination for each name and rate', () => {
    const tariff = imported(
      'Prefix,Destination,Rate,Increment\n44,UK,0.01,1/1\n4420,UK,0.010,1/1\n447,UK mobile,0.02,30/6\n33,France,0.01,1/1\n',
    );
    expect(tariff).toMatchObject({
      name: 'A deck',
      currency: 'USD',
      zone: 'UTC',
      rounding: {mode: 'up', decimals: 5},
      prices: 'gross',
      tax: [],
      rates: [
        {name: '0.01 by 1/1', perMinute: '0.01', initialSeconds: 1, nextSeconds: 1, connectionFee: '0'},
        {name: '0.02 by 30/6', perMinute: '0.02', initialSeconds: 30, nextSeconds: 6},
      ],
      destinations: [
        {name: 'France', rate: '0.01 by 1/1', prefixes: ['33']},
        {name: 'UK', rate: '0.01 by 1/1', prefixes: ['44', '4420']},
        {name: 'UK mobile', rate: '0.02 by 30/6', prefixes: ['447']},
      ],
    });
  });

  test('has the fee, minimum and increments of its columns', () => {
    const text =
      'Code;Name;Price per minute;Setup fee;Minimum charge;Initial interval;Next interval\n44;UK;0,05;0,10;0,2;30;6\n33;France;0,05;;;0;60\n';
    expect(imported(text).rates).toMatchObject([
      {perMinute: '0.05', connectionFee: '0', initialSeconds: 0, nextSeconds: 60},
      {perMinute: '0.05', connectionFee: '0.1', minimum: '0.2', initialSeconds: 30, nextSeconds: 6},
    ]);
  });

  test('is read whatever parts the fields and ends the lines', () => {
    const lines = ['Prefix,Name,Rate', '44,"UK, all",0.01', '33,"the ""French""",0.02'];
    const expected = ['33: 0.02 60/60 the "French"', '44: 0.01 60/60 UK, all'];
    for (const end of ['\n', '\r\n', '\r', '\n\n']) expect(listOf(imported(lines.join(end)))).toEqual(expected);
    for (const delimiter of [';', '\t', '|']) {
      const text = lines.map((line) => line.replaceAll(/,(?! all)/g, delimiter)).join('\n');
      expect(listOf(imported(text))).toEqual(expected);
    }
    expect(listOf(imported("Prefix,Name,Rate\n'44','UK, all','0.01'\n'33','F','0.02'\n"))).toEqual([
      '33: 0.02 60/60 F',
      '44: 0.01 60/60 UK, all',
    ]);
    expect(listOf(imported(`sep=;\n${'Prefix;Name;Rate\n44;UK;0.01\n'}`))).toEqual(['44: 0.01 60/60 UK']);
  });

  test('is read in UTF-8, UTF-16 and Windows-1252', () => {
    const text = 'Prefix;Name;Rate €\n225;Côte d’Ivoire;0.01\n';
    const expected = ['225: 0.01 60/60 Côte d’Ivoire'];
    const windows = Buffer.from(text.replace('’', '\u0092').replace('€', '\u0080'), 'latin1');
    const little = Buffer.from(text, 'utf16le');
    const big = Buffer.from(little).swap16();
    const files = {
      'utf-8': [Buffer.from(text), Buffer.from(`\uFEFF${text}`)],
      'windows-1252': [windows],
      'utf-16le': [Buffer.from(`\uFEFF${text}`, 'utf16le'), little],
      'utf-16be': [Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(), big],
    };
    for (const [encoding, all] of Object.entries(files)) {
      for (const bytes of all) {
        const outcome = importText(bytes);
        expect(outcome.report.encoding).toBe(encoding);
        expect(outcome.kind === 'imported' && listOf(outcome.tariff)).toEqual(expected);
      }
    }
  });

  test('may have lines before its headings, and remarks, headings and sums between and after its rows', () => {
    const text =
      'Acme Telecom,,\nRates of November,,\n\nDial code,Destination,Rate USD/min\nEUROPE,,\n44,UK,0.01\n,,\nDial code,Destination,Rate USD/min\n33,France,0.02\n49,Germany,0.02\nend of file\n';
    const outcome = importText(text, {currency: undefined});
    expect(outcome.kind === 'imported' && listOf(outcome.tariff)).toEqual([
      '33: 0.02 60/60 France',
      '44: 0.01 60/60 UK',
      '49: 0.02 60/60 Germany',
    ]);
    expect(outcome.report).toMatchObject({headingLine: 4, counts: {rows: 3, noPrices: 4}, rules: {currency: 'USD'}});
  });

  test('may have prices a second or in pence, by its headings or as the person says', () => {
    const rate = (text: string, wishes: Parameters<typeof imported>[1] = {}): string | undefined =>
      imported(text, wishes).rates[0]?.perMinute;
    expect(rate('Prefix,Name,Price per second\n44,UK,0.0002\n')).toBe('0.012');
    expect(rate('Prefix,Name,Price\n44,UK,0.0002\n', {perSeconds: 1})).toBe('0.012');
    expect(rate('Prefix,Name,Pence per minute\n44,UK,1.5\n')).toBe('0.015');
    expect(rate('Prefix,Name,Price\n44,UK,1.5\n', {hundredths: true})).toBe('0.015');
    expect(rate('Prefix,Name,Pence per minute\n44,UK,1.5\n', {hundredths: false})).toBe('1.5');
  });

  test('may say the country code and the rest of a number in two columns', () => {
    const text = 'Country code,Area code,Destination,Rate\n44,,UK,0.01\n44,20;7,UK some,0.02\n1,684,Samoa,0.03\n';
    expect(listOf(imported(text))).toEqual([
      '1684: 0.03 60/60 Samoa',
      '44: 0.01 60/60 UK',
      '4420: 0.02 60/60 UK some',
      '447: 0.02 60/60 UK some',
    ]);
  });

  test('names its currency by a column, a heading or a sign; or the person does', () => {
    const currency = (text: string): string | undefined => importText(text, {currency: undefined}).report.rules?.currency;
    expect(currency('Prefix,Name,Rate,Currency\n44,UK,0.01,GBP\n')).toBe('GBP');
    expect(currency('Prefix,Name,Rate (EUR)\n44,UK,0.01\n')).toBe('EUR');
    expect(currency('Prefix,Name,Rate\n44,UK,£0.01\n')).toBe('GBP');
    // MIN is no currency; a dollar is of many countries.
    expect(currency('Prefix,Name,Rate PER MIN\n44,UK,$0.01\n')).toBeUndefined();
    expect(errorsOf(importText('Prefix,Name,Rate\n44,UK,0.01\n', {currency: undefined}))).toEqual(['1:1 the file names no currency']);
    expect(errorsOf(importText('Prefix,Name,Rate,Currency\n44,UK,0.01,GBP\n33,F,0.1,EUR\n', {currency: undefined}))).toEqual([
      '1:1 the file has 2 currencies: GBP, EUR',
    ]);
  });

  test('without increments takes those the person says, and else is refused', () => {
    const text = 'Prefix,Name,Rate,Increment\n44,UK,0.01,\n33,France,0.02,6\n';
    expect(listOf(imported(text, {increments: {initial: 30, next: 1}}))).toEqual(['33: 0.02 6/6 France', '44: 0.01 30/1 UK']);
    expect(errorsOf(importText(text, {increments: undefined}))).toEqual(['2:4 there is no increment']);
    expect(errorsOf(importText('Prefix,Name,Rate\n44,UK,0.01\n', {increments: undefined}))).toEqual([
      '1:1 the file has no column of increments',
    ]);
  });

  test('without names has those of country codes; a name is cut where it is too long, and told', () => {
    expect(listOf(imported('Prefix,Rate\n4420,0.01\n1684,0.02\n'))).toEqual(['1684: 0.02 60/60 +1', '4420: 0.01 60/60 +44']);
    const outcome = importText(`Prefix,Name,Rate\n44,${'x'.repeat(101)},0.01\n33,"a\n\t b",0.02\n`);
    expect(outcome.kind === 'imported' && listOf(outcome.tariff)).toEqual(['33: 0.02 60/60 a b', `44: 0.01 60/60 ${'x'.repeat(99)}…`]);
    expect(outcome.report.notes).toMatchObject([{line: 2, column: 2, field: 'Name', what: 'the name has 101 characters'}]);
  });
});

describe('columns', () => {
  test.for([
    [
      'prefix,destination,connect_cost,included_seconds,cost_per_min,increment\n93,A,0,0,0.2,6\n',
      {number: 'prefix', name: 'destination', rate: 'cost_per_min', fee: 'connect_cost', increment: 'increment'},
    ],
    [
      '"Target Pattern Name","Prefix","Per minute charge","Connection charge","Charge period"\nA,+93,0.2,0.1,1\n',
      {number: 'Prefix', name: 'Target Pattern Name', rate: 'Per minute charge', fee: 'Connection charge', increment: 'Charge period'},
    ],
    [
      'Country,Destination,DialCode,Effective Date,New Rate,Old Rate,Min Duration,Billing Increment\nF,F mobile,336,2026-01-01,0.02,0.03,30,6\n',
      {
        name: 'Destination',
        number: 'DialCode',
        from: 'Effective Date',
        rate: 'New Rate',
        initial: 'Min Duration',
        increment: 'Billing Increment',
      },
    ],
    [
      'Breakout;Codes;Tarif;Interval_1;Interval_N;Valid until\nF;336, 337;0.02;60;1;2027-01-01\n',
      {name: 'Breakout', number: 'Codes', rate: 'Tarif', initial: 'Interval_1', next: 'Interval_N', until: 'Valid until'},
    ],
    [
      'CC,Area,Name,Price/min,Ccy\n44,20,L,0.02,GBP\n44,7,M,0.03,GBP\n',
      {number: 'Area', country: 'CC', name: 'Name', rate: 'Price/min', currency: 'Ccy'},
    ],
    ['Code,Name,Rate\n44,UK,0.01\n', {number: 'Code', name: 'Name', rate: 'Rate'}],
    [
      'Dest. code;Destination;EUR/min;Min. charge\n44;UK;0,01;0,05\n',
      {number: 'Dest. code', name: 'Destination', rate: 'EUR/min', minimum: 'Min. charge'},
    ],
    // No headings: one column of digits that never repeat, one of words, one of fractions.
    ['44,UK,0.01\n33,France,0.02\n49,Germany,0.02\n', {number: 'column 1', name: 'column 2', rate: 'column 3'}],
  ] as const)('of %s are found', ([text, expected]) => {
    expect(roles(text)).toEqual(expected);
  });

  test('are those that the person names, by heading or number; the rest is guessed, and none is none', () => {
    const text = 'A,B,C,D,Setup fee\nUK,0.01,44,0.05,1\nFrance,0.02,33,0.06,1\n';
    expect(roles(text, {map: {number: 'c', rate: '4', name: 'A', fee: undefined}})).toEqual({number: 'C', rate: 'D', name: 'A'});
    expect(listOf(imported(text, {map: {number: 'C', rate: 'D', name: 'A', fee: undefined}}))).toEqual([
      '33: 0.06 60/60 France',
      '44: 0.05 60/60 UK',
    ]);
  });

  test('that a map names and the file has not are an error that says which there are', () => {
    const outcome = importText('Prefix,Name,Rate\n44,UK,0.01\n', {map: {rate: 'Price'}});
    expect(errorsOf(outcome)).toEqual(['1:1 there is no column “Price” for rate']);
    expect(outcome.report.errors[0]?.cure).toBe('The columns are “Prefix”, “Name”, “Rate”.');
  });

  test('that fit equally are not chosen between, unless the person says so', () => {
    const text = 'Prefix,Name,Peak rate,Weekend rate\n44,UK,0.02,0.01\n';
    expect(errorsOf(importText(text))).toEqual(['1:1 it is not sure that “Peak rate” has the prices; “Weekend rate” may be as well']);
    expect(listOf(imported(text, {map: {rate: 'Weekend rate'}}))).toEqual(['44: 0.01 60/60 UK']);
    expect(listOf(imported(text, {takesUnsure: true}))).toEqual(['44: 0.02 60/60 UK']);
  });

  test('that nothing looks like are missed', () => {
    expect(errorsOf(importText('Name,Remark\nUK,good\nFrance,bad\n')).slice(0, 2)).toEqual([
      '1:1 no column looks like the prefixes',
      '1:1 no column looks like the prices',
    ]);
  });

  test('that nobody uses are listed', () => {
    const {unused} = importText('Prefix,Name,Rate,Quality,Old rate\n44,UK,0.01,A,0.02\n').report;
    expect(unused.map(({heading}) => heading)).toEqual(['Quality', 'Old rate']);
  });

  test('of prices whose comma may be either are an error', () => {
    const text = 'Prefix;Name;Rate\n44;UK;1,234\n';
    expect(errorsOf(importText(text))).toEqual(['1:1 the comma in the prices may be a decimal mark or part thousands']);
    expect(imported(text, {mark: 'comma'}).rates[0]?.perMinute).toBe('1.234');
    expect(imported(text, {mark: 'point'}).rates[0]?.perMinute).toBe('1234');
  });
});

describe('a row', () => {
  test('that is wrong is told with its line and column, and nothing is imported', () => {
    const text =
      'Prefix,Name,Rate\n44,UK,0.01\n33,France,-0.01\nx1,Nowhere,0.02\n020,London,0.02\n49,"Ger\nmany",abc\n39,Italy,0.123456789\n';
    const outcome = importText(text);
    expect(outcome.kind).toBe('refused');
    expect(errorsOf(outcome)).toEqual([
      '3:3 the price “-0.01” is negative',
      '4:1 the prefix “x1” is not made of digits',
      '5:1 the prefix “020” does not begin with a country code',
      '6:3 the price “abc” is no number',
      '8:3 the price “0.123456789” has 9 decimals',
    ]);
  });

  test('that is wrong may be left out', () => {
    const outcome = importText('Prefix,Name,Rate\n44,UK,0.01\n33,France,-0.01\n', {leavesOutErrors: true});
    expect(outcome.kind === 'imported' && listOf(outcome.tariff)).toEqual(['44: 0.01 60/60 UK']);
    expect(outcome.report.errorCount).toBe(1);
  });

  test('that says the same again is merged', () => {
    const outcome = importText('Prefix,Name,Rate\n44,UK,0.01\n44,UK,0.010\n+44,United Kingdom,0.01\n');
    expect(outcome.kind === 'imported' && listOf(outcome.tariff)).toEqual(['44: 0.01 60/60 UK']);
    expect(outcome.report.counts).toMatchObject({rows: 3, repeated: 2});
  });

  test('that says another price is an error with both lines, or decided as the person says', () => {
    const text = 'Prefix,Name,Rate\n44,UK,0.01\n33,France,0.5\n0044,UK,0.02\n';
    expect(errorsOf(importText(text))).toEqual(['4:1 44 has the price 0.02 here and 0.01 on line 2']);
    expect(listOf(imported(text, {duplicates: 'first'}))).toContain('44: 0.01 60/60 UK');
    expect(listOf(imported(text, {duplicates: 'last'}))).toContain('44: 0.02 60/60 UK');
    const {counts, notes} = importText(text, {duplicates: 'last'}).report;
    expect(counts.replaced).toBe(1);
    expect(notes).toMatchObject([
      {line: 4, what: '44 has the price 0.02 here and 0.01 on line 2', cure: 'That of line 4 is used, the last one.'},
    ]);
    expect(errorsOf(importText('Prefix,Name,Rate,Increment\n44,UK,0.01,1\n44,UK,0.01,60\n'))).toEqual([
      '3:1 44 has the price 0.01 here and 0.01 on line 2, with another fee, minimum or increment',
    ]);
  });

  test('counts on its days: the latest that has begun and not ended, in whatever order', () => {
    const rows = [
      '44,UK,0.02,2026-06-01,',
      '44,UK,0.01,2026-01-01,',
      '44,UK,0.03,2027-01-01,',
      '33,France,0.5,,2026-03-31',
      '49,Germany,0.7,2026-12-01,',
    ];
    const text = (lines: readonly string[]): string => `Prefix,Name,Rate,Effective from,Valid until\n${lines.join('\n')}\n`;
    for (const lines of [rows, rows.toReversed()]) {
      const outcome = importText(text(lines));
      expect(outcome.kind === 'imported' && listOf(outcome.tariff)).toEqual(['44: 0.02 60/60 UK']);
      expect(outcome.report).toMatchObject({counts: {startLater: 2, ended: 1, replaced: 1}, nextStart: '2026-12-01'});
      expect(listOf(imported(text(lines), {at: '2026-03-31'}))).toEqual(['33: 0.5 60/60 France', '44: 0.01 60/60 UK']);
      expect(listOf(imported(text(lines), {at: '2027-01-01'}))).toEqual(['44: 0.03 60/60 UK', '49: 0.7 60/60 Germany']);
    }
    expect(errorsOf(importText(text(rows), {at: '2025-06-01', duplicates: 'last'}))).toEqual([]);
    expect(errorsOf(importText('Prefix,Name,Rate,Effective from\n44,UK,0.02,2027-06-01\n'))).toEqual([
      '1:1 the file has no price in force on 2026-11-26; the first starts on 2027-06-01: --at says another day',
    ]);
    expect(errorsOf(importText('Prefix,Name,Rate,Effective from\n44,UK,0.02,01/02/2026\n'))).toEqual([
      '1:1 the dates may begin with the day or the month',
    ]);
  });

  test('of a range gives each prefix its price, and a longer prefix its own', () => {
    const outcome = importText('Prefix,Name,Rate\n44700-44709,UK mobile,0.02\n447005,UK pager,0.5\n447[1-3];4475,UK mobile,0.02\n');
    expect(outcome.kind === 'imported' && listOf(outcome.tariff)).toEqual([
      '4470: 0.02 60/60 UK mobile',
      '447005: 0.5 60/60 UK pager',
      '4471: 0.02 60/60 UK mobile',
      '4472: 0.02 60/60 UK mobile',
      '4473: 0.02 60/60 UK mobile',
      '4475: 0.02 60/60 UK mobile',
    ]);
    expect(outcome.report.counts).toMatchObject({rows: 3, prefixes: 6, nested: 1, redundant: 0});
  });

  test('within a shorter prefix is counted, and where it changes nothing', () => {
    const {counts} = importText('Prefix,Name,Rate\n44,UK,0.01\n441,UK,0.01\n447,UK mobile,0.02\n4470,UK,0.01\n').report;
    expect(counts).toMatchObject({nested: 3, redundant: 1});
  });
});

describe('catch-alls', () => {
  const text =
    'Prefix,Name,Rate\n44,UK,0.01\n447,UK,0.01\n4420,UK,0.01\n1,USA,0.02\n12,USA,0.02\n1212,USA,0.02\n380,Ukraine,0.1\n3805,Ukraine,0.1\n38050,Ukraine,0.1\n';

  test('are told: the country code, and one digit more', () => {
    expect(importText(text).report.catchAlls).toEqual(['1', '12', '380', '3805', '44', '447']);
    expect(imported(text).destinations.some(({catchAll}) => catchAll)).toBe(false);
  });

  test('are marked if the person says so, apart from what is known better', () => {
    const found = imported(text, {marksCatchAlls: true}).destinations.map(({name, prefixes, catchAll}) => ({name, prefixes, catchAll}));
    expect(found).toEqual([
      {name: 'UK', prefixes: ['44', '447'], catchAll: true},
      {name: 'UK', prefixes: ['4420'], catchAll: false},
      {name: 'USA', prefixes: ['1', '12'], catchAll: true},
      {name: 'USA', prefixes: ['1212'], catchAll: false},
      {name: 'Ukraine', prefixes: ['380', '3805'], catchAll: true},
      {name: 'Ukraine', prefixes: ['38050'], catchAll: false},
    ]);
  });
});

test('tax, net prices, zone and name are the person’s', () => {
  const tariff = imported('Prefix,Name,Rate\n44,UK,0.01\n', {
    name: 'Hall',
    zone: 'Europe/London',
    prices: 'net',
    tax: '20',
    currency: 'GBP',
  });
  expect(tariff).toMatchObject({name: 'Hall', zone: 'Europe/London', prices: 'net', tax: [{percent: '20'}], currency: 'GBP'});
  expect(must(tariff.destinations[0], 'a destination').prefixes).toEqual(['44']);
});
