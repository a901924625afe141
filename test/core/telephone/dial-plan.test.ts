// Dialled digits → the number, by hand for the plans of several countries, and by property for all countries.
import {array, assert, constantFrom, integer, oneof, property, string, stringMatching} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {must} from '../../../shared/assert/assert.ts';
import {
  interpretDialled,
  prepareDialPlan,
  type Dialled,
  type DialPlan,
  type PreparedDialPlan,
} from '../../../shared/telephone/dial-plan.ts';

const LONDON: DialPlan = {outsideLine: '9', areaCode: '20', nationalPrefix: '0', internationalPrefixes: ['00'], extensionDigits: 4};

function prepared(plan: DialPlan, country: string, alwaysOpen: readonly string[] = []): PreparedDialPlan {
  return must(prepareDialPlan(plan, country, alwaysOpen), country);
}

const london = prepared(LONDON, 'GB');
const newYork = prepared({...LONDON, areaCode: '212', nationalPrefix: '1', internationalPrefixes: ['011']}, 'US');
const berlin = prepared({...LONDON, outsideLine: '0', areaCode: '30', nationalPrefix: '0'}, 'DE');
const singapore = prepared({...LONDON, areaCode: '', nationalPrefix: '', internationalPrefixes: ['001']}, 'SG');
const sydney = prepared({...LONDON, outsideLine: '0', areaCode: '2', internationalPrefixes: ['0011']}, 'AU');

/** What matters of a reading, in one line: `e164 442079460000`, `short 999 emergency`. */
function summary(read: Dialled): string {
  const digits = read.kind === 'unreadable' ? [] : [read.digits];
  return [read.kind, ...digits, ...(read.special === undefined ? [] : [read.special])].join(' ');
}

describe('a call through a trunk, dialled in London', () => {
  test.for([
    // Emergency numbers, with and without the outside line, with what people key after them.
    ['999', 'short 999 emergency'],
    ['9999', 'short 999 emergency'],
    ['112', 'short 112 emergency'],
    ['9-112', 'short 112 emergency'],
    ['9112', 'short 112 emergency'],
    ['112#', 'short 112 emergency'],
    ['9112#', 'short 112 emergency'],
    ['9 999', 'short 999 emergency'],
    // Behind 141 (withhold my number) and 1470 (show it).
    ['9141999', 'short 999 emergency'],
    ['91470112', 'short 112 emergency'],
    ['0999', 'short 999 emergency'],
    // More digits follow: the network connects it, but it is not free.
    ['9999123', 'short 999123 emergency-prefix'],
    // Perhaps 999 and 123, perhaps 9 and 99123, which is nobody: still taken for one.
    ['999123', 'short 99123 emergency-prefix'],
    ['9112123', 'short 112123 emergency-prefix'],
    ['99991234567', 'e164 449991234567 emergency-prefix'],
    // A whole local number begins like one only because of the 9: 9-9912 3412 is 020 9912 3412.
    ['999123412', 'e164 442099123412'],
    // National, international, local.
    ['902079460000', 'e164 442079460000'],
    ['02079460000', 'e164 442079460000'],
    ['9(020) 7946-0000', 'e164 442079460000'],
    ['979460000', 'e164 442079460000'],
    ['79460000', 'e164 442079460000'],
    ['+442079460000', 'e164 442079460000'],
    ['+44 7700 900123', 'e164 447700900123'],
    ['9+442079460000', 'unreadable'],
    ['9 00 33 1 42 68 53 00', 'e164 33142685300'],
    ['900442079460000', 'e164 442079460000'],
    // Written with the 0 of the country itself, and so dialled by what reads it out: that 0 is no digit of the number.
    ['+44 (0)20 7946 0000', 'e164 442079460000'],
    ['90044 0 7700 900123', 'e164 447700900123'],
    ['+49 (0)30 901820', 'e164 4930901820'],
    // In Rome and San Marino it is one.
    ['+39 06 698 82019', 'e164 390669882019'],
    ['+378 0549 882410', 'e164 3780549882410'],
    ['+4409', 'e164 449'],
    ['+440', 'e164 440'],
    ['9141 020 7946 0000', 'e164 442079460000'],
    ['91470 020 7946 0000', 'e164 442079460000'],
    // Without any prefix, as some trunks print it; and without even the 0.
    ['2079460000', 'e164 442079460000'],
    ['442079460000', 'e164 442079460000'],
    // Keyed after the answer: a bank's PIN behind the 12 digits of a British number, behind # or a pause.
    ['9020794600001234', 'e164 442079460000'],
    ['902079460000#1234', 'e164 442079460000'],
    // The same behind a local number; behind directory enquiries it is the code that is called.
    ['9794600001234', 'e164 442079460000'],
    ['91181181', 'short 118118'],
    ['915711234', 'short 1571'],
    ['9123456789012345', 'short 123'],
    // As long as a national number: of Bedford, not the speaking clock.
    ['1234567890', 'e164 441234567890'],
    ['902079460000,,4321', 'e164 442079460000'],
    ['902079460000p55', 'e164 442079460000'],
    ['9003314268530099', 'e164 33142685300'],
    // Short codes: voicemail, speaking clock, police, directory enquiries, Samaritans.
    ['91571', 'short 1571'],
    ['9123', 'short 123'],
    ['9101', 'short 101'],
    ['9118118', 'short 118118'],
    ['9116123', 'short 116123'],
    ['9*21*07700900123#', 'short *21*07700900123#'],
    ['4201', 'short 4201'],
    ['9', 'short 9'],
    // Nobody's number.
    ['90000123', 'unreadable'],
    ['', 'unreadable'],
    ['   ', 'unreadable'],
    ['+', 'unreadable'],
    ['++442079460000', 'unreadable'],
    ['44+20', 'unreadable'],
    ['not a number', 'unreadable'],
    ['0207946000O', 'unreadable'],
    ['٠٢٠٧٩٤٦', 'unreadable'],
    ['\u0000\u0007', 'unreadable'],
    ['0'.repeat(65), 'unreadable'],
  ] as const)('%s → %s', ([dialled, expected]) => {
    expect(summary(interpretDialled(dialled, london))).toBe(expected);
  });
});

