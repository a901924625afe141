// What the acts of this room are given, and what they have in common.
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {DownFact} from '../../shared/wire/kinds.ts';
import type {Tx} from '../store/open.ts';
import type {LinkPurpose} from '../store/tables.ts';
import type {Audit} from './audit.ts';

export type PeopleGiven = {
  readonly now: () => Instant;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly audit: Audit;
  readonly downLog: {readonly write: (tx: Tx, site: string, facts: readonly DownFact[]) => Promise<number>};
  readonly books: {readonly openAccount: (tx: Tx, site: string, account: AccountId, kind: 'student') => Promise<void>};
  readonly links: {
    readonly issue: (tx: Tx, link: {readonly purpose: LinkPurpose; readonly subject: string}, now: Instant) => Promise<string>;
  };
  readonly notice: {readonly enqueue: (tx: Tx, letter: LinkLetter) => Promise<unknown>};
};

/** A letter with a one-time link; who wires the rooms knows its address and its template. */
export type LinkLetter = {
  readonly purpose: LinkPurpose;
  /** The secret of the link. */
  readonly secret: string;
  readonly recipient: string;
  readonly language: string;
  /** The name of the site, for students. */
  readonly site: string | undefined;
  /** The same event never mails twice. */
  readonly dedupe: string;
};

/** The same fact has one id for ever; what is told anew of the same subject is another fact. */
export function factId(subject: string, randomBytes: (bytes: number) => Buffer): string {
  return `${subject}:${randomBytes(FACT_BYTES).toString('hex')}`;
}
const FACT_BYTES = 8;
