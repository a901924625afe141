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
import {cookieIn, post} from '../asking.ts';

export {cookieIn, get, post} from '../asking.ts';

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
      book: box.book,
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

/** Sets the console up with {@link PERSON}, who is signed in: the cookie. */
export async function setUp(rig: ConsoleRig): Promise<string> {
  return cookieIn(await post(rig, '/setup', {code: rig.console.setupCode() ?? '', ...PERSON}));
}
