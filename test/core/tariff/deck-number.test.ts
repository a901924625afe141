// What carriers write where a prefix should be.
import {assert, integer, property, tuple} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {readPrefixes} from '../../../shared/tariff/deck-number.ts';

function read(text: string, country?: string): readonly string[] | string {
  const reading = readPrefixes(text, country);
  return reading.kind === 'prefixes' ? reading.prefixes : reading.what;
}

describe('a field with a number', () => {
  test.for([
    ['4420', ['4420']],
    [' 4420 ', ['4420']],
    ['+4420', ['4420']],
    ['004420', ['4420']],
    ['+44 20', ['4420']],
    ['44 20', ['4420']],
    ['+44 (20) 7946', ['44207946']],
    ['="4420"', ['4420']],
    ["'4420", ['4420']],
    ['4420.0', ['4420']],
    ['^4420.*', ['4420']],
    ['_4420.', ['4420']],
    ['4420%', ['4420']],
    ['4420XXX', ['4420']],
    ['1-684', ['1684']],
    ['44-1481', ['441481']],
    ['4420;4421', ['4420', '4421']],
    ['4420, 4421', ['4420', '4421']],
    ['4420/4421|4422', ['4420', '4421', '4422']],
    ['4420\n4421', ['4420', '4421']],
    ['4420;4420', ['4420']],
    ['4420;;4421;', ['4420', '4421']],
    ['44700-44709', ['4470']],
    ['44700 - 44709', ['4470']],
    ['44700–44702', ['44700', '44701', '44702']],
    ['44700-9', ['4470']],
    ['44705-44712', ['44705', '44706', '44707', '44708', '44709', '44710', '44711', '44712']],
    ['44700-44799', ['447']],
    ['447[1-5]', ['4471', '4472', '4473', '4474', '4475']],
    ['447[135]', ['4471', '4473', '4475']],
    ['447[1,3-4]', ['4471', '4473', '4474']],
    ['44[1-2][5-6]', ['4415', '4416', '4425', '4426']],
    ['^447[12].*', ['4471', '4472']],
    ['447[0-9]', ['447']],
  ] as const)('“%s” means %o', ([text, prefixes]) => {
    expect(read(text)).toEqual(prefixes);
  });

  test.for([
    ['44', '20', ['4420']],
    ['+44', '20;7', ['4420', '447']],
    ['44', '', ['44']],
    ['44', '700-709', ['4470']],
    ['44', '7[1-2]', ['4471', '4472']],
    ['44', '+4420', ['4420']],
    ['1', '684', ['1684']],
    ['0044', '20', ['4420']],
  ] as const)('behind the country code %s “%s” means %o', ([country, text, prefixes]) => {
    expect(read(text, country)).toEqual(prefixes);
  });

  test.for([
    ['', 'there is no prefix'],
    ['abc', 'the prefix “abc” is not made of digits'],
    ['020', 'the prefix “020” does not begin with a country code'],
    ['000', 'the prefix “0” does not begin with a country code'],
    ['4'.repeat(40), `the prefix “${'4'.repeat(30)}…” has 40 digits`],
    ['4.42E+11', 'the number “4.42E+11” was rounded by a spreadsheet'],
    // Could be +44 20 4479 as well as two prefixes.
    ['4420 4479', '“4420 4479” may be one prefix or several'],
    ['44709-44700', '“44709-44700” is no range within a country'],
    ['447-491', '“447-491” is no range within a country'],
    // A list of countries, or 79?
    ['7-9', '“7-9” is no range within a country'],
    ['44-44', '“44-44” is no range within a country'],
    ['447[5-1]', 'the pattern “447[5-1]” runs backwards'],
    ['447[', 'the pattern “447[” is not understood'],
    ['447[a]', 'the pattern “447[a]” is not understood'],
    ['44[0-9][0-9][0-9][0-9][0-9]1', '“44[0-9][0-9][0-9][0-9][0-9]1” means more than 20000 prefixes'],
  ] as const)('“%s” is refused: %s', ([text, what]) => {
    expect(read(text)).toBe(what);
  });

  test('a range holds each of its numbers once and no other', () => {
    assert(
      property(tuple(integer({min: 440_000, max: 449_999}), integer({min: 440_000, max: 449_999})), ([one, other]) => {
        const [from, to] = one < other ? [one, other] : [other, one];
        const prefixes = from === to ? [String(from)] : read(`${from}-${to}`);
        if (typeof prefixes === 'string') throw new Error(prefixes);
        const held = prefixes.map((prefix) => {
          const size = 10 ** (6 - prefix.length);
          return {first: Number(prefix) * size, last: Number(prefix) * size + size - 1};
        });
        // One behind the other, from the first number to the last.
        const joined = held.toSorted((a, b) => a.first - b.first);
        expect(joined[0]?.first).toBe(from);
        expect(joined.at(-1)?.last).toBe(to);
        const gaps = joined.filter(({first}, place) => place > 0 && first !== (joined[place - 1]?.last ?? 0) + 1);
        expect(gaps).toEqual([]);
        expect(prefixes.length).toBeLessThanOrEqual(2 * 9 * 4 + 9);
      }),
    );
  });
});
