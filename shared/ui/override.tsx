// What staff decide for a line by hand, at the desk or at the box: the form, its words, and how it is read.
// In: a form as typed. Out: a lock, or an unlock with an end and a money limit; or what is wrong beside which field.
import type {VNode} from 'preact';
import {micros, microsFromDecimal, type Currency, type Micros} from '../money/micros.ts';
import {later, type Instant} from '../time/instant.ts';
import {moneyText} from './figures.tsx';
import {Choices, ErrorSummary, Field, Select, Submit, type Errors} from './form.tsx';

export const OVERRIDE_FORM_WORDS = {
  why: 'For cash taken at reception, or a line that must be closed now.',
  act: 'What to do',
  acts: {lock: 'Lock the line', unlock: 'Open the line'},
  actHelp: {
    lock: 'Bars outgoing calls and sends incoming ones to voicemail, whatever the balance.',
    unlock: 'Opens it whatever the balance, until the time or the money is up.',
  },
  reason: 'Reason',
  reasonHelp: 'Stands in the journal beside your name, such as “£20 cash at reception, receipt 114”.',
  ends: 'Ends',
  endsHelp: 'An opened line always has an end.',
  durations: {
    '1h': 'in 1 hour',
    '4h': 'in 4 hours',
    '24h': 'in 24 hours',
    '3d': 'in 3 days',
    '7d': 'in 7 days',
    open: 'when somebody takes it back (locks only)',
  },
  limit: 'Money limit',
  limitHelp: (currency: string) => `For opening only, in ${currency}: the line closes again when so much more is spent.`,
  next: 'Continue',
  errors: {
    act: 'Choose whether to lock or to open the line',
    reason: 'Enter a reason',
    reasonLong: 'Shorten the reason to 500 characters',
    ends: 'Choose when it ends',
    endsOpen: 'Choose an end: an opened line must have one',
    limit: 'Enter a money limit, such as 10 or 7.50',
    limitRange: (most: string) => `Enter a money limit above zero and up to ${most}`,
    limitLock: 'Leave the money limit empty: it is for opening a line',
  },
};
export type OverrideWords = typeof OVERRIDE_FORM_WORDS;

/** As typed. */
export type OverrideFields = {
  readonly act: string;
  readonly reason: string;
  readonly ends: string;
  readonly limit: string;
};

const HOUR_MS = 3_600_000;
/** How long a decision may hold; only a lock may be without end. */
export const DURATIONS_MS = {
  '1h': HOUR_MS,
  '4h': 4 * HOUR_MS,
  '24h': 24 * HOUR_MS,
  '3d': 72 * HOUR_MS,
  '7d': 168 * HOUR_MS,
  open: undefined,
} as const;
export type DurationName = keyof typeof DURATIONS_MS;

const NOTHING_TYPED: OverrideFields = {act: '', reason: '', ends: '24h', limit: ''};

export function OverrideForm({
  action,
  words,
  currency,
  fields = NOTHING_TYPED,
  errors = {},
}: {
  /** Where it is sent. */
  readonly action: string;
  readonly words: OverrideWords;
  readonly currency: string | undefined;
  readonly fields?: OverrideFields | undefined;
  readonly errors?: Errors | undefined;
}): VNode {
  return (
    <form method="post" action={action} class="form" noValidate>
      <p class="soft">{words.why}</p>
      <ErrorSummary errors={errors} />
      <Choices
        name="act"
        label={words.act}
        value={fields.act}
        error={errors['act']}
        choices={(['unlock', 'lock'] as const).map((act) => ({value: act, label: words.acts[act], help: words.actHelp[act]}))}
      />
      <Field name="reason" label={words.reason} help={words.reasonHelp} value={fields.reason} error={errors['reason']} />
      <Select
        name="ends"
        label={words.ends}
        help={words.endsHelp}
        value={fields.ends}
        error={errors['ends']}
        choices={(Object.keys(DURATIONS_MS) as DurationName[]).map((name) => ({value: name, label: words.durations[name]}))}
      />
      <Field
        name="limit"
        label={words.limit}
        help={words.limitHelp(currency ?? '')}
        value={fields.limit}
        inputMode="decimal"
        width="short"
        required={false}
        error={errors['limit']}
      />
      <Submit>{words.next}</Submit>
    </form>
  );
}

/** More than anybody hands over a counter, and less than a mistyped pence figure. */
const LARGEST_LIMIT = micros(1_000_000_000);
const LONGEST_REASON = 500;

export function overrideFields(form: ReadonlyMap<string, string>): OverrideFields {
  const text = (name: string): string => (form.get(name) ?? '').trim();
  return {act: text('act'), reason: text('reason'), ends: text('ends'), limit: text('limit')};
}

export type Decision = {
  readonly act: 'lock' | 'unlock';
  readonly reason: string;
  readonly expires: Instant | undefined;
  readonly limit: Micros | undefined;
};
export type DecisionReading = {readonly kind: 'read'; readonly decision: Decision} | {readonly kind: 'wrong'; readonly errors: Errors};
export type OverrideGround = {
  readonly now: Instant;
  readonly words: OverrideWords['errors'];
  readonly locale: string;
  readonly currency: string | undefined;
};

/** A lock may be without end, an unlock has an end and a money limit. */
export function readDecision(fields: OverrideFields, ground: OverrideGround): DecisionReading {
  const errors = {...actErrors(fields, ground.words), ...limitErrors(fields, ground)};
  if (Object.keys(errors).length > 0) return {kind: 'wrong', errors};
  const lasts = DURATIONS_MS[fields.ends as DurationName];
  const decision = {
    act: fields.act as 'lock' | 'unlock',
    reason: fields.reason,
    expires: lasts === undefined ? undefined : later(ground.now, lasts),
    limit: fields.act === 'unlock' ? microsFromDecimal(fields.limit) : undefined,
  };
  return {kind: 'read', decision};
}

function actErrors({act, reason, ends}: OverrideFields, words: OverrideWords['errors']): Errors {
  const errors: Record<string, string> = {};
  if (act !== 'lock' && act !== 'unlock') errors['act'] = words.act;
  if (reason === '') errors['reason'] = words.reason;
  if (reason.length > LONGEST_REASON) errors['reason'] = words.reasonLong;
  if (!Object.hasOwn(DURATIONS_MS, ends)) errors['ends'] = words.ends;
  if (act === 'unlock' && ends === 'open') errors['ends'] = words.endsOpen;
  return errors;
}

function limitErrors({act, limit}: OverrideFields, {words, locale, currency}: OverrideGround): Errors {
  if (act === 'lock') return limit === '' ? {} : {limit: words.limitLock};
  if (act !== 'unlock') return {};
  const amount = microsFromDecimal(limit);
  if (amount === undefined) return {limit: words.limit};
  const most = currency === undefined ? '' : moneyText(LARGEST_LIMIT, currency as Currency, locale);
  return amount <= 0 || amount > LARGEST_LIMIT ? {limit: words.limitRange(most)} : {};
}
