// `npm run check` holds here. Types, format and dead code: the tools that the other rules do not try, each on an error made for it.
import process from 'node:process';
import {afterEach, describe, expect, test} from 'vitest';
import {plant, root, run, tool, type Planted} from './planted.ts';

const page = 'export function Page(props: {readonly title: string}) {\n  return <h1 class="title">{props.title}</h1>;\n}\n';

// Seconds on a machine that has nothing else to do; beside the other rules, on two cores, more.
test('this repository passes its check', {timeout: 120_000}, async () => {
  const {code, out} = await run(root, process.execPath, ['provisioning/run.mjs', 'check']);
  expect(`${code}\n${out}`).toMatch(/^0\n/);
});

describe('the tools of the check', () => {
  let planted: Planted;
  afterEach(() => {
    planted.remove();
  });

  test('the compiler reads pages, and finds a wrong type in one', async () => {
    planted = plant(
      {
        'shared/ui/page.tsx': page,
        'shared/ui/wrong.tsx': "import {Page} from './page.tsx';\nexport const wrong = <Page title={1} />;\n",
        'shared/money/hole.ts': 'export const first = (list: readonly number[]): number => list[0];\n',
      },
      ['tsconfig.json', 'package.json'],
      'with packages',
    );
    const {code, out} = await run(planted.folder, tool('tsc'), ['--noEmit']);
    expect(code).not.toBe(0);
    expect(out).toContain("shared/ui/wrong.tsx(2,28): error TS2322: Type 'number' is not assignable to type 'string'.");
    expect(out).toContain('shared/money/hole.ts(1,59): error TS2322');
    expect(out).not.toContain('shared/ui/page.tsx');
  });

  test('the formatter finds what is formatted in another way', async () => {
    planted = plant(
      {
        'shared/ui/page.tsx': page,
        'shared/money/wide.ts': "export const a = { b: 'c' };\n",
        'shared/money/double.ts': 'export const a = "b";\n',
      },
      ['.oxfmtrc.json', 'package.json'],
      'with packages',
    );
    const {code, out} = await run(planted.folder, tool('oxfmt'), ['--list-different', '.']);
    expect(code).not.toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(['shared/money/double.ts', 'shared/money/wide.ts']);
  });

  test('knip finds a file, an export and a package that nobody uses', async () => {
    planted = plant(
      {
        'package.json': JSON.stringify({
          name: 'planted',
          type: 'module',
          // Where knip begins to read.
          bin: {spbs: 'dist/provisioning/spbs.js'},
          scripts: {test: 'node provisioning/run.mjs test'},
          dependencies: {zod: '1.0.0', yaml: '1.0.0'},
        }),
        'provisioning/run.mjs': 'export {};\n',
        'provisioning/spbs.ts': "import {used} from '../shared/money/one.ts';\nimport {z} from 'zod';\nz.string().parse(used);\n",
        'shared/money/one.ts': "export const used = 'a';\nexport const unused = 'b';\n",
        'shared/money/orphan.ts': 'export const alone = 1;\n',
      },
      ['knip.json', 'tsconfig.json'],
      'with packages',
    );
    const {code, out} = await run(planted.folder, tool('knip'), ['--no-progress', '--reporter', 'compact']);
    expect(code).not.toBe(0);
    expect(out).toContain('shared/money/orphan.ts');
    expect(out).toContain('shared/money/one.ts: unused');
    expect(out).toContain('yaml');
    expect(out).not.toContain('zod');
    expect(out).not.toContain('provisioning/');
  });
});
