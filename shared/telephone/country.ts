// What libphonenumber knows of a country's numbers, as plain patterns and lengths. The only door to that library.
// In: an ISO 3166 code or a calling code. Out: facts that are cheap to ask on the way of every call.
// Never true: a number is refused because the library thinks it invalid; live ranges are unknown to it.
import libphonenumber from 'google-libphonenumber';
import {must} from '../assert/assert.ts';
import {statesOf, type State} from './digit-pattern.ts';
import {NUMBER_KINDS, type NumberKind} from './number-kind.ts';

export type Country = {
  /** ISO 3166, such as `GB`. */
  readonly code: string;
  /** Such as `44`. */
  readonly callingCode: string;
  /** Dialled before a national number, such as `0`; empty if none. */
  readonly nationalPrefix: string;
  /** Dialled before a number abroad; the preferred one where carriers have their own. Empty if none is preferred. */
  readonly internationalPrefix: string;
  /** How many digits a national number can have, without the national prefix. */
  readonly nationalLengths: ReadonlySet<number>;
  /** The same of numbers with an area code. */
  readonly landlineLengths: ReadonlySet<number>;
  /** Is there a national number, without the national prefix, that begins with 0? There is in Italy. */
  readonly hasLeadingZeros: boolean;
  readonly shortCode: RegExp;
  readonly emergencyExact: RegExp;
  /** Matches digits that the network connects to an emergency number whatever follows it. */
  readonly emergencyPrefix: RegExp;
};

/** E.164 §6.1: at most 15 digits, calling code included. */
export const LONGEST_E164 = 15;

/**
 * The library's own tables, which its types leave out. An entry is a PhoneMetadata message as a list by field number,
 * a description in it a PhoneNumberDesc (libphonenumber, resources/phonemetadata.proto).
 */
type Metadata = {
  readonly countryToMetadata: Readonly<Record<string, readonly unknown[]>>;
  readonly countryCodeToRegionCodeMap: Readonly<Record<string, readonly string[]>>;
};
const FIELD = {
  general: 1,
  landline: 2,
  mobile: 3,
  freephone: 4,
  premium: 5,
  'shared-cost': 6,
  personal: 7,
  voip: 8,
  callingCode: 10,
  internationalPrefix: 11,
  nationalPrefix: 12,
  preferredInternationalPrefix: 17,
  pager: 21,
  corporate: 25,
  emergency: 27,
  shortCode: 29,
} as const;
const PATTERN = 2;
const EXAMPLE = 6;
const POSSIBLE_LENGTHS = 9;

const {metadata, shortnumbermetadata} = libphonenumber as unknown as {metadata: Metadata; shortnumbermetadata: Metadata};
const countries = new Map<string, Country>();
const lengthsByCallingCode = new Map<string, ReadonlySet<number>>();
const begunByZero = new Map<string, number>();
const EVERY_DIGIT = (1 << 10) - 1;

/** The country, or undefined if libphonenumber does not know it. */
export function countryOf(code: string): Country | undefined {
  const known = countries.get(code);
  if (known !== undefined) return known;
  if (!Object.hasOwn(metadata.countryToMetadata, code) || !/^[A-Z]{2}$/.test(code)) return undefined;
  const country = readCountry(code);
  countries.set(code, country);
  return country;
}

/** Calling codes are prefix-free and have one to three digits. */
export function callingCodeOf(digits: string): string | undefined {
  for (let length = 1; length <= 3; length += 1) {
    const code = digits.slice(0, length);
    if (Object.hasOwn(metadata.countryCodeToRegionCodeMap, code)) return code;
  }
  return undefined;
}

/** How many digits a number with this calling code can have, the code included. */
export function numberLengths(callingCode: string): ReadonlySet<number> {
  const known = lengthsByCallingCode.get(callingCode);
  if (known !== undefined) return known;
  const national = regionsOf(callingCode).flatMap((region) => possibleLengths(region, 'general'));
  const lengths = new Set(national.map((length) => Math.min(LONGEST_E164, callingCode.length + length)));
  lengthsByCallingCode.set(callingCode, lengths);
  return lengths;
}

/**
 * Is a 0 behind this calling code, as in +44 (0)20, only dialled within the country? `next` is the digit behind it: Japan has numbers
 * that begin with 00, but none that begins with 03.
 */
export function isStrayZero(callingCode: string, next: number): boolean {
  let begun = begunByZero.get(callingCode);
  if (begun === undefined) {
    begun = secondDigitsAfterZero(callingCode);
    begunByZero.set(callingCode, begun);
  }
  return (begun & (1 << next)) === 0;
}

/** A bit for each digit that comes behind 0 in numbers of that code; all where 0 is not dialled before a national number. */
function secondDigitsAfterZero(callingCode: string): number {
  // The first is the country that the code is named for.
  const [home = '', ...others] = regionsOf(callingCode);
  if (metadata.countryToMetadata[home]?.[FIELD.nationalPrefix] !== '0') return EVERY_DIGIT;
  const afterZero = [home, ...others].flatMap(firstStates).filter(startsByZero);
  return afterZero.flatMap(({next}) => next).reduce((bits, {digits}) => bits | digits, 0);
}

/** Every calling code, those of no country (800, 870 …) too. */
export function callingCodes(): readonly string[] {
  return Object.keys(metadata.countryCodeToRegionCodeMap);
}

