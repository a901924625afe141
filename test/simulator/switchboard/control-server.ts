// The control port of the simulated switchboard: the box's commands (edge/switchboard/simulated/protocol.ts), and words for
// tests and the demo. Misbehaviour spoils the answers to the box; the words for tests are always answered.
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {createServer, type Server, type Socket} from 'node:net';
import {LONGEST_LINE, proofOf} from '../../../edge/switchboard/simulated/protocol.ts';
import type {Board, SimulatedOptions} from './board.ts';

export const CONTROL_HELP = `  CALL <ext> <number> <seconds>      one call now; its record is printed at once   → OK made | OK barred
  INCOMING <ext> <caller> <seconds>  somebody outside calls                        → OK rung | OK diverted
  BEGIN <ext> <number> <seconds>     a call that lasts; LIVE shows it              → OK <id> | OK barred
  STATE <ext>                        → OK barred diverted made=3 barred=1 rung=0 diverted=0
  COUNTS                             → OK made=… barred=… rung=… diverted=… printed=…
  TRAFFIC on|off                     calls out of the seed
  MISBEHAVE normal|silent|garbage|slow <ms>
  REBOOT keep|forget <ms away>       with or without its locks
  LOSE <n> · REPEAT <n>              the next n records are not printed · printed twice
  RESEND <n>                         the last n records once more
  AGAIN <n>                          from now on whoever connects gets the last n first, as from a switchboard that waits for receipts
  NOISE <n>                          n lines of rubbish among the records`;

type Words = readonly string[];
type Answer = string | readonly string[];

export class ControlServer {
  readonly #board: Board;
  readonly #options: SimulatedOptions;
  readonly #clients = new Set<Socket>();
  #server: Server | undefined;
  #port: number;

  constructor(board: Board, options: SimulatedOptions) {
    this.#board = board;
    this.#options = options;
    this.#port = options.controlPort;
  }

  get port(): number {
    return this.#port;
  }

