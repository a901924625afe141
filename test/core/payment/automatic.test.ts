// Automatic top-up: what a box asks for becomes one charge, an honest answer, or nothing.
import {afterEach, describe, expect, test} from 'vitest';
import {OWN} from '../../../cloud/payment/machine.ts';
import {openRig, pounds, SITE, STUDENT, type Rig, type RigWish} from './rig.ts';

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
const results = async () => (await rig.results()).map(({request, result}) => `${request} ${result}`);
const spend = (amount: number): Promise<void> =>
  rig.act(async ({db}) => {
    await db
      .insertInto('account')
      .values({site: SITE, id: 'revenue', kind: 'house', currency: 'GBP'})
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const ref = `call-${Math.random()}`;
    await db
      .insertInto('transfer')
      .values({site: SITE, debit: STUDENT, credit: 'revenue', amount, currency: 'GBP', code: 'CALL', ref, at: 0, log: 'up', log_seq: 1})
      .execute();
  });

describe('a request of a box', () => {
  test('becomes a payment of its id that brings the balance to the target, and the box hears that it was paid', async () => {
    await open();
    await rig.automatic();
    expect(await rig.ask('R1')).toMatchObject({kind: 'pay', minor: 2000});
    await rig.time.pass(SECOND);
    expect(await rig.topUps()).toEqual([{ref: 'R1', amount: pounds(20)}]);
    expect(await rig.results()).toEqual([{request: 'R1', account: STUDENT, result: 'paid'}]);
    // The money goes down before the word.
    const kinds = await rig.store.reading.selectFrom('down_log').select('kind').orderBy('seq').execute();
    expect(kinds.map(({kind}) => kind)).toEqual(['account', 'credit', 'top-up-result']);
    expect(rig.mails.map(({template, data}) => [template, data.automatic])).toEqual([['payment-succeeded', true]]);
    expect((await rig.payments.timeline('R1'))?.steps[0]?.source).toBe('box');
  });

  test('that comes twice is one payment', async () => {
    await open();
    await rig.automatic();
    await rig.ask('R1');
    expect(await rig.ask('R1')).toEqual({kind: 'nothing'});
    await rig.time.pass(MINUTE);
    expect(await rig.topUps()).toHaveLength(1);
  });

  test('is rounded up to whole pence', async () => {
    await open();
    await rig.automatic();
    await rig.act((tx) =>
      rig.payments.takeCash(tx, {id: 'cash-0000000000001', site: SITE, account: STUDENT, amount: '4', by: 'sue', reason: 'notes'}),
    );
    await spend(1);
    // 20 − 3.999999 = 16.000001 → 16.01.
    expect(await rig.ask('R1')).toMatchObject({kind: 'pay', minor: 1601});
  });

  test('that lapsed gets no charge and no answer', async () => {
    await open();
    await rig.automatic();
    expect(await rig.ask('R1', {lapsesAt: rig.time.clock.now()})).toEqual({kind: 'nothing'});
    await rig.time.pass(MINUTE);
    expect([await results(), rig.card.calls]).toEqual([[], []]);
  });

  test('that lapses while nobody can be reached gets no charge', async () => {
    await open();
    await rig.automatic();
    rig.card.fates.push(...Array.from({length: 12}, () => 'not-sent' as const));
    await rig.ask('R1');
    await rig.time.pass(HOUR);
    expect([await rig.state('R1'), (await rig.payments.timeline('R1'))?.failure, rig.card.received]).toEqual(['canceled', OWN.lapsed, []]);
    expect(await results()).toEqual([]);
  });

  test('whose sending was lost is not sent again once it lapsed: the box has asked anew', async () => {
    await open();
    await rig.automatic();
    rig.card.fates.push(...Array.from({length: 5}, () => 'lose-request' as const));
    await rig.ask('R1');
    await rig.time.pass(DAY);
    expect([await rig.state('R1'), rig.card.received]).toEqual(['failed', []]);
    expect(await results()).toEqual(['R1 deferred']);
  });

  test('is not needed when the cloud knows of money that the box did not', async () => {
    await open();
    await rig.automatic();
    await rig.act((tx) =>
      rig.payments.takeCash(tx, {id: 'cash-0000000000001', site: SITE, account: STUDENT, amount: '5', by: 'sue', reason: 'notes'}),
    );
    expect(await rig.ask('R1')).toEqual({kind: 'answer', result: 'not-needed'});
    expect(await results()).toEqual(['R1 not-needed']);
  });

  test('counts what running calls have cost, which only the box knows: £5 with £2 run up is below £5, and wants £17', async () => {
    await open();
    await rig.automatic();
    await rig.act((tx) =>
      rig.payments.takeCash(tx, {id: 'cash-0000000000001', site: SITE, account: STUDENT, amount: '5', by: 'sue', reason: 'notes'}),
    );
    expect(await rig.ask('R1')).toEqual({kind: 'answer', result: 'not-needed'});
    const sums = {amount: pounds(17), available: pounds(3), running: pounds(2)};
    expect(await rig.ask('R2', sums)).toMatchObject({kind: 'pay', minor: 1_700});
  });

  test('of a student who has turned it off, or of nobody, is not needed', async () => {
    await open();
    await rig.automatic();
    await rig.act((tx) => rig.payments.automatic.off(tx, {site: SITE, account: STUDENT}));
    expect(await rig.ask('R1')).toEqual({kind: 'answer', result: 'not-needed'});
    expect(await rig.ask('R2', {account: 'nobody'})).toEqual({kind: 'answer', result: 'not-needed'});
  });

  test('F29: fifty at once are one charge; the others hear that they wait', async () => {
    await open();
    await rig.automatic();
    await Promise.all(Array.from({length: 50}, (_, index) => rig.ask(`R${index}`)));
    await rig.time.pass(MINUTE);
    expect([rig.card.received.length, (await rig.topUps()).length]).toEqual([1, 1]);
    const said = (await rig.results()).map(({result}) => result);
    expect([said.filter((each) => each === 'paid').length, said.filter((each) => each === 'deferred').length]).toEqual([1, 49]);
  });

  test('whose outcome is not known is told nothing, until it is', async () => {
    await open();
    await rig.automatic();
    rig.card.fates.push('lose-answer', 'lose-request', 'lose-request');
    await rig.ask('R1');
    await rig.time.pass(2 * MINUTE);
    expect([await rig.state('R1'), await results()]).toEqual(['unknown', []]);
    await rig.time.pass(HOUR);
    expect(await results()).toEqual(['R1 paid']);
  });
});

