// The table of number types against what regulators say of ranges, by hand, and against libphonenumber's own slow answer.
import libphonenumber from 'google-libphonenumber';
import {assert, constantFrom, property, stringMatching} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {callingCodes, kindsByPattern} from '../../../shared/telephone/country.ts';
import {isWhole, statesOf, type State} from '../../../shared/telephone/digit-pattern.ts';
import {classIn, decidedIn, holdsType, typeBits, typeIn, typeOfNumber} from '../../../shared/telephone/number-type.ts';

const library = libphonenumber.PhoneNumberUtil.getInstance();
const {PhoneNumberType: TYPE} = libphonenumber;
/** Voicemail numbers alone have no name here. */
const NAMES = new Map<libphonenumber.PhoneNumberType, string>([
  [TYPE.FIXED_LINE, 'landline'],
  [TYPE.MOBILE, 'mobile'],
  [TYPE.FIXED_LINE_OR_MOBILE, 'landline-or-mobile'],
  [TYPE.TOLL_FREE, 'freephone'],
  [TYPE.PREMIUM_RATE, 'premium'],
  [TYPE.SHARED_COST, 'shared-cost'],
  [TYPE.VOIP, 'voip'],
  [TYPE.PERSONAL_NUMBER, 'personal'],
  [TYPE.PAGER, 'pager'],
  [TYPE.UAN, 'corporate'],
]);

