// A tariff: destinations with their prefixes, the rates they are billed at, bands, tax and rounding. Immutable: known by
// its hash. This schema documents the file format `spbs-tariff/1` (YAML or JSON). Prices are decimal text, never floats.
import {z} from 'zod';
import {NUMBER_KINDS} from '../telephone/number-kind.ts';
import {dayOfDate, isZone} from '../time/zone.ts';
import {normalDecimal, scaled} from './decimal.ts';

const TARIFF_FORMAT = 'spbs-tariff/1';
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const ROUNDING_MODES = ['up', 'half-up', 'half-even', 'down'] as const;

/** Prices a minute keep 8 decimals; fees and bounds are amounts, so they keep the 6 of a micro. */
export const RATE_DECIMALS = 8;
export const AMOUNT_DECIMALS = 6;
export const PERCENT_DECIMALS = 4;

/** Far above the largest known deck (300,000 prefixes); bounds the memory that a hostile file can take. */
const MOST_RATES = 50_000;
const MOST_DESTINATIONS = 100_000;
/** Of the whole tariff. So many, all of 15 digits, still fit the index: 4.1 of its 4.2 million nodes. */
export const MOST_PREFIXES = 400_000;
/** More than any carrier has; a band's number fits a byte. */
const MOST_BANDS = 50;
const MOST_HOLIDAYS = 1_000;
/** An increment of more than a day is a mistake of units. */
const LONGEST_INCREMENT = 86_400;

/** Files are read without guessing types (see read.ts), so numbers arrive as text; canonical JSON has real ones. */
function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function decimal(decimals: number, what: string): z.ZodType<string> {
  const pattern = new RegExp(`^\\d{1,6}(?:\\.\\d{1,${decimals}})?$`);
  const error = (issue: {readonly input?: unknown}) =>
    typeof issue.input === 'string' && /^-\d/.test(issue.input)
      ? `${what} is negative; it must be 0 or more`
      : issue.input === undefined
        ? `${what} is missing`
        : `${what} must be a plain decimal such as 0.12, below 1,000,000, with at most ${decimals} decimals`;
  return z.preprocess(asText, z.string({error}).regex(pattern, {error}).transform(normalDecimal));
}

function whole(low: number, high: number, what: string): z.ZodType<number> {
  const error = (issue: {readonly input?: unknown}) =>
    issue.input === undefined ? `${what} is missing` : `${what} must be a whole number from ${low} to ${high}`;
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int({error}).min(low, {error}).max(high, {error}),
  );
}

const yesOrNo = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean({error: 'must be true or false'}),
);
const name = z.string({error: 'must be a name'}).min(1, {error: 'must not be empty'}).max(100, {error: 'must have at most 100 characters'});
const civilDate = z
  .string({error: 'must be a date such as 2026-12-25'})
  .refine(isDate, {error: 'must be a date of the calendar such as 2026-12-25'});
const timeOfDay = z
  .string({error: 'must be a time such as 08:00'})
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, {error: 'must be a time from 00:00 to 24:00, in quotes'});
const prices = z.enum(['gross', 'net'], {error: 'must be gross (prices contain VAT) or net (VAT is added)'});

const percent = decimal(PERCENT_DECIMALS, 'the tax').refine((text) => scaled(text, PERCENT_DECIMALS) <= scaled('100', PERCENT_DECIMALS), {
  error: 'the tax is above 100 per cent',
});

const rate = z.strictObject({
  name,
  /** Charged once for every call that is billed at all. */
  connectionFee: decimal(AMOUNT_DECIMALS, 'the connection fee').default('0'),
  /** The first seconds are billed whole, then each begun `nextSeconds`. 0 means that all is billed by `nextSeconds`. */
  initialSeconds: whole(0, LONGEST_INCREMENT, 'the initial increment'),
  nextSeconds: whole(1, LONGEST_INCREMENT, 'the next increment'),
  /** The price a minute at all times that `perMinuteIn` does not name. */
  perMinute: decimal(RATE_DECIMALS, 'the price a minute'),
  /** The price a minute in bands, by their names. */
  perMinuteIn: z.record(name, decimal(RATE_DECIMALS, 'the price a minute')).default({}),
  minimum: decimal(AMOUNT_DECIMALS, 'the minimum').optional(),
  maximum: decimal(AMOUNT_DECIMALS, 'the maximum').optional(),
  /** A call that is not longer is free. */
  graceSeconds: whole(0, LONGEST_INCREMENT, 'grace').default(0),
  /** Where this rate differs from the tariff. */
  prices: prices.optional(),
});

