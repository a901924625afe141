// A person at a browser without script: an HTTPS client that keeps cookies, and says of itself what browsers say.
import {Agent, request} from 'node:https';
import type {IncomingHttpHeaders} from 'node:http';

export type Shown = {
  readonly status: number;
  /** Where the browser is sent on to; nobody has gone there. */
  readonly location: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
};

export type Visitor = {
  readonly get: (path: string) => Promise<Shown>;
  /** As a form of the site's own page. */
  readonly post: (path: string, form: Readonly<Record<string, string>>) => Promise<Shown>;
  /** Like `get`, and on to where it is sent, on this site. */
  readonly visit: (path: string) => Promise<Shown>;
  readonly signIn: (email: string, password: string, path?: string) => Promise<Shown>;
  readonly close: () => void;
};

type Sent = {readonly method: 'GET' | 'POST'; readonly path: string; readonly body: string | undefined};

const MOST_STEPS = 5;
const ANSWER_MS = 20_000;

/** `authority`: PEM of the root that the site's certificate is of. */
export function createVisitor(address: string, authority: string): Visitor {
  const {origin, hostname, port} = new URL(address);
  const agent = new Agent({ca: authority, keepAlive: true});
  const cookies = new Map<string, string>();

  const ask = ({method, path, body}: Sent): Promise<Shown> =>
    new Promise((resolve, reject) => {
      const headers = {
        accept: 'text/html,*/*;q=0.8',
        'accept-language': 'en-GB,en;q=0.9',
        'user-agent': 'Mozilla/5.0 (rig)',
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        ...(cookies.size > 0 && {cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')}),
        ...(body !== undefined && {
          origin,
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(Buffer.byteLength(body)),
        }),
      };
      const asking = request({hostname, port, method, path, headers, agent, timeout: ANSWER_MS}, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          for (const line of answer.headers['set-cookie'] ?? []) keep(cookies, line);
          const {location} = answer.headers;
          resolve({status: answer.statusCode ?? 0, location, headers: answer.headers, text: Buffer.concat(chunks).toString('utf8')});
        });
      });
      asking.on('timeout', () => asking.destroy(new Error(`${method} ${path} was not answered`)));
      asking.on('error', reject);
      asking.end(body);
    });

  const get = (path: string): Promise<Shown> => ask({method: 'GET', path, body: undefined});
  const post = (path: string, form: Readonly<Record<string, string>>): Promise<Shown> =>
    ask({method: 'POST', path, body: new URLSearchParams(form).toString()});
  return {
    get,
    post,
    visit: async (path) => {
      let shown = await get(path);
      for (let step = 0; step < MOST_STEPS && shown.location !== undefined; step++) {
        const {pathname, search, origin: there} = new URL(shown.location, origin);
        if (there !== origin) break;
        shown = await get(`${pathname}${search}`);
      }
      return shown;
    },
    signIn: async (email, password, path = '/sign-in') => {
      const shown = await post(path, {email, password, to: ''});
      if (shown.location === undefined) throw new Error(`${email} was not let in at ${path}: ${shown.status}\n${textIn(shown.text)}`);
      return shown;
    },
    close: () => agent.destroy(),
  };
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
  if (/max-age=0\b/i.test(line) || value === '') cookies.delete(name);
  else cookies.set(name, value);
}

/** What a person reads on a page, in one line. */
export function textIn(html: string): string {
  return html
    .replaceAll(/<(?:style|script|title)\b.*?<\/(?:style|script|title)>/gs, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** The value of a hidden or filled field of a page; undefined if there is none. */
export function fieldIn(html: string, name: string): string | undefined {
  const [tag] = new RegExp(`<input\\b[^>]*\\bname="${name}"[^>]*>`).exec(html) ?? [];
  return tag === undefined ? undefined : /\bvalue="([^"]*)"/.exec(tag)?.[1];
}
