// The API's addresses, and what each does.
import {createSession, expireSession} from './checkout.ts';
import {ApiError, invalid, noSuch} from './errors.ts';
import {requiredText, text, type Params} from './form.ts';
import {cancelIntent, confirmAgain, createIntent} from './intents.ts';
import type {Cause, Provider} from './provider.ts';
import {page} from './store.ts';
import {attachMethod, confirmSetup, createCustomer, createMethod, createSetup, detachMethod} from './wallet.ts';

export type Call = {readonly params: Params; readonly cause: Cause};
type Act = (provider: Provider, call: Call, id: string) => unknown;
type Route = {readonly method: 'GET' | 'POST' | 'DELETE'; readonly path: string; readonly act: Act};

const by = (params: Params, name: string): ((value: string | null) => boolean) => {
  const wanted = text(params, name);
  return (value) => wanted === undefined || value === wanted;
};

const routes: readonly Route[] = [
  {method: 'POST', path: '/v1/customers', act: (provider, {params, cause}) => createCustomer(provider, params, cause)},
  {
    method: 'GET',
    path: '/v1/customers',
    act: ({store}, {params}) => {
      const email = by(params, 'email');
      return page(
        Object.values(store.kept.customers).filter((each) => email(each.email)),
        params,
        '/v1/customers',
      );
    },
  },
  {method: 'GET', path: '/v1/customers/:id', act: ({store}, _, id) => store.get(store.kept.customers, id, {what: 'customer'})},
  {
    method: 'DELETE',
    path: '/v1/customers/:id',
    act: ({store}, _, id) => {
      store.get(store.kept.customers, id, {what: 'customer'});
      delete store.kept.customers[id];
      for (const method of Object.values(store.kept.methods)) if (method.customer === id) method.customer = null;
      return {id, object: 'customer', deleted: true};
    },
  },
  {
    method: 'GET',
    path: '/v1/customers/:id/payment_methods',
    act: ({store}, {params}, id) => {
      store.get(store.kept.customers, id, {what: 'customer'});
      return page(
        Object.values(store.kept.methods).filter(({customer}) => customer === id),
        params,
        `/v1/customers/${id}/payment_methods`,
      );
    },
  },
  {method: 'POST', path: '/v1/payment_methods', act: (provider, {params}) => createMethod(provider, params)},
  {
    method: 'GET',
    path: '/v1/payment_methods',
    act: ({store}, {params}) => {
      const customer = requiredText(params, 'customer');
      return page(
        Object.values(store.kept.methods).filter((each) => each.customer === customer),
        params,
        '/v1/payment_methods',
      );
    },
  },
  {method: 'GET', path: '/v1/payment_methods/:id', act: ({store}, _, id) => store.get(store.kept.methods, id, {what: 'PaymentMethod'})},
  {method: 'POST', path: '/v1/payment_methods/:id/attach', act: (provider, call, id) => attachMethod(provider, id, call)},
  {method: 'POST', path: '/v1/payment_methods/:id/detach', act: (provider, {cause}, id) => detachMethod(provider, id, cause)},
  {method: 'POST', path: '/v1/setup_intents', act: (provider, {params, cause}) => createSetup(provider, params, cause)},
  {method: 'GET', path: '/v1/setup_intents/:id', act: ({store}, _, id) => store.get(store.kept.setups, id, {what: 'setupintent'})},
  {
    method: 'POST',
    path: '/v1/setup_intents/:id/confirm',
    act: (provider, {cause}, id) =>
      confirmSetup(provider, provider.store.get(provider.store.kept.setups, id, {what: 'setupintent'}), cause),
  },
  {method: 'POST', path: '/v1/payment_intents', act: (provider, {params, cause}) => createIntent(provider, params, cause)},
  {
    method: 'GET',
    path: '/v1/payment_intents',
    act: ({store}, {params}) => {
      const customer = by(params, 'customer');
      return page(
        Object.values(store.kept.intents).filter((each) => customer(each.customer)),
        params,
        '/v1/payment_intents',
      );
    },
  },
  {method: 'GET', path: '/v1/payment_intents/:id', act: (provider, _, id) => intentOf(provider, id)},
  {
    method: 'POST',
    path: '/v1/payment_intents/:id/confirm',
    act: (provider, call, id) => confirmAgain(provider, intentOf(provider, id), call),
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/:id/cancel',
    act: (provider, call, id) => cancelIntent(provider, intentOf(provider, id), call),
  },
  {method: 'POST', path: '/v1/checkout/sessions', act: (provider, {params, cause}) => createSession(provider, params, cause)},
  {
    method: 'GET',
    path: '/v1/checkout/sessions',
    act: ({store}, {params}) => {
      const [customer, intent, status] = [by(params, 'customer'), by(params, 'payment_intent'), by(params, 'status')];
      const found = Object.values(store.kept.sessions).filter(
        (each) => customer(each.customer) && intent(each.payment_intent) && status(each.status),
      );
      return page(found, params, '/v1/checkout/sessions');
    },
  },
  {
    method: 'GET',
    path: '/v1/checkout/sessions/:id',
    act: ({store}, _, id) => store.get(store.kept.sessions, id, {what: 'checkout.session'}),
  },
  {
    method: 'POST',
    path: '/v1/checkout/sessions/:id/expire',
    act: (provider, {cause}, id) =>
      expireSession(provider, provider.store.get(provider.store.kept.sessions, id, {what: 'checkout.session'}), cause),
  },
  {method: 'GET', path: '/v1/charges/:id', act: ({store}, _, id) => store.get(store.kept.charges, id, {what: 'charge'})},
  {
    method: 'GET',
    path: '/v1/charges',
    act: ({store}, {params}) => {
      const [customer, intent] = [by(params, 'customer'), by(params, 'payment_intent')];
      const found = Object.values(store.kept.charges).filter((each) => customer(each.customer) && intent(each.payment_intent));
      return page(found, params, '/v1/charges');
    },
  },
  {
    method: 'GET',
    path: '/v1/balance_transactions',
    act: ({store}, {params}) => page(Object.values(store.kept.transactions), params, '/v1/balance_transactions'),
  },
  {
    method: 'GET',
    path: '/v1/events',
    act: ({store}, {params}) => {
      const type = by(params, 'type');
      return page(
        Object.values(store.kept.events).filter((each) => type(each.type)),
        params,
        '/v1/events',
      );
    },
  },
  {method: 'GET', path: '/v1/events/:id', act: ({store}, _, id) => store.get(store.kept.events, id, {what: 'event'})},
];

function intentOf({store}: Provider, id: string): ReturnType<typeof createIntent> {
  return store.get(store.kept.intents, id, {what: 'payment_intent'});
}

const ID = '([A-Za-z0-9_]{1,100})';
const compiled = routes.map((route) => ({...route, pattern: new RegExp(`^${route.path.replace(':id', ID)}$`)}));

/** Works on a request and returns the object to answer with; throws an ApiError. */
export function answerTo(provider: Provider, {method, path}: {readonly method: string; readonly path: string}, call: Call): unknown {
  for (const route of compiled) {
    const match = route.method === method ? route.pattern.exec(path) : null;
    if (match !== null) return provider.store.expanded(route.act(provider, call, match[1] ?? ''), call.params);
  }
  if (!path.startsWith('/v1/')) throw noSuch('path', path);
  throw new ApiError(404, invalid(`Unrecognized request URL (${method}: ${path}).`).body);
}
