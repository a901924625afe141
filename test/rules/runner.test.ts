// The runner itself: what is red must end red, and what is still good must not be done again.
import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {afterEach, describe, expect, test} from 'vitest';
import {plant, run, type Planted, type Ran} from './planted.ts';

const tools = [
  'provisioning/run.mjs',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'test/tiers.ts',
  'test/properties.ts',
  'test/vitest.config.ts',
  'test/needs.ts',
];
const good = "import {expect, test} from 'vitest';\ntest('holds', () => {\n  expect(1).toBe(1);\n});\n";
const bad = good.replace('toBe(1)', 'toBe(2)');
const skipping = (component: string): string =>
  `import {test} from 'vitest';\nimport {needs} from '../needs.ts';\ntest('waits', (context) => {\n  needs(context, '${component}');\n});\n`;

let planted: Planted | undefined;
afterEach(() => {
  planted?.remove();
  planted = undefined;
});

function repository(files: Readonly<Record<string, string>>, more: readonly string[] = []): Planted {
  planted = plant(files, [...tools, ...more], 'with packages');
  // Older than what is installed: nothing is due.
  utimesSync(join(planted.folder, 'package-lock.json'), 0, 0);
  return planted;
}

/** Without the system components of this machine, so that every `needs` skips. */
function bare(repo: Planted, words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const assignments = Object.entries({SPBS_RIG_DIR: join(repo.folder, 'no-rig'), ...environment}).map(
    ([name, value]) => `${name}=${value}`,
  );
  return run(repo.folder, 'env', [...assignments, process.execPath, 'provisioning/run.mjs', ...words]);
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

/** What the runner says after the table. */
const afterTable = (text: string): string => text.slice(text.lastIndexOf('\ntier '));

describe('npm test', () => {
  test('is green with a test that holds, and leaves out a tier without a test', async () => {
    const {code, out} = await bare(repository({'test/core/a.test.ts': good}), ['test']);
    expect(lastLine(out)).toBe('1 passed, 0 failed, 0 skipped');
    expect(out).toMatch(/^core +1 +0 +0 /m);
    expect(out).not.toMatch(/^rules /m);
    expect(code).toBe(0);
  });

  test('is red with a test that fails, a file that cannot be read, and a file without a test', async () => {
    const repo = repository({
      'test/core/a.test.ts': good,
      'test/core/b.test.ts': bad,
      'test/core/c.test.ts': "throw new Error('unreadable');\n",
      'test/core/d.test.ts': 'export {};\n',
    });
    const {code, out} = await bare(repo, ['test', '--tier', 'core']);
    expect(lastLine(out)).toBe('1 passed, 3 failed, 0 skipped');
    const end = afterTable(out);
    expect(end).toMatch(/^FAILED core test\/core\/b\.test\.ts: holds\n {2}AssertionError: expected 1 to be 2/m);
    expect(end).toMatch(/^FAILED core test\/core\/c\.test\.ts: cannot be read\n {2}unreadable$/m);
    expect(end).toMatch(/^FAILED core test\/core\/d\.test\.ts: cannot be read\n {2}No test suite found/m);
    expect(code).toBe(1);
  });

  test('tells of a property that fails its seed, its path, its counterexample and its reason at the end', async () => {
    const property =
      "import fc from 'fast-check';\nimport {expect, test} from 'vitest';\ntest('is small', () => {\n  fc.assert(fc.property(fc.nat(), (n) => {\n    expect(n).toBeLessThan(7);\n  }), {seed: 42});\n});\n";
    const {out} = await bare(repository({'test/core/a.test.ts': property}), ['test', '--tier', 'core']);
    const end = afterTable(out);
    expect(end).toContain('FAILED core test/core/a.test.ts: is small\n');
    expect(end).toMatch(/^ {2}\{ seed: 42, path: "[\d:]+", endOnFailure: true \}$/m);
    // The smallest number that is not below seven.
    expect(end).toContain('  Counterexample: [7]\n');
    expect(end).toContain('expected 7 to be less than 7');
  });

  test('tells of twenty failures at most, of fifteen lines each, none longer than a terminal can bear', async () => {
    const shouting =
      "import {test} from 'vitest';\ntest.for(Array.from({length: 23}, (_, n) => n + 1))('number %i', () => {\n  throw new Error(`\\u001B[31m${'x'.repeat(1_000)}\\n`.repeat(40));\n});\n";
    const {out} = await bare(repository({'test/core/a.test.ts': shouting}), ['test', '--tier', 'core']);
    const end = afterTable(out);
    expect(end.match(/^FAILED .*$/gm)).toHaveLength(20);
    // A failure begins with “Error: ”, indented by two; a line that was cut ends with a mark.
    expect(end).toContain(`FAILED core test/core/a.test.ts: number 20\n  Error: ${'x'.repeat(290)}…\n  ${'x'.repeat(297)}…\n`);
    expect(end.match(/x…$/gm)).toHaveLength(20 * 15);
    expect(end).not.toContain('\u001B');
    expect(end).toContain('\n… and 3 more failed\n');
    expect(lastLine(out)).toBe('0 passed, 23 failed, 0 skipped');
  });

  test('is red when no test ran', async () => {
    const repo = repository({});
    const none = await bare(repo, ['test']);
    expect(none.out).toContain('No test ran, and that fails it.');
    expect(lastLine(none.out)).toBe('0 passed, 0 failed, 0 skipped');
    expect(none.code).toBe(1);
    const named = await bare(repo, ['test', '--tier', 'core']);
    expect(named.out).toMatch(/^core .*no test ran$/m);
    expect(lastLine(named.out)).toBe('0 passed, 1 failed, 0 skipped');
    expect(named.code).toBe(1);
  });

  test('lists what was skipped with its cure; with --all that is red, unless Debian has none', async () => {
    const repo = repository({'test/contract/a.test.ts': good, 'test/contract/b.test.ts': skipping('asterisk')});
    const quick = await bare(repo, ['test']);
    expect(quick.out).toMatch(/^contract: 1 skipped, for want of asterisk\. Cure: .*prepare\.sh$/m);
    expect(lastLine(quick.out)).toBe('1 passed, 0 failed, 1 skipped');
    expect(quick.code).toBe(0);
    const all = await bare(repo, ['test', '--all']);
    expect(all.out).toContain('no test may be skipped');
    expect(all.code).toBe(1);
    const excused = await bare(repo, ['test', '--all'], {SPBS_DEBIAN_HAS_NO_ASTERISK: '1'});
    expect(lastLine(excused.out)).toBe('1 passed, 0 failed, 1 skipped');
    expect(excused.code).toBe(0);
  });

  test('is red with a skip that is not excused, though another is', async () => {
    const repo = repository({'test/core/a.test.ts': good, 'test/core/b.test.ts': skipping('socat')});
    // A machine with Node and nothing else.
    mkdirSync(join(repo.folder, 'bin'));
    symlinkSync(process.execPath, join(repo.folder, 'bin/node'));
    const {code, out} = await bare(repo, ['test', '--all'], {SPBS_DEBIAN_HAS_NO_ASTERISK: '1', PATH: join(repo.folder, 'bin')});
    expect(out).toContain('core: 1 skipped, for want of socat. Cure: apt-get install socat\n');
    expect(lastLine(out)).toBe('1 passed, 0 failed, 1 skipped');
    expect(code).toBe(1);
  });

  test('stops a tier at its budget, and that is red', async () => {
    const endless = "import {test} from 'vitest';\ntest('never ends', async () => {\n  await new Promise(() => undefined);\n}, 600_000);\n";
    const repo = repository({'test/core/a.test.ts': endless});
    const tiers = join(repo.folder, 'test/tiers.ts');
    writeFileSync(tiers, readFileSync(tiers, 'utf8').replaceAll(/\bci: [\d.]+/g, 'ci: 0.05'));
    const {code, out} = await bare(repo, ['test', '--tier', 'core']);
    expect(out).toMatch(/^core .*stopped at its budget of 0\.05 minutes$/m);
    expect(code).toBe(1);
  });

  test('is red where the results were cut off while they were written', async () => {
    const repo = repository({'test/core/a.test.ts': good});
    const config = join(repo.folder, 'test/vitest.config.ts');
    // What a SIGTERM in the middle of the write leaves behind.
    const cut =
      "import {writeFileSync} from 'node:fs';\nprocess.on('exit', () => writeFileSync(String(process.argv.find((word) => word.startsWith('--outputFile.json='))).slice(18), '{\"testRes'));\n";
    writeFileSync(config, cut + readFileSync(config, 'utf8'));
    const {code, out} = await bare(repo, ['test', '--tier', 'core']);
    expect(out).toMatch(/^core .*no test ran$/m);
    expect(code).toBe(1);
  });

  test('says what the quick form leaves out, and runs it with --all', async () => {
    const repo = repository({'test/core/a.test.ts': good, 'test/journey/asterisk.test.ts': bad, 'test/browser/page.test.ts': bad});
    const quick = await bare(repo, ['test']);
    expect(quick.out).toContain('npm test -- --all: test/journey/asterisk.test.ts, browser\n');
    expect(quick.code).toBe(0);
    expect(lastLine((await bare(repo, ['test', '--all'])).out)).toBe('1 passed, 2 failed, 0 skipped');
  });

  test('begins no other tier after Ctrl-C', async () => {
    const slow = good.replace('() => {', 'async () => {\n  await new Promise((resolve) => setTimeout(resolve, 20_000));');
    const {folder} = repository({'test/core/a.test.ts': slow, 'test/contract/b.test.ts': good});
    const child = spawn(process.execPath, ['provisioning/run.mjs', 'test'], {cwd: folder, stdio: ['ignore', 'pipe', 'ignore']});
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!out.includes('RUN') && text.includes('RUN')) setTimeout(() => child.kill('SIGINT'), 500);
      out += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(out).toMatch(/^core /m);
    expect(out).not.toMatch(/^contract /m);
    expect(code).toBe(1);
  });

  test('gives the tests the size that was asked for', async () => {
    const sized =
      "import {expect, test} from 'vitest';\nimport {size} from '../tiers.ts';\ntest('size', () => {\n  expect(size()).toBe('night');\n});\n";
    const repo = repository({'test/core/a.test.ts': sized});
    expect((await bare(repo, ['test', '--night'])).code).toBe(0);
    expect((await bare(repo, ['test', '--all'])).code).toBe(1);
  });

  test.for(['test --tier nothing', 'test --tier', 'test --nothing', 'check me', 'nothing', ''])(
    'wrong usage is exit 2: %s',
    async (line) => {
      const {code, err} = await bare(
        repository({}),
        line.split(' ').filter((word) => word !== ''),
      );
      expect(err).toContain('usage: npm run demo');
      expect(code).toBe(2);
    },
  );
});

