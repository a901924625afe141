// Webhooks, wrong money, debits that nobody knows of, clocks and two processes: the rest of the list of faults.
// The numbers are those of the list of faults in the design.
import {afterEach, describe, expect, test} from 'vitest';
import {OWN} from '../../../cloud/payment/machine.ts';
import {openRig, P, pounds, STUDENT, type Rig, type RigWish} from './rig.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let rig: Rig;
const open = async (wish?: RigWish): Promise<Rig> => {
  rig = await openRig(wish);
  rig.payments.start();
  return rig;
};
afterEach(() => rig.close());

const oneCredit = [{ref: P, amount: pounds(10)}];

describe('a process that starts', () => {
  test('what was in doubt when a process ended is asked about when the next one starts', async () => {
    await open();
    rig.card.fates.push('lose-answer');
    await rig.pay();
    await rig.time.pass(SECOND);
    expect(await rig.state(P)).toBe('unknown');
    rig.restart();
    await rig.time.pass(SECOND);
    expect(await rig.topUps()).toEqual(oneCredit);
  });
});

describe('webhooks', () => {
  test('F13: one that comes before our own commit is kept, and dealt with when the payment is there', async () => {
    await open();
    expect(await rig.hook('evt_1')).toEqual({status: 200});
    await rig.time.pass(MINUTE);
    await rig.pay('hosted');
    await rig.time.pass(SECOND);
    rig.card.decide(P, 'paid');
    await rig.time.pass(3 * MINUTE);
    const [event] = await rig.store.reading.selectFrom('provider_event').select('handled_at').execute();
    expect(event?.handled_at).not.toBeNull();
    expect(await rig.topUps()).toEqual(oneCredit);
  });

  test('F14: three at once are one credit', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(SECOND);
    rig.card.decide(P, 'paid');
    expect(await Promise.all([rig.hook('evt_1'), rig.hook('evt_1'), rig.hook('evt_1')])).toEqual([
      {status: 200},
      {status: 200},
      {status: 200},
    ]);
    await rig.time.pass(10 * SECOND);
    expect(await rig.topUps()).toEqual(oneCredit);
    expect(await rig.store.reading.selectFrom('provider_event').selectAll().execute()).toHaveLength(1);
  });

  test('F15: in any order, the provider’s answer decides', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(SECOND);
    rig.card.decide(P, 'paid');
    for (const event of ['evt_failed', 'evt_created', 'evt_failed_again']) await rig.hook(event);
    await rig.time.pass(SECOND);
    expect([await rig.state(P), await rig.topUps()]).toEqual(['succeeded', oneCredit]);
  });

  test('F17: one that is signed by somebody else changes nothing, and is not stored', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(SECOND);
    const before = rig.card.calls.length;
    expect(await rig.hook('evt_1', P, 'forged')).toEqual({status: 400});
    await rig.time.pass(SECOND);
    expect(rig.card.calls.length).toBe(before);
    expect(await rig.store.reading.selectFrom('provider_event').selectAll().execute()).toEqual([]);
  });

  test('one that finds the provider silent is dealt with later', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(SECOND);
    rig.card.decide(P, 'paid');
    rig.card.fates.push('lose-request');
    await rig.hook('evt_1');
    await rig.time.pass(SECOND);
    const handled = async () => (await rig.store.reading.selectFrom('provider_event').select('handled_at').execute())[0]?.handled_at;
    expect(await handled()).toBeNull();
    await rig.time.pass(3 * MINUTE);
    expect(await handled()).not.toBeNull();
    expect(await rig.topUps()).toEqual(oneCredit);
  });

  test('one that names a stranger is given up after a week', async () => {
    await open();
    await rig.hook('evt_1', 'somebody-elses-payment');
    await rig.time.pass(6 * DAY);
    const waiting = () => rig.store.reading.selectFrom('provider_event').select('event').where('handled_at', 'is', null).execute();
    expect(await waiting()).toHaveLength(1);
    await rig.time.pass(DAY + MINUTE);
    expect(await waiting()).toEqual([]);
  });

  test('F35: on a full disk there is no 200', async () => {
    await open();
    rig.incarnation.fullFrom = 0;
    expect(await rig.hook('evt_1')).toEqual({status: 503});
    rig.incarnation.fullFrom = undefined;
    expect(await rig.hook('evt_1')).toEqual({status: 200});
  });

  test('F35: a disk that is full when the answer comes: recovered, one credit', async () => {
    await open();
    await rig.pay();
    rig.incarnation.fullFrom = rig.incarnation.transactions + 2;
    await rig.time.pass(5 * MINUTE);
    expect(await rig.topUps()).toEqual([]);
    rig.incarnation.fullFrom = undefined;
    await rig.time.pass(5 * MINUTE);
    expect(await rig.topUps()).toEqual(oneCredit);
    expect(rig.card.received).toHaveLength(1);
  });
});

