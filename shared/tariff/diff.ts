// What a new tariff changes: which ranges it adds and removes, and which get dearer or cheaper, by how much. Exact.
// In: two tariffs, and the instant whose bands and tax count. Out: groups of prefixes that change alike, and settings that differ.
// Never true: a range that a longer or shorter prefix prices now is called new; a percentage decides what is dearer.
import {must} from '../assert/assert.ts';
import {decimalFromMicros, micros} from '../money/micros.ts';
import type {Instant} from '../time/instant.ts';
import {sharesOfMicros, type Fraction} from './amount.ts';
import {bandAt} from './bands.ts';
import {canonicalText} from './canonical.ts';
import {compileTariff, type CompiledDestination, type CompiledRate, type CompiledTariff} from './compile.ts';
import {LENGTH_FACTOR, longestPrefix, NO_MATCH} from './prefix-index.ts';
import type {Tariff} from './tariff.ts';

export const CHANGES = ['added', 'removed', 'dearer', 'cheaper', 'mixed', 'terms'] as const;
const TERMS = ['connectionFee', 'initialSeconds', 'nextSeconds', 'graceSeconds', 'minimum', 'maximum', 'catchAll', 'type'] as const;
const MICRO = micros(1);

/** `mixed`: dearer in one band, cheaper in another. `terms`: the same a minute, but another fee, increment, minimum … */
export type Change = (typeof CHANGES)[number];

export type Side = {
  readonly destination: string;
  /** Prices a minute as the tariff says them, in the bands that were compared. */
  readonly perMinute: readonly {readonly band: string; readonly price: string}[];
  readonly terms: Terms;
};
export type Terms = {
  readonly connectionFee: string;
  readonly initialSeconds: number;
  readonly nextSeconds: number;
  readonly graceSeconds: number;
  readonly minimum: string | undefined;
  readonly maximum: string | undefined;
  readonly catchAll: boolean;
  /** What its numbers are; `any` if it does not say. */
  readonly type: string;
};

export type ChangeGroup = {
  readonly change: Change;
  /** `4420`, `44700–44709`; short codes follow `code `. */
  readonly ranges: readonly string[];
  readonly prefixes: number;
  readonly before: Side | undefined;
  readonly after: Side | undefined;
  /** Of the price a minute with its tax, in hundredths of a per cent, of the band that changes most; absent from or to nothing. */
  readonly percentHundredths: number | undefined;
  /** Of the terms, which differ. */
  readonly terms: readonly (keyof Terms)[];
};

export type TariffDiff = {
  readonly groups: readonly ChangeGroup[];
  /** Prefixes by what happens to them. */
  readonly counts: Readonly<Record<Change | 'unchanged', number>>;
  /** What holds for the whole tariff and differs: its name, zone, tax, bands … as JSON. */
  readonly settings: readonly {readonly name: string; readonly before: string; readonly after: string}[];
  /** Prices in two currencies are not dearer or cheaper. */
  readonly sameCurrency: boolean;
};

/** `everyBand`: all bands are compared rather than the one in force at the instant. */
export type DiffMoment = {readonly at: Instant; readonly everyBand: boolean};

/** As {@link readTariff} gave them. Takes a second for 300,000 prefixes on each side. */
export function diffTariffs(before: Tariff, after: Tariff, moment: DiffMoment): TariffDiff {
  const [a, b] = [sideOf(before, moment), sideOf(after, moment)];
  const groups = new Groups(a, b, bandPairs(a, b, moment));
  for (const prefix of union(prefixesOf(before, false), prefixesOf(after, false))) {
    groups.add(prefix, placeOf(a.tariff, prefix), placeOf(b.tariff, prefix));
  }
  for (const code of union(prefixesOf(before, true), prefixesOf(after, true))) {
    groups.add(`code ${code}`, a.tariff.codes.get(code), b.tariff.codes.get(code));
  }
  return {...groups.all(), settings: settingsOf(before, after), sameCurrency: before.currency === after.currency};
}

type Placed = CompiledDestination & Pick<Terms, 'type'>;
type Compared = {readonly tariff: CompiledTariff; readonly destinations: readonly Placed[]; readonly tax: Fraction; readonly band: number};

function sideOf(source: Tariff, {at}: DiffMoment): Compared {
  const tariff = compileTariff(source);
  const tax = must(tariff.taxes.findLast(({from}) => from <= at) ?? tariff.taxes[0], 'a tax');
  const destinations = tariff.destinations.map((one, place) => ({...one, type: source.destinations[place]?.type ?? 'any'}));
  return {tariff, destinations, tax: tax.grossOfNet, band: bandAt(tariff.bands, at).band};
}

/** Places of bands that stand for the same time: those of one name; a band that one side has not is its base band there. */
function bandPairs(a: Compared, b: Compared, {everyBand}: DiffMoment): readonly (readonly [number, number])[] {
  if (!everyBand) return [[a.band, b.band]];
  const names = new Set([...a.tariff.bands.names.slice(1), ...b.tariff.bands.names.slice(1)]);
  const place = ({tariff}: Compared, name: string): number => Math.max(0, tariff.bands.names.indexOf(name));
  return [[0, 0], ...[...names].map((name) => [place(a, name), place(b, name)] as const)];
}

