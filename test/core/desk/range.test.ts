// A range added at the desk, over HTTP: typed, shown with what it prices, published; whatever is wrong is said beside its field.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createDownLog} from '../../../cloud/books/down-log.ts';
import {createAddRange} from '../../../cloud/tariff/add-range.ts';
import {later} from '../../../shared/time/instant.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {get, openDesk, post, type DeskRig} from '../../rig/desk/rig.ts';
import {HOUR, pounds, RIG_NOW} from '../../rig/portal/house.ts';
import {fieldIn, textIn} from '../../rig/visitor.ts';
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
  expect(question).toContain('No call that waits gets a price from it.');
  expect(textIn(question)).toContain('2 calls to this range wait on');
  expect(await schedule()).toBe(before);
  const sure = {...FIELDS, ...pinIn(await (await post(rig, AT, FIELDS, admin)).text()), sure: 'yes'};
  expect((await post(rig, AT, sure, admin)).headers.get('location')).toMatch(/^\/desk\/ranges\/[0-9a-f]{32}$/);
  expect(await schedule()).toBe(before + 1);
  expect((await rig.acts()).at(-1)).toEqual({by: 'ada', act: 'tariff-range', subject: '992371'});
});

/** What the page of the question carries back. */
const pinIn = (html: string) => ({hash: fieldIn(html, 'hash') ?? '', shown: fieldIn(html, 'shown') ?? ''});
/** A call that began under the tariff. */
const late = (seconds: number, number = '992371222222') =>
  rig.house.call('amara', {at: later(RIG_NOW, 60_000), seconds, number, state: 'unbillable'});
const ask = async (fields: Readonly<Record<string, string>> = FIELDS): Promise<string> => (await post(rig, AT, fields, admin)).text();
const confirm = async (question: string, fields: Readonly<Record<string, string>> = FIELDS) =>
  await post(rig, AT, {...fields, ...pinIn(question), sure: 'yes'}, admin);

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

test('the form says what is known of the range, and what the tariff has for the country', async () => {
  const typed = textIn(await (await get(rig, `${AT}?prefix=%2B992372`, admin)).text());
  expect(typed).toContain('By libphonenumber: landline numbers of Tajikistan, such as +992 372 xx xxxx.');
  expect(typed).toContain('The tariff has nothing for this country: give a price below.');
  expect(textIn(await (await get(rig, AT, admin)).text())).not.toContain('libphonenumber');
});

describe('a confirmation', () => {
  test('of what is not any more what was shown publishes nothing, and says what changed', async () => {
    await late(61);
    const question = await ask();
    const before = await schedule();
    await late(30, '992371333333');
    const answer = await confirm(question);
    expect(answer.status).toBe(409);
    const again = await answer.text();
    expect(textIn(again)).toContain('Nothing was published: it is not any more what you were shown 1 call more gets a price.');
    // Two begun minutes and one, of 45p.
    expect(again).toContain('£1.35 in all');
    expect(await schedule()).toBe(before);
    expect(await rig.store.reading.selectFrom('range_addition').selectAll().execute()).toEqual([]);
    // What is shown now may be confirmed.
    expect((await confirm(again)).status).toBe(303);
    expect(await schedule()).toBe(before + 1);
  });

  test('says that a call was resolved meanwhile, and that the schedule was changed', async () => {
    await late(61);
    const question = await ask();
    const newest = rig.store.reading.selectFrom('call').select('id').orderBy('up_seq', 'desc');
    const {id: call} = await newest.executeTakeFirstOrThrow();
    await rig.house.tell('north', [upFact('call-resolved', call, {call, outcome: 'written-off', by: 'desk', at: RIG_NOW})]);
    rig.pass(600_000);
    await rig.store.transact((tx) => rig.given.publish.tariff(tx, {id: 'ada', role: 'admin'}, {site: 'north', text: TARIFF}));
    const answer = await confirm(question);
    expect(answer.status).toBe(409);
    const said = textIn(await answer.text());
    expect(said).toContain('1 call is not in it any more: resolved meanwhile, or not to be priced. The schedule of tariffs was changed.');
    expect(said).toContain('No call that waits gets a price from it.');
  });

  test('that carries no hash, or another one, is asked again', async () => {
    await late(61);
    expect((await post(rig, AT, {...FIELDS, sure: 'yes'}, admin)).status).toBe(409);
    const {shown} = pinIn(await ask());
    expect((await post(rig, AT, {...FIELDS, shown, hash: 'f'.repeat(64), sure: 'yes'}, admin)).status).toBe(409);
  });
});

