// The switchboard connects to us, as Avaya and 3CX want it.
import {BlockList, createServer, isIPv6, type Server, type Socket} from 'node:net';
import {backOffMs, pause} from '../../../shared/time/back-off.ts';
import {down} from '../door-state.ts';
import type {DoorState} from '../door.ts';
import {ended, notListening} from './faults.ts';
import {KEEP_ALIVE_MS, receive, type ReceiveGiven} from './receive.ts';

export type ListenGiven = ReceiveGiven & {
  readonly host: string;
  readonly port: number;
  /** Undefined: anybody. */
  readonly from: readonly string[] | undefined;
  readonly report: (state: DoorState) => void;
};

/** A switchboard, its spare, and a few more that share the feed. */
const MOST_CONNECTIONS = 8;
/** A switchboard that connects for each record is away in between; longer, and somebody should look. */
const AWAY_MS = 5 * 60_000;

export async function stayListening(given: ListenGiven): Promise<void> {
  const {host, port, timers, random, signal, report} = given;
  for (let failures = 0; !signal.aborted; failures++) {
    const listener = new Listener(given);
    const fault = await listener.run();
    if (fault === undefined) return;
    report(notListening(host, port, fault));
    await pause(backOffMs(failures, random), timers, signal);
  }
}

class Listener {
  readonly #given: ListenGiven;
  readonly #server: Server;
  readonly #allowed: BlockList | undefined;
  /** By remote address. */
  readonly #connections = new Map<string, Socket>();
  readonly #receiving = new Set<Promise<void>>();
  #stopWaiting: () => void = () => undefined;
  #fail: (fault: Error) => void = () => undefined;

  constructor(given: ListenGiven) {
    this.#given = given;
    this.#allowed = given.from && allowing(given.from);
    this.#server = createServer({noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS});
    this.#server.on('connection', (socket) => this.#take(socket));
  }

  /** Until told to stop; or the reason why the port cannot be had. */
  async run(): Promise<Error | undefined> {
    const {host, port, signal, log} = this.#given;
    const close = (): void => void this.#server.close();
    try {
      return await new Promise<Error | undefined>((resolve, reject) => {
        this.#fail = reject;
        this.#server.once('listening', () => {
          // From here on an error is one connection that the system could not take.
          this.#server.off('error', resolve);
          this.#server.on('error', (error) => log.warn(`a connection was not taken: ${error.message}`));
          this.#reportNobody('no switchboard has connected yet');
        });
        this.#server.once('error', resolve);
        this.#server.once('close', () => resolve(undefined));
        signal.addEventListener('abort', close, {once: true});
        if (signal.aborted) resolve(undefined);
        else this.#server.listen({host, port});
      });
    } finally {
      signal.removeEventListener('abort', close);
      this.#stopWaiting();
      close();
      for (const socket of signal.aborted ? [] : this.#connections.values()) socket.destroy();
      await Promise.all(this.#receiving);
    }
  }

  #take(socket: Socket): void {
    const {report, log} = this.#given;
    const address = socket.remoteAddress;
    if (address === undefined) {
      socket.destroy();
      return;
    }
    if (!this.#isAllowed(address)) {
      socket.destroy();
      this.#refuse(address);
      return;
    }
    const earlier = this.#connections.get(address);
    if (earlier === undefined && this.#connections.size >= MOST_CONNECTIONS) {
      socket.destroy();
      log.warn(`${address} was not let in: ${MOST_CONNECTIONS} switchboards are connected already`);
      return;
    }
    // A switchboard that has started again does not know of its connection before.
    earlier?.destroy();
    this.#connections.set(address, socket);
    this.#stopWaiting();
    report({kind: 'up'});
    const receiving = this.#receive(socket, address).finally(() => this.#receiving.delete(receiving));
    this.#receiving.add(receiving);
    receiving.catch(this.#fail);
  }

  async #receive(socket: Socket, address: string): Promise<void> {
    const {timers, report, signal} = this.#given;
    const fault = await receive(socket, this.#given);
    if (this.#connections.get(address) !== socket) return;
    this.#connections.delete(address);
    if (this.#connections.size > 0 || signal.aborted) return;
    if (fault !== undefined) report(ended(address, fault));
    else
      this.#stopWaiting = timers.after(AWAY_MS, () =>
        this.#reportNobody(`no switchboard has been connected for ${AWAY_MS / 60_000} minutes`),
      );
  }

  #reportNobody(why: string): void {
    const {port, report} = this.#given;
    const cure = `let the switchboard send its call records to port ${port} of this box; then check cable and power`;
    report(down('unreachable', why, cure));
  }

  #refuse(address: string): void {
    const {report, log} = this.#given;
    const why = `${address} tried to connect and is not allowed to`;
    if (this.#connections.size > 0) log.warn(why);
    else report(down('refused', why, `if that is the switchboard, add ${address} to "from"`));
  }

  #isAllowed(address: string): boolean {
    // fe80::1%eth0: the part behind says by which plug it came.
    const [plain = ''] = address.split('%');
    return this.#allowed === undefined || this.#allowed.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  }
}

/** Knows every way of writing an address, IPv4 inside IPv6 among them. */
function allowing(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const address of addresses) list.addAddress(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return list;
}
