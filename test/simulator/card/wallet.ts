// Customers and the cards that they have let the shop keep.
import {cardOf, isCardNumber, readyMade} from './cards.ts';
import {ApiError, invalid} from './errors.ts';
import {flag, metadata, onlyKnown, requiredText, section, text, whole, type Params} from './form.ts';
import type {Customer, PaymentMethod, SetupIntent} from './objects.ts';
import type {Cause, Provider} from './provider.ts';
import {newId, nowS} from './store.ts';

export function createCustomer(provider: Provider, params: Params, cause: Cause): Customer {
  onlyKnown(params, 'email name description phone address shipping');
  const customer: Customer = {
    id: newId('cus', 14),
    object: 'customer',
    created: nowS(),
    livemode: provider.livemode,
    email: text(params, 'email') ?? null,
    name: text(params, 'name') ?? null,
    description: text(params, 'description') ?? null,
    metadata: metadata(params),
  };
  provider.store.kept.customers[customer.id] = customer;
  provider.emit('customer.created', customer, cause);
  return customer;
}

/** The API's own form of a card: number, two dates, and what is said once and never kept. */
export function createMethod(provider: Provider, params: Params): PaymentMethod {
  onlyKnown(params, 'type card billing_details allow_redisplay customer');
  if (requiredText(params, 'type') !== 'card') throw invalid('This simulator knows cards only.', 'type');
  const card = section(params, 'card');
  const number = requiredText(card, 'number');
  return newMethod(provider, {
    number,
    month: whole(card, 'exp_month') ?? 0,
    year: whole(card, 'exp_year') ?? 0,
    email: text(section(params, 'billing_details'), 'email') ?? null,
  });
}

export type CardGiven = {readonly number: string; readonly month: number; readonly year: number; readonly email: string | null};

function cardError(code: string, message: string, param: string): ApiError {
  return new ApiError(402, {type: 'card_error', code, message, param});
}

export function newMethod(provider: Provider, {number, month, year, email}: CardGiven): PaymentMethod {
  if (!isCardNumber(number)) throw cardError('incorrect_number', 'Your card number is incorrect.', 'number');
  if (month < 1 || month > 12) throw cardError('invalid_expiry_month', "Your card's expiration month is invalid.", 'exp_month');
  // A card is good to the end of its month.
  if (Date.UTC(year, month, 1) <= Date.now()) throw cardError('invalid_expiry_year', "Your card's expiration year is invalid.", 'exp_year');
  const {brand} = cardOf(number);
  const method: PaymentMethod = {
    id: newId('pm'),
    object: 'payment_method',
    created: nowS(),
    livemode: provider.livemode,
    type: 'card',
    customer: null,
    allow_redisplay: 'unspecified',
    billing_details: {address: null, email, name: null, phone: null},
    card: {
      brand,
      display_brand: brand,
      last4: number.slice(-4),
      exp_month: month,
      exp_year: year,
      country: 'GB',
      funding: 'credit',
      fingerprint: newId('fp', 16).slice(3),
    },
    metadata: {},
  };
  provider.store.kept.methods[method.id] = method;
  provider.store.kept.numbers[method.id] = {number, setUp: false};
  return method;
}

/** A payment method by its id; or a new one of the kind that a ready-made id names. */
export function methodOf(provider: Provider, id: string): PaymentMethod {
  const number = readyMade[id];
  if (number !== undefined) return newMethod(provider, {number, month: 12, year: new Date().getUTCFullYear() + 3, email: null});
  return provider.store.get(provider.store.kept.methods, id, {what: 'PaymentMethod', param: 'payment_method'});
}

export function attachMethod(
  provider: Provider,
  id: string,
  {params, cause}: {readonly params: Params; readonly cause: Cause},
): PaymentMethod {
  onlyKnown(params, 'customer');
  const {store} = provider;
  const method = id in readyMade ? methodOf(provider, id) : store.get(store.kept.methods, id, {what: 'PaymentMethod'});
  const customer = store.get(store.kept.customers, requiredText(params, 'customer'), {what: 'customer', param: 'customer'});
  if (method.customer !== null && method.customer !== customer.id) {
    throw invalid('The payment method you provided has already been attached to a customer.', 'payment_method');
  }
  const card = cardOf(store.kept.numbers[method.id]?.number ?? '');
  if (!card.attaches && card.charge !== undefined) throw new ApiError(402, {type: 'card_error', ...card.charge}, true);
  method.customer = customer.id;
  provider.emit('payment_method.attached', method, cause);
  return method;
}

export function detachMethod(provider: Provider, id: string, cause: Cause): PaymentMethod {
  const method = provider.store.get(provider.store.kept.methods, id, {what: 'PaymentMethod'});
  if (method.customer === null) {
    throw invalid('The payment method you provided is not attached to a customer so detachment is impossible.', 'payment_method');
  }
  method.customer = null;
  provider.emit('payment_method.detached', method, cause);
  return method;
}

/** Sets a card up for payments without the student: only what the shop's server does. */
export function createSetup(provider: Provider, params: Params, cause: Cause): SetupIntent {
  onlyKnown(params, 'customer payment_method confirm usage automatic_payment_methods payment_method_types description return_url');
  const id = newId('seti');
  const customer = text(params, 'customer') ?? null;
  if (customer !== null) provider.store.get(provider.store.kept.customers, customer, {what: 'customer', param: 'customer'});
  const setup: SetupIntent = {
    id,
    object: 'setup_intent',
    created: nowS(),
    livemode: provider.livemode,
    client_secret: `${id}_secret_${newId('x').slice(2)}`,
    customer,
    last_setup_error: null,
    metadata: metadata(params),
    next_action: null,
    payment_method: null,
    payment_method_types: ['card'],
    status: 'requires_payment_method',
    usage: text(params, 'usage') ?? 'off_session',
  };
  const given = text(params, 'payment_method');
  if (given !== undefined) {
    setup.payment_method = methodOf(provider, given).id;
    setup.status = 'requires_confirmation';
  }
  provider.store.kept.setups[id] = setup;
  provider.emit('setup_intent.created', setup, cause);
  return flag(params, 'confirm') ? confirmSetup(provider, setup, cause) : setup;
}

export function confirmSetup(provider: Provider, setup: SetupIntent, cause: Cause): SetupIntent {
  const {kept} = provider.store;
  const method = kept.methods[setup.payment_method ?? ''];
  if (method === undefined) throw invalid('You cannot confirm this SetupIntent because it is missing a payment method.', 'payment_method');
  const number = kept.numbers[method.id];
  const card = cardOf(number?.number ?? '');
  if (!card.attaches && card.charge !== undefined) {
    setup.status = 'requires_payment_method';
    setup.last_setup_error = {type: 'card_error', ...card.charge};
    throw new ApiError(402, {type: 'card_error', ...card.charge, setup_intent: structuredClone(setup)}, true);
  }
  if (card.authentication !== 'never') {
    setup.status = 'requires_action';
    setup.next_action = {type: 'use_stripe_sdk', use_stripe_sdk: {type: 'three_d_secure_redirect', stripe_js: ''}};
    return setup;
  }
  setup.status = 'succeeded';
  method.customer = setup.customer;
  if (number !== undefined) number.setUp = true;
  provider.emit('setup_intent.succeeded', setup, cause);
  return setup;
}
