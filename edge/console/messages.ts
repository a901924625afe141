// All that the console says. English is the source; a translation is another object of this type.
import {PRICE_WORDS} from '../../shared/tariff/explain.ts';
import {ENTRY_WORDS} from './messages/entry.ts';
import {FLOW_WORDS} from './messages/flow.ts';
import {LINE_WORDS, OVERRIDE_WORDS} from './messages/lines.ts';
import {MONEY_WORDS, TARIFF_WORDS, UNBILLABLE_WORDS, WORKING_WORDS} from './messages/money.ts';
import {LOG_WORDS, REJECT_WORDS} from './messages/records.ts';

export const CONSOLE_WORDS = {
  entry: ENTRY_WORDS,
  flow: FLOW_WORDS,
  lines: LINE_WORDS,
  override: OVERRIDE_WORDS,
  money: MONEY_WORDS,
  working: WORKING_WORDS,
  unbillable: UNBILLABLE_WORDS,
  tariff: TARIFF_WORDS,
  /** Its locale is the reader's. */
  price: PRICE_WORDS,
  rejects: REJECT_WORDS,
  log: LOG_WORDS,
  navigation: 'Pages of the console',
  title: (page: string, site: string) => `${page} · ${site}`,
};

export type ConsoleWords = typeof CONSOLE_WORDS;