describe('F19: money that differs', () => {
  test('is not credited to the student: suspense and an incident, once', async () => {
    await open();
    rig.card.tells = {kind: 'succeeded', amount: {minor: 900, currency: 'GBP'}, reference: 'r'};
    await rig.pay();
    await rig.time.pass(SECOND);
    expect([await rig.state(P), await rig.topUps(), await rig.balance(STUDENT)]).toEqual(['failed', [], 0]);
    expect([await rig.balance('suspense'), await rig.balance('clearing:card')]).toEqual([pounds(9), -pounds(9)]);
    rig.card.tells = {kind: 'succeeded', amount: {minor: 900, currency: 'GBP'}, reference: 'r'};
    await rig.hook('evt_1');
    await rig.time.pass(SECOND);
    expect([await rig.balance('suspense'), await rig.incidents()]).toEqual([pounds(9), [`payment.other-money ${P}`]]);
  });

  test('in another currency is an incident alone', async () => {
    await open();
    rig.card.tells = {kind: 'succeeded', amount: {minor: 1000, currency: 'USD'}, reference: 'r'};
    await rig.pay();
    await rig.time.pass(SECOND);
    expect([await rig.state(P), await rig.balance('suspense'), await rig.incidents()]).toEqual(['failed', 0, [`payment.other-money ${P}`]]);
  });

  test('a success that names the reference of another payment credits nobody', async () => {
    await open();
    await rig.pay();
    await rig.time.pass(SECOND);
    rig.card.tells = {kind: 'succeeded', amount: {minor: 1000, currency: 'GBP'}, reference: `ref-${P}`};
    await rig.pay('saved', {id: 'payment-00000002'});
    await rig.time.pass(SECOND);
    expect(await rig.state('payment-00000002')).toBe('unknown');
    expect(await rig.incidents()).toEqual(['payment.disagreement payment-00000002']);
    expect(await rig.topUps()).toEqual(oneCredit);
  });
});

