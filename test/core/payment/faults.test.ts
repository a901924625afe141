// The faults that a payment must survive, one by one, on a real database with a provider that keeps its own books.
// The numbers are those of the list of faults in the design.
import {afterEach, describe, expect, test} from 'vitest';
import {OWN} from '../../../cloud/payment/machine.ts';
import {openRig, P, pounds, SITE, STUDENT, type Rig, type RigWish} from './rig.ts';

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

describe('a payment with a saved card', () => {
  test('is sent once, credited once, told to the box and mailed', async () => {
    await open();
    expect(await rig.pay()).toEqual({kind: 'created', payment: P});
    await rig.time.pass(SECOND);
    expect(await rig.state(P)).toBe('succeeded');
    expect(await rig.topUps()).toEqual(oneCredit);
    expect([await rig.balance(STUDENT), await rig.balance('clearing:card')]).toEqual([pounds(10), -pounds(10)]);
    expect(rig.card.received).toEqual([`${P} spbs:test:${P}:1`]);
    const down = await rig.store.reading.selectFrom('down_log').select(['id', 'kind']).execute();
    expect(down).toEqual([{id: `credit:TOPUP:${P}`, kind: 'credit'}]);
    expect(rig.mails.map(({template, recipient, data}) => [template, recipient, data.amount, data.late])).toEqual([
      ['payment-succeeded', 'ann@uni.test', pounds(10), false],
    ]);
    expect(await rig.steps(P)).toEqual(['asked-for', 'sending', 'paid']);
  });

  test('F1: a double click, a second tab and a page sent anew are one payment', async () => {
    await open();
    const made = await Promise.all([rig.pay(), rig.pay(), rig.pay()]);
    await rig.time.pass(SECOND);
    made.push(await rig.pay());
    await rig.time.pass(SECOND);
    expect(made.map(({kind}) => kind).toSorted()).toEqual(['again', 'again', 'again', 'created']);
    expect(await rig.topUps()).toEqual(oneCredit);
    expect(rig.card.received).toHaveLength(1);
  });

  test('the id of another payment is refused', async () => {
    await open();
    await rig.pay();
    expect(await rig.pay('saved', {amount: '11'})).toEqual({kind: 'refused', code: 'id-taken'});
    expect(await rig.pay('hosted')).toEqual({kind: 'refused', code: 'id-taken'});
  });

  test('F2: a crash before it is sent: it is sent once by the next process', async () => {
    await open();
    rig.die();
    await rig.pay();
    await rig.time.pass(MINUTE);
    expect(await rig.state(P)).toBe('created');
    rig.restart();
    await rig.time.pass(MINUTE);
    expect(await rig.topUps()).toEqual(oneCredit);
    expect(rig.card.received).toHaveLength(1);
  });

  test('F3: a crash after it was sent: asked at the next start, credited once, never sent again', async () => {
    await open();
    rig.card.fates.push('never-after');
    await rig.pay();
    await rig.time.pass(SECOND);
    rig.restart();
    await rig.time.pass(SECOND);
    expect(await rig.steps(P)).toEqual(['asked-for', 'sending', 'checking', 'paid']);
    expect(await rig.topUps()).toEqual(oneCredit);
    expect(rig.card.received).toHaveLength(1);
  });

  test.for(['before-commit', 'after-commit'] as const)('F4: a crash %s of what the answer changes', async (how) => {
    await open();
    // Its own creation is the test's transaction; the worker's first marks it, the second settles it.
    rig.incarnation.crash = {at: rig.incarnation.transactions + 2, how};
    await rig.pay();
    await rig.time.pass(SECOND);
    expect([rig.incarnation.dead, await rig.state(P)]).toEqual([true, how === 'before-commit' ? 'submitting' : 'succeeded']);
    rig.restart();
    await rig.time.pass(MINUTE * 3);
    expect(await rig.topUps()).toEqual(oneCredit);
    expect(rig.card.received).toHaveLength(1);
  });

  test('a page that is opened while it is being sent waits for that, and takes nobody’s lease', async () => {
    await open();
    rig.card.fates.push('never-before');
    await rig.pay();
    await rig.time.pass(SECOND);
    const page = rig.payments.lookNow(P, 'student');
    await rig.time.pass(10 * MINUTE);
    await page;
    expect([await rig.state(P), rig.card.calls]).toEqual(['submitting', [`submit ${P}`]]);
  });

  test('F5: a lost answer: one charge, one credit', async () => {
    await open();
    rig.card.fates.push('lose-answer');
    await rig.pay();
    await rig.time.pass(11 * SECOND);
    expect(await rig.topUps()).toEqual(oneCredit);
    expect(rig.card.paid().size).toBe(1);
  });

  test('F6: nobody listens: sent again with the same key, and then paid', async () => {
    await open();
    rig.card.fates.push('not-sent', 'not-sent');
    await rig.pay();
    await rig.time.pass(MINUTE);
    expect(await rig.steps(P)).toEqual(['asked-for', 'sending', 'not-sent', 'sending', 'not-sent', 'sending', 'paid']);
    expect(rig.card.received).toEqual([`${P} spbs:test:${P}:1`]);
    expect(await rig.topUps()).toEqual(oneCredit);
  });

  test('F6: nobody listens for half an hour: given up unsent, and nothing was taken', async () => {
    await open();
    rig.card.fates.push(...Array.from({length: 60}, () => 'not-sent' as const));
    await rig.pay();
    await rig.time.pass(HOUR);
    expect((await rig.payments.timeline(P))?.failure).toBe(OWN.notSent);
    expect([await rig.state(P), rig.card.received, await rig.topUps()]).toEqual(['canceled', [], []]);
  });

  test('F7: no answer in time, and it succeeds later', async () => {
    await open();
    rig.card.wills.push('process');
    rig.card.fates.push('lose-answer');
    await rig.pay();
    await rig.time.pass(MINUTE);
    expect(await rig.state(P)).toBe('pending');
    rig.card.decide(P, 'paid');
    await rig.time.pass(6 * MINUTE);
    expect(await rig.topUps()).toEqual(oneCredit);
  });

  test('F8: no answer in time, and it was declined: failed, mailed, no credit', async () => {
    await open();
    rig.card.wills.push('decline');
    rig.card.fates.push('lose-answer');
    await rig.pay();
    await rig.time.pass(MINUTE);
    expect([await rig.state(P), await rig.topUps()]).toEqual(['failed', []]);
    expect(rig.mails.map(({template, data}) => [template, data.failure])).toEqual([['payment-failed', 'insufficient_funds']]);
  });

  test('F9: a request that was lost is sent again with the same key: one charge', async () => {
    await open();
    rig.card.fates.push('lose-request');
    await rig.pay();
    await rig.time.pass(MINUTE);
    expect(rig.card.calls).toEqual([`submit ${P}`, `ask ${P}`, `submit ${P}`]);
    expect(rig.card.received).toEqual([`${P} spbs:test:${P}:1`]);
    expect(await rig.topUps()).toEqual(oneCredit);
  });

  test('F9: a delayed request and its repetition are one charge', async () => {
    await open();
    rig.card.fates.push('delay');
    await rig.pay();
    await rig.time.pass(MINUTE);
    rig.card.deliver();
    await rig.time.pass(DAY);
    expect(await rig.topUps()).toEqual(oneCredit);
    expect(rig.card.breaches).toEqual([]);
  });

  test('F11: a provider that asks for fewer requests is asked less and less often, with one key', async () => {
    await open();
    rig.card.fates.push(...Array.from({length: 7}, () => 'not-sent' as const));
    await rig.pay();
    await rig.time.pass(10 * MINUTE);
    // At once, and 2 s, 10 s, 30 s, 1 min, 2 min, 5 min after the one before: seven within ten minutes.
    expect(rig.card.calls).toHaveLength(7);
    await rig.time.pass(5 * MINUTE);
    expect(new Set(rig.card.received)).toEqual(new Set([`${P} spbs:test:${P}:1`]));
    expect(await rig.topUps()).toEqual(oneCredit);
  });

  test('F12: a key that is being worked on is waited for', async () => {
    await open();
    rig.card.fates.push('in-flight');
    await rig.pay();
    await rig.time.pass(5 * SECOND);
    expect(await rig.state(P)).toBe('unknown');
    await rig.time.pass(MINUTE);
    expect(await rig.topUps()).toEqual(oneCredit);
    expect(rig.card.paid().size).toBe(1);
  });

  test('F39: after the window of the key it is only asked, and fails by proof', async () => {
    await open();
    rig.card.fates.push('lose-request', ...Array.from({length: 40}, () => 'lose-request' as const));
    await rig.pay();
    await rig.time.pass(23 * HOUR);
    const before = rig.card.calls.length;
    rig.card.fates.splice(0);
    await rig.time.pass(3 * DAY);
    expect(rig.card.calls.slice(before).every((call) => call.startsWith('ask'))).toBe(true);
    expect([await rig.state(P), rig.card.received, await rig.topUps()]).toEqual(['failed', [], []]);
    expect((await rig.payments.timeline(P))?.failure).toBe(OWN.notFound);
  });

  test('a key that was used for two bodies is an incident, and is asked about, never sent again', async () => {
    await open();
    rig.card.tells = {kind: 'wrong', why: 'one key was used for two requests'};
    rig.card.wills.push('pay');
    await rig.pay();
    await rig.time.pass(SECOND);
    expect([await rig.state(P), await rig.incidents()]).toEqual(['unknown', [`payment.disagreement ${P}`]]);
    await rig.time.pass(MINUTE);
    expect(rig.card.calls).toEqual([`submit ${P}`, `ask ${P}`]);
    expect([await rig.topUps(), await rig.incidents()]).toEqual([oneCredit, []]);
  });

  test('a student whose address changed between two sends gets another key, for nothing had been sent', async () => {
    await open();
    rig.card.fates.push('not-sent');
    await rig.pay('hosted');
    await rig.time.pass(SECOND);
    await rig.act(({db}) => db.updateTable('student').set({email: 'new@uni.test'}).where('account', '=', STUDENT).execute());
    await rig.time.pass(MINUTE);
    expect(rig.card.received).toEqual([`${P} spbs:test:${P}:2`]);
    expect(rig.card.breaches).toEqual([]);
  });

  test('a hosted payment whose words changed since it was sent is only asked about', async () => {
    await open();
    rig.card.fates.push('lose-request');
    await rig.pay('hosted');
    await rig.time.pass(SECOND);
    await rig.act(({db}) => db.updateTable('student').set({email: 'new@uni.test'}).where('account', '=', STUDENT).execute());
    await rig.time.pass(3 * DAY);
    expect([await rig.state(P), rig.card.received, rig.card.breaches]).toEqual(['failed', [], []]);
  });

  test('a method that was removed before anything was sent is not charged', async () => {
    await open();
    rig.card.fates.push('not-sent');
    await rig.pay();
    await rig.time.pass(SECOND);
    await rig.act((tx) => rig.payments.methods.remove(tx, {site: SITE, account: STUDENT, method: 'method-card-ann'}));
    await rig.time.pass(MINUTE);
    expect([await rig.state(P), rig.card.received]).toEqual(['canceled', []]);
  });
});

