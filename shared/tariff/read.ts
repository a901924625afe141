// A tariff file, YAML or JSON, becomes a tariff and its hash, or a list of problems with line and column.
// In: the text of a file that anybody may have written. Out: a tariff that compiles, in canonical form.
// Never true: a number passes through a binary fraction; a file is half used; a problem stops the search for others.
import {canonicalText, tariffHash} from './canonical.ts';
import {findingsIn, type Finding} from './check.ts';
import {firstOf, holds, isBoundedJson, openDocument, placeOf, positionIn, type TariffDocument, type TariffProblem} from './document.ts';
import {tariffSchema, type Tariff} from './tariff.ts';

export type TariffReading =
  | {readonly kind: 'tariff'; readonly tariff: Tariff; readonly hash: string; readonly canonical: string}
  | {readonly kind: 'invalid'; readonly problems: readonly TariffProblem[]};

/** A deck of 300,000 prefixes is under 8 MB; what else four times that may hold, document.ts bounds. */
export const LONGEST_TARIFF_TEXT = 32 * 1024 * 1024;

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

/** The text of a tariff file. Its own canonical text is read without positions, about 7 times as fast. */
export function readTariff(text: string): TariffReading {
  if (text.length > LONGEST_TARIFF_TEXT) return tooLong();
  if (text.startsWith('{') && isBoundedJson(text)) {
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

function readDocument(text: string): TariffReading {
  const opening = openDocument(text);
  if (opening.kind === 'invalid') return invalid(opening.problems);
  const parsed = tariffSchema.safeParse(opening.document.toJS());
  if (!parsed.success) return invalid(firstOf(parsed.error.issues.flatMap(findingsOf), (finding) => problemOf(finding, opening)));
  const findings = findingsIn(parsed.data);
  if (findings.length > 0) return invalid(firstOf(findings, (finding) => problemOf(finding, opening)));
  const canonical = canonicalText(parsed.data);
  return {kind: 'tariff', tariff: canonicalTariff(canonical), hash: tariffHash(canonical), canonical};
}

/** What canonical text says is what everybody uses, whichever file it came from. */
function canonicalTariff(canonical: string): Tariff {
  return tariffSchema.parse(JSON.parse(canonical));
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

function problemOf(finding: Finding, document: TariffDocument): TariffProblem {
  const other = finding.other === undefined ? '' : ` (line ${placeOf(document, finding.other).line})`;
  const last = finding.path.findLast((part) => typeof part === 'string') ?? 'the file';
  const path = finding.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  const place = {path: path.replace(/^\./, ''), ...placeOf(document, finding.path)};
  if (finding.path.length > 0 && !holds(document, finding.path)) return {...place, what: `${last} is missing`, cure: 'Add it here.'};
  // Messages that are the second half of a sentence get its first: the word they speak of.
  const what = /^(?:must|is not|are|names) /.test(finding.what) ? `${last} ${finding.what}` : finding.what;
  return {...place, what: what + other, cure: finding.cure};
}
