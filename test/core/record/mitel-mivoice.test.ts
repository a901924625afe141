// The columns of Mitel's "SMDR – Summary of Fields", one line for each form, and lines made like those of a switchboard in use.
import {describe, expect, test} from 'vitest';
import {columns} from './columns.ts';
import {at, readCall, readLines, wordOf} from './read-lines.ts';

const mitel = {profile: 'mitel-mivoice', zone: 'Europe/London'} as const;

/** One outgoing call of 1 min 5 s from 1234 over trunk 7, in every form: what stands where, the vendor's table says. */
const OUTGOING = '900441614960000';
const forms: readonly (readonly [name: string, line: string])[] = [
  [
    'standard, 90',
    columns(90, {2: '11/26', 8: '14:30', 15: '00:01:05', 24: '1234', 34: OUTGOING, 60: 'A', 62: 'T007', 73: '4711', 86: '001'}),
  ],
  [
    'standard with ANI, DNIS and call id, 131',
    columns(131, {
      2: '11/26',
      8: '14:30',
      15: '00:01:05',
      24: '1234',
      34: OUTGOING,
      60: 'A',
      62: 'T007',
      73: '4711',
      114: 'A0010001',
      122: 'A',
    }),
  ],
  [
    'extended digits, 101',
    columns(101, {2: '11/26', 8: '14:30', 15: '0000:01:05', 26: '1234', 39: OUTGOING, 65: 'A', 67: 'T007', 84: '4711', 97: '001'}),
  ],
  [
    'extended digits with ANI, DNIS and call id, 139',
    columns(139, {
      2: '11/26',
      8: '14:30',
      15: '0000:01:05',
      26: '1234',
      39: OUTGOING,
      65: 'A',
      67: 'T007',
      84: '4711',
      122: 'A0010001',
      130: 'A',
    }),
  ],
  [
    'level 1, 169',
    columns(169, {
      2: '11/26',
      8: '14:30',
      15: '0000:01:05',
      26: '1234',
      39: OUTGOING,
      65: 'A',
      67: 'T007',
      92: '4711',
      151: 'A0010001',
      160: 'A',
    }),
  ],
  [
    'levels 1 and 2, 195',
    columns(195, {
      2: '11/26',
      8: '14:30:00',
      18: '0000:01:05',
      29: '1234',
      42: OUTGOING,
      63: '00000',
      68: 'A',
      70: 'T007',
      95: '4711',
      154: 'A0010001',
      163: 'A',
    }),
  ],
  [
    'levels 1 and 2 with locations, 207',
    columns(207, {
      2: '11/26',
      8: '14:30:00',
      18: '0000:01:05',
      29: '1234',
      42: OUTGOING,
      63: '00000',
      68: 'A',
      70: 'T007',
      95: '4711',
      154: 'A0010001',
      163: 'A',
      197: '00001',
    }),
  ],
];

describe('an outgoing call', () => {
  test.each(forms)('in the form %s', (_, line) => {
    expect(readCall(line, mitel)).toMatchObject({
      family: 'mitel-smdr',
      lines: [1],
      direction: 'outgoing',
      extension: '1234',
      dialled: OUTGOING,
      caller: undefined,
      trunk: 'T007',
      accountCode: '4711',
      start: at('2026-11-26T14:30:00Z'),
      durationSeconds: 65,
      ringSeconds: undefined,
      answered: 'yes',
      doubt: undefined,
      flags: ['year-inferred'],
    });
  });

  test('has one key in all forms that carry its id, and others in those that do not', () => {
    const keys = forms.map(([, line]) => readCall(line, mitel).sourceKey);
    expect(new Set(keys.slice(5)).size).toBe(1);
    // The start of the shorter forms has no seconds.
    expect(new Set([keys[1], keys[3], keys[4]]).size).toBe(1);
    expect(new Set(keys).size).toBe(4);
  });
});

