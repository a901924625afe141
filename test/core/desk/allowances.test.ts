// Free allowances at the desk, over HTTP: granted in figures, searched for without script, warned of, changed, ended.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {fieldsOfAllowance, readAllowance, usualAllowance, type AllowanceFields} from '../../../cloud/desk/allowance-form.ts';
import {DESK_WORDS} from '../../../cloud/desk/messages.ts';
import {instant, later} from '../../../shared/time/instant.ts';
import {get, openDesk, post, type DeskRig} from '../../rig/desk/rig.ts';
import {POLICY} from '../../rig/desk/seen.ts';
import {DAY, HOUR, RIG_NOW} from '../../rig/portal/house.ts';
import {HALL_TARIFF} from '../../simulator/cloud/site.ts';

let rig: DeskRig;
let [clerk, admin] = ['', ''];
beforeEach(async () => {
  rig = await openDesk();
  [clerk, admin] = [await rig.cookie('carl'), await rig.cookie('ada')];
});
afterEach(() => rig.close());

const ADA = {id: 'ada', role: 'admin'} as const;
const named = (...names: readonly string[]) =>
  JSON.stringify({
    ...HALL_TARIFF,
    name: `Deck of ${names.length}`,
    destinations: names.map((name, place) => ({name, rate: 'landline', prefixes: [`44${20_000 + place}`]})),
  });
async function publish(tariff: string, from = RIG_NOW): Promise<void> {
  await rig.store.transact(async (tx) => {
    await rig.given.publish.policy(tx, ADA, {site: 'north', policy: POLICY});
    await rig.given.publish.tariff(tx, ADA, {site: 'north', text: tariff, from});
  });
}
const textOf = (html: string): string =>
  html
    .replace(/^.*<main/s, '<main')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
const seen = async (path: string, cookie = admin): Promise<string> => (await get(rig, path, cookie)).text();
const text = async (path: string, cookie = admin): Promise<string> => textOf(await seen(path, cookie));
const stored = () => rig.store.reading.selectFrom('allowance').selectAll().orderBy('from_at').orderBy('id').execute();

const NEW = '/desk/sites/north/allowance';
const FIELDS = {
  name: 'Landline hour',
  unit: 'seconds',
  amount: '60',
  period: 'month',
  destinations: 'UK landline',
  from: '2026-12-01',
  last: '',
};
const send = async (path: string, fields: Readonly<Record<string, string>>, cookie = admin) => {
  const answer = await post(rig, path, fields, cookie);
  const html = await answer.text();
  return {status: answer.status, html, text: textOf(html)};
};

