// What carriers write in the fields of a price list: prices, increments, dates. Exact: digits are moved, never rounded.
import {dayOfDate} from '../time/zone.ts';
import {normalDecimal} from './decimal.ts';

export type DecimalMark = 'point' | 'comma';
export type DateOrder = 'day-first' | 'month-first';

/** What a price is said for, and in what. */
export type PriceScale = {readonly seconds: 1 | 60; readonly hundredths: boolean};

export type Reading<T> =
  | {readonly kind: 'value'; readonly value: T}
  | {readonly kind: 'invalid'; readonly what: string; readonly cure: string};

function invalid(what: string, cure: string): {readonly kind: 'invalid'; readonly what: string; readonly cure: string} {
  return {kind: 'invalid', what, cure};
}

/** What prices are written with, by all that a column says; undefined if it can be either. */
export function guessMark(samples: readonly string[]): DecimalMark | undefined {
  const votes = {point: 0, comma: 0};
  for (const text of samples) {
    const vote = markOf(text.replaceAll(/[^\d.,]/g, ''));
    if (vote !== undefined) votes[vote] += 1;
  }
  if (votes.point === 0 && votes.comma === 0) return samples.some((text) => text.includes(',')) ? undefined : 'point';
  return votes.comma > votes.point ? 'comma' : 'point';
}

/** The mark that comes last if both are there; a single one that cannot part thousands. */
function markOf(text: string): DecimalMark | undefined {
  const last = /[.,](?=[^.,]*$)/.exec(text)?.[0];
  if (last === undefined) return undefined;
  const [mine, other]: readonly [DecimalMark, DecimalMark] = last === '.' ? ['point', 'comma'] : ['comma', 'point'];
  const parts = text.split(last);
  // Only thousands are parted twice.
  if (parts.length > 2) return other;
  const isOnly = parts.every((part) => !/[.,]/.test(part));
  return isOnly && /^[1-9]\d{0,2}[.,]\d{3}$/.test(text) ? undefined : mine;
}

const PRICE_CURE = 'Write a price such as 0.12.';
/** A price such as 1E-05, which spreadsheets make of 0.00001. */
const LARGEST_EXPONENT = 20;
/** Many more signs than any price has. */
const LONGEST_PRICE = 60;

