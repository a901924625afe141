// A tariff as CSV, a row for each prefix: for spreadsheets, and back. The first record holds what belongs to no prefix.
// In: a tariff. Out: text whose records give the same tariff again, byte for byte of its canonical form.
// Never true: a name is a formula to a spreadsheet; a row whose rate has other figures than its name's is let in.
import type {DeckRecord} from './deck-csv.ts';
import type {DeckProblems} from './deck-problem.ts';
import {canonicalText} from './canonical.ts';
import {tariffSchema, type Tariff, type TariffRate} from './tariff.ts';

const MARK = '# spbs-tariff/1 ';
const RATE = 'rate.';
const BAND = 'rate.perMinuteIn.';

type Fields = Readonly<Record<string, unknown>>;

/** Lines end in CR LF: RFC 4180. Two destinations that differ in their prefixes only come back as one. */
export function tariffCsv(tariff: Tariff): string {
  const canonical = tariffSchema.parse(JSON.parse(canonicalText(tariff)));
  const {destinations, rates, ...rest} = canonical;
  const used = new Set(destinations.map(({rate}) => rate));
  const head = `${MARK}${JSON.stringify({...rest, rates: rates.filter(({name}) => !used.has(name))})}`;
  const rateFields = new Map(rates.map((rate) => [rate.name, fieldsOfRate(rate)]));
  const inUse = rates.filter(({name}) => used.has(name)).map((rate) => rateFields.get(rate.name) ?? {});
  const columns = columnsOf([...destinations.map(fieldsOfDestination), ...inUse]);
  const rows = destinations.flatMap((destination) => {
    const fields = {...fieldsOfDestination(destination), ...rateFields.get(destination.rate)};
    const after = columns.map((column) => cell(fields[column])).join(',');
    return destination.prefixes.map((prefix) => `${cell(prefix)},${after}\r\n`);
  });
  return `${cell(head)}\r\n${['number', ...columns].map(cell).join(',')}\r\n${rows.join('')}`;
}

function fieldsOfRate({perMinuteIn, ...rest}: TariffRate): Fields {
  const own = Object.entries(rest).filter(([key]) => key !== 'name');
  const named = own.map(([key, value]) => [`${RATE}${key}`, value] as const);
  return Object.fromEntries([...named, ...Object.entries(perMinuteIn).map(([band, price]) => [`${BAND}${band}`, price] as const)]);
}

function fieldsOfDestination(destination: Tariff['destinations'][number]): Fields {
  return Object.fromEntries(Object.entries(destination).filter(([key]) => key !== 'prefixes'));
}

/** What comes first is what people look for. */
const FIRST = ['name', 'rate', 'rate.perMinute', 'rate.connectionFee', 'rate.initialSeconds', 'rate.nextSeconds'];

function columnsOf(all: readonly Fields[]): readonly string[] {
  const keys = new Set<string>();
  for (const fields of all) for (const [key, value] of Object.entries(fields)) if (value !== undefined) keys.add(key);
  return [...FIRST.filter((key) => keys.has(key)), ...[...keys].filter((key) => !FIRST.includes(key)).toSorted()];
}

