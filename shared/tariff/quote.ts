// What a call would cost now, by the rules with which the box will price it. Pure.
// In: a number as dialled there or with +, seconds, a start; the rules of the site; the tariff in force then.
// Out: a price with its working and what a further minute costs in each band, or the coded reason why there is none.
// Never true: a price that the box would not ask; an emergency number that costs.
import {must} from '../assert/assert.ts';
import {micros, type Micros} from '../money/micros.ts';
import {interpretDialled, prepareDialPlan, type Dialled, type DialPlan, type PreparedDialPlan} from '../telephone/dial-plan.ts';
import type {Instant} from '../time/instant.ts';
import type {CompiledRate, CompiledTariff, PricedClass} from './compile.ts';
import {LENGTH_FACTOR, longestPrefix} from './prefix-index.ts';
import {price, priceClass, type Call} from './price.ts';
import {freeWorking, type Working} from './working.ts';

export type QuoteQuestion = {
  readonly dialled: string;
  /** Is this one of the site's own extensions? */
  readonly isExtension: boolean;
  readonly start: Instant;
  /** Whole seconds above 0. */
  readonly seconds: number;
  /** What whoever asks has left of free allowances for calls to a destination; none: nothing is free. */
  readonly allowances?: Call['allowances'];
};

/** What the policy of a site says of prices. */
export type QuoteRules = {
  readonly country: string;
  readonly currency: string;
  readonly dialPlan: DialPlan;
  readonly alwaysOpen: readonly string[];
  readonly catchAll: 'unbillable' | 'bill';
  /** Micros; a dearer call waits for a look at it. */
  readonly dearestCall: number;
  readonly longestCallHours: number;
};

/** What one more minute costs in a band, VAT included; begun increments count whole. */
export type FurtherMinute = {
  /** Empty if the price is the same at all times. */
  readonly band: string;
  readonly amount: Micros;
};

/** The reasons with which such a call would wait at the box. */
export type QuoteReason =
  | 'no-tariff'
  | 'number-unreadable'
  | 'no-destination'
  | 'range-unconfirmed'
  | 'duration-implausible'
  | 'price-implausible';

export type Quote =
  /** No further minutes: a longer call costs no more, or the call is free by what it is. */
  | {readonly kind: 'priced'; readonly working: Working; readonly furtherMinutes: readonly FurtherMinute[]}
  | {readonly kind: 'unbillable'; readonly reason: QuoteReason};

const SHARES_PER_MICRO = 6_000n;
const MINUTE_SECONDS = 60;

/** `rules` and `tariff` are undefined where the site has none yet. */
export function quote(question: QuoteQuestion, rules: QuoteRules | undefined, tariff: CompiledTariff | undefined): Quote {
  const plan = rules === undefined ? undefined : prepareDialPlan(rules.dialPlan, rules.country, rules.alwaysOpen);
  if (rules === undefined || plan === undefined) return unbillable('no-tariff');
  const read = interpretDialled(question.dialled, plan);
  if (read.special === 'emergency' || read.special === 'always-open') return free(read.special, question);
  if (question.isExtension) return quoteInternal(question, tariff);
  if (read.kind === 'unreadable') return unbillable('number-unreadable');
  if (question.seconds > rules.longestCallHours * 3_600) return unbillable('duration-implausible');
  if (tariff === undefined || tariff.currency !== rules.currency) return unbillable('no-tariff');
  return quoteOutgoing(question, read, {rules, plan, tariff});
}

type Ground = {readonly rules: QuoteRules; readonly plan: PreparedDialPlan; readonly tariff: CompiledTariff};

function quoteOutgoing({start, seconds, allowances}: QuoteQuestion, read: Exclude<Dialled, {kind: 'unreadable'}>, ground: Ground): Quote {
  const {rules, plan, tariff} = ground;
  const found = price(
    {
      number: read.digits,
      isShort: read.kind !== 'e164',
      start,
      durationSeconds: seconds,
      answerAllowanceSeconds: 0,
      acceptsCatchAll: rules.catchAll === 'bill',
      home: plan.country.callingCode,
      allowances,
    },
    tariff,
  );
  if (found.kind !== 'priced') return unbillable(found.kind);
  if (found.working.gross > rules.dearestCall) return unbillable('price-implausible');
  return priced(found.working, tariff, start);
}

/** A call within the house is free unless the tariff says otherwise. */
function quoteInternal(question: QuoteQuestion, tariff: CompiledTariff | undefined): Quote {
  const {start, seconds: durationSeconds} = question;
  const found = tariff === undefined ? undefined : priceClass({start, durationSeconds, answerAllowanceSeconds: 0}, 'internal', tariff);
  if (found === undefined || tariff === undefined) return free('internal', question);
  return found.kind === 'priced' ? priced(found.working, tariff, start) : unbillable(found.kind);
}

function priced(working: Working, tariff: CompiledTariff, start: Instant): Quote {
  const furtherMinutes = working.bound === 'maximum' ? [] : furtherMinutesOf(rateOf(working, tariff), tariff, start);
  return {kind: 'priced', working, furtherMinutes};
}

function free(destination: string, {seconds}: QuoteQuestion): Quote {
  const working = freeWorking(destination, {durationSeconds: seconds, answerAllowanceSeconds: 0});
  return {kind: 'priced', working, furtherMinutes: []};
}

function unbillable(reason: QuoteReason): Quote {
  return {kind: 'unbillable', reason};
}

/** By what the working says decided: a prefix with +, a short code, or the class of the call. */
function rateOf({prefix, destination}: Working, {index, codes, destinations, classes}: CompiledTariff): CompiledRate {
  if (prefix === '') return must(classes[destination as PricedClass], 'rate of a class');
  const place = prefix.startsWith('+') ? Math.floor(longestPrefix(index, prefix.slice(1)) / LENGTH_FACTOR) : codes.get(prefix);
  return must(destinations[must(place, 'place of a code')], 'a destination').rate;
}

/** Exact, then rounded once to the micro, halves up: shown, never billed. */
function furtherMinutesOf(rate: CompiledRate, {bands, taxes}: CompiledTariff, start: Instant): readonly FurtherMinute[] {
  const {nextSeconds, prices, isFlat, bounds} = rate;
  const {grossOfNet} = must(
    taxes.findLast(({from}, place) => place === 0 || from <= start),
    'a tax',
  );
  const {numerator, denominator} = bounds.containTax ? {numerator: 1, denominator: 1} : grossOfNet;
  const seconds = BigInt(Math.ceil(MINUTE_SECONDS / nextSeconds) * nextSeconds * numerator);
  const divisor = SHARES_PER_MICRO * BigInt(denominator);
  return (isFlat ? prices.slice(0, 1) : prices).map(({sharesPerSecond}, place) => ({
    band: isFlat ? '' : must(bands.names[place], 'a band'),
    amount: micros(Number((2n * BigInt(sharesPerSecond) * seconds + divisor) / (2n * divisor))),
  }));
}
