// What a person typed as an amount, and what providers take: whole minor units. Pure.
// Never true: a float, an amount that was rounded in silence.
import {decimalFromMicros, micros, type Currency, type Micros} from '../../shared/money/micros.ts';

/** One payment, in major units of the site's currency: below, fees eat it; above, a typing error or a stolen card is dear. */
export type Limits = {readonly least: number; readonly most: number};
export const LIMITS: Limits = {least: 1, most: 200};

export type AmountFault = 'amount-unreadable' | 'amount-too-precise' | 'amount-not-positive' | 'amount-too-small' | 'amount-too-large';
export type AmountReading = {readonly kind: 'amount'; readonly minor: number} | {readonly kind: 'refused'; readonly code: AmountFault};

/** Longer is no amount. */
const LONGEST_TEXT = 30;
const MICRO_DIGITS = 6;

/** `10`, `10.5`, `10.50`, `£10`, `£ 10`, `10 GBP`: of the currency, within the limits. */
export function readAmount(text: string, currency: Currency, limits: Limits): AmountReading {
  const bare = withoutCurrency(text.trim(), currency);
  const match = text.length > LONGEST_TEXT ? null : /^([-−+]?)(\d+)(?:\.(\d+))?$/.exec(bare);
  if (match === null) return {kind: 'refused', code: 'amount-unreadable'};
  const [, sign = '', whole = '', fraction = ''] = match;
  const digits = minorDigits(currency);
  if (fraction.length > digits) return {kind: 'refused', code: 'amount-too-precise'};
  const minor = BigInt(whole + fraction.padEnd(digits, '0'));
  if (minor === 0n || (sign !== '' && sign !== '+')) return {kind: 'refused', code: 'amount-not-positive'};
  const fault = limitFault(minor, currency, limits);
  return fault === undefined ? {kind: 'amount', minor: Number(minor)} : {kind: 'refused', code: fault};
}

/** Why money that somebody brings along cannot be taken: as for cash, but without a least, for nobody is paid for it. */
export function openingFault(opening: Micros, currency: Currency): string | undefined {
  const text = decimalFromMicros(opening);
  const read = readAmount(text, currency, {...LIMITS, least: 0});
  if (read.kind === 'amount') return undefined;
  if (read.code === 'amount-too-large') return `${text} is more than the ${LIMITS.most} ${currency} that is taken at once`;
  return `${text} is no amount of ${currency}`;
}

function limitFault(minor: bigint, currency: Currency, {least, most}: Limits): AmountFault | undefined {
  const unit = BigInt(10 ** minorDigits(currency));
  if (minor < BigInt(least) * unit) return 'amount-too-small';
  return minor > BigInt(most) * unit ? 'amount-too-large' : undefined;
}

function withoutCurrency(text: string, currency: Currency): string {
  for (const mark of [symbolOf(currency), currency]) {
    if (text.startsWith(mark)) return text.slice(mark.length).trimStart();
    if (text.endsWith(mark)) return text.slice(0, -mark.length).trimEnd();
  }
  return text;
}

function symbolOf(currency: Currency): string {
  const parts = new Intl.NumberFormat('en-GB', {style: 'currency', currency, currencyDisplay: 'narrowSymbol'}).formatToParts(0);
  return parts.find(({type}) => type === 'currency')?.value ?? currency;
}

/** Two for pence and cents, none for yen. */
export function minorDigits(currency: Currency): number {
  return new Intl.NumberFormat('en-GB', {style: 'currency', currency}).resolvedOptions().maximumFractionDigits ?? 2;
}

export function microsOfMinor(minor: number, currency: Currency): Micros {
  return micros(minor * 10 ** (MICRO_DIGITS - minorDigits(currency)));
}

/** At least the amount, in whole minor units and within the limits. */
export function minorAtLeast(amount: Micros, currency: Currency, {least, most}: Limits): number {
  const unit = 10 ** minorDigits(currency);
  const minor = Math.ceil(amount / 10 ** (MICRO_DIGITS - minorDigits(currency)));
  return Math.min(Math.max(minor, least * unit), most * unit);
}
