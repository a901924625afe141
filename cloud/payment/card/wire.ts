// One piece of work at the provider, on connections of its own that end with it.
// In: a deadline. Out: the SDK's answer, or a fault with what the wire saw of it.
// Never true: a request that the SDK sends a second time by itself; an answer without bound; a connection after the deadline.
import {Agent as PlainAgent} from 'node:http';
import {Agent as SecureAgent} from 'node:https';
import {Stripe} from 'stripe';
import type {Secret} from '../../../shared/log/log.ts';
import type {Timers} from '../../../shared/time/instant.ts';

export type WireGiven = {
  readonly key: Secret;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly protocol?: 'http' | 'https' | undefined;
  readonly timeoutMs: number;
  readonly timers: Timers;
};

/** Why there is no answer. `sent` is false only where no connection ever stood: then not one byte of ours went out. */
export type WireFault = {readonly sent: boolean; readonly late: boolean; readonly error: unknown};
export type WireResult<T> = {readonly kind: 'answer'; readonly answer: T} | ({readonly kind: 'fault'} & WireFault);

type HttpClient = NonNullable<Stripe.StripeConfig['httpClient']>;
type Response = Awaited<ReturnType<HttpClient['makeRequest']>>;

/** A page of 100 payment intents is about 400 kB; what is longer is not an answer. */
const MAX_ANSWER_BYTES = 8_388_608;

/** Runs `act`; its requests together may take `timeoutMs`, however busily the other side drips. */
export async function onWire<T>(given: WireGiven, act: (stripe: Stripe) => Promise<T>): Promise<WireResult<T>> {
  const abort = new AbortController();
  const connections = watch(given.protocol ?? 'https', abort.signal);
  const stripe = new Stripe(given.key.reveal(), {
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: given.timeoutMs,
    httpClient: guarded(Stripe.createNodeHttpClient(connections.agent), abort.signal),
    ...(given.host === undefined ? {} : {host: given.host}),
    ...(given.port === undefined ? {} : {port: given.port}),
    ...(given.protocol === undefined ? {} : {protocol: given.protocol}),
  });
  const disarm = given.timers.after(given.timeoutMs, () => abort.abort());
  const deadline = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () => reject(new Error('no answer in time')), {once: true});
  });
  try {
    return {kind: 'answer', answer: await Promise.race([act(stripe), deadline])};
  } catch (error) {
    return {kind: 'fault', sent: connections.stood(), late: abort.signal.aborted, error};
  } finally {
    disarm();
    abort.abort();
    connections.agent.destroy();
  }
}

type Connections = {readonly agent: PlainAgent; readonly stood: () => boolean};

/** An agent that knows whether a connection ever stood: with TLS, after the handshake. */
function watch(protocol: 'http' | 'https', signal: AbortSignal): Connections {
  let stood = false;
  const stand = (): void => {
    stood = true;
  };
  const open = (): void => {
    // The deadline destroyed what was open; nothing may be opened after it.
    if (signal.aborted) throw new Error('the deadline has passed');
  };
  class Plain extends PlainAgent {
    override createConnection(...given: Parameters<PlainAgent['createConnection']>): ReturnType<PlainAgent['createConnection']> {
      open();
      return super.createConnection(...given)?.once('connect', stand);
    }
  }
  class Secured extends SecureAgent {
    override createConnection(...given: Parameters<SecureAgent['createConnection']>): ReturnType<SecureAgent['createConnection']> {
      open();
      return super.createConnection(...given)?.once('secureConnect', stand);
    }
  }
  const options = {keepAlive: true};
  return {agent: protocol === 'http' ? new Plain(options) : new Secured(options), stood: () => stood};
}

/**
 * The SDK sends once more what met a closed connection, even with no retries, and cannot know whether the first was worked on. An error
 * without a code keeps it from that: when something is sent again is the payment machine's to say.
 */
function guarded(inner: HttpClient, signal: AbortSignal): HttpClient {
  return {
    getClientName: () => inner.getClientName(),
    makeRequest: async (...request) => {
      try {
        const response = await inner.makeRequest(...request);
        if (signal.aborted) throw new Error('the answer came too late');
        return checked(response);
      } catch (error) {
        throw new Error('no answer', {cause: error});
      }
    },
  };
}

/** Only an object is an answer: the SDK itself takes any JSON for one, whatever the status, and a bare word ends the process. */
function checked(response: Response): Response {
  return {
    getStatusCode: () => response.getStatusCode(),
    getHeaders: () => response.getHeaders(),
    getRawResponse: () => response.getRawResponse(),
    toStream: (done) => response.toStream(done),
    toJSON: async () => {
      bound(response.getRawResponse());
      const body: unknown = await response.toJSON();
      const status = response.getStatusCode();
      if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new SyntaxError('the answer is no JSON object');
      const fine = status >= 200 && status < 300;
      if (!fine && !isObject(Reflect.get(body, 'error'))) throw new SyntaxError(`status ${status} without an error`);
      return body;
    },
  };
}

function bound(raw: unknown): void {
  if (!isStream(raw)) return;
  let bytes = 0;
  raw.on('data', (chunk: unknown) => {
    bytes += typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk.length : 0;
    if (bytes > MAX_ANSWER_BYTES) raw.destroy(new Error('the answer is too long'));
  });
}

type Stream = {readonly on: (event: 'data', hear: (chunk: unknown) => void) => unknown; readonly destroy: (error: Error) => unknown};

function isStream(raw: unknown): raw is Stream {
  return isObject(raw) && 'on' in raw && 'destroy' in raw;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
