// The rule of money.md, step by step: one increment after the other, each asked of the wall clock, in exact fractions.
// Slow and plain on purpose; shares no code with what it checks.
import type {Tariff} from '../../../shared/tariff/tariff.ts';
import type {CivilTime} from '../../../shared/time/zone.ts';
import {intlCivil} from '../time/intl-clock.ts';

export type SteppedPrice = {
  readonly billedSeconds: number;
  readonly gross: number;
  readonly tax: number;
  readonly net: number;
  /** One band after the other, as they were met. */
  readonly runs: readonly BandRun[];
};

export type BandRun = {readonly band: string; readonly seconds: number};

/** What is free: seconds, and micros. */
export type Free = {readonly seconds: number; readonly micros: number};

type Rate = Tariff['rates'][number];
/** A whole fraction. */
type Ratio = {readonly over: bigint; readonly under: bigint};

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

export function priceByIncrements(
  tariff: Tariff,
  rate: Rate,
  call: {readonly start: number; readonly durationSeconds: number},
  free: Free = {seconds: 0, micros: 0},
): SteppedPrice {
  const runs: {band: string; seconds: number}[] = [];
  let billedSeconds = 0;
  // In millionths of a millionth of a unit, sixty times over: a second of a price a minute is whole.
  let total = free.seconds > 0 ? 0n : digits(rate.connectionFee, 12) * 60n;
  if (call.durationSeconds <= rate.graceSeconds) return {billedSeconds: 0, gross: 0, tax: 0, net: 0, runs};
  while (billedSeconds < call.durationSeconds) {
    const increment = billedSeconds === 0 && rate.initialSeconds > 0 ? rate.initialSeconds : rate.nextSeconds;
    const band = bandAt(tariff, call.start + billedSeconds * 1_000);
    const charged = chargedIn(billedSeconds, increment, free);
    const run = runs.at(-1);
    if (run?.band === band) run.seconds += charged;
    else if (charged > 0) runs.push({band, seconds: charged});
    total += priceIn(rate, band) * BigInt(charged);
    billedSeconds += increment;
  }
  if (billedSeconds <= free.seconds) return {billedSeconds, gross: 0, tax: 0, net: 0, runs};
  const percent = digits(percentAt(tariff, call.start), 4);
  const withTax = {over: containsTax(tariff, rate) ? 1_000_000n : 1_000_000n + percent, under: 1_000_000n};
  const exact = {over: bounded(total, rate) * withTax.over, under: 60n * 10n ** 12n * withTax.under};
  const gross = less(rounded(exact, tariff.rounding), BigInt(free.micros));
  const tax = halfUp({over: gross * percent, under: 1_000_000n + percent});
  return {billedSeconds, gross: Number(gross), tax: Number(tax), net: Number(gross - tax), runs};
}

function containsTax(tariff: Tariff, rate: Rate): boolean {
  return (rate.prices ?? tariff.prices) === 'gross';
}

function priceIn(rate: Rate, band: string): bigint {
  return digits(rate.perMinuteIn[band] ?? rate.perMinute, 12);
}

/** Of the seconds of an increment, one after the other, those that are not free. */
function chargedIn(from: number, increment: number, free: Free): number {
  let charged = 0;
  for (let second = from; second < from + increment; second += 1) if (second >= free.seconds) charged += 1;
  return charged;
}

function less(amount: bigint, free: bigint): bigint {
  return amount < free ? 0n : amount - free;
}

function bounded(total: bigint, {minimum, maximum}: Rate): bigint {
  const least = minimum === undefined ? 0n : digits(minimum, 12) * 60n;
  const most = maximum === undefined ? total : digits(maximum, 12) * 60n;
  return total < least ? least : total > most ? most : total;
}

function digits(text: string, scale: number): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(scale, '0'));
}

function percentAt(tariff: Tariff, start: number): string {
  const day = dateOf(intlCivil(tariff.zone, start));
  const inForce = tariff.tax.filter(({from}, place) => place === 0 || (from !== undefined && from <= day));
  return inForce.at(-1)?.percent ?? '0';
}

function bandAt(tariff: Tariff, at: number): string {
  const wall = intlCivil(tariff.zone, at);
  const holiday = tariff.holidays.find(({date}) => date === dateOf(wall));
  if (holiday !== undefined) return holiday.band;
  const time = `${two(wall.hour)}:${two(wall.minute)}`;
  const weekday = new Date(Date.UTC(wall.year, wall.month - 1, wall.day)).getUTCDay();
  const today = DAYS[weekday] ?? 'sun';
  const yesterday = DAYS[(weekday + 6) % 7] ?? 'sun';
  const found = tariff.bands.find(({times}) =>
    times.some(({days, from, to}) => {
      const isOverMidnight = to <= from;
      const isToday = days.includes(today) && time >= from && (isOverMidnight || time < to);
      return isToday || (isOverMidnight && days.includes(yesterday) && time < to);
    }),
  );
  return found?.name ?? tariff.baseBand;
}

function dateOf({year, month, day}: CivilTime): string {
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Micros of an exact amount, rounded once to the tariff's decimals. */
function rounded({over, under}: Ratio, {mode, decimals}: Tariff['rounding']): bigint {
  const scale = 10n ** BigInt(decimals);
  const floor = (over * scale) / under;
  const rest = over * scale - floor * under;
  const half = rest * 2n - under;
  const isUp = {
    up: rest > 0n,
    down: false,
    'half-up': half >= 0n,
    'half-even': half > 0n || (half === 0n && floor % 2n === 1n),
  }[mode];
  return (floor + (isUp ? 1n : 0n)) * 10n ** BigInt(6 - decimals);
}

function halfUp({over, under}: Ratio): bigint {
  return (2n * over + under) / (2n * under);
}