/** Decimal text with at most `decimals` digits after the point, of a price as it is written. */
export function readPrice(text: string, mark: DecimalMark, decimals: number, scale: PriceScale): Reading<string> {
  if (text.length > LONGEST_PRICE) return invalid(`the price ${quoted(text)} is no number`, PRICE_CURE);
  const plain = text.replaceAll(/[\s'’\u00A0\u202F£€$¥]|\b[A-Z]{3}\b/g, '');
  if (/^[-−(].*\d/.test(plain)) return invalid(`the price ${quoted(text)} is negative`, 'A price is 0 or more.');
  const value = valueOf(mark === 'point' ? plain : swapped(plain), scale);
  if (value === undefined) return invalid(`the price ${quoted(text)} is no number`, wrongMark(plain, mark) ?? PRICE_CURE);
  const excess = excessOf(value, decimals, scale);
  return excess === undefined ? {kind: 'value', value} : invalid(`the price ${quoted(text)} ${excess.what}`, excess.cure);
}

/** In whole units a minute; the text has a decimal point, and may have commas between thousands. */
function valueOf(text: string, {seconds, hundredths}: PriceScale): string | undefined {
  const found = /^(\d+|\d{1,3}(?:,\d{3})+)?(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  const [, whole = '', fraction = '', exponent = '0'] = found ?? [];
  const shift = Number(exponent) - (hundredths ? 2 : 0);
  if (whole + fraction === '' || Math.abs(shift) > LARGEST_EXPONENT) return undefined;
  return shifted(whole.replaceAll(',', ''), fraction, shift, BigInt(60 / seconds));
}

function excessOf(value: string, decimals: number, scale: PriceScale): {readonly what: string; readonly cure: string} | undefined {
  const [units = '', digits = ''] = value.split('.');
  const cure = `A tariff keeps ${decimals}: nothing is rounded on the way.`;
  if (digits.length > decimals) return {what: `has ${digits.length} decimals${scaleText(scale)}`, cure};
  return units.length > 6 ? {what: 'is a million or more', cure: 'Check the decimal mark.'} : undefined;
}

function quoted(text: string): string {
  return `“${text.trim().slice(0, 40)}”`;
}

function swapped(text: string): string {
  return text.replaceAll(/[.,]/g, (sign) => (sign === '.' ? ',' : '.'));
}

function wrongMark(text: string, mark: DecimalMark): string | undefined {
  return (mark === 'point' ? /^\d+,\d+$/ : /^\d+\.\d+$/).test(text)
    ? 'The other prices of this file have another decimal mark; --decimal says which.'
    : undefined;
}

function scaleText({seconds, hundredths}: PriceScale): string {
  const of = [...(hundredths ? ['in whole units'] : []), ...(seconds === 1 ? ['a minute'] : [])];
  return of.length === 0 ? '' : `, ${of.join(' ')}`;
}

/** digits × 10^shift × factor, as decimal text in its shortest form. */
function shifted(whole: string, fraction: string, shift: number, factor: bigint): string {
  let scale = fraction.length - shift;
  let digits = String(BigInt(whole + fraction || '0') * factor);
  if (scale < 0) {
    digits += '0'.repeat(-scale);
    scale = 0;
  }
  const padded = digits.padStart(scale + 1, '0');
  const point = padded.length - scale;
  return normalDecimal(`${padded.slice(0, point)}.${padded.slice(point)}`);
}

export type Increments = {readonly initial: number; readonly next: number};

/** `60/60`, `30/6`, `1+1`, `30-6`, or one figure for both. */
export function readIncrements(text: string): Reading<Increments> {
  const [, first = '', second = first] =
    /^(\d{1,5})\s*(?:s|sec|secs|seconds)?\s*(?:[/+:-]\s*(\d{1,5})\s*(?:s|sec|secs|seconds)?)?$/i.exec(text.trim()) ?? [];
  const [initial, next] = [Number(first), Number(second)];
  if (first === '' || next < 1 || initial > 86_400 || next > 86_400) {
    return invalid(`the increment ${quoted(text)} is none`, 'Write seconds such as 60/60, the first of them 0 or more.');
  }
  return {kind: 'value', value: {initial, next}};
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Day first, or month first, by all that a column says; undefined if it can be either and it matters. */
export function guessOrder(samples: readonly string[]): DateOrder | undefined {
  const pairs = samples.flatMap((text) => {
    const found = /^(\d{1,2})[/-](\d{1,2})[/-]\d{2,4}\b/.exec(text.trim());
    return found === null ? [] : [[Number(found[1]), Number(found[2])] as const];
  });
  if (pairs.some(([first]) => first > 12)) return 'day-first';
  if (pairs.some(([, second]) => second > 12)) return 'month-first';
  return pairs.every(([first, second]) => first === second) ? 'day-first' : undefined;
}

/** `2026-12-31` of a date with or without a time of day. */
export function readDate(text: string, order: DateOrder): Reading<string> {
  const day = text.trim().replace(/[T ]\d{1,2}:\d{2}.*$/, '');
  const iso = isoOf(day, order);
  if (iso !== undefined && dayOfDate(iso) !== undefined) return {kind: 'value', value: iso};
  return invalid(`${quoted(text)} is no date`, 'Write it as 2026-12-31.');
}

function isoOf(day: string, order: DateOrder): string | undefined {
  const iso = /^(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})$/.exec(day);
  if (iso !== null) return civil(iso[1], iso[2], iso[3]);
  const named = /^(\d{1,2})[-/. ]?([A-Za-z]{3})[A-Za-z]*[-/. ,]*(\d{2,4})$/.exec(day);
  if (named !== null) return civil(named[3], String(MONTHS.indexOf((named[2] ?? '').toLowerCase()) + 1), named[1]);
  const figures = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$/.exec(day);
  if (figures === null) return undefined;
  // Nobody who writes points begins with the month.
  const isMonthFirst = order === 'month-first' && figures[2] !== '.';
  return isMonthFirst ? civil(figures[4], figures[1], figures[3]) : civil(figures[4], figures[3], figures[1]);
}

function civil(year = '', month = '', day = ''): string {
  return `${year.length === 2 ? `20${year}` : year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}
