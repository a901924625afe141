// Tariff files that somebody wrote: what is wrong, where it stands, what to do.
import {describe, expect, test} from 'vitest';
import {stringify} from 'yaml';
import {readTariff, readTariffBytes, type TariffReading} from '../../../shared/tariff/read.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {tariffOf} from './tariffs.ts';

const GOOD = `format: spbs-tariff/1
name: Hall
currency: GBP
zone: Europe/London
rounding: {mode: half-up, decimals: 2}
prices: gross
tax:
  - {from: 2011-01-04, percent: 20}
bands:
  - name: peak
    times:
      - {days: [mon, tue, wed, thu, fri], from: "08:00", to: "18:00"}
holidays:
  - {date: 2026-12-25, band: standard}
rates:
  - name: landline
    connectionFee: 0.05
    initialSeconds: 30
    nextSeconds: 60
    perMinute: 0.10
    perMinuteIn: {peak: 0.20}
    minimum: 0.10
    maximum: 5
  - {name: mobile, initialSeconds: 60, nextSeconds: 60, perMinute: 0.30}
destinations:
  - {name: Britain, rate: landline, prefixes: ["441", "442"]}
  - {name: Mobile, rate: mobile, prefixes: ["447"]}
  - {name: Voicemail, rate: mobile, prefixes: ["1571"], exact: true}
`;

/** The problems as `line:column path what`. */
function problems(text: string): readonly string[] {
  return told(readTariff(text));
}

function told(reading: TariffReading): readonly string[] {
  return reading.kind === 'tariff' ? [] : reading.problems.map(({line, column, path, what}) => `${line}:${column} ${path}: ${what}`);
}

/** The good file with one piece of it changed. */
function changed(from: string, to: string): string {
  expect(GOOD.split(from).length).toBe(2);
  return GOOD.replace(from, to);
}

describe('a good file', () => {
  test('is read, in YAML with its defaults', () => {
    const reading = readTariff(GOOD);
    expect(reading).toMatchObject({
      kind: 'tariff',
      tariff: {
        baseBand: 'standard',
        tax: [{from: '2011-01-04', percent: '20'}],
        // In the order of the canonical text: by name.
        destinations: [{name: 'Britain', catchAll: false, exact: false}, {name: 'Mobile'}, {name: 'Voicemail', exact: true}],
        rates: [
          {name: 'landline', connectionFee: '0.05', perMinute: '0.1', maximum: '5', graceSeconds: 0},
          {name: 'mobile', connectionFee: '0'},
        ],
      },
    });
  });

  test('means the same with a byte order mark, CRLF, comments, other quotes and spelt-out defaults', () => {
    const plain = readTariff(GOOD);
    for (const text of [
      `\uFEFF${GOOD}`,
      GOOD.replaceAll('\n', '\r\n'),
      `# Ours\n${GOOD}`,
      GOOD.replaceAll('"', "'"),
      changed('prices: gross', 'prices: gross\nbaseBand: standard\nclasses: {}'),
      changed('perMinute: 0.10', 'perMinute: "00.1000"'),
      `---\n${GOOD}...\n`,
    ]) {
      expect(readTariff(text)).toEqual(plain);
      expect(readTariffBytes(Buffer.from(text))).toEqual(plain);
    }
  });

  test('keeps every digit of a price that no float could hold', () => {
    const reading = readTariff(changed('perMinute: 0.10', 'perMinute: 123456.12345678'));
    expect(reading.kind === 'tariff' && reading.tariff.rates[0]?.perMinute).toBe('123456.12345678');
  });
});

