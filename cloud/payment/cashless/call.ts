// One question to the card service, and what became of it. The only place that knows node-soap.
// In: an operation of the WSDL beside this file with its words. Out: an answer, a fault, or why there is none; never a throw.
// Never true: a second request; a redirect followed; an answer past the deadline, over the size, or with a document type;
// `not-sent` once a connection stood.
import {Agent} from 'node:http';
import type {Socket} from 'node:net';
import {fileURLToPath} from 'node:url';
import {ClientSSLSecurity, createClientAsync, HttpClient, type IHttpClient, type IOptions, type IWSDLCache, type WSDL} from 'soap';
import {z} from 'zod';
import {Failure} from '../../../shared/failure/failure.ts';
import type {Log, Secret} from '../../../shared/log/log.ts';
import type {Timers} from '../../../shared/time/instant.ts';

export type Service = {
  /** `https:`; plain `http:` only to this machine itself. */
  readonly endpoint: string;
  /** Who must have signed the service's certificate, as PEM; the system's authorities if not given. */
  readonly authority?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** From the look-up of its address to the last byte of its answer. */
  readonly timeoutMs: number;
  readonly timers: Timers;
  readonly log: Log;
};

export type Operation = 'Debit' | 'QueryTransaction' | 'Reverse' | 'VerifyHolder';

export type Reply =
  | {readonly kind: 'answer'; readonly body: unknown}
  /** `code` of the CardFault in its detail, where there is one. */
  | {readonly kind: 'fault'; readonly code: string | undefined}
  /** No connection came about: not a byte of the request has left. */
  | {readonly kind: 'not-sent'; readonly why: string}
  | {readonly kind: 'unknown'; readonly why: string};

export type Call = (operation: Operation, words: Readonly<Record<string, string>>) => Promise<Reply>;

/** A hundred transactions are 40 KB. */
const ANSWER_BYTES = 256 * 1024;

const PATH = fileURLToPath(new URL('./cashless-card.wsdl', import.meta.url));

type Method = (words: unknown, options: unknown, headers: unknown) => Promise<readonly unknown[]>;

/** What is seen of one request while it is on its way. */
type Seen = {connected: boolean; status: number | undefined};

/** Reads the WSDL. Throws Failure `file.unreadable`, or `config.invalid` for an address that would send money in the clear. */
export async function openService(service: Service): Promise<Call> {
  assertSafe(service.endpoint);
  // The process-wide cache of node-soap would outlive us.
  const wsdlCache = keepingOne();
  const client = (httpClient: IHttpClient) => createClientAsync(PATH, {wsdlCache, httpClient}, service.endpoint);
  try {
    await client(new Door(undefined));
  } catch (cause) {
    throw new Failure('file.unreadable', 'the description of the card service cannot be read', 'install S/PBS again', cause);
  }
  return async (operation, words) => {
    const seen: Seen = {connected: false, status: undefined};
    const abort = new AbortController();
    let cancel = (): void => undefined;
    const late = new Promise<'late'>((resolve) => {
      cancel = service.timers.after(service.timeoutMs, () => {
        abort.abort();
        resolve('late');
      });
    });
    const asked = client(new Door(seen)).then((made) =>
      (made[`${operation}Async`] as Method)(words, requestOptions(service, seen, abort.signal), headersFor(service)),
    );
    try {
      const result = await Promise.race([asked, late]);
      if (result === 'late') return withoutAnswer(seen, `no answer within ${service.timeoutMs} ms`);
      const [body] = result;
      return seen.status === 200 ? {kind: 'answer', body} : {kind: 'unknown', why: `HTTP ${seen.status}`};
    } catch (error) {
      return afterError(error, seen, service.log);
    } finally {
      cancel();
      // It loses against the deadline, and then fails with nobody listening.
      asked.catch(() => undefined);
    }
  };
}

function keepingOne(): IWSDLCache {
  let kept: WSDL | undefined;
  return {
    has: () => kept !== undefined,
    get: () => {
      if (kept === undefined) throw new TypeError('has() was not asked');
      return kept;
    },
    set: (_path, wsdl) => {
      kept = wsdl;
    },
  };
}

/** node-soap's own client with the doors closed that it leaves open. One a request. */
class Door extends HttpClient {
  readonly #seen: Seen | undefined;

  constructor(seen: Seen | undefined) {
    super({} satisfies IOptions);
    this.#seen = seen;
  }

  /** It would cut away whatever stands around the envelope: also what must be refused. */
  override handleResponse(_request: unknown, _response: unknown, body: unknown): unknown {
    return body;
  }

