// The price of a call. Pure: the box charges with it, the desk previews with it, the portal quotes with it.
// In: a number, a start, answered seconds, a compiled tariff. Out: a price with its working, or why there is none.
// Never true: the time it takes grows with the length of the call; money is rounded more than once.
import {assert, must} from '../assert/assert.ts';
import {ZERO, type Micros} from '../money/micros.ts';
import {
  classIn,
  decidedIn,
  holdsType,
  typeIn,
  typeOfNumber,
  type NumberClass,
  type NumberType,
  type TypeMatch,
} from '../telephone/number-type.ts';
import type {Instant} from '../time/instant.ts';
import {withAllowances, type AllowanceLeft} from './allowance.ts';
import {settle, taxIn, type TaxRate} from './amount.ts';
import {bandAt, type CompiledBands} from './bands.ts';
import {EVERY_TYPE, type CompiledDestination, type CompiledRate, type CompiledTariff} from './compile.ts';
import {scaled} from './decimal.ts';
import {LENGTH_FACTOR, longestPrefix, NO_MATCH} from './prefix-index.ts';
import {RATE_DECIMALS} from './tariff.ts';
import type {Working, WorkingSegment} from './working.ts';

export type Call = {
  /** E.164 digits from the country code on, without +; or a short code. */
  readonly number: string;
  /** A short code is only ever matched whole: 1571 is voicemail, not Virginia. */
  readonly isShort: boolean;
  readonly start: Instant;
  /** Answered seconds, a whole number from 0. */
  readonly durationSeconds: number;
  /** Seconds that were taken off before because answering is not reported; for the working only. */
  readonly answerAllowanceSeconds: number;
  /** Does the site bill by prefixes that hold a whole country or zone? */
  readonly acceptsCatchAll: boolean;
  /** Calling code of the country that is called from, such as `44`. Without it no number is known to be freephone or premium. */
  readonly home?: string | undefined;
  /** What is left of free allowances for calls to a destination, by its name or that of the class that decided; none: nothing is free. */
  readonly allowances?: ((destination: string) => readonly AllowanceLeft[]) | undefined;
};

export type Price =
  | {readonly kind: 'priced'; readonly working: Working}
  | {readonly kind: 'no-destination'}
  /** What matches does not know the range well enough to bill it unseen: a catch-all, or numbers of another type than `type`. */
  | {
      readonly kind: 'range-unconfirmed';
      readonly prefix: string;
      readonly destination: string;
      /** What the number is; undefined: only a catch-all matches. */
      readonly type: NumberType | undefined;
    }
  /** Longer than {@link LONGEST_CALL_SECONDS}. */
  | {readonly kind: 'duration-implausible'};

/**
 * The most that a site's policy can allow. At the dearest rate a tariff can have, with a day's increment and 100 % tax,
 * such a call costs 8.65 billion: below the 9.007 billion that safe micros can hold.
 */
export const LONGEST_CALL_SECONDS = 48 * 3_600;

/** The tariff is the one in force at the call's start, to its end. */
export function price(call: Call, tariff: CompiledTariff): Price {
  return call.isShort ? priceShortCode(call, tariff) : priceNumber(call, tariff);
}

function priceShortCode(call: Call, tariff: CompiledTariff): Price {
  const place = tariff.codes.get(call.number);
  if (place === undefined) return NO_DESTINATION;
  const {name, rate, catchAll} = must(tariff.destinations[place], 'a destination');
  if (catchAll && !call.acceptsCatchAll) return {kind: 'range-unconfirmed', prefix: call.number, destination: name, type: undefined};
  return priceBy(call, {rate, prefix: call.number, name}, tariff, call.allowances);
}

