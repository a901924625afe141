// A tariff file, YAML or JSON, becomes a tariff and its hash, or a list of problems with line and column.
// In: the text of a file that anybody may have written. Out: a tariff that compiles, in canonical form.
// Never true: a number passes through a binary fraction; a file is half used; a problem stops the search for others.
import {isAlias, isMap, isNode, isScalar, LineCounter, parseDocument, visit, type Document} from 'yaml';
import {canonicalText, tariffHash} from './canonical.ts';
import {findingsIn, type Finding, type Path} from './check.ts';
import {tariffSchema, type Tariff} from './tariff.ts';

export type TariffProblem = {
  /** Such as `rates[3].perMinute`; empty for the whole file. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly what: string;
  readonly cure: string;
};

export type TariffReading =
  | {readonly kind: 'tariff'; readonly tariff: Tariff; readonly hash: string; readonly canonical: string}
  | {readonly kind: 'invalid'; readonly problems: readonly TariffProblem[]};

/** A deck of 300,000 prefixes is under 8 MB; four times that still parses in bounded memory. */
export const LONGEST_TARIFF_TEXT = 32 * 1024 * 1024;
/** More would not be read. */
const MOST_PROBLEMS = 100;

/** Bytes of a file; UTF-8 with or without a byte order mark. */
export function readTariffBytes(bytes: Uint8Array): TariffReading {
  if (bytes.length > LONGEST_TARIFF_TEXT) return tooLong();
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return invalid([{...START, what: 'the file is UTF-16', cure: 'Save it as UTF-8.'}]);
  }
  try {
    return readTariff(new TextDecoder('utf-8', {fatal: true}).decode(bytes));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Decoded leniently, the first replacement character stands where the text breaks.
    const lenient = new TextDecoder('utf-8').decode(bytes);
    const place = positionIn(lenient, lenient.indexOf('\uFFFD'));
    return invalid([{path: '', ...place, what: 'the file is not UTF-8 from here on', cure: 'Save it as UTF-8.'}]);
  }
}

/** The text of a tariff file. Its own canonical text is read without positions, about 20 times as fast. */
export function readTariff(text: string): TariffReading {
  if (text.length > LONGEST_TARIFF_TEXT) return tooLong();
  if (text.startsWith('{')) {
    const tariff = readCanonical(text);
    if (tariff !== undefined) return {kind: 'tariff', tariff, hash: tariffHash(text), canonical: text};
  }
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const nul = plain.indexOf('\0');
  if (nul >= 0) {
    const cure = 'Save it as UTF-8 text; it may be UTF-16 or not a text file at all.';
    return invalid([{path: '', ...positionIn(plain, nul), what: 'the file contains a NUL byte', cure}]);
  }
  if (plain.trim() === '') return invalid([{...START, what: 'the file is empty', cure: 'Write a tariff, or name another file.'}]);
  return readDocument(plain);
}

const START = {path: '', line: 1, column: 1} as const;
const EDIT = 'Correct the file at this place.';

function invalid(problems: readonly TariffProblem[]): TariffReading {
  return {kind: 'invalid', problems};
}

function tooLong(): TariffReading {
  const what = `the file is longer than ${LONGEST_TARIFF_TEXT / 1024 / 1024} MB`;
  return invalid([{...START, what, cure: 'Check that it is a tariff; split it if it is.'}]);
}

