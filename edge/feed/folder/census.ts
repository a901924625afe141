// Which files of the folder are followed, and which were read before under another name, inode or device.
// In: what a look at the folder found. Out: the files to read, oldest first. Never true: a file that was read before and is
// read again because it was renamed, copied away before it was emptied, or replaced by its own longer copy, as rsync does.
import {closeSync} from 'node:fs';
import {Failure} from '../../../shared/failure/failure.ts';
import type {Log} from '../../../shared/log/log.ts';
import type {Spool} from '../spool.ts';
import {Beginnings} from './beginnings.ts';
import {FollowedFile, Head} from './followed-file.ts';
import {keyOf, openEntry, type Entry} from './listing.ts';

export type CensusGiven = {
  readonly feed: string;
  readonly folder: string;
  readonly spool: Pick<Spool, 'files' | 'setFile' | 'forget'>;
  readonly log: Log;
  /** Looks for files under names that do not match the pattern. */
  readonly everywhere: () => readonly Entry[];
  /** A file cannot be opened. */
  readonly refused: (name: string, error: unknown) => void;
  /** Lines may be lost. */
  readonly lost: (what: string) => void;
};

/** So long a file may be away and still be known when it comes back: a share that is not mounted yet, a disk being changed. */
const REMEMBERED_MS = 24 * 60 * 60_000;
/** Each open file costs a question five times a second. More than a few never grow at a time. */
const MOST_OPEN = 8;

export class Census {
  readonly #given: CensusGiven;
  readonly #files = new Map<string, FollowedFile>();
  /** Copies of files that are there; said once. */
  #copies: ReadonlySet<string> = new Set();
  /** Emptied files whose place in the map went to a copy of another that was written over them. */
  readonly #displaced: FollowedFile[] = [];
  /** Those of which something was read: a copy can be a copy of these only. */
  #beginnings = new Beginnings([]);
  #isFirst = true;

  constructor(given: CensusGiven, nowMs: number) {
    this.#given = given;
    for (const row of given.spool.files(given.feed)) this.#add(new FollowedFile(row, row, nowMs));
  }

  get files(): readonly FollowedFile[] {
    return [...this.#files.values()];
  }

  /** Oldest first. What has gone can only be older than what is there. */
  unread(): readonly FollowedFile[] {
    return this.files.filter((file) => file.hasUnread && (file.missingSinceMs === undefined || file.isOpen)).toSorted(byAge);
  }

  /** Files that another one follows: nothing will be written to them any more. */
  replaced(): readonly FollowedFile[] {
    const newest = this.#newest();
    return this.files.filter((file) => file !== newest && (newest !== undefined || file.missingSinceMs !== undefined));
  }

  /** Takes what is in the folder. Returns files that are over, having been emptied: their last lines wait to be handed on. */
  take(entries: readonly Entry[], nowMs: number): readonly FollowedFile[] {
    const present = new Map(entries.map((entry) => [keyOf(entry.device, entry.inode), entry]));
    const newlyMissing: FollowedFile[] = [];
    for (const file of this.#files.values()) {
      const entry = present.get(file.key);
      if (entry !== undefined) file.seen(entry, nowMs);
      else if (file.missingSinceMs === undefined) newlyMissing.push(file);
      if (entry === undefined) file.missingSinceMs ??= nowMs;
    }
    this.#lookEverywhere(newlyMissing, nowMs);
    const ended: FollowedFile[] = [];
    this.#unlessFull(() => {
      const copies = new Set<string>();
      // First copies of what was emptied, then what was emptied, begun again.
      this.#meetAll(entries, nowMs, copies);
      for (const file of this.files) if (file.isOver) this.#end(file, ended);
      this.#meetAll(entries, nowMs, copies);
      this.#copies = copies;
      this.#tellMissing();
      this.#forgetMissing(nowMs);
    });
    ended.push(...this.#displaced.splice(0));
    for (const file of ended) {
      file.close();
      if (file.mayHaveHeldMore) this.#given.lost(`${file.name} was emptied or replaced after byte ${file.place} of it had been read`);
    }
    const newest = this.#newest();
    // Held open, its growth is seen at once, and it can be read to its end if it is deleted.
    if (newest !== undefined && !newest.isOver) this.open(newest);
    return ended;
  }

