// Calendar months, as the wall clock of a zone has them. Pure.
// In: a zone and an instant. Out: the month's name, and its first instant and the next month's. Never true: a month of the machine's zone.
import type {Instant} from './instant.ts';
import {civilFromInstant, startOfDay} from './zone.ts';

/** `2026-11`. */
export type Month = string;

export function monthAt(zone: string, at: Instant): Month {
  const {year, month} = civilFromInstant(zone, at);
  return monthOf(year, month);
}

export function monthAfter(month: Month): Month {
  const [year, number] = numbersIn(month);
  return number === 12 ? monthOf(year + 1, 1) : monthOf(year, number + 1);
}

/** From its first instant on the wall clock of the zone to the next month's, half-open. Throws RangeError for what is no month. */
export function spanOfMonth(zone: string, month: Month): {readonly from: Instant; readonly to: Instant} {
  return {from: firstInstantOf(zone, month), to: firstInstantOf(zone, monthAfter(month))};
}

function monthOf(year: number, month: number): Month {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`;
}

function numbersIn(month: Month): readonly [year: number, month: number] {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return [year, number];
}

function firstInstantOf(zone: string, name: Month): Instant {
  const [year, month] = numbersIn(name);
  const first = startOfDay(zone, {year, month, day: 1});
  if (first === undefined) throw new RangeError(`${name} is no month`);
  return first;
}
