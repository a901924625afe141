// A snapshot in parts that fit into a message each, signed like anything else that the cloud says.
import type {KeyObject} from 'node:crypto';
import {snapshotPart, type SnapshotItem, type SnapshotPart} from '../../shared/wire/snapshot.ts';
import {encodeSigned} from '../../shared/wire/talk.ts';
import type {Turn} from './sessions.ts';

export type Snapshot = {
  readonly cut: SnapshotPart['cut'];
  readonly items: AsyncIterable<readonly SnapshotItem[]> | readonly SnapshotItem[];
};

/** JSON inside JSON: a part's text grows by its quotes, and stays well below the longest message. */
const PART_BYTES = 1024 * 1024;
const PART_ITEMS = 5_000;

export type Parts = {readonly count: number; readonly bytes: (part: number) => Buffer};

/** Numbered from 1. An empty site has one part without items. All of them are held: 800,000 calls are about 55 MB, while they last. */
export async function partsOf({cut, items}: Snapshot, turn: Turn, key: KeyObject): Promise<Parts> {
  const parts: (readonly SnapshotItem[])[] = [];
  let current: SnapshotItem[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (current.length > 0) parts.push(current);
    [current, bytes] = [[], 0];
  };
  const add = (item: SnapshotItem): void => {
    const size = JSON.stringify(item).length;
    if (bytes + size > PART_BYTES || current.length >= PART_ITEMS) flush();
    current.push(item);
    bytes += size;
  };
  if (Symbol.asyncIterator in items) for await (const some of items) some.forEach(add);
  else items.forEach(add);
  flush();
  if (parts.length === 0) parts.push([]);
  const count = parts.length;
  return {
    count,
    bytes: (part) => encodeSigned('down', snapshotPart({...turn, cut, part, parts: count, items: [...(parts[part - 1] ?? [])]}), key),
  };
}
