// One growing file, held by its inode: however it is renamed or deleted, what was written to it is read to the end.
// In: a descriptor. Out: framed lines and the place that is kept with them. Never true: a line from a file whose beginning has
// changed under us; a place that is ahead of what was handed on.
import {createHash} from 'node:crypto';
import {closeSync, fstatSync} from 'node:fs';
import {must} from '../../../shared/assert/assert.ts';
import {createFramer, type Framed} from '../framing.ts';
import type {FilePosition} from '../line.ts';
import {keyOf, openEntry, readAt, type Entry} from './listing.ts';

/** What tells two files with the same inode apart: some twenty calls, none of which happens twice. */
const HEAD_BYTES = 4_096;
/** Some thousand lines a slice: read and framed in about a millisecond. */
const CHUNK_BYTES = 256 * 1024;

/** `over`: the file was emptied and begun again; what was known of it holds no more. */
export type Reading = {readonly kind: 'lines'; readonly lines: readonly Framed[]} | {readonly kind: 'end'} | {readonly kind: 'over'};

export class FollowedFile {
  readonly device: number;
  readonly inode: number;
  readonly key: string;
  name: string;
  mtimeMs = 0;
  session: number | undefined;
  /** Monotonic time at which it last grew, or was first seen. */
  quietSinceMs: number;
  /** Monotonic time since which no name of the folder leads to it. */
  missingSinceMs: number | undefined;
  isOver = false;
  #place: number;
  #headBytes: number;
  #headHash: Buffer;
  /** The beginning itself, while the file is open. */
  #head: Buffer | undefined;
  #size: number;
  /** Its size when it was last known for certain to be the same file; undefined from before the box was on. */
  #surelyHeld: number | undefined;
  #readTo: number;
  #framer;
  #descriptor: number | undefined;

  /** `from`: how far it has been read before. */
  constructor(entry: Pick<Entry, 'device' | 'inode' | 'name'>, from: Omit<FilePosition, 'feed'> | undefined, nowMs: number) {
    this.device = entry.device;
    this.inode = entry.inode;
    this.key = keyOf(entry.device, entry.inode);
    this.name = entry.name;
    this.session = from?.session;
    this.quietSinceMs = nowMs;
    this.#place = from?.offset ?? 0;
    this.#headBytes = from?.headBytes ?? 0;
    this.#headHash = from?.headHash ?? hashOf(Buffer.alloc(0));
    this.#readTo = this.#place;
    this.#size = this.#place;
    this.#surelyHeld = from === undefined ? 0 : undefined;
    this.#framer = createFramer(this.#place);
  }

