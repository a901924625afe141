// What every door hands on. Doors differ in how bytes arrive; after this type nobody can tell which one it was.
import type {Instant} from '../../shared/time/instant.ts';

/** One framed line as the switchboard sent it, without its terminator. */
export type Line = {
  /** Name of the feed, from the configuration. */
  readonly feed: string;
  /** Rises with every (re)connect of a live door and with every file of a folder door. */
  readonly session: number;
  /** Where in its source the line ends, as the door needs it to go on from there: `<device>:<inode>:<offset>`, or a count. */
  readonly position: string;
  readonly receivedAt: Instant;
  readonly bytes: Uint8Array;
  /** Set where the bytes are no whole line: cut by a lost link, or longer than any line may be. They are kept all the same. */
  readonly broken: 'cut-line' | 'line-too-long' | undefined;
};

/** A line that is safe on disk. Its number rises over all feeds. */
export type SpooledLine = Line & {readonly id: number};

/** How far a growing file has been read; kept in the transaction that keeps its lines. */
export type FilePosition = {
  readonly feed: string;
  readonly device: number;
  readonly inode: number;
  readonly name: string;
  readonly session: number;
  readonly offset: number;
  /** SHA-256 of the first `headBytes` bytes: tells a reused inode from a grown file. */
  readonly headBytes: number;
  readonly headHash: Buffer;
};

/** What a door hands over at once, in the order of arrival; all of it is kept, or none. */
export type Delivery = {readonly feed: string; readonly lines: readonly Line[]; readonly file: FilePosition | undefined};

/**
 * Takes a delivery to the disk and through the stages, in one transaction. Returns when it is durable. Throws Failure
 * `store.full` when the disk refuses it: then nothing was taken, and the door keeps its place and tries again later.
 */
export type Deliver = (delivery: Delivery) => void;
