// `spbs tariff import`: a carrier's price list becomes a tariff file, and every guess and every row left out is told.
import {renameSync, writeFileSync} from 'node:fs';
import {basename} from 'node:path';
import {Failure} from '../shared/failure/failure.ts';
import {nearest} from '../shared/option/nearest.ts';
import {ROLES, type ColumnMap, type Role} from '../shared/tariff/deck-columns.ts';
import type {DeckProblem} from '../shared/tariff/deck-problem.ts';
import {isKnownCurrency} from '../shared/tariff/deck-rules.ts';
import {ENCODINGS} from '../shared/tariff/deck-text.ts';
import {readIncrements} from '../shared/tariff/deck-values.ts';
import type {ImportWishes} from '../shared/tariff/deck-wishes.ts';
import {importSteps, type ImportOutcome} from '../shared/tariff/import.ts';
import {tariffYaml} from '../shared/tariff/yaml-text.ts';
import {instant} from '../shared/time/instant.ts';
import {civilFromInstant, dayOfDate, isZone} from '../shared/time/zone.ts';
import type {ExitCode, Terminal} from './command.ts';
import {readDeckFile} from './deck-file.ts';
import {importText} from './tariff-import-text.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

const OPTIONS = {
  output: {type: 'string', short: 'o'},
  map: {type: 'string', multiple: true, default: [] as string[]},
  increment: {type: 'string'},
  rounding: {type: 'string', default: 'half-up:6'},
  currency: {type: 'string'},
  zone: {type: 'string', default: 'UTC'},
  name: {type: 'string'},
  net: {type: 'boolean', default: false},
  gross: {type: 'boolean', default: false},
  tax: {type: 'string'},
  at: {type: 'string'},
  duplicates: {type: 'string', default: 'error'},
  per: {type: 'string'},
  hundredths: {type: 'boolean'},
  decimal: {type: 'string'},
  dates: {type: 'string'},
  encoding: {type: 'string'},
  delimiter: {type: 'string'},
  'catch-alls': {type: 'boolean', default: false},
  'leave-out': {type: 'boolean', default: false},
  yes: {type: 'boolean', default: false},
  json: {type: 'boolean', default: false},
} as const;

type Values = Exclude<ReturnType<typeof parseWords<typeof OPTIONS>>, string>['values'];
type Words = {readonly file: string; readonly output: string | undefined; readonly json: boolean; readonly wishes: ImportWishes};

/** A person sees the count move. */
const PROGRESS_MS = 250;

/** `args` without the word import. */
export async function importTariff(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const words = readWords(args);
  if (typeof words === 'string') return wrongUsage(terminal, 'tariff', words);
  const file = await readDeckFile(words.file, terminal.input);
  const outcome = file.kind === 'refused' ? file : imported(file.bytes, words, terminal);
  if (outcome === 'stopped') {
    terminal.err('stopped; nothing was written\n');
    return 3;
  }
  const written = outcome.kind === 'imported' && words.output !== undefined ? words.output : undefined;
  if (outcome.kind === 'imported' && written !== undefined) write(written, outcome);
  terminal.out(words.json ? `${JSON.stringify(jsonOf(outcome, written))}\n` : textOf(outcome, words, terminal.colour));
  return outcome.kind === 'imported' ? 0 : 1;
}

type Outcome = ImportOutcome | {readonly kind: 'refused'; readonly problem: DeckProblem};

function imported(bytes: Uint8Array, {wishes}: Words, terminal: Terminal): ImportOutcome | 'stopped' {
  const steps = importSteps(bytes, wishes);
  let shownAt = Date.now();
  let isShown = false;
  for (;;) {
    const step = steps.next();
    if (terminal.interactive && (isShown || Date.now() - shownAt >= PROGRESS_MS)) {
      const isEnd = step.done === true;
      if (isEnd || Date.now() - shownAt >= PROGRESS_MS) {
        shownAt = Date.now();
        isShown = !isEnd;
        terminal.err(
          isEnd ? '\r\u001B[K' : `\r\u001B[K${step.value.rows.toLocaleString('en-GB')} rows, ${Math.floor(step.value.share * 100)} %`,
        );
      }
    }
    if (step.done === true) return step.value;
    if (terminal.stop.aborted) return 'stopped';
  }
}

/** Replaced as a whole: a reader sees the old file or the new one. */
function write(path: string, {tariff, canonical}: Extract<ImportOutcome, {readonly kind: 'imported'}>): void {
  writeWhole(path, path.endsWith('.json') ? canonical : tariffYaml(tariff));
}

/** Throws Failure `file.unwritable`. */
export function writeWhole(path: string, text: string): void {
  const draft = `${path}.part`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new Failure('file.unwritable', `${path} cannot be written`, 'check the folder and who may write there', error);
  }
}

function jsonOf(outcome: Outcome, written: string | undefined): unknown {
  if ('problem' in outcome) return {imported: false, errors: [outcome.problem], errorCount: 1};
  const {columns, unused, catchAlls, ...report} = outcome.report;
  const told = {
    ...report,
    columns: columns.map(({role, heading, place, score, by, rivals}) => ({role, heading, column: place + 1, score, by, rivals})),
    unused: unused.map(({heading, place}) => ({heading, column: place + 1})),
    catchAlls,
  };
  return outcome.kind === 'imported'
    ? {imported: true, name: outcome.tariff.name, hash: outcome.hash, written: written ?? null, ...told}
    : {imported: false, ...told};
}

