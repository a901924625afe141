// A tariff file from disk, for the commands that read one.
import {readFileSync} from 'node:fs';
import {Failure} from '../shared/failure/failure.ts';
import {readTariffBytes, type TariffReading} from '../shared/tariff/read.ts';

/** Throws Failure `file.unreadable`. */
export function readTariffFile(path: string): TariffReading {
  try {
    return readTariffBytes(readFileSync(path));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new Failure('file.unreadable', `${path} cannot be read`, 'check its path and who may read it', error);
  }
}

/** Throws Failure `file.unreadable` and `tariff.invalid`. */
export function loadTariff(path: string): Extract<TariffReading, {readonly kind: 'tariff'}> {
  const reading = readTariffFile(path);
  if (reading.kind === 'tariff') return reading;
  const [first] = reading.problems;
  const where = first === undefined ? path : `${path}:${first.line}:${first.column}`;
  throw new Failure(
    'tariff.invalid',
    `${where} ${first?.what ?? 'it is no tariff'}`,
    `spbs tariff check ${path} says everything that is wrong with it`,
  );
}
