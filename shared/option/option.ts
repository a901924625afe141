// Options are declared once: key, schema, default, help. The reader, the validation, --help and the template come from that.
// In: a YAML file and the environment. Out: typed values, or every problem with its place. Never true: an unknown key ignored.
import {isScalar, LineCounter, parseDocument, type Document} from 'yaml';
import type {z} from 'zod';
import {nearest} from './nearest.ts';

export type Option<S extends z.ZodType = z.ZodType> = {
  /** Undefined is invalid unless the schema allows it. */
  readonly schema: S;
  /** In the terms of the file, before the schema reads it. */
  readonly default?: z.input<S>;
  readonly help: string;
  /** Does a change need a restart? */
  readonly restart: boolean;
  /** A commented line for the template where the default says too little. */
  readonly example?: string;
};

export type Declarations = Readonly<Record<string, Option>>;
export type Values<D extends Declarations> = {readonly [K in keyof D]: z.output<D[K]['schema']>};

export type Problem = {readonly where: string; readonly what: string};
export type Reading<D extends Declarations> =
  | {readonly kind: 'values'; readonly values: Values<D>}
  | {readonly kind: 'invalid'; readonly problems: readonly Problem[]};

/** Types a set of declarations without widening them. */
export function declare<D extends Declarations>(declarations: D): D {
  return declarations;
}

