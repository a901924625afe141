// Files that somebody made to harm: each ends as a problem with a place, in bounded time and memory; none is thrown.
import {anything, array, assert, constantFrom, integer, nat, property, string, uint8Array} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {stringify} from 'yaml';
import {canonicalText} from '../../../shared/tariff/canonical.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {price} from '../../../shared/tariff/price.ts';
import {LONGEST_TARIFF_TEXT, readTariff, readTariffBytes, type TariffReading} from '../../../shared/tariff/read.ts';
import {tariffSchema} from '../../../shared/tariff/tariff.ts';
import {generateTariff} from '../../simulator/tariff.ts';
import {size} from '../../tiers.ts';
import {tariffs} from './arbitrary-tariff.ts';
import {callOf, compiled, read, tariffOf} from './tariffs.ts';

function first(reading: TariffReading): string {
  const [problem] = reading.kind === 'invalid' ? reading.problems : [];
  return problem === undefined ? reading.kind : `${problem.line}:${problem.column} ${problem.what}`;
}

const GOOD = stringify(tariffOf());

/** Work of this process since it began: what else the machine does takes nobody's time here. */
function workMs(): number {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1_000;
}

describe('bytes that are no text', () => {
  test.for([
    ['nothing', Buffer.alloc(0), '1:1 the file is empty'],
    ['only a byte order mark', Buffer.from('\uFEFF'), '1:1 the file is empty'],
    ['only spaces', Buffer.from(' \n\t\n '), '1:1 the file is empty'],
    ['UTF-16, little end first', Buffer.from(`\uFEFF${GOOD}`, 'utf16le'), '1:1 the file is UTF-16'],
    ['UTF-16, big end first', Buffer.from(`\uFEFF${GOOD}`, 'utf16le').swap16(), '1:1 the file is UTF-16'],
    ['UTF-16 without a mark', Buffer.from(GOOD, 'utf16le'), '1:2 the file contains a NUL byte'],
    ['a NUL', Buffer.from('format: spbs-tariff/1\nname: a\0b\n'), '2:8 the file contains a NUL byte'],
    ['Latin-1', Buffer.from('format: spbs-tariff/1\nname: Sal\xF3n\n', 'latin1'), '2:10 the file is not UTF-8 from here on'],
    [
      'half a character at the end',
      Buffer.concat([Buffer.from('name: '), Buffer.from([0xe2, 0x82])]),
      '1:7 the file is not UTF-8 from here on',
    ],
    ['an image', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), '1:1 the file is not UTF-8 from here on'],
    ['a byte too many', Buffer.alloc(LONGEST_TARIFF_TEXT + 1, 'a'), '1:1 the file is longer than 32 MB'],
  ] as const)('%s', ([, bytes, expected]) => {
    expect(first(readTariffBytes(bytes))).toBe(expected);
  });
});

