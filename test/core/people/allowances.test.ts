// Free allowances granted, changed, ended: on real rows, and as a real box reads them.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createAllowances, type AllowanceChange, type NewAllowance} from '../../../cloud/people/allowances.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {HALL, NOON} from '../books/ground.ts';
import {ADMIN, boxThatRead, CLERK, openPeople, VIEWER, type People} from './acts-ground.ts';

let people: People;
let allowances: ReturnType<typeof createAllowances>;
beforeEach(async () => {
  people = await openPeople();
  allowances = createAllowances(people.given);
});
afterEach(() => people.remove());

const later = (ms: number): Instant => (NOON + ms) as Instant;
const DAY = 86_400_000;
const HOUR: NewAllowance = {
  site: HALL,
  name: 'An hour a month',
  unit: 'seconds',
  amount: 3_600,
  period: 'month',
  destinations: ['London'],
  from: NOON,
};

async function student(name: string): Promise<string> {
  const made = await people.act((tx) => people.students.create(tx, CLERK, {site: HALL, name}));
  if (made.kind === 'refused') throw new Error(made.what);
  return made.account;
}
const grant = (more: Partial<NewAllowance> = {}, actor = ADMIN) => people.act((tx) => allowances.grant(tx, actor, {...HOUR, ...more}));
async function granted(more: Partial<NewAllowance> = {}): Promise<string> {
  const done = await grant(more);
  if (done.kind === 'refused') throw new Error(done.what);
  return done.allowance;
}
const {unit: _unit, period: _period, ...TERMS} = HOUR;
const change = (allowance: string, more: Partial<AllowanceChange> = {}, actor = ADMIN) =>
  people.act((tx) => allowances.change(tx, actor, {...TERMS, allowance, ...more}));
const end = (allowance: string, actor = ADMIN) => people.act((tx) => allowances.end(tx, actor, {site: HALL, allowance}));
const codeOf = (outcome: object): unknown => ('code' in outcome ? outcome.code : outcome);

async function onBox(): Promise<readonly unknown[]> {
  const {database, remove} = await boxThatRead(people);
  const rows = database.prepare<[], {body: string}>('SELECT body FROM allowance ORDER BY from_at, id').all();
  remove();
  return rows.map(({body}) => JSON.parse(body) as unknown);
}

