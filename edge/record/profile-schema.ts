// A switchboard profile: how its lines become call records, as data. This schema documents the file format `spbs-profile/1`.
// Files are read without guessing types, so that `00` stays the text it is: every value arrives as text.
import {z} from 'zod';
import {MOST_FIELDS} from './csv.ts';
import {LONGEST_LINE, patternProblem} from './pattern.ts';

const PROFILE_FORMAT = 'spbs-profile/1';

/** Ten times what any switchboard needs; bounds the work on a line. */
const MOST_RULES = 100;
const MOST_LAYOUTS = 40;
const LONGEST_TEXT = 500;

type Given = {readonly input?: unknown};
const isMissing = (issue: Given): boolean => issue.input === undefined;

const word = (what: string) =>
  z.string({error: (issue) => (isMissing(issue) ? 'is missing' : what)}).regex(/^[a-z][a-z0-9-]{0,39}$/, {
    error: `${what}: a small letter, then small letters, digits and -, at most 40`,
  });
const sentence = z
  .string({error: (issue) => (isMissing(issue) ? 'is missing' : 'must be a text')})
  .min(1, {error: 'must not be empty'})
  .max(LONGEST_TEXT, {error: `must have at most ${LONGEST_TEXT} characters`});
/** Names columns and parties. `name/kind` speaks of a party only where it is of that kind. */
const FIELD = /^[a-z][A-Za-z0-9]{0,39}$/;
const field = z
  .string({error: 'must name a column or a party'})
  .regex(FIELD, {error: 'must be a name: a small letter, then letters and digits'});
const reference = z
  .string({error: 'must name a column or a party'})
  .regex(/^[a-z][A-Za-z0-9]{0,39}(?:\/[a-z][a-z0-9-]{0,39})?$/, {error: 'must be the name of a column or a party, or party/kind'});
const oneOf = <const W extends readonly [string, ...string[]]>(words: W) =>
  z.enum(words, {error: (issue) => (isMissing(issue) ? 'is missing' : `must be one of: ${words.join(', ')}`)});
const listOf = <S extends z.ZodType>(entry: S, most = MOST_RULES) =>
  z
    .array(entry, {error: (issue) => (isMissing(issue) ? 'is missing' : 'must be a list')})
    .min(1, {error: 'must not be empty'})
    .max(most, {error: `must have at most ${most} entries`});
/** One value, or a list of them. */
const oneOrMore = <S extends z.ZodType>(entry: S) =>
  z.preprocess((value: unknown): unknown => (Array.isArray(value) ? value : [value]), listOf(entry));

const pattern = z.string({error: (issue) => (isMissing(issue) ? 'is missing' : 'must be a pattern')}).superRefine((source, context) => {
  const problem = patternProblem(source);
  if (problem !== undefined) context.addIssue({code: 'custom', message: problem});
});

const whole = (most: number, what: string) =>
  z
    .string({error: what})
    .regex(/^\d{1,9}$/, {error: what})
    .transform(Number)
    .refine((value) => value >= 1 && value <= most, {error: what});

/** `8-16` or `29`, counted from 1 as the vendors' tables do. */
const span = (what: string) =>
  z
    .string({error: (issue) => (isMissing(issue) ? 'is missing' : what)})
    .regex(/^[1-9]\d{0,3}(?:-[1-9]\d{0,3})?$/, {error: what})
    .transform((text) => {
      const [from = 0, to = from] = text.split('-').map(Number);
      return {from, to};
    })
    .refine(({from, to}) => from <= to && to <= LONGEST_LINE, {error: `${what}; the first number must not be the larger`});

/** What a field must be: a text, one of several texts, or what a pattern matches. For a party: its kind, `none` if it is empty. */
const condition = z.union([z.string(), z.array(z.string()).min(1), z.strictObject({match: pattern})], {
  error: 'must be a text, a list of texts, or {match: pattern}',
});
/** All of them must hold. */
const when = z.record(field, condition, {error: 'must be a section of conditions such as {completion: A}'});

