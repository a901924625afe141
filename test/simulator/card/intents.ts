// Payment intents: https://docs.stripe.com/payments/paymentintents/lifecycle
import {cardOf, declines, type Decline} from './cards.ts';
import {ApiError, invalid, missing, type ErrorBody} from './errors.ts';
import {flag, metadata, onlyKnown, requiredText, section, text, whole, type Params} from './form.ts';
import type {Charge, PaymentIntent, PaymentMethod} from './objects.ts';
import {nobody, type Cause, type Provider} from './provider.ts';
import {newId, nowS} from './store.ts';
import {methodOf} from './wallet.ts';

const KNOWN =
  'amount currency customer payment_method confirm off_session description return_url setup_future_usage automatic_payment_methods allowed_payment_method_types payment_method_types receipt_email statement_descriptor statement_descriptor_suffix use_stripe_sdk capture_method';
const CURRENCIES = new Set(['gbp', 'eur', 'usd', 'chf', 'sek', 'nok', 'dkk', 'pln']);
/** 30p; of other currencies nearly the same. */
const LEAST = 30;

/** Has the student to be there, and where does the authentication lead back to? */
export type Confirmation = {readonly offSession: boolean; readonly returnUrl: string | undefined; readonly cause: Cause};

export function checkedMoney(amount: number | undefined, currency: string, param = 'amount'): number {
  if (amount === undefined) throw missing(param);
  if (!CURRENCIES.has(currency)) throw invalid(`Invalid currency: ${currency}`, 'currency');
  if (amount < 1) throw invalid('This value must be greater than or equal to 1.', param, 'parameter_invalid_integer');
  if (amount < LEAST) throw invalid('Amount must convert to at least 30 pence.', param, 'amount_too_small');
  if (amount > 99_999_999) throw invalid('Amount must be no more than 999,999.99.', param, 'amount_too_large');
  return amount;
}

export type IntentGiven = Pick<PaymentIntent, 'amount' | 'currency' | 'customer' | 'metadata' | 'setup_future_usage' | 'description'>;

