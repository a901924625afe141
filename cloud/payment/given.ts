// What the payment room is given by the composition root, and the shapes in which it asks other rooms for something.
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Log} from '../../shared/log/log.ts';
import type {Micros} from '../../shared/money/micros.ts';
import type {Clock, Timers} from '../../shared/time/instant.ts';
import type {DownBody} from '../../shared/wire/kinds.ts';
import type {DownLog} from '../books/down-log.ts';
import type {Books} from '../books/posting.ts';
import type {Reader, Store, Tx} from '../store/open.ts';
import type {Limits} from './amount.ts';
import type {Hint, PaymentMethod, ProviderName} from './port.ts';

export type PaymentTemplate = 'payment-succeeded' | 'payment-failed' | 'payment-needs-you';

export type PaymentMail = {
  /** The same event never mails twice. */
  readonly dedupe: string;
  readonly recipient: string;
  readonly language: string;
  readonly template: PaymentTemplate;
  readonly data: PaymentMailData;
};

export type PaymentMailData = {
  readonly payment: string;
  readonly name: string;
  readonly amount: Micros;
  readonly currency: string;
  /** The portal's page of the payment. */
  readonly link: string;
  readonly automatic: boolean;
  /** It had failed or was given up before: the student may have paid again. */
  readonly late: boolean;
  /** A provider's code, or one of OWN in machine.ts. */
  readonly failure: string | null;
  /** Refused so often that automatic top-up is off now. */
  readonly automaticIsOff: boolean;
};

/** In the transaction of the event: the mail goes if and only if that is committed. */
export type Enqueue = (tx: Tx, mail: PaymentMail) => Promise<void>;

export type Audit = (
  tx: Tx,
  entry: {readonly by: string; readonly act: string; readonly site: string; readonly subject: string; readonly detail: string},
) => Promise<void>;

export type PaymentsGiven = {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly log: Log;
  /** Part of every idempotency key: two installations on one provider account never meet. */
  readonly environment: string;
  /** The ways of paying that this cloud was configured with. */
  readonly methods: Readonly<Partial<Record<ProviderName, PaymentMethod>>>;
  /** Of the card adapter. */
  readonly readHint: ((rawBody: Buffer, signature: string | undefined) => Hint) | undefined;
  readonly books: Pick<Books, 'move'>;
  readonly clearingOf: (provider: string) => AccountId;
  readonly balanceOf: (db: Reader, site: string, account: string) => Promise<Micros>;
  readonly downLog: DownLog;
  /** The whole account as the box is to know it, read in the transaction. */
  readonly accountBody: (tx: Tx, site: string, account: string) => Promise<DownBody<'account'>>;
  readonly enqueue: Enqueue;
  readonly audit: Audit;
  /** A path of ours as the student's browser knows it. */
  readonly addressOf: (path: string) => string;
  /** After the commit: pages that show this payment are out of date. */
  readonly changed: (change: {readonly site: string; readonly account: string; readonly payment: string}) => void;
  readonly limits: Limits;
};
