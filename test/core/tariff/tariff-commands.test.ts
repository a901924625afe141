// `spbs tariff import`, `export` and `diff`, as a person or a script calls them.
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {command as rate} from '../../../provisioning/rate-command.ts';
import {command as tariff} from '../../../provisioning/tariff-command.ts';
import {runCommand, type Ran} from '../../rig/terminal.ts';
import {temporaryFolder} from '../temporary-store.ts';

const DECK = `"Target Pattern Name","Prefix","Per minute charge","Connection charge","Charge period"
"UK",+44,0.01,0,1
"UK, mobile",+447,0.12,0.05,60
"France",+33,0.02,0,1
`;

let folder: string;
let remove: () => void;
let deck: string;
let file: string;
beforeEach(() => {
  ({folder, remove} = temporaryFolder());
  deck = join(folder, 'acme.csv');
  file = join(folder, 'acme.yaml');
  writeFileSync(deck, DECK);
});
afterEach(() => {
  remove();
});

async function run(...args: readonly string[]): Promise<Ran> {
  return await runCommand(tariff, args);
}

async function priceOf(path: string, number: string, seconds: string): Promise<unknown> {
  const {out} = await runCommand(rate, ['--tariff', path, '--catch-all', '--json', number, seconds]);
  return (JSON.parse(out) as {readonly amount?: string}).amount;
}

function shape(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s{2,}/g, ' | '))
    .filter((line) => line !== '');
}

