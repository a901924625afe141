// What is sent for an attempt. A function of the attempt alone: the same key must go with the same body, byte for byte, for a day.
// Hence no `expires_at`, which would need a clock: a page left open is ended by `cancel`, and by the provider after 24 hours.
import type {Stripe} from 'stripe';
import type {Attempt, SavedMethod} from '../port.ts';

type Hosted = Extract<Attempt['how'], {kind: 'hosted'}>;

/** On the provider's page and on the student's bank statement's detail. */
const PRODUCT = 'Telephone credit';

/** By these an object is found again: on the session and on the intent. */
function metadataOf({payment, account, key}: Attempt): Stripe.MetadataParam {
  return {payment, account, attempt: key};
}

export function sessionParams(attempt: Attempt, how: Hosted): Stripe.Checkout.SessionCreateParams {
  const metadata = metadataOf(attempt);
  const {minor, currency} = attempt.amount;
  return {
    mode: 'payment',
    allowed_payment_method_types: ['card'],
    line_items: [{quantity: 1, price_data: {currency: currency.toLowerCase(), unit_amount: minor, product_data: {name: PRODUCT}}}],
    // The student pays what was asked, in the currency that was asked.
    adaptive_pricing: {enabled: false},
    client_reference_id: attempt.payment,
    metadata,
    payment_intent_data: {metadata, ...(how.save ? {setup_future_usage: 'off_session'} : {})},
    ...(how.customer === undefined ? {customer_creation: 'always', customer_email: how.email} : {customer: how.customer}),
    success_url: how.returnTo,
    cancel_url: how.returnTo,
    locale: localeOf(how.language),
    expand: ['payment_intent.payment_method'],
  };
}

export function intentParams(attempt: Attempt, {customer, token}: SavedMethod): Stripe.PaymentIntentCreateParams {
  return {
    amount: attempt.amount.minor,
    currency: attempt.amount.currency.toLowerCase(),
    ...(customer === undefined ? {} : {customer}),
    payment_method: token,
    allowed_payment_method_types: ['card'],
    // Without a page to come back to, nothing may redirect.
    automatic_payment_methods: {enabled: true, allow_redirects: 'never'},
    confirm: true,
    off_session: true,
    description: PRODUCT,
    metadata: metadataOf(attempt),
  };
}

/** Languages of the provider's page; any other is left to it to choose from the browser. */
const locales = new Set(
  'bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW'.split(
    ' ',
  ),
);

function localeOf(language: string): Stripe.Checkout.SessionCreateParams.Locale {
  const [base = ''] = language.split('-');
  return [language, base].find((each) => locales.has(each)) ?? 'auto';
}
