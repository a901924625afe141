// What the halls have been through before a page is looked at: calls, money, locks, payments in every state.
import {later} from '../../../shared/time/instant.ts';
import {DAY, HOUR, MINUTE, pounds, RIG_NOW} from './house.ts';
import type {PortalRig} from './rig.ts';

/** Payments of Amara's by state. */
export type Lived = {readonly payments: Readonly<Record<string, string>>; readonly card: string};

/** What of a rig it takes: the desk has halls too. */
export type Living = Pick<PortalRig, 'house' | 'payments' | 'store' | 'card' | 'pass' | 'saveCard'>;

export async function live(rig: Living): Promise<Lived> {
  const {house} = rig;
  await house.credit('amara', pounds(10), later(RIG_NOW, -40 * DAY));
  for (let day = 38; day > 26; day -= 3) {
    await house.call('amara', {at: later(RIG_NOW, -day * DAY), seconds: 61 + 37 * day, number: '442079460123'});
  }
  await house.credit('amara', pounds(30), later(RIG_NOW, -20 * DAY));
  await calls(rig);
  await freeCalls(rig);
  await house.lock('amara', []);
  await locks(rig);
  const card = await rig.saveCard('amara');
  return {payments: await payments(rig, card), card};
}

async function calls({house}: Living): Promise<void> {
  const numbers = ['447700900123', '442079460999', '33142685300', '919820098200', '118118', '2348031234567', '448081570000'] as const;
  for (const [index, number] of numbers.entries()) {
    await house.call('amara', {at: later(RIG_NOW, -6 * DAY + index * 9 * HOUR), seconds: 40 + 61 * index, number});
  }
  await house.call('amara', {at: later(RIG_NOW, -5 * HOUR), seconds: 312, direction: 'incoming', number: '441632960960'});
  await house.call('amara', {at: later(RIG_NOW, -3 * HOUR), seconds: 84, number: '99912345678', state: 'unbillable'});
  await house.call('amara', {at: later(RIG_NOW, -2 * HOUR), seconds: 65, direction: 'internal'});
  await house.call('amara', {at: later(RIG_NOW, -40 * MINUTE), seconds: 91, number: '447700900123'});
}

/** Chen has some of everything: minutes, money, one for many places. */
async function freeCalls({house}: Living): Promise<void> {
  const chens = {account: 'chen'} as const;
  await house.grant('north', {...chens, allowance: 'a-hour', name: 'Landline hour', destinations: ['UK landline']});
  await house.grant('north', {...chens, allowance: 'a-five', name: 'Welcome', unit: 'micros', amount: pounds(5), period: 'once'});
  const family = ['India', 'Pakistan', 'Nigeria', 'France', 'China mobile', 'Tajikistan', 'Bosnia and Herzegovina mobile'];
  await house.grant('north', {...chens, allowance: 'a-home', name: 'Family abroad', amount: 1_200, period: 'week', destinations: family});
  for (const [index, number] of ['442079460999', '447700900123', '442079460123'].entries()) {
    await house.call('chen', {at: later(RIG_NOW, -2 * DAY + index * HOUR), seconds: 330 + 61 * index, number});
  }
}

async function locks({house, pass}: Living): Promise<void> {
  // The last that was heard of Old Hall.
  pass(-3 * HOUR);
  await house.lock('frank', ['floor']);
  pass(3 * HOUR);
  await house.credit('ben', pounds(5), later(RIG_NOW, -9 * DAY));
  await house.call('ben', {at: later(RIG_NOW, -2 * DAY), seconds: 2_400, number: '447700900555'});
  await house.lock('ben', ['floor']);
  await house.credit('chen', pounds(2), later(RIG_NOW, -9 * DAY));
  await house.lock('chen', ['refused']);
  await house.lock('dana', ['staff', 'unbillable']);
  await house.credit('frank', pounds(3), later(RIG_NOW, -9 * DAY));
}

async function payments(rig: Living, card: string): Promise<Readonly<Record<string, string>>> {
  const made: Record<string, string> = {};
  const pay = async (state: string, amount: string, how: 'hosted' | 'saved'): Promise<string> => {
    const id = rig.payments.newId();
    made[state] = id;
    const way = how === 'saved' ? ({kind: 'saved', method: card} as const) : ({kind: 'hosted', provider: 'card', save: false} as const);
    await rig.store.transact((tx) => rig.payments.create(tx, {id, site: 'north', account: 'amara', amount, how: way}));
    if (state !== 'created') await rig.payments.lookNow(id, 'student');
    rig.pass(3_000);
    return id;
  };
  await pay('succeeded', '10', 'saved');
  rig.card.wills.push('decline');
  await pay('failed', '20', 'saved');
  rig.card.wills.push('process');
  await pay('pending', '5', 'saved');
  await pay('action_required', '7.50', 'hosted');
  const ended = await pay('canceled', '15', 'hosted');
  rig.card.decide(ended, 'ended');
  await rig.payments.lookNow(ended, 'student');
  rig.card.fates.push('lose-answer');
  await pay('unknown', '12', 'saved');
  await pay('created', '6', 'saved');
  return made;
}
