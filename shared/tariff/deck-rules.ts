// What the rows of a carrier's file mean, from its columns and from what the person said; and every doubt about it.
import {SURE, type Chosen, type Columns} from './deck-columns.ts';
import type {DeckProblems} from './deck-problem.ts';
import {guessMark, guessOrder, type DateOrder, type DecimalMark, type Increments, type PriceScale} from './deck-values.ts';
import type {ImportWishes} from './deck-wishes.ts';

export type RowRules = {
  readonly mark: DecimalMark;
  readonly scale: PriceScale;
  readonly order: DateOrder;
  readonly increments: Increments | undefined;
  readonly at: string;
  readonly duplicates: ImportWishes['duplicates'];
};

export type DeckRules = RowRules & {readonly currency: string | undefined};

type Said = {readonly what: string; readonly cure: string};

/** What could not be told is among the problems; what stands in its place then is never used. */
export function rulesOf(columns: Columns, wishes: ImportWishes, problems: DeckProblems): DeckRules {
  const {chosen} = columns;
  const prices = samplesOf(chosen.rate, chosen.fee, chosen.minimum);
  const dates = samplesOf(chosen.from, chosen.until);
  const mark = wishes.mark ?? guessMark(prices);
  const order = wishes.order ?? guessOrder(dates);
  const currency = currencyOf(chosen, wishes);
  const doubts = [
    ...doubtsOf(columns, wishes),
    ...silenceOn(columns, wishes),
    ...(mark === undefined ? [MARK] : []),
    ...(order === undefined ? [ORDER] : []),
    ...(typeof currency === 'string' ? [] : [currency]),
  ];
  const line = columns.headingLine ?? 1;
  for (const doubt of doubts) problems.add({kind: 'error', line, column: 1, ...doubt});
  const {at, duplicates, increments} = wishes;
  const known = typeof currency === 'string' ? currency : undefined;
  return {
    mark: mark ?? 'point',
    order: order ?? 'day-first',
    scale: scaleOf(chosen.rate, wishes),
    at,
    duplicates,
    increments,
    currency: known,
  };
}

const MARK = {what: 'the comma in the prices may be a decimal mark or part thousands', cure: 'Say --decimal comma or --decimal point.'};
const ORDER = {what: 'the dates may begin with the day or the month', cure: 'Say --dates day-first or --dates month-first.'};
const INCREMENTS = {what: 'the file has no column of increments', cure: 'Say them, such as --increment 60/60, or map the column.'};
const NO_CURRENCY = {what: 'the file names no currency', cure: 'Say it, such as --currency USD.'};

function samplesOf(...columns: readonly (Chosen | undefined)[]): readonly string[] {
  return columns.flatMap((column) => column?.samples ?? []);
}

function silenceOn({chosen}: Columns, {increments}: ImportWishes): readonly Said[] {
  const said = [increments, chosen.increment, chosen.initial, chosen.next];
  return said.every((one) => one === undefined) ? [INCREMENTS] : [];
}

function headingsOf({chosen, unused}: Columns): string {
  const all = [...Object.values(chosen), ...unused].toSorted((a, b) => a.place - b.place);
  return all.map(({heading}) => `“${heading}”`).join(', ') || 'none';
}

const WHAT = {number: 'the prefixes', rate: 'the prices', name: 'the names'} as const;

function doubtsOf(columns: Columns, wishes: ImportWishes): readonly Said[] {
  const {missing} = columns;
  if (missing.length === 0) return unsure(columns, wishes);
  const cure = `The columns are ${headingsOf(columns)}.`;
  return missing.map(({role, heading}) => ({what: `there is no column “${heading}” for ${role}`, cure}));
}

/** Columns without which nothing can be made of the rows. */
function unsure(columns: Columns, {takesUnsure}: ImportWishes): readonly Said[] {
  return (['number', 'rate', 'name'] as const).flatMap((role) => {
    const column = columns.chosen[role];
    const cure = `Name the column: --map ${role}=…; the columns are ${headingsOf(columns)}.`;
    if (column === undefined) return role === 'name' ? [] : [{what: `no column looks like ${WHAT[role]}`, cure}];
    if (column.score >= SURE || takesUnsure) return [];
    const rivals = column.rivals.length === 0 ? '' : `; ${column.rivals.map((one) => `“${one}”`).join(', ')} may be as well`;
    return [{what: `it is not sure that “${column.heading}” has ${WHAT[role]}${rivals}`, cure}];
  });
}

function scaleOf(rate: Chosen | undefined, {perSeconds, hundredths}: ImportWishes): PriceScale {
  const heading = rate?.heading ?? '';
  const isSecond = /(?:\bper|\bp|\ba)[\s_/-]*sec|\/\s*s(?:ec\w*)?\b/i.test(heading);
  return {
    seconds: perSeconds ?? (isSecond ? 1 : 60),
    hundredths: hundredths ?? /\b(?:pence|pennies|cents?)\b|¢|\(p\)|\bp\/min/i.test(heading),
  };
}

/** As the person says; else of the file's column, of the heading, or of the signs at the prices. */
function currencyOf({currency, rate}: Columns['chosen'], wishes: ImportWishes): string | Said {
  if (wishes.currency !== undefined) return wishes.currency;
  const said = [...new Set(currency?.samples)];
  const [only] = said;
  if (said.length > 1) {
    return {what: `the file has ${said.length} currencies: ${said.slice(0, 5).join(', ')}`, cure: 'A tariff has one: split the file.'};
  }
  return only ?? namedIn(rate) ?? NO_CURRENCY;
}

function namedIn(rate: Chosen | undefined): string | undefined {
  const {heading = '', samples = []} = rate ?? {};
  const named = heading.match(/\b[A-Z]{3}\b/g)?.find(isKnownCurrency);
  if (named !== undefined) return named;
  const signs = new Set(samples.map((text) => /[£€]/.exec(text + heading)?.[0]));
  const [sign] = signs;
  if (signs.size !== 1 || sign === undefined) return undefined;
  return sign === '£' ? 'GBP' : 'EUR';
}

/** Three capitals may be another word: MIN, PPM. */
export function isKnownCurrency(text: string): boolean {
  return Intl.supportedValuesOf('currency').includes(text);
}