  /** Opens a file to read it; false if it cannot be. */
  open(file: FollowedFile): boolean {
    if (file.isOpen) return true;
    const open = this.files.filter(({isOpen, missingSinceMs}) => isOpen && missingSinceMs === undefined);
    const quietest = open.toSorted((left, right) => left.quietSinceMs - right.quietSinceMs);
    for (const quiet of quietest.slice(0, Math.max(0, open.length - MOST_OPEN + 1))) quiet.close();
    try {
      return file.open(this.#given.folder);
    } catch (error) {
      this.#given.refused(file.name, error);
      return false;
    }
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
  }

  #meetAll(entries: readonly Entry[], nowMs: number, copies: Set<string>): void {
    this.#beginnings = new Beginnings(this.files);
    const unknown = entries.filter((entry) => entry.size > 0 && this.#files.get(keyOf(entry.device, entry.inode))?.isOver !== false);
    for (const entry of unknown.toSorted(byAge)) this.#meet(entry, nowMs, copies);
  }

  /** A file that is not known under this inode, or no longer. */
  #meet(entry: Entry, nowMs: number, copies: Set<string>): void {
    const key = keyOf(entry.device, entry.inode);
    let descriptor: number | undefined;
    try {
      descriptor = openEntry(this.#given.folder, entry);
      if (descriptor === undefined) return;
      const origin = this.#originOf(entry, descriptor);
      if (origin === undefined) {
        if (!this.#files.has(key)) this.#add(new FollowedFile(entry, undefined, nowMs)).seen(entry, nowMs);
      } else if (origin.isLost) this.#continue(origin, entry, nowMs);
      else {
        copies.add(key);
        if (!this.#copies.has(key)) this.#given.log.info(`${entry.name} is a copy of ${origin.name}, which is read in its place`);
      }
    } catch (error) {
      this.#given.refused(entry.name, error);
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }

  /** The file that this one is a copy of: preferably one that is gone or was emptied since, whose place it then takes. */
  #originOf(entry: Entry, descriptor: number): FollowedFile | undefined {
    const head = new Head(descriptor);
    const key = keyOf(entry.device, entry.inode);
    const alike = this.#beginnings.like(head).filter((file) => file.key !== key && this.#files.get(file.key) === file);
    const lost = alike.filter((file) => file.isLost);
    const best = lost.find((file) => file.place <= entry.size) ?? lost.at(-1);
    if (best !== undefined) return best;
    // Only a file that is open knows whether it was emptied and begun again.
    return alike.find((file) => this.open(file) && (file.isOver || file.holdsCopyIn(descriptor, entry.size)));
  }

  /** The copy goes on where the original was left. */
  #continue(origin: FollowedFile, entry: Entry, nowMs: number): void {
    const {spool, feed, log} = this.#given;
    const place = Math.min(origin.place, entry.size);
    // Of a file of which only half a line was read there is no place to keep.
    const position =
      origin.session === undefined || place === 0 ? undefined : {...origin.position(feed, origin.session, place), ...identityOf(entry)};
    if (position !== undefined) spool.setFile(position);
    spool.forget({feed, ...identityOf(origin)});
    log.info(`${entry.name} continues ${origin.name}`, {at: place});
    origin.close();
    this.#files.delete(origin.key);
    const displaced = this.#files.get(keyOf(entry.device, entry.inode));
    if (displaced !== undefined) this.#displaced.push(displaced);
    const copy = this.#add(new FollowedFile(entry, position, nowMs));
    copy.seen(entry, nowMs);
    this.#beginnings.add(copy);
  }

  /** A file that was emptied, and whose rest no copy holds. */
  #end(file: FollowedFile, ended: FollowedFile[]): void {
    const {spool, feed} = this.#given;
    spool.forget({feed, ...identityOf(file)});
    this.#files.delete(file.key);
    ended.push(file);
  }

  /** A file that was renamed to something that does not match still has lines that were never read. */
  #lookEverywhere(missing: readonly FollowedFile[], nowMs: number): void {
    if (missing.every((file) => file.isOpen)) return;
    const elsewhere = new Map(this.#given.everywhere().map((entry) => [keyOf(entry.device, entry.inode), entry]));
    for (const file of missing) {
      const entry = elsewhere.get(file.key);
      if (entry === undefined || file.isOpen) continue;
      file.seen(entry, nowMs);
      // Held open, it is read to its end under whatever name.
      if (!this.open(file) || file.isOver) file.close();
      file.missingSinceMs = nowMs;
    }
  }

  #tellMissing(): void {
    if (!this.#isFirst) return;
    this.#isFirst = false;
    const latest = Math.max(...this.files.map((file) => file.session ?? 0));
    for (const file of this.files) {
      if (file.missingSinceMs === undefined || file.isOpen || file.session !== latest) continue;
      this.#given.lost(`${file.name} has gone while the box was off, read to byte ${file.place}`);
    }
  }

  #forgetMissing(nowMs: number): void {
    const {spool, feed} = this.#given;
    for (const file of this.files) {
      if (file.missingSinceMs === undefined || nowMs - file.missingSinceMs < REMEMBERED_MS || file.hasUnread) continue;
      spool.forget({feed, ...identityOf(file)});
      file.close();
      this.#files.delete(file.key);
    }
  }

  /** The one that a switchboard writes to. */
  #newest(): FollowedFile | undefined {
    let newest: FollowedFile | undefined;
    for (const file of this.#files.values()) {
      if (file.missingSinceMs !== undefined || file.size === 0) continue;
      if (newest === undefined || byAge(file, newest) > 0) newest = file;
    }
    return newest;
  }

  #add(file: FollowedFile): FollowedFile {
    this.#files.set(file.key, file);
    return file;
  }

  /** While the disk is full no place can be kept or given up: the rest is left to a later look, which finds all as it was. */
  #unlessFull(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'store.full')) throw error;
      this.#given.log.warn(`files are not followed further while the disk is full: ${error.message}`);
    }
  }
}

function identityOf({device, inode, name}: Pick<Entry, 'device' | 'inode' | 'name'>): Pick<Entry, 'device' | 'inode' | 'name'> {
  return {device, inode, name};
}

type Aged = Pick<Entry, 'mtimeMs' | 'name'> & {readonly session?: number | undefined};

/** Of equal age, what was begun comes first; then `Master.csv.2` before `Master.csv.1` before `Master.csv`, as they were rotated. */
function byAge(left: Aged, right: Aged): number {
  if (left.mtimeMs !== right.mtimeMs) return left.mtimeMs - right.mtimeMs;
  if (left.session !== right.session) return (left.session ?? Infinity) - (right.session ?? Infinity);
  const rotations = rotationOf(right.name) - rotationOf(left.name);
  if (rotations !== 0) return rotations;
  return left.name < right.name ? -1 : 1;
}

function rotationOf(name: string): number {
  return Number(/\.(\d{1,6})$/.exec(name)?.[1] ?? 0);
}
