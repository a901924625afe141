// Calls that wait as unbillable: staff are told above a limit, and where the site says so the line is locked. It ends by itself.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createIncidents} from '../../../edge/health/incidents.ts';
import type {IncidentChange} from '../../../edge/health/status.ts';
import {alertWaiting} from '../../../edge/health/waiting-alert.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {silentLog} from '../silent-log.ts';
import {HOUR, MINUTE, openSite, POUND, student, students, type Site} from './site.ts';

const DAY = 24 * HOUR;
const LOCKS = {minutes: 30, calls: 5, locks: true};

let site: Site;
beforeEach(() => {
  site = openSite({unbillable: LOCKS});
});
afterEach(() => site.remove());

/** So many calls of a minute, each begun a minute before the next; the first at that instant. */
const call = (extension: string, count: number, first: number = site.now): readonly string[] =>
  Array.from({length: count}, (_, index) => site.waits(extension, {start: first + index * MINUTE, seconds: 60}));
/** As the box does it each second. */
function wait(ms: number): void {
  site.now = (site.now + ms) as Instant;
  const due = site.credit.nextReviewAt();
  if (due !== undefined && due <= site.now) site.act(() => site.credit.reviewDue());
}

describe('a line', () => {
  test('is locked by the sixth call, and opened when staff have dealt with one', () => {
    student(site, '101', POUND);
    const [first = ''] = call('101', 5);
    expect([site.state('101'), site.alerted()]).toEqual([{wanted: 'open', reasons: []}, []]);
    call('101', 1);
    expect([site.state('101'), site.alerted()]).toEqual([{wanted: 'locked', reasons: ['unbillable']}, ['101']]);
    // The cloud is told as of any other reason.
    expect(site.told('line-state').at(-1)).toMatchObject({extension: '101', wanted: 'locked', reasons: ['unbillable']});
    expect(site.writeOff(first).decided).toEqual([{extension: '101', wanted: 'open', reasons: []}]);
    expect(site.alerted()).toEqual([]);
  });

  test('is locked by more than 30 minutes, however few the calls', () => {
    student(site, '101', POUND);
    site.waits('101', {start: site.now, seconds: 1_800});
    expect(site.state('101')?.wanted).toBe('open');
    site.waits('101', {start: site.now, seconds: 1});
    expect(site.state('101')).toEqual({wanted: 'locked', reasons: ['unbillable']});
  });

  test('opens by itself when a call of the six began a whole day ago, and not a millisecond before', () => {
    student(site, '101', POUND);
    const first = site.now - HOUR;
    call('101', 6, first);
    site.now = (first + DAY - 1) as Instant;
    wait(0);
    expect([site.state('101')?.wanted, site.alerted()]).toEqual(['locked', ['101']]);
    expect(site.credit.nextReviewAt()).toBe(first + DAY);
    wait(1);
    expect([site.state('101'), site.alerted()]).toEqual([{wanted: 'open', reasons: []}, []]);
  });

  test('is not touched by calls of longer ago, of another line, of whoever had it before', () => {
    students(site, ['101', '102'], POUND);
    call('101', 6, site.now - DAY - 10 * MINUTE);
    call('102', 4);
    site.act(() => {
      site.database.prepare("DELETE FROM tenancy WHERE extension = '101'").run();
      site.account('ben');
      site.post('ben', POUND);
      site.tenancy('101', 'student-101', 0, site.now - 30 * MINUTE);
      site.tenancy('101', 'ben', site.now - 30 * MINUTE);
    });
    // Ten minutes of the one before, then five calls of his own.
    call('101', 5, site.now - 40 * MINUTE);
    call('101', 5, site.now - 20 * MINUTE);
    site.act(() => site.credit.review(['101', '102']));
    expect([site.state('101'), site.state('102'), site.alerted()]).toEqual([
      {wanted: 'open', reasons: []},
      {wanted: 'open', reasons: []},
      [],
    ]);
  });

  test.for(['staff', 'lift', 'emergency'] as const)('of class %s is neither locked nor told of', (kind) => {
    site.line('200', kind);
    site.account('porter');
    site.tenancy('200', 'porter', 0);
    call('200', 9);
    expect([site.state('200')?.wanted ?? 'open', site.alerted()]).toEqual(['open', []]);
  });

  test('is told of and not locked where the rules say nothing of it, and follows them when they change', () => {
    site.remove();
    site = openSite();
    student(site, '101', POUND);
    call('101', 6);
    expect([site.state('101'), site.alerted()]).toEqual([{wanted: 'open', reasons: []}, ['101']]);
    const review = (): void => void site.act(() => site.credit.review(['101']));
    site.policy({unbillable: LOCKS});
    review();
    expect(site.state('101')).toEqual({wanted: 'locked', reasons: ['unbillable']});
    site.policy({unbillable: {...LOCKS, calls: 6}});
    review();
    expect([site.state('101'), site.alerted()]).toEqual([{wanted: 'open', reasons: []}, []]);
  });

  test('stands behind the brake like any other when too many are due at once: more likely the tariff is wrong', () => {
    const lines = ['101', '102', '103', '104', '105', '106'];
    students(site, lines, POUND);
    for (const line of lines) call(line, 6);
    expect(lines.map((line) => site.state(line)?.wanted)).toEqual(['locked', 'locked', 'locked', 'locked', 'locked', 'open']);
    expect(site.state('106')?.reasons).toEqual(['unbillable']);
  });
});

test('staff read which limit it is, by the rules of the site, and the incident ends with the reason for it', () => {
  const told: unknown[] = [];
  const tell = ({kind, incident: {code, subject}}: IncidentChange): void => void told.push([kind, code, subject]);
  const incidents = createIncidents({database: site.database, clock: {now: () => site.now}, log: silentLog, tell});
  const alert = (isTooMuch: boolean): void => alertWaiting(incidents, [{extension: '101', isTooMuch}], site.rules());
  alert(true);
  alert(true);
  expect(incidents.open()).toMatchObject([
    {
      code: 'credit.unbillable',
      subject: '101',
      severity: 'warning',
      stage: 'credit',
      detail: 'line 101: more than 5 calls, or 30 minutes, of the last 24 hours wait without a price',
    },
  ]);
  alert(false);
  alert(false);
  expect(incidents.open()).toEqual([]);
  expect(told).toEqual([
    ['opened', 'credit.unbillable', '101'],
    ['ended', 'credit.unbillable', '101'],
  ]);
  site.policy({unbillable: {...LOCKS, calls: 2, minutes: 7}});
  alert(true);
  expect(incidents.open()[0]?.detail).toContain('more than 2 calls, or 7 minutes,');
});
