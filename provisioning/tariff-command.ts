// `spbs tariff check`: is a tariff file good, and what is in it; or every problem with its place and its cure.
import {DAYS, type Tariff} from '../shared/tariff/tariff.ts';
import type {TariffProblem} from '../shared/tariff/document.ts';
import type {Command, ExitCode, Terminal} from './command.ts';
import {readTariffFile} from './tariff-file.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

/** Small, and good: a test reads it. */
const EXAMPLE = `  format: spbs-tariff/1
  name: Hall 2026
  currency: GBP
  zone: Europe/London
  rounding: {mode: half-up, decimals: 2}      # up, half-up, half-even or down
  prices: gross                               # or net: VAT is added
  tax: [{percent: 20}]
  bands:                                      # all other times are the band "standard"
    - name: weekend
      times: [{days: [sat, sun]}]
  rates:
    - name: landline
      connectionFee: 0.05
      initialSeconds: 60                      # billed whole, then each begun nextSeconds
      nextSeconds: 1
      perMinute: 0.08
      perMinuteIn: {weekend: 0.04}
    - {name: mobile, initialSeconds: 30, nextSeconds: 6, perMinute: 0.16, minimum: 0.10}
    - {name: free, initialSeconds: 60, nextSeconds: 60, perMinute: 0}
  destinations:                               # the longest prefix that matches decides
    - {name: UK landline, rate: landline, prefixes: ["441", "442", "443"]}
    - {name: UK mobile, rate: mobile, prefixes: ["447"]}
    - {name: UK freephone, rate: free, prefixes: ["44800", "44808"]}
    - {name: Voicemail, rate: free, prefixes: ["1571"], exact: true}
    - {name: North America, rate: mobile, prefixes: ["1"], catchAll: true}   # not billed unseen
`;

export const command: Command = {
  summary: 'checks a tariff file and says what is in it',
  usage: `usage: spbs tariff check FILE [--json]

Prints what the tariff holds, or every problem as FILE:LINE:COLUMN, what is wrong → how to cure it (the first 100).
FILE is YAML or JSON, in UTF-8. Exit 0: it is good; 1: it is not.

  --json   one object: {good: true, name, currency, zone, hash, destinations, prefixes, shortCodes, catchAlls, rates, bands, tax}
           or {good: false, problems: [{line, column, path, what, cure}]}

A small tariff:

${EXAMPLE}`,
  run: (args, terminal) => {
    const words = readWords(args);
    return Promise.resolve(typeof words === 'string' ? wrongUsage(terminal, 'tariff', words) : check(words, terminal));
  },
};

type Words = {readonly file: string; readonly json: boolean};

function check({file, json}: Words, terminal: Terminal): ExitCode {
  const reading = readTariffFile(file);
  if (reading.kind === 'invalid') {
    terminal.out(json ? jsonLine({good: false, problems: reading.problems}) : problemsText(file, reading.problems, terminal.colour));
    return 1;
  }
  const summary = summaryOf(reading.tariff, reading.hash);
  terminal.out(json ? jsonLine({good: true, ...summary}) : summaryText(file, summary));
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
  const [what, file, ...surplus] = parsed.positionals;
  if (what !== 'check') return what === undefined ? 'say what to do: check' : `there is no tariff ${what}; only check`;
  if (file === undefined) return 'FILE is missing';
  return surplus.length > 0 ? `${surplus.join(' ')} is too much: one file at a time` : {file, json: parsed.values.json};
}
