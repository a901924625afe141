// One-time links on the real file: opened as often as a scanner likes, spent once.
import {afterEach, beforeEach, expect, test} from 'vitest';
import {DAY, HOUR, openEntry, type EntryGround} from './entry-ground.ts';

let ground: EntryGround;
beforeEach(async () => {
  ground = await openEntry();
});
afterEach(() => ground.close());

const RESET = {purpose: 'student-reset', subject: 'a1'} as const;
const spend = (secret: string): Promise<unknown> => ground.store.transact((tx) => ground.links.spend(tx, secret, ground.now()));

test('a link is good however often it is looked at, and once for what it is for', async () => {
  const secret = await ground.issue(RESET);
  for (let count = 0; count < 5; count++) expect(await ground.links.look(secret, ground.now())).toEqual(RESET);
  expect(await spend(secret)).toEqual(RESET);
  expect(await spend(secret)).toBeUndefined();
  expect(await ground.links.look(secret, ground.now())).toBeUndefined();
});

test('of two who spend it at once one is first', async () => {
  const secret = await ground.issue(RESET);
  const done = await Promise.all(Array.from({length: 8}, () => spend(secret)));
  expect(done.filter((each) => each !== undefined)).toEqual([RESET]);
});

test('it is not spent if what was done with it is undone', async () => {
  const secret = await ground.issue(RESET);
  const work = ground.store.transact(async (tx) => {
    await ground.links.spend(tx, secret, ground.now());
    throw new Error('the rest failed');
  });
  await expect(work).rejects.toThrow('the rest failed');
  expect(await spend(secret)).toEqual(RESET);
});

test.for([
  [{purpose: 'student-reset', subject: 'a1'}, HOUR],
  [{purpose: 'staff-reset', subject: 'kim'}, HOUR],
  [{purpose: 'student-register', subject: 'a1'}, DAY],
  [{purpose: 'staff-invite', subject: 'kim'}, DAY],
  [{purpose: 'first-admin', subject: ''}, DAY],
] as const)('%j lasts %i ms', async ([link, lasts]) => {
  const secret = await ground.issue(link);
  ground.pass(lasts - 1);
  expect(await ground.links.look(secret, ground.now())).toEqual(link);
  ground.pass(1);
  expect(await ground.links.look(secret, ground.now())).toBeUndefined();
  expect(await spend(secret)).toBeUndefined();
});

test('a newer one for the same makes it worthless, one for somebody else does not', async () => {
  const [first, other, invite] = [
    await ground.issue(RESET),
    await ground.issue({...RESET, subject: 'a2'}),
    await ground.issue({purpose: 'student-register', subject: 'a1'}),
  ];
  const second = await ground.issue(RESET);
  expect(await spend(first)).toBeUndefined();
  expect(await spend(second)).toEqual(RESET);
  expect(await spend(other)).toEqual({...RESET, subject: 'a2'});
  expect(await spend(invite)).toBeDefined();
});

test('nothing but the secret opens it', async () => {
  const secret = await ground.issue(RESET);
  const other = secret.startsWith('A') ? `B${secret.slice(1)}` : `A${secret.slice(1)}`;
  for (const wrong of [other, '', secret.slice(1), `${secret}=`]) expect(await spend(wrong)).toBeUndefined();
});

test('those that are too old do not stay', async () => {
  await ground.issue(RESET);
  ground.pass(2 * HOUR);
  await ground.issue({...RESET, subject: 'a2'});
  expect(await ground.store.reading.selectFrom('one_time_link').select('subject').execute()).toEqual([{subject: 'a2'}]);
});
