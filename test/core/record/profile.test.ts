// A profile is read whole or not at all, and says where it is wrong.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {describe, expect, test} from 'vitest';
import {loadProfile, readProfile, shippedProfiles} from '../../../edge/record/profile.ts';
import {patternProblem} from '../../../edge/record/pattern.ts';
import {durationReader, stampReader} from '../../../edge/record/picture.ts';
import {splitFields} from '../../../edge/record/csv.ts';
import {temporaryFolder} from '../temporary-store.ts';
import {failureOf} from '../failure-of.ts';

const sound = `format: spbs-profile/1
name: small
title: A small switchboard
family: small
evidence: {is: manual, source: this test}
encoding: latin1
answers: never
layouts:
  - name: one
    lengths: 40
    columns: {date: 1-5, time: 7-11, line: 13-16, number: 18-30, duration: 32-39}
kinds:
  who:
    - {is: line, match: '^\\d{1,4}$'}
parties:
  from: {field: line, as: who}
time: {is: start, from: [date, time], picture: 'MM/DD hh:mm'}
duration: {from: duration, picture: 'hh:mm:ss'}
answered:
  - {is: not-reported}
direction:
  - {when: {from: line}, is: outgoing}
calls:
  outgoing: {extension: from, dialled: number}
  incoming: {}
  internal: {}
sourceKey: [date, time, line, number, duration]
`;

/** `line:column: what` of every problem. */
function problemsOf(text: string): readonly string[] {
  const reading = readProfile(text, 'small.yaml');
  return reading.kind === 'invalid' ? reading.problems.map(({line, column, what}) => `${line}:${column}: ${what}`) : [];
}

describe('the shipped profiles', () => {
  test('are these', () => {
    expect(shippedProfiles()).toEqual(['asterisk-csv', 'mitel-mivoice']);
  });

  test.each(shippedProfiles())('%s is sound, is named like its file, and says on what evidence it stands', (name) => {
    const profile = loadProfile(name);
    expect(profile.name).toBe(name);
    expect(profile.evidence.source).not.toBe('');
  });
});

describe('a profile of a site', () => {
  test('is sound', () => expect(problemsOf(sound)).toEqual([]));

  test('is loaded by its path', () => {
    const {folder, remove} = temporaryFolder();
    try {
      const path = join(folder, 'small.yaml');
      writeFileSync(path, sound);
      expect(loadProfile(path).name).toBe('small');
      writeFileSync(path, sound.replace('answers: never', 'answers: perhaps'));
      const failure = failureOf(() => loadProfile(path));
      expect(failure.code).toBe('profile.invalid');
      expect(failure.message).toContain(`${path}:7:1: answers must be one of: always, sometimes, never`);
      expect(failureOf(() => loadProfile(join(folder, 'none.yaml'))).code).toBe('file.unreadable');
    } finally {
      remove();
    }
  });

  test('that there is not is told, with those that it may have meant', () => {
    const failure = failureOf(() => loadProfile('mitel-mivioce'));
    expect(failure.code).toBe('profile.unknown');
    expect(failure.cure).toContain('nearest first (mitel-mivoice, asterisk-csv)');
  });
});

