// What a person dialled becomes a number that can be priced: E.164 or a short code, and whether it is an emergency.
// In: digits as the switchboard recorded them, and the site's dial plan. Out: the number and each step on the way to it.
// Never true: an emergency number is hidden by a stripped digit; digits keyed after the answer (PINs) survive in `digits`.
import {callingCodeOf, countryOf, numberLengths, LONGEST_E164, type Country} from './country.ts';

/** How the site's telephones dial; what the cloud's site policy says of it. */
export type DialPlan = {
  readonly outsideLine: string;
  readonly areaCode: string;
  readonly nationalPrefix: string;
  readonly internationalPrefixes: readonly string[];
  readonly extensionDigits: number;
};

/** A dial plan with what is known of its country, made once for many calls. */
export type PreparedDialPlan = {
  readonly plan: DialPlan;
  readonly country: Country;
  readonly supplementaryPrefixes: readonly string[];
  readonly alwaysOpen: ReadonlySet<string>;
};

export type DialStep =
  | 'as-dialled'
  | 'outside-line'
  | 'supplementary-prefix'
  | 'keyed-after-answer'
  | 'international-prefix'
  | 'national-prefix'
  | 'area-code'
  | 'country-code';

/** What was done, and the digits after it. */
export type DialledStep = {readonly did: DialStep; readonly digits: string};

/**
 * `emergency`: the number is one. `emergency-prefix`: it begins with one, so the network connects it there, but more
 * digits follow. `always-open`: a number of the site's own list.
 */
export type SpecialNumber = 'emergency' | 'emergency-prefix' | 'always-open' | undefined;

type Read = {readonly steps: readonly DialledStep[]; readonly special: SpecialNumber};

export type Dialled =
  /** Digits from the calling code on, without +. */
  | (Read & {readonly kind: 'e164'; readonly digits: string})
  | (Read & {readonly kind: 'short'; readonly digits: string})
  | (Read & {readonly kind: 'internal'; readonly digits: string})
  | (Read & {readonly kind: 'unreadable'; readonly why: string});

/** Withhold or show one's number for one call: BT 141 and 1470, Eircom 141 and 142, North America *67 and *82. */
const SUPPLEMENTARY_PREFIXES: Readonly<Record<string, readonly string[]>> = {
  GB: ['1470', '141'],
  IE: ['141', '142'],
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
  const supplementaryPrefixes = SUPPLEMENTARY_PREFIXES[country] ?? [];
  return {plan, country: known, supplementaryPrefixes, alwaysOpen: new Set(alwaysOpen)};
}

/**
 * Reads dialled digits. `reach`: `external` if the call took a trunk, else the digits decide. Total: never throws.
 */
