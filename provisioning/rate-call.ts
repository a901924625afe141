// What `spbs rate` is asked, and what it answers: a number, seconds and a time become a price with its working, or a reason.
import {compileTariff, type CompiledTariff} from '../shared/tariff/compile.ts';
import {price} from '../shared/tariff/price.ts';
import type {Tariff} from '../shared/tariff/tariff.ts';
import {freeWorking, type Working} from '../shared/tariff/working.ts';
import {interpretDialled, type PreparedDialPlan} from '../shared/telephone/dial-plan.ts';
import {instantFromIso, type Instant} from '../shared/time/instant.ts';
import {instantFromCivil, type CivilTime} from '../shared/time/zone.ts';

export type Rater = {
  readonly tariff: CompiledTariff;
  /** How numbers are dialled, where a country was named. */
  readonly plan: PreparedDialPlan | undefined;
  readonly acceptsCatchAll: boolean;
};

export type Question = {readonly number: string; readonly seconds: number; readonly start: Instant};

export type Answer =
  /** `isCut`: digits keyed after the answer are no part of the number. */
  | {readonly kind: 'priced'; readonly number: string; readonly isCut: boolean; readonly working: Working}
  | {readonly kind: 'unbillable'; readonly number: string | undefined; readonly reason: string; readonly detail: string};

/** E.164 with +, or a short code. */
type Called =
  | {
      readonly kind: 'called';
      readonly digits: string;
      readonly isShort: boolean;
      readonly isFree: 'emergency' | 'always-open' | undefined;
      readonly isCut: boolean;
    }
  | {readonly kind: 'unreadable'; readonly why: string};

export function createRater(tariff: Tariff, hash: string, rest: Pick<Rater, 'plan' | 'acceptsCatchAll'>): Rater {
  return {tariff: compileTariff(tariff, hash), ...rest};
}

export function answer(question: Question, rater: Rater): Answer {
  const called = readNumber(question.number, rater);
  if (called.kind === 'unreadable') return {kind: 'unbillable', number: undefined, reason: 'number-unreadable', detail: called.why};
  const {digits, isShort, isFree, isCut} = called;
  const number = isShort ? digits : `+${digits}`;
  const durationSeconds = question.seconds;
  if (isFree !== undefined) {
    return {kind: 'priced', number, isCut, working: freeWorking(isFree, {durationSeconds, answerAllowanceSeconds: 0})};
  }
  const {tariff, acceptsCatchAll, plan} = rater;
  const home = plan?.country.callingCode;
  const found = price(
    {number: digits, isShort, start: question.start, durationSeconds, answerAllowanceSeconds: 0, acceptsCatchAll, home},
    tariff,
  );
  switch (found.kind) {
    case 'priced':
      return {kind: 'priced', number, isCut, working: found.working};
    case 'no-destination': {
      const what = isShort ? 'is no short code' : 'has no prefix';
      return {kind: 'unbillable', number, reason: found.kind, detail: `${number} ${what} in this tariff`};
    }
    case 'range-unconfirmed': {
      const what =
        found.type === undefined
          ? `only the catch-all ${found.prefix} (${found.destination}) matches`
          : `${found.prefix} (${found.destination}) matches, but by its number plan this is a ${found.type} number`;
      const detail = `${what}; --catch-all bills it all the same`;
      return {kind: 'unbillable', number, reason: found.kind, detail};
    }
    case 'duration-implausible':
      return {
        kind: 'unbillable',
        number,
        reason: found.kind,
        detail: 'a call of more than 48 hours is billed only after somebody looked at it',
      };
  }
}

const SEPARATORS = /[\s\-./()]/g;
/** E.164 §6.1. */
const LONGEST_NUMBER = 15;
/** Shorter digits without + are a short code. */
const SHORTEST_NUMBER = 7;

function readNumber(text: string, {plan, tariff}: Rater): Called {
  if (plan === undefined) return readPlainNumber(text.replace(SEPARATORS, ''), tariff);
  const dialled = interpretDialled(text, plan);
  if (dialled.kind === 'unreadable') return dialled;
  const {digits, kind, special, steps} = dialled;
  const isCut = steps.some(({did}) => did === 'keyed-after-answer');
  return {kind: 'called', digits, isShort: kind !== 'e164', isFree: special === 'emergency-prefix' ? undefined : special, isCut};
}

/** Without a country: +, 00, the digits from the country code on, or a short code of the tariff. */
function readPlainNumber(text: string, tariff: CompiledTariff): Called {
  const called = (digits: string, isShort: boolean): Called => ({kind: 'called', digits, isShort, isFree: undefined, isCut: false});
  if (tariff.codes.has(text)) return called(text, true);
  const digits = /^(?:\+|00)?([1-9]\d*)$/.exec(text)?.[1];
  if (digits === undefined) {
    if (/^[*#\d]*[*#][*#\d]*$/.test(text)) return called(text, true);
    const why = /^0\d+$/.test(text)
      ? 'it begins with 0: name the country by --country, or write it with + and the country code'
      : 'it is not a telephone number';
    return {kind: 'unreadable', why};
  }
  if (digits.length > LONGEST_NUMBER) return {kind: 'unreadable', why: `it has more than ${LONGEST_NUMBER} digits`};
  return called(digits, digits === text && digits.length < SHORTEST_NUMBER);
}

export type TimeReading = {readonly kind: 'time'; readonly at: Instant} | {readonly kind: 'unreadable'; readonly why: string};

/** ISO 8601 with its offset, or what a clock in the tariff's zone shows: `2026-11-26 18:00`. */
export function readTime(text: string, zone: string): TimeReading {
  const instant = instantFromIso(text);
  if (instant !== undefined) return {kind: 'time', at: instant};
  if (!/^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?$/.test(text)) {
    return {kind: 'unreadable', why: `“${text}” is not a time such as 2026-11-26T18:00:00Z or “2026-11-26 18:00”`};
  }
  const reading = instantFromCivil(zone, civilOf(text));
  switch (reading.kind) {
    case 'exact':
      return {kind: 'time', at: reading.at};
    case 'ambiguous':
      return {kind: 'unreadable', why: `“${text}” comes twice in ${zone}, as the clocks go back: add the offset, such as Z or +01:00`};
    case 'nonexistent':
      return {kind: 'unreadable', why: `“${text}” never was in ${zone}: the clocks went forward over it`};
    case 'impossible':
      return {kind: 'unreadable', why: `“${text}” is on no calendar or clock`};
  }
}

function civilOf(text: string): CivilTime {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[-T :]/).map(Number);
  return {year, month, day, hour, minute, second};
}

/** Seconds as a call record says them; fractions are rounded up. Undefined for anything else. */
export function readSeconds(text: string): number | undefined {
  return /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Math.ceil(Number(text)) : undefined;
}
