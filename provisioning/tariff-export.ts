// `spbs tariff export`: a tariff as CSV, for a spreadsheet; `spbs tariff import` reads it back as the same tariff.
import {tariffCsv} from '../shared/tariff/deck-own.ts';
import type {ExitCode, Terminal} from './command.ts';
import {loadTariff} from './tariff-file.ts';
import {writeWhole} from './tariff-import.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

/** `args` without the word export. */
export function exportTariff(args: readonly string[], terminal: Terminal): ExitCode {
  const parsed = parseWords(args, {csv: {type: 'boolean', default: false}, output: {type: 'string', short: 'o'}});
  if (typeof parsed === 'string') return wrongUsage(terminal, 'tariff', parsed);
  const {values, positionals} = parsed;
  const [file, ...surplus] = positionals;
  if (file === undefined) return wrongUsage(terminal, 'tariff', 'FILE is missing');
  if (surplus.length > 0) return wrongUsage(terminal, 'tariff', `${surplus.join(' ')} is too much; the CSV file follows -o`);
  if (!values.csv) return wrongUsage(terminal, 'tariff', 'say --csv: it is the only form there is yet');
  const text = tariffCsv(loadTariff(file).tariff);
  if (values.output === undefined) terminal.out(text);
  else writeWhole(values.output, text);
  return 0;
}