  async open(): Promise<void> {
    this.#server = createServer((socket) => this.#accept(socket)).listen(this.#port, this.#options.host);
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.#clients) socket.destroy();
    const closing = this.#server;
    this.#server = undefined;
    if (closing === undefined) return;
    const closed = once(closing, 'close');
    closing.close();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#clients.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#clients.delete(socket));
    socket.on('error', () => socket.destroy());
    const nonce = randomBytes(16).toString('hex');
    socket.write(`SPBS-SIMULATED 1 ${nonce}\n`);
    let text = '';
    let known = false;
    // One after the other, as a terminal works.
    let turn = Promise.resolve();
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      if (text.length > LONGEST_LINE) socket.destroy();
      for (const line of lines) {
        turn = turn.then(async () => {
          const words = line.trim().split(' ');
          if (known) await this.#serve(socket, words);
          else if (words[0] === 'AUTH' && words[1] === proofOf(this.#options.secret, nonce)) {
            known = true;
            socket.write('OK ready\n');
          } else socket.end('ERR wrong-secret the secret is another\n');
        });
      }
    });
  }

  async #serve(socket: Socket, words: Words): Promise<void> {
    const command = (words[0] ?? '').toUpperCase();
    if (command in this.#boxCommands) {
      await this.#spoil(socket, () => attempt(this.#boxCommands[command], words));
      return;
    }
    write(socket, attempt(this.#testWords[command], words));
  }

  async #spoil(socket: Socket, answer: () => Answer): Promise<void> {
    const {misbehaviour} = this.#board;
    if (misbehaviour.kind === 'silent') return;
    if (misbehaviour.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, misbehaviour.ms));
    if (misbehaviour.kind === 'garbage') socket.write(Buffer.concat([randomBytes(40), Buffer.from('\n')]));
    else write(socket, answer());
  }

  readonly #boxCommands: Readonly<Record<string, (words: Words) => Answer>> = {
    PING: () => 'OK pong',
    LOCK: ([, extension = '']) => this.#set(extension, true),
    UNLOCK: ([, extension = '']) => this.#set(extension, false),
    READ: ([, extension = '']) => `OK ${this.#reading(extension)}`,
    READALL: () => {
      const locked = [...this.#board.lines.values()].filter((line) => line.locked);
      return [`OK ${locked.length}`, ...locked.map(({extension}) => `${extension} ${this.#reading(extension)}`)];
    },
    LIVE: () => {
      const calls = this.#board.liveCalls();
      return [`OK ${calls.length}`, ...calls.map(({id, extension, dialled, seconds}) => `${id} ${extension} ${dialled ?? '-'} ${seconds}`)];
    },
    LIMIT: ([, id = '', seconds = '']) => (this.#board.limit(id, Number(seconds)) ? 'OK limited' : 'ERR no-such-call it has ended'),
  };

  readonly #testWords: Readonly<Record<string, (words: Words) => Answer>> = {
    CALL: ([, extension = '', number = '', seconds = '']) => `OK ${this.#board.call(extension, number, Number(seconds))}`,
    INCOMING: ([, extension = '', caller = '', seconds = '']) => `OK ${this.#board.incoming(extension, caller, Number(seconds))}`,
    BEGIN: ([, extension = '', number = '', seconds = '']) => `OK ${this.#board.begin(extension, number, Number(seconds)) ?? 'barred'}`,
    STATE: ([, extension = '']) => `OK ${this.#reading(extension)} ${this.#counts(extension)}`,
    COUNTS: () => `OK ${this.#counts()} printed=${this.#board.printed}`,
    TRAFFIC: ([, state]) => {
      this.#board.traffic(state === 'on');
      return `OK ${state === 'on' ? 'on' : 'off'}`;
    },
    MISBEHAVE: ([, kind = 'normal', ms = '1000']) => {
      if (kind === 'slow') this.#board.misbehaviour = {kind, ms: Number(ms)};
      else if (kind === 'normal' || kind === 'silent' || kind === 'garbage') this.#board.misbehaviour = {kind};
      else return 'ERR unknown-word normal, silent, garbage or slow <ms>';
      return `OK ${kind}`;
    },
    REBOOT: ([, locks, ms = '500']) => {
      void this.#board.reboot(locks === 'forget', Number(ms));
      return 'OK rebooting';
    },
    LOSE: ([, count = '1']) => `OK ${(this.#board.lose = Number(count))}`,
    REPEAT: ([, count = '1']) => `OK ${(this.#board.repeat = Number(count))}`,
    RESEND: ([, count = '1']) => {
      this.#board.resend(Number(count));
      return 'OK sent';
    },
    AGAIN: ([, count = '0']) => {
      this.#board.again(Number(count));
      return `OK ${count}`;
    },
    NOISE: ([, count = '1']) => {
      this.#board.noise(Number(count));
      return 'OK printed';
    },
  };

  #set(extension: string, locked: boolean): string {
    const line = this.#board.lines.get(extension);
    if (line === undefined) return `ERR no-such-line ${extension}`;
    line.locked = locked;
    return locked ? 'OK locked' : 'OK open';
  }

  #reading(extension: string): string {
    const line = this.#board.lines.get(extension);
    if (line === undefined) throw new Error(`no line ${extension}`);
    return line.locked ? 'barred diverted' : 'open normal';
  }

  #counts(extension?: string): string {
    const lines = [...this.#board.lines.values()].filter((line) => extension === undefined || line.extension === extension);
    const sum = (of: 'made' | 'barred' | 'rung' | 'diverted'): string => `${of}=${lines.reduce((total, line) => total + line[of], 0)}`;
    return [sum('made'), sum('barred'), sum('rung'), sum('diverted')].join(' ');
  }
}

function attempt(command: ((words: Words) => Answer) | undefined, words: Words): Answer {
  if (command === undefined) return `ERR unknown-word ${words[0] ?? ''}`;
  try {
    return command(words);
  } catch (error) {
    return `ERR impossible ${error instanceof Error ? error.message : String(error)}`;
  }
}

function write(socket: Socket, answer: Answer): void {
  socket.write(typeof answer === 'string' ? `${answer}\n` : answer.map((line) => `${line}\n`).join(''));
}
