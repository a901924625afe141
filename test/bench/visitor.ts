// Browsers that stay connected, as cheap as can be: on two cores a costly client would be what is measured.
import {once} from 'node:events';
import {connect, type TLSSocket} from 'node:tls';

export type Reply = {readonly head: string; readonly body: Buffer; readonly firstByteMs: number};

export type Place = {readonly port: number; readonly authority: string};

const END_OF_HEAD = '\r\n\r\n';

/** One connection, one request at a time. */
export class Visitor {
  readonly #socket: TLSSocket;
  #parts: Buffer[] = [];
  #wake = (): void => undefined;
  #firstByteAt = 0;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (part: Buffer) => {
      if (this.#parts.length === 0) this.#firstByteAt = performance.now();
      this.#parts.push(part);
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  static async open({port, authority}: Place): Promise<Visitor> {
    const socket = connect({host: '127.0.0.1', port, ca: authority, servername: 'localhost', ALPNProtocols: ['http/1.1']});
    await once(socket, 'secureConnect');
    socket.setNoDelay(true);
    return new Visitor(socket);
  }

  /** `request`: its whole text. The answer must tell its length. */
  async ask(request: string): Promise<Reply> {
    this.#parts = [];
    const sentAt = performance.now();
    this.#socket.write(request);
    for (;;) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (this.#socket.closed) throw new Error('the server has closed the connection');
      const bytes = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
      const end = bytes?.indexOf(END_OF_HEAD) ?? -1;
      if (bytes === undefined || end < 0) continue;
      const head = bytes.toString('latin1', 0, end);
      const [, length] = /^content-length: (\d+)$/im.exec(head) ?? [];
      if (length === undefined) throw new Error(`an answer without a length:\n${head}`);
      const body = bytes.subarray(end + END_OF_HEAD.length);
      if (body.length >= Number(length)) return {head, body, firstByteMs: this.#firstByteAt - sentAt};
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

export function isGood({head}: Reply): boolean {
  return head.startsWith('HTTP/1.1 200 ');
}
