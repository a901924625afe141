// Keeps the wanted state of every line equal to what credit control says, in the transaction that changed a balance.
// In: the accounts and lines that something happened to. Out: line_state rows, warnings, top-up requests, journal rows.
// Never true: a command sent from here. The reconciler does that, after the commit.
import {assert} from '../../shared/assert/assert.ts';
import {identityOf} from '../../shared/journal/chain.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import {micros, ZERO, type Micros} from '../../shared/money/micros.ts';
import {instant, later, type Instant} from '../../shared/time/instant.ts';
import type {DownBody, Policy} from '../../shared/wire/kinds.ts';
import type {Fact} from '../../shared/wire/row.ts';
import {upFact} from '../../shared/wire/up.ts';
import type {Database} from '../store/open.ts';
import {
  askAgainAfter,
  brakeHolds,
  judgeAccount,
  judgeLine,
  type LineFacts,
  type LineVerdict,
  NONE_WAITS,
  type Payer,
  REQUEST_LAPSES_MS,
  waitingLimits,
  waitsTooMuch,
} from './machine.ts';
import {createCreditRows, createDueRows, type CreditRows, type DueRows, type LineRow} from './rows.ts';

/** What credit control needs to know of the site and of money, given by the composition root. */
export type CreditGround = {
  readonly policy: () => Policy | undefined;
  readonly extensionClass: (extension: string) => DownBody<'extension'>['class'] | undefined;
  readonly payerAt: (extension: string, at: Instant) => AccountId | undefined;
  readonly extensions: () => readonly string[];
  readonly linesOf: (account: AccountId, at: Instant) => readonly string[];
  readonly balance: (account: AccountId) => Micros;
  /** What its running calls have cost so far; absent where none are followed. */
  readonly runningCost?: ((account: AccountId) => Micros) | undefined;
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
  /** Lines that were looked at: do too many of their calls wait as unbillable? */
  readonly waiting: readonly LineWaiting[];
};

export type LineWaiting = {readonly extension: string; readonly isTooMuch: boolean};

export type LineChange = {readonly extension: string; readonly wanted: 'open' | 'locked'; readonly reasons: readonly string[]};

/** Everything here happens in the caller's transaction. */
export type CreditControl = {
  /** After money moved on these accounts. */
  readonly settle: (accounts: Iterable<AccountId>, cause: 'call' | 'money') => Settled;
  /** After something else changed: tenancies, policy, overrides. */
  readonly review: (extensions: Iterable<string>) => Settled;
  /** When `reviewDue` has something to do: at once if that is not after now. Undefined while nothing is ahead. */
  readonly nextReviewAt: () => Instant | undefined;
  /** After time alone changed something: an override or tenancy began or ended, a request lapsed, a refusal's wait is over. */
  readonly reviewDue: () => Settled;
  readonly takeResult: (body: DownBody<'top-up-result'>) => AccountId;
  /** The one open request of an account, as a snapshot tells it. */
  readonly takeRequest: (open: {readonly account: string; readonly request: string; readonly at: number}) => void;
  readonly takeOverride: (body: DownBody<'override'>) => string;
  /** Money came, or the payment method or the rules changed: an old refusal says nothing any more. */
  readonly forgetRefusal: (account: AccountId) => void;
  readonly forgetRefusals: () => void;
  /** A person looked at the lines that wait behind the brake: they are locked now, and counting starts again. */
  readonly releaseBrake: () => Settled;
};

const NOTHING: Settled = {decided: [], warned: [], requested: [], braked: 0, waiting: []};

export function createCreditControl(database: Database, ground: CreditGround): CreditControl {
  const rows = createCreditRows(database);
  const due = createDueRows(database, REQUEST_LAPSES_MS);
  /** Without rules nothing is decided. */
  const underPolicy = (act: (work: Work) => Settled): Settled => {
    assert(rows.inTransaction(), 'credit control decides in the transaction that changed something');
    const policy = ground.policy();
    return policy === undefined ? NOTHING : act({rows, ground, policy, now: ground.now()});
  };
  return {
    settle: (accounts, cause) => underPolicy((work) => settle(work, new Set(accounts), {lines: [], cause})),
    review: (extensions) => underPolicy((work) => settle(work, new Set(), {lines: extensions, cause: 'call'})),
    nextReviewAt: () => (ground.policy() === undefined ? undefined : nextReviewAt(due, ground.now())),
    reviewDue: () => underPolicy((work) => reviewDue(work, due)),
    takeResult: (body) => {
      const account = body.account as AccountId;
      takeTopUpResult(rows, body, {balance: ground.balance(account), now: ground.now()});
      return account;
    },
    takeRequest: ({account, request, at}) => rows.requested(account as AccountId, request, instant(at)),
    takeOverride: (body) => {
      const now = ground.now();
      const account = ground.payerAt(body.extension, now);
      rows.override(body, account === undefined ? undefined : payerOf(rows, ground, account), now);
      return body.extension;
    },
    forgetRefusal: (account) => rows.forgetRefusal(account),
    forgetRefusals: () => rows.forgetRefusals(),
    releaseBrake: () => {
      rows.releaseBrake();
      return underPolicy((work) => ({...NOTHING, ...judgeLines(work, new Set(ground.extensions()), {cause: 'call', brakes: false})}));
    },
  };
}

