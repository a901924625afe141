// Webhooks: signed by the provider, fresh, of our mode. What they say is a reason to ask, never an answer.
import {Stripe} from 'stripe';
import {z} from 'zod';
import type {Secret} from '../../../shared/log/log.ts';
import type {Clock} from '../../../shared/time/instant.ts';
import type {Hint} from '../port.ts';

export type HintGiven = {
  /** Two while one replaces the other. */
  readonly webhookSecrets: readonly Secret[];
  readonly livemode: boolean;
  readonly clock: Clock;
};

/** The provider's own tolerance; the SDK applies it to the past only. */
const TOLERANCE_S = 300;

const eventShape = z.object({
  object: z.literal('event'),
  id: z.string().startsWith('evt_'),
  type: z.string(),
  livemode: z.boolean(),
  data: z.object({object: z.looseObject({id: z.string(), metadata: z.record(z.string(), z.string()).nullish()})}),
});

const wantedTypes = new Set([
  'checkout.session.async_payment_failed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.completed',
  'checkout.session.expired',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'payment_intent.processing',
  'payment_intent.requires_action',
  'payment_intent.succeeded',
]);

/** `rawBody` as it came, byte for byte; `signature` is the header Stripe-Signature. */
export function readHint(given: HintGiven, rawBody: Buffer, signature: string | undefined): Hint {
  const now = given.clock.now();
  if (signature === undefined) return refused('it is not signed');
  const stamp = stampOf(signature);
  if (stamp === undefined) return refused('its signature cannot be read');
  if (stamp > now / 1000 + TOLERANCE_S) return refused('its stamp is in the future');
  for (const secret of given.webhookSecrets) {
    const event = verified({rawBody, signature, secret: secret.reveal(), now});
    if (event !== undefined) return hintOf(event, given.livemode);
  }
  return refused('it is signed by somebody else or too old');
}

/** Exactly one whole number: the SDK takes the last of several, and reads `9x` as 9. */
function stampOf(signature: string): number | undefined {
  const stamps = signature.split(',').filter((part) => part.trimStart().startsWith('t='));
  const [, seconds] = /^t=(\d{1,12})$/.exec(stamps[0] ?? '') ?? [];
  return stamps.length === 1 && seconds !== undefined ? Number(seconds) : undefined;
}

type Signed = {readonly rawBody: Buffer; readonly signature: string; readonly secret: string; readonly now: number};

function verified({rawBody, signature, secret, now}: Signed): unknown {
  try {
    return Stripe.webhooks.constructEvent(rawBody, signature, secret, TOLERANCE_S, undefined, now);
  } catch {
    return undefined;
  }
}

function hintOf(value: unknown, livemode: boolean): Hint {
  const {success, data: event} = eventShape.safeParse(value);
  if (!success) return refused('it is no event');
  if (event.livemode !== livemode) return refused(`it is of the ${event.livemode ? 'live' : 'test'} mode`);
  const {id: reference, metadata} = event.data.object;
  const payment = metadata?.['payment'];
  // Every session and intent of ours carries its payment: another shop may use the same account.
  if (!wantedTypes.has(event.type) || payment === undefined) return {kind: 'ignored', event: event.id};
  return {kind: 'hint', event: event.id, payment, reference};
}

function refused(why: string): Hint {
  return {kind: 'refused', why};
}
