// A tariff as CSV and as YAML: both give the same tariff again.
import {array, assert, constantFrom, integer, property, record, string, uniqueArray} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {tariffCsv} from '../../../shared/tariff/deck-own.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import type {Tariff} from '../../../shared/tariff/tariff.ts';
import {tariffYaml} from '../../../shared/tariff/yaml-text.ts';
import {tariffs} from './arbitrary-tariff.ts';
import {errorsOf, importText, imported, WISHES} from './decks.ts';
import {read, tariffOf} from './tariffs.ts';

function good(source: unknown): {readonly tariff: Tariff; readonly canonical: string} {
  const reading = read(source);
  if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.problems));
  return reading;
}

/** The canonical text of what comes back. */
function throughCsv(tariff: Tariff): string {
  // Nothing that is said at the import counts beside what the file says.
  const outcome = importText(tariffCsv(tariff), {...WISHES, currency: 'JPY', name: 'other', tax: '5', increments: undefined});
  if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.report.errors));
  return outcome.canonical;
}

function throughYaml(tariff: Tariff): string {
  const reading = readTariff(tariffYaml(tariff));
  if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.problems));
  return reading.canonical;
}

/** Rows of a carrier: prefixes that never repeat, names that need quotes or look like formulas. */
const decks = record({
  prefixes: uniqueArray(integer({min: 1, max: 99_999}).map(String), {minLength: 1, maxLength: 40}),
  names: array(
    string({minLength: 1, maxLength: 20}).map((text) => `x${text}`),
    {minLength: 1, maxLength: 5},
  ),
  starts: array(constantFrom('', '=', '+', '-', '@', "'", '"', "'="), {minLength: 1, maxLength: 4}),
  prices: array(constantFrom('0', '0.1', '0.10', '0.00000001', '999999.99999999', '12'), {minLength: 1, maxLength: 4}),
  fees: array(constantFrom('0', '0.05', ''), {minLength: 1, maxLength: 3}),
  increments: array(constantFrom('1/1', '6', '30/6', '0/60', ''), {minLength: 1, maxLength: 4}),
}).map(({prefixes, names, starts, prices, fees, increments}) => {
  const of = (list: readonly string[], place: number): string => list[place % list.length] ?? '';
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const rows = prefixes.map((prefix, place) =>
    [prefix, of(starts, place) + of(names, place), of(prices, place), of(fees, place), of(increments, place)].map(cell).join(','),
  );
  return `Prefix,Destination,Rate per minute,Connection fee,Increment\n${rows.join('\n')}\n`;
});

describe('import, export, import', () => {
  test('is the identity, for every deck', () => {
    assert(
      property(decks, (deck) => {
        const map = {number: 'Prefix', name: 'Destination', rate: 'Rate per minute', fee: 'Connection fee', increment: 'Increment'};
        const tariff = imported(deck, {map, mark: 'point'});
        const {canonical} = good(tariff);
        expect(throughCsv(tariff)).toBe(canonical);
        expect(throughYaml(tariff)).toBe(canonical);
      }),
    );
  });

  test('is the identity, for every tariff', () => {
    assert(
      property(tariffs, (source) => {
        const {tariff, canonical} = good(source);
        expect(throughYaml(tariff)).toBe(canonical);
        expect(throughCsv(tariff)).toBe(canonical);
      }),
    );
  });

  test('keeps what the numbers of a destination are', () => {
    const {tariff, canonical} = good(
      tariffOf(
        {},
        {
          destinations: [
            {name: 'Mobile', rate: 'one', prefixes: ['447'], type: 'mobile'},
            {name: 'Rest', rate: 'one', prefixes: ['44']},
          ],
        },
      ),
    );
    expect(throughCsv(tariff)).toBe(canonical);
    expect(throughYaml(tariff)).toBe(canonical);
  });

  test('keeps a tariff without destinations', () => {
    const {tariff, canonical} = good(tariffOf({}, {destinations: []}));
    expect(throughYaml(tariff)).toBe(canonical);
  });
});

