// The sentence that a student reads.
import {assert, property, nat} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {formatMoney, type Currency} from '../../../shared/money/micros.ts';
import type {AllowanceLeft} from '../../../shared/tariff/allowance.ts';
import {explainPrice, PRICE_WORDS, type PriceFacts} from '../../../shared/tariff/explain.ts';
import {price, priceClass} from '../../../shared/tariff/price.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {freeWorking} from '../../../shared/tariff/working.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {starts, tariffs} from './arbitrary-tariff.ts';
import {at, callOf, compiled, tariffOf, workingOf, type RateSource} from './tariffs.ts';

const GBP = 'GBP' as Currency;

function sentence(seconds: number, rate: Partial<RateSource>, rest: Partial<TariffSource> = {}, start = '2026-02-04T12:00:00Z'): string {
  return explainPrice(workingOf(compiled(tariffOf(rate, rest)), callOf(seconds, {start: at(start)})), GBP);
}

const PEAK: Partial<TariffSource> = {
  bands: [{name: 'peak', times: [{days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00'}]}],
  tax: [{percent: '20'}],
};

describe('why a call costs what it costs', () => {
  test('by the second there is little to say', () => {
    expect(sentence(90, {})).toBe('1 min 30 s to Britain cost £0.90: £0.60 a minute.');
  });

  test('increments, a fee and VAT', () => {
    expect(sentence(31, {initialSeconds: 30, nextSeconds: 60, perMinute: '0.18', connectionFee: '0.05'}, {tax: [{percent: '17.5'}]})).toBe(
      '31 s to Britain cost £0.32: charged as 1 min 30 s (at least 30 s, then in steps of 1 min) at £0.18 a minute, plus £0.05 for the connection; 17.5 % VAT is included.',
    );
  });

  test('VAT that comes on top, and the rounding of what is then to pay', () => {
    const net: Partial<TariffSource> = {prices: 'net', tax: [{percent: '20'}], rounding: {mode: 'half-up', decimals: 2}};
    // 10p and a fifth.
    expect(sentence(60, {perMinute: '0.1'}, net)).toBe('1 min to Britain cost £0.12: £0.10 a minute, plus 20 % VAT.');
    // 7 s are 1.1666…p, with VAT 1.4p: a penny. Rounded up it is two, and of gross prices 1.1666…p without any VAT.
    expect(sentence(7, {perMinute: '0.1'}, net)).toBe('7 s to Britain cost £0.01: £0.10 a minute, plus 20 % VAT, rounded down.');
    expect(sentence(7, {perMinute: '0.1', connectionFee: '0.05'}, {rounding: {mode: 'up', decimals: 2}})).toBe(
      '7 s to Britain cost £0.07: £0.10 a minute, plus £0.05 for the connection, rounded up.',
    );
    // At least 25p, and a fifth of that.
    expect(sentence(7, {minimum: '0.25'}, net)).toBe(
      '7 s to Britain cost £0.30: £0.60 a minute, raised to the minimum price of such a call, plus 20 % VAT.',
    );
  });

  test('equal increments are one rule', () => {
    expect(sentence(61, {initialSeconds: 60, nextSeconds: 60, perMinute: '0.1'})).toBe(
      '1 min 1 s to Britain cost £0.20: charged as 2 min (in steps of 1 min) at £0.10 a minute.',
    );
  });

  test('bands, each told once however often they come', () => {
    const rate = {perMinute: '0.06', perMinuteIn: {peak: '0.12'}};
    expect(sentence(90, rate, PEAK, '2026-02-04T17:59:00Z')).toBe(
      '1 min 30 s to Britain cost £0.15: 1 min at £0.12 a minute (peak) and 30 s at £0.06 a minute (standard); 20 % VAT is included.',
    );
    // Wednesday noon to Friday noon: 6 + 10 + 4 hours of peak, 28 others: £144 and £100.80.
    expect(sentence(172_800, rate, PEAK)).toBe(
      '48 h to Britain cost £244.80: 20 h at £0.12 a minute (peak) and 28 h at £0.06 a minute (standard); 20 % VAT is included.',
    );
  });

  test('three bands are a list', () => {
    const bands: TariffSource['bands'] = [
      {name: 'day', times: [{days: ['wed'], from: '08:00', to: '18:00'}]},
      {name: 'night', times: [{days: ['wed'], from: '22:00', to: '08:00'}]},
    ];
    // Wednesday noon: 6 h of day, 4 h of standard, 2 h of night: £7.20, £2.40 and 60p.
    const rate = {perMinute: '0.01', perMinuteIn: {day: '0.02', night: '0.005'}};
    expect(sentence(12 * 3_600, rate, {bands})).toBe(
      '12 h to Britain cost £10.20: 6 h at £0.02 a minute (day), 4 h at £0.01 a minute (standard) and 2 h at £0.005 a minute (night).',
    );
  });

  test('a minimum and a maximum', () => {
    expect(sentence(10, {minimum: '0.25'})).toBe('10 s to Britain cost £0.25: £0.60 a minute, raised to the minimum price of such a call.');
    expect(sentence(600, {maximum: '1'})).toBe(
      '10 min to Britain cost £1.00: £0.60 a minute, lowered to the maximum price of such a call.',
    );
  });

  test('one price a call', () => {
    expect(sentence(600, {perMinute: '0', connectionFee: '0.5'})).toBe(
      '10 min to Britain cost £0.50: one price for each call, however long.',
    );
  });

  test('prices keep all their decimals', () => {
    expect(sentence(60, {perMinute: '0.12345678'})).toBe('1 min to Britain cost £0.123457: £0.12345678 a minute, rounded up.');
  });

  test('an allowance for ringing', () => {
    const working = workingOf(compiled(tariffOf()), callOf(40, {answerAllowanceSeconds: 20}));
    expect(explainPrice(working, GBP)).toBe('40 s to Britain cost £0.40: £0.60 a minute; 20 s of ringing are not counted.');
    expect(explainPrice({...working, durationSeconds: 0, billedSeconds: 0}, GBP)).toBe(
      'The call was not longer than the 20 s that count as ringing, so it costs nothing.',
    );
  });

  test('an incoming call that has a rate', () => {
    const tariff = compiled(tariffOf({}, {classes: {incoming: 'one'}}));
    const found = priceClass({start: at('2026-02-04T12:00:00Z'), durationSeconds: 50, answerAllowanceSeconds: 0}, 'incoming', tariff);
    expect(found?.kind === 'priced' ? explainPrice(found.working, GBP) : '').toBe('50 s of an incoming call cost £0.50: £0.60 a minute.');
  });
});

describe('what was free', () => {
  const one = {name: 'Landlines', unit: 'seconds', amount: 3_600, period: 'month', left: 360, endsAt: Infinity} as const;
  const time: AllowanceLeft = {...one, allowance: 'a', periodStart: at('2026-02-01T00:00:00Z')};
  const day: AllowanceLeft = {...time, allowance: 'b', name: 'Evenings', amount: 600, period: 'day', left: 120, endsAt: 1};
  const once: AllowanceLeft = {
    ...time,
    allowance: 'm',
    name: 'Welcome',
    unit: 'micros',
    amount: 5_000_000,
    period: 'once',
    left: 1_500_000,
  };
  const said = (
    seconds: number,
    free: readonly AllowanceLeft[],
    rate: Partial<RateSource> = {},
    rest: Partial<TariffSource> = {},
  ): string => explainPrice(workingOf(compiled(tariffOf(rate, rest)), callOf(seconds, {allowances: () => free})), GBP);

  test('some of the time, and what is left of it', () => {
    expect(said(600, [time])).toBe(
      '10 min to Britain cost £2.40: 6 min of your 1 h free a month (Landlines, 0 s left), 4 min at £0.60 a minute.',
    );
    expect(said(121, [time, day], {nextSeconds: 60, perMinute: '0.1'})).toBe(
      '2 min 1 s to Britain cost nothing: charged as 3 min (in steps of 1 min), 2 min of your 10 min free a day (Evenings, 0 s left), 1 min of your 1 h free a month (Landlines, 5 min left).',
    );
  });

  test('some of the money, with the VAT of the rest', () => {
    expect(said(200, [once], {connectionFee: '0.05'}, {tax: [{percent: '20'}]})).toBe(
      '3 min 20 s to Britain cost £0.55: £0.60 a minute, plus £0.05 for the connection, less £1.50 of your £5.00 free (Welcome, £0.00 left); 20 % VAT is included.',
    );
    expect(said(100, [once])).toBe(
      '1 min 40 s to Britain cost nothing: £0.60 a minute, less £1.00 of your £5.00 free (Welcome, £0.50 left).',
    );
  });

  test('time and then money, of what a minimum raised', () => {
    expect(said(130, [day, {...once, left: 100_000}], {minimum: '0.25'})).toBe(
      '2 min 10 s to Britain cost £0.15: 2 min of your 10 min free a day (Evenings, 0 s left), 10 s at £0.60 a minute, raised to the minimum price of such a call, less £0.10 of your £5.00 free (Welcome, £0.00 left).',
    );
  });
});

test.for([
  ['freephone', '448001234567', '50 s to a freephone number cost £0.50: £0.60 a minute.'],
  ['premium', '449098790123', '50 s to a premium-rate number cost £0.50: £0.60 a minute.'],
] as const)('a number of the class %s', ([of, number, expected]) => {
  const tariff = compiled(tariffOf({}, {classes: {[of]: 'one'}}));
  expect(explainPrice(workingOf(tariff, callOf(50, {number, home: '44'})), GBP)).toBe(expected);
});

test('shared cost, reverse charge, and a class that costs nothing', () => {
  const tariff = compiled(tariffOf({}, {classes: {sharedCost: 'one', reverseCharge: 'one'}}));
  const shared = workingOf(tariff, callOf(50, {number: '33820123456', home: '33'}));
  expect(explainPrice(shared, GBP)).toBe('50 s to a shared-cost number cost £0.50: £0.60 a minute.');
  const reverse = priceClass({start: at('2026-02-04T12:00:00Z'), durationSeconds: 50, answerAllowanceSeconds: 0}, 'reverse-charge', tariff);
  expect(reverse?.kind === 'priced' ? explainPrice(reverse.working, GBP) : '').toBe(
    '50 s of a reverse-charge call cost £0.50: £0.60 a minute.',
  );
  const free = compiled(tariffOf({perMinute: '0'}, {classes: {freephone: 'one'}}));
  expect(explainPrice(workingOf(free, callOf(50, {number: '448001234567', home: '44'})), GBP)).toBe('Calls to freephone numbers are free.');
});

describe('why a call costs nothing', () => {
  test.for([
    ['emergency', 31, 'Emergency calls are free.'],
    ['always-open', 31, 'Calls to this number, which is open at all times, are free.'],
    ['internal', 31, 'Calls within the house are free.'],
    ['incoming', 31, 'Calls that come in are free.'],
    ['internal', 0, 'Nobody answered, so the call costs nothing.'],
    // Rating says so of a call that nobody answered.
    ['', 31, 'Nobody answered, so the call costs nothing.'],
  ] as const)('%s, %d s', ([destination, durationSeconds, expected]) => {
    expect(explainPrice(freeWorking(destination, {durationSeconds, answerAllowanceSeconds: 0}), GBP)).toBe(expected);
  });

  test('grace and freephone', () => {
    expect(sentence(2, {graceSeconds: 2})).toBe('2 s to Britain cost nothing: a call that short is not charged.');
    expect(sentence(200, {perMinute: '0'})).toBe('Calls to Britain are free.');
  });

  test('a destination may be called like a class', () => {
    const tariff = compiled(tariffOf({perMinute: '0'}, {destinations: [{name: 'internal', rate: 'one', prefixes: ['44']}]}));
    expect(explainPrice(workingOf(tariff, callOf(60)), GBP)).toBe('Calls to internal are free.');
  });
});

test.for([
  [0, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [3_600, '1 h'],
  [3_661, '1 h 1 min 1 s'],
  [172_800, '48 h'],
] as const)('%d seconds are %s', ([seconds, text]) => {
  expect(PRICE_WORDS.duration(seconds)).toBe(text);
});

test('another language has its own words and its own figures', () => {
  const german = {
    ...PRICE_WORDS,
    locale: 'de-DE',
    duration: (seconds: number) => `${seconds} Sek.`,
    cost: ({duration, amount}: PriceFacts) => `${duration} kosten ${amount}.`,
  };
  const working = workingOf(compiled(tariffOf()), callOf(123));
  expect(explainPrice(working, 'EUR' as Currency, german)).toBe('123 Sek. kosten 1,23\u00A0€.');
});

test('whatever the tariff, the sentence ends and names the amount or says that there is none', () => {
  assert(
    property(tariffs, starts, nat(172_800), (source, start, durationSeconds) => {
      const call = callOf(durationSeconds, {
        number: source.destinations[0]?.prefixes[0] ?? '',
        start: start as Instant,
        acceptsCatchAll: true,
      });
      const found = price(call, compiled(source));
      const working = found.kind === 'priced' ? found.working : freeWorking('', {durationSeconds, answerAllowanceSeconds: 0});
      const text = explainPrice(working, GBP);
      expect(text).toMatch(/^\S.*\.$/);
      expect(text).not.toMatch(/undefined|NaN|\s\s/);
      expect(text.includes(` cost ${formatMoney(working.gross, GBP)}: `) || /free\.$|nothing[.:]/.test(text)).toBe(true);
    }),
  );
});
