// What the card service answered becomes an observation. Pure.
// In: the answer as node-soap read it, and the money that was asked for. Out: an observation of the port.
// Never true: a success whose reference, card, amount or currency is not what was asked; a no that is not one by its name.
import {z} from 'zod';
import type {MinorAmount, Observation, Verified} from '../port.ts';

/** What an answer must agree with. The card is not known to who only asks. */
export type Asked = {readonly payment: string; readonly card: string | undefined; readonly amount: MinorAmount};

/** Longer texts are no codes and no references. */
const WORD = z.string().min(1).max(100);
/** Fifteen digits are whole numbers below 2^53. */
const DIGITS = z.string().regex(/^\d{1,15}$/);

const transaction = z.object({
  txnRef: WORD,
  state: z.enum(['APPROVED', 'DECLINED', 'PENDING', 'REVERSED']),
  cardId: WORD,
  amountMinor: DIGITS,
  currency: z.string().regex(/^[A-Z]{3}$/),
  providerRef: WORD,
  code: WORD.optional(),
});
type Transaction = z.infer<typeof transaction>;

const debit = z.discriminatedUnion('status', [
  z.object({status: z.enum(['APPROVED', 'DECLINED', 'PENDING']), transaction}).refine(({status, transaction: {state}}) => status === state),
  z.object({status: z.literal('DUPLICATE'), transaction}),
]);
const query = z.discriminatedUnion('status', [
  z.object({status: z.literal('FOUND'), transaction}),
  z.object({status: z.literal('NOT_FOUND'), txnRef: WORD}),
]);
const reversal = z.object({
  status: z.enum(['REVERSED', 'ALREADY_REVERSED', 'NOT_FOUND', 'DECLINED', 'REFUSED']),
  txnRef: WORD,
  transaction: transaction.optional(),
});

const verification = z.object({status: z.enum(['OK', 'WRONG', 'BLOCKED', 'UNKNOWN']), cardId: WORD});

/** The service's own list of what is a no (cashless-card.wsdl): by any other fault a debit may have been carried out. */
const BUSINESS_NO = new Set([
  'INSUFFICIENT_FUNDS',
  'CARD_BLOCKED',
  'CARD_EXPIRED',
  'CARD_UNKNOWN',
  'LIMIT_EXCEEDED',
  'CURRENCY_REFUSED',
  'TRANSACTION_BARRED',
]);

const NOT_ITS_SCHEMA: Observation = {kind: 'unknown', why: 'the answer does not have the shape that was agreed'};

export function debited(answer: unknown, asked: Asked): Observation {
  const read = debit.safeParse(answer);
  return read.success ? observed(read.data.transaction, asked) : NOT_ITS_SCHEMA;
}

export function queried(answer: unknown, asked: Asked): Observation {
  const read = query.safeParse(answer);
  if (!read.success) return NOT_ITS_SCHEMA;
  if (read.data.status === 'FOUND') return observed(read.data.transaction, asked);
  return read.data.txnRef === asked.payment ? {kind: 'not-found'} : another(read.data.txnRef);
}

export function reversed(answer: unknown, asked: Asked): Observation {
  const read = reversal.safeParse(answer);
  if (!read.success) return NOT_ITS_SCHEMA;
  const {status, txnRef, transaction: found} = read.data;
  if (txnRef !== asked.payment) return another(txnRef);
  switch (status) {
    case 'REVERSED':
    case 'ALREADY_REVERSED':
      return {kind: 'reversed', reference: found?.providerRef ?? txnRef};
    case 'NOT_FOUND':
      return {kind: 'not-found'};
    case 'DECLINED':
      return {kind: 'failed', code: found?.code ?? 'DECLINED'};
    case 'REFUSED':
      return {kind: 'unknown', why: 'the card service refuses to give it back'};
  }
}

/** `label` is what may be shown of the card. */
export function verified(answer: unknown, {card, label}: {readonly card: string; readonly label: string}): Verified {
  const read = verification.safeParse(answer);
  if (!read.success) return {kind: 'unavailable', why: 'the answer does not have the shape that was agreed'};
  if (read.data.cardId !== card) return {kind: 'unavailable', why: 'the card service answers for another card'};
  switch (read.data.status) {
    case 'OK':
      return {kind: 'ok', label};
    case 'WRONG':
      return {kind: 'wrong'};
    case 'BLOCKED':
      return {kind: 'blocked'};
    case 'UNKNOWN':
      return {kind: 'unknown-card'};
  }
}

/** A fault in answer to a debit. `code` is that of its CardFault, if it has one. */
export function refused(code: string | undefined): Observation {
  if (code === 'TXN_REF_CONFLICT') return {kind: 'wrong', why: 'the card service knows this payment with another card or amount'};
  if (code !== undefined && BUSINESS_NO.has(code)) return {kind: 'failed', code};
  return {kind: 'unknown', why: `a fault that says nothing about the debit: ${code ?? 'without a code'}`};
}

function observed(found: Transaction, asked: Asked): Observation {
  const {txnRef, state, cardId, currency, providerRef: reference} = found;
  if (txnRef !== asked.payment) return another(txnRef);
  if (state === 'DECLINED') return {kind: 'failed', code: found.code ?? 'DECLINED', reference};
  if (state === 'REVERSED') return {kind: 'reversed', reference};
  const amount: MinorAmount = {minor: Number(found.amountMinor), currency};
  if (amount.minor !== asked.amount.minor || currency !== asked.amount.currency) {
    const why = `asked for ${inWords(asked.amount)}, and the card service answers ${inWords(amount)}`;
    return state === 'APPROVED' ? {kind: 'wrong', why, taken: amount} : {kind: 'wrong', why};
  }
  if (asked.card !== undefined && cardId !== asked.card) return {kind: 'wrong', why: 'the card service answers for another card'};
  return state === 'PENDING' ? {kind: 'pending', reference} : {kind: 'succeeded', amount, reference};
}

function another(txnRef: string): Observation {
  return {kind: 'wrong', why: `the card service answers for another payment: ${txnRef}`};
}

function inWords({minor, currency}: MinorAmount): string {
  return `${minor} ${currency} in minor units`;
}
