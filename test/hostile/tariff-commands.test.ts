// Tariffs that nobody should have sent, through `spbs` itself: what is said, where, the exit code, and the most memory it took.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createWriteStream, readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {fileURLToPath} from 'node:url';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {tariffSchema} from '../../shared/tariff/tariff.ts';
import {tariffYaml} from '../../shared/tariff/yaml-text.ts';
import {temporaryFolder} from '../core/temporary-store.ts';
import {generateTariff} from '../simulator/tariff.ts';

const SPBS = fileURLToPath(new URL('../../dist/provisioning/spbs.js', import.meta.url));
const MB = 1024 * 1024;
const GIGABYTE = 1024 * MB;
/** `spbs --version` takes 42 MB; a tariff of 32 MB, and what Node keeps beside it, another hundred. */
const SMALL = 250;
/** 300,000 prefixes as YAML, with the place of every word: measured 608. */
const LARGE = 1_000;
/** Some seconds on a machine that does nothing else. */
const PATIENT = 120_000;
/** For `process.on('exit')` of the command itself: resident memory at its most, in KB. */
const PEAK = `process.on('exit', () => require('node:fs').writeFileSync(process.env.SPBS_PEAK, String(process.resourceUsage().maxRSS)));`;

let folder: string;
let remove: () => void;
beforeEach(() => {
  ({folder, remove} = temporaryFolder());
  writeFileSync(join(folder, 'peak.cjs'), PEAK);
});
afterEach(() => {
  remove();
});

type Said = {readonly code: number; readonly out: string; readonly err: string; readonly peakMb: number};

/** What is sent `to` the command, to its standard input if nowhere else, is as much as it takes. */
async function spbs(words: readonly string[], sent?: {readonly what: Readable; readonly to?: string}): Promise<Said> {
  const peak = join(folder, 'peak');
  const child = spawn(process.execPath, ['--require', join(folder, 'peak.cjs'), SPBS, ...words], {
    cwd: folder,
    env: {...process.env, SPBS_PEAK: peak},
  });
  const said = {out: '', err: ''};
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  const closed = once(child, 'close') as Promise<[number]>;
  // A command that has seen enough closes its end.
  const sink = sent?.to === undefined ? child.stdin : createWriteStream(join(folder, sent.to));
  await pipeline(sent?.what ?? Readable.from([]), sink).catch(() => undefined);
  child.stdin.destroy();
  const [code] = await closed;
  return {code, ...said, peakMb: Number(readFileSync(peak, 'utf8')) / 1024};
}

function put(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}

/** A line of letters without end, in chunks of a megabyte. */
function endless(): Readable {
  const chunk = Buffer.alloc(MB, 'a');
  return Readable.from(
    (function* chunks() {
      for (let sent = 0; sent < GIGABYTE; sent += MB) yield chunk;
    })(),
  );
}

const GOOD = `format: spbs-tariff/1
name: Hall
currency: GBP
zone: Europe/London
rounding: {mode: half-up, decimals: 2}
prices: gross
rates:
  - name: one
    initialSeconds: 0
    nextSeconds: 1
    perMinute: 0.60
destinations:
  - {name: Britain, rate: one, prefixes: ["44"]}
`;

function changed(from: string, to: string): string {
  expect(GOOD.split(from).length).toBe(2);
  return GOOD.replace(from, to);
}

describe('spbs tariff check', () => {
  const forty = '4'.repeat(40);

  test.for([
    ['an empty file', '', '1:1 the file is empty'],
    ['a byte order mark and nothing else', '\uFEFF', '1:1 the file is empty'],
    ['UTF-16', Buffer.from(`\uFEFF${GOOD}`, 'utf16le'), '1:1 the file is UTF-16'],
    ['UTF-16 without a mark', Buffer.from(GOOD, 'utf16le'), '1:2 the file contains a NUL byte'],
    ['a NUL', `${GOOD}# a\0b\n`, '14:4 the file contains a NUL byte'],
    ['a prefix of 40 digits', changed('"44"', `"${forty}"`), `13:43 the prefix “${'4'.repeat(20)}”… has 40 digits`],
    ['a negative rate', changed('0.60', '-0.60'), '11:5 the price a minute is negative; it must be 0 or more'],
    ['an unknown zone', changed('Europe/London', 'Europe/Lundon'), '4:1 zone is not a known time zone; write one such as Europe/London'],
    ['a line of 20 MB', `name: ${'a'.repeat(20 * MB)}\n`, '1:1 format is missing'],
  ] as const)('of %s', async ([, content, problem]) => {
    put('bad.yaml', content);
    const {code, out, err, peakMb} = await spbs(['tariff', 'check', 'bad.yaml']);
    expect({code, err}).toEqual({code: 1, err: ''});
    expect(out).toMatch(/^bad\.yaml:/);
    expect(out).toContain(`bad.yaml:${problem} → `);
    expect(out).toMatch(/\nbad\.yaml cannot be used: (?:one problem|\d+ problems)\.\n$/);
    expect(peakMb).toBeLessThan(SMALL);
  });

  test('of a good one that begins with a byte order mark', async () => {
    put('good.yaml', `\uFEFF${GOOD}`);
    expect(await spbs(['tariff', 'check', 'good.yaml'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('is a good tariff') as string,
    });
  });

  test('of 300,000 prefixes, and the price of a call by them', {timeout: PATIENT}, async () => {
    const source = generateTariff({prefixes: 300_000, seed: 1, currency: 'GBP', zone: 'Europe/London'});
    put('large.yaml', tariffYaml(tariffSchema.parse(source)));
    const checked = await spbs(['tariff', 'check', 'large.yaml']);
    expect(checked.code).toBe(0);
    expect(checked.out).toMatch(/prefixes {6}300,000/);
    expect(checked.peakMb).toBeLessThan(LARGE);
    const rated = await spbs(['rate', '--tariff', 'large.yaml', '--country', 'GB', '--json', '020 7946 0000', '60']);
    expect(rated).toMatchObject({code: 0, out: expect.stringContaining('"prefix":"4420') as string});
    expect(rated.peakMb).toBeLessThan(LARGE);
  });

  test('of a line of a gigabyte, from a file and from a pipe, reads 32 MB of it', async () => {
    put('giga.yaml', '');
    truncateSync(join(folder, 'giga.yaml'), GIGABYTE);
    const problem = ':1:1 the file is longer than 32 MB → Check that it is a tariff; split it if it is.\n';
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const [path, sent] of [['giga.yaml'], ['pipe', {what: endless(), to: 'pipe'}]] as const) {
      const {code, out, peakMb} = await spbs(['tariff', 'check', path], sent);
      expect({code, first: out.slice(0, path.length + problem.length)}).toEqual({code: 1, first: path + problem});
      expect(peakMb).toBeLessThan(SMALL);
    }
    for (const words of [
      ['rate', '--tariff', 'giga.yaml', '+442079460000', '60'],
      ['tariff', 'diff', 'giga.yaml', 'giga.yaml'],
      ['tariff', 'export', 'giga.yaml', '--csv'],
    ]) {
      const {code, out, err, peakMb} = await spbs(words);
      expect({code, out}).toEqual({code: 3, out: ''});
      expect(err).toMatch(/^error\[tariff\.invalid\]: giga\.yaml:1:1 the file is longer than 32 MB\n {2}do: {2}spbs tariff check/);
      expect(peakMb).toBeLessThan(SMALL);
    }
  });
});

