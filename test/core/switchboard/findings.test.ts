// Small parts of the reconciler: what waits for a command, what waits for the disk, and how long things took.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {DueLines, RE_ASSERT, type DueLine} from '../../../edge/switchboard/due-lines.ts';
import {Findings} from '../../../edge/switchboard/findings.ts';
import {LatencyRing} from '../../../edge/switchboard/latencies.ts';
import {createLineRows, type Finding, type LineRow, type LineRows} from '../../../edge/switchboard/line-rows.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {manualTime, type ManualTime} from '../manual-timers.ts';
import {silentLog} from '../silent-log.ts';
import {fillDisk, temporaryStore, type TemporaryStore} from '../temporary-store.ts';

let store: TemporaryStore;
let rows: LineRows;
let time: ManualTime;
beforeEach(() => {
  store = temporaryStore();
  rows = createLineRows(store.database);
  time = manualTime();
  const insert = store.database.prepare(
    "INSERT INTO line_state (extension, reasons, wanted, decision, decided_at, urgency) VALUES (?, '[]', 'locked', 3, ?, 2)",
  );
  store.database.transaction(() => {
    for (let line = 101; line <= 500; line++) insert.run(String(line), 1_000 - line);
  })();
});
afterEach(() => store.remove());

const barred = {outgoing: 'barred', incoming: 'diverted'} as const;
const unknown = {outgoing: 'unknown', incoming: 'unknown'} as const;
const finding = (extension: string, change: Partial<Finding> = {}): Finding => ({
  extension,
  at: 5_000 as Instant,
  reading: barred,
  decision: 3,
  failure: undefined,
  ...change,
});
const stored = (extension: string): unknown =>
  store.database
    .prepare(
      'SELECT confirmed_decision AS confirmed, actual_outgoing AS outgoing, actual_at AS at, failures, last_failure AS why FROM line_state WHERE extension = ?',
    )
    .get(extension);

describe('the rows of lines', () => {
  test('come one, all, those that wait in the order of their urgency, and one after the other in a ring', () => {
    expect(rows.count()).toBe(400);
    expect(rows.all()).toHaveLength(400);
    expect(rows.one('666')).toBeUndefined();
    store.database.exec(
      "UPDATE line_state SET confirmed_decision = 3 WHERE extension NOT IN ('101', '102', '103'); UPDATE line_state SET urgency = 0 WHERE extension = '102'",
    );
    expect(rows.unconfirmed().map(({extension}) => extension)).toEqual(['102', '103', '101']);
    expect([rows.after('')?.extension, rows.after('101')?.extension, rows.after('500')?.extension]).toEqual(['101', '102', '101']);
  });

  test('keep what was found: a reading, a confirmation, a failure; a line that is let go, back at the decision before', () => {
    rows.keep([finding('101'), finding('102', {decision: undefined, reading: unknown, failure: {count: 2, text: 'x'.repeat(1_000)}})]);
    expect(stored('101')).toEqual({confirmed: 3, outgoing: 'barred', at: 5_000, failures: 0, why: null});
    expect(stored('102')).toEqual({confirmed: 0, outgoing: 'unknown', at: 5_000, failures: 2, why: 'x'.repeat(300)});
    rows.keep([finding('102'), finding('101', {decision: 2})]);
    expect(stored('102')).toMatchObject({confirmed: 3, failures: 0, why: null});
    expect(stored('101')).toMatchObject({confirmed: 2});
  });
});

