// A bare machine comes to a state in which no test need be skipped, and no tier may take longer than there is time.
import {spawnSync} from 'node:child_process';
import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {tiers} from '../tiers.ts';
import {root} from './planted.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const run = read('.ci/run');
const installed = (/^packages='([^']+)'$/m.exec(run)?.[1] ?? '').split(' ');

/** Debian's packages in `apt-get install …`, up to the next command. */
const packagesIn = (text: string): readonly string[] =>
  [...text.matchAll(/apt-get install ((?:[a-z0-9.+-]+ ?)+)/g)].flatMap(([, names = '']) => names.trim().split(' '));

describe('.ci/run', () => {
  test('installs what any test may need', () => {
    const needed = packagesIn(read('test/needs.ts'));
    expect(needed).toEqual(expect.arrayContaining(['socat', 'sip-tester', 'chromium', 'debootstrap']));
    expect(needed.filter((name) => !installed.includes(name))).toEqual([]);
    expect(packagesIn("cure: 'as root: apt-get install one two-3 && bash x'")).toEqual(['one', 'two-3']);
  });

  test('brings an Asterisk, and ends with every tier', () => {
    expect(run).toContain('bash test/rig/asterisk/prepare.sh');
    expect(run.trimEnd().split('\n').at(-1)).toBe('exec npm test -- --all </dev/null');
  });

  test.for(['.ci/run', 'test/rig/asterisk/prepare.sh'])('is a script that bash can read and that stops at its first fault: %s', (path) => {
    const {status, stderr} = spawnSync('bash', ['-n', join(root, path)], {encoding: 'utf8'});
    expect([status, stderr]).toEqual([0, '']);
    expect(read(path)).toMatch(/^set -euo pipefail$/m);
  });

  test('may be run', () => {
    expect(statSync(join(root, '.ci/run')).mode & 0o111).toBe(0o111);
  });
});

describe('the time of all tiers', () => {
  const sum = (of: 'quick' | 'ci'): number => tiers.reduce((total, {minutes}) => total + minutes[of], 0);

  test('is eight minutes in the quick form, and leaves the machine enough of its ninety in the other', () => {
    expect(sum('quick')).toBeLessThanOrEqual(8);
    expect(sum('ci')).toBeLessThanOrEqual(75);
  });
});
