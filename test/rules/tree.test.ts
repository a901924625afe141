// The rules of the tree that no tool has. Each is shown to bite on a planted offence before the tree is held to it.
import {readdirSync, readFileSync} from 'node:fs';
import {basename, join, relative} from 'node:path';
import {describe, expect, test} from 'vitest';
import {root} from './planted.ts';

type Rule = {
  readonly sentence: string;
  /** What offends in a file, in words; nothing if the file keeps the rule. */
  readonly offences: (path: string, text: string) => readonly string[];
  /** Offences, each as path and text. Put together from pieces, so that this file keeps the rule itself. */
  readonly planted: readonly (readonly [path: string, text: string])[];
};

const tools =
  '.ci .gitignore .npmrc .oxfmtrc.json .oxlintrc.json .dependency-cruiser.cjs knip.json package.json package-lock.json tsconfig.json';
const topLevel = new Set(`edge cloud shared provisioning test README.md .readme LICENSE ${tools}`.split(' '));
const drawers = /^(utils?|helpers?|common|misc|index)(\.|$)/;
const pageFolders = /^(shared\/ui|edge\/console|cloud\/portal|cloud\/desk|test)\//;
const skipped =
  /\b(?:it|test|describe|suite)(?:\s*\.\s*\w+)*?\s*\.\s*(?:skip|only|todo|skipIf|runIf|fails)\b|\bx(?:it|test|describe)\(|\.skip\(|\b(?:skip|only|todo|fails): true\b/;
const secrets = [
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\b(?:sk|rk)_live_[0-9A-Za-z]{16,}/,
  /\bgh[pousr]_[0-9A-Za-z]{30,}/,
  /\bxox[abps]-[0-9A-Za-z-]{10,}/,
  /\bnpm_[0-9A-Za-z]{36}\b/,
  /\/\/[^\s/:@'"`$]+:[^\s/:@'"`$]{6,}@[\w.-]+/,
];
const machinePaths = /(?<![\w.$}-])\/(?:work|root|home\/[a-z]|Users\/[A-Za-z])[\w.-]*\//;

const found = (pattern: RegExp, text: string): readonly string[] => {
  const match = pattern.exec(text);
  return match === null ? [] : [match[0]];
};

const rules: readonly Rule[] = [
  {
    sentence: 'only known names stand at the top',
    offences: (path) => [path.split('/')[0] ?? ''].filter((name) => !topLevel.has(name)),
    planted: [
      ['notes.md', ''],
      ['scripts/build.sh', ''],
    ],
  },
  {
    sentence: 'there are no drawers and no barrels',
    offences: (path) => path.split('/').filter((name) => drawers.test(name)),
    planted: [
      ['shared/money/index.ts', ''],
      ['edge/utils/round.ts', ''],
      ['edge/feed/helpers.ts', ''],
    ],
  },
  {
    sentence: 'pages are written only where pages are',
    offences: (path) => (path.endsWith('.tsx') && !pageFolders.test(path) ? [path] : []),
    planted: [['edge/health/page.tsx', '']],
  },
  {
    sentence: 'no test is skipped, focused or promised; what a machine lacks is said through test/needs.ts',
    offences: (path, text) => (/^test\/.*\.tsx?$/.test(path) && path !== 'test/needs.ts' ? found(skipped, text) : []),
    planted: [
      ['test/core/a.test.ts', `test.${'skip'}('a', () => undefined)`],
      ['test/core/a.test.ts', `describe.${'only'}('a', () => undefined)`],
      ['test/core/a.test.ts', `test.${'todo'}('a')`],
      ['test/core/a.test.ts', `test.${'runIf'}(ready)('a', () => undefined)`],
      ['test/core/a.test.ts', `context.${'skip'}()`],
      ['test/core/a.test.ts', `test.concurrent.${'only'}('a', () => undefined)`],
      ['test/core/a.test.ts', `test('a', {${'skip'}: true}, () => undefined)`],
      ['test/core/a.test.ts', `x${'it'}('a', () => undefined)`],
    ],
  },
  {
    sentence: 'there is no secret',
    offences: (_, text) => secrets.flatMap((pattern) => found(pattern, text)),
    planted: [
      ['test/key.pem', `-----BEGIN ${'PRIVATE'} KEY-----`],
      ['edge/a.ts', `const key = 'AKIA${'A'.repeat(16)}'`],
      ['edge/a.ts', `sk_${'live'}_${'a1'.repeat(12)}`],
      ['.npmrc', `//registry/:_authToken=npm_${'a'.repeat(36)}`],
      ['edge/a.ts', `postgres://spbs:${'secret'.repeat(2)}@database`],
    ],
  },
  {
    sentence: 'no path of one machine is named',
    offences: (_, text) => found(machinePaths, text),
    planted: [
      ['README.md', `see ${'/work'}/main`],
      ['test/a.ts', `'${'/home'}/somebody/spbs'`],
      ['.ci/run', `cat ${'/root'}/.npmrc`],
    ],
  },
];

/** Every file that git would keep. The patterns of .gitignore are plain names and one extension. */
function files(): readonly string[] {
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const kept = (name: string): boolean =>
    name !== '.git' && !ignored.some((line) => (line.startsWith('*') ? name.endsWith(line.slice(1)) : name === line.replace(/\/$/, '')));
  const under = (folder: string): readonly string[] =>
    readdirSync(folder, {withFileTypes: true})
      .filter((entry) => kept(entry.name))
      .flatMap((entry) => (entry.isDirectory() ? under(join(folder, entry.name)) : [relative(root, join(folder, entry.name))]));
  return under(root);
}

const binary = /\.(?:png|jpe?g|webp|ico|gz|db)$/;
const tree = files().map((path) => ({path, text: binary.test(path) ? '' : readFileSync(join(root, path), 'utf8')}));

describe('the tree', () => {
  test('is read: it has its README, its sources and this file', () => {
    const paths = tree.map(({path}) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['README.md', 'LICENSE', 'shared/money/micros.ts', `test/rules/${basename(import.meta.filename)}`]),
    );
    expect(paths.filter((path) => path.startsWith('node_modules') || path.startsWith('dist'))).toEqual([]);
  });

  test.for(rules)('$sentence', ({offences}) => {
    expect(tree.flatMap(({path, text}) => offences(path, text).map((offence) => `${path}: ${offence}`))).toEqual([]);
  });

  test.for(rules.flatMap(({sentence, offences, planted}) => planted.map(([path, text]) => ({sentence, offences, path, text}))))(
    'bites where it must: $sentence ($path)',
    ({offences, path, text}) => {
      expect(offences(path, text)).not.toEqual([]);
    },
  );
});
