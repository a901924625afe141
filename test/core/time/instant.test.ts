// Instants and their ISO text.
import {assert, integer, property} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {instant, instantFromIso, isoFromInstant, later} from '../../../shared/time/instant.ts';

describe('ISO text', () => {
  test.for([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00Z', 0],
    ['1970-01-01T00:00:00.5Z', 500],
    // 02:00 at two hours ahead is midnight in UTC.
    ['1970-01-01T02:00:00+02:00', 0],
    ['1969-12-31T18:30:00-05:30', 0],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000],
  ] as const)('%s is %d', ([text, at]) => {
    expect(instantFromIso(text)).toBe(at);
  });

  test.for([
    ['2026-11-24T05:06:07', 'names no offset'],
    ['2026-11-24', 'names no time'],
    ['2026-02-30T00:00:00Z', 'is on no calendar'],
    ['2025-02-29T00:00:00Z', 'is on no calendar'],
    ['2026-04-31T12:00Z', 'is on no calendar'],
    ['2026-13-01T00:00:00Z', 'is on no calendar'],
    ['2026-00-10T00:00:00Z', 'is on no calendar'],
    ['2026-01-01T24:00:00Z', 'is on no clock'],
    ['2026-01-01T00:60:00Z', 'is on no clock'],
    ['2026-01-01T00:00:00+99:99', 'has an impossible offset'],
    ['24 Nov 2026 05:06 GMT', 'is another format'],
    ['2026-11-24T05:06:07Z ', 'has something after it'],
    ['', 'is empty'],
  ] as const)('%s is refused: it %s', ([text]) => {
    expect(instantFromIso(text)).toBeUndefined();
  });

  test('survives the way out and back', () => {
    // The years 0000 to 9999.
    assert(
      property(integer({min: -62_167_219_200_000, max: 253_402_300_799_999}), (ms) => instantFromIso(isoFromInstant(instant(ms))) === ms),
    );
  });

  test('of any offset is the UTC time less the offset', () => {
    assert(
      property(integer({min: 0, max: 4_000_000_000}), integer({min: -23 * 60 - 59, max: 23 * 60 + 59}), (seconds, minutes) => {
        const wall = new Date(seconds * 1_000).toISOString().slice(0, 19);
        const ahead = Math.abs(minutes);
        const two = (value: number): string => String(value).padStart(2, '0');
        const text = `${wall}${minutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
        expect(instantFromIso(text)).toBe(seconds * 1_000 - minutes * 60_000);
      }),
    );
  });
});

test('an instant is whole milliseconds, and later ones follow', () => {
  expect(instant(1.9)).toBe(1);
  expect(later(instant(1_000), 500)).toBe(1_500);
});
