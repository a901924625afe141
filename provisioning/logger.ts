// The log of a process: JSON lines on standard error, and the last of them kept for the console.
import {pino, type Logger} from 'pino';
import type {LogEntry} from '../edge/console/given.ts';
import type {Log, LogFields} from '../shared/log/log.ts';
import {instant} from '../shared/time/instant.ts';

export type Level = LogEntry['level'];
export type ProcessLog = {readonly log: Log; readonly entries: () => readonly LogEntry[]};

/** A page of the console shows a hundred; an engineer scrolls a few. */
const ENTRIES_KEPT = 1_000;

/** `root`: whose log it is, `box` or `cloud`. */
export function createProcessLog(root: string, level: Level, write: (line: string) => void): ProcessLog {
  const kept: LogEntry[] = [];
  const logger = pino(
    {level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: {level: (label) => ({level: label})}},
    {write},
  );
  const keep = (entry: LogEntry): void => {
    kept.push(entry);
    if (kept.length > ENTRIES_KEPT) kept.shift();
  };
  return {log: named(root, {logger, keep, least: level}), entries: () => kept};
}

const ORDER: readonly Level[] = ['debug', 'info', 'warn', 'error'];

type Ground = {readonly logger: Logger; readonly keep: (entry: LogEntry) => void; readonly least: Level};

function named(name: string, ground: Ground): Log {
  const {keep, least} = ground;
  const logger = ground.logger.child({name});
  const at =
    (level: Level) =>
    (message: string, fields: LogFields = {}): void => {
      if (ORDER.indexOf(level) < ORDER.indexOf(least)) return;
      const known = Object.fromEntries(
        Object.entries(fields).filter((field): field is [string, string | number | boolean] => field[1] !== undefined),
      );
      keep({at: instant(Date.now()), level, name, message, fields: known});
      logger[level](known, message);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    named: (other) => named(other, ground),
  };
}
