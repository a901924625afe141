// Other switchboards are data too: profiles as a site would write them, on lines made like the vendors' own.
import {describe, expect, test} from 'vitest';
import {columns} from './columns.ts';
import {at, ownProfile, readCall, readLines, wordOf} from './read-lines.ts';

/** Panasonic KX-TDA, pattern B: page headings, the time of the end, `hh:mm'ss`, marks in the number, trailing blanks cut or not. */
const panasonic = ownProfile(`
format: spbs-profile/1
name: tda
title: Panasonic KX-TDA, pattern B
family: tda
evidence: {is: manual, source: KX-TDA feature guide}
encoding: latin1
answers: never
lines:
  - {what: heading, match: '^ {1,3}Date {1,6}Time '}
  - {what: heading, match: '^-{20,80}$'}
layouts:
  - name: pattern-b
    lengths: 45-80
    columns: {date: 1-8, time: 10-16, line: 17-21, co: 23-24, dial: 26-45, duration: 47-54, account: 67-76, code: 78-79}
kinds:
  dial:
    - {is: caller, match: '^<I>([0-9*#]{0,20})'}
    - {is: intercom, match: '^EXT(\\d{1,8})$'}
    - {is: secret, match: '^\\.{1,20}$'}
    - {is: number, match: '^([0-9*#P=]{1,20})-?[0-9]{0,20}$'}
parties:
  number: {field: dial, as: dial}
time: {is: end, from: [date, time], picture: 'DD/MM/YY hh:mm[p]'}
duration: {from: duration, picture: "hh:mm'ss", ceiling: 43199}
answered:
  - {when: {code: NA}, is: 'no'}
  - {when: {duration: ["", "00:00'00"]}, is: 'no'}
  - {when: {number: caller}, is: 'yes'}
  - {is: not-reported}
direction:
  - {when: {number: intercom}, is: internal}
  - {when: {number: caller}, is: incoming}
  - {when: {number: [number, secret]}, is: outgoing}
calls:
  outgoing: {extension: line, dialled: number/number, trunk: co, account: account}
  incoming: {extension: line, caller: number, trunk: co}
  internal: {extension: line, dialled: number}
flags:
  - {when: {code: TR}, is: transferred}
sourceKey: [date, time, line, co, dial, duration, code]
`);

describe('Panasonic', () => {
  const row = (texts: Readonly<Record<number, string>>, width = 80): string =>
    columns(width, {1: '26/11/26', 10: '14:30', 56: 'EU00000.00', ...texts});

  test('headings are no calls', () => {
    const page = ['\f  Date     Time   Ext CO Dial Number          Duration Cost       Acc code   CD ', '-'.repeat(80)];
    expect(readLines(page, {profile: panasonic}).map(wordOf)).toEqual(['heading', 'heading']);
  });

  test('an outgoing call began before its time: that is of the end', () => {
    const call = readCall(row({19: '401', 23: '01', 26: '0364531585', 47: "00:00'40", 67: '4711'}), {profile: panasonic});
    expect(call).toMatchObject({
      direction: 'outgoing',
      extension: '401',
      dialled: '0364531585',
      trunk: '01',
      accountCode: '4711',
      start: at('2026-11-26T14:29:20Z'),
      durationSeconds: 40,
      answered: 'not-reported',
    });
  });

  test('a caller, a call that nobody took, an intercom call without a duration, a transfer, a secret number', () => {
    const read = (texts: Readonly<Record<number, string>>) => readCall(row(texts), {profile: panasonic});
    expect(read({19: '401', 23: '01', 26: '<I>3488671711', 47: "00:01'44"})).toMatchObject({
      direction: 'incoming',
      caller: '3488671711',
      answered: 'yes',
      durationSeconds: 104,
    });
    expect(read({19: '401', 23: '05', 26: '<I>234', 47: "00:00'00", 78: 'NA'})).toMatchObject({direction: 'incoming', answered: 'no'});
    expect(read({19: '402', 26: 'EXT401', 56: '          '})).toMatchObject({
      direction: 'internal',
      extension: '402',
      dialled: '401',
      durationSeconds: 0,
    });
    expect(read({19: '402', 23: '01', 26: '0376681806-', 47: "00:03'13", 78: 'TR'})).toMatchObject({
      dialled: '0376681806',
      flags: ['transferred'],
    });
    expect(read({19: '402', 23: '01', 26: '....', 47: "00:03'13"})).toMatchObject({direction: 'outgoing', dialled: undefined});
  });

  test('a counter that ran on, and a line without its trailing blanks', () => {
    expect(readCall(row({19: '601', 23: '21', 26: '<I>3483231972', 47: "11:59'59"}), {profile: panasonic}).doubt?.reason).toBe(
      'duration-implausible',
    );
    const trimmed = row({19: '401', 23: '01', 26: '0364531585', 47: "00:00'40"}, 65);
    expect(readCall(trimmed, {profile: panasonic})).toMatchObject({direction: 'outgoing', durationSeconds: 40});
  });
});