describe('what was published', () => {
  const publish = async (): Promise<string> => {
    await late(61);
    return (await confirm(await ask())).headers.get('location') ?? '';
  };
  const page = async (path: string): Promise<string> => textIn(await (await get(rig, path, admin)).text());

  test('shows each call on its way, at the box, billed', async () => {
    const path = await publish();
    expect(path).toMatch(/^\/desk\/ranges\//);
    expect(await page(path)).toContain('0 of 1 call done.');
    expect(await page(path)).toContain('Asked on its way to the box');
    const head = rig.store.reading.selectFrom('site_head').select('seq').where('site', '=', 'north').where('log', '=', 'down');
    const {seq} = await head.executeTakeFirstOrThrow();
    await rig.store.transact(({db}) => db.updateTable('box_state').set({down_acked: seq}).where('site', '=', 'north').execute());
    expect(await page(path)).toContain('Still unbillable the box has the tariff and has not priced it: No rate for this number');
    await answer('schedule');
    expect(await page(path)).toContain('1 of 1 call done.');
    expect(await page(path)).toContain('Billed £0.90, by the tariff');
    expect(await page('/desk/unbillable')).toContain('+992371 to Dushanbe North Hall 1 of 1 call done Ada Moran');
  });

  test('says since when the box is offline', async () => {
    const path = await publish();
    await rig.store.transact(({db}) =>
      db
        .updateTable('box_state')
        .set({disconnected_at: later(RIG_NOW, -60_000)})
        .where('site', '=', 'north')
        .execute(),
    );
    expect(await page(path)).toContain('Box offline asked; the box gets it when it is back. Offline since 14:01:07');
  });

  test('says of a call that a person resolved first that it was resolved already', async () => {
    const path = await publish();
    await answer('desk');
    expect(await page(path)).toContain('Already resolved £0.90, by hand');
  });

  /** As the box would say it of the newest call. */
  const answer = async (by: 'desk' | 'schedule'): Promise<void> => {
    const {id: call} = await rig.store.reading.selectFrom('call').select('id').orderBy('up_seq', 'desc').executeTakeFirstOrThrow();
    const price = {amount: pounds(0.9), tax: pounds(0.15), currency: 'GBP', prefix: '+992371', destination: 'Dushanbe'};
    const said = {call, outcome: 'billed', by, at: RIG_NOW, startedAt: later(RIG_NOW, 60_000), payer: 'amara', ...price};
    await rig.house.tell('north', [upFact('call-resolved', call, said)]);
  };
});

describe('a range that is dear in all', () => {
  /** Forty-five begun minutes of 45p are £20.25. */
  const propose = async (): Promise<string> => {
    await late(45 * 60);
    const question = await ask();
    expect(question).toContain('It is more than £20.00 in all: a second person must say yes first.');
    expect(question).toContain('Ask a second person');
    return (await confirm(question)).headers.get('location') ?? '';
  };
  /** Carl, since he was made an admin. */
  const second = async (): Promise<string> => {
    await rig.store.transact(({db}) => db.updateTable('staff').set({role: 'admin'}).where('id', '=', 'carl').execute());
    return await rig.cookie('carl');
  };

  test('is published by a second person, on what that person saw', async () => {
    const before = await schedule();
    const path = await propose();
    expect(await schedule()).toBe(before);
    const own = await (await get(rig, path, admin)).text();
    expect(textIn(own)).toContain('You asked for it yourself: somebody else must say yes. You may take it back.');
    await post(rig, path, {...pinIn(await ask({...FIELDS, prefix: '+992372'})), answer: 'yes', sure: 'yes'}, admin);
    expect(await schedule()).toBe(before);
    expect(textIn(await (await get(rig, '/desk/unbillable', admin)).text())).toContain(
      'Add +992371 to Dushanbe North Hall £20.25 Ada Moran',
    );
    const carl = await second();
    const question = await (await get(rig, path, carl)).text();
    expect(textIn(question)).toContain('Ada Moran asked for it, with 1 call and £20.25 in all.');
    // A call more, between the look and the yes: nothing happens but a new question.
    await late(60, '992371333333');
    const answer = await post(rig, path, {...pinIn(question), answer: 'yes', sure: 'yes'}, carl);
    expect(answer.status).toBe(409);
    const again = await answer.text();
    expect(textIn(again)).toContain('1 call more gets a price.');
    expect(await schedule()).toBe(before);
    expect((await post(rig, path, {...pinIn(again), answer: 'yes', sure: 'yes'}, carl)).headers.get('location')).toBe(path);
    expect(await schedule()).toBe(before + 1);
    expect(textIn(await (await get(rig, path, admin)).text())).toContain('Published by Carl Winter, asked for by Ada Moran');
    expect((await rig.acts()).slice(-2).map(({by, act}) => [by, act])).toEqual([
      ['ada', 'tariff-range-propose'],
      ['carl', 'tariff-range'],
    ]);
  });

  test('is dropped by whoever asked for it, and may be asked for again', async () => {
    const path = await propose();
    const again = await confirm(await ask());
    expect(again.status).toBe(422);
    expect(await again.text()).toContain('+992371 waits for a second person already');
    await post(rig, path, {answer: 'no', sure: 'yes'}, admin);
    expect(textIn(await (await get(rig, path, admin)).text())).toContain('The range was dropped: no tariff was changed.');
    expect((await confirm(await ask())).status).toBe(303);
  });

  test('cannot be approved once the tariffs have the range', async () => {
    const path = await propose();
    const carl = await second();
    const question = await (await get(rig, path, carl)).text();
    const to = {kind: 'new', destination: 'Dushanbe', perMinute: '0.45', initialSeconds: 60, nextSeconds: 60} as const;
    const range = {site: 'north', prefix: '992371', to, from: later(RIG_NOW, HOUR)};
    const ranges = createAddRange({
      ...rig.given,
      now: rig.now,
      randomBytes,
      downLog: createDownLog({now: rig.now, randomBytes, wake: () => undefined}),
    });
    await rig.store.transact((tx) => ranges.publish(tx, {id: 'ada', role: 'admin'}, range));
    const before = await schedule();
    await post(rig, path, {...pinIn(question), answer: 'yes', sure: 'yes'}, carl);
    expect(await schedule()).toBe(before);
    const said = textIn(await (await get(rig, path, carl)).text());
    expect(said).toContain('It cannot be published any more. 992371 is of Dushanbe in the tariff');
    expect(said).toContain('No, drop it');
  });

  test('is nothing for a clerk', async () => {
    const path = await propose();
    expect((await get(rig, path, await rig.cookie('carl'))).status).toBe(404);
  });
});
