// Calls as pages show them: no number, only what a price matched.
import type {Instant} from '../../../shared/time/instant.ts';
import type {Working} from '../../../shared/tariff/working.ts';
import type {CallState} from '../../ledger/call-fact.ts';
import type {Database} from '../../store/open.ts';

export type Call = {
  readonly id: string;
  readonly seq: number;
  readonly state: CallState;
  readonly feed: string;
  readonly extension: string | undefined;
  readonly direction: string;
  readonly class: string | undefined;
  readonly payer: string | undefined;
  readonly startedAt: Instant;
  readonly seconds: number;
  readonly prefix: string;
  readonly destination: string;
  readonly price: {readonly amount: number; readonly currency: string} | undefined;
  readonly reason: string | undefined;
  readonly detail: string | undefined;
  readonly working: Working | undefined;
  readonly flags: readonly string[];
};

export type CallReader = {
  /** Newest first: those of whoever pays for it now, and any among the box's newest {@link CALLS_LOOKED_AT}. */
  readonly ofLine: (line: {readonly extension: string; readonly payer: string | undefined}, most: number) => readonly Call[];
  /** Newest first, from before `before`. */
  readonly ofPayer: (account: string, before: number, most: number) => readonly Call[];
  readonly unbillable: (reason: string | undefined, before: number, most: number) => readonly Call[];
  readonly unbillableByReason: () => readonly {readonly reason: string; readonly count: number}[];
};

/** Counting stops here: a site without a tariff keeps every call as unbillable. */
export const CALLS_COUNTED = 10_000;
/** There is no index by line: each would cost every call that comes in, for a page that is opened now and then. */
const CALLS_LOOKED_AT = 3_000;

const COLUMNS = `id, seq, state, feed, extension, direction, class, payer, started_at, duration, prefix, destination, amount, currency,
  reason, detail, working, flags`;

/** Nothing ended its waiting yet. */
const WAITS = 'NOT EXISTS (SELECT 1 FROM call_resolution WHERE call_resolution.call = call.id)';

type Row = {
  id: string;
  seq: number;
  state: CallState;
  feed: string;
  extension: string | null;
  direction: string;
  class: string | null;
  payer: string | null;
  started_at: number;
  duration: number;
  prefix: string | null;
  destination: string | null;
  amount: number | null;
  currency: string | null;
  reason: string | null;
  detail: string | null;
  working: string | null;
  flags: string;
};

export function createCallReader(database: Database): CallReader {
  const ofLine = database.prepare<[{extension: string; payer: string | null; most: number}], Row>(`
    SELECT ${COLUMNS} FROM (
      SELECT * FROM (SELECT ${COLUMNS} FROM call WHERE payer = @payer AND extension = @extension ORDER BY seq DESC LIMIT @most)
      UNION
      SELECT * FROM (SELECT ${COLUMNS} FROM call WHERE seq > (SELECT max(seq) FROM call) - ${CALLS_LOOKED_AT} AND extension = @extension
        ORDER BY seq DESC LIMIT @most)
    ) ORDER BY seq DESC LIMIT @most`);
  const ofPayer = database.prepare<[string, number, number], Row>(
    `SELECT ${COLUMNS} FROM call WHERE payer = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
  );
  const ofReason = database.prepare<[string, number, number], Row>(
    `SELECT ${COLUMNS} FROM call WHERE state = 'unbillable' AND reason = ? AND seq < ? AND ${WAITS} ORDER BY seq DESC LIMIT ?`,
  );
  // From one reason to the next along the index: ten steps, however many calls wait.
  const reasons = database
    .prepare<[], string>(`
      WITH RECURSIVE waiting (reason) AS (
        SELECT min(reason) FROM call WHERE state = 'unbillable'
        UNION ALL
        SELECT (SELECT min(reason) FROM call WHERE state = 'unbillable' AND reason > waiting.reason) FROM waiting WHERE reason IS NOT NULL)
      SELECT reason FROM waiting WHERE reason IS NOT NULL`)
    .pluck();
  const countOf = database
    .prepare<[string], number>(
      `SELECT count(*) FROM (SELECT 1 FROM call WHERE state = 'unbillable' AND reason = ? AND ${WAITS} LIMIT ${CALLS_COUNTED})`,
    )
    .pluck();
  const newest = (before: number, most: number): readonly Row[] =>
    reasons
      .all()
      .flatMap((reason) => ofReason.all(reason, before, most))
      .sort((a, b) => b.seq - a.seq)
      .slice(0, most);
  return {
    ofLine: ({extension, payer = null}, most) => ofLine.all({extension, payer, most}).map(callOf),
    ofPayer: (account, before, most) => ofPayer.all(account, before, most).map(callOf),
    unbillable: (reason, before, most) => (reason === undefined ? newest(before, most) : ofReason.all(reason, before, most)).map(callOf),
    unbillableByReason: () =>
      reasons
        .all()
        .map((reason) => ({reason, count: countOf.get(reason) ?? 0}))
        .filter(({count}) => count > 0)
        .sort((a, b) => b.count - a.count),
  };
}

function callOf(row: Row): Call {
  return {
    id: row.id,
    seq: row.seq,
    state: row.state,
    feed: row.feed,
    extension: row.extension ?? undefined,
    direction: row.direction,
    class: row.class ?? undefined,
    payer: row.payer ?? undefined,
    startedAt: row.started_at as Instant,
    seconds: row.duration,
    prefix: row.prefix ?? '',
    destination: row.destination ?? '',
    price: row.amount === null || row.currency === null ? undefined : {amount: row.amount, currency: row.currency},
    reason: row.reason ?? undefined,
    detail: row.detail ?? undefined,
    working: row.working === null ? undefined : (JSON.parse(row.working) as Working),
    flags: JSON.parse(row.flags) as string[],
  };
}