describe('a call whose record names no trunk', () => {
  test.for([
    ['4201', 'internal 4201'],
    ['201', 'internal 201'],
    // Longer than an extension, or behind the outside line: it went out.
    ['42015', 'short 42015'],
    ['902079460000', 'e164 442079460000'],
    ['9101', 'short 101'],
    // An emergency number of three digits is shorter than an extension, and wins.
    ['999', 'short 999 emergency'],
    ['112', 'short 112 emergency'],
    ['9112', 'short 112 emergency'],
    // One that an extension begins with is an extension, and flagged.
    ['1120', 'internal 1120 emergency-prefix'],
    ['+4420', 'e164 4420'],
  ] as const)('%s → %s', ([dialled, expected]) => {
    expect(summary(interpretDialled(dialled, london, 'unknown'))).toBe(expected);
  });

  test('without outside-line digits every short number is internal', () => {
    const direct = prepared({...LONDON, outsideLine: ''}, 'GB');
    expect(summary(interpretDialled('9101', direct, 'unknown'))).toBe('internal 9101');
    expect(summary(interpretDialled('9999', direct, 'unknown'))).toBe('internal 9999 emergency-prefix');
  });
});

type Vector = {readonly town: string; readonly plan: PreparedDialPlan; readonly dialled: string; readonly expected: string};

