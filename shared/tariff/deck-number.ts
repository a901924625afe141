// A field of a carrier's file becomes the prefixes it means: `+44 20`, `4420;4421`, `44700-44709`, `447[1-5]`, `^93.*`.
// In: the text of a field, and the country code where that stands in another. Out: prefixes, or why it cannot be told.
// Never true: a field that can be read in two ways is read in one of them; a range grows into millions.
import {callingCodeOf, LONGEST_E164} from '../telephone/country.ts';

export type NumberReading =
  | {readonly kind: 'prefixes'; readonly prefixes: readonly string[]}
  | {readonly kind: 'invalid'; readonly what: string; readonly cure: string};

/** A list in one field: all the ranges of a large country fit. */
const MOST_PREFIXES = 20_000;
const SHOWN_SIGNS = 30;

const NO_DIGITS = 'Write digits from the country code on, such as 4420; 4420;4421 for a list, 44700-44709 for a range.';

class Unreadable extends Error {
  readonly cure: string;
  constructor(what: string, cure: string) {
    super(what);
    this.cure = cure;
  }
}

/** `country` is the text of the field with the country code; the number then is the rest behind it, or nothing. */
export function readPrefixes(text: string, country?: string): NumberReading {
  try {
    const code = country === undefined ? '' : onlyDigits(bare(country), country);
    const parts = text
      .replaceAll(/\[[\d,-]*\]/g, (digits) => digits.replaceAll(',', ''))
      .split(/[;,|/&\n]+/)
      .map(bare)
      .filter((part) => part !== '');
    if (parts.length === 0 && code === '') return invalid('there is no prefix', NO_DIGITS);
    const prefixes = new Set<string>();
    for (const part of parts.length === 0 ? [''] : parts) {
      for (const prefix of partPrefixes(part, code)) prefixes.add(prefix);
      if (prefixes.size > MOST_PREFIXES) return invalid(`${shown(text)} means more than ${MOST_PREFIXES} prefixes`, 'Check the range.');
    }
    return {kind: 'prefixes', prefixes: [...prefixes]};
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return invalid(error.message, error.cure);
  }
}

function invalid(what: string, cure: string): NumberReading {
  return {kind: 'invalid', what, cure};
}

function shown(text: string): string {
  return `“${text.length > SHOWN_SIGNS ? `${text.slice(0, SHOWN_SIGNS)}…` : text}”`;
}

