// The rows of line_state that credit control decides and the reconciler confirms.
import type {Instant} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';
import type {LineReading} from './port.ts';

export type LineRow = {
  readonly extension: string;
  readonly wanted: 'open' | 'locked';
  readonly decision: number;
  readonly decidedAt: Instant;
  readonly urgency: number;
  readonly confirmedDecision: number;
  readonly actual: LineReading;
};

/** What was learnt about a line, to be kept. */
export type Finding = {
  readonly extension: string;
  readonly at: Instant;
  readonly reading: LineReading;
  /** The decision that is done with this reading, an earlier one where the line was let go; undefined if none is. */
  readonly decision: number | undefined;
  /** How the last command failed; undefined if it did not. */
  readonly failure: {readonly count: number; readonly text: string} | undefined;
};

export type LineRows = {
  readonly one: (extension: string) => LineRow | undefined;
  readonly all: () => readonly LineRow[];
  readonly unconfirmed: () => readonly LineRow[];
  /** The next line in the order of extensions, from the first again after the last. */
  readonly after: (extension: string) => LineRow | undefined;
  readonly count: () => number;
  /** In one transaction. */
  readonly keep: (findings: readonly Finding[]) => void;
};

type Stored = {
  extension: string;
  wanted: 'open' | 'locked';
  decision: number;
  decided_at: number;
  urgency: number;
  confirmed_decision: number;
  actual_outgoing: LineReading['outgoing'];
  actual_incoming: LineReading['incoming'];
};

/** Failure texts hold what a switchboard said. */
const LONGEST_TEXT = 300;

export function createLineRows(database: Database): LineRows {
  const columns = 'extension, wanted, decision, decided_at, urgency, confirmed_decision, actual_outgoing, actual_incoming';
  const one = database.prepare<[string], Stored>(`SELECT ${columns} FROM line_state WHERE extension = ?`);
  const all = database.prepare<[], Stored>(`SELECT ${columns} FROM line_state ORDER BY extension`);
  const unconfirmed = database.prepare<[], Stored>(
    `SELECT ${columns} FROM line_state WHERE confirmed_decision < decision ORDER BY urgency, decided_at`,
  );
  const after = database.prepare<[string], Stored>(`SELECT ${columns} FROM line_state WHERE extension > ? ORDER BY extension LIMIT 1`);
  const count = database.prepare<[], number>('SELECT count(*) FROM line_state').pluck();
  const see = database.prepare<unknown[]>(
    'UPDATE line_state SET actual_outgoing = ?, actual_incoming = ?, actual_at = ? WHERE extension = ?',
  );
  const confirm = database.prepare<unknown[]>(
    'UPDATE line_state SET confirmed_decision = ?, failures = 0, last_failure = NULL WHERE extension = ?',
  );
  const fail = database.prepare<unknown[]>('UPDATE line_state SET failures = ?, last_failure = ? WHERE extension = ?');
  const keep = database.transaction((findings: readonly Finding[]) => {
    for (const {extension, at, reading, decision, failure} of findings) {
      see.run(reading.outgoing, reading.incoming, at, extension);
      if (decision !== undefined) confirm.run(decision, extension);
      if (failure !== undefined) fail.run(failure.count, failure.text.slice(0, LONGEST_TEXT), extension);
    }
  });
  return {
    one: (extension) => rowOf(one.get(extension)),
    all: () => all.all().map(present),
    unconfirmed: () => unconfirmed.all().map(present),
    after: (extension) => rowOf(after.get(extension) ?? after.get('')),
    count: () => count.get() ?? 0,
    keep: (findings) => keep.immediate(findings),
  };
}

function rowOf(stored: Stored | undefined): LineRow | undefined {
  return stored === undefined ? undefined : present(stored);
}

function present(stored: Stored): LineRow {
  return {
    extension: stored.extension,
    wanted: stored.wanted,
    decision: stored.decision,
    decidedAt: stored.decided_at as Instant,
    urgency: stored.urgency,
    confirmedDecision: stored.confirmed_decision,
    actual: {outgoing: stored.actual_outgoing, incoming: stored.actual_incoming},
  };
}