describe('a card that refuses', () => {
  test('is told to the box and the student, and what comes late is credited all the same', async () => {
    await open();
    await rig.automatic();
    rig.card.wills.push('decline');
    await rig.ask('R1');
    await rig.time.pass(SECOND);
    expect(await results()).toEqual(['R1 refused']);
    expect(rig.mails.map(({template, data}) => [template, data.failure, data.automaticIsOff])).toEqual([
      ['payment-failed', 'insufficient_funds', false],
    ]);
    const charge = rig.card.charges.get('R1');
    if (charge !== undefined) charge.state = 'paid';
    await rig.hook('evt_1', 'R1');
    await rig.time.pass(SECOND);
    expect([await results(), await rig.topUps()]).toEqual([['R1 refused', 'R1 paid'], [{ref: 'R1', amount: pounds(20)}]]);
  });

  test('F30: for a week, is asked after 1 h, 6 h and 24 h; then automatic top-up is off, and everybody is told', async () => {
    await open();
    await rig.automatic();
    rig.card.wills.push(...Array.from({length: 50}, () => 'decline' as const));
    // A box that knows no patience: it asks every quarter of an hour.
    const charged: number[] = [];
    for (let quarter = 0; quarter < 7 * 24 * 4; quarter++) {
      const before = rig.card.received.length;
      await rig.ask(`R${quarter}`);
      await rig.time.pass(15 * MINUTE);
      if (rig.card.received.length > before) charged.push(quarter / 4);
    }
    expect(charged).toEqual([0, 1, 7, 31]);
    expect((await rig.payments.automatic.read(STUDENT))?.isOn).toBe(false);
    expect(rig.mails.map(({data}) => data.automaticIsOff)).toEqual([false, false, false, true]);
    const bodies = await rig.store.reading.selectFrom('down_log').select('body').where('kind', '=', 'account').orderBy('seq').execute();
    expect(bodies.map(({body}) => 'automaticTopUp' in (JSON.parse(body.toString()) as object))).toEqual([true, false]);
    expect(await rig.ask('R-last')).toEqual({kind: 'answer', result: 'not-needed'});
  });

  test('is forgotten when the student chooses anew, and when money comes', async () => {
    await open();
    const method = await rig.automatic();
    rig.card.wills.push('decline', 'pay', 'decline');
    await rig.ask('R1');
    await rig.time.pass(MINUTE);
    expect(await rig.ask('R2')).toMatchObject({kind: 'answer', result: 'deferred'});
    await rig.automatic({method});
    expect(await rig.ask('R3')).toMatchObject({kind: 'pay'});
    await rig.time.pass(MINUTE);
    await spend(pounds(20));
    expect(await rig.ask('R4')).toMatchObject({kind: 'pay'});
  });

  test('is not asked again before an hour is over, to the millisecond', async () => {
    await open();
    await rig.automatic();
    rig.card.wills.push('decline');
    const asked = rig.time.clock.now();
    await rig.ask('R1');
    await rig.time.pass(HOUR - 1);
    expect(await rig.ask('R2')).toEqual({kind: 'answer', result: 'deferred', until: asked + HOUR});
    await rig.time.pass(1);
    expect(await rig.ask('R3')).toMatchObject({kind: 'pay'});
  });
});

