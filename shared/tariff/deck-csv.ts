// The text of a carrier's file becomes records: how it is written is guessed, then csv-parse reads it.
// In: text of bounded size. Out: records of fields with the line that each begins at, slice by slice.
// Never true: a quote that is never closed swallows the rest of the file in silence.
import {parse} from 'csv-parse/sync';
import type {DeckProblem} from './deck-problem.ts';

export type Dialect = {readonly delimiter: string; readonly quote: '"' | "'"};
export type DeckRecord = {readonly fields: readonly string[]; readonly line: number};
/** The records of a slice of the text, and how many of its characters are behind us; or why it goes no further. */
export type Slice =
  | {readonly kind: 'records'; readonly records: readonly DeckRecord[]; readonly read: number}
  | {readonly kind: 'invalid'; readonly problem: DeckProblem};

const DELIMITERS = [',', ';', '\t', '|'] as const;
/** A quarter of a megabyte takes some 15 ms, after which others may have their turn. */
const SLICE = 256 * 1024;
/** A field in quotes may hold a list of prefixes on many lines. */
const LONGEST_RECORD = 256 * 1024;
/** Carriers' files have up to 40 columns. */
const MOST_FIELDS = 500;
const SAMPLED_LINES = 200;

/** By the first lines; a line `sep=;` says it, as spreadsheets write it. */
export function guessDialect(text: string): Dialect {
  const said = /^"?sep=([,;\t|])"?\r?\n/i.exec(text)?.[1];
  const lines = text
    .slice(0, SLICE)
    .split(/\r\n|\n|\r/, SAMPLED_LINES)
    .filter((line) => line.trim() !== '');
  const quote = quoteIn(lines);
  return {delimiter: said ?? delimiterIn(lines, quote), quote};
}

/** The delimiter that splits most lines alike; of several, the one that splits them into most fields. */
function delimiterIn(lines: readonly string[], quote: string): string {
  let best = {delimiter: ',', score: 0};
  for (const delimiter of DELIMITERS) {
    const counts = new Map<number, number>();
    for (const line of lines) {
      const count = countOutside(line, delimiter, quote);
      if (count > 0) counts.set(count, (counts.get(count) ?? 0) + 1);
    }
    const [most = 0, alike = 0] = [...counts].toSorted((a, b) => b[1] - a[1])[0] ?? [];
    const score = alike + Math.min(most, MOST_FIELDS) / (MOST_FIELDS + 1);
    if (score > best.score) best = {delimiter, score};
  }
  return best.delimiter;
}

function countOutside(line: string, delimiter: string, quote: string): number {
  let isQuoted = false;
  let count = 0;
  for (const sign of line) {
    if (sign === quote) isQuoted = !isQuoted;
    else if (sign === delimiter && !isQuoted) count += 1;
  }
  return count;
}

/** Single quotes only where fields begin and end with them, and no double quote is there. */
function quoteIn(lines: readonly string[]): Dialect['quote'] {
  if (lines.some((line) => line.includes('"'))) return '"';
  return lines.filter((line) => /(?:^|[,;\t|])'[^']*'(?:[,;\t|]|$)/.test(line)).length > lines.length / 2 ? "'" : '"';
}

/** All records, a slice at a time. */
export function* readRecords(text: string, dialect: Dialect): Generator<Slice> {
  let at = /^"?sep=.\r?\n/i.exec(text)?.[0].length ?? 0;
  let lines = at === 0 ? 0 : 1;
  while (at < text.length) {
    const end = sliceEnd(text, at, dialect.quote);
    const slice = text.slice(at, end);
    const parsed = parseSlice(slice, lines, dialect);
    if (parsed.kind === 'invalid') {
      yield parsed;
      return;
    }
    at = end;
    lines += countLines(slice);
    yield {kind: 'records', records: parsed.records, read: at};
  }
}

/** After a line end at which no quote is open; if there is none, after a line end. */
function sliceEnd(text: string, from: number, quote: string): number {
  const limit = from + SLICE;
  if (limit >= text.length) return text.length;
  // Where lines end by CR alone, the whole is one slice.
  let end = text.lastIndexOf('\n', limit) + 1;
  if (end <= from) {
    end = text.indexOf('\n', limit) + 1;
    return end === 0 ? text.length : end;
  }
  const last = end;
  let open = count(text, quote, from, end) % 2;
  while (open === 1) {
    const before = text.lastIndexOf('\n', end - 2) + 1;
    // One that belongs to a name: the reader takes it as it is.
    if (before <= from) return last;
    open = (open + count(text, quote, before, end)) % 2;
    end = before;
  }
  return end;
}

function count(text: string, sign: string, from: number, to: number): number {
  let found = 0;
  for (let at = text.indexOf(sign, from); at >= 0 && at < to; at = text.indexOf(sign, at + 1)) found += 1;
  return found;
}

function countLines(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}

type Parsed = {readonly kind: 'records'; readonly records: readonly DeckRecord[]} | Extract<Slice, {readonly kind: 'invalid'}>;

function parseSlice(slice: string, before: number, {delimiter, quote}: Dialect): Parsed {
  const records: DeckRecord[] = [];
  let last = 0;
  const take = (fields: readonly string[], {lines}: {readonly lines: number}): null => {
    // The reader counts to the end of a record; a field may hold line ends.
    const within = lines - last > 1 ? fields.reduce((sum, field) => sum + countLines(field), 0) : 0;
    last = lines;
    records.push({fields, line: before + lines - within});
    return null;
  };
  try {
    parse(slice, {
      delimiter,
      quote,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      max_record_size: LONGEST_RECORD,
      on_record: take,
    });
  } catch (error) {
    const problem = problemOf(error, before + last + 1);
    if (problem === undefined) throw error;
    return {kind: 'invalid', problem};
  }
  const wide = records.find(({fields}) => fields.length > MOST_FIELDS);
  if (wide === undefined) return {kind: 'records', records};
  const what = `the line has ${wide.fields.length} fields`;
  return {kind: 'invalid', problem: {kind: 'error', line: wide.line, column: 1, what, cure: 'Check that this is a list of prices.'}};
}

function problemOf(error: unknown, line: number): DeckProblem | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const common = {kind: 'error', line, column: 1} as const;
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
    case 'CSV_MAX_RECORD_SIZE':
      return {
        ...common,
        what: 'a quote that begins in this record is never closed',
        cure: 'Close it, or double it if it belongs to the text.',
      };
    default:
      return {...common, what: error.message, cure: 'Correct the file at this place.'};
  }
}
