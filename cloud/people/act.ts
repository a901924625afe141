// What the acts of this room have in common: who acts, what they are given, and how they say no.
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {DownFact} from '../../shared/wire/kinds.ts';
import type {Tx} from '../store/open.ts';
import type {LinkPurpose, Role} from '../store/tables.ts';
import type {Audit} from './audit.ts';

export type Actor = {readonly id: string; readonly role: Role};

/** A no with its reason for a person: what · what to do. The code is for pages in other words. */
export type Refusal<Code extends string = string> = {
  readonly kind: 'refused';
  readonly code: Code | 'not-allowed';
  readonly what: string;
  readonly cure: string;
};

export type Done<More = unknown> = {readonly kind: 'done'} & More;

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

const RANKS: Readonly<Record<Role, number>> = {viewer: 0, clerk: 1, admin: 2};

export function refused<Code extends string>(code: Code, what: string, cure: string): Refusal<Code> {
  return {kind: 'refused', code, what, cure};
}

/** Undefined if the actor may do what takes this role. */
export function forbidden(actor: Actor, needs: Role): Refusal<never> | undefined {
  if (RANKS[actor.role] >= RANKS[needs]) return undefined;
  return {kind: 'refused', code: 'not-allowed', what: `this takes the role ${needs}`, cure: 'ask an admin'};
}

/** The same fact has one id for ever; what is told anew of the same subject is another fact. */
export function factId(subject: string, randomBytes: (bytes: number) => Buffer): string {
  return `${subject}:${randomBytes(FACT_BYTES).toString('hex')}`;
}
const FACT_BYTES = 8;
