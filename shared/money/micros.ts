// An amount is a whole number of micros: millionths of the currency's major unit. £1 = 1,000,000.
// In: decimal text from people and files. Out: the same amounts, as text. Never true: a fraction of a micro, a float.
import {assert} from '../assert/assert.ts';

/** Millionths of a major unit, a safe integer. Positive or negative; the context says which side it favours. */
export type Micros = number & {readonly __unit: 'micros'};

/** An ISO 4217 code, such as `GBP`. */
export type Currency = string & {readonly __unit: 'currency'};

export const ZERO = 0 as Micros;
const MICROS_PER_UNIT = 1_000_000;
const FRACTION_DIGITS = 6;
/** As many as a price a minute can have. */
const MOST_DECIMALS_SHOWN = 8;

/** Brands a whole number as micros; anything else is a bug. */
export function micros(value: number): Micros {
  assert(Number.isSafeInteger(value), `micros must be a safe integer, got ${value}`);
  return value as Micros;
}

export function plus(a: Micros, b: Micros): Micros {
  return micros(a + b);
}

export function minus(a: Micros, b: Micros): Micros {
  return micros(a - b);
}

/** Is this text an ISO 4217 code by shape? Whether the currency exists is the caller's business. */
export function isCurrency(text: string): text is Currency {
  return /^[A-Z]{3}$/.test(text);
}

/**
 * Reads `12`, `-0.5`, `3.141592`: a plain decimal with at most six digits after the point.
 * Returns undefined for anything else, so that nothing is ever rounded in silence.
 */
export function microsFromDecimal(text: string): Micros | undefined {
  const match = /^(-?)(\d{1,10})(?:\.(\d{1,6}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '0', fraction = ''] = match;
  const value = Number(whole) * MICROS_PER_UNIT + Number(fraction.padEnd(FRACTION_DIGITS, '0'));
  return Number.isSafeInteger(value) ? micros(sign === '-' && value !== 0 ? -value : value) : undefined;
}

/** Writes the shortest exact decimal: `0.5`, `12`, `-3.141592`. */
export function decimalFromMicros(amount: Micros): string {
  const digits = Math.abs(amount)
    .toString()
    .padStart(FRACTION_DIGITS + 1, '0');
  const whole = digits.slice(0, -FRACTION_DIGITS);
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  return `${amount < 0 ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/**
 * For people: `£1.20`, `-£0.0042`. At least the currency's own decimals, at most all six, so that nothing is hidden.
 */
export function formatMoney(amount: Micros, currency: Currency, locale = 'en-GB'): string {
  return formatDecimal(decimalFromMicros(amount), currency, locale);
}

/** The same of decimal text, such as a price a minute, which may have more decimals than an amount. */
export function formatDecimal(decimal: string, currency: Currency, locale = 'en-GB'): string {
  // Text, not a number: Intl formats it exactly. (The cast: TypeScript's ES2023 library has no text overload.)
  return styleFor(currency, locale).format(decimal as unknown as number);
}

const styles = new Map<string, Intl.NumberFormat>();
/** Currencies by languages, of which a process sees a few; the limit bounds what odd ones could fill. */
const STYLES_KEPT = 100;

/** Making one takes longer than writing a hundred amounts. */
function styleFor(currency: Currency, locale: string): Intl.NumberFormat {
  const key = `${currency} ${locale}`;
  const known = styles.get(key);
  if (known !== undefined) return known;
  if (styles.size >= STYLES_KEPT) styles.clear();
  const style = new Intl.NumberFormat(locale, {style: 'currency', currency, maximumFractionDigits: MOST_DECIMALS_SHOWN});
  styles.set(key, style);
  return style;
}
