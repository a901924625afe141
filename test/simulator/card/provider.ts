// What all parts of the simulated provider share: its memory, its mode, its address, and the events that tell of every change.
import type {Webhooks} from './webhooks.ts';
import type {Event, PaymentIntent} from './objects.ts';
import {newId, nowS, type Store} from './store.ts';

/** As the SDK that is installed names it; nothing depends on it. */
export const API_VERSION = '2026-10-28.endive';

/** The request in whose course something happens, for its events. */
export type Cause = {readonly id: string | null; readonly key: string | null};
export const nobody: Cause = {id: null, key: null};

/** Orders for what the next payments do, beside what their card does. */
export type Orders = {
  /** The next so many payments are declined with this code. */
  decline: {times: number; code: string} | undefined;
  /** The next so many payments are `processing` for so long before they succeed. */
  process: {times: number; ms: number} | undefined;
};

export class Provider {
  readonly store: Store;
  readonly livemode: boolean;
  readonly webhooks: Webhooks;
  readonly orders: Orders = {decline: undefined, process: undefined};
  /** A payment that was `processing` has succeeded. */
  afterProcessing: (intent: PaymentIntent) => void = () => undefined;
  /** Set once it listens: `http://127.0.0.1:PORT`. */
  address = '';

  constructor(store: Store, livemode: boolean, webhooks: Webhooks) {
    this.store = store;
    this.livemode = livemode;
    this.webhooks = webhooks;
  }

  emit(type: string, object: unknown, cause: Cause): void {
    const event: Event = {
      id: newId('evt'),
      object: 'event',
      api_version: API_VERSION,
      created: nowS(),
      data: {object: structuredClone(object)},
      livemode: this.livemode,
      pending_webhooks: this.webhooks.wanted ? 1 : 0,
      request: {id: cause.id, idempotency_key: cause.key},
      type,
    };
    this.store.kept.events[event.id] = event;
    this.webhooks.send(event);
  }
}