describe('YAML and JSON that are no tariff', () => {
  const noMap = '1:1 the file is not a tariff: it must be a map with format, name, currency …';
  const tooDeep = (place: string): string => `${place} the file is nested too deeply here`;
  const tooMuch = (place: string): string => `${place} the file has more than 2500000 words and signs`;
  /** A list in a map, each level a column further in. */
  const stairs = (levels: number): string =>
    Array.from({length: levels}, (_, place) => `${' '.repeat(place)}a:\n${' '.repeat(place)}-`).join('\n');

  test.for([
    ['a word', (): string => 'hello', noMap],
    ['a list', (): string => '- a\n- b\n', noMap],
    ['only a comment', (): string => '# nothing\n', noMap],
    [
      'two documents',
      (): string => 'name: a\n---\nname: b\n',
      '2:1 Source contains multiple documents; please use YAML.parseAllDocuments()',
    ],
    ['an alias', (): string => 'a: &a [x]\nb: *a\n', '2:4 the file uses an alias (*name)'],
    ['the billion laughs', (): string => 'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n', '2:8 the file uses an alias (*name)'],
    ['a merge', (): string => 'a: &a {x: y}\nb:\n  <<: *a\n', '3:7 the file uses an alias (*name)'],
    ['a key that is a list', (): string => '? [a, b]\n: c\n', '1:3 With stringKeys, all keys must be strings'],
    ['a tag that makes code elsewhere', (): string => 'name: !!js/function "f"\n', '1:1 format is missing'],
    ['a key twice', (): string => 'name: a\nname: b\n', '2:1 “name” stands here twice (line 1)'],
    ['tabs', (): string => 'rates:\n\t- a\n', '2:1 Tabs are not allowed as indentation'],
    ['cut JSON', (): string => '{"format": "spbs-tariff/1", "name": ', '1:37 Flow map must end with a }'],
    ['an open quote', (): string => 'name: "Hall\n', '2:1 Missing closing "quote'],
    ['JSON nested deeply', (): string => '{"a":'.repeat(100_000), tooDeep('1:81')],
    ['brackets', (): string => '['.repeat(10_000_000), tooDeep('1:17')],
    ['braces', (): string => '{a: '.repeat(1_000_000), tooDeep('1:65')],
    ['lists in lists, without brackets', (): string => '- '.repeat(100_000), tooDeep('1:33')],
    ['lists in lists within a bracket', (): string => `[${'- '.repeat(100_000)}`, tooDeep('1:34')],
    ['and on lines of their own', (): string => `[\n${'-\n'.repeat(100_000)}`, tooDeep('18:1')],
    ['keys in keys, without brackets', (): string => '? '.repeat(100_000), tooDeep('1:33')],
    ['values in values', (): string => 'a: '.repeat(100_000), tooDeep('1:50')],
    ['stairs', (): string => stairs(1_000), tooDeep('123:62')],
    ['a few stairs', (): string => stairs(60), '1:1 format is missing'],
    ['a list that never ends', (): string => `a: [${'b,'.repeat(10_000_000)}`, tooMuch('1:2500001')],
    ['lines that never end', (): string => '\n#'.repeat(10_000_000), tooMuch('1250001:2')],
    ['one huge line', (): string => `name: ${'a'.repeat(20_000_000)}\n`, '1:1 format is missing'],
    ['one huge number', (): string => `name: ${'1'.repeat(20_000_000)}\n`, '1:1 format is missing'],
    ['a prototype', (): string => '{"__proto__": {"x": 1}, "constructor": 1, "toString": 1}', '1:1 format is missing'],
  ] as const)('%s', ([, make, expected]) => {
    const text = make();
    const started = workMs();
    const reading = readTariffBytes(Buffer.from(text));
    expect(reading.kind).toBe('invalid');
    expect(reading.kind === 'invalid' && reading.problems.length).toBeLessThanOrEqual(101);
    expect(first(reading)).toBe(expected);
    // Each takes some tenths of a second.
    expect(workMs() - started).toBeLessThan(15_000);
  });

  test('the problems of 50,000 keys are found in a second, not in minutes', () => {
    const keys = Array.from({length: 50_000}, (_, place) => `k${place}: a\n`).join('');
    const started = workMs();
    expect(first(readTariff(keys))).toBe('1:1 format is missing');
    expect(first(readTariff(`${keys}k7: b\n`))).toBe('50001:1 “k7” stands here twice (line 8)');
    expect(workMs() - started).toBeLessThan(15_000);
  });

  test('of many problems the first hundred are told, and how many more there are', () => {
    const reading = read(
      tariffOf({}, {destinations: [{name: 'a', rate: 'one', prefixes: Array.from({length: 5_000}, (_, place) => `0${place}`)}]}),
    );
    const problems = reading.kind === 'invalid' ? reading.problems : [];
    expect(problems.length).toBe(101);
    expect(problems.at(-1)?.what).toBe('there are 4900 more problems');
  });
});

