// A secret that a browser or a mail carries. Only its SHA-256 is kept: whoever reads the database can use none of them.
import {sha256} from '../journal/chain.ts';

const SECRET_BYTES = 32;

/** 32 bytes in base64url. */
export function newSecret(randomBytes: (bytes: number) => Buffer): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Anything else was never a secret of ours. */
export function isSecret(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}

/** What a secret is known by: in hex it names a session inside the process. */
export function hashOf(secret: string): Buffer {
  return sha256(secret);
}
