// Where the simulated switchboard's records go: to whoever is connected, as a Mitel serves them on port 1752, or to a file.
import {once} from 'node:events';
import {appendFileSync} from 'node:fs';
import {createServer, type Server, type Socket} from 'node:net';

export type Output =
  | {readonly kind: 'listen'; readonly host: string; readonly port: number; readonly lineEnd: '\r\n' | '\n'}
  | {readonly kind: 'append'; readonly path: string};

export type PrinterOptions = {
  readonly output: Output;
  /** A file that gets a copy of every record, sent or not: what a test compares the box with. */
  readonly copy?: string | undefined;
};

export type Printer = {
  readonly open: () => Promise<void>;
  /** The port that it listens on, 0 for a file. */
  readonly port: () => number;
  readonly print: (line: string) => void;
  /** Prints the last so many again, as some do when a collector comes back. */
  readonly resend: (count: number) => void;
  /** Whoever connects from now on first gets the last so many of those that were sent already. */
  readonly again: (count: number) => void;
  readonly close: () => Promise<void>;
};

/** LOGSYS holds 20,000 records; later ones are lost. */
const MOST_BUFFERED = 20_000;
const MOST_REMEMBERED = 20_000;

export function createPrinter({output, copy}: PrinterOptions): Printer {
  const remembered: string[] = [];
  let again = 0;
  const sentBefore = (waiting: number): readonly string[] => {
    const end = Math.max(0, remembered.length - waiting);
    return remembered.slice(Math.max(0, end - again), end);
  };
  const printer = output.kind === 'append' ? filePrinter(output.path) : socketPrinter(output, sentBefore);
  return {
    ...printer,
    print: (line) => {
      remembered.push(line);
      if (remembered.length > MOST_REMEMBERED) remembered.shift();
      if (copy !== undefined) appendFileSync(copy, `${line}\n`);
      printer.print(line);
    },
    resend: (count) => {
      for (const line of count === 0 ? [] : remembered.slice(-count)) printer.print(line);
    },
    again: (count) => {
      again = count;
    },
  };
}

type PlainPrinter = Omit<Printer, 'resend' | 'again'>;

function filePrinter(path: string): PlainPrinter {
  return {
    open: () => Promise.resolve(),
    port: () => 0,
    print: (line) => appendFileSync(path, `${line}\n`),
    close: () => Promise.resolve(),
  };
}

/** `sentBefore`: what whoever connects gets before the lines that wait, of which there are so many. */
function socketPrinter(output: Extract<Output, {kind: 'listen'}>, sentBefore: (waiting: number) => readonly string[]): PlainPrinter {
  const collectors = new Set<Socket>();
  let buffered: string[] = [];
  let server: Server | undefined;
  let port = output.port;

  const accept = (socket: Socket): void => {
    collectors.add(socket);
    socket.on('close', () => collectors.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.resume();
    for (const line of sentBefore(buffered.length)) socket.write(`${line}${output.lineEnd}`);
    for (const line of buffered) socket.write(line);
    buffered = [];
  };

  return {
    open: async () => {
      server = createServer(accept).listen(port, output.host);
      await once(server, 'listening');
      const address = server.address();
      if (address !== null && typeof address === 'object') port = address.port;
    },
    port: () => port,
    print: (text) => {
      const line = `${text}${output.lineEnd}`;
      if (collectors.size === 0) {
        if (buffered.length < MOST_BUFFERED) buffered.push(line);
      } else for (const socket of collectors) socket.write(line);
    },
    close: async () => {
      for (const socket of collectors) socket.destroy();
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      const closed = once(closing, 'close');
      closing.close();
      await closed;
    },
  };
}
