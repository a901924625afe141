// Signing in by address and password, and choosing the password, on the real file with real hashes.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {SignIn} from '../../../cloud/people/entry/entry.ts';
import type {StaffSession} from '../../../cloud/web/route.ts';
import {HOUR, MINUTE, openEntry, type EntryGround} from './entry-ground.ts';

let ground: EntryGround;
beforeEach(async () => {
  ground = await openEntry();
});
afterEach(() => ground.close());

const PASSWORD = 'four grey herons wade';
const OTHER = 'seven red kites circle';

const form = (email: string, password = PASSWORD, address = '10.0.0.1'): SignIn => ({email, password, address, instead: undefined});

/** By the link that the desk sends. */
async function register(subject = 'a1'): Promise<string> {
  const secret = await ground.issue({purpose: 'student-register', subject});
  const done = await ground.entry.choosePassword({secret, password: PASSWORD, instead: undefined});
  if (done.kind !== 'admitted') throw new Error(done.kind);
  return done.secret;
}

async function invite(): Promise<StaffSession> {
  const secret = await ground.issue({purpose: 'staff-invite', subject: 'kim'});
  const done = await ground.entry.choosePassword({secret, password: PASSWORD, instead: undefined});
  const session = done.kind === 'admitted' ? await ground.sessions.findStaff(done.secret, ground.now()) : undefined;
  if (session === undefined) throw new Error(done.kind);
  return session;
}

describe('choosing a password by a link', () => {
  test('signs in; then address and password do, in any case of the address', async () => {
    const secret = await register();
    expect((await ground.sessions.findStudent(secret, ground.now()))?.subject).toBe('a1');
    for (const email of ['sam@hall.example', ' SAM@Hall.Example ']) {
      const done = await ground.entry.signIn('student', form(email));
      expect(done.kind).toBe('admitted');
      expect(done.kind === 'admitted' && (await ground.sessions.findStudent(done.secret, ground.now()))?.subject).toBe('a1');
    }
  });

  test('shows whose it is before anything is spent', async () => {
    const secret = await ground.issue({purpose: 'staff-invite', subject: 'kim'});
    const opened = {purpose: 'staff-invite', email: 'Kim@hall.example', name: 'kim of the desk'};
    expect(await ground.entry.open(secret)).toEqual(opened);
    expect(await ground.entry.open(secret)).toEqual(opened);
  });

  test('refuses a weak one and keeps the link', async () => {
    const secret = await ground.issue({purpose: 'staff-invite', subject: 'kim'});
    const choose = (password: string): Promise<unknown> => ground.entry.choosePassword({secret, password, instead: undefined});
    expect(await choose('short')).toEqual({kind: 'weak', fault: 'too-short'});
    expect(await choose('password1234')).toEqual({kind: 'weak', fault: 'well-known'});
    expect(await choose('Kim of the desk')).toEqual({kind: 'weak', fault: 'is-the-name'});
    expect(await choose(PASSWORD)).toMatchObject({kind: 'admitted', audience: 'staff', subject: 'kim'});
    expect(await choose(OTHER)).toEqual({kind: 'gone'});
  });

  test('of two at once one is first', async () => {
    const secret = await ground.issue({purpose: 'student-register', subject: 'a1'});
    const done = await Promise.all(
      [PASSWORD, OTHER].map((password) => ground.entry.choosePassword({secret, password, instead: undefined})),
    );
    expect(done.map(({kind}) => kind).toSorted()).toEqual(['admitted', 'gone']);
  });

  test('ends all sessions of the old one, and other links that could set it', async () => {
    const old = await register();
    const [invited, reset] = [
      await ground.issue({purpose: 'student-register', subject: 'a1'}),
      await ground.issue({purpose: 'student-reset', subject: 'a1'}),
    ];
    const done = await ground.entry.choosePassword({secret: reset, password: OTHER, instead: undefined});
    expect(done.kind).toBe('admitted');
    expect(await ground.sessions.findStudent(old, ground.now())).toBeUndefined();
    expect(await ground.entry.open(invited)).toBeUndefined();
    expect((await ground.entry.signIn('student', form('sam@hall.example'))).kind).toBe('wrong');
    expect((await ground.entry.signIn('student', form('sam@hall.example', OTHER))).kind).toBe('admitted');
  });

  test('is nothing for a link of the first admin, nor for somebody who was disabled since', async () => {
    const first = await ground.issue({purpose: 'first-admin', subject: ''});
    expect((await ground.entry.choosePassword({secret: first, password: PASSWORD, instead: undefined})).kind).toBe('gone');
    const secret = await ground.issue({purpose: 'student-register', subject: 'a1'});
    await ground.store.transact(async ({db}) => {
      await db.updateTable('student').set({closed_at: ground.now()}).where('account', '=', 'a1').execute();
    });
    expect(await ground.entry.open(secret)).toBeUndefined();
    expect((await ground.entry.choosePassword({secret, password: PASSWORD, instead: undefined})).kind).toBe('gone');
  });
});

