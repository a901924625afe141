// The text of the dialplan: which numbers pass a lock, in every form, and which names may stand in it. That Asterisk reads it
// so is tried on a real one, in test/contract.
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {asteriskDialplan, openNumbersOf, type DialplanOptions, type OpenNumbers} from '../../../edge/switchboard/asterisk-dialplan.ts';
import {must} from '../../../shared/assert/assert.ts';
import {countryOf} from '../../../shared/telephone/country.ts';
import {interpretDialled, prepareDialPlan, type DialPlan, type PreparedDialPlan} from '../../../shared/telephone/dial-plan.ts';
import {amount} from '../../tiers.ts';
import {failureOf} from '../failure-of.ts';

const UK = {outsideLine: '9', areaCode: '20', nationalPrefix: '0', internationalPrefixes: ['00'], extensionDigits: 4};
const prepared = (country: string, plan: DialPlan = UK, alwaysOpen: readonly string[] = []): PreparedDialPlan =>
  must(prepareDialPlan(plan, country, alwaysOpen), country);
const dialplan = (numbers: OpenNumbers, change: Partial<DialplanOptions> = {}): string =>
  asteriskDialplan({
    numbers,
    endpoints: ['101', '_1XX'],
    renamed: new Map([['attic-phone', '190']]),
    mailboxes: 'default',
    contexts: {phones: 'spbs-phones', fromTrunk: 'spbs-from-trunk', trunk: 'trunk'},
    ...change,
  });

