// How the control panel is served, as the options say; and the PEM files that they name.
import {readFileSync} from 'node:fs';
import {createServer, type RequestListener, type Server} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import {Failure} from '../../shared/failure/failure.ts';
import {SERVER_LIMITS} from '../../shared/web/gate.ts';
import type {Place} from '../../shared/web/listen.ts';
import type {EdgeOptions} from './options.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** A handful of engineers with a few pages each. */
const MOST_BROWSER_CONNECTIONS = 200;

export function consolePlace(options: EdgeOptions): Place {
  return {
    host: options['console.host'],
    port: options['console.port'],
    scheme: options['console.certificate'] === undefined ? 'http' : 'https',
    name: 'console',
    mostConnections: MOST_BROWSER_CONNECTIONS,
  };
}

/** Throws Failure `config.invalid` where passwords would leave the machine in the clear, `config.unreadable` for a file. */
export function consoleServer(options: EdgeOptions, app: RequestListener): Server {
  const {'console.host': host, 'console.certificate': certificate, 'console.key': key} = options;
  if (certificate !== undefined && key !== undefined) {
    return createSecureServer({...SERVER_LIMITS, cert: pem(certificate, 'console.certificate'), key: pem(key, 'console.key')}, app);
  }
  const cure = 'set console.certificate and console.key, or console.host: 127.0.0.1';
  if (!LOOPBACK.has(host)) throw new Failure('config.invalid', `the console would carry passwords in the clear on ${host}`, cure);
  return createServer(SERVER_LIMITS, app);
}

/** Throws Failure `config.unreadable`. `option`: which one names the file. */
export function pem(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Failure(
      'config.unreadable',
      `${option}: the file ${path} cannot be read`,
      'correct the option or the rights of the file',
      cause,
    );
  }
}
