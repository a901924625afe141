// The web server that box and cloud share: express, its order of checks, and its last resort. Nothing else here makes one.
// In: doors with their pages, addresses for machines. Out: a listener for `createServer(SERVER_LIMITS, app)`.
// Never true: something read before it is known to be short enough, and to come from a page of ours or prove itself.
import express, {type Express, type NextFunction, type Request, type Response} from 'express';
import helmet from 'helmet';
import {must} from '../assert/assert.ts';
import type {Log} from '../log/log.ts';
import type {Timers} from '../time/instant.ts';
import type {Door, FaultName, HungDoor} from './door.ts';
import {discard} from './form.ts';
import {isFromOurPage, isHost, LONGEST_ADDRESS, protection} from './gate.ts';
import {hear, type MachineAnswer, type MachineRoute} from './machine.ts';
import type {AssetShelf} from './shelf.ts';

export type WebGiven = {
  /** Whose pages they are, for the log. */
  readonly name: string;
  /** One of them has `/` for its home, and all that no other has. */
  readonly doors: readonly Door[];
  readonly machine: readonly MachineRoute[];
  readonly shelf: AssetShelf;
  readonly reference: () => string;
  readonly timers: Timers;
  readonly log: Log;
};

const YEAR_SECONDS = 31_536_000;

export function createWeb(given: WebGiven): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('case sensitive routing', true);
  const web = new Web(given);
  app.use((request, response, next) => web.protect(request, response, next));
  app.use((request, response, next) => web.gate(request, response, next));
  for (const route of given.machine) {
    const act = (request: Request, response: Response): Promise<void> => web.machine(route, request, response);
    if (route.method === 'GET') app.get(route.path, act);
    else app.post(route.path, act);
  }
  for (const path of new Set(given.machine.map((route) => route.path))) app.all(path, (_, response) => web.noSuchMethod(path, response));
  app.use((request, response, next) => web.origin(request, response, next));
  app.get('/assets/:name', (request, response, next) => web.asset(request, response, next));
  for (const door of web.doors) door.addLargeForms(app);
  app.use((request, response, next) => web.form(request, response, next));
  for (const door of web.doors) door.addRoutes(app);
  app.use((request, response) => web.doorOf(request).missing(request, response));
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => web.failed(error, {request, response, next}));
  return app;
}

type Guard = ReturnType<typeof helmet>;

class Web {
  /** Whose home is longest comes first. */
  readonly doors: readonly HungDoor[];
  readonly #given: WebGiven;
  readonly #guards: ReadonlyMap<HungDoor, {readonly http: Guard; readonly https: Guard}>;

  constructor(given: WebGiven) {
    this.#given = given;
    this.doors = given.doors.map((hang) => hang(given)).toSorted((a, b) => b.home.length - a.home.length);
    this.#guards = new Map(
      this.doors.map((door) => [
        door,
        {http: helmet(protection(false, door.formTargets)), https: helmet(protection(true, door.formTargets))},
      ]),
    );
  }

  doorOf({path}: Request): HungDoor {
    const found = this.doors.find(({home}) => home === '/' || path === home || path.startsWith(`${home}/`));
    return must(found, 'door whose home is /');
  }

  protect(request: Request, response: Response, next: NextFunction): void {
    const guards = must(this.#guards.get(this.doorOf(request)), 'guards of the door');
    (request.secure ? guards.https : guards.http)(request, response, next);
  }

  /** Before anything is read: what is too long or from nowhere goes no further. */
  gate(request: Request, response: Response, next: NextFunction): void {
    response.setHeader('Cache-Control', 'no-store');
    const refused = refusalOf(request);
    if (refused === undefined) next();
    else this.doorOf(request).sendFault(response, refused, refused === 'tooLong' ? {status: 414} : {});
  }

  async machine(route: MachineRoute, request: Request, response: Response): Promise<void> {
    const heard = await hear(route, request);
    if (heard.kind === 'gone') return;
    if (heard.kind === 'answer') {
      this.#sendMachine(response, heard.answer);
      return;
    }
    const mark = request.url.indexOf('?');
    const part: unknown = request.params['part'];
    const answer = await route.act({
      part: typeof part === 'string' ? part : '',
      query: new Map(mark === -1 ? [] : new URLSearchParams(request.url.slice(mark + 1))),
      header: (name) => onlyOne(request.headersDistinct[name]),
      body: heard.bytes,
      address: request.socket.remoteAddress ?? '',
    });
    this.#sendMachine(response, answer);
  }

  noSuchMethod(path: string, response: Response): void {
    const methods = this.#given.machine.filter((route) => route.path === path).map(({method}) => (method === 'GET' ? 'GET, HEAD' : method));
    response.setHeader('Allow', methods.join(', '));
    this.#sendMachine(response, {status: 405, text: 'this address does not know the method\n'});
  }

  /** From here on whatever is not merely asked for comes from a page of ours. */
  origin(request: Request, response: Response, next: NextFunction): void {
    const {method, headers, secure, path} = request;
    if (method === 'GET' || method === 'HEAD' || isFromOurPage(headers, secure)) {
      next();
      return;
    }
    this.#given.log.warn('a request that came from no page of ours was refused', {method, path});
    this.doorOf(request).sendFault(response, 'foreign');
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

  async form(request: Request, response: Response, next: NextFunction): Promise<void> {
    if (request.method !== 'POST' || (await this.doorOf(request).readForm(request, response))) next();
  }

  /** The last resort: the process stays, the answer says nothing of its inside. */
  failed(error: unknown, {request, response, next}: {request: Request; response: Response; next: NextFunction}): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const door = this.doorOf(request);
    const status = statusOf(error);
    if (status !== undefined && status < 500) {
      door.sendFault(response, 'unreadable', {status});
      return;
    }
    const reference = this.#given.reference();
    this.#given.log.error(`a page of the ${this.#given.name} failed`, {
      reference,
      path: request.path,
      error: String(error),
      stack: stackOf(error),
    });
    try {
      door.sendFault(response, 'broken', {reference});
    } catch (again) {
      next(again);
    }
  }

  #sendMachine(response: Response, {status, text, type = 'text/plain; charset=utf-8', retryAfterSeconds}: MachineAnswer): void {
    response.statusCode = status;
    response.setHeader('Content-Type', type);
    if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', retryAfterSeconds);
    response.end(text);
    if (!response.req.complete) discard(response.req, this.#given.timers);
  }
}

function refusalOf({url, headers, headersDistinct}: Request): FaultName | undefined {
  if (url.length > LONGEST_ADDRESS) return 'tooLong';
  // A whole address (`GET http://…`) is for proxies; two hosts are for confusing them.
  const isOurs = url.startsWith('/') && headersDistinct['host']?.length === 1 && isHost(headers.host);
  return isOurs ? undefined : 'unreadable';
}

function onlyOne(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}

function statusOf(error: unknown): number | undefined {
  const status: unknown = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : undefined;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? '') : '';
}
