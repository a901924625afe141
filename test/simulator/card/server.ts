// The simulated card provider: its API, its pages and its control on one port.
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {settleSession, sweepSessions} from './checkout.ts';
import {control, type Bench} from './control.ts';
import {ApiError} from './errors.ts';
import {Faults, useless, type Answer, type Fault} from './faults.ts';
import {parseForm} from './form.ts';
import {pageFor} from './hosted.ts';
import {Idempotency} from './idempotency.ts';
import {API_VERSION, Provider} from './provider.ts';
import {answerTo} from './routes.ts';
import {newId, Store} from './store.ts';
import {Webhooks, type WebhookTarget} from './webhooks.ts';

export type SimulatorGiven = {
  readonly port: number;
  readonly key: string;
  readonly webhook: WebhookTarget | undefined;
  /** Its memory, should it die. */
  readonly state: string | undefined;
  /** How long it works on a request. */
  readonly workMs: number;
};

export type CardSimulator = {readonly port: number; readonly stop: () => Promise<void>};

/** More than any request of the API; a longer one is cut off. */
const MAX_BODY = 100_000;
const SWEEP_MS = 1000;

type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly key: string | undefined;
};

export async function startCardSimulator(given: SimulatorGiven): Promise<CardSimulator> {
  const store = new Store(given.state);
  const webhooks = new Webhooks(given.webhook);
  const provider = new Provider(store, given.key.includes('_live_'), webhooks);
  provider.afterProcessing = (intent) => settleSession(provider, intent);
  const bench: Bench = {provider, faults: new Faults(), requests: [], offline: false};
  const idempotency = new Idempotency(store.kept.answers);
  const server = createServer((request, response) => {
    serve({given, bench, idempotency}, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.keepAliveTimeout = 60_000;
  await listen(server, given.port);
  const {port} = server.address() as AddressInfo;
  provider.address = `http://127.0.0.1:${port}`;
  const sweep = setInterval(() => {
    if (sweepSessions(provider)) store.save();
  }, SWEEP_MS).unref();
  return {
    port,
    stop: async () => {
      clearInterval(sweep);
      webhooks.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      store.save();
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

type Ground = {readonly given: SimulatorGiven; readonly bench: Bench; readonly idempotency: Idempotency};

async function serve(ground: Ground, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const {bench} = ground;
  const {method = 'GET', url = '/'} = request;
  const [path = '/', query = ''] = url.split('?');
  const isControl = path.startsWith('/_control');
  if (bench.offline && !isControl) {
    request.socket.destroy();
    return;
  }
  const asked: Asked = {method, path, query, body: await bodyOf(request), key: headerOf(request, 'idempotency-key')};
  if (isControl) send(response, isLocal(request.socket) ? control(bench, asked) : {status: 403, headers: {}, body: ''});
  else await work(ground, asked, {request, response});
}

type Exchange = {readonly request: IncomingMessage; readonly response: ServerResponse};

async function work(ground: Ground, asked: Asked, {request, response}: Exchange): Promise<void> {
  const {bench} = ground;
  const name = `${asked.method} ${asked.path}`;
  bench.requests.push({request: name, key: asked.key});
  const fault = bench.faults.take(name);
  if (fault?.kind === 'hang') return;
  if (!(await undergo(fault, 'before', {response, proper: ''}))) return;
  const page = pageFor(bench.provider, asked);
  if (page !== undefined) bench.provider.store.save();
  const answer = page ?? (await api(ground, asked, request));
  if (await undergo(fault, 'after', {response, proper: answer.body})) send(response, altered(answer, fault));
}

/** Lets a fault act; false if there is nothing more to be said. */
async function undergo(
  fault: Fault | undefined,
  when: 'before' | 'after',
  {response, proper}: {readonly response: ServerResponse; readonly proper: string},
): Promise<boolean> {
  if (fault === undefined || !('when' in fault) || fault.when !== when) return true;
  if (fault.kind === 'delay') {
    await sleep(fault.ms, undefined, {ref: false});
    return true;
  }
  if (fault.kind === 'drop') response.destroy();
  else send(response, useless(fault.what, proper));
  return false;
}

function altered(answer: Answer, fault: Fault | undefined): Answer {
  if (fault?.kind !== 'alter') return answer;
  return {...answer, body: JSON.stringify({...(JSON.parse(answer.body) as object), ...fault.set})};
}

async function api({given, bench, idempotency}: Ground, asked: Asked, request: IncomingMessage): Promise<Answer> {
  const id = newId('req', 14);
  const headers = {'content-type': 'application/json', 'request-id': id, 'stripe-version': API_VERSION};
  const echo = asked.key === undefined ? {} : {'idempotency-key': asked.key};
  try {
    authorize(request, given.key);
    sweepSessions(bench.provider);
    if (asked.method !== 'POST') return {status: 200, headers, body: worked(bench.provider, asked, id)};
    const mark = `${asked.method} ${asked.path}\n${asked.body}`;
    const first = idempotency.begin(asked.key, mark);
    if (first !== undefined) return {status: first.status, headers: {...headers, ...echo, 'idempotent-replayed': 'true'}, body: first.body};
    if (given.workMs > 0) await sleep(given.workMs);
    const result = kept(() => worked(bench.provider, asked, id));
    idempotency.done(asked.key ?? '', mark, result.kept ? result : undefined);
    bench.provider.store.save();
    return {status: result.status, headers: {...headers, ...echo}, body: result.body};
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return {status: error.status, headers: {...headers, ...echo}, body: JSON.stringify({error: error.body}, undefined, 2)};
  }
}

function worked(provider: Provider, {method, path, query, body, key}: Asked, id: string): string {
  const params = parseForm(method === 'POST' ? body : query);
  const call = {params, cause: {id, key: key ?? null}};
  return JSON.stringify(answerTo(provider, {method, path}, call), undefined, 2);
}

/** The result, be it an error; kept where the work had begun. */
function kept(work: () => string): {readonly status: number; readonly body: string; readonly kept: boolean} {
  try {
    return {status: 200, body: work(), kept: true};
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return {status: error.status, body: JSON.stringify({error: error.body}, undefined, 2), kept: error.kept};
  }
}

/** `Bearer KEY`, or the key as the user of Basic. */
function authorize(request: IncomingMessage, key: string): void {
  const [scheme = '', value = ''] = (headerOf(request, 'authorization') ?? '').split(' ');
  const given = scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString('utf8').split(':')[0] : value;
  if (given === key) return;
  const message = value === '' ? 'You did not provide an API key.' : `Invalid API Key provided: ${value.slice(0, 8)}***`;
  throw new ApiError(401, {type: 'invalid_request_error', message});
}

function send(response: ServerResponse, {status, headers, body}: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, {...headers, 'content-length': Buffer.byteLength(body)}).end(body);
}

function headerOf({headers}: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function isLocal({remoteAddress}: Socket): boolean {
  return remoteAddress === '127.0.0.1' || remoteAddress === '::1' || remoteAddress === '::ffff:127.0.0.1';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > MAX_BODY) throw new Error('the request is too long');
  }
  return body;
}
