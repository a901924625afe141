// All that the desk says. English is the source; a translation is another object of this type.
import {PRICE_WORDS, type PriceWords} from '../../shared/tariff/explain.ts';
import {UI_WORDS, type UiWords} from '../../shared/ui/messages.ts';
import {ENTRY_WORDS, FRAME_WORDS} from './messages/entry.ts';
import {ALLOWANCES_WORDS} from './messages/allowances.ts';
import {CODES_WORDS} from './messages/codes.ts';
import {DIAL_PLAN_WORDS} from './messages/dial-plan.ts';
import {BOX_WORDS, HOME_WORDS} from './messages/home.ts';
import {IMPORT_WORDS} from './messages/import.ts';
import {LINES_WORDS, LINE_WORDS, OVERRIDE_WORDS} from './messages/lines.ts';
import {RERATING_WORDS} from './messages/rerating.ts';
import {RANGE_WORDS, RESOLVING_WORDS} from './messages/resolving.ts';
import {AUDIT_WORDS, MAIL_WORDS, PAYMENT_WORDS} from './messages/records.ts';
import {SITES_WORDS, SITE_WORDS} from './messages/sites.ts';
import {STAFF_WORDS} from './messages/staff.ts';
import {CASH_WORDS, STATEMENT_WORDS, STUDENTS_WORDS, STUDENT_WORDS, TENANCY_WORDS} from './messages/students.ts';
import {PREVIEW_WORDS, TARIFFS_WORDS} from './messages/tariffs.ts';
import {UNBILLABLE_WORDS} from './messages/unbillable.ts';
import {WAITING_LIMITS_WORDS} from './messages/waiting-limits.ts';

export const DESK_WORDS = {
  frame: FRAME_WORDS,
  entry: ENTRY_WORDS,
  home: HOME_WORDS,
  box: BOX_WORDS,
  sites: SITES_WORDS,
  site: SITE_WORDS,
  dialPlan: DIAL_PLAN_WORDS,
  waitingLimits: WAITING_LIMITS_WORDS,
  tariffs: TARIFFS_WORDS,
  preview: PREVIEW_WORDS,
  students: STUDENTS_WORDS,
  student: STUDENT_WORDS,
  roster: IMPORT_WORDS,
  statement: STATEMENT_WORDS,
  cash: CASH_WORDS,
  tenancy: TENANCY_WORDS,
  codes: CODES_WORDS,
  allowances: ALLOWANCES_WORDS,
  lines: LINES_WORDS,
  line: LINE_WORDS,
  override: OVERRIDE_WORDS,
  payments: PAYMENT_WORDS,
  unbillable: UNBILLABLE_WORDS,
  resolving: RESOLVING_WORDS,
  range: RANGE_WORDS,
  rerating: RERATING_WORDS,
  mail: MAIL_WORDS,
  audit: AUDIT_WORDS,
  staff: STAFF_WORDS,
};

export type DeskWords = typeof DESK_WORDS;

/** One language of the desk: how figures are written, and everything that is said. */
export type Language = {
  /** BCP 47. */
  readonly locale: string;
  readonly ui: UiWords;
  readonly price: PriceWords;
  readonly words: DeskWords;
};

export const ENGLISH: Language = {
  locale: 'en-GB',
  ui: {...UI_WORDS, stale: 'Not live: the cloud does not answer. What you see is old.'},
  price: PRICE_WORDS,
  words: DESK_WORDS,
};