/** Without what spreadsheets and switches put around digits: `="4420"`, `'4420`, `^93.*`, `93%`, `44xxx`, `4420.0`. */
function bare(text: string): string {
  return text
    .trim()
    .replace(/^="(.*)"$/, '$1')
    .replace(/^['^_]+/, '')
    .replace(/^(\d+)\.0+$/, '$1')
    .replace(/[\d\]](?:[xX.*%!$+]|\\d|\[0-9\])+$/, (end) => end.slice(0, 1))
    .trim();
}

function partPrefixes(part: string, code: string): readonly string[] {
  const range = /^([^-–]+)[-–]([^-–]+)$/.exec(part);
  if (range !== null && !part.includes('[')) return rangePrefixes(part, international(range[1] ?? '', code), range[2] ?? '');
  if (part.includes('[')) return patternPrefixes(part, code);
  return [sound(international(part, code), part)];
}

/** With the country code and without what is dialled before it. */
function international(part: string, code: string): string {
  const text = part.trim();
  const isWhole = /^(?:\+|00)/.test(text);
  const digits = onlyDigits(text, part);
  return isWhole || code === '' ? digits : code + digits;
}

function onlyDigits(text: string, whole: string): string {
  const joined = text
    .trim()
    .replace(/^(?:\+\s*|00)/, '')
    .replaceAll(/[().]|(?<=\d)-(?=\d)/g, ' ')
    .trim();
  if (/^\d(?:\.\d+)?E\+?\d+$/i.test(text.trim())) {
    throw new Unreadable(`the number ${shown(whole)} was rounded by a spreadsheet`, 'Ask for the file again, with numbers as text.');
  }
  if (!/^[\d\s]*$/.test(joined)) throw new Unreadable(`the prefix ${shown(whole)} is not made of digits`, NO_DIGITS);
  const groups = joined.split(/\s+/);
  if (isPerhapsList(groups)) {
    throw new Unreadable(`${shown(whole)} may be one prefix or several`, 'Write ; between prefixes, or no space within one.');
  }
  return groups.join('');
}

/** `44 20` is one; `4420 4421`, each with the same country code and more, may be two. */
function isPerhapsList(groups: readonly string[]): boolean {
  if (groups.length < 2) return false;
  const codes = groups.map(callingCodeOf);
  return codes[0] !== undefined && groups.every((group, place) => codes[place] === codes[0] && group !== codes[0]);
}

function sound(digits: string, whole: string): string {
  if (/^[1-9]\d{0,14}$/.test(digits)) return digits;
  if (digits.length > LONGEST_E164) {
    const what = `the prefix ${shown(digits)} has ${digits.length} digits`;
    throw new Unreadable(what, `A telephone number has at most ${LONGEST_E164} digits (E.164).`);
  }
  if (digits === '') throw new Unreadable(`${shown(whole)} has no digits`, NO_DIGITS);
  const cure = 'Write it from the country code on, such as 4420; or map the column of the country codes to country.';
  throw new Unreadable(`the prefix ${shown(digits)} does not begin with a country code`, cure);
}

/** `44700-44709`, `44700-9`; `1-684` is one prefix, as North America writes it. */
function rangePrefixes(part: string, from: string, end: string): readonly string[] {
  const last = onlyDigits(end, part);
  if (callingCodeOf(from) === from && last.length > from.length) return [sound(from + last, part)];
  const isAbbreviated = last.length < from.length;
  const to = isAbbreviated ? from.slice(0, from.length - last.length) + last : last;
  const code = callingCodeOf(from);
  const isPlain = to.length === from.length && to > from && code !== undefined && callingCodeOf(to) === code && code !== from;
  if (!isPlain) {
    throw new Unreadable(
      `${shown(part)} is no range within a country`,
      'Write both ends with as many digits, the lower first: 44700-44709.',
    );
  }
  sound(from, part);
  sound(to, part);
  return covering(from, to);
}

/** The fewest prefixes that hold all numbers between two of the same length. */
function covering(from: string, to: string): readonly string[] {
  const size = (text: string): bigint => BigInt(`1${text}`);
  const end = size(to);
  const prefixes: string[] = [];
  let next = size(from);
  while (next <= end) {
    let step = 1n;
    let zeros = 0;
    // Not up to the country code: a range is of numbers within it.
    while (zeros < from.length - 1 && next % (step * 10n) === 0n && next + step * 10n - 1n <= end) {
      step *= 10n;
      zeros += 1;
    }
    prefixes.push(String(next).slice(1, 1 + from.length - zeros));
    next += step;
  }
  return prefixes;
}

/** `447[1-5]`, `447[135]`, `44[1-2][5-6]`. */
function patternPrefixes(part: string, code: string): readonly string[] {
  const text = part.replaceAll(/\s/g, '').replace(/^(\+|00)/, '');
  const start = /^\s*(?:\+|00)/.test(part) ? '' : code;
  if (!/^(?:\d|\[(?:\d|\d-\d)+\])+$/.test(text))
    throw new Unreadable(`the pattern ${shown(part)} is not understood`, 'Write 447[1-5] or 447[135].');
  let found: readonly string[] = [start];
  for (const [piece] of text.matchAll(/\d|\[[^\]]*\]/g)) {
    const digits = piece.startsWith('[') ? digitsIn(piece, part) : [piece];
    found = found.flatMap((before) => digits.map((digit) => before + digit));
    if (found.length > MOST_PREFIXES)
      throw new Unreadable(`${shown(part)} means more than ${MOST_PREFIXES} prefixes`, 'Check the pattern.');
  }
  return found.map((prefix) => sound(prefix, part));
}

function digitsIn(piece: string, whole: string): readonly string[] {
  const digits = new Set<string>();
  for (const [one, from = one, to = one] of piece.matchAll(/(\d)-(\d)|\d/g)) {
    if (from > to) throw new Unreadable(`the pattern ${shown(whole)} runs backwards`, 'Write the lower digit first: [1-5].');
    for (let digit = Number(from); digit <= Number(to); digit += 1) digits.add(String(digit));
  }
  return [...digits];
}
