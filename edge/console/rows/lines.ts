// Lines as their pages show them. Read-only; a site has some thousands of lines, a page fifty.
import type {Instant} from '../../../shared/time/instant.ts';
import type {LineFacts} from '../../credit/machine.ts';
import type {Database} from '../../store/open.ts';
import type {LineReading} from '../../switchboard/port.ts';

export type Override = {
  readonly act: 'lock' | 'unlock';
  readonly reason: string;
  readonly by: string;
  readonly givenAt: Instant;
  readonly expires: Instant | undefined;
  readonly limit: number | undefined;
  readonly postedWhenGiven: number;
  /** Who paid for the line when it was given: an unlock is for them and nobody after them. */
  readonly payer: string | undefined;
};

export type Line = {
  readonly extension: string;
  readonly class: LineFacts['class'];
  /** Undefined until credit control has looked at the line once. */
  readonly state:
    | {
        readonly wanted: 'open' | 'locked';
        readonly reasons: readonly string[];
        readonly decidedAt: Instant;
        readonly isConfirmed: boolean;
        readonly actual: LineReading;
        readonly actualAt: Instant | undefined;
        readonly failures: number;
        readonly lastFailure: string | undefined;
      }
    | undefined;
  readonly override: Override | undefined;
  readonly payer: Payer | undefined;
};

export type Payer = {
  readonly account: string;
  readonly name: string | undefined;
  /** Undefined where no money has named the account yet. */
  readonly balance: {readonly amount: number; readonly currency: string} | undefined;
  /** What credit control goes by: in watch mode the balance less what the calls would have cost. */
  readonly posted: number;
};

export type Tenancy = {readonly payer: Payer; readonly from: Instant; readonly to: Instant | undefined};

export type LineFilter = 'all' | 'locked' | 'differing' | 'override';
export const LINE_FILTERS: readonly LineFilter[] = ['all', 'locked', 'differing', 'override'];

export type LinePage = {readonly lines: readonly Line[]; readonly hasMore: boolean; readonly counts: Readonly<Record<LineFilter, number>>};

export type LineReader = {
  readonly page: (wish: {filter: LineFilter; search: string; page: number}, now: Instant) => LinePage;
  readonly one: (extension: string, now: Instant) => Line | undefined;
  readonly tenancies: (extension: string) => readonly Tenancy[];
  /** How many lines the site has. */
  readonly count: () => number;
  /** Lines that would be locked, were it not for the brake. */
  readonly behindBrake: (now: Instant) => readonly Line[];
};

const LINES_A_PAGE = 50;
const TENANCIES_SHOWN = 10;

const DIFFERS = `(s.confirmed_decision < s.decision
  OR (s.wanted = 'locked' AND s.actual_outgoing = 'open') OR (s.wanted = 'open' AND s.actual_outgoing = 'barred'))`;

const CONDITIONS: Readonly<Record<LineFilter, string>> = {
  all: '1',
  locked: "s.wanted = 'locked'",
  differing: DIFFERS,
  override: 'o.extension IS NOT NULL',
};

const WATCHED = "CASE WHEN (SELECT json_extract(body, '$.mode') FROM policy) = 'watch' THEN coalesce(c.watched, 0) ELSE 0 END";

const COLUMNS = `e.extension, e.class, s.reasons, s.wanted, s.decided_at, s.confirmed_decision >= s.decision AS confirmed,
  s.actual_outgoing, s.actual_incoming, s.actual_at, s.failures, s.last_failure,
  o.act, o.reason AS override_reason, o.by, o.given_at, o.expires_at, o.money_limit, o.posted_when_given, o.payer AS override_payer,
  t.account, a.name, a.currency, b.credit - b.debit AS balance, ${WATCHED} AS watched`;

/** The newest tenancy that holds now, and what the account has left. */
const TABLES = `extension e LEFT JOIN line_state s ON s.extension = e.extension LEFT JOIN override o ON o.extension = e.extension
  LEFT JOIN tenancy t ON t.id = (
    SELECT id FROM tenancy WHERE extension = e.extension AND from_at <= @now AND (to_at IS NULL OR to_at > @now)
    ORDER BY from_at DESC LIMIT 1)
  LEFT JOIN account a ON a.id = t.account LEFT JOIN balance b ON b.account = t.account
  LEFT JOIN credit_state c ON c.account = t.account`;

type Row = {
  extension: string;
  class: Line['class'];
  reasons: string | null;
  wanted: 'open' | 'locked' | null;
  decided_at: number;
  confirmed: number;
  actual_outgoing: LineReading['outgoing'];
  actual_incoming: LineReading['incoming'];
  actual_at: number | null;
  failures: number;
  last_failure: string | null;
  act: 'lock' | 'unlock' | null;
  override_reason: string;
  by: string;
  given_at: number;
  expires_at: number | null;
  money_limit: number | null;
  posted_when_given: number;
  override_payer: string | null;
} & PayerRow;

