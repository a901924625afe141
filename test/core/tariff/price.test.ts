// The price of a call, each figure worked out by hand from the rule.
import {describe, expect, test} from 'vitest';
import {LONGEST_CALL_SECONDS, price, priceClass} from '../../../shared/tariff/price.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {freeWorking} from '../../../shared/tariff/working.ts';
import {at, callOf, compiled, money, tariffOf, WEDNESDAY_NOON, workingOf} from './tariffs.ts';

describe('billed seconds', () => {
  test.for([
    // The first 30 s whole, then each begun 60 s. 31 s: 30 + ⌈1 ÷ 60⌉ × 60 = 90.
    [30, 60, 0, 0, 0],
    [30, 60, 0, 1, 30],
    [30, 60, 0, 30, 30],
    [30, 60, 0, 31, 90],
    [30, 60, 0, 90, 90],
    [30, 60, 0, 91, 150],
    // No first increment: all by the next one.
    [0, 6, 0, 0, 0],
    [0, 6, 0, 1, 6],
    [0, 6, 0, 6, 6],
    [0, 6, 0, 7, 12],
    [60, 1, 0, 61, 61],
    [1, 1, 0, 3_599, 3_599],
    [60, 60, 0, 3_601, 3_660],
    // Grace: a call that is not longer is free; one that is pays from its first second.
    [30, 60, 5, 5, 0],
    [30, 60, 5, 6, 30],
    [0, 1, 3, 3, 0],
    [0, 1, 3, 4, 4],
    // Grace beyond the first increment: 46 s is 30 + ⌈16 ÷ 60⌉ × 60.
    [30, 60, 45, 45, 0],
    [30, 60, 45, 46, 90],
  ] as const)('%d + %d, grace %d: %d s bill %d s', ([initialSeconds, nextSeconds, graceSeconds, duration, billed]) => {
    const working = workingOf(compiled(tariffOf({initialSeconds, nextSeconds, graceSeconds})), callOf(duration));
    expect(working.billedSeconds).toBe(billed);
    // At 60p a minute a second costs a penny.
    expect(working.gross).toBe(money('0.01') * billed);
  });
});

describe('connection fee, minimum and maximum', () => {
  test('the fee is paid once, by every call that is billed at all', () => {
    const tariff = compiled(tariffOf({connectionFee: '0.05', graceSeconds: 2}));
    expect(workingOf(tariff, callOf(0)).gross).toBe(0);
    expect(workingOf(tariff, callOf(2)).gross).toBe(0);
    // 5p and three pennies.
    expect(workingOf(tariff, callOf(3)).gross).toBe(money('0.08'));
    expect(workingOf(tariff, callOf(600)).gross).toBe(money('6.05'));
  });

  test.for([
    // 10p a minute, by the minute, at least 25p, at most £1.
    [0, '0', undefined],
    [60, '0.25', 'minimum'],
    [120, '0.25', 'minimum'],
    [180, '0.3', undefined],
    [600, '1', undefined],
    [601, '1', 'maximum'],
    [7_200, '1', 'maximum'],
  ] as const)('%d s between a minimum and a maximum cost %s', ([duration, amount, bound]) => {
    const tariff = compiled(tariffOf({initialSeconds: 60, nextSeconds: 60, perMinute: '0.1', minimum: '0.25', maximum: '1'}));
    expect(workingOf(tariff, callOf(duration))).toMatchObject({gross: money(amount), bound});
  });

  test('equal bounds make one price for every call', () => {
    const tariff = compiled(tariffOf({minimum: '0.5', maximum: '0.5'}));
    for (const duration of [1, 50, 5_000]) expect(workingOf(tariff, callOf(duration)).gross).toBe(money('0.5'));
  });

  test('the fee counts towards both', () => {
    const tariff = compiled(tariffOf({connectionFee: '0.2', minimum: '0.25', maximum: '0.3'}));
    // 20p + 4p < 25p; 20p + 8p; 20p + 20p > 30p.
    expect([4, 8, 20].map((duration) => workingOf(tariff, callOf(duration)).gross)).toEqual(['0.25', '0.28', '0.3'].map(money));
  });

  test('of a net rate both are net: VAT comes on top', () => {
    const tariff = compiled(tariffOf({minimum: '0.25', maximum: '1'}, {prices: 'net', tax: [{percent: '20'}]}));
    // 25p × 1.2 and £1 × 1.2.
    expect([1, 500].map((duration) => workingOf(tariff, callOf(duration)).gross)).toEqual(['0.3', '1.2'].map(money));
  });

  test('come before the rounding: a minimum of half a penny is a penny', () => {
    const tariff = compiled(tariffOf({perMinute: '0', minimum: '0.005'}, {rounding: {mode: 'half-up', decimals: 2}}));
    expect(workingOf(tariff, callOf(1))).toMatchObject({gross: money('0.01'), bound: 'minimum'});
  });
});

