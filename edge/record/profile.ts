// Profiles are files: those that are shipped beside this one, and a site's own. One is read whole or not at all.
// In: a name or a path. Out: a profile whose parts know each other, or every problem with its place.
// Never true: a profile half used; a pattern that can hang.
import {readdirSync, readFileSync} from 'node:fs';
import {isMap, isNode, isScalar, LineCounter, parseDocument, visit, type Document} from 'yaml';
import {Failure} from '../../shared/failure/failure.ts';
import {findingsIn, type Finding, type Path} from './profile-check.ts';
import {profileSchema, type Profile} from './profile-schema.ts';

export type {Profile} from './profile-schema.ts';

export type ProfileProblem = {
  /** As the caller called it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly what: string;
  readonly cure: string;
};

export type ProfileReading =
  | {readonly kind: 'profile'; readonly profile: Profile}
  | {readonly kind: 'invalid'; readonly problems: readonly ProfileProblem[]};

const SHIPPED = new URL('./profiles/', import.meta.url);
const ENDING = '.yaml';
/** The longest shipped one is below 10 KB. */
const LONGEST_PROFILE = 256 * 1024;
/** More would not be read. */
const MOST_PROBLEMS = 50;
const CORRECT = 'Correct the file at this place.';

/** Names of the profiles that come with the box, sorted. */
export function shippedProfiles(): readonly string[] {
  return readdirSync(SHIPPED)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .toSorted();
}

/**
 * A shipped profile by its name, or a site's own by its path, which has a slash or ends in .yaml. Throws Failure
 * `profile.unknown`, `file.unreadable` or `profile.invalid`.
 */
export function loadProfile(nameOrPath: string): Profile {
  const isPath = nameOrPath.includes('/') || nameOrPath.includes('\\') || /\.ya?ml$/.test(nameOrPath);
  if (!isPath && !shippedProfiles().includes(nameOrPath)) throw unknown(nameOrPath);
  const file = isPath ? nameOrPath : `${nameOrPath}${ENDING}`;
  const reading = readProfile(textOf(isPath ? nameOrPath : new URL(file, SHIPPED), file), file);
  if (reading.kind === 'profile') return reading.profile;
  const told = reading.problems.map((problem) => `\n  ${problemText(problem)}`).join('');
  throw new Failure('profile.invalid', `profile ${file} cannot be used:${told}`, `correct it; spbs profile check ${file} tries it again`);
}

/** `mine.yaml:12:5: must be …. Correct …` */
export function problemText({file, line, column, what, cure}: ProfileProblem): string {
  return `${file}:${line}:${column}: ${what}. ${cure}`;
}

/** Bytes of a file as text; throws Failure `file.unreadable`. */
function textOf(path: string | URL, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure('file.unreadable', `profile ${shown} cannot be read`, 'check its path and who may read it', error);
  }
}

/** The text of a profile, which anybody may have written; `file` is for the problems. */
export function readProfile(text: string, file: string): ProfileReading {
  const lines = new LineCounter();
  const start = {file, line: 1, column: 1};
  const invalid = (problems: readonly ProfileProblem[]): ProfileReading => ({kind: 'invalid', problems: problems.slice(0, MOST_PROBLEMS)});
  if (text.length > LONGEST_PROFILE) {
    return invalid([{...start, what: `the file is longer than ${LONGEST_PROFILE / 1024} KB`, cure: 'Check that it is a profile.'}]);
  }
  const document = documentOf(text, lines);
  if (document === undefined)
    return invalid([{...start, what: 'the file is nested too deeply', cure: 'A profile has five levels at most.'}]);
  const place = (offset: number): Pick<ProfileProblem, 'file' | 'line' | 'column'> => {
    const {line, col} = lines.linePos(offset);
    return {file, line, column: col};
  };
  if (document.errors.length > 0) {
    return invalid(document.errors.map((error) => ({...place(error.pos[0]), what: error.message, cure: CORRECT})));
  }
  const alias = aliasIn(document);
  if (alias !== undefined) {
    return invalid([
      {...place(alias), what: 'the file uses an alias (*name)', cure: 'Write the value out: a short file cannot become a huge one.'},
    ]);
  }
  const parsed = profileSchema.safeParse(document.toJS());
  const findings = parsed.success ? findingsIn(parsed.data) : parsed.error.issues.flatMap(findingsOf);
  if (parsed.success && findings.length === 0) return {kind: 'profile', profile: parsed.data};
  return invalid(findings.map(({path, what, cure}) => ({...place(offsetOf(document, path)), what: `${nameOf(path)} ${what}`, cure})));
}

/** `failsafe`: every value stays the text it is. */
function documentOf(text: string, lineCounter: LineCounter): Document | undefined {
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
    return (issue.keys ?? []).map((key) => ({
      path: [...path, key],
      what: 'is not a word of a profile here',
      cure: 'Correct the spelling or remove it.',
    }));
  }
  if (issue.code === 'invalid_key') return [{path, what: 'is not a name that may stand here', cure: CORRECT}];
  return [{path, what: issue.message, cure: CORRECT}];
}

/** The word that a problem speaks of. */
function nameOf(path: Path): string {
  const last = path.at(-1) ?? 'the profile';
  return typeof last === 'number' ? `entry ${last + 1} of ${path.findLast((part) => typeof part === 'string') ?? 'the list'}` : last;
}

/** Where the node is, else where the nearest that holds it is. */
function offsetOf(document: Document, path: Path): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent: unknown = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const last = path[depth - 1];
    // The key stands before its value, and is there even if the value is empty.
    const pair = isMap(parent) ? parent.items.find(({key}) => isScalar(key) && key.value === last) : undefined;
    const node: unknown = pair === undefined ? document.getIn(path.slice(0, depth), true) : pair.key;
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function unknown(name: string): Failure {
  const near = shippedProfiles().toSorted((one, other) => distance(name, one) - distance(name, other));
  const cure = `name one of the shipped profiles, nearest first (${near.slice(0, 5).join(', ')}), or the path of a file of your own`;
  return new Failure('profile.unknown', `no profile is called ${JSON.stringify(name.slice(0, 60))}`, cure);
}

/** How many letters to add, drop or change to make one of the other. */
function distance(one: string, other: string): number {
  let row = Array.from({length: other.length + 1}, (_, place) => place);
  for (let down = 0; down < Math.min(one.length, 60); down++) {
    const next = [down + 1];
    for (let place = 0; place < other.length; place++) {
      const change = (row[place] ?? 0) + (other[place] === one[down] ? 0 : 1);
      next.push(Math.min(change, (row[place + 1] ?? 0) + 1, (next[place] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