describe('an allowance for each student', () => {
  beforeEach(() => publish(named('UK landline', 'UK mobile', 'UK mobile - O2', 'Tajikistan')));

  test('is said in figures before it is granted, and stands in the list afterwards', async () => {
    const asked = await send(NEW, FIELDS);
    expect(asked.status).toBe(200);
    // Five students of North Hall have an open account.
    expect(asked.text).toContain('Gives 5 students 60 minutes free a month to UK landline, from 1 December.');
    expect(asked.text).toContain('It goes on until somebody ends it.');
    expect(asked.text).toContain('Calls that have their price keep it.');
    expect(await stored()).toEqual([]);
    expect((await send(NEW, {...FIELDS, sure: 'yes'})).status).toBe(303);
    expect(await stored()).toMatchObject([
      {site: 'north', account: null, unit: 'seconds', amount: 3_600, period: 'month', from_at: Date.UTC(2026, 11, 1), to_at: null},
    ]);
    const [row] = await rig.store.reading.selectFrom('down_log').select('body').where('kind', '=', 'allowance').execute();
    expect(JSON.parse(String(row?.body))).toMatchObject({name: 'Landline hour', destinations: ['UK landline']});
    expect((await rig.acts()).at(-1)).toMatchObject({by: 'ada', act: 'allowance-grant'});
    expect(await text('/desk/sites/north/allowances')).toContain(
      'Landline hour Each student 60 minutes a month UK landline from 1 December open end Planned',
    );
  });

  test('of money, until a day, for many places', async () => {
    const fields = {
      ...FIELDS,
      unit: 'micros',
      amount: '£2.50',
      period: 'week',
      destinations: 'UK landline\r\nuk MOBILE\r\n\r\nTajikistan',
      last: '2026-12-31',
    };
    const asked = await send(NEW, fields);
    expect(asked.text).toContain('Gives 5 students £2.50 of free calls a week to UK landline and 2 more destinations, from 1 December.');
    expect(asked.text).toContain('It ends after 31 December.');
    expect(asked.text).toContain('UK landline, UK mobile, Tajikistan');
    await send(NEW, {...fields, sure: 'yes'});
    // The new year begins at midnight in London.
    expect(await stored()).toMatchObject([
      {unit: 'micros', amount: 2_500_000, destinations: '["UK landline","UK mobile","Tajikistan"]', to_at: Date.UTC(2027, 0, 1)},
    ]);
  });

  test('finds destinations by words, and adds what is ticked, without script', async () => {
    const found = await send(NEW, {...FIELDS, step: 'find', find: 'mobile uk'});
    expect(found.status).toBe(200);
    expect(found.text).toContain('2 destinations have these words');
    expect(found.html).toMatch(/type="checkbox"[^>]*value="UK mobile - O2"/);
    // What was typed is kept.
    expect(found.html).toContain('value="Landline hour"');
    const ticked = await send(NEW, {...FIELDS, 'pick-1': 'UK mobile - O2'});
    expect(ticked.text).toContain('to UK landline and 1 more destination, from');
    const all = await send(NEW, {...FIELDS, destinations: '', 'pick-all': 'mobile uk'});
    expect(all.text).toContain('to UK mobile and 1 more destination, from');
    expect((await send(NEW, {...FIELDS, step: 'find', find: 'Mars'})).text).toContain(
      'No destination of the tariff has “Mars” in its name.',
    );
    // Enter in another field presses the first button of the form.
    expect((await send(NEW, {...FIELDS, step: 'find', find: ''})).text).toContain('Gives 5 students');
  });

  test('says which names the tariff does not have, what may be meant, and keeps them only if asked to', async () => {
    const fields = {...FIELDS, destinations: 'UK landline\nTadjikistan\nUtopia'};
    const asked = await send(NEW, fields);
    expect(asked.status).toBe(422);
    expect(asked.text).toContain('The tariff has no “Tadjikistan”, “Utopia”');
    expect(asked.text).toContain('“Tadjikistan”: did you mean Tajikistan?');
    expect(asked.text).toContain('“Utopia”: nothing like it');
    const kept = await send(NEW, {...fields, keep: 'yes'});
    expect(kept.status).toBe(200);
    expect(kept.text).toContain('2 names are not in the tariff: Tadjikistan, Utopia. Calls there are not free until it has them.');
    await send(NEW, {...fields, keep: 'yes', sure: 'yes'});
    expect(await text('/desk/sites/north/allowances')).toContain('1 allowance names destinations that a tariff does not have');
  });

  test('warns on its page of a tariff that will not know a destination any more', async () => {
    await send(NEW, {...FIELDS, sure: 'yes'});
    expect(await text('/desk/sites/north/allowances')).not.toContain('does not have');
    expect(await text('/desk/sites/north')).not.toContain('does not have');
    await publish(named('UK landlines', 'UK mobile', 'Tajikistan'), instant(Date.UTC(2026, 11, 24)));
    const page = await text('/desk/sites/north/allowances');
    expect(page).toContain('Not in Deck of 3, in force from 24 December: UK landline');
    // And beside the tariffs, where somebody looks who has published one.
    expect(await text('/desk/sites/north')).toContain('1 allowance names destinations that a tariff does not have');
    rig.pass(29 * DAY);
    expect(await text('/desk/sites/north/allowances', await rig.cookie('ada'))).toContain(
      'Not in Deck of 3, which is in force: UK landline',
    );
  });

  test('is changed after the question, which says what was and what is used', async () => {
    await send(NEW, {...FIELDS, from: '2026-11-26', sure: 'yes'});
    const [before] = await stored();
    const id = before?.id ?? '';
    await rig.store.transact(({db}) =>
      db
        .updateTable('allowance')
        .set({destinations: '["UK mobile"]', from_at: Date.UTC(2026, 10, 1)})
        .where('id', '=', id)
        .execute(),
    );
    await rig.house.call('amara', {at: later(RIG_NOW, -HOUR), seconds: 600, number: '447700900123'});
    const edit = `/desk/allowances/north~${id}/edit`;
    expect(await text(edit)).toContain('Since 1 November');
    const fields = {name: 'Two hours', amount: '120', destinations: 'UK mobile', last: ''};
    const asked = await send(edit, fields);
    expect(asked.text).toContain('So far: 60 minutes free a month to UK mobile. It goes on until somebody ends it.');
    expect(asked.text).toContain('From now on: 120 minutes free a month to UK mobile.');
    expect(asked.text).toContain('In the period that runs 1 student has used 10 min of it.');
    expect((await send(edit, {...fields, sure: 'yes'})).status).toBe(303);
    expect(await stored()).toMatchObject([{id, name: 'Two hours', amount: 7_200, unit: 'seconds', period: 'month'}]);
  });

  test('is ended after the question, and can then be changed no more', async () => {
    await send(NEW, {...FIELDS, from: '2026-11-26', sure: 'yes'});
    const [before] = await stored();
    const path = `/desk/allowances/north~${before?.id}/end`;
    const asked = await text(path);
    expect(asked).toContain('From now on no call is free by it: 5 students pay what the tariff says.');
    expect(asked).toContain('Nobody has used any of it in the period that runs.');
    expect((await send(path, {})).status).toBe(200);
    expect((await stored())[0]?.to_at).toBeNull();
    expect((await send(path, {sure: 'yes'})).status).toBe(303);
    expect((await stored())[0]?.to_at).toBe(rig.now());
    expect(await text('/desk/sites/north/allowances')).toContain('Over');
    expect((await get(rig, path, admin)).status).toBe(303);
  });

  test.for([
    [{name: ''}, 'Write a name for it'],
    [{unit: 'calls'}, 'Choose minutes or money'],
    [{amount: ''}, 'Write minutes, such as 60 or 1.5'],
    [{amount: '0'}, 'Write minutes, such as 60 or 1.5'],
    [{amount: '-5'}, 'Write minutes, such as 60 or 1.5'],
    [{unit: 'micros', amount: 'much'}, 'Write an amount above nothing'],
    [{amount: '50000'}, 'So much cannot be free'],
    [{period: 'year'}, 'Choose a period'],
    [{from: 'tomorrow'}, 'Write a day as YYYY-MM-DD'],
    [{from: '2026-02-30'}, 'Write a day as YYYY-MM-DD'],
    [{from: '2026-11-25'}, 'Calls of before today have their price: choose today or later'],
    [{last: '2026-11-30'}, 'The last day is before the first'],
  ] as const)('typed as %o is asked for again, beside the field', async ([change, said]) => {
    const asked = await send(NEW, {...FIELDS, ...change});
    expect(asked.status).toBe(422);
    expect(asked.text).toContain(said);
    expect(await stored()).toEqual([]);
  });
});

