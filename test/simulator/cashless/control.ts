// /_control of a simulated card service: what to do wrong next, and what it has debited.
import type {ServerResponse} from 'node:http';
import {z} from 'zod';
import {PIN, type Card, type CardTransaction} from './cards.ts';
import {order, type Order, type OrderGiven} from './orders.ts';

export const CONTROL_HELP = `  GET    /_control               cards, transactions, orders, offline
  GET    /_control/transactions  what was debited
  POST   /_control/faults        {"fault": NAME, "times": 1, "operation": "Debit", "worked": true, …}
                                 ${order.shape.fault.options.join(' ')}
  DELETE /_control/faults        no more of it
  POST   /_control/offline       {"offline": true}
  POST   /_control/cards         {"id": "600010", "balanceMinor": 2000, "currency": "GBP", "state": "ACTIVE", "pin": "${PIN}"}
`;

/** What is controlled. */
export type Controlled = {
  offline: boolean;
  readonly books: {readonly cards: readonly Card[]; readonly transactions: readonly CardTransaction[]; readonly put: (card: Card) => void};
  readonly orders: {readonly waiting: readonly Order[]; readonly give: (given: OrderGiven) => void; readonly clear: () => void};
};

type Asked = {readonly method: string; readonly path: string; readonly body: string};

const card = z
  .object({
    id: z.string().regex(/^[0-9A-Za-z-]{1,40}$/),
    balanceMinor: z.int().min(0),
    currency: z.string().regex(/^[A-Z]{3}$/),
    state: z.enum(['ACTIVE', 'BLOCKED', 'EXPIRED']),
    pin: z
      .string()
      .regex(/^\d{4,12}$/)
      .default(PIN),
  })
  .strict();

export function answerControl(controlled: Controlled, asked: Asked, response: ServerResponse): void {
  const send = (status: number, content: unknown): void => {
    response.writeHead(status, {'Content-Type': 'application/json'}).end(`${JSON.stringify(content)}\n`);
  };
  try {
    const answer = carryOut(controlled, asked);
    if (answer === undefined) send(404, {error: 'no such control', help: CONTROL_HELP});
    else send(200, answer);
  } catch (error) {
    send(400, {error: error instanceof Error ? error.message : String(error)});
  }
}

function carryOut(controlled: Controlled, {method, path, body}: Asked): unknown {
  const {books, orders} = controlled;
  switch (`${method} ${path}`) {
    case 'GET /_control':
      return {cards: books.cards, transactions: books.transactions, orders: orders.waiting, offline: controlled.offline};
    case 'GET /_control/transactions':
      return books.transactions;
    case 'POST /_control/faults':
      orders.give(order.parse(JSON.parse(body)));
      return {orders: orders.waiting};
    case 'DELETE /_control/faults':
      orders.clear();
      return {orders: orders.waiting};
    case 'POST /_control/offline':
      controlled.offline = z.object({offline: z.boolean()}).parse(JSON.parse(body)).offline;
      return {offline: controlled.offline};
    case 'POST /_control/cards':
      books.put(card.parse(JSON.parse(body)));
      return {cards: books.cards};
    default:
      return undefined;
  }
}