describe('a tariff as CSV', () => {
  const {tariff} = good(
    tariffOf(
      {connectionFee: '0.05', perMinuteIn: {night: '0.3'}},
      {
        bands: [{name: 'night', times: [{days: ['mon'], from: '22:00', to: '06:00'}]}],
        destinations: [
          {name: '=cmd|x', rate: 'one', prefixes: ['44', '447']},
          {name: 'Voicemail, and more', rate: 'one', prefixes: ['*55'], exact: true},
        ],
      },
    ),
  );

  test('has a row for each prefix, in columns that a person understands; no name is a formula', () => {
    const lines = tariffCsv(tariff).split('\r\n');
    expect(lines[0]).toMatch(/^"# spbs-tariff\/1 \{""format"":""spbs-tariff\/1"",""name"":""A test""/);
    const headings = lines[1]?.split(',') ?? [];
    expect(headings.slice(0, 6)).toEqual(['number', 'name', 'rate', 'rate.perMinute', 'rate.connectionFee', 'rate.initialSeconds']);
    expect(headings).toContain('rate.perMinuteIn.night');
    expect(lines.slice(2, 5).map((line) => line.slice(0, 20))).toEqual([
      `44,"'=cmd|x",one,0.6`,
      `447,"'=cmd|x",one,0.`,
      '*55,"Voicemail, and ',
    ]);
    expect(lines.length).toBe(6);
  });

  test('is read with what a spreadsheet makes of it: semicolons, quotes everywhere', () => {
    const text = tariffCsv(tariff);
    const [head = '', ...rows] = text.split('\r\n');
    const quoted = rows.map((row) =>
      row
        .replaceAll(/("(?:[^"]|"")*"|[^,]*)(,|$)/g, (_all, field: string, end: string) => {
          const plain = field.startsWith('"') ? field : `"${field}"`;
          return plain + (end === ',' ? ';' : '');
        })
        .replace(/""$/, ''),
    );
    const outcome = importText([head, ...quoted.filter((row) => row !== '')].join('\n'));
    expect(outcome.kind === 'imported' && outcome.canonical).toBe(good(tariff).canonical);
  });

  test('is refused where somebody made two of one rate, or of one prefix, or changed what must be', () => {
    const text = tariffCsv(tariff);
    expect(errorsOf(importText(text.replace(/(447,[^\r]*?,one,)0\.6/, '$10.7')))).toEqual([
      '4:3 the rate “one” has other figures on line 3',
    ]);
    expect(errorsOf(importText(text.replace('\r\n447,', '\r\n44,')))).toEqual(['4:1 the prefix 44 stands on line 3 already']);
    expect(errorsOf(importText(text.replace('\r\n447,', '\r\n4.4E+11,')))).toEqual(['4:1 “4.4E+11” is no prefix']);
    expect(errorsOf(importText(text.replace('number,name', 'numbre,name')))).toContain('2:1 there is no column “number”');
    expect(errorsOf(importText(text.replace('""zone"":""Europe/London""', '""zone"":""Europe/Lundon""')))).toEqual([
      '1:1 zone: is not a known time zone; write one such as Europe/London',
    ]);
    expect(errorsOf(importText(text.replace('""format""', 'format')))).toContain('1:1 the first line of the tariff is damaged');
    const deep = `${'['.repeat(100_000)}`;
    expect(importText(`"# spbs-tariff/1 ${deep}"\nnumber,name,rate,rate.perMinute\n44,UK,one,${deep}\n`).kind).toBe('refused');
  });
});

test('the YAML of a tariff is read by a person', () => {
  const {tariff} = good(
    tariffOf(
      {connectionFee: '0.05'},
      {destinations: [{name: 'Britain: "all"', rate: 'one', prefixes: Array.from({length: 14}, (_, place) => `44${place + 10}`)}]},
    ),
  );
  expect(tariffYaml(tariff).split('\n').slice(0, 12)).toEqual([
    'format: spbs-tariff/1',
    'name: "A test"',
    'currency: "GBP"',
    'zone: "Europe/London"',
    'rounding: {mode: "half-up", decimals: 6}',
    'prices: "gross"',
    'baseBand: "standard"',
    'rates:',
    '  - {name: "one", connectionFee: 0.05, initialSeconds: 0, nextSeconds: 1, perMinute: 0.6}',
    'destinations:',
    '  - name: "Britain: \\"all\\""',
    '    rate: "one"',
  ]);
  for (const line of tariffYaml(tariff).split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});