describe('an allowance for one student', () => {
  beforeEach(() => publish(named('UK mobile')));
  const path = `${NEW}?account=amara`;
  const fields = {...FIELDS, destinations: '', from: '2026-11-26', period: 'once', amount: '1.5'};

  test('is granted by a clerk, and stands on the page of the student with what is left', async () => {
    expect(await text('/desk/students/amara', clerk)).toContain('No free allowance');
    expect((await send(path, fields, clerk)).text).toContain(
      'Gives Amara Obi 1.5 minutes free, once to wherever they dial, from 26 November.',
    );
    expect((await send(path, {...fields, sure: 'yes'}, clerk)).status).toBe(303);
    expect(await stored()).toMatchObject([{account: 'amara', amount: 90, period: 'once', destinations: '[]'}]);
    await rig.house.call('amara', {at: RIG_NOW, seconds: 60, number: '447700900123'});
    expect(await text('/desk/students/amara', clerk)).toContain('Landline hour 1.5 minutes, once 30 s of 1 min 30 s everywhere');
    expect(await text('/desk/students/ben', clerk)).toContain('No free allowance');
    // A statement at the desk has the call that cost nothing.
    expect(await text('/desk/students/amara/statement?month=2026-11', clerk)).toContain('1 min free: Landline hour');
  });

  test('is nobody’s of another site, or of nobody', async () => {
    expect((await get(rig, `${NEW}?account=frank`, clerk)).status).toBe(404);
    expect((await send(`${NEW}?account=nobody`, fields, clerk)).status).toBe(404);
  });
});

