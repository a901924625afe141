// The books of a simulated card service: cards, what was debited, what was given back. In memory, and in a file if one is named.
import {readFileSync, renameSync, writeFileSync, existsSync} from 'node:fs';

export type CardState = 'ACTIVE' | 'BLOCKED' | 'EXPIRED';
export type Card = {
  readonly id: string;
  readonly balanceMinor: number;
  readonly currency: string;
  readonly state: CardState;
  readonly pin: string;
};

export type TransactionState = 'APPROVED' | 'DECLINED' | 'PENDING' | 'REVERSED';
export type CardTransaction = {
  readonly txnRef: string;
  readonly state: TransactionState;
  readonly cardId: string;
  readonly amountMinor: string;
  readonly currency: string;
  readonly providerRef: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly code?: string;
};

export type DebitOrder = {readonly cardId: string; readonly amountMinor: string; readonly currency: string; readonly txnRef: string};

/** A no, or a request that makes no sense: it becomes a SOAP fault with a CardFault. */
export class CardFault extends Error {
  override readonly name = 'CardFault';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Wrong PINs since the last right one, and when the last of them came. */
type Wrong = {readonly count: number; readonly at: number};

type Kept = {
  readonly cards: readonly Card[];
  readonly transactions: readonly CardTransaction[];
  readonly barred: readonly string[];
  readonly wrong?: readonly (readonly [string, Wrong])[];
};

/** Of a card that was made without one. */
export const PIN = '1234';
const WRONG_PINS = 3;
const BLOCKED_MS = 15 * 60_000;

/** The cards of the demo and the tests: enough on it, little, nothing, blocked, out of date, another currency. */
export const CARDS: readonly Card[] = [
  {id: '600001', balanceMinor: 10_000_000, currency: 'GBP', state: 'ACTIVE', pin: '1001'},
  {id: '600002', balanceMinor: 50_00, currency: 'GBP', state: 'ACTIVE', pin: '1002'},
  {id: '600003', balanceMinor: 3_00, currency: 'GBP', state: 'ACTIVE', pin: '1003'},
  {id: '600004', balanceMinor: 0, currency: 'GBP', state: 'ACTIVE', pin: '1004'},
  {id: '600005', balanceMinor: 100_00, currency: 'EUR', state: 'ACTIVE', pin: '1005'},
  {id: '600008', balanceMinor: 100_00, currency: 'GBP', state: 'EXPIRED', pin: '1008'},
  {id: '600009', balanceMinor: 100_00, currency: 'GBP', state: 'BLOCKED', pin: '1009'},
];

const NEW: Kept = {cards: CARDS, transactions: [], barred: []};

const PAGE = 100;

export class CardBooks {
  readonly #file: string | undefined;
  readonly #cards = new Map<string, Card>();
  readonly #transactions = new Map<string, CardTransaction>();
  /** Reversed before they came: a debit that arrives later is refused. */
  readonly #barred = new Set<string>();
  readonly #wrong = new Map<string, Wrong>();
  readonly #now: () => number;

  constructor(file: string | undefined, now: () => number = Date.now) {
    this.#file = file;
    this.#now = now;
    const {cards, transactions, barred, wrong = []} = file !== undefined && existsSync(file) ? readKept(file) : NEW;
    for (const card of cards) this.#cards.set(card.id, card);
    for (const transaction of transactions) this.#transactions.set(transaction.txnRef, transaction);
    for (const txnRef of barred) this.#barred.add(txnRef);
    for (const [id, each] of wrong) this.#wrong.set(id, each);
  }

