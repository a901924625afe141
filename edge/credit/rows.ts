// The rows of credit control, typed. No decision is taken here.
import {must} from '../../shared/assert/assert.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import {micros, ZERO, type Micros} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {DownBody} from '../../shared/wire/kinds.ts';
import type {Database} from '../store/open.ts';
import type {LineVerdict, LockReason, Override} from './machine.ts';

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
type OverrideRow = {act: 'lock' | 'unlock'; expires_at: number | null; money_limit: number | null; posted_when_given: number};

export function createCreditRows(database: Database) {
  return {
    inTransaction: () => database.inTransaction,
    ...accountRows(database),
    ...lineRows(database),
    ...brakeRows(database),
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
  const refuse = update('request = NULL, requested_at = NULL, refused = 1, refusals = ?, ask_again_at = ?');
  const defer = update('request = NULL, requested_at = NULL, refusals = max(refusals, 1), ask_again_at = ?');
  const answer = update('request = NULL, requested_at = NULL');
  const mend = update('request = NULL, requested_at = NULL, refused = 0, refusals = 0, ask_again_at = NULL');
  const mendAll = database.prepare<unknown[]>('UPDATE credit_state SET refused = 0, refusals = 0, ask_again_at = NULL WHERE refused = 1');
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
    refused: (account: AccountId, refusals: number, askAgainAt: Instant | undefined) => refuse(account, refusals, askAgainAt ?? null),
    deferred: (account: AccountId, until: Instant) => defer(account, until),
    answered: (account: AccountId) => answer(account),
    mend: (account: AccountId) => mend(account),
    mendAll: () => void mendAll.run(),
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
  const note = database.prepare<unknown[]>('INSERT INTO newly_locked (extension, at) VALUES (?, ?)');
  const selectOverride = database.prepare<[string], OverrideRow>(
    'SELECT act, expires_at, money_limit, posted_when_given FROM override WHERE extension = ?',
  );
  const insertOverride = database.prepare<unknown[]>(`
    INSERT INTO override (extension, act, reason, by, given_at, expires_at, money_limit, posted_when_given) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (extension) DO UPDATE SET act = excluded.act, reason = excluded.reason, by = excluded.by, given_at = excluded.given_at,
      expires_at = excluded.expires_at, money_limit = excluded.money_limit, posted_when_given = excluded.posted_when_given`);
  const deleteOverride = database.prepare<unknown[]>('DELETE FROM override WHERE extension = ?');
  const line = (extension: string): LineRow | undefined => {
    const row = select.get(extension);
    return row === undefined ? undefined : {wanted: row.wanted, reasons: JSON.parse(row.reasons) as LockReason[]};
  };
  return {
    line,
    /** Writes a verdict; true if it changed the wanted state (a new line that is open is no change to anyone). */
    decide: (extension: string, verdict: LineVerdict, {now, urgency}: {now: Instant; urgency: number}): boolean => {
      const before = line(extension);
      const reasons = JSON.stringify(verdict.reasons);
      if (before?.wanted === verdict.wanted) {
        explain.run(reasons, extension);
        return false;
      }
      if (before === undefined) insert.run(extension, reasons, verdict.wanted, now, urgency);
      else change.run(reasons, verdict.wanted, now, urgency, extension);
      if (verdict.wanted === 'locked') note.run(extension, now);
      return before !== undefined || verdict.wanted === 'locked';
    },
    /** The brake is closed: the reasons are shown, the line stays as it is. */
    keepReasons: (extension: string, reasons: readonly LockReason[], now: Instant): void => {
      if (line(extension) === undefined) insert.run(extension, JSON.stringify(reasons), 'open', now, 1);
      else explain.run(JSON.stringify(reasons), extension);
    },
    overrideOf: (extension: string): Override | undefined => {
      const row = selectOverride.get(extension);
      if (row === undefined) return undefined;
      return {
        act: row.act,
        expires: (row.expires_at ?? undefined) as Instant | undefined,
        moneyLimit: row.money_limit === null ? undefined : micros(row.money_limit),
        postedWhenGiven: micros(row.posted_when_given),
      };
    },
    override: (body: DownBody<'override'>, posted: Micros, now: Instant): void => {
      if (body.act === 'end') deleteOverride.run(body.extension);
      else insertOverride.run(body.extension, body.act, body.reason, body.by, now, body.expires ?? null, body.limit ?? null, posted);
    },
  };
}

function brakeRows(database: Database) {
  const select = database.prepare<[], {held_since: number | null; released_at: number}>('SELECT held_since, released_at FROM brake');
  const hold = database.prepare<unknown[]>('UPDATE brake SET held_since = ?');
  const release = database.prepare<unknown[]>('UPDATE brake SET held_since = NULL, released_at = ?');
  const count = database.prepare<[number], {lines: number}>('SELECT count(DISTINCT extension) AS lines FROM newly_locked WHERE at >= ?');
  return {
    brake: () => {
      const row = must(select.get(), 'brake');
      return {heldSince: (row.held_since ?? undefined) as Instant | undefined, releasedAt: row.released_at as Instant};
    },
    holdBrake: (now: Instant) => void hold.run(now),
    releaseBrake: (now: Instant) => void release.run(now),
    newlyLocked: (since: Instant): number => must(count.get(since), 'count').lines,
  };
}
