// The demonstration as a person starts it: its screen, its events, its key, its end, and its second start.
import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process';
import {once} from 'node:events';
import {createServer, type Server} from 'node:net';
import {join} from 'node:path';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {verifyLedger} from '../../edge/ledger/verify.ts';
import {openForReading} from '../../edge/store/open.ts';
import {temporaryFolder} from '../core/temporary-store.ts';
import {databasePath} from '../rig/box.ts';

const SPBS = fileURLToPath(new URL('../../dist/provisioning/spbs.js', import.meta.url));
const CONSOLE_PORT = 8480;

describe('npm run demo', () => {
  const {folder, remove} = temporaryFolder();
  let running: {readonly child: ChildProcessWithoutNullStreams; out: string} | undefined;
  let occupant: Server | undefined;

  beforeAll(async () => {
    // Whoever has the port already: this test, or another program.
    occupant = createServer();
    occupant.on('error', () => undefined);
    occupant.listen(CONSOLE_PORT, '127.0.0.1');
    await sleep(50);
  });
  afterEach(async () => {
    if (running?.child.exitCode === null && running.child.signalCode === null) {
      running.child.kill('SIGKILL');
      await once(running.child, 'close');
    }
  });
  afterAll(() => {
    occupant?.close();
    remove();
  });

  const start = (...words: readonly string[]): {readonly child: ChildProcessWithoutNullStreams; out: string} => {
    const child = spawn(process.execPath, [SPBS, 'demo', '--folder', join(folder, 'demo'), ...words], {stdio: ['pipe', 'pipe', 'pipe']});
    const demo = {child, out: ''};
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (demo.out += text));
    running = demo;
    return demo;
  };
  const says = (demo: {readonly out: string}, pattern: RegExp, seconds: number): Promise<RegExpExecArray> =>
    vi.waitFor(
      () => {
        const found = pattern.exec(demo.out);
        if (found === null) throw new Error(`it has not said ${pattern} yet, but:\n${demo.out.slice(-2_000)}`);
        return found;
      },
      {timeout: seconds * 1_000, interval: 50},
    );

  test('prices calls and locks a line within a minute, unlocks it by a key, and ends with Ctrl-C', {timeout: 120_000}, async () => {
    const demo = start('--fresh');
    const [, address = ''] = await says(demo, /console +(http:\S+)/, 30);
    expect(address).not.toContain(`:${CONSOLE_PORT}`);
    await vi.waitFor(
      async () => {
        const health = await fetch(`${address}/health`);
        expect(health.headers.get('content-type')).toMatch(/charset=utf-8/);
        expect(await health.json()).toMatchObject({light: 'ok', stages: {feed: 'ok', switchboard: 'ok'}});
      },
      {timeout: 10_000, interval: 100},
    );
    await says(demo, /\d\d:\d\d:\d\d {2}1\d\d +priced +£/, 60);
    await says(demo, /101 +WARNED/, 60);
    await says(demo, /101 +LOCKED +the switchboard confirms it in \d+ ms/, 60);
    await says(demo, /press c/, 5);
    await says(demo, /101 +barred/, 15);
    demo.child.stdin.write('c');
    await says(demo, /101 +paid in +£10/, 20);
    await says(demo, /101 +UNLOCKED +the switchboard confirms it in \d+ ms/, 10);
    demo.child.kill('SIGINT');
    const [code] = (await once(demo.child, 'close')) as [number | null];
    expect(code).toBe(0);
    await expect(fetch(`${address}/health`)).rejects.toThrow('fetch failed');
  });

  test('starts again within five seconds, and keeps what was there', {timeout: 60_000}, async () => {
    const before = openForReading(databasePath(join(folder, 'demo')));
    const calls = before.prepare('SELECT count(*) FROM call').pluck();
    const had = calls.get() as number;
    const began = performance.now();
    const demo = start();
    await says(demo, /Ctrl-C ends everything/, 30);
    const seconds = (performance.now() - began) / 1_000;
    expect(had).toBeGreaterThan(0);
    expect(calls.get()).toBeGreaterThanOrEqual(had);
    expect(verifyLedger(before).findings).toEqual([]);
    before.close();
    expect(seconds).toBeLessThan(5);
    demo.child.kill('SIGTERM');
    await once(demo.child, 'close');
  });

  test('takes everything with it when it is killed', {timeout: 60_000}, async () => {
    const demo = start();
    const [, address = ''] = await says(demo, /console +(http:\S+)/, 30);
    demo.child.kill('SIGKILL');
    await vi.waitFor(() => expect(fetch(`${address}/health`)).rejects.toThrow('fetch failed'), {timeout: 10_000, interval: 100});
  });

  test('forgets all that with --fresh', {timeout: 60_000}, async () => {
    const demo = start('--fresh');
    await says(demo, /furnishing the hall/, 30);
    demo.child.kill('SIGTERM');
    await once(demo.child, 'close');
    const anew = openForReading(databasePath(join(folder, 'demo')));
    const oldest = anew.prepare('SELECT created_at FROM box').pluck().get() as number;
    anew.close();
    expect(Date.now() - oldest).toBeLessThan(60_000);
  });
});