function textOf(outcome: Outcome, {file, output, wishes}: Words, colour: boolean): string {
  if ('problem' in outcome) {
    const {line, column, what, cure} = outcome.problem;
    return `${file}:${line}:${column} ${what} → ${cure}\n\n${file} was not imported.\n`;
  }
  return importText(outcome, {file, output, wishes, colour});
}

function readWords(args: readonly string[]): Words | string {
  const parsed = parseWords(args, OPTIONS);
  if (typeof parsed === 'string') return parsed;
  const {values, positionals} = parsed;
  const [file, ...surplus] = positionals;
  if (file === undefined) return 'CSV is missing: the file of the carrier';
  if (surplus.length > 0) return `${surplus.join(' ')} is too much: one file at a time; the tariff’s file follows -o`;
  const wrong = wrongIn(values);
  if (wrong !== undefined) return wrong;
  const map = readMap(values.map);
  if (typeof map === 'string') return map;
  const wishes = wishesOf(values, map, basename(file).replace(/\.[a-z]{1,5}$/i, ''));
  return typeof wishes === 'string' ? wishes : {file, output: values.output, json: values.json, wishes};
}

const CHOICES = {
  duplicates: ['error', 'first', 'last'],
  per: ['minute', 'second'],
  decimal: ['comma', 'point'],
  dates: ['day-first', 'month-first'],
  encoding: ENCODINGS,
} as const;

/** The first thing that is wrong with the values by themselves. */
function wrongIn(values: Values): string | undefined {
  const choice = wrongChoice(values);
  if (choice !== undefined) return choice;
  const {net, gross, tax, delimiter} = values;
  if (net && gross) return '--net and --gross cannot both be';
  if (delimiter !== undefined && delimiter !== 'tab' && delimiter.length !== 1) return `--delimiter ${delimiter} is not one sign, nor tab`;
  return wrongPlace(values) ?? (tax === undefined ? undefined : wrongTax(tax, net || gross));
}

function wrongPlace({zone, currency, at}: Values): string | undefined {
  if (!isZone(zone)) return `--zone ${zone} is no time zone; write one such as Europe/London`;
  if (currency !== undefined && !isKnownCurrency(currency)) return `--currency ${currency} is none; write three capitals such as GBP`;
  if (at !== undefined && dayOfDate(at) === undefined) return `--at ${at} is no date such as 2026-12-31`;
  return undefined;
}

function wrongChoice(values: Values): string | undefined {
  for (const [name, allowed] of Object.entries(CHOICES)) {
    const said = values[name as keyof typeof CHOICES];
    if (said !== undefined && !(allowed as readonly string[]).includes(said))
      return `--${name} is ${said}; it may be ${allowed.join(', ')}`;
  }
  return undefined;
}

function wrongTax(tax: string, isSaid: boolean): string | undefined {
  if (!/^\d{1,2}(?:\.\d{1,4})?$|^100$/.test(tax)) return `--tax ${tax} is no percentage such as 20`;
  return isSaid ? undefined : '--tax needs --net or --gross: are the prices of the file without it or with it?';
}

function wishesOf(values: Values, map: ColumnMap, name: string): ImportWishes | string {
  const rounding = readRounding(values.rounding);
  if (typeof rounding === 'string') return rounding;
  const increments = values.increment === undefined ? undefined : readIncrements(values.increment);
  if (increments?.kind === 'invalid') return `--increment: ${increments.what}. ${increments.cure}`;
  const {per, decimal, dates, hundredths, encoding} = values;
  return {
    name: (values.name ?? name).slice(0, 100),
    currency: values.currency,
    zone: values.zone,
    rounding,
    prices: values.net ? 'net' : 'gross',
    tax: values.tax,
    at: values.at ?? today(values.zone),
    map,
    increments: increments?.value,
    duplicates: values.duplicates as ImportWishes['duplicates'],
    leavesOutErrors: values['leave-out'],
    takesUnsure: values.yes,
    marksCatchAlls: values['catch-alls'],
    encoding: encoding as ImportWishes['encoding'],
    delimiter: values.delimiter === 'tab' ? '\t' : values.delimiter,
    mark: decimal as ImportWishes['mark'],
    order: dates as ImportWishes['order'],
    perSeconds: per === undefined ? undefined : per === 'second' ? 1 : 60,
    hundredths,
  };
}

function today(zone: string): string {
  const {year, month, day} = civilFromInstant(zone, instant(Date.now()));
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

function readRounding(text: string): ImportWishes['rounding'] | string {
  const [, mode, decimals] = /^(up|half-up|half-even|down):([0-6])$/.exec(text) ?? [];
  if (mode === undefined || decimals === undefined) return `--rounding ${text} is none; write up:5, half-up:2, half-even:2 or down:0`;
  return {mode: mode as ImportWishes['rounding']['mode'], decimals: Number(decimals)};
}

/** `number=Prefix,rate="Per minute charge"`; a heading may have commas. */
function readMap(texts: readonly string[]): ColumnMap | string {
  const map: Partial<Record<Role, string | undefined>> = {};
  for (const part of texts.flatMap((text) => text.split(/,(?=\s*[a-z]+\s*=)/))) {
    const [, role = '', heading = ''] = /^\s*([a-z]+)\s*=\s*"?(.*?)"?\s*$/s.exec(part) ?? [];
    const known = ROLES.find((one) => one === role);
    if (known === undefined) {
      const meant = nearest(role, ROLES);
      return `--map ${part} names no role${meant === undefined ? '' : `; did you mean ${meant}?`}; the roles are ${ROLES.join(', ')}`;
    }
    map[known] = heading === '' ? undefined : heading;
  }
  return map;
}
