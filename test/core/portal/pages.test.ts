// The portal over real HTTP, on a real store: what each page says to whom.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {later} from '../../../shared/time/instant.ts';
import {DAY, HOUR, MINUTE, pounds, RIG_NOW, type StudentName} from '../../rig/portal/house.ts';
import {get, openPortal, post, type PortalRig} from '../../rig/portal/rig.ts';
import {live} from '../../rig/portal/seen.ts';

let rig: PortalRig;
beforeEach(async () => {
  rig = await openPortal();
});
afterEach(() => rig.close());

/** What a reader sees: texts, without tags, spaces as one. */
async function seen(student: StudentName, path: string): Promise<string> {
  const answer = await get(rig, path, await rig.cookie(student));
  expect([path, answer.status]).toEqual([path, 200]);
  return plain(await answer.text());
}

const plain = (html: string): string =>
  html
    .replace(/^.*<body/s, '<body')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ');

describe('the main page', () => {
  test('says what is left, as of when, and that the phone is open', async () => {
    await rig.house.credit('amara', pounds(10), later(RIG_NOW, -DAY));
    const page = await seen('amara', '/');
    expect(page).toContain('You have left £10.00 As of 14:02 , box online');
    expect(page).toContain('Open You can call. Room 14, extension 2101');
    expect(page).toContain('Top up');
    expect(page).toContain('Automatic top-up Off');
    expect(page).toContain('No calls yet');
  });

  test('shows a debt as one', async () => {
    // 91 s to a mobile on a weekday: 30 + 11 × 6 = 96 s at £0.16 a minute are £0.256, with £0.08 for the connection £0.336: £0.34.
    await rig.house.call('ben', {at: later(RIG_NOW, -HOUR), seconds: 91, number: '447700900123'});
    expect(await seen('ben', '/')).toContain('You owe £0.34');
  });

  test.for([
    ['floor', 'Your balance is used up. Top up to open it.'],
    ['refused', 'The last automatic top-up was refused. Top up, or choose another card, to open it.'],
    ['vacant', 'Nobody is registered for this phone just now. Ask the staff of your building.'],
    ['staff', 'The staff of your building locked it. Ask them why: a top-up does not open it.'],
    ['unbillable', 'Some of your calls could not be priced yet.'],
    ['a-reason-of-tomorrow', 'The reason is not known here. Ask the staff of your building.'],
  ] as const)('says of a phone that is locked for %s what to do', async ([reason, sentence]) => {
    await rig.house.lock('chen', [reason]);
    const page = await seen('chen', '/');
    expect(page).toContain('Your phone is locked for outgoing calls');
    expect(page).toContain(sentence);
    expect(page).toContain('Emergency calls always work.');
    await rig.house.lock('chen', []);
    expect(await seen('chen', '/')).not.toContain('locked');
  });

  test('explains each price in a sentence, and says what is not priced', async () => {
    const at = later(RIG_NOW, -10 * MINUTE);
    await rig.house.call('amara', {at, seconds: 91, number: '447700900123'});
    await rig.house.call('amara', {at, seconds: 84, number: '99912345678', state: 'unbillable'});
    await rig.house.call('amara', {at, seconds: 20, direction: 'incoming', number: '441632960960'});
    await rig.house.call('amara', {at, seconds: 91, number: '447700900124', state: 'watched'});
    const page = await seen('amara', '/');
    expect(page).toContain('UK mobile £0.34 +447700900123 · 13:52 1:31');
    expect(page).toContain('1 min 31 s to UK mobile cost £0.34: charged as 1 min 36 s');
    expect(page).toContain('+99912345678 not priced yet');
    expect(page).toContain('This call could not be priced yet, and is not in your balance.');
    expect(page).toContain('Incoming call free +441632960960');
    expect(page).toContain('Calls that come in are free.');
    expect(page).toContain('Your building is only trying this system out: the call is priced, and not charged.');
  });

  test('says when the box was last heard, and that calls since then are missing', async () => {
    await live(rig);
    const page = await seen('frank', '/');
    expect(page).toContain('The link to your building is down');
    expect(page).toMatch(/We last heard from its phone box at 11:02 \(3 ?h.* ago\)\. Calls since then are not in this figure yet\./);
    expect(page).not.toContain('box online');
    expect(await seen('gina', '/')).toContain('Your building has not reported yet');
    expect(await seen('frank', '/top-up')).toContain('The link to your building is down. You can pay now');
  });

  test('names a payment that is not decided, and why automatic top-up does nothing', async () => {
    const {card, payments} = await live(rig);
    const wish = {site: 'north', account: 'amara', threshold: pounds(5), target: pounds(20), monthlyCap: pounds(60), method: card};
    await rig.store.transact((tx) => rig.payments.automatic.set(tx, wish));
    expect(await seen('amara', '/')).toContain(
      'Below £5.00 we top up to £20.00 from Visa ending 4242. Charged by itself this month: £0.00 of at most £60.00.',
    );
    expect(await seen('amara', '/')).toContain('Your top-up of £6.00 is on its way');
    expect(payments['created']).toMatch(/^[0-9a-f]{32}$/);
    rig.card.wills.push('decline');
    const ask = {request: 'r1', account: 'amara', amount: pounds(15), available: pounds(1), at: rig.now(), lapsesAt: rig.now() + HOUR};
    await rig.house.call('amara', {at: later(RIG_NOW, -MINUTE), seconds: 7_000, number: '447700900123'});
    await rig.store.transact((tx) => rig.payments.request(tx, 'north', ask, 1));
    expect(await seen('amara', '/')).toContain('A top-up is under way.');
    await rig.payments.lookNow('r1', 'student');
    expect(await seen('amara', '/')).toContain('The last automatic top-up was refused.');
    expect(await seen('amara', '/payments')).toContain('automatic top-up');
  });

  test('is empty in plain words for somebody new', async () => {
    const page = await seen('eve', '/');
    expect(page).toContain('No phone is registered in your name');
    expect(page).toContain('A call appears here a moment after it ends, with its price.');
    expect(await seen('eve', '/payments')).toContain('Your first top-up appears here, with how far it is.');
  });
});

