// Tariffs made ready to price, for quotes. In: a site and an instant. Out: the tariff in force then, compiled once for its hash.
// Never true: a tariff compiled for each question; more of them kept than memory has room for.
import {compileTariff, type CompiledTariff} from '../../shared/tariff/compile.ts';
import type {Tariff} from '../../shared/tariff/tariff.ts';
import {ZERO, type Micros} from '../../shared/money/micros.ts';
import {taxWithin} from '../../shared/tariff/price.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import {scheduleOf} from './published.ts';

export type CompiledTariffs = {
  /** Undefined before the first tariff of the site begins. */
  readonly at: (site: string, at: Instant) => Promise<CompiledTariff | undefined>;
  /** Undefined: there is no such tariff. */
  readonly of: (hash: string) => Promise<CompiledTariff | undefined>;
};

/** A tariff of 300,000 prefixes takes up to 60 MB; most sites of a cloud share a few. */
const TARIFFS_KEPT = 4;

export function createCompiledTariffs(reading: Reader): CompiledTariffs {
  /** The one that was used last stands last. Questions that come at once wait for the same work. */
  const kept = new Map<string, Promise<CompiledTariff | undefined>>();
  const of: CompiledTariffs['of'] = (hash) => {
    const known = kept.get(hash) ?? compiled(reading, hash);
    kept.delete(hash);
    kept.set(hash, known);
    for (const oldest of kept.keys()) if (kept.size > TARIFFS_KEPT) kept.delete(oldest);
    // What failed is tried again.
    known.catch(() => kept.delete(hash));
    return known;
  };
  return {
    of,
    at: async (site, at) => {
      const hash = (await scheduleOf(reading, site)).findLast(({from}) => from <= at)?.tariff;
      return hash === undefined ? undefined : await of(hash);
    },
  };
}

async function compiled(reading: Reader, hash: string): Promise<CompiledTariff | undefined> {
  const row = await reading.selectFrom('tariff').select('text').where('hash', '=', hash).executeTakeFirst();
  // What is published is canonical and was checked then: to check it again takes longer than to compile it.
  return row === undefined ? undefined : compileTariff(JSON.parse(row.text) as Tariff, hash);
}

/** What of an amount that a person set is tax, by the tariff of then; nothing where there was none. */
export function taxByTariff(tariffs: CompiledTariffs): (site: string, amount: Micros, startedAt: Instant) => Promise<Micros> {
  return async (site, amount, startedAt) => {
    const tariff = await tariffs.at(site, startedAt);
    return tariff === undefined ? ZERO : taxWithin(amount, tariff, startedAt);
  };
}
