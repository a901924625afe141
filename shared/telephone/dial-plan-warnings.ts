// What a site's dial plan and its lines do to each other: for commissioning and for the desk, before anybody dials.
// In: the plan and the extensions. Out: a list of warnings, each with its cure. Never true: a warning changes a price.
import {prepareDialPlan, type DialPlan} from './dial-plan.ts';
import type {Country} from './country.ts';

export type DialPlanWarning = {
  readonly kind:
    | 'unknown-country'
    | 'extension-is-emergency'
    | 'extension-begins-like-emergency'
    | 'emergency-begins-with-extension'
    | 'extension-behind-outside-line'
    | 'extension-too-long'
    | 'extension-is-short-code'
    | 'code-is-emergency';
  /** The extension or code that it is about, and what it collides with. */
  readonly subject: string;
  readonly other: string;
  readonly what: string;
  readonly cure: string;
};

type Site = {readonly country: string; readonly dialPlan: DialPlan; readonly alwaysOpen: readonly string[]};

/** No country's emergency numbers are longer. */
const LONGEST_EMERGENCY = 5;
const RENUMBER = 'Give the line another number.';

export function dialPlanWarnings({country, dialPlan, alwaysOpen}: Site, extensions: readonly string[]): readonly DialPlanWarning[] {
  const prepared = prepareDialPlan(dialPlan, country, alwaysOpen);
  if (prepared === undefined) {
    const what = `nothing is known of a country ${country}: no emergency number would be recognised`;
    return [{kind: 'unknown-country', subject: country, other: '', what, cure: 'Write its two capitals, such as GB.'}];
  }
  return [
    ...extensions.flatMap((extension) => [
      ...besideEmergency(extension, dialPlan, prepared.country),
      ...besidePlan(extension, dialPlan, prepared.codes.short),
    ]),
    ...codesLikeEmergency(dialPlan, prepared.country),
  ];
}

function besideEmergency(extension: string, {outsideLine}: DialPlan, country: Country): readonly DialPlanWarning[] {
  const warn = (kind: DialPlanWarning['kind'], other: string, what: string): readonly DialPlanWarning[] => [
    {kind, subject: extension, other, what, cure: RENUMBER},
  ];
  const dialled = [extension, ...(outsideLine !== '' && extension.startsWith(outsideLine) ? [extension.slice(outsideLine.length)] : [])];
  const exact = dialled.find((digits) => country.emergencyExact.test(digits));
  if (exact !== undefined) {
    const what = `extension ${extension} is dialled like the emergency number ${exact}: whoever needs help may ring a student`;
    return warn('extension-is-emergency', exact, what);
  }
  const begins = dialled.map((digits) => emergencyAtStart(digits, country)).find((found) => found !== undefined);
  if (begins !== undefined) {
    const what = `extension ${extension} begins like the emergency number ${begins}: a call to it may be connected there`;
    return warn('extension-begins-like-emergency', begins, what);
  }
  const cut = emergencyBeginningWith(extension, country);
  if (cut === undefined) return [];
  const what = `the emergency number ${cut} begins with extension ${extension}: the line may ring before ${cut} is dialled to its end`;
  return warn('emergency-begins-with-extension', cut, what);
}

/** The emergency number that these digits begin with, where more digits follow. */
function emergencyAtStart(digits: string, country: Country): string | undefined {
  for (let length = 2; length < digits.length; length += 1) {
    const start = digits.slice(0, length);
    if (country.emergencyExact.test(start) && country.emergencyPrefix.test(digits)) return start;
  }
  return undefined;
}

function emergencyBeginningWith(digits: string, country: Country): string | undefined {
  if (!/^\d+$/.test(digits)) return undefined;
  for (let more = 1; digits.length + more <= LONGEST_EMERGENCY; more += 1) {
    for (let rest = 0; rest < 10 ** more; rest += 1) {
      const number = digits + String(rest).padStart(more, '0');
      if (country.emergencyExact.test(number)) return number;
    }
  }
  return undefined;
}

type ShortCodes = readonly {readonly pattern: RegExp; readonly number: string | undefined}[];

function besidePlan(extension: string, plan: DialPlan, shortCodes: ShortCodes): readonly DialPlanWarning[] {
  const {outsideLine, extensionDigits} = plan;
  const warnings: DialPlanWarning[] = [];
  const warn = (kind: DialPlanWarning['kind'], other: string, what: string, cure: string): void => {
    warnings.push({kind, subject: extension, other, what, cure});
  };
  if (outsideLine !== '' && extension.startsWith(outsideLine)) {
    const what = `extension ${extension} begins with the outside-line digits ${outsideLine}: a call to it is read as one that goes out`;
    warn('extension-behind-outside-line', outsideLine, what, RENUMBER);
  }
  if (extension.length > extensionDigits) {
    const what = `extension ${extension} is longer than the ${extensionDigits} digits of an internal number: a call to it is read as one that goes out`;
    warn('extension-too-long', String(extensionDigits), what, 'Raise the length of internal numbers in the dial plan.');
  }
  const code = shortCodes.find(({pattern, number}) => number !== undefined && pattern.test(extension));
  if (code?.number !== undefined) {
    const what = `extension ${extension} is also a short code for ${code.number}`;
    warn('extension-is-short-code', code.number, what, 'Change the short code.');
  }
  return warnings;
}

/** What is taken off before a number must not look like a call for help. Emergency wins, so such a code is never taken off. */
function codesLikeEmergency(plan: DialPlan, country: Country): readonly DialPlanWarning[] {
  const {carrierCodes = [], supplementaryPrefixes = [], shortCodes = [], accountCodes} = plan;
  const codes = [...carrierCodes, ...supplementaryPrefixes, ...shortCodes.map(({code}) => code), accountCodes?.lead ?? ''];
  return codes.flatMap((code) => {
    const digits = code.replaceAll('x', '0');
    const other = country.emergencyExact.test(digits) ? digits : emergencyAtStart(digits, country);
    if (other === undefined) return [];
    const what = `the code ${code} begins like the emergency number ${other}, and is read as that`;
    return [{kind: 'code-is-emergency' as const, subject: code, other, what, cure: 'Choose another code.'}];
  });
}
