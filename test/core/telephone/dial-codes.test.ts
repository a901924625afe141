// What the switchboard takes for itself: carrier codes, further prefixes, short codes, account codes; by hand from the site's rules.
import {assert, constantFrom, property, stringMatching} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {must} from '../../../shared/assert/assert.ts';
import {dialPlanWarnings} from '../../../shared/telephone/dial-plan-warnings.ts';
import {interpretDialled, prepareDialPlan, type DialPlan, type PreparedDialPlan} from '../../../shared/telephone/dial-plan.ts';

const LONDON: DialPlan = {outsideLine: '9', areaCode: '20', nationalPrefix: '0', internationalPrefixes: ['00'], extensionDigits: 4};

function prepared(plan: Partial<DialPlan>, country = 'GB', alwaysOpen: readonly string[] = []): PreparedDialPlan {
  return must(prepareDialPlan({...LONDON, ...plan}, country, alwaysOpen), country);
}

/** `e164 442079460000 by 4711`, `short 999 emergency`. */
function read(dialled: string, plan: PreparedDialPlan, reach: 'external' | 'unknown' = 'external'): string {
  const found = interpretDialled(dialled, plan, reach);
  return [
    found.kind,
    ...(found.kind === 'unreadable' ? [] : [found.digits]),
    ...(found.special === undefined ? [] : [found.special]),
    ...(found.accountCode === undefined ? [] : ['by', found.accountCode]),
  ].join(' ');
}

describe('a carrier code', () => {
  const site = prepared({carrierCodes: ['132', '1010xxx', '1666']});

  test.for([
    ['9132 020 7946 0000', 'e164 442079460000'],
    ['9 1010288 020 7946 0000', 'e164 442079460000'],
    ['91010288 00 33 1 42 68 53 00', 'e164 33142685300'],
    ['9 1666 7946 0000', 'e164 442079460000'],
    // With 141 or 1470, in either order, each once.
    ['9 141 132 020 7946 0000', 'e164 442079460000'],
    ['9 132 1470 020 7946 0000', 'e164 442079460000'],
    // Tested behind it too.
    ['9132999', 'short 999 emergency'],
    ['91010288112', 'short 112 emergency'],
    ['9141132999', 'short 999 emergency'],
    ['9132141112', 'short 112 emergency'],
    // More digits follow, and perhaps they are a local number: priced, flagged, never barred.
    ['91329991234', 'e164 44209991234 emergency-prefix'],
    // Nothing follows it, or not enough digits: no code. 101 is the police, with a 0 keyed after it.
    ['9132', 'short 132'],
    ['91010', 'short 101'],
  ] as const)('%s → %s', ([dialled, expected]) => {
    expect(read(dialled, site)).toBe(expected);
  });

  test('of North America, where 911 may stand behind it', () => {
    const newYork = prepared({areaCode: '212', nationalPrefix: '1', internationalPrefixes: ['011'], carrierCodes: ['101xxxx']}, 'US');
    expect(read('9 1010288 1 202 555 0123', newYork)).toBe('e164 12025550123');
    expect(read('9 1010288 911', newYork)).toBe('short 911 emergency');
    expect(read('9 *67 1010288 1 202 555 0123', newYork)).toBe('e164 12025550123');
  });
});

test('a supplementary prefix of the site stands beside the country’s', () => {
  const site = prepared({supplementaryPrefixes: ['*31', '#31']});
  for (const prefix of ['*31', '#31', '141', '1470']) {
    expect(read(`9${prefix}02079460000`, site)).toBe('e164 442079460000');
    expect(read(`9${prefix}999`, site)).toBe('short 999 emergency');
    // Without the outside line, as some trunks print it.
    expect(read(`${prefix}02079460000`, site)).toBe('e164 442079460000');
  }
});

describe('local dialling', () => {
  // Bolton: 01204 with numbers of five and six digits; a PIN keyed behind one is no part of it.
  const bolton = prepared({areaCode: '1204', localLengths: [5, 6]});

  test.for([
    ['952111', 'e164 44120452111'],
    ['9 52111', 'e164 44120452111'],
    ['9 496211', 'e164 441204496211'],
    ['9 4962119876', 'e164 444962119876'],
    ['9 49621198', 'e164 441204496211'],
    ['9 496211#98', 'e164 441204496211'],
    ['9 020 7946 0000', 'e164 442079460000'],
  ] as const)('in reach, %s → %s', ([dialled, expected]) => {
    expect(read(dialled, bolton)).toBe(expected);
  });

  test('out of reach is not given the area code', () => {
    expect(read('9 79460000', prepared({localLengths: [8]}))).toBe('e164 442079460000');
    expect(read('9 5678', prepared({localLengths: [8]}))).toBe('short 5678');
  });
});

