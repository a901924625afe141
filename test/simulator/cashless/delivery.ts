// How the answer of a simulated card service reaches who asked: as it is, or as it was ordered to go wrong.
import type {ServerResponse} from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Order} from './orders.ts';

export type SoapAnswer = {readonly statusCode: number; readonly body: string};

type Delivery = (response: ServerResponse, said: string, order: Order) => Promise<void> | void;

const HTML = 'text/html; charset=utf-8';

const asItIs: Delivery = (response, said) => send(response, said.includes(':Fault>') ? 500 : 200, said);

const deliveries: Readonly<Record<Order['fault'], Delivery>> = {
  // What goes wrong with these is in the answer itself.
  decline: asItIs,
  'soap-fault': asItIs,
  'other-money': asItIs,
  duplicate: asItIs,
  hang: () => undefined,
  lose: (response) => void response.socket?.destroy(),
  late: async (response, said, order) => {
    await sleep(order.ms, undefined, {ref: false});
    return asItIs(response, said, order);
  },
  drip: async (response, said, {ms}) => {
    response.writeHead(200, {'Content-Type': 'text/xml; charset=utf-8', 'Content-Length': Buffer.byteLength(said)});
    for (const byte of Buffer.from(said)) {
      if (response.destroyed) return;
      response.write(Buffer.of(byte));
      await sleep(ms, undefined, {ref: false});
    }
    response.end();
  },
  error: (response) => send(response, 500, '<html><body><h1>500 Internal Server Error</h1></body></html>', HTML),
  empty: (response) => send(response, 200, ''),
  page: (response) => send(response, 200, '<html><body>Welcome to the guest network</body></html>', HTML),
  truncated: (response, said) => send(response, 200, said.slice(0, said.length / 2)),
  doctype: (response, said) => send(response, 200, said.replace('?>', '?><!DOCTYPE a [<!ENTITY b "c">]>')),
  huge: (response, said) => send(response, 200, said.replace('?>', `?><!--${' '.repeat(1024 * 1024)}-->`)),
  redirect: (response, _said, {to = '/'}) => {
    response.writeHead(307, {Location: to, 'Content-Length': 0}).end();
  },
};

export async function deliver(order: Order | undefined, {statusCode, body}: SoapAnswer, response: ServerResponse): Promise<void> {
  if (order !== undefined) await deliveries[order.fault](response, body, order);
  else send(response, body.includes(':Fault>') ? 500 : statusCode, body);
}

function send(response: ServerResponse, status: number, content: string, type = 'text/xml; charset=utf-8'): void {
  response.writeHead(status, {'Content-Type': type, 'Content-Length': Buffer.byteLength(content)}).end(content);
}
