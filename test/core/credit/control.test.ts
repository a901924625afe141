// Credit control on a real store: what money, rules, staff and time do to lines, and what the journal and the switchboard hear.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {HOUR, openSite, POUND, student, type Site} from './site.ts';

let site: Site;
beforeEach(() => {
  site = openSite();
});
afterEach(() => site.remove());
const wait = (ms: number): void => {
  site.now = (site.now + ms) as typeof site.now;
};

describe('money', () => {
  test('locks at the floor and opens above it, each told once, an unlock after payment before everything else', () => {
    student(site, '101', POUND);
    expect(site.state('101')).toEqual({wanted: 'open', reasons: []});
    expect(site.charge('student-101', POUND - 1).decided).toEqual([]);
    expect(site.charge('student-101', 1).decided).toEqual([{extension: '101', wanted: 'locked', reasons: ['floor']}]);
    expect(site.urgency('101')).toBe(2);
    expect(site.charge('student-101', 1).decided).toEqual([]);
    expect(site.pay('student-101', 1).decided).toEqual([]);
    expect(site.pay('student-101', 1).decided).toEqual([{extension: '101', wanted: 'open', reasons: []}]);
    expect(site.urgency('101')).toBe(0);
    expect(site.told('line-state').map(({wanted}) => wanted)).toEqual(['locked', 'open']);
  });

  test('of one account decides for all its lines', () => {
    const account = student(site, '101', POUND);
    site.line('102');
    site.tenancy('102', account, 0);
    expect(site.charge(account, POUND).decided.map(({extension}) => extension)).toEqual(['101', '102']);
  });

  test('of a tenant who has left decides for none', () => {
    const account = student(site, '101', POUND);
    site.tenancy('101', account, 0, site.now - 1);
    expect(site.charge(account, 2 * POUND).decided).toEqual([]);
  });

  test('is warned of once a crossing', () => {
    student(site, '101', 3 * POUND);
    expect(site.charge('student-101', POUND).warned).toEqual([]);
    expect(site.charge('student-101', 1).warned).toEqual(['student-101']);
    expect(site.charge('student-101', 1).warned).toEqual([]);
    // Back over the threshold, but not by a tenth.
    site.pay('student-101', 100_000);
    expect(site.charge('student-101', 150_000).warned).toEqual([]);
    site.pay('student-101', POUND);
    expect(site.charge('student-101', POUND).warned).toEqual(['student-101']);
    expect(site.told('warning')).toEqual([
      {account: 'student-101', balance: 1_999_999, at: site.now},
      {account: 'student-101', balance: 1_949_998, at: site.now},
    ]);
  });

  test('of the house is nobody’s warning and nobody’s line', () => {
    const settled = site.act(() => site.credit.settle(['clearing:card' as never], 'money'));
    expect(settled).toEqual({decided: [], warned: [], requested: [], braked: 0, waiting: []});
  });
});

describe('a line', () => {
  test('that is new and open is news to nobody; one that is vacant from the start is locked', () => {
    student(site, '101', POUND);
    expect(site.told('line-state')).toEqual([]);
    site.line('102');
    expect(site.act(() => site.credit.review(['102'])).decided).toEqual([{extension: '102', wanted: 'locked', reasons: ['vacant']}]);
  });

  test('that stays locked for another reason is told to the cloud and not to the switchboard', () => {
    student(site, '101', POUND);
    site.charge('student-101', POUND);
    expect(site.override({extension: '101', act: 'lock'}).decided).toEqual([]);
    expect(site.told('line-state').at(-1)).toMatchObject({extension: '101', wanted: 'locked', reasons: ['floor', 'staff']});
  });

  test('of staff is open whatever happens', () => {
    site.line('200', 'staff');
    site.line('201', 'lift');
    site.line('202', 'emergency');
    const {decided} = site.act(() => site.credit.review(['200', '201', '202']));
    expect(decided).toEqual([]);
    expect(['200', '201', '202'].map((extension) => site.state(extension)?.wanted)).toEqual(['open', 'open', 'open']);
  });

  test('is not judged before the site has any rules', () => {
    const bare = openSite('no rules');
    student(bare, '101', 0);
    expect(bare.state('101')).toBeUndefined();
    expect(bare.charge('student-101', POUND)).toEqual({decided: [], warned: [], requested: [], braked: 0, waiting: []});
    bare.remove();
  });

  test('is judged only in the transaction that changed something', () => {
    expect(() => site.credit.review(['101'])).toThrow(/transaction/);
  });
});

