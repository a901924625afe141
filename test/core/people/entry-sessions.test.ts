// Sessions of students and staff on the real file: found by the secret only, ended by time, by hand and by the desk.
import {readFileSync} from 'node:fs';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {later} from '../../../shared/time/instant.ts';
import {isSecret} from '../../../shared/web/secret.ts';
import {DAY, HOUR, KIM, MINUTE, NOW, openEntry, SAM, type EntryGround} from './entry-ground.ts';

let ground: EntryGround;
beforeEach(async () => {
  ground = await openEntry();
});
afterEach(() => ground.close());

const rows = async (): Promise<number> => (await ground.store.reading.selectFrom('session').select('token_hash').execute()).length;

describe('a session', () => {
  test('is found by its secret, with the person as the database knows him', async () => {
    const {sessions} = ground;
    const [staff, student] = [await ground.begin(KIM), await ground.begin(SAM)];
    expect(isSecret(staff) && isSecret(student)).toBe(true);
    expect(await sessions.findStaff(staff, NOW)).toMatchObject({audience: 'staff', subject: 'kim', name: 'kim of the desk', role: 'clerk'});
    expect(await sessions.findStudent(student, NOW)).toMatchObject({
      audience: 'student',
      subject: 'a1',
      name: 'Student a1',
      site: 'north',
      zone: 'Europe/London',
      language: 'en-GB',
    });
  });

  test('is of one audience: its secret opens nothing in the other', async () => {
    const {sessions} = ground;
    // The same subject on both sides, so that only the audience tells them apart.
    await ground.store.transact(async ({db}) => {
      await db.updateTable('staff').set({id: 'a1'}).where('id', '=', 'kim').execute();
    });
    const [staff, student] = [await ground.begin({audience: 'staff', subject: 'a1'}), await ground.begin(SAM)];
    expect(await sessions.findStudent(staff, NOW)).toBeUndefined();
    expect(await sessions.findStaff(student, NOW)).toBeUndefined();
    expect((await sessions.findStaff(staff, NOW))?.subject).toBe('a1');
  });

  test('is found by nothing but its secret', async () => {
    const secret = await ground.begin(KIM);
    const other = secret.startsWith('A') ? `B${secret.slice(1)}` : `A${secret.slice(1)}`;
    for (const wrong of [other, secret.slice(1), `${secret}A`, '', "' OR 1=1 --"]) {
      expect(await ground.sessions.findStaff(wrong, NOW)).toBeUndefined();
    }
  });

  test('leaves nothing on the disk that opens the door', async () => {
    const secret = await ground.begin(KIM);
    const link = await ground.issue({purpose: 'staff-reset', subject: 'kim'});
    const bytes = Buffer.concat(['', '-wal'].map((ending) => readFileSync(ground.path + ending)));
    expect(bytes.includes('kim of the desk')).toBe(true);
    for (const each of [secret, link]) {
      expect(bytes.includes(each)).toBe(false);
      expect(bytes.includes(Buffer.from(each, 'base64url'))).toBe(false);
    }
  });

  test.for([
    {person: KIM, idle: 30 * MINUTE, longest: 12 * HOUR, step: 29 * MINUTE},
    {person: SAM, idle: 14 * DAY, longest: 90 * DAY, step: 13 * DAY},
  ] as const)('of $person.audience ends after $idle ms without anything, and after $longest ms however busy', async (each) => {
    const {person, idle, longest, step} = each;
    const find = (secret: string, after: number): Promise<unknown> =>
      person.audience === 'staff'
        ? ground.sessions.findStaff(secret, later(NOW, after))
        : ground.sessions.findStudent(secret, later(NOW, after));
    const left = await ground.begin(person);
    expect(await find(left, idle)).toBeUndefined();
    expect(await find(left, idle - 1)).toBeDefined();
    // Seen a moment before it would have ended: it lives on from there.
    expect(await find(left, idle + MINUTE)).toBeDefined();

    const busy = await ground.begin(person);
    let at = step;
    for (; at < longest; at += step) expect(await find(busy, at)).toBeDefined();
    expect(await find(busy, longest)).toBeUndefined();
  });

  test('does not live longer when the clock is set back', async () => {
    const secret = await ground.begin(KIM);
    expect(await ground.sessions.findStaff(secret, later(NOW, -29 * MINUTE))).toBeDefined();
    expect(await ground.sessions.findStaff(secret, later(NOW, -90 * MINUTE))).toBeUndefined();
  });

  test('stands without being seen', async () => {
    const {sessions} = ground;
    const secret = await ground.begin(KIM);
    const session = await sessions.findStaff(secret, NOW);
    if (session === undefined) throw new Error('no session');
    expect(await sessions.stands(session, later(NOW, 29 * MINUTE))).toBe(true);
    // Had that counted, it would have lasted until 59 minutes.
    expect(await sessions.stands(session, later(NOW, 30 * MINUTE))).toBe(false);
    await sessions.end(session);
    expect(await sessions.stands(session, NOW)).toBe(false);
    expect(await sessions.findStaff(secret, NOW)).toBeUndefined();
  });

  test('ends at once when the person is disabled, and knows a new role at once', async () => {
    const {sessions, store} = ground;
    const [staff, student] = [await ground.begin(KIM), await ground.begin(SAM)];
    const before = await sessions.findStaff(staff, NOW);
    await store.transact(async ({db}) => {
      await db.updateTable('staff').set({role: 'viewer'}).where('id', '=', 'kim').execute();
    });
    expect((await sessions.findStaff(staff, NOW))?.role).toBe('viewer');
    await store.transact(async ({db}) => {
      await db.updateTable('staff').set({disabled_at: NOW}).where('id', '=', 'kim').execute();
      await db.updateTable('student').set({closed_at: NOW}).where('account', '=', 'a1').execute();
    });
    expect(await sessions.findStaff(staff, NOW)).toBeUndefined();
    expect(await sessions.findStudent(student, NOW)).toBeUndefined();
    expect(before === undefined || (await sessions.stands(before, NOW))).toBe(false);
  });

  test('takes the place of the one that the browser had before', async () => {
    const {sessions, store} = ground;
    const first = await ground.begin(KIM);
    const old = await sessions.findStaff(first, NOW);
    const second = await store.transact((tx) => sessions.begin(tx, KIM, NOW, old));
    expect(await sessions.findStaff(first, NOW)).toBeUndefined();
    expect(await sessions.findStaff(second, NOW)).toBeDefined();
    expect(second).not.toBe(first);
  });
});

