// What every request passes before anything reads it: headers that protect the answer, and refusals that need no page.
import type {IncomingHttpHeaders} from 'node:http';
import type {HelmetOptions} from 'helmet';
import type {SessionChange} from './answer.ts';

/** Limits for the server that main opens: `createServer(SERVER_LIMITS, app)`, of node:http or node:https. */
export const SERVER_LIMITS = {
  /** A cookie, an address and what browsers say of themselves fit many times; Node answers 431 to more. */
  maxHeaderSize: 16_384,
  /** A form is a few hundred bytes: whoever needs longer to send one holds a socket on purpose. */
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  /** How often the two above are enforced. */
  connectionsCheckingInterval: 5_000,
} as const;

/** Longer than any address that a page of ours links to. */
export const LONGEST_ADDRESS = 2_000;

/**
 * Nothing inline, nothing from elsewhere, no frame around; no form to elsewhere but these origins, to which an answer may send
 * the browser on (a page for paying that somebody else hosts).
 */
export function protection(secure: boolean, formTargets: readonly string[] = []): HelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'", ...formTargets],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        ...(secure ? {upgradeInsecureRequests: []} : {}),
      },
    },
    // With `no-referrer` a browser says `Origin: null` of our own forms, and we could not tell them from anybody's.
    referrerPolicy: {policy: 'same-origin'},
    frameguard: {action: 'deny'},
    // Over plain HTTP browsers ignore both, and complain.
    strictTransportSecurity: secure ? {maxAge: 31_536_000, includeSubDomains: false} : false,
    crossOriginOpenerPolicy: secure,
    originAgentCluster: secure,
  };
}

/**
 * Does this POST come from a page of ours? Browsers that tell the relation are believed (Fetch metadata, over HTTPS and on
 * loopback); the others must name our own origin. Whoever says neither is no browser with our page open.
 */
export function isFromOurPage(headers: IncomingHttpHeaders, secure: boolean): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const {origin, host} = headers;
  return origin !== undefined && host !== undefined && origin === `${secure ? 'https' : 'http'}://${host}`;
}

/**
 * The host that the browser believes to talk to: a name or an address, and a port. Which names we have on a network we
 * do not know, so they are not compared; a page of another name that points here (DNS rebinding) brings no cookie of ours.
 */
export function isHost(host: string | undefined): boolean {
  return host !== undefined && /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/.test(host);
}

/** From this machine, and not through a proxy or a page that pretends to be on it: those name another host. */
export function isLoopback(address: string | undefined, host: string | undefined): boolean {
  const here = address === '127.0.0.1' || address === '::1' || address === '::ffff:127.0.0.1';
  return here && host !== undefined && /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host);
}

/** Where to go after signing in: a path of ours, never another host (`//elsewhere`, `/\elsewhere`); `home` for anything else. */
export function ownPath(text: string | undefined, home = '/'): string {
  return text !== undefined && text.length <= LONGEST_ADDRESS && /^\/(?![/\\])[\w\-./?=&%~:]*$/.test(text) ? text : home;
}

/** How the sessions of one audience are carried. */
export type Cookie = {
  readonly name: string;
  /** `Lax` where a page elsewhere sends the browser back to us: with `Strict` it would come as a stranger. */
  readonly sameSite: 'Strict' | 'Lax';
  /** Undefined: it ends with the browser. The server ends sessions by itself in any case. */
  readonly lastsSeconds?: number;
};

export const CONSOLE_COOKIE: Cookie = {name: 'spbs', sameSite: 'Strict'};

/** `__Host-`: only over TLS, only this host, only set by us. */
export function cookieName({name}: Cookie, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}

export function cookieOf(header: string | undefined, name: string): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const found = pairs.find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

export function setCookie(change: SessionChange, secure: boolean, cookie = CONSOLE_COOKIE): string {
  const {sameSite, lastsSeconds} = cookie;
  const common = `Path=/; HttpOnly; SameSite=${sameSite}${secure ? '; Secure' : ''}`;
  const name = cookieName(cookie, secure);
  if (change.kind === 'end') return `${name}=; Max-Age=0; ${common}`;
  return `${name}=${change.secret}; ${lastsSeconds === undefined ? '' : `Max-Age=${lastsSeconds}; `}${common}`;
}