describe('the build', () => {
  test('is done when a source is newer, and only then; what has gone from the sources goes from dist', async () => {
    const bench = "import process from 'node:process';\nprocess.stdout.write('ran');\n";
    const repo = repository({'test/bench/bench.ts': bench, 'edge/old.ts': 'export const a = 1;\n', 'edge/profile.yaml': 'a: 1\n'});
    const built = (): Promise<Ran> => bare(repo, ['bench']);
    expect((await built()).err).toContain('building');
    expect(readFileSync(join(repo.folder, 'dist/edge/profile.yaml'), 'utf8')).toBe('a: 1\n');
    const again = await built();
    expect(again.err).not.toContain('building');
    expect(again.out).toBe('ran');
    writeFileSync(join(repo.folder, 'edge/profile.yaml'), 'a: 2\n');
    expect((await built()).err).toContain('building');
    expect(readFileSync(join(repo.folder, 'dist/edge/profile.yaml'), 'utf8')).toBe('a: 2\n');
    rmSync(join(repo.folder, 'edge/old.ts'));
    expect((await built()).err).toContain('building');
    expect(existsSync(join(repo.folder, 'dist/edge/old.js'))).toBe(false);
  });

  test('with a wrong type is red, says where, and is not taken for done', async () => {
    const repo = repository({'test/core/a.test.ts': good, 'edge/wrong.ts': "export const a: number = 'a';\n"});
    for (const attempt of [1, 2]) {
      const {code, err} = await bare(repo, ['test', '--tier', 'core']);
      expect(err, `attempt ${attempt}`).toContain('edge/wrong.ts(1,14): error TS2322');
      expect(code).toBe(1);
    }
  });
});

