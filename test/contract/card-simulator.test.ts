// The simulated card provider is certified by the provider's own clients: what they take for the real thing is shaped like it.
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {Stripe} from 'stripe';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {needs} from '../needs.ts';
import {startCard, type RunningCard} from '../rig/card.ts';
import {customerOf, faultOf, nextKey, offSession, savedCard, shop} from './payment-card-bench.ts';
import {onPage} from './payment-card-page.ts';

const SOON = {timeout: 5000, interval: 20};
let provider: RunningCard;
let stripe: Stripe;

beforeAll(async () => {
  provider = await startCard();
  stripe = shop(provider);
});
afterEach(() => provider.order({do: 'calm'}));
afterAll(() => provider.stop());

type Charge = {readonly number: string; readonly more?: Partial<Stripe.PaymentIntentCreateParams>; readonly key?: {idempotencyKey: string}};

/** Charges a saved card without the student. */
async function charge({number, more = {}, key = nextKey()}: Charge): Promise<Stripe.PaymentIntent> {
  const {customer = '', token} = await savedCard(stripe, number);
  return stripe.paymentIntents.create({...offSession(customer, token), ...more}, key);
}

describe('payment intents, by the official SDK', () => {
  test('a good card is charged, and every list and look says the same', async () => {
    const made = await charge({number: '4242424242424242'});
    expect(made).toMatchObject({status: 'succeeded', amount_received: 1000, currency: 'gbp', livemode: false, metadata: {payment: 'p1'}});
    const again = await stripe.paymentIntents.retrieve(made.id, {expand: ['payment_method', 'latest_charge.balance_transaction']});
    expect(again.payment_method).toMatchObject({card: {brand: 'visa', last4: '4242'}});
    // 1.5 % of 10.00 and 20p.
    expect(again.latest_charge).toMatchObject({status: 'succeeded', balance_transaction: {fee: 35, net: 965}});
    const listed = await stripe.paymentIntents.list({customer: customerOf(made), created: {gte: made.created, lte: made.created}});
    expect(listed.data.map(({id}) => id)).toEqual([made.id]);
    expect((await stripe.paymentIntents.list({customer: customerOf(made), created: {gt: made.created}})).data).toEqual([]);
    expect((await provider.taken()).find(({intent}) => intent === made.id)).toMatchObject({amount: 1000, metadata: {payment: 'p1'}});
  });

  test.for([
    ['4000000000000341', 'card_declined', 'generic_decline'],
    ['4000002760003184', 'authentication_required', 'authentication_required'],
    ['4000008260003178', 'authentication_required', 'authentication_required'],
    ['4000002500003155', 'authentication_required', 'authentication_required'],
  ] as const)('without the student, %s is refused as %s', async ([number, code, decline]) => {
    const fault = await faultOf(charge({number}));
    expect(fault).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(fault).toMatchObject({statusCode: 402, code, decline_code: decline});
    expect(fault.payment_intent).toMatchObject({status: 'requires_payment_method', last_payment_error: {code}, metadata: {payment: 'p1'}});
    expect((await provider.taken()).some(({intent}) => intent === fault.payment_intent?.id)).toBe(false);
  });

  test('a card that is set up already is charged without the student, but asks with them', async () => {
    expect((await charge({number: '4000003800000446'})).status).toBe('succeeded');
    const there = await charge({number: '4000003800000446', more: {off_session: false}});
    expect(there).toMatchObject({status: 'requires_action', next_action: {type: 'use_stripe_sdk'}});
  });

  test.for([
    ['4000000000000002', 'card_declined', 'generic_decline'],
    ['4000000000009995', 'card_declined', 'insufficient_funds'],
    ['4000000000000069', 'expired_card', 'expired_card'],
    ['4000000000000119', 'processing_error', 'processing_error'],
  ] as const)('%s cannot even be kept: %s', async ([number, code, decline]) => {
    expect(await faultOf(savedCard(stripe, number))).toMatchObject({statusCode: 402, code, decline_code: decline});
  });

  test('an intent is confirmed with the student there, through a page that asks them', async () => {
    const made = await stripe.paymentIntents.create(
      {amount: 700, currency: 'gbp', payment_method: 'pm_card_authenticationRequired', metadata: {payment: 'p3'}},
      nextKey(),
    );
    expect(made.status).toBe('requires_confirmation');
    const confirmed = await stripe.paymentIntents.confirm(made.id, {return_url: 'http://127.0.0.1:9/back'}, nextKey());
    const url = confirmed.next_action?.redirect_to_url?.url ?? '';
    expect(confirmed.status).toBe('requires_action');
    expect(await onPage(url)).toMatchObject({status: 200, text: expect.stringContaining('£7.00') as string});
    expect(await onPage(url, {act: 'authenticate'})).toMatchObject({status: 303, location: 'http://127.0.0.1:9/back'});
    expect(await stripe.paymentIntents.retrieve(made.id)).toMatchObject({status: 'succeeded', amount_received: 700});
  });

  test('an intent that waits is canceled; one that has succeeded is not', async () => {
    const made = await stripe.paymentIntents.create({amount: 700, currency: 'gbp'}, nextKey());
    const canceled = await stripe.paymentIntents.cancel(made.id, {cancellation_reason: 'abandoned'}, nextKey());
    expect(canceled).toMatchObject({status: 'canceled', cancellation_reason: 'abandoned'});
    const paid = await charge({number: '4242424242424242'});
    expect(await faultOf(stripe.paymentIntents.cancel(paid.id, {}, nextKey()))).toMatchObject({code: 'payment_intent_unexpected_state'});
  });

  test('a slow payment is processing until it succeeds', async () => {
    await provider.order({do: 'process', times: 1, ms: 50});
    const made = await charge({number: '4242424242424242'});
    expect(made).toMatchObject({status: 'processing', amount_received: 0});
    await vi.waitFor(async () => expect((await stripe.paymentIntents.retrieve(made.id)).status).toBe('succeeded'), SOON);
  });

  test('what is misspelt, missing, too small, nobody’s or without a way back is refused', async () => {
    const {customer = '', token} = await savedCard(stripe, '4242424242424242');
    const refused = async (params: object): Promise<unknown> => {
      const {statusCode, code, param} = await faultOf(stripe.paymentIntents.create({...offSession(customer, token), ...params}, nextKey()));
      return [statusCode, code, param];
    };
    expect(await refused({amuont: 1})).toEqual([400, 'parameter_unknown', 'amuont']);
    expect(await refused({amount: undefined})).toEqual([400, 'parameter_missing', 'amount']);
    expect(await refused({amount: 29})).toEqual([400, 'amount_too_small', 'amount']);
    expect(await refused({amount: '1.5'})).toEqual([400, 'parameter_invalid_integer', 'amount']);
    expect(await refused({customer: 'cus_nobody'})).toEqual([400, 'resource_missing', 'customer']);
    expect(await refused({payment_method: 'pm_nothing'})).toEqual([400, 'resource_missing', 'payment_method']);
    expect(await refused({customer: undefined})).toEqual([400, undefined, 'payment_method']);
    expect(await refused({automatic_payment_methods: undefined})).toEqual([400, undefined, 'return_url']);
    expect(await faultOf(stripe.paymentIntents.retrieve('pi_nothing'))).toMatchObject({statusCode: 404, code: 'resource_missing'});
  });
});

