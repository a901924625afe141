// Freephone, premium and shared cost as classes, and numbers of another type than their destination: by hand from the rule that
// the ranges of a class are its prefixes, and that the longest prefix wins.
import {assert, constantFrom, property, stringMatching} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {price, priceClass} from '../../../shared/tariff/price.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {callOf, compiled, money, read, tariffOf, WEDNESDAY_NOON, workingOf} from './tariffs.ts';

type Destination = TariffSource['destinations'][number];

const RATES: TariffSource['rates'] = [
  {name: 'one', initialSeconds: 0, nextSeconds: 1, perMinute: '0.60'},
  {name: 'dear', initialSeconds: 0, nextSeconds: 1, perMinute: '3'},
  {name: 'free', initialSeconds: 0, nextSeconds: 1, perMinute: '0'},
];

const BRITAIN: Destination = {name: 'Britain', rate: 'one', prefixes: ['44']};

function tariff(destinations: readonly Destination[], classes: TariffSource['classes'] = {}) {
  return compiled(tariffOf({}, {rates: RATES, destinations: [...destinations], classes}));
}

/** `Britain by +44`, `premium by its class`, `range-unconfirmed Britain premium`. */
function decided(of: ReturnType<typeof tariff>, number: string, change: Parameters<typeof callOf>[1] = {}): string {
  const found = price(callOf(60, {number, home: '44', ...change}), of);
  if (found.kind === 'priced') return `${found.working.destination} by ${found.working.prefix === '' ? 'its class' : found.working.prefix}`;
  return found.kind === 'range-unconfirmed' ? `${found.kind} ${found.destination} ${found.type ?? 'catch-all'}` : found.kind;
}

const FREEPHONE = '448001234567';
const PREMIUM = '449098790123';
const CLASSES = {freephone: 'free', premium: 'dear', sharedCost: 'dear'};

describe('a class with a rate', () => {
  test('decides before a destination that is wider than its ranges', () => {
    const wide = tariff([BRITAIN], CLASSES);
    expect(decided(wide, FREEPHONE)).toBe('freephone by its class');
    expect(decided(wide, PREMIUM)).toBe('premium by its class');
    expect(decided(wide, '442079460000')).toBe('Britain by +44');
    // A minute at 3.00 a minute.
    expect(workingOf(wide, callOf(60, {number: PREMIUM, home: '44'}))).toMatchObject({gross: money('3'), billedSeconds: 60});
  });

  test('decides also where no destination matches at all', () => {
    expect(decided(tariff([{...BRITAIN, prefixes: ['4420']}], CLASSES), PREMIUM)).toBe('premium by its class');
  });

  test('yields to a destination that lies within its ranges', () => {
    const own = {name: 'Free of charge', rate: 'free', prefixes: ['44800', '44808']};
    const lines = {name: 'Chat lines', rate: 'dear', prefixes: ['44909']};
    const both = tariff([BRITAIN, own, lines], CLASSES);
    expect(decided(both, FREEPHONE)).toBe('Free of charge by +44800');
    expect(decided(both, PREMIUM)).toBe('Chat lines by +44909');
    expect(decided(both, '449112345678')).toBe('premium by its class');
    // As long as the range of the class itself: 449 is premium from that digit on, 4480 freephone from that.
    expect(decided(tariff([BRITAIN, {...lines, prefixes: ['449']}], CLASSES), PREMIUM)).toBe('Chat lines by +449');
    expect(decided(tariff([BRITAIN, {...own, prefixes: ['4480']}], CLASSES), FREEPHONE)).toBe('Free of charge by +4480');
    // 0844 is no freephone: 448 is wider than the range of either.
    expect(decided(tariff([{...own, prefixes: ['448']}], CLASSES), FREEPHONE)).toBe('freephone by its class');
  });

  test('is of the country that is called from, and of no country', () => {
    const world = tariff(
      [BRITAIN, {name: 'Germany', rate: 'one', prefixes: ['49']}, {name: 'Free', rate: 'one', prefixes: ['8']}],
      CLASSES,
    );
    expect(decided(world, '498001234567')).toBe('Germany by +49');
    expect(decided(world, FREEPHONE, {home: '49'})).toBe('Britain by +44');
    expect(decided(world, '80012345678')).toBe('freephone by its class');
    expect(decided(world, '80812345678')).toBe('shared-cost by its class');
    // Nobody said from where: a plain look into the tariff.
    expect(decided(world, FREEPHONE, {home: undefined})).toBe('Britain by +44');
  });

  test('has no part in a short code', () => {
    expect(decided(tariff([{name: 'Code', rate: 'one', prefixes: ['8001111'], exact: true}], CLASSES), '8001111', {isShort: true})).toBe(
      'Code by 8001111',
    );
  });

  test('is longer than 48 hours like any other call', () => {
    expect(price(callOf(48 * 3_600 + 1, {number: PREMIUM, home: '44'}), tariff([BRITAIN], CLASSES))).toEqual({
      kind: 'duration-implausible',
    });
  });
});