export function newIntent(provider: Provider, given: IntentGiven, cause: Cause): PaymentIntent {
  const id = newId('pi');
  const intent: PaymentIntent = {
    id,
    object: 'payment_intent',
    created: nowS(),
    livemode: provider.livemode,
    amount_capturable: 0,
    amount_received: 0,
    automatic_payment_methods: {enabled: true, allow_redirects: 'always'},
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_${newId('x').slice(2)}`,
    confirmation_method: 'automatic',
    last_payment_error: null,
    latest_charge: null,
    next_action: null,
    payment_method: null,
    payment_method_types: ['card'],
    receipt_email: null,
    status: 'requires_payment_method',
    ...given,
  };
  provider.store.kept.intents[id] = intent;
  provider.emit('payment_intent.created', intent, cause);
  return intent;
}

export function createIntent(provider: Provider, params: Params, cause: Cause): PaymentIntent {
  onlyKnown(params, KNOWN);
  const currency = requiredText(params, 'currency');
  const amount = checkedMoney(whole(params, 'amount'), currency);
  const confirm = flag(params, 'confirm');
  if (flag(params, 'off_session') && !confirm) throw invalid('You cannot set `off_session` without `confirm`.', 'off_session');
  const customer = givenCustomer(provider, params);
  const method = givenMethod(provider, params, customer);
  if (confirm) checkConfirmable(params, method);
  const words = {setup_future_usage: text(params, 'setup_future_usage') ?? null, description: text(params, 'description') ?? null};
  const intent = newIntent(provider, {amount, currency, customer, metadata: metadata(params), ...words}, cause);
  const redirects = text(section(params, 'automatic_payment_methods'), 'allow_redirects');
  if (redirects !== undefined) intent.automatic_payment_methods = {enabled: true, allow_redirects: redirects};
  if (method !== undefined) {
    intent.payment_method = method.id;
    intent.status = 'requires_confirmation';
  }
  return confirm ? confirmIntent(provider, intent, confirmationOf(params, cause)) : intent;
}

function givenCustomer({store}: Provider, params: Params): string | null {
  const id = text(params, 'customer');
  return id === undefined ? null : store.get(store.kept.customers, id, {what: 'customer', param: 'customer'}).id;
}

function givenMethod(provider: Provider, params: Params, customer: string | null): PaymentMethod | undefined {
  const id = text(params, 'payment_method');
  if (id === undefined) return undefined;
  const method = methodOf(provider, id);
  if (method.customer !== null && method.customer !== customer) {
    const whose = customer === null ? 'supply the customer it belongs to' : 'use one of that customer';
    throw invalid(`The PaymentMethod ${method.id} belongs to another Customer: ${whose}.`, 'payment_method');
  }
  return method;
}

/** An answer may lead the browser away only if it can come back. */
function checkConfirmable(params: Params, method: PaymentMethod | undefined): void {
  if (method === undefined) throw invalid('You cannot confirm this PaymentIntent because it is missing a payment method.');
  const stays = text(section(params, 'automatic_payment_methods'), 'allow_redirects') === 'never';
  const fixed = params['payment_method_types'] !== undefined;
  if (text(params, 'return_url') === undefined && !stays && !fixed) {
    throw invalid('This PaymentIntent may redirect your customer off of your page: you must provide a `return_url`.', 'return_url');
  }
}

function confirmationOf(params: Params, cause: Cause): Confirmation {
  return {offSession: flag(params, 'off_session'), returnUrl: text(params, 'return_url'), cause};
}

export function confirmAgain(provider: Provider, intent: PaymentIntent, {params, cause}: {params: Params; cause: Cause}): PaymentIntent {
  onlyKnown(params, KNOWN);
  if (intent.status !== 'requires_payment_method' && intent.status !== 'requires_confirmation') throw unexpected(intent, 'confirm');
  const method = givenMethod(provider, params, intent.customer);
  if (method !== undefined) intent.payment_method = method.id;
  if (intent.payment_method === null) throw invalid('You cannot confirm this PaymentIntent because it is missing a payment method.');
  return confirmIntent(provider, intent, confirmationOf(params, cause));
}

/** Charges, or asks for authentication, or throws the decline. The intent has its payment method. */
export function confirmIntent(provider: Provider, intent: PaymentIntent, confirmation: Confirmation): PaymentIntent {
  intent.last_payment_error = null;
  const ordered = takeDecline(provider);
  if (ordered !== undefined) throw declined(provider, intent, {decline: ordered, cause: confirmation.cause});
  if (!wantsAuthentication(provider, intent, confirmation.offSession)) return charge(provider, intent, confirmation.cause);
  if (confirmation.offSession) {
    throw declined(provider, intent, {decline: declines.authentication_required, cause: confirmation.cause});
  }
  intent.status = 'requires_action';
  intent.next_action = nextAction(provider, intent, confirmation.returnUrl);
  provider.emit('payment_intent.requires_action', intent, confirmation.cause);
  return intent;
}

function wantsAuthentication({store}: Provider, {payment_method: method}: PaymentIntent, offSession: boolean): boolean {
  const kind = store.kept.numbers[method ?? ''];
  switch (cardOf(kind?.number ?? '').authentication) {
    case 'never':
      return false;
    case 'always':
      return true;
    case 'on-session':
      return !offSession;
    case 'unless-set-up':
      return !(offSession && kind?.setUp === true);
  }
}

function nextAction({address}: Provider, {id}: PaymentIntent, returnUrl: string | undefined): PaymentIntent['next_action'] {
  const url = `${address}/3d-secure/${id}`;
  if (returnUrl === undefined) return {type: 'use_stripe_sdk', use_stripe_sdk: {type: 'three_d_secure_redirect', stripe_js: url}};
  return {type: 'redirect_to_url', redirect_to_url: {url, return_url: returnUrl}};
}

function takeDecline({orders}: Provider): Decline | undefined {
  const {decline} = orders;
  if (decline === undefined || decline.times < 1) return undefined;
  decline.times -= 1;
  return Object.entries(declines).find(([name]) => name === decline.code)?.[1] ?? declines.card_declined;
}

/** The student has proved, or refused to prove, that the card is theirs. Throws the decline. */
export function authenticated(provider: Provider, intent: PaymentIntent, proved: boolean): PaymentIntent {
  if (intent.status !== 'requires_action') throw unexpected(intent, 'authenticate');
  intent.next_action = null;
  if (proved) return charge(provider, intent, nobody);
  intent.status = 'requires_payment_method';
  intent.payment_method = null;
  intent.last_payment_error = {
    type: 'invalid_request_error',
    code: 'payment_intent_authentication_failure',
    message: 'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod.',
  };
  provider.emit('payment_intent.payment_failed', intent, nobody);
  throw new ApiError(402, intent.last_payment_error, true);
}

function charge(provider: Provider, intent: PaymentIntent, cause: Cause): PaymentIntent {
  const decline = cardOf(provider.store.kept.numbers[intent.payment_method ?? '']?.number ?? '').charge;
  if (decline !== undefined) throw declined(provider, intent, {decline, cause});
  const {process} = provider.orders;
  if (process === undefined || process.times < 1) return succeed(provider, intent, cause);
  process.times -= 1;
  intent.status = 'processing';
  provider.emit('payment_intent.processing', intent, cause);
  setTimeout(() => {
    succeed(provider, intent, nobody);
    provider.afterProcessing(intent);
    provider.store.save();
  }, process.ms).unref();
  return intent;
}

function newCharge(intent: PaymentIntent, decline: Decline | undefined): Charge {
  const paid = decline === undefined;
  return {
    id: newId('ch'),
    object: 'charge',
    created: nowS(),
    livemode: intent.livemode,
    amount: intent.amount,
    amount_captured: paid ? intent.amount : 0,
    amount_refunded: 0,
    balance_transaction: null,
    captured: paid,
    currency: intent.currency,
    customer: intent.customer,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    metadata: {...intent.metadata},
    paid,
    payment_intent: intent.id,
    payment_method: intent.payment_method ?? '',
    refunded: false,
    status: paid ? 'succeeded' : 'failed',
  };
}

function succeed(provider: Provider, intent: PaymentIntent, cause: Cause): PaymentIntent {
  const {kept} = provider.store;
  const made = newCharge(intent, undefined);
  // 1.5 % and 20p, as for a British card.
  const fee = Math.round((intent.amount * 15) / 1000) + 20;
  const balance = newId('txn');
  const {amount, currency} = intent;
  kept.transactions[balance] = {
    id: balance,
    object: 'balance_transaction',
    created: nowS(),
    amount,
    currency,
    fee,
    net: amount - fee,
    source: made.id,
    status: 'pending',
    type: 'charge',
  };
  made.balance_transaction = balance;
  kept.charges[made.id] = made;
  intent.status = 'succeeded';
  intent.amount_received = amount;
  intent.latest_charge = made.id;
  if (intent.setup_future_usage === 'off_session') setUp(provider, intent);
  provider.emit('charge.succeeded', made, cause);
  provider.emit('payment_intent.succeeded', intent, cause);
  return intent;
}

function setUp({store: {kept}}: Provider, {payment_method: id, customer}: PaymentIntent): void {
  const method = kept.methods[id ?? ''];
  const number = kept.numbers[id ?? ''];
  if (method !== undefined && customer !== null) method.customer = customer;
  if (number !== undefined) number.setUp = true;
}

type Declining = {readonly decline: Decline; readonly cause: Cause};

/** The intent waits for another card, with the reason beside it, and the error carries it. */
function declined(provider: Provider, intent: PaymentIntent, {decline, cause}: Declining): ApiError {
  const made = newCharge(intent, decline);
  provider.store.kept.charges[made.id] = made;
  const error: ErrorBody = {
    type: 'card_error',
    ...decline,
    charge: made.id,
    payment_method: provider.store.kept.methods[intent.payment_method ?? ''],
  };
  intent.status = 'requires_payment_method';
  intent.payment_method = null;
  intent.latest_charge = made.id;
  intent.last_payment_error = error;
  provider.emit('payment_intent.payment_failed', intent, cause);
  return new ApiError(402, {...error, payment_intent: structuredClone(intent)}, true);
}

function unexpected(intent: PaymentIntent, verb: string): ApiError {
  return new ApiError(
    400,
    {
      type: 'invalid_request_error',
      code: 'payment_intent_unexpected_state',
      message: `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}.`,
      payment_intent: structuredClone(intent),
    },
    true,
  );
}

export function cancelIntent(provider: Provider, intent: PaymentIntent, {params, cause}: {params: Params; cause: Cause}): PaymentIntent {
  onlyKnown(params, 'cancellation_reason');
  if (intent.status === 'succeeded' || intent.status === 'canceled' || intent.status === 'processing') throw unexpected(intent, 'cancel');
  intent.status = 'canceled';
  intent.next_action = null;
  intent.canceled_at = nowS();
  intent.cancellation_reason = text(params, 'cancellation_reason') ?? null;
  provider.emit('payment_intent.canceled', intent, cause);
  return intent;
}