describe('an allowance', () => {
  test('of each student of the site is on the box as it was granted', async () => {
    const id = await granted();
    expect(await onBox()).toEqual([
      {allowance: id, name: 'An hour a month', unit: 'seconds', amount: 3_600, period: 'month', destinations: ['London'], from: NOON},
    ]);
    const [act] = await people.audited();
    expect(act).toMatchObject({by: ADMIN.id, act: 'allowance-grant', subject: id});
    expect(JSON.parse(act?.detail ?? '')).toEqual({
      id,
      unit: 'seconds',
      period: 'month',
      name: 'An hour a month',
      amount: 3_600,
      destinations: 1,
      from: NOON,
    });
  });

  test('of one student names the account, and stands in the log of acts under it', async () => {
    const ada = await student('Ada Byron');
    await grant({account: ada, unit: 'micros', amount: 5_000_000, period: 'once', destinations: [], to: later(DAY)}, CLERK);
    expect(await onBox()).toEqual([
      expect.objectContaining({account: ada, unit: 'micros', amount: 5_000_000, period: 'once', destinations: [], to: NOON + DAY}),
    ]);
    expect((await people.audited()).at(-1)).toMatchObject({by: CLERK.id, act: 'allowance-grant', subject: ada});
  });

  test('changed replaces the one before on the box; unit and period stay', async () => {
    const id = await granted();
    expect(
      await change(id, {name: ' Two  hours ', amount: 7_200, destinations: ['London', ' UK mobile ', 'London', ''], to: later(DAY)}),
    ).toEqual({
      kind: 'done',
    });
    expect(await onBox()).toEqual([
      {
        allowance: id,
        name: 'Two hours',
        unit: 'seconds',
        amount: 7_200,
        period: 'month',
        destinations: ['London', 'UK mobile'],
        from: NOON,
        to: NOON + DAY,
      },
    ]);
    const changed = (await people.audited()).at(-1);
    expect(changed?.act).toBe('allowance-change');
    expect(JSON.parse(changed?.detail ?? '')).toEqual({id, name: 'Two hours', amount: 7_200, destinations: 2, to_at: NOON + DAY});
  });

  test('ended ends now on the box, and cannot be ended or changed again', async () => {
    const id = await granted();
    people.now = later(60_000);
    expect(await end(id)).toEqual({kind: 'done'});
    expect(await onBox()).toEqual([expect.objectContaining({allowance: id, to: NOON + 60_000})]);
    expect((await people.audited()).at(-1)).toMatchObject({act: 'allowance-end', subject: id});
    expect(codeOf(await end(id))).toBe('allowance-ended');
    expect(codeOf(await change(id, {amount: 1}))).toBe('allowance-ended');
  });

  test('ended before it begins never was', async () => {
    const id = await granted({from: later(DAY)});
    await end(id);
    expect(await onBox()).toEqual([expect.objectContaining({from: NOON + DAY, to: NOON + DAY})]);
  });

  test('begins at the earliest with today, on the clock of the site', async () => {
    // 7 September in London began at 23:00 UTC on the 6th.
    const midnight = later(-13 * 3_600_000);
    expect(codeOf(await grant({from: midnight}))).toMatchObject({kind: 'done'});
    expect(codeOf(await grant({from: (midnight - 1) as Instant}))).toBe('from-past');
  });

  test('may begin on another day while it has not begun, and not afterwards', async () => {
    const id = await granted({from: later(DAY)});
    expect(await change(id, {from: later(2 * DAY)})).toEqual({kind: 'done'});
    people.now = later(3 * DAY);
    expect(codeOf(await change(id, {from: later(4 * DAY)}))).toBe('from-fixed');
    expect(await change(id, {from: later(2 * DAY), amount: 60})).toEqual({kind: 'done'});
    expect(codeOf(await change(id, {from: later(2 * DAY), to: later(3 * DAY)}))).toBe('to-wrong');
  });

  test.for([
    ['no name', {name: '  '}, 'name-invalid'],
    ['a name that is too long', {name: 'x'.repeat(101)}, 'name-invalid'],
    ['a name with a line in it', {name: 'a\u0000b'}, 'name-invalid'],
    ['nothing', {amount: 0}, 'amount-wrong'],
    ['less than nothing', {amount: -60}, 'amount-wrong'],
    ['half a second', {amount: 0.5}, 'amount-wrong'],
    ['more than a month has', {amount: 31 * 86_400 + 1}, 'amount-wrong'],
    ['too many destinations', {destinations: Array.from({length: 501}, (_, place) => `D${place}`)}, 'destinations-full'],
    ['a destination that no tariff has', {destinations: ['x'.repeat(101)]}, 'destinations-full'],
    ['an end before its beginning', {to: NOON}, 'to-wrong'],
    ['nobody', {account: 's-nobody'}, 'student-unknown'],
    ['no site', {site: 'nowhere'}, 'site-unknown'],
  ] as const)('of %s is refused, and nothing is written', async ([, more, code]) => {
    expect(codeOf(await grant(more))).toBe(code);
    expect(await people.downRows()).toEqual([]);
    expect(await people.audited()).toEqual([]);
  });

  test('of a closed account, or of a student of another site, is refused', async () => {
    const ada = await student('Ada Byron');
    await people.site('lodge');
    expect(codeOf(await grant({site: 'lodge', account: ada}))).toBe('student-unknown');
    const id = await granted({account: ada});
    await people.act((tx) => people.students.close(tx, CLERK, ada));
    expect(codeOf(await grant({account: ada}))).toBe('student-closed');
    expect(codeOf(await change(id, {amount: 60}))).toBe('student-closed');
    // It may still be ended.
    expect(await end(id)).toEqual({kind: 'done'});
  });

  test('twenty run at once for a site and for a student, and no more', async () => {
    const ada = await student('Ada Byron');
    for (let count = 0; count < 20; count++) await granted();
    expect(codeOf(await grant())).toBe('allowances-full');
    const own = await granted({account: ada});
    for (let count = 1; count < 20; count++) await granted({account: ada});
    expect(codeOf(await grant({account: ada}))).toBe('allowances-full');
    people.now = later(1);
    await end(own);
    expect(await grant({account: ada})).toMatchObject({kind: 'done'});
  });
});

describe('who may', () => {
  test('give one student free calls: a clerk; each of a site: an admin; somebody who only looks: nobody', async () => {
    const ada = await student('Ada Byron');
    expect(codeOf(await grant({account: ada}, VIEWER))).toBe('not-allowed');
    expect(codeOf(await grant({}, CLERK))).toBe('not-allowed');
    const [own, all] = [await granted({account: ada}), await granted()];
    expect(codeOf(await change(all, {amount: 60}, CLERK))).toBe('not-allowed');
    expect(codeOf(await end(all, CLERK))).toBe('not-allowed');
    expect(codeOf(await end(own, VIEWER))).toBe('not-allowed');
    expect(await change(own, {amount: 60}, CLERK)).toEqual({kind: 'done'});
    expect(await end(own, CLERK)).toEqual({kind: 'done'});
  });

  test('and one of another site is not found by its id', async () => {
    await people.site('lodge');
    const id = await granted();
    expect(codeOf(await people.act((tx) => allowances.end(tx, ADMIN, {site: 'lodge', allowance: id})))).toBe('allowance-unknown');
    expect(codeOf(await change('a-none'))).toBe('allowance-unknown');
  });
});
