// Random tariffs: sound ones, of every shape that the format allows, and calls that meet their edges.
import {
  array,
  constantFrom,
  integer,
  nat,
  oneof,
  option,
  record,
  shuffledSubarray,
  subarray,
  uniqueArray,
  type Arbitrary,
} from 'fast-check';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {tariffOf, type RateSource} from './tariffs.ts';

type Times = NonNullable<NonNullable<TariffSource['bands']>[number]['times']>;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const WEEK = 7 * 1_440;

const ZONES = [
  'Europe/London',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'America/Havana',
  'Asia/Kathmandu',
  'UTC',
  '-03:30',
];

/** Decimal text with up to so many digits on either side of the point, small values as likely as large ones. */
function decimals(whole: number, fraction: number): Arbitrary<string> {
  return oneof(
    constantFrom('0', '0.1', '1', '0.5'),
    record({whole: nat(10 ** whole - 1), digits: nat(10 ** fraction - 1), scale: integer({min: 1, max: whole})}).map(
      (parts) => `${parts.whole % 10 ** parts.scale}.${String(parts.digits).padStart(fraction, '0')}`,
    ),
  );
}

const time: Arbitrary<string> = oneof(
  constantFrom('00:00', '01:00', '01:30', '02:00', '03:00', '08:00', '18:00', '23:59'),
  nat(1_439).map(clock),
);

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

const times: Arbitrary<Times> = array(
  record({days: subarray([...DAYS], {minLength: 1}), from: time, to: oneof(time, constantFrom('24:00'))}),
  {minLength: 1, maxLength: 3},
);

/** The minutes of the week that a list of times holds. */
function minutesOf(list: Times): ReadonlySet<number> {
  const minutes = new Set<number>();
  for (const {days, from = '00:00', to = '24:00'} of list) {
    const [start = 0, end = 0] = [from, to].map((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
    const length = end <= start ? end + 1_440 - start : end - start;
    for (const day of days)
      for (let minute = 0; minute < length; minute += 1) minutes.add((DAYS.indexOf(day) * 1_440 + start + minute) % WEEK);
  }
  return minutes;
}

/** Bands that do not touch each other: those that would are left empty, for holidays. */
const bands: Arbitrary<NonNullable<TariffSource['bands']>> = array(times, {maxLength: 4}).map((lists) => {
  const held = new Set<number>();
  return lists.map((list, place) => {
    const minutes = minutesOf(list);
    const isFree = [...minutes].every((minute) => !held.has(minute));
    if (isFree) for (const minute of minutes) held.add(minute);
    return {name: `band ${place}`, times: isFree ? list : []};
  });
});

const rate: Arbitrary<Omit<RateSource, 'name'>> = record({
  connectionFee: decimals(6, 6),
  initialSeconds: constantFrom(0, 1, 6, 30, 60, 61, 3_600, 86_400),
  nextSeconds: constantFrom(1, 6, 10, 30, 60, 300),
  perMinute: decimals(6, 8),
  bound: option(constantFrom('minimum' as const, 'maximum' as const, 'both' as const), {nil: undefined}),
  least: decimals(2, 6),
  graceSeconds: constantFrom(0, 0, 3, 100),
  prices: option(constantFrom('gross' as const, 'net' as const), {nil: undefined}),
  perMinuteIn: array(decimals(3, 8), {maxLength: 5}),
}).map(({bound, least, prices, perMinuteIn, ...rest}) => ({
  ...rest,
  perMinuteIn: Object.fromEntries(perMinuteIn.map((price, place) => [place === 4 ? 'standard' : `band ${place}`, price])),
  ...(bound !== undefined && bound !== 'maximum' && {minimum: least}),
  ...(bound !== undefined && bound !== 'minimum' && {maximum: least.replace(/^\d+/, (whole) => String(Number(whole) + 100))}),
  ...(prices !== undefined && {prices}),
}));

const HOLIDAYS = ['2026-03-28', '2026-03-29', '2026-10-04', '2026-10-25', '2026-12-25', '2027-01-01'];

/** Rates `rate 0` …, each with destinations of its own; every list in an order of its own. */
export const tariffs: Arbitrary<TariffSource> = record({
  zone: constantFrom(...ZONES),
  mode: constantFrom('up' as const, 'half-up' as const, 'half-even' as const, 'down' as const),
  decimals: integer({min: 0, max: 6}),
  prices: constantFrom('gross' as const, 'net' as const),
  tax: uniqueArray(constantFrom('2000-01-01', '2026-01-01', '2026-03-29', '2026-10-25', '2027-01-01'), {maxLength: 3}),
  percents: array(
    oneof(
      constantFrom('0', '20', '17.5', '100'),
      decimals(2, 4).map((text) => text.slice(0, 7)),
    ),
    {minLength: 3, maxLength: 3},
  ),
  bands,
  holidays: shuffledSubarray(HOLIDAYS),
  rates: array(rate, {minLength: 1, maxLength: 4}),
  prefixes: uniqueArray(integer({min: 1, max: 99_999}).map(String), {minLength: 1, maxLength: 40}),
  codes: uniqueArray(constantFrom('1571', '123', '*55', '118118'), {maxLength: 2}),
  catchAll: constantFrom(true, false),
}).map((parts) => {
  const known = parts.rates.map((one, place) => {
    const within = Object.entries(one.perMinuteIn ?? {}).filter(
      ([band]) => band === 'standard' || parts.bands.some(({name}) => name === band),
    );
    return {...one, name: `rate ${place}`, perMinuteIn: Object.fromEntries(within)};
  });
  const rateOf = (place: number): string => `rate ${place % known.length}`;
  const places = known.map((_, place) => parts.prefixes.filter((_prefix, index) => index % known.length === place));
  return tariffOf(
    {},
    {
      zone: parts.zone,
      rounding: {mode: parts.mode, decimals: parts.decimals},
      prices: parts.prices,
      tax: parts.tax.toSorted().map((from, place) => ({...(place > 0 && {from}), percent: parts.percents[place] ?? '0'})),
      bands: parts.bands,
      holidays: parts.holidays.map((date, place) => ({date, band: parts.bands[place]?.name ?? 'standard'})),
      rates: known,
      destinations: [
        ...places.flatMap((prefixes, place) =>
          prefixes.length === 0 ? [] : [{name: `to ${place}`, rate: rateOf(place), prefixes, catchAll: parts.catchAll}],
        ),
        ...parts.codes.map((code, place) => ({name: `to ${place}`, rate: rateOf(place), prefixes: [code], exact: true})),
      ],
      classes: {incoming: rateOf(0)},
    },
  );
});

/** Starts around clock changes, holidays and New Year, to the millisecond; and anywhere in 2026. */
export const starts: Arbitrary<number> = oneof(
  record({
    near: constantFrom(
      '2026-03-29T01:00Z',
      '2026-10-25T01:00Z',
      '2026-04-04T16:00Z',
      '2026-10-03T16:00Z',
      '2026-12-25T00:00Z',
      '2027-01-01T00:00Z',
    ),
    apart: integer({min: -90_000, max: 90_000}),
    ms: constantFrom(0, 0, 1, 999),
  }).map(({near, apart, ms}) => Date.parse(near) + apart * 1_000 + ms),
  integer({min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1)}),
);
