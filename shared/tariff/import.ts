// A carrier's price list, whatever its columns, becomes a tariff; or the reasons why not, with their lines.
// In: the bytes of a CSV file that anybody may have written, and what the person knows of it. Out: a tariff that is found good
// by the reader of tariffs, and a report of every guess and of every row that did not get in.
// Never true: a guess that is not sure becomes somebody's bill; a price is rounded; a file is half used without being told.
import {canonicalText} from './canonical.ts';
import {readColumns} from './deck-columns.ts';
import {guessDialect, readRecords, type DeckRecord, type Dialect, type Slice} from './deck-csv.ts';
import {group} from './deck-group.ts';
import {isOwnDeck, OwnDeck} from './deck-own.ts';
import {DeckProblems} from './deck-problem.ts';
import {NO_ROWS, reportOf, type Found, type ImportReport} from './deck-report.ts';
import {DeckRows} from './deck-rows.ts';
import {rulesOf} from './deck-rules.ts';
import {decodeDeck} from './deck-text.ts';
import type {ImportWishes} from './deck-wishes.ts';
import type {TariffProblem} from './document.ts';
import {readTariff, type TariffReading} from './read.ts';
import {tariffSchema, type Tariff} from './tariff.ts';

export type ImportOutcome =
  | {readonly kind: 'imported'; readonly tariff: Tariff; readonly hash: string; readonly canonical: string; readonly report: ImportReport}
  | {readonly kind: 'refused'; readonly report: ImportReport};

/** How many rows were read, and the share of the file that is behind. */
export type ImportProgress = {readonly rows: number; readonly share: number};

/** Enough for the guess: headings stand among the first lines. */
const SAMPLED = 2_000;

/** All at once: a second for 100,000 rows. */
export function importDeck(bytes: Uint8Array, wishes: ImportWishes): ImportOutcome {
  const steps = importSteps(bytes, wishes);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** In steps of some 30 ms, for a process with other work; then grouping and checking, a second for 300,000 prefixes. */
export function* importSteps(bytes: Uint8Array, wishes: ImportWishes): Generator<ImportProgress, ImportOutcome> {
  const problems = new DeckProblems();
  const decoded = decodeDeck(bytes, wishes.encoding);
  if (decoded.kind === 'invalid') {
    problems.add(decoded.problem);
    return refused({problems});
  }
  const {text, encoding} = decoded;
  const guess = guessDialect(text);
  const dialect: Dialect = {...guess, delimiter: wishes.delimiter ?? guess.delimiter};
  const slices = readRecords(text, dialect);
  const held = firstRecords(slices, problems);
  const [first] = held;
  const whole: Whole = {held, slices, length: text.length};
  const found: Found = {problems, encoding, dialect};
  if (first === undefined) {
    // What says only how it is separated, or has only blank lines.
    if (problems.count('error') === 0)
      problems.add({kind: 'error', line: 1, column: 1, what: 'the file has no rows', cure: 'Name a file with prices.'});
    return refused(found);
  }
  return isOwnDeck(first) ? yield* ownSteps(whole, found) : yield* carrierSteps(whole, wishes, found);
}

type Whole = {readonly held: readonly DeckRecord[]; readonly slices: Generator<Slice>; readonly length: number};

/** Without ending the rest: `for … of` would. */
function firstRecords(slices: Generator<Slice>, problems: DeckProblems): readonly DeckRecord[] {
  const held: DeckRecord[] = [];
  while (held.length < SAMPLED) {
    const step = slices.next();
    if (step.done === true) break;
    if (step.value.kind === 'invalid') problems.add(step.value.problem);
    else held.push(...step.value.records);
  }
  return held;
}

/** Every record once, with the share of the text that is behind after each slice. */
function* taken({held, slices, length}: Whole, take: (record: DeckRecord) => void, problems: DeckProblems): Generator<number> {
  for (const record of held) take(record);
  yield 0;
  for (const slice of slices) {
    if (slice.kind === 'invalid') problems.add(slice.problem);
    else for (const record of slice.records) take(record);
    yield slice.kind === 'invalid' ? 1 : slice.read / length;
  }
}

function* carrierSteps(whole: Whole, wishes: ImportWishes, first: Found): Generator<ImportProgress, ImportOutcome> {
  const {problems} = first;
  const columns = readColumns(whole.held, wishes.map);
  const rules = rulesOf(columns, wishes, problems);
  const found = {...first, columns, rules};
  if (problems.count('error') > 0) return refused(found);
  const rows = new DeckRows(columns.chosen, rules, problems);
  const start = columns.headingLine ?? 0;
  const take = (record: DeckRecord): void => {
    if (record.line > start) rows.take(record);
  };
  for (const share of taken(whole, take, problems)) yield {rows: rows.counts.rows, share};
  return settled(rows, wishes, found);
}

function settled(rows: DeckRows, wishes: ImportWishes, first: Found): ImportOutcome {
  const {problems, rules} = first;
  const found = {...first, rows};
  if (rows.offers.size === 0 && problems.count('error') === 0) {
    const later = rows.nextStart === undefined ? '' : `; the first starts on ${rows.nextStart}: --at says another day`;
    const what = rows.counts.rows === 0 ? 'the file has no rows with a price' : `the file has no price in force on ${wishes.at}${later}`;
    problems.add({kind: 'error', line: 1, column: 1, what, cure: 'Check that it is a list of prices, and its columns.'});
  }
  if (problems.count('error') > 0 && !(wishes.leavesOutErrors && rows.offers.size > 0)) return refused(found);
  const grouped = group(rows.offers, wishes, rules?.currency ?? '');
  const reading = checked(grouped.source);
  if (reading.kind === 'tariff') return {...reading, kind: 'imported', report: reportOf({...found, grouped})};
  return refusedBy(reading.problems, {...found, grouped});
}

/** A tariff's own CSV says everything itself. */
function* ownSteps(whole: Whole, first: Found): Generator<ImportProgress, ImportOutcome> {
  const {problems} = first;
  const deck = new OwnDeck(problems);
  for (const share of taken(whole, (record) => deck.take(record), problems)) yield {rows: deck.rows, share};
  const found = {...first, rows: {counts: {...NO_ROWS, rows: deck.rows}, nextStart: undefined}};
  if (problems.count('error') > 0) return refused(found);
  const reading = checked(deck.source());
  if (reading.kind === 'invalid') return refusedBy(reading.problems, found);
  const {destinations, rates} = reading.tariff;
  const prefixes = destinations.reduce((sum, destination) => sum + destination.prefixes.length, 0);
  const counts = {prefixes, destinations: destinations.length, rates: rates.length, nested: 0, redundant: 0};
  return {...reading, kind: 'imported', report: reportOf({...found, grouped: {...counts, catchAlls: []}})};
}

/** Through the reader of tariffs, as whatever is published. */
function checked(source: unknown): TariffReading {
  const parsed = tariffSchema.safeParse(source);
  if (parsed.success) return readTariff(canonicalText(parsed.data));
  const cure = 'Correct it in the file, or by an option.';
  const problems = parsed.error.issues.map(({path, message}) => ({path: path.join('.'), line: 1, column: 1, what: message, cure}));
  return {kind: 'invalid', problems};
}

function refused(found: Found): ImportOutcome {
  return {kind: 'refused', report: reportOf(found)};
}

function refusedBy(problems: readonly TariffProblem[], found: Found): ImportOutcome {
  for (const {path, what, cure} of problems) {
    found.problems.add({kind: 'error', line: 1, column: 1, what: path === '' ? what : `${path}: ${what}`, cure});
  }
  return refused(found);
}
