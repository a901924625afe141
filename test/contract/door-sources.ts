// A switchboard as each door sees it: what is written comes out as bytes on a disk or on a wire.
import {appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync} from 'node:fs';
import {createServer, connect, type AddressInfo, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {once} from 'node:events';
import type {FeedSettings} from '../../edge/feed/settings.ts';

export type Source = {
  readonly settings: FeedSettings;
  readonly write: (text: string | Uint8Array) => Promise<void>;
  /** It stops in the middle of whatever it was writing, and begins anew with the next `write`. */
  readonly breakOff: () => Promise<void>;
  /** It is not there at all, until `comeBack`. */
  readonly goAway: () => Promise<void>;
  readonly comeBack: () => Promise<void>;
  readonly dispose: () => Promise<void>;
};

const common = {name: 'feed', profile: 'asterisk-csv', zone: 'UTC'} as const;

export async function folderSource(): Promise<Source> {
  const base = mkdtempSync(join(tmpdir(), 'spbs-folder-'));
  const folder = join(base, 'cdr-csv');
  const current = join(folder, 'Master.csv');
  mkdirSync(folder);
  let rotations = 0;
  return {
    settings: {...common, door: 'folder', folder, pattern: 'Master.csv*'},
    write: async (text) => appendFileSync(current, text),
    breakOff: async () => {
      renameSync(current, `${current}.${++rotations}`);
      appendFileSync(current, '');
    },
    goAway: async () => renameSync(folder, `${folder}-away`),
    comeBack: async () => renameSync(`${folder}-away`, folder),
    dispose: async () => rmSync(base, {recursive: true}),
  };
}

/** A port that is free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A switchboard that waits for collectors, as Mitel does on port 1752. What the box writes to it is kept. */
export class ServingSwitchboard {
  readonly received: Buffer[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #port: number;
  #server: Server | undefined;
  connections = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async start(): Promise<void> {
    const server = createServer((socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('data', (bytes) => this.received.push(bytes));
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
  }

  async socket(): Promise<Socket> {
    for (;;) {
      const [socket] = this.#sockets;
      if (socket !== undefined) return socket;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async write(bytes: string | Uint8Array): Promise<void> {
    await send(await this.socket(), bytes);
  }

  async breakOff(): Promise<void> {
    const socket = await this.socket();
    socket.resetAndDestroy();
    await once(socket, 'close');
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(server, 'close');
    server.close();
    await closed;
  }
}

export async function connectSource(): Promise<Source> {
  const port = await freePort();
  const switchboard = new ServingSwitchboard(port);
  await switchboard.start();
  return {
    settings: {...common, door: 'tcp', role: 'connect', host: '127.0.0.1', port},
    write: (text) => switchboard.write(text),
    // In order: a reset could overtake what was sent just before.
    breakOff: async () => {
      const socket = await switchboard.socket();
      socket.end();
      await once(socket, 'close');
    },
    goAway: () => switchboard.stop(),
    comeBack: () => switchboard.start(),
    dispose: () => switchboard.stop(),
  };
}

/** Connects when it has something to say, as 3CX does. */
export async function listenSource(): Promise<Source> {
  const port = await freePort();
  let socket: Socket | undefined;
  const connected = async (): Promise<Socket> => {
    while (socket === undefined || socket.destroyed) {
      const attempt = connect({port, host: '127.0.0.1'});
      attempt.on('error', () => undefined);
      await Promise.race([once(attempt, 'connect').catch(() => undefined), once(attempt, 'close')]);
      if (!attempt.destroyed) socket = attempt;
      else await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return socket;
  };
  const breakOff = async (): Promise<void> => {
    if (socket === undefined || socket.destroyed) return;
    socket.end();
    await once(socket, 'close');
  };
  return {
    settings: {...common, door: 'tcp', role: 'listen', host: '127.0.0.1', port},
    write: async (text) => send(await connected(), text),
    breakOff,
    goAway: async () => {
      const going = await connected();
      going.resetAndDestroy();
      await once(going, 'close');
    },
    comeBack: async () => void (await connected()),
    dispose: breakOff,
  };
}

/** Resolves when the system has taken the bytes; an error is the box going away, which its tests see elsewhere. */
async function send(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.write(bytes, () => resolve());
  });
}
