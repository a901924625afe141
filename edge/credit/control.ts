// Keeps the wanted state of every line equal to what credit control says, in the transaction that changed a balance.
// In: the accounts and lines that something happened to. Out: line_state rows, warnings, top-up requests, journal rows.
// Never true: a command sent from here. The reconciler does that, after the commit.
import {assert} from '../../shared/assert/assert.ts';
import {identityOf} from '../../shared/journal/chain.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import {micros, ZERO, type Micros} from '../../shared/money/micros.ts';
import {later, type Instant} from '../../shared/time/instant.ts';
import {UP_KINDS, type DownBody, type Policy, type UpKind} from '../../shared/wire/kinds.ts';
import type {Fact} from '../../shared/wire/row.ts';
import type {Database} from '../store/open.ts';
import {askAgainAfter, brakeHolds, judgeAccount, judgeLine, type LineFacts, type LineVerdict, REQUEST_LAPSES_MS} from './machine.ts';
import {createCreditRows, type CreditRows, type LineRow} from './rows.ts';

/** What credit control needs to know of the site and of money, given by the composition root. */
export type CreditGround = {
  readonly policy: () => Policy | undefined;
  readonly extensionClass: (extension: string) => LineFacts['class'] | undefined;
  readonly payerAt: (extension: string, at: Instant) => AccountId | undefined;
  readonly extensions: () => readonly string[];
  readonly linesOf: (account: AccountId, at: Instant) => readonly string[];
  readonly balance: (account: AccountId) => Micros;
  readonly write: (facts: readonly Fact[]) => number;
  readonly nextSeq: () => number;
  readonly now: () => Instant;
};

export type Settled = {
  /** Lines whose wanted state changed: the reconciler must hear of them after the commit. */
  readonly decided: readonly LineChange[];
  readonly warned: readonly AccountId[];
  readonly requested: readonly AccountId[];
  /** The brake closed in this transaction, or is closed: so many lines wait for a person. */
  readonly braked: number;
};

export type LineChange = {readonly extension: string; readonly wanted: 'open' | 'locked'; readonly reasons: readonly string[]};

export type CreditControl = {
  /** After money moved on these accounts. In the caller's transaction. */
  readonly settle: (accounts: Iterable<AccountId>, cause: 'call' | 'money') => Settled;
  /** After something else changed: tenancies, policy, overrides, time. In the caller's transaction. */
  readonly review: (extensions: Iterable<string>) => Settled;
  readonly takeResult: (body: DownBody<'top-up-result'>) => AccountId;
  readonly takeOverride: (body: DownBody<'override'>) => string;
  /** The payment method or the rules changed: an old refusal says nothing any more. */
  readonly forgetRefusal: (account: AccountId) => void;
  readonly forgetRefusals: () => void;
  /** A person looked at the lines that wait behind the brake and lets them be locked. */
  readonly releaseBrake: () => void;
};

export function createCreditControl(database: Database, ground: CreditGround): CreditControl {
  const rows = createCreditRows(database);

  const settle: CreditControl['settle'] = (accounts, cause) => {
    const lines = new Set<string>();
    const warned: AccountId[] = [];
    const requested: AccountId[] = [];
    const policy = ground.policy();
    if (policy === undefined) return {decided: [], warned, requested, braked: 0};
    for (const account of accounts) {
      const act = actOnAccount({rows, ground, policy}, account);
      if (act === 'warn') warned.push(account);
      if (act === 'request') requested.push(account);
      for (const extension of ground.linesOf(account, ground.now())) lines.add(extension);
    }
    return {...judgeLines({rows, ground, policy}, lines, cause), warned, requested};
  };

  const review: CreditControl['review'] = (extensions) => {
    const policy = ground.policy();
    if (policy === undefined) return {decided: [], warned: [], requested: [], braked: 0};
    return {...judgeLines({rows, ground, policy}, new Set(extensions), 'call'), warned: [], requested: []};
  };

  return {
    settle,
    review,
    takeResult: (body) => {
      const account = body.account as AccountId;
      takeTopUpResult(rows, body, ground.now());
      return account;
    },
    takeOverride: (body) => {
      const payer = ground.payerAt(body.extension, ground.now());
      rows.override(body, payer === undefined ? ZERO : ground.balance(payer), ground.now());
      return body.extension;
    },
    forgetRefusal: (account) => rows.mend(account),
    forgetRefusals: () => rows.mendAll(),
    releaseBrake: () => rows.releaseBrake(ground.now()),
  };
}

type Work = {readonly rows: CreditRows; readonly ground: CreditGround; readonly policy: Policy};

function payerOf({rows, ground, policy}: Work, account: AccountId): LineFacts['payer'] {
  const settings = rows.account(account);
  const state = rows.state(account);
  const watched = policy.mode === 'watch' ? state.watched : ZERO;
  return {
    posted: micros(ground.balance(account) - watched),
    automaticTopUp: settings.automaticTopUp,
    refused: state.refused,
    closed: settings.closed,
  };
}

