// What a call would cost: each figure is worked out by hand from the rule.
import {describe, expect, test} from 'vitest';
import {quote, type QuoteQuestion, type QuoteRules} from '../../../shared/tariff/quote.ts';
import {compiled, money, tariffOf, WEDNESDAY_NOON} from './tariffs.ts';

const RULES: QuoteRules = {
  country: 'GB',
  currency: 'GBP',
  dialPlan: {outsideLine: '9', areaCode: '20', nationalPrefix: '0', internationalPrefixes: ['00'], extensionDigits: 4},
  alwaysOpen: ['5000'],
  catchAll: 'unbillable',
  dearestCall: 50_000_000,
  longestCallHours: 12,
};

/** Net prices with 20 % VAT: 10p a minute by day and 4p in the evening, 6 s steps, to the penny; France at a flat price. */
const TARIFF = compiled(
  tariffOf(
    {},
    {
      prices: 'net',
      tax: [{percent: '20'}],
      rounding: {mode: 'half-up', decimals: 2},
      bands: [{name: 'evening', times: [{days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '18:00', to: '24:00'}]}],
      rates: [
        {name: 'one', nextSeconds: 6, initialSeconds: 6, perMinute: '0.10', perMinuteIn: {evening: '0.04'}},
        {name: 'flat', initialSeconds: 0, nextSeconds: 90, perMinute: '0.30', prices: 'gross'},
        {name: 'capped', initialSeconds: 0, nextSeconds: 1, perMinute: '1', maximum: '2', prices: 'gross'},
        {name: 'dear', initialSeconds: 0, nextSeconds: 60, perMinute: '6', prices: 'gross'},
      ],
      destinations: [
        {name: 'Britain', rate: 'one', prefixes: ['44']},
        {name: 'France', rate: 'flat', prefixes: ['33']},
        {name: 'Germany', rate: 'capped', prefixes: ['49']},
        {name: 'Ship', rate: 'dear', prefixes: ['8703']},
        {name: 'Speaking clock', rate: 'flat', prefixes: ['123'], exact: true},
        {name: 'Asia', rate: 'dear', prefixes: ['81'], catchAll: true},
      ],
    },
  ),
);

const ask = (dialled: string, rest: Partial<QuoteQuestion> = {}, rules: QuoteRules | undefined = RULES) =>
  quote({dialled, isExtension: false, start: WEDNESDAY_NOON, seconds: 600, ...rest}, rules, TARIFF);

function costOf(dialled: string, rest: Partial<QuoteQuestion> = {}): readonly unknown[] {
  const found = ask(dialled, rest);
  return found.kind === 'priced' ? [found.working.destination, found.working.gross] : [found.reason];
}

describe('a quote', () => {
  test.for(['020 7946 0000', '9 020 7946 0000', '79460000', '+44 20 7946 0000', '0044 2079460000', '141 02079460000'])(
    'is for the number that %s reaches from there',
    // 10 min at £0.10 are £1.00 net, and £1.20 with VAT.
    (dialled) => expect(costOf(dialled)).toEqual(['Britain', money('1.20')]),
  );

  test('says what one more minute costs in each band, VAT included', () => {
    // £0.10 × 1.2 and £0.04 × 1.2.
    const found = ask('02079460000');
    expect(found.kind === 'priced' && found.furtherMinutes).toEqual([
      {band: 'standard', amount: money('0.12')},
      {band: 'evening', amount: money('0.048')},
    ]);
  });

  test('is split where the band changes', () => {
    // From 17:55 ten minutes: five at £0.12 and five at £0.048 are £0.84.
    const start = (WEDNESDAY_NOON + (5 * 60 + 55) * 60_000) as typeof WEDNESDAY_NOON;
    expect(costOf('02079460000', {start})).toEqual(['Britain', money('0.84')]);
  });

  test('counts a begun increment of a further minute whole', () => {
    // A minute begins one increment of 90 s at £0.30 a minute: £0.45.
    const found = ask('0033 1 23 45 67 89');
    expect(found.kind === 'priced' && found.furtherMinutes).toEqual([{band: '', amount: money('0.45')}]);
  });

  test('names no further minute where the most is reached', () => {
    const found = ask('004930123456');
    expect(found.kind === 'priced' && [found.working.gross, found.working.bound, found.furtherMinutes]).toEqual([
      money('2'),
      'maximum',
      [],
    ]);
  });

  test('is nothing for emergencies, for what is always open, and within the house', () => {
    expect(costOf('999')).toEqual(['emergency', 0]);
    expect(costOf('9-112')).toEqual(['emergency', 0]);
    expect(costOf('5000')).toEqual(['always-open', 0]);
    expect(costOf('2101', {isExtension: true})).toEqual(['internal', 0]);
  });

  test('matches a short code whole', () => {
    // 10 min are 600 s, which is 7 increments of 90 s: 630 s at £0.30 a minute are £3.15.
    expect(costOf('9123')).toEqual(['Speaking clock', money('3.15')]);
    expect(costOf('124')).toEqual(['no-destination']);
  });

  test('says the reason with which the call would wait', () => {
    expect(costOf('')).toEqual(['number-unreadable']);
    expect(costOf('0039 06 1234567')).toEqual(['no-destination']);
    expect(costOf('0081 3 1234 5678')).toEqual(['range-unconfirmed']);
    // 12 h are allowed; a second more is not.
    expect(costOf('+493012345678', {seconds: 43_200})).toEqual(['Germany', money('2')]);
    expect(costOf('+493012345678', {seconds: 43_201})).toEqual(['duration-implausible']);
    // 10 min at £6 are £60, above £50.
    expect(costOf('+870312345678')).toEqual(['price-implausible']);
  });

  test('prices by catch-alls where the site does', () => {
    const found = ask('0081 3 1234 5678', {seconds: 60}, {...RULES, catchAll: 'bill'});
    expect(found.kind === 'priced' && found.working.gross).toBe(money('6'));
  });

  test('has no price before there are rules or a tariff, or in another currency', () => {
    const question = {dialled: '02079460000', isExtension: false, start: WEDNESDAY_NOON, seconds: 60};
    const none = {kind: 'unbillable', reason: 'no-tariff'};
    expect(quote(question, undefined, TARIFF)).toEqual(none);
    expect(quote(question, RULES, undefined)).toEqual(none);
    expect(quote(question, {...RULES, currency: 'EUR'}, TARIFF)).toEqual(none);
    expect(quote({...question, dialled: '999'}, RULES, undefined).kind).toBe('priced');
  });
});
