// What an engineer can do wrong before the box runs: each is a message that names cause and cure, an exit code, and no trace.
import {execFileSync, spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {once} from 'node:events';
import {createServer, type AddressInfo} from 'node:net';
import {join} from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {afterAll, describe, expect, test} from 'vitest';
import {temporaryFolder} from '../core/temporary-store.ts';
import {startBox} from '../rig/box.ts';

const SPBS = fileURLToPath(new URL('../../dist/provisioning/spbs.js', import.meta.url));
const {folder, remove} = temporaryFolder();
afterAll(remove);

let files = 0;
function configuration(text: string): string {
  const path = join(folder, `edge-${++files}.yaml`);
  writeFileSync(path, text);
  return path;
}

const data = (name: string): string => join(folder, name);

function edge(
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): {readonly code: number | null; readonly out: string; readonly err: string} {
  const {status, stdout, stderr} = spawnSync(process.execPath, [SPBS, 'edge', ...words], {
    encoding: 'utf8',
    timeout: 20_000,
    env: {...process.env, ...environment},
  });
  return {code: status, out: stdout, err: stderr};
}

/** Cause and cure, and nothing that only we can read. */
function expectPlain(err: string): void {
  expect(err).toMatch(/^error\[[a-z.-]+\]: .+/m);
  expect(err).toMatch(/^ {2}do: {2}.+/m);
  expect(err).not.toMatch(/\n\s+at /);
}

describe('spbs edge', () => {
  test('says which configuration cannot be read, and how to write one', () => {
    const {code, err} = edge(['--config', join(folder, 'none.yaml')]);
    expect(code).toBe(3);
    expectPlain(err);
    expect(err).toContain('spbs edge --template');
  });

  test('says every mistake of a configuration at once, with line and column', () => {
    const {code, err} = edge([
      '--config',
      configuration('site: hall\nconsole.prot: 1\nfeeds: [{name: X, door: serial}]\nlog: {level: loud}\n'),
    ]);
    expect(code).toBe(3);
    expectPlain(err);
    for (const what of [/:2:1.*console\.prot.*did you mean console\.port/, /feeds/, /log\.level/]) expect(err).toMatch(what);
  });

  test('is right about its own template, once the site has a name', () => {
    const {out} = edge(['--template']);
    const path = configuration(out.replace(/^site:.*$/m, 'site: hall'));
    expect(edge(['--config', path, '--check'])).toMatchObject({code: 0, err: ''});
  });

  test('is told by the environment where the file is silent', () => {
    const path = configuration('site: hall\n');
    expect(edge(['--config', path, '--check'], {SPBS_CONSOLE_PORT: 'nine'})).toMatchObject({code: 3});
    expect(edge(['--config', path, '--check'], {SPBS_CONSOLE_PORT: '9'})).toMatchObject({code: 0});
  });

  test('refuses wrong words with exit 2', () => {
    expect(edge(['--nonsense'])).toMatchObject({code: 2});
    expect(spawnSync(process.execPath, [SPBS, 'nonsense']).status).toBe(2);
  });

  test('names the profile that it does not know', () => {
    const feed = '{name: a, door: folder, folder: /tmp, pattern: x.csv, profile: asterisk-cvs, zone: UTC}';
    const {code, err} = edge(['--config', configuration(`site: hall\ndata.folder: ${data('profile')}\nfeeds: [${feed}]\n`)]);
    expect(code).toBe(3);
    expectPlain(err);
    expect(err).toContain('asterisk-csv');
  });

  test('says who has the port of the console, and where to set another', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const {port} = other.address() as AddressInfo;
    const {code, err} = edge(['--config', configuration(`site: hall\ndata.folder: ${data('port')}\nconsole.port: ${port}\n`)]);
    other.close();
    expect(code).toBe(3);
    expectPlain(err);
    expect(err).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}[\\s\\S]*ss -ltnp`));
  });

  test('does not carry passwords in the clear over the network', () => {
    const {code, err} = edge(['--config', configuration(`site: hall\ndata.folder: ${data('clear')}\nconsole.host: 0.0.0.0\n`)]);
    expect(code).toBe(3);
    expectPlain(err);
    expect(err).toContain('console.certificate');
  });

  test('runs only once on the same data, and only for the box that they belong to', async () => {
    const box = await startBox({folder: data('once'), site: 'hall', feeds: [], switchboard: {kind: 'none'}, consolePort: 0});
    const path = join(data('once'), 'edge.yaml');
    const second = edge(['--config', path]);
    expect(second.code).toBe(3);
    expectPlain(second.err);
    expect(second.err).toContain('another process');
    await box.child.stop();
    writeFileSync(path, readFileSync(path, 'utf8').replace('"hall"', '"tower"'));
    const foreign = edge(['--config', path]);
    expect(foreign.code).toBe(3);
    expectPlain(foreign.err);
    expect(foreign.err).toContain('hall');
  });

  test('says that a data folder is not its own to write', () => {
    const locked = data('locked');
    mkdirSync(locked);
    writeFileSync(join(locked, 'box.db'), 'this is no database, and longer than its header would be'.repeat(100));
    const {code, err} = edge(['--config', configuration(`site: hall\ndata.folder: ${locked}\n`)]);
    chmodSync(locked, 0o700);
    expect(code).toBe(3);
    expectPlain(err);
  });

  test('ends with 0 within five seconds of SIGTERM', async () => {
    const box = await startBox({folder: data('end'), site: 'hall', feeds: [], switchboard: {kind: 'none'}, consolePort: 0});
    const began = performance.now();
    box.child.process.kill('SIGTERM');
    expect(await box.child.ended).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('spbs verify', () => {
  test('says no to what is no database of a box, and yes to a new one', async () => {
    const box = await startBox({folder: data('verify'), site: 'hall', feeds: [], switchboard: {kind: 'none'}, consolePort: 0});
    const path = join(data('verify'), 'box', 'box.db');
    expect(execFileSync(process.execPath, [SPBS, 'verify', path], {encoding: 'utf8'})).toMatch(/^all adds up: 0 calls/);
    await box.child.stop();
    // Nothing, an empty file (sound SQLite), and a text.
    for (const file of [join(folder, 'nothing.db'), '/dev/null', path.replace('box/box.db', 'edge.yaml')]) {
      const none = spawnSync(process.execPath, [SPBS, 'verify', file], {encoding: 'utf8'});
      expect(none.status).toBe(3);
      expectPlain(none.stderr);
    }
  });
});
