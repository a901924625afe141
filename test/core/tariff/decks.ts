// Carriers' files for tests, and what a person says of them.
import type {ImportWishes} from '../../../shared/tariff/deck-wishes.ts';
import {importDeck, type ImportOutcome} from '../../../shared/tariff/import.ts';
import type {Tariff} from '../../../shared/tariff/tariff.ts';

export const WISHES: ImportWishes = {
  name: 'A deck',
  currency: 'USD',
  zone: 'UTC',
  rounding: {mode: 'up', decimals: 5},
  prices: 'gross',
  tax: undefined,
  at: '2026-11-26',
  map: {},
  increments: {initial: 60, next: 60},
  duplicates: 'error',
  leavesOutErrors: false,
  takesUnsure: false,
  marksCatchAlls: false,
};

export function importText(text: string | Uint8Array, wishes: Partial<ImportWishes> = {}): ImportOutcome {
  return importDeck(typeof text === 'string' ? Buffer.from(text) : text, {...WISHES, ...wishes});
}

export type Priced = {readonly name: string; readonly rate: Tariff['rates'][number]};

/** What each prefix costs, by the tariff alone. */
export function pricesOf(tariff: Tariff): ReadonlyMap<string, Priced> {
  const rates = new Map(tariff.rates.map((rate) => [rate.name, rate]));
  return new Map(
    tariff.destinations.flatMap(({name, rate, prefixes}) => {
      const found = rates.get(rate);
      if (found === undefined) throw new Error(`there is no rate ${rate}`);
      return prefixes.map((prefix) => [prefix, {name, rate: found}] as const);
    }),
  );
}

/** The tariff of a file that must be good. */
export function imported(text: string | Uint8Array, wishes: Partial<ImportWishes> = {}): Tariff {
  const outcome = importText(text, wishes);
  if (outcome.kind === 'imported') return outcome.tariff;
  throw new Error(JSON.stringify(outcome.report.errors, null, 1));
}

/** `prefix: price initial/next name`, in the order of digits: short enough for tables in tests. */
export function listOf(tariff: Tariff): readonly string[] {
  return [...pricesOf(tariff)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([prefix, {name, rate}]) => `${prefix}: ${rate.perMinute} ${rate.initialSeconds}/${rate.nextSeconds} ${name}`);
}

/** `line:column what` of each error. */
export function errorsOf(outcome: ImportOutcome): readonly string[] {
  return outcome.report.errors.map(({line, column, what}) => `${line}:${column} ${what}`);
}
