// How a site dials, as it is typed on the form of a new site and on the page of its dial plan. Pure.
// In: fields. Out: a dial plan and the numbers that always work, or what is wrong beside which field.
// Never true: a code that is taken off a number although it begins like an emergency number.
import {dialPlanWarnings} from '../../shared/telephone/dial-plan-warnings.ts';
import type {Country} from '../../shared/telephone/country.ts';
import type {Errors} from '../../shared/ui/form.tsx';
import type {Policy} from '../../shared/wire/kinds.ts';
import type {DeskWords} from './messages.ts';

type DialPlan = Policy['dialPlan'];

/** As typed. */
export type DialFields = {
  readonly outsideLine: string;
  readonly areaCode: string;
  readonly extensionDigits: string;
  readonly alwaysOpen: string;
  readonly localLengths: string;
  readonly carrierCodes: string;
  readonly supplementaryPrefixes: string;
  /** One a line: a code, and perhaps the number that it stands for. */
  readonly shortCodes: string;
  /** `*8xxxx#N` or `N#xxxx`: x is a digit of the code, N the number. */
  readonly accountCodes: string;
};

export const DIAL_FIELDS = ['outsideLine', 'areaCode', 'extensionDigits', 'alwaysOpen'] as const;
export const MORE_DIAL_FIELDS = ['localLengths', 'carrierCodes', 'supplementaryPrefixes', 'shortCodes', 'accountCodes'] as const;

export const NO_MORE_DIAL_FIELDS = {
  localLengths: '',
  carrierCodes: '',
  supplementaryPrefixes: '',
  shortCodes: '',
  accountCodes: '',
} as const;

/** Of a site that is there. */
export function fieldsOfPolicy({dialPlan, alwaysOpen}: Pick<Policy, 'dialPlan' | 'alwaysOpen'>): DialFields {
  const {outsideLine, areaCode, extensionDigits, localLengths = [], carrierCodes = [], supplementaryPrefixes = []} = dialPlan;
  return {
    outsideLine,
    areaCode,
    extensionDigits: String(extensionDigits),
    alwaysOpen: alwaysOpen.join(' '),
    localLengths: localLengths.join(' '),
    carrierCodes: carrierCodes.join(' '),
    supplementaryPrefixes: supplementaryPrefixes.join(' '),
    shortCodes: (dialPlan.shortCodes ?? []).map(({code, number}) => (number === undefined ? code : `${code} ${number}`)).join('\n'),
    accountCodes: patternOf(dialPlan.accountCodes),
  };
}

export type DialReading =
  | {readonly kind: 'read'; readonly dialPlan: DialPlan; readonly alwaysOpen: string[]}
  | {readonly kind: 'wrong'; readonly errors: Errors};

/** The prefixes are those of `before`, else the country's own. */
export function readDialFields(fields: DialFields, country: Country, words: DeskWords, before?: DialPlan): DialReading {
  const wrong = {...plainErrors(fields, words), ...moreErrors(fields, words)};
  if (Object.keys(wrong).length > 0) return {kind: 'wrong', errors: wrong};
  const {nationalPrefix, internationalPrefix} = country;
  const alwaysOpen = partsOf(fields.alwaysOpen);
  const dialPlan = {
    outsideLine: fields.outsideLine,
    areaCode: fields.areaCode,
    nationalPrefix: before?.nationalPrefix ?? nationalPrefix,
    internationalPrefixes: before?.internationalPrefixes ?? (internationalPrefix === '' ? [] : [internationalPrefix]),
    extensionDigits: Number(fields.extensionDigits),
    ...moreOf(fields),
  };
  const errors = emergencyErrors({country: country.code, dialPlan, alwaysOpen}, fields, words);
  return Object.keys(errors).length > 0 ? {kind: 'wrong', errors} : {kind: 'read', dialPlan, alwaysOpen};
}

/** What is empty is left out: older boxes know nothing of it. */
function moreOf(fields: DialFields): Partial<DialPlan> {
  const localLengths = partsOf(fields.localLengths).map(Number);
  const carrierCodes = partsOf(fields.carrierCodes);
  const supplementaryPrefixes = partsOf(fields.supplementaryPrefixes);
  const shortCodes = linesOf(fields.shortCodes).map(([code = '', number]) => ({code, ...(number !== undefined && {number})}));
  const accountCodes = ruleIn(fields.accountCodes);
  return {
    ...(localLengths.length > 0 && {localLengths}),
    ...(carrierCodes.length > 0 && {carrierCodes}),
    ...(supplementaryPrefixes.length > 0 && {supplementaryPrefixes}),
    ...(shortCodes.length > 0 && {shortCodes}),
    ...(accountCodes !== undefined && {accountCodes}),
  };
}

