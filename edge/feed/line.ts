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
};

/** A line that is safe on disk. Its number rises over all feeds. */
export type SpooledLine = Line & {readonly id: number};
