// What the desk does to people and lines: on real rows, and read by a real box.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {accountBody} from '../../../cloud/people/students.ts';
import {callFact} from '../../../edge/ledger/call-fact.ts';
import {auditChain} from '../../../shared/journal/audit.ts';
import {CHAIN_START} from '../../../shared/journal/chain.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {pricedCall, unbillableCall} from '../rated-calls.ts';
import {HALL, NOON, POUND, sealedAfter} from '../books/ground.ts';
import {boxThatRead, CLERK, openPeople, VIEWER, type People} from './acts-ground.ts';

const HOUR = 3_600_000;
const at = (hours: number): Instant => (NOON + hours * HOUR) as Instant;

let people: People;
beforeEach(async () => {
  people = await openPeople();
});
afterEach(() => people.remove());

async function student(name = 'Ada Byron', email?: string): Promise<string> {
  const made = await people.act((tx) => people.students.create(tx, CLERK, {site: HALL, name, ...(email !== undefined && {email})}));
  if (made.kind === 'refused') throw new Error(made.what);
  return made.account;
}
async function line(extension: string, kind: 'student' | 'lift' = 'student'): Promise<void> {
  const made = await people.act((tx) => people.lines.create(tx, CLERK, {site: HALL, extension, class: kind}));
  if (made.kind === 'refused') throw new Error(made.what);
}
async function resident(account: string, extension: string, from: Instant, to?: Instant): Promise<string> {
  const made = await people.act((tx) =>
    people.tenancies.start(tx, CLERK, {site: HALL, extension, account, from, ...(to !== undefined && {to})}),
  );
  if (made.kind === 'refused') throw new Error(made.what);
  return made.tenancy;
}
const said = async () => (await people.downRows()).map((row) => JSON.parse(row.body.toString()) as Record<string, unknown>);