describe('what is wrong is said with its place', () => {
  test.each([
    ['a word too many', 'answers: never', 'answers: never\nanswer: x', ['8:1: answer is not a word of a profile here']],
    ['a word missing', 'encoding: latin1\n', '', ['1:1: encoding is missing']],
    ['a wrong format', 'spbs-profile/1', 'spbs-profile/2', ['1:1: format must be spbs-profile/1']],
    [
      'columns that are none',
      'line: 13-16',
      'line: 16-13',
      ['11:38: line must be columns such as 8-16; the first number must not be the larger'],
    ],
    ['a column outside', 'duration: 32-39}', 'duration: 32-49}', ['11:66: duration ends behind the longest line, 40']],
    ['a column that there is not', 'dialled: number', 'dialled: numbr', ['24:31: dialled speaks of numbr, which no layout has']],
    [
      'a kind that there is not',
      'when: {from: line}',
      'when: {from: trunk}',
      ['22:13: from speaks of from/trunk; from is line, none, other'],
    ],
    ['a party of nothing', 'field: line', 'field: lin', ['16:10: field speaks of lin, which no layout has']],
    ['kinds that there are not', 'as: who', 'as: what', ['16:23: as speaks of what, which is not under kinds']],
    ['a picture of no time', "'MM/DD hh:mm'", "'MM/DD'", ['17:39: picture is no picture of a time']],
    ['a picture of no duration', "'hh:mm:ss'", "'long'", ['18:28: picture is no picture of a duration']],
    ['a pattern that could hang', "'^\\d{1,4}$'", "'^(\\d+)+$'", ['14:18: match may not repeat a group; it may make it optional with ?']],
    [
      'a layout without time',
      '  - name: one',
      '  - {name: other, csv: [date, line]}\n  - name: one',
      ['9:5: entry 1 of layouts has no time'],
    ],
    [
      'two layouts of one name',
      'kinds:',
      '  - {name: one, csv: [date, time, line, number, duration]}\nkinds:',
      ['12:6: name is used twice'],
    ],
    [
      'columns and fields at once',
      '    lengths: 40',
      '    lengths: 40\n    csv: [x]',
      ['9:5: entry 1 of layouts must have either columns and lengths, or csv'],
    ],
    [
      'a bracket too few',
      'lengths: 40',
      'lengths: [40',
      ['11:5: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['an alias', 'name: small', 'name: *small', ['2:7: the file uses an alias (*name)']],
  ])('%s', (_, from, to, expected) => {
    expect(problemsOf(sound.replace(from, () => to)).slice(0, 1)).toEqual(expected);
  });

  test.each([
    '',
    'x',
    '[]',
    '- a',
    '\0',
    '{',
    `${'['.repeat(20_000)}`,
    'a: '.repeat(5_000),
    `x: ${'y'.repeat(300_000)}`,
    '&a [*a, *a]',
    '__proto__: {}',
  ])('whatever the text: %#', (text) => expect(problemsOf(text)).not.toEqual([]));
});

describe('a pattern', () => {
  test.each([
    'CLOCK MALFUNCTION',
    '^Local/',
    '^(?:A|B)x?',
    '^\\d{1,7} +[A-Z]',
    '^[^]x]*$',
    '^(\\d{1,6})@[\\w-]{1,40}(?:,\\w{0,10})?$',
    '^a\\.b\\|c\\(d$',
  ])('%s is taken', (source) => expect(patternProblem(source)).toBeUndefined());

  test.each([
    '^(a+)+$',
    '^(a|a)*$',
    '^(\\w{1,5}){1,5}',
    '^a*b*$',
    '.*x.*',
    '^.{0,1000}.{0,1000}$',
    '^(a)\\1',
    '^(?=a)b',
    '^(?<!a)b',
    '^(?<n>a)\\k<n>',
    'a|b',
    '^\\u0041',
    '[',
    '(',
    `^${'a?'.repeat(30)}`,
    'a'.repeat(201),
  ])('%s is not', (source) => expect(patternProblem(source)).not.toBeUndefined());

  test('that is taken comes to an end on the worst of lines', () => {
    // Just below the limit, and a line that fits all but its end.
    const source = '^a{0,400}a{0,400}b$';
    expect(patternProblem(source)).toBeUndefined();
    const pattern = new RegExp(source);
    // Of its own work: what else the machine does is not its fault.
    const started = process.cpuUsage();
    expect(pattern.test('a'.repeat(8_192))).toBe(false);
    const {user, system} = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(500);
  });
});

describe('a picture of a time', () => {
  const stamp = (picture: string, text: string): unknown => {
    const read = stampReader(picture)?.(text);
    return read && [read.year, read.month, read.day, read.hour, read.minute, read.second];
  };
  test.each([
    ['YYYY-MM-DD hh:mm:ss', '2026-11-26 09:05:07', [2026, 11, 26, 9, 5, 7]],
    ['YYYYMMDD hh:mm:ss', '20261126 09:05:07', [2026, 11, 26, 9, 5, 7]],
    ['MMDDhhmmss', '1126090507', [undefined, 11, 26, 9, 5, 7]],
    ['DD.MM.YY hh:mm:ss', '10.04.19 23:19:06', [2019, 4, 10, 23, 19, 6]],
    ['DD/MM/YY hh:mm[p]', '04/12/20  1:04PM', [2020, 12, 4, 13, 4, 0]],
    ['DD/MM/YY hh:mm[p]', '04/12/20 12:04AM', [2020, 12, 4, 0, 4, 0]],
    ['MM/DD/YY hh:mm', '01/01/70 00:00', [1970, 1, 1, 0, 0, 0]],
    ['MM/DD hh:mm[:ss][p]', '11/26 09:05', [undefined, 11, 26, 9, 5, 0]],
    ['MM/DD hh:mm[:ss][p]', '11/26 09:05:07', [undefined, 11, 26, 9, 5, 7]],
    ['MM/DD hh:mm[:ss][p]', '11/26 9:05P', [undefined, 11, 26, 21, 5, 0]],
    ['MM/DD hh:mm', '11/26 09:05:07', undefined],
    ['MM/DD hh:mm', '11-26 09:05', undefined],
    ['YYYY-MM-DD hh:mm:ss', '2026-11-26T09:05:07', undefined],
    ['hh:mm', '09:05', undefined],
  ])('%s reads %s', (picture, text, expected) => expect(stamp(picture, text)).toEqual(expected));
});

describe('a picture of a duration', () => {
  test.each([
    ['hh:mm:ss', '01:02:03', 3_723],
    ['h*:mm:ss', '9999:59:59', 35_999_999],
    ['hh:mm:ss', '01:62:03', undefined],
    ['hh:mm:ss', '1:02:03', undefined],
    ["hh:mm'ss", "00:12'34", 754],
    ["m*'ss", "0'20", 20],
    ['hh:mm\'ss"', '00:02\'35"', 155],
    ['hhHmmMss', '00H05M07', 307],
    ['mm:ss', '75:10', 4_510],
    ['s*', '183', 183],
    ['s*', '', undefined],
    // Avaya: an hour, minutes, tenths of a minute.
    ['hmmt', '0125', 12 * 60 + 30],
    ['hmmt', '1000', 3_600],
    // Toshiba: tenths of a second, rounded up.
    ['hh:mm:ss.f', '00:00:10.1', 11],
    ['hh:mm:ss.f', '00:00:10.0', 10],
  ])('%s reads %s', (picture, text, seconds) => expect(durationReader(picture)?.(text)).toBe(seconds));

  test.each(['', 'long', '[', 'hh:mm]', '[[s*]]'])('%j is none', (picture) => expect(durationReader(picture)).toBeUndefined());
});

describe('comma-separated fields', () => {
  test.each([
    ['a,b,,c', ['a', 'b', '', 'c']],
    ['', ['']],
    [',', ['', '']],
    ['"a,b","c ""d"" e",""', ['a,b', 'c "d" e', '']],
    ['""""" <7001>",1', ['"" <7001>', '1']],
    ['"a" ,b', ['a ', 'b']],
    ['a"b,c', ['a"b', 'c']],
    ['"a', undefined],
    ['a,"b""', undefined],
  ])('%s', (line, fields) => expect(splitFields(line, ',')).toEqual(fields));

  test('may be separated by something else', () => expect(splitFields('a;"b;c";', ';')).toEqual(['a', 'b;c', '']));
  test('of a hostile line are not without end', () => expect(splitFields(','.repeat(8_000), ',')).toHaveLength(400));
});
