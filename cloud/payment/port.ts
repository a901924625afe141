// What a way of paying must be able to do, be it a card behind a hosted page or a cashless card over SOAP.
// In: an attempt whose row and key are durable. Out: an observation, never a guess and never a throw for what the world does.
// Never true: a request without our key; an answer believed that does not prove itself.
import type {Secret} from '../../shared/log/log.ts';
import type {Instant} from '../../shared/time/instant.ts';

/** Names the provider in rows, clearing accounts (`clearing:card`) and addresses. */
export type ProviderName = 'card' | 'cashless';

/** Money as providers see it: whole minor units (pence). */
export type MinorAmount = {readonly minor: number; readonly currency: string};

/** A method that the student has saved: the provider's own names for it, never a card number. */
export type SavedMethod = {
  /** `cus_…` with `pm_…`; the id of a cashless card. */
  readonly customer: string | undefined;
  readonly token: string;
};

/** One request with one idempotency key, never sent before it is stored. */
export type Attempt = {
  readonly payment: string;
  readonly account: string;
  /** `spbs:<env>:<payment>:<n>`; the same for every retry of this attempt. */
  readonly key: string;
  readonly amount: MinorAmount;
  readonly how:
    | {
        readonly kind: 'hosted';
        /** Where the provider's page sends the browser back to: paid or not, the page says which we find out. */
        readonly returnTo: string;
        readonly save: boolean;
        readonly email: string;
        readonly language: string;
        /** The provider's name for the student, from an earlier payment. */
        readonly customer: string | undefined;
      }
    | {readonly kind: 'saved'; readonly method: SavedMethod};
};

/** What is known of a payment at the provider. Only `succeeded` moves money. */
export type Observation =
  | {
      readonly kind: 'succeeded';
      readonly amount: MinorAmount;
      readonly reference: string;
      readonly saved?: SavedMethod & {readonly label: string};
    }
  /** A proved no: a decline, or a fault that is a business no. `code` is the provider's, for staff; the words for students are ours. */
  | {readonly kind: 'failed'; readonly code: string; readonly reference?: string}
  /** The student must act: on the hosted page, or for strong authentication. */
  | {readonly kind: 'action-required'; readonly reference: string; readonly url: string | undefined; readonly expires: Instant | undefined}
  /** Accepted, result later. */
  | {readonly kind: 'pending'; readonly reference: string}
  /** Ended by us or by its age, and the provider says so. */
  | {readonly kind: 'canceled'; readonly reference: string}
  /** Proved: nothing reached the provider, or it did not look at it (429). The same key may be sent again. */
  | {readonly kind: 'not-sent'; readonly why: string}
  /** The same key is being worked on there (409). */
  | {readonly kind: 'in-flight'}
  /** The provider answered, and knows nothing of it. Proof only after the horizon. */
  | {readonly kind: 'not-found'}
  /** May or may not have happened: cured by asking, by the same key, or by reversal. */
  | {readonly kind: 'unknown'; readonly why: string}
  /** A reversal was acknowledged. */
  | {readonly kind: 'reversed'; readonly reference: string}
  /** Our own mistake, such as one key for two bodies, or money of another amount than asked: alarm, no retry, nothing credited. */
  | {
      readonly kind: 'wrong';
      readonly why: string;
      /** Money of another amount than asked that was really taken: kept in suspense. */
      readonly taken?: MinorAmount;
    };

/** What is kept of a payment to ask about it: the provider's reference may not be known yet. */
export type Inquiry = {
  readonly payment: string;
  readonly account: string;
  readonly key: string;
  readonly amount: MinorAmount;
  readonly reference: string | undefined;
  readonly customer: string | undefined;
  readonly createdAt: Instant;
};

export type Capabilities = {
  /** Has a page of its own; without one `how` is always `saved`. */
  readonly hosted: boolean;
  /** The same key again is answered with the first result; until this age of the attempt. */
  readonly resendForMs: number | undefined;
  readonly reversible: boolean;
  /** `not-found` is proof only after so long. */
  readonly horizonMs: number;
};

/** Whether somebody is the holder of a card. Only `ok` lets it be saved. */
export type Verified =
  /** What the student may be shown of it. */
  | {readonly kind: 'ok'; readonly label: string}
  | {readonly kind: 'wrong'}
  /** The card, or its verification: for a while after too many wrong secrets. */
  | {readonly kind: 'blocked'}
  | {readonly kind: 'unknown-card'}
  /** No answer that could be believed: nothing is known of the holder. */
  | {readonly kind: 'unavailable'; readonly why: string};

export type PaymentMethod = {
  readonly provider: ProviderName;
  readonly capabilities: Capabilities;
  readonly submit: (attempt: Attempt) => Promise<Observation>;
  readonly ask: (inquiry: Inquiry) => Promise<Observation>;
  /** Ends what the student left open, such as a hosted page. `succeeded` if it was paid in the last second. */
  readonly cancel: (inquiry: Inquiry) => Promise<Observation>;
  /** Gives back what may have been taken; by its own stored key. Only where `reversible`. */
  readonly reverse: (inquiry: Inquiry & {readonly reversalKey: string}) => Promise<Observation>;
  /** Where the number of a card alone proves nothing. The secret goes to the provider and nowhere else. */
  readonly verify?: (token: string, secret: Secret) => Promise<Verified>;
};

/** A message of the provider that nobody asked for: a hint to ask, never proof. */
export type Hint =
  | {readonly kind: 'hint'; readonly event: string; readonly payment: string | undefined; readonly reference: string | undefined}
  /** Signed by somebody else, too old, from the future, of the other mode. */
  | {readonly kind: 'refused'; readonly why: string}
  /** Genuine, and of no interest. */
  | {readonly kind: 'ignored'; readonly event: string};
