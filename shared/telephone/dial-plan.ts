// What a person dialled becomes a number that can be priced: E.164 or a short code, and whether it is an emergency.
// In: digits as the switchboard recorded them, and the site's dial plan. Out: the number and each step on the way to it.
// Never true: an emergency number is hidden by a stripped digit; digits keyed after the answer (PINs) survive in `digits`.
import {callingCodeOf, countryOf, isStrayZero, type Country} from './country.ts';
import {
  accountCodeIn,
  carrierCodeLength,
  prepareCodes,
  shortCodeOf,
  type AccountCodeRule,
  type DialPattern,
  type PreparedCodes,
  type ShortCode,
} from './dial-codes.ts';
import {Reading, type Dialled} from './reading.ts';

export type {Dialled, DialStep, SpecialNumber} from './reading.ts';

/** How the site's telephones dial; what the cloud's site policy says of it. */
export type DialPlan = {
  readonly outsideLine: string;
  readonly areaCode: string;
  readonly nationalPrefix: string;
  readonly internationalPrefixes: readonly string[];
  readonly extensionDigits: number;
  /** How long numbers are that are dialled without area code; by default as long as the country's numbers allow. */
  readonly localLengths?: readonly number[] | undefined;
  /** Dialled before a number to choose who carries the call. */
  readonly carrierCodes?: readonly DialPattern[] | undefined;
  /** Beside the country's own. */
  readonly supplementaryPrefixes?: readonly string[] | undefined;
  readonly shortCodes?: readonly ShortCode[] | undefined;
  readonly accountCodes?: AccountCodeRule | undefined;
};

/** A dial plan with what is known of its country, made once for many calls. */
export type PreparedDialPlan = {
  readonly plan: DialPlan;
  readonly country: Country;
  readonly supplementaryPrefixes: readonly string[];
  readonly alwaysOpen: ReadonlySet<string>;
  readonly codes: PreparedCodes;
};

/** Withhold or show one's number for one call: BT 141 and 1470, Eircom 141 and 142, Telstra 1831 and 1832, Spark 0197 and 0196, … */
const SUPPLEMENTARY_PREFIXES: Readonly<Record<string, readonly string[]>> = {
  GB: ['1470', '141'],
  IE: ['141', '142'],
  AU: ['1831', '1832'],
  NZ: ['0197', '0196'],
  DE: ['*31#', '#31#'],
  US: ['*67', '*82'],
  CA: ['*67', '*82'],
};
/** What switchboards and people put between digits; `,` and `p` are pauses. */
const SEPARATORS = /[\s\-./(),p]/g;
/** No short code is longer; longer digits that fit nothing are a number of the own country with more keyed after it. */
const LONGEST_SHORT_CODE = 6;
/** Longer text is no telephone number with a PIN after it, but garbage. */
const LONGEST_DIALLED = 64;

/** Returns undefined if nothing is known of the country. `alwaysOpen` as dialled, with or without the outside-line digits. */
export function prepareDialPlan(plan: DialPlan, country: string, alwaysOpen: readonly string[]): PreparedDialPlan | undefined {
  const known = countryOf(country);
  if (known === undefined) return undefined;
  const own = SUPPLEMENTARY_PREFIXES[country] ?? [];
  const supplementaryPrefixes = [...new Set([...own, ...(plan.supplementaryPrefixes ?? [])])].toSorted((a, b) => b.length - a.length);
  return {plan, country: known, supplementaryPrefixes, alwaysOpen: new Set(alwaysOpen), codes: prepareCodes(plan)};
}

/**
 * Reads dialled digits. `reach`: `external` if the call took a trunk, else the digits decide. Total: never throws.
 */
