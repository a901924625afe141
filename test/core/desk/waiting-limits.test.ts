// The limits on calls that wait, at the desk: what is typed, what is asked once more, what is published to the box.
import {afterEach, beforeEach, expect, test} from 'vitest';
import {must} from '../../../shared/assert/assert.ts';
import {get, openDesk, post, type DeskRig} from '../../rig/desk/rig.ts';
import {POLICY} from '../../rig/desk/seen.ts';

const PATH = '/desk/sites/north/waiting-limits';
const SITE = '/desk/sites/north';

let rig: DeskRig;
let admin: string;
beforeEach(async () => {
  rig = await openDesk();
  admin = await rig.cookie('ada');
  await rig.store.transact((tx) => rig.given.publish.policy(tx, {id: 'ada', role: 'admin'}, {site: 'north', policy: POLICY}));
});
afterEach(() => rig.close());

const published = async () => must(await rig.given.published.policyOf(rig.store.reading, 'north'), 'rules');
const textOf = async (path: string): Promise<string> => (await get(rig, path, admin)).text();
const input = (name: string, value: string): RegExp => new RegExp(`<input[^>]*name="${name}"[^>]*value="${value}"`);

test('begin with what a site has whose rules name none, and stand on the page of the site', async () => {
  expect(await published()).not.toHaveProperty('unbillable');
  const form = await textOf(PATH);
  expect(form).toMatch(input('calls', '5'));
  expect(form).toMatch(input('minutes', '30'));
  expect(form).toMatch(/value="no"[^>]*checked/);
  expect(await textOf(SITE)).toContain('5 calls or 30 minutes of a line in 24 hours; above that staff are told<');
});

test('are said in a sentence, then published with all other rules as they were', async () => {
  const before = await published();
  const fields = {calls: '3', minutes: '120', locks: 'yes'};
  const asked = await (await post(rig, PATH, fields, admin)).text();
  expect(asked).toContain('more than 3 calls, or 120 minutes, of a line wait');
  expect(asked).toContain('the line is locked as well');
  expect(await published()).toEqual(before);
  expect((await post(rig, PATH, {...fields, sure: 'yes'}, admin)).status).toBe(303);
  expect(await published()).toEqual({...before, unbillable: {calls: 3, minutes: 120, locks: true}});
  expect(await textOf(SITE)).toContain('3 calls or 120 minutes of a line in 24 hours; above that staff are told and the line is locked');
  expect((await rig.acts()).at(-1)).toMatchObject({by: 'ada', act: 'policy', subject: 'north'});
  // The same once more is no change.
  expect((await post(rig, PATH, fields, admin)).status).toBe(422);
});

test('stay when another rule is changed', async () => {
  await post(rig, PATH, {calls: '3', minutes: '120', locks: 'yes', sure: 'yes'}, admin);
  await post(rig, `${SITE}/mode`, {mode: 'watch', sure: 'yes'}, admin);
  expect(await published()).toMatchObject({mode: 'watch', unbillable: {calls: 3, minutes: 120, locks: true}});
});

test.for([
  ['calls', {calls: '0', minutes: '30', locks: 'no'}],
  ['calls', {calls: '1001', minutes: '30', locks: 'no'}],
  ['calls', {calls: 'five', minutes: '30', locks: 'no'}],
  ['minutes', {calls: '5', minutes: '1441', locks: 'no'}],
  ['minutes', {calls: '5', minutes: '', locks: 'no'}],
  ['locks', {calls: '5', minutes: '30', locks: 'perhaps'}],
] as const)('that are wrong in %s are said beside it: %o', async ([name, fields]) => {
  const before = await published();
  const answer = await post(rig, PATH, {...fields, sure: 'yes'}, admin);
  expect(answer.status).toBe(422);
  expect((await answer.text()).match(/id="\w+-error"/g)).toEqual([`id="${name}-error"`]);
  expect(await published()).toEqual(before);
});
