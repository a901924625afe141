// Options declared once: read from a file and the environment, explained, and written as a template.
import {anything, assert, constantFrom, property, record, string} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {z} from 'zod';
import {EDGE_OPTIONS} from '../../../edge/config/options.ts';
import {nearest} from '../../../shared/option/nearest.ts';
import {declare, helpText, readOptions, templateText, variableOf, type Declarations, type Reading} from '../../../shared/option/option.ts';

const DECLARED = declare({
  site: {schema: z.string().min(1), help: 'name of the site', restart: true},
  'console.port': {schema: z.int().min(0).max(65_535), default: 8_480, help: 'port of the control panel', restart: true},
  'console.host': {schema: z.string(), default: '127.0.0.1', help: 'address of the control panel', restart: true},
  'log.level': {schema: z.enum(['info', 'warn']), default: 'info', help: 'what is logged', restart: false},
  secret: {schema: z.string().optional(), help: 'a password', restart: true, example: 'abc'},
  lines: {schema: z.array(z.strictObject({name: z.string()})), default: [], help: 'the lines', restart: true},
});

function read(text: string, environment: Readonly<Record<string, string>> = {}): Reading<typeof DECLARED> {
  return readOptions(DECLARED, {name: 'box.yaml', text}, environment);
}

/** `where what` of each problem. */
function problems(reading: Reading<Declarations>): readonly string[] {
  return reading.kind === 'values' ? [] : reading.problems.map(({where, what}) => `${where}: ${what}`);
}

function values(reading: Reading<typeof DECLARED>): Readonly<Record<string, unknown>> {
  if (reading.kind === 'invalid') throw new Error(problems(reading).join('\n'));
  return reading.values;
}

