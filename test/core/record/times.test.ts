// Local times that come twice or never, years that are not printed, clocks that are wrong.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {CallRecord, Outcome} from '../../../edge/record/call-record.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';
import {columns} from './columns.ts';
import {at, openBox, ownProfile, readCall, readLines, RECEIVED, type Reading} from './read-lines.ts';

/** A Mitel line of a call that was answered at once and lasted a minute; each has an id of its own. */
let ids = 0;
const mitel = (date: string, time: string, duration = '0000:01:00'): string =>
  columns(207, {
    2: date,
    8: time,
    18: duration,
    29: '1234',
    42: '902079460000',
    68: 'A',
    70: 'T001',
    154: `A${String(++ids).padStart(7, '0')}`,
    163: 'A',
  });
const london = {profile: 'mitel-mivoice', zone: 'Europe/London'} as const;

const calls = (outcomes: readonly Outcome[]): readonly CallRecord[] =>
  outcomes.flatMap((outcome) => (outcome.kind === 'call' ? [outcome.record] : []));
const startsOf = (outcomes: readonly Outcome[]): readonly string[] =>
  calls(outcomes).map(({start}) => new Date(start).toISOString().slice(0, 16));

// London, 25 October 2026: at 02:00 summer time the clocks go back to 01:00.
describe('a local time that comes twice', () => {
  test('is the one that was just received, on a connection', () => {
    const line = mitel('10/25', '01:30:00');
    for (const received of ['2026-10-25T00:31:00Z', '2026-10-25T01:31:00Z']) {
      const read = readCall(line, {...london, receivedAt: at(received)});
      expect(read.start).toBe(at(received) - 60_000);
      expect(read.flags).toContain('ambiguous-local-time');
    }
  });

  test('keeps the order of a file that is read later: what goes back is the second hour', () => {
    const times = ['00:50:00', '01:10:00', '01:50:00', '01:05:00', '01:45:00', '02:10:00'];
    const outcomes = readLines(
      times.map((time) => mitel('10/25', time)),
      {...london, live: false, receivedAt: at('2026-10-25T18:00:00Z')},
    );
    expect(startsOf(outcomes)).toEqual([
      '2026-10-24T23:50',
      '2026-10-25T00:10',
      '2026-10-25T00:50',
      '2026-10-25T01:05',
      '2026-10-25T01:45',
      '2026-10-25T02:10',
    ]);
    expect(calls(outcomes).map(({flags}) => flags.includes('ambiguous-local-time'))).toEqual([false, true, true, true, true, false]);
  });

  test('keeps the order of a buffer that a connection brings hours later', () => {
    const outcomes = readLines(
      ['00:50:00', '01:10:00', '01:40:00', '01:20:00'].map((time) => mitel('10/25', time)),
      {...london, receivedAt: at('2026-10-25T09:00:00Z')},
    );
    expect(startsOf(outcomes)).toEqual(['2026-10-24T23:50', '2026-10-25T00:10', '2026-10-25T00:40', '2026-10-25T01:20']);
  });

  test('is not taken for the second where a long call is told a little late', () => {
    const outcomes = readLines([mitel('10/25', '01:30:00'), mitel('10/25', '01:25:00')], {
      ...london,
      receivedAt: at('2026-10-25T00:32:00Z'),
    });
    expect(startsOf(outcomes)).toEqual(['2026-10-25T00:30', '2026-10-25T00:25']);
  });

  test('is nearest to its receipt where nothing was before it', () => {
    const read = readCall(mitel('10/25', '01:30:00'), {...london, live: false, receivedAt: at('2026-10-26T00:00:00Z')});
    expect(read.start).toBe(at('2026-10-25T01:30:00Z'));
  });
});

describe('after a restart in the hour that comes twice', () => {
  let store: TemporaryStore;
  beforeEach(() => {
    store = temporaryStore();
  });
  afterEach(() => {
    store.remove();
  });

  test('the spool says what was before', () => {
    const received = at('2026-10-25T09:00:00Z');
    const box = openBox(store, {...london, live: false});
    box.receive([mitel('10/25', '00:50:00'), mitel('10/25', '01:50:00')], received);
    box.restart();
    // Falls behind the line before it by more than any disorder: the second 01:20.
    expect(startsOf(box.receive([mitel('10/25', '01:20:00')], received))).toEqual(['2026-10-25T01:20']);
  });
});

// London, 29 March 2026: at 01:00 the clocks go forward to 02:00.
describe('a local time that never was', () => {
  test('moves forward by the gap', () => {
    const read = readCall(mitel('03/29', '01:30:00'), {...london, receivedAt: at('2026-03-29T01:32:00Z')});
    expect(read.start).toBe(at('2026-03-29T01:30:00Z'));
    expect(read.flags).toContain('nonexistent-local-time');
  });
});

