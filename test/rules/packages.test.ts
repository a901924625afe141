import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, describe, expect, test} from 'vitest';
import {plant, root, run, type Planted} from './planted.ts';

type Manifest = {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
};
type Lock = {readonly packages: Readonly<Record<string, {readonly hasInstallScript?: boolean; readonly resolved?: string}>>};

const manifestText = readFileSync(join(root, 'package.json'), 'utf8');
const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
const manifest = JSON.parse(manifestText) as Manifest;
const lock = JSON.parse(lockText) as Lock;

const exact = /^(?:npm:(?:@[\w-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+$/;
const inexact = ({dependencies, devDependencies}: Pick<Manifest, 'dependencies' | 'devDependencies'>): readonly string[] =>
  Object.entries({...dependencies, ...devDependencies}).flatMap(([name, version]) => (exact.test(version) ? [] : [`${name} ${version}`]));

/** Packages that run a script when they are installed, of which nobody has said whether they may. */
const unapproved = ({packages}: Lock, approvals: Manifest['allowScripts']): readonly string[] =>
  Object.entries(packages)
    .filter(([, {hasInstallScript}]) => hasInstallScript === true)
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
    .filter((name) => !Object.hasOwn(approvals, name));

const hosts = (text: string): readonly string[] => text.match(/"resolved": *"https?:[^"]*"|registry\.[\w.-]+/g) ?? [];

describe('the packages', () => {
  let planted: Planted | undefined;
  afterEach(() => {
    planted?.remove();
    planted = undefined;
  });

  test('have exact versions', () => {
    expect(inexact(manifest)).toEqual([]);
    expect(inexact({dependencies: {a: '^1.0.0', b: '1.0.0', c: 'npm:@d/e@1.0.0', f: 'npm:g@1', h: 'latest'}, devDependencies: {}})).toEqual(
      ['a ^1.0.0', 'f npm:g@1', 'h latest'],
    );
  });

  test('are locked without the name of a registry', () => {
    expect(hosts(lockText)).toEqual([]);
    expect(hosts('"resolved": "https://registry.example/a.tgz"')).not.toEqual([]);
  });

  test('run only install scripts that are approved', () => {
    expect(unapproved(lock, manifest.allowScripts)).toEqual([]);
    expect(unapproved({packages: {'node_modules/a': {hasInstallScript: true}, 'node_modules/b': {}}}, {})).toEqual(['a']);
  });

  test('can be installed from the lock file', async () => {
    planted = plant({}, ['package.json', 'package-lock.json', '.npmrc'], 'without');
    const {code, err} = await run(planted.folder, 'npm', ['ci', '--dry-run', '--ignore-scripts']);
    expect(`${code} ${err}`).toMatch(/^0 /);
  });

  test('cannot be installed from a lock file that says something else', async () => {
    const text = manifestText.replace(/"zod": "[^"]*"/, '"zod": "4.0.0"');
    planted = plant({'package.json': text}, ['package-lock.json', '.npmrc'], 'without');
    const {code, err} = await run(planted.folder, 'npm', ['ci', '--dry-run', '--ignore-scripts']);
    expect(code).not.toBe(0);
    expect(err).toContain('zod');
  });
});
