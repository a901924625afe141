// The card: a hosted page of the provider, or a card that the student has saved there. No card number ever comes here.
// In: attempts and questions of the payment machine, webhooks as raw bytes. Out: observations and hints.
// Never true: a POST without a key of ours; a request body that differs between two sends of one key; an answer believed that names
// another payment, mode, amount or currency; `not-sent` or `in-flight` for a question, where only the attempt itself could mean it.
import {Stripe} from 'stripe';
import {Failure} from '../../../shared/failure/failure.ts';
import type {Log, Secret} from '../../../shared/log/log.ts';
import type {Clock} from '../../../shared/time/instant.ts';
import type {Attempt, Capabilities, Hint, Inquiry, Observation, PaymentMethod} from '../port.ts';
import {classify} from './classify.ts';
import {find, type Found} from './find.ts';
import {readHint} from './hint.ts';
import {observeIntent, observeSession, type Wanted} from './read.ts';
import {intentParams, sessionParams} from './request.ts';
import {onWire, type WireGiven} from './wire.ts';

export type CardGiven = WireGiven & {
  /** `whsec_…`; two while one replaces the other. */
  readonly webhookSecrets: readonly Secret[];
  readonly clock: Clock;
  readonly livemode: boolean;
  readonly log: Log;
};

export type Card = PaymentMethod & {readonly readHint: (rawBody: Buffer, signature: string | undefined) => Hint};

const HOUR_MS = 3_600_000;

const capabilities: Capabilities = {
  hosted: true,
  // The provider forgets keys after 24 hours at the earliest; an hour is left for the clocks and the way.
  resendForMs: 23 * HOUR_MS,
  // What was taken is given back by a refund, which is a fact of its own.
  reversible: false,
  // Longer than a request can lie in somebody's buffers and be worked on.
  horizonMs: HOUR_MS / 2,
};

/** Throws a Failure `config.invalid` if key, mode and secrets do not belong together. */
export function createCard(given: CardGiven): Card {
  checkSettings(given);
  const wantedOf = ({payment, amount}: Attempt | Inquiry): Wanted => ({payment, amount, livemode: given.livemode});

  /** One piece of work, and what it shows. */
  const observe = async (of: Attempt | Inquiry, work: Work): Promise<Observation> => {
    const wanted = wantedOf(of);
    const result = await onWire(given, (stripe) => work.act(stripe, wanted));
    const seen = result.kind === 'answer' ? result.answer : work.fault(classify(result, wanted));
    if (seen.kind === 'wrong') given.log.error('the card provider and we disagree', {payment: of.payment, why: seen.why});
    return seen;
  };

  return {
    provider: 'card',
    capabilities,
    submit: (attempt) => observe(attempt, {act: (stripe, wanted) => submit(stripe, attempt, wanted), fault: (seen) => seen}),
    ask: (inquiry) =>
      observe(inquiry, {act: async (stripe, wanted) => seenOf(await find(stripe, inquiry, given.log), wanted), fault: asQuestion}),
    cancel: (inquiry) => observe(inquiry, {act: (stripe, wanted) => end(stripe, inquiry, {wanted, log: given.log}), fault: asQuestion}),
    reverse: ({payment}) => {
      given.log.error('a card payment was to be reversed', {payment});
      return Promise.resolve({kind: 'wrong', why: 'a card payment is refunded, never reversed'});
    },
    readHint: (rawBody, signature) => readHint(given, rawBody, signature),
  };
}

type Work = {
  readonly act: (stripe: Stripe, wanted: Wanted) => Promise<Observation>;
  /** What a request without a proper answer means here. */
  readonly fault: (seen: Observation) => Observation;
};

async function submit(stripe: Stripe, attempt: Attempt, wanted: Wanted): Promise<Observation> {
  const options = {idempotencyKey: attempt.key};
  const {how} = attempt;
  if (how.kind === 'hosted') return observeSession(await stripe.checkout.sessions.create(sessionParams(attempt, how), options), wanted);
  return observeIntent(await stripe.paymentIntents.create(intentParams(attempt, how.method), options), wanted);
}

function seenOf(found: Found, wanted: Wanted): Observation {
  switch (found.kind) {
    case 'session':
      return observeSession(found.session, wanted);
    case 'intent':
      return observeIntent(found.intent, wanted);
    case 'seen':
      return found.seen;
  }
}

type Ending = {readonly wanted: Wanted; readonly log: Log};

async function end(stripe: Stripe, inquiry: Inquiry, {wanted, log}: Ending): Promise<Observation> {
  const found = await find(stripe, inquiry, log);
  const seen = seenOf(found, wanted);
  if (seen.kind !== 'action-required') return seen;
  try {
    return await ended(stripe, {inquiry, session: found.kind === 'session', reference: seen.reference}, wanted);
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    // It was paid, or ended, between our look and our word: the provider says which.
    return seenOf(await find(stripe, {...inquiry, reference: seen.reference}, log), wanted);
  }
}

type Open = {readonly inquiry: Inquiry; readonly session: boolean; readonly reference: string};

async function ended(stripe: Stripe, {inquiry: {key}, session, reference}: Open, wanted: Wanted): Promise<Observation> {
  if (session) {
    const expand = ['payment_intent.payment_method'];
    return observeSession(await stripe.checkout.sessions.expire(reference, {expand}, {idempotencyKey: `${key}:expire`}), wanted);
  }
  const expand = ['payment_method'];
  return observeIntent(await stripe.paymentIntents.cancel(reference, {expand}, {idempotencyKey: `${key}:cancel`}), wanted);
}

/** A question that met a fault says nothing of the payment, least of all that it was not sent or failed. */
function asQuestion(seen: Observation): Observation {
  switch (seen.kind) {
    case 'unknown':
    case 'wrong':
      return seen;
    case 'not-sent':
      return {kind: 'unknown', why: seen.why};
    case 'failed':
      return {kind: 'wrong', why: `the provider does not know what it told us of (${seen.code})`};
    case 'in-flight':
    case 'succeeded':
    case 'action-required':
    case 'pending':
    case 'canceled':
    case 'not-found':
    case 'reversed':
      return {kind: 'unknown', why: 'the provider is at work on it'};
  }
}

const CURE = 'Copy key and signing secrets anew from the dashboard of the card provider, all from the same mode.';

function checkSettings({key, livemode, webhookSecrets, protocol}: CardGiven): void {
  const mode = /^[rs]k_(?:org_)?(live|test)_\w+$/.exec(key.reveal())?.[1];
  if (mode === undefined) throw new Failure('config.invalid', 'The key of the card provider is not a secret or restricted key.', CURE);
  if ((mode === 'live') !== livemode) {
    const what = `The key of the card provider is a ${mode} key, but this cloud runs in ${livemode ? 'live' : 'test'} mode.`;
    throw new Failure('config.invalid', what, CURE);
  }
  if (livemode && protocol === 'http') {
    throw new Failure('config.invalid', 'Real payments would go to the card provider unencrypted.', 'Remove the protocol http.');
  }
  if (webhookSecrets.length === 0 || webhookSecrets.some((secret) => !/^whsec_\S+$/.test(secret.reveal()))) {
    throw new Failure('config.invalid', 'A signing secret of the card provider is missing or does not begin with whsec_.', CURE);
  }
}
