// What the numbers of calls that have no rate have in common, so that a range can be added for them. Pure.
// In: numbers and seconds. Out: prefixes with how many calls begin so. Never true: a whole number of somebody's.
import {callingCodeOf} from '../../shared/telephone/country.ts';

export type UnknownRange = {readonly prefix: string; readonly calls: number; readonly seconds: number};
type Called = {readonly number: string | undefined; readonly seconds: number};

/** What is left of a number says whom; its end says exactly whom. */
const HIDDEN_DIGITS = 4;
/** Behind the country: networks and areas differ by their first digits. */
const AREA_DIGITS = 3;

/** The most calls first. A number that is too short to be one person's stands whole. */
export function unknownRanges(calls: readonly Called[]): readonly UnknownRange[] {
  const groups = new Map<string, {digits: string; calls: number; seconds: number}>();
  for (const {number, seconds} of calls) {
    const digits = number?.replace(/^\+/, '') ?? '';
    if (digits === '') continue;
    const shown = cut(digits);
    const country = number?.startsWith('+') === true ? (callingCodeOf(digits) ?? '') : '';
    const key = `${number?.startsWith('+') === true ? '+' : ''}${shown.slice(0, country.length + AREA_DIGITS)}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, {digits: shown, calls: 1, seconds});
    else groups.set(key, {digits: common(known.digits, shown), calls: known.calls + 1, seconds: known.seconds + seconds});
  }
  return [...groups]
    .map(([key, {digits, ...sums}]) => ({prefix: key.startsWith('+') ? `+${digits}` : digits, ...sums}))
    .toSorted((a, b) => (a.calls === b.calls ? (a.prefix < b.prefix ? -1 : 1) : b.calls - a.calls));
}

/** A number without its last digits. */
export function masked(number: string): string {
  return number.length <= HIDDEN_DIGITS + 2 ? number : `${number.slice(0, -HIDDEN_DIGITS)}${'•'.repeat(HIDDEN_DIGITS)}`;
}

function cut(digits: string): string {
  return digits.length <= HIDDEN_DIGITS + 2 ? digits : digits.slice(0, -HIDDEN_DIGITS);
}

function common(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