describe('a problem has its line and its column', () => {
  test.for([
    ['currency: GBP', 'currency: pounds', ['3:1 currency: currency must be an ISO 4217 code such as GBP']],
    ['currency: GBP\n', '', ['1:1 currency: currency is missing']],
    ['zone: Europe/London', 'zone: Europe/Londno', ['4:1 zone: zone is not a known time zone; write one such as Europe/London']],
    [
      'half-up, decimals: 2',
      'halfup, decimals: 7',
      [
        '5:12 rounding.mode: mode must be one of up, half-up, half-even, down',
        '5:26 rounding.decimals: decimals must be a whole number from 0 to 6',
      ],
    ],
    ['prices: gross', 'prices: brutto', ['6:1 prices: prices must be gross (prices contain VAT) or net (VAT is added)']],
    ['prices: gross', 'pricse: gross', ['1:1 prices: prices is missing', '6:1 pricse: “pricse” is not a word of a tariff here']],
    ['percent: 20', 'percent: 100.0001', ['8:24 tax[0].percent: the tax is above 100 per cent']],
    ['2011-01-04', '2011-02-30', ['8:6 tax[0].from: from must be a date of the calendar such as 2026-12-25']],
    ['"08:00"', '"8:00"', ['12:43 bands[0].times[0].from: from must be a time from 00:00 to 24:00, in quotes']],
    ['tue, wed', 'tue, mittwoch', ['12:27 bands[0].times[0].days[2]: days must be one of mon, tue, wed, thu, fri, sat, sun']],
    ['band: standard', 'band: feast', ['14:24 holidays[0].band: there is no band “feast”']],
    ['perMinute: 0.10', 'perMinute: -0.10', ['20:5 rates[0].perMinute: the price a minute is negative; it must be 0 or more']],
    [
      'perMinute: 0.10',
      'perMinute: 1,50',
      ['20:5 rates[0].perMinute: the price a minute must be a plain decimal such as 0.12, below 1,000,000, with at most 8 decimals'],
    ],
    [
      'perMinute: 0.10',
      'perMinute: 1e3',
      ['20:5 rates[0].perMinute: the price a minute must be a plain decimal such as 0.12, below 1,000,000, with at most 8 decimals'],
    ],
    [
      'perMinute: 0.10',
      'perMinute: 0.123456789',
      ['20:5 rates[0].perMinute: the price a minute must be a plain decimal such as 0.12, below 1,000,000, with at most 8 decimals'],
    ],
    ['    perMinute: 0.10\n', '', ['16:5 rates[0].perMinute: perMinute is missing']],
    ['peak: 0.20', 'daytime: 0.20', ['21:19 rates[0].perMinuteIn.daytime: there is no band “daytime”']],
    [
      'initialSeconds: 30',
      'initialSeconds: 30.5',
      ['18:5 rates[0].initialSeconds: the initial increment must be a whole number from 0 to 86400'],
    ],
    [
      'nextSeconds: 60\n    perMinute',
      'nextSeconds: 0\n    perMinute',
      ['19:5 rates[0].nextSeconds: the next increment must be a whole number from 1 to 86400'],
    ],
    ['maximum: 5', 'maximum: 0.05', ['23:5 rates[0].maximum: the maximum 0.05 is below the minimum 0.1']],
    [
      'name: mobile',
      'name: landline',
      [
        '24:6 rates[1].name: the name “landline” is used twice (line 16)',
        '27:20 destinations[1].rate: there is no rate “mobile”',
        '28:23 destinations[2].rate: there is no rate “mobile”',
      ],
    ],
    ['"447"', '"441"', ['27:45 destinations[1].prefixes[0]: the prefix 441 is in “Britain” already (line 26)']],
    ['"447"', '"+447"', ['27:45 destinations[1].prefixes[0]: the prefix “+447” does not begin with a country code']],
    ['"447"', '"00447"', ['27:45 destinations[1].prefixes[0]: the prefix “00447” does not begin with a country code']],
    ['"447"', '"44 7"', ['27:45 destinations[1].prefixes[0]: the prefix “44 7” is not made of digits']],
    ['"447"', '"４４７"', ['27:45 destinations[1].prefixes[0]: the prefix “４４７” is not made of digits']],
    ['"447"', '"4471234567890123"', ['27:45 destinations[1].prefixes[0]: the prefix “4471234567890123”… has 16 digits']],
    ['"447"', `"${'4'.repeat(40)}"`, ['27:45 destinations[1].prefixes[0]: the prefix “44444444444444444444”… has 40 digits']],
    ['"1571"', '"15-71"', ['28:48 destinations[2].prefixes[0]: the short code “15-71” is not made of digits, * and #']],
    ['["447"]', '[]', ['27:34 destinations[1].prefixes: prefixes names no prefix']],
    ['["447"]', '447', ['27:34 destinations[1].prefixes: prefixes must be a list of prefixes']],
    ['exact: true', 'exact: yes', ['28:57 destinations[2].exact: exact must be true or false']],
    ['currency: GBP', 'currency: GBP\ncurrency: EUR', ['4:1 : “currency” stands here twice (line 3)']],
    ['format: spbs-tariff/1', 'format: spbs-tariff/2', ['1:1 format: format must be spbs-tariff/1']],
  ] as const)('%s → %s', ([from, to, expected]) => {
    expect(problems(changed(from, to))).toEqual(expected);
  });

  test('bands that meet, even if another lies between them', () => {
    const bands = (lines: readonly string[]): string =>
      changed('  - name: peak\n', `${lines.map((line) => `  ${line}\n`).join('')}  - name: peak\n`);
    expect(problems(bands(['- {name: noon, times: [{days: [mon], from: "12:00", to: "13:00"}]}']))).toEqual([
      '10:26 bands[0].times[0]: the bands “peak” and “noon” hold the same time of the week (line 13)',
    ]);
    // Sunday night into Monday morning meets Monday at half past seven.
    expect(problems(bands(['- {name: night, times: [{days: [sun], from: "20:00", to: "08:30"}]}']))).toEqual([
      expect.stringContaining('the bands “night” and “peak” hold the same time of the week'),
    ]);
    // Between the two stands a time of the first again.
    const again = '- {name: long, times: [{days: [sun], from: "01:00", to: "23:00"}, {days: [sun], from: "02:00", to: "03:00"}]}';
    expect(problems(bands([again, '- {name: short, times: [{days: [sun], from: "12:00", to: "13:00"}]}']))).toEqual([
      expect.stringContaining('the bands “long” and “short” hold the same time of the week'),
    ]);
    // They touch at eight and at six.
    expect(
      problems(bands(['- {name: other, times: [{days: [mon], from: "18:00", to: "24:00"}, {days: [sun], from: "20:00", to: "08:00"}]}'])),
    ).toEqual([]);
    expect(problems(bands(['- {name: standard}']))).toEqual(['10:6 bands[0].name: “standard” is the name of the base band']);
  });

  test('taxes out of order and a holiday that comes twice', () => {
    expect(problems(changed('percent: 20}', 'percent: 20}\n  - {from: 2010-01-01, percent: 17.5}\n  - {percent: 15}'))).toEqual([
      '9:6 tax[1].from: 2010-01-01 is not after 2011-01-04',
      '10:5 tax[2]: the tax has no date',
    ]);
    expect(problems(changed('band: standard}', 'band: standard}\n  - {date: 2026-12-25, band: peak}'))).toEqual([
      '15:5 holidays[1]: the holiday 2026-12-25 stands here twice (line 14)',
    ]);
  });

  test('classes name rates that are there', () => {
    expect(problems(`${GOOD}classes: {incoming: mobil}\n`)).toEqual(['29:11 classes.incoming: there is no rate “mobil”']);
  });

  test('all of them are told, in the order of the file', () => {
    const text = changed('currency: GBP', 'currency: pounds')
      .replace('prices: gross', 'prices: x')
      .replace('"447"', '447')
      .replace('percent: 20', 'percent: x');
    expect(problems(text).map((problem) => problem.split(':')[0])).toEqual(['3', '6', '8']);
  });

  test('every problem has a cure', () => {
    const reading = readTariff('format: x\nrates: 1\n');
    expect(reading.kind === 'invalid' && reading.problems.length > 5 && reading.problems.every(({cure}) => cure.endsWith('.'))).toBe(true);
  });
});

describe('a tariff and its hash', () => {
  test('a short code and a prefix may be the same digits, in destinations of the same name', () => {
    const destinations: TariffSource['destinations'] = [
      {name: 'Same', rate: 'one', prefixes: ['1571']},
      {name: 'Same', rate: 'one', prefixes: ['1571'], exact: true},
    ];
    const hashes = [destinations, destinations.toReversed()].map((list) => {
      const reading = readTariff(stringify(tariffOf({}, {destinations: list})));
      return reading.kind === 'tariff' ? reading.hash : reading.problems[0]?.what;
    });
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(hashes[1]).toBe(hashes[0]);
  });

  test('the hash is that of the canonical text', async () => {
    const reading = readTariff(GOOD);
    const text = reading.kind === 'tariff' ? reading.canonical : '';
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('hex');
    expect(reading.kind === 'tariff' && reading.hash).toBe(digest);
  });
});