function plainErrors({outsideLine, areaCode, extensionDigits, alwaysOpen}: DialFields, {sites: {form: words}}: DeskWords): Errors {
  return {
    ...(/^[0-9*#]{0,4}$/.test(outsideLine) ? {} : {outsideLine: words.dialPlanWrong}),
    ...(/^\d{0,8}$/.test(areaCode) ? {} : {areaCode: words.dialPlanWrong}),
    ...(/^(?:[1-9]|1[0-2])$/.test(extensionDigits) ? {} : {extensionDigits: words.extensionDigitsWrong}),
    ...(areAll(partsOf(alwaysOpen), /^[0-9*#]{1,20}$/, 50) ? {} : {alwaysOpen: words.dialPlanWrong}),
  };
}

/** As a box takes them (shared/wire/kinds.ts). */
function moreErrors(fields: DialFields, {dialPlan: {errors: words}}: DeskWords): Errors {
  const short = linesOf(fields.shortCodes);
  const isShort = short.length <= 500 && short.every(([code = '', number, ...rest]) => rest.length === 0 && isShortCode(code, number));
  return {
    ...(areAll(partsOf(fields.localLengths), /^(?:[1-9]|1[0-2])$/, 12) ? {} : {localLengths: words.localLengths}),
    ...(areAll(partsOf(fields.carrierCodes), /^[0-9*#x]{1,20}$/, 50) ? {} : {carrierCodes: words.carrierCodes}),
    ...(areAll(partsOf(fields.supplementaryPrefixes), /^[0-9*#]{1,8}$/, 20) ? {} : {supplementaryPrefixes: words.supplementaryPrefixes}),
    ...(isShort ? {} : {shortCodes: words.shortCodes}),
    ...(fields.accountCodes === '' || ruleIn(fields.accountCodes) !== undefined ? {} : {accountCodes: words.accountCodes}),
  };
}

function isShortCode(code: string, number: string | undefined): boolean {
  return /^[0-9*#x]{1,20}$/.test(code) && (number === undefined || /^\+?[0-9*#]{1,20}$/.test(number));
}

/** Such a code is never taken off, so that it does nothing: said where it was typed. */
function emergencyErrors(site: Parameters<typeof dialPlanWarnings>[0], fields: DialFields, {dialPlan: words}: DeskWords): Errors {
  const errors: Record<string, string> = {};
  for (const {kind, subject, other} of dialPlanWarnings(site, [])) {
    const field = MORE_DIAL_FIELDS.find((name) => subjectsOf(fields, name).includes(subject));
    if (field !== undefined) errors[field] = words.warnings[kind](subject, other);
  }
  return errors;
}

function subjectsOf(fields: DialFields, name: (typeof MORE_DIAL_FIELDS)[number]): readonly (string | undefined)[] {
  if (name === 'accountCodes') return [ruleIn(fields.accountCodes)?.lead];
  return name === 'shortCodes' ? linesOf(fields.shortCodes).map(([code]) => code) : partsOf(fields[name]);
}

/** The rule in `*8xxxx#N` or `N#xxxx`. */
function ruleIn(text: string): DialPlan['accountCodes'] {
  const before = /^(?<lead>[0-9*#]{0,6})(?<code>x{1,12})(?<separator>[*#]{1,2})N$/.exec(text);
  const {
    lead = '',
    code = '',
    separator = '',
  } = (before ?? /^N(?<separator>[*#]{1,2})(?<lead>[0-9*#]{0,6})(?<code>x{1,12})$/.exec(text))?.groups ?? {};
  return code === '' ? undefined : {position: before === null ? 'after' : 'before', lead, length: code.length, separator};
}

function patternOf(rule: DialPlan['accountCodes']): string {
  if (rule === undefined) return '';
  const {position, lead, length, separator} = rule;
  const code = lead + 'x'.repeat(length);
  return position === 'before' ? `${code}${separator}N` : `N${separator}${code}`;
}

function areAll(parts: readonly string[], pattern: RegExp, most: number): boolean {
  return parts.length <= most && parts.every((part) => pattern.test(part));
}

function partsOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((each) => each !== '');
}

function linesOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .map((line) => line.split(/[\s=,;]+/).filter((each) => each !== ''))
    .filter((parts) => parts.length > 0);
}