export function interpretDialled(dialled: string, plan: PreparedDialPlan, reach: 'external' | 'unknown' = 'external'): Dialled {
  const text = dialled.length > LONGEST_DIALLED ? '' : dialled.replace(SEPARATORS, '');
  if (!/^(?:\+[0-9]+|[0-9*#]+)$/.test(text) && !isWithAccountCode(text, plan)) {
    return {kind: 'unreadable', why: whyUnreadable(dialled), steps: [], special: undefined, accountCode: undefined};
  }
  const reading = new Reading(text, plan);
  cutBehindEmergency(reading, plan);
  if (!reading.isEmergency()) takeAccountCode(reading, 'before', plan);
  if (reading.isEmergency()) return reading.shortCode();
  const isFeature = takeShortCode(reading, plan);
  if (reading.isEmergency()) return reading.shortCode();
  if (reach === 'unknown' && (isFeature || looksInternal(reading, plan.plan))) return reading.internal();
  return readExternal(reading, plan);
}

function whyUnreadable(dialled: string): string {
  if (dialled.trim() === '') return 'no digits were recorded';
  if (dialled.length > LONGEST_DIALLED) return `it has more than ${LONGEST_DIALLED} signs`;
  const [odd] = /[^0-9*#+\s\-./(),p]/u.exec(dialled) ?? [];
  if (odd === undefined) return 'a + may only be its first sign, with digits behind it';
  const code = (odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `the sign ${/[!-~]/.test(odd) ? `“${odd}”` : `U+${code}`} is on no telephone`;
}

/** `+44…#1234` or `*81234#+44…`: the one place where + and # stand together. */
function isWithAccountCode(text: string, {codes}: PreparedDialPlan): boolean {
  return codes.account !== undefined && /^(?:[0-9*#]*[*#])?\+[0-9]+(?:[*#][0-9*#]*)?$/.test(text);
}

/** 999# before anything is taken off: else the 9 of an outside line would be. */
function cutBehindEmergency(reading: Reading, {country}: PreparedDialPlan): void {
  const keyed = reading.digits.search(/[*#]/);
  if (keyed <= 0 || reading.isEmergency()) return;
  const before = reading.digits.slice(0, keyed);
  if (country.emergencyExact.test(before)) reading.step('keyed-after-answer', before);
}

/** Digits that are an emergency number, with or without the outside-line digits, are no account code: 112# is a call for help. */
function takeAccountCode(reading: Reading, position: 'before' | 'after', {codes, country, plan}: PreparedDialPlan): void {
  if (reading.accountCode !== undefined) return;
  const found = accountCodeIn(reading.digits, position, codes);
  if (found === undefined) return;
  const {code, rest} = found;
  const behindLine = code.startsWith(plan.outsideLine) ? code.slice(plan.outsideLine.length) : code;
  if (position === 'before' && (country.emergencyExact.test(code) || country.emergencyExact.test(behindLine))) return;
  reading.accountCode = code;
  reading.step('account-code', rest);
}

/** A speed dial becomes its number. True for a feature of the switchboard, which goes nowhere. */
function takeShortCode(reading: Reading, {codes}: PreparedDialPlan): boolean {
  const found = shortCodeOf(reading.digits, codes);
  if (found?.number !== undefined) reading.step('short-code', found.number);
  return found !== undefined && found.number === undefined;
}

function looksInternal({digits}: Reading, plan: DialPlan): boolean {
  if (digits.length > plan.extensionDigits || digits.startsWith('+')) return false;
  return plan.outsideLine === '' || !digits.startsWith(plan.outsideLine);
}

function readExternal(reading: Reading, prepared: PreparedDialPlan): Dialled {
  stripBeforeNumber(reading, prepared);
  if (reading.isEmergency()) return reading.shortCode();
  takeAccountCode(reading, 'after', prepared);
  if (reading.isEmergency()) return reading.shortCode();
  if (/^[*#]/.test(reading.digits)) return reading.shortCode();
  const keyed = reading.digits.search(/[*#]/);
  if (keyed > 0) reading.step('keyed-after-answer', reading.digits.slice(0, keyed));
  if (reading.isEmergency()) return reading.shortCode();
  return readNumber(reading, prepared);
}

/** The outside-line digits, and what changes how a call is made, not where it goes. */
function stripBeforeNumber(reading: Reading, prepared: PreparedDialPlan): void {
  const {outsideLine} = prepared.plan;
  const isSpeedDial = reading.steps.at(-1)?.did === 'short-code';
  if (!isSpeedDial && outsideLine !== '' && startsAndGoesOn(reading.digits, outsideLine)) {
    reading.step('outside-line', reading.digits.slice(outsideLine.length));
    if (reading.isEmergency()) return;
    takeAccountCode(reading, 'before', prepared);
    if (reading.isEmergency()) return;
    takeShortCode(reading, prepared);
    if (reading.isEmergency()) return;
  }
  // Either may come first: 141 and then 1010x, or the other way round.
  stripSupplementary(reading, prepared);
  if (reading.isEmergency() || !stripCarrier(reading, prepared) || reading.isEmergency()) return;
  if (!reading.steps.some(({did}) => did === 'supplementary-prefix')) stripSupplementary(reading, prepared);
}

function stripSupplementary(reading: Reading, {supplementaryPrefixes}: PreparedDialPlan): void {
  const prefix = supplementaryPrefixes.find((candidate) => startsAndGoesOn(reading.digits, candidate));
  if (prefix !== undefined) reading.step('supplementary-prefix', reading.digits.slice(prefix.length));
}

function stripCarrier(reading: Reading, {codes}: PreparedDialPlan): boolean {
  const length = carrierCodeLength(reading.digits, codes);
  if (length > 0) reading.step('carrier-code', reading.digits.slice(length));
  return length > 0;
}

function readNumber(reading: Reading, {plan, country}: PreparedDialPlan): Dialled {
  const abroad = reading.digits.startsWith('+')
    ? '+'
    : plan.internationalPrefixes.find((prefix) => startsAndGoesOn(reading.digits, prefix));
  if (abroad !== undefined) {
    reading.step('international-prefix', reading.digits.slice(abroad.length));
    if (reading.isEmergency()) return reading.shortCode();
    if (reading.digits.startsWith('0')) return reading.unreadable('no country has a calling code that begins with 0');
    takeStrayZero(reading, country);
    return reading.e164();
  }
  if (country.shortCode.test(reading.digits)) return reading.shortCode();
  if (plan.nationalPrefix !== '' && startsAndGoesOn(reading.digits, plan.nationalPrefix)) {
    reading.step('national-prefix', reading.digits.slice(plan.nationalPrefix.length));
    return reading.isEmergency() ? reading.shortCode() : national(reading, country);
  }
  return readBare(reading, plan, country);
}

/** +44 (0)20 7946 0000, as cards print it and telephones dial it: who answered is +44 20 7946 0000. */
function takeStrayZero(reading: Reading, {emergencyExact}: Country): void {
  const {digits} = reading;
  const code = callingCodeOf(digits) ?? '';
  const next = digits[code.length + 1];
  if (digits[code.length] !== '0' || next === undefined || !isStrayZero(code, Number(next))) return;
  const rest = code + digits.slice(code.length + 1);
  // +90 0000 from Sweden is no call for help: there 90000 is one, and here the 90 is a calling code.
  if (!emergencyExact.test(rest)) reading.step('national-prefix', rest);
}

/** Digits without any prefix: a local number, a national one as some trunks print it, or a short code. */
function readBare(reading: Reading, plan: DialPlan, country: Country): Dialled {
  const {digits} = reading;
  // 01 44 … in North America asks for an operator: it is no number of New York's.
  if (digits.startsWith('0') && !country.hasLeadingZeros && digits.length > LONGEST_SHORT_CODE) {
    return reading.unreadable(`no number in ${country.code} begins with 0, nor is 0 dialled before one there`);
  }
  if (isLocal(digits.length, plan, country)) {
    // Voicemail and its PIN: 1571 1234 is as long as a number of London, of which none begins with 1.
    const code = digits.startsWith('1') ? codeWithMore(reading, country) : undefined;
    return code ?? local(reading, plan.areaCode, country);
  }
  if (country.nationalLengths.has(digits.length)) return national(reading, country);
  if (hasCountryCode(digits, country)) return reading.e164();
  return readOddLength(reading, plan, country);
}

/** As long as no number: a code or a local number with more behind it. */
function readOddLength(reading: Reading, plan: DialPlan, country: Country): Dialled {
  const {digits} = reading;
  // 7946 0000 and a PIN is no short code 79460.
  const mayBeLocal = plan.areaCode !== '' && digits.length > LONGEST_SHORT_CODE && !digits.startsWith('1');
  const code = mayBeLocal ? undefined : codeWithMore(reading, country);
  if (code !== undefined) return code;
  if (digits.length <= LONGEST_SHORT_CODE) return reading.shortCode();
  return plan.areaCode === '' ? national(reading, country) : localWithMore(reading, plan, country);
}

/** A short code and what was keyed after the answer. A number that the site keeps open is only ever itself. */
function codeWithMore(reading: Reading, country: Country): Dialled | undefined {
  const code = reading.special === 'always-open' ? undefined : shortCodeAtStart(reading.digits, country);
  if (code === undefined) return undefined;
  reading.step('keyed-after-answer', code);
  return reading.shortCode();
}

/** The own country's code and a number, as some trunks print it. */
function hasCountryCode(digits: string, {callingCode, nationalLengths}: Country): boolean {
  return digits.startsWith(callingCode) && nationalLengths.has(digits.length - callingCode.length);
}

/** A local number, and perhaps more that was keyed after the answer. */
function localWithMore(reading: Reading, plan: DialPlan, country: Country): Dialled {
  const {digits} = reading;
  const longest = Math.max(...(plan.localLengths ?? []));
  if (longest > 0 && digits.length > longest) reading.step('keyed-after-answer', digits.slice(0, longest));
  return reading.isEmergency() ? reading.shortCode() : local(reading, plan.areaCode, country);
}

/** Can so many digits be a number of the site's own area? */
function isLocal(length: number, {areaCode, localLengths}: DialPlan, country: Country): boolean {
  if (areaCode === '') return false;
  return localLengths === undefined ? country.landlineLengths.has(areaCode.length + length) : localLengths.includes(length);
}

/** Never an emergency number: 999 and any digits would be a free call. */
function shortCodeAtStart(digits: string, country: Country): string | undefined {
  for (let length = Math.min(LONGEST_SHORT_CODE, digits.length - 1); length >= 2; length -= 1) {
    const start = digits.slice(0, length);
    if (country.shortCode.test(start) && !country.emergencyExact.test(start)) return start;
  }
  return undefined;
}

function local(reading: Reading, areaCode: string, country: Country): Dialled {
  reading.step('area-code', areaCode + reading.digits);
  return national(reading, country);
}

function national(reading: Reading, country: Country): Dialled {
  reading.step('country-code', country.callingCode + reading.digits);
  return reading.e164();
}

function startsAndGoesOn(digits: string, prefix: string): boolean {
  return digits.length > prefix.length && digits.startsWith(prefix);
}
