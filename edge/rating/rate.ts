// A call record becomes a priced call, or an unbillable one with its reason.
// In: a record, the site's book (policy, tariffs, tenancies). Out: who pays what, with the working. Pure but for the book.
// Never true: a zero price that stands for "not known"; an emergency call that costs; a call billed to the next tenant.
import {identityOf} from '../../shared/journal/chain.ts';
import {HOUSE_ACCOUNTS, type AccountId} from '../../shared/journal/transfer.ts';
import type {Currency} from '../../shared/money/micros.ts';
import type {CompiledTariff} from '../../shared/tariff/compile.ts';
import {price, priceClass, type Call} from '../../shared/tariff/price.ts';
import {freeWorking, type Working} from '../../shared/tariff/working.ts';
import {interpretDialled, prepareDialPlan, type Dialled, type PreparedDialPlan} from '../../shared/telephone/dial-plan.ts';
import {classIn, typeOfNumber, type NumberClass} from '../../shared/telephone/number-type.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Policy} from '../../shared/wire/kinds.ts';
import type {CarrierCost} from '../../shared/wire/up.ts';
import type {CallRecord} from '../record/call-record.ts';
import type {SiteBook} from '../site/book.ts';
import type {CallClass, RatedCall, RatedFlag, UnbillableReason} from './priced-call.ts';

export type RaterGiven = {
  readonly site: string;
  readonly book: Pick<SiteBook, 'policy' | 'tariffAt' | 'carrierAt' | 'allowancesFor' | 'payerAt' | 'payerOfCode' | 'extensionClass'>;
};

/** When the feed went live, and when the record came. `isWatched`: it was made while the site only watched. */
export type Moment = {readonly goLive: Instant; readonly receivedAt: Instant; readonly isWatched?: boolean};

export type Rater = (record: CallRecord, moment: Moment) => RatedCall;

const DAY_MS = 86_400_000;
const TOO_LONG = 'longer than any call that is billed without a look at it';

export function createRater({site, book}: RaterGiven): Rater {
  let prepared: {readonly policy: Policy; readonly plan: PreparedDialPlan | undefined} | undefined;
  /** Made once for a policy: it compiles the country's patterns. */
  const planOf = (policy: Policy): PreparedDialPlan | undefined => {
    if (prepared?.policy !== policy) prepared = {policy, plan: prepareDialPlan(policy.dialPlan, policy.country, policy.alwaysOpen)};
    return prepared.plan;
  };

  return (record, moment) => {
    const id = identityOf(site, record.family, record.sourceKey);
    // A call that runs across the moment is not billed at all: half of it was somebody else's business.
    if (record.start < moment.goLive) return {kind: 'before-go-live', id, record, number: undefined, class: undefined, flags: []};
    const policy = book.policy();
    const plan = policy === undefined ? undefined : planOf(policy);
    if (policy === undefined || plan === undefined) {
      const detail = policy === undefined ? 'the box has no rules of its site yet' : `nothing is known of the country ${policy.country}`;
      return {
        kind: 'unbillable',
        id,
        record,
        number: undefined,
        class: undefined,
        flags: [],
        reason: 'no-tariff',
        detail,
        payer: undefined,
      };
    }
    return new Rating({id, record, moment, policy, plan, book}).rate();
  };
}

type Work = {
  readonly id: string;
  readonly record: CallRecord;
  readonly moment: Moment;
  readonly policy: Policy;
  readonly plan: PreparedDialPlan;
  readonly book: RaterGiven['book'];
};

type Readable = Exclude<Dialled, {kind: 'unreadable'}>;

/** One call on its way to a price; what is learnt of it stays with it. */
class Rating {
  readonly #work: Work;
  #payer: AccountId | undefined;
  readonly #flags: RatedFlag[] = [];
  #number: string | undefined;
  #class: CallClass | undefined;
  #asked: string | undefined;
  #cost: CarrierCost | undefined;

  constructor(work: Work) {
    this.#work = work;
    this.#payer = this.#whoPays(work.record.accountCode);
  }

  rate(): RatedCall {
    const {record, book} = this.#work;
    const {direction, dialled, doubt} = record;
    if (doubt !== undefined) return this.#unbillable(doubt.reason, doubt.detail);
    if (direction === 'incoming') return this.#rateIncoming();
    if (direction === 'unknown' && dialled === undefined) {
      return this.#unbillable('direction-unknown', 'the record says neither who called nor what was dialled');
    }
    // An extension that is called like an emergency number is rung as an extension: the call took no trunk.
    const rangInside = record.trunk === undefined && dialled !== undefined && book.extensionClass(dialled) !== undefined;
    return rangInside ? this.#rateClass('internal', dialled) : this.#rateDialled(dialled ?? '');
  }

