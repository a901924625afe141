// What people did at the console of a box, as the box tells it: kept in its log only, and read from there.
import {z} from 'zod';
import {instant, type Instant} from '../../shared/time/instant.ts';
import {bodyOf} from '../../shared/wire/row.ts';
import type {Reader} from '../store/open.ts';
import {rowsOfKind} from './log-rows.ts';

export type ConsoleAct = {
  readonly seq: number;
  readonly at: Instant;
  readonly by: string;
  /** `lock`, `unlock` and `end` of a line, or another act such as `release-brake`. */
  readonly act: string;
  /** A line, for acts on lines. */
  readonly extension: string | undefined;
  readonly reason: string | undefined;
};

const told = z.object({
  act: z.string(),
  by: z.string(),
  at: z.int(),
  extension: z.string().optional(),
  reason: z.string().optional(),
});

/** Newest first. */
export async function consoleActs(db: Reader, site: string, most: number): Promise<readonly ConsoleAct[]> {
  const rows = [
    ...(await rowsOfKind(db, {site, log: 'up', kind: 'console-act'})),
    ...(await rowsOfKind(db, {site, log: 'up', kind: 'override'})),
  ];
  return rows
    .toSorted((a, b) => b.seq - a.seq)
    .slice(0, most)
    .flatMap((row) => {
      const {data} = told.safeParse(bodyOf(row));
      if (data === undefined) return [];
      const {act, by, at, extension, reason} = data;
      return [{seq: row.seq, at: instant(at), by, act, extension, reason}];
    });
}
