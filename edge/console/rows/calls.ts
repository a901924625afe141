// Calls as pages show them: no number, only what a price matched.
import type {Instant} from '../../../shared/time/instant.ts';
import type {Working} from '../../../shared/tariff/working.ts';
import type {CallState} from '../../ledger/call-fact.ts';
import type {Database} from '../../store/open.ts';

/** As it stands: a call whose waiting ended has the state, the payer and the price that this gave it. */
export type Call = {
  readonly id: string;
  readonly seq: number;
  readonly state: CallState | 'written-off';
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
  /** How its waiting as unbillable ended, if it waited. */
  readonly resolution: Resolution | undefined;
};

export type Resolution = {
  readonly by: 'desk' | 'schedule';
  readonly at: Instant;
  /** SHA-256 of the tariff that had no price for it when it was recorded; undefined if none was asked. */
  readonly firstTariff: string | undefined;
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

const AS_IT_STANDS = `
  SELECT call.id, call.seq, coalesce(r.outcome, call.state) AS state, call.feed, call.extension, call.direction, call.class,
    coalesce(r.payer, call.payer) AS payer, call.started_at, call.duration, coalesce(r.prefix, call.prefix) AS prefix,
    coalesce(r.destination, call.destination) AS destination, coalesce(r.amount, call.amount) AS amount,
    coalesce(r.currency, call.currency) AS currency, iif(r.amount IS NULL, call.reason, NULL) AS reason,
    iif(r.amount IS NULL, call.detail, NULL) AS detail, coalesce(r.working, call.working) AS working, call.flags,
    r.flags AS resolved_flags, r.by AS resolved_by, r.at AS resolved_at, call.tariff AS first_tariff
  FROM call LEFT JOIN call_resolution r ON r.call = call.id`;

/** Nothing ended its waiting yet. */
const WAITS = 'r.call IS NULL';

type Row = {
  id: string;
  seq: number;
  state: Call['state'];
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
  resolved_flags: string | null;
  resolved_by: 'desk' | 'schedule' | null;
  resolved_at: number | null;
  first_tariff: string | null;
};

export function createCallReader(database: Database): CallReader {
  const ofLine = database.prepare<[{extension: string; payer: string | null; most: number}], Row>(`
    ${AS_IT_STANDS} WHERE call.seq IN (
      SELECT seq FROM (SELECT seq FROM call WHERE payer = @payer AND extension = @extension ORDER BY seq DESC LIMIT @most)
      UNION
      SELECT seq FROM (SELECT seq FROM call WHERE seq > (SELECT max(seq) FROM call) - ${CALLS_LOOKED_AT} AND extension = @extension
        ORDER BY seq DESC LIMIT @most)
    ) ORDER BY call.seq DESC LIMIT @most`);
  // Who pays for a call that waited is said by how its waiting ended.
  const ofPayer = database.prepare<[{account: string; before: number; most: number}], Row>(`
    SELECT * FROM (${AS_IT_STANDS} WHERE call.payer = @account AND call.seq < @before AND (r.payer IS NULL OR r.payer = @account)
      ORDER BY call.seq DESC LIMIT @most)
    UNION
    SELECT * FROM (${AS_IT_STANDS} WHERE call.seq < @before AND call.id IN (SELECT call FROM call_resolution WHERE payer = @account)
      ORDER BY call.seq DESC LIMIT @most)
    ORDER BY seq DESC LIMIT @most`);
  const ofReason = database.prepare<[string, number, number], Row>(
    `${AS_IT_STANDS} WHERE call.state = 'unbillable' AND call.reason = ? AND call.seq < ? AND ${WAITS} ORDER BY call.seq DESC LIMIT ?`,
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
      `SELECT count(*) FROM (SELECT 1 FROM call LEFT JOIN call_resolution r ON r.call = call.id
        WHERE state = 'unbillable' AND reason = ? AND ${WAITS} LIMIT ${CALLS_COUNTED})`,
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
    ofPayer: (account, before, most) => ofPayer.all({account, before, most}).map(callOf),
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
    flags: [...new Set([...(JSON.parse(row.flags) as string[]), ...(JSON.parse(row.resolved_flags ?? '[]') as string[])])],
    resolution: resolutionOf(row),
  };
}

function resolutionOf({resolved_by: by, resolved_at: at, first_tariff: firstTariff}: Row): Resolution | undefined {
  return by === null || at === null ? undefined : {by, at: at as Instant, firstTariff: firstTariff ?? undefined};
}