/** `console.port` is set by the variable `SPBS_CONSOLE_PORT`. */
export function variableOf(key: string): string {
  return `SPBS_${key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}

/** Reads the file's text (`console: {port: 1}` and `console.port: 1` are the same), then lets the environment override it. */
export function readOptions<D extends Declarations>(
  declarations: D,
  file: {readonly name: string; readonly text: string},
  environment: Readonly<Record<string, string | undefined>>,
): Reading<D> {
  const problems: Problem[] = [];
  const given = new Map<string, Given>();
  readFile(declarations, file, {given, problems});
  readEnvironment(declarations, environment, {given, problems});
  const values: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(declarations)) {
    const source = given.get(key);
    const parsed = parse(option, source);
    if (parsed.success) values[key] = parsed.data;
    else problems.push(...parsed.error.issues.map((issue) => problemOf(key, source?.where, issue)));
  }
  return problems.length === 0 ? {kind: 'values', values: values as Values<D>} : {kind: 'invalid', problems};
}

/** `text`: what stood in a variable before it was read as YAML. */
type Given = {readonly value: unknown; readonly where: string; readonly text?: string};
type Findings = {readonly given: Map<string, Given>; readonly problems: Problem[]};

function parse(option: Option, given: Given | undefined): z.ZodSafeParseResult<unknown> {
  if (given === undefined) return option.schema.safeParse(option.default);
  const parsed = option.schema.safeParse(given.value);
  if (parsed.success || given.text === undefined) return parsed;
  // A password such as 0123 or `yes: no` is a word, whatever YAML makes of it.
  const asWord = option.schema.safeParse(given.text);
  return asWord.success ? asWord : parsed;
}

function problemOf(key: string, where: string | undefined, issue: z.core.$ZodIssue): Problem {
  const path = [key, ...issue.path.map(String)].join('.');
  if (where === undefined) return {where: path, what: `is missing: set it in the file or by ${variableOf(key)}`};
  return {where: `${where} ${path}`, what: issue.message};
}

function readFile(declarations: Declarations, file: {readonly name: string; readonly text: string}, findings: Findings): void {
  const lines = new LineCounter();
  const document = parseDocument(file.text, {lineCounter: lines, prettyErrors: false});
  const place = (offset: number): string => {
    const {line, col} = lines.linePos(offset);
    return `${file.name}:${line}:${col}`;
  };
  for (const error of document.errors) findings.problems.push({where: place(error.pos[0]), what: error.message});
  if (document.errors.length > 0) return;
  const walk = (node: unknown, path: readonly string[]): void => {
    if (!isRecord(node)) {
      findings.problems.push({where: [file.name, ...path].join(' '), what: 'must be a section of named options'});
      return;
    }
    for (const [name, value] of Object.entries(node)) {
      const here = [...path, name];
      const key = here.join('.');
      const range = nodeRange(document.getIn(here, true));
      const where = range === undefined ? file.name : place(range);
      if (findings.given.has(key)) findings.problems.push({where, what: `${key} is set twice`});
      else if (Object.hasOwn(declarations, key)) findings.given.set(key, {value, where});
      else if (Object.keys(declarations).some((known) => known.startsWith(`${key}.`))) walk(value, here);
      else findings.problems.push({where, what: `unknown option ${key}${suggestion(key, Object.keys(declarations))}`});
    }
  };
  const content = contentOf(document);
  if (content.kind === 'too-large') findings.problems.push({where: file.name, what: 'grows too large by its aliases (*name)'});
  else if (content.value !== null && content.value !== undefined) walk(content.value, []);
}

function contentOf(document: Document): {readonly kind: 'content'; readonly value: unknown} | {readonly kind: 'too-large'} {
  try {
    return {kind: 'content', value: document.toJS() as unknown};
  } catch (error) {
    // How the library refuses a file in which aliases of aliases multiply.
    if (error instanceof ReferenceError) return {kind: 'too-large'};
    throw error;
  }
}

function nodeRange(node: unknown): number | undefined {
  const range = isRecord(node) ? node['range'] : undefined;
  const start: unknown = Array.isArray(range) ? range[0] : undefined;
  return typeof start === 'number' ? start : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readEnvironment(declarations: Declarations, environment: Readonly<Record<string, string | undefined>>, findings: Findings): void {
  const keys = new Map(Object.keys(declarations).map((key) => [variableOf(key), key]));
  for (const [variable, text] of Object.entries(environment)) {
    const key = keys.get(variable);
    if (key === undefined || text === undefined) continue;
    findings.given.set(key, {value: valueIn(text), where: variable, text});
  }
}

/** Numbers, lists and sections are written as in the file; plain words stay words, whatever YAML would cut from them. */
function valueIn(text: string): unknown {
  const document = parseDocument(text, {prettyErrors: false});
  if (document.errors.length > 0 || document.warnings.length > 0) return text;
  const content = contentOf(document);
  const isPlain = isScalar(document.contents) && document.contents.type === 'PLAIN';
  return content.kind === 'too-large' || (isPlain && typeof content.value === 'string') ? text : content.value;
}

/** `, did you mean console.port?` for a key that is nearly one. */
function suggestion(key: string, known: readonly string[]): string {
  const near = nearest(key, known) ?? known.find((candidate) => candidate.endsWith(`.${key.split('.').at(-1) ?? key}`));
  return near === undefined ? '' : `, did you mean ${near}?`;
}

/** The help page: every option with its default and its environment variable. */
export function helpText(declarations: Declarations): string {
  const width = Math.max(...Object.keys(declarations).map((key) => key.length));
  const row = ([key, option]: [string, Option]): string => {
    const shown = option.default === undefined ? '' : ` (default ${JSON.stringify(option.default)})`;
    return `  ${key.padEnd(width)}  ${option.help}${shown}\n  ${' '.repeat(width)}  ${variableOf(key)}${option.restart ? '' : ', takes effect at once'}`;
  };
  return Object.entries(declarations).map(row).join('\n');
}

/** A configuration file with every option explained: those with a default are commented out. */
export function templateText(declarations: Declarations): string {
  const entry = ([key, option]: [string, Option]): string => {
    const settled = option.default !== undefined || option.example !== undefined;
    return `# ${option.help}\n${settled ? '# ' : ''}${key}: ${option.example ?? JSON.stringify(option.default ?? '')}\n`;
  };
  return Object.entries(declarations).map(entry).join('\n');
}
