// Signing in by address and password, and choosing the password, on the real file with real hashes.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {PortalEntry} from '../../../cloud/portal/given.ts';
import type {StaffSession} from '../../../cloud/web/route.ts';
import {shortestOfEach} from '../shortest.ts';
import {HOUR, MINUTE, openEntry, type EntryGround} from './entry-ground.ts';

let ground: EntryGround;
beforeEach(async () => {
  ground = await openEntry();
});
afterEach(() => ground.close());

const PASSWORD = 'four grey herons wade';
const OTHER = 'seven red kites circle';

type Outcome = {readonly kind: string; readonly secret?: string};

const as = (email: string, password = PASSWORD): {readonly email: string; readonly password: string} => ({email, password});
const from = (address = '10.0.0.1'): {readonly address: string; readonly session: undefined} => ({address, session: undefined});
const enter = (email: string, password = PASSWORD, address?: string): Promise<Outcome> =>
  ground.student.signIn(as(email, password), from(address));

/** By the link that the desk sends. */
async function register(subject = 'a1'): Promise<string> {
  const secret = await ground.issue({purpose: 'student-register', subject});
  const done = await ground.student.spend({use: 'register', secret, password: PASSWORD}, from());
  if (done.kind !== 'in') throw new Error(done.kind);
  return done.secret;
}

async function invite(): Promise<StaffSession> {
  const secret = await ground.issue({purpose: 'staff-invite', subject: 'kim'});
  const done = await ground.staff.spend({use: 'invite', secret, password: PASSWORD}, from());
  const session = done.kind === 'in' ? await ground.sessions.findStaff(done.secret, ground.now()) : undefined;
  if (session === undefined) throw new Error(done.kind);
  return session;
}

const studentOf = async ({secret = ''}: Outcome): Promise<string | undefined> =>
  (await ground.sessions.findStudent(secret, ground.now()))?.subject;

describe('choosing a password by a link', () => {
  test('signs in; then address and password do, in any case of the address', async () => {
    const secret = await register();
    expect(await studentOf({kind: 'in', secret})).toBe('a1');
    for (const email of ['sam@hall.example', ' SAM@Hall.Example ']) expect(await studentOf(await enter(email))).toBe('a1');
  });

  test('shows whose it is before anything is spent, and only for what the link is for', async () => {
    const secret = await ground.issue({purpose: 'staff-invite', subject: 'kim'});
    const whose = {email: 'Kim@hall.example', name: 'kim of the desk'};
    expect(await ground.staff.look('invite', secret)).toEqual(whose);
    expect(await ground.staff.look('invite', secret)).toEqual(whose);
    expect(await ground.staff.look('reset', secret)).toBeUndefined();
    expect(await ground.student.look('register', secret)).toBeUndefined();
    expect((await ground.student.spend({use: 'register', secret, password: PASSWORD}, from())).kind).toBe('gone');
    expect((await ground.staff.spend({use: 'reset', secret, password: PASSWORD}, from())).kind).toBe('gone');
    expect(await ground.staff.look('invite', secret)).toEqual(whose);
  });

  test('refuses a weak one and keeps the link', async () => {
    const secret = await ground.issue({purpose: 'staff-invite', subject: 'kim'});
    const choose = (password: string): Promise<unknown> => ground.staff.spend({use: 'invite', secret, password}, from());
    expect(await choose('short')).toEqual({kind: 'weak', fault: 'too-short'});
    expect(await choose('password1234')).toEqual({kind: 'weak', fault: 'well-known'});
    expect(await choose('Kim of the desk')).toEqual({kind: 'weak', fault: 'is-the-name'});
    expect(await choose(PASSWORD)).toMatchObject({kind: 'in'});
    expect(await choose(OTHER)).toEqual({kind: 'gone'});
  });

  test('of two at once one is first', async () => {
    const secret = await ground.issue({purpose: 'student-register', subject: 'a1'});
    const done = await Promise.all([PASSWORD, OTHER].map((password) => ground.student.spend({use: 'register', secret, password}, from())));
    expect(done.map(({kind}) => kind).toSorted()).toEqual(['gone', 'in']);
  });

  test('ends all sessions of the old one, and other links that could set it', async () => {
    const old = await register();
    const [invited, reset] = [
      await ground.issue({purpose: 'student-register', subject: 'a1'}),
      await ground.issue({purpose: 'student-reset', subject: 'a1'}),
    ];
    expect((await ground.student.spend({use: 'reset', secret: reset, password: OTHER}, from())).kind).toBe('in');
    expect(await studentOf({kind: 'in', secret: old})).toBeUndefined();
    expect(await ground.student.look('register', invited)).toBeUndefined();
    expect((await enter('sam@hall.example')).kind).toBe('wrong');
    expect((await enter('sam@hall.example', OTHER)).kind).toBe('in');
  });

  test('is nothing for somebody who was closed since', async () => {
    const secret = await ground.issue({purpose: 'student-register', subject: 'a1'});
    await ground.store.transact(async ({db}) => {
      await db.updateTable('student').set({closed_at: ground.now()}).where('account', '=', 'a1').execute();
    });
    expect(await ground.student.look('register', secret)).toBeUndefined();
    expect((await ground.student.spend({use: 'register', secret, password: PASSWORD}, from())).kind).toBe('gone');
  });
});