describe('the type of a number', () => {
  // Ofcom's plan: 01 and 02 are places, 03 costs the same everywhere, 055 corporate, 056 IP, 070 personal, 07 mobile, 076 pagers,
  // 080 freephone, 084, 087 and 09 by the service.
  test.for([
    ['442079460000', 'landline', 3],
    ['441134960000', 'landline', 3],
    ['447700900123', 'mobile', 4],
    ['447012345678', 'personal', 4],
    ['448001234567', 'freephone', 4],
    ['448081570123', 'freephone', 4],
    ['448001111', 'freephone', 4],
    ['448712345678', 'premium', 4],
    ['449098790123', 'premium', 3],
    ['443450123456', 'corporate', 3],
    ['445612345678', 'voip', 4],
    // North America: landlines and mobiles share area codes.
    ['12125550123', 'landline-or-mobile', 3],
    ['18005550123', 'freephone', 4],
    ['19005550123', 'premium', 4],
    // France: 0800 to 0805 free, 081 and 082 shared, 089 premium.
    ['33805123456', 'freephone', 5],
    ['33612345678', 'mobile', 3],
    ['33899123456', 'premium', 5],
    // Of no country.
    ['80012345678', 'freephone', 4],
    ['80812345678', 'shared-cost', 4],
    ['979123456789', 'premium', 4],
  ] as const)('%s: %s', ([digits, type, decided]) => {
    const match = typeOfNumber(digits);
    expect(typeIn(match)).toBe(type);
    expect(decidedIn(match)).toBeLessThanOrEqual(decided);
  });

  test.for(['', '4', '44', '999', '0', '210', '44000000000', 'x44', '4x'])('of %o is not known', (digits) => {
    expect(typeIn(typeOfNumber(digits))).toBeUndefined();
  });

  test('every pattern of the library is read, and leads to whole numbers only', () => {
    const ends = (state: State): boolean => isWhole(state) || state.next.every(ends);
    const all = callingCodes().flatMap((code) => [...kindsByPattern(code).keys()]);
    expect(all.length).toBeGreaterThan(900);
    for (const pattern of all) expect(statesOf(pattern).every(({digits}) => digits > 0)).toBe(true);
    expect(statesOf('80[08]\\d{7}|800(?:1111)?').every(ends)).toBe(true);
  });

  test('a pattern of digits means what a regular expression of it means', () => {
    const patterns = constantFrom('80[08]\\d{2}|800(?:11)?', '(?:1[2-4]|5\\d{1,3})7', '9(?:[01]\\d|8[2-49])\\d{2}', '1?2{2}|(?:34){0,2}5');
    const walk = (pattern: string, digits: string): boolean => {
      let states = statesOf(pattern);
      for (const digit of digits) states = states.flatMap((state) => ((state.digits & (1 << Number(digit))) === 0 ? [] : state.next));
      return states.some(isWhole);
    };
    assert(
      property(patterns, stringMatching(/^[0-9]{0,6}$/), (pattern, digits) => {
        expect(walk(pattern, digits)).toBe(new RegExp(`^(?:${pattern})$`).test(digits));
      }),
    );
    for (const digits of ['80011', '800', '80812', '80011', '127', '5127', '90123', '122', '34345', '22', '5']) {
      expect(
        ['80[08]\\d{2}|800(?:11)?', '(?:1[2-4]|5\\d{1,3})7', '9(?:[01]\\d|8[2-49])\\d{2}', '1?2{2}|(?:34){0,2}5'].some((pattern) =>
          walk(pattern, digits),
        ),
      ).toBe(true);
    }
  });

  test('of an example number of every kind in every country is what libphonenumber calls it', () => {
    const wrong: string[] = [];
    let told = 0;
    for (const region of library.getSupportedRegions()) {
      for (const kind of NAMES.keys()) {
        const number = library.getExampleNumberForType(region, kind) as libphonenumber.PhoneNumber | null;
        if (number === null) continue;
        const digits = `${number.getCountryCode()}${library.getNationalSignificantNumber(number)}`;
        const [ours, theirs] = [typeIn(typeOfNumber(digits)), NAMES.get(library.getNumberType(number))];
        if (ours !== undefined) told += 1;
        if (ours !== undefined && ours !== theirs && !(ours === 'landline-or-mobile' && /^(landline|mobile)$/.test(theirs ?? ''))) {
          wrong.push(`${digits}: ${ours}, ${theirs}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(told).toBeGreaterThan(900);
  });

  test('of any number that libphonenumber knows is never another one', () => {
    const codes = constantFrom('44', '1', '33', '49', '39', '61', '353', '91', '86', '7', '55', '34');
    const numbers = stringMatching(/^[1-9]\d{7,9}$/);
    assert(
      property(codes, numbers, (code, national) => {
        const digits = `${code}${national}`;
        const ours = typeIn(typeOfNumber(digits));
        const theirs = NAMES.get(library.getNumberType(library.parse(`+${digits}`)));
        if (ours === undefined || theirs === undefined || theirs === ours) return;
        expect([ours, theirs]).toEqual([expect.stringMatching(/landline|mobile/), expect.stringMatching(/landline|mobile/)]);
        expect([ours, theirs]).toContain('landline-or-mobile');
      }),
    );
  });
});

describe('the class of a number', () => {
  test.for([
    ['448001234567', '44', 'freephone'],
    ['449098790123', '44', 'premium'],
    ['442079460000', '44', undefined],
    ['18005550123', '1', 'freephone'],
    // Abroad they are ordinary numbers: another country's freephone is not free from here.
    ['498001234567', '44', undefined],
    ['18005550123', '44', undefined],
    // Of no country.
    ['80012345678', '44', 'freephone'],
    ['80812345678', '1', 'shared-cost'],
    ['979123456789', '33', 'premium'],
  ] as const)('%s called from +%s: %s', ([digits, home, expected]) => {
    expect(classIn(typeOfNumber(digits), digits, home)).toBe(expected);
  });

  test('a destination of landlines holds landlines and what may be one', () => {
    const bits = typeBits(['landline']);
    const holds = (digits: string): boolean => holdsType(bits, typeOfNumber(digits));
    expect(['442079460000', '12125550123', '21000000'].map(holds)).toEqual([true, true, true]);
    expect(['447700900123', '449098790123', '448001234567'].map(holds)).toEqual([false, false, false]);
  });
});
