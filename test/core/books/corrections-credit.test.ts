// What a correction does to a line: money that comes back is money that came.
import {afterEach, beforeEach, expect, test} from 'vitest';
import {instant} from '../../../shared/time/instant.ts';
import {HALL_TARIFF} from '../../simulator/cloud/site.ts';
import type {Box} from './box.ts';
import {HALL, NOON, POUND} from './ground.ts';
import {DAY, LONDON_CALL, openPricedSite, type PricedSite} from './priced-site.ts';

let site: PricedSite;
let box: Box;
beforeEach(async () => {
  site = await openPricedSite({mode: 'bill-and-lock', refusedLocks: 'at-once'});
  box = site.box();
  const body = {account: 'ann', currency: 'GBP', language: 'en', closed: false, automaticTopUp: {threshold: 5 * POUND, target: 20 * POUND}};
  await site.say({kind: 'account', id: 'ann:2', body});
  const paid = {code: 'TOPUP', ref: 'p', debit: 'cash', credit: 'ann', amount: 3 * POUND, currency: 'GBP', at: NOON} as const;
  await site.act((tx) => site.cloud.books.move(tx, {site: HALL, ...paid} as never));
  await site.down(box);
  box.record(LONDON_CALL);
  await site.up(box);
  await site.say({kind: 'top-up-result', id: 'r', body: {request: 'r', account: 'ann', result: 'refused'}});
  await site.down(box);
});
afterEach(() => site.close());

const line = (): unknown => box.rows("SELECT wanted, reasons FROM line_state WHERE extension = '101'");
const rated = (perMinute: string) => ({rates: HALL_TARIFF.rates.map((rate) => ({...rate, perMinute}))});
async function correct(perMinute: string): Promise<void> {
  const tariff = await site.publish(rated(perMinute));
  const span = {from: instant(NOON - DAY), to: instant(NOON + DAY)};
  expect(await site.correct({cause: 'tariff', site: HALL, ...span, tariff})).toMatchObject({outcome: 'posted'});
  await site.down(box);
}

test('money that comes back ends the lock of a card that was refused, as any credit does', async () => {
  expect(line()).toEqual([{wanted: 'locked', reasons: '["refused"]'}]);
  await correct('0.05');
  expect(box.balance('ann')).toBe(2.9 * POUND);
  expect(line()).toEqual([{wanted: 'open', reasons: '[]'}]);
});

test('more to pay does not', async () => {
  await correct('0.20');
  expect(box.balance('ann')).toBe(2.6 * POUND);
  expect(line()).toEqual([{wanted: 'locked', reasons: '["refused"]'}]);
});

test('more to pay than there is locks the line', async () => {
  await correct('2');
  expect(box.balance('ann')).toBe(-1 * POUND);
  expect(line()).toEqual([{wanted: 'locked', reasons: '["floor","refused"]'}]);
});
