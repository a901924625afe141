// Follows the calls that run: what they have cost so far counts, and they end before they take an account below its floor.
// In: the switchboard's live calls, read about once a second. Out: limits, reviews of accounts, the cost run up. In memory only.
// Never true: a call cut of which nothing is known; an emergency call or a staff line limited; a cost counted beside its debit.
import {Failure} from '../../shared/failure/failure.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Micros} from '../../shared/money/micros.ts';
import type {Log} from '../../shared/log/log.ts';
import {pause} from '../../shared/time/back-off.ts';
import {later, type Clock, type Instant, type Timers} from '../../shared/time/instant.ts';
import type {RunningCredit} from '../credit/running-money.ts';
import type {CostlyCall, RunningMoney, RunningVerdict} from '../credit/running.ts';
import type {Recorded} from '../ledger/ledger.ts';
import type {RatedCall} from '../rating/priced-call.ts';
import type {RunningRater} from '../rating/running.ts';
import type {SiteBook} from '../site/book.ts';
import type {Transact} from '../store/open.ts';
import type {LiveCall, Switchboard} from '../switchboard/port.ts';
import {CallEnds, type EndsGiven} from './call-ends.ts';
import {matchOf, type RunningCall} from './running-call.ts';

export type RunningGiven<S> = EndsGiven & {
  readonly switchboard: Pick<Switchboard, 'capabilities' | 'liveCalls' | 'limit' | 'onLink'>;
  readonly book: Pick<SiteBook, 'policy' | 'tariffAt' | 'extensionClass'>;
  readonly rate: RunningRater;
  readonly credit: RunningCredit;
  readonly transact: Transact;
  /** Credit control, in the transaction. */
  readonly settle: (accounts: ReadonlySet<AccountId>) => S;
  /** After the commit. */
  readonly after: (settled: S) => void;
  /** At every change. */
  readonly told: (status: RunningStatus) => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly timers: Timers;
  readonly log: Log;
  /** Ends calls to unknown destinations so long after the answer. */
  readonly unknownMs?: number | undefined;
};

/** `unknown`: the switchboard cannot be asked at this moment; what was known last stands still. */
export type RunningStatus =
  | {readonly kind: 'unknown'}
  /** Lines of the site that are in a call; and calls that have been given an end. */
  | {readonly kind: 'known'; readonly lines: number; readonly limited: number};

export type RunningCalls = {
  /** Resolves when `signal` aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** What the calls of this account have run up that is not debited yet. */
  readonly costOf: (account: AccountId) => Micros;
  /** In the transaction that records these calls: what they had run up is now posted. */
  readonly release: (recorded: Recorded) => void;
  /** After its commit. */
  readonly released: () => void;
  readonly status: () => RunningStatus;
};

/** Ten minutes: a destination that nobody has priced may be the dearest there is. */
const UNKNOWN_MS = 10 * 60_000;
/** An answer or an end is noticed within it; a cut is kept by the switchboard itself. */
const READ_MS = 1_000;
const SHORTEST_WAIT_MS = 20;
/** A call that is gone and whose record does not come: a barred one, a lost record, a feed that is down. */
const RECORD_COMES_MS = 60_000;
/** Nothing is worth pricing a call again for less. */
const SAME_ANSWER_MS = 50;
const CLOCK_SET_MS = 2_500;
/** A verdict looks a day ahead. */
const VERDICT_MS = 3_600_000;

export function createRunningCalls<S>(given: RunningGiven<S>): RunningCalls {
  const following = new Following(given);
  return {
    run: (signal) => following.run(signal),
    costOf: (account) => following.costOf(account),
    release: (recorded) => following.release(recorded),
    released: () => following.released(),
    status: () => following.status(),
  };
}

type Judged = {readonly key: string; readonly at: Instant; readonly verdict: RunningVerdict};

class Following<S> {
  readonly #given: RunningGiven<S>;
  readonly #ends: CallEnds;
  readonly #calls = new Map<string, RunningCall>();
  readonly #judged = new Map<AccountId, Judged>();
  /** Accounts that credit control has to look at. */
  readonly #due = new Set<AccountId>();
  /** Recorded while the switchboard is being asked for its live calls. */
  #meanwhile: RatedCall[] | undefined;
  #isUp = false;
  #isKnown = false;
  #lines = 0;
  #wake = new AbortController();

