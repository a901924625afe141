// Facts of countries, and the dial plans of all of them against libphonenumber's own example numbers.
import libphonenumber from 'google-libphonenumber';
import {describe, expect, test} from 'vitest';
import {must} from '../../../shared/assert/assert.ts';
import {callingCodeOf, countryOf, numberLengths} from '../../../shared/telephone/country.ts';
import {interpretDialled, prepareDialPlan, type PreparedDialPlan} from '../../../shared/telephone/dial-plan.ts';

const library = libphonenumber.PhoneNumberUtil.getInstance();
const types = [libphonenumber.PhoneNumberType.FIXED_LINE, libphonenumber.PhoneNumberType.MOBILE];

type Example = {readonly region: string; readonly callingCode: string; readonly national: string};

function examples(): readonly Example[] {
  return library.getSupportedRegions().flatMap((region) =>
    types.flatMap((type) => {
      // Its types promise a number; the code answers null where a region has none of the type.
      const number = library.getExampleNumberForType(region, type) as libphonenumber.PhoneNumber | null;
      if (number === null) return [];
      return [{region, callingCode: String(number.getCountryCode()), national: library.getNationalSignificantNumber(number)}];
    }),
  );
}

function planOf(region: string): PreparedDialPlan {
  const country = must(countryOf(region), region);
  const internationalPrefixes = [country.internationalPrefix === '' ? '00' : country.internationalPrefix];
  const plan = {outsideLine: '', areaCode: '', nationalPrefix: country.nationalPrefix, internationalPrefixes, extensionDigits: 4};
  return must(prepareDialPlan(plan, region, []), region);
}

describe('an example number of each kind of every country', () => {
  const all = examples();

  test('there are several hundred', () => {
    expect(all.length).toBeGreaterThan(400);
  });

  test.for(['+', 'international prefix', 'national prefix'] as const)('dialled with its %s is the number it is', (how) => {
    const wrong = all.flatMap(({region, callingCode, national}) => {
      const plan = planOf(region);
      const prefix =
        how === '+'
          ? `+${callingCode}`
          : how === 'national prefix'
            ? plan.plan.nationalPrefix
            : `${plan.plan.internationalPrefixes[0]}${callingCode}`;
      const read = interpretDialled(`${prefix}${national}`, plan);
      return read.kind === 'e164' && read.digits === `${callingCode}${national}`
        ? []
        : [`${region} ${prefix} ${national}: ${JSON.stringify(read)}`];
    });
    expect(wrong).toEqual([]);
  });
});

test('a 0 between the calling code and a number is what libphonenumber takes it for, in every country', () => {
  let taken = 0;
  // Colombians dial a carrier behind the 0, Belarusians 8 before it: there the library looks at more than the 0.
  const plain = examples().filter(({region}) => region !== 'CO' && region !== 'BY');
  const wrong = plain.flatMap(({region, callingCode, national}) => {
    const dialled = `+${callingCode}0${national}`;
    const read = interpretDialled(dialled, planOf(region));
    const theirs = library.parse(dialled);
    const expected = `${callingCode}${library.getNationalSignificantNumber(theirs)}`;
    const isStray = expected === `${callingCode}${national}`;
    if (isStray) taken += 1;
    // What is kept may be too long for the country, and is cut.
    const isRight = read.kind === 'e164' && (isStray ? read.digits === expected : expected.startsWith(read.digits));
    return isRight ? [] : [`${region} ${dialled}: ${read.kind === 'e164' ? read.digits : read.kind}, not ${expected}`];
  });
  expect(wrong).toEqual([]);
  expect(taken).toBeGreaterThan(200);
});

describe('facts', () => {
  test('of Britain', () => {
    const britain = must(countryOf('GB'), 'GB');
    expect(britain).toMatchObject({callingCode: '44', nationalPrefix: '0', internationalPrefix: '00'});
    // Seven is Childline's 0800 1111, which nobody dials without its 0800.
    expect(britain.nationalLengths).toEqual(new Set([7, 9, 10]));
    expect(britain.landlineLengths).toEqual(new Set([9, 10]));
  });

  test.for([
    ['442079460000', '44'],
    ['12125550123', '1'],
    ['353', '353'],
    ['870', '870'],
    ['999', undefined],
    ['0', undefined],
    ['', undefined],
  ] as const)('the calling code of %s is %s', ([digits, code]) => {
    expect(callingCodeOf(digits)).toBe(code);
  });

  test('the lengths of numbers count the calling code, and are at most 15', () => {
    expect(numberLengths('44')).toEqual(new Set([9, 11, 12]));
    expect(Math.max(...numberLengths('1'))).toBe(11);
    // Germany has national numbers of up to 15 digits, but E.164 ends at 15 in all.
    expect(Math.max(...numberLengths('49'))).toBe(15);
    // Freephone of no country: 800 and eight digits.
    expect(numberLengths('800')).toEqual(new Set([11]));
    expect(numberLengths('999')).toEqual(new Set());
  });
});