describe('spbs tariff import', () => {
  test('writes a tariff and says how it read the file', async () => {
    const {code, out, err} = await run('import', deck, '-o', file, '--currency', 'GBP', '--rounding', 'half-up:2', '--tax', '20', '--net');
    expect({code, err}).toEqual({code: 0, err: ''});
    expect(shape(out)).toEqual([
      'Read as UTF-8, fields between commas, headings on line 1.',
      'meaning | column | sure | values',
      'number | “Prefix” | 100 % | +44, +447, +33',
      'name | “Target Pattern Name” | 100 % | UK, UK, mobile, France',
      'rate | “Per minute charge” | 100 % | 0.01, 0.12, 0.02',
      'fee | “Connection charge” | 100 % | 0, 0.05',
      'increment | “Charge period” | 100 % | 1, 60',
      'prices | a minute, GBP, decimal point, net',
      'increments | as the rows say',
      'rounding | half-up to 2 decimals',
      'VAT | 20 %',
      'zone | UTC',
      '3 | rows with a price',
      '3 | prefixes in 3 destinations at 3 rates',
      '1 | of them within a shorter prefix, 0 of the same name and price',
      '3 | prefixes of a whole country or a tenth of one (33, 44, 447 …): --catch-alls marks them',
      `${file} was written.`,
      expect.stringMatching(/^hash \| [0-9a-f]{64}$/),
    ]);
    expect((await run('check', file)).code).toBe(0);
    // 61 s to a mobile: two minutes of 12p, and 5p, and VAT: 29p × 1.2 = 34.8p.
    expect(await priceOf(file, '+447700900123', '61')).toBe('0.35');
  });

  test('writes JSON where the name ends so, of the same tariff', async () => {
    const json = join(folder, 'acme.json');
    const words = ['import', deck, '--currency', 'GBP', '--json'];
    const hashes = await Promise.all([run(...words, '-o', file), run(...words, '-o', json)]);
    const [first, second] = hashes.map(({out}) => (JSON.parse(out) as {readonly hash: string}).hash);
    expect(first).toBe(second);
    expect(readFileSync(json, 'utf8').startsWith('{"bands":[]')).toBe(true);
    const checked = await run('check', json, '--json');
    expect(JSON.parse(checked.out)).toMatchObject({good: true, hash: first});
  });

  test('without -o writes nothing, and says that it could', async () => {
    const {code, out} = await run('import', deck, '--currency', 'GBP');
    expect({code, out}).toEqual({code: 0, out: expect.stringContaining('It can be imported; -o FILE writes the tariff.') as unknown});
    expect(existsSync(file)).toBe(false);
  });

  test('takes the columns and the increments that the person names', async () => {
    writeFileSync(deck, 'A,"B, in minutes",C\n44,UK,0.01\n33,France,0.02\n');
    const words = ['import', deck, '-o', file, '--currency', 'USD', '--increment', '6/6', '--rounding', 'up:5'];
    expect((await run(...words, '--map', 'number=A,name="B, in minutes",rate=C')).code).toBe(0);
    // 7 s are 12 s of a penny a minute: 0.002.
    expect(await priceOf(file, '+442079460000', '7')).toBe('0.002');
    expect((await run(...words, '--map', 'number=1', '--map', 'rate=3,name=')).code).toBe(0);
    expect(JSON.parse((await run('check', file, '--json')).out)).toMatchObject({destinations: 2});
  });

  test('refuses a guess that is not sure, an error in a row, and a file without currency; and leaves the old file', async () => {
    writeFileSync(file, 'old');
    writeFileSync(deck, 'Prefix,Name,Peak rate,Night rate,Increment\n44,UK,0.02,0.01,1\n33,France,-1,0.01,1\n');
    const unsure = await run('import', deck, '-o', file);
    expect(unsure.code).toBe(1);
    expect(unsure.out).toContain(
      `${deck}:1:1 it is not sure that “Peak rate” has the prices; “Night rate” may be as well → Name the column: --map rate=…`,
    );
    expect(unsure.out).toContain(`${deck}:1:1 the file names no currency → Say it, such as --currency USD.\n`);
    expect(unsure.out).toContain(`${deck} was not imported: 2 errors.\n`);
    const wrong = await run('import', deck, '-o', file, '--currency', 'GBP', '--yes');
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain(`${deck}:3:3 “Peak rate” the price “-1” is negative → A price is 0 or more.\n`);
    expect(readFileSync(file, 'utf8')).toBe('old');
    const left = await run('import', deck, '-o', file, '--currency', 'GBP', '--yes', '--leave-out');
    expect(left).toMatchObject({code: 0, out: expect.stringContaining('Rows with errors were left out: 1.') as unknown});
  });

  test('says it as JSON, with every column and count', async () => {
    const {code, out} = await run('import', deck, '--currency', 'GBP', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      imported: true,
      written: null,
      encoding: 'utf-8',
      columns: [
        {role: 'number', heading: 'Prefix', column: 2, score: 1, by: 'guess'},
        {role: 'name'},
        {role: 'rate'},
        {role: 'fee'},
        {role: 'increment'},
      ],
      counts: {rows: 3, prefixes: 3, destinations: 3, rates: 3},
      errorCount: 0,
    });
    writeFileSync(deck, '');
    const empty = await run('import', deck, '--json');
    expect({code: empty.code, json: JSON.parse(empty.out) as unknown}).toMatchObject({
      code: 1,
      json: {imported: false, errors: [{line: 1, column: 1, what: 'the file is empty'}]},
    });
  });

  test('reads standard input, shows that it goes on, and stops when it is told to', async () => {
    const rows = Array.from({length: 60_000}, (_, place) => `${44_000_000 + place},UK,0.01,1\n`).join('');
    const input = ['Prefix,Name,Rate,Increment\n', rows];
    const {code, err} = await runCommand(tariff, ['import', '-', '--currency', 'GBP', '--json'], {input, interactive: true});
    expect(code).toBe(0);
    // A fast machine is done before there is anything to show.
    expect(err === '' || /^(?:CLEAR[\d,]+ rows, \d+ %)+CLEAR$/.test(err.replaceAll('\r\u001B[K', 'CLEAR'))).toBe(true);
    const stopped = await runCommand(tariff, ['import', '-', '--currency', 'GBP', '-o', file], {input, stop: AbortSignal.abort()});
    expect(stopped).toMatchObject({code: 3, err: 'stopped; nothing was written\n'});
    expect(existsSync(file)).toBe(false);
  });

  test.for([
    [[], 'CSV is missing'],
    [['F', 'F'], 'is too much'],
    [['F', '--map', 'rat=Price'], 'did you mean rate?'],
    [['F', '--map', 'Price'], 'names no role'],
    [['F', '--zone', 'Europe/Lundon'], '--zone Europe/Lundon is no time zone'],
    [['F', '--currency', 'pounds'], '--currency pounds is none'],
    [['F', '--increment', '6/0'], '--increment: the increment “6/0” is none'],
    [['F', '--rounding', 'up'], '--rounding up is none'],
    [['F', '--at', '2026-02-30'], '--at 2026-02-30 is no date'],
    [['F', '--tax', '20'], '--tax needs --net or --gross'],
    [['F', '--tax', '200', '--net'], '--tax 200 is no percentage'],
    [['F', '--net', '--gross'], 'cannot both be'],
    [['F', '--duplicates', 'any'], '--duplicates is any; it may be error, first, last'],
    [['F', '--delimiter', ';;'], 'is not one sign'],
    [['F', '--incremnt', '6/6'], 'did you mean --increment?'],
  ] as const)('import %o is wrong usage', async ([args, words]) => {
    expect(await run('import', ...args)).toMatchObject({code: 2, out: '', err: expect.stringContaining(words) as unknown});
  });

  test('a file that is not there, and one that cannot be written, are faults', async () => {
    await expect(run('import', join(folder, 'none.csv'))).rejects.toMatchObject({code: 'file.unreadable'});
    await expect(run('import', deck, '--currency', 'GBP', '-o', join(folder, 'none', 'a.yaml'))).rejects.toMatchObject({
      code: 'file.unwritable',
    });
  });
});

