// One audience's way in: its pages, its cookie, its words. A server has one door, or several side by side.
// In: a request that passed the gate. Out: one answer, sent. Never true: a signed page for somebody without a session.
import {promisify} from 'node:util';
import {gzip} from 'node:zlib';
import type {Express, Request, Response} from 'express';
import type {VNode} from 'preact';
import type {Log} from '../log/log.ts';
import type {Timers} from '../time/instant.ts';
import type {Answer, FormLimits, Handle, Route, Session, SignedVisit, Visit} from './answer.ts';
import {discard, readForm} from './form.ts';
import {cookieName, cookieOf, setCookie, type Cookie} from './gate.ts';
import type {Notes} from './notes.ts';

/** Pages for what has no page. */
export type FaultName = 'missing' | 'method' | 'foreign' | 'tooLong' | 'unreadable' | 'broken';

/** An answer that needs the open socket, or who asks from where: it sends for itself. */
export type RawRoute<S extends Session = Session> = {
  readonly path: string;
  readonly act: (request: Request, response: Response, session: S | undefined) => void | Promise<void>;
};

export type DoorGiven<S extends Session> = {
  /** Its first page; its other paths begin so. */
  readonly home: string;
  readonly signIn: string;
  readonly cookie: Cookie;
  /** Origins, beside our own, to which the answer to a form may send the browser on. */
  readonly formTargets?: readonly string[];
  readonly routes: readonly Route<S>[];
  readonly raw: readonly RawRoute<S>[];
  readonly notes: Notes;
  readonly sessionOf: (secret: string) => S | undefined | Promise<S | undefined>;
  readonly settingNow: (session: S | undefined) => Visit['setting'];
  /** The whole page as HTML. */
  readonly render: (page: VNode, visit: Pick<Visit<S>, 'session' | 'setting'>) => string;
  readonly fault: (name: FaultName, reference?: string) => VNode;
};

/** What the doors of a server share. */
export type DoorGround = {
  readonly timers: Timers;
  readonly log: Log;
};

export type FaultDetail = {readonly status?: number; readonly allow?: string; readonly reference?: string};

/** A door that is hung: of whose sessions it is need not be known any more. */
export type HungDoor = {
  readonly home: string;
  readonly formTargets: readonly string[];
  /** Those that read what is posted by their own limits. */
  readonly addLargeForms: (app: Express) => void;
  readonly addRoutes: (app: Express) => void;
  /** What was posted, before anything acts on it. False: it was refused, and that was said. */
  readonly readForm: (request: Request, response: Response) => Promise<boolean>;
  /** There is no such page; but whoever has not signed in learns nothing of what there is. */
  readonly missing: (request: Request, response: Response) => Promise<void>;
  readonly sendFault: (response: Response, name: FaultName, detail?: FaultDetail) => void;
};

export type Door = (ground: DoorGround) => HungDoor;

type Handler = (request: Request, response: Response) => Promise<void>;
type Exchange<S extends Session> = {readonly request: Request; readonly response: Response; readonly visit: Visit<S>};

const pack = promisify(gzip);
/** Below this a packed answer is no shorter in packets. */
const WORTH_PACKING = 1_200;

const STATUSES: Readonly<Record<FaultName, number>> = {
  missing: 404,
  method: 405,
  foreign: 403,
  tooLong: 413,
  unreadable: 400,
  broken: 500,
};

export function door<S extends Session>(given: DoorGiven<S>): Door {
  return (ground) => {
    const own = new OwnDoor(given, ground);
    return {
      home: given.home,
      formTargets: given.formTargets ?? [],
      addLargeForms: (app) => {
        for (const route of given.routes) {
          const post = route.form === undefined ? undefined : own.handler(route, 'post');
          if (post !== undefined) app.post(route.path, post);
        }
      },
      addRoutes: (app) => {
        for (const {path, act} of given.raw) {
          app.get(path, async (request, response) => act(request, response, await own.session(request)));
          app.all(path, (_, response) => own.sendFault(response, 'method', {allow: 'GET, HEAD'}));
        }
        for (const route of given.routes) addRoute(app, own, route);
      },
      readForm: (request, response) => own.readForm(request, response),
      missing: (request, response) => own.missing(request, response),
      sendFault: (response, name, detail) => own.sendFault(response, name, detail),
    };
  };
}

function addRoute<S extends Session>(app: Express, own: OwnDoor<S>, route: Route<S>): void {
  const {path, form} = route;
  const [get, post] = [own.handler(route, 'get'), own.handler(route, 'post')];
  if (get !== undefined) app.get(path, get);
  if (post !== undefined && form === undefined) app.post(path, post);
  const allow = [...(get === undefined ? [] : ['GET', 'HEAD']), ...(post === undefined ? [] : ['POST'])].join(', ');
  app.all(path, async (request, response) => own.sendFault(response, 'method', {allow, session: await own.session(request)}));
}

class OwnDoor<S extends Session> {
  readonly #given: DoorGiven<S>;
  readonly #ground: DoorGround;
  readonly #forms = new WeakMap<Request, ReadonlyMap<string, string>>();

  constructor(given: DoorGiven<S>, ground: DoorGround) {
    this.#given = given;
    this.#ground = ground;
  }

  async session(request: Request): Promise<S | undefined> {
    const secret = this.#secret(request);
    return secret === undefined ? undefined : await this.#given.sessionOf(secret);
  }

