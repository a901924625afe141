// The console on a real port, over a real store, for browsers and for raw sockets.
import {randomBytes} from 'node:crypto';
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createConsole, type Console} from '../../../edge/console/console.ts';
import type {Language} from '../../../edge/console/drawing.tsx';
import {SERVER_LIMITS} from '../../../shared/web/gate.ts';
import {listen} from '../../../shared/web/listen.ts';
import type {Timers} from '../../../shared/time/instant.ts';
import type {RigBox} from './box.ts';
import {openRigSite, type SiteName} from './site.ts';

export const PERSON = {name: 'Sam Porter', password: 'four grey herons wade'} as const;

export type ConsoleRig = {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string;
  readonly box: RigBox;
  readonly console: Console;
  readonly close: () => Promise<void>;
};

const timers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};

export async function openConsole(site: SiteName, language?: Language): Promise<ConsoleRig> {
  const folder = mkdtempSync(join(tmpdir(), 'spbs-console-'));
  const box = openRigSite(folder, site);
  const console = createConsole(
    {
      database: box.database,
      reading: box.reading,
      health: box.health,
      acts: box.acts,
      logEntries: () => box.entries,
      clock: box.clock,
      timers,
      randomBytes,
      log: box.log.named('console'),
    },
    language,
  );
  box.listeners.changed = console.changed;
  const server = createServer(SERVER_LIMITS, console.app);
  const served = await listen(server, {host: '127.0.0.1', port: 0, scheme: 'http', name: 'console', mostConnections: 200});
  return {
    address: served.address,
    box,
    console,
    close: async () => {
      console.close();
      await served.close();
      box.close();
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

/** Posts a form as a page of the console would, and keeps no redirect. */
export function post(rig: ConsoleRig, path: string, fields: Readonly<Record<string, string>>, cookie = ''): Promise<Response> {
  return fetch(rig.address + path, {
    method: 'POST',
    redirect: 'manual',
    headers: {origin: rig.address, cookie, 'content-type': 'application/x-www-form-urlencoded'},
    body: new URLSearchParams(fields).toString(),
  });
}

export function get(rig: ConsoleRig, path: string, cookie = ''): Promise<Response> {
  return fetch(rig.address + path, {redirect: 'manual', headers: {cookie}});
}

/** The cookie that an answer sets, as a browser would send it back. */
export function cookieIn(answer: Response): string {
  return (answer.headers.get('set-cookie') ?? '').replace(/;.*$/, '');
}

/** Sets the console up with {@link PERSON}, who is signed in: the cookie. */
export async function setUp(rig: ConsoleRig): Promise<string> {
  return cookieIn(await post(rig, '/setup', {code: rig.console.setupCode() ?? '', ...PERSON}));
}
