// What the portal is given: questions about one student's account, and a handful of acts. Each is asked for the account of the
// session, so that nobody reaches what belongs to another by naming it.
import type {Log} from '../../shared/log/log.ts';
import type {Currency, Micros} from '../../shared/money/micros.ts';
import type {Working} from '../../shared/tariff/working.ts';
import type {Clock, Instant} from '../../shared/time/instant.ts';
import type {Assets} from '../../shared/ui/document.tsx';
import type {PasswordFault} from '../../shared/web/passwords.ts';
import type {AmountReading, Limits} from '../payment/amount.ts';
import type {WishFault} from '../payment/create.ts';
import type {PaymentStateName} from '../store/tables.ts';
import type {StudentSession} from '../web/route.ts';

export type Site = {readonly id: string; readonly name: string; readonly zone: string; readonly currency: Currency};

export type Person = {
  readonly account: string;
  readonly name: string;
  readonly email: string | undefined;
  readonly language: string;
  readonly site: Site;
};

/* ---- the door */

export type TooMany = {readonly kind: 'too-many'; readonly waitMs: number};
/** Many passwords are being compared: in a few seconds again. */
export type Busy = {readonly kind: 'busy'};
export type Weak = {readonly kind: 'weak'; readonly fault: PasswordFault};
/** Never was, was used, or is too old: nobody is told which. */
export type Gone = {readonly kind: 'gone'};
/** The secret of a new session. */
export type Entered = {readonly kind: 'in'; readonly secret: string};

export type LinkUse = 'register' | 'reset';

export type PortalEntry = {
  readonly signIn: (
    as: {readonly email: string; readonly password: string},
    from: {readonly address: string; readonly session: StudentSession | undefined},
  ) => Promise<Entered | {readonly kind: 'wrong'} | TooMany | Busy>;
  readonly signOut: (session: StudentSession) => Promise<void>;
  readonly signOutEverywhere: (session: StudentSession) => Promise<void>;
  /** Whose link this is. Does not use it up: scanners of mail open every link. */
  readonly look: (use: LinkUse, secret: string) => Promise<{readonly email: string} | undefined>;
  /** Uses the link up, if the password is good. */
  readonly spend: (
    link: {readonly use: LinkUse; readonly secret: string; readonly password: string},
    from: {readonly address: string; readonly session: StudentSession | undefined},
  ) => Promise<Entered | Gone | Weak | TooMany | Busy>;
  /** Mails a link, if there is such a student; the answer is the same if there is none. */
  readonly forgot: (email: string, address: string) => Promise<{readonly kind: 'taken'} | TooMany>;
  readonly changePassword: (
    session: StudentSession,
    passwords: {readonly old: string; readonly chosen: string},
  ) => Promise<{readonly kind: 'changed'; readonly ended: number} | {readonly kind: 'wrong'} | Weak | TooMany | Busy>;
};

/* ---- the account */

export type LockReason = 'floor' | 'refused' | 'vacant' | 'staff' | 'unbillable';

/** When the figures are of: the box either talks to us, or was last heard at a time, or never. */
export type BoxLink =
  | {readonly kind: 'online'; readonly asOf: Instant}
  | {readonly kind: 'silent'; readonly heardAt: Instant}
  | {readonly kind: 'never'};

export type Phone = {
  readonly extension: string;
  /** What people call the place; empty if nothing. */
  readonly label: string;
  readonly state: 'open' | 'locked' | 'unknown';
  readonly reasons: readonly string[];
};

export type Call = {
  readonly id: string;
  readonly startedAt: Instant;
  readonly direction: string;
  /** As dialled, for outgoing ones; undefined where it was withheld or erased. */
  readonly number: string | undefined;
  readonly destination: string | undefined;
  readonly seconds: number;
  readonly state: 'billed' | 'watched' | 'unbillable';
  readonly amount: Micros | undefined;
  readonly working: Working | undefined;
};

/** Why nothing is charged by itself although it is on. */
export type AutomaticHold = 'refused' | 'cap' | 'needs-student' | 'waiting' | 'method-gone';

export type Automatic = {
  readonly isOn: boolean;
  readonly threshold: Micros;
  readonly target: Micros;
  readonly monthlyCap: Micros;
  readonly spentThisMonth: Micros;
  readonly method: SavedMethod | undefined;
  readonly hold: AutomaticHold | undefined;
};

export type Overview = {
  readonly balance: Micros;
  readonly box: BoxLink;
  readonly phones: readonly Phone[];
  /** Newest first, a screenful. */
  readonly calls: readonly Call[];
  readonly automatic: Automatic | undefined;
  /** The newest payment that is not decided yet. */
  readonly openPayment: {readonly id: string; readonly amount: Micros} | undefined;
};

/* ---- money */

