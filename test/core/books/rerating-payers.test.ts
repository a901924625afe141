// Who pays for a correction: whoever the call is now, and only whoever can pay.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {lateCalls} from '../../../cloud/books/reratings.ts';
import type {Wish} from '../../../cloud/books/rerating-plan.ts';
import {instant} from '../../../shared/time/instant.ts';
import {HALL_TARIFF} from '../../simulator/cloud/site.ts';
import type {Box} from './box.ts';
import {HALL, NOON} from './ground.ts';
import {DAY, LONDON_CALL, openPricedSite, type PricedSite} from './priced-site.ts';

const PENNY = 10_000;
const SPAN = {from: instant(NOON - DAY), to: instant(NOON + DAY)};
const move = (paidBy: string, payer: string): Wish => ({cause: 'move', site: HALL, extension: '101', ...SPAN, paidBy, payer});
const byTariff = (tariff: string): Wish => ({cause: 'tariff', site: HALL, ...SPAN, tariff});
const perMinute = (price: string) => ({
  rates: HALL_TARIFF.rates.map((rate) => (rate.name === 'landline' ? {...rate, perMinute: price} : rate)),
});

let site: PricedSite;
let box: Box;
beforeEach(async () => {
  site = await openPricedSite();
  box = site.box();
  await site.down(box);
});
afterEach(() => site.close());

async function called(): Promise<void> {
  box.record(LONDON_CALL);
  await site.up(box);
}

describe('a call that was moved', () => {
  test('and then cost nothing is still of whoever it was moved to, when it costs something again', async () => {
    await called();
    const nothing = await site.publish(perMinute('0'));
    const dearer = await site.publish(perMinute('0.15'));
    expect(await site.correct(move('ann', 'ben'))).toMatchObject({outcome: 'posted'});
    expect(await site.balances()).toMatchObject({ann: 0, ben: -20 * PENNY});
    expect(await site.correct(byTariff(nothing))).toMatchObject({outcome: 'posted'});
    expect(await site.balances()).toMatchObject({ann: 0, ben: 0});
    expect(await site.correct(byTariff(dearer))).toMatchObject({outcome: 'posted'});
    expect(await site.balances()).toMatchObject({ann: 0, ben: -30 * PENNY});
    await site.down(box);
    expect([box.balance('ann'), box.balance('ben')]).toEqual([0, -30 * PENNY]);
  });

  test('there and back, twice, costs each what it should', async () => {
    await called();
    for (const [from, to] of [
      ['ann', 'ben'],
      ['ben', 'ann'],
      ['ann', 'ben'],
    ] as const)
      expect(await site.correct(move(from, to))).toMatchObject({outcome: 'posted'});
    expect(await site.balances()).toMatchObject({ann: 0, ben: -20 * PENNY});
    expect((await site.plan(move('ann', 'ben'))).lines).toEqual([]);
  });

  test.for(['revenue', 'vat', 'cash', 'nobody'])('is not moved to %s', async (payer) => {
    await called();
    expect(await site.rerating.plan(move('ann', payer))).toMatchObject({kind: 'refused', code: 'payer-unknown'});
  });

  test('may be moved to the house, and from it', async () => {
    await called();
    expect(await site.correct(move('ann', 'house'))).toMatchObject({outcome: 'posted'});
    expect(await site.balances()).toMatchObject({ann: 0, house: -20 * PENNY});
    expect(await site.correct(move('house', 'ben'))).toMatchObject({outcome: 'posted'});
    await site.down(box);
    expect([box.balance('ann'), box.balance('house'), box.balance('ben')]).toEqual([0, 0, -20 * PENNY]);
  });
});

describe('calls that a tariff was late for', () => {
  test('are not looked for again where they were only watched: nobody paid for them', async () => {
    await site.policy({mode: 'watch'});
    await site.down(box);
    site.cloud.now = instant(NOON - DAY);
    await site.publish(perMinute('0.15'));
    await called();
    expect(await lateCalls(site.cloud.store.reading, HALL)).toBe(0);
  });

  test('are seen to by whoever says no, and by whoever prices them again by hand', async () => {
    site.cloud.now = instant(NOON - DAY);
    const dearer = await site.publish(perMinute('0.15'));
    await called();
    expect(await lateCalls(site.cloud.store.reading, HALL)).toBe(1);
    expect(await site.correct({cause: 'tariff-late', site: HALL}, false)).toMatchObject({outcome: 'refused'});
    expect(await lateCalls(site.cloud.store.reading, HALL)).toBe(0);
    box.record({...LONDON_CALL, sourceKey: 'another'});
    await site.up(box);
    expect(await lateCalls(site.cloud.store.reading, HALL)).toBe(1);
    expect(await site.correct(byTariff(dearer))).toMatchObject({outcome: 'posted'});
    expect(await lateCalls(site.cloud.store.reading, HALL)).toBe(0);
  });

  test('are corrected in parts where they are more than one proposal can hold', {timeout: 60_000}, async () => {
    const MANY = 10_300;
    site.cloud.now = instant(NOON - DAY);
    const dearer = await site.publish(perMinute('0.15'));
    const calls = Array.from({length: MANY}, (_, index) => ({...LONDON_CALL, sourceKey: `k${index}`}));
    for (let from = 0; from < MANY; from += 500) box.record(...calls.slice(from, from + 500));
    await site.up(box);
    expect(await lateCalls(site.cloud.store.reading, HALL)).toBe(MANY);
    const late: Wish = {cause: 'tariff-late', site: HALL};
    expect(await site.correct(late)).toMatchObject({outcome: 'posted'});
    expect(await lateCalls(site.cloud.store.reading, HALL)).toBeLessThan(MANY / 10);
    expect(await site.correct(late)).toMatchObject({outcome: 'posted'});
    expect(await lateCalls(site.cloud.store.reading, HALL)).toBe(0);
    expect(await site.balances()).toMatchObject({ann: -30 * PENNY * MANY});
    expect((await site.plan(byTariff(dearer))).lines).toEqual([]);
  });
});
