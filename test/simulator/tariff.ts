// A realistic tariff of any size out of one seed: Britain in detail, every country with its real calling codes and mobile
// ranges, and as many longer prefixes as are asked for. In: how many prefixes. Out: a source that `tariff check` accepts.
import libphonenumber from 'google-libphonenumber';
import {must} from '../../shared/assert/assert.ts';
import type {TariffSource} from '../../shared/tariff/tariff.ts';
import {seededRandom} from './switchboard/traffic.ts';
import {BANDS, BASE_BAND, BRITISH_DESTINATIONS, BRITISH_RATES, BRITISH_SHORT_CODES, HOLIDAYS} from './tariff-britain.ts';

export type TariffWish = {
  /** E.164 prefixes; the short codes come on top. */
  readonly prefixes: number;
  readonly seed: number;
  readonly currency: string;
  readonly zone: string;
};

type Rate = TariffSource['rates'][number];
type Kind = 'landline' | 'mobile' | 'satellite';
/** A destination while prefixes are still added to it. `pence`: what its parts cost, more or less; none if it has no parts. */
type Growing = {
  readonly name: string;
  readonly rate: string;
  readonly kind: Kind;
  readonly pence: number | undefined;
  readonly catchAll: boolean;
  readonly prefixes: string[];
};

/** Pence a minute to a landline, by the first digit of the calling code: North America and Europe are cheap, the rest is far. */
const LANDLINE_PENCE: Readonly<Record<string, number>> = {1: 6, 2: 42, 3: 9, 4: 9, 5: 28, 6: 32, 7: 14, 8: 36, 9: 30};
/** Inmarsat, Iridium, Thuraya and their kind, and the numbers of no country. */
const SATELLITE = {codes: ['870', '881', '882', '883'], pence: 480} as const;
const MOBILE_FACTOR = 2.2;
/** A country that is not known better costs what its dearest corner does. */
const UNLISTED_FACTOR = 3;
/** Networks and regions of a country that carriers price apart, beyond its landlines and mobiles. */
const MOST_PARTS = 6;
/** Decks name ranges down to a block of a thousand numbers or so. */
const LONGEST_PREFIX = 10;
const LONGEST_RANGE = 6;
/** Only the ranges that a destination began with are divided further. */
const RANGES_REFINED = 20;

type Ranges = {readonly landline: string[]; readonly mobile: string[]};

/** The library's own table, which its types leave out: of a region, by kind, the pattern (2) and an example (6) of national numbers. */
type Metadata = {readonly countryToMetadata: Readonly<Record<string, readonly (readonly unknown[])[]>>};
const {countryToMetadata} = (libphonenumber as unknown as {readonly metadata: Metadata}).metadata;
const KINDS = {landline: 2, mobile: 3} as const;
const PATTERN = 2;
const EXAMPLE = 6;
const library = libphonenumber.PhoneNumberUtil.getInstance();

/** The same wish gives the same tariff. */
export function generateTariff({prefixes, seed, currency, zone}: TariffWish): TariffSource {
  const making: Making = {book: new PriceBook(), taken: new Set(), random: seededRandom(seed)};
  const known = [...britain(making.taken), ...abroad(making)];
  const destinations = cut(refined(known, prefixes, making), prefixes);
  const used = new Set([...destinations, ...BRITISH_SHORT_CODES].map(({rate}) => rate));
  return {
    format: 'spbs-tariff/1',
    name: `Hall of residence, ${prefixes} prefixes`,
    currency,
    zone,
    rounding: {mode: 'half-up', decimals: 2},
    prices: 'gross',
    tax: [{from: '2011-01-04', percent: '20'}],
    baseBand: BASE_BAND,
    bands: BANDS,
    holidays: HOLIDAYS,
    rates: [...BRITISH_RATES, ...making.book.rates()].filter(({name}) => used.has(name)),
    destinations: [...BRITISH_SHORT_CODES, ...destinations],
  };
}

type Making = {readonly book: PriceBook; readonly taken: Set<string>; readonly random: () => number};

/** Rates abroad by their price, so that equal prices share one. */
class PriceBook {
  readonly #rates = new Map<string, Rate>();

