// Money, times, durations and counts, in tabular figures and the reader's language.
import type {VNode} from 'preact';
import {decimalFromMicros, formatMoney, type Currency, type Micros} from '../money/micros.ts';
import {isoFromInstant, type Instant} from '../time/instant.ts';
import {useSetting, type Setting} from './setting.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `£1.20`, `−£0.0042`: with a true minus, so that a debit is seen in a column. */
export function moneyText(amount: Micros, currency: Currency, locale: string): string {
  return formatMoney(amount, currency, locale).replace('-', '−');
}

export function Money({amount, currency}: {readonly amount: Micros; readonly currency: Currency}): VNode {
  const {locale} = useSetting();
  return (
    <data class={amount < 0 ? 'figure money is-debit' : 'figure money'} value={decimalFromMicros(amount)}>
      {moneyText(amount, currency, locale)}
    </data>
  );
}

export function Count({value}: {readonly value: number}): VNode {
  const {locale} = useSetting();
  return <span class="figure">{new Intl.NumberFormat(locale).format(value)}</span>;
}

/** `3s ago`, `5 min ago`; in the future `in 4h`. */
export function agoText(at: Instant, {now, locale, words}: Setting): string {
  const ms = at - now;
  const size = Math.abs(ms);
  if (size < SECOND_MS) return words.justNow;
  const format = new Intl.RelativeTimeFormat(locale, {style: 'narrow'});
  if (size < 90 * SECOND_MS) return format.format(Math.trunc(ms / SECOND_MS), 'second');
  if (size < 90 * MINUTE_MS) return format.format(Math.trunc(ms / MINUTE_MS), 'minute');
  if (size < 2 * DAY_MS) return format.format(Math.trunc(ms / HOUR_MS), 'hour');
  return format.format(Math.trunc(ms / DAY_MS), 'day');
}

/** `14:02:07` today, `23 Nov, 14:02` this year, `23 Nov 2025, 14:02` before. */
export function timeText(at: Instant, {now, locale, zone}: Setting): string {
  const day = (each: Instant): string => format({year: 'numeric', month: '2-digit', day: '2-digit'}, each);
  const format = (options: Intl.DateTimeFormatOptions, each: Instant): string =>
    new Intl.DateTimeFormat(locale, {...options, timeZone: zone}).format(each);
  if (day(at) === day(now)) return format({hour: '2-digit', minute: '2-digit', second: '2-digit'}, at);
  const date = {day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit'} as const;
  const sameYear = format({year: 'numeric'}, at) === format({year: 'numeric'}, now);
  return format(sameYear ? date : {...date, year: 'numeric'}, at);
}

export function Time({at}: {readonly at: Instant}): VNode {
  const setting = useSetting();
  const full = new Intl.DateTimeFormat(setting.locale, {dateStyle: 'full', timeStyle: 'long', timeZone: setting.zone}).format(at);
  return (
    <time class="figure" dateTime={isoFromInstant(at)} title={full}>
      {timeText(at, setting)}
    </time>
  );
}

/** When, and how long ago: `14:02:07 3s ago`. */
export function Age({at}: {readonly at: Instant | undefined}): VNode {
  const setting = useSetting();
  if (at === undefined) return <span class="age">{setting.words.never}</span>;
  return (
    <span class="age">
      <Time at={at} /> <span class="ago">{agoText(at, setting)}</span>
    </span>
  );
}

/** A call's length as a clock shows it: `1:31`, `1:02:03`. */
export function Duration({seconds}: {readonly seconds: number}): VNode {
  const whole = Math.max(0, Math.trunc(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.trunc(whole / 3600);
  const minutes = Math.trunc((whole % 3600) / 60);
  const text = hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  return (
    <time class="figure" dateTime={`PT${whole}S`}>
      {text}
    </time>
  );
}

/** `1.2 GB`, decimal as disks are sold. */
export function bytesText(bytes: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const format = new Intl.NumberFormat(locale, {style: 'unit', unit: units[step] ?? 'byte', maximumFractionDigits: step < 2 ? 0 : 1});
  return format.format(bytes / 1000 ** step);
}
