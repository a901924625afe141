// Opens a server's port, and closes it without waiting for pages that are still open.
import {once} from 'node:events';
import type {Server} from 'node:http';
import {Failure} from '../failure/failure.ts';

export type Listening = {
  /** Such as `http://127.0.0.1:8480`. */
  readonly address: string;
  readonly close: () => Promise<void>;
};

export type Place = {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** Begins the names of its options: `console.port`, `console.host`. */
  readonly name: string;
  readonly mostConnections: number;
};

/** Port 0 is any free one. Throws Failure `port.taken` for one that another program has, and for an address that is not ours. */
export async function listen(server: Server, {host, port, scheme, name, mostConnections}: Place): Promise<Listening> {
  server.maxConnections = mostConnections;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Failure(
      'port.taken',
      `the ${name} cannot listen on ${host}:${port}`,
      `end the program that has the port (ss -ltnp), or set ${name}.port and ${name}.host`,
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
