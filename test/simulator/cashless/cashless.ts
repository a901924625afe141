// A simulated cashless-card service: SOAP behind the WSDL of the product, and /_control on the same port to order faults.
// node-soap makes the SOAP answer; what then happens to its bytes is ours.
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {text} from 'node:stream/consumers';
import {createServerless, type Server as SoapServer} from 'soap';
import {CardBooks} from './cards.ts';
import {answerControl} from './control.ts';
import {deliver, type SoapAnswer} from './delivery.ts';
import {isWorkedOn, Orders, type Order} from './orders.ts';
import {orderInForce, servicesOf} from './services.ts';

export type SimulatedCashlessOptions = {
  readonly port?: number;
  readonly host?: string;
  /** Keeps cards and transactions there. */
  readonly stateFile?: string | undefined;
  /** With them it speaks TLS. */
  readonly tls?: {readonly key: string; readonly cert: string} | undefined;
  /** Asked for by HTTP Basic, if set. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** By which it blocks after wrong PINs. */
  readonly now?: (() => number) | undefined;
};

const WSDL = new URL('../../../cloud/payment/cashless/cashless-card.wsdl', import.meta.url);

export class SimulatedCashless {
  readonly books: CardBooks;
  readonly orders = new Orders();
  /** Connections of those who come are cut; /_control still answers. */
  offline = false;
  readonly #options: SimulatedCashlessOptions;
  #server: Server | undefined;
  #soap: SoapServer | undefined;
  #port: number;

  constructor(options: SimulatedCashlessOptions = {}) {
    this.#options = options;
    this.#port = options.port ?? 0;
    this.books = new CardBooks(options.stateFile, options.now);
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}/`;
  }

  /** Listens; after `stop` on the same port again. */
  async start(): Promise<void> {
    this.#soap ??= await createServerless({path: '/', services: servicesOf(this.books), xml: readFileSync(WSDL, 'utf8')});
    const listener: RequestListener = (request, response) => {
      this.#answer(request, response).catch(() => request.socket.destroy());
    };
    const {tls, host = '127.0.0.1'} = this.#options;
    const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
    this.#server = server;
    server.listen(this.#port, host);
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if ((request.url ?? '').startsWith('/_control')) {
      answerControl(this, {method: request.method ?? 'GET', path: request.url ?? '', body}, response);
      return;
    }
    if (this.offline) {
      request.socket.destroy();
      return;
    }
    if (!this.#mayEnter(request)) {
      response.writeHead(401, {'WWW-Authenticate': 'Basic realm="cards"', 'Content-Type': 'text/plain'}).end('who are you?');
      return;
    }
    const order = this.orders.take(operationOf(request));
    await deliver(order, await this.#work(order, request, body), response);
  }

  #mayEnter(request: IncomingMessage): boolean {
    const {username, password = ''} = this.#options;
    return username === undefined || request.headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  async #work(order: Order | undefined, request: IncomingMessage, body: string): Promise<SoapAnswer> {
    if (this.#soap === undefined || (order !== undefined && !isWorkedOn(order))) return {statusCode: 200, body: ''};
    const asked = {url: '/', method: 'POST', headers: request.headers};
    const soap = this.#soap;
    return orderInForce.run(order, async () => {
      // As though the network had brought it twice.
      if (order?.fault === 'duplicate') await soap.processRequest(body, asked);
      return soap.processRequest(body, asked);
    });
  }
}

/** `"urn:spbs:cashless-card:1#Debit"` → Debit. */
function operationOf(request: IncomingMessage): string {
  const {soapaction} = request.headers;
  return /#(\w+)"?$/.exec(typeof soapaction === 'string' ? soapaction : '')?.[1] ?? '';
}