/** Siemens HiPath 3000: packed columns, control bytes before them, a type that says the direction, one line for each phone that rings. */
const hipath = ownProfile(`
format: spbs-profile/1
name: hipath
title: Siemens HiPath 3000, long
family: hipath
evidence: {is: manual, source: Hicom 150 E Office manual}
encoding: latin1
answers: always
layouts:
  - name: long
    lengths: 76-105
    columns: {date: 1-8, time: 9-16, trunk: 17-19, line: 20-25, ring: 26-30, duration: 31-38, number: 39-63, type: 75-76}
time: {is: end, from: [date, time], picture: 'DD.MM.YY hh:mm:ss'}
duration: {from: duration, picture: 'hh:mm:ss'}
ring: {from: ring, picture: 'mm:ss'}
records:
  # One for each telephone that rang; the call is in its own.
  - {what: leg, when: {type: '0'}}
answered:
  - {when: {duration: ['', '00:00:00']}, is: 'no'}
  - {is: 'yes'}
direction:
  - {when: {type: ['1', '3', '5', '7', '35', '37']}, is: incoming}
  - {when: {type: ['2', '4', '6', '8', '9', '36', '38']}, is: outgoing}
calls:
  outgoing: {extension: line, dialled: number, trunk: trunk}
  incoming: {extension: line, caller: number, trunk: trunk}
  internal: {}
flags:
  - {when: {type: ['35', '36', '37', '38']}, is: transferred}
sourceKey: [date, time, trunk, line, ring, duration, number, type]
`);

describe('HiPath', () => {
  const row = (texts: Readonly<Record<number, string>>): string =>
    columns(76, {1: '26.11.26', 9: '14:30:45', 19: '2', 23: '104', ...texts});

  test('rings at two telephones, and one answers', () => {
    const lines = [
      row({39: '0876158559', 76: '0'}),
      row({23: '103', 39: '0876158559', 76: '0'}),
      row({23: '100', 26: '00:05', 31: '00:00:30', 39: '0876158559', 76: '1'}),
    ];
    expect(readLines(lines, {profile: hipath}).map(wordOf)).toEqual(['leg', 'leg', 'call']);
    expect(readCall(lines[2] ?? '', {profile: hipath})).toMatchObject({
      direction: 'incoming',
      extension: '100',
      caller: '0876158559',
      start: at('2026-11-26T14:30:10Z'),
      ringSeconds: 5,
      durationSeconds: 30,
    });
  });

  test('is read behind the control bytes that it sends first', () => {
    const line = `\u0010\u0002\u0010\u0003\u0013\u0011${row({31: '00:00:05', 39: '0441619254413', 76: '2'})}`;
    expect(readCall(line, {profile: hipath})).toMatchObject({
      direction: 'outgoing',
      extension: '104',
      dialled: '0441619254413',
      trunk: '2',
    });
  });
});

