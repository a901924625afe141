// Decimal text as exact whole numbers of a stated scale. No binary fraction ever stands for a price.

/** `0.120` → `0.12`, `007` → `7`: one text for one value, so that equal tariffs have equal hashes. */
export function normalDecimal(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  const digits = fraction.replace(/0+$/, '');
  return `${whole.replace(/^0+(?=\d)/, '')}${digits === '' ? '' : `.${digits}`}`;
}

/** The value × 10^decimals. `text` is a plain decimal with at most `decimals` digits after the point. */
export function scaled(text: string, decimals: number): number {
  const [whole = '', fraction = ''] = text.split('.');
  return Number(whole + fraction.padEnd(decimals, '0'));
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