/** A spreadsheet takes text that begins so for a formula. */
const FORMULA = /^[=+\-@\t\r']/;

function cell(value: unknown): string {
  if (value === undefined) return '';
  const plain = typeof value === 'string' ? value : JSON.stringify(value);
  const text = FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",;|\t\r\n]|^'|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function textOf(field: string): string {
  return field.startsWith("'") && FORMULA.test(field.slice(1)) ? field.slice(1) : field;
}

/** Is this the first record of a tariff's own CSV? */
export function isOwnDeck({fields}: DeckRecord): boolean {
  return fields[0]?.startsWith(MARK) === true;
}

type Named = {readonly fields: Record<string, unknown>; readonly line: number; readonly key: string};

/** Takes the records of a tariff's own CSV, and gives the source of the tariff, as far as it is sound. */
export class OwnDeck {
  readonly #problems: DeckProblems;
  readonly #rates = new Map<string, Named>();
  readonly #destinations = new Map<string, {fields: Record<string, unknown>; prefixes: string[]}>();
  readonly #prefixes = new Map<string, number>();
  #rest: Record<string, unknown> = {};
  #headings: readonly string[] | undefined;
  #hasHead = false;
  rows = 0;

  constructor(problems: DeckProblems) {
    this.#problems = problems;
  }

  take(record: DeckRecord): void {
    if (!this.#hasHead) this.#takeHead(record);
    else if (this.#headings === undefined) this.#takeHeadings(record);
    else if (record.fields.some((field) => field !== '')) this.#takeRow(record, this.#headings);
  }

  /** What the schema has still to judge. */
  source(): unknown {
    const rates = [...this.#rates.values()].map(({fields}) => fields);
    const unused = Array.isArray(this.#rest['rates']) ? (this.#rest['rates'] as readonly unknown[]) : [];
    const destinations = [...this.#destinations.values()].map(({fields, prefixes}) => ({...fields, prefixes}));
    return {...this.#rest, rates: [...rates, ...unused], destinations};
  }

  #fault(line: number, column: number, what: string, cure: string): void {
    const heading = this.#headings?.[column - 1];
    this.#problems.add({kind: 'error', line, column, ...(heading !== undefined && {field: heading}), what, cure});
  }

  #takeHead({fields: [head = ''], line}: DeckRecord): void {
    this.#hasHead = true;
    const rest = parsed(head.slice(MARK.length));
    if (typeof rest === 'object' && rest !== null && !Array.isArray(rest)) this.#rest = {...rest};
    else this.#fault(line, 1, 'the first line of the tariff is damaged', 'Export it again.');
  }

  #takeHeadings({fields, line}: DeckRecord): void {
    this.#headings = fields;
    if (fields.some((field) => field.endsWith('__proto__')))
      this.#fault(line, 1, 'a column has a name that none has', 'Export the tariff again.');
    for (const needed of ['number', 'name', 'rate', 'rate.perMinute']) {
      if (!fields.includes(needed)) this.#fault(line, 1, `there is no column “${needed}”`, 'Export the tariff again.');
    }
  }

  #takeRow({fields, line}: DeckRecord, headings: readonly string[]): void {
    this.rows += 1;
    const destination: Record<string, unknown> = {};
    const rate: Record<string, unknown> = {};
    const bands: [string, string][] = [];
    let prefix = '';
    for (const [place, heading] of headings.entries()) {
      const text = textOf(fields[place] ?? '');
      if (text === '') continue;
      if (heading === 'number') prefix = text;
      else if (heading.startsWith(BAND)) bands.push([heading.slice(BAND.length), text]);
      else if (heading.startsWith(RATE)) rate[heading.slice(RATE.length)] = valueOf(text);
      else destination[heading] = heading === 'name' || heading === 'rate' ? text : valueOf(text);
    }
    if (bands.length > 0) rate['perMinuteIn'] = Object.fromEntries(bands);
    this.#takeRate({name: destination['rate'], ...rate}, line, headings.indexOf('rate') + 1);
    this.#takePrefix(prefix, destination, line, headings.indexOf('number') + 1);
  }

  #takeRate(fields: Record<string, unknown>, line: number, column: number): void {
    const name = String(fields['name']);
    const key = JSON.stringify(fields);
    const before = this.#rates.get(name);
    if (before === undefined) this.#rates.set(name, {fields, line, key});
    else if (before.key !== key) {
      const cure = 'Change all rows of the rate, or give this one a rate name of its own.';
      this.#fault(line, column, `the rate “${name}” has other figures on line ${before.line}`, cure);
    }
  }

  #takePrefix(prefix: string, fields: Record<string, unknown>, line: number, column: number): void {
    const kind = fields['exact'] === 'true' ? 'code' : 'prefix';
    const place = `${kind} ${prefix}`;
    const before = this.#prefixes.get(place);
    if (before !== undefined) {
      this.#fault(line, column, `the ${kind} ${prefix} stands on line ${before} already`, 'Leave one of them.');
      return;
    }
    if (kind === 'prefix' && !/^[1-9]\d{0,14}$/.test(prefix)) {
      this.#fault(line, column, `“${prefix.slice(0, 30)}” is no prefix`, 'Write 1 to 15 digits from the country code on, as text.');
      return;
    }
    this.#prefixes.set(place, line);
    const key = JSON.stringify(fields);
    const known = this.#destinations.get(key);
    if (known === undefined) this.#destinations.set(key, {fields, prefixes: [prefix]});
    else known.prefixes.push(prefix);
  }
}

/** The schema reads figures and yes or no from text; lists and maps stand as JSON. */
function valueOf(text: string): unknown {
  return /^[[{]/.test(text) ? (parsed(text) ?? text) : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
