// What a person types as an amount is read to the penny, or refused by name.
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {LIMITS, microsOfMinor, minorAtLeast, readAmount} from '../../../cloud/payment/amount.ts';
import {micros, type Currency} from '../../../shared/money/micros.ts';

const GBP = 'GBP' as Currency;
const JPY = 'JPY' as Currency;

describe('an amount that a person typed', () => {
  test.for([
    ['10', 1000],
    ['10.50', 1050],
    ['10.5', 1050],
    ['£10', 1000],
    ['£ 12.34', 1234],
    ['10 GBP', 1000],
    ['  7  ', 700],
    ['+3', 300],
    ['1.00', 100],
    ['200', 20_000],
    ['8.20', 820],
    ['1.01', 101],
  ] as const)('%s is %i pence', ([text, minor]) => {
    expect(readAmount(text, GBP, LIMITS)).toEqual({kind: 'amount', minor});
  });

  test.for([
    ['0', 'amount-not-positive'],
    ['0.00', 'amount-not-positive'],
    ['-5', 'amount-not-positive'],
    ['−5', 'amount-not-positive'],
    ['£-5', 'amount-not-positive'],
    ['0.99', 'amount-too-small'],
    ['200.01', 'amount-too-large'],
    ['1000000000000', 'amount-too-large'],
    ['99999999999999999999999', 'amount-too-large'],
    ['10.005', 'amount-too-precise'],
    ['ten', 'amount-unreadable'],
    ['', 'amount-unreadable'],
    ['£', 'amount-unreadable'],
    ['1e3', 'amount-unreadable'],
    ['10^12', 'amount-unreadable'],
    ['1,000', 'amount-unreadable'],
    ['10,50', 'amount-unreadable'],
    ['.5', 'amount-unreadable'],
    ['5.', 'amount-unreadable'],
    ['$10', 'amount-unreadable'],
    ['0x10', 'amount-unreadable'],
    ['1'.repeat(31), 'amount-unreadable'],
  ] as const)('%s is refused as %s', ([text, code]) => {
    expect(readAmount(text, GBP, LIMITS)).toEqual({kind: 'refused', code});
  });

  test('every amount of pence within the limits is read as itself', () => {
    fc.assert(
      fc.property(fc.integer({min: 100, max: 20_000}), (pence) => {
        const text = `${Math.floor(pence / 100)}.${String(pence % 100).padStart(2, '0')}`;
        expect(readAmount(text, GBP, LIMITS)).toEqual({kind: 'amount', minor: pence});
      }),
    );
  });

  test('a currency without minor units takes no decimals', () => {
    expect(readAmount('150', JPY, LIMITS)).toEqual({kind: 'amount', minor: 150});
    expect(readAmount('1.5', JPY, LIMITS)).toEqual({kind: 'refused', code: 'amount-too-precise'});
  });
});

describe('minor units and micros', () => {
  test('a penny is ten thousand micros, a yen a million', () => {
    expect([microsOfMinor(1, GBP), microsOfMinor(1, JPY)]).toEqual([10_000, 1_000_000]);
  });

  test('a top-up is rounded up to whole pence, so that the balance reaches its target', () => {
    expect(minorAtLeast(micros(12_345_001), GBP, LIMITS)).toBe(1235);
    expect(minorAtLeast(micros(12_350_000), GBP, LIMITS)).toBe(1235);
  });

  test('a top-up is never below one pound nor above two hundred', () => {
    expect(minorAtLeast(micros(1), GBP, LIMITS)).toBe(100);
    expect(minorAtLeast(micros(999_000_000), GBP, LIMITS)).toBe(20_000);
  });
});