const destination = z.strictObject({
  name,
  rate: name,
  /** E.164 digits from the country code on; with `exact`, whole short codes such as 1571. */
  prefixes: z
    .array(z.string({error: 'must be digits, in quotes'}), {error: 'must be a list of prefixes'})
    .min(1, {error: 'names no prefix'})
    .max(MOST_PREFIXES),
  exact: yesOrNo.default(false),
  /** A whole country or zone, so that nothing is surely known of the number: not billed in silence. */
  catchAll: yesOrNo.default(false),
  /** What its numbers are. A number that its number plan calls otherwise is not billed by this destination in silence. */
  type: z.enum(NUMBER_KINDS, {error: `must be one of ${NUMBER_KINDS.join(', ')}`}).optional(),
});

/**
 * Rates of calls that are priced by what they are. `internal`, `incoming` and `reverseCharge` have no destination; without a rate
 * internal and incoming calls are free, and reverse-charge calls wait for one: they are never free.
 * `freephone`, `premium` and `sharedCost` are numbers that the number plan of the site's own country so calls (or of no country:
 * +800, +979, +808). Such a class is like a destination whose prefixes are those ranges, and as everywhere the longest prefix
 * wins: a destination that lies within the range (44800) before the class, the class before one that is wider (44). A wider one
 * does not bill such numbers in silence even where their class has no rate: the call waits, `range-unconfirmed`.
 */
const classes = z.strictObject(
  {
    internal: name.optional(),
    incoming: name.optional(),
    reverseCharge: name.optional(),
    freephone: name.optional(),
    premium: name.optional(),
    sharedCost: name.optional(),
  },
  {error: 'must be {internal, incoming, reverseCharge, freephone, premium, sharedCost}'},
);

export const tariffSchema = z.strictObject(
  {
    format: z.literal(TARIFF_FORMAT, {error: `must be ${TARIFF_FORMAT}`}),
    name,
    currency: z.string({error: 'must be a currency such as GBP'}).regex(/^[A-Z]{3}$/, {error: 'must be an ISO 4217 code such as GBP'}),
    /** The zone of bands, holidays and tax dates. */
    zone: z
      .string({error: 'must be a time zone such as Europe/London'})
      .refine(isZone, {error: 'is not a known time zone; write one such as Europe/London'}),
    rounding: z.strictObject(
      {
        mode: z.enum(ROUNDING_MODES, {error: `must be one of ${ROUNDING_MODES.join(', ')}`}),
        decimals: whole(0, AMOUNT_DECIMALS, 'decimals'),
      },
      {error: 'must be {mode, decimals}'},
    ),
    prices,
    /** VAT in force from each date on, oldest first; the first also holds before its date. None: no VAT. */
    tax: z
      .array(z.strictObject({from: civilDate.optional(), percent}), {error: 'must be a list'})
      .max(100)
      .default([]),
    /** Times of the week with prices of their own. All other times are the base band. */
    baseBand: name.default('standard'),
    bands: z
      .array(
        z.strictObject({
          name,
          times: z
            .array(
              z.strictObject({
                days: z.array(z.enum(DAYS, {error: `must be one of ${DAYS.join(', ')}`}), {error: 'must be a list of days'}).min(1),
                from: timeOfDay.default('00:00'),
                /** Not after `from`: on the next day. */
                to: timeOfDay.default('24:00'),
              }),
              {error: 'must be a list of {days, from, to}'},
            )
            .default([]),
        }),
        {error: 'must be a list of bands'},
      )
      .max(MOST_BANDS, {error: `are more than ${MOST_BANDS}`})
      .default([]),
    /** Whole days in another band than their weekday's. */
    holidays: z
      .array(z.strictObject({date: civilDate, band: name}), {error: 'must be a list of {date, band}'})
      .max(MOST_HOLIDAYS)
      .default([]),
    rates: z.array(rate, {error: 'must be a list of rates'}).max(MOST_RATES, {error: `are more than ${MOST_RATES}`}),
    destinations: z
      .array(destination, {error: 'must be a list of destinations'})
      .max(MOST_DESTINATIONS, {error: `are more than ${MOST_DESTINATIONS}`}),
    classes: classes.default({}),
  },
  {error: 'is not a tariff: it must be a map with format, name, currency …'},
);

export type Tariff = z.infer<typeof tariffSchema>;
/** What a file may say: defaults left out. */
export type TariffSource = z.input<typeof tariffSchema>;
export type TariffRate = Tariff['rates'][number];

function isDate(text: string): boolean {
  return dayOfDate(text) !== undefined;
}
