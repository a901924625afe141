// Dialled digits on their way to a number: each step is kept, and each is tested for numbers that are always open.
// In: digits and what was done to them. Out: what they have become. Never true: an emergency number is lost by a later step.
import {callingCodeOf, numberLengths, LONGEST_E164, type Country} from './country.ts';

export type DialStep =
  | 'as-dialled'
  | 'account-code'
  | 'short-code'
  | 'outside-line'
  | 'supplementary-prefix'
  | 'carrier-code'
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

type Read = {
  readonly steps: readonly DialledStep[];
  readonly special: SpecialNumber;
  /** Who pays, as dialled with the number. */
  readonly accountCode: string | undefined;
};

export type Dialled =
  /** Digits from the calling code on, without +. */
  | (Read & {readonly kind: 'e164'; readonly digits: string})
  | (Read & {readonly kind: 'short'; readonly digits: string})
  | (Read & {readonly kind: 'internal'; readonly digits: string})
  | (Read & {readonly kind: 'unreadable'; readonly why: string});

export type OpenNumbers = {readonly country: Country; readonly alwaysOpen: ReadonlySet<string>};

/** Up to here the digits are as the network may see them. */
const SEEN_BY_NETWORK: ReadonlySet<DialStep> = new Set<DialStep>([
  'as-dialled',
  'account-code',
  'short-code',
  'outside-line',
  'supplementary-prefix',
  'carrier-code',
]);

/** The digits at each step; every step is tested for emergency and always-open numbers, and an exact match wins for good. */
export class Reading {
  digits: string;
  special: SpecialNumber;
  accountCode: string | undefined;
  readonly steps: DialledStep[] = [];
  /** Only with the outside-line digits before it does the number begin like an emergency number. */
  #byOutsideLine = false;
  readonly #open: OpenNumbers;

  constructor(digits: string, open: OpenNumbers) {
    this.#open = open;
    this.digits = digits;
    this.step('as-dialled', digits);
  }

  /** A function because TypeScript does not see that `step` changes `special`. */
  isEmergency(): boolean {
    return this.special === 'emergency';
  }

  /**
   * Only the digits that the network sees can connect to an emergency number with more after it: behind 011, India's
   * 91 1… would be taken for 911. So prefixes are tested up to the network's digits, exact numbers at every step.
   */
  step(did: DialStep, digits: string): void {
    this.digits = digits;
    this.steps.push({did, digits});
    if (this.special === 'emergency') return;
    const {country, alwaysOpen} = this.#open;
    if (country.emergencyExact.test(digits)) this.special = 'emergency';
    else if (this.special === 'always-open') return;
    else if (alwaysOpen.has(digits)) this.special = 'always-open';
    else if (SEEN_BY_NETWORK.has(did)) this.#testPrefix(did, country.emergencyPrefix.test(digits));
  }

  #testPrefix(did: DialStep, matches: boolean): void {
    this.#byOutsideLine = !matches && did === 'outside-line' && this.special === 'emergency-prefix';
    if (matches) this.special = 'emergency-prefix';
  }

  shortCode(): Dialled {
    return {kind: 'short', digits: this.digits, steps: this.steps, special: this.special, accountCode: this.accountCode};
  }

  internal(): Dialled {
    return {kind: 'internal', digits: this.digits, steps: this.steps, special: this.special, accountCode: this.accountCode};
  }

  unreadable(why: string): Dialled {
    return {kind: 'unreadable', why, steps: this.steps, special: this.special, accountCode: this.accountCode};
  }

  /** `digits` from the calling code on; what is longer than any number of that code was keyed after the answer. */
  e164(): Dialled {
    const code = callingCodeOf(this.digits);
    const lengths = code === undefined ? [LONGEST_E164] : [...numberLengths(code)];
    const longest = Math.max(...lengths);
    if (this.digits.length > longest) this.step('keyed-after-answer', this.digits.slice(0, longest));
    // 0-0011 44 … from Sydney begins like 000, and 9-9312 3456 in Singapore like 993: a whole number says what the first digit was.
    if (this.#byOutsideLine && lengths.includes(this.digits.length)) this.special = undefined;
    return {kind: 'e164', digits: this.digits, steps: this.steps, special: this.special, accountCode: this.accountCode};
  }
}
