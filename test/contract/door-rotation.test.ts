// Growing files as logrotate and its like really treat them: renamed, copied and emptied, replaced, deleted.
import {closeSync, copyFileSync, openSync, rmSync, statSync, truncateSync, writeFileSync, writeSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {isUp} from './door-box.ts';
import {calls, FAST, FolderBench, text} from './door-folder-bench.ts';

let bench: FolderBench;

beforeEach(() => {
  bench = new FolderBench();
});
afterEach(() => bench.dispose());

describe('a file that is renamed', () => {
  test('is read to its end under its new name, and its successor after it', async () => {
    const first = bench.run();
    bench.append('Master.csv', 'a\n');
    expect(await bench.box.taken(1)).toEqual(['a']);
    bench.append('Master.csv', 'b\n');
    bench.rename('Master.csv', 'Master.csv.1');
    bench.append('Master.csv', 'c\n');
    expect(await bench.box.taken(3)).toEqual(['a', 'b', 'c']);
    await first.stop();
    bench.run();
    bench.append('Master.csv', 'd\n');
    expect(await bench.box.taken(4)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('is followed while its writer still has it open', async () => {
    bench.run();
    const writer = openSync(bench.path('Master.csv'), 'a');
    writeSync(writer, 'a\nb');
    expect(await bench.box.taken(1)).toEqual(['a']);
    bench.rename('Master.csv', 'Master.csv.1');
    bench.append('Master.csv', 'd\n');
    writeSync(writer, 'b\nc\n');
    closeSync(writer);
    expect([...(await bench.box.taken(4))].toSorted()).toEqual(['a', 'bb', 'c', 'd']);
  });

  test('is read to its end under a name that does not match, even if that happened while the box was off', async () => {
    const first = bench.run({pattern: 'Master.csv'});
    bench.append('Master.csv', 'a\n');
    expect(await bench.box.taken(1)).toEqual(['a']);
    bench.append('Master.csv', 'b\n');
    bench.rename('Master.csv', 'old-calls');
    bench.append('Master.csv', 'c\n');
    expect(await bench.box.taken(3)).toEqual(['a', 'b', 'c']);
    await first.stop();
    bench.append('Master.csv', 'd\n');
    bench.rename('Master.csv', 'older-calls');
    bench.append('Master.csv', 'e\n');
    const {troubles} = bench.run({pattern: 'Master.csv'});
    expect(await bench.box.taken(5)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(troubles).toEqual([]);
  });

  test('has its last half line kept as cut once the grace is over, and not before', async () => {
    // 30 s are 300 ms here.
    bench.run({speed: FAST});
    bench.append('Master.csv', 'a\nhalf');
    expect(await bench.box.taken(1)).toEqual(['a']);
    bench.rename('Master.csv', 'Master.csv.1');
    bench.append('Master.csv', 'b\n');
    expect(await bench.box.taken(2)).toEqual(['a', 'b']);
    await sleep(100);
    expect(bench.box.texts()).toEqual(['a', 'b']);
    expect(await bench.box.taken(3)).toEqual(['a', 'b', 'half (cut-line)']);
  });

  test('has its last half line kept as cut if the box was restarted in the grace', async () => {
    const first = bench.run();
    bench.append('Master.csv', 'a\nhalf');
    expect(await bench.box.taken(1)).toEqual(['a']);
    bench.rename('Master.csv', 'Master.csv.1');
    bench.append('Master.csv', 'b\n');
    expect(await bench.box.taken(2)).toEqual(['a', 'b']);
    await first.stop();
    const second = bench.run({speed: FAST});
    expect(await bench.box.taken(3)).toEqual(['a', 'b', 'half (cut-line)']);
    await second.stop();
    bench.run({speed: FAST});
    await sleep(400);
    expect(bench.box.texts()).toEqual(['a', 'b', 'half (cut-line)']);
  });
});

describe('a file that is copied away and emptied', () => {
  const rotate = (): void => {
    copyFileSync(bench.path('Master.csv'), bench.path('Master.csv.1'));
    truncateSync(bench.path('Master.csv'));
  };

  test('is read on in the copy, then from its beginning; nothing twice, and no trouble', async () => {
    const {troubles} = bench.run();
    bench.append('Master.csv', text(calls(1, 60)));
    expect(await bench.box.taken(60)).toEqual(calls(1, 60));
    bench.append('Master.csv', text(calls(61, 62)));
    rotate();
    bench.append('Master.csv', text(calls(63, 64)));
    expect(await bench.box.taken(64)).toEqual(calls(1, 64));
    expect(troubles).toEqual([]);
  });

  test('has its last half line completed from the copy', async () => {
    const {troubles} = bench.run();
    bench.append('Master.csv', `${text(calls(1, 60))}half`);
    expect(await bench.box.taken(60)).toEqual(calls(1, 60));
    bench.append('Master.csv', ' a line\n');
    rotate();
    bench.append('Master.csv', 'next\n');
    expect(await bench.box.taken(62)).toEqual([...calls(1, 60), 'half a line', 'next']);
    expect(troubles).toEqual([]);
  });

  test('has its first half line completed from the copy, even if no line was ever handed on', async () => {
    const {troubles} = bench.run();
    bench.append('Master.csv', 'half');
    // Looked at five times a second, and hinted at.
    await sleep(300);
    bench.append('Master.csv', ' a line\n');
    rotate();
    bench.append('Master.csv', 'next\n');
    expect(await bench.box.taken(2)).toEqual(['half a line', 'next']);
    expect(troubles).toEqual([]);
  });

  test('is read once even if it was copied twice', async () => {
    bench.run();
    bench.append('Master.csv', text(calls(1, 60)));
    expect(await bench.box.taken(60)).toEqual(calls(1, 60));
    bench.append('Master.csv', text(calls(61, 62)));
    copyFileSync(bench.path('Master.csv'), bench.path('Master.csv.saved'));
    rotate();
    bench.append('Master.csv', text(calls(63, 64)));
    expect(await bench.box.taken(64)).toEqual(calls(1, 64));
  });

  test('may take its time to be copied', async () => {
    bench.run();
    bench.append('Master.csv', text(calls(1, 60)));
    expect(await bench.box.taken(60)).toEqual(calls(1, 60));
    writeFileSync(bench.path('Master.csv.1'), text(calls(1, 20)));
    await sleep(250);
    bench.append('Master.csv.1', text(calls(21, 60)));
    await sleep(250);
    expect(bench.box.texts()).toHaveLength(60);
    truncateSync(bench.path('Master.csv'));
    bench.append('Master.csv', text(calls(61, 61)));
    expect(await bench.box.taken(61)).toEqual(calls(1, 61));
  });

  test('is the same if the box was off', async () => {
    const first = bench.run();
    bench.append('Master.csv', text(calls(1, 60)));
    expect(await bench.box.taken(60)).toEqual(calls(1, 60));
    await first.stop();
    bench.append('Master.csv', text(calls(61, 70)));
    rotate();
    bench.append('Master.csv', text(calls(71, 200)));
    const {troubles} = bench.run();
    expect(await bench.box.taken(200)).toEqual(calls(1, 200));
    expect(troubles).toEqual([]);
  });

  test('starts over without a word if no copy is kept and all of it was read', async () => {
    const {troubles} = bench.run();
    bench.append('Master.csv', text(calls(1, 60)));
    expect(await bench.box.taken(60)).toEqual(calls(1, 60));
    truncateSync(bench.path('Master.csv'));
    bench.append('Master.csv', text(calls(61, 62)));
    expect(await bench.box.taken(62)).toEqual(calls(1, 62));
    expect(troubles).toEqual([]);
    expect(bench.box.lines().at(-1)?.session).toBe(2);
  });

  test('is noticed even if it has grown beyond its old length at once', async () => {
    bench.run();
    bench.append('Master.csv', text(calls(1, 2)));
    expect(await bench.box.taken(2)).toEqual(calls(1, 2));
    truncateSync(bench.path('Master.csv'));
    bench.append('Master.csv', text(calls(3, 30)));
    expect(await bench.box.taken(30)).toEqual(calls(1, 30));
  });

  test('is a trouble if there is no copy and lines may be lost: half a line was left, or the box was off', async () => {
    const first = bench.run();
    bench.append('Master.csv', `${text(calls(1, 60))}half`);
    expect(await bench.box.taken(60)).toEqual(calls(1, 60));
    await first.stop();
    truncateSync(bench.path('Master.csv'));
    const {troubles} = bench.run();
    bench.append('Master.csv', text(calls(61, 61)));
    expect(await bench.box.taken(61)).toEqual(calls(1, 61));
    expect(troubles).toEqual([expect.stringContaining('Master.csv was emptied or replaced')]);
  });

  test('has the half line that was seen kept as cut', async () => {
    const {troubles} = bench.run();
    bench.append('Master.csv', `${text(calls(1, 2))}half`);
    expect(await bench.box.taken(2)).toEqual(calls(1, 2));
    await sleep(200);
    truncateSync(bench.path('Master.csv'));
    bench.append('Master.csv', 'next\n');
    expect(await bench.box.taken(4)).toEqual([...calls(1, 2), 'half (cut-line)', 'next']);
    expect(troubles).toEqual([]);
  });

  test('may have a hole of NULs in front, where its writer did not notice', async () => {
    bench.run();
    const writer = openSync(bench.path('Master.csv'), 'w');
    writeSync(writer, 'a\nb\n');
    expect(await bench.box.taken(2)).toEqual(['a', 'b']);
    truncateSync(bench.path('Master.csv'));
    writeSync(writer, 'c\n');
    closeSync(writer);
    expect(statSync(bench.path('Master.csv')).size).toBe(6);
    expect(await bench.box.taken(3)).toEqual(['a', 'b', 'c']);
  });
});

describe('a file that is replaced', () => {
  const replace = (name: string, content: string): void => {
    writeFileSync(bench.path(`.${name}.Xy12`), content);
    bench.rename(`.${name}.Xy12`, name);
  };

  test('by a longer copy of itself, as rsync does, is read on where it was left', async () => {
    const first = bench.run({pattern: '*'});
    replace('Master.csv', text(calls(1, 60)));
    expect(await bench.box.taken(60)).toEqual(calls(1, 60));
    replace('Master.csv', text(calls(1, 70)));
    expect(await bench.box.taken(70)).toEqual(calls(1, 70));
    await first.stop();
    replace('Master.csv', text(calls(1, 80)));
    const {troubles} = bench.run({pattern: '*'});
    expect(await bench.box.taken(80)).toEqual(calls(1, 80));
    expect(troubles).toEqual([]);
    expect(new Set(bench.box.lines().map(({session}) => session))).toEqual(new Set([1]));
  });

  test('by a copy of itself before anything was read of it is read once', async () => {
    // The older file takes its time: before the newer one comes to be read, it is replaced, and that is noticed.
    bench.append('Master.csv.1', text(calls(1, 2_000)));
    bench.age('Master.csv.1', 10);
    bench.append('Master.csv', text(calls(2_001, 2_060)));
    bench.run({
      after: ({lines: [line]}) => {
        if (Buffer.from(line?.bytes ?? []).toString() === calls(1, 1)[0]) replace('Master.csv', text(calls(2_001, 2_062)));
      },
    });
    expect(await bench.box.taken(2_062)).toEqual(calls(1, 2_062));
  });

  test('by another file is two files', async () => {
    bench.run();
    replace('Master.csv', text(calls(1, 60)));
    expect(await bench.box.taken(60)).toEqual(calls(1, 60));
    replace('Master.csv', text(calls(61, 70)));
    expect(await bench.box.taken(70)).toEqual(calls(1, 70));
  });
});

test('an inode that is used again is another file', async () => {
  const first = bench.run();
  bench.append('Master.csv', text(calls(1, 3)));
  expect(await bench.box.taken(3)).toEqual(calls(1, 3));
  await first.stop();
  // The same inode, as a file system gives it to the next file.
  writeFileSync(bench.path('Master.csv'), text(calls(4, 9)));
  bench.run();
  expect(await bench.box.taken(9)).toEqual(calls(1, 9));
  expect(bench.box.spool.files('feed')).toHaveLength(1);
});

describe('a file that is deleted', () => {
  test('is read to its end all the same, and its successor after it', async () => {
    const {troubles} = bench.run();
    bench.append('Master.csv', 'a\n');
    expect(await bench.box.taken(1)).toEqual(['a']);
    bench.append('Master.csv', 'b\n');
    rmSync(bench.path('Master.csv'));
    bench.append('Master.csv', 'c\n');
    expect(await bench.box.taken(3)).toEqual(['a', 'b', 'c']);
    expect(troubles).toEqual([]);
  });

  test('while the box was off is a trouble if it was the one that grew', async () => {
    const first = bench.run();
    bench.append('Master.csv.1', 'a\n');
    expect(await bench.box.taken(1)).toEqual(['a']);
    bench.append('Master.csv', 'b\n');
    expect(await bench.box.taken(2)).toEqual(['a', 'b']);
    await first.stop();
    rmSync(bench.path('Master.csv.1'));
    const second = bench.run();
    await isUp(second);
    await sleep(50);
    expect(second.troubles).toEqual([]);
    await second.stop();
    rmSync(bench.path('Master.csv'));
    const third = bench.run();
    await isUp(third);
    expect(third.troubles).toEqual([expect.stringContaining('Master.csv has gone while the box was off')]);
  });
});
