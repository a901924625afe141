// Files in a folder: their order, what is none of ours, and what can be out of reach.
import {chmodSync, copyFileSync, linkSync, mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {isDown, isUp} from './door-box.ts';
import {calls, FAST, FolderBench, text} from './door-folder-bench.ts';

let bench: FolderBench;

beforeEach(() => {
  bench = new FolderBench();
});
afterEach(() => bench.dispose());

test('half a line in the newest file waits for ever', async () => {
  bench.run({speed: FAST});
  bench.append('Master.csv', 'a\nhalf');
  expect(await bench.box.taken(1)).toEqual(['a']);
  await sleep(600);
  expect(bench.box.texts()).toEqual(['a']);
  bench.append('Master.csv', ' a line\n');
  expect(await bench.box.taken(2)).toEqual(['a', 'half a line']);
});

test('rotations while the box was off are read oldest first, each with a session of its own', async () => {
  const first = bench.run();
  bench.append('Master.csv', 'a\n');
  expect(await bench.box.taken(1)).toEqual(['a']);
  await first.stop();
  bench.append('Master.csv', 'b\n');
  bench.rename('Master.csv', 'Master.csv.3');
  bench.append('Master.csv.2', 'c\n');
  bench.append('Master.csv.1', 'd\n');
  bench.append('Master.csv', 'e\n');
  bench.age('Master.csv.3', 40);
  bench.age('Master.csv.2', 30);
  bench.age('Master.csv.1', 20);
  bench.run();
  expect(await bench.box.taken(5)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(bench.box.lines().map(({session}) => session)).toEqual([1, 1, 2, 3, 4]);
  const {dev, ino} = statSync(bench.path('Master.csv.2'));
  expect(bench.box.lines()[2]?.position).toBe(`${dev}:${ino}:2`);
});

test('of files of the same age the one with the higher number is older', async () => {
  for (const name of ['Master.csv', 'Master.csv.1', 'Master.csv.2', 'Master.csv.10']) {
    bench.append(name, `${name}\n`);
    utimesSync(bench.path(name), 1_000_000, 1_000_000);
  }
  bench.run();
  expect(await bench.box.taken(4)).toEqual(['Master.csv.10', 'Master.csv.2', 'Master.csv.1', 'Master.csv']);
});

describe('is not read', () => {
  test('what does not match, what is compressed, half-written copies, folders', async () => {
    bench.append('Other.csv', 'other\n');
    bench.append('Master.csv.2.gz', 'gz\n');
    bench.append('.Master.csv.Xy12', 'hidden\n');
    mkdirSync(bench.path('Master.csv.d'));
    bench.append('Master.csv', 'a\n');
    bench.run();
    expect(await bench.box.taken(1)).toEqual(['a']);
  });

  test('a copy beside the file, nor its second name', async () => {
    const first = bench.run();
    bench.append('Master.csv', text(calls(1, 60)));
    expect(await bench.box.taken(60)).toEqual(calls(1, 60));
    copyFileSync(bench.path('Master.csv'), bench.path('Master.csv.saved'));
    linkSync(bench.path('Master.csv'), bench.path('Master.csv.link'));
    await first.stop();
    bench.run();
    bench.append('Master.csv', text(calls(61, 61)));
    expect(await bench.box.taken(61)).toEqual(calls(1, 61));
  });
});

test('files that appear later are read', async () => {
  const running = bench.run({pattern: 'cdr-*.csv'});
  await isUp(running);
  bench.append('cdr-2026-11-25.csv', 'a\n');
  expect(await bench.box.taken(1)).toEqual(['a']);
  bench.append('cdr-2026-11-26.csv', 'b\n');
  expect(await bench.box.taken(2)).toEqual(['a', 'b']);
});

test('a folder that is not there yet is named, with a cure, and read when it comes', async () => {
  rmSync(bench.folder, {recursive: true});
  const running = bench.run();
  const down = await isDown(running, /does not exist/);
  expect(running.states).toHaveLength(1);
  expect(down.code).toBe('unreachable');
  expect(`${down.why} ${down.cure}`).toContain(bench.folder);
  mkdirSync(bench.folder);
  bench.append('Master.csv', 'a\n');
  await isUp(running);
  expect(await bench.box.taken(1)).toEqual(['a']);
});

test('a folder that was replaced by another of its name is still watched', async () => {
  const running = bench.run();
  bench.append('Master.csv', 'a\n');
  expect(await bench.box.taken(1)).toEqual(['a']);
  renameSync(bench.folder, `${bench.folder}-old`);
  await isDown(running, /does not exist/);
  mkdirSync(bench.folder);
  bench.append('Master.csv', 'b\n');
  expect(await bench.box.taken(2)).toEqual(['a', 'b']);
  bench.append('Master.csv', 'c\n');
  expect(await bench.box.taken(3)).toEqual(['a', 'b', 'c']);
});

describe('without permission', () => {
  /** Root may read everything: for the length of this test it is somebody else. */
  const asNobody = process.getuid?.() === 0 ? (id: number) => process.seteuid?.(id) : () => undefined;
  beforeEach(() => {
    chmodSync(bench.base, 0o755);
    asNobody(65_534);
  });
  afterEach(() => {
    asNobody(0);
    chmodSync(bench.folder, 0o755);
  });
  const allow = (target: string, mode: number): void => {
    asNobody(0);
    chmodSync(target, mode);
    asNobody(65_534);
  };

  test('the folder is refused, and read when it is given', async () => {
    asNobody(0);
    bench.append('Master.csv', 'a\n');
    asNobody(65_534);
    allow(bench.folder, 0o000);
    const running = bench.run();
    const down = await isDown(running, /may not look into/);
    expect(down.code).toBe('refused');
    expect(down.cure).toContain(bench.folder);
    allow(bench.folder, 0o755);
    await isUp(running);
    expect(await bench.box.taken(1)).toEqual(['a']);
  });

  test('a file is refused by its name, the others are read, and it is when the right is given', async () => {
    asNobody(0);
    bench.append('Master.csv.1', 'secret\n');
    bench.append('Master.csv', 'a\n');
    allow(bench.path('Master.csv.1'), 0o000);
    const running = bench.run();
    const down = await isDown(running, /may not read Master\.csv\.1/);
    expect(down.code).toBe('refused');
    expect(await bench.box.taken(1)).toEqual(['a']);
    allow(bench.path('Master.csv.1'), 0o644);
    await isUp(running);
    expect(await bench.box.taken(2)).toEqual(['a', 'secret']);
  });

  test('a file that was read before and may not be any more keeps the feed down, look after look', async () => {
    asNobody(0);
    bench.append('Master.csv.1', 'a\n');
    const first = bench.run();
    expect(await bench.box.taken(1)).toEqual(['a']);
    await first.stop();
    bench.append('Master.csv.1', 'b\n');
    bench.age('Master.csv.1', 10);
    bench.append('Master.csv', 'c\n');
    allow(bench.path('Master.csv.1'), 0o000);
    // A look a second is ten a second here.
    const second = bench.run({speed: 10});
    await isDown(second, /may not read Master\.csv\.1/);
    const before = second.states.length;
    await sleep(500);
    expect(second.states.slice(before)).toEqual([]);
    expect(await bench.box.taken(2)).toEqual(['a', 'c']);
  });
});

test('a folder with more files than can be followed says so and reads none', async () => {
  for (let at = 0; at <= 5_000; at++) writeFileSync(bench.path(`Master.csv.${at}`), '');
  const down = await isDown(bench.run(), /5001 files/);
  expect(down.code).toBe('refused');
});
