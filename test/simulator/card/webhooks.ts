// Events are posted to the listener, signed, and again until it answers with 2xx: https://docs.stripe.com/webhooks
import {createHmac} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Event} from './objects.ts';
import {nowS} from './store.ts';

export type WebhookTarget = {readonly url: string; readonly secret: string; readonly retryMs: number};

/** What becomes of the next so many events whose type matches. */
export type WebhookFault = {readonly type: RegExp; times: number; readonly fault: WebhookFaultKind};
export type WebhookFaultKind =
  | {readonly kind: 'lose'}
  | {readonly kind: 'triple'}
  | {readonly kind: 'delay'; readonly ms: number}
  /** Held back until the next event has gone out. */
  | {readonly kind: 'reorder'};

/** The provider goes on for three days; here the waits double from `retryMs`. */
const MAX_TRIES = 10;
const ANSWER_MS = 10_000;

/** `t=…,v1=…` over `t.body`. */
function signatureOf(body: string, secret: string, at: number): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
}

export class Webhooks {
  readonly faults: WebhookFault[] = [];
  readonly #target: WebhookTarget | undefined;
  #held: Event[] = [];
  readonly #end = new AbortController();
  /** One after the other, as a real queue mostly does. */
  #queue: Promise<void> = Promise.resolve();

  constructor(target: WebhookTarget | undefined) {
    this.#target = target;
  }

  get wanted(): boolean {
    return this.#target !== undefined;
  }

  send(event: Event): void {
    const {fault} = this.#faultFor(event) ?? {};
    switch (fault?.kind) {
      case 'lose':
        return;
      case 'reorder':
        this.#held.push(event);
        return;
      case 'delay':
        void this.#later(event, fault.ms);
        return;
      case 'triple':
        // At once, and beside each other.
        for (let copy = 0; copy < 3; copy++) void this.#deliver(event);
        return;
      case undefined:
        this.#enqueue(event);
    }
  }

  stop(): void {
    this.#end.abort();
  }

  #enqueue(event: Event): void {
    const held = this.#held;
    this.#held = [];
    for (const each of [event, ...held]) this.#queue = this.#queue.then(() => this.#deliver(each));
  }

  #faultFor({type}: Event): WebhookFault | undefined {
    const found = this.faults.find((each) => each.times > 0 && each.type.test(type));
    if (found !== undefined) found.times -= 1;
    return found;
  }

  async #later(event: Event, ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, {signal: this.#end.signal, ref: false});
      await this.#deliver(event);
    } catch {
      // It ended first.
    }
  }

  /** The first try is waited for; later ones do not hold up the others. */
  async #deliver(event: Event): Promise<void> {
    if (!(await this.#post(event))) void this.#retry(event);
  }

  async #retry(event: Event): Promise<void> {
    for (let tries = 1; tries < MAX_TRIES && !this.#end.signal.aborted; tries++) {
      await sleep((this.#target?.retryMs ?? 0) * 2 ** (tries - 1), undefined, {ref: false});
      if (await this.#post(event)) return;
    }
  }

  async #post(event: Event): Promise<boolean> {
    if (this.#target === undefined || this.#end.signal.aborted) return true;
    const {url, secret} = this.#target;
    const body = JSON.stringify(event, undefined, 2);
    try {
      const signal = AbortSignal.any([this.#end.signal, AbortSignal.timeout(ANSWER_MS)]);
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        'stripe-signature': signatureOf(body, secret, nowS()),
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      };
      const {status, body: answer} = await fetch(url, {method: 'POST', body, headers, signal, redirect: 'manual'});
      await answer?.cancel();
      return status >= 200 && status < 300;
    } catch {
      return false;
    }
  }
}
