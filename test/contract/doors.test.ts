// What every door must do, whatever it reads from: real files, real sockets, a real store.
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {Failure} from '../../shared/failure/failure.ts';
import {Box, isDown, isUp, type Running, type RunOptions} from './door-box.ts';
import {connectSource, folderSource, listenSource, type Source} from './door-sources.ts';

/** Half a minute of grace, back-offs and looks pass in a fraction of a second. */
const FAST = 100;

const doors: readonly (readonly [name: string, open: () => Promise<Source>])[] = [
  ['the folder door', folderSource],
  ['the TCP door that connects', connectSource],
  ['the TCP door that listens', listenSource],
];

describe.each(doors)('%s', (_, open) => {
  let box: Box;
  let source: Source;

  beforeEach(async () => {
    box = new Box();
    source = await open();
  });
  afterEach(async () => {
    await box.dispose();
    await source.dispose();
  });

  const run = (options: RunOptions = {}): Running => box.run(source.settings, options);

  test('takes every line once and in order', async () => {
    run();
    const lines = Array.from({length: 300}, (_, at) => `call ${at}`);
    for (let at = 0; at < lines.length; at += 7) await source.write(`${lines.slice(at, at + 7).join('\r\n')}\r\n`);
    expect(await box.taken(lines.length)).toEqual(lines);
    expect(box.lines().every(({feed}) => feed === 'feed')).toBe(true);
  });

  test('takes more than a batch at once', async () => {
    const {deliveries} = run();
    const lines = Array.from({length: 3_000}, (_, at) => `${at}`);
    await source.write(`${lines.join('\n')}\n`);
    expect(await box.taken(lines.length)).toEqual(lines);
    expect(Math.max(...deliveries.map((delivery) => delivery.lines.length))).toBeLessThanOrEqual(500);
  });

  test('waits for the other half of a line', async () => {
    run();
    await source.write('first\nhalf a ');
    expect(await box.taken(1)).toEqual(['first']);
    await sleep(50);
    await source.write('line\n');
    expect(await box.taken(2)).toEqual(['first', 'half a line']);
  });

  test('keeps half a line that was broken off, marked, and glues nothing to it', async () => {
    run({speed: FAST});
    await source.write('first\nhalf a ');
    expect(await box.taken(1)).toEqual(['first']);
    await source.breakOff();
    // The folder door needs proof that the old file has a successor.
    await source.write('third\n');
    await vi.waitFor(() => expect([...box.texts()].toSorted()).toEqual(['first', 'half a  (cut-line)', 'third']), {timeout: 10_000});
  });

  test('keeps a line that is too long once, cut and marked, says so, and reads on', async () => {
    const {troubles} = run();
    await source.write(`${'x'.repeat(10_000)}\nnext\n`);
    expect(await box.taken(2)).toEqual([`${'x'.repeat(8_192)} (line-too-long)`, 'next']);
    expect(troubles).toEqual([expect.stringContaining('10000 bytes')]);
  });

  test('begins a new session where its source begins anew', async () => {
    run();
    await source.write('a\n');
    expect(await box.taken(1)).toEqual(['a']);
    await source.breakOff();
    await source.write('b\n');
    expect(await box.taken(2)).toEqual(['a', 'b']);
    const [first, second] = box.lines();
    expect(second?.session).toBe((first?.session ?? 0) + 1);
  });

  test('goes on after a restart without a line lost or repeated', async () => {
    const first = run();
    await source.write('a\nb\n');
    expect(await box.taken(2)).toEqual(['a', 'b']);
    await first.stop();
    run();
    await source.write('c\n');
    expect(await box.taken(3)).toEqual(['a', 'b', 'c']);
  });

  test('waits while the disk is full, loses nothing, and says nothing of the feed', async () => {
    const {states} = run({speed: FAST});
    await source.write('a\n');
    expect(await box.taken(1)).toEqual(['a']);
    box.fillDisk();
    const lines = Array.from({length: 400}, (_, at) => `call ${at} ${'x'.repeat(200)}`);
    for (const line of lines) await source.write(`${line}\n`);
    await sleep(100);
    // What was free in the last pages is used up, no more.
    expect(box.texts().length).toBeLessThan(lines.length);
    const before = states.length;
    box.freeDisk();
    expect(await box.taken(lines.length + 1)).toEqual(['a', ...lines]);
    expect(states.slice(before)).toEqual([]);
    expect(states.at(-1)).toEqual({kind: 'up'});
  });

  test('takes nothing twice when the disk is full in the middle of a batch', async () => {
    let refusals = 0;
    run({
      speed: FAST,
      before: (delivery) => {
        if (delivery.lines.length > 1 && refusals++ < 3) throw new Failure('store.full', 'full', 'free space');
      },
    });
    const lines = Array.from({length: 50}, (_, at) => `call ${at}`);
    await source.write(`${lines.join('\n')}\n`);
    expect(await box.taken(lines.length)).toEqual(lines);
    expect(refusals).toBeGreaterThanOrEqual(3);
  });

  test('stops the box for any other fault of the store', async () => {
    const {ended} = run({
      before: () => {
        throw new Failure('store.corrupt', 'the chain is broken', 'restore a backup');
      },
    });
    await source.write('a\n');
    await expect(ended).rejects.toThrow('the chain is broken');
  });

  test('is up while its source is there, down with cause and cure while it is not, and up again', async () => {
    const running = run({speed: FAST});
    await source.write('a\n');
    await isUp(running);
    expect(await box.taken(1)).toEqual(['a']);
    await source.goAway();
    const down = await isDown(running, /./);
    expect(['unreachable', 'refused']).toContain(down.code);
    expect(down.cure).not.toBe('');
    await source.comeBack();
    await isUp(running);
    await source.write('b\n');
    expect(await box.taken(2)).toEqual(['a', 'b']);
  });

  test('closes at the signal, says no more, and takes no more', async () => {
    const running = run();
    await source.write('a\n');
    expect(await box.taken(1)).toEqual(['a']);
    await isUp(running);
    const before = running.states.length;
    await running.stop();
    await sleep(20);
    expect(running.states.slice(before)).toEqual([]);
    expect(box.texts()).toEqual(['a']);
  });

  test('does not begin at all when it is told to stop before', async () => {
    const {ended, deliveries} = run({isStopped: true});
    await ended;
    expect(deliveries).toEqual([]);
  });
});
