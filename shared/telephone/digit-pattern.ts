// A pattern of whole numbers, as libphonenumber writes it, becomes states that are walked a digit at a time: so that a table
// can be laid over many patterns at once. In: digits, \d, [1-9], (?:a|b), ?, {n}, {n,m}. Out: states and where to begin.
// Never true: a state from which no number can be completed.
import {Bug} from '../assert/assert.ts';

export type State = {
  /** A bit for each digit that leads on; none in the state that says: the number is whole. */
  readonly digits: number;
  readonly next: readonly State[];
};

const ANY_DIGIT = (1 << 10) - 1;

/** The states that the first digit of a number meets. A pattern of another form is a new one of the library: a bug to see at once. */
export function statesOf(pattern: string): readonly State[] {
  const whole: State = {digits: 0, next: []};
  return begin(new PatternReader(pattern).whole(), [whole]);
}

export function isWhole(state: State): boolean {
  return state.digits === 0;
}

type Part =
  | {readonly kind: 'digit'; readonly digits: number}
  | {readonly kind: 'all'; readonly parts: readonly Part[]}
  | {readonly kind: 'one-of'; readonly parts: readonly Part[]}
  | {readonly kind: 'times'; readonly part: Part; readonly least: number; readonly most: number};

/** What a part begins with when `next` comes after it. */
function begin(part: Part, next: readonly State[]): readonly State[] {
  switch (part.kind) {
    case 'digit':
      return [{digits: part.digits, next}];
    case 'all':
      return part.parts.reduceRight((after, each) => begin(each, after), next);
    case 'one-of':
      return part.parts.flatMap((each) => begin(each, next));
    case 'times': {
      let states = next;
      for (let time = part.most; time > 0; time -= 1) {
        const once = begin(part.part, states);
        states = time > part.least ? [...once, ...next] : once;
      }
      return states;
    }
  }
}

class PatternReader {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  whole(): Part {
    const part = this.#oneOf();
    return this.#at === this.#pattern.length ? part : this.#unknown();
  }

  #oneOf(): Part {
    const parts = [this.#all()];
    while (this.#takes('|')) parts.push(this.#all());
    return {kind: 'one-of', parts};
  }

  #all(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#pattern.length && !this.#pattern.startsWith('|', this.#at) && !this.#pattern.startsWith(')', this.#at)) {
      parts.push(this.#times());
    }
    return {kind: 'all', parts};
  }

  #times(): Part {
    const part = this.#one();
    if (this.#takes('?')) return {kind: 'times', part, least: 0, most: 1};
    const [, least, most] = this.#match(/\{(\d+)(?:,(\d+))?\}/y) ?? [];
    return least === undefined ? part : {kind: 'times', part, least: Number(least), most: Number(most ?? least)};
  }

  #one(): Part {
    if (this.#takes('\\d')) return {kind: 'digit', digits: ANY_DIGIT};
    if (this.#takes('(?:')) {
      const part = this.#oneOf();
      return this.#takes(')') ? part : this.#unknown();
    }
    const [, set] = this.#match(/\[([\d-]+)\]/y) ?? [];
    const [digit] = set === undefined ? (this.#match(/\d/y) ?? []) : [];
    const text = set ?? digit;
    return text === undefined ? this.#unknown() : {kind: 'digit', digits: digitsIn(text)};
  }

  #takes(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#pattern) ?? undefined;
    if (found !== undefined) this.#at += found[0].length;
    return found;
  }

  #unknown(): never {
    throw new Bug(`a pattern of numbers is not read at ${this.#at}: ${this.#pattern}`);
  }
}

/** The bits of `1-357`: 1, 2, 3, 5 and 7. */
function digitsIn(set: string): number {
  let bits = 0;
  for (const [range] of set.matchAll(/\d(?:-\d)?/g)) {
    for (let digit = Number(range[0]); digit <= Number(range.at(-1)); digit += 1) bits |= 1 << digit;
  }
  return bits;
}