describe('the one rounding', () => {
  // 30p a minute is half a penny a second: 1, 3 and 5 s are ties at 0.5p, 1.5p and 2.5p; 2 s are 1p.
  test.for([
    ['up', ['0.01', '0.01', '0.02', '0.03']],
    ['half-up', ['0.01', '0.01', '0.02', '0.03']],
    ['half-even', ['0', '0.01', '0.02', '0.02']],
    ['down', ['0', '0.01', '0.01', '0.02']],
  ] as const)('%s, at ties', ([mode, expected]) => {
    const tariff = compiled(tariffOf({perMinute: '0.3'}, {rounding: {mode, decimals: 2}}));
    expect([1, 2, 3, 5].map((duration) => workingOf(tariff, callOf(duration)).gross)).toEqual(expected.map(money));
  });

  test.for([
    // One second of 89.4p, 90p and 90.6p a minute: 1.49p, 1.5p and 1.51p.
    ['up', ['0.02', '0.02', '0.02']],
    ['half-up', ['0.01', '0.02', '0.02']],
    ['half-even', ['0.01', '0.02', '0.02']],
    ['down', ['0.01', '0.01', '0.01']],
  ] as const)('%s, beside a tie', ([mode, expected]) => {
    const prices = ['0.894', '0.9', '0.906'].map((perMinute) => {
      const tariff = compiled(tariffOf({perMinute}, {rounding: {mode, decimals: 2}}));
      return workingOf(tariff, callOf(1)).gross;
    });
    expect(prices).toEqual(expected.map(money));
  });

  test.for([
    // A second at 10p a minute is 0.16666…p: 1,666.666… micros.
    ['up', 6, 1_667],
    ['half-up', 6, 1_667],
    ['half-even', 6, 1_667],
    ['down', 6, 1_666],
    ['up', 5, 1_670],
    ['down', 5, 1_660],
    ['up', 0, 1_000_000],
    ['half-up', 0, 0],
  ] as const)('%s to %d decimals, where the decimals never end', ([mode, decimals, amount]) => {
    const tariff = compiled(tariffOf({perMinute: '0.1'}, {rounding: {mode, decimals}}));
    expect(workingOf(tariff, callOf(1)).gross).toBe(amount);
  });

  test('keeps all 8 decimals of a price until then', () => {
    // 100,000 minutes is too long for a call; 2,880 min (48 h) at 0.00000001 are 0.0000288, so 29 micros.
    const tariff = compiled(tariffOf({initialSeconds: 60, nextSeconds: 60, perMinute: '0.00000001'}));
    expect(workingOf(tariff, callOf(LONGEST_CALL_SECONDS)).gross).toBe(29);
    expect(workingOf(tariff, callOf(60)).gross).toBe(0);
  });
});

