// A carrier's file from disk, in chunks: what is no price list is refused without being read to its end.
import {createReadStream} from 'node:fs';
import {Failure} from '../shared/failure/failure.ts';
import type {DeckProblem} from '../shared/tariff/deck-problem.ts';
import {DeckBytes} from '../shared/tariff/deck-text.ts';

export type DeckFile = {readonly kind: 'bytes'; readonly bytes: Uint8Array} | {readonly kind: 'refused'; readonly problem: DeckProblem};

/** `-` is standard input. Throws Failure `file.unreadable`. */
export async function readDeckFile(path: string, input: AsyncIterable<Uint8Array>): Promise<DeckFile> {
  const deck = new DeckBytes();
  try {
    for await (const chunk of path === '-' ? input : chunksOf(path)) {
      const problem = deck.take(chunk);
      if (problem !== undefined) return {kind: 'refused', problem};
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new Failure('file.unreadable', `${path} cannot be read`, 'check its path and who may read it', error);
  }
  return {kind: 'bytes', bytes: deck.bytes()};
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path)) if (Buffer.isBuffer(chunk)) yield chunk;
}
