// The hash chain of a log. Hashes are over stored bytes: nobody re-serialises what was hashed.
// One call of `hash` each: an object for every hash costs twice the time, and a box makes five for every call.
import {hash} from 'node:crypto';

export const CHAIN_START: Buffer = Buffer.alloc(32);

/** SHA-256 over the parts in order; text as UTF-8. */
export function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return hash('sha256', only, 'buffer');
  return hash('sha256', Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))), 'buffer');
}

/** chain = SHA-256(previous ‖ epoch ‖ seq ‖ content hash); epoch and seq as 8 bytes, big-endian. */
export function nextChain(previous: Uint8Array, epoch: number, seq: number, contentHash: Uint8Array): Buffer {
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64BE(BigInt(epoch), 0);
  numbers.writeBigUInt64BE(BigInt(seq), 8);
  return sha256(previous, numbers, contentHash);
}

/**
 * An identity that survives restore, replacement and a second reading of the same file: SHA-256 of the parts, each
 * with its length before it, so that no two lists of parts collide by concatenation. 64 hex digits.
 */
export function identityOf(...parts: readonly string[]): string {
  return hash('sha256', parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(''), 'hex');
}
