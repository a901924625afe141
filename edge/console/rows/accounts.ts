// Accounts of payers and what moved on them. The house's own accounts (revenue, VAT, clearing) are the cloud's business.
import type {Instant} from '../../../shared/time/instant.ts';
import type {Database} from '../../store/open.ts';
import {optional} from './lines.ts';

export type Account = {
  readonly id: string;
  readonly name: string | undefined;
  readonly currency: string;
  readonly balance: number;
  readonly isClosed: boolean;
  readonly isDescribed: boolean;
  readonly automatic: {readonly threshold: number; readonly target: number} | undefined;
  readonly isWarned: boolean;
  readonly isRefused: boolean;
  readonly refusals: number;
  readonly requestedAt: Instant | undefined;
  readonly askAgainAt: Instant | undefined;
  /** What the calls of watch mode would have cost. */
  readonly watched: number;
  /** Extensions that it pays for now; at most {@link LINES_SHOWN}. */
  readonly lines: readonly string[];
  readonly lineCount: number;
};

export type AccountFilter = 'all' | 'low' | 'floor' | 'refused' | 'closed';
export const ACCOUNT_FILTERS: readonly AccountFilter[] = ['all', 'low', 'floor', 'refused', 'closed'];

export type AccountPage = {
  readonly accounts: readonly Account[];
  readonly hasMore: boolean;
  readonly counts: Readonly<Record<AccountFilter, number>>;
};

export type Movement = {
  readonly seq: number;
  readonly at: Instant;
  readonly code: string;
  readonly ref: string;
  /** Above zero: money came in. */
  readonly amount: number;
  readonly balanceAfter: number;
  /** Where a call was paid. */
  readonly destination: string | undefined;
  readonly other: string;
};

export type AccountWish = {readonly filter: AccountFilter; readonly search: string; readonly page: number; readonly floor: number};

export type AccountReader = {
  readonly page: (wish: AccountWish, now: Instant) => AccountPage;
  readonly one: (id: string, now: Instant) => Account | undefined;
  /** Newest first, from before `before`, each with the balance that it left. */
  readonly movements: (account: string, before: number, most: number) => readonly Movement[];
};

const ACCOUNTS_A_PAGE = 50;
const LINES_SHOWN = 4;

const CONDITIONS: Readonly<Record<AccountFilter, string>> = {
  all: '1',
  low: 'c.warned = 1 AND a.closed = 0',
  floor: 'b.credit - b.debit <= @floor AND a.closed = 0',
  refused: 'c.refused = 1 AND a.closed = 0',
  closed: 'a.closed = 1',
};

const HOLDS_NOW = 'from_at <= @now AND (to_at IS NULL OR to_at > @now)';
const COLUMNS = `a.id, a.name, a.currency, a.closed, a.described, a.automatic_threshold, a.automatic_target, b.credit - b.debit AS balance,
  c.warned, c.refused, c.refusals, c.requested_at, c.ask_again_at, c.watched,
  (SELECT count(*) FROM tenancy WHERE account = a.id AND ${HOLDS_NOW}) AS line_count,
  (SELECT group_concat(extension, ' ') FROM
    (SELECT extension FROM tenancy WHERE account = a.id AND ${HOLDS_NOW} ORDER BY extension LIMIT ${LINES_SHOWN})) AS lines`;
const TABLES = "account a JOIN balance b ON b.account = a.id LEFT JOIN credit_state c ON c.account = a.id WHERE a.kind = 'student'";
const MATCHES = `(@search = '' OR instr(lower(a.id), @search) > 0 OR instr(lower(coalesce(a.name, '')), @search) > 0
  OR EXISTS (SELECT 1 FROM tenancy WHERE account = a.id AND extension = @search AND ${HOLDS_NOW}))`;

type Row = {
  id: string;
  name: string | null;
  currency: string;
  closed: number;
  described: number;
  automatic_threshold: number | null;
  automatic_target: number | null;
  balance: number;
  warned: number | null;
  refused: number | null;
  refusals: number | null;
  requested_at: number | null;
  ask_again_at: number | null;
  watched: number | null;
  line_count: number;
  lines: string | null;
};
type MovementRow = {
  seq: number;
  at: number;
  code: string;
  ref: string;
  debit: string;
  credit: string;
  amount: number;
  destination: string | null;
};