  async readForm(request: Request, response: Response, limits?: FormLimits): Promise<boolean> {
    const read = await readForm(request, limits);
    if (read.kind === 'refused') this.sendFault(response, read.status === 413 ? 'tooLong' : 'unreadable', {status: read.status});
    if (read.kind !== 'form') return false;
    this.#forms.set(request, read.fields);
    return true;
  }

  handler(route: Route<S>, method: 'get' | 'post'): Handler | undefined {
    const limits = method === 'post' ? route.form : undefined;
    if (route.signed) {
      const handle = route[method];
      return handle === undefined ? undefined : (request, response) => this.#signed({request, response}, handle, limits);
    }
    const handle = route[method];
    if (handle === undefined) return undefined;
    return async (request, response) => {
      if (limits !== undefined && !(await this.readForm(request, response, limits))) return;
      const visit = await this.#visit(request);
      await this.#send(await handle(visit), {request, response, visit});
    };
  }

  async #signed(
    {request, response}: Omit<Exchange<S>, 'visit'>,
    handle: Handle<SignedVisit<S>>,
    limits: FormLimits | undefined,
  ): Promise<void> {
    const visit = await this.#visit(request);
    const {session} = visit;
    if (session === undefined) {
      await this.#send(this.#toSignIn(request, visit), {request, response, visit});
      return;
    }
    if (limits !== undefined && !(await this.readForm(request, response, limits))) return;
    const form = this.#formOf(request);
    await this.#send(await handle({...visit, form, session, notes: this.#given.notes}), {request, response, visit});
  }

  async missing(request: Request, response: Response): Promise<void> {
    const visit = await this.#visit(request);
    const {session} = visit;
    if (session !== undefined || request.method !== 'GET') this.sendFault(response, 'missing', {session});
    else await this.#send(this.#toSignIn(request, visit), {request, response, visit});
  }

  sendFault(
    response: Response,
    name: FaultName,
    {status = STATUSES[name], allow, session, reference}: FaultDetail & {readonly session?: S | undefined} = {},
  ): void {
    const {render, fault, settingNow} = this.#given;
    const html = render(fault(name, reference), {session, setting: settingNow(session)});
    response.statusCode = status;
    if (allow !== undefined) response.setHeader('Allow', allow);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(html);
    if (!response.req.complete) discard(response.req, this.#ground.timers);
  }

  #secret(request: Request): string | undefined {
    return cookieOf(request.headers.cookie, cookieName(this.#given.cookie, request.secure));
  }

  #formOf(request: Request): ReadonlyMap<string, string> {
    return this.#forms.get(request) ?? new Map<string, string>();
  }

  #toSignIn(request: Request, visit: Visit<S>): Answer {
    const {home, signIn} = this.#given;
    const query = new URLSearchParams({
      ...(visit.here === home || request.method !== 'GET' ? {} : {to: visit.here}),
      ...(this.#secret(request) === undefined ? {} : {why: 'ended'}),
    }).toString();
    return {kind: 'go', to: query === '' ? signIn : `${signIn}?${query}`};
  }

  async #visit(request: Request): Promise<Visit<S>> {
    const mark = request.url.indexOf('?');
    const part: unknown = request.params['part'];
    const session = await this.session(request);
    return {
      path: request.path,
      part: typeof part === 'string' ? part : '',
      query: new Map(mark === -1 ? [] : new URLSearchParams(request.url.slice(mark + 1))),
      form: this.#formOf(request),
      address: request.socket.remoteAddress ?? '',
      session,
      here: request.originalUrl,
      setting: this.#given.settingNow(session),
    };
  }

  async #send(answer: Answer, {request, response, visit}: Exchange<S>): Promise<void> {
    switch (answer.kind) {
      case 'missing':
        this.sendFault(response, 'missing', {session: visit.session});
        return;
      case 'text':
        response.statusCode = answer.status;
        response.setHeader('Content-Type', answer.type);
        response.end(answer.text);
        return;
      case 'go':
        if (answer.session !== undefined) {
          response.setHeader('Set-Cookie', setCookie(answer.session, request.secure, this.#given.cookie));
        }
        response.statusCode = 303;
        response.setHeader('Location', answer.to);
        response.setHeader('Content-Type', 'text/plain; charset=utf-8');
        response.end(`${answer.to}\n`);
        if (!request.complete) discard(request, this.#ground.timers);
        return;
      case 'file':
        response.attachment(answer.name);
        await sendPacked(response, answer.type, answer.content);
        return;
      case 'page':
        response.statusCode = answer.status ?? 200;
        if (answer.retryAfterSeconds !== undefined) response.setHeader('Retry-After', answer.retryAfterSeconds);
        await sendPacked(response, 'text/html; charset=utf-8', this.#given.render(answer.page, visit));
    }
  }
}

/** Nothing secret stands in an answer, so packing gives nothing away. */
async function sendPacked(response: Response, type: string, text: string): Promise<void> {
  response.setHeader('Content-Type', type);
  response.setHeader('Vary', 'Accept-Encoding');
  if (text.length < WORTH_PACKING || response.req.acceptsEncodings('gzip') !== 'gzip') {
    response.end(text);
    return;
  }
  const packed = await pack(text);
  response.setHeader('Content-Encoding', 'gzip');
  response.end(packed);
}