type Work = {readonly rows: CreditRows; readonly ground: CreditGround; readonly policy: Policy; readonly now: Instant};
type Cause = 'call' | 'money';

function settle(work: Work, accounts: ReadonlySet<AccountId>, {lines, cause}: {lines: Iterable<string>; cause: Cause}): Settled {
  const warned: AccountId[] = [];
  const requested: AccountId[] = [];
  const touched = new Set(lines);
  for (const account of accounts) {
    const act = actOnAccount(work, account);
    if (act === 'warn') warned.push(account);
    if (act === 'request') requested.push(account);
    for (const extension of work.ground.linesOf(account, work.now)) touched.add(extension);
  }
  return {...judgeLines(work, touched, {cause, brakes: true}), warned, requested};
}

// ---- what time alone changes

/** The clock may have been set back: then what had come due has not, and is judged again. */
function nextReviewAt(due: DueRows, now: Instant): Instant | undefined {
  const reviewedAt = due.reviewedAt();
  return now < reviewedAt ? now : due.next(reviewedAt);
}

function reviewDue(work: Work, due: DueRows): Settled {
  const reviewedAt = due.reviewedAt();
  const [after, until] = [instant(Math.min(reviewedAt, work.now)), instant(Math.max(reviewedAt, work.now))];
  due.reviewed(work.now);
  return settle(work, new Set(due.accounts(after, until)), {lines: due.lines(after, until), cause: 'call'});
}

// ---- lines

function judgeLines(
  work: Work,
  lines: ReadonlySet<string>,
  {cause, brakes}: {cause: Cause; brakes: boolean},
): Pick<Settled, 'decided' | 'braked' | 'waiting'> {
  const {rows, ground, policy, now} = work;
  const decided: LineChange[] = [];
  const waiting: LineWaiting[] = [];
  const facts: Fact[] = [];
  let braked = 0;
  for (const extension of lines) {
    const before = rows.line(extension);
    const line = factsOf(work, extension);
    const due = judgeLine(line, policy, now);
    waiting.push({extension, isTooMuch: waitsTooMuch(line, policy)});
    const waits = brakes && newlyLocks(work, due, before) && braking(work, extension);
    if (waits) braked++;
    // Behind the brake the reasons are shown, and the line stays as it is.
    const verdict: LineVerdict = waits ? {...due, wanted: 'open'} : due;
    const change = keep(work, extension, {before, verdict, urgency: verdict.wanted === 'locked' ? 2 : cause === 'money' ? 0 : 1});
    if (change === 'none') continue;
    if (change === 'decided') decided.push({extension, ...verdict});
    facts.push(upFact('line-state', `${extension}:${ground.nextSeq() + facts.length}`, {extension, ...verdict, at: now}));
  }
  ground.write(facts);
  return {decided, braked, waiting};
}

function factsOf({rows, ground, policy, now}: Work, extension: string): LineFacts {
  const account = ground.payerAt(extension, now);
  return {
    class: ground.extensionClass(extension) ?? 'student',
    payer: account === undefined ? undefined : payerOf(rows, ground, account),
    override: rows.overrideOf(extension),
    waiting: account === undefined ? NONE_WAITS : rows.waiting(extension, account, {now, most: waitingLimits(policy).calls + 1}),
  };
}

/** Calls that run are not debited yet, and in watch mode none is: what they cost is taken off here. */
function payerOf(rows: CreditRows, ground: CreditGround, account: AccountId): Payer {
  const {automaticTopUp, closed} = rows.account(account);
  const {refused, watched} = rows.state(account);
  const running = ground.runningCost?.(account) ?? ZERO;
  const posted = micros(ground.balance(account) - running - (ground.policy()?.mode === 'watch' ? watched : ZERO));
  return {account, posted, automaticTopUp, refused, closed};
}