describe('a cashless card', () => {
  test('F22: time-out, debited: asked, one credit', async () => {
    await open();
    rig.cashless.fates.push('lose-answer');
    await rig.payCashless();
    await rig.time.pass(MINUTE);
    expect([await rig.topUps(), await rig.balance('clearing:cashless')]).toEqual([oneCredit, -pounds(10)]);
  });

  test('F23: time-out, not debited, a late debit after "not found": the fence holds', async () => {
    await open();
    rig.cashless.fates.push('delay');
    await rig.payCashless();
    await rig.time.pass(30 * MINUTE);
    expect(await rig.state(P)).toBe('reversed');
    rig.cashless.deliver();
    await rig.time.pass(DAY);
    expect([rig.cashless.paid().size, await rig.topUps()]).toEqual([0, []]);
    expect(rig.mails.map(({template, data}) => [template, data.failure])).toEqual([['payment-failed', OWN.reversed]]);
    expect(await rig.steps(P)).toEqual(['asked-for', 'sending', 'checking', 'giving-back', 'given-back']);
  });

  test('nobody knows for 15 minutes: it is given back by its own stored key', async () => {
    await open();
    rig.cashless.fates.push('lose-answer', ...Array.from({length: 4}, () => 'lose-request' as const));
    await rig.payCashless();
    await rig.time.pass(HOUR);
    expect([await rig.state(P), rig.cashless.paid().size, await rig.topUps()]).toEqual(['reversed', 0, []]);
    const keys = await rig.store.reading.selectFrom('payment_attempt').select('key').orderBy('number').execute();
    expect(keys.map(({key}) => key)).toEqual([`spbs:test:${P}:1`, `spbs:test:${P}:1:reversal`]);
  });

  test('F24: a reversal that is not answered is sent until it is, never credited; staff know in time', async () => {
    await open();
    rig.cashless.fates.push('lose-answer', ...Array.from({length: 40}, () => 'lose-request' as const));
    await rig.payCashless();
    await rig.time.pass(22 * HOUR);
    expect([await rig.state(P), await rig.incidents(), await rig.topUps()]).toEqual(['reversing', [`payment.reversal-late ${P}`], []]);
    rig.cashless.fates.splice(0);
    await rig.time.pass(2 * HOUR);
    expect([await rig.state(P), await rig.topUps(), await rig.incidents()]).toEqual(['reversed', [], []]);
  });

  test('a page that is opened while it is given back credits nothing', async () => {
    await open();
    rig.cashless.fates.push('lose-answer', ...Array.from({length: 6}, () => 'lose-request' as const));
    await rig.payCashless();
    await rig.time.pass(25 * MINUTE);
    expect(await rig.state(P)).toBe('reversing');
    await rig.payments.lookNow(P, 'student');
    expect(await rig.topUps()).toEqual([]);
    await rig.time.pass(DAY);
    expect(await rig.state(P)).toBe('reversed');
  });

  test('F25: a debit that shows after it was given back lies in suspense, with an incident', async () => {
    await open();
    rig.cashless.fates.push('delay');
    await rig.payCashless();
    await rig.time.pass(30 * MINUTE);
    rig.cashless.charges.set(P, {state: 'paid', amount: {minor: 1000, currency: 'GBP'}, hosted: false, save: false});
    await rig.payments.lookNow(P, 'student');
    await rig.time.pass(3 * SECOND);
    await rig.payments.lookNow(P, 'student');
    expect([await rig.state(P), await rig.topUps(), await rig.balance('suspense')]).toEqual(['reversed', [], pounds(10)]);
    expect(await rig.incidents()).toEqual([`payment.after-reversal ${P}`]);
  });
});

describe('clocks', () => {
  test.for([-HOUR, HOUR])('F36: a wall clock that jumps by %i ms credits once', async (jump) => {
    await open();
    rig.card.fates.push('lose-answer');
    await rig.pay();
    await rig.time.pass(SECOND);
    rig.jump(jump);
    await rig.time.pass(2 * HOUR);
    expect(await rig.topUps()).toEqual(oneCredit);
  });
});

test('F37: two processes on one database look at the same payment: one credit', async () => {
  await open();
  rig.card.fates.push('lose-answer');
  await rig.pay();
  await rig.time.pass(SECOND);
  await Promise.all([rig.another().lookNow(P, 'student'), rig.payments.lookNow(P, 'student')]);
  await rig.time.pass(MINUTE);
  expect(await rig.topUps()).toEqual(oneCredit);
});

test('a process that is told to stop ends when what is on the wire has ended, and begins nothing', async () => {
  await open();
  rig.card.fates.push('lose-answer');
  await rig.pay();
  await rig.time.pass(SECOND);
  await rig.payments.stop();
  const before = rig.card.calls.length;
  await rig.time.pass(HOUR);
  expect([await rig.state(P), rig.card.calls.length - before]).toEqual(['unknown', 0]);
});

test('at most four requests are on the wire at once, and one a payment', async () => {
  await open();
  const ids = Array.from({length: 10}, (_, index) => `payment-1000000${index}`);
  rig.card.fates.push(...ids.map(() => 'never-before' as const));
  for (const id of ids) await rig.pay('saved', {id});
  await rig.time.pass(MINUTE);
  expect(rig.card.calls).toHaveLength(4);
  rig.card.fates.splice(0);
  rig.restart();
  await rig.time.pass(5 * MINUTE);
  expect(rig.card.calls.filter((call) => call.startsWith('submit')).length).toBeGreaterThanOrEqual(10);
  expect(await rig.topUps()).toHaveLength(10);
});