describe('the file', () => {
  test('sets what it names, as sections or with dots; the rest has its default', () => {
    const expected = {
      site: 'hall',
      'console.port': 1,
      'console.host': '127.0.0.1',
      'log.level': 'info',
      secret: undefined,
      lines: [],
    };
    expect(values(read('site: hall\nconsole: {port: 1}\n'))).toEqual(expected);
    expect(values(read('site: hall\nconsole:\n  port: 1\n'))).toEqual(expected);
    expect(values(read('site: hall\nconsole.port: 1\n'))).toEqual(expected);
    expect(values(read('{"site": "hall", "console.port": 1}'))).toEqual(expected);
  });

  test.for([
    ['site: hall\nconsole: {prot: 1}', ['box.yaml:2:17: unknown option console.prot, did you mean console.port?']],
    ['site: hall\nlog:\n  levle: warn', ['box.yaml:3:10: unknown option log.levle, did you mean log.level?']],
    ['sites: hall', ['box.yaml:1:8: unknown option sites, did you mean site?', 'site: is missing: set it in the file or by SPBS_SITE']],
    ['site: hall\nport: 1', ['box.yaml:2:7: unknown option port, did you mean console.port?']],
    ['site: hall\nquite.another: 1', ['box.yaml:2:16: unknown option quite.another']],
    ['site: hall\nconsole.port: 70000', [expect.stringMatching(/^box\.yaml:2:15 console\.port: Too big/)]],
    ['site: hall\nconsole.port: http', [expect.stringMatching(/^box\.yaml:2:15 console\.port: Invalid input/)]],
    ['site: hall\nlines: [{name: 1}]', [expect.stringMatching(/^box\.yaml:2:8 lines\.0\.name: Invalid input/)]],
    [
      'site: hall\nlines: [{nam: a}]',
      [expect.stringContaining('box.yaml:2:8 lines.0.name'), expect.stringContaining('Unrecognized key: "nam"')],
    ],
    ['site: hall\nconsole: 1', ['box.yaml console: must be a section of named options']],
    ['- site', ['box.yaml: must be a section of named options']],
    ['hello', ['box.yaml: must be a section of named options']],
    ['site: hall\nconsole: {port: 1}\nconsole.port: 2', ['box.yaml:3:15: console.port is set twice']],
    ['', ['site: is missing: set it in the file or by SPBS_SITE']],
    ['site: "hall', [expect.stringMatching(/^box\.yaml:1:\d+: Missing closing "quote/)]],
    ['site: a\nsite: b', [expect.stringMatching(/^box\.yaml:2:1: Map keys must be unique/)]],
    [
      'site: hall\na: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c, *c]',
      [expect.stringContaining('grows too large by its aliases')],
    ],
  ] as const)('%s', ([text, expected]) => {
    const found = problems(read(text));
    expect(found.slice(0, expected.length)).toEqual(expected);
    expect(found.length).toBeGreaterThan(0);
  });

  test('all problems are told at once', () => {
    expect(problems(read('conosle.port: x\nlog.level: loud\n')).length).toBe(3);
  });
});

describe('the environment', () => {
  test('overrides the file', () => {
    expect(values(read('site: hall\nconsole.port: 1', {SPBS_CONSOLE_PORT: '2', SPBS_LOG_LEVEL: 'warn'}))).toMatchObject({
      'console.port': 2,
      'log.level': 'warn',
    });
  });

  test('may give everything', () => {
    expect(values(read('', {SPBS_SITE: 'hall', SPBS_LINES: '[{name: a}]'}))).toMatchObject({site: 'hall', lines: [{name: 'a'}]});
  });

  test.for([
    '0123',
    '12345',
    'true',
    'null',
    'yes: no',
    '[x',
    '"',
    '- a',
    '#1',
    '{}',
    'plain words',
    '0x1F',
    '1e5',
    '*a',
    '&a',
    '!x',
    'abc #1',
    'a: b: c',
    '%a',
    '@',
    '"half',
  ])('a password “%s” is the word it is', (word) => {
    expect(values(read('site: hall', {SPBS_SECRET: word}))).toMatchObject({secret: word});
  });

  test('problems name the variable', () => {
    expect(problems(read('site: hall', {SPBS_CONSOLE_PORT: 'http'}))).toEqual([
      expect.stringMatching(/^SPBS_CONSOLE_PORT console\.port: Invalid input/),
    ]);
  });

  test('other variables are nobody’s business', () => {
    expect(values(read('site: hall', {SPBS_RIG_DIR: 'x', PATH: '/bin', HOME: '/'}))).toMatchObject({site: 'hall'});
  });
});

describe('the help', () => {
  test('names every option, its default, its variable, and whether it takes effect at once', () => {
    const text = helpText(DECLARED);
    for (const key of Object.keys(DECLARED)) expect(text).toContain(`\n  ${key} `.trimStart());
    expect(text).toContain('console.port  port of the control panel (default 8480)\n                SPBS_CONSOLE_PORT');
    expect(text).toContain('SPBS_LOG_LEVEL, takes effect at once');
    expect(text).not.toContain('SPBS_SITE, takes effect at once');
  });

  test('no two options of the box share a variable', () => {
    const variables = Object.keys(EDGE_OPTIONS).map(variableOf);
    expect(new Set(variables).size).toBe(variables.length);
    expect(variables.every((name) => /^SPBS_[A-Z0-9_]+$/.test(name))).toBe(true);
  });
});

describe('the template', () => {
  const complete = (text: string): string => text.replace('site: ""', 'site: "hall"');

  test.for([
    ['of these options', DECLARED],
    ['of the box', EDGE_OPTIONS],
  ] as const)('%s reads back to the defaults', ([, declared]) => {
    const text = complete(templateText(declared));
    const plain = readOptions(declared, {name: 'x', text: 'site: hall'}, {});
    const filled = readOptions(declared, {name: 'x', text}, {});
    expect(plain.kind).toBe('values');
    expect(JSON.stringify(filled)).toBe(JSON.stringify(plain));
  });

  test('with every comment taken off says the same, but for its examples', () => {
    const bare = complete(templateText(DECLARED).replaceAll(/^# ([\w.]+:)/gm, '$1'));
    expect(bare).toContain('\nconsole.port: 8480\n');
    expect(values(read(bare))).toEqual({...values(read('site: hall')), secret: 'abc'});
  });

  test('of the box is good in each of its lines, examples included', () => {
    const bare = complete(templateText(EDGE_OPTIONS).replaceAll(/^# ([\w.]+:)/gm, '$1'));
    expect(problems(readOptions(EDGE_OPTIONS, {name: 'x', text: bare}, {}))).toEqual([]);
  });

  test('says what is still missing where there is no default', () => {
    expect(problems(read(templateText(DECLARED)))).toEqual([expect.stringContaining('site')]);
  });
});

describe('the nearest word', () => {
  test.for([
    ['prot', 'port'],
    ['por', 'port'],
    ['portt', 'port'],
    ['tarif', 'tariff'],
    ['conosle', 'console'],
    ['elephant', undefined],
    ['', undefined],
  ] as const)('to “%s” is %s', ([word, expected]) => {
    expect(nearest(word, ['port', 'tariff', 'console'])).toBe(expected);
  });
});

test('whatever a file and the environment hold, nothing is thrown', () => {
  const texts = record({
    text: string({unit: 'binary'}),
    json: anything(),
    variable: constantFrom(...Object.keys(DECLARED).map(variableOf)),
    value: string({unit: 'binary'}),
  });
  assert(
    property(texts, ({text, json, variable, value}) => {
      for (const file of [text, String(JSON.stringify({json}, (_, held: unknown) => (typeof held === 'bigint' ? String(held) : held)))]) {
        expect(['values', 'invalid']).toContain(read(file, {[variable]: value}).kind);
      }
    }),
  );
});
