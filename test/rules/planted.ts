// A small tree in a temporary folder, in the shape of this repository, in which the rules can be broken on purpose.
import {spawn} from 'node:child_process';
import {copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export type Planted = {
  readonly folder: string;
  readonly remove: () => void;
};

/** Writes `files` (path → content) beside copies of `tools` (paths in this repository); `modules`: with our packages. */
export function plant(files: Readonly<Record<string, string>>, tools: readonly string[], modules: 'with packages' | 'without'): Planted {
  const folder = mkdtempSync(join(tmpdir(), 'spbs-planted-'));
  const place = (path: string): string => {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    return join(folder, path);
  };
  for (const [path, content] of Object.entries(files)) writeFileSync(place(path), content);
  for (const path of tools) copyFileSync(join(root, path), place(path));
  if (modules === 'with packages') linkPackages(folder);
  return {folder, remove: () => rmSync(folder, {recursive: true, force: true})};
}

/** One link for each entry: were node_modules itself a link, an `npm ci` in the planted tree would empty ours. */
function linkPackages(folder: string): void {
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules')))
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
}

export type Ran = {readonly code: number | null; readonly out: string; readonly err: string};

/** Runs a command to its end in `folder`. */
export function run(folder: string, command: string, words: readonly string[]): Promise<Ran> {
  const child = spawn(command, words, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, NO_COLOR: '1', FORCE_COLOR: '0'},
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({code, out, err});
    });
  });
}

export function tool(name: string): string {
  return join(root, 'node_modules/.bin', name);
}
