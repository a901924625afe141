// Finds what the provider has of a payment: by its reference, else in its lists. Never by its search, which may be an hour behind.
import type {Stripe} from 'stripe';
import type {Log} from '../../../shared/log/log.ts';
import type {Inquiry, Observation} from '../port.ts';

/** With everything expanded that read.ts wants to see. */
export type Found =
  | {readonly kind: 'session'; readonly session: unknown}
  | {readonly kind: 'intent'; readonly intent: unknown}
  /** Nothing to read: not found, or not to be settled by looking. */
  | {readonly kind: 'seen'; readonly seen: Observation};

const HOUR_S = 3600;
/** Clocks may differ by so much, or have been put back since. */
const BEFORE_S = 2 * HOUR_S;
/** An attempt is sent until 23 hours after it was made. */
const AFTER_S = 25 * HOUR_S;
/** The provider's most. */
const PAGE = 100;
/** 2,000 sessions a day and more would be looked through in vain; then nothing is proved. */
const MAX_PAGES = 20;

export async function find(stripe: Stripe, inquiry: Inquiry, log: Log): Promise<Found> {
  const {reference} = inquiry;
  if (reference?.startsWith('cs_') === true) return sessionBy(stripe, reference);
  if (reference?.startsWith('pi_') === true) return intentBy(stripe, reference);
  if (reference !== undefined) return seen({kind: 'wrong', why: 'the reference is none of the card provider'});
  // The student's own list is short; but an attempt may have been sent before the provider's name for the student was known.
  const scopes = inquiry.customer === undefined ? [{}] : [{customer: inquiry.customer}, {}];
  for (const scope of scopes) {
    const found = await inLists(stripe, inquiry, {scope, log});
    if (found.kind !== 'seen' || found.seen.kind !== 'not-found') return found;
  }
  return seen({kind: 'not-found'});
}

async function sessionBy(stripe: Stripe, id: string): Promise<Found> {
  return {kind: 'session', session: await stripe.checkout.sessions.retrieve(id, {expand: ['payment_intent.payment_method']})};
}

async function intentBy(stripe: Stripe, id: string): Promise<Found> {
  return {kind: 'intent', intent: await stripe.paymentIntents.retrieve(id, {expand: ['payment_method']})};
}

type Look = {readonly scope: {readonly customer?: string}; readonly log: Log};
type Listed = {readonly id: string; readonly metadata: Readonly<Record<string, string>> | null};

async function inLists(stripe: Stripe, inquiry: Inquiry, {scope, log}: Look): Promise<Found> {
  const made = Math.floor(inquiry.createdAt / 1000);
  const params = {...scope, created: {gte: made - BEFORE_S, lte: made + AFTER_S}, limit: PAGE};
  const sessions = await matching(inquiry, (after) => stripe.checkout.sessions.list({...params, ...after}));
  const intents = await matching(inquiry, (after) => stripe.paymentIntents.list({...params, ...after}));
  if (sessions === 'too-many' || intents === 'too-many') return seen({kind: 'unknown', why: 'the lists of the provider are too long'});
  const paid = intents.filter(({status}) => status === 'succeeded');
  if (paid.length > 1) log.error('one payment was taken twice by the card provider', {payment: inquiry.payment, times: paid.length});
  // Money that was taken comes first, whichever attempt took it; then what became of the attempt that is asked for.
  const [first] = paid.toSorted((a, b) => Number(isOf(inquiry, b)) - Number(isOf(inquiry, a)));
  if (first !== undefined) return intentBy(stripe, first.id);
  const session = sessions.find((each) => isOf(inquiry, each));
  if (session !== undefined) return sessionBy(stripe, session.id);
  const intent = intents.find((each) => isOf(inquiry, each));
  return intent === undefined ? seen({kind: 'not-found'}) : intentBy(stripe, intent.id);
}

function isOf({key}: Inquiry, {metadata}: Listed): boolean {
  return metadata?.['attempt'] === key;
}

type Page<T> = {readonly data: readonly T[]; readonly has_more: boolean};

/** All of a list, the newest first, that belongs to the payment. */
async function matching<T extends Listed>(
  {payment}: Inquiry,
  list: (after: {starting_after?: string}) => Promise<Page<T>>,
): Promise<readonly T[] | 'too-many'> {
  const found: T[] = [];
  let after: {starting_after?: string} = {};
  for (let page = 0; page < MAX_PAGES; page++) {
    const {data, has_more: more} = await list(after);
    found.push(...data.filter(({metadata}) => metadata?.['payment'] === payment));
    const last = data.at(-1)?.id;
    if (!more || last === undefined) return found;
    after = {starting_after: last};
  }
  return 'too-many';
}

function seen(observation: Observation): Found {
  return {kind: 'seen', seen: observation};
}