export function interpretDialled(dialled: string, plan: PreparedDialPlan, reach: 'external' | 'unknown' = 'external'): Dialled {
  const text = dialled.length > LONGEST_DIALLED ? '' : dialled.replace(SEPARATORS, '');
  if (!/^(?:\+[0-9]+|[0-9*#]+)$/.test(text)) {
    const why = dialled.trim() === '' ? 'no digits were recorded' : 'what was recorded is not a telephone number';
    return {kind: 'unreadable', why, steps: [], special: undefined};
  }
  const reading = new Reading(text, plan);
  if (reading.special === 'emergency') return reading.shortCode();
  if (reach === 'unknown' && looksInternal(text, plan.plan)) return reading.internal();
  return readExternal(reading, plan);
}

/** The digits at each step; every step is tested for emergency and always-open numbers, and an exact match wins for good. */
class Reading {
  digits: string;
  special: SpecialNumber;
  readonly steps: DialledStep[] = [];
  /** Only with the outside-line digits before it does the number begin like an emergency number. */
  #byOutsideLine = false;
  readonly #plan: PreparedDialPlan;

  constructor(digits: string, plan: PreparedDialPlan) {
    this.#plan = plan;
    this.digits = digits;
    this.step('as-dialled', digits);
  }

  /**
   * Only the digits that the network sees can connect to an emergency number with more after it: behind 011, India's
   * 91 1… would be taken for 911. So prefixes are tested up to the network's digits, exact numbers at every step.
   */
  step(did: DialStep, digits: string): void {
    this.digits = digits;
    this.steps.push({did, digits});
    if (this.special === 'emergency') return;
    const {country, alwaysOpen} = this.#plan;
    if (country.emergencyExact.test(digits)) this.special = 'emergency';
    else if (this.special === 'always-open') return;
    else if (alwaysOpen.has(digits)) this.special = 'always-open';
    else if (seenByNetwork(did)) this.#testPrefix(did, country.emergencyPrefix.test(digits));
  }

  #testPrefix(did: DialStep, matches: boolean): void {
    this.#byOutsideLine = !matches && did === 'outside-line' && this.special === 'emergency-prefix';
    if (matches) this.special = 'emergency-prefix';
  }

  shortCode(): Dialled {
    return {kind: 'short', digits: this.digits, steps: this.steps, special: this.special};
  }

  internal(): Dialled {
    return {kind: 'internal', digits: this.digits, steps: this.steps, special: this.special};
  }

  unreadable(why: string): Dialled {
    return {kind: 'unreadable', why, steps: this.steps, special: this.special};
  }

  /** `digits` from the calling code on; what is longer than any number of that code was keyed after the answer. */
  e164(): Dialled {
    const code = callingCodeOf(this.digits);
    const lengths = code === undefined ? [LONGEST_E164] : [...numberLengths(code)];
    const longest = Math.max(...lengths);
    if (this.digits.length > longest) this.step('keyed-after-answer', this.digits.slice(0, longest));
    // 0-0011 44 … from Sydney begins like 000, and 9-9312 3456 in Singapore like 993: a whole number says what the first digit was.
    if (this.#byOutsideLine && lengths.includes(this.digits.length)) this.special = undefined;
    return {kind: 'e164', digits: this.digits, steps: this.steps, special: this.special};
  }
}

function seenByNetwork(did: DialStep): boolean {
  return did === 'as-dialled' || did === 'outside-line' || did === 'supplementary-prefix';
}

function looksInternal(text: string, plan: DialPlan): boolean {
  if (text.length > plan.extensionDigits || text.startsWith('+')) return false;
  return plan.outsideLine === '' || !text.startsWith(plan.outsideLine);
}

function readExternal(reading: Reading, prepared: PreparedDialPlan): Dialled {
  stripBeforeNumber(reading, prepared);
  if (reading.special === 'emergency') return reading.shortCode();
  if (/^[*#]/.test(reading.digits)) return reading.shortCode();
  const keyed = reading.digits.search(/[*#]/);
  if (keyed > 0) reading.step('keyed-after-answer', reading.digits.slice(0, keyed));
  if (isEmergency(reading)) return reading.shortCode();
  return readNumber(reading, prepared);
}

/** The outside-line digits and the prefixes that change how a call is made, not where it goes. */
function stripBeforeNumber(reading: Reading, {plan, supplementaryPrefixes}: PreparedDialPlan): void {
  if (plan.outsideLine !== '' && startsAndGoesOn(reading.digits, plan.outsideLine)) {
    reading.step('outside-line', reading.digits.slice(plan.outsideLine.length));
    if (isEmergency(reading)) return;
  }
  const supplementary = supplementaryPrefixes.find((prefix) => startsAndGoesOn(reading.digits, prefix));
  if (supplementary !== undefined) reading.step('supplementary-prefix', reading.digits.slice(supplementary.length));
}

function readNumber(reading: Reading, {plan, country}: PreparedDialPlan): Dialled {
  const abroad = reading.digits.startsWith('+')
    ? '+'
    : plan.internationalPrefixes.find((prefix) => startsAndGoesOn(reading.digits, prefix));
  if (abroad !== undefined) {
    reading.step('international-prefix', reading.digits.slice(abroad.length));
    if (isEmergency(reading)) return reading.shortCode();
    return reading.digits.startsWith('0') ? reading.unreadable('no country has a calling code that begins with 0') : reading.e164();
  }
  if (country.shortCode.test(reading.digits)) return reading.shortCode();
  if (plan.nationalPrefix !== '' && startsAndGoesOn(reading.digits, plan.nationalPrefix)) {
    reading.step('national-prefix', reading.digits.slice(plan.nationalPrefix.length));
    return isEmergency(reading) ? reading.shortCode() : national(reading, country);
  }
  return readBare(reading, plan, country);
}

/** Digits without any prefix: a local number, a national one as some trunks print it, or a short code. */
function readBare(reading: Reading, plan: DialPlan, country: Country): Dialled {
  const {digits} = reading;
  const isLocal = plan.areaCode !== '' && country.landlineLengths.has(plan.areaCode.length + digits.length);
  if (isLocal) return local(reading, plan.areaCode, country);
  if (country.nationalLengths.has(digits.length)) return national(reading, country);
  if (digits.startsWith(country.callingCode) && country.nationalLengths.has(digits.length - country.callingCode.length))
    return reading.e164();
  const short = reading.special === 'always-open' ? undefined : shortCodeAtStart(digits, country);
  if (short !== undefined) {
    reading.step('keyed-after-answer', short);
    return reading.shortCode();
  }
  if (digits.length <= LONGEST_SHORT_CODE) return reading.shortCode();
  return plan.areaCode === '' ? national(reading, country) : local(reading, plan.areaCode, country);
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

/** A function of its own because TypeScript does not see that `step` changes `special`. */
function isEmergency(reading: Reading): boolean {
  return reading.special === 'emergency';
}

function startsAndGoesOn(digits: string, prefix: string): boolean {
  return digits.length > prefix.length && digits.startsWith(prefix);
}
