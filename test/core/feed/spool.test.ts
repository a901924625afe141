// What a door has handed over is there, in order, with its place; or none of it is.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {FilePosition, Line} from '../../../edge/feed/line.ts';
import {createSpool, type Spool} from '../../../edge/feed/spool.ts';
import {inTransaction, openStore, type Database} from '../../../edge/store/open.ts';
import {instant} from '../../../shared/time/instant.ts';

let folder: string;
let database: Database;
let spool: Spool;

function reopen(): void {
  database.close();
  database = openStore(join(folder, 'box.db'));
  spool = createSpool(database);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spbs-spool-'));
  database = openStore(join(folder, 'box.db'));
  spool = createSpool(database);
  spool.open('mitel', instant(1_000));
});
afterEach(() => {
  database.close();
  rmSync(folder, {recursive: true});
});

const line = (text: string, over: Partial<Line> = {}): Line => ({
  feed: 'mitel',
  session: 1,
  position: '1',
  receivedAt: instant(5_000),
  bytes: Buffer.from(text),
  broken: undefined,
  ...over,
});

const place = (over: Partial<FilePosition> = {}): FilePosition => ({
  feed: 'mitel',
  device: 7,
  inode: 42,
  name: 'Master.csv',
  session: 1,
  offset: 100,
  headBytes: 100,
  headHash: Buffer.alloc(32, 1),
  ...over,
});

const keep = (lines: readonly Line[], file?: FilePosition): readonly number[] =>
  inTransaction(database, () => spool.keep({feed: 'mitel', lines, file})).map(({id}) => id);

const texts = (lines: readonly {readonly bytes: Uint8Array}[]): readonly string[] => lines.map(({bytes}) => Buffer.from(bytes).toString());

describe('a feed', () => {
  test('keeps the go-live instant that it was first given', () => {
    spool.open('mitel', instant(2_000));
    reopen();
    expect(spool.goLive('mitel')).toBe(1_000);
  });

  test('counts its sessions, and no other feed’s', () => {
    spool.open('asterisk', instant(0));
    expect([spool.beginSession('mitel'), spool.beginSession('mitel'), spool.beginSession('asterisk')]).toEqual([1, 2, 1]);
    reopen();
    expect(spool.beginSession('mitel')).toBe(3);
  });

  test('that is not known has no session', () => expect(() => spool.beginSession('nobody')).toThrow('feed nobody'));
});

describe('a line', () => {
  test('comes back as it was received, byte for byte', () => {
    const bytes = Uint8Array.from({length: 256}, (_, at) => at);
    const sent = line('', {bytes, session: 3, position: '7:42:99', broken: 'cut-line'});
    const [id = 0] = keep([sent]);
    reopen();
    expect(spool.line(id)).toEqual({...sent, id, bytes: Buffer.from(bytes)});
  });

  test('has a number above all before it, over all feeds', () => {
    spool.open('asterisk', instant(0));
    const [first = 0] = keep([line('a')]);
    const [second = 0] = keep([line('b', {feed: 'asterisk'})]);
    const [third = 0] = keep([line('c')]);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
  });

  test('that does not exist is undefined', () => expect(spool.line(1)).toBeUndefined());
});

describe('a delivery', () => {
  test('that is undone leaves neither lines nor a place', () => {
    expect(() =>
      inTransaction(database, () => {
        spool.keep({feed: 'mitel', lines: [line('a')], file: place()});
        throw new Error('the power failed');
      }),
    ).toThrow('the power failed');
    expect(spool.unfinished('mitel', 10)).toEqual([]);
    expect(spool.files('mitel')).toEqual([]);
  });

  test('moves the place of its file, and keeps the files in the order of their sessions', () => {
    keep([line('b')], place({inode: 43, session: 2}));
    keep([line('a')], place());
    keep([line('a')], place({offset: 200, name: 'Master.csv.1'}));
    reopen();
    expect(spool.files('mitel')).toEqual([place({offset: 200, name: 'Master.csv.1'}), place({inode: 43, session: 2})]);
  });

  test('may bring a place without lines', () => {
    expect(keep([], place())).toEqual([]);
    expect(spool.files('mitel')).toEqual([place()]);
  });
});

test('a file that is forgotten has no place, and the others keep theirs', () => {
  keep([], place());
  keep([], place({inode: 43, session: 2}));
  spool.forget(place());
  expect(spool.files('mitel').map(({inode}) => inode)).toEqual([43]);
});

describe('what is unfinished', () => {
  test('comes oldest first, so many at a time, of one feed', () => {
    spool.open('asterisk', instant(0));
    keep([line('a'), line('x', {feed: 'asterisk'}), line('b'), line('c')]);
    expect(texts(spool.unfinished('mitel', 2))).toEqual(['a', 'b']);
  });

  test('begins after the last line that was finished, and never goes back', () => {
    const [first = 0, second = 0] = keep([line('a'), line('b'), line('c')]);
    spool.finish('mitel', second);
    spool.finish('mitel', first);
    reopen();
    expect(texts(spool.unfinished('mitel', 10))).toEqual(['c']);
  });
});

test('the tail is the last lines before one, oldest first', () => {
  const ids = keep(['a', 'b', 'c', 'd'].map((text) => line(text)));
  expect(texts(spool.tail('mitel', ids[3] ?? 0, 2))).toEqual(['b', 'c']);
});

describe('on a full disk', () => {
  test('a session and a place are refused by name, and can be had when there is space', () => {
    const pages = Number(database.pragma('page_count', {simple: true}));
    database.pragma(`max_page_count = ${pages}`);
    // Fills what is left of the last pages.
    const fill = (): void => {
      for (let inode = 0; inode < 10_000; inode++) spool.setFile(place({inode, name: 'x'.repeat(200)}));
    };
    expect(fill).toThrow(expect.objectContaining({code: 'store.full'}) as Error);
    database.pragma(`max_page_count = ${pages * 100}`);
    spool.setFile(place({inode: 10_001}));
    expect(spool.files('mitel').map(({inode}) => inode)).toContain(10_001);
    expect(spool.beginSession('mitel')).toBe(1);
  });
});
