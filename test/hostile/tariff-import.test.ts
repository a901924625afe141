// Price lists that nobody should have sent: clear errors with their places, in bounded time and memory.
import {closeSync, openSync, truncateSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {array, assert, constantFrom, oneof, property, string, uint8Array} from 'fast-check';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {readDeckFile} from '../../provisioning/deck-file.ts';
import {DeckBytes, LARGEST_DECK} from '../../shared/tariff/deck-text.ts';
import {importText, errorsOf, imported, listOf} from '../core/tariff/decks.ts';
import {temporaryFolder} from '../core/temporary-store.ts';

let folder: string;
let remove: () => void;
beforeEach(() => {
  ({folder, remove} = temporaryFolder());
});
afterEach(() => {
  remove();
});

const HEAD = 'Prefix,Name,Rate\n';
const MB = 1024 * 1024;

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** How long it takes and how much memory grows, with what it gives. */
async function measured<T>(work: () => T | Promise<T>): Promise<{readonly value: T; readonly seconds: number; readonly grownMb: number}> {
  const before = process.memoryUsage().rss;
  const start = performance.now();
  const value = await work();
  return {value, seconds: (performance.now() - start) / 1_000, grownMb: (process.memoryUsage().rss - before) / MB};
}

describe('a price list', () => {
  test.for([
    ['', '1:1 the file is empty'],
    [' \n\n', '1:1 the file is empty'],
    ['\uFEFF', '1:1 the file is empty'],
    ['sep=;\n', '1:1 the file has no rows'],
    [`${HEAD}44,U\0K,0.01\n`, '2:5 the file contains a NUL byte'],
    [`${HEAD}${'4'.repeat(40)},UK,0.01\n`, `2:1 the prefix “${'4'.repeat(30)}…” has 40 digits`],
    [`${HEAD}44,UK,-0.01\n`, '2:3 the price “-0.01” is negative'],
    [`${HEAD}44,"UK,0.01\n33,France,0.02\n`, '2:1 a quote that begins in this record is never closed'],
    [`${HEAD}${','.repeat(100_000)}\n`, '2:1 the line has 100001 fields'],
    [`${HEAD}44,UK,${'9'.repeat(200_000)}\n`, `2:3 the price “${'9'.repeat(40)}” is no number`],
    ['PK\u0003\u0004\0\0\0', '1:5 the file contains a NUL byte'],
  ] as const)('%j is refused: %s', ([text, error]) => {
    expect(errorsOf(importText(text))).toContain(error);
  });

  test('of UTF-8 with a broken byte among other letters is refused there', () => {
    const bytes = Buffer.concat([Buffer.from(`${HEAD}225,Côte,0.01\n33,Fr`), Buffer.from([0xe9]), Buffer.from('nce,0.02\n')]);
    expect(errorsOf(importText(bytes))).toEqual(['3:6 the file is not UTF-8 here']);
  });

  test('of a gigabyte in one line is left after a quarter of a megabyte', async () => {
    const path = join(folder, 'giga.csv');
    writeFileSync(path, HEAD);
    truncateSync(path, 1024 * MB);
    const {value, seconds, grownMb} = await measured(() => readDeckFile(path, nothing()));
    expect(value).toMatchObject({kind: 'refused', problem: {line: 2, column: 1, what: 'the line is longer than 256 KB'}});
    expect(seconds).toBeLessThan(5);
    expect(grownMb).toBeLessThan(100);
  });

  test('of a gigabyte in short lines is left after 64 MB', () => {
    const bytes = new DeckBytes();
    const chunk = Buffer.from('44,UK,0.01\n'.repeat(95_000));
    let taken = 0;
    let problem;
    while (problem === undefined && taken < 1024 * MB) {
      problem = bytes.take(chunk);
      taken += chunk.length;
    }
    expect(problem).toMatchObject({what: 'the file is longer than 64 MB'});
    expect(taken).toBeLessThan(LARGEST_DECK + 2 * chunk.length);
  });

  test('counts lines that end by LF, CR LF or CR, and over the edges of chunks', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const path = join(folder, 'lines.csv');
      const file = openSync(path, 'w');
      // Chunks of a file are of 64 KB.
      for (let line = 0; line < 10_000; line += 1) writeSync(file, `44,UK,${line}${end}`);
      writeSync(file, 'x'.repeat(MB));
      closeSync(file);
      expect(await readDeckFile(path, nothing())).toMatchObject({kind: 'refused', problem: {line: 10_001}});
    }
  });

  test('of 300,000 prefixes is imported in seconds, in bounded memory', async () => {
    const rows = Array.from(
      {length: 300_000},
      (_, place) => `${44_000_000 + place * 7},"Place ${place % 3_000}",0.0${place % 3_000},6/6\n`,
    );
    const text = `Prefix,Name,Rate,Increment\n${rows.join('')}`;
    const {value, seconds, grownMb} = await measured(() => importText(text));
    expect(value.kind).toBe('imported');
    expect(value.report.counts).toMatchObject({rows: 300_000, prefixes: 300_000, destinations: 3_000});
    // Under 3 s on an idle core of 2020.
    expect(seconds).toBeLessThan(30);
    expect(grownMb).toBeLessThan(600);
  });

  test('of more prefixes than a tariff has, or of patterns that mean millions, is left', async () => {
    const many = Array.from({length: 450_000}, (_, place) => `${44_000_000 + place},UK,0.01`);
    expect(errorsOf(importText(`${HEAD}${many.join('\n')}\n`))).toEqual(['400002:1 the file has more than 400,000 prefixes']);
    const row = '44[0-9][0-9][0-9][0-8],UK,0.01\n';
    const {value, seconds} = await measured(() => importText(HEAD + row.repeat(100_000)));
    expect(errorsOf(value)).toHaveLength(1);
    expect(errorsOf(value)[0]).toMatch(/the file has more than 1,600,000 prefixes, repeated ones included$/);
    expect(seconds).toBeLessThan(30);
  });

  test('whose every row is wrong keeps the first hundred errors, and counts the rest', () => {
    const {report} = importText(`${HEAD}44,UK,0.01\n${'020,London,0.02\n'.repeat(5_000)}`);
    expect(report.errors).toHaveLength(100);
    expect(report.errorCount).toBe(5_000);
  });

  test.for([
    [`initial ${'initial '.repeat(30_000)}`, '44'],
    ['Prefix', `${'44 '.repeat(60_000)}`],
    ['Prefix', `${'['.repeat(200_000)}`],
    ['Prefix', `${'4-'.repeat(100_000)}`],
    ['Prefix', `${'1x'.repeat(100_000)}`],
    ['Prefix', `${';'.repeat(200_000)}44`],
    ['Rate', `${'1.'.repeat(100_000)}`],
    ['Rate', `${'1,111'.repeat(50_000)}`],
    ['Effective date', `${'1-'.repeat(100_000)}`],
  ] as const)('with the heading %.20s and the value %.20s is read in no time', async ([heading, value]) => {
    const others = ['Prefix', 'Name', 'Rate', 'Effective date'].filter((one) => one !== heading);
    const values: Readonly<Record<string, string>> = {Prefix: '44', Name: 'UK', Rate: '0.01', 'Effective date': '2026-01-01'};
    const rows = [[heading, ...others], ...[1, 2, 3].map(() => [value, ...others.map((one) => values[one])])];
    const text = rows.map((row) => row.map((cell) => `"${cell ?? ''}"`).join(',')).join('\n');
    const {seconds} = await measured(() => importText(text));
    expect(seconds).toBeLessThan(5);
  });

  test('with a stray quote in a name is read all the same', () => {
    const rows = Array.from({length: 20_000}, (_, place) => `${44_000_000 + place},Place "${place},0.01`);
    const outcome = importText(`${HEAD}${rows.join('\n')}\n`);
    expect(outcome.report.counts.prefixes).toBe(20_000);
    expect(listOf(imported(`${HEAD}44,5" UK,0.01\n33,"A ""b""",0.02\n`))).toEqual(['33: 0.02 60/60 A "b"', '44: 0.01 60/60 5" UK']);
  });

  test('of whatever bytes gives a tariff or errors, and never fails', () => {
    const parts = constantFrom(
      'Prefix',
      'Rate',
      'Name',
      ',',
      ';',
      '"',
      '\n',
      '44',
      '0.01',
      '+',
      '\uFEFF',
      '# spbs-tariff/1 {',
      '}',
      '\0',
      'sep=;\n',
      '[1-9]',
      "'",
      '\r',
    );
    assert(
      property(
        oneof(
          uint8Array({maxLength: 300}),
          array(oneof(parts, string({maxLength: 5})), {maxLength: 60}).map((all) => Buffer.from(all.join(''))),
        ),
        (bytes) => {
          const outcome = importText(bytes, {takesUnsure: true});
          expect(outcome.kind === 'imported' || outcome.report.errorCount > 0).toBe(true);
        },
      ),
    );
  });
});
