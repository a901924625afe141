import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {plant, root, run, tool, type Planted} from './planted.ts';

type Diagnostic = {readonly code: string; readonly filename: string; readonly message: string};

const lines = (count: number): string => 'export const a = 1;\n'.repeat(count).replaceAll(/a = 1/g, (_, at: number) => `a${at} = 1`);
const longFunction = (length: number): string => `export function f(): number {\n${'  // why\n'.repeat(length - 3)}  return 1;\n}\n`;
const branches = (count: number): string =>
  `export function f(n: number): number {\n${Array.from({length: count}, (_, at) => `  if (n === ${at}) return ${at + 1};\n`).join('')}  return 0;\n}\n`;

/** file → the rule it breaks, and how. */
const plants: Readonly<Record<string, readonly [rule: string, content: string]>> = {
  'edge/feed/clock.ts': ['eslint(no-restricted-globals)', 'export const at = Date.now();\n'],
  'cloud/books/clock.ts': ['eslint(no-restricted-globals)', 'export const at = new Date();\n'],
  'shared/money/clock.ts': ['eslint(no-restricted-globals)', 'export const at = performance.now();\n'],
  'edge/sync/timer.ts': ['eslint(no-restricted-globals)', 'setTimeout(() => undefined, 10);\n'],
  'edge/sync/interval.ts': ['eslint(no-restricted-globals)', 'setInterval(() => undefined, 10);\n'],
  'edge/sync/immediate.ts': ['eslint(no-restricted-globals)', 'setImmediate(() => undefined);\n'],
  'edge/sync/deadline.ts': ['eslint(no-restricted-properties)', 'export const signal = AbortSignal.timeout(10);\n'],
  'edge/health/environment.ts': ['eslint(no-restricted-globals)', "export const home = process.env['HOME'];\n"],
  'edge/rating/fetches.ts': ['eslint(no-restricted-globals)', "export const answer = fetch('http://localhost/');\n"],
  'edge/credit/chance.ts': ['eslint(no-restricted-properties)', 'export const roll = Math.random();\n'],
  'edge/credit/salt.ts': [
    'eslint(no-restricted-imports)',
    "import {randomBytes} from 'node:crypto';\nexport const salt = randomBytes(8);\n",
  ],
  'edge/credit/salts.ts': [
    'eslint(no-restricted-imports)',
    "import * as chance from 'node:crypto';\nexport const salt = chance.randomBytes(8);\n",
  ],
  'edge/credit/hands-on.ts': ['eslint(no-restricted-imports)', "export {randomInt} from 'node:crypto';\n"],
  'edge/credit/plain-name.ts': ['eslint(no-restricted-imports)', "export {createHash} from 'crypto';\n"],
  'edge/credit/web.ts': ['eslint(no-restricted-globals)', 'export const id = crypto.randomUUID();\n'],
  'edge/credit/detour.ts': ['eslint(no-restricted-globals)', 'export const at = globalThis.Date.now();\n'],
  'edge/feed/prints.ts': ['eslint(no-console)', "console.log('hello');\n"],
  'provisioning/prints.ts': ['eslint(no-console)', "console.error('hello');\n"],
  'test/core/forgets.test.ts': [
    'typescript(no-floating-promises)',
    'async function f(): Promise<void> {\n  await Promise.resolve();\n}\nf();\n',
  ],
  'edge/ledger/misuses.ts': [
    'typescript(no-misused-promises)',
    'export const all = [1].filter(async () => await Promise.resolve(true));\n',
  ],
  'edge/ledger/switches.ts': [
    'typescript(switch-exhaustiveness-check)',
    "export function f(kind: 'a' | 'b'): void {\n  switch (kind) {\n    case 'a':\n      return;\n  }\n}\n",
  ],
  'edge/ledger/unsafe.ts': ['typescript(no-unsafe-assignment)', "export const row: {a: number} = JSON.parse('{}');\n"],
  'edge/ledger/member.ts': ['typescript(no-unsafe-member-access)', "export const read = (): unknown => JSON.parse('{}').a;\n"],
  'edge/ledger/argument.ts': ['typescript(no-unsafe-argument)', "export const size = Buffer.byteLength(JSON.parse('{}'));\n"],
  'edge/ledger/call.ts': ['typescript(no-unsafe-call)', "export const call = (): unknown => JSON.parse('{}')();\n"],
  'edge/ledger/return.ts': ['typescript(no-unsafe-return)', "export const row = (): {a: number} => JSON.parse('{}');\n"],
  'edge/ledger/awaits.ts': ['typescript(await-thenable)', 'export async function f(): Promise<number> {\n  return await 1;\n}\n'],
  'edge/ledger/asserts.ts': ['typescript(no-unnecessary-type-assertion)', 'export const f = (a: number): number => a as number;\n'],
  'edge/ledger/adds.ts': ['typescript(restrict-plus-operands)', "export const f = (a: {b: number}): string => a + 'p';\n"],
  'edge/ledger/expects.ts': ['typescript(ban-ts-comment)', '// @ts-ignore\nexport const a = 1;\n'],
  'edge/ledger/var.ts': ['eslint(no-var)', 'export var a = 1;\n'],
  'edge/ledger/let.ts': ['eslint(prefer-const)', 'export function f(): number {\n  let a = 1;\n  return a;\n}\n'],
  'edge/ledger/equals.ts': ['eslint(eqeqeq)', 'export const f = (a: number): boolean => a == 1;\n'],
  'edge/ledger/evaluates.ts': ['eslint(no-eval)', "export const a: unknown = eval('1');\n"],
  'provisioning/implies.ts': ['typescript(no-implied-eval)', "setTimeout('f()', 10);\n"],
  'test/core/disabled.test.ts': ['vitest(no-disabled-tests)', `import {test} from 'vitest';\ntest.${'skip'}('a', () => undefined);\n`],
  'edge/ledger/any.ts': ['typescript(no-explicit-any)', 'export type Anything = any;\n'],
  'edge/ledger/bang.ts': ['typescript(no-non-null-assertion)', 'export const first = (list: readonly number[]): number => list[0]!;\n'],
  'edge/ledger/always.ts': [
    'typescript(no-unnecessary-condition)',
    'export const f = (a: {b: number}): number => (a === undefined ? 0 : a.b);\n',
  ],
  'edge/ledger/throws.ts': ['typescript(only-throw-error)', "export function f(): void {\n  throw 'no';\n}\n"],
  'edge/ledger/zero.ts': [
    'typescript(strict-boolean-expressions)',
    'export const f = (balance: number): string => (balance ? "some" : "none");\n',
  ],
  'edge/ledger/values.ts': ['typescript(consistent-type-imports)', "import {Buffer} from 'node:buffer';\nexport type Bytes = Buffer;\n"],
  'shared/money/one.ts': ['import(no-cycle)', "import {two} from './two.ts';\nexport const one = (): number => two();\n"],
  'shared/money/defaults.ts': ['import(no-default-export)', 'export default 1;\n'],
  'shared/money/CamelCase.ts': ['unicorn(filename-case)', 'export const one = 1;\n'],
  'shared/money/long.ts': ['eslint(max-lines)', lines(401)],
  'shared/money/long-function.ts': ['eslint(max-lines-per-function)', longFunction(71)],
  'shared/money/params.ts': ['eslint(max-params)', 'export const f = (a: 1, b: 1, c: 1, d: 1, e: 1): number => a + b + c + d + e;\n'],
  'shared/money/branches.ts': ['eslint(complexity)', branches(12)],
  'shared/money/silenced.ts': ['unused directive', '// oxlint-disable-next-line no-console\nexport const quiet = 1;\n'],
  'test/core/focused.test.ts': ['vitest(no-focused-tests)', `import {test} from 'vitest';\ntest.${'only'}('a', () => undefined);\n`],
};

