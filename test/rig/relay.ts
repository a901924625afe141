// A line between two machines that can be cut: a TCP relay.
import {once} from 'node:events';
import {createServer, connect, type AddressInfo, type Socket} from 'node:net';

export type Relay = {
  readonly port: number;
  /** Where it leads from now on; connections that are there stay with the old end. */
  readonly lead: (port: number) => void;
  /** Every connection is reset; whoever tries anew waits until it is mended, or gives up. */
  readonly cut: () => void;
  /** Nothing is reset, and not a byte passes: a cable that is pulled out behind a router. */
  readonly swallow: () => void;
  readonly mend: () => void;
  /** Connections that were opened through it so far. */
  readonly opened: () => number;
  readonly close: () => Promise<void>;
};

type Pair = readonly [Socket, Socket];

export async function openRelay(): Promise<Relay> {
  const pairs = new Set<Pair>();
  let target = 0;
  let state: 'whole' | 'cut' | 'swallows' = 'whole';
  let opened = 0;
  const waiting = new Set<Socket>();
  const drop = (pair: Pair): void => {
    pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  };
  const join = (near: Socket): void => {
    opened += 1;
    const far = connect(target, '127.0.0.1');
    const pair: Pair = [near, far];
    pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true);
      from.on('data', (bytes) => {
        if (state === 'whole') to.write(bytes);
      });
      from.on('error', () => drop(pair));
      // An end that is told while nothing passes is not heard on the other side.
      from.on('close', () => {
        if (state !== 'swallows') drop(pair);
      });
    }
  };
  const server = createServer((near) => {
    if (state !== 'cut') {
      join(near);
      return;
    }
    waiting.add(near);
    near.on('error', () => undefined);
    near.on('close', () => waiting.delete(near));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lead: (port) => {
      target = port;
    },
    cut: () => {
      state = 'cut';
      for (const pair of pairs) {
        for (const socket of pair) socket.resetAndDestroy();
        pairs.delete(pair);
      }
    },
    swallow: () => {
      state = 'swallows';
    },
    mend: () => {
      // What was lost on the way is missing from the streams: nobody could read on.
      if (state === 'swallows') for (const pair of pairs) drop(pair);
      state = 'whole';
      for (const socket of waiting) {
        waiting.delete(socket);
        join(socket);
      }
    },
    opened: () => opened,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of waiting) socket.destroy();
      for (const pair of pairs) drop(pair);
      await closed;
    },
  };
}