describe('a hosted payment', () => {
  test('waits on the provider’s page, and is credited when the provider says so', async () => {
    await open();
    await rig.pay('hosted');
    await rig.payments.lookNow(P, 'student');
    expect((await rig.payments.timeline(P))?.todo).toEqual({kind: 'open-page', url: `https://pay.test/${P}`});
    rig.card.decide(P, 'paid');
    await rig.time.pass(3 * SECOND);
    await rig.payments.lookNow(P, 'return');
    expect([await rig.state(P), await rig.topUps()]).toEqual(['succeeded', oneCredit]);
    expect((await rig.payments.timeline(P))?.todo).toEqual({kind: 'nothing'});
  });

  test('keeps the card where the student asked for it, and not otherwise', async () => {
    await open();
    await rig.pay('hosted', {save: true});
    await rig.pay('hosted', {id: 'payment-00000002'});
    await rig.time.pass(SECOND);
    for (const payment of [P, 'payment-00000002']) rig.card.decide(payment, 'paid');
    await rig.time.pass(2 * MINUTE);
    const methods = await rig.payments.methods.list(SITE, STUDENT);
    expect(methods.map(({provider, label}) => [provider, label])).toEqual([['card', 'Visa ending 4242']]);
    expect(await rig.topUps()).toHaveLength(2);
  });

  test('F16: no webhook, no return: the janitor finds out within minutes', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(SECOND);
    rig.card.decide(P, 'paid');
    await rig.time.pass(MINUTE);
    expect(await rig.topUps()).toEqual(oneCredit);
  });

  test('F16: pages that ask in the meantime do not put off the look of the janitor', async () => {
    await open();
    await rig.pay('hosted');
    for (let loads = 0; loads < 4; loads++) {
      await rig.time.pass(3 * SECOND);
      await rig.payments.lookNow(P, 'student');
    }
    rig.card.decide(P, 'paid');
    await rig.time.pass(MINUTE - 12 * SECOND);
    expect(await rig.topUps()).toEqual(oneCredit);
  });

  test('whose student is back within two seconds is asked about again', async () => {
    await open();
    await rig.pay('hosted');
    await rig.payments.lookNow(P, 'student');
    rig.card.decide(P, 'paid');
    await rig.payments.lookNow(P, 'return');
    expect(await rig.topUps()).toEqual(oneCredit);
  });

  test('is ended at the provider after half an hour, and only then given up', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(29 * MINUTE);
    expect(await rig.state(P)).toBe('action_required');
    await rig.time.pass(2 * MINUTE);
    expect([await rig.state(P), rig.card.charges.get(P)?.state]).toEqual(['canceled', 'ended']);
    expect((await rig.payments.timeline(P))?.failure).toBe(OWN.notFinished);
    expect(rig.mails).toEqual([]);
  });

  test('F21: paid at the instant of its end, it is credited', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(29 * MINUTE);
    rig.card.decide(P, 'paid');
    await rig.time.pass(5 * MINUTE);
    expect([await rig.state(P), await rig.topUps()]).toEqual(['succeeded', oneCredit]);
  });

  test('F20: money that comes after it was given up is credited once, and the student is told', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(31 * MINUTE);
    expect(await rig.state(P)).toBe('canceled');
    const late = rig.card.charges.get(P);
    if (late !== undefined) late.state = 'paid';
    await rig.hook('evt_late');
    await rig.hook('evt_late');
    await rig.time.pass(MINUTE);
    expect([await rig.state(P), await rig.topUps()]).toEqual(['succeeded', oneCredit]);
    expect(rig.mails.map(({template, data}) => [template, data.late])).toEqual([['payment-succeeded', true]]);
    expect((await rig.steps(P)).at(-1)).toBe('paid-late');
  });

  test('F18: a forged return credits nothing', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(SECOND);
    const route = rig.payments.machine.find(({path}) => path === '/paid/:part');
    const call = {part: P, query: new Map([['status', 'success']]), header: () => undefined, body: Buffer.alloc(0), address: ''};
    const answer = await route?.act(call);
    expect([answer?.status, answer?.text]).toEqual([200, expect.stringContaining(`url=/payments/${P}`)]);
    expect([await rig.state(P), await rig.topUps()]).toEqual(['action_required', []]);
    expect((await route?.act({...call, part: '"><script>'}))?.status).toBe(404);
  });

  test('a page that is loaded again and again asks the provider no more often than every two seconds', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(5 * SECOND);
    const before = rig.card.calls.length;
    for (let loads = 0; loads < 20; loads++) await rig.payments.lookNow(P, 'student');
    expect(rig.card.calls.length - before).toBe(1);
  });

  test('a second click waits for the look of the first, as long as a page waits', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(5 * SECOND);
    rig.card.fates.push('never-before');
    const first = rig.payments.lookNow(P, 'student');
    await rig.time.pass(SECOND);
    let shown = false;
    const second = rig.payments.lookNow(P, 'student').then(() => {
      shown = true;
    });
    await rig.time.pass(SECOND);
    expect(shown).toBe(false);
    await rig.time.pass(8 * SECOND);
    await Promise.all([first, second]);
    expect(rig.card.calls.filter((call) => call.startsWith('ask'))).toHaveLength(1);
  });

  test('a page waits eight seconds for a provider that hangs', async () => {
    await open();
    await rig.pay('hosted');
    await rig.time.pass(5 * SECOND);
    rig.card.fates.push('never-before');
    let shown = false;
    const page = rig.payments.lookNow(P, 'student').then(() => {
      shown = true;
    });
    await rig.time.pass(8 * SECOND - 1);
    expect(shown).toBe(false);
    await rig.time.pass(1);
    await page;
    expect(await rig.state(P)).toBe('action_required');
  });
});
