// The card on the test bench: the adapter, and the simulated provider as a process of its own.
import {Stripe} from 'stripe';
import {createCard, type CardGiven} from '../../cloud/payment/card/card.ts';
import type {SavedMethod} from '../../cloud/payment/port.ts';
import {Secret} from '../../shared/log/log.ts';
import {instant, type Clock, type Timers} from '../../shared/time/instant.ts';
import {silentLog} from '../core/silent-log.ts';
import {startCard, type RunningCard} from '../rig/card.ts';
import type {Useless} from '../simulator/card/faults.ts';
import type {BrokenAnswer, PaymentBench} from './payment-method-suite.ts';

export const TIMEOUT_MS = 600;
export const WEBHOOK_SECRET = 'whsec_bench';

const realClock: Clock = {now: () => instant(Date.now()), monotonicMs: () => performance.now()};
const realTimers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The adapter's settings for a provider that listens on `port`. */
export function cardGiven(port: number, given: Partial<CardGiven> = {}): CardGiven {
  return {
    key: new Secret('sk_test_bench'),
    webhookSecrets: [new Secret(WEBHOOK_SECRET)],
    host: '127.0.0.1',
    port,
    protocol: 'http',
    timeoutMs: TIMEOUT_MS,
    clock: realClock,
    timers: realTimers,
    livemode: false,
    log: silentLog,
    ...given,
  };
}

/** The official SDK, as the shop that set the students' cards up long ago. */
export function shop({port, key}: RunningCard): Stripe {
  return new Stripe(key, {host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0, telemetry: false});
}

let made = 0;

/** A key as ours are: made and stored before it is sent. */
export function nextKey(): {idempotencyKey: string} {
  made += 1;
  return {idempotencyKey: `bench:${process.pid}:${made}`};
}

/** A customer with that card attached and, if wished and possible, set up for payments without the student. */
export async function savedCard(stripe: Stripe, number: string): Promise<SavedMethod> {
  const customer = await stripe.customers.create({email: 'student@example.org'}, nextKey());
  const card = {number, exp_month: 12, exp_year: new Date().getUTCFullYear() + 2, cvc: '123'};
  const method = await stripe.paymentMethods.create({type: 'card', card}, nextKey());
  await stripe.paymentMethods.attach(method.id, {customer: customer.id}, nextKey());
  return {customer: customer.id, token: method.id};
}

/** A charge of 10.00 without the student. */
export function offSession(customer: string, token: string): Stripe.PaymentIntentCreateParams {
  return {
    amount: 1000,
    currency: 'gbp',
    customer,
    payment_method: token,
    confirm: true,
    off_session: true,
    automatic_payment_methods: {enabled: true, allow_redirects: 'never'},
    metadata: {payment: 'p1'},
  };
}

/** The SDK's error, where one is expected. */
export async function faultOf(work: Promise<unknown>): Promise<InstanceType<typeof Stripe.errors.StripeError>> {
  const fault: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (fault instanceof Stripe.errors.StripeError) return fault;
  throw new Error('no fault of the SDK');
}

/** The id of its customer, who must be known. */
export function customerOf({customer}: Stripe.PaymentIntent | Stripe.Checkout.Session): string {
  if (customer === null) throw new Error('nobody pays');
  return typeof customer === 'string' ? customer : customer.id;
}

const broken: Readonly<Record<BrokenAnswer, Useless>> = {error: '500', empty: 'empty-200', page: '502-html', truncated: 'truncated'};
const CHARGE = '^POST /v1/payment_intents$';

export async function cardBench(): Promise<PaymentBench> {
  const provider = await startCard();
  const stripe = shop(provider);
  const {order} = provider;
  return {
    method: createCard(cardGiven(provider.port)),
    timeoutMs: TIMEOUT_MS,
    currency: 'GBP',
    savedMethod: (kind) => savedCard(stripe, kind === 'good' ? '4242424242424242' : '4000000000000341'),
    declineNext: () => order({do: 'decline', times: 1, code: 'insufficient_funds'}),
    hangNext: () => order({do: 'fault', match: CHARGE, times: 1, fault: {kind: 'hang'}}),
    loseAnswerOfNext: () => order({do: 'fault', match: CHARGE, times: 1, fault: {kind: 'drop', when: 'after'}}),
    slowAnswerOfNext: (ms) => order({do: 'fault', match: CHARGE, times: 1, fault: {kind: 'delay', when: 'after', ms}}),
    breakAnswerOfNext: (how) => order({do: 'fault', match: CHARGE, times: 1, fault: {kind: 'answer', when: 'after', what: broken[how]}}),
    otherMoneyInNext: ({minor, currency}) => {
      const set = {amount: minor, amount_received: minor, currency: currency.toLowerCase()};
      return order({do: 'fault', match: CHARGE, times: 1, fault: {kind: 'alter', set}});
    },
    die: provider.die,
    comeBack: provider.comeBack,
    charged: async (payment) => {
      const taken = await provider.taken();
      const own = taken.filter(({metadata}) => metadata['payment'] === payment);
      return own.map(({amount: minor, currency}) => ({minor, currency: currency.toUpperCase()}));
    },
    stop: provider.stop,
  };
}
