// Small tariffs for tests, read and compiled as any file is.
import {must} from '../../../shared/assert/assert.ts';
import {micros, microsFromDecimal} from '../../../shared/money/micros.ts';
import {compileTariff, type CompiledTariff} from '../../../shared/tariff/compile.ts';
import {price, type Call} from '../../../shared/tariff/price.ts';
import {readTariff, type TariffReading} from '../../../shared/tariff/read.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import type {Working} from '../../../shared/tariff/working.ts';
import {instantFromIso, type Instant} from '../../../shared/time/instant.ts';

export type RateSource = TariffSource['rates'][number];

/** One rate for +44 and everything else as the test says. A penny a second, each second by itself, rounded to the micro. */
export function tariffOf(rate: Partial<RateSource> = {}, rest: Partial<TariffSource> = {}): TariffSource {
  return {
    format: 'spbs-tariff/1',
    name: 'A test',
    currency: 'GBP',
    zone: 'Europe/London',
    rounding: {mode: 'half-up', decimals: 6},
    prices: 'gross',
    rates: [{name: 'one', initialSeconds: 0, nextSeconds: 1, perMinute: '0.60', ...rate}],
    destinations: [{name: 'Britain', rate: 'one', prefixes: ['44']}],
    ...rest,
  };
}

/** Reads a source through its JSON, which is YAML. */
export function read(source: unknown): TariffReading {
  return readTariff(JSON.stringify(source));
}

export function compiled(source: TariffSource): CompiledTariff {
  const reading = read(source);
  if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.problems, null, 1));
  return compileTariff(reading.tariff, reading.hash);
}

export function at(iso: string): Instant {
  return must(instantFromIso(iso), iso);
}

/** A Wednesday at noon in London, where no clock changes. */
export const WEDNESDAY_NOON = at('2026-02-04T12:00:00Z');

export function callOf(durationSeconds: number, rest: Partial<Call> = {}): Call {
  return {
    number: '442079460000',
    isShort: false,
    start: WEDNESDAY_NOON,
    durationSeconds,
    answerAllowanceSeconds: 0,
    acceptsCatchAll: false,
    ...rest,
  };
}

/** The working of a call that has a price. */
export function workingOf(tariff: CompiledTariff, call: Call): Working {
  const found = price(call, tariff);
  if (found.kind !== 'priced') throw new Error(`not priced: ${found.kind}`);
  return found.working;
}

/** Micros of decimal text. */
export function money(text: string): number {
  return micros(must(microsFromDecimal(text), text));
}
