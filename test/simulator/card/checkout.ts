// Checkout sessions: the hosted page's side of a payment. https://docs.stripe.com/api/checkout/sessions
import {ApiError, invalid} from './errors.ts';
import {list, metadata, onlyKnown, requiredText, section, text, whole, type Params} from './form.ts';
import {authenticated, cancelIntent, checkedMoney, confirmIntent, newIntent} from './intents.ts';
import type {PaymentIntent, Session} from './objects.ts';
import {nobody, type Cause, type Provider} from './provider.ts';
import {newId, nowS} from './store.ts';
import {createCustomer, newMethod, type CardGiven} from './wallet.ts';

const KNOWN =
  'mode line_items payment_intent_data success_url cancel_url customer customer_creation customer_email client_reference_id expires_at locale allowed_payment_method_types payment_method_types adaptive_pricing submit_type currency ui_mode';
const HALF_AN_HOUR_S = 1800;
const DAY_S = 86_400;

export function createSession(provider: Provider, params: Params, cause: Cause): Session {
  onlyKnown(params, KNOWN);
  if (requiredText(params, 'mode') !== 'payment') throw invalid('This simulator knows the mode payment only.', 'mode');
  const {amount, currency, product} = itemsOf(params);
  const data = section(params, 'payment_intent_data');
  onlyKnown(data, 'setup_future_usage description receipt_email statement_descriptor_suffix');
  const {customer, customer_email: email, customer_creation: creation} = payerOf(provider, params);
  const id = newId(provider.livemode ? 'cs_live' : 'cs_test', 58);
  const session: Session = {
    id,
    object: 'checkout.session',
    created: nowS(),
    livemode: provider.livemode,
    amount_subtotal: amount,
    amount_total: amount,
    cancel_url: urlIn(params, 'cancel_url') ?? null,
    client_reference_id: orNull(params, 'client_reference_id'),
    currency,
    customer,
    customer_creation: creation,
    customer_details: email === null ? null : {email, name: null},
    customer_email: email,
    expires_at: expiryOf(params),
    locale: orNull(params, 'locale'),
    metadata: metadata(params),
    mode: 'payment',
    payment_intent: null,
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    status: 'open',
    success_url: urlIn(params, 'success_url') ?? requiredText(params, 'success_url'),
    ui_mode: 'hosted_page',
    url: `${provider.address}/c/pay/${id}`,
  };
  provider.store.kept.sessions[id] = session;
  provider.store.kept.secrets[id] = {
    product,
    intent: {metadata: metadata(data), setup_future_usage: orNull(data, 'setup_future_usage'), description: orNull(data, 'description')},
  };
  provider.emit('checkout.session.created', session, cause);
  return session;
}

function orNull(params: Params, name: string): string | null {
  return text(params, name) ?? null;
}

function payerOf({store}: Provider, params: Params): Pick<Session, 'customer' | 'customer_email' | 'customer_creation'> {
  const customer = orNull(params, 'customer');
  const email = orNull(params, 'customer_email');
  const creation = orNull(params, 'customer_creation');
  if (customer === null) return {customer, customer_email: email, customer_creation: creation ?? 'if_required'};
  store.get(store.kept.customers, customer, {what: 'customer', param: 'customer'});
  if (email !== null || creation !== null) {
    throw invalid('You may only specify one of these parameters: customer, customer_email, customer_creation.', 'customer');
  }
  return {customer, customer_email: null, customer_creation: null};
}

type Items = {readonly amount: number; readonly currency: string; readonly product: string};

function itemsOf(params: Params): Items {
  const items = list(params, 'line_items').map((value) => {
    if (typeof value === 'string' || Array.isArray(value)) throw invalid('Invalid object', 'line_items');
    onlyKnown(value, 'quantity price_data adjustable_quantity');
    const price = section(value, 'price_data');
    onlyKnown(price, 'currency unit_amount product_data tax_behavior');
    const amount = whole(price, 'unit_amount') ?? 0;
    const quantity = whole(value, 'quantity') ?? 1;
    return {
      amount: amount * quantity,
      currency: requiredText(price, 'currency'),
      product: requiredText(section(price, 'product_data'), 'name'),
    };
  });
  const [first] = items;
  if (first === undefined) throw invalid('You must provide `line_items`.', 'line_items', 'parameter_missing');
  if (items.some(({currency}) => currency !== first.currency)) throw invalid('All items must have one currency.', 'line_items');
  const amount = items.reduce((sum, item) => sum + item.amount, 0);
  checkedMoney(amount, first.currency, 'line_items');
  return {amount, currency: first.currency, product: items.map(({product}) => product).join(', ')};
}