  /** Pence a minute, to the half penny; the name of the rate. */
  at(pence: number, kind: Kind): string {
    const rounded = Math.max(1, Math.round(pence * 2) / 2);
    const name = `${kind} ${rounded}p`;
    if (!this.#rates.has(name)) this.#rates.set(name, rateAbroad(name, rounded, kind));
    return name;
  }

  rates(): readonly Rate[] {
    return [...this.#rates.values()];
  }
}

function rateAbroad(name: string, pence: number, kind: Kind): Rate {
  const price = (share: number): string => ((pence * share) / 100).toFixed(5);
  const increments = kind === 'mobile' ? {initialSeconds: 30, nextSeconds: 6} : {initialSeconds: 60, nextSeconds: 60};
  const common = {name, ...increments, perMinute: price(0.9), connectionFee: '0.1'};
  return kind === 'satellite' ? {...common, perMinute: price(1)} : {...common, perMinuteIn: {daytime: price(1), weekend: price(0.85)}};
}

function britain(taken: Set<string>): readonly Growing[] {
  // British ranges have no parts: what a student pays there is printed on the wall.
  return BRITISH_DESTINATIONS.map(({name, rate, prefixes}) => {
    return {name, rate, kind: 'landline', pence: undefined, catchAll: false, prefixes: prefixes.filter(newTo(taken))};
  });
}

/** Says of a prefix that it is new, and remembers it. */
function newTo(taken: Set<string>): (prefix: string) => boolean {
  return (prefix) => {
    const isNew = !taken.has(prefix);
    taken.add(prefix);
    return isNew;
  };
}

function abroad({taken, book, random}: Making): readonly Growing[] {
  const names = new Intl.DisplayNames('en-GB', {type: 'region'});
  const regions = library.getSupportedRegions().filter((region) => library.getCountryCodeForRegion(region) !== 44);
  const countries = regions.flatMap((region) => {
    const code = String(library.getCountryCodeForRegion(region));
    const pence = (LANDLINE_PENCE[code.slice(0, 1)] ?? 0) * (0.7 + random() * 0.6);
    const isMain = library.getRegionCodeForCountryCode(Number(code)) === region;
    return country(names.of(region) ?? region, {code, pence, region, isMain}, book);
  });
  const satellites = SATELLITE.codes.map((code) =>
    growing(`Satellite ${code}`, {pence: SATELLITE.pence * (0.8 + random() * 0.4), kind: 'satellite', prefixes: [code]}, book),
  );
  return [...countries, ...satellites]
    .map((destination) => ({...destination, prefixes: destination.prefixes.filter(newTo(taken))}))
    .filter((destination) => destination.prefixes.length > 0);
}

type Cost = {readonly pence: number; readonly kind: Kind; readonly prefixes: string[]};

function growing(name: string, {pence, kind, prefixes}: Cost, book: PriceBook): Growing {
  return {name, rate: book.at(pence, kind), kind, pence, catchAll: false, prefixes};
}

type Facts = {readonly code: string; readonly pence: number; readonly region: string; readonly isMain: boolean};

/** The whole country, which is not billed unseen; its landlines; its mobiles. A small part of a shared code has only its own area. */
function country(name: string, {code, pence, region, isMain}: Facts, book: PriceBook): readonly Growing[] {
  const {landline, mobile} = isMain ? rangesOf(region, code) : areaOf(region, code);
  const whole = {
    ...growing(`${name}, unlisted`, {pence: pence * UNLISTED_FACTOR, kind: 'landline', prefixes: [code]}, book),
    catchAll: true,
  };
  return [
    ...(isMain ? [whole] : []),
    growing(name, {pence, kind: 'landline', prefixes: landline}, book),
    growing(`${name}, mobile`, {pence: pence * MOBILE_FACTOR, kind: 'mobile', prefixes: mobile}, book),
  ];
}

/** Which two digits after the calling code begin a landline or a mobile: those that the pattern takes with the example's other digits. */
function rangesOf(region: string, code: string): Ranges {
  const starts = Array.from({length: 100}, (_, start) => String(start).padStart(2, '0'));
  const ofKind = (kind: keyof typeof KINDS): readonly string[] => {
    const {pattern, example} = knownOf(region, kind);
    const whole = new RegExp(`^(?:${pattern})$`);
    return starts.filter((start) => whole.test(start + example.slice(2))).map((start) => code + start);
  };
  const landline = ofKind('landline');
  return {landline: [...landline], mobile: ofKind('mobile').filter((range) => !landline.includes(range))};
}

/** A small country of a shared calling code is known by its area code. */
function areaOf(region: string, code: string): Ranges {
  const digits = code === '1' ? 3 : 4;
  const area = (kind: keyof typeof KINDS): string => code + knownOf(region, kind).example.slice(0, digits);
  return {landline: [area('landline')], mobile: [area('mobile')]};
}

/** `(?!)` matches nothing: a country without numbers of the kind. */
function knownOf(region: string, kind: keyof typeof KINDS): {readonly pattern: string; readonly example: string} {
  const description = countryToMetadata[region]?.[KINDS[kind]];
  const text = (field: number): string | undefined => (typeof description?.[field] === 'string' ? description[field] : undefined);
  return {pattern: text(PATTERN) ?? '(?!)', example: text(EXAMPLE) ?? ''};
}

/** Longer ranges under the known ones until there are enough, as carriers have them: a region or a network with its own price. */
function refined(known: readonly Growing[], wanted: number, making: Making): readonly Growing[] {
  const {taken, random} = making;
  const parents = known.filter(({catchAll}) => !catchAll);
  const parts = new Map<string, Growing>();
  const pick = <T>(from: readonly T[]): T => must(from[Math.floor(random() * from.length)], 'one of several');
  const isNew = newTo(taken);
  let count = known.reduce((sum, {prefixes}) => sum + prefixes.length, 0);
  while (count < wanted) {
    const parent = pick(parents);
    const part = partOf(parent, parts, making);
    const start = must(parent.prefixes[Math.floor(random() * Math.min(parent.prefixes.length, RANGES_REFINED))], 'a range');
    const more = 1 + Math.floor(random() * LONGEST_RANGE);
    const prefix = `${start}${String(Math.floor(random() * 10 ** more)).padStart(more, '0')}`;
    if (prefix.length > LONGEST_PREFIX || !isNew(prefix)) continue;
    part.prefixes.push(prefix);
    count += 1;
  }
  return [...known, ...parts.values()];
}

/** One of the parts that a destination has or could have; itself if it has none. */
function partOf(parent: Growing, parts: Map<string, Growing>, {book, random}: Making): Growing {
  if (parent.pence === undefined) return parent;
  const name = `${parent.name}, ${parent.kind === 'mobile' ? 'network' : 'region'} ${1 + Math.floor(random() * MOST_PARTS)}`;
  const known = parts.get(name);
  if (known !== undefined) return known;
  const part = growing(name, {pence: parent.pence * (0.6 + random() * 0.8), kind: parent.kind, prefixes: []}, book);
  parts.set(name, part);
  return part;
}

/** Cut to `count` prefixes: Britain is the last to go, and every other destination keeps as many as every other. */
function cut(destinations: readonly Growing[], count: number): TariffSource['destinations'] {
  const british = destinations.slice(0, BRITISH_DESTINATIONS.length);
  const rest = destinations.slice(BRITISH_DESTINATIONS.length);
  const sum = (of: readonly Growing[], most: number): number => of.reduce((all, {prefixes}) => all + Math.min(prefixes.length, most), 0);
  const forRest = count - Math.min(count, sum(british, Infinity));
  const longest = Math.max(...rest.map(({prefixes}) => prefixes.length));
  let most = 0;
  while (most < longest && sum(rest, most + 1) <= forRest) most += 1;
  let left = count;
  let spare = forRest - sum(rest, most);
  return destinations.flatMap(({name, rate, catchAll, prefixes}, place) => {
    const isBritish = place < british.length;
    const more = !isBritish && spare > 0 && prefixes.length > most ? 1 : 0;
    spare -= more;
    const kept = prefixes.slice(0, isBritish ? left : Math.min(left, most + more));
    left -= kept.length;
    return kept.length === 0 ? [] : [{name, rate, prefixes: kept, ...(catchAll && {catchAll})}];
  });
}