describe('customers, cards and set-up, by the official SDK', () => {
  test('a card is attached, listed, detached and then nobody’s', async () => {
    const {customer = '', token} = await savedCard(stripe, '5555555555554444');
    expect((await stripe.customers.listPaymentMethods(customer)).data).toMatchObject([{id: token, card: {brand: 'mastercard'}}]);
    expect((await stripe.paymentMethods.list({customer})).data).toHaveLength(1);
    expect((await stripe.paymentMethods.retrieve(token)).customer).toBe(customer);
    expect((await stripe.paymentMethods.detach(token, {}, nextKey())).customer).toBeNull();
    expect((await stripe.paymentMethods.list({customer})).data).toEqual([]);
    expect((await stripe.customers.retrieve(customer)).id).toBe(customer);
  });

  test('a set-up attaches a plain card, and waits for the student with another', async () => {
    const {id: customer} = await stripe.customers.create({}, nextKey());
    const plain = await stripe.setupIntents.create({customer, payment_method: 'pm_card_visa', confirm: true}, nextKey());
    expect(plain).toMatchObject({status: 'succeeded', usage: 'off_session'});
    expect((await stripe.paymentMethods.list({customer})).data).toHaveLength(1);
    const asking = await stripe.setupIntents.create({customer, payment_method: 'pm_card_authenticationRequired', confirm: true}, nextKey());
    expect(asking.status).toBe('requires_action');
  });

  test('lists come in pages, the newest first, and the SDK walks through them', async () => {
    const {id: customer} = await stripe.customers.create({}, nextKey());
    const made: string[] = [];
    for (let count = 0; count < 5; count++) {
      made.push((await stripe.paymentIntents.create({amount: 100 + count, currency: 'gbp', customer}, nextKey())).id);
    }
    const first = await stripe.paymentIntents.list({customer, limit: 2});
    expect(first).toMatchObject({has_more: true, data: [{id: made[4]}, {id: made[3]}]});
    const all = await stripe.paymentIntents.list({customer, limit: 2}).autoPagingToArray({limit: 10});
    expect(all.map(({id}) => id)).toEqual(made.toReversed());
    const before = await stripe.paymentIntents.list({customer, limit: 2, ending_before: made[0] ?? ''});
    expect(before.data.map(({id}) => id)).toEqual([made[2], made[1]]);
  });
});

