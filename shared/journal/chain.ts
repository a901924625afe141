// The hash chain of a log. Hashes are over stored bytes: nobody re-serialises what was hashed.
import {createHash} from 'node:crypto';

export const CHAIN_START: Buffer = Buffer.alloc(32);

/** SHA-256 over the parts in order. */
export function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function bigEndian64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** chain = SHA-256(previous ‖ epoch ‖ seq ‖ content hash); epoch and seq as 8 bytes, big-endian. */
export function nextChain(previous: Uint8Array, epoch: number, seq: number, contentHash: Uint8Array): Buffer {
  return sha256(previous, bigEndian64(epoch), bigEndian64(seq), contentHash);
}

/**
 * An identity that survives restore, replacement and a second reading of the same file: SHA-256 of the parts, each
 * with its length before it, so that no two lists of parts collide by concatenation. 64 hex digits.
 */
export function identityOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex');
}
