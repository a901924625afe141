// The rows of a carrier's file become prices of prefixes in force on a day.
// In: records and the columns that mean something. Out: one name and rate for each prefix; what was merged, left out, or wrong.
// Never true: a prefix has two prices and nobody is told; a price is rounded; a row disappears without being counted.
import type {Chosen, Columns, Role} from './deck-columns.ts';
import type {DeckRecord} from './deck-csv.ts';
import {readPrefixes} from './deck-number.ts';
import type {DeckProblem, DeckProblems} from './deck-problem.ts';
import {readDate, readIncrements, readPrice, type Increments, type Reading} from './deck-values.ts';
import type {RowRules} from './deck-rules.ts';
import {AMOUNT_DECIMALS, MOST_PREFIXES, RATE_DECIMALS} from './tariff.ts';
import {callingCodeOf} from '../telephone/country.ts';

export type DeckRate = {
  readonly perMinute: string;
  readonly connectionFee: string;
  readonly initialSeconds: number;
  readonly nextSeconds: number;
  readonly minimum: string | undefined;
};

/** What a prefix costs, and the row that says so. */
export type Offer = {readonly name: string; readonly rate: DeckRate; readonly line: number; readonly from: string | undefined};

export type RowCounts = {
  rows: number;
  /** Without a number and a price: headings, remarks, sums. */
  noPrices: number;
  /** Said again with the same name and price. */
  repeated: number;
  /** Another row of the same prefix took effect later, or was chosen. */
  replaced: number;
  startLater: number;
  ended: number;
  free: number;
};

const LONGEST_NAME = 100;
/** In place of a date that cannot be read, and is reported. */
const WRONG = 'wrong';
/** As the schema of a tariff says. */
const MOST_RATES = 50_000;
/** Prefixes that ranges and lists mean, those that come again included: what a hostile file can make us do. */
const MOST_READ = 4 * MOST_PREFIXES;
/** Prices repeat; a file with more different ones than that is slower, no larger. */
const MOST_REMEMBERED = 100_000;

export class DeckRows {
  readonly offers = new Map<string, Offer>();
  readonly counts: RowCounts = {rows: 0, noPrices: 0, repeated: 0, replaced: 0, startLater: 0, ended: 0, free: 0};
  /** The day on which the first of those rows starts that are not in force yet. */
  nextStart: string | undefined;
  readonly #columns: Columns['chosen'];
  readonly #rules: RowRules;
  readonly #problems: DeckProblems;
  readonly #rates = new Map<string, DeckRate>();
  readonly #prices = new Map<string, Reading<string>>();
  readonly #names = new Map<string, string>();
  #read = 0;
  #isFull = false;

  constructor(columns: Columns['chosen'], rules: RowRules, problems: DeckProblems) {
    this.#columns = columns;
    this.#rules = rules;
    this.#problems = problems;
  }

