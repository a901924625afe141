// Which column of a carrier's file means what: guessed from its heading and its values, each guess with a score.
// In: the first records. Out: a column for each role that the file has, what fits as well, and the columns nobody uses.
// Never true: a column named by the person is guessed over; two columns have one role.
import type {DeckRecord} from './deck-csv.ts';

export const ROLES = [
  'number',
  'country',
  'name',
  'rate',
  'fee',
  'increment',
  'initial',
  'next',
  'minimum',
  'from',
  'until',
  'currency',
] as const;
export type Role = (typeof ROLES)[number];

/** A column by its heading, or by its place from 1; undefined says that the file has none. */
export type ColumnMap = Partial<Readonly<Record<Role, string | undefined>>>;

export type Column = {
  /** From 0. */
  readonly place: number;
  /** As in the file; `column 3` where it has none. */
  readonly heading: string;
  /** Its first values. */
  readonly samples: readonly string[];
};
export type Chosen = Column & {
  readonly role: Role;
  /** 0 to 1; of a column that the person named, 1. */
  readonly score: number;
  readonly by: 'guess' | 'map';
  /** Headings of columns that fit as well. */
  readonly rivals: readonly string[];
};
export type Columns = {
  readonly chosen: Partial<Readonly<Record<Role, Chosen>>>;
  readonly unused: readonly Column[];
  /** The line of the headings; undefined if the file has none. */
  readonly headingLine: number | undefined;
  /** Of headings that a map names and that are not there. */
  readonly missing: readonly {readonly role: Role; readonly heading: string}[];
};

/** Below it a guess is no basis for anybody's bill. */
export const SURE = 0.6;

/** Of a score, what the heading gives; the rest comes from the values. */
const HEADING_SHARE = 0.6;
const WEAK = 0.6;
/** Nothing in the heading speaks for it, but no other column's values would do. */
const ONLY_ONE = 0.65;
/** Less apart are as good as each other. */
const RIVAL = 0.1;
/** Some values of a column may be anything: a dash, a remark, a heading that comes again on each page. */
const MOST_VALUES = 0.8;
const HALF = 0.5;
/** Optional roles are not taken on the values alone. */
const LEAST_OPTIONAL = 0.5;
const HEADING_RECORDS = 25;
/** What is longer is a remark, and would keep the patterns busy. */
const LONGEST_HEADING = 100;
const SAMPLED_RECORDS = 500;

type Signs = {
  /** The heading says it. */
  readonly strong: RegExp;
  /** The heading speaks of it. */
  readonly weak: RegExp;
  /** The heading is of something else. */
  readonly not?: RegExp;
  readonly value: RegExp;
};