function judgeLines(work: Work, lines: ReadonlySet<string>, cause: 'call' | 'money'): Pick<Settled, 'decided' | 'braked'> {
  assert(work.rows.inTransaction(), 'lines are judged in the transaction that changed something');
  const {rows, ground, policy} = work;
  const now = ground.now();
  const decided: LineChange[] = [];
  const facts: Fact[] = [];
  let braked = 0;
  for (const extension of lines) {
    const payer = ground.payerAt(extension, now);
    const verdict = judgeLine(
      {
        class: ground.extensionClass(extension) ?? 'student',
        payer: payer === undefined ? undefined : payerOf(work, payer),
        override: rows.overrideOf(extension),
      },
      policy,
      now,
    );
    const before = rows.line(extension);
    if (braking(work, verdict, before)) {
      braked++;
      rows.keepReasons(extension, verdict.reasons, now);
      continue;
    }
    if (before !== undefined && before.wanted === verdict.wanted && sameReasons(before, verdict)) continue;
    const urgency = verdict.wanted === 'locked' ? 2 : cause === 'money' ? 0 : 1;
    const changed = rows.decide(extension, verdict, {now, urgency});
    if (!changed) continue;
    decided.push({extension, ...verdict});
    facts.push(fact('line-state', `${extension}:${ground.nextSeq() + facts.length}`, {extension, ...verdict, at: now}));
  }
  ground.write(facts);
  return {decided, braked};
}

function sameReasons(before: LineRow, verdict: LineVerdict): boolean {
  return before.reasons.join() === verdict.reasons.join();
}

/** Locks that money alone decides are counted; one too many in a short time is more likely our fault than theirs. */
function braking({rows, ground, policy}: Work, verdict: LineVerdict, before: LineRow | undefined): boolean {
  const automatic = !verdict.reasons.includes('vacant') && !verdict.reasons.includes('staff');
  if (verdict.wanted !== 'locked' || before?.wanted === 'locked' || !automatic || policy.mode !== 'bill-and-lock') return false;
  const now = ground.now();
  const {heldSince, releasedAt} = rows.brake();
  if (heldSince !== undefined) return true;
  const since = Math.max(later(now, -policy.brake.minutes * 60_000), releasedAt) as Instant;
  if (!brakeHolds(rows.newlyLocked(since) + 1, ground.extensions().length, policy.brake)) return false;
  rows.holdBrake(now);
  return true;
}

function actOnAccount(work: Work, account: AccountId): 'none' | 'warn' | 'request' {
  const {rows, ground, policy} = work;
  const payer = payerOf(work, account);
  const known = rows.account(account);
  if (payer === undefined || !known.isStudent || policy.mode === 'watch') return 'none';
  const state = rows.state(account);
  const now = ground.now();
  const {warned, refusals, openRequest, askAgainAt} = state;
  const act = judgeAccount({payer, warned, refusals, openRequest, askAgainAt}, policy, now);
  if (act.kind === 'warn' || act.kind === 're-arm') rows.warned(account, act.kind === 'warn');
  if (act.kind === 'warn') {
    ground.write([fact('warning', `${account}:${ground.nextSeq()}`, {account, balance: payer.posted, at: now})]);
    return 'warn';
  }
  if (act.kind !== 'request') return 'none';
  const request = identityOf('top-up', account, String(ground.nextSeq()));
  const body = {request, account, amount: act.amount, available: payer.posted, at: now, lapsesAt: later(now, REQUEST_LAPSES_MS)};
  ground.write([fact('top-up-request', request, body)]);
  rows.requested(account, request, now);
  return 'request';
}

function takeTopUpResult(rows: CreditRows, body: DownBody<'top-up-result'>, now: Instant): void {
  const account = body.account as AccountId;
  const state = rows.state(account);
  // A late answer to a request that lapsed still says something about the card.
  switch (body.result) {
    case 'refused': {
      const refusals = state.refusals + 1;
      const wait = askAgainAfter(refusals);
      rows.refused(account, refusals, wait === undefined ? undefined : later(now, wait));
      return;
    }
    case 'paid':
      rows.mend(account);
      return;
    case 'deferred':
      rows.deferred(account, (body.until ?? later(now, REQUEST_LAPSES_MS)) as Instant);
      return;
    case 'not-needed':
      rows.answered(account);
      return;
    case 'needs-student':
    case 'unknown':
      // No answer yet: the request stays open until it lapses; the line stays open until the floor.
      return;
  }
}

function fact(kind: UpKind, name: string, body: Record<string, unknown>): Fact {
  return {id: `${kind}:${name}`, kind, version: UP_KINDS[kind].version, body};
}