describe('signing in', () => {
  test('says the same of a wrong password, an unknown address, one without a password, and the other audience', async () => {
    await register();
    for (const [email, password] of [
      ['sam@hall.example', OTHER],
      ['nobody@hall.example', PASSWORD],
      ['pat@hall.example', PASSWORD],
    ] as const) {
      expect(await enter(email, password)).toEqual({kind: 'wrong'});
    }
    expect(await ground.staff.signIn(as('sam@hall.example'), from())).toEqual({kind: 'wrong'});
  });

  test('takes as long for somebody who does not exist', async () => {
    await register();
    const refused = (email: string) => async (): Promise<void> => {
      // Nobody is sent away unheard for having tried too often.
      ground.pass(HOUR);
      expect(await enter(email, OTHER)).toEqual({kind: 'wrong'});
    };
    const alike = (known: number, unknown: number): boolean => unknown > known / 2 && known > unknown / 2;
    // Hashing takes 5 to 25 ms; without it the answer comes within one.
    const [known, unknown] = await shortestOfEach([refused('sam@hall.example'), refused('nobody@hall.example')], alike);
    expect(unknown).toBeGreaterThan(known / 2);
    expect(known).toBeGreaterThan(unknown / 2);
  });

  test('gives up the session that the browser had; signing out everywhere ends them all', async () => {
    const old = await register();
    const session = await ground.sessions.findStudent(old, ground.now());
    const first = await ground.student.signIn(as('sam@hall.example'), {address: '10.0.0.1', session});
    expect([await studentOf({kind: 'in', secret: old}), await studentOf(first)]).toEqual([undefined, 'a1']);
    const second = await enter('sam@hall.example');
    const here = await ground.sessions.findStudent(second.secret ?? '', ground.now());
    if (here === undefined) throw new Error('not signed in');
    await ground.student.signOut(here);
    expect([await studentOf(first), await studentOf(second)]).toEqual(['a1', undefined]);
    await ground.student.signOutEverywhere(here);
    expect(await studentOf(first)).toBeUndefined();
  });

  test('is refused after ten wrong attempts of a place on a name, for a quarter of an hour, to nobody else', async () => {
    await register();
    for (let count = 0; count < 10; count++) expect((await enter('sam@hall.example', OTHER)).kind).toBe('wrong');
    expect(await enter('Sam@hall.example')).toEqual({kind: 'too-many', waitMs: 15 * MINUTE});
    expect((await enter('sam@hall.example', PASSWORD, '10.0.0.2')).kind).toBe('in');
    expect((await enter('pat@hall.example')).kind).toBe('wrong');
    ground.pass(15 * MINUTE);
    expect((await enter('sam@hall.example')).kind).toBe('in');
  });

  test('of the staff is refused to a place after thirty wrong attempts on whatever names', async () => {
    for (let count = 0; count < 30; count++) {
      expect((await ground.staff.signIn(as(`n${count}@hall.example`), from())).kind).toBe('wrong');
    }
    expect((await ground.staff.signIn(as('kim@hall.example'), from())).kind).toBe('too-many');
  });

  test('is over for somebody who is disabled', async () => {
    await invite();
    await ground.store.transact(async ({db}) => {
      await db.updateTable('staff').set({disabled_at: ground.now()}).where('id', '=', 'kim').execute();
    });
    expect(await ground.staff.signIn(as('kim@hall.example'), from())).toEqual({kind: 'wrong'});
  });
});

describe('asking for a new password', () => {
  /** What was asked for is done after the answer; a transaction queues behind it. */
  const settled = (): Promise<void> => ground.store.transact(() => Promise.resolve());

  test('mails a link to whom it is for, and says the same where there is nobody', async () => {
    await register();
    for (const email of ['nobody@hall.example', 'kim@hall.example', ' SAM@hall.example']) {
      expect(await ground.student.forgot(email, '10.0.0.1')).toEqual({kind: 'taken'});
    }
    await settled();
    expect(ground.mails).toMatchObject([{audience: 'student', subject: 'a1', email: 'sam@hall.example', language: 'en-GB'}]);
    const secret = ground.mails[0]?.secret ?? '';
    expect((await ground.student.spend({use: 'reset', secret, password: OTHER}, from())).kind).toBe('in');
    expect((await enter('sam@hall.example', OTHER)).kind).toBe('in');
  });

  test('three times an hour, from wherever: then the link that was mailed last stays good', async () => {
    for (let count = 0; count < 9; count++) {
      expect(await ground.student.forgot('sam@hall.example', `10.0.0.${count}`)).toEqual({kind: 'taken'});
    }
    await settled();
    expect(ground.mails).toHaveLength(3);
    expect(await ground.student.look('reset', ground.mails[2]?.secret ?? '')).toBeDefined();
    ground.pass(HOUR);
    await ground.student.forgot('sam@hall.example', '10.0.0.1');
    await settled();
    expect(ground.mails).toHaveLength(4);
  });

  test('is refused to a place that asks again and again', async () => {
    for (let count = 0; count < 10; count++) await ground.student.forgot('nobody@hall.example', '10.0.0.1');
    expect(await ground.student.forgot('nobody@hall.example', '10.0.0.1')).toEqual({kind: 'too-many', waitMs: 15 * MINUTE});
  });
});

