// What carriers write where a price, an increment or a date should be.
import {assert, bigInt, constantFrom, integer, property} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {guessMark, guessOrder, readDate, readIncrements, readPrice} from '../../../shared/tariff/deck-values.ts';

const MINUTE = {seconds: 60, hundredths: false} as const;
const SECOND = {seconds: 1, hundredths: false} as const;
const PENCE = {seconds: 60, hundredths: true} as const;

function told<T>(reading: {readonly kind: 'value'; readonly value: T} | {readonly kind: 'invalid'; readonly what: string}): T | string {
  return reading.kind === 'value' ? reading.value : reading.what;
}

describe('a price', () => {
  test.for([
    ['0.2093', 'point', MINUTE, '0.2093'],
    ['0.20930', 'point', MINUTE, '0.2093'],
    ['.5', 'point', MINUTE, '0.5'],
    ['5.', 'point', MINUTE, '5'],
    ['12', 'point', MINUTE, '12'],
    ['0,2093', 'comma', MINUTE, '0.2093'],
    ['1.234,5', 'comma', MINUTE, '1234.5'],
    ['1,234.5', 'point', MINUTE, '1234.5'],
    ["1'234.5", 'point', MINUTE, '1234.5'],
    ['$0.12', 'point', MINUTE, '0.12'],
    ['£ 0.12', 'point', MINUTE, '0.12'],
    ['0,12 €', 'comma', MINUTE, '0.12'],
    ['USD 0.12', 'point', MINUTE, '0.12'],
    ['1E-05', 'point', MINUTE, '0.00001'],
    ['1.5e-3', 'point', MINUTE, '0.0015'],
    ['1.2E2', 'point', MINUTE, '120'],
    ['0.12345678', 'point', MINUTE, '0.12345678'],
    ['0.123456780', 'point', MINUTE, '0.12345678'],
    // 0.002 × 60; 0.00000001 × 60.
    ['0.002', 'point', SECOND, '0.12'],
    ['0.00000001', 'point', SECOND, '0.0000006'],
    ['12.5', 'point', PENCE, '0.125'],
    ['0.000001', 'point', PENCE, '0.00000001'],
  ] as const)('“%s” with a decimal %s, %o, is %s', ([text, mark, scale, value]) => {
    expect(told(readPrice(text, mark, 8, scale))).toBe(value);
  });

  test.for([
    ['-0.1', 'point', MINUTE, 'the price “-0.1” is negative'],
    ['(0.10)', 'point', MINUTE, 'the price “(0.10)” is negative'],
    ['n/a', 'point', MINUTE, 'the price “n/a” is no number'],
    ['1.2.3', 'point', MINUTE, 'the price “1.2.3” is no number'],
    ['1,5', 'point', MINUTE, 'the price “1,5” is no number'],
    ['1.5', 'comma', MINUTE, 'the price “1.5” is no number'],
    ['1,23,456', 'point', MINUTE, 'the price “1,23,456” is no number'],
    ['0.123456789', 'point', MINUTE, 'the price “0.123456789” has 9 decimals'],
    ['0.00000001', 'point', PENCE, 'the price “0.00000001” has 10 decimals, in whole units'],
    ['0.0000000011', 'point', SECOND, 'the price “0.0000000011” has 9 decimals, a minute'],
    ['1000000', 'point', MINUTE, 'the price “1000000” is a million or more'],
    ['1e999', 'point', MINUTE, 'the price “1e999” is no number'],
    ['9'.repeat(100_000), 'point', MINUTE, `the price “${'9'.repeat(40)}” is no number`],
  ] as const)('“%s” with a decimal %s, %o, is refused: %s', ([text, mark, scale, what]) => {
    expect(told(readPrice(text, mark, 8, scale))).toBe(what);
  });

  test('is exact, however it is written', () => {
    assert(
      property(bigInt({min: 0n, max: 10n ** 13n}), integer({min: 0, max: 8}), constantFrom('point', 'comma'), (digits, decimals, mark) => {
        const padded = String(digits).padStart(decimals + 1, '0');
        const whole = padded.slice(0, padded.length - decimals);
        const fraction = padded.slice(padded.length - decimals);
        const text = decimals === 0 ? whole : `${whole}${mark === 'comma' ? ',' : '.'}${fraction}`;
        const value = told(readPrice(text, mark, 8, MINUTE));
        const isTooMuch = digits >= 1_000_000n * 10n ** BigInt(decimals);
        const [units = '', rest = ''] = value.split('.');
        expect(isTooMuch ? value.includes('a million') : BigInt(units + rest.padEnd(decimals, '0'))).toBe(isTooMuch ? true : digits);
      }),
    );
  });
});

