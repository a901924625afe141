// What the provider's objects say of a payment. Nothing in them is believed before it has the right shape and the right money.
import {z} from 'zod';
import {instant} from '../../../shared/time/instant.ts';
import type {MinorAmount, Observation} from '../port.ts';

/** What an answer must agree with. */
export type Wanted = {readonly payment: string; readonly amount: MinorAmount; readonly livemode: boolean};

const fault = z.object({code: z.string().nullish(), decline_code: z.string().nullish()});
const named = z.union([z.string(), z.object({id: z.string()})]).nullish();
const method = z.object({
  id: z.string().min(1),
  card: z.object({brand: z.string(), last4: z.string().regex(/^\d{4}$/)}).nullish(),
});

const intentShape = z.object({
  object: z.literal('payment_intent'),
  id: z.string().startsWith('pi_'),
  status: z.string(),
  livemode: z.boolean(),
  amount: z.int(),
  amount_received: z.int(),
  currency: z.string(),
  metadata: z.record(z.string(), z.string()),
  last_payment_error: fault.nullish(),
  setup_future_usage: z.string().nullish(),
  customer: named,
  payment_method: z.union([z.string(), method]).nullish(),
  next_action: z.object({redirect_to_url: z.object({url: z.string().nullish()}).nullish()}).nullish(),
});

const sessionShape = z.object({
  object: z.literal('checkout.session'),
  id: z.string().startsWith('cs_'),
  status: z.string().nullish(),
  payment_status: z.string(),
  livemode: z.boolean(),
  amount_total: z.int().nullish(),
  currency: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  url: z.string().nullish(),
  expires_at: z.int(),
  payment_intent: z.union([z.string(), intentShape]).nullish(),
});

type Intent = z.output<typeof intentShape>;
type Session = z.output<typeof sessionShape>;

const unreadable: Observation = {kind: 'unknown', why: 'the answer has not the shape of one'};

/** A payment intent; `payment_method` expanded if a saved card is to be named. */
export function observeIntent(value: unknown, wanted: Wanted): Observation {
  const {success, data} = intentShape.safeParse(value);
  return success ? intentSeen(data, wanted) : unreadable;
}

/** A checkout session with its payment intent expanded, so that success is read from the money itself. */
export function observeSession(value: unknown, wanted: Wanted): Observation {
  const {success, data} = sessionShape.safeParse(value);
  if (!success) return unreadable;
  const money = {minor: data.amount_total ?? 0, currency: data.currency ?? ''};
  const why = differs({money, livemode: data.livemode, payment: data.metadata?.['payment']}, wanted);
  if (why === undefined) return sessionSeen(data, wanted);
  // What was taken stands in the payment intent.
  const inside = data.status === 'complete' ? completed(data, wanted) : undefined;
  return inside?.kind === 'wrong' ? inside : {kind: 'wrong', why: `session ${data.id}: ${why}`};
}

function sessionSeen(session: Session, wanted: Wanted): Observation {
  const {id: reference, status, url, expires_at: end} = session;
  switch (status) {
    case 'open':
      return {kind: 'action-required', reference, url: url ?? undefined, expires: instant(end * 1000)};
    case 'expired':
      return {kind: 'canceled', reference};
    case 'complete':
      return completed(session, wanted);
    default:
      return {kind: 'unknown', why: `session ${reference} is ${String(status)}`};
  }
}

function completed(session: Session, wanted: Wanted): Observation {
  if (session.payment_status === 'no_payment_required') return {kind: 'wrong', why: `session ${session.id} took no payment`};
  const intent = session.payment_intent;
  if (intent === null || intent === undefined || typeof intent === 'string') {
    return {kind: 'unknown', why: `session ${session.id} is complete without its payment`};
  }
  return intentSeen(intent, wanted);
}

