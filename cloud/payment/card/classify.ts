// What an error of the SDK proves. Its classes are no proof by themselves: HTML of a 502 has no status there, and a closed connection
// looks the same before and after the request was worked on. Whatever is not on this list is unknown.
import {Stripe} from 'stripe';
import type {Observation} from '../port.ts';
import {observeIntent, refusal, type Wanted} from './read.ts';
import type {WireFault} from './wire.ts';

/** The observation of a request that had no proper answer. */
export function classify({error, sent, late}: WireFault, wanted: Wanted): Observation {
  if (late || error instanceof Stripe.errors.StripeConnectionError) {
    if (!sent) return {kind: 'not-sent', why: `no connection: ${causeOf(error)}`};
    return {kind: 'unknown', why: late ? 'no answer in time' : `the connection ended before the answer: ${causeOf(error)}`};
  }
  if (!(error instanceof Stripe.errors.StripeError)) return {kind: 'unknown', why: 'the answer could not be read'};
  return answered(error, wanted);
}

type StripeError = InstanceType<typeof Stripe.errors.StripeError>;

function answered(error: StripeError, wanted: Wanted): Observation {
  if (error instanceof Stripe.errors.StripeCardError) return declined(error, wanted);
  if (error instanceof Stripe.errors.StripeIdempotencyError) return {kind: 'wrong', why: 'one key was used for two requests'};
  // Both are looked at before the request itself is: error-low-level of the provider's manual.
  if (error instanceof Stripe.errors.StripeRateLimitError) return {kind: 'not-sent', why: 'the provider asks for fewer requests'};
  if (error instanceof Stripe.errors.StripeAuthenticationError || error instanceof Stripe.errors.StripePermissionError) {
    return {kind: 'not-sent', why: `the provider does not accept our key (${String(error.statusCode)})`};
  }
  if (error.statusCode === 409) return {kind: 'in-flight'};
  if (error instanceof Stripe.errors.StripeInvalidRequestError) return invalid(error);
  return {kind: 'unknown', why: `the provider failed (${String(error.statusCode ?? 'no status')})`};
}

/** The payment inside is believed only if it is ours; what it says is more than the error says. */
function declined(error: StripeError, wanted: Wanted): Observation {
  const {payment_intent: intent, code, decline_code: decline} = error;
  if (intent === undefined) return refusal(decline ?? code ?? 'card_declined', undefined);
  const seen = observeIntent(intent, wanted);
  return seen.kind === 'unknown' ? refusal(decline ?? code ?? 'card_declined', intent.id) : seen;
}

/** Codes of a card or customer that is not there any more: a no for this method, not a mistake of ours. */
const gone = new Set(['resource_missing', 'payment_method_unactivated', 'payment_method_unexpected_state']);

function invalid({code, param}: StripeError): Observation {
  if (code !== undefined && gone.has(code)) return {kind: 'failed', code};
  return {kind: 'wrong', why: `the provider refused the request: ${code ?? 'invalid'}${param === undefined ? '' : ` in ${param}`}`};
}

/** The code of the deepest cause, such as ECONNREFUSED; never its text, which may carry anything. */
function causeOf(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 8; depth++) {
    const code: unknown = Reflect.get(each, 'code');
    if (typeof code === 'string') return code;
    const detail: unknown = Reflect.get(each, 'detail');
    each = detail instanceof Error ? detail : each.cause;
  }
  return 'no reason given';
}
