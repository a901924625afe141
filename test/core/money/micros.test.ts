// Amounts: whole micros, exact text, no silent loss.
import {assert, constantFrom, double, integer, maxSafeInteger, property, stringMatching} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {Bug} from '../../../shared/assert/assert.ts';
import {
  decimalFromMicros,
  formatMoney,
  isCurrency,
  micros,
  microsFromDecimal,
  minus,
  plus,
  type Currency,
  type Micros,
} from '../../../shared/money/micros.ts';

const GBP = 'GBP' as Currency;

describe('decimal text', () => {
  test.for([
    ['0', 0],
    ['1', 1_000_000],
    ['0.5', 500_000],
    ['-0.5', -500_000],
    ['3.141592', 3_141_592],
    // 0.1 + 0.2 in binary is 0.30000000000000004; here digits are digits.
    ['0.3', 300_000],
    ['007.50', 7_500_000],
    // The largest safe integer, 2^53 − 1 = 9,007,199,254,740,991 micros.
    ['9007199254.740991', 9_007_199_254_740_991],
  ] as const)('%s is %d micros', ([text, amount]) => {
    expect(microsFromDecimal(text)).toBe(amount);
  });

  test.for([
    '',
    '.',
    '.5',
    '5.',
    '1,000',
    '1e3',
    '+1',
    ' 1',
    '1 ',
    '0x10',
    '0.1234567',
    '٣',
    'NaN',
    '--1',
    '9007199254.740992',
    '99999999999',
  ])('“%s” is refused and never rounded', (text) => {
    expect(microsFromDecimal(text)).toBeUndefined();
  });

  test('minus nothing is nothing', () => {
    expect(Object.is(microsFromDecimal('-0.00'), 0)).toBe(true);
  });

  test.for([
    [0, '0'],
    [1, '0.000001'],
    [-1, '-0.000001'],
    [1_200_000, '1.2'],
    [-3_141_592, '-3.141592'],
    [100_000_000, '100'],
  ] as const)('%d micros are written in the shortest exact form', ([amount, text]) => {
    expect(decimalFromMicros(micros(amount))).toBe(text);
  });

  test('survives the way out and back, for every amount', () => {
    assert(property(maxSafeInteger(), (amount) => microsFromDecimal(decimalFromMicros(micros(amount))) === amount));
  });

  test('is read as its digits say, for every decimal', () => {
    assert(
      property(stringMatching(/^-?\d{1,10}(\.\d{1,6})?$/), (text) => {
        const [whole = '', fraction = ''] = text.replace('-', '').split('.');
        const digits = BigInt(whole + fraction.padEnd(6, '0'));
        const exact = text.startsWith('-') ? -digits : digits;
        const isSafe = digits <= BigInt(Number.MAX_SAFE_INTEGER);
        expect(microsFromDecimal(text)).toBe(isSafe ? Number(exact) : undefined);
      }),
    );
  });
});

/** What comes of it: the amount, or the kind of error that it stops with. */
function outcomeOf(act: () => Micros): unknown {
  try {
    return act();
  } catch (error) {
    return (error as Error).constructor;
  }
}

describe('sums', () => {
  test('are exact or stop the process, and are never silently wrong', () => {
    const amounts = maxSafeInteger().map(micros);
    assert(
      property(amounts, amounts, constantFrom('plus', 'minus'), (a, b, operation) => {
        const exact = operation === 'plus' ? BigInt(a) + BigInt(b) : BigInt(a) - BigInt(b);
        const isSafe = exact >= BigInt(Number.MIN_SAFE_INTEGER) && exact <= BigInt(Number.MAX_SAFE_INTEGER);
        expect(outcomeOf(() => (operation === 'plus' ? plus(a, b) : minus(a, b)))).toBe(isSafe ? Number(exact) : Bug);
      }),
    );
  });

  test('stop at the very edge', () => {
    const most = micros(Number.MAX_SAFE_INTEGER);
    expect(plus(most, micros(0))).toBe(most);
    expect(() => plus(most, micros(1))).toThrow(Bug);
    expect(() => minus(micros(-Number.MAX_SAFE_INTEGER), micros(1))).toThrow(Bug);
  });

  test('no fraction, infinity or NaN becomes an amount', () => {
    assert(
      property(double(), (value) => {
        expect(outcomeOf(() => micros(value))).toBe(Number.isSafeInteger(value) ? value : Bug);
      }),
    );
  });
});

describe('money for people', () => {
  test.for([
    [1_200_000, '£1.20'],
    [0, '£0.00'],
    [-4_200, '-£0.0042'],
    [123_456_789_012, '£123,456.789012'],
    // All digits, although a division by a million would round the last ones.
    [Number.MAX_SAFE_INTEGER, '£9,007,199,254.740991'],
    [Number.MAX_SAFE_INTEGER - 2, '£9,007,199,254.740989'],
  ] as const)('%d micros are shown as %s', ([amount, text]) => {
    expect(formatMoney(micros(amount), GBP)).toBe(text);
  });

  test('a currency without minor units shows none unless there is a fraction', () => {
    expect(formatMoney(micros(1_500_000_000), 'JPY' as Currency)).toBe('JP¥1,500');
    expect(formatMoney(micros(500_000), 'JPY' as Currency)).toBe('JP¥0.5');
  });

  test('hides no digit, whatever the amount', () => {
    assert(
      property(integer({min: -(10 ** 12), max: 10 ** 12}).map(micros), (amount) => {
        const shown = formatMoney(amount, GBP).replace(/[£,]/g, '');
        expect(microsFromDecimal(shown)).toBe(amount);
      }),
    );
  });

  test.for([
    ['GBP', true],
    ['gbp', false],
    ['GBPP', false],
    ['£', false],
    ['', false],
  ] as const)('“%s” has the shape of a currency code: %s', ([text, is]) => {
    expect(isCurrency(text)).toBe(is);
  });
});
