// Opens the console's port, and closes it without waiting for pages that are still open.
import {once} from 'node:events';
import type {Server} from 'node:http';
import {Failure} from '../../shared/failure/failure.ts';

export type Listening = {
  /** Such as `http://127.0.0.1:8480`. */
  readonly address: string;
  readonly close: () => Promise<void>;
};

/** A handful of engineers with a few pages each. */
const MOST_CONNECTIONS = 200;

/** Port 0 is any free one. Throws Failure `port.taken` for one that another program has, and for an address that is not ours. */
export async function listen(
  server: Server,
  {host, port, scheme}: {readonly host: string; readonly port: number; readonly scheme: 'http' | 'https'},
): Promise<Listening> {
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Failure(
      'port.taken',
      `the console cannot listen on ${host}:${port}`,
      'end the program that has the port (ss -ltnp), or set console.port and console.host',
      cause,
    );
  }
  const bound = server.address();
  const actual = bound !== null && typeof bound === 'object' ? bound.port : port;
  return {
    address: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
