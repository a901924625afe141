// Account codes at the desk: on real rows, and read by a real box.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {Instant} from '../../../shared/time/instant.ts';
import {HALL, NOON} from '../books/ground.ts';
import {boxThatRead, CLERK, openPeople, VIEWER, type People} from './acts-ground.ts';

let people: People;
beforeEach(async () => {
  people = await openPeople();
});
afterEach(() => people.remove());

async function student(name: string): Promise<string> {
  const made = await people.act((tx) => people.students.create(tx, CLERK, {site: HALL, name}));
  if (made.kind === 'refused') throw new Error(made.what);
  return made.account;
}
const give = (account: string, code: string, actor = CLERK) => people.act((tx) => people.accountCodes.give(tx, actor, {account, code}));
async function given(account: string, code: string): Promise<string> {
  const done = await give(account, code);
  if (done.kind === 'refused') throw new Error(done.what);
  return done.id;
}
const later = (ms: number): Instant => (NOON + ms) as Instant;
const codeOf = (outcome: object): unknown => ('code' in outcome ? outcome.code : outcome);

describe('an account code', () => {
  test('makes its student pay from now on until it ends, as the box reads it', async () => {
    const ada = await student('Ada Byron');
    const id = await given(ada, '1234');
    people.now = later(60_000);
    expect(await people.act((tx) => people.accountCodes.end(tx, CLERK, id))).toEqual({kind: 'done', account: ada});
    const ben = await student('Ben Carter');
    await given(ben, '1234');
    const {book, remove} = await boxThatRead(people);
    expect(book.payerOfCode('1234', later(-1))).toBeUndefined();
    expect(book.payerOfCode('1234', NOON)).toBe(ada);
    expect(book.payerOfCode('1234', later(59_999))).toBe(ada);
    expect(book.payerOfCode('1234', later(60_000))).toBe(ben);
    remove();
  });

  test('is of one student of a site at a time', async () => {
    const [ada, ben] = [await student('Ada Byron'), await student('Ben Carter')];
    await given(ada, '1234');
    const refusal = await give(ben, '1234');
    expect(refusal).toMatchObject({kind: 'refused', code: 'code-taken', what: `Ada Byron (${ada}) has this code`});
    await expect(
      people.act(({db}) =>
        db.insertInto('account_code').values({id: 'x', site: HALL, account: ben, code: '1234', from_at: NOON, to_at: null}).execute(),
      ),
    ).rejects.toThrow('two accounts have one code');
  });

  test('has as many digits as the dial plan says', async () => {
    const ada = await student('Ada Byron');
    for (const code of ['', '123', '12345', '12a4', '*123']) expect(codeOf(await give(ada, code))).toBe('code-invalid');
  });

  test('ends with the account', async () => {
    const ada = await student('Ada Byron');
    await given(ada, '1234');
    people.now = later(60_000);
    await people.act((tx) => people.students.close(tx, CLERK, ada));
    const {book, remove} = await boxThatRead(people);
    expect([book.payerOfCode('1234', later(59_999)), book.payerOfCode('1234', later(60_000))]).toEqual([ada, undefined]);
    remove();
    expect(codeOf(await give(ada, '1234'))).toBe('student-closed');
  });

  test('is given and ended by clerks, and each act is written down without the code', async () => {
    const ada = await student('Ada Byron');
    expect(codeOf(await give(ada, '1234', VIEWER))).toBe('not-allowed');
    const id = await given(ada, '7391');
    await people.act((tx) => people.accountCodes.end(tx, CLERK, id));
    expect(codeOf(await people.act((tx) => people.accountCodes.end(tx, CLERK, id)))).toBe('code-ended');
    expect(codeOf(await people.act((tx) => people.accountCodes.end(tx, CLERK, 'none')))).toBe('code-unknown');
    const acts = (await people.audited()).slice(1);
    expect(acts.map(({by, act, subject}) => [by, act, subject])).toEqual([
      [CLERK.id, 'account-code-give', ada],
      [CLERK.id, 'account-code-end', ada],
    ]);
    expect(JSON.stringify(acts)).not.toContain('7391');
  });
});