describe('staff', () => {
  test('open a line for some money: it ends when that is spent, in calls of the tenant', () => {
    student(site, '101', 0);
    const opened = site.override({extension: '101', act: 'unlock', expires: site.now + 24 * HOUR, limit: 2 * POUND});
    expect(opened.decided).toEqual([{extension: '101', wanted: 'open', reasons: ['floor']}]);
    expect(site.urgency('101')).toBe(1);
    expect(site.charge('student-101', 2 * POUND - 1).decided).toEqual([]);
    expect(site.charge('student-101', 1).decided).toEqual([{extension: '101', wanted: 'locked', reasons: ['floor']}]);
  });

  test('open a line until a time: it ends then', () => {
    student(site, '101', 0);
    site.override({extension: '101', act: 'unlock', expires: site.now + HOUR, limit: 2 * POUND});
    expect(site.credit.nextReviewAt()).toBe(site.now + HOUR);
    wait(HOUR);
    expect(site.act(() => site.credit.reviewDue()).decided).toEqual([{extension: '101', wanted: 'locked', reasons: ['floor']}]);
  });

  test('take back what they gave', () => {
    student(site, '101', POUND);
    site.override({extension: '101', act: 'lock'});
    expect(site.override({extension: '101', act: 'end'}).decided).toEqual([{extension: '101', wanted: 'open', reasons: []}]);
  });

  test('do not open a line for its next tenant', () => {
    student(site, '101', -10 * POUND);
    site.override({extension: '101', act: 'unlock', expires: site.now + 100 * HOUR, limit: 50 * POUND});
    site.tenancy('101', 'student-101', 0, site.now + HOUR);
    site.account('next');
    site.tenancy('101', 'next', site.now + HOUR);
    site.act(() => site.credit.reviewDue());
    wait(HOUR);
    expect(site.act(() => site.credit.reviewDue()).decided).toEqual([{extension: '101', wanted: 'locked', reasons: ['floor']}]);
  });
});

describe('watch mode', () => {
  beforeEach(() => site.policy({mode: 'watch'}));

  test('shows would-be locks of what calls would have cost, and asks, warns and debits nothing', () => {
    student(site, '101', 3 * POUND, {automaticTopUp: {threshold: 5 * POUND, target: 9 * POUND}});
    const watched = (amount: number): ReturnType<Site['charge']> => {
      site.watch('student-101', amount);
      return site.act(() => site.credit.settle(['student-101' as never], 'call'));
    };
    const waiting = [{extension: '101', isTooMuch: false}];
    expect(watched(3 * POUND - 1)).toEqual({decided: [], warned: [], requested: [], braked: 0, waiting});
    expect(watched(1)).toEqual({
      decided: [{extension: '101', wanted: 'locked', reasons: ['floor']}],
      warned: [],
      requested: [],
      braked: 0,
      waiting,
    });
    expect(site.told('top-up-request')).toEqual([]);
    expect(site.told('warning')).toEqual([]);
    expect(site.database.prepare("SELECT debit FROM balance WHERE account = 'student-101'").pluck().get()).toBe(0);
  });

  test('ends for a line when the site begins to bill: nothing was owed', () => {
    student(site, '101', POUND);
    site.watch('student-101', POUND);
    site.act(() => site.credit.settle(['student-101' as never], 'call'));
    expect(site.state('101')?.wanted).toBe('locked');
    site.policy({mode: 'bill-and-lock'});
    expect(site.act(() => site.credit.review(['101'])).decided).toEqual([{extension: '101', wanted: 'open', reasons: []}]);
  });

  test('counts what is watched against the money limit of an unlock, from when it was given', () => {
    student(site, '101', POUND);
    site.watch('student-101', 4 * POUND);
    site.override({extension: '101', act: 'unlock', expires: site.now + HOUR, limit: 2 * POUND});
    expect(site.state('101')).toEqual({wanted: 'open', reasons: ['floor']});
    site.watch('student-101', 2 * POUND);
    site.act(() => site.credit.settle(['student-101' as never], 'call'));
    expect(site.state('101')).toEqual({wanted: 'locked', reasons: ['floor']});
  });
});

