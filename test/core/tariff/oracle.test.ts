// Against another engine: 10,000 calls that CGRateS priced over a carrier's deck of 36,205 prefixes, where the folder with
// them is there. It reckons in floats and rounds up to 5 decimals, so a hundred-thousandth either way is the same price.
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {describe, expect, test} from 'vitest';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {at, callOf, compiled, money, tariffOf, workingOf} from './tariffs.ts';

const folder = join(process.env['SPBS_DATA'] ?? join(import.meta.dirname, '../../../../shared/data'), 'rates');
const folders = existsSync(folder) ? [folder] : [];
const TOLERANCE = money('0.00001');

/** `prefix,destination,connect_cost,included_seconds,cost_per_min,increment` → a tariff that rounds as the engine did. */
function deckOf(csv: string): TariffSource {
  const rows = csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const rates = new Map<string, TariffSource['rates'][number]>();
  const destinations = new Map<string, {name: string; rate: string; prefixes: string[]}>();
  for (const [prefix = '', name = '', , , perMinute = '', increment = ''] of rows) {
    const rate = `${perMinute} by ${increment}`;
    const seconds = Number(increment);
    rates.set(rate, {name: rate, initialSeconds: seconds, nextSeconds: seconds, perMinute});
    const key = `${name} ${rate}`;
    const known = destinations.get(key) ?? {name, rate, prefixes: []};
    known.prefixes.push(prefix);
    destinations.set(key, known);
  }
  return tariffOf(
    {},
    {zone: 'UTC', rounding: {mode: 'up', decimals: 5}, rates: [...rates.values()], destinations: [...destinations.values()]},
  );
}

describe('the deck', () => {
  test('is read: prefixes of one name and price are one destination', () => {
    const csv =
      'prefix,destination,connect_cost,included_seconds,cost_per_min,increment\n93,A,0,0,0.20930,6\n9375,B,0,0,0.22040,6\n9376,B,0,0,0.22040,6\n';
    const tariff = compiled(deckOf(csv));
    expect(tariff.destinations.map(({name}) => name)).toEqual(['A', 'B']);
    // 7 s bill 12 s: 0.2204 × 12 ÷ 60 = 0.04408.
    expect(workingOf(tariff, callOf(7, {number: '93761234567'}))).toMatchObject({
      prefix: '+9376',
      billedSeconds: 12,
      gross: money('0.04408'),
    });
  });

  test.for(folders)('gives each of 10,000 calls its prefix and its price (%s)', (from) => {
    const tariff = compiled(deckOf(readFileSync(join(from, 'astpp/outbound_routes.csv'), 'utf8')));
    expect(tariff.index.prefixes).toBe(36_205);
    const rows = readFileSync(join(from, 'oracle/cgrates-v0.9.1rc7_astpp-deck_10k.csv'), 'utf8').trim().split('\n').slice(1);
    expect(rows.length).toBe(10_000);
    const wrong = rows.flatMap((row) => {
      const [number = '', seconds = '', prefix = '', cost = ''] = row.split(',');
      const working = workingOf(tariff, callOf(Number(seconds), {number, start: at('2026-03-02T10:00:00Z')}));
      const isRight = working.prefix === `+${prefix}` && Math.abs(working.gross - money(cost)) <= TOLERANCE;
      return isRight ? [] : [`${row}: ${working.prefix} ${working.gross}`];
    });
    expect(wrong).toEqual([]);
  });
});
