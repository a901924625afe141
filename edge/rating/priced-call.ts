// What rating hands on: a call with its price and its payer, or the coded reason why it cannot be billed yet.
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Currency, Micros} from '../../shared/money/micros.ts';
import type {Working} from '../../shared/tariff/working.ts';
import type {NumberClass} from '../../shared/telephone/number-type.ts';
import type {CarrierCost} from '../../shared/wire/up.ts';
import type {CallRecord} from '../record/call-record.ts';

/** What the number is by its number plan says more than that the call went out. */
export type CallClass = 'internal' | 'incoming' | 'reverse-charge' | 'outgoing' | NumberClass | 'emergency' | 'always-open';

/** `account-code-unknown`: a code was dialled that is nobody's; the tenant of the line pays. */
export type RatedFlag = 'emergency' | 'emergency-prefix' | 'late' | 'answer-allowance' | 'unanswered' | 'account-code-unknown';

type Rated = {
  /** identity(site, family, source key): never random. */
  readonly id: string;
  readonly record: CallRecord;
  /** E.164 with +, or a short code as dialled; cut to the longest valid number. */
  readonly number: string | undefined;
  readonly class: CallClass | undefined;
  readonly flags: readonly RatedFlag[];
  /** What the carrier charges the house; of calls that go out, where somebody wants to know it. */
  readonly cost?: CarrierCost | undefined;
};

export type PricedCall = Rated & {
  readonly kind: 'priced';
  readonly payer: AccountId;
  readonly amount: Micros;
  readonly tax: Micros;
  readonly currency: Currency;
  readonly working: Working;
};

/** Kept for ever as a state, never as a zero price; `before-go-live` is kept and never billed. */
export type UnbillableCall = Rated & {
  readonly kind: 'unbillable';
  readonly reason: UnbillableReason;
  readonly detail: string;
  readonly payer: AccountId | undefined;
  /** SHA-256 of the tariff that was asked and has no price for it. */
  readonly tariff?: string | undefined;
};

export type KeptCall = Rated & {readonly kind: 'before-go-live'};

export type RatedCall = PricedCall | UnbillableCall | KeptCall;

export type UnbillableReason =
  | 'no-destination'
  | 'range-unconfirmed'
  | 'no-tariff'
  | 'no-tenant'
  | 'number-unreadable'
  | 'time-implausible'
  | 'duration-implausible'
  | 'price-implausible'
  | 'direction-unknown'
  | 'duplicate-suspected';