describe('tariffs that are too large', () => {
  test('400,000 prefixes of 15 digits fit the index', () => {
    // The worst there is for a trie: six digits that all differ, then nine that nobody shares.
    const worst = Array.from(
      {length: 400_000},
      (_, place) => `${100_000 + place}${String((place * 7_919) % 1_000_000_000).padStart(9, '0')}`,
    );
    const source = tariffOf({}, {destinations: [{name: 'a', rate: 'one', prefixes: worst}]});
    const reading = readTariff(canonicalText(tariffSchema.parse(source)));
    if (reading.kind === 'invalid') throw new Error(first(reading));
    const tariff = compileTariff(reading.tariff, reading.hash);
    expect(tariff.index.prefixes).toBe(400_000);
    // A node is 8 bytes.
    expect(tariff.index.nodes.byteLength + tariff.index.values.byteLength).toBeLessThan(34 * 1024 * 1024);
    for (const place of [0, 1, 99_999, 399_999]) {
      expect(price(callOf(60, {number: worst[place] ?? ''}), tariff)).toMatchObject({
        kind: 'priced',
        working: {prefix: `+${worst[place] ?? ''}`},
      });
    }
  });

  test('one more does not pass, in however many destinations', () => {
    const some = (count: number, from: number): string[] => Array.from({length: count}, (_, place) => String(from + place));
    const destinations = [
      {name: 'a', rate: 'one', prefixes: some(200_000, 1_000_000)},
      {name: 'b', rate: 'one', prefixes: some(200_001, 2_000_000)},
    ];
    expect(first(read(tariffOf({}, {destinations})))).toMatch(/there are 400001 prefixes; a tariff has at most 400000$/);
  });

  test('a deck of 300,000 prefixes (30,000 in the quick run) is read and compiled in bounded time and memory', () => {
    const prefixes = size() === 'quick' ? 30_000 : 300_000;
    const text = stringify(generateTariff({prefixes, seed: 1, currency: 'GBP', zone: 'Europe/London'}));
    const before = process.memoryUsage();
    const started = workMs();
    const reading = readTariff(text);
    const read = workMs();
    if (reading.kind === 'invalid') throw new Error(first(reading));
    const again = readTariff(reading.canonical);
    const canonical = workMs();
    const tariff = compileTariff(reading.tariff, reading.hash);
    const compiledAt = workMs();
    expect(again).toEqual(reading);
    expect(tariff.index.prefixes).toBe(prefixes);
    // Measured alone on two cores: 3 s, 0.4 s and 0.2 s; the bounds leave room for a slower machine.
    expect(read - started).toBeLessThan(30_000);
    expect(canonical - read).toBeLessThan(8_000);
    expect(compiledAt - canonical).toBeLessThan(5_000);
    expect(tariff.index.nodes.byteLength + tariff.index.values.byteLength).toBeLessThan(16 * 1024 * 1024);
    expect(process.memoryUsage().rss - before.rss).toBeLessThan(1_500 * 1024 * 1024);
  });
});

describe('whatever a file holds', () => {
  test('random text and bytes are refused with a place, and nothing throws', () => {
    assert(
      property(string({unit: 'binary', maxLength: 200}), uint8Array({maxLength: 200}), (text, bytes) => {
        for (const reading of [readTariff(text), readTariffBytes(bytes)]) expect(first(reading)).toMatch(/^\d+:\d+ ./);
      }),
    );
  });

  test('values of the wrong kind anywhere in a good one are refused or read, and nothing throws', () => {
    assert(
      property(tariffs, anything({withNullPrototype: false}), nat(), array(nat(20), {maxLength: 6}), (source, value, seed, path) => {
        const copy = structuredClone(source) as unknown as Record<string, unknown>;
        plant(copy, value, [seed, ...path]);
        const text = textOf(copy);
        const reading = readTariff(text);
        expect(reading.kind === 'tariff' || reading.problems.every(({line, column}) => line >= 1 && column >= 1)).toBe(true);
      }),
    );
  });

  test('a good file with a flipped, cut or doubled piece never throws, and what is read compiles', () => {
    assert(
      property(
        tariffs,
        nat(),
        integer({min: 0, max: 20}),
        constantFrom('', '\n', ' ', '"', '[', '}', ':', '-', '9', '\u0000', '&a ', '*a', '!!x '),
        (source, at, length, put) => {
          const text = stringify(source);
          const from = at % text.length;
          const broken = text.slice(0, from) + put + text.slice(from + length);
          const reading = readTariff(broken);
          const hash = reading.kind === 'tariff' ? compileTariff(reading.tariff, reading.hash).hash : first(reading);
          expect(hash).toMatch(/^[0-9a-f]{64}$|^\d+:\d+ /);
        },
      ),
    );
  });

  test('whatever is read prices any number and any duration without a fault', () => {
    assert(
      property(
        tariffs,
        string({unit: 'binary-ascii', maxLength: 20}),
        integer({min: 0, max: Number.MAX_SAFE_INTEGER}),
        (source, number, durationSeconds) => {
          const {kind} = price(callOf(durationSeconds, {number, acceptsCatchAll: true}), compiled(source));
          expect(['priced', 'no-destination', 'duration-implausible']).toContain(kind);
        },
      ),
    );
  });
});

/** Puts a value somewhere into nested lists and maps: each number of the path chooses among what is there. */
function plant(into: Record<string, unknown>, value: unknown, [here = 0, ...path]: readonly number[]): void {
  const keys = Object.keys(into);
  const key = keys[here % Math.max(1, keys.length)] ?? 'new';
  const inner = into[key];
  if (path.length > 0 && typeof inner === 'object' && inner !== null) plant(inner as Record<string, unknown>, value, path);
  else into[key] = value;
}

/** JSON of what has one: not of functions, symbols and big integers, which no file holds. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return 'not JSON';
  }
}