describe('signing in', () => {
  test('says the same of a wrong password, an unknown address, one without a password, and the other audience', async () => {
    await register();
    for (const each of [form('sam@hall.example', OTHER), form('nobody@hall.example'), form('pat@hall.example')]) {
      expect(await ground.entry.signIn('student', each)).toEqual({kind: 'wrong'});
    }
    expect(await ground.entry.signIn('staff', form('sam@hall.example'))).toEqual({kind: 'wrong'});
  });

  test('takes as long for somebody who does not exist', async () => {
    await register();
    const took = async (email: string): Promise<number> => {
      const times: number[] = [];
      for (let count = 0; count < 5; count++) {
        const since = performance.now();
        await ground.entry.signIn('student', form(email, OTHER));
        times.push(performance.now() - since);
      }
      return Math.min(...times);
    };
    const [known, unknown] = [await took('sam@hall.example'), await took('nobody@hall.example')];
    // Hashing takes some 25 ms; without it the answer comes within one.
    expect(unknown).toBeGreaterThan(known / 2);
    expect(known).toBeGreaterThan(unknown / 2);
  });

  test('gives up the session that the browser had', async () => {
    const old = await register();
    const instead = await ground.sessions.findStudent(old, ground.now());
    const done = await ground.entry.signIn('student', {...form('sam@hall.example'), instead});
    expect(done.kind).toBe('admitted');
    expect(await ground.sessions.findStudent(old, ground.now())).toBeUndefined();
  });

  test('is refused after ten wrong attempts of a place on a name, for a quarter of an hour, to nobody else', async () => {
    await register();
    for (let count = 0; count < 10; count++) {
      expect((await ground.entry.signIn('student', form('sam@hall.example', OTHER))).kind).toBe('wrong');
    }
    expect(await ground.entry.signIn('student', form('Sam@hall.example'))).toEqual({kind: 'too-many', waitMs: 15 * MINUTE});
    expect((await ground.entry.signIn('student', form('sam@hall.example', PASSWORD, '10.0.0.2'))).kind).toBe('admitted');
    expect((await ground.entry.signIn('student', form('pat@hall.example'))).kind).toBe('wrong');
    ground.pass(15 * MINUTE);
    expect((await ground.entry.signIn('student', form('sam@hall.example'))).kind).toBe('admitted');
  });

  test('of the staff is refused to a place after thirty wrong attempts on whatever names', async () => {
    for (let count = 0; count < 30; count++) {
      expect((await ground.entry.signIn('staff', form(`n${count}@hall.example`))).kind).toBe('wrong');
    }
    expect((await ground.entry.signIn('staff', form('kim@hall.example'))).kind).toBe('too-many');
  });

  test('is over for somebody who is disabled', async () => {
    await invite();
    await ground.store.transact(async ({db}) => {
      await db.updateTable('staff').set({disabled_at: ground.now()}).where('id', '=', 'kim').execute();
    });
    expect(await ground.entry.signIn('staff', form('kim@hall.example'))).toEqual({kind: 'wrong'});
  });
});

describe('changing one’s password', () => {
  test('asks for the old one, ends the other sessions and keeps this one', async () => {
    const session = await invite();
    const other = await ground.entry.signIn('staff', form('kim@hall.example'));
    const change = (old: string, password: string): Promise<unknown> => ground.entry.changePassword(session, {old, password});
    expect(await change(OTHER, OTHER)).toEqual({kind: 'wrong'});
    expect(await change(PASSWORD, 'short')).toEqual({kind: 'weak', fault: 'too-short'});
    expect(await change(PASSWORD, OTHER)).toEqual({kind: 'changed', ended: 1});
    expect(await ground.sessions.stands(session, ground.now())).toBe(true);
    expect(other.kind === 'admitted' && (await ground.sessions.findStaff(other.secret, ground.now()))).toBeUndefined();
    expect((await ground.entry.signIn('staff', form('kim@hall.example', OTHER))).kind).toBe('admitted');
  });

  test('lets nobody guess at an unattended browser', async () => {
    const session = await invite();
    for (let count = 0; count < 10; count++) {
      expect((await ground.entry.changePassword(session, {old: OTHER, password: OTHER})).kind).toBe('wrong');
    }
    expect((await ground.entry.changePassword(session, {old: PASSWORD, password: OTHER})).kind).toBe('too-many');
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
    if (done.kind !== 'admitted') throw new Error(done.kind);
    expect(await ground.sessions.findStaff(done.secret, ground.now())).toMatchObject({name: 'Ann Archer', role: 'admin'});
    expect(await ground.firstAdmin.holds(secret)).toBe(false);
    expect((await ground.firstAdmin.make({...first, secret})).kind).toBe('gone');
    expect(await ground.firstAdmin.newLink()).toBeUndefined();
    expect((await ground.entry.signIn('staff', form('ANN@hall.example'))).kind).toBe('admitted');
  });

  test('of two at once one is first', async () => {
    await removeStaff();
    const secret = (await ground.firstAdmin.newLink()) ?? '';
    const done = await Promise.all(['a@hall.example', 'b@hall.example'].map((email) => ground.firstAdmin.make({...first, email, secret})));
    expect(done.map(({kind}) => kind).toSorted()).toEqual(['admitted', 'gone']);
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