export type ProviderName = 'card' | 'cashless';

export type SavedMethod = {
  readonly id: string;
  readonly provider: ProviderName;
  /** Such as `Visa ending 4242`. */
  readonly label: string;
  readonly savedAt: Instant;
};

export type Payment = {
  readonly id: string;
  readonly state: PaymentStateName;
  readonly method: ProviderName | 'cash';
  readonly origin: 'manual' | 'auto' | 'desk';
  readonly amount: Micros;
  /** Of the saved method, if one was charged. */
  readonly label: string | undefined;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  /** The provider's page, while it is open. */
  readonly url: string | undefined;
  /** The provider's code of a no. */
  readonly failure: string | undefined;
};

export type NewPayment = {
  /** Made with the page: the same page sent twice is one payment. */
  readonly id: string;
  /** As typed; read by the payment room, which alone says what may be paid. */
  readonly amount: string;
  readonly how:
    | {readonly kind: 'hosted'; readonly provider: 'card'; readonly save: boolean}
    | {readonly kind: 'saved'; readonly method: string};
};

export type PaymentMade =
  /** To the provider's page. */
  | {readonly kind: 'send'; readonly url: string}
  /** It is there; this or another request of the same form has made it. */
  | {readonly kind: 'made'}
  | {readonly kind: 'refused'; readonly code: WishFault};

export type PortalPayments = {
  readonly limits: Limits;
  readonly readAmount: (text: string, currency: Currency, limits: Limits) => AmountReading;
  readonly microsOfMinor: (minor: number, currency: Currency) => Micros;
  readonly create: (person: Person, payment: NewPayment) => Promise<PaymentMade>;
  readonly one: (account: string, id: string) => Promise<Payment | undefined>;
  /** Newest first, those before an instant. */
  readonly list: (account: string, before: Instant | undefined, most: number) => Promise<readonly Payment[]>;
};

export type CashlessAdded =
  | {readonly kind: 'added'; readonly label: string}
  | {readonly kind: 'taken'}
  | {readonly kind: 'full'}
  | {readonly kind: 'unknown-card'}
  | {readonly kind: 'unavailable'};

export type PortalMethods = {
  readonly list: (account: string) => Promise<readonly SavedMethod[]>;
  readonly addCashless: (person: Person, number: string) => Promise<CashlessAdded>;
  /** Undefined if there is none of this account. Turns automatic top-up off if it uses it. */
  readonly remove: (person: Person, id: string) => Promise<SavedMethod | undefined>;
};

export type AutomaticWish = {
  readonly threshold: Micros;
  readonly target: Micros;
  readonly monthlyCap: Micros;
  readonly method: string;
};

export type PortalAutomatic = {
  /** Of one amount on its form, in major units. */
  readonly limits: Limits;
  readonly of: (account: string) => Promise<Automatic | undefined>;
  /** False: the method is gone. */
  readonly turnOn: (person: Person, wish: AutomaticWish) => Promise<boolean>;
  readonly turnOff: (person: Person) => Promise<void>;
};

/* ---- statements */

/** `2026-11`. */
export type Month = string;

export type MonthSummary = {
  readonly month: Month;
  /** Its first instant, on the wall clock of the site. */
  readonly from: Instant;
  readonly opening: Micros;
  readonly closing: Micros;
};

export type StatementLine = {
  readonly at: Instant;
  readonly code: string;
  readonly destination: string | undefined;
  readonly number: string | undefined;
  readonly seconds: number | undefined;
  /** Signed: what it adds to the balance. */
  readonly amount: Micros;
  readonly tax: Micros;
  readonly balanceAfter: Micros;
};

/** opening + Σ lines = closing. */
export type Statement = MonthSummary & {
  /** The first instant after it. */
  readonly to: Instant;
  readonly lines: readonly StatementLine[];
  readonly credits: Micros;
  readonly debits: Micros;
  readonly tax: Micros;
  readonly box: BoxLink;
};

export type PortalStatements = {
  /** Newest first. */
  readonly months: (account: string) => Promise<readonly MonthSummary[]>;
  /** Undefined for a month in which the account was not there. */
  readonly one: (account: string, month: Month) => Promise<Statement | undefined>;
};

export type PortalGiven = {
  readonly entry: PortalEntry;
  /** Undefined for an account that is closed. */
  readonly person: (account: string) => Promise<Person | undefined>;
  readonly setLanguage: (account: string, language: string) => Promise<void>;
  readonly overview: (account: string) => Promise<Overview>;
  readonly payments: PortalPayments;
  readonly methods: PortalMethods;
  readonly automatic: PortalAutomatic;
  readonly statements: PortalStatements;
  readonly assets: Assets;
  readonly clock: Pick<Clock, 'now'>;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly log: Log;
};