  constructor(given: RunningGiven<S>) {
    this.#given = given;
    this.#ends = new CallEnds(given);
  }

  async run(signal: AbortSignal): Promise<void> {
    const {switchboard, timers, log} = this.#given;
    const quiet = switchboard.onLink(({kind}) => {
      this.#isUp = kind === 'up';
      if (!this.#isUp) this.#lost();
      this.#wake.abort();
    });
    const stop = (): void => this.#wake.abort();
    signal.addEventListener('abort', stop, {once: true});
    while (!signal.aborted) {
      try {
        if (this.#isUp) await this.#round();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        log.warn(error.message);
        // What is due is tried again with the next look.
        this.#judged.clear();
      }
      await pause(this.#waitMs(), timers, this.#wake.signal);
      if (this.#wake.signal.aborted) this.#wake = new AbortController();
    }
    signal.removeEventListener('abort', stop);
    quiet();
  }

  costOf(account: AccountId): Micros {
    return this.#given.credit.costOf(this.#costly(account), this.#given.clock.now());
  }

  release({recorded}: Recorded): void {
    for (const {call} of recorded) {
      this.#meanwhile?.push(call);
      const found = matchOf(call, this.#calls.values());
      if (found !== undefined) found.isReleased = true;
      // It may have used of an allowance that others count on.
      if (call.kind === 'priced') this.#judged.delete(call.payer);
    }
  }

  released(): void {
    for (const call of this.#calls.values()) if (call.isReleased) this.#forget(call);
  }

  status(): RunningStatus {
    if (!this.#isKnown) return {kind: 'unknown'};
    return {kind: 'known', lines: this.#lines, limited: this.#ends.count()};
  }

  #live(): readonly RunningCall[] {
    return [...this.#calls.values()].filter(({goneAt}) => goneAt === undefined);
  }

  /** What is not known is a state: nothing grows and nothing is cut until the live calls have been read again. */
  #lost(): void {
    if (!this.#isKnown) return;
    this.#isKnown = false;
    this.#judged.clear();
    this.#given.told(this.status());
  }

  #waitMs(): number {
    const {clock} = this.#given;
    const reviews = [...this.#judged.values()].flatMap(({verdict: {reviewAt}}) => (reviewAt === undefined ? [] : [reviewAt - clock.now()]));
    return Math.max(SHORTEST_WAIT_MS, Math.min(READ_MS, ...reviews));
  }

  async #round(): Promise<void> {
    const {switchboard, clock} = this.#given;
    const recorded: RatedCall[] = [];
    this.#meanwhile = recorded;
    const live = await switchboard.liveCalls().finally(() => (this.#meanwhile = undefined));
    if (live === undefined) {
      this.#lost();
      return;
    }
    const before = JSON.stringify(this.status());
    const known = new Set(this.#calls.keys());
    this.#take(live, clock.now());
    this.#over(
      recorded,
      [...this.#calls.values()].filter(({id}) => !known.has(id)),
    );
    this.#decide();
    await this.#ends.keep(this.#live(), (call) => this.#endOf(call));
    if (JSON.stringify(this.status()) !== before) this.#given.told(this.status());
  }

  #take(live: readonly LiveCall[], at: Instant): void {
    const {book} = this.#given;
    this.#isKnown = true;
    this.#lines = 0;
    const seen = new Set<string>();
    for (const call of live) {
      const of = book.extensionClass(call.extension);
      if (of !== undefined) this.#lines++;
      // Digits are not told again of a call that its switchboard has moved on.
      const dialled = call.dialled ?? this.#calls.get(call.id)?.dialled;
      if (of !== 'student' || call.answeredSeconds === undefined || dialled === undefined) continue;
      seen.add(call.id);
      this.#see(call.id, {extension: call.extension, dialled, answeredAt: later(at, -call.answeredSeconds * 1_000)}, at);
    }
    this.#miss(seen, at);
  }

  /** Calls that were live when the switchboard looked, and whose records came before its answer. */
  #over(recorded: readonly RatedCall[], fresh: readonly RunningCall[]): void {
    for (const call of recorded) {
      const found = matchOf(call, fresh);
      if (found === undefined) continue;
      found.isReleased = true;
      this.#forget(found);
    }
  }

  #miss(seen: ReadonlySet<string>, at: Instant): void {
    for (const call of this.#calls.values()) {
      // A record that was taken for its own although it runs on, or whose transaction failed.
      call.isReleased = false;
      if (!seen.has(call.id)) call.goneAt ??= at;
      if (call.goneAt !== undefined && at >= later(call.goneAt, RECORD_COMES_MS)) this.#forget(call);
    }
  }

  #see(id: string, answered: Pick<RunningCall, 'extension' | 'dialled' | 'answeredAt'>, at: Instant): void {
    const {book, rate} = this.#given;
    const known = this.#calls.get(id);
    const answeredAt = known === undefined ? answered.answeredAt : nearer(known.answeredAt, answered.answeredAt);
    const ground = [book.policy(), book.tariffAt(answeredAt)];
    const isSame =
      known?.answeredAt === answeredAt && known.dialled === answered.dialled && ground.every((each, n) => each === known.ground[n]);
    if (known !== undefined && isSame) {
      Object.assign(known, {seenAt: at, goneAt: undefined});
      return;
    }
    const price = rate({...answered, answeredAt});
    this.#calls.set(id, {
      ...answered,
      id,
      answeredAt,
      price,
      ground,
      seenAt: at,
      goneAt: undefined,
      isReleased: false,
      priced: (known?.priced ?? 0) + 1,
    });
    if (known === undefined && price.kind === 'priced') this.#due.add(price.payer);
  }

  #forget(call: RunningCall): void {
    this.#calls.delete(call.id);
    if (call.price.kind === 'priced') this.#due.add(call.price.payer);
  }

  #decide(): void {
    const {clock, transact, settle, after} = this.#given;
    const accounts = new Set(this.#live().flatMap(({price}) => (price.kind === 'priced' ? [price.payer] : [])));
    for (const account of this.#judged.keys()) if (!accounts.has(account)) this.#judged.delete(account);
    for (const account of accounts) {
      const {reviewAt} = this.#judge(account);
      if (reviewAt !== undefined && reviewAt <= clock.now()) this.#due.add(account);
    }
    if (this.#due.size === 0) return;
    const settled = transact(() => settle(this.#due));
    for (const account of this.#due) this.#judged.delete(account);
    this.#due.clear();
    after(settled);
    for (const account of accounts) this.#judge(account);
  }

  /** Again only if something changed that it rests on: the verdict of a call that simply goes on stays true. */
  #judge(account: AccountId): RunningVerdict {
    const {credit, clock} = this.#given;
    const calls = this.#costly(account);
    const money = credit.money(account, new Set(calls.map(({extension}) => extension)));
    const key = keyOf(calls, money);
    const now = clock.now();
    const known = this.#judged.get(account);
    if (known?.key === key && now < later(known.at, VERDICT_MS)) return known.verdict;
    const verdict = credit.judge(calls, money, now);
    this.#judged.set(account, {key, at: now, verdict});
    return verdict;
  }

  #costly(account: AccountId): readonly (CostlyCall & Pick<RunningCall, 'priced'>)[] {
    return [...this.#calls.values()].flatMap(({price, isReleased, goneAt, seenAt, ...call}) => {
      if (price.kind !== 'priced' || price.payer !== account || isReleased) return [];
      return [{...call, costAt: price.costAt, endedAt: goneAt !== undefined || !this.#isKnown ? seenAt : undefined}];
    });
  }

  #endOf({id, price, answeredAt}: RunningCall): Instant | undefined {
    if (price.kind === 'unknown') return later(answeredAt, this.#given.unknownMs ?? UNKNOWN_MS);
    return price.kind === 'priced' ? this.#judged.get(price.payer)?.verdict.cuts.get(id) : undefined;
  }
}

/**
 * What is told is old by its way here, and may be rounded down: both make an answer look later than it was, so the earliest is
 * nearest to the truth. Further apart, the clock was set.
 */
function nearer(known: Instant, told: Instant): Instant {
  const earlier = known - told;
  return earlier > SAME_ANSWER_MS || earlier < -CLOCK_SET_MS ? told : known;
}

function keyOf(calls: readonly (CostlyCall & Pick<RunningCall, 'priced'>)[], {posted, floor, levels, unlocks}: RunningMoney): string {
  const parts = calls.map(({id, priced, endedAt}) => [id, priced, endedAt]);
  return JSON.stringify([parts, posted, floor, levels, [...unlocks]]);
}