describe('findings', () => {
  let changed: string[];
  let findings: Findings;
  beforeEach(() => {
    changed = [];
    findings = new Findings({rows, timers: time.timers, log: silentLog, onChange: (extension) => changed.push(extension)});
  });

  test('are kept together a moment later, and told then', async () => {
    const kept: string[] = [];
    findings.add(finding('101'), () => kept.push('101'));
    findings.add(finding('102'), () => kept.push('102'));
    expect([findings.holds('101'), findings.holds('103'), kept]).toEqual([true, false, []]);
    await time.pass(19);
    expect(stored('101')).toMatchObject({confirmed: 0});
    await time.pass(1);
    expect([kept, changed, findings.holds('101')]).toEqual([['101', '102'], ['101', '102'], false]);
    expect(stored('102')).toMatchObject({confirmed: 3});
    expect(time.next()).toBeUndefined();
  });

  test('are kept at once when there are two hundred', () => {
    for (let line = 101; line <= 300; line++) findings.add(finding(String(line)));
    expect(changed).toHaveLength(200);
    expect(time.next()).toBeUndefined();
  });

  test('of one line are one: the later reading, and what the earlier one confirmed', async () => {
    const kept: string[] = [];
    findings.add(finding('101', {decision: 2}), () => kept.push('first'));
    findings.add(finding('101', {decision: undefined, reading: unknown}), () => kept.push('second'));
    await time.pass(20);
    expect(stored('101')).toMatchObject({confirmed: 2, outgoing: 'unknown'});
    expect([kept, changed]).toEqual([['first', 'second'], ['101']]);
  });

  test('that a full disk refuses wait, and are kept when there is space', async () => {
    const kept: string[] = [];
    const insert = store.database.prepare("UPDATE line_state SET last_failure = ? WHERE extension = '101'");
    const free = fillDisk(store.database);
    expect(() => insert.run('x'.repeat(20_000))).toThrow(/full/);
    store.database.exec(
      'CREATE TEMP TRIGGER grows BEFORE UPDATE ON line_state BEGIN INSERT INTO main.filler (bytes) VALUES (zeroblob(20000)); END',
    );
    findings.add(finding('101'), () => kept.push('101'));
    await time.pass(20);
    expect([kept, findings.holds('101'), time.next()]).toEqual([[], true, 5_000]);
    store.database.exec('DROP TRIGGER grows');
    free();
    await time.pass(5_000);
    expect([kept, findings.holds('101')]).toEqual([['101'], false]);
    expect(stored('101')).toMatchObject({confirmed: 3});
  });
});

describe('lines that are due', () => {
  const due = (extension: string, urgency: number, notBeforeMs = 0): DueLine => ({
    row: {extension, decision: 1} as LineRow,
    urgency,
    sinceMs: 0,
    heardMs: undefined,
    failures: 0,
    notBeforeMs,
  });

  test('come by urgency, then in the order in which they were put; a newer one takes the place of an older one, at the end', () => {
    const lines = new DueLines();
    for (const line of [due('a', 2), due('b', 1), due('c', 1), due('d', RE_ASSERT), due('b', 1)]) lines.put(line);
    const order: string[] = [];
    for (let next = lines.first(0, RE_ASSERT); next !== undefined; next = lines.first(0, RE_ASSERT)) {
      order.push(next.row.extension);
      lines.done(next);
    }
    expect(order).toEqual(['c', 'b', 'a', 'd']);
  });

  test('that failed wait alone, until the switchboard is back', () => {
    const lines = new DueLines();
    lines.put(due('a', 0, 500));
    lines.put(due('b', 2));
    expect(lines.first(499, RE_ASSERT)?.row.extension).toBe('b');
    expect(lines.first(500, RE_ASSERT)?.row.extension).toBe('a');
    expect(lines.first(0, 0)).toBeUndefined();
    expect(lines.nextMs()).toBe(0);
    lines.drop('b');
    expect(lines.nextMs()).toBe(500);
    lines.forgive();
    expect(lines.first(0, 0)?.row.extension).toBe('a');
  });

  test('that were decided anew while their command was on the wire are still due', () => {
    const lines = new DueLines();
    const older = due('a', 2);
    lines.put(older);
    lines.put(due('a', 0));
    lines.done(older);
    expect(lines.size).toBe(1);
  });
});

test('durations give their median and their 99th percentile, of the last thousand', () => {
  const ring = new LatencyRing();
  expect(ring.read()).toEqual({p50: undefined, p99: undefined, count: 0});
  for (let ms = 1; ms <= 100; ms++) ring.add(ms);
  expect(ring.read()).toEqual({p50: 50, p99: 99, count: 100});
  for (let count = 0; count < 1_024; count++) ring.add(7);
  expect(ring.read()).toEqual({p50: 7, p99: 7, count: 1_124});
});
