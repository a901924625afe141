// Corrections of calls at the desk, over HTTP: worked out, looked at in figures, posted by a second look.
import {afterEach, beforeEach, expect, test} from 'vitest';
import {verifyBooks} from '../../../cloud/books/verify.ts';
import {later} from '../../../shared/time/instant.ts';
import {POLICY} from '../../rig/desk/seen.ts';
import {get, openDesk, post, type DeskRig} from '../../rig/desk/rig.ts';
import {generateTariff} from '../../simulator/tariff.ts';
import {HOUR, MINUTE, RIG_NOW} from '../../rig/portal/house.ts';

let rig: DeskRig;
let clerk = '';
beforeEach(async () => {
  rig = await openDesk();
  clerk = await rig.cookie('carl');
  for (let call = 0; call < 3; call++)
    await rig.house.call('amara', {at: later(RIG_NOW, -HOUR + call * MINUTE), seconds: 60 * (call + 1), number: '442079460123'});
});
afterEach(() => rig.close());

// RIG_NOW is 14:02 in London.
const SPAN = {fromDate: '2026-11-26', fromTime: '13:00', toDate: '2026-11-26', toTime: '14:02'};
const MOVE = {...SPAN, extension: '2101', paidBy: 'amara', payer: 'ben', reason: 'the line was Ben’s since noon'};

async function balanceOf(account: string): Promise<number> {
  const row = await rig.store.reading
    .selectFrom('balance')
    .select((eb) => eb('credit', '-', eb.ref('debit')).as('balance'))
    .where('account', '=', account)
    .executeTakeFirst();
  return row?.balance ?? 0;
}

const hashIn = (text: string): string => /name="hash" value="([0-9a-f]{64})"/.exec(text)?.[1] ?? '';

test('calls of one student are moved to another: proposed in figures, and posted on the yes to just that', async () => {
  const [amara, ben] = [await balanceOf('amara'), await balanceOf('ben')];
  const answer = await post(rig, '/desk/sites/north/move-calls', MOVE, clerk);
  const at = answer.headers.get('location') ?? '';
  expect([answer.status, at]).toEqual([303, expect.stringMatching(/^\/desk\/rerating\/[0-9a-f]{32}$/)]);
  const page = await (await get(rig, at, clerk)).text();
  expect(page).toContain('Calls moved to another student');
  expect(page).toContain('Amara Obi');
  expect(page).toContain('Ben Carter');
  expect(page).toContain('the line was Ben’s since noon');
  expect([await balanceOf('amara'), await balanceOf('ben')]).toEqual([amara, ben]);

  await post(rig, at, {hash: hashIn(page), answer: 'yes'}, clerk);
  expect([await balanceOf('amara'), await balanceOf('ben')]).toEqual([0, ben + amara]);
  expect(await (await get(rig, at, clerk)).text()).toContain('Posted: Carl');
  expect(await (await get(rig, '/desk/sites/north/rerating', clerk)).text()).toContain('Calls of another student');
  expect((await verifyBooks(rig.store.reading)).findings).toEqual([]);
  // The call keeps its first price, and says what was posted beside it.
  const first = await rig.store.reading
    .selectFrom('call_adjustment')
    .select(['call_seq', 'amount'])
    .where('account', '=', 'ben')
    .executeTakeFirst();
  const call = await (await get(rig, `/desk/calls/north~${first?.call_seq}`, clerk)).text();
  expect(call).toContain('The call keeps its first price');
  expect(call).toContain(`href="${at}"`);
  // The student reads of it.
  expect(await (await get(rig, '/desk/students/ben/statement?month=2026-11', clerk)).text()).toContain('Correction of a call');
});

