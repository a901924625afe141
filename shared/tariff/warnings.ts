// What is odd in a tariff though it can be used: worth a look before anybody is billed by it.
import {callingCodeOf} from '../telephone/country.ts';
import type {Tariff} from './tariff.ts';

export type TariffWarning = {
  readonly kind: 'catch-all' | 'redundant' | 'unused-rate' | 'free' | 'unknown-country' | 'names-differ-in-case';
  readonly what: string;
  readonly cure: string;
  readonly count: number;
  /** Prefixes or names, the first of them. */
  readonly examples: readonly string[];
};

const SHOWN = 10;

/** Empty if nothing is odd. */
export function warningsIn(tariff: Tariff): readonly TariffWarning[] {
  const prefixes = new Map<string, Tariff['destinations'][number]>();
  for (const destination of tariff.destinations) {
    if (!destination.exact) for (const prefix of destination.prefixes) prefixes.set(prefix, destination);
  }
  const all = [...prefixes];
  return [
    warning(
      'catch-all',
      all.filter(([prefix, {catchAll}]) => !catchAll && isWholeCountry(prefix)).map(([prefix]) => prefix),
      {
        what: 'prefixes of a whole country or a tenth of one',
        cure: 'Mark their destinations catchAll, so that ranges nobody knows are not billed unseen.',
      },
    ),
    warning(
      'redundant',
      all.filter(([prefix, destination]) => aroundIn(prefixes, prefix) === destination).map(([prefix]) => prefix),
      {
        what: 'prefixes within a shorter one of the same destination',
        cure: 'They change nothing: leave them out.',
      },
    ),
    warning(
      'unknown-country',
      all.filter(([prefix]) => isNoCountry(prefix)).map(([prefix]) => prefix),
      {
        what: 'prefixes that begin with no country code',
        cure: 'Check that they are written from the country code on.',
      },
    ),
    warning('free', freeNames(tariff), {what: 'destinations at no charge', cure: 'Check that they are meant to be.'}),
    warning('unused-rate', unusedRates(tariff), {what: 'rates of no destination', cure: 'Remove them, or use them.'}),
    warning('names-differ-in-case', alikeNames(tariff), {
      what: 'names that differ in capitals or spaces only',
      cure: 'Give a destination one name: students read it.',
    }),
  ].flat();
}

function warning(
  kind: TariffWarning['kind'],
  found: readonly string[],
  {what, cure}: Pick<TariffWarning, 'what' | 'cure'>,
): readonly TariffWarning[] {
  const count = found.length;
  return count === 0 ? [] : [{kind, what: `${what}: ${count.toLocaleString('en-GB')}`, cure, count, examples: found.slice(0, SHOWN)}];
}

/** The country code and at most one digit more. */
export function isWholeCountry(prefix: string): boolean {
  return prefix.length <= (callingCodeOf(prefix)?.length ?? 0) + 1;
}

/** No country's code is at its beginning, nor does one begin with it. */
function isNoCountry(prefix: string): boolean {
  return prefix.length >= 3 && callingCodeOf(prefix) === undefined;
}

function aroundIn<T>(prefixes: ReadonlyMap<string, T>, prefix: string): T | undefined {
  for (let length = prefix.length - 1; length > 0; length -= 1) {
    const around = prefixes.get(prefix.slice(0, length));
    if (around !== undefined) return around;
  }
  return undefined;
}

function freeNames({rates, destinations}: Tariff): readonly string[] {
  const free = new Set(
    rates
      .filter(({perMinute, perMinuteIn, connectionFee}) =>
        [perMinute, connectionFee, ...Object.values(perMinuteIn)].every((price) => price === '0'),
      )
      .map(({name}) => name),
  );
  return destinations.filter(({rate, exact}) => !exact && free.has(rate)).map(({name}) => name);
}

function unusedRates({rates, destinations, classes}: Tariff): readonly string[] {
  const used = new Set<unknown>([...destinations.map(({rate}) => rate), ...Object.values(classes)]);
  return rates.filter(({name}) => !used.has(name)).map(({name}) => name);
}

function alikeNames({destinations}: Tariff): readonly string[] {
  const spellings = new Map<string, string>();
  const found = new Set<string>();
  for (const {name} of destinations) {
    const plain = name.toLowerCase().replaceAll(/\s+/g, ' ').trim();
    const before = spellings.get(plain);
    if (before === undefined) spellings.set(plain, name);
    else if (before !== name) found.add(name);
  }
  return [...found];
}