describe('keys, by the official SDK', () => {
  test('the same key is answered with the first result', async () => {
    const key = nextKey();
    const {customer = '', token} = await savedCard(stripe, '4242424242424242');
    const once = await stripe.paymentIntents.create(offSession(customer, token), key);
    const twice = await stripe.paymentIntents.create(offSession(customer, token), key);
    expect(twice.id).toBe(once.id);
    expect([once.lastResponse.headers['idempotent-replayed'], twice.lastResponse.headers['idempotent-replayed']]).toEqual([
      undefined,
      'true',
    ]);
    expect((await provider.taken()).filter(({customer: each}) => each === customer)).toHaveLength(1);
  });

  test('a decline is remembered too; a request that was never looked at is not', async () => {
    const key = nextKey();
    const {customer = '', token} = await savedCard(stripe, '4000000000000341');
    const first = await faultOf(stripe.paymentIntents.create(offSession(customer, token), key));
    const second = await faultOf(stripe.paymentIntents.create(offSession(customer, token), key));
    expect(second.payment_intent?.id).toBe(first.payment_intent?.id);
    const other = nextKey();
    expect((await faultOf(stripe.paymentIntents.create({amount: 1, currency: 'gbp'}, other))).statusCode).toBe(400);
    expect((await stripe.paymentIntents.create({amount: 100, currency: 'gbp'}, other)).amount).toBe(100);
  });

  test('one key for two bodies is an idempotency error; two at once are a conflict', async () => {
    const key = nextKey();
    await stripe.paymentIntents.create({amount: 100, currency: 'gbp'}, key);
    const fault = await faultOf(stripe.paymentIntents.create({amount: 101, currency: 'gbp'}, key));
    expect(fault).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    const both = nextKey();
    const results = await Promise.allSettled([1, 2].map(() => stripe.paymentIntents.create({amount: 100, currency: 'gbp'}, both)));
    expect(results.map(({status}) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const [failed] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(failed).toMatchObject({statusCode: 409, code: 'idempotency_key_in_use'});
  });

  test('a POST without a key of ours is refused, with one that the SDK made up as well', async () => {
    const fault = await faultOf(stripe.customers.create({}));
    expect(fault).toMatchObject({statusCode: 400, code: 'idempotency_key_made_up'});
    const {status} = await fetch(`${provider.address}/v1/customers`, {
      method: 'POST',
      headers: {authorization: `Bearer ${provider.key}`, 'content-type': 'application/x-www-form-urlencoded'},
    });
    expect(status).toBe(400);
  });

  test('another API key is refused; the key may come as Basic too', async () => {
    const stranger = new Stripe('sk_test_stranger', {host: '127.0.0.1', port: provider.port, protocol: 'http'});
    expect(await faultOf(stranger.paymentIntents.list())).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    const authorization = `Basic ${Buffer.from(`${provider.key}:`).toString('base64')}`;
    expect((await fetch(`${provider.address}/v1/payment_intents`, {headers: {authorization}})).status).toBe(200);
  });

  test('memory and keys survive a death', async () => {
    const key = nextKey();
    const made = await stripe.paymentIntents.create({amount: 100, currency: 'gbp'}, key);
    await provider.die();
    expect(await faultOf(stripe.paymentIntents.retrieve(made.id))).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    await provider.comeBack();
    expect((await stripe.paymentIntents.create({amount: 100, currency: 'gbp'}, key)).id).toBe(made.id);
  });

  test('offline, every connection is cut at once', async () => {
    await provider.order({do: 'offline', offline: true});
    expect(await faultOf(stripe.paymentIntents.list())).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    await provider.order({do: 'offline', offline: false});
    expect((await stripe.paymentIntents.list({limit: 1})).object).toBe('list');
  });
});

const PYTHON = `
import json, stripe, sys
stripe.api_base, stripe.api_key = sys.argv[1], sys.argv[2]
key = sys.argv[3]
stripe.max_network_retries = 0
customer = stripe.Customer.create(email='p@example.org', idempotency_key=key + ':customer')
method = stripe.PaymentMethod.attach('pm_card_visa', customer=customer.id, idempotency_key=key + ':attach')
give = dict(amount=1234, currency='gbp', customer=customer.id, payment_method=method.id, confirm=True, off_session=True,
            payment_method_types=['card'], metadata={'payment': 'python'})
intent = stripe.PaymentIntent.create(idempotency_key=key, **give)
again = stripe.PaymentIntent.create(idempotency_key=key, **give)
try:
    stripe.PaymentIntent.create(idempotency_key=key, **{**give, 'amount': 1235})
    other = 'taken'
except stripe.error.IdempotencyError:
    other = 'refused'
declined = stripe.PaymentMethod.attach('pm_card_chargeCustomerFail', customer=customer.id, idempotency_key=key + ':bad')
try:
    stripe.PaymentIntent.create(idempotency_key=key + ':declined', **{**give, 'payment_method': declined.id})
    decline = 'charged'
except stripe.error.CardError as error:
    decline = error.error.decline_code
listed = [each.id for each in stripe.PaymentIntent.list(customer=customer.id, limit=1).auto_paging_iter()]
print(json.dumps({'status': intent.status, 'same': again.id == intent.id, 'other': other, 'decline': decline, 'listed': len(listed)}))
`;

describe('the second official client', () => {
  test('charges, repeats, is declined and lists, all in Python', async (context) => {
    const python = needs(context, 'python3-stripe');
    const {idempotencyKey} = nextKey();
    const {stdout} = await promisify(execFile)(python, ['-c', PYTHON, provider.address, provider.key, idempotencyKey]);
    expect(JSON.parse(stdout)).toEqual({status: 'succeeded', same: true, other: 'refused', decline: 'generic_decline', listed: 2});
  });
});