  #rateDialled(dialled: string): RatedCall {
    const {record, plan} = this.#work;
    const isExternal = record.trunk !== undefined || record.direction === 'outgoing';
    const read = interpretDialled(dialled, plan, isExternal ? 'external' : 'unknown');
    if (read.kind !== 'unreadable') this.#number = read.kind === 'e164' ? `+${read.digits}` : read.digits;
    if (record.accountCode === undefined && read.accountCode !== undefined) this.#payer = this.#whoPays(read.accountCode);
    if (read.special === 'emergency' || read.special === 'always-open') return this.#rateOpen(read.special);
    if (read.special === 'emergency-prefix') this.#flags.push('emergency-prefix');
    if (read.kind === 'internal' || record.direction === 'internal') return this.#rateClass('internal', dialled);
    return this.#rateOutgoing(read);
  }

  /** An emergency number, or one of the site's own that are never barred: free, and never in doubt. */
  #rateOpen(special: 'emergency' | 'always-open'): RatedCall {
    this.#class = special;
    if (special === 'emergency') this.#flags.push('emergency');
    return this.#free(special);
  }

  #rateIncoming(): RatedCall {
    const {caller, charge = ''} = this.#work.record;
    return /[1-9]/.test(charge) ? this.#rateReverseCharge(charge) : this.#rateClass('incoming', caller);
  }

  /** Somebody here accepted to pay: never free because no rate is known, nor because the record says that it lasted no time. */
  #rateReverseCharge(charge: string): RatedCall {
    const {record} = this.#work;
    this.#class = 'reverse-charge';
    this.#number = record.caller;
    const tariff = this.#tariff();
    if ('kind' in tariff) return tariff;
    const {start, durationSeconds} = record;
    const found = priceClass({start, durationSeconds, answerAllowanceSeconds: 0}, 'reverse-charge', tariff);
    if (found === undefined) return this.#unbillable('no-destination', 'the tariff has no rate for reverse-charge calls');
    if (found.kind !== 'priced') return this.#unbillable(found.kind, TOO_LONG);
    if (found.working.billedSeconds > 0) return this.#priced(found.working, tariff.currency);
    return this.#unbillable('duration-implausible', `too short to be billed, but the record says that it costs ${charge}`);
  }

  #rateClass(of: 'internal' | 'incoming', number: string | undefined): RatedCall {
    this.#class = of;
    this.#number = number;
    if (this.#isUnanswered()) return this.#free(of);
    const tariff = this.#tariff();
    if ('kind' in tariff) return tariff;
    const {start, durationSeconds} = this.#work.record;
    const found = priceClass({start, durationSeconds, answerAllowanceSeconds: 0}, of, tariff);
    if (found === undefined) return this.#free(of);
    return found.kind === 'priced' ? this.#priced(found.working, tariff.currency) : this.#unbillable(found.kind, TOO_LONG);
  }

  #rateOutgoing(read: Dialled): RatedCall {
    const {record, policy} = this.#work;
    this.#class = this.#classOf(read) ?? 'outgoing';
    if (this.#isUnanswered()) return this.#free('');
    this.#cost = this.#costOf(read);
    if (read.kind === 'unreadable') return this.#unbillable('number-unreadable', read.why);
    if (record.durationSeconds > policy.longestCallHours * 3_600) {
      return this.#unbillable('duration-implausible', `longer than the site's limit of ${policy.longestCallHours} hours`);
    }
    return this.#priceOutgoing(read);
  }

  #classOf(read: Dialled): NumberClass | undefined {
    return read.kind === 'e164' ? classIn(typeOfNumber(read.digits), read.digits, this.#work.plan.country.callingCode) : undefined;
  }

  #priceOutgoing(read: Readable): RatedCall {
    const {policy} = this.#work;
    const tariff = this.#tariff();
    if ('kind' in tariff) return tariff;
    const call = this.#callTo(read, policy.catchAll === 'bill', this.#allowances());
    if (call.answerAllowanceSeconds > 0) this.#flags.push('answer-allowance');
    const found = price(call, tariff);
    switch (found.kind) {
      case 'priced':
        return this.#priced(found.working, tariff.currency);
      case 'no-destination':
        return this.#unbillable('no-destination', 'no prefix of the tariff matches the number');
      case 'range-unconfirmed':
        return this.#unbillable(
          'range-unconfirmed',
          found.type === undefined
            ? `only ${found.prefix} (${found.destination}) matches, which stands for a whole country`
            : `${found.prefix} (${found.destination}) matches, but by its number plan this is a ${found.type} number`,
        );
      case 'duration-implausible':
        return this.#unbillable(found.kind, TOO_LONG);
    }
  }

  #callTo(read: Readable, acceptsCatchAll: boolean, allowances: Call['allowances']): Call {
    const {record, policy, plan} = this.#work;
    // Timed from seizure: the ringing is taken off.
    const ringing = record.answered === 'not-reported' ? Math.min(policy.answerAllowanceSeconds, record.durationSeconds) : 0;
    return {
      number: read.digits,
      isShort: read.kind === 'short',
      start: record.start,
      durationSeconds: record.durationSeconds - ringing,
      answerAllowanceSeconds: ringing,
      acceptsCatchAll,
      home: plan.country.callingCode,
      allowances,
    };
  }

  /** A call that is only watched uses nothing: it is debited to nobody, and would use up what is free of those that are. */
  #allowances(): Call['allowances'] {
    const {record, moment, policy, book} = this.#work;
    const payer = this.#payer;
    if (payer === undefined || moment.isWatched === true || policy.mode === 'watch') return undefined;
    return (destination) => book.allowancesFor(payer, destination, record.start);
  }

  /**
   * By the carrier's tariff for the same seconds, also after the answer allowance: it measures the answer itself, and that is the best
   * we know of it. What it bills it bills: a catch-all is as good as any prefix. A cost that is not known says why; the call does not
   * wait for it.
   */
  #costOf(read: Dialled): CarrierCost | undefined {
    const {record, policy, book} = this.#work;
    const tariff = book.carrierAt(record.start);
    if (tariff === undefined) return undefined;
    if (tariff === 'no-tariff') return {unknown: tariff};
    if (tariff.currency !== policy.currency) return {unknown: 'currency-differs'};
    if (read.kind === 'unreadable') return {unknown: 'number-unreadable'};
    const found = price(this.#callTo(read, true, undefined), tariff);
    return found.kind === 'priced' ? {working: found.working} : {unknown: found.kind};
  }

  /** The tariff in force at the call's start, or why the call must wait. */
  #tariff(): CompiledTariff | RatedCall {
    const {record, policy, book} = this.#work;
    const tariff = book.tariffAt(record.start);
    if (tariff === undefined) return this.#unbillable('no-tariff', 'no tariff was in force when the call began');
    this.#asked = tariff.hash;
    if (tariff.currency === policy.currency) return tariff;
    return this.#unbillable('no-tariff', `the tariff is in ${tariff.currency}, the site in ${policy.currency}`);
  }

  #priced(working: Working, currency: Currency): RatedCall {
    const {id, record, policy} = this.#work;
    const amount = working.gross;
    if (amount > policy.dearestCall)
      return this.#unbillable('price-implausible', 'dearer than the site lets any call be without a look at it');
    // What costs nothing needs nobody to pay it.
    const payer = this.#payer ?? (amount === 0 ? HOUSE_ACCOUNTS.house : undefined);
    if (payer === undefined) return this.#unbillable('no-tenant', `nobody rented line ${record.extension ?? '(none)'} when the call began`);
    const common = {id, record, number: this.#number, class: this.#class, flags: this.#flags, cost: this.#cost};
    return {kind: 'priced', ...common, payer, amount, tax: working.tax, currency, working};
  }

  #free(destination: string): RatedCall {
    const {record, policy} = this.#work;
    if (this.#isUnanswered()) this.#flags.push('unanswered');
    const {durationSeconds} = record;
    return this.#priced(freeWorking(destination, {durationSeconds, answerAllowanceSeconds: 0}), policy.currency as Currency);
  }

  #unbillable(reason: UnbillableReason, detail: string): RatedCall {
    const {id, record} = this.#work;
    return {
      kind: 'unbillable',
      id,
      record,
      number: this.#number,
      class: this.#class,
      flags: this.#flags,
      reason,
      detail,
      payer: this.#payer,
      tariff: this.#asked,
      cost: this.#cost,
    };
  }

  #isUnanswered(): boolean {
    const {answered, durationSeconds} = this.#work.record;
    return answered === 'no' || durationSeconds === 0;
  }

  /**
   * Whose account code was dialled, else the tenant: at the call's start, whenever the record arrives. Long after, the house:
   * never the next tenant.
   */
  #whoPays(accountCode: string | undefined): AccountId | undefined {
    const {record, moment, policy, book} = this.#work;
    if (moment.receivedAt - record.start > policy.backBillingDays * DAY_MS) {
      if (!this.#flags.includes('late')) this.#flags.push('late');
      return HOUSE_ACCOUNTS.house;
    }
    const byCode = accountCode === undefined ? undefined : book.payerOfCode(accountCode, record.start);
    if (byCode !== undefined) return byCode;
    // Some switchboards write a code of their own into every record: only a site that has account codes is told.
    if (accountCode !== undefined && policy.dialPlan.accountCodes !== undefined) this.#flags.push('account-code-unknown');
    return record.extension === undefined ? undefined : book.payerAt(record.extension, record.start);
  }
}