describe('tax', () => {
  test.for([
    // 90 s are 90p. Gross: tax is 90p × 20/120 = 15p. Net: tax is 90p × 20/100 = 18p.
    ['gross', '20', 90, '0.9', '0.15', '0.75'],
    ['net', '20', 90, '1.08', '0.18', '0.9'],
    // £1 × 17.5/117.5 = 0.14893617…
    ['gross', '17.5', 100, '1', '0.148936', '0.851064'],
    ['net', '17.5', 100, '1.175', '0.175', '1'],
    // 10p × 20/120 = 0.016666…, to the micro; the net is what is left, so that lines add up.
    ['gross', '20', 10, '0.1', '0.016667', '0.083333'],
    ['gross', '0', 10, '0.1', '0', '0.1'],
    ['net', '100', 10, '0.2', '0.1', '0.1'],
  ] as const)('%s prices at %s %%: %d pence', ([prices, percent, duration, gross, tax, net]) => {
    const tariff = compiled(tariffOf({}, {prices, tax: [{percent}]}));
    expect(workingOf(tariff, callOf(duration))).toMatchObject({
      gross: money(gross),
      tax: money(tax),
      net: money(net),
      taxPercent: percent,
      pricesIncludeTax: prices === 'gross',
    });
  });

  test('half a micro of tax is a micro', () => {
    // 100 % of a micro that contains its tax: half a micro each.
    const tariff = compiled(tariffOf({perMinute: '0.00006'}, {tax: [{percent: '100'}]}));
    expect(workingOf(tariff, callOf(1))).toMatchObject({gross: 1, tax: 1, net: 0});
  });

  test('is added before the rounding, not after', () => {
    // 0.42p net × 1.2 = 0.504p, which is a penny; rounded first it would be nothing.
    const tariff = compiled(
      tariffOf({perMinute: '0.252'}, {prices: 'net', tax: [{percent: '20'}], rounding: {mode: 'half-up', decimals: 2}}),
    );
    expect(workingOf(tariff, callOf(1)).gross).toBe(money('0.01'));
  });

  test('a rate may be net in a gross tariff', () => {
    expect(workingOf(compiled(tariffOf({prices: 'net'}, {tax: [{percent: '20'}]})), callOf(100)).gross).toBe(money('1.2'));
  });

  test.for([
    // British VAT: 17.5 %, then 20 % from 4 January 2011; the first rate also holds before its date.
    ['1999-01-01T00:00:00Z', '17.5'],
    ['2011-01-03T23:59:59Z', '17.5'],
    ['2011-01-04T00:00:00Z', '20'],
    // 1 July 2030 begins at 23:00 UTC the evening before, because London is an hour ahead.
    ['2030-06-30T22:59:59Z', '20'],
    ['2030-06-30T23:00:00Z', '5'],
  ] as const)('a call that starts at %s pays %s %%', ([start, taxPercent]) => {
    const tax = [
      {from: '2010-01-01', percent: '17.5'},
      {from: '2011-01-04', percent: '20'},
      {from: '2030-07-01', percent: '5'},
    ];
    // Two hours: the change in the middle of a call does not matter.
    expect(workingOf(compiled(tariffOf({}, {tax})), callOf(7_200, {start: at(start)}))).toMatchObject({taxPercent});
  });
});

describe('destinations', () => {
  const source: TariffSource = tariffOf(
    {},
    {
      destinations: [
        {name: 'World', rate: 'one', prefixes: ['1', '4', '44'], catchAll: true},
        {name: 'London', rate: 'one', prefixes: ['4420']},
        {name: 'Mobile', rate: 'one', prefixes: ['447', '4477']},
        {name: 'Virginia', rate: 'one', prefixes: ['1571']},
        {name: 'Voicemail', rate: 'one', prefixes: ['1571', '*55'], exact: true},
      ],
    },
  );
  const tariff = compiled(source);

  test.for([
    ['442079460000', false, 'London', '+4420'],
    ['447700900123', false, 'Mobile', '+4477'],
    ['447900900123', false, 'Mobile', '+447'],
    // A whole number that is a prefix itself.
    ['4477', false, 'Mobile', '+4477'],
    ['15715550123', false, 'Virginia', '+1571'],
    ['1571', true, 'Voicemail', '1571'],
    ['*55', true, 'Voicemail', '*55'],
  ] as const)('%s (short code: %s) goes to %s', ([number, isShort, destination, prefix]) => {
    expect(workingOf(tariff, callOf(60, {number, isShort}))).toMatchObject({destination, prefix});
  });

  test.for([
    ['442', false],
    ['4915112345678', false],
    ['12125550123', false],
  ] as const)('%s reaches only a catch-all, and is not billed unseen', ([number, isShort]) => {
    expect(price(callOf(60, {number, isShort}), tariff)).toMatchObject({kind: 'range-unconfirmed', destination: 'World'});
  });

  test('a site may accept catch-alls', () => {
    expect(workingOf(tariff, callOf(60, {number: '12125550123', acceptsCatchAll: true}))).toMatchObject({
      destination: 'World',
      prefix: '+1',
    });
  });

  test.for([
    // A short code is matched whole, and only by short codes.
    ['15711', true],
    ['157', true],
    ['44', true],
    ['999', true],
    ['33142685300', false],
    ['', false],
  ] as const)('%s (short code: %s) has no destination', ([number, isShort]) => {
    expect(price(callOf(60, {number, isShort}), tariff).kind).toBe('no-destination');
  });
});

