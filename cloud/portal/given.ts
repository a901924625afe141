// What the portal is given: the rooms whose pages these are, and what their students are shown. Each is asked for the account of
// the session, so that nobody reaches what belongs to another by naming it.
import type {Log} from '../../shared/log/log.ts';
import type {Currency} from '../../shared/money/micros.ts';
import type {CompiledTariff} from '../../shared/tariff/compile.ts';
import type {QuoteQuestion} from '../../shared/tariff/quote.ts';
import type {Clock, Instant} from '../../shared/time/instant.ts';
import type {Assets} from '../../shared/ui/document.tsx';
import type {Policy} from '../../shared/wire/kinds.ts';
import type {AccountOf} from '../books/account-lines.ts';
import type {BoxLink, StudentOverview} from '../books/overview.ts';
import type {MonthSummary, Statement} from '../books/statement.ts';
import type {statementCsv} from '../books/statement-csv.ts';
import type {StudentEntry} from '../people/entry/entry.ts';
import type {Limits, microsOfMinor, readAmount} from '../payment/amount.ts';
import type {Payments} from '../payment/payment.ts';
import type {Store} from '../store/open.ts';

export type Site = {readonly id: string; readonly name: string; readonly zone: string; readonly currency: Currency};

export type Person = {
  readonly account: string;
  readonly name: string;
  readonly email: string | undefined;
  readonly language: string;
  readonly site: Site;
};

export type PortalBooks = {
  /** `calls`: how many of the last. */
  readonly overview: (of: AccountOf & {readonly now: Instant; readonly calls: number}) => Promise<StudentOverview>;
  readonly boxLink: (site: string, now: Instant) => Promise<BoxLink>;
  /** Newest first. */
  readonly months: (of: AccountOf & {readonly zone: string; readonly now: Instant}) => Promise<readonly MonthSummary[]>;
  readonly statement: (of: AccountOf & {readonly from: Instant; readonly to: Instant}) => Promise<Statement>;
  readonly statementCsv: typeof statementCsv;
};

/** The students' door. */
export type PortalEntry = StudentEntry;

export type PortalPayments = Pick<Payments, 'create' | 'lookNow' | 'timeline' | 'list' | 'methods' | 'automatic' | 'offers'>;

/** What is published for a site, for prices that are quoted. */
export type PortalPrices = {
  readonly policyOf: (site: string) => Promise<Policy | undefined>;
  readonly tariffAt: (site: string, at: Instant) => Promise<CompiledTariff | undefined>;
  /** What an account has left of free allowances for a call that begins then. */
  readonly freeAt: (of: AccountOf & {readonly at: Instant}) => Promise<QuoteQuestion['allowances']>;
};

export type Amounts = {
  readonly read: typeof readAmount;
  readonly microsOfMinor: typeof microsOfMinor;
  /** Of one payment, in major units. */
  readonly limits: Limits;
};

export type PortalGiven = {
  readonly reading: Store['reading'];
  readonly transact: Store['transact'];
  readonly entry: PortalEntry;
  /** Also for mails and for what the switchboard says: the box is told. */
  readonly setLanguage: (person: Person, language: string) => Promise<void>;
  readonly books: PortalBooks;
  readonly payments: PortalPayments;
  readonly amounts: Amounts;
  readonly prices: PortalPrices;
  readonly assets: Assets;
  readonly clock: Clock;
  readonly log: Log;
};