describe('without a rate of its class', () => {
  const wide = tariff([BRITAIN, {name: 'Germany', rate: 'one', prefixes: ['49']}]);

  test.for([
    [FREEPHONE, 'range-unconfirmed Britain freephone'],
    [PREMIUM, 'range-unconfirmed Britain premium'],
    ['448712345678', 'range-unconfirmed Britain premium'],
    // Premium abroad is where the money goes; freephone abroad is an ordinary number.
    ['499001234567', 'range-unconfirmed Germany premium'],
    ['498001234567', 'Germany by +49'],
    // Landlines, mobiles, pagers, and what nobody knows are what the country costs.
    ['442079460000', 'Britain by +44'],
    ['447700900123', 'Britain by +44'],
    ['447640123456', 'Britain by +44'],
    ['440000000000', 'Britain by +44'],
  ] as const)('%s: %s', ([number, expected]) => {
    expect(decided(wide, number)).toBe(expected);
  });

  test('a destination within the range bills it, and a site may accept the wider one', () => {
    expect(decided(tariff([BRITAIN, {name: 'Premium', rate: 'dear', prefixes: ['449']}]), PREMIUM)).toBe('Premium by +449');
    expect(decided(wide, PREMIUM, {acceptsCatchAll: true})).toBe('Britain by +44');
  });
});

describe('a destination that says what its numbers are', () => {
  const landlines = tariff([
    {...BRITAIN, type: 'landline'},
    {name: 'British mobiles', rate: 'dear', prefixes: ['447'], type: 'mobile'},
    {name: 'Virginia', rate: 'one', prefixes: ['1'], type: 'mobile'},
  ]);

  test.for([
    ['442079460000', 'Britain by +44'],
    ['447700900123', 'British mobiles by +447'],
    ['447012345678', 'range-unconfirmed British mobiles personal'],
    ['443451234567', 'range-unconfirmed Britain corporate'],
    [PREMIUM, 'range-unconfirmed Britain premium'],
    // Nobody knows what it is, and nobody can tell in North America: no disagreement.
    ['440000000000', 'Britain by +44'],
    ['12125550123', 'Virginia by +1'],
  ] as const)('%s: %s', ([number, expected]) => {
    expect(decided(landlines, number)).toBe(expected);
    // The type is the tariff's own word: it holds also for a look from nowhere.
    expect(decided(landlines, number, {home: undefined})).toBe(expected);
    expect(decided(landlines, number, {acceptsCatchAll: true})).not.toMatch(/unconfirmed/);
  });

  test('may be premium as a whole', () => {
    expect(decided(tariff([{name: 'Premium', rate: 'dear', prefixes: ['44'], type: 'premium'}]), PREMIUM)).toBe('Premium by +44');
  });
});

test('reverse charge has its own rate or none', () => {
  const timed = {start: WEDNESDAY_NOON, durationSeconds: 60, answerAllowanceSeconds: 0};
  expect(priceClass(timed, 'reverse-charge', tariff([BRITAIN]))).toBeUndefined();
  expect(priceClass(timed, 'reverse-charge', tariff([BRITAIN], {reverseCharge: 'dear'}))).toMatchObject({
    kind: 'priced',
    working: {gross: money('3'), destination: 'reverse-charge', prefix: ''},
  });
});

test('classes and types are read like the rest of the tariff', () => {
  const bad = read(tariffOf({}, {classes: {premium: 'none'}, destinations: [{...BRITAIN, type: 'mobile'}]}));
  expect(bad).toMatchObject({
    kind: 'invalid',
    problems: [{path: 'classes.premium', what: expect.stringContaining('there is no rate “none”') as string}],
  });
  const unknown = read({...tariffOf(), destinations: [{...BRITAIN, type: 'satellite'}]});
  expect(unknown).toMatchObject({kind: 'invalid', problems: [{path: 'destinations[0].type'}]});
  // A tariff that says nothing of them has the canonical text, and so the hash, that it always had.
  const plain = read(tariffOf());
  expect(plain.kind === 'tariff' ? plain.canonical : '').not.toMatch(/type|freephone/);
});

test('a number is priced by exactly one of class, destination and doubt, whatever else the tariff holds', () => {
  const own: Destination = {name: 'Own', rate: 'free', prefixes: ['44800']};
  const tariffs = constantFrom(tariff([BRITAIN], CLASSES), tariff([BRITAIN, own], CLASSES), tariff([BRITAIN, own]), tariff([own]));
  assert(
    property(tariffs, stringMatching(/^44\d{9,10}$/), (of, number) => {
      const strict = decided(of, number);
      const lenient = decided(of, number, {acceptsCatchAll: true});
      // Accepting catch-alls bills what waited, and changes no price that there was.
      expect(strict.startsWith('range-unconfirmed') ? lenient : strict).toBe(lenient);
      expect(lenient).not.toMatch(/unconfirmed/);
    }),
  );
});
