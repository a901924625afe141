// Which dial plan `spbs number` reads by: the site's own out of the box's database, a file with its rules, or words.
import {readFileSync} from 'node:fs';
import {parse} from 'yaml';
import {createSiteBook} from '../edge/site/book.ts';
import {openForReading} from '../edge/store/open.ts';
import {Failure} from '../shared/failure/failure.ts';
import {countryOf, type Country} from '../shared/telephone/country.ts';
import type {DialPlan} from '../shared/telephone/dial-plan.ts';
import {DOWN_BODIES} from '../shared/wire/kinds.ts';

/** What a policy says of numbers. */
export type NumberRules = {
  readonly country: string;
  readonly dialPlan: DialPlan;
  readonly alwaysOpen: readonly string[];
  readonly extensions: readonly string[];
};

/** Words that change or replace what the country says of itself. */
export type PlanWords = {
  readonly country: string;
  readonly 'outside-line': string;
  readonly 'area-code': string;
  readonly 'local-length': readonly string[];
  readonly 'national-prefix': string | undefined;
  readonly 'international-prefix': readonly string[];
  readonly 'extension-digits': string;
  readonly carrier: readonly string[];
  readonly supplementary: readonly string[];
  readonly short: readonly string[];
  readonly 'account-code': string | undefined;
  readonly 'always-open': readonly string[];
};

const rules = DOWN_BODIES.policy.pick({country: true, dialPlan: true, alwaysOpen: true});

/** Throws Failure `config.invalid` for a box that has no rules yet, and the store's own. */
export function rulesOfSite(path: string): NumberRules {
  const database = openForReading(path);
  try {
    const book = createSiteBook(database, () => undefined);
    const policy = book.policy();
    if (policy !== undefined) return {...policy, extensions: book.extensions()};
    const cure = 'wait until the site’s policy has come down from the cloud, or give --country and the rest in its place';
    throw new Failure('config.invalid', 'the box does not know its site yet', cure);
  } finally {
    database.close();
  }
}

/** A policy, or its part that speaks of numbers, as JSON or YAML. Throws Failure `config.invalid`. */
export function rulesOfFile(path: string): NumberRules {
  const said = parsedFile(path);
  const read = rules.safeParse(typeof said === 'object' && said !== null ? {alwaysOpen: [], ...said} : said);
  if (read.success) return {...read.data, extensions: []};
  const [issue] = read.error.issues;
  const where = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
  throw new Failure('config.invalid', `${path} is no site policy: ${where}`, 'it holds country, dialPlan and alwaysOpen');
}

function parsedFile(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Failure('config.invalid', `${path} cannot be read`, 'name a JSON or YAML file with the site’s policy', cause);
  }
}

/** As telephones of the country dial, changed by words; or what is wrong with these. */
export function rulesOfWords(words: PlanWords): NumberRules | string {
  const country = countryOf(words.country);
  if (country === undefined) return `nothing is known of a country ${words.country}; write two capitals such as GB`;
  const shortCodes = words.short.map(shortCodeIn);
  const accountCodes = words['account-code'] === undefined ? undefined : accountCodeRule(words['account-code']);
  if (accountCodes === 'unreadable') return `--account-code ${words['account-code'] ?? ''} is not such as *8NNNN# or #NNNN`;
  const read = rules.safeParse({
    country: words.country,
    alwaysOpen: words['always-open'],
    dialPlan: {
      outsideLine: words['outside-line'],
      areaCode: words['area-code'],
      nationalPrefix: words['national-prefix'] ?? country.nationalPrefix,
      internationalPrefixes: internationalPrefixes(words, country),
      extensionDigits: Number(words['extension-digits']),
      localLengths: words['local-length'].length === 0 ? undefined : words['local-length'].map(Number),
      carrierCodes: words.carrier,
      supplementaryPrefixes: words.supplementary,
      shortCodes,
      accountCodes,
    },
  });
  if (read.success) return {...read.data, extensions: []};
  const [issue] = read.error.issues;
  return `${issue?.path.slice(1).join(' ') ?? ''}: ${issue?.message ?? ''}`;
}

function internationalPrefixes(words: PlanWords, {internationalPrefix}: Country): readonly string[] {
  if (words['international-prefix'].length > 0) return words['international-prefix'];
  return internationalPrefix === '' ? [] : [internationalPrefix];
}

/** `77=+442079460000`, or `*21` for a feature. */
function shortCodeIn(text: string): {readonly code: string; readonly number?: string} {
  const [code = '', number] = text.split('=', 2);
  return number === undefined ? {code} : {code, number};
}

/** `*8NNNN#` before a number, `#NNNN` after it. */
function accountCodeRule(text: string): DialPlan['accountCodes'] | 'unreadable' {
  const before = /^([0-9*#]{0,6}?)(N{1,12})([*#]{1,2})$/.exec(text);
  if (before !== null) {
    const [, lead = '', code = '', separator = ''] = before;
    return {position: 'before', lead, length: code.length, separator};
  }
  const after = /^([*#]{1,2})([0-9]{0,6})(N{1,12})$/.exec(text);
  if (after === null) return 'unreadable';
  const [, separator = '', lead = '', code = ''] = after;
  return {position: 'after', lead, length: code.length, separator};
}