describe('spbs tariff import', () => {
  const HEAD = 'Prefix,Name,Rate,Increment\n';
  const utf16 = Buffer.from(`\uFEFF${HEAD}44,UK,0.01,1\n`, 'utf16le');

  test.for([
    ['an empty file', '', '1:1 the file is empty → '],
    ['a byte order mark and nothing else', '\uFEFF', '1:1 the file is empty → '],
    ['headings only', HEAD, '1:1 the file has no rows with a price → '],
    ['a NUL', `${HEAD}44,U\0K,0.01,1\n`, '2:5 the file contains a NUL byte → '],
    ['a prefix of 40 digits', `${HEAD}${'4'.repeat(40)},UK,0.01,1\n`, `2:1 “Prefix” the prefix “${'4'.repeat(30)}…” has 40 digits → `],
    ['a negative rate', `${HEAD}44,UK,-0.01,1\n`, '2:3 “Rate” the price “-0.01” is negative → A price is 0 or more.'],
  ] as const)('of %s', async ([, content, problem]) => {
    put('bad.csv', content);
    const {code, out, err, peakMb} = await spbs(['tariff', 'import', 'bad.csv', '-o', 'never.yaml', '--currency', 'GBP']);
    expect({code, err}).toEqual({code: 1, err: ''});
    expect(out).toContain(`bad.csv:${problem}`);
    expect(out).toMatch(/bad\.csv was not imported/);
    expect(peakMb).toBeLessThan(SMALL);
  });

  test('of an unknown zone is wrong usage', async () => {
    put('good.csv', `${HEAD}44,UK,0.01,1\n`);
    const {code, err} = await spbs(['tariff', 'import', 'good.csv', '--currency', 'GBP', '--zone', 'Europe/Lundon']);
    expect({code, err}).toEqual({code: 2, err: expect.stringContaining('--zone Europe/Lundon is no time zone') as string});
  });

  test('of UTF-16, and of UTF-8 with a mark, reads it', async () => {
    for (const content of [utf16, Buffer.from(`\uFEFF${HEAD}44,UK,0.01,1\n`)]) {
      put('good.csv', content);
      expect(await spbs(['tariff', 'import', 'good.csv', '-o', 'good.yaml', '--currency', 'GBP'])).toMatchObject({code: 0, err: ''});
    }
  });

  test('of a line of a gigabyte, from a file and from a pipe, reads a quarter of a megabyte of it', async () => {
    put('giga.csv', '');
    truncateSync(join(folder, 'giga.csv'), GIGABYTE);
    for (const [path, sent] of [['giga.csv'], ['-', {what: endless()}]] as const) {
      const {code, out, peakMb} = await spbs(['tariff', 'import', path], sent);
      expect({code, out}).toEqual({
        code: 1,
        out: `${path}:1:1 the line is longer than 256 KB → Check that this is a CSV file.\n\n${path} was not imported.\n`,
      });
      expect(peakMb).toBeLessThan(SMALL);
    }
  });

  test('of 300,000 prefixes writes a tariff that is good', {timeout: PATIENT}, async () => {
    const rows = Array.from(
      {length: 300_000},
      (_, place) => `${44_000_000 + place * 7},"Place ${place % 3_000}",0.0${place % 3_000},6/6\n`,
    );
    put('large.csv', HEAD + rows.join(''));
    const imported = await spbs(['tariff', 'import', 'large.csv', '-o', 'large.json', '--currency', 'GBP']);
    expect(imported.code).toBe(0);
    expect(imported.out).toContain('300,000  prefixes in 3,000 destinations');
    expect(imported.peakMb).toBeLessThan(LARGE);
    const checked = await spbs(['tariff', 'check', 'large.json', '--json']);
    expect({code: checked.code, prefixes: (JSON.parse(checked.out) as {prefixes: number}).prefixes}).toEqual({code: 0, prefixes: 300_000});
    expect(checked.peakMb).toBeLessThan(LARGE);
  });
});