describe('classes and limits', () => {
  test('an internal or incoming call is free unless the tariff names a rate for its class', () => {
    const tariff = compiled(tariffOf({}, {classes: {incoming: 'one'}}));
    const call = {start: WEDNESDAY_NOON, durationSeconds: 50, answerAllowanceSeconds: 0};
    expect(priceClass(call, 'internal', tariff)).toBeUndefined();
    expect(priceClass(call, 'incoming', tariff)).toMatchObject({
      kind: 'priced',
      working: {destination: 'incoming', prefix: '', gross: money('0.5'), tariff: tariff.hash},
    });
    expect(priceClass({...call, durationSeconds: LONGEST_CALL_SECONDS + 1}, 'incoming', tariff)).toEqual({kind: 'duration-implausible'});
  });

  test('a free call has a working without a tariff', () => {
    expect(freeWorking('emergency', {durationSeconds: 61, answerAllowanceSeconds: 0})).toMatchObject({
      tariff: undefined,
      destination: 'emergency',
      durationSeconds: 61,
      billedSeconds: 0,
      gross: 0,
      net: 0,
      tax: 0,
    });
  });

  test('the working keeps the allowance that was taken off before', () => {
    expect(workingOf(compiled(tariffOf()), callOf(40, {answerAllowanceSeconds: 20}))).toMatchObject({
      durationSeconds: 40,
      answerAllowanceSeconds: 20,
      billedSeconds: 40,
    });
  });

  test('48 hours are priced, a second more is implausible', () => {
    const tariff = compiled(tariffOf());
    // 172,800 pennies.
    expect(workingOf(tariff, callOf(172_800)).gross).toBe(money('1728'));
    expect(price(callOf(172_801), tariff)).toEqual({kind: 'duration-implausible'});
    expect(price(callOf(Number.MAX_SAFE_INTEGER), tariff)).toEqual({kind: 'duration-implausible'});
  });

  test('the dearest call that a tariff can hold is exact', () => {
    const rate = {connectionFee: '999999.999999', initialSeconds: 86_400, nextSeconds: 86_400, perMinute: '999999.99999999'};
    const tariff = compiled(tariffOf(rate, {prices: 'net', tax: [{percent: '100'}], rounding: {mode: 'up', decimals: 6}}));
    // 172,801 s would bill three days; 172,800 s bill two: 2,880 min × 999,999.99999999 + 999,999.999999, twice, rounded up.
    const exact = 2n * (2_880n * 99_999_999_999_999n + 99_999_999_999_900n);
    const up = (exact + 99n) / 100n;
    expect(BigInt(workingOf(tariff, callOf(LONGEST_CALL_SECONDS)).gross)).toBe(up);
  });

  test('a sum that no float holds is exact', () => {
    // 123,456.78901234 × 3,547 ÷ 60 = 7,298,353.8437794996…: in floats a tie, which would be rounded up to …780.
    expect(workingOf(compiled(tariffOf({perMinute: '123456.78901234'})), callOf(3_547)).gross).toBe(money('7298353.843779'));
    // The same with a band that is not met, so that the sum is one over bands.
    const bands = [{name: 'never', times: []}];
    const banded = compiled(tariffOf({perMinute: '123456.78901234', perMinuteIn: {never: '1'}}, {bands}));
    expect(workingOf(banded, callOf(3_547)).gross).toBe(money('7298353.843779'));
  });

  test.for([
    ['minimum', {perMinute: '0.1', minimum: '999999.999985'}],
    ['maximum', {perMinute: '999999', maximum: '999999.999985'}],
  ] as const)('a large %s is taxed exactly', ([bound, rate]) => {
    // 999,999.999985 × 1.012346 = 1,012,345.99998481…; in floats it is no whole number of micros at all.
    const tariff = compiled(tariffOf(rate, {prices: 'net', tax: [{percent: '1.2346'}]}));
    expect(workingOf(tariff, callOf(7_200))).toMatchObject({gross: money('1012345.999985'), bound});
  });
});
