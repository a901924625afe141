// How payments come into being: by the student's wish, and by cash at the desk.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {Wish} from '../../../cloud/payment/create.ts';
import {openRig, P, pounds, SITE, STUDENT, type Rig} from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
  await rig.saveCard('card', 'bob');
});
afterEach(() => rig.close());
const hosted: Wish = {id: P, site: SITE, account: STUDENT, amount: '10', how: {kind: 'hosted', provider: 'card', save: false}};
const create = (wish: Partial<Wish>) => rig.act((tx) => rig.payments.create(tx, {...hosted, ...wish}));

describe('a wish', () => {
  test.for<[Partial<Wish>, string]>([
    [{id: 'short'}, 'id-invalid'],
    [{id: 'x'.repeat(37)}, 'id-invalid'],
    [{id: "payment-1'; DROP--"}, 'id-invalid'],
    [{account: 'nobody'}, 'account-unknown'],
    [{site: 'elsewhere'}, 'account-unknown'],
    [{amount: '0'}, 'amount-not-positive'],
    [{amount: '-5'}, 'amount-not-positive'],
    [{amount: '1000000000000'}, 'amount-too-large'],
    [{amount: 'ten'}, 'amount-unreadable'],
    [{amount: '10.001'}, 'amount-too-precise'],
    [{how: {kind: 'saved', method: 'no-such-method'}}, 'method-unknown'],
    [{how: {kind: 'saved', method: 'method-card-bob'}}, 'method-unknown'],
    [{how: {kind: 'hosted', provider: 'cashless', save: false}}, 'provider-unavailable'],
  ])('%o is refused as %s', async ([wish, code]) => {
    expect(await create(wish)).toEqual({kind: 'refused', code});
    expect(await rig.payments.list({site: SITE, most: 10})).toEqual([]);
  });

  test('of a student who has left is refused', async () => {
    await rig.act(({db}) => db.updateTable('student').set({closed_at: 1}).where('account', '=', STUDENT).execute());
    expect(await create({})).toEqual({kind: 'refused', code: 'account-closed'});
  });

  test('that is taken back with its transaction was never there', async () => {
    const work = rig.act(async (tx) => {
      await rig.payments.create(tx, hosted);
      throw new Error('the page failed');
    });
    await expect(work).rejects.toThrow('the page failed');
    expect(await rig.payments.timeline(P)).toBeUndefined();
  });

  test('gets an id of 32 characters that none has had', () => {
    const ids = Array.from({length: 1000}, () => rig.payments.newId());
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
  });
});

describe('cash at the desk', () => {
  const cash = {id: P, site: SITE, account: STUDENT, amount: '12.50', by: 'sue', reason: 'paid in notes'};
  const take = (wish: Partial<typeof cash> = {}) => rig.act((tx) => rig.payments.takeCash(tx, {...cash, ...wish}));

  test('is credited at once from the drawer, audited and mailed, in one commit', async () => {
    expect(await take()).toEqual({kind: 'created', payment: P});
    expect([await rig.balance(STUDENT), await rig.balance('cash')]).toEqual([pounds(12.5), -pounds(12.5)]);
    expect(await rig.steps(P)).toEqual(['asked-for', 'sending', 'paid']);
    expect(rig.audits).toMatchObject([{by: 'sue', act: 'payment.cash', site: SITE, subject: STUDENT}]);
    expect(rig.mails.map(({template}) => template)).toEqual(['payment-succeeded']);
    expect((await rig.payments.timeline(P))?.steps.map(({source}) => source)).toEqual(['sue', 'sue', 'sue']);
  });

  test('by the same id is taken once', async () => {
    await take();
    expect(await take()).toEqual({kind: 'again', payment: P});
    expect(await take({amount: '13'})).toEqual({kind: 'refused', code: 'id-taken'});
    expect(await rig.balance(STUDENT)).toBe(pounds(12.5));
    expect(rig.audits).toHaveLength(1);
  });

  test('in a wrong amount is refused', async () => {
    expect(await take({amount: '0'})).toEqual({kind: 'refused', code: 'amount-not-positive'});
    expect(await rig.balance(STUDENT)).toBe(0);
  });

  test('is never asked about at a provider', async () => {
    await take();
    rig.payments.start();
    await rig.payments.lookNow(P, 'student');
    await rig.hook('evt_1', P);
    await rig.time.pass(120_000);
    expect([rig.card.calls, rig.cashless.calls]).toEqual([[], []]);
  });
});

test('lists the newest first, of one student or of all, page by page', async () => {
  for (const [index, id] of ['payment-0000000a', 'payment-0000000b', 'payment-0000000c'].entries()) {
    await create({id, account: index === 1 ? 'bob' : STUDENT});
    await rig.time.pass(1000);
  }
  const ids = async (of: {account?: string; before?: number; most: number}) =>
    (await rig.payments.list({site: SITE, ...of})).map(({id}) => id.at(-1));
  expect(await ids({most: 10})).toEqual(['c', 'b', 'a']);
  expect(await ids({most: 10, account: STUDENT})).toEqual(['c', 'a']);
  const [, second] = await rig.payments.list({site: SITE, most: 2});
  expect(await ids({most: 10, before: second?.createdAt ?? 0})).toEqual(['a']);
});
