// Where a site's tariffs go, by name: for lists of destinations that somebody types. In: a site, names or words. Out: how the
// tariff spells them, which it does not have, what was probably meant. Never true: a name refused that another tariff may have.
import {nearest} from '../../shared/option/nearest.ts';
import type {CompiledTariff} from '../../shared/tariff/compile.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import type {CompiledTariffs} from './compiled.ts';
import {publishedTariffs} from './published.ts';

/** A tariff that names something not. */
export type MissingIn = {
  readonly tariff: string;
  readonly from: Instant;
  readonly isInForce: boolean;
  readonly names: readonly string[];
};

export type FoundNames = {
  /** In the order of the alphabet, at most {@link MOST_FOUND}. */
  readonly names: readonly string[];
  /** So many match. */
  readonly count: number;
  /** So many there are. */
  readonly of: number;
};

export type Destinations = {
  /** As the tariff of then spells them; those that it does not have stay as typed. */
  readonly read: (
    site: string,
    names: readonly string[],
    at: Instant,
  ) => Promise<{
    readonly names: readonly string[];
    readonly unknown: readonly {readonly name: string; readonly meant: readonly string[]}[];
  }>;
  /** Those that have each of the words in their name. */
  readonly find: (site: string, words: string, at: Instant) => Promise<FoundNames>;
  /** In which tariffs, in force from now on until then, which of the names are missing. */
  readonly missing: (
    site: string,
    names: readonly string[],
    span: {readonly from: Instant; readonly to: number | undefined; readonly now: Instant},
  ) => Promise<readonly MissingIn[]>;
};

/** As many as an allowance may name. */
const MOST_FOUND = 500;
const MOST_MEANT = 3;
/** Looking for what was meant reads every name: of a long list that is wrong throughout only the first are looked for. */
const MOST_LOOKED_FOR = 10;
/** To compare two names letter by letter takes some 5 µs. */
const MOST_COMPARED = 1_000;
const MOST_APART = 4;
/** Classes of numbers that are priced by what they are, by the names under which they stand in workings. */
const CLASSES = ['freephone', 'premium', 'shared-cost'] as const;

export function createDestinations({reading, tariffs}: {readonly reading: Reader; readonly tariffs: CompiledTariffs}): Destinations {
  const at = async (site: string, instant: Instant): Promise<Names> => namesOf(await tariffs.at(site, instant));
  return {
    read: async (site, names, instant) => {
      const there = await at(site, instant);
      const {byKey} = there;
      const unknown = names.filter((name) => !byKey.has(keyOf(name)));
      const meant = (name: string, place: number): readonly string[] => (place < MOST_LOOKED_FOR ? meantBy(name, there) : []);
      return {
        names: [...new Set(names.map((name) => byKey.get(keyOf(name)) ?? name))],
        unknown: unknown.map((name, place) => ({name, meant: meant(name, place)})),
      };
    },
    find: async (site, words, instant) => {
      const there = await at(site, instant);
      const found = withWords(there, words);
      return {names: found.slice(0, MOST_FOUND), count: found.length, of: there.byKey.size};
    },
    missing: async (site, names, {from, to, now}) => {
      if (names.length === 0) return [];
      const missing: MissingIn[] = [];
      for (const entry of await publishedTariffs(reading, site, now)) {
        const isOver = entry.to !== undefined && entry.to <= Math.max(now, from);
        if (isOver || (to !== undefined && entry.from >= to)) continue;
        const {byKey} = await at(site, entry.from);
        // To the letter: the box compares names and knows no other spelling.
        const absent = names.filter((name) => byKey.get(keyOf(name)) !== name);
        if (absent.length > 0) missing.push({tariff: entry.name, from: entry.from, isInForce: entry.isInForce, names: absent});
      }
      return missing;
    },
  };
}

/** As the tariff spells them, by what they are told apart by; in its order, which is that of the alphabet. */
type Names = {readonly byKey: ReadonlyMap<string, string>};
const NONE: Names = {byKey: new Map()};
/** As long as the tariff itself is kept. */
const known = new WeakMap<CompiledTariff, Names>();

function namesOf(tariff: CompiledTariff | undefined): Names {
  if (tariff === undefined) return NONE;
  const kept = known.get(tariff);
  if (kept !== undefined) return kept;
  const classes = CLASSES.filter((name) => tariff.classes[name] !== undefined);
  const names = {byKey: new Map([...tariff.destinations.map(({name}) => name), ...classes].map((name) => [keyOf(name), name]))};
  known.set(tariff, names);
  return names;
}

function keyOf(name: string): string {
  return name.normalize('NFC').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

function withWords({byKey}: Names, text: string): readonly string[] {
  const words = keyOf(text)
    .split(' ')
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  const found: string[] = [];
  for (const [key, name] of byKey) if (words.every((word) => key.includes(word))) found.push(name);
  return found;
}

/** Names with the same words first; else the nearest by its letters, of those that begin alike. */
function meantBy(name: string, names: Names): readonly string[] {
  const alike = withWords(names, name);
  if (alike.length > 0) return alike.slice(0, MOST_MEANT);
  const wanted = keyOf(name);
  const near: string[] = [];
  for (const key of names.byKey.keys()) {
    if (near.length === MOST_COMPARED) break;
    if (key.startsWith(wanted.slice(0, 2)) && Math.abs(key.length - wanted.length) <= MOST_APART) near.push(key);
  }
  const found = nearest(wanted, near);
  const meant = found === undefined ? undefined : names.byKey.get(found);
  return meant === undefined ? [] : [meant];
}