const PRICE = /^\W{0,2}(?:[A-Z]{3}\s?)?[\d\s.,'’]*\d(?:[eE]-?\d+)?\s?(?:[£€$]|[A-Z]{3})?$/;
const DATE = /^\d{1,4}[-/. ]?(?:\d{1,2}|[A-Za-z]{3,9})[-/. ,]*\d{2,4}(?:[T ]\d{1,2}:.*)?$/;

/** Headings in lower case, each other sign a space. */
const SIGNS: Readonly<Record<Role, Signs>> = {
  number: {
    strong:
      /^(?:(?:dial(?:l?ing)?|destination|dest|area|city|network|full|breakout|call|e164)? ?(?:code|prefix|pattern|digits|number)(?:e?s)?|number prefix|(?:code|prefix) (?:list|range)|dial(?:led)? (?:string|digits|code)|breakouts?)$/,
    weak: /\b(?:prefix(?:es)?|codes?|dial\w*|pattern|digits|ranges?|breakouts?)\b/,
    not: /\b(?:country|currency|name|rate|iso|type)\b/,
    value: /^(?:="|['^_])?\s*[+\d([][\d\s+;,/|&.\-–*[\]()xX%$"!\\]*$/,
  },
  country: {
    strong: /^(?:(?:country|intl|international) (?:dial(?:l?ing)? )?(?:code|prefix)|cc)$/,
    weak: /^country (?:no|number|digits)$/,
    value: /^\+?(?:00)?\d{1,4}$/,
  },
  name: {
    strong:
      /^(?:dest(?:ination)?(?: name)?|name|description|(?:target )?pattern name|route(?: name)?|region|location|zone(?: name)?|(?:breakout|prefix|code|area|network) (?:name|description))$/,
    weak: /\b(?:name|dest(?:ination)?s?|description|country|region|operator|network|location|place|zone|route|breakout)\b/,
    not: /\b(?:code|prefix|id|type|rate)\b/,
    value: /\p{L}/u,
  },
  rate: {
    strong:
      /^(?:(?:new|current|sell|sale|selling|call|voice|usage|unit)? ?(?:rate|price|tariff|cost|charge)(?: [a-z]{3})?|(?:rate|price|cost|charge|tariff|[a-z]{3})? ?(?:per|a|p) ?(?:min(?:ute)?|sec(?:ond)?)s?(?: (?:rate|price|cost|charge|in))?(?: [a-z]{3})?|(?:minute|min) (?:rate|price|cost|charge)|(?:rate|price|cost|charge|tariff|[a-z]{3}) min(?:ute)?|ppm)$/,
    weak: /\b(?:rate|price|cost|charge|tariff|ppm)\b/,
    not: /connect|set ?up|flag|period|increment|interval|currency|effective|minimum|min (?:charge|cost|price)|type|plan|name|date|change|old|previous|\bid\b|code|per call|surcharge|initial|first/,
    value: PRICE,
  },
  fee: {
    strong: /^(?:connect(?:ion)?|set ?up|call set ?up|flag ?fall|call|start|initial|per call) ?(?:fee|charge|cost|price|rate)?$/,
    weak: /\b(?:connect(?:ion)?|set ?up|flag ?fall|call fee|per call|surcharge)\b/,
    not: /\b(?:time|date|seconds|secs|period|minutes?|mins?|per min(?:ute)?)\b|^(?:call|start|initial) (?:rate|price|cost)$|^(?:call|start|initial)$/,
    value: PRICE,
  },
  increment: {
    strong:
      /^(?:(?:charg\w*|billing|rate|bill)? ?(?:increments?|period|interval|granularity|block|step|units?)|billing|pulse|rounding)(?: s(?:ec(?:ond)?s?)?)?$/,
    weak: /\b(?:increments?|periods?|intervals?|granularity|pulse|billing|block)\b/,
    not: /\b(?:initial|first|min|minimum|next|subsequent|additional|recurring|n|1|2|free|grace|date|type|name|price|cost)\b/,
    value: /^\d{1,5}\s*s?(?:\s*[/+:-]\s*\d{1,5}\s*s?)?$/,
  },
  initial: {
    strong:
      /^(?:initial|first|1st|min(?:imum)?) ?(?:billing )?(?:increments?|interval|period|block|duration|time|seconds|secs?|units?)(?: s(?:ec(?:ond)?s?)?)?$|^(?:interval|increment|block) ?1$/,
    weak: /\b(?:initial|first|minimum)\b.*\b(?:increment|interval|period|block|duration|time|seconds|secs?)\b/,
    value: /^\d{1,5}\s*s?$/,
  },
  next: {
    strong:
      /^(?:next|subsequent|additional|recurring|second|2nd|nth|n) ?(?:billing )?(?:increments?|interval|period|block|seconds|secs?|units?)(?: s(?:ec(?:ond)?s?)?)?$|^(?:interval|increment|block) ?[n2]$/,
    weak: /\b(?:next|subsequent|additional|recurring)\b.*\b(?:increment|interval|period|block|seconds|secs?)\b/,
    value: /^\d{1,5}\s*s?$/,
  },
  minimum: {
    strong: /^min(?:imum)? (?:call )?(?:charge|cost|price|fee|amount)$/,
    weak: /^min(?:imum)? .*(?:charge|cost|price|fee|amount)/,
    value: PRICE,
  },
  from: {
    strong:
      /^(?:effective(?: (?:from|date|on))?|valid from|start(?:s| date)?|from(?: date)?|(?:date|activation) ?(?:from|effective|date)?|date)$/,
    weak: /\b(?:effective|valid from|start date|activation)\b/,
    not: /\b(?:until|till|to|end|expir\w*)\b/,
    value: DATE,
  },
  until: {
    strong: /^(?:(?:valid )?(?:until|till|to)|end(?:s| date)?|expir\w*(?: date| on)?|date to|effective (?:to|until))$/,
    weak: /\b(?:until|till|expir\w*|end date)\b/,
    value: DATE,
  },
  currency: {strong: /^(?:currency(?: code)?|curr?|ccy)$/, weak: /\bcurrency\b/, value: /^[A-Z]{3}$/},
};

/** Which columns mean what. `records` are the first of the file, some hundreds. */
export function readColumns(records: readonly DeckRecord[], map: ColumnMap): Columns {
  const heading = headingPlace(records, map);
  const headings = heading === undefined ? [] : (records[heading]?.fields ?? []);
  const rows = records.slice(heading === undefined ? 0 : heading + 1).slice(0, SAMPLED_RECORDS);
  const width = rows.reduce((most, {fields}) => Math.max(most, fields.length), headings.length);
  const columns = Array.from({length: width}, (_, place): Column => {
    const named = (headings[place] ?? '').slice(0, LONGEST_HEADING).trim().replaceAll(/\s+/g, ' ');
    const samples = rows.map(({fields}) => (fields[place] ?? '').trim()).filter((value) => value !== '');
    return {place, heading: named === '' ? `column ${place + 1}` : named, samples};
  });
  const {mapped, missing} = mappedColumns(columns, map);
  const chosen = guessed(columns, mapped, map);
  const used = new Set(Object.values(chosen).map(({place}) => place));
  return {
    chosen,
    unused: columns.filter(({place, samples}) => !used.has(place) && samples.length > 0),
    headingLine: heading === undefined ? undefined : records[heading]?.line,
    missing,
  };
}

/** The record with most headings that are known or that the map names, if two are; none of them a price. */
function headingPlace(records: readonly DeckRecord[], map: ColumnMap): number | undefined {
  const named = new Set(Object.values(map).map((heading) => plainHeading(heading ?? '')));
  let best: {readonly place: number; readonly count: number} | undefined;
  for (const [place, {fields}] of records.slice(0, HEADING_RECORDS).entries()) {
    const known = fields
      .map((field) => plainHeading(field.slice(0, LONGEST_HEADING)))
      .filter((text) => text !== '' && (named.has(text) || isHeading(text)));
    if (known.length >= 2 && known.length > (best?.count ?? 0) && new Set(known).size > 1) best = {place, count: known.length};
  }
  return best?.place;
}

function isHeading(text: string): boolean {
  return (
    text.length < 40 &&
    /[a-z]/.test(text) &&
    Object.values(SIGNS).some(({strong, weak, not}) => strong.test(text) || (weak.test(text) && not?.test(text) !== true))
  );
}

/** `Cost_per-min (USD)` → `cost per min usd`. */
function plainHeading(text: string): string {
  return text
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

type Mapped = {readonly mapped: Partial<Record<Role, Chosen>>; readonly missing: Columns['missing']};

function mappedColumns(columns: readonly Column[], map: ColumnMap): Mapped {
  const mapped: Partial<Record<Role, Chosen>> = {};
  const missing: {role: Role; heading: string}[] = [];
  for (const role of ROLES) {
    const heading = map[role];
    if (heading === undefined) continue;
    const wanted = plainHeading(heading);
    const column =
      columns.find((one) => one.heading === heading.trim()) ??
      columns.find((one) => plainHeading(one.heading) === wanted) ??
      (/^\d{1,3}$/.test(heading.trim()) ? columns[Number(heading) - 1] : undefined);
    if (column === undefined) missing.push({role, heading});
    else mapped[role] = {...column, role, score: 1, by: 'map', rivals: []};
  }
  return {mapped, missing};
}

type Candidate = {readonly role: Role; readonly column: Column; readonly score: number; readonly isNamed: boolean};

/** Best first, each role and each column once. */
function guessed(columns: readonly Column[], mapped: Partial<Record<Role, Chosen>>, map: ColumnMap): Partial<Record<Role, Chosen>> {
  const chosen = {...mapped};
  const taken = new Set(Object.values(mapped).map(({place}) => place));
  const open = ROLES.filter((role) => !Object.hasOwn(map, role));
  const candidates = open
    .flatMap((role) => columns.map((column): Candidate => ({role, column, ...scoreOf(column, role)})))
    .filter(({score, role}) => score >= (isNeeded(role) ? Number.EPSILON : LEAST_OPTIONAL))
    .toSorted((a, b) => b.score - a.score);
  for (const {role, column, score, isNamed} of candidates) {
    if (chosen[role] !== undefined || taken.has(column.place)) continue;
    const others = candidates.filter((other) => other.role === role && other.column !== column && !taken.has(other.column.place));
    const rivals = others.filter((other) => score - other.score < RIVAL && isOpen(other, candidates)).map((other) => other.column.heading);
    const isAlone = !isNamed && others.length === 0;
    chosen[role] = {
      ...column,
      role,
      score: isAlone ? ONLY_ONE : rivals.length > 0 && isNeeded(role) ? Math.min(score, SURE / 2) : score,
      by: 'guess',
      rivals,
    };
    taken.add(column.place);
  }
  // A country code without the rest of a number is the number.
  const {country, ...rest} = chosen;
  if (country === undefined || rest.number !== undefined || map.country !== undefined) return chosen;
  return {...rest, number: {...country, role: 'number'}};
}

function isNeeded(role: Role): boolean {
  return role === 'number' || role === 'rate' || role === 'name';
}

/** Is nothing else a better use of the column? */
function isOpen({column, role, score}: Candidate, candidates: readonly Candidate[]): boolean {
  return !candidates.some((other) => other.column === column && other.role !== role && other.score > score);
}

function scoreOf({heading, samples}: Column, role: Role): {readonly score: number; readonly isNamed: boolean} {
  const named = headingWeight(plainHeading(heading), role);
  const isNamed = named > 0;
  // An empty column has a meaning only by its heading.
  if (samples.length === 0) return {score: named === 1 ? HEADING_SHARE : 0, isNamed};
  const share = samples.filter((value) => SIGNS[role].value.test(value)).length / samples.length;
  if (share < (isNamed ? HALF : MOST_VALUES)) return {score: 0, isNamed};
  return {score: named * HEADING_SHARE + share * (1 - HEADING_SHARE) * valueWeight(samples, role, isNamed), isNamed};
}

/** 1 where the heading says it, less where it speaks of it. */
function headingWeight(text: string, role: Role): number {
  const {strong, weak, not} = SIGNS[role];
  const isOther = not?.test(text) === true;
  // Of a fee, what else it may be outweighs the word: `call rate` is none.
  if (strong.test(text) && !(role === 'fee' && isOther)) return 1;
  return weak.test(text) && !isOther ? WEAK : 0;
}

/** Without a heading, columns of figures differ by how often a value comes again, and by fractions. */
function valueWeight(samples: readonly string[], role: Role, isNamed: boolean): number {
  if (isNamed) return 1;
  const distinct = new Set(samples).size / samples.length;
  switch (role) {
    case 'number':
      return distinct > MOST_VALUES && !samples.some((value) => /^0?[.,]\d+$/.test(value) || /^\d+\.\d+$/.test(value)) ? 1 : 0;
    case 'rate':
      return samples.some((value) => /[.,]\d/.test(value)) ? 1 : 0;
    case 'name':
      return samples.some((value) => /\p{L}{3}/u.test(value)) ? distinct : 0;
    default:
      return 0;
  }
}
