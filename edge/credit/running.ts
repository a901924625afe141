// When running calls must end, and when their account must be looked at again: pure, and in closed form.
// In: what is posted, the levels that matter, the running calls with their cost as a function of time. Out: instants.
// Never true: a call cut that costs nothing more; an account taken below its floor by an increment that could have been kept
// from beginning; work that grows with the length of a call.
import {micros, type Micros} from '../../shared/money/micros.ts';
import type {InUse} from '../../shared/tariff/allowance.ts';
import {instant, later, type Instant} from '../../shared/time/instant.ts';

export type CostlyCall = {
  readonly id: string;
  readonly extension: string;
  readonly answeredAt: Instant;
  /** Until when it is known to run; undefined while it does. Its cost stands still from there on. */
  readonly endedAt: Instant | undefined;
  /** After so many whole answered seconds; never falls. What it uses of free allowances is added to `inUse`, and not used by the next. */
  readonly costAt: (seconds: number, inUse?: InUse) => Micros;
};

/** What credit control says of an account whose calls run. */
export type RunningMoney = {
  readonly posted: Micros;
  /** Its calls are cut before they take it below; undefined: none of them is. */
  readonly floor: Micros | undefined;
  /** Something changes once posted − cost is below one of these: a warning, a top-up, a lock. */
  readonly levels: readonly Micros[];
  /** Unlocks that staff gave, by line. */
  readonly unlocks: ReadonlyMap<string, RunningUnlock>;
};

/** Stands until it expires or posted − cost is below `until`, whichever comes first; undefined: for ever. */
export type RunningUnlock = {readonly expires: Instant | undefined; readonly until: Micros | undefined};

export type RunningVerdict = {
  /** By call; one that is not here may go on. An instant that has passed: at once. */
  readonly cuts: ReadonlyMap<string, Instant>;
  /** The first instant at which credit control would find something else than now. */
  readonly reviewAt: Instant | undefined;
};

/** Nothing that is decided now is for later than this: by then it has been decided again. */
const RUNNING_HORIZON_MS = 24 * 3_600_000;

export function judgeRunning(calls: readonly CostlyCall[], money: RunningMoney, now: Instant): RunningVerdict {
  const {posted, floor, levels} = money;
  const costs = calls.filter((call) => stillCosts(call, now));
  const cuts = new Map<string, Instant>();
  const end = floor === undefined ? undefined : paidUntil(calls, micros(posted - floor), now);
  if (end !== undefined) {
    for (const call of costs) {
      const at = coveredUntil(calls, {money, extension: call.extension, end}, now);
      if (at !== undefined) cuts.set(call.id, at);
    }
  }
  const crossings = levels
    .filter((level) => posted - costOf(calls, now) >= level)
    .map((level) => paidUntil(calls, micros(posted - level), now))
    .filter((at): at is Instant => at !== undefined);
  return {cuts, reviewAt: crossings.length === 0 ? undefined : later(instant(Math.min(...crossings)), 1)};
}

/** What they cost all together if they end at that instant. */
export function costOf(calls: readonly CostlyCall[], at: Instant): Micros {
  const inUse: InUse = new Map();
  // As they will be posted: what has ended, then what began first.
  const ended = calls.filter(({endedAt}) => endedAt !== undefined);
  const running = calls.filter(({endedAt}) => endedAt === undefined);
  return micros([...ended, ...running].reduce((sum, call) => sum + costOfOne(call, at, inUse), 0));
}

/** The last instant from now on at which their cost is not above that sum: now, if it is above it already. Undefined: beyond the horizon. */
function paidUntil(calls: readonly CostlyCall[], sum: Micros, now: Instant): Instant | undefined {
  let within: number = now;
  let above: number = now + RUNNING_HORIZON_MS;
  if (costOf(calls, instant(above)) <= sum) return undefined;
  if (costOf(calls, now) > sum) return now;
  // The cost never falls, so that halving finds the step: 27 prices a call, however far away it is.
  while (above - within > 1) {
    const middle = Math.floor((within + above) / 2);
    if (costOf(calls, instant(middle)) <= sum) within = middle;
    else above = middle;
  }
  return instant(within);
}

/** When the call of that line ends: with the money, or with the unlock that covers the line if that is later. */
function coveredUntil(
  calls: readonly CostlyCall[],
  {money, extension, end}: {readonly money: RunningMoney; readonly extension: string; readonly end: Instant},
  now: Instant,
): Instant | undefined {
  const unlock = money.unlocks.get(extension);
  if (unlock === undefined) return end;
  const spent = unlock.until === undefined ? undefined : paidUntil(calls, micros(money.posted - unlock.until), now);
  const ends = [spent, unlock.expires].filter((at): at is Instant => at !== undefined);
  return ends.length === 0 ? undefined : instant(Math.max(end, Math.min(...ends)));
}

function stillCosts(call: CostlyCall, now: Instant): boolean {
  return call.endedAt === undefined && costOfOne(call, later(now, RUNNING_HORIZON_MS)) > costOfOne(call, now);
}

/** Fractions of a second are rounded up: the second that has begun counts. */
function costOfOne({answeredAt, endedAt, costAt}: CostlyCall, at: Instant, inUse?: InUse): Micros {
  const until = endedAt === undefined ? at : Math.min(at, endedAt);
  return costAt(Math.max(0, Math.ceil((until - answeredAt) / 1_000)), inUse);
}
