// A statement as CSV for a spreadsheet. In: a statement. Out: text with a byte order mark, so that a pound sign stays one.
// Never true: a cell that a spreadsheet would run as a formula, whatever a carrier called a destination.
import {stringify} from 'csv-stringify/sync';
import {decimalFromMicros, micros, type Micros} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {civilFromInstant} from '../../shared/time/zone.ts';
import type {Statement, StatementLine} from '../books/statement.ts';
import type {Site} from './given.ts';
import type {PortalWords} from './messages.ts';

type Words = PortalWords['statement'];
type Row = Readonly<Record<keyof Words['file'], string>>;

export function statementCsv(statement: Statement, site: Site, words: Words): string {
  const {file} = words;
  const heads = (['date', 'time', 'what', 'destination', 'number', 'seconds', 'in', 'out', 'tax', 'balance', 'currency'] as const).map(
    (key) => ({key, header: file[key]}),
  );
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

function rowOf(line: StatementLine, {zone, currency}: Site, words: Words): Partial<Row> {
  const {amount, tax, call} = line;
  const {destination = '', number = ''} = call ?? {};
  return {
    ...moment(line.at, zone),
    what: text(words.codes[line.code] ?? line.code),
    destination: text(destination),
    number: text(number),
    seconds: call === undefined ? '' : String(call.seconds),
    in: amount > 0 ? decimalFromMicros(amount) : '',
    out: amount < 0 ? decimalFromMicros(micros(Math.abs(amount))) : '',
    tax: tax === 0 ? '' : decimalFromMicros(tax),
    balance: decimalFromMicros(line.balanceAfter),
    currency,
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
