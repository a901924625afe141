// Real carriers' decks, where the folder with them is there: imported without loss, against a small reader of our own, and
// the calls that another engine priced over one of them.
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {describe, expect, test} from 'vitest';
import {must} from '../../../shared/assert/assert.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {tariffCsv} from '../../../shared/tariff/deck-own.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import {tariffYaml} from '../../../shared/tariff/yaml-text.ts';
import {errorsOf, imported, importText, pricesOf} from './decks.ts';
import {at, callOf, money, workingOf} from './tariffs.ts';

const folder = join(process.env['SPBS_DATA'] ?? join(import.meta.dirname, '../../../../shared/data'), 'rates');
const folders = existsSync(folder) ? [folder] : [];

/** A line of fields in quotes or not, without line ends or doubled quotes in them: all that these files have. */
function fieldsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,"]*))/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

function rowsOf(text: string): readonly (readonly string[])[] {
  return text.trimEnd().split(/\r?\n/).slice(1).map(fieldsOf);
}

/** Equal as numbers of 8 decimals, digit by digit. */
function eight(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  return `${BigInt(whole)}.${fraction.padEnd(8, '0')}`;
}

type Row = {readonly prefix: string; readonly name: string; readonly rate: string; readonly fee: string; readonly increment: string};

/** How many prefixes the tariff has, and the rows whose price it has not. */
function compared(text: string, rows: readonly Row[]): {readonly prefixes: number; readonly rows: number; readonly wrong: readonly Row[]} {
  const prices = pricesOf(imported(text, {increments: undefined}));
  const wrong = rows.filter(({prefix, name, rate, fee, increment}) => {
    const found = must(prices.get(prefix), prefix);
    const seconds = Number(increment);
    return (
      found.name !== name ||
      eight(found.rate.perMinute) !== eight(rate) ||
      eight(found.rate.connectionFee) !== eight(fee) ||
      found.rate.initialSeconds !== seconds ||
      found.rate.nextSeconds !== seconds
    );
  });
  return {prefixes: prices.size, rows: rows.length, wrong};
}

describe('a real deck', () => {
  test('is compared with what a small reader finds', () => {
    expect(rowsOf('h\n"A, b",+93,0.2\r\nC,,1\n')).toEqual([
      ['A, b', '+93', '0.2'],
      ['C', '', '1'],
    ]);
    expect([eight('0.20930'), eight('12')]).toEqual(['0.20930000', '12.00000000']);
  });

  test.for(folders)('of 36,205 prefixes is imported without loss (%s)', (from) => {
    const text = readFileSync(join(from, 'astpp/outbound_routes.csv'), 'utf8');
    const rows = rowsOf(text).map(([prefix = '', name = '', fee = '', , rate = '', increment = '']) => ({
      prefix,
      name,
      fee,
      rate,
      increment,
    }));
    expect(compared(text, rows)).toEqual({prefixes: 36_205, rows: 36_205, wrong: []});
  });

  test.for(folders)('of 4,743 prefixes is imported without loss (%s)', (from) => {
    const text = readFileSync(join(from, 'ivozprovider/pricesSample.csv'), 'utf8');
    const rows = rowsOf(text).map(([name = '', number = '', rate = '', fee = '', increment = '']) => ({
      prefix: number.replace('+', ''),
      name,
      rate,
      fee,
      increment,
    }));
    expect(compared(text, rows)).toEqual({prefixes: 4_743, rows: 4_743, wrong: []});
  });

  test.for(folders)('comes back the same from CSV and from YAML (%s)', (from) => {
    for (const file of ['astpp/outbound_routes.csv', 'ivozprovider/pricesSample.csv']) {
      const outcome = importText(readFileSync(join(from, file)), {increments: undefined});
      if (outcome.kind === 'refused') throw new Error(file);
      const csv = importText(tariffCsv(outcome.tariff));
      expect(csv.kind === 'imported' && csv.hash).toBe(outcome.hash);
      const yaml = readTariff(tariffYaml(outcome.tariff));
      expect(yaml.kind === 'tariff' && yaml.hash).toBe(outcome.hash);
    }
  });

  test.for(folders)('prices each of 10,000 calls as another engine does (%s)', (from) => {
    const tariff = compileTariff(imported(readFileSync(join(from, 'astpp/outbound_routes.csv')), {increments: undefined}));
    const calls = rowsOf(readFileSync(join(from, 'oracle/cgrates-v0.9.1rc7_astpp-deck_10k.csv'), 'utf8'));
    expect(calls.length).toBe(10_000);
    const wrong = calls.filter(([number = '', seconds = '', prefix = '', cost = '']) => {
      const working = workingOf(tariff, callOf(Number(seconds), {number, start: at('2026-03-02T10:00:00Z')}));
      return working.prefix !== `+${prefix}` || Math.abs(working.gross - money(cost)) > money('0.00001');
    });
    expect(wrong).toEqual([]);
  });

  test.for(folders)('is no call record, which is refused (%s)', (from) => {
    for (const file of ['good.csv', 'buggy.csv']) {
      const outcome = importText(readFileSync(join(from, 'asterisk-testsuite', file)));
      expect(outcome.kind).toBe('refused');
    }
    // The vectors of the other engine have numbers and costs, but no increments.
    expect(errorsOf(importText(readFileSync(join(from, 'oracle/cgrates-v0.9.1rc7_astpp-deck_10k.csv')), {increments: undefined}))).toEqual([
      '1:1 the file has no column of increments',
    ]);
  });
});
