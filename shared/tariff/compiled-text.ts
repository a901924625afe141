// The text of a tariff, as it lies in a table, ready to price with.
import {compileTariff, type CompiledTariff} from './compile.ts';
import {readTariff} from './read.ts';

/** Undefined for a text that is no tariff. */
export function compiledText(text: string): CompiledTariff | undefined {
  const reading = readTariff(text);
  return reading.kind === 'tariff' ? compileTariff(reading.tariff, reading.hash) : undefined;
}
