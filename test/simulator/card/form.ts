// Form encoding with nested names, `a[b][0][c]=1`, as the API takes it; and what is asked of the values.
import {invalid, missing} from './errors.ts';

export type Params = {[name: string]: Value};
export type Value = string | Params | Value[];

/** Deep enough for every parameter of the API; a name that goes deeper is an attack. */
const MAX_DEPTH = 6;

export function parseForm(text: string): Params {
  const root: Params = fresh();
  for (const [name, value] of new URLSearchParams(text)) set(root, pathOf(name), value);
  return Object.fromEntries(Object.entries(root).map(([name, value]) => [name, name === 'metadata' ? value : listed(value)]));
}

function fresh(): Params {
  return Object.create(null) as Params;
}

function pathOf(name: string): readonly string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
  if (match === null) throw invalid(`Invalid parameter name: ${name}`, name);
  const [, head = '', rest = ''] = match;
  const path = [head, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, inner = '']) => inner)];
  if (path.length > MAX_DEPTH) throw invalid(`Too deep a parameter: ${head}`, head);
  return path;
}

function set(at: Params, path: readonly string[], value: string): void {
  const [name = '', ...rest] = path;
  // `expand[]` counts by itself.
  const key = name === '' ? String(Object.keys(at).length) : name;
  if (rest.length === 0) {
    at[key] = value;
    return;
  }
  const inner = at[key];
  const next = typeof inner === 'object' && !Array.isArray(inner) ? inner : fresh();
  at[key] = next;
  set(next, rest, value);
}

/** {0: a, 1: b} is a list. */
function listed(value: Value): Value {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, name === 'metadata' ? inner : listed(inner)] as const);
  const isList = entries.length > 0 && entries.every(([name], index) => name === String(index));
  return isList ? entries.map(([, inner]) => inner) : Object.assign(fresh(), Object.fromEntries(entries));
}

export function text(params: Params, name: string): string | undefined {
  const value = params[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw invalid(`Invalid string: ${name}`, name);
  return value;
}

export function requiredText(params: Params, name: string): string {
  const value = text(params, name);
  if (value === undefined) throw missing(name);
  return value;
}

export function whole(params: Params, name: string): number | undefined {
  const value = text(params, name);
  if (value === undefined) return undefined;
  if (!/^-?\d{1,12}$/.test(value)) throw invalid(`Invalid integer: ${value}`, name, 'parameter_invalid_integer');
  return Number(value);
}

export function flag(params: Params, name: string): boolean {
  // The Python client writes True.
  const value = text(params, name)?.toLowerCase();
  if (value !== undefined && value !== 'true' && value !== 'false') throw invalid(`Invalid boolean: ${value}`, name);
  return value === 'true';
}

export function section(params: Params, name: string): Params {
  const value = params[name];
  if (value === undefined || value === '') return {};
  if (typeof value === 'string' || Array.isArray(value)) throw invalid(`Invalid object`, name);
  return value;
}

export function list(params: Params, name: string): readonly Value[] {
  const value = params[name];
  if (value === undefined || value === '') return [];
  if (!Array.isArray(value)) throw invalid(`Invalid array`, name);
  return value;
}

export function metadata(params: Params): Record<string, string> {
  const given = section(params, 'metadata');
  return Object.fromEntries(Object.keys(given).map((name) => [name, text(given, name) ?? '']));
}

/** The API refuses what it does not know: a misspelt parameter must not pass. */
export function onlyKnown(params: Params, known: string): void {
  const names = new Set(['expand', 'metadata', ...known.split(' ')]);
  const stray = Object.keys(params).find((name) => !names.has(name));
  if (stray !== undefined) throw invalid(`Received unknown parameter: ${stray}`, stray, 'parameter_unknown');
}