describe('a short code of the switchboard', () => {
  const site = prepared({
    shortCodes: [
      {code: '77', number: '02079460000'},
      {code: '78', number: '+33142685300'},
      {code: '70xx', number: '01632960123'},
      {code: '999', number: '02079460000'},
      {code: '5999', number: '999'},
      {code: '*21*xxxx'},
      {code: '9*8', number: '0800111'},
    ],
  });

  test.for([
    ['77', 'external', 'e164 442079460000'],
    ['77', 'unknown', 'e164 442079460000'],
    ['78', 'unknown', 'e164 33142685300'],
    ['7042', 'unknown', 'e164 441632960123'],
    // Emergency wins over a code, and is found in what a code stands for.
    ['999', 'unknown', 'short 999 emergency'],
    ['5999', 'unknown', 'short 999 emergency'],
    // A feature goes nowhere, unless the record names a trunk.
    ['*21*4201', 'unknown', 'internal *21*4201'],
    ['*21*4201', 'external', 'short *21*4201'],
    ['*21*42011', 'unknown', 'short *21*42011'],
    // Whole codes only.
    ['771', 'unknown', 'internal 771'],
  ] as const)('%s, %s → %s', ([dialled, reach, expected]) => {
    expect(read(dialled, site, reach)).toBe(expected);
  });

  test('is told as a step', () => {
    expect(interpretDialled('77', site).steps.map(({did}) => did)).toEqual(['as-dialled', 'short-code', 'national-prefix', 'country-code']);
  });
});

describe('an account code before the number', () => {
  const site = prepared({accountCodes: {position: 'before', lead: '*8', length: 4, separator: '#'}, carrierCodes: ['132']}, 'GB', ['2222']);

  test.for([
    ['*84711#902079460000', 'e164 442079460000 by 4711'],
    ['*84711#9+442079460000', 'unreadable'],
    ['*84711#+442079460000', 'e164 442079460000 by 4711'],
    ['9*84711#02079460000', 'e164 442079460000 by 4711'],
    ['*84711#9132 141 020 7946 0000', 'e164 442079460000 by 4711'],
    ['*84711#902079460000#99', 'e164 442079460000 by 4711'],
    ['*84711#999', 'short 999 emergency by 4711'],
    ['*84711#9112', 'short 112 emergency by 4711'],
    ['*84711#92222', 'short 2222 always-open by 4711'],
    // Not the code of the rule: another length, another lead.
    ['*8471#902079460000', 'short *8471#902079460000'],
    ['902079460000', 'e164 442079460000'],
  ] as const)('%s → %s', ([dialled, expected]) => {
    expect(read(dialled, site)).toBe(expected);
  });

  test('also before an extension', () => {
    expect(read('*84711#4201', site, 'unknown')).toBe('internal 4201 by 4711');
  });

  test('without a lead never swallows a call for help', () => {
    const bare = prepared({accountCodes: {position: 'before', lead: '', length: 3, separator: '#'}});
    expect(read('471#902079460000', bare)).toBe('e164 442079460000 by 471');
    expect(read('999#902079460000', bare)).toBe('short 999 emergency');
    expect(read('112#4', bare)).toBe('short 112 emergency');
    const four = prepared({accountCodes: {position: 'before', lead: '', length: 4, separator: '#'}});
    expect(read('9112#4', four)).toBe('short 112 emergency');
    // Nor where nothing stands between code and number: 1 and 12 are 112.
    const close = prepared({accountCodes: {position: 'before', lead: '', length: 1, separator: ''}});
    expect(read('4902079460000', close)).toBe('e164 442079460000 by 4');
    expect(read('112', close)).toBe('short 112 emergency');
    expect(read('999', close)).toBe('short 999 emergency');
  });
});

describe('an account code after the number', () => {
  const site = prepared({accountCodes: {position: 'after', lead: '', length: 4, separator: '#'}});

  test.for([
    ['902079460000#4711', 'e164 442079460000 by 4711'],
    ['+442079460000#4711', 'e164 442079460000 by 4711'],
    // A PIN keyed behind it, and one of another length: cut, and no code.
    ['902079460000#4711#9999', 'e164 442079460000 by 4711'],
    ['902079460000#47', 'e164 442079460000'],
    ['902079460000#47111', 'e164 442079460000'],
    ['9020794600001234', 'e164 442079460000'],
    ['9999#4711', 'short 999 emergency by 4711'],
    ['9112#', 'short 112 emergency'],
  ] as const)('%s → %s', ([dialled, expected]) => {
    expect(read(dialled, site)).toBe(expected);
  });
});

