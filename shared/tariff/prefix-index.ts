// The longest prefix of a number, from a digit trie of 8 bytes a node.
// A node is one word: below, 10 bits that say which digits go on; above, 22 bits with the place of the first child.
// Children stand side by side in the order of their digits, so a child is found by counting bits.
import {assert, must} from '../assert/assert.ts';

export type PrefixIndex = {
  readonly nodes: Uint32Array;
  /** What each node's prefix belongs to; NOTHING if it is only on the way to a longer one. */
  readonly values: Int32Array;
  /** How many digits of a prefix there are at most. */
  readonly depth: number;
  readonly prefixes: number;
};

/** `value × 16 + length of the prefix`; or NO_MATCH. One number, so that a look-up allocates nothing. */
export type PrefixMatch = number;
export const NO_MATCH = -1;
/** E.164 numbers have at most 15 digits, so a length fits 4 bits. */
export const LENGTH_FACTOR = 16;

const NOTHING = -1;
const DIGIT_BITS = 10;
const DIGIT_MASK = (1 << DIGIT_BITS) - 1;
/** 4,194,304 nodes: ten times what 300,000 prefixes take. */
const MOST_NODES = 1 << (32 - DIGIT_BITS);
const ZERO_CHARACTER = 48;
/** How many bits are set in each pattern of ten. */
const BITS_SET = Uint8Array.from({length: 1 << DIGIT_BITS}, (_, pattern) => pattern.toString(2).replaceAll('0', '').length);

/** `values` are whole numbers from 0 below 2^26; no prefix comes twice and each has 1 to 15 digits (the reader checks). */
export function indexPrefixes(entries: Iterable<readonly [prefix: string, value: number]>): PrefixIndex {
  return packed(grow(entries));
}

/** `digits` are digits only. Cost: one step a digit of the longest prefix, whatever the number of prefixes. */
export function longestPrefix(index: PrefixIndex, digits: string): PrefixMatch {
  const {nodes, values} = index;
  const depth = Math.min(index.depth, digits.length);
  let node = 0;
  let match: PrefixMatch = NO_MATCH;
  for (let length = 1; length <= depth; length += 1) {
    // The casts: both arrays hold every node, and reading past them is what the bit test excludes.
    const word = nodes[node] as number;
    const bit = 1 << (digits.charCodeAt(length - 1) - ZERO_CHARACTER);
    if ((word & bit & DIGIT_MASK) === 0) return match;
    node = (word >>> DIGIT_BITS) + (BITS_SET[word & (bit - 1) & DIGIT_MASK] as number);
    const value = values[node] as number;
    if (value !== NOTHING) match = value * LENGTH_FACTOR + length;
  }
  return match;
}

/** What the prefixes that begin with these digits belong to, each value once. Cost: one step for each such prefix. */
export function valuesBelow(index: PrefixIndex, digits: string): ReadonlySet<number> {
  const {nodes, values} = index;
  const found = new Set<number>();
  const below = [...nodeOf(index, digits)];
  for (let node = below.pop(); node !== undefined; node = below.pop()) {
    const value = values[node] ?? NOTHING;
    if (value !== NOTHING) found.add(value);
    const word = nodes[node] ?? 0;
    const children = BITS_SET[word & DIGIT_MASK] ?? 0;
    for (let child = 0; child < children; child += 1) below.push((word >>> DIGIT_BITS) + child);
  }
  return found;
}

/** Where these digits lead; empty if no prefix begins so. */
function nodeOf({nodes}: PrefixIndex, digits: string): readonly number[] {
  let node = 0;
  for (const digit of digits) {
    const word = nodes[node] ?? 0;
    const bit = 1 << Number(digit);
    if ((word & bit & DIGIT_MASK) === 0) return [];
    node = (word >>> DIGIT_BITS) + (BITS_SET[word & (bit - 1) & DIGIT_MASK] ?? 0);
  }
  return [node];
}

/** A trie that is easy to add to: each node knows its first child and its next sibling. */
type Growing = {
  child: Int32Array;
  sibling: Int32Array;
  digit: Uint8Array;
  value: Int32Array;
  size: number;
  depth: number;
  prefixes: number;
};

function grow(entries: Iterable<readonly [string, number]>): Growing {
  const START_SIZE = 1_024;
  const trie: Growing = {
    child: new Int32Array(START_SIZE),
    sibling: new Int32Array(START_SIZE),
    digit: new Uint8Array(START_SIZE),
    value: new Int32Array(START_SIZE).fill(NOTHING),
    size: 1,
    depth: 0,
    prefixes: 0,
  };
  for (const [prefix, value] of entries) {
    assert(prefix.length > 0 && prefix.length < LENGTH_FACTOR, `a prefix has 1 to 15 digits, got ${prefix.length}`);
    let node = 0;
    for (let place = 0; place < prefix.length; place += 1) node = childOf(trie, node, prefix.charCodeAt(place) - ZERO_CHARACTER);
    assert(trie.value[node] === NOTHING, `prefix ${prefix} comes once`);
    trie.value[node] = value;
    trie.prefixes += 1;
    trie.depth = Math.max(trie.depth, prefix.length);
  }
  return trie;
}

function childOf(trie: Growing, node: number, digit: number): number {
  assert(digit >= 0 && digit <= 9, 'a prefix is made of digits');
  const first = trie.child[node] ?? 0;
  // Node 0 is the root, which is nobody's child: 0 means none.
  for (let child = first; child !== 0; child = trie.sibling[child] ?? 0) if (trie.digit[child] === digit) return child;
  const child = trie.size;
  assert(child < MOST_NODES, `a tariff has at most ${MOST_NODES} nodes`);
  if (child === trie.child.length) enlarge(trie);
  trie.size += 1;
  trie.digit[child] = digit;
  trie.sibling[child] = first;
  trie.child[node] = child;
  return child;
}

function enlarge(trie: Growing): void {
  const size = trie.child.length * 2;
  const copy = <T extends Int32Array | Uint8Array>(from: T, to: T): T => {
    to.set(from);
    return to;
  };
  trie.value = copy(trie.value, new Int32Array(size).fill(NOTHING));
  trie.child = copy(trie.child, new Int32Array(size));
  trie.sibling = copy(trie.sibling, new Int32Array(size));
  trie.digit = copy(trie.digit, new Uint8Array(size));
}

/** Lays the nodes out level by level, children side by side. */
function packed(trie: Growing): PrefixIndex {
  const nodes = new Uint32Array(trie.size);
  const values = new Int32Array(trie.size);
  /** `order[place]` is the growing node that stands at `place`. */
  const order = new Int32Array(trie.size);
  let end = 1;
  for (let place = 0; place < trie.size; place += 1) {
    const node = must(order[place], 'a node');
    values[place] = must(trie.value[node], 'a value');
    let pattern = 0;
    for (let child = trie.child[node] ?? 0; child !== 0; child = trie.sibling[child] ?? 0) pattern |= 1 << (trie.digit[child] ?? 0);
    for (let child = trie.child[node] ?? 0; child !== 0; child = trie.sibling[child] ?? 0) {
      const before = pattern & ((1 << (trie.digit[child] ?? 0)) - 1);
      order[end + (BITS_SET[before] ?? 0)] = child;
    }
    nodes[place] = ((end << DIGIT_BITS) | pattern) >>> 0;
    end += BITS_SET[pattern] ?? 0;
  }
  return {nodes, values, depth: trie.depth, prefixes: trie.prefixes};
}