/** These keep to the rules. */
const clean: Readonly<Record<string, string>> = {
  'shared/money/two.ts': "import {one} from './one.ts';\nexport const two = (): number => one();\n",
  'shared/time/machine.ts': 'export const at = (): number => Date.now();\n',
  'edge/main.ts': "setTimeout(() => undefined, 10);\nexport const home = process.env['HOME'];\n",
  'provisioning/clock.ts': 'export const at = Date.now();\n',
  'shared/money/full.ts': lines(400),
  'shared/money/full-function.ts': longFunction(70),
  'shared/money/few-branches.ts': branches(11),
  'shared/ui/page.tsx': 'export function Page(props: {readonly title: string}) {\n  return <h1>{props.title}</h1>;\n}\n',
};

type Forbidden = {readonly name?: string; readonly object?: string; readonly property?: string};
type Configuration = {
  readonly rules: Readonly<Record<string, unknown>>;
  readonly overrides: readonly {readonly files: readonly string[]; readonly rules: Readonly<Record<string, readonly Forbidden[]>>}[];
};

/** Comments in it stand on lines of their own. */
function configuration(): Configuration {
  const text = readFileSync(join(root, '.oxlintrc.json'), 'utf8').replaceAll(/^\s*\/\/.*$/gm, '');
  return JSON.parse(text) as Configuration;
}

describe('the linter', () => {
  let planted: Planted;
  let found: readonly Diagnostic[];
  beforeAll(async () => {
    const files = Object.fromEntries(Object.entries(plants).map(([file, [, content]]) => [file, content]));
    planted = plant({...files, ...clean}, ['.oxlintrc.json', 'tsconfig.json', 'package.json'], 'with packages');
    const {out} = await run(planted.folder, tool('oxlint'), ['--format', 'json']);
    found = (JSON.parse(out) as {readonly diagnostics: readonly Diagnostic[]}).diagnostics;
  });
  afterAll(() => {
    planted.remove();
  });
  const said = (file: string): readonly string[] =>
    found
      .filter(({filename}) => join(filename) === file)
      .map(({code, message}) => (message.startsWith('Unused oxlint-disable') ? 'unused directive' : code));

  test.for(Object.entries(plants))('finds what is wrong with %s', ([file, [rule]]) => {
    expect(said(file)).toContain(rule);
  });

  test('has a plant for every rule that is set, and for every name that is forbidden', () => {
    const {rules, overrides} = configuration();
    const proven = new Set(Object.values(plants).map(([rule]) => rule.replace(/^.*\((.*)\)$/, '$1')));
    const plain = (name: string): string => name.replace(/^.*\//, '');
    expect(Object.keys(rules).filter((name) => !proven.has(plain(name)))).toEqual([]);
    const stage = overrides.find(({files}) => files.includes('edge/**'))?.rules ?? {};
    const [, ...globals] = stage['no-restricted-globals'] ?? [];
    const [, ...properties] = stage['no-restricted-properties'] ?? [];
    const said = Object.values(plants).map(([, content]) => content);
    const used = (word: string): boolean => said.some((content) => new RegExp(`\\b${word}\\b`).test(content));
    expect(globals.map(({name}) => name).filter((name) => name === undefined || !used(name))).toEqual([]);
    expect(properties.map(({object, property}) => `${object}.${property}`).filter((path) => !used(path))).toEqual([]);
    expect([globals.length > 5, properties.length]).toEqual([true, 2]);
  });

  test.for(Object.keys(clean).filter((file) => file !== 'shared/money/two.ts'))('leaves %s alone', (file) => {
    expect(said(file)).toEqual([]);
  });
});