/** Undefined if the text is anything but the canonical text of a sound tariff. */
function readCanonical(text: string): Tariff | undefined {
  try {
    const parsed = tariffSchema.safeParse(JSON.parse(text));
    return parsed.success && findingsIn(parsed.data).length === 0 && canonicalText(parsed.data) === text ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** YAML 1.2 contains JSON, so one parser gives positions for both. */
function readDocument(text: string): TariffReading {
  const lines = new LineCounter();
  // `failsafe`: every scalar stays the text it is, so that 0.10 and 0.1234567890 keep their digits.
  const document = tryDocument(text, lines);
  if (document === undefined) {
    return invalid([{...START, what: 'the file is nested too deeply', cure: 'A tariff has five levels at most.'}]);
  }
  if (document.errors.length > 0) {
    return invalid(firstOf(document.errors.map((error) => ({path: '', ...at(lines, error.pos[0]), what: error.message, cure: EDIT}))));
  }
  const alias = aliasIn(document);
  if (alias !== undefined) {
    const cure = 'Write the value out; a tariff is read without them, so that a short file cannot become a huge one.';
    return invalid([{path: '', ...at(lines, alias), what: 'the file uses an alias (*name)', cure}]);
  }
  const parsed = tariffSchema.safeParse(document.toJS());
  const findings = parsed.success ? findingsIn(parsed.data) : parsed.error.issues.flatMap(findingsOf);
  if (findings.length > 0) return invalid(firstOf(findings.map((finding) => locate(finding, document, lines))));
  if (!parsed.success) return invalid([{...START, what: 'the file is not a tariff', cure: EDIT}]);
  const canonical = canonicalText(parsed.data);
  return {kind: 'tariff', tariff: canonicalTariff(canonical), hash: tariffHash(canonical), canonical};
}

/** What canonical text says is what everybody uses, whichever file it came from. */
function canonicalTariff(canonical: string): Tariff {
  return tariffSchema.parse(JSON.parse(canonical));
}

function tryDocument(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    return parseDocument(text, {
      schema: 'failsafe',
      lineCounter,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: true,
      logLevel: 'silent',
    });
  } catch (error) {
    // The parser recurses; a file of brackets overflows the stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function aliasIn(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Alias(_key, node) {
      found = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

type Issue = {readonly code?: string; readonly path: readonly PropertyKey[]; readonly message: string; readonly keys?: readonly string[]};

function findingsOf(issue: Issue): readonly Finding[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    const cure = 'Correct the spelling or remove it.';
    return (issue.keys ?? []).map((key) => ({path: [...path, key], what: `“${key}” is not a word of a tariff here`, cure}));
  }
  return [{path, what: issue.message, cure: EDIT}];
}

function locate(finding: Finding, document: Document, lines: LineCounter): TariffProblem {
  const other = finding.other === undefined ? '' : ` (line ${at(lines, offsetOf(document, finding.other)).line})`;
  return {
    path: finding.path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
      .join('')
      .replace(/^\./, ''),
    ...at(lines, offsetOf(document, finding.path)),
    what: sentence(finding, document) + other,
    cure: finding.cure,
  };
}

/** Messages that are the second half of a sentence get its first: the word they speak of. */
function sentence(finding: Finding, document: Document): string {
  const last = finding.path.findLast((part) => typeof part === 'string');
  const missing = nodeAt(document, finding.path) === undefined;
  if (missing && last !== undefined && !finding.what.endsWith('is missing')) return `${last} is missing`;
  return /^(?:must|is not|are|names) /.test(finding.what) ? `${last ?? 'the file'} ${finding.what}` : finding.what;
}

/** Where the node is, else where the nearest that holds it is. */
function offsetOf(document: Document, path: Path): number {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = nodeAt(document, path.slice(0, depth));
    if (node !== undefined) return node;
  }
  return 0;
}

function nodeAt(document: Document, path: Path): number | undefined {
  const parent: unknown = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    // The key stands before its value, and is there even if the value is empty.
    const pair = parent.items.find(({key}) => isScalar(key) && key.value === last);
    return isNode(pair?.key) && !isAlias(pair.key) ? pair.key.range?.[0] : undefined;
  }
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}

function at(lines: LineCounter, offset: number): {readonly line: number; readonly column: number} {
  const {line, col} = lines.linePos(offset);
  return {line, column: col};
}

function positionIn(text: string, offset: number): {readonly line: number; readonly column: number} {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  return {line: before.split('\n').length, column: offset - lastBreak};
}

function firstOf(problems: readonly TariffProblem[]): readonly TariffProblem[] {
  if (problems.length <= MOST_PROBLEMS) return problems;
  const rest = problems.length - MOST_PROBLEMS;
  return [...problems.slice(0, MOST_PROBLEMS), {...START, what: `there are ${rest} more problems`, cure: 'Correct these first.'}];
}
