// A statement as CSV for a spreadsheet. In: a statement. Out: text with a byte order mark, so that a pound sign stays one.
// Never true: a cell that a spreadsheet would run as a formula, whatever a carrier called a destination.
import {stringify} from 'csv-stringify/sync';
import {decimalFromMicros, micros, type Currency, type Micros} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {civilFromInstant} from '../../shared/time/zone.ts';
import type {Statement, StatementLine} from './statement.ts';

const COLUMNS = [
  'date',
  'time',
  'what',
  'destination',
  'number',
  'seconds',
  'freeSeconds',
  'freeAmount',
  'allowance',
  'in',
  'out',
  'tax',
  'balance',
  'currency',
] as const;
type Row = Readonly<Record<(typeof COLUMNS)[number], string>>;

export type FileWords = {
  /** The columns, and what the first and the last line are. */
  readonly file: Row & {readonly opening: string; readonly closing: string};
  /** By the code of a transfer. */
  readonly codes: Readonly<Record<string, string>>;
};

type Site = {readonly zone: string; readonly currency: Currency};

export function statementCsv(statement: Statement, site: Site, words: FileWords): string {
  const {file} = words;
  const heads = COLUMNS.map((key) => ({key, header: file[key]}));
  const edge = (what: string, at: Instant, balance: Micros): Partial<Row> => ({
    ...moment(at, site.zone),
    what: text(what),
    balance: decimalFromMicros(balance),
    currency: site.currency,
  });
  const rows = [
    edge(file.opening, statement.from, statement.opening),
    ...statement.lines.map((line) => rowOf(line, site, words)),
    edge(file.closing, statement.to, statement.closing),
  ];
  return stringify(rows, {header: true, columns: heads, bom: true, record_delimiter: 'windows'});
}

function rowOf(line: StatementLine, {zone, currency}: Site, words: FileWords): Partial<Row> {
  const {amount, tax, call} = line;
  const {destination = '', number = ''} = call ?? {};
  return {
    ...moment(line.at, zone),
    what: text(words.codes[line.code] ?? line.code),
    destination: text(destination),
    number: text(number),
    seconds: call === undefined ? '' : String(call.seconds),
    ...freeOf(line),
    in: amount > 0 ? decimalFromMicros(amount) : '',
    out: amount < 0 ? decimalFromMicros(micros(Math.abs(amount))) : '',
    tax: tax === 0 ? '' : decimalFromMicros(tax),
    balance: decimalFromMicros(line.balanceAfter),
    currency,
  };
}

/** What free allowances took over, as a spreadsheet adds it up: seconds apart from money. */
function freeOf({covered}: StatementLine): Pick<Row, 'freeSeconds' | 'freeAmount' | 'allowance'> {
  const sum = (wanted: 'seconds' | 'micros'): number =>
    covered.reduce((total, {unit, used}) => (unit === wanted ? total + used : total), 0);
  const [seconds, amount] = [sum('seconds'), sum('micros')];
  return {
    freeSeconds: seconds === 0 ? '' : String(seconds),
    freeAmount: amount === 0 ? '' : decimalFromMicros(micros(amount)),
    allowance: text(covered.map(({name}) => name).join(', ')),
  };
}

function moment(at: Instant, zone: string): Pick<Row, 'date' | 'time'> {
  const {year, month, day, hour, minute, second} = civilFromInstant(zone, at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return {date: `${year}-${two(month)}-${two(day)}`, time: [hour, minute, second].map(two).join(':')};
}

/** OWASP CSV injection: a cell that begins so is a formula to a spreadsheet; an apostrophe makes it text. */
function text(cell: string): string {
  return /^[=+\-@\t\r\n|%]/.test(cell) ? `'${cell}` : cell;
}
