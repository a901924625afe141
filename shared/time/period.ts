// Days, weeks and months, as the wall clock of a zone has them. Pure.
// In: a zone and an instant. Out: the first instant of the period that holds it, and of the next one. Never true: a day of
// 24 hours by definition; a midnight of the machine's zone.
import {must} from '../assert/assert.ts';
import type {Instant} from './instant.ts';
import {monthAt, spanOfMonth} from './month.ts';
import {civilFromInstant, startOfDay} from './zone.ts';

export type Period = 'day' | 'week' | 'month';

/** Half-open. */
export type Span = {readonly from: Instant; readonly to: Instant};

const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;
/** 1970-01-01 was a Thursday: the third day after Monday. */
const EPOCH_IN_WEEK = 3;

/** Weeks begin on Monday. */
export function periodAt(zone: string, period: Period, at: Instant): Span {
  if (period === 'month') return spanOfMonth(zone, monthAt(zone, at));
  const {year, month, day} = civilFromInstant(zone, at);
  const today = Date.UTC(year, month - 1, day) / DAY_MS;
  if (period === 'day') return {from: midnight(zone, today), to: midnight(zone, today + 1)};
  const monday = today - ((((today + EPOCH_IN_WEEK) % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS);
  return {from: midnight(zone, monday), to: midnight(zone, monday + WEEK_DAYS)};
}

/** `day` is a number of days since 1970-01-01. */
function midnight(zone: string, day: number): Instant {
  const date = new Date(day * DAY_MS);
  return must(startOfDay(zone, {year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate()}), 'a day');
}