describe('a student', () => {
  test('gets an account that can be read aloud, an open ledger, and no address on the way to the box', async () => {
    const account = await student('  Ada   Byron ', 'Ada@Example.org');
    expect(account).toMatch(/^s-[0-9a-hjkmnp-tv-z]{10}$/);
    const row = await people.store.reading.selectFrom('student').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({account, name: 'Ada Byron', email: 'Ada@Example.org', email_key: 'ada@example.org', language: 'en-GB'});
    expect(await people.store.reading.selectFrom('account').selectAll().execute()).toEqual([
      {site: HALL, id: account, kind: 'student', currency: 'GBP'},
    ]);
    expect(await said()).toEqual([{account, currency: 'GBP', language: 'en-GB', name: 'Ada Byron', closed: false}]);
    expect(people.woken).toEqual([HALL]);
  });

  test('is told to the box again when the box knows what changed, and only then', async () => {
    const account = await student();
    await people.act((tx) => people.students.edit(tx, CLERK, {account, email: 'ada@example.org'}));
    expect(await said()).toHaveLength(1);
    await people.act((tx) => people.students.edit(tx, CLERK, {account, name: 'Ada Lovelace', language: 'de'}));
    expect((await said()).slice(1)).toEqual([{account, currency: 'GBP', language: 'de', name: 'Ada Lovelace', closed: false}]);
    await people.act((tx) => people.students.setLanguage(tx, account, 'fr-FR'));
    expect((await said()).at(-1)).toMatchObject({language: 'fr-FR'});
  });

  test('with automatic top-up is told with its threshold and target, while it is on', async () => {
    const account = await student();
    const turn = (isOn: 0 | 1) =>
      people.act(async (tx) => {
        const row = {
          account,
          is_on: isOn,
          threshold: 2 * POUND,
          target: 10 * POUND,
          monthly_cap: 50 * POUND,
          method: 'm',
          changed_at: NOON,
        };
        await tx.db
          .insertInto('saved_method')
          .values({
            id: 'm',
            site: HALL,
            account,
            provider: 'card',
            customer: null,
            token: 't',
            label: 'Visa',
            created_at: 0,
            removed_at: null,
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        await tx.db
          .insertInto('automatic_top_up')
          .values(row)
          .onConflict((conflict) => conflict.column('account').doUpdateSet(row))
          .execute();
        return await accountBody(tx, HALL, account);
      });
    expect(await turn(1)).toMatchObject({automaticTopUp: {threshold: 2 * POUND, target: 10 * POUND}});
    expect(await turn(0)).not.toHaveProperty('automaticTopUp');
  });

  test.for([
    ['no name', {name: ' '}, 'name-invalid'],
    ['a name with what no name has', {name: 'Ada\u0007Byron'}, 'name-invalid'],
    ['an address that is none', {name: 'Ada', email: 'ada'}, 'email-invalid'],
    ['an address of somebody else in another spelling', {name: 'Ada', email: 'BOB@example.org'}, 'email-taken'],
    ['a language that is none', {name: 'Ada', language: 'x'}, 'language-invalid'],
    ['a site that is none', {name: 'Ada', site: 'lodge'}, 'site-unknown'],
  ] as const)('with %s is refused, and nothing is written', async ([, wanted, code]) => {
    await student('Bob', 'bob@example.org');
    const before = await people.audited();
    const refusal = await people.act((tx) => people.students.create(tx, CLERK, {site: HALL, ...wanted}));
    expect(refusal).toMatchObject({kind: 'refused', code});
    expect(await people.audited()).toEqual(before);
    expect(await said()).toHaveLength(1);
  });

  test('names in the refusal who has the address', async () => {
    const bob = await student('Bob', 'bob@example.org');
    const refusal = await people.act((tx) => people.students.create(tx, CLERK, {site: HALL, name: 'Ada', email: 'bob@example.org'}));
    expect(refusal).toMatchObject({what: `Bob (${bob}) has this e-mail address`});
  });

  test('is not closed while a line is still held, now or later; then it is, and the address is free', async () => {
    const account = await student('Ada', 'ada@example.org');
    await line('101');
    const tenancy = await resident(account, '101', at(5));
    const close = () => people.act((tx) => people.students.close(tx, CLERK, account));
    expect(await close()).toMatchObject({code: 'has-tenancy', what: 'Ada has line 101'});
    await people.act((tx) => people.tenancies.end(tx, CLERK, {tenancy, at: at(5)}));
    expect(await close()).toEqual({kind: 'done'});
    expect((await said()).at(-1)).toMatchObject({account, closed: true});
    expect(await close()).toMatchObject({code: 'student-closed'});
    await student('Ada', 'ada@example.org');
  });

  test('is invited by a link that is good for that account', async () => {
    const account = await student('Ada', 'ada@example.org');
    expect(await people.act((tx) => people.students.invite(tx, CLERK, account))).toEqual({kind: 'done', email: 'ada@example.org'});
    const [letter] = people.letters;
    expect(letter).toMatchObject({purpose: 'student-register', recipient: 'ada@example.org', language: 'en-GB', site: HALL});
    expect(await people.links.look(letter?.secret ?? '', people.now)).toEqual({purpose: 'student-register', subject: account});
    const without = await student('Bob');
    expect(await people.act((tx) => people.students.invite(tx, CLERK, without))).toMatchObject({code: 'email-missing'});
  });
});

describe('a line', () => {
  test('is told with its class, not with what people call the place', async () => {
    await people.act((tx) => people.lines.create(tx, CLERK, {site: HALL, extension: '101', class: 'student', label: ' Room  7 '}));
    await people.act((tx) => people.lines.change(tx, CLERK, {site: HALL, extension: '101', label: 'Room 8'}));
    await people.act((tx) => people.lines.change(tx, CLERK, {site: HALL, extension: '101', class: 'lift'}));
    expect(await said()).toEqual([
      {extension: '101', class: 'student'},
      {extension: '101', class: 'lift'},
    ]);
    expect(await people.store.reading.selectFrom('line').selectAll().execute()).toEqual([
      {site: HALL, extension: '101', class: 'lift', label: 'Room 8'},
    ]);
  });

  test('is there once, and named as a switchboard can name it', async () => {
    await line('101');
    const make = (extension: string) => people.act((tx) => people.lines.create(tx, CLERK, {site: HALL, extension, class: 'student'}));
    expect(await make('101')).toMatchObject({code: 'line-taken'});
    expect(await make('1 01')).toMatchObject({code: 'extension-invalid'});
    expect(await people.act((tx) => people.lines.change(tx, CLERK, {site: HALL, extension: '9'}))).toMatchObject({code: 'line-unknown'});
  });
});

describe('a tenancy', () => {
  let ada: string;
  let bob: string;
  beforeEach(async () => {
    ada = await student('Ada');
    bob = await student('Bob');
    await line('101');
    await line('102');
  });

  test('makes the box find the payer from its first instant to before its last', async () => {
    await resident(ada, '101', at(0), at(10));
    await resident(bob, '101', at(10));
    const box = await boxThatRead(people);
    expect([-1, 0, 9, 10, 99].map((hour) => box.book.payerAt('101', at(hour)))).toEqual([undefined, ada, ada, bob, bob]);
    box.remove();
  });

  test('that overlaps another is refused with the other’s name and times', async () => {
    await resident(ada, '101', at(0), at(10));
    const start = (from: Instant, to?: Instant) =>
      people.act((tx) => people.tenancies.start(tx, CLERK, {site: HALL, extension: '101', account: bob, from, ...(to && {to})}));
    expect(await start(at(9))).toMatchObject({
      code: 'tenancy-overlaps',
      what: `Ada (${ada}) has line 101 from 2026-09-07T12:00:00.000Z to 2026-09-07T22:00:00.000Z`,
    });
    expect(await start(at(-5), at(1))).toMatchObject({code: 'tenancy-overlaps'});
    expect(await start(at(-5))).toMatchObject({code: 'tenancy-overlaps'});
    expect(await start(at(-5), at(0))).toMatchObject({kind: 'done'});
    expect(await start(at(10))).toMatchObject({kind: 'done'});
  });

  test('moves to another line at one instant, with the end that was planned', async () => {
    const tenancy = await resident(ada, '101', at(0), at(100));
    expect(await people.act((tx) => people.tenancies.move(tx, CLERK, {tenancy, extension: '102', at: at(50)}))).toMatchObject({
      kind: 'done',
      concerned: [],
    });
    const box = await boxThatRead(people);
    const payers = (extension: string) => [49, 50, 99, 100].map((hour) => box.book.payerAt(extension, at(hour)));
    expect([payers('101'), payers('102')]).toEqual([
      [ada, undefined, undefined, undefined],
      [undefined, ada, ada, undefined],
    ]);
    box.remove();
    const rows = await people.downRows();
    expect(rows.slice(-2).map(({kind}) => kind)).toEqual(['tenancy', 'tenancy']);
  });

  test('that began by mistake is taken back at its own beginning', async () => {
    const tenancy = await resident(ada, '101', at(0));
    await people.act((tx) => people.tenancies.end(tx, CLERK, {tenancy, at: at(0)}));
    await resident(bob, '101', at(-10));
    const box = await boxThatRead(people);
    expect(box.book.payerAt('101', at(0))).toBe(bob);
    box.remove();
  });

  test('ends once, and not before it began', async () => {
    const tenancy = await resident(ada, '101', at(0));
    const end = (hours: number) => people.act((tx) => people.tenancies.end(tx, CLERK, {tenancy, at: at(hours)}));
    expect(await end(-1)).toMatchObject({code: 'time-order'});
    expect(await end(5)).toMatchObject({kind: 'done', tenancy});
    expect(await end(6)).toMatchObject({code: 'tenancy-ended'});
    expect(await end(4)).toMatchObject({kind: 'done'});
    expect(await people.act((tx) => people.tenancies.end(tx, CLERK, {tenancy: 't-none', at: at(0)}))).toMatchObject({
      code: 'tenancy-unknown',
    });
  });

  test.for([
    ['a line that is not there', {extension: '999'}, 'line-unknown'],
    ['a student who is not there', {account: 's-nobody'}, 'student-unknown'],
    ['an end before the beginning', {to: at(-1)}, 'time-order'],
    ['a year that was mistyped', {from: Date.UTC(2062, 0, 1) as Instant}, 'time-implausible'],
  ] as const)('with %s is refused', async ([, change, code]) => {
    const wanted = {site: HALL, extension: '101', account: ada, from: at(0), ...change};
    expect(await people.act((tx) => people.tenancies.start(tx, CLERK, wanted))).toMatchObject({code});
  });

  test('that is back-dated names the calls that it would concern: of another, or of nobody', async () => {
    await resident(ada, '101', at(-100), at(0));
    const call = (key: string, hours: number, payer: string | undefined) => {
      const made = payer === undefined ? unbillableCall(key) : pricedCall(key, payer, POUND);
      const moved = {...made, record: {...made.record, start: at(hours)}};
      return callFact(moved, payer === undefined ? 'unbillable' : 'billed');
    };
    await people.take(sealedAfter([call('a', -5, ada), call('b', 1, undefined), call('c', 2, ada), call('d', 3, bob), call('e', 9, ada)]));
    people.now = at(20);
    const started = await people.act((tx) =>
      people.tenancies.start(tx, CLERK, {site: HALL, extension: '101', account: bob, from: at(0), to: at(9)}),
    );
    expect(started).toMatchObject({
      concerned: [
        {upSeq: 3, startedAt: at(2), paidBy: ada, amount: POUND, payer: bob},
        {upSeq: 2, startedAt: at(1), paidBy: undefined, amount: undefined, payer: bob},
      ],
    });
    const {tenancy} = started as {tenancy: string};
    // Moved from hour 1 on: Bob's call of hour 3 was made on a line that nobody had any more.
    expect(await people.act((tx) => people.tenancies.move(tx, CLERK, {tenancy, extension: '102', at: at(1)}))).toMatchObject({
      concerned: [
        {upSeq: 4, paidBy: bob, payer: undefined},
        {upSeq: 3, paidBy: ada, payer: undefined},
      ],
    });
  });
});

describe('a line by hand', () => {
  beforeEach(() => line('101'));
  const give = (act: Parameters<People['overrides']['give']>[2], actor = CLERK) =>
    people.act((tx) => people.overrides.give(tx, actor, act));
  const about = {site: HALL, extension: '101', reason: 'paid in cash'};

  test('is told with reason, name, end and limit', async () => {
    await people.act(async ({db}) => {
      await db
        .insertInto('staff')
        .values({
          id: CLERK.id,
          email: 'd@x.org',
          email_key: 'd@x.org',
          name: 'Dora',
          role: 'clerk',
          password_hash: null,
          created_at: 0,
          disabled_at: null,
        })
        .execute();
    });
    await give({...about, act: 'unlock', expires: at(1), limit: 5 * POUND});
    await give({...about, act: 'lock'});
    await give({...about, act: 'end'});
    const box = await boxThatRead(people);
    expect(box.overrides).toEqual([
      {extension: '101', act: 'unlock', reason: 'paid in cash', by: 'Dora', expires: at(1), limit: 5 * POUND},
      {extension: '101', act: 'lock', reason: 'paid in cash', by: 'Dora'},
      {extension: '101', act: 'end', reason: 'paid in cash', by: 'Dora'},
    ]);
    box.remove();
  });

  test('is refused without a reason, an end to come or a limit, and for a line that is never locked', async () => {
    await line('900', 'lift');
    expect(await give({...about, act: 'lock', reason: ' '})).toMatchObject({code: 'reason-missing'});
    expect(await give({...about, act: 'unlock', expires: at(0), limit: 1})).toMatchObject({code: 'expiry-missing'});
    expect(await give({...about, act: 'unlock', expires: at(1), limit: 0})).toMatchObject({code: 'limit-missing'});
    expect(await give({...about, act: 'unlock', expires: at(1), limit: 0.5})).toMatchObject({code: 'limit-missing'});
    expect(await give({...about, extension: '900', act: 'lock'})).toMatchObject({code: 'line-never-locked'});
    expect(await give({...about, extension: '7', act: 'lock'})).toMatchObject({code: 'line-unknown'});
    expect(await give({...about, act: 'lock'}, VIEWER)).toMatchObject({code: 'not-allowed'});
  });
});

describe('every act', () => {
  test('leaves its row in a chain, with who did it and nothing that somebody may want erased', async () => {
    const ada = await student('Ada Byron', 'ada@example.org');
    await line('101');
    await resident(ada, '101', at(0));
    await people.act((tx) => people.students.edit(tx, CLERK, {account: ada, email: 'lovelace@example.org'}));
    const rows = await people.store.reading.selectFrom('audit').selectAll().orderBy('seq').execute();
    expect(rows.map(({by, act, subject}) => [by, act, subject])).toEqual([
      [CLERK.id, 'student-create', ada],
      [CLERK.id, 'line-create', '101'],
      [CLERK.id, 'tenancy-start', '101'],
      [CLERK.id, 'student-edit', ada],
    ]);
    let chain = CHAIN_START;
    for (const row of rows) {
      chain = auditChain(chain, row);
      expect(row.chain).toEqual(chain);
    }
    expect(JSON.stringify(rows)).not.toMatch(/Byron|example\.org/);
    expect(rows[3]?.detail).toBe('{"changed":["email"]}');
  });

  test('takes a role: who only looks changes nothing', async () => {
    const ada = await student();
    const acts = [
      people.act((tx) => people.students.create(tx, VIEWER, {site: HALL, name: 'Eve'})),
      people.act((tx) => people.students.edit(tx, VIEWER, {account: ada, name: 'Eve'})),
      people.act((tx) => people.students.close(tx, VIEWER, ada)),
      people.act((tx) => people.lines.create(tx, VIEWER, {site: HALL, extension: '1', class: 'student'})),
      people.act((tx) => people.tenancies.start(tx, VIEWER, {site: HALL, extension: '1', account: ada, from: at(0)})),
      people.act((tx) => people.staff.disable(tx, CLERK, 'x')),
    ];
    for (const outcome of await Promise.all(acts)) expect(outcome).toMatchObject({kind: 'refused', code: 'not-allowed'});
    expect(await people.audited()).toHaveLength(1);
  });
});
