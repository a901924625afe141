// A server on a bare socket, for answers that no HTTP server would give.
import {createServer, type AddressInfo, type Socket} from 'node:net';
import {afterEach} from 'vitest';

export type RawServer = {
  readonly port: number;
  /** How many connections came. */
  readonly connections: () => number;
  /** What came, of all connections. */
  readonly heard: () => string;
  /** Resolves when the first connection is closed from the other side or by an error. */
  readonly closed: Promise<void>;
};

const running: (() => void)[] = [];

/** `act` gets each connection once a whole request has come; or at once with `early`. Ends with the test. */
export async function rawServer(act: (socket: Socket) => void, {early = false} = {}): Promise<RawServer> {
  const sockets: Socket[] = [];
  let heard = '';
  let close = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const server = createServer((socket) => {
    sockets.push(socket);
    let own = '';
    let acted = early;
    socket.on('error', () => undefined).once('close', () => close());
    socket.on('data', (chunk: Buffer) => {
      own += chunk.toString('latin1');
      heard += chunk.toString('latin1');
      if (acted || !isWhole(own)) return;
      acted = true;
      act(socket);
    });
    if (early) act(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {port: (server.address() as AddressInfo).port, connections: () => sockets.length, heard: () => heard, closed};
}

afterEach(() => {
  for (const end of running.splice(0)) end();
});

function isWhole(request: string): boolean {
  const [head = '', ...rest] = request.split('\r\n\r\n');
  if (rest.length === 0) return false;
  const [, length = '0'] = /^content-length: *(\d+)$/im.exec(head) ?? [];
  return rest.join('\r\n\r\n').length >= Number(length);
}

/** An answer with that status and body, whole or cut short. */
export function answering(status: number, body: string, {type = 'application/json', length = Buffer.byteLength(body), more = ''} = {}) {
  return (socket: Socket): void => {
    socket.end(
      `HTTP/1.1 ${status} Whatever\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n${more}connection: close\r\n\r\n${body}`,
    );
  };
}
