// A list of students as a spreadsheet saves it. In: text that anybody may have made. Out: rows, or what is wrong with which line.
// Never true: a list that is half used; a column guessed.
import {microsFromDecimal, type Micros} from '../../shared/money/micros.ts';

export type RosterRow = {
  /** In the file, from 1. */
  readonly at: number;
  readonly name: string;
  /** Empty if there is none. */
  readonly email: string;
  /** Extension; empty if none is given. */
  readonly line: string;
  /** What the student has already paid in elsewhere; zero if nothing. */
  readonly opening: Micros;
};

export type RosterProblem = {readonly at: number; readonly what: string};

export type RosterReading =
  | {readonly kind: 'rows'; readonly rows: readonly RosterRow[]}
  | {readonly kind: 'invalid'; readonly problems: readonly RosterProblem[]};

/** All of it is written in one transaction, and nobody is served meanwhile: some 0.3 s. */
export const MOST_STUDENTS = 200;
const LONGEST_TEXT = 256 * 1024;
const COLUMNS = ['name', 'email', 'line', 'opening'] as const;
type Column = (typeof COLUMNS)[number];

/** Its first line names the columns: `name`, and as wanted `email`, `line`, `opening`. Commas, semicolons or tabs. */
export function readRoster(text: string): RosterReading {
  if (text.length > LONGEST_TEXT) return invalid([{at: 1, what: `the list is longer than ${LONGEST_TEXT / 1024} KB`}]);
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const separator = [';', '\t'].find((each) => head.includes(each)) ?? ',';
  const columns = (splitFields(head, separator) ?? []).map((field) => field.trim().toLowerCase());
  const fault = columnFault(columns);
  if (fault !== undefined) return invalid([{at: 1, what: fault}]);
  const filled = lines.map((line, index) => ({line, at: index + 2})).filter(({line}) => line.trim() !== '');
  if (filled.length === 0) return invalid([{at: 1, what: 'there is no student in it'}]);
  if (filled.length > MOST_STUDENTS) return invalid([{at: 1, what: `there are more than ${MOST_STUDENTS} students: split the list`}]);
  const read = filled.map(({line, at}) => rowOf(at, splitFields(line, separator), columns as readonly Column[]));
  const problems = read.filter((row): row is RosterProblem => 'what' in row);
  return problems.length > 0 ? invalid(problems) : {kind: 'rows', rows: read.filter((row): row is RosterRow => 'name' in row)};
}

function columnFault(columns: readonly string[]): string | undefined {
  const stranger = columns.find((column) => !COLUMNS.includes(column as Column));
  if (stranger !== undefined) return `“${stranger.slice(0, 40)}” is no column here; there are ${COLUMNS.join(', ')}`;
  if (new Set(columns).size < columns.length) return 'a column stands there twice';
  return columns.includes('name') ? undefined : 'the column “name” is missing';
}

function rowOf(at: number, fields: readonly string[] | undefined, columns: readonly Column[]): RosterRow | RosterProblem {
  if (fields === undefined) return {at, what: 'a quote is not closed'};
  if (fields.length > columns.length) return {at, what: `has ${fields.length} fields, the first line ${columns.length}`};
  const of = (column: Column): string => fields[columns.indexOf(column)]?.trim() ?? '';
  const opening = microsFromDecimal(of('opening') === '' ? '0' : of('opening'));
  if (opening === undefined || opening < 0) return {at, what: `“${of('opening').slice(0, 20)}” is not an amount such as 12.50`};
  return {at, name: of('name'), email: of('email'), line: of('line'), opening};
}

/** RFC 4180 within one line: a field may stand in quotes, and a quote in it is doubled. Undefined: a quote stays open. */
function splitFields(line: string, separator: string): readonly string[] | undefined {
  const fields: string[] = [];
  let field = '';
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '"' && isQuoted && line.charAt(at + 1) === '"') field += line.charAt(++at);
    else if (character === '"' && (isQuoted || field === '')) isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      fields.push(field);
      field = '';
    } else field += character;
  }
  return isQuoted ? undefined : [...fields, field];
}

function invalid(problems: readonly RosterProblem[]): RosterReading {
  return {kind: 'invalid', problems};
}
