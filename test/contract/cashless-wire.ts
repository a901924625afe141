// A server of bare sockets: it keeps what it is sent, and answers with exactly the bytes that it was given; and a log that is kept.
import {once} from 'node:events';
import {createServer, type AddressInfo, type Socket} from 'node:net';
import type {Log, LogFields} from '../../shared/log/log.ts';

export type RawServer = {
  readonly port: number;
  readonly url: string;
  /** What came, one text a connection. */
  readonly heard: readonly string[];
  readonly stop: () => Promise<void>;
};

/** `answer` is called once a connection, when its whole request has come. */
export async function rawServer(answer: (socket: Socket) => void): Promise<RawServer> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const index = heard.push('') - 1;
    let answered = false;
    socket.setEncoding('utf8');
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: string) => {
      heard[index] += chunk;
      if (answered || !isWhole(heard[index] ?? '')) return;
      answered = true;
      answer(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    heard,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function isWhole(request: string): boolean {
  const [head = '', ...body] = request.split('\r\n\r\n');
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length !== undefined && Buffer.byteLength(body.join('\r\n\r\n')) >= Number(length);
}

export function httpAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({'Content-Type': 'text/xml; charset=utf-8', 'Content-Length': String(Buffer.byteLength(body)), ...headers});
  return [`HTTP/1.1 ${status} Whatever`, ...lines.map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n');
}

export function envelope(body: string): string {
  return `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;
}

export function faultWith(detail: string, text = 'no'): string {
  return envelope(`<s:Fault><faultcode>s:Client</faultcode><faultstring>${text}</faultstring>${detail}</s:Fault>`);
}

export const cardFault = (code: string): string =>
  `<detail><CardFault xmlns="urn:spbs:cashless-card:1"><code>${code}</code><message>no</message></CardFault></detail>`;

/** A log that keeps its lines. */
export function keptLog(): {readonly log: Log; readonly lines: readonly string[]} {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log: Log = {debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), named: () => log};
  return {log, lines};
}