  get cards(): readonly Card[] {
    return [...this.#cards.values()];
  }

  get transactions(): readonly CardTransaction[] {
    return [...this.#transactions.values()];
  }

  put(card: Card): void {
    this.#cards.set(card.id, card);
    this.#keep();
  }

  card(id: string): Card {
    const card = this.#cards.get(id);
    if (card === undefined) throw new CardFault('CARD_UNKNOWN', 'there is no such card');
    return card;
  }

  /** `declined`: whatever the card could pay. */
  debit(order: DebitOrder, declined?: string): {readonly status: string; readonly transaction: CardTransaction} {
    assertReadable(order);
    const amount = Number(order.amountMinor);
    const known = this.#transactions.get(order.txnRef);
    if (known !== undefined && !isSame(known, order)) throw new CardFault('TXN_REF_CONFLICT', 'the txnRef was used for something else');
    if (known !== undefined) return {status: 'DUPLICATE', transaction: known};
    if (this.#barred.has(order.txnRef)) throw new CardFault('TRANSACTION_BARRED', 'it was reversed before it came');
    const card = this.card(order.cardId);
    const code = declined ?? refusal(card, amount, order.currency);
    const transaction: CardTransaction = {
      txnRef: order.txnRef,
      state: code === undefined ? 'APPROVED' : 'DECLINED',
      cardId: order.cardId,
      amountMinor: order.amountMinor,
      currency: order.currency,
      providerRef: `CC${String(this.#transactions.size + 1).padStart(8, '0')}`,
      at: new Date().toISOString(),
      ...(code === undefined ? {} : {code}),
    };
    this.#transactions.set(order.txnRef, transaction);
    if (code === undefined) this.#cards.set(card.id, {...card, balanceMinor: card.balanceMinor - amount});
    this.#keep();
    return {status: transaction.state, transaction};
  }

  /** Whether the PIN is that of the card; three wrong ones block it for a quarter of an hour, for the right one too. */
  verify(cardId: string, pin: string): 'OK' | 'WRONG' | 'BLOCKED' | 'UNKNOWN' {
    if (!/^\d{4,12}$/.test(pin)) throw new CardFault('PIN_INVALID', 'a PIN has 4 to 12 digits');
    const card = this.#cards.get(cardId);
    if (card === undefined) return 'UNKNOWN';
    const wrong = this.#wrong.get(cardId);
    const isOver = wrong !== undefined && wrong.count >= WRONG_PINS && this.#now() - wrong.at >= BLOCKED_MS;
    const before = isOver ? 0 : (wrong?.count ?? 0);
    if (card.state === 'BLOCKED' || before >= WRONG_PINS) return 'BLOCKED';
    if (pin === card.pin) this.#wrong.delete(cardId);
    else this.#wrong.set(cardId, {count: before + 1, at: this.#now()});
    this.#keep();
    return pin === card.pin ? 'OK' : 'WRONG';
  }

  query(txnRef: string): CardTransaction | undefined {
    return this.#transactions.get(txnRef);
  }

  reverse(txnRef: string, amountMinor: string): {readonly status: string; readonly transaction?: CardTransaction} {
    const known = this.#transactions.get(txnRef);
    if (known === undefined) {
      this.#barred.add(txnRef);
      this.#keep();
      return {status: 'NOT_FOUND'};
    }
    if (known.state === 'REVERSED') return {status: 'ALREADY_REVERSED', transaction: known};
    if (known.state === 'DECLINED') return {status: 'DECLINED', transaction: known};
    if (known.amountMinor !== amountMinor) return {status: 'REFUSED', transaction: known};
    const card = this.card(known.cardId);
    const transaction: CardTransaction = {...known, state: 'REVERSED'};
    this.#transactions.set(txnRef, transaction);
    this.#cards.set(card.id, {...card, balanceMinor: card.balanceMinor + Number(known.amountMinor)});
    this.#keep();
    return {status: 'REVERSED', transaction};
  }

  /** From inclusive to exclusive, by the order in which they came; `after` is the txnRef that ended the page before. */
  list(from: string, to: string, after: string | undefined): {readonly transaction: readonly CardTransaction[]; readonly next?: string} {
    const all = this.transactions.filter(({at}) => at >= from && at < to);
    const start = after === undefined ? 0 : all.findIndex(({txnRef}) => txnRef === after) + 1;
    const page = all.slice(start, start + PAGE);
    const next = start + PAGE < all.length ? page.at(-1)?.txnRef : undefined;
    return {transaction: page, ...(next === undefined ? {} : {next})};
  }

  #keep(): void {
    if (this.#file === undefined) return;
    const kept: Kept = {cards: this.cards, transactions: this.transactions, barred: [...this.#barred], wrong: [...this.#wrong]};
    writeFileSync(`${this.#file}.new`, JSON.stringify(kept, undefined, 1));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** Cards of a file from before there were PINs have those that they would have now. */
function readKept(file: string): Kept {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Omit<Kept, 'cards'> & {
    readonly cards: readonly (Omit<Card, 'pin'> & {readonly pin?: string})[];
  };
  return {...kept, cards: kept.cards.map((card) => ({...card, pin: card.pin ?? CARDS.find(({id}) => id === card.id)?.pin ?? PIN}))};
}

function assertReadable({amountMinor, txnRef}: DebitOrder): void {
  if (!/^\d{1,15}$/.test(amountMinor) || Number(amountMinor) === 0) throw new CardFault('AMOUNT_INVALID', 'an amount is digits');
  if (txnRef.length === 0 || txnRef.length > 36) throw new CardFault('TXN_REF_INVALID', 'a txnRef has 1 to 36 characters');
}

function isSame(known: CardTransaction, {cardId, amountMinor, currency}: DebitOrder): boolean {
  return known.cardId === cardId && known.amountMinor === amountMinor && known.currency === currency;
}

function refusal(card: Card, amount: number, currency: string): string | undefined {
  if (card.state === 'BLOCKED') return 'CARD_BLOCKED';
  if (card.state === 'EXPIRED') return 'CARD_EXPIRED';
  if (card.currency !== currency) return 'CURRENCY_REFUSED';
  return amount > card.balanceMinor ? 'INSUFFICIENT_FUNDS' : undefined;
}