test('who may: a clerk decides about one student, an admin about all of a site, and everybody may look', async () => {
  await publish(named('UK mobile'));
  const vera = await rig.cookie('vera');
  await send(NEW, {...FIELDS, destinations: '', sure: 'yes'});
  const [of] = await stored();
  for (const path of [NEW, `/desk/allowances/north~${of?.id}/edit`, `/desk/allowances/north~${of?.id}/end`]) {
    expect([path, (await get(rig, path, clerk)).status]).toEqual([path, 404]);
    expect([path, (await send(path, {...FIELDS, sure: 'yes'}, clerk)).status]).toEqual([path, 404]);
    expect([path, (await get(rig, `${path}?account=amara`, vera)).status]).toEqual([path, 404]);
  }
  const page = await text('/desk/sites/north/allowances', vera);
  expect(page).toContain('Landline hour');
  expect(page).not.toContain('Grant an allowance');
  expect(await stored()).toHaveLength(1);
});

describe('what is typed', () => {
  const read = (change: Partial<AllowanceFields>, zone = 'Europe/London') =>
    readAllowance({...usualAllowance(RIG_NOW, zone), name: 'x', ...change}, {zone, words: DESK_WORDS.allowances});

  test('begins with the day of the site’s clock, which may be tomorrow’s', () => {
    expect(usualAllowance(RIG_NOW, 'Europe/London').from).toBe('2026-11-26');
    expect(usualAllowance(instant(Date.UTC(2026, 10, 26, 14)), 'Pacific/Auckland').from).toBe('2026-11-27');
  });

  test('as a last day lasts to its end, over a change of the clocks', () => {
    const found = read({from: '2026-10-24', last: '2026-10-25'});
    // In London Sunday the 25th has 25 hours: from 23:00 UTC on Saturday to midnight UTC.
    expect(found).toMatchObject({terms: {from: Date.UTC(2026, 9, 23, 23), to: Date.UTC(2026, 9, 26)}});
  });

  test('as an amount is exact, or is not taken', () => {
    expect(read({amount: '1,5'})).toMatchObject({terms: {amount: 90}});
    expect(read({amount: '0.01'})).toMatchObject({kind: 'wrong'});
    expect(read({unit: 'micros', amount: '0.000001'})).toMatchObject({terms: {amount: 1}});
    expect(read({unit: 'micros', amount: '0.0000001'})).toMatchObject({kind: 'wrong'});
  });

  test('is what an allowance that is there would be typed as', () => {
    const terms = {
      name: 'x',
      unit: 'seconds',
      amount: 100,
      period: 'week',
      destinations: ['b', 'a'],
      from: Date.UTC(2026, 5, 1) - HOUR,
    } as const;
    const fields = fieldsOfAllowance({...terms, allowance: 'i', account: undefined, to: Date.UTC(2026, 5, 2) - HOUR}, 'Europe/London');
    expect(fields).toEqual({
      name: 'x',
      unit: 'seconds',
      amount: '1.6667',
      period: 'week',
      destinations: 'b\na',
      from: '2026-06-01',
      last: '2026-06-01',
      keep: '',
    });
  });
});