describe('other countries', () => {
  test.for(
    [
      ['New York', newYork, '9911', 'short 911 emergency'],
      ['New York', newYork, '911', 'short 911 emergency'],
      // 9 for a line, 1 for long distance, then 911.
      ['New York', newYork, '91911', 'short 911 emergency'],
      ['New York', newYork, '9*67 1 202 555 0123', 'e164 12025550123'],
      ['New York', newYork, '9*82911', 'short 911 emergency'],
      ['New York', newYork, '95550123', 'e164 12125550123'],
      ['New York', newYork, '95550123 9999', 'e164 12125550123'],
      // India is +91 and Delhi 11: that is not 911 with more digits.
      ['New York', newYork, '9 011 91 11 2345 6789', 'e164 911123456789'],
      ['Berlin', berlin, '0112', 'short 112 emergency'],
      ['Berlin', berlin, '0110', 'short 110 emergency'],
      ['Berlin', berlin, '00301234567', 'e164 49301234567'],
      ['Berlin', berlin, '0004420 7946 0000', 'e164 442079460000'],
      ['Sydney', sydney, '000', 'short 000 emergency'],
      ['Sydney', sydney, '0000', 'short 000 emergency'],
      ['Sydney', sydney, '0106', 'short 106 emergency'],
      ['Singapore', singapore, '9995', 'short 995 emergency'],
      ['Singapore', singapore, '9 9312 3456', 'e164 6593123456'],
      // 0 and 01 ask for an operator there: such a call costs more than the number behind them, and is not guessed.
      ['New York', newYork, '9 01 44 20 7946 0000', 'unreadable'],
      ['New York', newYork, '9 0 212 555 0123', 'unreadable'],
      ['New York', newYork, '9 0', 'short 0'],
      ['New York', newYork, '9 00', 'short 00'],
      // Withheld and shown numbers: Telstra 1831 and 1832, Telekom *31# and #31#.
      ['Sydney', sydney, '0 1831 02 9374 4000', 'e164 61293744000'],
      ['Sydney', sydney, '0 1832 0011 44 20 7946 0000', 'e164 442079460000'],
      ['Sydney', sydney, '0 1831 000', 'short 000 emergency'],
      ['Berlin', berlin, '0 *31# 030 901820', 'e164 4930901820'],
      ['Berlin', berlin, '0 #31# 112', 'short 112 emergency'],
      // 0-0011 begins like 000; a whole number abroad explains the first 0.
      ['Sydney', sydney, '0 0011 44 20 7946 0000', 'e164 442079460000'],
    ].map(([town, plan, dialled, expected]) => ({town, plan, dialled, expected}) as Vector),
  )('$town: $dialled → $expected', ({plan, dialled, expected}) => {
    expect(summary(interpretDialled(dialled, plan))).toBe(expected);
  });

  test('a country where more digits do not connect has no emergency prefix', () => {
    // Brazil: 190 is the police, 1901234 is nobody.
    const brazil = prepared({...LONDON, outsideLine: '', areaCode: ''}, 'BR');
    expect(summary(interpretDialled('190', brazil))).toBe('short 190 emergency');
    expect(interpretDialled('1901234', brazil).special).toBeUndefined();
  });

  test('of a country that nobody knows there is no plan', () => {
    for (const country of ['XX', '', 'gb', 'GBR', '__proto__', 'constructor', '001']) {
      expect(prepareDialPlan(LONDON, country, [])).toBeUndefined();
    }
  });
});

describe('numbers that a site keeps open', () => {
  const site = prepared(LONDON, 'GB', ['2222', '5555', '02079461234', '*55']);

  test.for([
    // 222 is a code of the network too, and 2222 is not 222 with a 2 keyed after it.
    ['2222', 'short 2222 always-open'],
    ['92222', 'short 2222 always-open'],
    ['902079461234', 'e164 442079461234 always-open'],
    ['02079461234', 'e164 442079461234 always-open'],
    ['9*55', 'short *55 always-open'],
    ['55551', 'short 55551'],
    // Whole numbers only.
    ['020794612', 'e164 4420794612'],
  ] as const)('%s → %s', ([dialled, expected]) => {
    expect(summary(interpretDialled(dialled, site))).toBe(expected);
  });

  test('an emergency number is one first', () => {
    expect(interpretDialled('9999', prepared(LONDON, 'GB', ['999', '9999'])).special).toBe('emergency');
  });
});

