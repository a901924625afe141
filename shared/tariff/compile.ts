// A tariff made ready to price a million calls a second: an index of prefixes and rates in whole numbers.
import {must} from '../assert/assert.ts';
import {isCurrency, micros, type Currency, type Micros} from '../money/micros.ts';
import {NUMBER_KINDS} from '../telephone/number-kind.ts';
import {typeBits, type NumberClass} from '../telephone/number-type.ts';
import {startOfDay} from '../time/zone.ts';
import {fitsNumbers, sharesOfMicros, type Bounds, type Fraction, type Rounding, type TaxRate} from './amount.ts';
import {compileBands, type CompiledBands} from './bands.ts';
import {canonicalText, tariffHash} from './canonical.ts';
import {greatestCommonDivisor, scaled} from './decimal.ts';
import {indexPrefixes, type PrefixIndex} from './prefix-index.ts';
import {AMOUNT_DECIMALS, PERCENT_DECIMALS, RATE_DECIMALS, type Tariff, type TariffRate} from './tariff.ts';

export type CompiledRate = {
  readonly connectionFee: Micros;
  readonly connectionFeeShares: number;
  readonly initialSeconds: number;
  readonly nextSeconds: number;
  readonly graceSeconds: number;
  readonly bounds: Bounds;
  /** In the order of the bands' names. */
  readonly prices: readonly BandPrice[];
  /** One price at all times: the bands need not be looked at. */
  readonly isFlat: boolean;
  /** Up to so many billed seconds every product is a safe integer; above, BigInt. */
  readonly safeSeconds: number;
};

export type BandPrice = {readonly text: string; readonly sharesPerSecond: number};
export type CompiledDestination = {
  readonly name: string;
  readonly rate: CompiledRate;
  readonly catchAll: boolean;
  /** Bits of the types that its numbers can have; of all if it does not say. */
  readonly types: number;
};

/** A call that can be priced by what it is. */
export type PricedClass = 'internal' | 'incoming' | 'reverse-charge' | NumberClass;

/** Of a destination that says nothing of its numbers. */
export const EVERY_TYPE = typeBits(NUMBER_KINDS);

export type CompiledTariff = {
  readonly hash: string;
  readonly name: string;
  readonly currency: Currency;
  readonly zone: string;
  readonly index: PrefixIndex;
  /** Exact short codes, to the destination's place. */
  readonly codes: ReadonlyMap<string, number>;
  readonly destinations: readonly CompiledDestination[];
  readonly classes: Readonly<Record<PricedClass, CompiledRate | undefined>>;
  readonly bands: CompiledBands;
  /** Oldest first, never empty; the first holds since ever. */
  readonly taxes: readonly TaxRate[];
  readonly rounding: Rounding;
  /** As the tariff says it, for workings. */
  readonly declaredRounding: Tariff['rounding'];
};

/** `tariff` as {@link readTariff} gave it; `hash` saves computing it again. Takes a third of a second for 300,000 prefixes. */
export function compileTariff(tariff: Tariff, hash: string = tariffHash(canonicalText(tariff))): CompiledTariff {
  const rounding: Rounding = {mode: tariff.rounding.mode, quantumMicros: 10 ** (AMOUNT_DECIMALS - tariff.rounding.decimals)};
  const taxes = compileTaxes(tariff);
  const bands = compileBands(tariff);
  const rates = new Map(tariff.rates.map((rate) => [rate.name, compileRate(rate, {tariff, bands, taxes, rounding})]));
  const rateNamed = (name: string): CompiledRate => must(rates.get(name), `rate ${name}`);
  const {currency} = tariff;
  return {
    hash,
    name: tariff.name,
    currency: must(isCurrency(currency) ? currency : undefined, 'a currency'),
    zone: tariff.zone,
    index: indexPrefixes(entriesOf(tariff, false)),
    codes: new Map(entriesOf(tariff, true)),
    destinations: tariff.destinations.map(({name, rate, catchAll, type}) => {
      return {name, rate: rateNamed(rate), catchAll, types: type === undefined ? EVERY_TYPE : typeBits([type])};
    }),
    classes: compileClasses(tariff.classes, rateNamed),
    bands,
    taxes,
    rounding,
    declaredRounding: tariff.rounding,
  };
}