describe('the decimal mark', () => {
  test.for([
    [['0.2', '1.5'], 'point'],
    [['0,2', '1,5'], 'comma'],
    [['1.234,50'], 'comma'],
    [['1,234.50'], 'point'],
    [['1.234.567'], 'comma'],
    [['1', '2'], 'point'],
    [['1.234'], 'point'],
    [['1,234', '0,5'], 'comma'],
    // A thousand, or one and a bit: nobody can tell.
    [['1,234'], undefined],
    [[], 'point'],
  ] as const)('of %o is %s', ([samples, mark]) => {
    expect(guessMark(samples)).toBe(mark);
  });
});

describe('increments', () => {
  test.for([
    ['60/60', {initial: 60, next: 60}],
    ['30/6', {initial: 30, next: 6}],
    ['1+1', {initial: 1, next: 1}],
    ['30-6', {initial: 30, next: 6}],
    ['6', {initial: 6, next: 6}],
    ['60s', {initial: 60, next: 60}],
    ['60 sec / 1 sec', {initial: 60, next: 1}],
    ['0/1', {initial: 0, next: 1}],
    ['0', 'the increment “0” is none'],
    ['1/0', 'the increment “1/0” is none'],
    ['90000/1', 'the increment “90000/1” is none'],
    ['a minute', 'the increment “a minute” is none'],
  ] as const)('“%s” are %o', ([text, value]) => {
    expect(told(readIncrements(text))).toEqual(value);
  });
});

describe('dates', () => {
  test.for([
    ['2026-12-31', 'day-first', '2026-12-31'],
    ['2026-12-31 00:00:00', 'day-first', '2026-12-31'],
    ['2026-12-31T00:00:00Z', 'day-first', '2026-12-31'],
    ['20261231', 'day-first', '2026-12-31'],
    ['2026/12/31', 'day-first', '2026-12-31'],
    ['31/12/2026', 'day-first', '2026-12-31'],
    ['12/31/2026', 'month-first', '2026-12-31'],
    ['1/2/2026', 'day-first', '2026-02-01'],
    ['1/2/2026', 'month-first', '2026-01-02'],
    ['1.2.2026', 'month-first', '2026-02-01'],
    ['31-Dec-2026', 'day-first', '2026-12-31'],
    ['31 December 26', 'day-first', '2026-12-31'],
    ['30/02/2026', 'day-first', '“30/02/2026” is no date'],
    ['31-Foo-2026', 'day-first', '“31-Foo-2026” is no date'],
    ['soon', 'day-first', '“soon” is no date'],
  ] as const)('“%s” %s is %s', ([text, order, value]) => {
    expect(told(readDate(text, order))).toBe(value);
  });

  test.for([
    [['31/12/2026', '01/02/2026'], 'day-first'],
    [['12/31/2026', '01/02/2026'], 'month-first'],
    [['2026-01-02'], 'day-first'],
    [['01/01/2026'], 'day-first'],
    [['01/02/2026'], undefined],
  ] as const)('in %o begin %s', ([samples, order]) => {
    expect(guessOrder(samples)).toBe(order);
  });
});