  /** Nothing more is read once a limit is passed, which is an error. */
  take({fields, line}: DeckRecord): void {
    if (this.#isFull) return;
    const row = new Row(fields, line, this.#columns, this.#problems);
    if (this.#isNoPrice(row)) {
      this.counts.noPrices += 1;
      return;
    }
    this.counts.rows += 1;
    const prefixes = this.#prefixesOf(row);
    const rate = this.#rateOf(row);
    const start = this.#dateOf(row, 'from');
    const end = this.#dateOf(row, 'until');
    if (prefixes === undefined || rate === undefined || start === WRONG || end === WRONG) return;
    if (!this.#isInForce(start, end)) return;
    if (rate.perMinute === '0' && rate.connectionFee === '0') this.counts.free += 1;
    const offer: Offer = {name: this.#nameOf(row, prefixes[0] ?? ''), rate, line, from: start};
    this.#read += prefixes.length;
    for (const prefix of prefixes) this.#offer(prefix, offer, row);
    this.#checkLimits(row);
  }

  #checkLimits(row: Row): void {
    const limits = [
      {is: this.offers.size, most: MOST_PREFIXES, what: 'prefixes'},
      {is: this.#rates.size, most: MOST_RATES, what: 'different prices'},
      {is: this.#read, most: MOST_READ, what: 'prefixes, repeated ones included'},
    ];
    for (const {is, most, what} of limits) {
      if (is <= most) continue;
      this.#isFull = true;
      const cure = 'Leave out prefixes whose price is that of a shorter one, or split the file.';
      row.fault('number', {what: `the file has more than ${most.toLocaleString('en-GB')} ${what}`, cure});
    }
  }

  #prefixesOf(row: Row): readonly string[] | undefined {
    const reading = readPrefixes(row.text('number'), this.#columns.country === undefined ? undefined : row.text('country'));
    if (reading.kind === 'prefixes') return reading.prefixes;
    row.fault('number', reading);
    return undefined;
  }

  /** Blank, or text where number and price should be: a heading, a remark, a sum. */
  #isNoPrice(row: Row): boolean {
    const number = row.text('number');
    const rate = row.text('rate');
    return !/\d/.test(rate) && (number === '' || !/\d/.test(number));
  }

  #rateOf(row: Row): DeckRate | undefined {
    const perMinute = this.#price(row, 'rate', RATE_DECIMALS);
    const connectionFee = this.#price(row, 'fee', AMOUNT_DECIMALS, '0');
    const minimum = this.#price(row, 'minimum', AMOUNT_DECIMALS, '0');
    const increments = this.#incrementsOf(row);
    if (perMinute === undefined || connectionFee === undefined || minimum === undefined || increments === undefined) return undefined;
    const {initial, next} = increments;
    const key = [perMinute, connectionFee, initial, next, minimum].join(' ');
    const known = this.#rates.get(key);
    if (known !== undefined) return known;
    const rate = {perMinute, connectionFee, initialSeconds: initial, nextSeconds: next, minimum: minimum === '0' ? undefined : minimum};
    this.#rates.set(key, rate);
    return rate;
  }

  /** `silent`: what a blank means; undefined if it means that something is missing. Fees are never said a second. */
  #price(row: Row, role: 'rate' | 'fee' | 'minimum', decimals: number, silent?: string): string | undefined {
    const text = row.text(role);
    if (text === '') {
      if (silent === undefined) row.fault(role, {what: 'there is no price', cure: 'Write one; 0 if the call is free.'});
      return silent;
    }
    const key = `${role} ${text}`;
    const {hundredths, seconds} = this.#rules.scale;
    const reading =
      this.#prices.get(key) ?? readPrice(text, this.#rules.mark, decimals, {hundredths, seconds: role === 'rate' ? seconds : 60});
    if (this.#prices.size < MOST_REMEMBERED) this.#prices.set(key, reading);
    if (reading.kind === 'value') return reading.value;
    row.fault(role, reading);
    return undefined;
  }

  #incrementsOf(row: Row): Increments | undefined {
    const [said, first, next] = [this.#increment(row, 'increment'), this.#increment(row, 'initial'), this.#increment(row, 'next')];
    if (said === 'wrong' || first === 'wrong' || next === 'wrong') return undefined;
    const found = completed(said ?? this.#rules.increments, first, next);
    if (found === undefined)
      row.fault('increment', {what: 'there is no increment', cure: 'Write one, or say --increment 60/60 for rows without.'});
    return found;
  }

  #increment(row: Row, role: 'increment' | 'initial' | 'next'): Increments | 'wrong' | undefined {
    const text = row.text(role);
    if (text === '') return undefined;
    // A first block of 0 seconds says that all is billed by the next.
    if (role === 'initial' && /^0+s?$/.test(text)) return {initial: 0, next: 1};
    const reading = readIncrements(text);
    if (reading.kind === 'value') return reading.value;
    row.fault(role, reading);
    return 'wrong';
  }

  #dateOf(row: Row, role: 'from' | 'until'): string | undefined {
    const text = row.text(role);
    if (text === '' || /^[-–]$|^0000/.test(text)) return undefined;
    const reading = readDate(text, this.#rules.order);
    if (reading.kind === 'value') return reading.value;
    row.fault(role, reading);
    return WRONG;
  }

  #isInForce(start: string | undefined, end: string | undefined): boolean {
    const {at} = this.#rules;
    if (start !== undefined && start > at) {
      this.counts.startLater += 1;
      if (this.nextStart === undefined || start < this.nextStart) this.nextStart = start;
      return false;
    }
    if (end === undefined || end >= at) return true;
    this.counts.ended += 1;
    return false;
  }

  /** One text for one name, however it is spaced; without a name, that of the country code. */
  #nameOf(row: Row, prefix: string): string {
    const text = row.text('name');
    if (text === '') return `+${callingCodeOf(prefix) ?? prefix.slice(0, 1)}`;
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    let name = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
    if (name.length > LONGEST_NAME) {
      const cure = `Its first ${LONGEST_NAME} characters are used.`;
      row.note('name', {what: `the name has ${name.length} characters`, cure});
      name = name.slice(0, LONGEST_NAME - 1).replace(/[\uD800-\uDBFF]$/, '') + '…';
    }
    if (this.#names.size < MOST_REMEMBERED) this.#names.set(text, name);
    return name;
  }

  #offer(prefix: string, offer: Offer, row: Row): void {
    const before = this.offers.get(prefix);
    if (before === undefined) {
      this.offers.set(prefix, offer);
      return;
    }
    if (before.rate === offer.rate) {
      // The later start is remembered, so that a third row is compared with it.
      if (isLater(offer, before)) this.offers.set(prefix, offer);
      this.counts.repeated += 1;
      return;
    }
    this.#decide(prefix, before, offer, row);
  }

  /** Two prices: the one that took effect last, else as the person wishes. */
  #decide(prefix: string, before: Offer, offer: Offer, row: Row): void {
    const what = `${prefix} has the price ${offer.rate.perMinute} here and ${before.rate.perMinute} on line ${before.line}${others(before, offer)}`;
    const isByDate = isLater(offer, before) || isLater(before, offer);
    const wins = isByDate ? isLater(offer, before) : this.#rules.duplicates === 'last';
    if (!isByDate && this.#rules.duplicates === 'error') {
      row.fault('number', {what, cure: 'Leave one of them, or say --duplicates first or last.'});
      return;
    }
    this.counts.replaced += 1;
    const winner = wins ? offer : before;
    const why = isByDate ? `in force since ${winner.from ?? ''}` : `the ${wins ? 'last' : 'first'} one`;
    row.note('number', {what, cure: `That of line ${winner.line} is used, ${why}.`});
    if (wins) this.offers.set(prefix, offer);
  }
}

