// What a page is, free of the web server: somebody asks, and gets one answer.
import type {VNode} from 'preact';
import type {Setting} from '../../shared/ui/setting.ts';
import type {Notes} from './notes.ts';
import type {Session} from './entry/sessions.ts';

/** One request, with everything that was sent checked for shape: texts of bounded length, each name once. */
export type Visit = {
  /** As it stands in the address, without the query. */
  readonly path: string;
  /** A named part of the path, decoded. */
  readonly part: string;
  readonly query: ReadonlyMap<string, string>;
  readonly form: ReadonlyMap<string, string>;
  readonly address: string;
  readonly session: Session | undefined;
  /** Where the page was asked from, for whoever signs in: path and query. */
  readonly here: string;
  readonly setting: Setting;
};

/** A visit of somebody who has signed in. */
export type SignedVisit = Visit & {readonly session: Session; readonly notes: Notes};

/** What becomes of the browser's session. */
export type SessionChange = {readonly kind: 'begin'; readonly secret: string} | {readonly kind: 'end'};

export type Answer =
  | {readonly kind: 'page'; readonly page: VNode; readonly status?: number; readonly retryAfterSeconds?: number}
  /** 303: what was posted is done, and reloading the page does not do it again. */
  | {readonly kind: 'go'; readonly to: string; readonly session?: SessionChange}
  /** There is no such thing: the same for what never was and for what is closed. */
  | {readonly kind: 'missing'}
  | {readonly kind: 'text'; readonly text: string; readonly type: string; readonly status: number};

export type Handle<V extends Visit = Visit> = (visit: V) => Answer | Promise<Answer>;

export type Route =
  | {readonly path: string; readonly signed: true; readonly get?: Handle<SignedVisit>; readonly post?: Handle<SignedVisit>}
  | {readonly path: string; readonly signed: false; readonly get?: Handle; readonly post?: Handle};

export function page(content: VNode, status = 200): Answer {
  return {kind: 'page', page: content, status};
}

export function go(to: string): Answer {
  return {kind: 'go', to};
}
