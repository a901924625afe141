// The console's own web server: express, its order of checks, and how an answer is sent. Nothing else here knows express.
import {promisify} from 'node:util';
import {gzip} from 'node:zlib';
import express, {type Express, type NextFunction, type Request, type Response} from 'express';
import helmet from 'helmet';
import type {VNode} from 'preact';
import {discard, readForm} from './form.ts';
import type {Log} from '../../shared/log/log.ts';
import type {Timers} from '../../shared/time/instant.ts';
import type {Answer, Route, SignedVisit, Visit} from './answer.ts';
import type {AssetShelf} from './assets.ts';
import type {Session} from './entry/sessions.ts';
import {cookieName, cookieOf, isFromOurPage, isHost, LONGEST_ADDRESS, protection, setCookie} from './gate.ts';
import type {Notes} from './notes.ts';
import type {RawRoute} from './raw.ts';

/** Pages for what has no page. */
export type FaultName = 'missing' | 'method' | 'foreign' | 'tooLong' | 'unreadable' | 'broken';

export type WebGiven = {
  readonly routes: readonly Route[];
  /** Answers that need the open socket, or who asks from where: they send for themselves. */
  readonly raw: readonly RawRoute[];
  readonly shelf: AssetShelf;
  readonly notes: Notes;
  readonly sessionOf: (secret: string) => Session | undefined;
  readonly settingNow: () => Visit['setting'];
  /** The whole page as HTML. */
  readonly render: (page: VNode, visit: Pick<Visit, 'session' | 'setting'>) => string;
  readonly fault: (name: FaultName, reference?: string) => VNode;
  readonly reference: () => string;
  readonly timers: Timers;
  readonly log: Log;
};

const pack = promisify(gzip);
/** Below this a packed page is no shorter in packets. */
const WORTH_PACKING = 1_200;
const YEAR_SECONDS = 31_536_000;

export function createWeb(given: WebGiven): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('case sensitive routing', true);
  const web = new Web(given);
  const guards = {http: helmet(protection(false)), https: helmet(protection(true))};
  app.use((request, response, next) => (request.secure ? guards.https : guards.http)(request, response, next));
  app.use((request, response, next) => web.gate(request, response, next));
  app.get('/assets/:name', (request, response, next) => web.asset(request, response, next));
  app.use((request, response, next) => web.form(request, response, next));
  for (const {path, act} of given.raw) {
    app.get(path, (request, response) => act(request, response, web.session(request)));
    app.all(path, (_, response) => web.refuse(response, 'method', {allow: 'GET, HEAD'}));
  }
  for (const route of given.routes) addRoute(app, web, route);
  app.use((request, response) => web.refuse(response, 'missing', {request}));
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => web.failed(error, {request, response, next}));
  return app;
}

function addRoute(app: Express, web: Web, route: Route): void {
  const {path} = route;
  const {get, post} = route.signed
    ? {get: web.signed(route.get), post: web.signed(route.post)}
    : {get: web.open(route.get), post: web.open(route.post)};
  if (get !== undefined) app.get(path, get);
  if (post !== undefined) app.post(path, post);
  const allow = [...(get === undefined ? [] : ['GET', 'HEAD']), ...(post === undefined ? [] : ['POST'])].join(', ');
  app.all(path, (request, response) => web.refuse(response, 'method', {allow, request}));
}

type Handler = (request: Request, response: Response) => Promise<void>;
type Refusal = {readonly allow?: string; readonly request?: Request};

const STATUSES: Readonly<Record<FaultName, number>> = {
  missing: 404,
  method: 405,
  foreign: 403,
  tooLong: 413,
  unreadable: 400,
  broken: 500,
};

class Web {
  readonly #given: WebGiven;
  readonly #forms = new WeakMap<Request, ReadonlyMap<string, string>>();

  constructor(given: WebGiven) {
    this.#given = given;
  }

  /** Before anything is read: what is too long, from nowhere, or not from us, goes no further. */
  gate(request: Request, response: Response, next: NextFunction): void {
    response.setHeader('Cache-Control', 'no-store');
    const refused = this.#refusalOf(request);
    if (refused === undefined) next();
    else this.#sendFault(response, refused, refused === 'tooLong' ? {status: 414} : {});
  }