function* prefixesOf({destinations}: Tariff, exact: boolean): Generator<string> {
  for (const destination of destinations) if (destination.exact === exact) yield* destination.prefixes;
}

/** In the order of digits, so that ranges are found. */
function union(a: Iterable<string>, b: Iterable<string>): readonly string[] {
  const all = new Set(a);
  for (const one of b) all.add(one);
  return [...all].toSorted();
}

function placeOf({index}: CompiledTariff, prefix: string): number | undefined {
  const match = longestPrefix(index, prefix);
  return match === NO_MATCH ? undefined : Math.floor(match / LENGTH_FACTOR);
}

type Verdict = Omit<ChangeGroup, 'ranges' | 'prefixes'> | 'unchanged';

class Groups {
  readonly #a: Compared;
  readonly #b: Compared;
  readonly #bands: readonly (readonly [number, number])[];
  /** By the places of both destinations: these decide, and are few beside the prefixes. */
  readonly #verdicts = new Map<string, {readonly verdict: Verdict; readonly prefixes: string[]}>();

  constructor(a: Compared, b: Compared, bands: readonly (readonly [number, number])[]) {
    this.#a = a;
    this.#b = b;
    this.#bands = bands;
  }

  add(prefix: string, before: number | undefined, after: number | undefined): void {
    const key = `${before ?? ''} ${after ?? ''}`;
    let found = this.#verdicts.get(key);
    if (found === undefined) {
      found = {verdict: this.#judge(before, after), prefixes: []};
      this.#verdicts.set(key, found);
    }
    found.prefixes.push(prefix);
  }

  all(): Pick<TariffDiff, 'groups' | 'counts'> {
    const counts: Record<Change | 'unchanged', number> = {added: 0, removed: 0, dearer: 0, cheaper: 0, mixed: 0, terms: 0, unchanged: 0};
    const groups: ChangeGroup[] = [];
    for (const {verdict, prefixes} of this.#verdicts.values()) {
      counts[verdict === 'unchanged' ? verdict : verdict.change] += prefixes.length;
      if (verdict !== 'unchanged') groups.push({...verdict, prefixes: prefixes.length, ranges: rangesOf(prefixes)});
    }
    return {groups: groups.toSorted(inOrder), counts};
  }

  #judge(before: number | undefined, after: number | undefined): Verdict {
    const a = before === undefined ? undefined : this.#a.destinations[before];
    const b = after === undefined ? undefined : this.#b.destinations[after];
    const sides = {before: a && this.#side(this.#a, a, 0), after: b && this.#side(this.#b, b, 1)};
    if (a === undefined || b === undefined) {
      return {change: b === undefined ? 'removed' : 'added', ...sides, percentHundredths: undefined, terms: []};
    }
    const prices = this.#bands.map(([one, other]) => compare(priceOf(a.rate, one, this.#a.tax), priceOf(b.rate, other, this.#b.tax)));
    const terms = differing(a, b, [this.#a.tax, this.#b.tax]);
    const change = changeOf(prices);
    if (change === 'terms' && terms.length === 0) return 'unchanged';
    return {change, ...sides, percentHundredths: largest(prices), terms};
  }

  #side({tariff}: Compared, destination: Placed, side: 0 | 1): Side {
    const {names} = tariff.bands;
    const places = [...new Set(this.#bands.map((pair) => pair[side]))];
    const perMinute = places.map((place) => ({band: names[place] ?? '', price: destination.rate.prices[place]?.text ?? ''}));
    return {destination: destination.name, perMinute, terms: termsOf(destination)};
  }
}

/** With its tax, as a fraction. */
type Price = {readonly numerator: bigint; readonly denominator: bigint};

function priceOf(rate: CompiledRate, band: number, tax: Fraction): Price {
  return withTax(must(rate.prices[band], 'a price').sharesPerSecond, rate, tax);
}

function withTax(shares: number, {bounds}: CompiledRate, tax: Fraction): Price {
  if (bounds.containTax) return {numerator: BigInt(shares), denominator: 1n};
  return {numerator: BigInt(shares) * BigInt(tax.numerator), denominator: BigInt(tax.denominator)};
}

type Comparison = {readonly sign: number; readonly hundredths: number | undefined};

function compare(a: Price, b: Price): Comparison {
  const [old, young] = [a.numerator * b.denominator, b.numerator * a.denominator];
  const difference = young - old;
  const sign = difference > 0n ? 1 : difference < 0n ? -1 : 0;
  if (old === 0n) return {sign, hundredths: sign === 0 ? 0 : undefined};
  // To the nearest hundredth of a per cent, halves away from zero.
  const doubled = (difference < 0n ? -difference : difference) * 20_000n;
  return {sign, hundredths: sign * Number((doubled + old) / (2n * old))};
}

function changeOf(prices: readonly Comparison[]): Change {
  const isUp = prices.some(({sign}) => sign > 0);
  const isDown = prices.some(({sign}) => sign < 0);
  if (isUp && isDown) return 'mixed';
  if (isUp) return 'dearer';
  return isDown ? 'cheaper' : 'terms';
}

function largest(prices: readonly Comparison[]): number | undefined {
  const moved = prices.filter(({sign}) => sign !== 0);
  if (moved.some(({hundredths}) => hundredths === undefined)) return undefined;
  return moved.reduce((most, {hundredths = 0}) => (Math.abs(hundredths) > Math.abs(most) ? hundredths : most), 0);
}

/** As the tariff says them, without or with tax. */
function termsOf({rate, catchAll, type}: Placed): Terms {
  const {connectionFee, initialSeconds, nextSeconds, graceSeconds, bounds} = rate;
  const bound = (shares: number): string | undefined =>
    shares === 0 || shares === Infinity ? undefined : decimalFromMicros(micros(shares / sharesOfMicros(MICRO)));
  return {
    connectionFee: decimalFromMicros(connectionFee),
    initialSeconds,
    nextSeconds,
    graceSeconds,
    minimum: bound(bounds.minimum),
    maximum: bound(bounds.maximum),
    catchAll,
    type,
  };
}

/** Amounts are compared with their tax: a tariff that says the same net and gross says the same. */
function differing(a: Placed, b: Placed, taxes: readonly [Fraction, Fraction]): readonly (keyof Terms)[] {
  const [one, other] = [termsOf(a), termsOf(b)];
  const amounts = {
    connectionFee: [a.rate.connectionFeeShares, b.rate.connectionFeeShares],
    minimum: [a.rate.bounds.minimum, b.rate.bounds.minimum],
    maximum: [a.rate.bounds.maximum, b.rate.bounds.maximum],
  } as const;
  return TERMS.filter((name) => {
    if (name !== 'connectionFee' && name !== 'minimum' && name !== 'maximum') return one[name] !== other[name];
    const [before, after] = amounts[name];
    if (before === Infinity || after === Infinity) return before !== after;
    return compare(withTax(before, a.rate, taxes[0]), withTax(after, b.rate, taxes[1])).sign !== 0;
  });
}

function inOrder(a: ChangeGroup, b: ChangeGroup): number {
  const rank = ({change}: ChangeGroup): number => CHANGES.indexOf(change);
  const name = ({after, before}: ChangeGroup): string => (after ?? before)?.destination ?? '';
  const orders = [rank(a) - rank(b), compareText(name(a), name(b)), compareText(a.ranges[0] ?? '', b.ranges[0] ?? '')];
  return orders.find((order) => order !== 0) ?? 0;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Prefixes in the order of digits; those that follow each other, of one length, are told as a range. */
function rangesOf(prefixes: readonly string[]): readonly string[] {
  const spans: {from: string; to: string}[] = [];
  const byLength = prefixes.toSorted((a, b) => (a.length === b.length ? compareText(a, b) : a.length - b.length));
  for (const prefix of byLength) {
    const last = spans.at(-1);
    if (last !== undefined && isNext(last.to, prefix)) last.to = prefix;
    else spans.push({from: prefix, to: prefix});
  }
  return spans.map(({from, to}) => (from === to ? from : `${from}–${to}`)).toSorted(compareText);
}

/** Prefixes have at most 15 digits, which a number holds exactly. */
function isNext(prefix: string, next: string): boolean {
  return prefix.length === next.length && /^\d+$/.test(next) && Number(next) === Number(prefix) + 1;
}

const PARTS = new Set(['format', 'name', 'rates', 'destinations', 'classes']);

/** All that is not a price of a prefix; calls without a destination by the rates they have. */
function settingsOf(before: Tariff, after: Tariff): TariffDiff['settings'] {
  const [a, b] = [settingsIn(before), settingsIn(after)];
  return [...new Set([...a.keys(), ...b.keys()])].toSorted().flatMap((name) => {
    const [one, other] = [a.get(name) ?? 'none', b.get(name) ?? 'none'];
    return one === other ? [] : [{name, before: one, after: other}];
  });
}

function settingsIn(tariff: Tariff): ReadonlyMap<string, string> {
  const canonical = JSON.parse(canonicalText(tariff)) as Readonly<Record<string, unknown>>;
  const rest = Object.entries(canonical).filter(([key]) => !PARTS.has(key));
  const rateOf = (name: string): unknown => {
    const found = tariff.rates.find((rate) => rate.name === name);
    return found === undefined ? undefined : {...found, name: ''};
  };
  const classes = Object.entries(tariff.classes).map(([key, name]) => [`class ${key}`, rateOf(String(name))] as const);
  return new Map([...rest, ...classes].map(([key, value]) => [key, value === undefined ? 'none' : JSON.stringify(value)]));
}
