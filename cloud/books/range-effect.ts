// What adding a range would do: every waiting call that it prices, and one hash over all that a person is shown.
// In: a range, the calls that wait, the schedule as it stands. Out: an effect. Never true: two effects that differ under one hash.
import type {Refusal} from '../../shared/failure/refusal.ts';
import {sha256} from '../../shared/journal/chain.ts';
import {micros, type Micros} from '../../shared/money/micros.ts';
import type {Reader} from '../store/open.ts';
import type {AddRange, NewRange} from '../tariff/add-range.ts';
import type {policyOf} from '../tariff/published.ts';
import {MOST_WAITING, waitingCalls, type WaitingCall} from './waiting.ts';

export type PricedWaiting = {readonly call: WaitingCall; readonly amount: Micros};

export type RangeEffect = {
  readonly kind: 'effect';
  /** Newest first. */
  readonly priced: readonly PricedWaiting[];
  /** Calls to the range that wait on: made before the date, too dear, or nobody to pay. */
  readonly waiting: number;
  /** Of those that get a price: staff have asked the box, or a second person, to end their waiting otherwise. */
  readonly asked: number;
  /** More calls to the range wait than are looked at. */
  readonly isCut: boolean;
  readonly total: Micros;
  /** SHA-256 of the schedule that would be amended, in hex. */
  readonly schedule: string;
  /** SHA-256 of all of it, in hex. */
  readonly hash: string;
};

export type EffectGiven = {readonly ranges: Pick<AddRange, 'preview'>; readonly policyOf: typeof policyOf};

export async function effectOf({ranges, policyOf: rulesOf}: EffectGiven, db: Reader, range: NewRange): Promise<RangeEffect | Refusal> {
  const {site, prefix} = range;
  const calls = await waitingCalls(db, {site, prefix});
  const allowance = (await rulesOf(db, site))?.answerAllowanceSeconds ?? 0;
  const numbers = calls.map(({number, startedAt, seconds, flags}) => ({
    number: number.slice(1),
    startedAt,
    seconds,
    allowanceSeconds: flags.includes('answer-allowance') ? allowance : 0,
  }));
  const found = await ranges.preview(db, range, numbers);
  if (found.kind === 'refused') return found;
  const priced = calls.flatMap((call, index): readonly PricedWaiting[] => {
    const gross = found.prices[index]?.gross;
    // A call without anybody to pay for it waits on, whatever it costs.
    return gross === undefined || (call.payer === undefined && gross > 0) ? [] : [{call, amount: gross}];
  });
  const waiting = calls.length - priced.length;
  const {schedule} = found;
  const open = await askedOtherwise(db, site);
  const asked = priced.filter(({call}) => open.has(call.upSeq)).length;
  return {
    kind: 'effect',
    priced,
    waiting,
    asked,
    isCut: calls.length === MOST_WAITING,
    total: micros(priced.reduce((sum, {amount}) => sum + amount, 0)),
    schedule,
    hash: sha256(JSON.stringify([wishOf(range), schedule, waiting, asked, priced.map(({call, amount}) => [call.upSeq, amount])])).toString(
      'hex',
    ),
  };
}

/** Calls about which the box or a second person has been asked, and has not answered. */
async function askedOtherwise(db: Reader, site: string): Promise<ReadonlySet<number>> {
  const requests = db.selectFrom('resolution_request').select('call_seq').where('site', '=', site).where('outcome', 'is', null);
  const proposals = db.selectFrom('resolution_proposal').select('call_seq').where('site', '=', site).where('decision', 'is', null);
  return new Set((await requests.union(proposals).execute()).map((row) => row.call_seq));
}

/** The range as it is kept and hashed: always the same text for the same wish. */
export function wishOf({site, prefix, to, from}: NewRange): string {
  const digits = prefix.replaceAll(/\D/g, '');
  if (to.kind === 'existing') return JSON.stringify({site, prefix: digits, to: {kind: to.kind, destination: to.destination}, from});
  const {kind, destination, perMinute, connectionFee = '0', initialSeconds, nextSeconds} = to;
  return JSON.stringify({site, prefix: digits, to: {kind, destination, perMinute, connectionFee, initialSeconds, nextSeconds}, from});
}

/** What a person saw, as a form carries it back: the schedule, then each call with its amount. */
export function shownText({schedule, priced}: Pick<RangeEffect, 'schedule' | 'priced'>): string {
  return [schedule, ...priced.map(({call, amount}) => `${call.upSeq}:${amount}`)].join(' ');
}

/** How an effect differs from what was shown. Whoever forges the text deceives himself only: what counts is the hash. */
export type EffectChange = {
  readonly added: number;
  readonly gone: number;
  readonly otherPrice: number;
  readonly isOtherSchedule: boolean;
};

export function changeSince(shown: string, {schedule, priced}: RangeEffect): EffectChange {
  const [before, ...calls] = shown.split(' ');
  const was = new Map(calls.map((text): [string, string] => [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)]));
  const is = new Map(priced.map(({call, amount}): [string, string] => [String(call.upSeq), String(amount)]));
  return {
    added: [...is.keys()].filter((seq) => !was.has(seq)).length,
    gone: [...was.keys()].filter((seq) => !is.has(seq)).length,
    otherPrice: [...is].filter(([seq, amount]) => was.has(seq) && was.get(seq) !== amount).length,
    isOtherSchedule: before !== schedule,
  };
}