type PayerRow = {account: string | null; name: string | null; currency: string | null; balance: number | null; watched: number};

export function createLineReader(database: Database): LineReader {
  const pages = new Map(
    LINE_FILTERS.map((filter) => [
      filter,
      database.prepare<[{now: number; search: string; most: number; offset: number}], Row>(`
        SELECT ${COLUMNS} FROM ${TABLES} WHERE instr(e.extension, @search) > 0 AND ${CONDITIONS[filter]}
        ORDER BY length(e.extension), e.extension LIMIT @most OFFSET @offset`),
    ]),
  );
  const counts = database.prepare<[], Record<LineFilter, number>>(`
    SELECT count(*) AS "all", count(*) FILTER (WHERE ${CONDITIONS.locked}) AS locked,
      count(*) FILTER (WHERE ${DIFFERS}) AS differing, count(*) FILTER (WHERE ${CONDITIONS.override}) AS override
    FROM extension e LEFT JOIN line_state s ON s.extension = e.extension LEFT JOIN override o ON o.extension = e.extension`);
  const one = database.prepare<[{now: number; extension: string}], Row>(`SELECT ${COLUMNS} FROM ${TABLES} WHERE e.extension = @extension`);
  const due = database.prepare<[{now: number}], Row>(`
    SELECT ${COLUMNS} FROM ${TABLES} WHERE s.wanted = 'open' AND s.reasons <> '[]' ORDER BY length(e.extension), e.extension`);
  const tenancies = database.prepare<[string, number], PayerRow & {from_at: number; to_at: number | null}>(`
    SELECT t.account, t.from_at, t.to_at, a.name, a.currency, b.credit - b.debit AS balance, 0 AS watched
    FROM tenancy t LEFT JOIN account a ON a.id = t.account LEFT JOIN balance b ON b.account = t.account
    WHERE t.extension = ? ORDER BY t.from_at DESC LIMIT ?`);
  const zero = {all: 0, locked: 0, differing: 0, override: 0};

  return {
    page: ({filter, search, page}, now) => {
      const rows = pages.get(filter)?.all({now, search, most: LINES_A_PAGE + 1, offset: (page - 1) * LINES_A_PAGE}) ?? [];
      return {
        lines: rows.slice(0, LINES_A_PAGE).map(lineOf),
        hasMore: rows.length > LINES_A_PAGE,
        counts: counts.get() ?? zero,
      };
    },
    one: (extension, now) => {
      const row = one.get({now, extension});
      return row === undefined ? undefined : lineOf(row);
    },
    tenancies: (extension) =>
      tenancies.all(extension, TENANCIES_SHOWN).flatMap((row) => {
        const payer = payerOf(row);
        return payer === undefined ? [] : [{payer, from: row.from_at as Instant, to: optional(row.to_at)}];
      }),
    count: () => counts.get()?.all ?? 0,
    behindBrake: (now) =>
      due
        .all({now})
        .map(lineOf)
        .filter((line) => !isCovered(line, now)),
  };
}

/** Does an unlock by staff hold the line open? As credit control judges it: until its end, its money, or its payer is gone. */
export function isCovered({override, payer}: Line, now: Instant): boolean {
  if (override?.act !== 'unlock' || hasEnded(override, now) || override.payer !== payer?.account) return false;
  return override.limit === undefined || spentUnder(override, payer) < override.limit;
}

export function hasEnded({expires}: Override, now: Instant): boolean {
  return expires !== undefined && expires <= now;
}

export function spentUnder({postedWhenGiven}: Override, payer: Payer | undefined): number {
  return Math.max(0, postedWhenGiven - (payer?.posted ?? postedWhenGiven));
}

export function optional(ms: number | null): Instant | undefined {
  return ms === null ? undefined : (ms as Instant);
}

function payerOf({account, name, currency, balance, watched}: PayerRow): Payer | undefined {
  if (account === null) return undefined;
  return {
    account,
    name: name ?? undefined,
    balance: balance === null || currency === null ? undefined : {amount: balance, currency},
    posted: (balance ?? 0) - watched,
  };
}

function lineOf(row: Row): Line {
  const {extension, wanted, reasons, act} = row;
  return {
    extension,
    class: row.class,
    state:
      wanted === null || reasons === null
        ? undefined
        : {
            wanted,
            reasons: JSON.parse(reasons) as string[],
            decidedAt: row.decided_at as Instant,
            isConfirmed: row.confirmed === 1,
            actual: {outgoing: row.actual_outgoing, incoming: row.actual_incoming},
            actualAt: optional(row.actual_at),
            failures: row.failures,
            lastFailure: row.last_failure ?? undefined,
          },
    override:
      act === null
        ? undefined
        : {
            act,
            reason: row.override_reason,
            by: row.by,
            givenAt: row.given_at as Instant,
            expires: optional(row.expires_at),
            limit: row.money_limit ?? undefined,
            postedWhenGiven: row.posted_when_given,
            payer: row.override_payer ?? undefined,
          },
    payer: payerOf(row),
  };
}