type Judged = {readonly before: LineRow | undefined; readonly verdict: LineVerdict; readonly urgency: number};

/** `told`: the cloud should know, and the switchboard has nothing to do. A new line that is simply open is no news to anyone. */
function keep({rows, now}: Work, extension: string, {before, verdict, urgency}: Judged): 'none' | 'told' | 'decided' {
  const {wanted, reasons} = verdict;
  if (before === undefined) {
    rows.addLine(extension, verdict, {now, urgency});
    return wanted === 'locked' ? 'decided' : reasons.length > 0 ? 'told' : 'none';
  }
  if (before.wanted !== wanted) {
    rows.decide(extension, verdict, {now, urgency});
    return 'decided';
  }
  if (before.reasons.join() === reasons.join()) return 'none';
  rows.explain(extension, reasons);
  return 'told';
}

// ---- the brake

/** Does this lock a line that was open, and does money alone say so? */
function newlyLocks({policy}: Work, verdict: LineVerdict, before: LineRow | undefined): boolean {
  const automatic = !verdict.reasons.includes('vacant') && !verdict.reasons.includes('staff');
  return policy.mode === 'bill-and-lock' && verdict.wanted === 'locked' && before?.wanted !== 'locked' && automatic;
}

/** Counts the lock, or says that it must wait: one too many in a short time is more likely our fault than theirs. */
function braking({rows, ground, policy, now}: Work, extension: string): boolean {
  if (rows.brakeIsHeld()) return true;
  const since = later(now, -policy.brake.minutes * 60_000);
  if (brakeHolds(rows.newlyLocked(since, extension) + 1, ground.extensions().length, policy.brake)) {
    rows.holdBrake(now);
    return true;
  }
  rows.noteLock(extension, now, since);
  return false;
}

// ---- warnings and top-ups

function actOnAccount({rows, ground, policy, now}: Work, account: AccountId): 'none' | 'warn' | 'request' {
  if (policy.mode === 'watch' || !rows.account(account).isStudent) return 'none';
  const payer = payerOf(rows, ground, account);
  const act = judgeAccount({...rows.state(account), payer}, policy, now);
  switch (act.kind) {
    case 'none':
      return 'none';
    case 're-arm':
      rows.warned(account, false);
      return 'none';
    case 'warn':
      rows.warned(account, true);
      ground.write([upFact('warning', `${account}:${ground.nextSeq()}`, {account, balance: payer.posted, at: now})]);
      return 'warn';
    case 'request': {
      const request = identityOf('top-up', account, String(ground.nextSeq()));
      const running = ground.runningCost?.(account) ?? ZERO;
      const sums = {amount: act.amount, available: payer.posted, ...(running > ZERO && {running})};
      const body = {request, account, ...sums, at: now, lapsesAt: later(now, REQUEST_LAPSES_MS)};
      ground.write([upFact('top-up-request', request, body)]);
      rows.requested(account, request, now);
      return 'request';
    }
  }
}

/** A late answer, to a request that lapsed, still says something about the card; it answers no later request. */
function takeTopUpResult(rows: CreditRows, body: DownBody<'top-up-result'>, {balance, now}: {balance: Micros; now: Instant}): void {
  const account = body.account as AccountId;
  switch (body.result) {
    case 'refused': {
      const refusals = rows.state(account).refusals + 1;
      const wait = askAgainAfter(refusals);
      rows.refused(account, refusals, wait === undefined ? undefined : later(now, wait));
      rows.answered(account, body.request);
      return;
    }
    case 'paid': {
      rows.forgetRefusal(account);
      const {automaticTopUp} = rows.account(account);
      // Its money may come in a later row: until then the request stays open, or the card would be charged twice.
      if (automaticTopUp === undefined || balance >= automaticTopUp.threshold) rows.answered(account, body.request);
      return;
    }
    case 'deferred':
      rows.deferred(account, instant(Math.max(body.until ?? 0, later(now, REQUEST_LAPSES_MS))));
      rows.answered(account, body.request);
      return;
    case 'not-needed':
    case 'needs-student':
    case 'unknown':
      // Nothing to act on: the request stays open until it lapses, so that it is not made again at once.
      return;
  }
}
