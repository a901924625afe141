// What the provider keeps. The shapes are those of its API, as far as this simulator fills them.
import type {ErrorBody} from './errors.ts';

export type Metadata = Record<string, string>;

export type Customer = {
  id: string;
  object: 'customer';
  created: number;
  livemode: boolean;
  email: string | null;
  name: string | null;
  description: string | null;
  metadata: Metadata;
};

export type PaymentMethod = {
  id: string;
  object: 'payment_method';
  created: number;
  livemode: boolean;
  type: 'card';
  customer: string | null;
  allow_redisplay: 'unspecified';
  billing_details: {address: null; email: string | null; name: string | null; phone: null};
  card: {
    brand: string;
    display_brand: string;
    last4: string;
    exp_month: number;
    exp_year: number;
    country: string;
    funding: 'credit';
    fingerprint: string;
  };
  metadata: Metadata;
};

export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'succeeded'
  | 'canceled';

type NextAction =
  | {type: 'redirect_to_url'; redirect_to_url: {url: string; return_url: string}}
  | {type: 'use_stripe_sdk'; use_stripe_sdk: {type: 'three_d_secure_redirect'; stripe_js: string}};

export type PaymentIntent = {
  id: string;
  object: 'payment_intent';
  created: number;
  livemode: boolean;
  amount: number;
  amount_capturable: number;
  amount_received: number;
  automatic_payment_methods: {enabled: boolean; allow_redirects: string} | null;
  canceled_at: number | null;
  cancellation_reason: string | null;
  capture_method: 'automatic_async';
  client_secret: string;
  confirmation_method: 'automatic';
  currency: string;
  customer: string | null;
  description: string | null;
  last_payment_error: ErrorBody | null;
  latest_charge: string | null;
  metadata: Metadata;
  next_action: NextAction | null;
  payment_method: string | null;
  payment_method_types: string[];
  receipt_email: string | null;
  setup_future_usage: string | null;
  status: IntentStatus;
};

export type SetupIntent = {
  id: string;
  object: 'setup_intent';
  created: number;
  livemode: boolean;
  client_secret: string;
  customer: string | null;
  last_setup_error: ErrorBody | null;
  metadata: Metadata;
  next_action: NextAction | null;
  payment_method: string | null;
  payment_method_types: string[];
  status: IntentStatus;
  usage: string;
};

export type Charge = {
  id: string;
  object: 'charge';
  created: number;
  livemode: boolean;
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  balance_transaction: string | null;
  captured: boolean;
  currency: string;
  customer: string | null;
  failure_code: string | null;
  failure_message: string | null;
  metadata: Metadata;
  paid: boolean;
  payment_intent: string;
  payment_method: string;
  refunded: boolean;
  status: 'succeeded' | 'failed';
};

export type BalanceTransaction = {
  id: string;
  object: 'balance_transaction';
  created: number;
  amount: number;
  currency: string;
  fee: number;
  net: number;
  source: string;
  status: 'pending';
  type: 'charge';
};

export type Session = {
  id: string;
  object: 'checkout.session';
  created: number;
  livemode: boolean;
  amount_subtotal: number;
  amount_total: number;
  cancel_url: string | null;
  client_reference_id: string | null;
  currency: string;
  customer: string | null;
  customer_creation: string | null;
  customer_details: {email: string | null; name: string | null} | null;
  customer_email: string | null;
  expires_at: number;
  locale: string | null;
  metadata: Metadata;
  mode: 'payment';
  payment_intent: string | null;
  payment_method_types: string[];
  payment_status: 'paid' | 'unpaid';
  status: 'open' | 'complete' | 'expired';
  success_url: string;
  ui_mode: 'hosted_page';
  url: string | null;
};

/** What is known of a session beside its object. */
export type SessionSecret = {
  readonly product: string;
  readonly intent: {readonly metadata: Metadata; readonly setup_future_usage: string | null; readonly description: string | null};
};

export type Event = {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: {object: unknown};
  livemode: boolean;
  pending_webhooks: number;
  request: {id: string | null; idempotency_key: string | null};
  type: string;
};

export type Kept = {
  readonly customers: Record<string, Customer>;
  readonly methods: Record<string, PaymentMethod>;
  readonly intents: Record<string, PaymentIntent>;
  readonly setups: Record<string, SetupIntent>;
  readonly charges: Record<string, Charge>;
  readonly transactions: Record<string, BalanceTransaction>;
  readonly sessions: Record<string, Session>;
  readonly events: Record<string, Event>;
  /** By payment method: its number, which no answer ever holds, and whether it was set up for later. */
  readonly numbers: Record<string, {readonly number: string; setUp: boolean}>;
  readonly secrets: Record<string, SessionSecret>;
  readonly answers: Record<string, Answered>;
};

/** What the idempotency layer remembers of a key. */
export type Answered = {readonly request: string; readonly at: number; readonly status: number; readonly body: string};
