// An amount as a student types it. In: text of a form. Out: micros, or which mistake it is, so that the page can say how to mend it.
// Never true: a fraction of a penny, a rounding, an amount that the text does not plainly say.
import {micros, microsFromDecimal, type Currency, type Micros} from '../../shared/money/micros.ts';

export type AmountReading =
  | {readonly kind: 'read'; readonly amount: Micros}
  | {readonly kind: 'empty'}
  /** Not a number at all: `ten`, `1e3`, `5-10`. */
  | {readonly kind: 'not-money'}
  /** More digits after the point than the currency has. */
  | {readonly kind: 'decimals'}
  | {readonly kind: 'not-above-zero'}
  /** More than any amount can be. */
  | {readonly kind: 'too-much'};

/** How many digits after the point the currency has: 2 for pounds, 0 for yen. */
export function decimalsOf(currency: Currency): number {
  return new Intl.NumberFormat('en-GB', {style: 'currency', currency}).resolvedOptions().maximumFractionDigits ?? 0;
}

/** Longer than any amount: the rest is not even looked at. */
const LONGEST = 40;

/** Reads `12`, `12.50`, `£ 12,50`, `1,000`: a sign of the currency and groups of three digits do no harm. */
export function readAmount(text: string, currency: Currency): AmountReading {
  const plain = plainDecimal(text.trim(), currency);
  if (plain === '') return {kind: 'empty'};
  const match = /^([-−–]?)(\d+)(?:\.(\d+))?$/.exec(plain);
  if (match === null) return {kind: 'not-money'};
  const [, sign = '', whole = '', fraction = ''] = match;
  if (sign !== '' || !/[1-9]/.test(whole + fraction)) return {kind: 'not-above-zero'};
  if (fraction.length > decimalsOf(currency)) return {kind: 'decimals'};
  const amount = microsFromDecimal(fraction === '' ? whole : `${whole}.${fraction}`);
  return amount === undefined ? {kind: 'too-much'} : {kind: 'read', amount};
}

function plainDecimal(text: string, currency: Currency): string {
  if (text.length > LONGEST) return 'too long';
  const symbol = new Intl.NumberFormat('en-GB', {style: 'currency', currency, currencyDisplay: 'narrowSymbol'})
    .formatToParts(0)
    .find(({type}) => type === 'currency')?.value;
  const bare = [symbol ?? currency, currency].reduce((left, sign) => left.replace(sign, ''), text).trim();
  if (/^[-−–]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/.test(bare)) return bare.replaceAll(',', '');
  // `12,50` is how half of Europe writes it; `12,500` is a group of three, above.
  return bare.replace(/^([-−–]?\d+),(\d{1,2})$/, '$1.$2').replace(/\.$/, '');
}

/** Micros of one minor unit: 10,000 for pence. */
function microsPerMinor(currency: Currency): number {
  return 10 ** (6 - decimalsOf(currency));
}

export function minorOf(amount: Micros, currency: Currency): number {
  return amount / microsPerMinor(currency);
}

export function microsOfMinor(minor: number, currency: Currency): Micros {
  return micros(minor * microsPerMinor(currency));
}