describe('spbs tariff export', () => {
  test('gives a CSV that comes back as the same tariff', async () => {
    await run('import', deck, '-o', file, '--currency', 'GBP', '--tax', '17.5', '--gross', '--zone', 'Europe/London');
    const csv = join(folder, 'out.csv');
    expect(await run('export', file, '--csv', '-o', csv)).toEqual({code: 0, out: '', err: ''});
    expect((await run('export', file, '--csv')).out).toBe(readFileSync(csv, 'utf8'));
    const again = join(folder, 'again.yaml');
    const {code, out} = await run('import', csv, '-o', again);
    expect({code, first: out.split('\n')[0]}).toEqual({code: 0, first: 'Read as UTF-8: a tariff of our own as CSV.'});
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(file, 'utf8'));
  });

  test.for([
    [[], 'FILE is missing'],
    [['F'], 'say --csv'],
    [['F', 'G', '--csv'], 'is too much'],
  ] as const)('export %o is wrong usage', async ([args, words]) => {
    expect(await run('export', ...args)).toMatchObject({code: 2, err: expect.stringContaining(words) as unknown});
  });
});

describe('spbs tariff diff', () => {
  let young: string;
  beforeEach(async () => {
    await run('import', deck, '-o', file, '--currency', 'GBP');
    young = join(folder, 'young.yaml');
    writeFileSync(
      deck,
      DECK.replace('+44,0.01,0,1', '+44,0.0125,0,1').replace('0.12,0.05,60', '0.12,0.10,60').replace('"France",+33', '"Spain",+34'),
    );
    await run('import', deck, '-o', young, '--currency', 'GBP', '--zone', 'Europe/London');
  });

  test('says what is added, removed, dearer and on other terms', async () => {
    const {code, out} = await run('diff', file, young);
    expect(code).toBe(0);
    expect(shape(out)).toEqual([
      'Added: one prefix',
      'Spain | 0.02',
      '34',
      'Removed: one prefix',
      'France | 0.02',
      '33',
      'Dearer: one prefix',
      'UK | 0.01 → 0.0125 (+25.00 %)',
      '44',
      'The same a minute, on other terms: one prefix',
      'UK, mobile | 0.12',
      '447',
      'connection fee: 0.05 → 0.1',
      'For the whole tariff',
      'zone: "UTC" → "Europe/London"',
      '0 prefixes unchanged.',
    ]);
  });

  test('says it as JSON', async () => {
    const {code, out} = await run('diff', file, young, '--at', '2026-11-26 18:00', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      counts: {added: 1, removed: 1, dearer: 1, cheaper: 0, mixed: 0, terms: 1, unchanged: 0},
      groups: [
        {change: 'added'},
        {change: 'removed'},
        {change: 'dearer', ranges: ['44'], percent: '+25.00'},
        {change: 'terms', terms: ['connectionFee']},
      ],
    });
  });

  test('says where nothing differs, and that currencies do', async () => {
    expect((await run('diff', file, file)).out).toBe('No price differs.\n\n3 prefixes unchanged.\n');
    await run('import', deck, '-o', young, '--currency', 'EUR');
    expect(await run('diff', file, young)).toMatchObject({
      code: 1,
      out: expect.stringContaining('one has prices in GBP, the other in EUR') as unknown,
    });
  });

  test.for([
    [[], 'A and B are missing'],
    [['F'], 'A and B are missing'],
    [['F', 'F', 'F'], 'is too much'],
    [['F', 'F', '--at', 'noon'], '--at: “noon” is not a time'],
  ] as const)('diff %o is wrong usage', async ([args, words]) => {
    const paths = args.map((word) => (word === 'F' ? file : word));
    expect(await run('diff', ...paths)).toMatchObject({code: 2, err: expect.stringContaining(words) as unknown});
  });
});

test('check says on standard error what is odd in a good tariff', async () => {
  writeFileSync(deck, 'Prefix,Name,Rate,Increment\n44,UK,0.01,1\n4420,UK,0.01,1\n44800,Free,0,1\n44801,free,0,1\n999,Nowhere,0.5,1\n');
  await run('import', deck, '-o', file, '--currency', 'GBP');
  const {code, err} = await run('check', file);
  expect(code).toBe(0);
  expect(shape(err).filter((line) => !line.startsWith('→'))).toEqual([
    `Worth a look in ${file}:`,
    'prefixes of a whole country or a tenth of one: 1 (44)',
    'prefixes within a shorter one of the same destination: 1 (4420)',
    'prefixes that begin with no country code: 1 (999)',
    'destinations at no charge: 2 (Free, free)',
    'names that differ in capitals or spaces only: 1 (free)',
  ]);
  const json = await run('check', file, '--json');
  expect(JSON.parse(json.out)).toMatchObject({good: true, warnings: [{kind: 'catch-all', count: 1, examples: ['44']}, {}, {}, {}, {}]});
});
