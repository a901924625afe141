// Staff and their roles, on real rows.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {ADMIN, CLERK, openPeople, type People} from './acts-ground.ts';

let people: People;
beforeEach(async () => {
  people = await openPeople();
});
afterEach(() => people.remove());

describe('staff', () => {
  const invite = (name: string, email: string, role: 'viewer' | 'clerk' | 'admin', actor = ADMIN) =>
    people.act((tx) => people.staff.invite(tx, actor, {name, email, role}));
  const idOf = async (name: string, role: 'clerk' | 'admin', hasCome = true): Promise<string> => {
    const made = await invite(name, `${name}@example.org`, role);
    if (made.kind === 'refused') throw new Error(made.what);
    if (hasCome) await people.act(({db}) => db.updateTable('staff').set({password_hash: 'h'}).where('id', '=', made.id).execute());
    return made.id;
  };

  test('are invited by an admin only, each address once', async () => {
    expect(await invite('Dora', 'dora@example.org', 'clerk', CLERK)).toMatchObject({code: 'not-allowed'});
    const made = await invite('Dora', ' Dora@Example.org', 'clerk');
    expect(made).toMatchObject({kind: 'done'});
    const [letter] = people.letters;
    expect(letter).toMatchObject({purpose: 'staff-invite', recipient: 'Dora@Example.org'});
    expect(await people.links.look(letter?.secret ?? '', people.now)).toMatchObject({purpose: 'staff-invite'});
    expect(await invite('Dora Two', 'DORA@example.org', 'clerk')).toMatchObject({
      code: 'email-taken',
      what: expect.stringContaining('Dora') as string,
    });
  });

  test('the last admin who can sign in stays one', async () => {
    const eva = await idOf('eva', 'admin');
    const invited = await idOf('fay', 'admin', false);
    const role = (id: string) => people.act((tx) => people.staff.changeRole(tx, ADMIN, {id, role: 'clerk'}));
    const disable = (id: string) => people.act((tx) => people.staff.disable(tx, ADMIN, id));
    expect(await role(eva)).toMatchObject({code: 'last-admin'});
    expect(await disable(eva)).toMatchObject({code: 'last-admin'});
    expect(await disable(invited)).toEqual({kind: 'done'});
    const gil = await idOf('gil', 'admin');
    expect(await role(eva)).toEqual({kind: 'done'});
    expect(await disable(gil)).toMatchObject({code: 'last-admin'});
  });

  test('who are disabled are signed out, their links are worth nothing, and they can come back', async () => {
    await idOf('eva', 'admin');
    const dora = await idOf('dora', 'clerk');
    const secret = people.letters.at(-1)?.secret ?? '';
    await people.act(({db}) =>
      db
        .insertInto('session')
        .values({token_hash: Buffer.alloc(32), audience: 'staff', subject: dora, created_at: 0, seen_at: 0})
        .execute(),
    );
    await people.act((tx) => people.staff.disable(tx, ADMIN, dora));
    expect(await people.store.reading.selectFrom('session').selectAll().execute()).toEqual([]);
    expect(await people.links.look(secret, people.now)).toBeUndefined();
    expect(await people.act((tx) => people.staff.inviteAgain(tx, ADMIN, dora))).toMatchObject({code: 'staff-disabled'});
    await people.act((tx) => people.staff.enable(tx, ADMIN, dora));
    expect(await people.act((tx) => people.staff.inviteAgain(tx, ADMIN, dora))).toEqual({kind: 'done'});
  });
});