test('a person has at most ten: the one that was not seen for longest gives way', async () => {
  const secrets: string[] = [];
  for (let count = 0; count < 10; count++) {
    secrets.push(await ground.begin(KIM));
    ground.pass(MINUTE);
  }
  const [first = '', second = ''] = secrets;
  expect(await ground.sessions.findStaff(first, ground.now())).toBeDefined();
  ground.pass(MINUTE);
  await ground.begin(KIM);
  await ground.begin({audience: 'staff', subject: 'lee'});
  expect(await rows()).toBe(11);
  expect(await ground.sessions.findStaff(first, ground.now())).toBeDefined();
  expect(await ground.sessions.findStaff(second, ground.now())).toBeUndefined();
});

test('what has ended is removed when somebody signs in', async () => {
  await ground.begin(KIM);
  await ground.begin(SAM);
  ground.pass(31 * MINUTE);
  await ground.begin({audience: 'staff', subject: 'lee'});
  // Kim's is gone; the student's lasts for days.
  expect(await rows()).toBe(2);
});

test('all of a person end, but one if that is asked, and nobody else’s', async () => {
  const {sessions, store} = ground;
  const [one, two, student] = [await ground.begin(KIM), await ground.begin(KIM), await ground.begin(SAM)];
  const kept = await sessions.findStaff(one, NOW);
  expect(await store.transact((tx) => sessions.endAllOf(tx, KIM, kept))).toBe(1);
  expect(await sessions.findStaff(one, NOW)).toBeDefined();
  expect(await sessions.findStaff(two, NOW)).toBeUndefined();
  expect(await store.transact((tx) => sessions.endAllOf(tx, KIM))).toBe(1);
  expect(await sessions.findStaff(one, NOW)).toBeUndefined();
  expect(await sessions.findStudent(student, NOW)).toBeDefined();
});
