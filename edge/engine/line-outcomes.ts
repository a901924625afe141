// What became of lines: counts by outcome, and the rejected ones in a list until somebody has seen to them.
import type {Instant} from '../../shared/time/instant.ts';
import type {Outcome} from '../record/call-record.ts';
import type {Database} from '../store/open.ts';

export type LineOutcomes = {
  /** In the caller's transaction. */
  readonly keep: (feed: string, outcomes: readonly Outcome[], at: Instant) => void;
  /** The same for lines that are in the list already: those that are read now leave it. */
  readonly replace: (feed: string, outcomes: readonly Outcome[], at: Instant) => void;
  /** Numbers of the rejected lines that wait, oldest first. */
  readonly waiting: (feed: string, most: number) => readonly number[];
  /** False if it does not wait. */
  readonly dismiss: (line: number, at: Instant) => boolean;
};

export function createLineOutcomes(database: Database): LineOutcomes {
  const addCount = database.prepare<unknown[]>(`
    INSERT INTO line_count (feed, outcome, count) VALUES (?, ?, ?) ON CONFLICT (feed, outcome) DO UPDATE SET count = count + excluded.count`);
  const insertRejected = database.prepare<unknown[]>(
    'INSERT INTO rejected_line (line, feed, reason, detail, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (line) DO UPDATE SET reason = excluded.reason, detail = excluded.detail',
  );
  const selectWaiting = database
    .prepare<[string, number], number>('SELECT line FROM rejected_line WHERE feed = ? AND ended_at IS NULL ORDER BY line LIMIT ?')
    .pluck();
  const end = database.prepare<unknown[]>('UPDATE rejected_line SET ended_at = ? WHERE line = ? AND ended_at IS NULL');

  const count = (feed: string, outcomes: readonly Outcome[]): void => {
    const counts = new Map<string, number>();
    for (const outcome of outcomes) counts.set(nameOf(outcome), (counts.get(nameOf(outcome)) ?? 0) + 1);
    for (const [name, value] of counts) addCount.run(feed, name, value);
  };
  const reject = (feed: string, outcome: Outcome, at: Instant): boolean => {
    if (outcome.kind !== 'rejected') return false;
    insertRejected.run(outcome.line, feed, outcome.reason, outcome.detail, at);
    return true;
  };

  return {
    keep: (feed, outcomes, at) => {
      count(feed, outcomes);
      for (const outcome of outcomes) reject(feed, outcome, at);
    },
    replace: (feed, outcomes, at) => {
      count(
        feed,
        outcomes.filter(({kind}) => kind !== 'rejected'),
      );
      for (const outcome of outcomes) if (!reject(feed, outcome, at)) for (const line of linesOf(outcome)) end.run(at, line);
    },
    waiting: (feed, most) => selectWaiting.all(feed, most),
    dismiss: (line, at) => end.run(at, line).changes === 1,
  };
}

function nameOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'call':
    case 'replay':
      return outcome.kind;
    case 'not-a-call':
      return `not-a-call:${outcome.what}`;
    case 'rejected':
      return `rejected:${outcome.reason}`;
  }
}

function linesOf(outcome: Outcome): readonly number[] {
  return outcome.kind === 'call' ? outcome.record.lines : [outcome.line];
}