/** FreeSWITCH as SQL would have it: CSV of its own order, hang-up causes instead of dispositions. And 3CX dates. */
const freeswitch = ownProfile(`
format: spbs-profile/1
name: freeswitch
title: FreeSWITCH, cdr_csv, template example
family: freeswitch
evidence: {is: manual, source: cdr_csv.conf.xml}
encoding: utf-8
answers: always
separator: ';'
layouts:
  - {name: example, csv: [_, from, to, _, start, _, _, duration, billsec, cause, uuid, bleg, _, _, _], id: [uuid]}
time: {is: start, from: start, picture: 'YYYY/MM/DD hh:mm:ss'}
duration: {from: billsec, picture: s*}
whole: {from: duration, picture: s*}
answered:
  - {when: {cause: NORMAL_CLEARING, billsec: {match: '^[1-9]'}}, is: 'yes'}
  - {when: {cause: {match: '^[A-Z_]{1,40}$'}}, is: 'no'}
direction:
  - {when: {bleg: '', to: {match: '^\\d{1,4}$'}}, is: internal}
  - {is: outgoing}
calls:
  outgoing: {extension: from, dialled: to}
  incoming: {}
  internal: {extension: from, dialled: to}
sourceKey: [start, from, to, duration, billsec]
`);

describe('FreeSWITCH', () => {
  const row = (cause: string, billsec: number): string =>
    `"x;y";"101";"02079460000";"default";"2026/11/26 14:00:00";"";"";12;${billsec};"${cause}";"83f7-5111";"b";"";"PCMU";"PCMU"`;

  test('says by its cause whether a call was answered', () => {
    expect(readCall(row('NORMAL_CLEARING', 10), {profile: freeswitch})).toMatchObject({
      direction: 'outgoing',
      extension: '101',
      dialled: '02079460000',
      durationSeconds: 10,
      ringSeconds: 2,
      answered: 'yes',
      sourceKey: '83f7-5111',
    });
    expect(readCall(row('USER_BUSY', 0), {profile: freeswitch})).toMatchObject({answered: 'no', durationSeconds: 0, ringSeconds: 12});
    expect(readLines([row('', 0)], {profile: freeswitch}).map(wordOf)).toEqual(['field-unreadable']);
  });
});

/** Mitel SX-200: 80 columns, the digits for a line where others have the time to answer. */
const sx200 = ownProfile(`
format: spbs-profile/1
name: sx200
title: Mitel SX-200
family: sx200
evidence: {is: captured, source: two hotels}
encoding: latin1
answers: never
lines:
  - {what: room-status, match: '^\\d{1,7} {1,6}\\d\\d/\\d\\d [ \\d]\\d:\\d\\d.{1,3}[A-Z]{2} '}
layouts:
  - name: one
    lengths: 65-80
    columns: {date: 2-6, time: 8-13, duration: 15-22, calling: 24-27, access: 29-32, digits: 34-59, called: 62-65}
kinds:
  party:
    - {is: trunk, match: '^[TX]\\d{1,4}$'}
    - {is: line, match: '^\\d{1,4}$'}
parties:
  from: {field: calling, as: party}
  to: {field: called, as: party}
time: {is: start, from: [date, time], picture: 'MM/DD hh:mm[p]'}
duration: {from: duration, picture: 'hh:mm:ss'}
answered: [{is: not-reported}]
direction:
  - {when: {from: line, to: trunk}, is: outgoing}
  - {when: {from: trunk}, is: incoming}
calls:
  outgoing: {extension: from, dialled: digits, trunk: to}
  incoming: {extension: digits, trunk: from}
  internal: {}
sourceKey: [date, time, duration, calling, digits, called]
`);

describe('SX-200', () => {
  test('has a 12-hour clock and counts from seizure', () => {
    const line = columns(80, {2: '11/26', 9: '2:06P', 15: '00:00:24', 24: '402', 30: '9', 34: '14155592411', 62: 'T074'});
    expect(readCall(line, {profile: sx200})).toMatchObject({
      direction: 'outgoing',
      extension: '402',
      dialled: '14155592411',
      trunk: 'T074',
      start: at('2026-11-26T14:06:00Z'),
      durationSeconds: 24,
      answered: 'not-reported',
    });
  });
});
