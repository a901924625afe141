// The cashless card of a campus as a way of paying, over SOAP (cashless-card.wsdl).
// In: attempts, inquiries, reversals, holders of the port. Out: observations. The payment's id is the service's txnRef, for ever;
// what a box asked for has a longer id, and its hash stands for it there.
// Never true: one payment debited twice; a no that the service did not say in its own words; a PIN that is told to anybody else.
import {identityOf} from '../../../shared/journal/chain.ts';
import type {Log, Secret} from '../../../shared/log/log.ts';
import type {Clock} from '../../../shared/time/instant.ts';
import type {Attempt, Capabilities, Inquiry, Observation, PaymentMethod, Verified} from '../port.ts';
import {debited, queried, refused, reversed, verified, type Asked} from './answer.ts';
import {openService, type Call, type Reply, type Service} from './call.ts';

export type CashlessCard = Service & {readonly clock: Clock};

const DAY_MS = 24 * 60 * 60_000;

/** The promises of the service, as its WSDL words them, with room for clocks that differ. */
const CAPABILITIES: Capabilities = {
  hosted: false,
  // It keeps txnRefs for 90 days; after the first it is asked, not told.
  resendForMs: DAY_MS,
  reversible: true,
  // It carries a debit out within five minutes or never.
  horizonMs: 15 * 60_000,
};

const MOST_OF_TXN_REF = 36;
const MOST_OF_REVERSAL_REF = 100;
/** As long as PINs are (ISO 9564-1): anything else the service could not have given out. */
const PIN = /^[0-9]{4,12}$/;
const LAST_SHOWN = 4;

/** Throws Failure `config.invalid` or `file.unreadable`. */
export async function createCashless(given: CashlessCard): Promise<PaymentMethod> {
  const call = await openService(given);
  const told = teller(given);
  const ask = (inquiry: Inquiry): Promise<Observation> => told('QueryTransaction', inquiry.payment, () => query(call, inquiry));
  return {
    provider: 'cashless',
    capabilities: CAPABILITIES,
    submit: (attempt) => told('Debit', attempt.payment, () => debit(call, attempt)),
    ask,
    // There is no page that a student could have left open: what became of it is all there is to know.
    cancel: ask,
    reverse: (inquiry) => told('Reverse', inquiry.payment, () => reverse(call, inquiry)),
    verify: (token, secret) => told('VerifyHolder', undefined, () => verify(call, token, secret)),
  };
}

async function debit(call: Call, attempt: Attempt): Promise<Observation> {
  const {payment, amount, how} = attempt;
  if (how.kind !== 'saved') return {kind: 'wrong', why: 'the cashless card has no page of its own'};
  const unfit = misfit(amount.minor);
  if (unfit !== undefined) return unfit;
  const txnRef = txnRefOf(payment);
  const card = how.method.token;
  const reply = await call('Debit', {cardId: card, amountMinor: String(amount.minor), currency: amount.currency, txnRef});
  switch (reply.kind) {
    case 'answer':
      return debited(reply.body, {payment: txnRef, card, amount});
    case 'fault':
      return refused(reply.code);
    case 'not-sent':
    case 'unknown':
      return reply;
  }
}

async function query(call: Call, inquiry: Inquiry): Promise<Observation> {
  const reply = await call('QueryTransaction', {txnRef: txnRefOf(inquiry.payment)});
  return reply.kind === 'answer' ? queried(reply.body, askedBy(inquiry)) : nothingProved(reply);
}

async function reverse(call: Call, inquiry: Inquiry & {readonly reversalKey: string}): Promise<Observation> {
  const {payment, amount, reversalKey} = inquiry;
  const unfit = misfit(amount.minor);
  if (unfit !== undefined) return unfit;
  if (reversalKey.length > MOST_OF_REVERSAL_REF)
    return {kind: 'wrong', why: 'the key of the reversal is longer than the card service takes'};
  const words = {txnRef: txnRefOf(payment), amountMinor: String(amount.minor), currency: amount.currency, reversalRef: reversalKey};
  const reply = await call('Reverse', words);
  return reply.kind === 'answer' ? reversed(reply.body, askedBy(inquiry)) : nothingProved(reply);
}

async function verify(call: Call, card: string, secret: Secret): Promise<Verified> {
  const pin = secret.reveal();
  if (!PIN.test(pin)) return {kind: 'wrong'};
  const reply = await call('VerifyHolder', {cardId: card, pin});
  switch (reply.kind) {
    case 'answer':
      return verified(reply.body, {card, label: `Cashless card ending ${card.slice(-LAST_SHOWN)}`});
    case 'fault':
      return reply.code === 'CARD_UNKNOWN'
        ? {kind: 'unknown-card'}
        : {kind: 'unavailable', why: `a fault: ${reply.code ?? 'without a code'}`};
    case 'not-sent':
    case 'unknown':
      // Words of an answer go to the log: somebody in between may repeat there what he was sent.
      return {kind: 'unavailable', why: reply.why.includes(pin) ? 'an answer that says the PIN' : reply.why};
  }
}

function askedBy({payment, amount}: Inquiry): Asked {
  return {payment: txnRefOf(payment), card: undefined, amount};
}

/** Asked, or told to give back, and not answered: whatever it was, it still is. */
function nothingProved(reply: Exclude<Reply, {kind: 'answer'}>): Observation {
  return {kind: 'unknown', why: reply.kind === 'fault' ? `a fault: ${reply.code ?? 'without a code'}` : reply.why};
}

/** The payment's name at the service. */
function txnRefOf(payment: string): string {
  return payment.length <= MOST_OF_TXN_REF ? payment : identityOf('txn-ref', payment).slice(0, MOST_OF_TXN_REF);
}

function misfit(minor: number): Observation | undefined {
  if (!Number.isSafeInteger(minor) || minor <= 0) return {kind: 'wrong', why: 'the amount is not a whole number above 0'};
  return undefined;
}

type Seen = {readonly kind: (Observation | Verified)['kind']; readonly why?: string};

/** Does it, and tells the log what staff must see and how long the service took. */
function teller({log, clock}: {readonly log: Log; readonly clock: Clock}) {
  return async <T extends Observation | Verified>(operation: string, payment: string | undefined, act: () => Promise<T>): Promise<T> => {
    const from = clock.monotonicMs();
    const seen = await act();
    const {kind: outcome, why}: Seen = seen;
    const fields = {operation, payment, outcome, ms: Math.round(clock.monotonicMs() - from), why};
    if (outcome === 'wrong' && payment !== undefined) log.error('the card service and we do not agree', fields);
    else if (outcome === 'unknown') log.warn('what became of it at the card service is not known', fields);
    else if (outcome === 'unavailable') log.warn('the card service could not say whose card it is', fields);
    else log.debug('the card service answered', fields);
    return seen;
  };
}