  /** It prints what it builds where the environment says DEBUG: so without the words, of which one may be a PIN, and the password. */
  override buildRequest(...[url, words, headers, options]: Parameters<HttpClient['buildRequest']>): unknown {
    const built = super.buildRequest(url, 'not shown', {}, options) as {readonly headers: Readonly<Record<string, unknown>>};
    const data = String(words);
    return {...built, data, headers: {...built.headers, 'Content-Length': Buffer.byteLength(data), ...headers}};
  }

  override request(...[url, words, answer, headers, options]: Parameters<HttpClient['request']>): ReturnType<HttpClient['request']> {
    const heard = (error: unknown, response?: unknown, body?: unknown): void => {
      const reason = error ?? this.#refusal(response, body);
      try {
        if (reason !== undefined) answer(reason);
        else answer(null, response, body);
      } catch (thrown) {
        // Nobody listens to the promise that this would reject.
        answer(thrown);
      }
    };
    return super.request(url, words, heard, headers, options);
  }

  #refusal(response: unknown, body: unknown): Refusal | undefined {
    const status = z.object({status: z.number()}).safeParse(response).data?.status;
    if (this.#seen !== undefined) this.#seen.status = status;
    if (status === undefined) return new Refusal('an answer without a status');
    if (status >= 300 && status < 400) return new Refusal(`it sends us elsewhere: HTTP ${status}`);
    if (typeof body !== 'string') return new Refusal('an answer without text');
    if (/<!doctype/i.test(body)) return new Refusal('an answer with a document type');
    return undefined;
  }
}

/** An answer that is not even read. Somebody should look at who answers there. */
class Refusal extends Error {
  override readonly name = 'Refusal';
}

function requestOptions({endpoint, authority}: Service, seen: Seen, signal: AbortSignal): unknown {
  const secure = endpoint.startsWith('https:');
  const agent = secure ? secureAgent(authority) : new Agent();
  const connect = agent.createConnection.bind(agent);
  // Its own agent a request: no connection is used twice, so what is seen on this one is about this request.
  agent.createConnection = (...given) => {
    const socket = connect(...given);
    (socket as Socket).once(secure ? 'secureConnect' : 'connect', () => {
      seen.connected = true;
    });
    return socket;
  };
  return {
    signal,
    ...(secure ? {httpsAgent: agent} : {httpAgent: agent}),
    maxRedirects: 0,
    maxContentLength: ANSWER_BYTES,
    // A small answer could unpack to a large one.
    decompress: false,
    // Else the environment could send the money by another way.
    proxy: false,
  };
}

/** node-soap is the way to `https` from here. */
function secureAgent(authority: string | undefined): Agent {
  const made: {httpsAgent?: Agent} = {};
  const settings = {minVersion: 'TLSv1.2', rejectUnauthorized: true};
  new ClientSSLSecurity('', '', authority === undefined ? undefined : [authority], settings).addOptions(made);
  if (made.httpsAgent === undefined) throw new TypeError('node-soap makes no agent any more');
  return made.httpsAgent;
}

function headersFor({username, password}: Service): Readonly<Record<string, string>> {
  if (username === undefined) return {};
  return {Authorization: `Basic ${Buffer.from(`${username}:${password?.reveal() ?? ''}`).toString('base64')}`};
}

const faulty = z.object({root: z.object({Envelope: z.object({Body: z.object({Fault: z.object({detail: z.unknown()})})})})});
const coded = z.object({CardFault: z.object({code: z.string().regex(/^[A-Z_]{1,60}$/)})});

function afterError(error: unknown, seen: Seen, log: Log): Reply {
  const fault = faulty.safeParse(error);
  if (fault.success) return {kind: 'fault', code: coded.safeParse(fault.data.root.Envelope.Body.Fault.detail).data?.CardFault.code};
  if (error instanceof Refusal) {
    log.error('the answer of the card service was refused', {why: error.message});
    return {kind: 'unknown', why: error.message};
  }
  const status = seen.status === undefined ? '' : `HTTP ${seen.status}: `;
  return withoutAnswer(seen, `${status}${reasonOf(error)}`);
}

function withoutAnswer(seen: Seen, why: string): Reply {
  return seen.connected ? {kind: 'unknown', why} : {kind: 'not-sent', why: `not connected: ${why}`};
}

/** Its code or its first words: what it carries besides may be the whole answer. */
function reasonOf(error: unknown): string {
  const {code, message} =
    z.object({code: z.string().optional().catch(undefined), message: z.string().catch('')}).safeParse(error).data ?? {};
  return code ?? (message === undefined || message === '' ? 'an answer that cannot be read' : message.slice(0, 100));
}

function assertSafe(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const here = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url?.protocol === 'https:' || here) return;
  throw new Failure('config.invalid', 'the address of the card service is not safe', 'give an address that begins with https:');
}
