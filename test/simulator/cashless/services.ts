// The six operations of the WSDL over the books of a simulated card service.
import {AsyncLocalStorage} from 'node:async_hooks';
import type {IServices} from 'soap';
import {z} from 'zod';
import {CardFault, type CardBooks, type CardTransaction} from './cards.ts';
import type {Order} from './orders.ts';

/** What this request was ordered to suffer; the operations look for what concerns them. */
export const orderInForce = new AsyncLocalStorage<Order | undefined>();

const NAMESPACE = 'urn:spbs:cashless-card:1';
const text = z.string();
const debit = z.object({cardId: text, amountMinor: text, currency: text, txnRef: text});
const reversal = z.object({txnRef: text, amountMinor: text});
const holder = z.object({cardId: text, pin: text});
const listing = z.object({from: text, to: text, after: text.optional()});

export function servicesOf(books: CardBooks): IServices {
  const operations: Readonly<Record<string, (words: unknown) => unknown>> = {
    GetBalance: (words) => {
      const {id, state, balanceMinor, currency} = books.card(z.object({cardId: text}).parse(words).cardId);
      return {cardId: id, state, balanceMinor: String(balanceMinor), currency};
    },
    Debit: (words) => {
      const order = orderInForce.getStore();
      const {status, transaction} = books.debit(
        debit.parse(words),
        order?.fault === 'decline' ? (order.code ?? 'INSUFFICIENT_FUNDS') : undefined,
      );
      return {status, transaction: shown(transaction, order)};
    },
    QueryTransaction: (words) => {
      const {txnRef} = z.object({txnRef: text}).parse(words);
      const found = books.query(txnRef);
      return found === undefined
        ? {status: 'NOT_FOUND', txnRef}
        : {status: 'FOUND', txnRef, transaction: shown(found, orderInForce.getStore())};
    },
    Reverse: (words) => {
      const {txnRef, amountMinor} = reversal.parse(words);
      const {status, transaction} = books.reverse(txnRef, amountMinor);
      return {status, txnRef, ...(transaction === undefined ? {} : {transaction})};
    },
    ListTransactions: (words) => {
      const {from, to, after} = listing.parse(words);
      return books.list(from, to, after);
    },
    VerifyHolder: (words) => {
      const {cardId, pin} = holder.parse(words);
      return {status: books.verify(cardId, pin), cardId};
    },
  };
  const port = Object.fromEntries(Object.entries(operations).map(([name, act]) => [name, (words: unknown) => guarded(act, words)]));
  return {CashlessCard: {CashlessCardPort: port}};
}

function shown(transaction: CardTransaction, order: Order | undefined): CardTransaction {
  if (order?.fault !== 'other-money') return transaction;
  const {amountMinor = transaction.amountMinor, currency = transaction.currency} = order;
  return {...transaction, amountMinor, currency};
}

function guarded(act: (words: unknown) => unknown, words: unknown): unknown {
  const order = orderInForce.getStore();
  if (order?.fault === 'soap-fault') throw fault('Server', order.code, 'as it was ordered');
  try {
    return act(words);
  } catch (error) {
    if (error instanceof CardFault) throw fault('Client', error.code, error.message);
    throw fault('Client', 'REQUEST_INVALID', 'the request has not the shape of the WSDL');
  }
}

/** As node-soap wants it thrown. */
function fault(side: 'Client' | 'Server', code: string | undefined, message: string): Error {
  const detail = code === undefined ? {} : {detail: {CardFault: {attributes: {xmlns: NAMESPACE}, code, message}}};
  return Object.assign(new Error(message), {Fault: {faultcode: `soap:${side}`, faultstring: message, ...detail}});
}