describe('npm run check', () => {
  test('runs every tool, hears only those that fail, and is red', async () => {
    const configuration = ['.oxlintrc.json', '.oxfmtrc.json', 'knip.json'];
    const repo = repository(
      {
        // A cruise that has nothing to cruise finds nothing wrong.
        '.dependency-cruiser.cjs': "module.exports = {forbidden: [], options: {includeOnly: '^nowhere'}};\n",
        'shared/money/wrong.ts': "console.log( 'a' );\nexport const a: number = 'a';\n",
      },
      configuration,
    );
    const {code, out} = await bare(repo, ['check']);
    expect(out.match(/^(?:ok {2}|FAIL) .*(?= +\d+\.\d s)/gm)?.map((line) => line.trim())).toEqual([
      'FAIL types',
      'FAIL lint',
      'FAIL format',
      'FAIL walls',
      'FAIL dead code',
    ]);
    expect(out).toContain('(0 modules');
    expect(lastLine(out)).toMatch(/^5 of 5 failed in \d+\.\d s$/);
    expect(code).toBe(1);
  });
});

describe('npm run demo', () => {
  const spbs = `import process from 'node:process';
let heard = 0;
process.on('SIGINT', () => {
  heard += 1;
  setTimeout(() => {
    process.stdout.write(\`heard \${heard} of \${process.argv.slice(2).join(' ')}\\n\`);
    process.exit(7);
  }, 1_000);
});
process.stdout.write('ready\\n');
setInterval(() => undefined, 1_000);
`;

  test('passes Ctrl-C on once, though npm repeats it, and ends with the exit code of the demo', async () => {
    const {folder} = repository({'provisioning/spbs.ts': spbs});
    const child = spawn(process.execPath, ['provisioning/run.mjs', 'demo', '--fresh'], {cwd: folder, stdio: ['ignore', 'pipe', 'ignore']});
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (text.includes('ready')) for (const delayMs of [50, 200]) setTimeout(() => child.kill('SIGINT'), delayMs);
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(out).toContain('heard 1 of demo --fresh');
    expect(code).toBe(7);
  });
});
