// What calls that wait may be worth: begun minutes at the price of the catch-all that holds the number, else at the dearest of its
// country. An estimate for people, never a price. In: calls; tariffs compiled once. Out: an amount for each, and how it is reckoned.
// Never true: a search through a tariff for each call; an estimate that is posted.
import {micros, type Micros} from '../../shared/money/micros.ts';
import type {CompiledRate, CompiledTariff} from '../../shared/tariff/compile.ts';
import {LENGTH_FACTOR, longestPrefix, NO_MATCH, valuesBelow} from '../../shared/tariff/prefix-index.ts';
import {callingCodeOf} from '../../shared/telephone/country.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import type {CompiledTariffs} from './compiled.ts';
import {scheduleOf, type ScheduleEntry} from './published.ts';

/** `number`: digits from the calling code on. */
export type StakedCall = {readonly number: string; readonly startedAt: Instant; readonly seconds: number};

export type Stake = {
  readonly amount: Micros;
  /** Of one minute at the dearest time, tax included, rounded up. */
  readonly perMinute: Micros;
  readonly by: 'catch-all' | 'dearest-of-country';
  /** Whose price that is. */
  readonly destination: string;
};

export type Stakes = {
  /** In the order of the calls; undefined where the tariff in force had no price for the country, or none was in force. */
  readonly of: (db: Reader, site: string, calls: readonly StakedCall[]) => Promise<readonly (Stake | undefined)[]>;
  /** What the tariff in force calls the destinations of the country that the digits belong to, in the order of the alphabet. */
  readonly destinationsOf: (site: string, digits: string, at: Instant) => Promise<readonly string[]>;
};

const MINUTE_SECONDS = 60;
/** Prices have eight decimals, micros six. */
const PARTS_OF_MICRO = 100n;

export function createStakes(tariffs: Pick<CompiledTariffs, 'at'>): Stakes {
  return {
    of: (db, site, calls) => stakesOf(tariffs, db, {site, calls}),
    destinationsOf: async (site, digits, at) => {
      const code = callingCodeOf(digits);
      const tariff = code === undefined ? undefined : await tariffs.at(site, at);
      if (tariff === undefined || code === undefined) return [];
      const {index, destinations} = tariff;
      return [...valuesBelow(index, code)].flatMap((place) => destinations[place]?.name ?? []).toSorted();
    },
  };
}

type Staked = {readonly site: string; readonly calls: readonly StakedCall[]};

async function stakesOf(tariffs: Pick<CompiledTariffs, 'at'>, db: Reader, {site, calls}: Staked): ReturnType<Stakes['of']> {
  const schedule = await scheduleOf(db, site);
  const entryOf = ({startedAt}: StakedCall): ScheduleEntry | undefined => schedule.findLast(({from}) => from <= startedAt);
  const entries = calls.map(entryOf);
  const compiled = new Map<string, CompiledTariff | undefined>();
  for (const entry of new Set(entries))
    if (entry !== undefined && !compiled.has(entry.tariff)) compiled.set(entry.tariff, await tariffs.at(site, entry.from as Instant));
  return calls.map((call, index) => {
    const tariff = compiled.get(entries[index]?.tariff ?? '');
    return tariff === undefined ? undefined : stakeIn(tariff, call);
  });
}

type Rated = {readonly by: Stake['by']; readonly destination: string; readonly rate: CompiledRate};

function stakeIn(tariff: CompiledTariff, {number, startedAt, seconds}: StakedCall): Stake | undefined {
  const found = catchAllOf(tariff, number) ?? dearestOf(tariff, number, startedAt);
  if (found === undefined) return undefined;
  const {rate, ...how} = found;
  const minute = minuteIn(tariff, rate, startedAt);
  return {...how, amount: timesOf(minute, Math.ceil(seconds / MINUTE_SECONDS)), perMinute: timesOf(minute, 1)};
}

function catchAllOf({index, destinations}: CompiledTariff, number: string): Rated | undefined {
  const match = longestPrefix(index, number);
  const found = match === NO_MATCH ? undefined : destinations[Math.floor(match / LENGTH_FACTOR)];
  return found?.catchAll === true ? {by: 'catch-all', destination: found.name, rate: found.rate} : undefined;
}

/** For each tariff as long as it lives: the destinations of a country, only the dearest one for each way of saying prices. */
const dearest = new WeakMap<CompiledTariff, Map<string, readonly Rated[]>>();

function dearestOf(tariff: CompiledTariff, number: string, at: Instant): Rated | undefined {
  const code = callingCodeOf(number);
  if (code === undefined) return undefined;
  const known = dearest.get(tariff) ?? new Map<string, readonly Rated[]>();
  dearest.set(tariff, known);
  const candidates = known.get(code) ?? candidatesOf(tariff, code);
  known.set(code, candidates);
  return dearer(candidates, ({rate}) => minuteIn(tariff, rate, at));
}

/** With tax and without: which of the two is dearer depends on the tax of the day. */
function candidatesOf({index, destinations}: CompiledTariff, code: string): readonly Rated[] {
  const all = [...valuesBelow(index, code)].flatMap((place): readonly Rated[] => {
    const found = destinations[place];
    return found === undefined ? [] : [{by: 'dearest-of-country', destination: found.name, rate: found.rate}];
  });
  return [true, false].flatMap((isGross) => {
    const alike = all.filter(({rate}) => rate.bounds.containTax === isGross);
    return dearer(alike, ({rate}) => ({parts: BigInt(topPrice(rate)), of: 1n})) ?? [];
  });
}

/** An exact fraction of a micro's hundredth. */
type Minute = {readonly parts: bigint; readonly of: bigint};

/** One minute at the dearest time, tax included. */
function minuteIn({taxes}: CompiledTariff, rate: CompiledRate, at: Instant): Minute {
  const tax = taxes.findLast(({from}, place) => place === 0 || from <= at);
  const price = BigInt(topPrice(rate));
  if (rate.bounds.containTax || tax === undefined) return {parts: price, of: 1n};
  return {parts: price * BigInt(tax.grossOfNet.numerator), of: BigInt(tax.grossOfNet.denominator)};
}

function topPrice({prices}: CompiledRate): number {
  return Math.max(...prices.map(({sharesPerSecond}) => sharesPerSecond));
}

function timesOf({parts, of}: Minute, minutes: number): Micros {
  const divisor = of * PARTS_OF_MICRO;
  return micros(Number((parts * BigInt(minutes) + divisor - 1n) / divisor));
}

function dearer<T>(all: readonly T[], priceOf: (each: T) => Minute): T | undefined {
  let best: {readonly each: T; readonly price: Minute} | undefined;
  for (const each of all) {
    const price = priceOf(each);
    if (best === undefined || price.parts * best.price.of > best.price.parts * price.of) best = {each, price};
  }
  return best?.each;
}