describe('a year that is not printed', () => {
  test.each([
    ['the old year, just after New Year', '12/31', '23:58:00', '2027-01-01T00:00:10Z', '2026-12-31T23:58:00Z'],
    ['the new year, just after New Year', '01/01', '00:01:00', '2027-01-01T00:02:10Z', '2027-01-01T00:01:00Z'],
    ['the new year, of a clock that is a minute ahead', '01/01', '00:00:30', '2026-12-31T23:59:50Z', '2027-01-01T00:00:30Z'],
    ['the old year, out of a buffer that was months without a reader', '11/26', '10:00:00', '2027-03-01T00:00:00Z', '2026-11-26T10:00:00Z'],
    ['a leap day', '02/29', '10:00:00', '2028-02-29T10:01:30Z', '2028-02-29T10:00:00Z'],
  ])('is %s', (...[, date, time, received, start]) => {
    const read = readCall(mitel(date, time), {...london, receivedAt: at(received)});
    expect(read.start).toBe(at(start));
    expect(read.flags).toContain('year-inferred');
    expect(read.doubt).toBeUndefined();
  });

  test('of a file is the last one: it was written before it is read', () => {
    const reading: Reading = {...london, live: false, receivedAt: RECEIVED};
    expect(readCall(mitel('12/30', '10:00:00'), reading).start).toBe(at('2025-12-30T10:00:00Z'));
    expect(readCall(mitel('03/05', '10:00:00'), reading).start).toBe(at('2026-03-05T10:00:00Z'));
  });

  test('is part of the key: the same line a year later is another call', () => {
    const line = mitel('11/26', '10:00:00');
    const keys = ['2026', '2027'].map((year) => readCall(line, {...london, receivedAt: at(`${year}-11-26T10:02:00Z`)}).sourceKey);
    expect(keys[0]).not.toBe(keys[1]);
  });
});

describe('a clock that is wrong', () => {
  test('by an hour and more ahead: on a connection the call ended when its line came', () => {
    const read = readCall(mitel('11/26', '17:00:00'), london);
    expect(read).toMatchObject({
      start: RECEIVED - 60_000,
      durationSeconds: 60,
      doubt: undefined,
      flags: ['year-inferred', 'receipt-time-used'],
    });
  });

  test('by less: it keeps its time', () => {
    expect(readCall(mitel('11/26', '15:59:00'), london)).toMatchObject({
      start: at('2026-11-26T15:59:00Z'),
      flags: ['year-inferred'],
      doubt: undefined,
    });
  });

  test('behind: it may be a buffer, and keeps its time', () => {
    expect(readCall(mitel('11/20', '10:00:00'), london)).toMatchObject({
      start: at('2026-11-20T10:00:00Z'),
      flags: ['year-inferred'],
      doubt: undefined,
    });
  });

  test('in a file: nobody knows when the call was', () => {
    const read = readCall(mitel('11/27', '17:00:00'), {...london, live: false});
    expect(read).toMatchObject({start: at('2026-11-27T17:00:00Z'), doubt: {reason: 'time-implausible'}});
  });

  test('of the box itself judges nobody', () => {
    const stamped = `"","101","9020","c","x","PJSIP/101-0a","PJSIP/t-0b","Dial","","2026-11-26 10:00:00",,"2026-11-26 10:01:00",60,60,"ANSWERED","D"`;
    const read = readCall(stamped, {profile: 'asterisk-csv', receivedAt: at('1970-01-01T00:05:00Z')});
    expect(read).toMatchObject({start: at('2026-11-26T10:00:00Z'), doubt: undefined, flags: []});
  });
});

describe('a duration', () => {
  test.each([
    ['0048:00:00', undefined],
    ['0048:00:01', 'duration-implausible'],
    ['9999:59:59', 'duration-implausible'],
  ])('of %s', (duration, reason) => {
    const read = readCall(mitel('11/20', '10:00:00', duration), london);
    expect(read.doubt?.reason).toBe(reason);
  });

  test('where the counter of a switchboard ends is none', () => {
    const read = readCall("26/11/26 14:00 401 02079460000 11:59'59", {profile: counter});
    expect(read).toMatchObject({durationSeconds: 43_199, doubt: {reason: 'duration-implausible'}});
    expect(readCall("26/11/26 14:00 401 02079460000 11:59'58", {profile: counter}).doubt).toBeUndefined();
  });
});

const counter = ownProfile(`
format: spbs-profile/1
name: counter
title: A counter that ends at twelve hours, and the time of the end
family: counter
evidence: {is: manual, source: this test}
encoding: latin1
answers: never
layouts: [{name: one, lengths: 39, columns: {date: 1-8, time: 10-14, line: 16-18, number: 20-30, duration: 32-39}}]
time: {is: end, from: [date, time], picture: DD/MM/YY hh:mm}
duration: {from: duration, picture: "hh:mm'ss", ceiling: 43199}
answered: [{is: not-reported}]
direction: [{is: outgoing}]
calls: {outgoing: {extension: line, dialled: number}, incoming: {}, internal: {}}
sourceKey: [date, time, line, number, duration]
`);

describe('a time that is of the end', () => {
  test('is counted back after it is an instant: over a clock change too', () => {
    // Ends at 02:30 winter time after 2 h: began at 01:30 summer time, which is 00:30 UTC.
    const read = readCall("25/10/26 02:30 401 02079460000 02:00'00", {profile: counter, zone: 'Europe/London'});
    expect(read.start).toBe(at('2026-10-25T00:30:00Z'));
  });
});
