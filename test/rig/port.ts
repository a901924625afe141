// A port for a process that is told it before it starts, and that comes back on it after it died.
import {once} from 'node:events';
import {createServer} from 'node:net';

/** Below what Linux gives to connections that go out: else one of those may have it when the process comes back. */
const FIRST = 20_000;
const COUNT = 12_000;
const TRIES = 50;

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error(`of ${TRIES} ports none is free`);
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  const closed = once(server, 'close');
  server.close();
  await closed;
  return true;
}