/** What one region's numbers of one kind look like. */
export type NumberPlan = {
  /** ISO 3166; undefined for codes of no country, such as 800. */
  readonly region: string | undefined;
  readonly kind: NumberKind;
  /** Of whole national numbers. */
  readonly pattern: string;
  /** A national number that is nobody's, where the library has one. */
  readonly example: string | undefined;
};

/** The plans of a calling code, those of its main country first. */
export function plansOf(callingCode: string): readonly NumberPlan[] {
  return regionsOf(callingCode).flatMap((name) =>
    NUMBER_KINDS.flatMap((kind) => {
      const description = metadata.countryToMetadata[name]?.[FIELD[kind]];
      const pattern = patternIn(description);
      if (pattern === undefined) return [];
      return [{region: name === callingCode ? undefined : name, kind, pattern, example: exampleIn(description)}];
    }),
  );
}

/** The patterns of national numbers with a calling code, and the kinds of number that each stands for. */
export function kindsByPattern(callingCode: string): ReadonlyMap<string, ReadonlySet<NumberKind>> {
  const found = new Map<string, Set<NumberKind>>();
  for (const {pattern, kind} of plansOf(callingCode)) found.set(pattern, (found.get(pattern) ?? new Set()).add(kind));
  return found;
}

const {PhoneNumberUtil, PhoneNumberFormat} = libphonenumber;

/** E.164 digits as they are written in the world: `+992 91 712 3456`. Takes 30 µs: never on the way of a call. */
export function internationalFormat(digits: string): string {
  const util = PhoneNumberUtil.getInstance();
  try {
    return util.format(util.parse(`+${digits}`), PhoneNumberFormat.INTERNATIONAL);
  } catch {
    // The library throws for what it thinks no number: such a one stands as it is.
    return `+${digits}`;
  }
}

/** `001` stands for codes that belong to no country, such as 800; their entry is kept under the code itself. */
function regionsOf(callingCode: string): readonly string[] {
  const regions = metadata.countryCodeToRegionCodeMap[callingCode] ?? [];
  return regions.map((region) => (region === '001' ? callingCode : region));
}

/** By the pattern of all its numbers. */
function firstStates(region: string): readonly State[] {
  const pattern = patternIn(metadata.countryToMetadata[region]?.[FIELD.general]);
  return pattern === undefined ? [] : statesOf(pattern);
}

function startsByZero({digits}: State): boolean {
  return (digits & 1) !== 0;
}

function readCountry(code: string): Country {
  const entry = must(metadata.countryToMetadata[code], `numbers of ${code}`);
  const emergency = patternIn(shortnumbermetadata.countryToMetadata[code]?.[FIELD.emergency]);
  const exact = whole(emergency);
  const lengths = possibleLengths(code, 'general');
  const landline = possibleLengths(code, 'landline');
  return {
    code,
    callingCode: String(entry[FIELD.callingCode]),
    nationalPrefix: digitsOf(entry[FIELD.nationalPrefix]),
    internationalPrefix: digitsOf(entry[FIELD.internationalPrefix]) || digitsOf(entry[FIELD.preferredInternationalPrefix]),
    nationalLengths: new Set(lengths),
    landlineLengths: new Set(landline.length === 0 ? lengths : landline),
    hasLeadingZeros: firstStates(code).some(startsByZero),
    shortCode: whole(patternIn(shortnumbermetadata.countryToMetadata[code]?.[FIELD.shortCode])),
    emergencyExact: exact,
    // Some countries (BR, CL, NI) connect only the exact number; which ones, only the library's code says.
    emergencyPrefix: connectsWithMoreDigits(code) ? new RegExp(`^(?:${emergency ?? '(?!)'})`) : exact,
  };
}

/** Does an emergency number of the country still connect when more digits follow it? */
function connectsWithMoreDigits(code: string): boolean {
  const example = exampleIn(shortnumbermetadata.countryToMetadata[code]?.[FIELD.emergency]);
  if (example === undefined) return false;
  return libphonenumber.ShortNumberInfo.getInstance().connectsToEmergencyNumber(`${example}00000000`, code as libphonenumber.RegionCode);
}

/** Empty for landlines of a country whose numbers are all alike, or that has none (the library writes −1). */
function possibleLengths(region: string, of: 'general' | 'landline'): readonly number[] {
  const description = metadata.countryToMetadata[region]?.[FIELD[of]];
  const lengths: unknown = Array.isArray(description) ? description[POSSIBLE_LENGTHS] : undefined;
  return Array.isArray(lengths) ? lengths.filter((length): length is number => typeof length === 'number' && length > 0) : [];
}

function patternIn(description: unknown): string | undefined {
  const pattern: unknown = Array.isArray(description) ? description[PATTERN] : undefined;
  return typeof pattern === 'string' ? pattern : undefined;
}

function exampleIn(description: unknown): string | undefined {
  const example: unknown = Array.isArray(description) ? description[EXAMPLE] : undefined;
  return typeof example === 'string' ? example : undefined;
}

/** A pattern that matches whole digits only; nothing if there is none. */
function whole(pattern: string | undefined): RegExp {
  return new RegExp(`^(?:${pattern ?? '(?!)'})$`);
}

/** Only plain digits: the library gives a pattern where there are several prefixes. */
function digitsOf(field: unknown): string {
  return typeof field === 'string' && /^\d+$/.test(field) ? field : '';
}
