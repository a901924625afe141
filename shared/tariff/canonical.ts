// The canonical text of a tariff: one text for one meaning, so that its SHA-256 names it on box, cloud and statement.
import {createHash} from 'node:crypto';
import {DAYS, type Tariff} from './tariff.ts';

/** JSON with sorted keys, defaults written out, decimals in shortest form, and lists in an order of their own. */
export function canonicalText(tariff: Tariff): string {
  return JSON.stringify(
    withSortedKeys({
      ...tariff,
      tax: tariff.tax.toSorted((a, b) => compare(a.from ?? '', b.from ?? '')),
      bands: tariff.bands.map((band) => ({...band, times: inOrder(band.times)})).toSorted((a, b) => compare(a.name, b.name)),
      holidays: tariff.holidays.toSorted((a, b) => compare(a.date, b.date)),
      rates: tariff.rates.toSorted((a, b) => compare(a.name, b.name)),
      destinations: tariff.destinations
        .map((destination) => ({...destination, prefixes: destination.prefixes.toSorted(compare)}))
        .toSorted((a, b) => (a.name === b.name ? compare(firstOf(a), firstOf(b)) : compare(a.name, b.name))),
    }),
  );
}

/** Nothing stands in two destinations as a prefix, nor as a short code, so this decides where names are equal. */
function firstOf({exact, prefixes}: Tariff['destinations'][number]): string {
  return `${exact ? 'code' : 'prefix'} ${prefixes[0] ?? ''}`;
}

type Times = Tariff['bands'][number]['times'];

/** Days in the order of the week, and times by their first day. */
function inOrder(times: Times): Times {
  return times
    .map((time) => ({...time, days: DAYS.filter((day) => time.days.includes(day))}))
    .toSorted((a, b) => compare(rank(a), rank(b)));
}

function rank({days, from, to}: Times[number]): string {
  return [days.map((day) => DAYS.indexOf(day)).join(''), from, to].join(' ');
}

/** SHA-256 in hex of the canonical text. */
export function tariffHash(canonical: string): string {
  return createHash('sha256').update(canonical, 'utf8').digest('hex');
}

/** By UTF-16 code units: the same order on every machine and in every locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return typeof value[0] === 'string' ? value : value.map(withSortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, held]) => held !== undefined);
  return Object.fromEntries(entries.toSorted(([a], [b]) => compare(a, b)).map(([key, held]) => [key, withSortedKeys(held)]));
}
