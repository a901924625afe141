// A price in one sentence that a student understands; its words are an object of their own, ready for translation.
// In: a working. Out: plain text. Never true: a figure in the sentence that is not in the working.
import {formatDecimal, formatMoney, micros, ZERO, type Currency} from '../money/micros.ts';
import type {PricedClass} from './compile.ts';
import {scaled} from './decimal.ts';
import {PERCENT_DECIMALS, RATE_DECIMALS} from './tariff.ts';
import type {AllowanceUse, Working} from './working.ts';

/** What decides without a destination of the tariff. */
type DecidingClass = PricedClass | 'emergency' | 'always-open';

/** What a call was to: a destination of the tariff, or the class that decided without one. */
export type CalledWhat = {readonly kind: 'destination'; readonly name: string} | {readonly kind: DecidingClass};

/** The figures of a sentence, already in words of the language. */
export type PriceFacts = {
  readonly what: CalledWhat;
  readonly amount: string;
  readonly duration: string;
  /** Undefined if exactly the duration was billed. */
  readonly billed: {readonly duration: string; readonly first: string | undefined; readonly next: string} | undefined;
  /** None if the time costs nothing, only the connection. */
  readonly prices: readonly {readonly duration: string; readonly perMinute: string; readonly band: string}[];
  readonly fee: string | undefined;
  readonly bound: Working['bound'];
  /** Per cent of VAT that the amount contains. */
  readonly taxPercent: string | undefined;
  /** Was it added to the prices named? Else they contain it. */
  readonly isTaxAdded: boolean;
  /** How the amount differs from the exact sum of what is named before it. */
  readonly rounded: 'up' | 'down' | undefined;
  /** Taken off first, because the line does not report when the other side answers. */
  readonly allowance: string | undefined;
  /** Seconds that free allowances covered; they are in no price. In the order of their use. */
  readonly freeTime: readonly FreeFacts[];
  /** Money that they covered of what the call would have cost. */
  readonly freeMoney: readonly FreeFacts[];
};

/** What one free allowance gave: a duration, or an amount. */
type FreeFacts = {
  readonly name: string;
  readonly used: string;
  readonly left: string;
  /** What there is in each period. */
  readonly of: string;
  readonly period: AllowanceUse['period'];
};

export type PriceWords = {
  /** For amounts of money. */
  readonly locale: string;
  readonly duration: (seconds: number) => string;
  /** Of a class or a destination whose calls cost nothing. */
  readonly free: (facts: PriceFacts) => string;
  readonly unanswered: (facts: PriceFacts) => string;
  /** Not longer than the grace. */
  readonly tooShort: (facts: PriceFacts) => string;
  readonly cost: (facts: PriceFacts) => string;
  /** Free allowances left nothing to pay. */
  readonly covered: (facts: PriceFacts) => string;
};

/** Why the call costs what it costs. */
export function explainPrice(working: Working, currency: Currency, words: PriceWords = PRICE_WORDS): string {
  const facts = factsOf(working, currency, words);
  // A free call to nowhere in particular is one that nobody answered (rating).
  const isUnanswered = working.durationSeconds === 0 || (working.tariff === undefined && working.destination === '');
  if (isUnanswered) return words.unanswered(facts);
  if (working.tariff === undefined) return words.free(facts);
  if (working.billedSeconds === 0) return words.tooShort(facts);
  if (working.allowances !== undefined && working.gross === ZERO) return words.covered(facts);
  const costsNothing = facts.fee === undefined && facts.prices.length === 0 && facts.bound === undefined;
  return costsNothing ? words.free(facts) : words.cost(facts);
}

