// “What would this call cost now?”: the box, its words, how it is read, and the answer; in the portal and on the console.
// In: a number and minutes as typed. Out: a question that can be priced, or what is wrong beside which field.
import type {VNode} from 'preact';
import type {Currency} from '../money/micros.ts';
import {explainPrice, type PriceWords} from '../tariff/explain.ts';
import type {Quote, QuoteReason} from '../tariff/quote.ts';
import {Money} from './figures.tsx';
import {ErrorSummary, Field, Submit, type Errors} from './form.tsx';
import {Facts, Notice} from './parts.tsx';

export const QUOTE_FORM_WORDS = {
  number: 'Number',
  numberHelp: 'As you dial it on the telephone, or with + and the country code.',
  minutes: 'Minutes',
  submit: 'Show the price',
  answer: 'If the call began now',
  further: 'One more minute costs',
  always: 'at any time',
  noMore: 'A longer call costs no more.',
  unpriced: 'There is no price for this call',
  reasons: {
    'no-tariff': 'No prices are in force here yet.',
    'number-unreadable': 'This is not a telephone number.',
    'no-destination': 'The price list does not know this number. Such a call waits until staff have looked at it.',
    'range-unconfirmed': 'The price list does not know these numbers well enough. Such a call waits until staff have looked at it.',
    'duration-implausible': 'So long a call is charged only after staff have looked at it. Ask for fewer minutes.',
    'price-implausible': 'So dear a call is charged only after staff have looked at it. Ask for fewer minutes.',
  } satisfies Readonly<Record<QuoteReason, string>> as Readonly<Record<QuoteReason, string>>,
  errors: {
    number: 'Enter the number that you want to call',
    numberWrong: 'Enter a telephone number: digits, perhaps with + before them',
    minutes: 'Enter how many minutes, such as 10 or 2.5',
    minutesRange: 'Enter more than 0 and at most 2,880 minutes',
  },
};
export type QuoteWords = typeof QUOTE_FORM_WORDS;

/** As typed. */
export type QuoteFields = {readonly number: string; readonly minutes: string};

export const USUAL_QUESTION: QuoteFields = {number: '', minutes: '10'};
/** 48 hours: no longer call has a price. */
const MOST_MINUTES = 2_880;
const MINUTE_SECONDS = 60;
/** Of what was typed, said again in the field. */
const LONGEST_SHOWN = 40;

export type QuoteReading =
  | {readonly kind: 'read'; readonly dialled: string; readonly seconds: number}
  | {readonly kind: 'wrong'; readonly errors: Errors};

export function quoteFields(form: ReadonlyMap<string, string>): QuoteFields {
  const text = (name: string): string => (form.get(name) ?? '').trim().slice(0, LONGEST_SHOWN);
  return {number: text('number'), minutes: text('minutes')};
}

export function readQuestion({number, minutes}: QuoteFields, {errors: words}: QuoteWords): QuoteReading {
  const seconds = secondsOf(minutes);
  const errors = {
    ...(number === '' ? {number: words.number} : /^[+\d*#\s().\-/]+$/.test(number) ? {} : {number: words.numberWrong}),
    ...(seconds === undefined
      ? {minutes: words.minutes}
      : seconds <= 0 || seconds > MOST_MINUTES * MINUTE_SECONDS
        ? {minutes: words.minutesRange}
        : {}),
  };
  if (seconds === undefined || Object.keys(errors).length > 0) return {kind: 'wrong', errors};
  return {kind: 'read', dialled: number, seconds};
}

/** Digits as they would stand in the list of extensions. */
export function bareDigits(dialled: string): string {
  return dialled.replaceAll(/[\s().\-/]/g, '');
}

/** Begun seconds whole, as a call record's are. */
function secondsOf(minutes: string): number | undefined {
  const [, whole, fraction = '0'] = /^(\d{1,6})(?:[.,](\d{1,2}))?$/.exec(minutes) ?? [];
  if (whole === undefined) return undefined;
  return Number(whole) * MINUTE_SECONDS + Math.ceil((Number(fraction) * MINUTE_SECONDS) / 10 ** fraction.length);
}

export function QuoteForm({
  action,
  words,
  fields,
  errors = {},
}: {
  /** Where it is sent: posted, so that no number stands in an address. */
  readonly action: string;
  readonly words: QuoteWords;
  readonly fields: QuoteFields;
  readonly errors?: Errors | undefined;
}): VNode {
  return (
    <form method="post" action={action} class="form" noValidate>
      <ErrorSummary errors={errors} />
      <Field name="number" label={words.number} help={words.numberHelp} value={fields.number} width="middle" error={errors['number']} />
      <Field name="minutes" label={words.minutes} value={fields.minutes} inputMode="decimal" width="short" error={errors['minutes']} />
      <Submit>{words.submit}</Submit>
    </form>
  );
}

export function QuoteAnswer({
  quote,
  currency,
  words,
  price,
}: {
  readonly quote: Quote;
  readonly currency: Currency;
  readonly words: QuoteWords;
  readonly price: PriceWords;
}): VNode {
  if (quote.kind === 'unbillable') {
    return (
      <Notice state="off" title={words.unpriced}>
        <p>{words.reasons[quote.reason]}</p>
      </Notice>
    );
  }
  const {working, furtherMinutes} = quote;
  return (
    <Notice state="ok" title={words.answer}>
      <p>{explainPrice(working, currency, price)}</p>
      {working.bound === 'maximum' ? <p>{words.noMore}</p> : null}
      {furtherMinutes.length === 0 ? null : (
        <>
          <p>{words.further}</p>
          <Facts
            facts={furtherMinutes.map(({band, amount}) => ({
              term: band === '' ? words.always : band,
              value: <Money amount={amount} currency={currency} />,
            }))}
          />
        </>
      )}
    </Notice>
  );
}
