// What the numbers of calls that have no rate have in common, so that a range can be added for them. Pure.
// In: numbers, seconds, what each call may be worth. Out: prefixes with how many calls begin so and what is at stake, the most first.
// Never true: a whole number of somebody's; an estimate that says nothing of the calls it leaves out.
import {callingCodeOf} from '../../shared/telephone/country.ts';
import {standingOf, type NumberStanding} from '../../shared/telephone/range-facts.ts';
import type {Stake} from '../tariff/stake.ts';

export type UnknownRange = {
  /** With + where it is of E.164 numbers. */
  readonly prefix: string;
  readonly calls: number;
  /** Each call's begun ones. */
  readonly minutes: number;
  readonly newest: number;
  /** Micros: an estimate. */
  readonly stake: number;
  /** Calls for which nothing can be estimated. */
  readonly unknown: number;
  /** How it was reckoned, the dearest way first. */
  readonly ways: readonly Omit<Stake, 'amount'>[];
  /** How many of the numbers libphonenumber knows, or finds possible. */
  readonly standings: Readonly<Record<NumberStanding, number>>;
};
export type Called = {
  readonly number: string | undefined;
  readonly seconds: number;
  readonly startedAt: number;
  readonly stake?: Stake | undefined;
};

/** What is left of a number says whom; its end says exactly whom. */
const HIDDEN_DIGITS = 4;
/** Behind the country: networks and areas differ by their first digits. */
const AREA_DIGITS = 3;
const MINUTE_SECONDS = 60;

type Group = {readonly isWorldwide: boolean; digits: string; readonly calls: Called[]};

/** The most money first, then the most calls. A number that is too short to be one person's stands whole. */
export function unknownRanges(calls: readonly Called[]): readonly UnknownRange[] {
  const groups = new Map<string, Group>();
  for (const call of calls) {
    const isWorldwide = call.number?.startsWith('+') === true;
    const digits = call.number?.replace(/^\+/, '') ?? '';
    if (digits === '') continue;
    const shown = cut(digits);
    const country = isWorldwide ? (callingCodeOf(digits) ?? '') : '';
    const key = `${isWorldwide ? '+' : ''}${shown.slice(0, country.length + AREA_DIGITS)}`;
    const known = groups.get(key) ?? {isWorldwide, digits: shown, calls: []};
    groups.set(key, known);
    known.digits = common(known.digits, shown);
    known.calls.push(call);
  }
  return [...groups.values()].map(rangeOf).toSorted(byMoney);
}

export function byMoney(a: UnknownRange, b: UnknownRange): number {
  if (a.stake !== b.stake) return b.stake - a.stake;
  if (a.calls !== b.calls) return b.calls - a.calls;
  return a.prefix < b.prefix ? -1 : 1;
}

function rangeOf({isWorldwide, digits, calls}: Group): UnknownRange {
  const ways = new Map<string, Stake>();
  const standings = {known: 0, possible: 0, impossible: 0};
  let [minutes, newest, stake, unknown] = [0, 0, 0, 0];
  for (const call of calls) {
    minutes += Math.ceil(call.seconds / MINUTE_SECONDS);
    newest = Math.max(newest, call.startedAt);
    stake += call.stake?.amount ?? 0;
    if (call.stake === undefined) unknown += 1;
    else ways.set(`${call.stake.destination} ${call.stake.perMinute}`, call.stake);
    if (isWorldwide) standings[standingOf(call.number?.slice(1) ?? '')] += 1;
  }
  return {
    prefix: `${isWorldwide ? '+' : ''}${digits}`,
    calls: calls.length,
    minutes,
    newest,
    stake,
    unknown,
    ways: [...ways.values()].toSorted((a, b) => b.perMinute - a.perMinute),
    standings,
  };
}

/** A number without its last digits. */
export function masked(number: string): string {
  return number.length <= HIDDEN_DIGITS + 2 ? number : `${number.slice(0, -HIDDEN_DIGITS)}${'•'.repeat(HIDDEN_DIGITS)}`;
}

function cut(digits: string): string {
  return digits.length <= HIDDEN_DIGITS + 2 ? digits : digits.slice(0, -HIDDEN_DIGITS);
}

function common(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