function urlIn(params: Params, name: string): string | undefined {
  const value = text(params, name);
  if (value !== undefined && !/^https?:\/\/\S+$/.test(value)) throw invalid('Not a valid URL', name, 'url_invalid');
  return value;
}

function expiryOf(params: Params): number {
  const asked = whole(params, 'expires_at');
  if (asked === undefined) return nowS() + DAY_S;
  const ahead = asked - nowS();
  // A minute's grace for the way.
  if (ahead < HALF_AN_HOUR_S - 60) throw invalid('`expires_at` must be at least 30 minutes from now.', 'expires_at');
  if (ahead > DAY_S + 60) throw invalid('`expires_at` must be less than 24 hours from now.', 'expires_at');
  return asked;
}

export function expireSession(provider: Provider, session: Session, cause: Cause): Session {
  if (session.status !== 'open') {
    throw new ApiError(
      400,
      {type: 'invalid_request_error', message: 'Only Checkout Sessions with a status in ["open"] can be expired.', param: 'session'},
      true,
    );
  }
  const intent = provider.store.kept.intents[session.payment_intent ?? ''];
  // What is being charged at this moment will complete the session.
  if (intent?.status === 'processing' || intent?.status === 'succeeded') {
    throw invalid('This Checkout Session is being paid and cannot be expired.', 'session');
  }
  session.status = 'expired';
  session.url = null;
  if (intent !== undefined && intent.status !== 'canceled') cancelIntent(provider, intent, {params: {}, cause});
  provider.emit('checkout.session.expired', session, cause);
  return session;
}

/** Ends what has become too old; looked at before every request and once a second. */
export function sweepSessions(provider: Provider): boolean {
  const now = nowS();
  const old = Object.values(provider.store.kept.sessions).filter(({status, expires_at: end}) => status === 'open' && end <= now);
  for (const session of old) {
    const status = provider.store.kept.intents[session.payment_intent ?? '']?.status;
    if (status !== 'processing' && status !== 'succeeded') expireSession(provider, session, nobody);
  }
  return old.length > 0;
}

/** The student pays on the page. Throws what is to be shown there. */
export function paySession(provider: Provider, session: Session, card: CardGiven): PaymentIntent {
  const {kept} = provider.store;
  const method = newMethod(provider, card);
  const secret = kept.secrets[session.id];
  if (secret === undefined) throw invalid('This Checkout Session is incomplete.', 'session');
  const {amount_total: amount, currency, customer} = session;
  const intent = kept.intents[session.payment_intent ?? ''] ?? newIntent(provider, {amount, currency, customer, ...secret.intent}, nobody);
  session.payment_intent = intent.id;
  if (intent.customer === null && wantsCustomer(session, intent)) {
    intent.customer = createCustomer(provider, session.customer_email === null ? {} : {email: session.customer_email}, nobody).id;
  }
  intent.payment_method = method.id;
  const returnUrl = `${provider.address}/c/pay/${session.id}`;
  confirmIntent(provider, intent, {offSession: false, returnUrl, cause: nobody});
  completeIfPaid(provider, session, intent);
  return intent;
}

function wantsCustomer(session: Session, intent: PaymentIntent): boolean {
  return session.customer_creation === 'always' || intent.setup_future_usage !== null;
}

/** Back from the 3-D-Secure page. Throws what is to be shown. */
export function proveIntent(provider: Provider, intent: PaymentIntent, proved: boolean): void {
  authenticated(provider, intent, proved);
  const session = sessionOf(provider, intent);
  if (session !== undefined) completeIfPaid(provider, session, intent);
}

export function sessionOf({store: {kept}}: Provider, {id}: PaymentIntent): Session | undefined {
  return Object.values(kept.sessions).find(({payment_intent: each}) => each === id);
}

/** What was `processing` when the student left. */
export function settleSession(provider: Provider, intent: PaymentIntent): void {
  const session = sessionOf(provider, intent);
  if (session === undefined) return;
  session.payment_status = 'paid';
  provider.emit('checkout.session.async_payment_succeeded', session, nobody);
}

function completeIfPaid(provider: Provider, session: Session, {status, customer}: PaymentIntent): void {
  if (status !== 'succeeded' && status !== 'processing') return;
  session.status = 'complete';
  session.payment_status = status === 'succeeded' ? 'paid' : 'unpaid';
  session.customer = customer;
  session.url = null;
  provider.emit('checkout.session.completed', session, nobody);
}
