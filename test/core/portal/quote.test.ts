// What would a call cost? Asked over real HTTP, answered from what is published for the building.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {RIG_NOW} from '../../rig/portal/house.ts';
import {publishPrices} from '../../rig/portal/prices.ts';
import {get, openPortal, post, type PortalRig} from '../../rig/portal/rig.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import {instant} from '../../../shared/time/instant.ts';
import {createCompiledTariffs} from '../../../cloud/tariff/compiled.ts';

let rig: PortalRig;
let cookie: string;
beforeEach(async () => {
  rig = await openPortal();
  cookie = await rig.cookie('amara');
});
afterEach(() => rig.close());

async function asked(number: string, minutes = '10'): Promise<{readonly status: number; readonly text: string}> {
  const answer = await post(rig, '/quote', {number, minutes}, cookie);
  const text = (await answer.text())
    .replace(/^.*<main/s, '<main')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
  return {status: answer.status, text};
}

describe('the price of a call', () => {
  beforeEach(() => publishPrices(rig.store, 'north'));

  test('is told in a sentence with its working, and what one more minute costs in each band', async () => {
    const {status, text} = await asked('07700 900123');
    expect(status).toBe(200);
    // Thursday 14:02: 600 s are 30 + 95 × 6, at £0.16 a minute £1.60, with £0.08 for the connection £1.68.
    expect(text).toContain(
      '10 min to UK mobile cost £1.68: £0.16 a minute (daytime), plus £0.08 for the connection; 20 % VAT is included.',
    );
    expect(text).toMatch(/One more minute costs .*daytime £0\.16/);
  });

  test('is nothing for a telephone of the house and for 999', async () => {
    expect((await asked('2102')).text).toContain('Calls within the house are free.');
    expect((await asked('9 999')).text).toContain('Emergency calls are free.');
  });

  test('is not known for what the price list does not know', async () => {
    const {status, text} = await asked('+999 1234 5678');
    expect(status).toBe(200);
    expect(text).toContain('There is no price for this call');
  });

  test('is asked for beside the field when what was typed cannot be priced', async () => {
    for (const [number, minutes, said] of [
      ['', '10', 'Enter the number that you want to call'],
      ['my mother', '10', 'Enter a telephone number: digits, perhaps with + before them'],
      ['+', '10', 'Enter a telephone number: digits, perhaps with + before them'],
      ['07700900123', '', 'Enter how many minutes, such as 10 or 2.5'],
      ['07700900123', '-3', 'Enter how many minutes, such as 10 or 2.5'],
      ['07700900123', '0', 'Enter more than 0 and at most 2,880 minutes'],
      ['07700900123', '2881', 'Enter more than 0 and at most 2,880 minutes'],
      // The building lets no call be longer than 12 hours without a look at it.
      ['07700900123', '721', 'So long a call is charged only after staff have looked at it.'],
    ] as const) {
      const {status, text} = await asked(number, minutes);
      expect([number, minutes, status]).toEqual([number, minutes, 422]);
      expect(text).toContain(said);
    }
  });

  test('takes parts of a minute, begun seconds whole', async () => {
    // 1.51 min are 90.6 s: 91 s, of which 96 s are billed, as above for a call: £0.34.
    expect((await asked('07700900123', '1,51')).text).toContain('1 min 31 s to UK mobile cost £0.34: charged as 1 min 36 s');
  });
});

test('there is no price before any is published', async () => {
  const {status, text} = await asked('07700900123');
  expect(status).toBe(200);
  expect(text).toContain('No prices are in force here yet.');
});

test('the main page and the top-up page lead there', async () => {
  for (const path of ['/', '/top-up']) expect(await (await get(rig, path, cookie)).text()).toContain('href="/quote"');
  expect(await (await get(rig, '/quote', cookie)).text()).toContain('What would a call cost?');
});

test('a tariff is compiled once, and before it begins there is none', async () => {
  await publishPrices(rig.store, 'north');
  const tariffs = createCompiledTariffs(rig.store.reading);
  const [one, two] = await Promise.all([tariffs.at('north', RIG_NOW), tariffs.at('north', RIG_NOW)]);
  expect(one?.name).toBe('Hall of residence, 2000 prefixes');
  expect(two).toBe(one);
  expect(await tariffs.at('north', RIG_NOW)).toBe(one);
  expect(await tariffs.at('old', RIG_NOW)).toBeUndefined();
  // As if it had been read and checked anew.
  const row = await rig.store.reading.selectFrom('tariff').select('text').executeTakeFirstOrThrow();
  const read = readTariff(row.text);
  expect(one).toEqual(read.kind === 'tariff' && compileTariff(read.tariff));
});

test('of many tariffs the last used are kept', async () => {
  await publishPrices(rig.store, 'north');
  const {text, name} = await rig.store.reading.selectFrom('tariff').select(['text', 'name']).executeTakeFirstOrThrow();
  const hashes = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(64));
  const body = JSON.stringify({entries: hashes.map((tariff, from) => ({from, tariff}))});
  await rig.store.transact(async ({db}) => {
    await db
      .insertInto('tariff')
      .values(hashes.map((hash) => ({hash, name, text, created_at: 0})))
      .execute();
    await db.updateTable('site_schedule').set({body}).where('site', '=', 'north').execute();
  });
  const tariffs = createCompiledTariffs(rig.store.reading);
  const used = async (from: number) => await tariffs.at('north', instant(from));
  const [first, second] = [await used(0), await used(1)];
  await used(2);
  await used(3);
  expect(await used(0)).toBe(first);
  // The fifth pushes out the one that was not used for the longest time.
  await used(4);
  expect(await used(0)).toBe(first);
  expect(await used(1)).not.toBe(second);
});