describe('F32: strong authentication', () => {
  test('needs the student: mailed with a link, told to the box, ended after half an hour, and not tried again at once', async () => {
    await open();
    await rig.automatic();
    rig.card.wills.push('authenticate');
    await rig.ask('R1');
    await rig.time.pass(SECOND);
    expect(await results()).toEqual(['R1 needs-student']);
    expect(rig.mails.map(({template, data}) => [template, data.link])).toEqual([['payment-needs-you', 'https://phone.test/payments/R1']]);
    expect((await rig.payments.timeline('R1'))?.todo).toEqual({kind: 'pay-on-page'});
    await rig.time.pass(20 * MINUTE);
    expect(await rig.ask('R2')).toEqual({kind: 'answer', result: 'needs-student'});
    await rig.time.pass(12 * MINUTE);
    expect([await rig.state('R1'), rig.card.charges.get('R1')?.state]).toEqual(['canceled', 'ended']);
    expect(await rig.ask('R3')).toEqual({kind: 'answer', result: 'needs-student'});
    expect(rig.mails).toHaveLength(1);
  });

  test('a payment on the provider’s page finishes it', async () => {
    await open();
    await rig.automatic();
    rig.card.wills.push('authenticate');
    await rig.ask('R1');
    await rig.time.pass(SECOND);
    await rig.pay('hosted', {amount: '20'});
    await rig.time.pass(SECOND);
    rig.card.decide('payment-00000001', 'paid');
    await rig.time.pass(HOUR);
    expect(await rig.topUps()).toEqual([{ref: 'payment-00000001', amount: pounds(20)}]);
    await spend(pounds(18));
    expect(await rig.ask('R2')).toMatchObject({kind: 'pay'});
  });
});

describe('the monthly cap', () => {
  test('is hard, and the box hears until when', async () => {
    // 7 September 2026, 09:00 UTC.
    await open();
    await rig.automatic({target: 20, monthlyCap: 50});
    for (const request of ['R1', 'R2']) {
      expect(await rig.ask(request)).toMatchObject({kind: 'pay'});
      await rig.time.pass(MINUTE);
      await spend(pounds(20));
    }
    // October begins in London an hour before it does in UTC.
    const october = Date.UTC(2026, 8, 30, 23);
    expect(await rig.ask('R3')).toEqual({kind: 'answer', result: 'deferred', until: october});
    await rig.time.pass(october - rig.time.clock.now());
    expect(await rig.ask('R4')).toMatchObject({kind: 'pay'});
  });

  test('F31: counts what is still open, and not what the student pays by hand', async () => {
    await open();
    await rig.automatic({target: 20, monthlyCap: 39});
    await rig.pay('saved', {amount: '100'});
    await rig.time.pass(MINUTE);
    await spend(pounds(100));
    rig.card.wills.push('process');
    await rig.ask('R1');
    await rig.time.pass(MINUTE);
    expect(await rig.state('R1')).toBe('pending');
    rig.card.decide('R1', 'paid');
    await rig.time.pass(5 * MINUTE);
    await spend(pounds(20));
    expect(await rig.ask('R2')).toMatchObject({kind: 'answer', result: 'deferred'});
  });
});

describe('settings', () => {
  test('go down to the box whole, and end with the method', async () => {
    await open();
    const method = await rig.automatic({threshold: 5, target: 20});
    expect((await rig.payments.methods.list(SITE, STUDENT)).map(({id, isAutomatic}) => [id, isAutomatic])).toEqual([[method, true]]);
    expect(await rig.act((tx) => rig.payments.methods.remove(tx, {site: SITE, account: STUDENT, method}))).toEqual({kind: 'changed'});
    expect(await rig.act((tx) => rig.payments.methods.remove(tx, {site: SITE, account: STUDENT, method}))).toEqual({
      kind: 'refused',
      code: 'method-unknown',
    });
    const bodies = await rig.store.reading.selectFrom('down_log').select('body').where('kind', '=', 'account').orderBy('seq').execute();
    expect(bodies.map(({body}) => (JSON.parse(body.toString()) as {automaticTopUp?: unknown}).automaticTopUp)).toEqual([
      {threshold: pounds(5), target: pounds(20)},
      undefined,
    ]);
  });

  test.for([
    [{threshold: -1}, 'threshold-negative'],
    [{threshold: 20, target: 20}, 'target-not-above-threshold'],
    [{target: 201}, 'target-too-far'],
    [{threshold: 5, target: 20, monthlyCap: 14.99}, 'cap-below-one-payment'],
    [{method: 'method-card-bob'}, 'method-unknown'],
    [{method: 'no-such-method'}, 'method-unknown'],
  ] as const)('%o are refused as %s', async ([wish, code]) => {
    await open();
    await rig.saveCard('card', 'bob');
    const whole = {threshold: 5, target: 20, monthlyCap: 100, method: await rig.saveCard(), ...wish};
    const set = rig.act((tx) =>
      rig.payments.automatic.set(tx, {
        site: SITE,
        account: STUDENT,
        threshold: pounds(whole.threshold),
        target: pounds(whole.target),
        monthlyCap: pounds(whole.monthlyCap),
        method: whole.method,
      } as Parameters<Rig['payments']['automatic']['set']>[1]),
    );
    expect(await set).toEqual({kind: 'refused', code});
  });
});