function factsOf(working: Working, currency: Currency, words: PriceWords): PriceFacts {
  const {durationSeconds, billedSeconds, initialSeconds, nextSeconds, connectionFee, answerAllowanceSeconds} = working;
  const free = (unit: AllowanceUse['unit']): readonly FreeFacts[] => freeFacts(working, unit, currency, words);
  const first = initialSeconds > 0 && initialSeconds !== nextSeconds ? words.duration(initialSeconds) : undefined;
  return {
    what: whatWasCalled(working),
    amount: formatMoney(working.gross, currency, words.locale),
    duration: words.duration(durationSeconds),
    billed:
      billedSeconds === durationSeconds ? undefined : {duration: words.duration(billedSeconds), first, next: words.duration(nextSeconds)},
    prices: byBand(working.segments).map(({seconds, perMinute, band}) => ({
      duration: words.duration(seconds),
      perMinute: formatDecimal(perMinute, currency, words.locale),
      band,
    })),
    fee: connectionFee === ZERO ? undefined : formatMoney(connectionFee, currency, words.locale),
    bound: working.bound,
    taxPercent: working.taxPercent === '0' ? undefined : working.taxPercent,
    isTaxAdded: working.taxPercent !== '0' && !working.pricesIncludeTax,
    rounded: roundedIn(working),
    allowance: answerAllowanceSeconds === 0 ? undefined : words.duration(answerAllowanceSeconds),
    freeTime: free('seconds'),
    freeMoney: free('micros'),
  };
}

function freeFacts({allowances = []}: Working, unit: AllowanceUse['unit'], currency: Currency, words: PriceWords): readonly FreeFacts[] {
  const text = (value: number): string => (unit === 'seconds' ? words.duration(value) : formatMoney(micros(value), currency, words.locale));
  return allowances
    .filter((use) => use.unit === unit)
    .map(({name, used, left, amount, period}) => ({name, used: text(used), left: text(left), of: text(amount), period}));
}

/**
 * Fee and seconds × price, with the tax, against the amount. Undefined where a minimum or a maximum took the place of that sum, or
 * free money came off it: then it is not what was rounded.
 */
function roundedIn({bound, allowances, connectionFee, segments, taxPercent, pricesIncludeTax, gross}: Working): PriceFacts['rounded'] {
  if (bound !== undefined || allowances?.some(({unit}) => unit === 'micros') === true) return undefined;
  // Micros × 10² × 60: prices have 8 decimals and are for 60 seconds.
  const time = segments.reduce((sum, {seconds, perMinute}) => sum + BigInt(seconds) * BigInt(scaled(perMinute, RATE_DECIMALS)), 0n);
  const hundred = BigInt(scaled('100', PERCENT_DECIMALS));
  const percent = pricesIncludeTax ? 0n : BigInt(scaled(taxPercent, PERCENT_DECIMALS));
  const exact = (BigInt(connectionFee) * 6_000n + time) * (hundred + percent);
  const charged = BigInt(gross) * 6_000n * hundred;
  return charged === exact ? undefined : charged > exact ? 'up' : 'down';
}

/** Each band once, however often a long call came back to it; none if no time costs anything. */
function byBand(segments: Working['segments']): Working['segments'] {
  if (segments.every(({perMinute}) => perMinute === '0')) return [];
  const bands = new Map<string, Working['segments'][number]>();
  for (const segment of segments) {
    const seconds = segment.seconds + (bands.get(segment.band)?.seconds ?? 0);
    bands.set(segment.band, {...segment, seconds});
  }
  return [...bands.values()];
}

/** A destination of the tariff has a prefix or a code; what has none was decided by its class. */
function whatWasCalled({prefix, destination}: Working): CalledWhat {
  return prefix === '' && isClass(destination) ? {kind: destination} : {kind: 'destination', name: destination};
}

function isClass(name: string): name is DecidingClass {
  return Object.hasOwn(CALLS_TO, name);
}

export const PRICE_WORDS: PriceWords = {
  locale: 'en-GB',
  duration: (seconds) => {
    const parts = [
      [Math.floor(seconds / 3_600), 'h'],
      [Math.floor(seconds / 60) % 60, 'min'],
      [seconds % 60, 's'],
    ] as const;
    const told = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
    return told.length === 0 ? '0 s' : told.join(' ');
  },
  free: ({what}) => `${callsTo(what)} are free.`,
  unanswered: ({allowance}) =>
    allowance === undefined
      ? 'Nobody answered, so the call costs nothing.'
      : `The call was not longer than the ${allowance} that count as ringing, so it costs nothing.`,
  tooShort: ({what, duration}) => `${duration} ${towards(what)} cost nothing: a call that short is not charged.`,
  cost: (facts) => `${facts.duration} ${towards(facts.what)} cost ${facts.amount}: ${reasons(facts)}.`,
  covered: (facts) => `${facts.duration} ${towards(facts.what)} cost nothing: ${reasons({...facts, taxPercent: undefined})}.`,
};