test.for([
  ['', 'no digits were recorded'],
  ['hello', 'the sign “h” is on no telephone'],
  ['020\u00077946', 'the sign U+0007 is on no telephone'],
  ['٠٢٠', 'the sign U+0660 is on no telephone'],
  ['9 +44 20 7946 0000', 'a + may only be its first sign, with digits behind it'],
  ['+', 'a + may only be its first sign, with digits behind it'],
  ['1'.repeat(65), 'it has more than 64 signs'],
  ['90000123', 'no country has a calling code that begins with 0'],
] as const)('of %o it is said why it is no number: %s', ([dialled, why]) => {
  expect(interpretDialled(dialled, london)).toMatchObject({kind: 'unreadable', why});
});

test('each step on the way is told', () => {
  expect(interpretDialled('9 141 020 7946 0000 1234', london).steps).toEqual([
    {did: 'as-dialled', digits: '9141020794600001234'},
    {did: 'outside-line', digits: '141020794600001234'},
    {did: 'supplementary-prefix', digits: '020794600001234'},
    {did: 'national-prefix', digits: '20794600001234'},
    {did: 'country-code', digits: '4420794600001234'},
    {did: 'keyed-after-answer', digits: '442079460000'},
  ]);
});

describe('whatever is dialled', () => {
  const plans = constantFrom(london, newYork, berlin, sydney);
  const reaches = constantFrom('external' as const, 'unknown' as const);
  const dialled = oneof(string({unit: 'binary'}), stringMatching(/^[0-9*#+ ,p.-]{0,70}$/));

  test('something is read, of at most 15 digits if it is E.164, and nothing throws', () => {
    assert(
      property(dialled, plans, reaches, (text, plan, reach) => {
        const read = interpretDialled(text, plan, reach);
        return read.kind !== 'e164' || /^[1-9]\d{0,14}$/.test(read.digits);
      }),
    );
  });

  test('an emergency number is found behind the outside line, whatever separates its digits', () => {
    const separators = array(constantFrom('', ' ', '-', '.', '/'), {minLength: 6, maxLength: 6});
    const codes = constantFrom<readonly [plan: PreparedDialPlan, line: string, code: string]>(
      [london, '9', '999'],
      [london, '9', '112'],
      [newYork, '9', '911'],
      [berlin, '0', '110'],
      [sydney, '0', '000'],
    );
    assert(
      property(codes, separators, reaches, ([plan, line, code], between, reach) => {
        const text = `${line}${code}`
          .split('')
          .map((digit, place) => digit + (between[place] ?? ''))
          .join('');
        expect(interpretDialled(text, plan, reach).special).toBe('emergency');
        expect(interpretDialled(code, plan, reach).special).toBe('emergency');
      }),
    );
  });

  test('more digits after an emergency number never make it free', () => {
    assert(
      property(constantFrom('999', '112'), stringMatching(/^\d{1,12}$/), reaches, (code, more, reach) => {
        const {special} = interpretDialled(`9${code}${more}`, london, reach);
        // Unless they are one themselves: 9-999 behind 9.
        return special === 'emergency-prefix' || (special === 'emergency' && code + more === '999');
      }),
    );
  });

  test('what is keyed after a whole British number changes nothing', () => {
    assert(
      property(integer({min: 100_000_000, max: 999_999_999}), stringMatching(/^\d{1,20}$/), (subscriber, keyed) => {
        const whole = interpretDialled(`902${subscriber}`, london);
        expect(summary(interpretDialled(`902${subscriber}${keyed}`, london))).toBe(summary(whole));
        expect(summary(interpretDialled(`902${subscriber}#${keyed}`, london))).toBe(summary(whole));
      }),
    );
  });
});

test('a 0 that is taken from behind a calling code makes no emergency number of what is left', () => {
  // 90000 is one in Sweden; +90 is Turkey.
  const stockholm = prepared({...LONDON, outsideLine: '', areaCode: '8'}, 'SE');
  expect(summary(interpretDialled('00900000', stockholm))).toBe('e164 900000');
  expect(summary(interpretDialled('0090000', stockholm))).toBe('short 90000 emergency');
});
