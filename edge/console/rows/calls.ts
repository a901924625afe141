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
  readonly ofLine: (extension: string, most: number) => readonly Call[];
  /** Newest first, from before `before`. */
  readonly ofPayer: (account: string, before: number, most: number) => readonly Call[];
  readonly unbillable: (reason: string | undefined, before: number, most: number) => readonly Call[];
  readonly unbillableByReason: () => readonly {readonly reason: string; readonly count: number}[];
};

/** Counting stops here: a site without a tariff keeps every call as unbillable. */
export const CALLS_COUNTED = 10_000;

const COLUMNS = `id, seq, state, feed, extension, direction, class, payer, started_at, duration, prefix, destination, amount, currency,
  reason, detail, working, flags`;

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
  const ofLine = database.prepare<[string, number], Row>(`SELECT ${COLUMNS} FROM call WHERE extension = ? ORDER BY seq DESC LIMIT ?`);
  const ofPayer = database.prepare<[string, number, number], Row>(
    `SELECT ${COLUMNS} FROM call WHERE payer = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
  );
  const unbillable = database.prepare<[number, number], Row>(
    `SELECT ${COLUMNS} FROM call WHERE state = 'unbillable' AND seq < ? ORDER BY seq DESC LIMIT ?`,
  );
  const ofReason = database.prepare<[string, number, number], Row>(
    `SELECT ${COLUMNS} FROM call WHERE state = 'unbillable' AND reason = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
  );
  const byReason = database.prepare<[], {reason: string; count: number}>(`
    SELECT reason, count(*) AS count FROM (SELECT reason FROM call WHERE state = 'unbillable' LIMIT ${CALLS_COUNTED})
    GROUP BY reason ORDER BY count DESC, reason`);
  return {
    ofLine: (extension, most) => ofLine.all(extension, most).map(callOf),
    ofPayer: (account, before, most) => ofPayer.all(account, before, most).map(callOf),
    unbillable: (reason, before, most) =>
      (reason === undefined ? unbillable.all(before, most) : ofReason.all(reason, before, most)).map(callOf),
    unbillableByReason: () => byReason.all(),
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