describe('what belongs to another', () => {
  test('is as if it were not there', async () => {
    const {card, payments} = await live(rig);
    const ben = await rig.cookie('ben');
    for (const path of [
      ...Object.values(payments).map((id) => `/payments/${id}`),
      `/methods/${card}/remove`,
      '/statement/2026-09',
      '/statement/2027-01',
      '/statement/2026-13',
      '/statement/..%2F',
      '/payments/%00',
    ]) {
      expect([path, (await get(rig, path, ben)).status]).toEqual([path, 404]);
    }
    expect((await post(rig, `/methods/${card}/remove`, {}, ben)).status).toBe(404);
    expect(await seen('amara', '/methods')).toContain('Visa ending 4242');
    // Paying with it is refused beside the field, whoever knows its name.
    const pay = await post(rig, '/top-up', {payment: rig.payments.newId(), amount: '10', how: card}, ben);
    expect([pay.status, (await pay.text()).includes('Choose how to pay')]).toEqual([422, true]);
    // So is charging it by itself.
    const own = await rig.saveCard('ben', 'Mastercard ending 4444');
    const wish = {threshold: '5', target: '20', cap: '60', method: card, sure: 'yes'};
    expect((await post(rig, '/automatic', wish, ben)).status).toBe(422);
    expect((await post(rig, '/automatic', {...wish, method: own}, ben)).status).toBe(303);
  });

  test('is only reached by signing in', async () => {
    const signed = ['/', '/top-up', '/payments', '/payments/x', '/automatic', '/automatic/off', '/methods', '/methods/x/remove'];
    for (const path of [...signed, '/statement', '/statement/2026-11', '/account', '/account/password', '/account/language', '/sign-out']) {
      const answers = [await get(rig, path), await post(rig, path, {})];
      for (const answer of answers) {
        const place = (answer.headers.get('location') ?? '').replace(/\?.*/, '');
        expect([path, [303, 405].includes(answer.status), answer.status === 405 ? '/sign-in' : place]).toEqual([path, true, '/sign-in']);
      }
    }
  });

  test('a closed account has no pages any more', async () => {
    const cookie = await rig.cookie('ben');
    expect((await get(rig, '/', cookie)).status).toBe(200);
    await rig.store.transact(({db}) => db.updateTable('student').set({closed_at: rig.now()}).where('account', '=', 'ben').execute());
    expect((await get(rig, '/', cookie)).headers.get('location')).toContain('/sign-in');
  });
});