test('an emergency number is found behind whatever a site may put before it', () => {
  const site = prepared({
    carrierCodes: ['132', '1010xxx'],
    supplementaryPrefixes: ['*31'],
    shortCodes: [{code: '*21*xxxx'}, {code: '77', number: '02079460000'}],
    accountCodes: {position: 'before', lead: '*8', length: 4, separator: '#'},
  });
  const account = constantFrom('', '*84711#');
  const behind = constantFrom('', '141', '1470', '*31', '132', '1010288', '132141', '*311010288');
  assert(
    property(account, constantFrom('', '9'), behind, constantFrom('999', '112'), (code, line, prefix, number) => {
      expect(interpretDialled(`${code}${line}${prefix}${number}`, site).special).toBe('emergency');
    }),
  );
});

test('whatever is dialled by whatever rules, something is read and nothing throws', () => {
  const sites = [
    prepared({carrierCodes: ['xxx'], shortCodes: [{code: 'xxxx', number: '+1'}]}),
    prepared({accountCodes: {position: 'after', lead: '*', length: 1, separator: '*'}, localLengths: [1]}),
    prepared({accountCodes: {position: 'before', lead: '', length: 12, separator: '##'}, supplementaryPrefixes: ['9', '#']}),
  ];
  assert(
    property(constantFrom(...sites), stringMatching(/^[0-9*#+ ]{0,40}$/), (site, text) => {
      const found = interpretDialled(text, site);
      return found.kind !== 'e164' || /^[1-9]\d{0,14}$/.test(found.digits);
    }),
  );
});

describe('warnings', () => {
  const warned = (plan: Partial<DialPlan>, extensions: readonly string[], country = 'GB'): readonly string[] =>
    dialPlanWarnings({country, dialPlan: {...LONDON, ...plan}, alwaysOpen: []}, extensions).map(
      ({kind, subject, other}) => `${kind} ${subject} ${other}`,
    );

  test('of extensions that collide with emergency numbers', () => {
    expect(warned({}, ['112', '999', '1120', '11', '4201'])).toEqual([
      'extension-is-emergency 112 112',
      'extension-is-emergency 999 999',
      'extension-behind-outside-line 999 9',
      'extension-begins-like-emergency 1120 112',
      'emergency-begins-with-extension 11 112',
    ]);
    // 9-112 is help, so no extension may be called 9112.
    expect(warned({}, ['9112'])).toContain('extension-is-emergency 9112 112');
    // 911 is nothing in Britain, and 190 is nothing but in Brazil.
    expect(warned({outsideLine: ''}, ['911', '190'])).toEqual([]);
    expect(warned({outsideLine: ''}, ['190', '1901'], 'BR')).toEqual(['extension-is-emergency 190 190']);
  });

  test('of extensions that the plan reads as something else', () => {
    expect(warned({shortCodes: [{code: '42xx', number: '02079460000'}]}, ['4201', '42011'])).toEqual([
      'extension-is-short-code 4201 02079460000',
      'extension-too-long 42011 4',
    ]);
  });

  test('of codes that look like a call for help', () => {
    expect(warned({carrierCodes: ['1121', '132'], supplementaryPrefixes: ['112'], shortCodes: [{code: '999'}]}, [])).toEqual([
      'code-is-emergency 1121 112',
      'code-is-emergency 112 112',
      'code-is-emergency 999 999',
    ]);
  });

  test('of a country that nobody knows', () => {
    expect(warned({}, ['112'], 'XX')).toEqual(['unknown-country XX ']);
  });

  test('each says what to do, and a good plan has none', () => {
    expect(dialPlanWarnings({country: 'GB', dialPlan: LONDON, alwaysOpen: []}, ['4201', '4202', '101'])).toEqual([]);
    for (const {what, cure} of dialPlanWarnings({country: 'GB', dialPlan: LONDON, alwaysOpen: []}, [
      '112',
      '1120',
      '11',
      '9112',
      '42015',
    ])) {
      expect(what).toMatch(/\d/);
      expect(cure).toMatch(/\.$/);
    }
  });
});
