// The bench's own addresses under /_control, for this machine only: faults, and the books.
import type {Answer, Fault, Faults} from './faults.ts';
import type {Provider} from './provider.ts';
import type {WebhookFaultKind} from './webhooks.ts';

export type Bench = {
  readonly provider: Provider;
  readonly faults: Faults;
  /** `METHOD /path` with its key, oldest first. */
  readonly requests: {readonly request: string; readonly key: string | undefined}[];
  /** Connections are destroyed at once. */
  offline: boolean;
};

/** What `POST /_control` takes, as JSON. */
export type ControlOrder =
  | {readonly do: 'fault'; readonly match: string; readonly times: number; readonly fault: Fault}
  | {readonly do: 'webhook-fault'; readonly type: string; readonly times: number; readonly fault: WebhookFaultKind}
  | {readonly do: 'decline'; readonly times: number; readonly code: string}
  | {readonly do: 'process'; readonly times: number; readonly ms: number}
  | {readonly do: 'offline'; readonly offline: boolean}
  /** Makes sessions older, so that they expire. */
  | {readonly do: 'age'; readonly seconds: number}
  | {readonly do: 'calm'};

/** What the provider has really taken. */
export type Taken = {
  readonly id: string;
  readonly intent: string;
  readonly amount: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly metadata: Readonly<Record<string, string>>;
};

export function control(bench: Bench, {method, path, body}: {method: string; path: string; body: string}): Answer {
  const name = `${method} ${path}`;
  if (name === 'GET /_control/charges') return said(charges(bench.provider));
  if (name === 'GET /_control/requests') return said(bench.requests);
  if (name !== 'POST /_control') return {status: 404, headers: {}, body: ''};
  obey(bench, JSON.parse(body) as ControlOrder);
  return said({});
}

function said(value: unknown): Answer {
  return {status: 200, headers: {'content-type': 'application/json'}, body: JSON.stringify(value)};
}

function charges({store}: Provider): readonly Taken[] {
  return Object.values(store.kept.charges)
    .filter(({status}) => status === 'succeeded')
    .map(({id, payment_intent: intent, amount, currency, customer, metadata}) => ({id, intent, amount, currency, customer, metadata}));
}

function obey(bench: Bench, order: ControlOrder): void {
  const {provider, faults} = bench;
  switch (order.do) {
    case 'fault':
      faults.orders.push({match: new RegExp(order.match), times: order.times, fault: order.fault});
      return;
    case 'webhook-fault':
      provider.webhooks.faults.push({type: new RegExp(order.type), times: order.times, fault: order.fault});
      return;
    case 'decline':
      provider.orders.decline = {times: order.times, code: order.code};
      return;
    case 'process':
      provider.orders.process = {times: order.times, ms: order.ms};
      return;
    case 'offline':
      bench.offline = order.offline;
      return;
    case 'age':
      for (const session of Object.values(provider.store.kept.sessions)) session.expires_at -= order.seconds;
      return;
    case 'calm':
      faults.orders.length = 0;
      provider.webhooks.faults.length = 0;
      Object.assign(provider.orders, {decline: undefined, process: undefined});
  }
}
