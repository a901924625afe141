// Patterns that a profile may hold: regular expressions whose work on any line is bounded before the first line is seen.
// In: the source of an expression. Out: what is wrong with it, or nothing. Never true: an accepted pattern that hangs on a line.

/** The longest record known, a CUCM one with every field filled, is below 4,000 bytes. */
export const LONGEST_LINE = 8_192;
/** Ways in which an expression can be tried on one line: some 1 ms. One `*` is well below, two are far above. */
const MOST_WAYS = 200_000;
const LONGEST_PATTERN = 200;

type Atom = 'single' | 'group' | 'none';
type Scan = {readonly at: number; readonly atom: Atom; readonly ways: number} | {readonly problem: string};

/**
 * What keeps a pattern from being used; undefined if nothing does. Backtracking tries at most as many ways as the product of
 * the lengths of its repetitions and the number of its alternatives; so that product is limited, and what would break the rule
 * is not taken: repeated groups, references back, looking around.
 */
export function patternProblem(source: string): string | undefined {
  if (source.length > LONGEST_PATTERN) return `is longer than ${LONGEST_PATTERN} characters`;
  try {
    void new RegExp(source);
  } catch (error) {
    return error instanceof Error ? error.message : 'is no regular expression';
  }
  // Without an anchor it is tried at every place of the line.
  let ways = source.startsWith('^') ? 1 : LONGEST_LINE;
  let atom: Atom = 'none';
  let depth = 0;
  for (let at = 0; at < source.length;) {
    const letter = source[at];
    // Else only the first would be anchored.
    if (letter === '|' && depth === 0) return 'may have alternatives in a group only, such as ^(?:A|B)';
    depth += letter === '(' ? 1 : letter === ')' ? -1 : 0;
    const scan = scanAt(source, at, atom);
    if ('problem' in scan) return scan.problem;
    ({at, atom} = scan);
    ways *= scan.ways;
    if (ways > MOST_WAYS) return 'could take too long on a long line; begin it with ^ and give its repetitions an end, such as {1,20}';
  }
  return undefined;
}

function scanAt(source: string, at: number, atom: Atom): Scan {
  switch (source[at]) {
    case '\\':
      return escape(source, at);
    case '[':
      return {at: endOfClass(source, at), atom: 'single', ways: 1};
    case '(':
      if (source[at + 1] !== '?') return {at: at + 1, atom: 'none', ways: 1};
      return source[at + 2] === ':' ? {at: at + 3, atom: 'none', ways: 1} : {problem: 'may use ( ) and (?: ) only, no other group'};
    case ')':
      return {at: at + 1, atom: 'group', ways: 1};
    case '|':
      return {at: at + 1, atom: 'none', ways: 2};
    case '*':
    case '+':
    case '?':
    case '{':
      return quantifier(source, at, atom);
    default:
      return {at: at + 1, atom: 'single', ways: 1};
  }
}

function escape(source: string, at: number): Scan {
  const next = source[at + 1] ?? '';
  if (/[1-9k]/.test(next)) return {problem: 'may not refer back to a group'};
  if (/[A-Za-z0]/.test(next) && !/[dDwWsSbBt]/.test(next)) return {problem: `may not use \\${next}`};
  return {at: at + 2, atom: 'single', ways: 1};
}

function endOfClass(source: string, at: number): number {
  let end = at + 1;
  while (end < source.length && source[end] !== ']') end += source[end] === '\\' ? 2 : 1;
  return end + 1;
}

function quantifier(source: string, at: number, atom: Atom): Scan {
  const [text = '', least, comma, most] = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(source.slice(at)) ?? [];
  if (text === '') return {at: at + 1, atom: 'single', ways: 1};
  const optional = text.startsWith('?');
  if (atom === 'group' && !optional) return {problem: 'may not repeat a group; it may make it optional with ?'};
  const open = text.startsWith('*') || text.startsWith('+') || (comma === ',' && most === '');
  const span = comma === ',' ? Number(most) - Number(least) + 1 : 1;
  return {at: at + text.length, atom: 'none', ways: optional ? 2 : open ? LONGEST_LINE : span};
}