  #refusalOf({url, method, headers, headersDistinct, secure, path}: Request): FaultName | undefined {
    if (url.length > LONGEST_ADDRESS) return 'tooLong';
    // A whole address (`GET http://…`) is for proxies; two hosts are for confusing them.
    if (!url.startsWith('/') || headersDistinct['host']?.length !== 1 || !isHost(headers.host)) return 'unreadable';
    if (method === 'GET' || method === 'HEAD' || isFromOurPage(headers, secure)) return undefined;
    this.#given.log.warn('a request that came from no page of ours was refused', {method, path});
    return 'foreign';
  }

  /** What was posted, before anything acts on it. */
  async form(request: Request, response: Response, next: NextFunction): Promise<void> {
    if (request.method !== 'POST') {
      next();
      return;
    }
    const read = await readForm(request);
    if (read.kind === 'gone') return;
    if (read.kind === 'refused') {
      this.#sendFault(response, read.status === 413 ? 'tooLong' : 'unreadable', {status: read.status});
      return;
    }
    this.#forms.set(request, read.fields);
    next();
  }

  asset(request: Request, response: Response, next: NextFunction): void {
    const asset = this.#given.shelf.at(request.path);
    if (asset === undefined) {
      next();
      return;
    }
    response.setHeader('Content-Type', asset.type);
    response.setHeader('Cache-Control', `public, max-age=${YEAR_SECONDS}, immutable`);
    response.setHeader('Vary', 'Accept-Encoding');
    const packed = request.acceptsEncodings('gzip') === 'gzip';
    if (packed) response.setHeader('Content-Encoding', 'gzip');
    response.end(packed ? asset.packed : asset.bytes);
  }

  session(request: Request): Session | undefined {
    const secret = cookieOf(request.headers.cookie, cookieName(request.secure));
    return secret === undefined ? undefined : this.#given.sessionOf(secret);
  }

  open(handle: Extract<Route, {signed: false}>['get']): Handler | undefined {
    if (handle === undefined) return undefined;
    return async (request, response) => {
      const visit = this.#visit(request);
      await this.#send(await handle(visit), {request, response, visit});
    };
  }

  signed(handle: Extract<Route, {signed: true}>['get']): Handler | undefined {
    if (handle === undefined) return undefined;
    return async (request, response) => {
      const visit = this.#visit(request);
      const {session} = visit;
      const answer =
        session === undefined
          ? this.#door(request, visit)
          : await handle({...visit, session, notes: this.#given.notes} satisfies SignedVisit);
      await this.#send(answer, {request, response, visit});
    };
  }

  async refuse(response: Response, name: FaultName, {allow, request}: Refusal): Promise<void> {
    if (allow !== undefined) response.setHeader('Allow', allow);
    const session = request === undefined ? undefined : this.session(request);
    if (name !== 'missing' || session !== undefined || request?.method !== 'GET') {
      this.#sendFault(response, name, {session});
      return;
    }
    // Whoever has not signed in learns nothing of what there is.
    const visit = this.#visit(request);
    await this.#send(this.#door(request, visit), {request, response, visit});
  }

  /** The last resort: the process stays, the answer says nothing of its inside. */
  failed(error: unknown, {request, response, next}: {request: Request; response: Response; next: NextFunction}): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const status = statusOf(error);
    if (status !== undefined && status < 500) {
      this.#sendFault(response, 'unreadable', {status});
      return;
    }
    const reference = this.#given.reference();
    this.#given.log.error('a page of the console failed', {reference, path: request.path, error: String(error), stack: stackOf(error)});
    try {
      this.#sendFault(response, 'broken', {reference});
    } catch (again) {
      next(again);
    }
  }

  #door(request: Request, visit: Visit): Answer {
    const hadCookie = cookieOf(request.headers.cookie, cookieName(request.secure)) !== undefined;
    const query = new URLSearchParams({
      ...(visit.here === '/' || request.method !== 'GET' ? {} : {to: visit.here}),
      ...(hadCookie ? {why: 'ended'} : {}),
    }).toString();
    return {kind: 'go', to: query === '' ? '/sign-in' : `/sign-in?${query}`};
  }

  #visit(request: Request): Visit {
    const mark = request.url.indexOf('?');
    const part: unknown = request.params['part'];
    return {
      path: request.path,
      part: typeof part === 'string' ? part : '',
      query: new Map(mark === -1 ? [] : new URLSearchParams(request.url.slice(mark + 1))),
      form: this.#forms.get(request) ?? new Map(),
      address: request.socket.remoteAddress ?? '',
      session: this.session(request),
      here: request.originalUrl,
      setting: this.#given.settingNow(),
    };
  }

  async #send(answer: Answer, {request, response, visit}: {request: Request; response: Response; visit: Visit}): Promise<void> {
    switch (answer.kind) {
      case 'missing':
        this.#sendFault(response, 'missing', {session: visit.session});
        return;
      case 'text':
        response.statusCode = answer.status;
        response.setHeader('Content-Type', answer.type);
        response.end(answer.text);
        return;
      case 'go':
        if (answer.session !== undefined) response.setHeader('Set-Cookie', setCookie(answer.session, request.secure));
        response.statusCode = 303;
        response.setHeader('Location', answer.to);
        response.setHeader('Content-Type', 'text/plain; charset=utf-8');
        response.end(`${answer.to}\n`);
        return;
      case 'page':
        await this.#sendPage(answer, {request, response, visit});
    }
  }

  async #sendPage(
    answer: Extract<Answer, {kind: 'page'}>,
    {request, response, visit}: {request: Request; response: Response; visit: Pick<Visit, 'session' | 'setting'>},
  ): Promise<void> {
    const html = this.#given.render(answer.page, visit);
    response.statusCode = answer.status ?? 200;
    if (answer.retryAfterSeconds !== undefined) response.setHeader('Retry-After', answer.retryAfterSeconds);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Vary', 'Accept-Encoding');
    // Nothing secret stands in a page, so packing gives nothing away.
    if (html.length < WORTH_PACKING || request.acceptsEncodings('gzip') !== 'gzip') {
      response.end(html);
      return;
    }
    const packed = await pack(html);
    response.setHeader('Content-Encoding', 'gzip');
    response.end(packed);
  }

  #sendFault(
    response: Response,
    name: FaultName,
    {status = STATUSES[name], session, reference}: {status?: number; session?: Session | undefined; reference?: string},
  ): void {
    const html = this.#given.render(this.#given.fault(name, reference), {session, setting: this.#given.settingNow()});
    response.statusCode = status;
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(html);
    if (!response.req.complete) discard(response.req, this.#given.timers);
  }
}

function statusOf(error: unknown): number | undefined {
  const status: unknown = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : undefined;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? '') : '';
}