function compileClasses(classes: Tariff['classes'], rateNamed: (name: string) => CompiledRate): CompiledTariff['classes'] {
  const rateOf = (name: string | undefined): CompiledRate | undefined => (name === undefined ? undefined : rateNamed(name));
  return {
    internal: rateOf(classes.internal),
    incoming: rateOf(classes.incoming),
    'reverse-charge': rateOf(classes.reverseCharge),
    freephone: rateOf(classes.freephone),
    premium: rateOf(classes.premium),
    'shared-cost': rateOf(classes.sharedCost),
  };
}

function* entriesOf(tariff: Tariff, exact: boolean): Generator<readonly [string, number]> {
  for (const [place, destination] of tariff.destinations.entries()) {
    if (destination.exact !== exact) continue;
    for (const prefix of destination.prefixes) yield [prefix, place];
  }
}

type Around = {readonly tariff: Tariff; readonly bands: CompiledBands; readonly taxes: readonly TaxRate[]; readonly rounding: Rounding};

function compileRate(rate: TariffRate, {tariff, bands, taxes, rounding}: Around): CompiledRate {
  const prices = bands.names.map((band): BandPrice => {
    const text = Object.hasOwn(rate.perMinuteIn, band) ? must(rate.perMinuteIn[band], 'a price') : rate.perMinute;
    return {text, sharesPerSecond: scaled(text, RATE_DECIMALS)};
  });
  const connectionFee = amountOf(rate.connectionFee);
  const bounds: Bounds = {
    minimum: rate.minimum === undefined ? 0 : sharesOfMicros(amountOf(rate.minimum)),
    maximum: rate.maximum === undefined ? Infinity : sharesOfMicros(amountOf(rate.maximum)),
    containTax: (rate.prices ?? tariff.prices) === 'gross',
  };
  const connectionFeeShares = sharesOfMicros(connectionFee);
  return {
    connectionFee,
    connectionFeeShares,
    initialSeconds: rate.initialSeconds,
    nextSeconds: rate.nextSeconds,
    graceSeconds: rate.graceSeconds,
    bounds,
    prices,
    isFlat: prices.every(({sharesPerSecond}) => sharesPerSecond === prices[0]?.sharesPerSecond),
    safeSeconds: safeSeconds(connectionFeeShares, bounds, prices, {taxes, rounding}),
  };
}

/** The most billed seconds, by halving, for which no product in any tax can leave the safe integers; -1 if there is none. */
function safeSeconds(
  fee: number,
  bounds: Bounds,
  prices: readonly BandPrice[],
  {taxes, rounding}: {readonly taxes: readonly TaxRate[]; readonly rounding: Rounding},
): number {
  const dearest = Math.max(...prices.map(({sharesPerSecond}) => sharesPerSecond));
  const largestBound = Math.max(bounds.minimum, bounds.maximum === Infinity ? 0 : bounds.maximum);
  const fits = (seconds: number): boolean =>
    taxes.every((tax) => fitsNumbers(Math.max(fee + seconds * dearest, largestBound), tax, rounding));
  /** A year: no call is longer. */
  let seconds = 31_536_000;
  while (seconds > 0 && !fits(seconds)) seconds = Math.floor(seconds / 2);
  return fits(seconds) ? seconds : -1;
}

function amountOf(text: string): Micros {
  return micros(scaled(text, AMOUNT_DECIMALS));
}

function compileTaxes(tariff: Tariff): readonly TaxRate[] {
  const taxes = tariff.tax.map(({from, percent}, place): TaxRate => {
    const hundred = 100 * 10 ** PERCENT_DECIMALS;
    const parts = scaled(percent, PERCENT_DECIMALS);
    return {
      from: place === 0 || from === undefined ? -Infinity : startOfDate(tariff.zone, from),
      percent,
      grossOfNet: lowest(hundred + parts, hundred),
      taxOfGross: lowest(parts, hundred + parts),
    };
  });
  const none: TaxRate = {from: -Infinity, percent: '0', grossOfNet: lowest(1, 1), taxOfGross: lowest(0, 1)};
  return taxes.length === 0 ? [none] : taxes;
}

function lowest(numerator: number, denominator: number): Fraction {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return {numerator: numerator / divisor, denominator: denominator / divisor};
}

/** Midnight of a civil date in the zone, or the first instant of the day where a clock change skips midnight. */
function startOfDate(zone: string, date: string): number {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return must(startOfDay(zone, {year, month, day}), `the date ${date}, which the reader of tariffs checked`);
}
