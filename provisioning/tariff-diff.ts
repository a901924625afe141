// `spbs tariff diff`: what a new tariff changes, by ranges and by how much.
import {CHANGES, diffTariffs, type Change, type ChangeGroup, type DiffMoment, type Side, type TariffDiff} from '../shared/tariff/diff.ts';
import {instant} from '../shared/time/instant.ts';
import type {ExitCode, Terminal} from './command.ts';
import {readTime} from './rate-call.ts';
import {loadTariff} from './tariff-file.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

/** A list of ranges that a person still reads; --json has them all. */
const SHOWN_RANGES = 8;

/** `args` without the word diff. */
export function diffTariffFiles(args: readonly string[], terminal: Terminal): ExitCode {
  const parsed = parseWords(args, {at: {type: 'string'}, json: {type: 'boolean', default: false}});
  if (typeof parsed === 'string') return wrongUsage(terminal, 'tariff', parsed);
  const {values, positionals} = parsed;
  const [a, b, ...surplus] = positionals;
  if (a === undefined || b === undefined) return wrongUsage(terminal, 'tariff', 'A and B are missing: the old tariff and the new one');
  if (surplus.length > 0) return wrongUsage(terminal, 'tariff', `${surplus.join(' ')} is too much: two files are compared`);
  const before = loadTariff(a).tariff;
  const after = loadTariff(b).tariff;
  const moment = momentOf(values.at, before.zone);
  if (typeof moment === 'string') return wrongUsage(terminal, 'tariff', `--at: ${moment}`);
  const diff = diffTariffs(before, after, moment);
  if (values.json) terminal.out(`${JSON.stringify(jsonOf(diff))}\n`);
  else terminal.out(diff.sameCurrency ? diffText(diff, terminal.colour) : currenciesText(before.currency, after.currency));
  return diff.sameCurrency ? 0 : 1;
}

function momentOf(at: string | undefined, zone: string): DiffMoment | string {
  if (at === undefined) return {at: instant(Date.now()), everyBand: true};
  const reading = readTime(at, zone);
  return reading.kind === 'time' ? {at: reading.at, everyBand: false} : reading.why;
}

function currenciesText(before: string, after: string): string {
  return `The tariffs cannot be compared: one has prices in ${before}, the other in ${after}.\n`;
}

/** Prices as decimal text, percentages as text with two decimals. */
function jsonOf(diff: TariffDiff): unknown {
  const groups = diff.groups.map(({percentHundredths, ...group}) => ({...group, percent: percentText(percentHundredths) ?? null}));
  return {...diff, groups};
}

const HEADINGS: Readonly<Record<Change, string>> = {
  added: 'Added',
  removed: 'Removed',
  dearer: 'Dearer',
  cheaper: 'Cheaper',
  mixed: 'Dearer at some times, cheaper at others',
  terms: 'The same a minute, on other terms',
};

function diffText({groups, counts, settings}: TariffDiff, colour: boolean): string {
  const bold = (text: string): string => (colour ? `\u001B[1m${text}\u001B[0m` : text);
  const parts = CHANGES.flatMap((change) => {
    const found = groups.filter((group) => group.change === change);
    if (found.length === 0) return [];
    return [`${bold(HEADINGS[change])}: ${prefixes(counts[change])}\n${found.map(groupText).join('')}`];
  });
  const rows = settings.map(({name, before, after}) => `  ${name}: ${before} → ${after}\n`);
  if (rows.length > 0) parts.push(`${bold('For the whole tariff')}\n${rows.join('')}`);
  if (parts.length === 0) parts.push('No price differs.\n');
  return `${parts.join('\n')}\n${prefixes(counts.unchanged)} unchanged.\n`;
}

function prefixes(count: number): string {
  return count === 1 ? 'one prefix' : `${count.toLocaleString('en-GB')} prefixes`;
}

function groupText(group: ChangeGroup): string {
  const {before, after, ranges, percentHundredths, terms} = group;
  const name =
    before !== undefined && after !== undefined && before.destination !== after.destination
      ? `${before.destination} → ${after.destination}`
      : ((after ?? before)?.destination ?? '');
  const shown = ranges.slice(0, SHOWN_RANGES).join(', ');
  const rest = ranges.length > SHOWN_RANGES ? `, and ${ranges.length - SHOWN_RANGES} more` : '';
  const percent = percentHundredths === 0 ? undefined : percentText(percentHundredths);
  const price = priceText(before, after) + (percent === undefined ? '' : ` (${percent} %)`);
  const changed = terms.map((term) => `      ${WORDS[term]}: ${told(before?.terms[term])} → ${told(after?.terms[term])}\n`);
  return `  ${name}  ${price}\n      ${shown}${rest}\n${changed.join('')}`;
}

const WORDS = {
  connectionFee: 'connection fee',
  initialSeconds: 'first seconds',
  nextSeconds: 'next seconds',
  graceSeconds: 'grace seconds',
  minimum: 'minimum',
  maximum: 'maximum',
  catchAll: 'catch-all',
  type: 'numbers',
} as const;

function told(value: string | number | boolean | undefined): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === undefined ? 'none' : String(value);
}

/** Each band that differs; all of a range that is new or gone. */
function priceText(before: Side | undefined, after: Side | undefined): string {
  if (before === undefined || after === undefined) {
    const {perMinute} = after ?? before ?? {perMinute: []};
    return perMinute.map(({band, price}) => (perMinute.length === 1 ? price : `${price} ${band}`)).join(', ');
  }
  const bands = [...new Set([...before.perMinute, ...after.perMinute].map(({band}) => band))];
  const priceIn = ({perMinute}: Side, band: string): string => (perMinute.find((one) => one.band === band) ?? perMinute[0])?.price ?? '';
  const rows = bands.map((band) => ({band, old: priceIn(before, band), young: priceIn(after, band)}));
  const moved = rows.filter(({old, young}) => old !== young);
  const shown = moved.length === 0 ? rows.slice(0, 1) : moved;
  return shown
    .map(({band, old, young}) => `${old === young ? old : `${old} → ${young}`}${bands.length === 1 ? '' : ` ${band}`}`)
    .join(', ');
}

/** `+12.50`; nothing where a price came from 0. */
function percentText(hundredths: number | undefined): string | undefined {
  if (hundredths === undefined) return undefined;
  const digits = String(Math.abs(hundredths)).padStart(3, '0');
  return `${hundredths < 0 ? '−' : '+'}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
