// A tariff file from disk, for the commands that read one. What is too long to be one is not read to its end.
import {closeSync, openSync, readSync} from 'node:fs';
import {Failure} from '../shared/failure/failure.ts';
import {LONGEST_TARIFF_TEXT, readTariffBytes, type TariffReading} from '../shared/tariff/read.ts';

const CHUNK = 1024 * 1024;

/** Throws Failure `file.unreadable`. */
export function readTariffFile(path: string): TariffReading {
  try {
    return readTariffBytes(bytesOf(path));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new Failure('file.unreadable', `${path} cannot be read`, 'check its path and who may read it', error);
  }
}

/** All of the file, or its beginning if that alone is longer than any tariff. It may also be a pipe. */
function bytesOf(path: string): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    while (length <= LONGEST_TARIFF_TEXT) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const count = readSync(file, chunk);
      if (count === 0) break;
      chunks.push(chunk.subarray(0, count));
      length += count;
    }
    return Buffer.concat(chunks, length);
  } finally {
    closeSync(file);
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