  /** The beginning that is kept with its place. */
  get beginning(): {readonly bytes: number; readonly hash: Buffer} {
    return {bytes: this.#headBytes, hash: this.#headHash};
  }
  get size(): number {
    return this.#size;
  }
  /** Everything before it has been handed on. */
  get place(): number {
    return this.#place;
  }
  get isOpen(): boolean {
    return this.#descriptor !== undefined;
  }
  get isBegun(): boolean {
    return this.#readTo > 0;
  }
  /** What is known of it is all that there will be, unless a copy of it turns up. */
  get isLost(): boolean {
    return this.isOver || this.missingSinceMs !== undefined;
  }
  get hasUnread(): boolean {
    return !this.isOver && this.#size > this.#readTo;
  }
  /** Whether there was more in it than was read, or nobody knows: it was not watched while the box was off. */
  get mayHaveHeldMore(): boolean {
    return this.#surelyHeld === undefined || this.#surelyHeld > this.#readTo;
  }
  /** Bytes of a last line that has no end yet. */
  get waiting(): number {
    return this.#framer.waiting();
  }

  /** What a look at the folder says of it. */
  seen(entry: Entry, nowMs: number): void {
    this.name = entry.name;
    this.missingSinceMs = undefined;
    if (this.#descriptor === undefined && !this.isOver) this.#measured(entry.size, entry.mtimeMs, nowMs);
  }

  /** What the open file says of itself; cheap enough to be asked all the time. */
  look(nowMs: number): void {
    if (this.#descriptor === undefined) return;
    const {size, mtimeMs} = fstatSync(this.#descriptor);
    if (size === this.#size && mtimeMs === this.mtimeMs) return;
    if (this.#beginsAsBefore(this.#descriptor)) this.#measured(size, mtimeMs, nowMs);
    else this.isOver = true;
  }

  /** Opens it and compares its beginning. False if its name leads to another file by now. Throws what the system says. */
  open(folder: string): boolean {
    if (this.#descriptor !== undefined) return true;
    const descriptor = openEntry(folder, this);
    if (descriptor === undefined) return false;
    this.#descriptor = descriptor;
    const head = readAt(descriptor, 0, Math.min(HEAD_BYTES, this.#readTo));
    if (hashOf(head.subarray(0, this.#headBytes)).equals(this.#headHash)) {
      this.#head = head;
      this.#surelyHeld = this.#size;
    } else this.isOver = true;
    return true;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#head = undefined;
  }

  /** The next slice; the file must be open. */
  read(): Reading {
    if (this.isOver) return {kind: 'over'};
    const descriptor = must(this.#descriptor, 'an open file');
    const chunk = readAt(descriptor, this.#readTo, CHUNK_BYTES);
    if (chunk.length === 0) return {kind: 'end'};
    // Looked at after the reading: what was read then belongs to this beginning, or is not used.
    if (!this.#beginsAsBefore(descriptor)) {
      this.isOver = true;
      return {kind: 'over'};
    }
    this.#growHead(chunk);
    this.#readTo += chunk.length;
    this.#size = Math.max(this.#size, this.#readTo);
    this.#surelyHeld = this.#size;
    return {kind: 'lines', lines: this.#framer.push(chunk)};
  }

  /** The last line, which will never be ended. */
  cut(): Framed | undefined {
    return this.#framer.cut();
  }

  /** Lines up to here are on disk. */
  took(end: number): void {
    this.#place = end;
    [this.#headBytes, this.#headHash] = this.#headAt(end);
  }

  /** The place as it is kept, once everything up to `end` is handed on. */
  position(feed: string, session: number, end: number): FilePosition {
    const [headBytes, headHash] = this.#headAt(end);
    const {device, inode, name} = this;
    return {feed, device, inode, name, session, offset: end, headBytes, headHash};
  }

  /** Whether another file begins as this one does, as far as this one was read. */
  beginsLike(head: Head): boolean {
    // What was read and not yet handed on counts too, and what can still be read; only an open file knows of it.
    if (this.#head !== undefined && this.#descriptor !== undefined) {
      const mine = this.#head.length > 0 ? this.#head : readAt(this.#descriptor, 0, HEAD_BYTES);
      const common = Math.min(mine.length, head.bytes.length);
      // A copy of a file that is there may still be growing; of one that has gone it is whole.
      if (this.isLost && common < mine.length) return false;
      return common > 0 && mine.subarray(0, common).equals(head.bytes.subarray(0, common));
    }
    return this.#headBytes > 0 && head.bytes.length >= this.#headBytes && head.hash(this.#headBytes).equals(this.#headHash);
  }

  /** Whether the first `length` bytes of another file are those of this one: its beginning and its end are compared. */
  holdsCopyIn(other: number, length: number): boolean {
    const mine = must(this.#descriptor, 'an open file');
    if (this.#size < length) return false;
    const last = Math.max(0, length - HEAD_BYTES);
    return [0, last].every((at) => {
      const most = Math.min(HEAD_BYTES, length - at);
      return readAt(mine, at, most).equals(readAt(other, at, most));
    });
  }

  #measured(size: number, mtimeMs: number, nowMs: number): void {
    if (size < this.#readTo) {
      this.isOver = true;
      return;
    }
    if (size !== this.#size) this.quietSinceMs = nowMs;
    this.#size = size;
    this.mtimeMs = mtimeMs;
    if (this.isOpen || size === this.#readTo) this.#surelyHeld = size;
  }

  #beginsAsBefore(descriptor: number): boolean {
    const head = must(this.#head, 'the beginning of an open file');
    return fstatSync(descriptor).size >= this.#readTo && readAt(descriptor, 0, head.length).equals(head);
  }

  #growHead(chunk: Buffer): void {
    const head = must(this.#head, 'the beginning of an open file');
    if (head.length < HEAD_BYTES) this.#head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
  }

  #headAt(end: number): readonly [bytes: number, hash: Buffer] {
    if (this.#head === undefined || this.#headBytes === HEAD_BYTES) return [this.#headBytes, this.#headHash];
    const head = this.#head.subarray(0, end);
    return head.length === this.#headBytes ? [this.#headBytes, this.#headHash] : [head.length, hashOf(head)];
  }
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** The beginning of a file that is not known yet. */
export class Head {
  readonly bytes: Buffer;
  readonly #hashes = new Map<number, Buffer>();

  constructor(descriptor: number) {
    this.bytes = readAt(descriptor, 0, HEAD_BYTES);
  }

  /** Of its first `length` bytes. It is compared with many files, most of them read as far. */
  hash(length: number): Buffer {
    const hash = this.#hashes.get(length) ?? hashOf(this.bytes.subarray(0, length));
    this.#hashes.set(length, hash);
    return hash;
  }
}
