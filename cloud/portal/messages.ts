// All that the portal says. English is the source; a translation is another object of this type.
import {PRICE_WORDS, type PriceWords} from '../../shared/tariff/explain.ts';
import {UI_WORDS, type UiWords} from '../../shared/ui/messages.ts';
import {AUTOMATIC_WORDS, METHODS_WORDS} from './messages/automatic.ts';
import {ENTRY_WORDS, FRAME_WORDS} from './messages/entry.ts';
import {FREE_WORDS} from './messages/free.ts';
import {AUTOMATIC_CARD_WORDS, MAIN_WORDS} from './messages/main.ts';
import {PAYMENT_WORDS, PAYMENTS_WORDS, TOP_UP_WORDS} from './messages/payment.ts';
import {QUOTE_WORDS} from './messages/quote.ts';
import {ACCOUNT_WORDS, STATEMENT_WORDS} from './messages/statement.ts';

export const PORTAL_WORDS = {
  frame: FRAME_WORDS,
  entry: ENTRY_WORDS,
  main: MAIN_WORDS,
  free: FREE_WORDS,
  automaticCard: AUTOMATIC_CARD_WORDS,
  topUp: TOP_UP_WORDS,
  payment: PAYMENT_WORDS,
  payments: PAYMENTS_WORDS,
  automatic: AUTOMATIC_WORDS,
  methods: METHODS_WORDS,
  statement: STATEMENT_WORDS,
  quote: QUOTE_WORDS,
  account: ACCOUNT_WORDS,
};

export type PortalWords = typeof PORTAL_WORDS;

/** One language of the portal: how figures are written, and everything that is said. */
export type Language = {
  /** BCP 47, as a student's row has it. */
  readonly locale: string;
  /** In its own words, for the list on the account page. */
  readonly name: string;
  readonly ui: UiWords;
  readonly price: PriceWords;
  readonly words: PortalWords;
};

export const ENGLISH: Language = {
  locale: 'en-GB',
  name: 'English',
  ui: UI_WORDS,
  price: PRICE_WORDS,
  words: PORTAL_WORDS,
};
