// Which mail a move of a payment owes the student. Pure but for the reading of the student's row.
import {microsOfMinor} from './amount.ts';
import type {AddressOf} from './attempt.ts';
import type {PaymentMail, PaymentTemplate} from './given.ts';
import type {State} from './machine.ts';
import {amountOf, readStudent, type PaymentRow, type Source} from './rows.ts';
import type {Reader} from '../store/open.ts';

/** The portal's page of a payment. */
export function pagePath(payment: string): string {
  return `/payments/${payment}`;
}

export type Moved = {
  readonly before: PaymentRow;
  readonly after: PaymentRow;
  readonly source: Source;
  readonly automaticIsOff: boolean;
  readonly addressOf: AddressOf;
};

/** Undefined: nothing to say, or nobody to say it to. */
export async function mailOf(db: Reader, {before, after, automaticIsOff, addressOf}: Moved): Promise<PaymentMail | undefined> {
  const template = templateOf(before.state, after, automaticIsOff);
  if (template === undefined) return undefined;
  const student = await readStudent(db, after.site, after.account);
  if (student === undefined || student.email === null) return undefined;
  const {currency, minor} = amountOf(after);
  return {
    dedupe: `${template}:${after.id}:${after.version}`,
    recipient: student.email,
    language: student.language,
    template,
    data: {
      payment: after.id,
      name: student.name,
      amount: microsOfMinor(minor, currency),
      currency,
      link: addressOf(pagePath(after.id)),
      automatic: after.origin === 'auto',
      late: before.state === 'failed' || before.state === 'canceled',
      failure: after.failure,
      automaticIsOff,
    },
  };
}

function templateOf(from: State, {state, origin}: PaymentRow, automaticIsOff: boolean): PaymentTemplate | undefined {
  if (state === 'succeeded') return 'payment-succeeded';
  if (state === 'action_required') return origin === 'auto' ? 'payment-needs-you' : undefined;
  // Who sits before the page sees it there; who was told "we are checking" has left.
  const isNews = state === 'reversed' || (state === 'failed' && (origin === 'auto' || isDoubt(from)));
  return isNews || automaticIsOff ? 'payment-failed' : undefined;
}

function isDoubt(state: State): boolean {
  return state === 'unknown' || state === 'pending' || state === 'reversing';
}