test('a back-dated tenancy offers to move the calls that another student paid for', async () => {
  const end = {date: '2026-11-26', time: '12:00', sure: 'yes'};
  expect((await post(rig, '/desk/tenancies/t-amara/end', end, clerk)).headers.get('location')).toBe('/desk/students/amara');
  const start = {extension: '2101', date: '2026-11-26', time: '12:00', untilDate: '', untilTime: '', sure: 'yes'};
  const offered = (await post(rig, '/desk/students/eve/line', start, clerk)).headers.get('location') ?? '';
  const query = new URL(offered, 'https://phone.test').searchParams;
  expect(Object.fromEntries(query)).toEqual({
    line: '2101',
    paidBy: 'amara',
    payer: 'eve',
    fromDate: '2026-11-26',
    fromTime: '13:02',
    toDate: '2026-11-26',
    toTime: '13:05',
  });
  const form = await (await get(rig, offered, clerk)).text();
  for (const typed of ['value="2101"', 'value="amara"', 'value="eve"', 'value="13:02"', 'value="13:05"']) expect(form).toContain(typed);
  const moved = await post(rig, '/desk/sites/north/move-calls', {...Object.fromEntries(query), extension: '2101', reason: 'moved'}, clerk);
  expect(await (await get(rig, moved.headers.get('location') ?? '', clerk)).text()).toMatch(/Calls that differ<\/dt><dd[^>]*>3</);
});

test('the yes to something else than was shown posts nothing', async () => {
  const at = (await post(rig, '/desk/sites/north/move-calls', MOVE, clerk)).headers.get('location') ?? '';
  const before = await balanceOf('ben');
  await post(rig, at, {hash: '0'.repeat(64), answer: 'yes'}, clerk);
  expect(await balanceOf('ben')).toBe(before);
  expect(await (await get(rig, at, clerk)).text()).toContain('Waits for a yes');
});

test.for([
  [{paidBy: 'nobody'}, 'There is no such account at this site'],
  [{payer: ''}, 'Write the number of an account'],
  [{extension: ''}, 'Write the line'],
  [{fromDate: 'yesterday'}, 'Write a date such as 2026-11-01'],
  [{toTime: '12:00'}, 'The time ends before it begins'],
  [{payer: 'amara'}, 'Both are the same account'],
  [{extension: '2102'}, 'none would cost anybody another amount'],
] as const)('%o is refused beside its field, and what was typed stays', async ([wrong, said]) => {
  const answer = await post(rig, '/desk/sites/north/move-calls', {...MOVE, ...wrong}, clerk);
  const text = await answer.text();
  expect([answer.status, text.includes(said), text.includes('the line was Ben’s since noon')]).toEqual([422, true, true]);
});

test('calls are priced again by the schedule as it is now, and the second time nothing differs', async () => {
  const admin = await rig.cookie('ada');
  const actor = {id: 'ada', role: 'admin'} as const;
  rig.pass(-3 * HOUR);
  await rig.store.transact(async (tx) => {
    await rig.given.publish.policy(tx, actor, {site: 'north', policy: {...POLICY, catchAll: 'bill'}});
    const tariff = {...generateTariff({prefixes: 40, seed: 7, currency: 'GBP', zone: 'Europe/London'}), name: 'dearer'};
    const rates = tariff.rates.map((rate) => ({...rate, perMinute: '0.99', perMinuteIn: {}}));
    await rig.given.publish.tariff(tx, actor, {site: 'north', text: JSON.stringify({...tariff, rates})});
  });
  rig.pass(3 * HOUR);
  const wish = {...SPAN, tariff: '', account: '', reason: 'the deck was last year’s'};
  const answer = await post(rig, '/desk/sites/north/re-rate', wish, admin);
  const at = answer.headers.get('location') ?? (await answer.text());
  const page = await (await get(rig, at, admin)).text();
  expect(page).toContain('Calls priced again');
  await post(rig, at, {hash: hashIn(page), answer: 'yes'}, admin);
  expect(await (await get(rig, at, admin)).text()).toContain('Posted: Ada');
  expect((await verifyBooks(rig.store.reading)).findings).toEqual([]);
  expect(await (await post(rig, '/desk/sites/north/re-rate', wish, admin)).text()).toContain('none would cost anybody another amount');
});

test('a proposal stands on the first page until somebody decides it', async () => {
  const at = (await post(rig, '/desk/sites/north/move-calls', MOVE, clerk)).headers.get('location') ?? '';
  const shown = await (await get(rig, '/desk', clerk)).text();
  expect(shown).toContain('Waits for somebody’s yes');
  expect(shown).toContain(`href="${at}"`);
  await post(rig, at, {hash: '', answer: 'no'}, clerk);
  expect(await (await get(rig, '/desk', clerk)).text()).not.toContain(`href="${at}"`);
});