const EACH: Readonly<Record<AllowanceUse['period'], string>> = {day: ' a day', week: ' a week', month: ' a month', once: ''};

/** `6 min of your 1 h free a month (Landlines, 54 min left)`. */
function freeOf({name, used, left, of, period}: FreeFacts): string {
  return `${used} of your ${of} free${EACH[period]} (${name}, ${left} left)`;
}

const CALLS_TO: Readonly<Record<DecidingClass, string>> = {
  emergency: 'Emergency calls',
  'always-open': 'Calls to this number, which is open at all times,',
  internal: 'Calls within the house',
  incoming: 'Calls that come in',
  'reverse-charge': 'Reverse-charge calls',
  freephone: 'Calls to freephone numbers',
  premium: 'Calls to premium-rate numbers',
  'shared-cost': 'Calls to shared-cost numbers',
};

const TOWARDS: Readonly<Record<DecidingClass, string>> = {
  emergency: 'to an emergency number',
  'always-open': 'to a number that is open at all times',
  internal: 'within the house',
  incoming: 'of an incoming call',
  'reverse-charge': 'of a reverse-charge call',
  freephone: 'to a freephone number',
  premium: 'to a premium-rate number',
  'shared-cost': 'to a shared-cost number',
};

function callsTo(what: CalledWhat): string {
  return what.kind === 'destination' ? `Calls to ${what.name}` : CALLS_TO[what.kind];
}

function towards(what: CalledWhat): string {
  return what.kind === 'destination' ? `to ${what.name}` : TOWARDS[what.kind];
}

function reasons(facts: PriceFacts): string {
  const {fee, bound, taxPercent, isTaxAdded, rounded, allowance} = facts;
  const bounds = {
    minimum: ', raised to the minimum price of such a call',
    maximum: ', lowered to the maximum price of such a call',
  };
  return [
    billedAt(facts),
    fee === undefined || facts.prices.length === 0 ? '' : `, plus ${fee} for the connection`,
    bound === undefined ? '' : bounds[bound],
    taxPercent === undefined || !isTaxAdded ? '' : `, plus ${taxPercent} % VAT`,
    rounded === undefined ? '' : `, rounded ${rounded}`,
    ...facts.freeMoney.map((free) => `, less ${freeOf(free)}`),
    taxPercent === undefined || isTaxAdded ? '' : `; ${taxPercent} % VAT is included`,
    allowance === undefined ? '' : `; ${allowance} of ringing are not counted`,
  ].join('');
}

function billedAt({billed, prices, freeTime}: PriceFacts): string {
  const [one] = prices;
  if (one === undefined && freeTime.length === 0) return 'one price for each call, however long';
  const within = ({band}: {readonly band: string}): string => (band === '' ? '' : ` (${band})`);
  const parts = [...freeTime.map(freeOf), ...prices.map((price) => `${price.duration} at ${price.perMinute} a minute${within(price)}`)];
  const split = freeTime.length > 0 ? parts.join(', ') : listed(parts);
  const single = one === undefined || parts.length > 1 ? undefined : `${one.perMinute} a minute${within(one)}`;
  if (billed === undefined) return single ?? split;
  const steps = `in steps of ${billed.next}`;
  const rule = billed.first === undefined ? steps : `at least ${billed.first}, then ${steps}`;
  return `charged as ${billed.duration} (${rule})${single === undefined ? `, ${split}` : ` at ${single}`}`;
}

/** `a, b and c`. */
function listed(parts: readonly string[]): string {
  return [parts.slice(0, -1).join(', '), ...parts.slice(-1)].filter((text) => text !== '').join(' and ');
}
