// Money, times, durations and counts, in tabular figures and the reader's language.
import type {VNode} from 'preact';
import {decimalFromMicros, formatMoney, type Currency, type Micros} from '../money/micros.ts';
import {isoFromInstant, type Instant} from '../time/instant.ts';
import {useSetting, type Setting} from './setting.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A page shows hundreds of figures, and making a formatter costs more than a page may take. */
const formats = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>();
/** A few shapes for each language and zone; the limit bounds what odd ones could fill. */
const FORMATS_KEPT = 500;

function kept<F extends Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>(key: string, make: () => F): F {
  const known = formats.get(key);
  if (known !== undefined) return known as F;
  if (formats.size >= FORMATS_KEPT) formats.clear();
  const made = make();
  formats.set(key, made);
  return made;
}

function dateFormat({locale, zone}: Setting, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return kept(`date ${locale} ${zone} ${name}`, () => new Intl.DateTimeFormat(locale, {...options, timeZone: zone}));
}

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
  return <span class="figure">{countText(value, locale)}</span>;
}

/** `1,234`. */
export function countText(value: number, locale: string): string {
  return kept(`number ${locale}`, () => new Intl.NumberFormat(locale)).format(value);
}

/** `3s ago`, `5 min ago`; in the future `in 4h`. */
export function agoText(at: Instant, {now, locale, words}: Setting): string {
  const ms = at - now;
  const size = Math.abs(ms);
  if (size < SECOND_MS) return words.justNow;
  const format = kept(`ago ${locale}`, () => new Intl.RelativeTimeFormat(locale, {style: 'narrow'}));
  if (size < 90 * SECOND_MS) return format.format(Math.trunc(ms / SECOND_MS), 'second');
  if (size < 90 * MINUTE_MS) return format.format(Math.trunc(ms / MINUTE_MS), 'minute');
  if (size < 2 * DAY_MS) return format.format(Math.trunc(ms / HOUR_MS), 'hour');
  return format.format(Math.trunc(ms / DAY_MS), 'day');
}

/** `14:02:07` today, `23 Nov, 14:02` this year, `23 Nov 2025, 14:02` before; `brief`: `14:02` today. */
export function timeText(at: Instant, setting: Setting, brief = false): string {
  const day = dateFormat(setting, 'day', {year: 'numeric', month: '2-digit', day: '2-digit'});
  if (day.format(at) === day.format(setting.now)) {
    const clock = {hour: '2-digit', minute: '2-digit'} as const;
    return (brief ? dateFormat(setting, 'clock', clock) : dateFormat(setting, 'time', {...clock, second: '2-digit'})).format(at);
  }
  const year = dateFormat(setting, 'year', {year: 'numeric'});
  const date = {day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit'} as const;
  const sameYear = year.format(at) === year.format(setting.now);
  return (sameYear ? dateFormat(setting, 'date', date) : dateFormat(setting, 'old', {...date, year: 'numeric'})).format(at);
}

export function Time({
  at,
  brief = false,
}: {
  readonly at: Instant;
  /** No seconds: for whoever has no use for them. */ readonly brief?: boolean;
}): VNode {
  const setting = useSetting();
  const full = dateFormat(setting, 'full', {dateStyle: 'full', timeStyle: 'long'}).format(at);
  return (
    <time class="figure" dateTime={isoFromInstant(at)} title={full}>
      {timeText(at, setting, brief)}
    </time>
  );
}

/** `26 November 2026`, of the zone that the reader's clock shows. */
export function dateText(at: Instant, setting: Setting): string {
  return dateFormat(setting, 'date-long', {dateStyle: 'long'}).format(at);
}

/** `30 November`; with its year if that is another. */
export function dayText(at: Instant, setting: Setting): string {
  const year = dateFormat(setting, 'year', {year: 'numeric'});
  if (year.format(at) !== year.format(setting.now)) return dateText(at, setting);
  return dateFormat(setting, 'day-long', {day: 'numeric', month: 'long'}).format(at);
}

/** `November 2026`. */
export function monthText(at: Instant, setting: Setting): string {
  return dateFormat(setting, 'month', {year: 'numeric', month: 'long'}).format(at);
}

/** `26 Nov, 14:02`: with its day also on that day, for what is read later. */
export function datedText(at: Instant, setting: Setting): string {
  return dateFormat(setting, 'date', {day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit'}).format(at);
}

export function DatedTime({at}: {readonly at: Instant}): VNode {
  const setting = useSetting();
  return (
    <time class="figure" dateTime={isoFromInstant(at)}>
      {datedText(at, setting)}
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
  const unit = units[step] ?? 'byte';
  const options = {style: 'unit', unit, maximumFractionDigits: step < 2 ? 0 : 1} as const;
  return kept(`bytes ${locale} ${unit}`, () => new Intl.NumberFormat(locale, options)).format(bytes / 1000 ** step);
}
