// The rows of credit control, typed. No decision is taken here.
import {must} from '../../shared/assert/assert.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import {micros, ZERO, type Micros} from '../../shared/money/micros.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import type {DownBody} from '../../shared/wire/kinds.ts';
import type {Database} from '../store/open.ts';
import {WAITING_COUNTS_MS, type LineVerdict, type LockReason, type Override, type Waiting} from './machine.ts';

export type LineRow = {readonly wanted: 'open' | 'locked'; readonly reasons: readonly LockReason[]};

export type CreditState = {
  readonly warned: boolean;
  readonly refused: boolean;
  readonly refusals: number;
  readonly openRequest: {readonly id: string; readonly at: Instant} | undefined;
  readonly askAgainAt: Instant | undefined;
  readonly watched: Micros;
};

export type CreditRows = ReturnType<typeof createCreditRows>;

const NEW_STATE: CreditState = {warned: false, refused: false, refusals: 0, openRequest: undefined, askAgainAt: undefined, watched: ZERO};

type StateRow = {
  warned: number;
  request: string | null;
  requested_at: number | null;
  refused: number;
  refusals: number;
  ask_again_at: number | null;
  watched: number;
};
type AccountRow = {kind: string; automatic_threshold: number | null; automatic_target: number | null; closed: number};
type OverrideRow = {
  act: 'lock' | 'unlock';
  expires_at: number | null;
  money_limit: number | null;
  posted_when_given: number;
  payer: AccountId | null;
};

export function createCreditRows(database: Database) {
  return {
    inTransaction: () => database.inTransaction,
    ...accountRows(database),
    ...lineRows(database),
    ...overrideRows(database),
    ...brakeRows(database),
    waiting: waitingCounter(database),
  };
}

function accountRows(database: Database) {
  const select = database.prepare<[string], StateRow>(
    'SELECT warned, request, requested_at, refused, refusals, ask_again_at, watched FROM credit_state WHERE account = ?',
  );
  const selectAccount = database.prepare<[string], AccountRow>(
    'SELECT kind, automatic_threshold, automatic_target, closed FROM account WHERE id = ?',
  );
  const update = (columns: string) => {
    const ensure = database.prepare<unknown[]>('INSERT INTO credit_state (account) VALUES (?) ON CONFLICT (account) DO NOTHING');
    const set = database.prepare<unknown[]>(`UPDATE credit_state SET ${columns} WHERE account = ?`);
    return (account: AccountId, ...values: readonly (string | number | null)[]): void => {
      ensure.run(account);
      set.run(...values, account);
    };
  };
  const warn = update('warned = ?');
  const request = update('request = ?, requested_at = ?');
  const answer = database.prepare<unknown[]>(
    'UPDATE credit_state SET request = NULL, requested_at = NULL WHERE account = ? AND request = ?',
  );
  const refuse = update('refused = 1, refusals = ?, ask_again_at = ?');
  const defer = update('ask_again_at = ?');
  // A date that the cloud gave (a cap, a dispute) is not the card's, and stays.
  const forget = 'UPDATE credit_state SET refused = 0, refusals = 0, ask_again_at = NULL WHERE refusals > 0';
  const forgetOne = database.prepare<unknown[]>(`${forget} AND account = ?`);
  const forgetAll = database.prepare<unknown[]>(forget);
  return {
    state: (account: AccountId): CreditState => {
      const row = select.get(account);
      if (row === undefined) return NEW_STATE;
      return {
        warned: row.warned === 1,
        refused: row.refused === 1,
        refusals: row.refusals,
        openRequest: row.request === null ? undefined : {id: row.request, at: must(row.requested_at, 'time of the request') as Instant},
        askAgainAt: (row.ask_again_at ?? undefined) as Instant | undefined,
        watched: micros(row.watched),
      };
    },
    account: (account: AccountId) => {
      const row = selectAccount.get(account);
      const {automatic_threshold: threshold = null, automatic_target: target = null} = row ?? {};
      return {
        isStudent: row?.kind === 'student',
        closed: row?.closed === 1,
        automaticTopUp: threshold === null || target === null ? undefined : {threshold: micros(threshold), target: micros(target)},
      };
    },
    warned: (account: AccountId, value: boolean) => warn(account, Number(value)),
    requested: (account: AccountId, id: string, at: Instant) => request(account, id, at),
    /** The open request is no longer open, if it is that one. */
    answered: (account: AccountId, id: string) => void answer.run(account, id),
    refused: (account: AccountId, refusals: number, askAgainAt: Instant | undefined) => refuse(account, refusals, askAgainAt ?? null),
    deferred: (account: AccountId, until: Instant) => defer(account, until),
    forgetRefusal: (account: AccountId) => void forgetOne.run(account),
    forgetRefusals: () => void forgetAll.run(),
  };
}

