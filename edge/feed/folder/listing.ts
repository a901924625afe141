// What lies in the watched folder. Synchronous, like all reading here: a slice is bounded and takes microseconds from a local
// disk, nothing can happen between two of its steps, and a simulation sees the same order every time.
import {closeSync, fstatSync, openSync, readdirSync, readSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {down, errorCode} from '../door-state.ts';
import type {DoorState} from '../door.ts';

export type Entry = {
  readonly device: number;
  readonly inode: number;
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
};

export type Listing =
  | {
      readonly kind: 'listed';
      readonly entries: readonly Entry[];
      /** Tells a folder from another that took its place. */ readonly folder: string;
    }
  | Extract<DoorState, {kind: 'down'}>;

/** Three years of a file a day, four times over. A look through so many takes some 40 ms: with more it would be felt. */
const MOST_FILES = 5_000;
/** What logrotate compresses was read before, under its plain name; unless the box was off all that time, and then says so. */
const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|zip|7z|z)$/i;

/** Regular files whose name is wanted, one entry an inode. */
export function listFolder(folder: string, wanted: (name: string) => boolean): Listing {
  try {
    const {dev, ino} = statSync(folder);
    const names = readdirSync(folder).filter(wanted).toSorted();
    if (names.length > MOST_FILES) return tooMany(folder, names.length);
    const entries = new Map<string, Entry>();
    for (const name of names) {
      const entry = entryOf(folder, name);
      if (entry === undefined) continue;
      const key = keyOf(entry.device, entry.inode);
      if (!entries.has(key)) entries.set(key, entry);
    }
    return {kind: 'listed', entries: [...entries.values()], folder: keyOf(dev, ino)};
  } catch (error) {
    return folderDown(folder, error);
  }
}

export function keyOf(device: number, inode: number): string {
  return `${device}:${inode}`;
}

/** `*` stands for any characters. Names that begin with a dot are half-written copies of rsync and the like. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  return (name) => {
    if (COMPRESSED.test(name) || (name.startsWith('.') && !pattern.startsWith('.'))) return false;
    if (last === undefined) return name === first;
    if (!name.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
  };
}

/** So many bytes from `at` on, fewer at the end of the file. */
export function readAt(descriptor: number, at: number, most: number): Buffer {
  const bytes = Buffer.allocUnsafe(most);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, most, at));
}

/** Opens the file if it is still this one; undefined if its name leads to another by now, or to none. */
export function openEntry(folder: string, {device, inode, name}: Pick<Entry, 'device' | 'inode' | 'name'>): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(join(folder, name), 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const {dev, ino} = fstatSync(descriptor);
  if (dev === device && ino === inode) return descriptor;
  closeSync(descriptor);
  return undefined;
}

/** Undefined for what is no regular file, or has gone since the folder was listed. */
function entryOf(folder: string, name: string): Entry | undefined {
  try {
    const stats = statSync(join(folder, name));
    return stats.isFile() ? {device: stats.dev, inode: stats.ino, name, size: stats.size, mtimeMs: stats.mtimeMs} : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function tooMany(folder: string, names: number): Listing {
  return down(
    'refused',
    `${names} files in ${folder} match the pattern, and at most ${MOST_FILES} can be followed`,
    'move old files to another folder, or make the pattern narrower',
  );
}

function folderDown(folder: string, error: unknown): Extract<DoorState, {kind: 'down'}> {
  const code = errorCode(error);
  if (code === 'ENOENT') {
    return down(
      'unreachable',
      `the folder ${folder} does not exist`,
      `make the folder, mount its disk, or correct "folder" in the configuration`,
    );
  }
  if (code === 'ENOTDIR') return down('unreachable', `${folder} is no folder`, 'correct "folder" in the configuration');
  if (code === 'EACCES' || code === 'EPERM') {
    return down(
      'refused',
      `the box may not look into ${folder}`,
      `give the box's user the right to list and read it: chmod g+rx ${folder}`,
    );
  }
  return down('unreachable', `the folder ${folder} cannot be read (${code})`, 'check the disk or the network share that it lies on');
}
