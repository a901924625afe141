// What is said of ranges, against number plans read by hand; and against libphonenumber's own answer for numbers made at random.
import libphonenumber from 'google-libphonenumber';
import {assert, constantFrom, property, stringMatching} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {callingCodes} from '../../../shared/telephone/country.ts';
import {rangeFacts, standingOf} from '../../../shared/telephone/range-facts.ts';

describe('a range', () => {
  // Tajikistan: nine digits after +992; 37 2 is Dushanbe, 91 a mobile network.
  test('of landlines says so, with the shape of its numbers and none of them', () => {
    expect(rangeFacts('992372')).toEqual({
      callingCode: '992',
      regions: ['TJ'],
      kinds: ['landline'],
      lengths: [12],
      example: '+992 372 xx xxxx',
    });
  });

  test('of which nobody knows numbers has the country, its lengths, and an example from elsewhere', () => {
    // Britain has no numbers that begin with 6.
    const facts = rangeFacts('446123');
    expect(facts).toMatchObject({callingCode: '44', regions: ['GB'], kinds: [], example: '+44 121 234 5678'});
    expect(facts?.lengths.at(-1)).toBe(12);
  });

  test('that holds several kinds names them all', () => {
    // 0800 is free and 0871 premium; both begin with 08.
    expect(rangeFacts('448')?.kinds).toEqual(expect.arrayContaining(['freephone', 'premium']));
  });

  test('of premium numbers says so', () => {
    // Guernsey has the same premium numbers; the main country of the code comes first.
    expect(rangeFacts('449098')).toMatchObject({regions: ['GB', 'GG'], kinds: ['premium'], example: '+44 909 8xx xxxx'});
  });

  test('of one of several countries that share a code names that one', () => {
    // Jamaica has 876 in the code of North America; Kazakhstan 7 701 in that of Russia.
    expect(rangeFacts('1876')?.regions).toEqual(['JM']);
    expect(rangeFacts('7701')).toMatchObject({regions: ['KZ'], kinds: ['mobile']});
  });

  test('of no country has none', () => {
    expect(rangeFacts('80012')).toMatchObject({callingCode: '800', regions: [], kinds: ['freephone']});
  });

  test.for(['', '0', '210', '999'])('%o begins no number', (prefix) => {
    expect(rangeFacts(prefix)).toBeUndefined();
  });

  test('longer than any number there has no length', () => {
    expect(rangeFacts('9923721234567')).toMatchObject({kinds: [], lengths: []});
  });
});

test.for([
  ['992372123456', 'known'],
  // As long as numbers there are, of a range that nobody gave out.
  ['446123456789', 'possible'],
  ['99237212345', 'impossible'],
  ['0', 'impossible'],
] as const)('the number %s is %s', ([number, standing]) => {
  expect(standingOf(number)).toBe(standing);
});

test('a number is known exactly if libphonenumber thinks it valid', () => {
  const library = libphonenumber.PhoneNumberUtil.getInstance();
  const number = constantFrom(...callingCodes()).chain((code) => stringMatching(/^\d{4,12}$/).map((rest) => `${code}${rest}`));
  assert(
    property(number, (digits) => {
      // Where the digits read as another number (a national prefix stripped), the library answers for that one.
      const parsed = parse(library, digits);
      if (parsed === undefined || library.format(parsed, libphonenumber.PhoneNumberFormat.E164) !== `+${digits}`) return;
      // Voicemail numbers have no kind of their own here.
      if (library.getNumberType(parsed) === libphonenumber.PhoneNumberType.VOICEMAIL) return;
      expect(standingOf(digits) === 'known').toBe(library.isValidNumber(parsed));
    }),
  );
});

function parse(library: libphonenumber.PhoneNumberUtil, digits: string): libphonenumber.PhoneNumber | undefined {
  try {
    return library.parse(`+${digits}`);
  } catch {
    return undefined;
  }
}