/** Where the subroutine goes for these digits, by the patterns that stand in it; undefined if no number decides. */
function passes(text: string, dialled: string): string | undefined {
  const rules = text.matchAll(/^ same => n,GotoIf\(\$\{REGEX\("([^"]+)" \$\{LOCAL\(dialled\)\}\)\}\?(\w+)\)$/gm);
  // Nothing in the patterns is read by POSIX in another way than by JavaScript: digits, groups, `?`, `^`, `$`, `[*]`.
  for (const [, pattern = '', label = ''] of rules) if (new RegExp(pattern).test(dialled)) return label;
  return undefined;
}

describe('in Britain, behind a 9 for an outside line,', () => {
  const text = dialplan(openNumbersOf(prepared('GB', UK, ['0800111', '*55'])));

  test.for([
    '112',
    '999',
    '9112',
    '9999',
    '999123',
    '9999123',
    '141999',
    '9141999',
    '91470112',
    '914111200',
    '+112',
    '00112',
    '900112',
    '0999',
    '90999',
    '91410999',
  ])('an emergency call by %s passes a lock', (dialled) => {
    expect(passes(text, dialled)).toBe('emergency');
  });

  test.for(['0800111', '90800111', '91410800111', '*55', '9*55'])('a number of the site, %s, passes', (dialled) => {
    expect(passes(text, dialled)).toBe('open');
  });

  test.for([
    '902079460123',
    '02079460123',
    '911',
    '9911',
    '11',
    '99',
    '1112',
    '99112',
    '0112233',
    '00112233',
    '+9991234',
    '08001112',
    '*551',
    '101',
    '',
  ])('%s decides nothing: the line does', (dialled) => {
    expect(passes(text, dialled)).toBeUndefined();
  });
});

test('in Brazil, where only the whole number connects, more digits do not pass', () => {
  const text = dialplan(openNumbersOf(prepared('BR', {...UK, outsideLine: '0'})));
  expect(['190', '0190', '192', '911'].map((dialled) => passes(text, dialled))).toEqual([
    'emergency',
    'emergency',
    'emergency',
    'emergency',
  ]);
  expect(['190#', '0190#12'].map((dialled) => passes(text, dialled))).toEqual(['emergency', 'emergency']);
  expect(['19012345', '1921', '191', '1901#'].map((dialled) => passes(text, dialled))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('in North America *67 and *82 may stand before it', () => {
  const text = dialplan(openNumbersOf(prepared('US', {...UK, outsideLine: '9', nationalPrefix: '1', internationalPrefixes: ['011']})));
  const forms = ['911', '9911', '*67911', '9*82911', '1911', '011911'];
  expect(forms.filter((dialled) => passes(text, dialled) !== 'emergency')).toEqual([]);
  expect(passes(text, '011911234567')).toBeUndefined();
});

describe('behind codes of the site', () => {
  const coded = {
    ...UK,
    carrierCodes: ['132x'],
    supplementaryPrefixes: ['*31'],
    accountCodes: {position: 'before' as const, lead: '*8', length: 4, separator: '#'},
  };
  const text = dialplan(openNumbersOf(prepared('GB', coded)));

  test.for(['*81234#999', '*81234#9112', '9*81234#112', '91320999', '9*31112', '91411329999', '91329141999', '*81234#91329999'])(
    'an emergency call by %s passes a lock, as pricing has it',
    (dialled) => {
      expect(passes(text, dialled)).toBe('emergency');
      expect(interpretDialled(dialled, prepared('GB', coded)).special).toBe('emergency');
    },
  );

  test.for(['*8123#999', '*81234999', '91330999', '132', '*81234#902079460123'])('%s decides nothing', (dialled) => {
    expect(passes(text, dialled)).toBeUndefined();
  });

  test('a code that could be read as dialplan is refused', () => {
    const numbers = openNumbersOf(prepared('GB'));
    for (const wrong of [{carrierCodes: ['13)']}, {accountCode: '*8,n'}, {carrierCodes: ['']}]) {
      expect(failureOf(() => dialplan({...numbers, ...wrong}))).toMatchObject({code: 'config.invalid'});
    }
  });
});

const COUNTRIES = 'GB IE US CA DE FR IT ES NL BE SE NO DK FI PL CZ AT CH PT GR AU NZ JP KR CN HK SG IN ZA BR MX AR CL NI GA NA AE'.split(
  ' ',
);

test.for(COUNTRIES)('every emergency number of %s is known, of whatever length', (country) => {
  const {emergencyExact} = must(countryOf(country), country);
  const {emergency} = openNumbersOf(prepared(country));
  const some = fc.sample(fc.stringMatching(emergencyExact), 100);
  expect(some.filter((number) => !emergency.includes(number))).toEqual([]);
  expect(emergency.filter((number) => !emergencyExact.test(number))).toEqual([]);
  expect(emergency.length).toBeGreaterThan(0);
});

describe('in any country, by any dial plan,', () => {
  const anyPlan = fc.record({
    outsideLine: fc.oneof(fc.constantFrom('', '9', '0', '8', '*9'), fc.stringMatching(/^[0-9]{1,2}$/)),
    areaCode: fc.constantFrom('', '20'),
    nationalPrefix: fc.constantFrom('', '0', '1', '8'),
    internationalPrefixes: fc.subarray(['00', '011', '810'], {minLength: 0}),
    extensionDigits: fc.constantFrom(3, 4),
  });
  const ground = fc.tuple(fc.constantFrom(...COUNTRIES), anyPlan).map(([country, plan]) => prepared(country, plan, ['0800111']));
  const choices = fc.infiniteStream(fc.nat());
  // Each run reads all numbers of a country anew.
  const numRuns = Math.ceil(amount('properties') / 5);

  test('what pricing calls an emergency passes a lock, in every form', () => {
    fc.assert(
      fc.property(ground, choices, (dialPlan, stream) => {
        const numbers = openNumbersOf(dialPlan);
        const text = dialplan(numbers);
        const choose = (from: readonly string[]): string => must(from[stream.next().value % from.length], 'a choice');
        const dialled = Array.from({length: 20}, () =>
          [
            choose(['', numbers.outsideLine]),
            choose(['', ...numbers.supplementaryPrefixes]),
            choose(['', ...numbers.numberPrefixes.filter((prefix) => prefix !== '+')]),
            choose(numbers.emergency),
            choose(['', '', '0', '123456']),
          ].join(''),
        );
        const held = dialled.filter((digits) => isEmergency(dialPlan, digits) && passes(text, digits) !== 'emergency');
        expect(held).toEqual([]);
      }),
      {numRuns},
    );
  });

  test('a number that pricing does not call an emergency does not pass as one, if it is long enough to cost anything', () => {
    fc.assert(
      fc.property(ground, fc.array(fc.stringMatching(/^[0-9]{11,16}$/), {maxLength: 20}), (dialPlan, dialled) => {
        const text = dialplan(openNumbersOf(dialPlan));
        const passed = dialled.filter((digits) => passes(text, digits) !== undefined && !isEmergency(dialPlan, digits));
        expect(passed).toEqual([]);
      }),
      {numRuns},
    );
  });
});

/** By the rule: exact at any step; with more digits at the steps that the network sees. What was keyed after the answer is no step. */
function isEmergency(dialPlan: PreparedDialPlan, dialled: string): boolean {
  const {country} = dialPlan;
  const {steps} = interpretDialled(dialled, dialPlan);
  const seen = ['as-dialled', 'outside-line', 'supplementary-prefix'];
  return steps.some(
    ({did, digits}) =>
      (did !== 'keyed-after-answer' && country.emergencyExact.test(digits)) || (seen.includes(did) && country.emergencyPrefix.test(digits)),
  );
}

describe('the whole of it', () => {
  const text = dialplan(openNumbersOf(prepared('GB')));

  test('sends every emergency number in both forms to the trunk before any extension', () => {
    const phones = text.slice(text.indexOf('[spbs-phones]'), text.indexOf('[spbs-from-trunk]'));
    expect([...phones.matchAll(/^include => (\S+)$/gm)].map(([, name]) => name)).toEqual([
      'spbs-emergency',
      'spbs-internal',
      'spbs-external',
    ]);
    const emergency = text.slice(text.indexOf('[spbs-emergency]'), text.indexOf('[spbs-internal]'));
    const dials = [
      ...emergency.matchAll(/^exten => (\d+),1,Gosub\(spbs-outgoing,s,1\(\$\{EXTEN\}\)\)\n same => n,Dial\(PJSIP\/(\d+)@trunk\)$/gm),
    ];
    expect(dials.map(([, form, number]) => [form, number])).toEqual([
      ['112', '112'],
      ['9112', '112'],
      ['999', '999'],
      ['9999', '999'],
    ]);
  });

  test('never dials the trunk without asking first', () => {
    const dials = text.split('\n').flatMap((line, index, lines) => (/Dial\(PJSIP\/.*@trunk\)/.test(line) ? [lines[index - 1] ?? ''] : []));
    expect(dials.length).toBeGreaterThan(4);
    expect(dials.filter((line) => !line.includes('Gosub(spbs-outgoing,s,1(${EXTEN}))'))).toEqual([]);
  });

  test('knows a line by its endpoint, and by nothing that a telephone could claim', () => {
    expect(text).toContain('CHANNEL(endpoint)');
    expect(text).not.toMatch(/CALLERID/);
    expect(text).toContain('exten => 101,1,Return(${EXTEN})\n');
    expect(text).toContain('exten => attic-phone,1,Return(190)\n');
  });

  test('without contexts of its own is the subroutines, for a site that has a dialplan', () => {
    const own = dialplan(openNumbersOf(prepared('GB')), {contexts: undefined});
    expect([...own.matchAll(/^\[(\S+)\]$/gm)].map(([, name]) => name)).toEqual([
      'spbs-outgoing',
      'spbs-line-of',
      'spbs-lines',
      'spbs-barred',
      'spbs-incoming',
    ]);
  });
});

describe('a word that could be read as dialplan is refused', () => {
  const numbers = openNumbersOf(prepared('GB'));
  const words = [
    '',
    '101)',
    '1 01',
    '101,1',
    '${EXTEN}',
    '$[1]',
    'a;b',
    'a\nexten => s,1,System(x)',
    '"',
    '(',
    '[x]',
    'é',
    'x'.repeat(81),
    '101\r',
  ];
  const places: Readonly<Record<string, (word: string) => string>> = {
    'an emergency number': (word) => dialplan({...numbers, emergency: ['112', word]}),
    'a number of the site': (word) => dialplan({...numbers, alwaysOpen: [word]}),
    'a supplementary prefix': (word) => dialplan({...numbers, supplementaryPrefixes: [word]}),
    'a number prefix': (word) => dialplan({...numbers, numberPrefixes: [word]}),
    'an endpoint': (word) => dialplan(numbers, {endpoints: [word]}),
    'a renamed endpoint': (word) => dialplan(numbers, {renamed: new Map([[word, '190']])}),
    'the extension of a renamed endpoint': (word) => dialplan(numbers, {renamed: new Map([['attic', word]])}),
    'the mailboxes': (word) => dialplan(numbers, {mailboxes: word}),
    'the context of telephones': (word) => dialplan(numbers, {contexts: {phones: word, fromTrunk: 'b', trunk: 'c'}}),
    'the context of the trunk': (word) => dialplan(numbers, {contexts: {phones: 'a', fromTrunk: word, trunk: 'c'}}),
    'the trunk': (word) => dialplan(numbers, {contexts: {phones: 'a', fromTrunk: 'b', trunk: word}}),
  };

  test.for(Object.entries(places))('as %s', ([, place]) => {
    expect(words.filter((word) => failureOf(() => place(word)).code !== 'config.invalid')).toEqual([]);
  });

  test.for(['9)', '9 ', '99999', '$', '+'])('as the digits for an outside line: %s', (word) => {
    expect(failureOf(() => dialplan({...numbers, outsideLine: word}))).toMatchObject({code: 'config.invalid'});
  });

  test('and so is a site without any emergency number', () => {
    const failure = failureOf(() => dialplan({...numbers, emergency: []}));
    expect(failure.message).toMatch(/cut off from help/);
    expect(failure.cure).toMatch(/country/);
  });
});
