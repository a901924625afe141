// Which kind of number this is: landline, mobile, freephone, premium … and after how many of its digits that is sure.
// In: digits from the calling code on. Out: a kind, or nothing where number plans have none. One step a digit, no allocation.
// Never true: a kind is guessed for a range that libphonenumber does not know; its parse (27 µs) stands on the way of a call.
import {assert, must} from '../assert/assert.ts';
import {callingCodes, kindsByPattern} from './country.ts';
import {isWhole, statesOf, type State} from './digit-pattern.ts';
import {NUMBER_KINDS, type NumberKind} from './number-kind.ts';

/** Where landlines and mobiles share their ranges, as in North America, nobody can tell them apart. */
const NUMBER_TYPES = [...NUMBER_KINDS, 'landline-or-mobile'] as const;
export type NumberType = NumberKind | 'landline-or-mobile';

/** `place in NUMBER_TYPES × 16 + how many digits decided it`; or NO_TYPE. One number, so that a look-up allocates nothing. */
export type TypeMatch = number;
const NO_TYPE = -1;
/** As in the tariff's index of prefixes: E.164 numbers have at most 15 digits. */
const DECIDED_FACTOR = 16;

/**
 * Nodes of ten: what each next digit leads to. From 0 on another node, UNKNOWN where no number goes on like this, below it
 * −2 − type where all numbers that go on like this have one type.
 */
type TypeTable = {readonly next: Int16Array; readonly whole: Int8Array};

const DIGITS = 10;
const UNKNOWN = -1;
const LANDLINE_OR_MOBILE = NUMBER_TYPES.indexOf('landline-or-mobile');
const TELEPHONES: ReadonlySet<number> = new Set([NUMBER_TYPES.indexOf('landline'), NUMBER_TYPES.indexOf('mobile'), LANDLINE_OR_MOBILE]);
const ZERO_CHARACTER = 48;
/** All calling codes take 2,300 nodes. */
const MOST_NODES = 0x7fff;

let table: TypeTable | undefined;

/** The first call lays the table of all calling codes: 0.2 s. */
export function typeOfNumber(digits: string): TypeMatch {
  const {next, whole} = (table ??= layTable());
  const length = Math.min(digits.length, DECIDED_FACTOR - 1);
  let node = 0;
  for (let place = 0; place < length; place += 1) {
    const digit = digits.charCodeAt(place) - ZERO_CHARACTER;
    const to = digit >= 0 && digit < DIGITS ? (next[node * DIGITS + digit] ?? UNKNOWN) : UNKNOWN;
    if (to === UNKNOWN) return NO_TYPE;
    if (to < UNKNOWN) return (UNKNOWN - 1 - to) * DECIDED_FACTOR + place + 1;
    node = to;
  }
  // Whole numbers of two types, one longer than the other: the last digit decides.
  const type = whole[node] ?? UNKNOWN;
  return type === UNKNOWN ? NO_TYPE : type * DECIDED_FACTOR + length;
}

export function typeIn(match: TypeMatch): NumberType | undefined {
  return match === NO_TYPE ? undefined : NUMBER_TYPES[Math.floor(match / DECIDED_FACTOR)];
}

/** A prefix of so many digits, or more, holds numbers of this type only. */
export function decidedIn(match: TypeMatch): number {
  return match % DECIDED_FACTOR;
}

/** Numbers that cost the caller what their kind costs, wherever in the country they are. */
export type NumberClass = 'freephone' | 'premium' | 'shared-cost';

/** Calling codes of no country: universal freephone, shared cost and premium (ITU-T E.169). */
const OF_NO_COUNTRY = ['800', '808', '979'];
const CLASSES: readonly (NumberClass | undefined)[] = NUMBER_TYPES.map((type) =>
  type === 'freephone' || type === 'premium' || type === 'shared-cost' ? type : undefined,
);

/**
 * `home`: the calling code of the country that is called from. Another country's freephone numbers are not free from here, nor
 * are its shared ones shared: they are ordinary numbers of their destination.
 */
export function classIn(match: TypeMatch, digits: string, home: string): NumberClass | undefined {
  const found = match === NO_TYPE ? undefined : CLASSES[Math.floor(match / DECIDED_FACTOR)];
  if (found === undefined || digits.startsWith(home)) return found;
  return OF_NO_COUNTRY.some((code) => digits.startsWith(code)) ? found : undefined;
}

