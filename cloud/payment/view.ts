// What portal and desk show of payments: states and events with their times, in codes. The words are theirs.
import type {Currency, Micros} from '../../shared/money/micros.ts';
import type {Reader} from '../store/open.ts';
import {microsOfMinor} from './amount.ts';
import {isTerminal, type State} from './machine.ts';
import {amountOf, readPayment, type PaymentRow} from './rows.ts';

/** What happened, as a student understands it. */
export type StepCode =
  | 'asked-for'
  | 'sending'
  /** The provider could not be reached: it is tried again. */
  | 'not-sent'
  | 'waits-for-student'
  | 'with-provider'
  /** It may or may not have happened: we find out. Do not pay again. */
  | 'checking'
  | 'paid'
  /** It had failed or was given up, and was paid after all. */
  | 'paid-late'
  | 'refused'
  | 'ended'
  | 'giving-back'
  | 'given-back';

export type Step = {
  readonly code: StepCode;
  readonly at: number;
  /** For staff: student, worker, webhook, return, janitor, box, or an id of staff. */
  readonly source: string;
  /** For staff: JSON. */
  readonly evidence: string | undefined;
};

/** What the student can do about it now. */
export type Todo =
  | {readonly kind: 'nothing'}
  /** The provider's page is open. */
  | {readonly kind: 'open-page'; readonly url: string}
  /** The bank wants to hear from the student: a payment on the provider's page does it. */
  | {readonly kind: 'pay-on-page'};

export type PaymentView = {
  readonly id: string;
  readonly site: string;
  readonly account: string;
  readonly provider: 'card' | 'cashless' | 'cash';
  readonly origin: 'manual' | 'auto' | 'desk';
  readonly amount: Micros;
  readonly currency: Currency;
  readonly state: State;
  readonly isOver: boolean;
  /** The provider's code, or one of OWN in machine.ts. */
  readonly failure: string | undefined;
  /** Of the saved method. */
  readonly method: string | undefined;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly lookAt: number | undefined;
  /** The provider's name for it: for staff. */
  readonly reference: string | undefined;
  readonly todo: Todo;
};

export type PaymentTimeline = PaymentView & {readonly steps: readonly Step[]};

/** Undefined if there is no such payment. Whose it is, is the caller's to check. */
export async function timelineOf(db: Reader, id: string): Promise<PaymentTimeline | undefined> {
  const row = await readPayment(db, id);
  if (row === undefined) return undefined;
  const events = await db.selectFrom('payment_event').selectAll().where('payment', '=', id).orderBy('version').execute();
  const asker = {manual: 'student', auto: 'box', desk: events[0]?.source ?? 'staff'}[row.origin];
  const steps: Step[] = [{code: 'asked-for', at: row.created_at, source: asker, evidence: undefined}];
  for (const {from_state: from, to_state: to, at, source, evidence} of events) steps.push({code: codeOf(from, to), at, source, evidence});
  return {...viewOf(row, await labelOf(db, row)), steps};
}

/** As many as are asked for, the newest first. `before`: those created before it. */
export async function listPayments(
  db: Reader,
  {site, account, before, most}: {readonly site: string; readonly account?: string; readonly before?: number; readonly most: number},
): Promise<readonly PaymentView[]> {
  const rows = await db
    .selectFrom('payment')
    .leftJoin('saved_method', 'saved_method.id', 'payment.saved_method')
    .selectAll('payment')
    .select('saved_method.label')
    .where('payment.site', '=', site)
    .$if(account !== undefined, (query) => query.where('payment.account', '=', account ?? ''))
    .$if(before !== undefined, (query) => query.where('payment.created_at', '<', before ?? 0))
    .orderBy('payment.created_at', 'desc')
    .orderBy('payment.id')
    .limit(most)
    .execute();
  return rows.map(({label, ...row}) => viewOf(row, label ?? undefined));
}

async function labelOf(db: Reader, {saved_method: method}: PaymentRow): Promise<string | undefined> {
  if (method === null) return undefined;
  const row = await db.selectFrom('saved_method').select('label').where('id', '=', method).executeTakeFirst();
  return row?.label;
}

function viewOf(row: PaymentRow, label: string | undefined): PaymentView {
  const {currency, minor} = amountOf(row);
  return {
    id: row.id,
    site: row.site,
    account: row.account,
    provider: row.method,
    origin: row.origin,
    amount: microsOfMinor(minor, currency),
    currency,
    state: row.state,
    isOver: isTerminal(row.state),
    failure: row.failure ?? undefined,
    method: label,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    lookAt: row.look_at ?? undefined,
    reference: row.reference ?? undefined,
    todo: todoOf(row),
  };
}

function todoOf({state, url, how}: PaymentRow): Todo {
  if (state !== 'action_required') return {kind: 'nothing'};
  if (url !== null) return {kind: 'open-page', url};
  return how === 'saved' ? {kind: 'pay-on-page'} : {kind: 'nothing'};
}

function codeOf(from: State, to: State): StepCode {
  return to === 'succeeded' && (from === 'failed' || from === 'canceled') ? 'paid-late' : CODES[to];
}

const CODES: Readonly<Record<State, StepCode>> = {
  created: 'not-sent',
  submitting: 'sending',
  action_required: 'waits-for-student',
  pending: 'with-provider',
  unknown: 'checking',
  succeeded: 'paid',
  failed: 'refused',
  canceled: 'ended',
  reversing: 'giving-back',
  reversed: 'given-back',
};
