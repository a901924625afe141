// One payment's story at every end: what the provider has taken, what both ledgers hold, and what was mailed.
import type {Hall} from './hall.ts';

export type Ends = {
  /** Of the student on both sides, in micros. */
  readonly box: number;
  readonly cloud: number;
  /** Credits in each ledger, in micros, in order. */
  readonly credits: {readonly box: readonly number[]; readonly cloud: readonly number[]};
  /** Taken by the card provider, in pence, in order. */
  readonly charges: readonly number[];
};

type Mail = {readonly to: readonly string[]; readonly subject: string; readonly text: string};

const CREDITS = "SELECT amount FROM transfer WHERE code = 'TOPUP' AND credit = ? AND ref NOT LIKE 'opening:%' ORDER BY log_seq";

export async function endsOf(hall: Hall, extension: string): Promise<Ends> {
  const {account} = hall.resident(extension);
  const taken = await hall.card.taken();
  const amounts = (rows: readonly {readonly amount: number}[]): readonly number[] => rows.map(({amount}) => amount);
  return {
    ...hall.balance(account),
    credits: {box: amounts(hall.boxRows(CREDITS, account)), cloud: amounts(hall.cloudRows(CREDITS, account))},
    charges: amounts(taken.filter(({metadata}) => metadata['account'] === account)),
  };
}

/** How it is where a student without money has paid once, and nothing has been charged since. */
export function paidOnce(pounds: number): Ends {
  const amount = pounds * 1_000_000;
  return {box: amount, cloud: amount, credits: {box: [amount], cloud: [amount]}, charges: [pounds * 100]};
}

/** How it is where a student without money has paid nothing. */
export const UNPAID: Ends = {box: 0, cloud: 0, credits: {box: [], cloud: []}, charges: []};

/** Subjects of what a student was sent, in order of the alphabet. */
export async function mailsTo(hall: Hall, extension: string): Promise<readonly string[]> {
  const {email} = hall.resident(extension);
  const messages = (await (await fetch(`http://127.0.0.1:${hall.mail.web}/messages.json`)).json()) as readonly Mail[];
  return messages
    .filter(({to}) => to.includes(email))
    .map(({subject}) => subject)
    .toSorted();
}

export type PaymentEnd = {
  readonly id: string;
  readonly state: string;
  readonly failure: string | null;
  /** Webhooks about it that were taken. */
  readonly hints: number;
  /** Who brought its last news. */
  readonly source: string | null;
};

/** A student's payments as the cloud has them, the oldest first. */
export function paymentsOf(hall: Hall, extension: string): readonly PaymentEnd[] {
  return hall.cloudRows<PaymentEnd>(
    `SELECT id, state, failure, (SELECT count(*) FROM provider_event WHERE payment = payment.id) AS hints,
       (SELECT source FROM payment_event WHERE payment = payment.id ORDER BY version DESC LIMIT 1) AS source
     FROM payment WHERE account = ? ORDER BY created_at`,
    hall.resident(extension).account,
  );
}