function lineRows(database: Database) {
  const select = database.prepare<[string], {wanted: 'open' | 'locked'; reasons: string}>(
    'SELECT wanted, reasons FROM line_state WHERE extension = ?',
  );
  const insert = database.prepare<unknown[]>(`
    INSERT INTO line_state (extension, reasons, wanted, decision, decided_at, urgency, confirmed_decision)
    VALUES (?, ?, ?, 1, ?, ?, 0)`);
  const change = database.prepare<unknown[]>(
    'UPDATE line_state SET reasons = ?, wanted = ?, decision = decision + 1, decided_at = ?, urgency = ?, failures = 0, last_failure = NULL WHERE extension = ?',
  );
  const explain = database.prepare<unknown[]>('UPDATE line_state SET reasons = ? WHERE extension = ?');
  return {
    line: (extension: string): LineRow | undefined => {
      const row = select.get(extension);
      return row === undefined ? undefined : {wanted: row.wanted, reasons: JSON.parse(row.reasons) as LockReason[]};
    },
    addLine: (extension: string, {reasons, wanted}: LineVerdict, {now, urgency}: {now: Instant; urgency: number}): void => {
      insert.run(extension, JSON.stringify(reasons), wanted, now, urgency);
    },
    /** Another wanted state is another decision. */
    decide: (extension: string, {reasons, wanted}: LineVerdict, {now, urgency}: {now: Instant; urgency: number}): void => {
      change.run(JSON.stringify(reasons), wanted, now, urgency, extension);
    },
    /** The same wanted state for other reasons. */
    explain: (extension: string, reasons: readonly LockReason[]): void => void explain.run(JSON.stringify(reasons), extension),
  };
}

function overrideRows(database: Database) {
  const select = database.prepare<[string], OverrideRow>(
    'SELECT act, expires_at, money_limit, posted_when_given, payer FROM override WHERE extension = ?',
  );
  const insert = database.prepare<unknown[]>(`
    INSERT INTO override (extension, act, reason, by, given_at, expires_at, money_limit, posted_when_given, payer)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (extension) DO UPDATE SET act = excluded.act, reason = excluded.reason, by = excluded.by, given_at = excluded.given_at,
      expires_at = excluded.expires_at, money_limit = excluded.money_limit, posted_when_given = excluded.posted_when_given,
      payer = excluded.payer`);
  const remove = database.prepare<unknown[]>('DELETE FROM override WHERE extension = ?');
  return {
    overrideOf: (extension: string): Override | undefined => {
      const row = select.get(extension);
      if (row === undefined) return undefined;
      return {
        act: row.act,
        expires: (row.expires_at ?? undefined) as Instant | undefined,
        moneyLimit: row.money_limit === null ? undefined : micros(row.money_limit),
        postedWhenGiven: micros(row.posted_when_given),
        payer: row.payer ?? undefined,
      };
    },
    override: (body: DownBody<'override'>, payer: {account: AccountId; posted: Micros} | undefined, now: Instant): void => {
      const {extension, act, reason, by, expires = null, limit = null} = body;
      if (act === 'end') remove.run(extension);
      else insert.run(extension, act, reason, by, now, expires, limit, payer?.posted ?? ZERO, payer?.account ?? null);
    },
  };
}

/** Stops at `most` calls: a line with so many is past every limit. */
function waitingCounter(database: Database) {
  const count = database.prepare<[string, string, number, number], Waiting>(`
    SELECT count(*) AS calls, coalesce(sum(seconds), 0) AS seconds FROM (
      SELECT seconds FROM waiting_call WHERE extension = ? AND payer = ? AND started_at > ? LIMIT ?)`);
  return (extension: string, account: AccountId, {now, most}: {readonly now: Instant; readonly most: number}): Waiting =>
    must(count.get(extension, account, now - WAITING_COUNTS_MS, most), 'count');
}

