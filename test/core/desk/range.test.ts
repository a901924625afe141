// A range added at the desk, over HTTP: typed, shown with what it prices, published; whatever is wrong is said beside its field.
import {afterEach, beforeEach, expect, test} from 'vitest';
import {later} from '../../../shared/time/instant.ts';
import {get, openDesk, post, type DeskRig} from '../../rig/desk/rig.ts';
import {HOUR, RIG_NOW} from '../../rig/portal/house.ts';
import {POLICY, TARIFF} from '../../rig/desk/seen.ts';

let rig: DeskRig;
let admin = '';
beforeEach(async () => {
  rig = await openDesk();
  admin = await rig.cookie('ada');
  const actor = {id: 'ada', role: 'admin'} as const;
  await rig.store.transact(async (tx) => {
    await rig.given.publish.policy(tx, actor, {site: 'north', policy: POLICY});
    await rig.given.publish.tariff(tx, actor, {site: 'north', text: TARIFF});
  });
  // Two minutes begun and one, to the same range.
  for (const seconds of [61, 60])
    await rig.house.call('amara', {at: later(RIG_NOW, -HOUR), seconds, number: '992371111111', state: 'unbillable'});
});
afterEach(() => rig.close());

const AT = '/desk/sites/north/range';
/** RIG_NOW is 14:02 in London; the tariff is in force from then on, so the range is for what comes. */
const FIELDS = {
  prefix: '+992371',
  destination: 'Dushanbe',
  perMinute: '0.45',
  initial: '60',
  next: '60',
  date: '2026-11-26',
  time: '12:00',
};
const schedule = async (): Promise<number> => {
  const rows = await rig.store.reading.selectFrom('down_log').select('id').where('kind', '=', 'schedule').execute();
  return rows.length;
};

test('is offered where calls wait, shows what it prices, and is published on the second press', async () => {
  expect(await (await get(rig, '/desk/unbillable?site=north&reason=no-destination', admin)).text()).toContain('Add the range');
  const typed = await (await get(rig, `${AT}?prefix=%2B992371`, admin)).text();
  expect(typed).toContain('value="+992371"');
  // The first call that waits began an hour ago.
  expect(typed).toContain('value="13:02"');
  const before = await schedule();
  const question = await (await post(rig, AT, {...FIELDS, date: '2026-11-26', time: '14:30'}, admin)).text();
  expect(question).toContain('Add +992371 to Dushanbe?');
  expect(question).toContain('0 calls that wait get a price');
  expect(await schedule()).toBe(before);
  expect((await post(rig, AT, {...FIELDS, sure: 'yes'}, admin)).headers.get('location')).toBe('/desk/unbillable');
  expect(await schedule()).toBe(before + 1);
  expect((await rig.acts()).at(-1)).toEqual({by: 'ada', act: 'tariff-range', subject: '992371'});
});

test('shows the calls that it prices, in figures', async () => {
  await rig.house.call('amara', {at: later(RIG_NOW, 60_000), seconds: 61, number: '992371222222', state: 'unbillable'});
  const question = await (await post(rig, AT, FIELDS, admin)).text();
  // Only the call that began under a tariff: two begun minutes of 45p.
  expect(question).toContain('£0.90 in all');
  expect(question).toContain('+99237122••••');
});

test.for([
  ['prefix', {prefix: '0992'}, 'is no beginning of a number'],
  ['destination', {destination: ''}, 'Write what the statement shall say'],
  ['destination', {destination: 'Nowhere', perMinute: ''}, 'has no destination Nowhere'],
  ['initial', {initial: 'one'}, 'Write whole seconds'],
  ['date', {date: 'soon'}, 'Write a date such as'],
  ['time', {time: 'noon'}, 'Write a time such as'],
] as const)('a wrong %s is said beside the field', async ([, change, said]) => {
  const before = await schedule();
  const answer = await post(rig, AT, {...FIELDS, ...change, sure: 'yes'}, admin);
  expect(answer.status).toBe(422);
  expect(await answer.text()).toContain(said);
  expect(await schedule()).toBe(before);
});
