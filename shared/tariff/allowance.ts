// Free allowances: seconds or money of a period that calls use before they cost anything. Pure.
// In: what was granted and what is used of it; the working of a call without it. Out: what is left; the working with it.
// Never true: more used than was left; a call that costs more because something was free; covered and charged seconds that are
// not just those billed.
//
// The rule:
// - Only calls that are dialled out and have a price, by a destination or by the class of the number, use an allowance; what costs
//   nothing without one uses none.
// - Seconds cover the first billed seconds of a call. The rest keeps its place in time: each increment has the band at its own start,
//   and of one that is covered in part the uncovered seconds are paid at its price. Whose first second is covered pays no
//   connection fee. Covered whole, a call costs nothing, whatever the minimum; else minimum and maximum bound what is left.
// - Money covers of the rounded gross, VAT included: to the micro, so what is left to pay need not be a whole penny. Its tax is
//   gross × r/(1+r) to the micro, its net is gross − tax.
// - Of several, seconds before money; among them the one that ends first; then by id.
// - The period is that of the call's start, on the wall clock of the site.
import {ZERO, micros} from '../money/micros.ts';
import type {Instant} from '../time/instant.ts';
import {periodAt} from '../time/period.ts';
import {settle, taxIn, type Bounds, type Rounding, type TaxRate} from './amount.ts';
import {scaled} from './decimal.ts';
import {RATE_DECIMALS} from './tariff.ts';
import type {AllowanceUse, Working, WorkingSegment} from './working.ts';

/** As the cloud grants it (shared/wire/kinds.ts): instants are milliseconds, intervals half-open. */
export type Granted = Pick<AllowanceUse, 'allowance' | 'name' | 'unit' | 'amount' | 'period'> & {
  /** As the tariff names them; none: whatever is dialled out and has a price. */
  readonly destinations: readonly string[];
  readonly from: number;
  readonly to?: number | undefined;
};

/** What a call may use of one period of one allowance. */
export type AllowanceLeft = Omit<AllowanceUse, 'used'> & {
  /** When it lapses: the end of its period, or its own; Infinity for never. */
  readonly endsAt: number;
};

/** What calls that run use of what is left, by {@link bucketKey}: it is posted only when they end. */
export type InUse = Map<string, number>;

export function bucketKey({allowance, periodStart}: Pick<AllowanceUse, 'allowance' | 'periodStart'>): string {
  return `${periodStart} ${allowance}`;
}

/** Does it hold for a call to this destination that began then? */
export function isGranted({destinations, from, to}: Granted, destination: string, start: Instant): boolean {
  return start >= from && (to === undefined || start < to) && (destinations.length === 0 || destinations.includes(destination));
}

/**
 * The period that a call uses which began at `start`, within the allowance's own time. It begins with the calendar's, also where the
 * allowance began later: uses of a period stand under one instant, whatever is amended.
 */
export function bucketOf({period, from, to}: Granted, zone: string, start: Instant): {readonly from: Instant; readonly endsAt: number} {
  const ownEnd = to ?? Infinity;
  if (period === 'once') return {from: from as Instant, endsAt: ownEnd};
  const span = periodAt(zone, period, start);
  return {from: span.from, endsAt: Math.min(span.to, ownEnd)};
}

/** How a rate bounds, taxes and rounds. */
type Settling = {readonly bounds: Bounds; readonly tax: TaxRate; readonly rounding: Rounding};

/** The working with what is left of allowances taken off; `working` is the one without, of a call that costs something. */
export function withAllowances(working: Working, left: readonly AllowanceLeft[], by: Settling): Working {
  const ordered = inOrder(left);
  const seconds = draw(ordered, 'seconds', working.billedSeconds);
  const rest = seconds.drawn === 0 ? working : {...working, ...restOf(working, seconds.drawn, by)};
  const money = draw(ordered, 'micros', rest.gross);
  const allowances = [...seconds.uses, ...money.uses];
  if (allowances.length === 0) return working;
  if (money.drawn === 0) return {...rest, allowances};
  const gross = micros(rest.gross - money.drawn);
  const tax = taxIn(gross, by.tax.taxOfGross);
  return {...rest, gross, tax, net: micros(gross - tax), allowances};
}

/** Seconds before money; then what ends first; then by id. */
function inOrder(left: readonly AllowanceLeft[]): readonly AllowanceLeft[] {
  return left.toSorted((a, b) => (a.endsAt === b.endsAt ? (a.allowance < b.allowance ? -1 : 1) : a.endsAt - b.endsAt));
}

function draw(
  left: readonly AllowanceLeft[],
  unit: AllowanceUse['unit'],
  wanted: number,
): {readonly uses: readonly AllowanceUse[]; readonly drawn: number} {
  const uses: AllowanceUse[] = [];
  let drawn = 0;
  for (const {endsAt: _endsAt, ...one} of left) {
    const used = Math.min(one.left, wanted - drawn);
    if (one.unit !== unit || used <= 0) continue;
    uses.push({...one, used, left: one.left - used});
    drawn += used;
  }
  return {uses, drawn};
}

type Rest = Pick<Working, 'segments' | 'connectionFee' | 'bound' | 'gross' | 'tax' | 'net'>;

const NOTHING: Rest = {segments: [], connectionFee: ZERO, bound: undefined, gross: ZERO, tax: ZERO, net: ZERO};

/** What is charged of a call whose first seconds are covered. */
function restOf({segments}: Working, covered: number, {bounds, tax, rounding}: Settling): Rest {
  const charged: WorkingSegment[] = [];
  let done = 0;
  // In BigInt: it always fits, and few calls come here.
  let total = 0n;
  for (const segment of segments) {
    done += segment.seconds;
    const seconds = Math.min(segment.seconds, done - covered);
    if (seconds <= 0) continue;
    charged.push({...segment, seconds});
    total += BigInt(seconds) * BigInt(scaled(segment.perMinute, RATE_DECIMALS));
  }
  if (charged.length === 0) return NOTHING;
  return {segments: charged, connectionFee: ZERO, ...settle(total, bounds, tax, rounding)};
}