/** How lines of one form are cut into fields. Which form it is, its length decides, and `when` where two have the same. */
const layout = z.strictObject({
  name: word('must be a name'),
  /** Fixed columns, for lines whose length in characters is one of these. */
  columns: z.record(field, span('must be columns such as 8-16')).optional(),
  lengths: oneOrMore(span('must be a length such as 90, or 47-80 where trailing blanks are cut')).optional(),
  /** Comma-separated fields, after those of `leading`; their number is the length. `_` is a field that nobody needs. */
  csv: z
    .array(field.or(z.literal('_')), {error: 'must be a list'})
    .max(MOST_FIELDS)
    .optional(),
  when: when.optional(),
  /** The fields that identify a record: equal fields, equal record, however often it comes. Without the first there is no id. */
  id: listOf(field, 10).optional(),
});

const kind = z.strictObject({
  is: word('must be a kind such as line or trunk'),
  /** Its group, if it has one, is the name; else all of it. */
  match: pattern,
});

const value = z.strictObject({from: reference, picture: sentence});

/** Where the parts of a call come from; of several, the first that is not empty. */
const parts = z.strictObject({
  extension: oneOrMore(reference).optional(),
  dialled: oneOrMore(reference).optional(),
  caller: oneOrMore(reference).optional(),
  trunk: oneOrMore(reference).optional(),
  account: oneOrMore(reference).optional(),
});

const section = (issue: {readonly code?: string}): string | undefined =>
  issue.code === 'invalid_type' ? 'must be a section of named parts' : undefined;

export const profileSchema = z.strictObject(
  {
    format: z.literal(PROFILE_FORMAT, {error: `must be ${PROFILE_FORMAT}`}),
    name: word('must be a name'),
    /** Makes and models, for people. */
    title: sentence,
    /** Source keys of one family speak of the same calls, whatever the profile: a file and a live event of one Asterisk. */
    family: word('must be a name'),
    /** `captured`: its lines were seen; `manual`: read in a manual only, so that an engineer accepts its first calls. */
    evidence: z.strictObject({is: oneOf(['captured', 'manual']), source: sentence}),
    encoding: oneOf(['latin1', 'utf-8']),
    /** Do outgoing calls say whether they were answered? For people; each call says it for itself. */
    answers: oneOf(['always', 'sometimes', 'never']),
    /** Whole lines that are no calls: headings, status, gaps. The first that matches says what the line is. */
    lines: listOf(z.strictObject({what: word('must be a kind of line'), match: pattern})).optional(),
    separator: z.string().length(1, {error: 'must be one character'}).default(','),
    /** CSV fields with which every layout begins. */
    leading: listOf(field.or(z.literal('_')), MOST_FIELDS).optional(),
    layouts: listOf(layout, MOST_LAYOUTS),
    /** What a party's text shows it to be: `T003` a trunk, `402` a line. The first that matches; `other` if none does. */
    kinds: z.record(word('must be a name'), listOf(kind)).default({}),
    /** Fields of which the kind counts. */
    parties: z.record(field, z.strictObject({field, as: word('must be a name under kinds')})).default({}),
    /** Records that are no calls, once their fields are known: legs of a call told elsewhere, barred attempts. */
    records: listOf(z.strictObject({what: word('must be a kind of record'), when})).optional(),
    /** `is`: what the time is of. Several fields are joined with a blank. */
    time: z.strictObject({is: oneOf(['start', 'answer', 'end']), from: oneOrMore(reference), picture: sentence}),
    /** From answer, or from seizure where answering is not reported. Blank only where nobody answered. */
    duration: value.extend({
      /** So many seconds and more are a counter that ran on. */
      ceiling: whole(10_000_000, 'must be whole seconds').optional(),
    }),
    /** Seconds of ringing; or, in `whole`, ringing and talking together. */
    ring: value.optional(),
    whole: value.optional(),
    /** The first that holds; a record for which none does is rejected. */
    answered: listOf(z.strictObject({when: when.default({}), is: oneOf(['yes', 'no', 'not-reported'])})),
    /** The first that holds; else unknown. */
    direction: listOf(z.strictObject({when: when.default({}), is: oneOf(['outgoing', 'incoming', 'internal'])})),
    calls: z.strictObject({outgoing: parts, incoming: parts, internal: parts, unknown: parts.default({})}),
    flags: listOf(z.strictObject({when, is: oneOf(['transferred', 'long-call-marker'])})).optional(),
    /** What is hashed for a record without an id of its own: every field that tells one call from another. */
    sourceKey: listOf(field),
  },
  {error: section},
);

export type Profile = z.output<typeof profileSchema>;
export type Layout = z.output<typeof layout>;
export type When = z.output<typeof when>;
export type Parts = z.output<typeof parts>;