function intentSeen(intent: Intent, wanted: Wanted): Observation {
  const {livemode, metadata, status, amount, amount_received: received, currency} = intent;
  const told = {money: {minor: status === 'succeeded' ? received : amount, currency}, livemode, payment: metadata['payment']};
  const why = differs(told, wanted);
  if (why !== undefined) return {kind: 'wrong', why: `payment ${intent.id}: ${why}`, ...takenBy(told, status, wanted)};
  const reference = intent.id;
  switch (intent.status) {
    case 'succeeded':
      return paid(intent, wanted);
    case 'processing':
      return {kind: 'pending', reference};
    case 'canceled':
      return {kind: 'canceled', reference};
    case 'requires_action':
      return {kind: 'action-required', reference, url: intent.next_action?.redirect_to_url?.url ?? undefined, expires: undefined};
    case 'requires_payment_method':
      return refused(intent);
    default:
      return {kind: 'unknown', why: `payment ${reference} is ${intent.status}`};
  }
}

/** Money of another amount that was really taken for our payment; of what is not ours nothing is said. */
function takenBy({money, livemode, payment}: Told, status: string, wanted: Wanted): {readonly taken?: MinorAmount} {
  const ours = status === 'succeeded' && livemode === wanted.livemode && payment === wanted.payment;
  return ours ? {taken: {minor: money.minor, currency: money.currency.toUpperCase()}} : {};
}

function paid(intent: Intent, {amount}: Wanted): Observation {
  const saved = savedIn(intent);
  return {kind: 'succeeded', amount, reference: intent.id, ...(saved === undefined ? {} : {saved})};
}

type Saved = NonNullable<Extract<Observation, {kind: 'succeeded'}>['saved']>;

/** The student let the card be kept, and the provider says under which names. */
function savedIn({setup_future_usage: usage, customer, payment_method: card}: Intent): Saved | undefined {
  const owner = typeof customer === 'object' ? customer?.id : customer;
  if (usage !== 'off_session' || owner === undefined || typeof card !== 'object' || card === null) return undefined;
  return {customer: owner, token: card.id, label: labelOf(card.card)};
}

/**
 * A card declined off-session leaves the intent waiting for another card, with the reason beside it. Strong authentication that is
 * wanted is such a reason: it can be given on a page of the provider only for a new, hosted payment, hence no url.
 */
function refused({id: reference, last_payment_error: error}: Intent): Observation {
  if (error === null || error === undefined) return {kind: 'unknown', why: `payment ${reference} waits for a card`};
  return refusal(error.decline_code ?? error.code ?? 'card_declined', reference);
}

/** The observation of a decline code: authentication that is wanted is not a no. */
export function refusal(code: string, reference: string | undefined): Observation {
  if (code === 'authentication_required' && reference !== undefined) {
    return {kind: 'action-required', reference, url: undefined, expires: undefined};
  }
  return {kind: 'failed', code, ...(reference === undefined ? {} : {reference})};
}

type Told = {readonly money: MinorAmount; readonly livemode: boolean; readonly payment: string | undefined};

function differs({money, livemode, payment}: Told, wanted: Wanted): string | undefined {
  if (livemode !== wanted.livemode) return `is of the ${livemode ? 'live' : 'test'} mode`;
  if (payment !== wanted.payment) return 'belongs to another payment';
  if (money.currency.toLowerCase() !== wanted.amount.currency.toLowerCase())
    return `is in ${money.currency}, not ${wanted.amount.currency}`;
  if (money.minor !== wanted.amount.minor) return `is over ${money.minor}, not ${wanted.amount.minor}`;
  return undefined;
}

/** As brands write themselves; the provider's words are in its reference under PaymentMethod.card.brand. */
const brands: Readonly<Record<string, string>> = {
  amex: 'American Express',
  diners: 'Diners Club',
  discover: 'Discover',
  eftpos_au: 'eftpos',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};

/** `Visa ending 4242`. */
function labelOf(card: {readonly brand: string; readonly last4: string} | null | undefined): string {
  if (card === null || card === undefined) return 'Saved method';
  return `${brands[card.brand] ?? 'Card'} ending ${card.last4}`;
}
