// What happens on the provider's own pages.
import {paySession, proveIntent, sessionOf} from './checkout.ts';
import {ApiError} from './errors.ts';
import type {Answer} from './faults.ts';
import type {PaymentIntent, Session} from './objects.ts';
import {challengePage, checkoutPage, lastPage} from './pages.ts';
import type {Provider} from './provider.ts';

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  // No form-action: browsers hold the redirect that follows a form against it, and that leads back to the shop.
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
};

function shown(body: string, status = 200): Answer {
  return {status, headers, body};
}

function sentTo(url: string): Answer {
  return {status: 303, headers: {...headers, location: url}, body: ''};
}

/** `/c/pay/…` and `/3d-secure/…`; undefined for any other path. */
export function pageFor(provider: Provider, {method, path, body}: {method: string; path: string; body: string}): Answer | undefined {
  const [, place, id = ''] = /^\/(c\/pay|3d-secure)\/(\w{1,100})$/.exec(path) ?? [];
  if (place === undefined) return undefined;
  const form = method === 'POST' ? new URLSearchParams(body) : undefined;
  const {sessions, intents} = provider.store.kept;
  if (place === 'c/pay') return checkout(provider, sessions[id], form);
  return challenge(provider, intents[id], form);
}

function checkout(provider: Provider, session: Session | undefined, form: URLSearchParams | undefined): Answer {
  if (session === undefined) return shown(lastPage('Nothing here', 'There is no such payment.'), 404);
  if (session.status === 'complete') return sentTo(backTo(session));
  if (session.status === 'expired')
    return shown(lastPage('Too late', 'This page has expired. Nothing was taken. Go back and start again.'), 410);
  const product = provider.store.kept.secrets[session.id]?.product ?? '';
  if (form === undefined) return shown(checkoutPage(session, product, undefined));
  if (form.get('act') === 'cancel')
    return session.cancel_url === null ? shown(lastPage('Left', 'Nothing was taken.')) : sentTo(session.cancel_url);
  try {
    const {status, id} = paySession(provider, session, cardIn(form, session));
    return sentTo(status === 'requires_action' ? `${provider.address}/3d-secure/${id}` : backTo(session));
  } catch (error) {
    if (error instanceof ApiError) return shown(checkoutPage(session, product, error.message), 402);
    throw error;
  }
}

function cardIn(form: URLSearchParams, session: Session): Parameters<typeof paySession>[2] {
  const [, month = '0', year = '0'] = /^\s*(\d{1,2})\s*\/?\s*(?:20)?(\d{2})\s*$/.exec(form.get('expiry') ?? '') ?? [];
  if (!/^\d{3,4}$/.test((form.get('cvc') ?? '').trim())) {
    throw new ApiError(402, {type: 'card_error', code: 'invalid_cvc', message: "Your card's security code is invalid."});
  }
  const number = (form.get('number') ?? '').replaceAll(/[\s-]/g, '');
  return {number, month: Number(month), year: 2000 + Number(year), email: session.customer_email};
}

function backTo(session: Session): string {
  return session.success_url.replaceAll('{CHECKOUT_SESSION_ID}', session.id);
}

function challenge(provider: Provider, intent: PaymentIntent | undefined, form: URLSearchParams | undefined): Answer {
  if (intent === undefined) return shown(lastPage('Nothing here', 'There is no such payment.'), 404);
  const back = returnOf(provider, intent);
  if (intent.status !== 'requires_action') return back === undefined ? shown(lastPage('Done', 'You may close this page.')) : sentTo(back);
  if (form === undefined) return shown(challengePage(intent));
  const session = sessionOf(provider, intent);
  const end = session === undefined ? back : backTo(session);
  try {
    proveIntent(provider, intent, form.get('act') === 'authenticate');
    return end === undefined ? shown(lastPage('Paid', 'You may close this page.')) : sentTo(end);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return unproved(provider, session, {back, error});
  }
}

type Unproved = {readonly back: string | undefined; readonly error: ApiError};

function unproved(provider: Provider, session: Session | undefined, {back, error}: Unproved): Answer {
  if (session === undefined) return back === undefined ? shown(lastPage('Not paid', error.message)) : sentTo(back);
  const why = error.body.code === 'payment_intent_authentication_failure' ? 'Your bank could not authenticate you.' : error.message;
  return shown(checkoutPage(session, provider.store.kept.secrets[session.id]?.product ?? '', why), 402);
}

/** Where a payment outside a session leads back to. */
function returnOf(provider: Provider, intent: PaymentIntent): string | undefined {
  const session = sessionOf(provider, intent);
  if (session !== undefined) return session.status === 'complete' ? backTo(session) : `${provider.address}/c/pay/${session.id}`;
  const action = intent.next_action;
  return action?.type === 'redirect_to_url' ? action.redirect_to_url.return_url : undefined;
}
