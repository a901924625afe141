// Who did what, as a chain: a row that is changed or taken out of the middle breaks all that come after it.
import {sha256} from './chain.ts';

export type AuditFact = {
  readonly at: number;
  /** Of the staff, or an account; `cloud` for the program itself. */
  readonly by: string;
  readonly act: string;
  readonly site: string | null;
  /** What it was done to. */
  readonly subject: string;
  /** JSON. */
  readonly detail: string;
};

/** chain = SHA-256(previous ‖ the row's own JSON). */
export function auditChain(previous: Uint8Array, {at, by, act, site, subject, detail}: AuditFact): Buffer {
  return sha256(previous, JSON.stringify([at, by, act, site, subject, detail]));
}
