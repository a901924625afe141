// Account codes at the desk, over HTTP: given, shown to who may give them, ended after the question.
import {afterEach, beforeEach, expect, test} from 'vitest';
import {get, openDesk, post, type DeskRig} from '../../rig/desk/rig.ts';
import {POLICY} from '../../rig/desk/seen.ts';

let rig: DeskRig;
let clerk = '';
beforeEach(async () => {
  rig = await openDesk();
  clerk = await rig.cookie('carl');
});
afterEach(() => rig.close());

/** `*81234#0207…`: four digits. */
const publish = () => rig.store.transact((tx) => rig.given.publish.policy(tx, {id: 'ada', role: 'admin'}, {site: 'north', policy: POLICY}));
const text = async (path: string, cookie = clerk): Promise<string> => (await get(rig, path, cookie)).text();
const codes = () => rig.store.reading.selectFrom('account_code').select(['id', 'account', 'code', 'to_at']).execute();

test('a site whose dial plan has no codes gives none', async () => {
  expect(await text('/desk/students/amara')).not.toContain('Account codes');
  expect((await post(rig, '/desk/students/amara/code', {code: '1234'}, clerk)).status).toBe(303);
  expect(await codes()).toEqual([]);
});

test('a clerk gives a code, and ends it after the question', async () => {
  await publish();
  expect((await post(rig, '/desk/students/amara/code', {code: '1234'}, clerk)).status).toBe(303);
  const [code] = await codes();
  expect(code).toMatchObject({account: 'amara', code: '1234', to_at: null});
  expect(await text('/desk/students/amara')).toContain('<code>1234</code>');
  const path = `/desk/codes/${code?.id}/end`;
  expect(await (await post(rig, path, {}, clerk)).text()).toContain('Somebody else may be given the same code.');
  expect((await codes())[0]?.to_at).toBeNull();
  expect((await post(rig, path, {sure: 'yes'}, clerk)).status).toBe(303);
  expect((await codes())[0]?.to_at).not.toBeNull();
  expect((await rig.acts()).map(({by, act}) => [by, act]).slice(1)).toEqual([
    ['carl', 'account-code-give'],
    ['carl', 'account-code-end'],
  ]);
  // It is nobody's now.
  expect((await post(rig, '/desk/students/ben/code', {code: '1234'}, clerk)).status).toBe(303);
});

test('what is typed wrong, or is somebody else’s, is said beside the field', async () => {
  await publish();
  await post(rig, '/desk/students/amara/code', {code: '1234'}, clerk);
  for (const [typed, said] of [
    ['', 'This is not an account code of this site: write 4 digits'],
    ['12345', 'This is not an account code of this site: write 4 digits'],
    ['12 4', 'This is not an account code of this site: write 4 digits'],
    ['1234', 'Amara Obi (amara) has this code: choose another one'],
  ] as const) {
    const answer = await post(rig, '/desk/students/ben/code', {code: typed}, clerk);
    expect([typed, answer.status]).toEqual([typed, 422]);
    expect(await answer.text()).toContain(said);
  }
});

test('somebody who only looks is not shown a code', async () => {
  await publish();
  await post(rig, '/desk/students/amara/code', {code: '1234'}, clerk);
  const seen = await text('/desk/students/amara', await rig.cookie('vera'));
  expect(seen).toContain('Account codes');
  expect(seen).not.toContain('1234');
});
