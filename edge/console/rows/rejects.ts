// Rejected lines that wait for a person, with their bytes as they came.
import type {Instant} from '../../../shared/time/instant.ts';
import type {Database} from '../../store/open.ts';

export type Reject = {
  readonly line: number;
  readonly feed: string;
  readonly reason: string;
  readonly detail: string;
  readonly receivedAt: Instant;
  /** The first {@link BYTES_SHOWN}. */
  readonly bytes: Buffer;
  readonly length: number;
};

export type WaitingFeed = {readonly feed: string; readonly count: number; readonly newest: Instant};

export type RejectReader = {
  readonly waiting: (feed: string | undefined, before: number, most: number) => readonly Reject[];
  readonly feeds: () => readonly WaitingFeed[];
  readonly isWaiting: (line: number) => boolean;
};

/** Counting stops here: a feed with the wrong profile rejects every line it ever sends. */
export const REJECTS_COUNTED = 10_000;
/** A call record is rarely longer; a person sees from here what it is. */
const BYTES_SHOWN = 600;

type Row = {line: number; feed: string; reason: string; detail: string; received_at: number; bytes: Buffer; length: number};

export function createRejectReader(database: Database): RejectReader {
  const columns = `r.line, r.feed, r.reason, r.detail, s.received_at, substr(s.bytes, 1, ${BYTES_SHOWN}) AS bytes, length(s.bytes) AS length
    FROM rejected_line r JOIN spool s ON s.id = r.line WHERE r.ended_at IS NULL`;
  const all = database.prepare<[number, number], Row>(`SELECT ${columns} AND r.line < ? ORDER BY r.line DESC LIMIT ?`);
  const ofFeed = database.prepare<[string, number, number], Row>(
    `SELECT ${columns} AND r.feed = ? AND r.line < ? ORDER BY r.line DESC LIMIT ?`,
  );
  const feeds = database.prepare<[], {feed: string; count: number; newest: number}>(`
    SELECT feed, count(*) AS count, max(at) AS newest
    FROM (SELECT feed, at FROM rejected_line WHERE ended_at IS NULL ORDER BY line DESC LIMIT ${REJECTS_COUNTED}) GROUP BY feed ORDER BY feed`);
  const waits = database.prepare<[number], number>('SELECT 1 FROM rejected_line WHERE line = ? AND ended_at IS NULL').pluck();
  return {
    waiting: (feed, before, most) => (feed === undefined ? all.all(before, most) : ofFeed.all(feed, before, most)).map(rejectOf),
    feeds: () => feeds.all().map(({feed, count, newest}) => ({feed, count, newest: newest as Instant})),
    isWaiting: (line) => waits.get(line) !== undefined,
  };
}

function rejectOf({line, feed, reason, detail, received_at: receivedAt, bytes, length}: Row): Reject {
  return {line, feed, reason, detail, receivedAt: receivedAt as Instant, bytes, length};
}