describe('time alone', () => {
  beforeEach(() => {
    student(site, '101', POUND);
    site.act(() => site.credit.reviewDue());
  });

  test('changes nothing while nothing is ahead', () => {
    expect(site.credit.nextReviewAt()).toBeUndefined();
    wait(1_000 * HOUR);
    expect(site.credit.nextReviewAt()).toBeUndefined();
    expect(site.act(() => site.credit.reviewDue()).decided).toEqual([]);
  });

  test('makes a line vacant at the end of its tenancy, and locks it then', () => {
    site.tenancy('101', 'student-101', 0, site.now + HOUR);
    expect(site.credit.nextReviewAt()).toBe(site.now + HOUR);
    wait(HOUR - 1);
    expect(site.act(() => site.credit.reviewDue()).decided).toEqual([]);
    wait(1);
    expect(site.act(() => site.credit.reviewDue()).decided).toEqual([{extension: '101', wanted: 'locked', reasons: ['vacant']}]);
    expect(site.credit.nextReviewAt()).toBeUndefined();
  });

  test('opens a vacant line when a tenancy begins', () => {
    site.line('102');
    site.account('next');
    site.post('next', POUND);
    site.tenancy('102', 'next', site.now + HOUR);
    site.act(() => site.credit.review(['102']));
    expect(site.state('102')?.wanted).toBe('locked');
    wait(HOUR);
    expect(site.act(() => site.credit.reviewDue()).decided).toEqual([{extension: '102', wanted: 'open', reasons: []}]);
  });

  test('is made up for after the box was off', () => {
    site.tenancy('101', 'student-101', 0, site.now + HOUR);
    site.tenancy('101', 'other', site.now + 2 * HOUR, site.now + 3 * HOUR);
    wait(500 * HOUR);
    expect(site.credit.nextReviewAt()).toBeLessThanOrEqual(site.now);
    expect(site.act(() => site.credit.reviewDue()).decided).toMatchObject([{extension: '101', reasons: ['vacant']}]);
  });

  test('is judged again when the transaction that judged it did not commit', () => {
    site.tenancy('101', 'student-101', 0, site.now + HOUR);
    wait(HOUR);
    const failing = (): void =>
      site.act(() => {
        site.credit.reviewDue();
        throw new Error('the disk is full');
      });
    expect(failing).toThrow('the disk is full');
    expect(site.state('101')?.wanted).toBe('open');
    expect(site.credit.nextReviewAt()).toBeLessThanOrEqual(site.now);
    expect(site.act(() => site.credit.reviewDue()).decided).toHaveLength(1);
  });

  test('that is set back takes back what had come due', () => {
    site.tenancy('101', 'student-101', 0, site.now + HOUR);
    wait(2 * HOUR);
    site.act(() => site.credit.reviewDue());
    expect(site.state('101')?.wanted).toBe('locked');
    wait(-2 * HOUR);
    expect(site.credit.nextReviewAt()).toBeLessThanOrEqual(site.now);
    expect(site.act(() => site.credit.reviewDue()).decided).toEqual([{extension: '101', wanted: 'open', reasons: []}]);
    expect(site.credit.nextReviewAt()).toBe(site.now + HOUR);
  });

  test('says nothing of a site without rules', () => {
    const bare = openSite('no rules');
    student(bare, '101', POUND);
    bare.tenancy('101', 'student-101', 0, bare.now - 1);
    expect(bare.credit.nextReviewAt()).toBeUndefined();
    bare.remove();
  });
});
