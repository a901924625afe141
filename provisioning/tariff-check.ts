// `spbs tariff check`: is a tariff file good, and what is in it; or every problem with its place and its cure.
import type {TariffProblem} from '../shared/tariff/document.ts';
import {DAYS, type Tariff} from '../shared/tariff/tariff.ts';
import {warningsIn, type TariffWarning} from '../shared/tariff/warnings.ts';
import type {ExitCode, Terminal} from './command.ts';
import {readTariffFile} from './tariff-file.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

type Words = {readonly file: string; readonly json: boolean};

/** `args` without the word check. */
export function checkTariff(args: readonly string[], terminal: Terminal): ExitCode {
  const words = readWords(args);
  return typeof words === 'string' ? wrongUsage(terminal, 'tariff', words) : check(words, terminal);
}

function check({file, json}: Words, terminal: Terminal): ExitCode {
  const reading = readTariffFile(file);
  if (reading.kind === 'invalid') {
    terminal.out(json ? jsonLine({good: false, problems: reading.problems}) : problemsText(file, reading.problems, terminal.colour));
    return 1;
  }
  const summary = summaryOf(reading.tariff, reading.hash);
  const warnings = warningsIn(reading.tariff);
  terminal.out(json ? jsonLine({good: true, ...summary, warnings}) : summaryText(file, summary));
  // Beside the answer, which is the same whatever is odd.
  if (!json) terminal.err(warningsText(file, warnings));
  return 0;
}

function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function problemsText(file: string, problems: readonly TariffProblem[], colour: boolean): string {
  const place = (text: string): string => (colour ? `\u001B[1m${text}\u001B[0m` : text);
  const lines = problems.map(({line, column, what, cure}) => `${place(`${file}:${line}:${column}`)} ${what} → ${cure}\n`);
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return `${lines.join('')}\n${file} cannot be used: ${count}.\n`;
}

/** Nothing if nothing is odd. */
function warningsText(file: string, warnings: readonly TariffWarning[]): string {
  if (warnings.length === 0) return '';
  const lines = warnings.map(
    ({what, cure, count, examples}) => `  ${what} (${examples.join(', ')}${count > examples.length ? ' …' : ''})\n    → ${cure}\n`,
  );
  return `Worth a look in ${file}:\n${lines.join('')}`;
}

type Summary = {
  readonly name: string;
  readonly currency: string;
  readonly zone: string;
  readonly hash: string;
  readonly destinations: number;
  readonly prefixes: number;
  readonly shortCodes: number;
  readonly catchAlls: number;
  readonly rates: number;
  readonly prices: Tariff['prices'];
  readonly rounding: Tariff['rounding'];
  readonly bands: readonly {readonly name: string; readonly times: readonly string[]}[];
  readonly holidays: number;
  readonly tax: Tariff['tax'];
};

function summaryOf(tariff: Tariff, hash: string): Summary {
  const count = (of: Tariff['destinations']): number => of.reduce((sum, {prefixes}) => sum + prefixes.length, 0);
  const {name, currency, zone, destinations, rates, prices, rounding, holidays, tax} = tariff;
  return {
    name,
    currency,
    zone,
    hash,
    destinations: destinations.length,
    prefixes: count(destinations.filter(({exact}) => !exact)),
    shortCodes: count(destinations.filter(({exact}) => exact)),
    catchAlls: destinations.filter(({catchAll}) => catchAll).length,
    rates: rates.length,
    prices,
    rounding,
    bands: [
      ...tariff.bands.map((band) => ({name: band.name, times: band.times.map(timesText)})),
      {name: tariff.baseBand, times: [tariff.bands.length === 0 ? 'always' : 'all other times']},
    ],
    holidays: holidays.length,
    tax,
  };
}

/** `mon–fri 08:00–18:00`: days that follow each other are told as a span. */
function timesText({days, from, to}: Tariff['bands'][number]['times'][number]): string {
  const places = days.map((day) => DAYS.indexOf(day)).toSorted((a, b) => a - b);
  const spans: {first: number; last: number}[] = [];
  for (const place of places) {
    const last = spans.at(-1);
    if (last !== undefined && last.last === place - 1) last.last = place;
    else spans.push({first: place, last: place});
  }
  const told = spans.map(({first, last}) =>
    first === last ? DAYS[first] : `${DAYS[first] ?? ''}${last === first + 1 ? ', ' : '–'}${DAYS[last] ?? ''}`,
  );
  return `${told.join(', ')} ${from === '00:00' && to === '24:00' ? 'all day' : `${from}–${to}`}`;
}

function summaryText(file: string, summary: Summary): string {
  const number = (value: number): string => value.toLocaleString('en-GB');
  const {mode, decimals} = summary.rounding;
  const taxes = summary.tax.map(({from, percent}) => `${percent} %${from === undefined ? '' : ` from ${from}`}`);
  const rows: readonly (readonly [string, string])[] = [
    ['name', summary.name],
    ['currency', `${summary.currency}, prices are ${summary.prices}, rounded ${mode} to ${decimals} decimals`],
    ['zone', summary.zone],
    ['destinations', number(summary.destinations)],
    ['prefixes', number(summary.prefixes)],
    ...(summary.shortCodes === 0 ? [] : [['short codes', number(summary.shortCodes)] as const]),
    ...(summary.catchAlls === 0 ? [] : [['catch-alls', `${number(summary.catchAlls)} destinations, not billed unseen`] as const]),
    ['rates', number(summary.rates)],
    ...summary.bands.map(
      ({name, times}, place) => [place === 0 ? 'bands' : '', `${name}: ${times.join('; ') || 'holidays only'}`] as const,
    ),
    ...(summary.holidays === 0 ? [] : [['holidays', number(summary.holidays)] as const]),
    ['VAT', taxes.join(', ') || 'none'],
    ['hash', summary.hash],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(14)}${value}\n`).join('');
  return `${file} is a good tariff.\n\n${table}`;
}

function readWords(args: readonly string[]): Words | string {
  const parsed = parseWords(args, {json: {type: 'boolean', default: false}});
  if (typeof parsed === 'string') return parsed;
  const [file, ...surplus] = parsed.positionals;
  if (file === undefined) return 'FILE is missing';
  return surplus.length > 0 ? `${surplus.join(' ')} is too much: one file at a time` : {file, json: parsed.values.json};
}