function priceNumber(call: Call, tariff: CompiledTariff): Price {
  const {number, home} = call;
  const match = longestPrefix(tariff.index, number);
  const length = match === NO_MATCH ? 0 : match % LENGTH_FACTOR;
  const type = typeOfNumber(number);
  const of = home === undefined ? undefined : classIn(type, number, home);
  // The ranges of a class are its prefixes, and the longest prefix wins; at the same length the destination does.
  const classRate = of === undefined || length >= decidedIn(type) ? undefined : tariff.classes[of];
  if (of !== undefined && classRate !== undefined) {
    return priceBy(call, {rate: classRate, prefix: '', name: of}, tariff, call.allowances);
  }
  if (match === NO_MATCH) return NO_DESTINATION;
  const destination = must(tariff.destinations[(match - length) / LENGTH_FACTOR], 'a destination');
  const prefix = `+${number.slice(0, length)}`;
  if (call.acceptsCatchAll || !isDoubtful(destination, type, {length, of, home})) {
    return priceBy(call, {rate: destination.rate, prefix, name: destination.name}, tariff, call.allowances);
  }
  return {kind: 'range-unconfirmed', prefix, destination: destination.name, type: destination.catchAll ? undefined : typeIn(type)};
}

/** The price of a call that has no destination of its own. Undefined: its class has no rate in this tariff. */
export function priceClass(
  call: Timed,
  of: 'internal' | 'incoming' | 'reverse-charge',
  tariff: CompiledTariff,
): Extract<Price, {readonly kind: 'priced' | 'duration-implausible'}> | undefined {
  const rate = tariff.classes[of];
  return rate === undefined ? undefined : priceBy(call, {rate, prefix: '', name: of}, tariff);
}

/** `allowances` only for what is dialled out: a class of calls without a number has none. */
function priceBy(
  call: Timed,
  matched: Matched,
  tariff: CompiledTariff,
  allowances?: Call['allowances'],
): Extract<Price, {kind: 'priced' | 'duration-implausible'}> {
  if (call.durationSeconds > LONGEST_CALL_SECONDS) return TOO_LONG;
  const working = work(call, matched, tariff);
  // What costs nothing uses nothing.
  const left = allowances === undefined || working.gross === ZERO ? NOTHING_FREE : allowances(matched.name);
  if (left.length === 0) return {kind: 'priced', working};
  const by = {bounds: matched.rate.bounds, tax: taxAt(tariff.taxes, call.start), rounding: tariff.rounding};
  return {kind: 'priced', working: withAllowances(working, left, by)};
}

/**
 * A catch-all, or a number of another type than the destination's. A destination that does not say what its numbers are is of
 * ordinary ones: freephone and premium numbers are its own only if its prefix lies within their range.
 */
function isDoubtful(
  destination: CompiledDestination,
  type: TypeMatch,
  {length, of, home}: {readonly length: number; readonly of: NumberClass | undefined; readonly home: string | undefined},
): boolean {
  if (destination.catchAll) return true;
  if (destination.types !== EVERY_TYPE) return !holdsType(destination.types, type);
  if (length >= decidedIn(type)) return false;
  // Premium also abroad: the usual fraud is a number that costs pounds a minute behind a country's cheap prefix.
  return of !== undefined || (home !== undefined && typeIn(type) === 'premium');
}

const NO_DESTINATION = {kind: 'no-destination'} as const;
const TOO_LONG = {kind: 'duration-implausible'} as const;

type Matched = {readonly rate: CompiledRate; readonly prefix: string; readonly name: string};
type Timed = Pick<Call, 'start' | 'durationSeconds' | 'answerAllowanceSeconds'>;
/** What was billed, and its exact sum in shares (amount.ts). */
type Sum = {readonly segments: readonly WorkingSegment[]; readonly total: number | bigint};

const FREE = {gross: ZERO, tax: ZERO, net: ZERO, bound: undefined} as const;
const NO_SEGMENTS: readonly WorkingSegment[] = [];
const NOTHING_FREE: readonly AllowanceLeft[] = [];

function work(call: Timed, {rate, prefix, name}: Matched, tariff: CompiledTariff): Working {
  const tax = taxAt(tariff.taxes, call.start);
  const billedSeconds = billedSecondsOf(call.durationSeconds, rate);
  const sum = billedSeconds === 0 ? undefined : sumOf(billedSeconds, call.start, rate, tariff.bands);
  const amounts = sum === undefined ? FREE : settle(sum.total, rate.bounds, tax, tariff.rounding);
  return {
    tariff: tariff.hash,
    prefix,
    destination: name,
    durationSeconds: call.durationSeconds,
    billedSeconds,
    initialSeconds: rate.initialSeconds,
    nextSeconds: rate.nextSeconds,
    connectionFee: rate.connectionFee,
    segments: sum === undefined ? NO_SEGMENTS : sum.segments,
    bound: amounts.bound,
    rounding: tariff.declaredRounding,
    taxPercent: tax.percent,
    pricesIncludeTax: rate.bounds.containTax,
    net: amounts.net,
    tax: amounts.tax,
    gross: amounts.gross,
    answerAllowanceSeconds: call.answerAllowanceSeconds,
  };
}

