// From billed seconds to money: exact sums, bounds, tax, one rounding.
// In: whole numbers of shares. Out: micros. Never true: a fraction is dropped before the one rounding; a float is money.
// A share is 1/6,000,000,000 of the currency's unit: a second at a price of 0.00000001 a minute. So every sum of seconds ×
// price and of fees in micros is a whole number of shares.
import {assert} from '../assert/assert.ts';
import {micros, type Micros} from '../money/micros.ts';
import type {Working} from './working.ts';

const SHARES_PER_MICRO = 6_000;

/** A positive fraction in lowest terms. */
export type Fraction = {readonly numerator: number; readonly denominator: number};

export type TaxRate = {
  /** In force from this instant on. */
  readonly from: number;
  readonly percent: string;
  /** Gross ÷ net, such as 6/5. */
  readonly grossOfNet: Fraction;
  /** Tax ÷ gross, such as 1/6. */
  readonly taxOfGross: Fraction;
};

export type Rounding = {
  readonly mode: Working['rounding']['mode'];
  /** What amounts are rounded to: 10,000 for two decimals. */
  readonly quantumMicros: number;
};

/** What bounds a charge, in shares. */
export type Bounds = {readonly minimum: number; readonly maximum: number; readonly containTax: boolean};

export type Amounts = {readonly gross: Micros; readonly tax: Micros; readonly net: Micros; readonly bound: Working['bound']};

/**
 * Exact total → minimum and maximum → tax on the exact amount → one rounding of the gross → tax and net of what is paid.
 * Both forms of the total give the same amounts: a number is for speed, where {@link fitsNumbers}; a bigint always fits.
 */
export function settle(total: number | bigint, bounds: Bounds, tax: TaxRate, rounding: Rounding): Amounts {
  let bounded = total;
  let bound: Working['bound'];
  if (total < bounds.minimum) {
    bounded = alike(total, bounds.minimum);
    bound = 'minimum';
  } else if (total > bounds.maximum) {
    bounded = alike(total, bounds.maximum);
    bound = 'maximum';
  }
  const gross = micros(grossQuanta(bounded, bounds.containTax, tax, rounding) * rounding.quantumMicros);
  const taxPart = taxIn(gross, tax.taxOfGross);
  return {gross, tax: taxPart, net: micros(gross - taxPart), bound};
}

/** The bound in the form of the total: a bigint total says that products of numbers may not fit. */
function alike(total: number | bigint, bound: number): number | bigint {
  return typeof total === 'bigint' ? BigInt(bound) : bound;
}

/** Can every product of {@link settle} on totals up to `largest` be a number without loss? Twice is for the comparison of halves. */
export function fitsNumbers(largest: number, tax: TaxRate, rounding: Rounding): boolean {
  const {numerator, denominator} = tax.grossOfNet;
  const divisor = SHARES_PER_MICRO * rounding.quantumMicros * denominator;
  return largest * numerator <= Number.MAX_SAFE_INTEGER && divisor * 2 <= Number.MAX_SAFE_INTEGER;
}

function grossQuanta(total: number | bigint, containsTax: boolean, {grossOfNet}: TaxRate, rounding: Rounding): number {
  const numerator = containsTax ? 1 : grossOfNet.numerator;
  const divisor = SHARES_PER_MICRO * rounding.quantumMicros * (containsTax ? 1 : grossOfNet.denominator);
  if (typeof total === 'bigint') {
    const dividend = total * BigInt(numerator);
    const rest = dividend % BigInt(divisor);
    const quotient = Number(dividend / BigInt(divisor));
    return quotient + roundedUp(quotient, sign(rest * 2n - BigInt(divisor)), rest > 0n, rounding.mode);
  }
  const dividend = total * numerator;
  const rest = dividend % divisor;
  // `%` is exact on whole numbers, and so is the division of what it leaves.
  const quotient = (dividend - rest) / divisor;
  return quotient + roundedUp(quotient, rest * 2 - divisor, rest > 0, rounding.mode);
}

function sign(value: bigint): number {
  return value > 0n ? 1 : value < 0n ? -1 : 0;
}

/** 1 if the rest is rounded up to a whole quantum, else 0. `overHalf` compares the rest to a half. */
function roundedUp(quotient: number, overHalf: number, isRest: boolean, mode: Rounding['mode']): 0 | 1 {
  switch (mode) {
    case 'up':
      return isRest ? 1 : 0;
    case 'half-up':
      return overHalf >= 0 ? 1 : 0;
    case 'half-even':
      return overHalf > 0 || (overHalf === 0 && quotient % 2 === 1) ? 1 : 0;
    case 'down':
      return 0;
  }
}

/** gross × r/(1+r), to the nearest micro, halves up. */
export function taxIn(gross: Micros, {numerator, denominator}: Fraction): Micros {
  const product = gross * numerator;
  if (product * 2 + denominator > Number.MAX_SAFE_INTEGER) {
    const doubled = 2n * BigInt(gross) * BigInt(numerator) + BigInt(denominator);
    return micros(Number(doubled / (2n * BigInt(denominator))));
  }
  const rest = product % denominator;
  return micros((product - rest) / denominator + (rest * 2 >= denominator ? 1 : 0));
}

/** Shares of an amount that is a whole number of micros. */
export function sharesOfMicros(amount: Micros): number {
  const shares = amount * SHARES_PER_MICRO;
  assert(Number.isSafeInteger(shares), `an amount in a tariff is below a million, got ${amount} micros`);
  return shares;
}