export function createAccountReader(database: Database): AccountReader {
  type PageWish = {now: number; search: string; floor: number; most: number; offset: number};
  const pages = new Map(
    ACCOUNT_FILTERS.map((filter) => [
      filter,
      database.prepare<[PageWish], Row>(`
        SELECT ${COLUMNS} FROM ${TABLES} AND ${MATCHES} AND ${CONDITIONS[filter]} ORDER BY a.id LIMIT @most OFFSET @offset`),
    ]),
  );
  const counts = database.prepare<[{floor: number}], Record<AccountFilter, number>>(`
    SELECT count(*) AS "all", ${ACCOUNT_FILTERS.slice(1)
      .map((filter) => `count(*) FILTER (WHERE ${CONDITIONS[filter]}) AS "${filter}"`)
      .join(', ')} FROM ${TABLES}`);
  const one = database.prepare<[{now: number; id: string}], Row>(`SELECT ${COLUMNS} FROM ${TABLES} AND a.id = @id`);
  const zero = {all: 0, low: 0, floor: 0, refused: 0, closed: 0};
  return {
    page: ({filter, search, page, floor}, now) => {
      const wish = {now, search: search.toLowerCase(), floor, most: ACCOUNTS_A_PAGE + 1, offset: (page - 1) * ACCOUNTS_A_PAGE};
      const rows = pages.get(filter)?.all(wish) ?? [];
      return {
        accounts: rows.slice(0, ACCOUNTS_A_PAGE).map(accountOf),
        hasMore: rows.length > ACCOUNTS_A_PAGE,
        counts: counts.get({floor}) ?? zero,
      };
    },
    one: (id, now) => {
      const row = one.get({now, id});
      return row === undefined ? undefined : accountOf(row);
    },
    movements: movementReader(database),
  };
}

function movementReader(database: Database): AccountReader['movements'] {
  const select = database.prepare<[{account: string; before: number; most: number}], MovementRow>(`
    SELECT t.seq, t.at, t.code, t.ref, t.debit, t.credit, t.amount,
      coalesce(call_resolution.destination, call.destination) AS destination FROM (
      SELECT * FROM (SELECT * FROM transfer WHERE debit = @account AND seq < @before ORDER BY seq DESC LIMIT @most)
      UNION ALL
      SELECT * FROM (SELECT * FROM transfer WHERE credit = @account AND seq < @before ORDER BY seq DESC LIMIT @most)
    ) t LEFT JOIN call ON t.code = 'CALL' AND call.id = t.ref LEFT JOIN call_resolution ON call_resolution.call = call.id
    ORDER BY t.seq DESC LIMIT @most`);
  // The balance as it was: all that moved before, by the two indexes of this account.
  const standing = database
    .prepare<[{account: string; before: number}], number>(`
      SELECT coalesce((SELECT sum(amount) FROM transfer WHERE credit = @account AND seq < @before), 0)
           - coalesce((SELECT sum(amount) FROM transfer WHERE debit = @account AND seq < @before), 0)`)
    .pluck();
  return (account, before, most) => {
    let balanceAfter = standing.get({account, before}) ?? 0;
    return select.all({account, before, most}).map((row) => {
      const amount = row.credit === account ? row.amount : -row.amount;
      const movement = {
        seq: row.seq,
        at: row.at as Instant,
        code: row.code,
        ref: row.ref,
        amount,
        balanceAfter,
        destination: row.destination ?? undefined,
        other: row.credit === account ? row.debit : row.credit,
      };
      balanceAfter -= amount;
      return movement;
    });
  };
}

function accountOf(row: Row): Account {
  const {automatic_threshold: threshold, automatic_target: target} = row;
  return {
    id: row.id,
    name: row.name ?? undefined,
    currency: row.currency,
    balance: row.balance,
    isClosed: row.closed === 1,
    isDescribed: row.described === 1,
    automatic: threshold === null || target === null ? undefined : {threshold, target},
    isWarned: row.warned === 1,
    isRefused: row.refused === 1,
    refusals: row.refusals ?? 0,
    requestedAt: optional(row.requested_at),
    askAgainAt: optional(row.ask_again_at),
    watched: row.watched ?? 0,
    lines: row.lines === null ? [] : row.lines.split(' '),
    lineCount: row.line_count,
  };
}