/** One column for both, or one for each; what is missing is as what is there. */
function completed(whole: Increments | undefined, first: Increments | undefined, rest: Increments | undefined): Increments | undefined {
  const initial = (first ?? whole ?? rest)?.initial;
  const next = (rest ?? whole ?? first)?.next;
  return initial === undefined || next === undefined ? undefined : {initial, next};
}

function isLater(one: Offer, other: Offer): boolean {
  return one.from !== undefined && (other.from === undefined || one.from > other.from);
}

/** Equal prices a minute: something else differs. */
function others({rate: a}: Offer, {rate: b}: Offer): string {
  return a.perMinute === b.perMinute ? ', with another fee, minimum or increment' : '';
}

type Said = Pick<DeckProblem, 'what' | 'cure'>;

class Row {
  readonly #fields: readonly string[];
  readonly #line: number;
  readonly #columns: Columns['chosen'];
  readonly #problems: DeckProblems;

  constructor(fields: readonly string[], line: number, columns: Columns['chosen'], problems: DeckProblems) {
    this.#fields = fields;
    this.#line = line;
    this.#columns = columns;
    this.#problems = problems;
  }

  text(role: Role): string {
    const column = this.#columns[role];
    return column === undefined ? '' : (this.#fields[column.place] ?? '').trim();
  }

  fault(role: Role, said: Said): void {
    this.#add('error', role, said);
  }

  note(role: Role, said: Said): void {
    this.#add('note', role, said);
  }

  #add(kind: DeckProblem['kind'], role: Role, {what, cure}: Said): void {
    const column: Chosen | undefined = this.#columns[role];
    const place = column === undefined ? {column: 1} : {column: column.place + 1, field: column.heading};
    this.#problems.add({kind, line: this.#line, ...place, what, cure});
  }
}