/** A line of levels 1 and 2 with locations. */
const long = (texts: Readonly<Record<number, string>>): string =>
  columns(207, {1: ' ', 2: '11/05', 8: '15:42:52', 108: '001', 154: 'C0093299', 163: 'A', ...texts});

// As a MiVoice on SIP trunks prints them: no trunk is named, the outer party's place is blank.
describe('a switchboard in use', () => {
  test('answers a call from outside', () => {
    const line = long({1: '+', 18: '0000:00:21', 37: '0004', 42: '4711', 70: '1907', 114: '02079460000', 135: '4711'});
    expect(readCall(line, mitel)).toMatchObject({
      direction: 'incoming',
      extension: '1907',
      dialled: undefined,
      caller: '02079460000',
      trunk: undefined,
      start: at('2026-11-05T15:42:52Z'),
      durationSeconds: 21,
      ringSeconds: 4,
      answered: 'yes',
      flags: ['long-call-marker', 'year-inferred'],
    });
  });

  test('lets one ring that nobody answers: its six seconds are no conversation', () => {
    const line = long({18: '0000:00:06', 37: '****', 42: '1907', 70: '1907', 114: '02079460000'});
    expect(readCall(line, mitel)).toMatchObject({direction: 'incoming', answered: 'no', durationSeconds: 0, ringSeconds: 6});
  });

  test('is left before the other side answers, with a blank duration', () => {
    expect(readCall(long({29: '1234', 42: '9999999999', 63: '00000'}), mitel)).toMatchObject({
      direction: 'outgoing',
      dialled: '9999999999',
      answered: 'no',
      durationSeconds: 0,
      ringSeconds: 0,
    });
  });

  test('transfers a call to 1025', () => {
    const line = long({18: '0000:00:43', 37: '0007', 42: '1000', 70: '1000', 85: 'T', 87: '1025', 114: '02079460000'});
    expect(readCall(line, mitel)).toMatchObject({direction: 'incoming', extension: '1000', flags: ['transferred', 'year-inferred']});
  });

  test('connects two of its own', () => {
    const line = long({18: '0000:16:38', 29: '7411', 37: '0003', 42: '7406', 68: 'I', 70: '7406'});
    expect(readCall(line, mitel)).toMatchObject({
      direction: 'internal',
      extension: '7411',
      dialled: '7406',
      trunk: undefined,
      answered: 'yes',
      durationSeconds: 998,
    });
  });

  test.each([
    ['analogue trunks do not say whether they were answered', {}, 'not-reported', 65],
    ['busy', {68: 'B'}, 'no', 0],
    ['the caller dialled wrongly', {68: 'E'}, 'no', 0],
    ['toll denied', {68: 'T'}, 'no', 0],
  ] as const)('outgoing: %s', (_, texts, answered, durationSeconds) => {
    const line = long({18: '0000:01:05', 29: '1234', 42: OUTGOING, 70: 'T007', ...texts});
    expect(readCall(line, mitel)).toMatchObject({direction: 'outgoing', answered, durationSeconds});
  });

  test.each([
    ['a trunk to another switchboard', {29: 'X101', 70: '1234'}, {direction: 'incoming', extension: '1234', trunk: 'X101'}],
    ['the attendant dials', {29: 'ATT1', 42: OUTGOING, 70: 'T1'}, {direction: 'outgoing', extension: 'ATT1', trunk: 'T1'}],
    ['two trunks', {29: 'T001', 42: OUTGOING, 70: 'T002'}, {direction: 'unknown', extension: undefined, trunk: 'T002', dialled: OUTGOING}],
    ['nobody at all', {42: OUTGOING}, {direction: 'unknown', extension: undefined}],
  ] as const)('who spoke with whom: %s', (_, texts, call) => {
    expect(readCall(long({18: '0000:00:10', 68: 'A', ...texts}), mitel)).toMatchObject(call);
  });

  test('dials so long a number that meter pulses follow at once', () => {
    const line = long({18: '0000:00:10', 29: '1234', 42: '123456789012345678901', 63: '00123', 68: 'A', 70: 'T007'});
    expect(readCall(line, mitel).dialled).toBe('123456789012345678901');
  });
});

