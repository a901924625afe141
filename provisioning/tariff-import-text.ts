// What `spbs tariff import` tells a person: how the file was read, what was in it, and what did not get in.
import type {Chosen} from '../shared/tariff/deck-columns.ts';
import type {DeckProblem} from '../shared/tariff/deck-problem.ts';
import type {ImportReport} from '../shared/tariff/deck-report.ts';
import type {DeckRules} from '../shared/tariff/deck-rules.ts';
import type {ImportWishes} from '../shared/tariff/deck-wishes.ts';
import type {ImportOutcome} from '../shared/tariff/import.ts';

export type ImportAround = {
  readonly file: string;
  readonly output: string | undefined;
  readonly wishes: ImportWishes;
  readonly colour: boolean;
};

/** More is for --json. */
const SHOWN = 20;
const SHOWN_NOTES = 5;
const SAMPLES = 3;
const LONGEST_SAMPLE = 24;

export function importText(outcome: ImportOutcome, around: ImportAround): string {
  const {report} = outcome;
  const parts = [
    readText(report),
    report.columns.length === 0 ? '' : columnsText(report),
    report.rules === undefined ? '' : settingsText(report.rules, around.wishes, report),
    countsText(report),
    problemsText(report.errors, report.errorCount, around, SHOWN),
    problemsText(report.notes, report.noteCount, around, SHOWN_NOTES),
    outcomeText(outcome, around),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const NAMES: Readonly<Record<string, string>> = {',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars'};

function readText({encoding, dialect, headingLine, rules}: ImportReport): string {
  if (encoding === undefined || dialect === undefined) return '';
  if (rules === undefined) return `Read as ${encoding.toUpperCase()}: a tariff of our own as CSV.\n`;
  const headings = headingLine === undefined ? 'no headings' : `headings on line ${headingLine}`;
  return `Read as ${encoding.toUpperCase()}, fields between ${NAMES[dialect.delimiter] ?? dialect.delimiter}, ${headings}.\n`;
}

function columnsText({columns, unused}: ImportReport): string {
  const rows = columns.map((column): readonly string[] => [column.role, `“${column.heading}”`, certainty(column), samplesOf(column)]);
  const left = unused.map((column): readonly string[] => ['not used', `“${column.heading}”`, '', samplesOf(column)]);
  return table([['meaning', 'column', 'sure', 'values'], ...rows, ...left]);
}

function certainty({score, by}: Chosen): string {
  return by === 'map' ? 'as said' : `${Math.round(score * 100)} %`;
}

function samplesOf({samples}: Pick<Chosen, 'samples'>): string {
  const cut = (text: string): string => (text.length > LONGEST_SAMPLE ? `${text.slice(0, LONGEST_SAMPLE)}…` : text);
  return [...new Set(samples.slice(0, 50))]
    .slice(0, SAMPLES)
    .map(cut)
    .join(', ')
    .replaceAll(/\p{Cc}/gu, ' ');
}

function settingsText(rules: DeckRules, wishes: ImportWishes, {columns}: ImportReport): string {
  const {scale, mark, increments, currency, at} = rules;
  const hasColumn = columns.some(({role}) => role === 'increment' || role === 'initial' || role === 'next');
  const said = increments === undefined ? '' : `${increments.initial}/${increments.next}`;
  const unit = scale.hundredths ? 'in hundredths, ' : '';
  const isDated = columns.some(({role}) => role === 'from' || role === 'until');
  const {rounding, tax, prices, zone} = wishes;
  const rows: readonly (readonly string[])[] = [
    ['prices', `${unit}a ${scale.seconds === 1 ? 'second' : 'minute'}, ${currency ?? '?'}, decimal ${mark}, ${prices}`],
    ['increments', hasColumn ? `as the rows say${said === '' ? '' : `; ${said} where they say none`}` : said],
    ['rounding', `${rounding.mode} to ${rounding.decimals} decimals`],
    ['VAT', tax === undefined ? 'none' : `${tax} %`],
    ['zone', zone],
    ...(isDated ? [['prices of', at]] : []),
  ];
  return table(rows);
}

function countsText({counts, nextStart, catchAlls}: ImportReport): string {
  if (counts.rows === 0) return '';
  const rows: readonly (readonly [number, string])[] = [
    [counts.rows, 'rows with a price'],
    [counts.prefixes, `prefixes in ${number(counts.destinations)} destinations at ${number(counts.rates)} rates`],
    [counts.nested, `of them within a shorter prefix, ${number(counts.redundant)} of the same name and price`],
    [counts.repeated, 'said again at the same price, merged'],
    [counts.replaced, 'said again at another price, one of them used'],
    [counts.startLater, `rows that start later, the first on ${nextStart ?? '?'}: left out`],
    [counts.ended, 'rows that have ended: left out'],
    [counts.noPrices, 'rows without number and price: left out'],
    [counts.free, 'rows at no charge'],
    [catchAlls.length, `prefixes of a whole country or a tenth of one (${catchAlls.slice(0, 5).join(', ')} …): --catch-alls marks them`],
  ];
  return rows
    .filter(([count]) => count > 0)
    .map(([count, what]) => `  ${number(count).padStart(9)}  ${what}\n`)
    .join('');
}

function problemsText(problems: readonly DeckProblem[], count: number, {file, colour}: ImportAround, most: number): string {
  const place = (text: string): string => (colour ? `\u001B[1m${text}\u001B[0m` : text);
  const lines = problems.slice(0, most).map(({line, column, field, what, cure}) => {
    const where = field === undefined ? '' : ` “${field}”`;
    return `${place(`${file}:${line}:${column}`)}${where} ${what} → ${cure}\n`;
  });
  const rest = count - lines.length;
  return `${lines.join('')}${rest > 0 ? `… and ${number(rest)} more like these\n` : ''}`;
}

function outcomeText(outcome: ImportOutcome, {file, output}: ImportAround): string {
  const {errorCount} = outcome.report;
  const errors = errorCount === 1 ? 'one error' : `${number(errorCount)} errors`;
  if (outcome.kind === 'refused') return `${file} was not imported: ${errors}.\n`;
  const left = errorCount === 0 ? '' : ` Rows with errors were left out: ${number(errorCount)}.`;
  const done = output === undefined ? 'It can be imported; -o FILE writes the tariff.' : `${output} was written.`;
  return `${done}${left}\n  hash  ${outcome.hash}\n`;
}

function number(value: number): string {
  return value.toLocaleString('en-GB');
}

function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [place, cell] of row.entries()) widths[place] = Math.max(widths[place] ?? 0, cell.length);
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, place) => cell.padEnd(widths[place] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
