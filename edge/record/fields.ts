// A line cut into the fields of its layout, and the conditions and references that a profile makes of them.
// In: a profile, once; then the text of a line. Out: its fields by slot, or why no layout fits.
// Never true: a field of the line before seen in this one; a line that is shorter than its layout taken for whole.
import {must} from '../../shared/assert/assert.ts';
import {splitFields} from './csv.ts';
import {fieldsOf} from './profile-check.ts';
import type {Layout, Profile, When} from './profile-schema.ts';

/** What a line says, by slot: columns first, then parties. One object for all lines; each line overwrites it. */
export type Fields = {
  readonly texts: string[];
  /** Of parties only. */
  readonly kinds: (string | undefined)[];
};

export type Cut =
  | {readonly kind: 'cut'; readonly layout: CompiledLayout}
  | {readonly kind: 'rejected'; readonly reason: 'no-variant' | 'cut-line'; readonly detail: string};

export type Holds = (fields: Fields) => boolean;

export type CompiledLayout = {readonly name: string; readonly id: readonly number[] | undefined};

type Compiled = CompiledLayout & {
  readonly lengths: readonly {readonly from: number; readonly to: number}[];
  /** Fixed columns; undefined for CSV. */
  readonly columns: readonly (readonly [slot: number, from: number, to: number])[] | undefined;
  /** The slot of each CSV field; -1 for one that nobody needs. */
  readonly slots: readonly number[];
  readonly when: Holds | undefined;
};

/** Where each name of the profile is found in {@link Fields}. */
export function slotsOf(profile: Profile): ReadonlyMap<string, number> {
  const columns = profile.layouts.flatMap((layout) => fieldsOf(layout, profile)).filter((name) => name !== '_');
  return new Map([...new Set([...columns, ...Object.keys(profile.parties)])].map((name, slot) => [name, slot]));
}

/** Cuts lines into `fields`. */
export function createCutter(profile: Profile, slots: ReadonlyMap<string, number>, fields: Fields): (line: string) => Cut {
  const layouts = profile.layouts.map((layout) => compileLayout(layout, profile, slots));
  const fixed = layouts.filter(({columns}) => columns !== undefined);
  const separated = layouts.filter(({columns}) => columns === undefined);
  const {texts} = fields;

  const fill = (layout: Compiled, line: string, found: readonly string[] | undefined): boolean => {
    texts.fill('');
    if (layout.columns !== undefined) for (const [slot, from, to] of layout.columns) texts[slot] = line.slice(from, to).trim();
    else for (let place = 0; place < layout.slots.length; place++) put(texts, layout.slots[place], found?.[place]);
    return layout.when === undefined || layout.when(fields);
  };

  return (line) => {
    for (const layout of fixed) {
      if (fits(layout, line.length) && fill(layout, line, undefined)) return {kind: 'cut', layout};
    }
    const found = separated.length === 0 ? undefined : splitFields(line, profile.separator);
    for (const layout of found === undefined ? [] : separated) {
      if (fits(layout, found?.length ?? 0) && fill(layout, line, found)) return {kind: 'cut', layout};
    }
    if (separated.length > 0) return wrongCount(separated, found);
    // One that would fit if it were longer is a line that lost its end.
    return wrongLength(
      fixed,
      fixed.filter((layout) => fill(layout, line, undefined)),
      line.length,
    );
  };
}

function put(texts: string[], slot: number | undefined, text: string | undefined): void {
  if (slot !== undefined && slot >= 0) texts[slot] = text?.trim() ?? '';
}

function fits({lengths}: Compiled, length: number): boolean {
  for (const {from, to} of lengths) if (length >= from && length <= to) return true;
  return false;
}

function compileLayout(layout: Layout, profile: Profile, slots: ReadonlyMap<string, number>): Compiled {
  const names = fieldsOf(layout, profile);
  const slotOf = (name: string): number => must(slots.get(name), `slot of ${name}`);
  return {
    name: layout.name,
    lengths: layout.lengths ?? [{from: names.length, to: names.length}],
    columns: layout.columns && Object.entries(layout.columns).map(([name, {from, to}]) => [slotOf(name), from - 1, to] as const),
    slots: names.map((name) => (name === '_' ? -1 : slotOf(name))),
    when: layout.when && compileWhen(layout.when, slots, new Set()),
    id: layout.id?.map(slotOf),
  };
}

function wrongCount(layouts: readonly Compiled[], found: readonly string[] | undefined): Cut {
  if (found === undefined) return {kind: 'rejected', reason: 'cut-line', detail: 'a quote stays open'};
  const counts = [...new Set(layouts.map(({slots}) => slots.length))].toSorted((one, other) => one - other);
  const least = counts[0] ?? 0;
  const detail = `${found.length} fields; this profile knows lines of ${counts.join(', ')}`;
  // Less than half of the fields is more likely some other text.
  const cut = found.length < least && found.length * 2 >= least;
  return {kind: 'rejected', reason: cut ? 'cut-line' : 'no-variant', detail};
}

function wrongLength(all: readonly Compiled[], alike: readonly Compiled[], length: number): Cut {
  const told = (layouts: readonly Compiled[]): string =>
    [...new Set(layouts.flatMap(({lengths}) => lengths.map(({from, to}) => (from === to ? `${from}` : `${from}-${to}`))))].join(', ');
  const cut = alike.some(({lengths}) => lengths.some(({from}) => length < from));
  const detail = `${length} characters; this profile knows lines of ${told(cut ? alike : all)}`;
  return {kind: 'rejected', reason: cut ? 'cut-line' : 'no-variant', detail};
}

/** All conditions at once. A party is compared by its kind, a column by its text. */
export function compileWhen(when: When, slots: ReadonlyMap<string, number>, parties: ReadonlySet<string>): Holds {
  const tests = Object.entries(when).map(([name, condition]): Holds => {
    const slot = must(slots.get(name), `slot of ${name}`);
    const isParty = parties.has(name);
    if (typeof condition === 'object' && !Array.isArray(condition)) {
      const pattern = new RegExp(condition.match);
      return ({texts}) => pattern.test(texts[slot] ?? '');
    }
    if (typeof condition === 'string') return isParty ? ({kinds}) => kinds[slot] === condition : ({texts}) => texts[slot] === condition;
    const wanted: readonly string[] = condition;
    return isParty ? ({kinds}) => wanted.includes(kinds[slot] ?? '') : ({texts}) => wanted.includes(texts[slot] ?? '');
  });
  const [first, second] = tests;
  if (first !== undefined && tests.length === 1) return first;
  if (first !== undefined && second !== undefined && tests.length === 2) return (fields) => first(fields) && second(fields);
  return (fields) => tests.every((test) => test(fields));
}

/** The text behind a reference; empty if it is a party of another kind, or of none that the profile knows. */
export function compileReference(
  reference: string,
  slots: ReadonlyMap<string, number>,
  parties: ReadonlySet<string>,
): (fields: Fields) => string {
  const [name = '', kind] = reference.split('/');
  const slot = must(slots.get(name), `slot of ${name}`);
  if (!parties.has(name)) return ({texts}) => texts[slot] ?? '';
  if (kind === undefined) return ({texts, kinds}) => (kinds[slot] === 'other' ? '' : (texts[slot] ?? ''));
  return ({texts, kinds}) => (kinds[slot] === kind ? (texts[slot] ?? '') : '');
}