describe('the time', () => {
  const standard = (time: string, texts: Readonly<Record<number, string>> = {}): string =>
    columns(90, {2: '11/26', 8: time, 15: '00:01:05', 24: '1234', 34: OUTGOING, 60: 'A', 62: 'T007', ...texts});

  test.each([
    [' 3:06P', '2026-11-26T15:06:00Z', '2026-11-26T15:30:00Z'],
    ['12:06P', '2026-11-26T12:06:00Z', '2026-11-26T12:30:00Z'],
    [' 3:06 ', '2026-11-26T03:06:00Z', '2026-11-26T03:30:00Z'],
    ['00:00 ', '2026-11-26T00:00:00Z', '2026-11-26T03:30:00Z'],
  ])('%j is %s', (time, start, received) => {
    expect(readCall(standard(time), {...mitel, receivedAt: at(received)}).start).toBe(at(start));
  });

  test.each(['13:06P', '00:06P', '24:00 ', '12:60 ', '1x:00 '])('%j is none', (time) => {
    expect(readLines([standard(time)], mitel).map(wordOf)).not.toContain('call');
  });

  test.each([
    ['29 February of a year that has none', {2: '02/29'}],
    ['month 13', {2: '13/01'}],
    ['day 0', {2: '12/00'}],
  ])('is on no calendar: %s', (_, texts) => {
    expect(readLines([standard('14:30', texts)], mitel)).toEqual([
      {kind: 'rejected', reason: 'field-unreadable', detail: 'its time is on no calendar', line: 1},
    ]);
  });
});

describe('a line that is no call', () => {
  test.each([
    ['CLOCK MALFUNCTION', 'clock-fault'],
    ['  *** CLOCK MALFUNCTION ***  ', 'clock-fault'],
    ['127   08/03 10:28  RS CLEAN                     ', 'room-status'],
    ['    ', 'blank'],
  ])('%j is told by its kind', (line, what) => {
    expect(readLines([line], mitel)).toEqual([{kind: 'not-a-call', what, line: 1}]);
  });
});

describe('a line that cannot be read', () => {
  const whole = forms.at(-1)?.[1] ?? '';

  test.each([30, 57, 90, 120, 194, 206])('lost its end after %i characters', (length) => {
    const outcomes = readLines([whole.slice(0, length)], mitel);
    expect(['cut-line', 'no-variant']).toContain(outcomes.map(wordOf)[0]);
  });

  test('says how long it is and how long it should be', () => {
    expect(readLines([whole.slice(0, 120)], mitel)[0]).toMatchObject({
      reason: 'cut-line',
      detail: '120 characters; this profile knows lines of 195, 207',
    });
  });

  test.each([
    ['some other text', 'LOGIN PLEASE', 'no-variant'],
    ['another switchboard', "04/12/20 17:18    401 01 <I>3488671711        00:00'12 EU00000.00               ", 'no-variant'],
    ['a duration of no form', long({18: '0000:99:05', 29: '1234', 42: OUTGOING, 68: 'A', 70: 'T007'}), 'field-unreadable'],
    ['answered without a duration', long({29: '1234', 42: OUTGOING, 68: 'A', 70: 'T007'}), 'field-unreadable'],
    ['control characters within', `${whole.slice(0, 50)}\u0001${whole.slice(51)}`, 'not-text'],
    ['as long as no record is', 'x'.repeat(9_000), 'line-too-long'],
  ])('%s', (_, line, reason) => expect(readLines([line], mitel).map(wordOf)).toEqual([reason]));

  test('is read all the same with control characters round it', () => {
    expect(readLines([`\u0010\u0002\u0010\u0003\u0013\u0011${whole}\r`], mitel).map(wordOf)).toEqual(['call']);
  });
});
