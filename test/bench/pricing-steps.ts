// The baseline of pricing: the same rule on the same index, but one increment after the other, as other engines do.
import {must} from '../../shared/assert/assert.ts';
import {settle} from '../../shared/tariff/amount.ts';
import {bandAt} from '../../shared/tariff/bands.ts';
import type {CompiledTariff} from '../../shared/tariff/compile.ts';
import {LENGTH_FACTOR, longestPrefix} from '../../shared/tariff/prefix-index.ts';
import type {Instant} from '../../shared/time/instant.ts';

type Stepped = {readonly number: string; readonly start: Instant; readonly durationSeconds: number};

/** Micros, tax included. The number has a destination, and its amounts are those of numbers without loss. */
export function priceInSteps(tariff: CompiledTariff, {number, start, durationSeconds}: Stepped): number {
  const match = longestPrefix(tariff.index, number);
  const {rate} = must(tariff.destinations[Math.floor(match / LENGTH_FACTOR)], 'a destination');
  if (durationSeconds <= rate.graceSeconds) return 0;
  let total = rate.connectionFeeShares;
  for (let done = 0; done < durationSeconds;) {
    const seconds = done === 0 && rate.initialSeconds > 0 ? rate.initialSeconds : rate.nextSeconds;
    const {band} = bandAt(tariff.bands, (start + done * 1_000) as Instant);
    total += seconds * must(rate.prices[band], 'a price').sharesPerSecond;
    done += seconds;
  }
  const tax = must(
    tariff.taxes.findLast(({from}, place) => place === 0 || from <= start),
    'a tax',
  );
  return settle(total, rate.bounds, tax, tariff.rounding).gross;
}
