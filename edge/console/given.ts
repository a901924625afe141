// What the control panel is given: facts to show, a handful of acts, and the machine's clock and randomness.
import type {Log} from '../../shared/log/log.ts';
import type {Clock, Instant, Timers} from '../../shared/time/instant.ts';
import type {Health} from '../health/health.ts';
import type {SiteBook} from '../site/book.ts';
import type {Database} from '../store/open.ts';

/** One line of the box's own log, as the console shows it. */
export type LogEntry = {
  readonly at: Instant;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Which part of the box said it, such as `feed.mitel`. */
  readonly name: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
};

export type OverrideAct = {
  readonly extension: string;
  readonly act: 'lock' | 'unlock' | 'end';
  readonly reason: string;
  readonly expires: Instant | undefined;
  /** Micros that may be spent while an unlock covers the line. */
  readonly limit: number | undefined;
};

/** What a person may do here. Each is journalled with the name of the person; each commits before it returns. */
export type ConsoleActs = {
  readonly override: (act: OverrideAct, by: string) => void;
  /** Lets the lines be locked that wait behind the brake. */
  readonly releaseBrake: (by: string) => void;
  /** Reads the waiting rejected lines of a feed again, with the profile as it is now. Returns how many were read. */
  readonly rerunRejects: (feed: string, by: string) => number;
  /** A rejected line that is no call: nobody has to look at it again. */
  readonly dismissReject: (line: number, by: string) => void;
};

export type ConsoleGiven = {
  /** The writer's connection: users and sessions of the console are the only rows written here. */
  readonly database: Database;
  /** For pages; cannot write. */
  readonly reading: Database;
  readonly health: Pick<Health, 'snapshot' | 'metrics'>;
  /** Newest last. */
  readonly logEntries: () => readonly LogEntry[];
  readonly acts: ConsoleActs;
  /** What prices the calls, for prices that are asked here. */
  readonly book: Pick<SiteBook, 'policy' | 'tariffAt' | 'extensionClass'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly log: Log;
};