/** Bits of types, for {@link holdsType}. Whoever cannot tell landlines from mobiles agrees with both. */
export function typeBits(kinds: readonly NumberKind[]): number {
  const shared = kinds.includes('landline') || kinds.includes('mobile') ? 1 << LANDLINE_OR_MOBILE : 0;
  return kinds.reduce((bits, kind) => bits | (1 << NUMBER_TYPES.indexOf(kind)), shared);
}

/** A number whose type is not known disagrees with nothing. */
export function holdsType(bits: number, match: TypeMatch): boolean {
  return match === NO_TYPE || (bits & (1 << Math.floor(match / DECIDED_FACTOR))) !== 0;
}

/** A state of a pattern, and where the type of that pattern's numbers stands in NUMBER_TYPES; UNKNOWN if it has several. */
type Typed = {readonly state: State; readonly type: number};

function layTable(): TypeTable {
  const layer = new TableLayer();
  for (const code of callingCodes()) layer.addCode(code, statesOfCode(code));
  assert(layer.rows.length <= MOST_NODES, `the types of numbers take ${layer.rows.length} nodes`);
  return {next: Int16Array.from(layer.rows.flat()), whole: Int8Array.from(layer.whole)};
}

function statesOfCode(code: string): readonly Typed[] {
  return [...kindsByPattern(code)].flatMap(([pattern, kinds]) => {
    const type = soleType([...kinds].map((kind) => NUMBER_TYPES.indexOf(kind)));
    return statesOf(pattern).map((state) => ({state, type}));
  });
}

function soleType(types: Iterable<number>): number {
  const [only = UNKNOWN, ...others] = new Set(types);
  if (others.length === 0) return only;
  return [only, ...others].every((type) => TELEPHONES.has(type)) ? LANDLINE_OR_MOBILE : UNKNOWN;
}

class TableLayer {
  readonly rows: number[][] = [];
  readonly whole: number[] = [];
  readonly #identities = new Map<State, number>();
  readonly #laid = new Map<string, number>();

  constructor() {
    this.#newNode();
  }

  addCode(code: string, states: readonly Typed[]): void {
    let node = 0;
    for (const digit of code.slice(0, -1)) {
      const row = must(this.rows[node], 'a node');
      const known = row[Number(digit)] ?? UNKNOWN;
      node = known === UNKNOWN ? this.#newNode() : known;
      row[Number(digit)] = node;
    }
    must(this.rows[node], 'a node')[Number(code.at(-1))] = this.#lay(states);
  }

  /** A node for these states; the same states share one, so that ranges that overlap do not grow the table. */
  #lay(states: readonly Typed[]): number {
    const key = states
      .map(({state}) => this.#identityOf(state))
      .toSorted((a, b) => a - b)
      .join(' ');
    const known = this.#laid.get(key);
    if (known !== undefined) return known;
    const node = this.#newNode();
    this.#laid.set(key, node);
    this.whole[node] = soleType(states.filter(({state}) => isWhole(state)).map(({type}) => type));
    const row = must(this.rows[node], 'a node');
    for (let digit = 0; digit < DIGITS; digit += 1) row[digit] = this.#after(states, digit);
    return node;
  }

  #after(states: readonly Typed[], digit: number): number {
    const reached = new Map<State, Typed>();
    for (const {state, type} of states) {
      if ((state.digits & (1 << digit)) === 0) continue;
      for (const next of state.next) reached.set(next, {state: next, type});
    }
    const [only, ...others] = new Set([...reached.values()].map(({type}) => type));
    if (only === undefined || (others.length === 0 && only === UNKNOWN)) return UNKNOWN;
    return others.length === 0 ? UNKNOWN - 1 - only : this.#lay([...reached.values()]);
  }

  #identityOf(state: State): number {
    const known = this.#identities.get(state) ?? this.#identities.size;
    this.#identities.set(state, known);
    return known;
  }

  #newNode(): number {
    this.whole.push(UNKNOWN);
    return this.rows.push(Array.from({length: DIGITS}, () => UNKNOWN)) - 1;
  }
}
