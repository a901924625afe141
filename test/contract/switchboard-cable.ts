// A cable between box and switchboard that can be pulled. What is sent while it is out stays with the sender's kernel: that
// goes on delivering after a polite end (FIN), and forgets everything after a reset (RST).
import {once} from 'node:events';
import {connect, createServer, type Server, type Socket} from 'node:net';

export class Cable {
  readonly #server: Server;
  readonly #held: (() => void)[] = [];
  readonly #sockets = new Set<Socket>();
  #plugged = true;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<Cable> {
    const server = createServer({allowHalfOpen: true});
    const cable = new Cable(server);
    server.on('connection', (box) => cable.#join(box, connect({port, host: '127.0.0.1', allowHalfOpen: true})));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return cable;
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  pull(): void {
    this.#plugged = false;
  }

  plug(): void {
    this.#plugged = true;
    for (const act of this.#held.splice(0)) act();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #join(box: Socket, board: Socket): void {
    let reset = false;
    const carry = (act: () => void): void => {
      const unlessReset = (): void => {
        if (!reset) act();
      };
      if (this.#plugged) unlessReset();
      else this.#held.push(unlessReset);
    };
    for (const [from, to] of [
      [box, board],
      [board, box],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => carry(() => to.write(chunk)));
      from.on('end', () => carry(() => to.end()));
      from.on('error', () => {
        reset = true;
        to.destroy();
      });
      from.on('close', () => this.#sockets.delete(from));
    }
  }
}
