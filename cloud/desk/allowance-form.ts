// A free allowance as it is typed: an amount, days on the clock of the site, destinations one a line. Pure.
// In: fields. Out: terms, or what is wrong beside which field. Never true: a part of a second or of a micro; a day of another zone.
import {microsFromDecimal} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {periodAt, type Span} from '../../shared/time/period.ts';
import {civilFromInstant, startOfDay} from '../../shared/time/zone.ts';
import type {Errors} from '../../shared/ui/form.tsx';
import type {Allowance} from '../books/allowances.ts';
import type {NewAllowance} from '../people/allowances.ts';
import type {DeskWords} from './messages.ts';

/** As typed. */
export type AllowanceFields = {
  readonly name: string;
  readonly unit: string;
  readonly amount: string;
  readonly period: string;
  /** One a line. */
  readonly destinations: string;
  readonly from: string;
  /** The last day; empty: no end. */
  readonly last: string;
  /** `yes`: names that the tariff does not have are kept. */
  readonly keep: string;
};

export const ALLOWANCE_FIELDS = ['name', 'unit', 'amount', 'period', 'destinations', 'from', 'last', 'keep'] as const;
export const UNITS = ['seconds', 'micros'] as const;
export const PERIODS = ['month', 'week', 'day', 'once'] as const;

const MINUTE_SECONDS = 60;
const MICROS = 1_000_000;

/** What a form begins with: an hour a month, from today on. */
export function usualAllowance(now: Instant, zone: string): AllowanceFields {
  return {name: '', unit: 'seconds', amount: '60', period: 'month', destinations: '', from: dayText(now, zone), last: '', keep: ''};
}

/** Of one that is there. */
export function fieldsOfAllowance({name, unit, amount, period, destinations, from, to}: Allowance, zone: string): AllowanceFields {
  const whole = unit === 'seconds' ? amount / MINUTE_SECONDS : amount / MICROS;
  return {
    name,
    unit,
    amount: String(Number(whole.toFixed(unit === 'seconds' ? 4 : 6))),
    period,
    destinations: destinations.join('\n'),
    from: dayText(from as Instant, zone),
    last: to === undefined ? '' : dayText((to - 1) as Instant, zone),
    keep: '',
  };
}

export type AllowanceReading =
  | {readonly kind: 'read'; readonly terms: Omit<NewAllowance, 'site' | 'account'>}
  | {readonly kind: 'wrong'; readonly errors: Errors};

type FormGround = {
  readonly zone: string;
  readonly words: DeskWords['allowances'];
  /** Its beginning is not typed any more. */
  readonly begun?: Instant | undefined;
};

export function readAllowance(fields: AllowanceFields, ground: FormGround): AllowanceReading {
  const unit = UNITS.find((each) => each === fields.unit);
  const period = PERIODS.find((each) => each === fields.period);
  const amount = amountIn(fields.amount, unit ?? 'seconds');
  const from = ground.begun ?? dayIn(fields.from, ground.zone)?.from;
  const to = dayIn(fields.last, ground.zone)?.to;
  const errors = errorsOf(fields, {unit, period, amount, from, to}, ground.words);
  const isWhole = unit !== undefined && amount !== undefined && period !== undefined && from !== undefined;
  if (!isWhole || Object.keys(errors).length > 0) return {kind: 'wrong', errors};
  const {name} = fields;
  return {kind: 'read', terms: {name, unit, amount, period, destinations: namesIn(fields.destinations), from, to}};
}

type Parts = {readonly [K in 'unit' | 'period' | 'amount' | 'from' | 'to']: NewAllowance[K] | undefined};

function errorsOf(fields: AllowanceFields, {unit, period, amount, from, to}: Parts, words: FormGround['words']): Errors {
  return {
    ...unless(fields.name !== '', 'name', words.nameMissing),
    ...unless(unit !== undefined, 'unit', words.unitMissing),
    ...unless(amount !== undefined, 'amount', unit === 'micros' ? words.moneyWrong : words.minutesWrong),
    ...unless(period !== undefined, 'period', words.periodMissing),
    ...unless(from !== undefined, 'from', words.dayWrong),
    ...unless(to !== undefined || fields.last === '', 'last', words.dayWrong),
    ...unless(from === undefined || to === undefined || to > from, 'last', words.lastBefore),
  };
}

function unless(isFine: boolean, field: string, error: string): Errors {
  return isFine ? {} : {[field]: error};
}

/** One a line, each once. */
export function namesIn(text: string): readonly string[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))];
}

/** Minutes as seconds, or money as micros; undefined for what is no amount. */
function amountIn(text: string, unit: (typeof UNITS)[number]): number | undefined {
  const plain = text.replace(',', '.').replace(/^[^\d.-]{1,3}\s*/, '');
  const value = microsFromDecimal(plain);
  if (value === undefined || value <= 0) return undefined;
  if (unit === 'micros') return value;
  const seconds = (value / MICROS) * MINUTE_SECONDS;
  return Number.isInteger(seconds) ? seconds : undefined;
}

function dayIn(text: string, zone: string): Span | undefined {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const first = startOfDay(zone, {year: Number(match[1]), month: Number(match[2]), day: Number(match[3])});
  return first === undefined ? undefined : periodAt(zone, 'day', first);
}

/** `2026-12-01`, of the day that the clock of the site shows. */
function dayText(at: Instant, zone: string): string {
  const {year, month, day} = civilFromInstant(zone, at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}
