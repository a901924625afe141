// What the desk says of how a site dials.
import type {DialPlanWarning} from '../../../shared/telephone/dial-plan-warnings.ts';

export const DIAL_PLAN_WORDS = {
  change: 'Change the dial plan',
  title: (site: string) => `Dial plan of ${site}`,
  lead: 'What telephones dial, and what becomes of it. Calls that have a price keep it.',
  more: 'More of the dial plan',
  fields: {
    localLengths: 'Lengths of local numbers',
    carrierCodes: 'Carrier codes',
    supplementaryPrefixes: 'Further prefixes that withhold or show the number',
    shortCodes: 'Short codes of the switchboard',
    accountCodes: 'Account codes',
  },
  help: {
    localLengths: 'Digits dialled without the area code, such as “7 8”. Empty: as the country’s numbers allow.',
    carrierCodes: 'Dialled before a number to choose who carries it, such as 1010xxx; x is any digit. Separated by spaces.',
    supplementaryPrefixes: 'Besides the country’s own, such as 141 and 1470. Separated by spaces.',
    shortCodes: 'One a line: the code, and the number that it stands for, such as “81 02079460000”. A code alone is a call inside.',
    accountCodes:
      'How a code is dialled that says who pays: x for each of its digits, N for the number, such as *8xxxx#N or N#xxxx. Empty if there are none.',
  },
  errors: {
    localLengths: 'Enter numbers from 1 to 12, such as “7 8”',
    carrierCodes: 'Enter digits, *, # and x only, such as 1010xxx',
    supplementaryPrefixes: 'Enter digits, * and # only, at most 8 each',
    shortCodes: 'Enter on each line a code of digits, *, # and x, and perhaps one number',
    accountCodes: 'Enter x for each digit of the code, * or # between code and number, and N for the number, such as *8xxxx#N',
  },
  next: 'Check it',
  same: 'Nothing is changed: change something, or go back',
  confirm: (site: string) => `Change the dial plan of ${site}?`,
  will: (field: string, before: string, after: string) =>
    `${field}: ${before === '' ? 'nothing' : before} → ${after === '' ? 'nothing' : after}`,
  told: 'The box reads calls by it as soon as it hears of it. Calls that are priced stay as they are.',
  submit: 'Change the dial plan',
  done: 'The dial plan is changed. The box is told.',
  warningsTitle: 'Lines and dial plan do not fit together',
  warnings: {
    'unknown-country': (country) => `Nothing is known of a country ${country}: no emergency number would be recognised.`,
    'extension-is-emergency': (line, number) =>
      `Line ${line} is dialled like the emergency number ${number}: whoever needs help may ring a student. Give the line another number.`,
    'extension-begins-like-emergency': (line, number) =>
      `Line ${line} begins like the emergency number ${number}: a call to it may be connected there. Give the line another number.`,
    'emergency-begins-with-extension': (line, number) =>
      `The emergency number ${number} begins with line ${line}, which may ring before the number is dialled to its end. Give the line another number.`,
    'extension-behind-outside-line': (line, digits) =>
      `Line ${line} begins with ${digits}, the digit for an outside line: a call to it is read as one that goes out. Give the line another number.`,
    'extension-too-long': (line, digits) =>
      `Line ${line} is longer than the ${digits} digits of an internal number: a call to it is read as one that goes out. Raise the longest internal number.`,
    'extension-is-short-code': (line, number) => `Line ${line} is also a short code for ${number}. Change the short code.`,
    'code-is-emergency': (code, number) =>
      `The code ${code} begins like the emergency number ${number}, and is read as that: choose another code`,
  } satisfies Readonly<Record<DialPlanWarning['kind'], (subject: string, other: string) => string>> as Readonly<
    Record<DialPlanWarning['kind'], (subject: string, other: string) => string>
  >,
  moreWarnings: (count: string) => `${count} more like these.`,
};
