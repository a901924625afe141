// What a call that is in the books would cost by another tariff: by the rules with which the box priced it. Pure.
// In: a call as the books hold it, a tariff, the rules of its site. Out: another working, or why there is none.
// Never true: what no tariff priced is priced by one (emergency, unanswered, set by a person); an allowance is used once more.
import type {CompiledTariff} from '../../shared/tariff/compile.ts';
import {price, priceClass, type Call} from '../../shared/tariff/price.ts';
import {freeWorking, type AllowanceUse, type Working} from '../../shared/tariff/working.ts';
import type {Instant} from '../../shared/time/instant.ts';

export type StoredCall = {
  readonly class: string | undefined;
  /** E.164 with +, or a short code; undefined where it was erased, or nobody needed one. */
  readonly number: string | undefined;
  readonly startedAt: Instant;
  /** Undefined where a person set the price. */
  readonly working: Working | undefined;
  readonly flags: readonly string[];
};

export type RepriceRules = {
  readonly currency: string;
  readonly acceptsCatchAll: boolean;
  /** Calling code of the site's country. */
  readonly home: string | undefined;
  /** Micros: a dearer call waits for a look at it. */
  readonly dearest: number;
};

export type UnpricedReason =
  /** Nobody can say any more whom it went to. */
  | 'number-erased'
  /** A person set its price. */
  | 'by-hand'
  /** The tariff is in another currency. */
  | 'no-tariff'
  | 'no-destination'
  | 'range-unconfirmed'
  | 'duration-implausible'
  | 'price-implausible';

export type Repriced =
  | {readonly kind: 'priced'; readonly working: Working}
  /** Emergency, always open, unanswered: no tariff prices it. */
  | {readonly kind: 'unchanged-free'}
  | {readonly kind: 'unpriced'; readonly reason: UnpricedReason};

const NEVER_PRICED: ReadonlySet<string> = new Set(['emergency', 'always-open']);

/** Seconds, and what was taken off for ringing, stay as the box found them; so does what free allowances took over. */
export function repriceCall(call: StoredCall, tariff: CompiledTariff, rules: RepriceRules): Repriced {
  const {class: of = 'outgoing', flags, working} = call;
  if (NEVER_PRICED.has(of) || flags.includes('unanswered')) return {kind: 'unchanged-free'};
  if (working === undefined) return unpriced('by-hand');
  if (tariff.currency !== rules.currency) return unpriced('no-tariff');
  const timed = {
    start: call.startedAt,
    durationSeconds: working.durationSeconds,
    answerAllowanceSeconds: working.answerAllowanceSeconds,
  };
  const uses = working.allowances ?? [];
  const found = isPricedClass(of) ? byClass(of, timed, tariff) : byNumber({...timed, number: call.number, uses}, tariff, rules);
  // A dearer one waits for a look at it.
  return found.kind === 'priced' && found.working.gross > rules.dearest ? unpriced('price-implausible') : found;
}

type Timed = Pick<Call, 'start' | 'durationSeconds' | 'answerAllowanceSeconds'>;

function isPricedClass(of: string): of is 'internal' | 'incoming' | 'reverse-charge' {
  return of === 'internal' || of === 'incoming' || of === 'reverse-charge';
}

function byClass(of: 'internal' | 'incoming' | 'reverse-charge', call: Timed, tariff: CompiledTariff): Repriced {
  const found = priceClass(call, of, tariff);
  // Somebody accepted to pay for a reverse-charge call: it is never free because no rate is known, or because it was short.
  if (found === undefined) return of === 'reverse-charge' ? unpriced('no-destination') : {kind: 'priced', working: freeWorking(of, call)};
  if (found.kind !== 'priced') return unpriced(found.kind);
  return of === 'reverse-charge' && found.working.billedSeconds === 0 ? unpriced('duration-implausible') : found;
}

type Uses = readonly AllowanceUse[];

function byNumber(
  {number, uses, ...call}: Timed & {readonly number: string | undefined; readonly uses: Uses},
  tariff: CompiledTariff,
  {acceptsCatchAll, home}: RepriceRules,
): Repriced {
  if (number === undefined) return unpriced('number-erased');
  const isShort = !number.startsWith('+');
  const dialled = {number: isShort ? number : number.slice(1), isShort, acceptsCatchAll, home};
  const found = price({...call, ...dialled, allowances: usedAgain(uses)}, tariff);
  if (found.kind !== 'priced') return unpriced(found.kind);
  const {working} = found;
  return {kind: 'priced', working: working.allowances === undefined ? working : {...working, allowances: asLeft(working.allowances, uses)}};
}

/** What the call used once is what it has, in the order of its use: what is left of the period is no business of it any more. */
function usedAgain(uses: Uses): Call['allowances'] {
  const left = uses.map(({used, ...use}, place) => ({...use, left: used, endsAt: place}));
  return left.length === 0 ? undefined : () => left;
}

function asLeft(again: Uses, before: Uses): Uses {
  return again.map((use) => ({...use, left: before.find(({allowance}) => allowance === use.allowance)?.left ?? use.left}));
}

function unpriced(reason: UnpricedReason): Repriced {
  return {kind: 'unpriced', reason};
}
