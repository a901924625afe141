// The YAML (or JSON) text of a tariff becomes a document that knows its lines, or problems with their places.
// In: text that anybody may have written. Out: a document of bounded size, without aliases and repeated keys.
// Never true: a short text grows into a huge document; a scalar is taken for a number.
import {isMap, isNode, isScalar, Lexer, LineCounter, parseDocument, visit, type Document, type YAMLMap} from 'yaml';
import type {Path} from './check.ts';

export type TariffProblem = {
  /** Such as `rates[3].perMinute`; empty for the whole file. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly what: string;
  readonly cure: string;
};

export type TariffDocument = {readonly document: Document; readonly lines: LineCounter};
export type Opening =
  | ({readonly kind: 'document'} & TariffDocument)
  | {readonly kind: 'invalid'; readonly problems: readonly TariffProblem[]};

/** 400,000 prefixes take 2 million in the wordiest style; each costs the parser half a kilobyte. */
const MOST_LEXEMES = 2_500_000;
/** A tariff has five levels; an unclosed bracket is dearer than anything else. */
const DEEPEST_BRACKETS = 16;
/** More would not be read. */
const MOST_PROBLEMS = 100;
/** Five levels of eight columns, and some to spare. Each column can hold two levels. */
const DEEPEST_INDENTATION = 60;
/** `- - - a: b` opens a level by each sign. */
const MOST_SIGNS = 16;
/** What the lexer puts before scalars, documents and unclosed brackets; it is not in the text. */
const LEXER_MARKS = new Set(['\u0002', '\u0018', '\u001F']);

const BRACKETS = new Map([
  ['[', 1],
  ['{', 1],
  [']', -1],
  ['}', -1],
]);
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;

const START = {path: '', line: 1, column: 1} as const;
const TOO_DEEP = {what: 'the file is nested too deeply here', cure: 'A tariff has five levels at most: close what is open.'} as const;

/** YAML 1.2 contains JSON, so one parser gives positions for both. */
export function openDocument(text: string): Opening {
  const excess = excessIn(text);
  if (excess !== undefined) return invalid([excess]);
  try {
    return parsed(text);
  } catch (error) {
    // The parser recurses; how deep it may go is the machine's business.
    if (error instanceof RangeError) return invalid([{...START, ...TOO_DEEP}]);
    throw error;
  }
}

function invalid(problems: readonly TariffProblem[]): Opening {
  return {kind: 'invalid', problems};
}

/**
 * What no tariff needs, found before anything is built from it: the lexer takes a tenth of the parser's time and no memory.
 * The parser recurses, and a regular expression compiled at the end of its stack aborts the process: depth is bounded here.
 */
function excessIn(text: string): TariffProblem | undefined {
  let offset = 0;
  let lexemes = 0;
  const depth = new Depth();
  for (const lexeme of new Lexer().lex(text)) {
    if (LEXER_MARKS.has(lexeme)) continue;
    lexemes += 1;
    if (!depth.allows(lexeme)) return {path: '', ...positionIn(text, offset), ...TOO_DEEP};
    if (lexemes > MOST_LEXEMES) {
      const cure = 'A tariff has at most 400,000 prefixes: check that this is one.';
      return {path: '', ...positionIn(text, offset), what: `the file has more than ${MOST_LEXEMES} words and signs`, cure};
    }
    offset += lexeme.length;
  }
  return undefined;
}

/** How deep a text may nest: open brackets; outside them columns of indentation, and signs on a line. */
class Depth {
  #brackets = 0;
  #signs = 0;
  /** Of the line, while only blanks have come. */
  #columns = 0;
  #isAtStart = true;

  allows(lexeme: string): boolean {
    if (lexeme.includes('\n')) return this.#newLine();
    this.#brackets += BRACKETS.get(lexeme) ?? 0;
    // A dash opens a level within brackets too, which is forbidden there, but is found only after all are open.
    if (lexeme === '-' || (this.#brackets === 0 && (lexeme === '?' || lexeme === ':'))) this.#signs += 1;
    return this.#brackets <= DEEPEST_BRACKETS && this.#signs <= MOST_SIGNS && this.#indents(lexeme);
  }

  #newLine(): true {
    if (this.#brackets === 0) this.#signs = 0;
    this.#columns = 0;
    this.#isAtStart = true;
    return true;
  }

  #indents(lexeme: string): boolean {
    if (!this.#isAtStart) return true;
    const isBlank = lexeme.trim() === '';
    if (isBlank) this.#columns += lexeme.length;
    this.#isAtStart = isBlank;
    return isBlank || this.#brackets > 0 || lexeme.startsWith('#') || this.#columns <= DEEPEST_INDENTATION;
  }
}

function parsed(text: string): Opening {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    // Every scalar stays the text it is, so that 0.10 and 0.1234567890 keep their digits.
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // The parser compares each key with each other; repetitions finds them in one pass.
    uniqueKeys: false,
    // `silent` would take the first of several documents without a word.
    logLevel: 'error',
  });
  if (document.errors.length > 0) {
    return invalid(firstOf(document.errors, ({pos, message}) => ({path: '', ...at(lines, pos[0]), ...wordsFor(message)})));
  }
  const problems = forbiddenIn(document, lines);
  return problems.length > 0 ? invalid(firstOf(problems, (problem) => problem)) : {kind: 'document', document, lines};
}

function wordsFor(message: string): Pick<TariffProblem, 'what' | 'cure'> {
  return message.includes('call stack') ? TOO_DEEP : {what: message, cure: 'Correct the file at this place.'};
}

/** The first ones in the order of the file, and how many more there are. */
export function firstOf<T>(all: readonly T[], toProblem: (one: T) => TariffProblem): readonly TariffProblem[] {
  const first = all
    .slice(0, MOST_PROBLEMS)
    .map(toProblem)
    .toSorted((a, b) => (a.line === b.line ? a.column - b.column : a.line - b.line));
  const rest = all.length - first.length;
  return rest === 0 ? first : [...first, {...START, what: `there are ${rest} more problems`, cure: 'Correct these first.'}];
}

/** Aliases and repeated keys. */
function forbiddenIn(document: Document, lines: LineCounter): readonly TariffProblem[] {
  const problems: TariffProblem[] = [];
  visit(document, {
    Alias(_key, {range}) {
      const cure = 'Write the value out; a tariff is read without them, so that a short file cannot become a huge one.';
      problems.push({path: '', ...at(lines, range?.[0] ?? 0), what: 'the file uses an alias (*name)', cure});
      return visit.BREAK;
    },
    Map(_key, map) {
      problems.push(...repetitions(map, lines));
    },
  });
  return problems;
}

function repetitions(map: YAMLMap, lines: LineCounter): readonly TariffProblem[] {
  const seen = new Map<unknown, number>();
  return map.items.flatMap(({key}) => {
    if (!isScalar(key)) return [];
    const start = key.range?.[0] ?? 0;
    const before = seen.get(key.value);
    if (before === undefined) {
      seen.set(key.value, start);
      return [];
    }
    const what = `“${String(key.value)}” stands here twice (line ${at(lines, before).line})`;
    return [{path: '', ...at(lines, start), what, cure: 'Remove one of them.'}];
  });
}

/** Where the node is, else where the nearest that holds it is. */
export function placeOf({document, lines}: TariffDocument, path: Path): {readonly line: number; readonly column: number} {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const offset = offsetOf(document, path.slice(0, depth));
    if (offset !== undefined) return at(lines, offset);
  }
  return START;
}

/** Does the file say anything at this path? */
export function holds({document}: TariffDocument, path: Path): boolean {
  return offsetOf(document, path) !== undefined;
}

function offsetOf(document: Document, path: Path): number | undefined {
  const parent: unknown = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    // The key stands before its value, and is there even if the value is empty.
    const pair = parent.items.find(({key}) => isScalar(key) && key.value === path.at(-1));
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

function at(lines: LineCounter, offset: number): {readonly line: number; readonly column: number} {
  const {line, col} = lines.linePos(offset);
  return {line, column: col};
}

/** Does JSON text hold no more than a document may? Commas and opening brackets bound what the parser builds of it. */
export function isBoundedJson(text: string): boolean {
  let signs = 0;
  for (let place = 0; place < text.length; place += 1) {
    const code = text.charCodeAt(place);
    if (code === COMMA || code === OPENING_BRACKET || code === OPENING_BRACE) signs += 1;
  }
  return signs <= MOST_LEXEMES;
}

/** Without a line counter: of a text that is not going to be parsed. */
export function positionIn(text: string, offset: number): {readonly line: number; readonly column: number} {
  const before = text.slice(0, offset);
  return {line: before.split('\n').length, column: offset - before.lastIndexOf('\n')};
}