describe('changing one’s password', () => {
  test('asks for the old one, ends the other sessions and keeps this one', async () => {
    const session = await invite();
    const other = await ground.staff.signIn(as('kim@hall.example'), from());
    const change = (old: string, chosen: string): Promise<unknown> => ground.staff.changePassword(session, {old, chosen});
    expect(await change(OTHER, OTHER)).toEqual({kind: 'wrong'});
    expect(await change(PASSWORD, 'short')).toEqual({kind: 'weak', fault: 'too-short'});
    expect(await change(PASSWORD, OTHER)).toEqual({kind: 'changed', ended: 1});
    expect(await ground.sessions.stands(session, ground.now())).toBe(true);
    expect(other.kind === 'in' && (await ground.sessions.findStaff(other.secret, ground.now()))).toBeUndefined();
    expect((await ground.staff.signIn(as('kim@hall.example', OTHER), from())).kind).toBe('in');
  });

  test('lets nobody guess at an unattended browser', async () => {
    const session = await invite();
    const guess = (): Promise<Outcome> => ground.staff.changePassword(session, {old: OTHER, chosen: OTHER});
    for (let count = 0; count < 10; count++) expect((await guess()).kind).toBe('wrong');
    expect((await ground.staff.changePassword(session, {old: PASSWORD, chosen: OTHER})).kind).toBe('too-many');
  });
});

describe('the first admin', () => {
  const first = {name: 'Ann Archer', email: 'ann@hall.example', password: PASSWORD};
  const removeStaff = (): Promise<void> =>
    ground.store.transact(async ({db}) => {
      await db.deleteFrom('staff').execute();
    });

  test('is made by a link, once', async () => {
    await removeStaff();
    const secret = (await ground.firstAdmin.newLink()) ?? '';
    expect(await ground.firstAdmin.holds(secret)).toBe(true);
    const done = await ground.firstAdmin.make({...first, secret});
    if (done.kind !== 'in') throw new Error(done.kind);
    expect(await ground.sessions.findStaff(done.secret, ground.now())).toMatchObject({name: 'Ann Archer', role: 'admin'});
    expect(await ground.firstAdmin.holds(secret)).toBe(false);
    expect((await ground.firstAdmin.make({...first, secret})).kind).toBe('gone');
    expect(await ground.firstAdmin.newLink()).toBeUndefined();
    expect((await ground.staff.signIn(as('ANN@hall.example'), from())).kind).toBe('in');
  });

  test('of two at once one is first', async () => {
    await removeStaff();
    const secret = (await ground.firstAdmin.newLink()) ?? '';
    const done = await Promise.all(['a@hall.example', 'b@hall.example'].map((email) => ground.firstAdmin.make({...first, email, secret})));
    expect(done.map(({kind}) => kind).toSorted()).toEqual(['gone', 'in']);
    expect(await ground.store.reading.selectFrom('staff').select('role').execute()).toEqual([{role: 'admin'}]);
  });

  test.for([
    [{name: ''}, 'bad-name'],
    [{name: 'Ann\nroot'}, 'bad-name'],
    [{email: 'ann'}, 'bad-email'],
    [{email: 'ann@hall.example,eve@evil.example'}, 'bad-email'],
    [{email: 'ann@hall.example\r\nBcc: eve@evil.example'}, 'bad-email'],
    [{password: 'annarcher'}, 'weak'],
    [{password: 'Ann Archer Ann Archer'}, 'weak'],
  ] as const)('%j is %s, and the link stays', async ([bad, kind]) => {
    await removeStaff();
    const secret = (await ground.firstAdmin.newLink()) ?? '';
    expect((await ground.firstAdmin.make({...first, ...bad, secret})).kind).toBe(kind);
    expect(await ground.firstAdmin.holds(secret)).toBe(true);
  });

  test('is nobody when the link is of yesterday, or for something else', async () => {
    await removeStaff();
    const secret = (await ground.firstAdmin.newLink()) ?? '';
    const reset = await ground.issue({purpose: 'student-reset', subject: 'a1'});
    expect((await ground.firstAdmin.make({...first, secret: reset})).kind).toBe('gone');
    ground.pass(24 * HOUR);
    expect((await ground.firstAdmin.make({...first, secret})).kind).toBe('gone');
  });
});

test('the portal’s door is this one', () => {
  const entry: PortalEntry = ground.student;
  expect(Object.keys(entry).toSorted()).toEqual(['changePassword', 'forgot', 'look', 'signIn', 'signOut', 'signOutEverywhere', 'spend']);
});