function brakeRows(database: Database) {
  const isHeld = database.prepare<[], number>('SELECT held_since IS NOT NULL FROM brake').pluck();
  const hold = database.prepare<unknown[]>('UPDATE brake SET held_since = ?');
  const release = database.prepare<unknown[]>('UPDATE brake SET held_since = NULL');
  const count = database
    .prepare<[number, string], number>('SELECT count(DISTINCT extension) FROM newly_locked WHERE at > ? AND extension <> ?')
    .pluck();
  const note = database.prepare<unknown[]>('INSERT INTO newly_locked (extension, at) VALUES (?, ?)');
  const forget = database.prepare<unknown[]>('DELETE FROM newly_locked WHERE at <= ?');
  const forgetAll = database.prepare<unknown[]>('DELETE FROM newly_locked');
  return {
    brakeIsHeld: (): boolean => must(isHeld.get(), 'brake') === 1,
    holdBrake: (now: Instant) => void hold.run(now),
    /** Lets go, and forgets what was counted: by deletion, since a clock that is set back would go on counting it, or nothing. */
    releaseBrake: (): void => {
      release.run();
      forgetAll.run();
    },
    /** How many other lines the brake counted after that instant. */
    newlyLocked: (since: Instant, besides: string): number => must(count.get(since, besides), 'count'),
    /** Counts a lock; what is no longer counted goes. */
    noteLock: (extension: string, now: Instant, since: Instant): void => {
      forget.run(since);
      note.run(extension, now);
    },
  };
}

export type DueRows = ReturnType<typeof createDueRows>;

/** When time alone changes something, and for whom. `lapsesMs`: how long a request stays open. */
export function createDueRows(database: Database, lapsesMs: number) {
  const range = (column: string): string => `${column} > @after AND ${column} <= @until`;
  const lapse = `requested_at + ${lapsesMs}`;
  const earliest = database
    .prepare<[{after: number}], number | null>(
      `SELECT min(at) FROM (
        SELECT min(from_at) AS at FROM tenancy WHERE from_at > @after
        UNION ALL SELECT min(to_at) FROM tenancy WHERE to_at > @after
        UNION ALL SELECT min(expires_at) FROM override WHERE expires_at > @after
        UNION ALL SELECT min(started_at) + ${WAITING_COUNTS_MS} FROM waiting_call WHERE started_at > @after - ${WAITING_COUNTS_MS}
        UNION ALL SELECT min(ask_again_at) FROM credit_state WHERE ask_again_at > @after
        UNION ALL SELECT min(${lapse}) FROM credit_state WHERE ${lapse} > @after)`,
    )
    .pluck();
  const lines = database
    .prepare<[{after: number; until: number}], string>(
      `SELECT extension FROM tenancy WHERE ${range('from_at')} UNION SELECT extension FROM tenancy WHERE ${range('to_at')}
       UNION SELECT extension FROM override WHERE ${range('expires_at')}
       UNION SELECT extension FROM waiting_call WHERE extension IS NOT NULL
         AND started_at > @after - ${WAITING_COUNTS_MS} AND started_at <= @until - ${WAITING_COUNTS_MS}`,
    )
    .pluck();
  const accounts = database
    .prepare<[{after: number; until: number}], AccountId>(
      `SELECT account FROM credit_state WHERE (${range('ask_again_at')}) OR (${range(lapse)})`,
    )
    .pluck();
  const select = database.prepare<[], number>('SELECT reviewed_at FROM review').pluck();
  const update = database.prepare<unknown[]>('UPDATE review SET reviewed_at = ?');
  return {
    reviewedAt: (): Instant => must(select.get(), 'time of the last review') as Instant,
    reviewed: (at: Instant): void => void update.run(at),
    /** The first change after that instant. */
    next: (after: Instant): Instant | undefined => {
      const at = earliest.get({after}) ?? undefined;
      return at === undefined ? undefined : instant(at);
    },
    /** Lines and accounts with a change after the one instant and not after the other. */
    lines: (after: Instant, until: Instant): readonly string[] => lines.all({after, until}),
    accounts: (after: Instant, until: Instant): readonly AccountId[] => accounts.all({after, until}),
  };
}