/** What of an amount is tax, at the rate in force when the call began. */
export function taxWithin(amount: Micros, tariff: Pick<CompiledTariff, 'taxes'>, start: Instant): Micros {
  return taxIn(amount, taxAt(tariff.taxes, start).taxOfGross);
}

function taxAt(taxes: readonly TaxRate[], start: Instant): TaxRate {
  for (let place = taxes.length - 1; place > 0; place -= 1) {
    const tax = must(taxes[place], 'a tax');
    if (start >= tax.from) return tax;
  }
  return must(taxes[0], 'the first tax');
}

/** 0 when the call is not longer than grace; else initial + ⌈(d − initial)⁺ ÷ next⌉ × next. So 31 s on 30+60 bills 90 s. */
function billedSecondsOf(durationSeconds: number, {initialSeconds, nextSeconds, graceSeconds}: CompiledRate): number {
  assert(Number.isSafeInteger(durationSeconds) && durationSeconds >= 0, `a call lasts whole seconds, got ${durationSeconds}`);
  if (durationSeconds <= graceSeconds) return 0;
  return durationSeconds <= initialSeconds
    ? initialSeconds
    : initialSeconds + Math.ceil((durationSeconds - initialSeconds) / nextSeconds) * nextSeconds;
}

function sumOf(billedSeconds: number, start: Instant, rate: CompiledRate, bands: CompiledBands): Sum {
  const fits = billedSeconds <= rate.safeSeconds;
  if (!rate.isFlat)
    return fits ? sumOverBands(billedSeconds, start, rate, bands) : exactly(sumOverBands(billedSeconds, start, rate, bands), rate);
  const {text, sharesPerSecond} = must(rate.prices[0], 'a price');
  const sum = {
    segments: [{band: '', seconds: billedSeconds, perMinute: text}],
    total: rate.connectionFeeShares + billedSeconds * sharesPerSecond,
  };
  return fits ? sum : exactly(sum, rate);
}

/** The same segments summed in BigInt: dear or very long calls whose sum may pass 2^53. */
function exactly({segments}: Sum, rate: CompiledRate): Sum {
  let total = BigInt(rate.connectionFeeShares);
  for (const {seconds, perMinute} of segments) total += BigInt(seconds) * BigInt(scaled(perMinute, RATE_DECIMALS));
  return {segments, total};
}

/**
 * Each increment takes the band in force at its own start. All increments that start before the next edge are taken in
 * one step, so the work grows with the edges crossed and not with the length of the call.
 */
function sumOverBands(
  billedSeconds: number,
  start: Instant,
  {initialSeconds, nextSeconds, prices, connectionFeeShares}: CompiledRate,
  bands: CompiledBands,
): Sum {
  const segments: {band: string; seconds: number; perMinute: string}[] = [];
  let total = connectionFeeShares;
  let last = -1;
  for (let done = 0; done < billedSeconds;) {
    const at = (start + done * 1_000) as Instant;
    const {band, to} = bandAt(bands, at);
    const first = done === 0 ? initialSeconds : 0;
    // Where the first of these increments starts, and how many of the next kind start before the band ends.
    const following = Math.max(0, Math.ceil((to - at - first * 1_000) / (nextSeconds * 1_000)));
    const seconds = Math.min(first + following * nextSeconds, billedSeconds - done);
    assert(seconds > 0, `a band that is in force at ${at} ends after it, got ${to}`);
    const {text, sharesPerSecond} = must(prices[band], 'a price');
    const before = segments.at(-1);
    if (band === last && before !== undefined) before.seconds += seconds;
    else segments.push({band: must(bands.names[band], 'a band'), seconds, perMinute: text});
    total += seconds * sharesPerSecond;
    last = band;
    done += seconds;
  }
  return {segments, total};
}
