// What a page is, free of the web server: somebody asks, and gets one answer.
import type {VNode} from 'preact';
import type {Setting} from '../ui/setting.ts';
import type {Notes} from './notes.ts';

/** Who is signed in. Each audience knows more of its own. */
export type Session = {
  /** As it is shown, and written beside what somebody does. */
  readonly name: string;
  /** SHA-256 of the secret in hex: names the session inside the process, opens nothing. */
  readonly key: string;
};

/** One request, with everything that was sent checked for shape: texts of bounded length, each name once. */
export type Visit<S extends Session = Session> = {
  /** As it stands in the address, without the query. */
  readonly path: string;
  /** A named part of the path (`:part`), decoded. */
  readonly part: string;
  readonly query: ReadonlyMap<string, string>;
  readonly form: ReadonlyMap<string, string>;
  readonly address: string;
  readonly session: S | undefined;
  /** Where the page was asked from, for whoever signs in: path and query. */
  readonly here: string;
  readonly setting: Setting;
};

/** A visit of somebody who has signed in. */
export type SignedVisit<S extends Session = Session> = Visit<S> & {readonly session: S; readonly notes: Notes};

/** What becomes of the browser's session. */
export type SessionChange = {readonly kind: 'begin'; readonly secret: string} | {readonly kind: 'end'};

export type Answer =
  | {readonly kind: 'page'; readonly page: VNode; readonly status?: number; readonly retryAfterSeconds?: number}
  /** 303: what was posted is done, and reloading the page does not do it again. */
  | {readonly kind: 'go'; readonly to: string; readonly session?: SessionChange}
  /** There is no such thing: the same for what never was and for what is closed. */
  | {readonly kind: 'missing'}
  | {readonly kind: 'text'; readonly text: string; readonly type: string; readonly status: number}
  /** To be kept: the browser saves it under this name. */
  | {readonly kind: 'file'; readonly name: string; readonly type: string; readonly content: string};

export type Handle<V extends Visit = Visit> = (visit: V) => Answer | Promise<Answer>;

/** How much a form may send. `files`: it may carry files, whose text is a field like another. */
export type FormLimits = {readonly bytes: number; readonly fields: number; readonly files?: boolean};

type RouteShape<V extends Visit> = {
  readonly path: string;
  readonly get?: Handle<V>;
  readonly post?: Handle<V>;
  /** Where the common limits are too narrow: then read only after the session is known. */
  readonly form?: FormLimits;
};

export type Route<S extends Session = Session> =
  | (RouteShape<SignedVisit<S>> & {readonly signed: true})
  | (RouteShape<Visit<S>> & {readonly signed: false});

export function page(content: VNode, status = 200): Answer {
  return {kind: 'page', page: content, status};
}

export function go(to: string): Answer {
  return {kind: 'go', to};
}
