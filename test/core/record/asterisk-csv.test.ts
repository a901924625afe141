// Rows as cdr_csv.c writes them. Those of Local channels are what an Asterisk 16 wrote for such calls.
import {describe, expect, test} from 'vitest';
import type {CallRecord} from '../../../edge/record/call-record.ts';
import {at, readCall, readLines, wordOf} from './read-lines.ts';

const asterisk = {profile: 'asterisk-csv', zone: 'UTC', live: false} as const;

type Row = {
  readonly src?: string;
  readonly dst?: string;
  readonly channel: string;
  readonly dstchannel: string;
  readonly app?: string;
  readonly data?: string;
  readonly start?: string;
  readonly duration?: number;
  readonly billsec?: number;
  readonly disposition?: string;
  readonly uniqueid?: string;
  readonly userfield?: string;
  readonly linkedid?: string;
  readonly sequence?: number;
  readonly account?: string;
};

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** The 16 fields that are always there. */
function least(row: Row): readonly (string | number)[] {
  const {src = '101', dst = '102', channel, dstchannel, app = 'Dial', data = '', account = ''} = row;
  const {start = '2026-11-26 10:00:00', duration = 70, billsec = 60, disposition = 'ANSWERED'} = row;
  const answer = disposition === 'ANSWERED' ? quoted(start) : '';
  const texts = [account, src, dst, 'from-internal', `"Someone" <${src}>`, channel, dstchannel, app, data, start].map(quoted);
  return [...texts, answer, quoted(start), duration, billsec, quoted(disposition), quoted('DOCUMENTATION')];
}

function row(of: Row): string {
  const {uniqueid = '1795663256.0', userfield = '', linkedid = uniqueid, sequence = 0} = of;
  return [...least(of), ...[uniqueid, userfield, '', linkedid].map(quoted), sequence].join(',');
}

const line = (extension: string, hex = '00000000'): string => `PJSIP/${extension}-${hex}`;
const trunk = 'PJSIP/trunk-00000001';
const local = (half: 1 | 2): string => `Local/9555@plain-00000000;${half}`;

describe('a row', () => {
  const outgoing: Row = {dst: '902079460000', channel: line('101'), dstchannel: trunk, userfield: '', account: 'hall-a'};
  const expected: Partial<CallRecord> = {
    family: 'asterisk-cdr',
    direction: 'outgoing',
    extension: '101',
    dialled: '902079460000',
    caller: undefined,
    trunk: 'trunk',
    accountCode: 'hall-a',
    start: at('2026-11-26T10:00:00Z'),
    durationSeconds: 60,
    ringSeconds: 10,
    answered: 'yes',
    doubt: undefined,
    flags: [],
  };
  const id = quoted('1795663256.0');
  test.each([
    ['16: none of the options', []],
    ['17: loguniqueid', [id]],
    ['17: loguserfield', [quoted('a note')]],
    ['18: both', [id, '""']],
    ['19: newcdrcolumns', ['""', id, 0]],
    ['20: loguniqueid and newcdrcolumns', [id, '""', id, 0]],
    ['20: loguserfield and newcdrcolumns', ['""', '""', id, 0]],
    ['21: all', [id, '""', '""', id, 0]],
  ])('has %s fields', (_, more) => {
    expect(readCall([...least(outgoing), ...more].join(','), asterisk)).toMatchObject(expected);
  });

  test('is known by uniqueid, linkedid and sequence', () => {
    const keyOf = (more: Partial<Row>): string => readCall(row({...outgoing, ...more}), asterisk).sourceKey;
    expect(keyOf({account: 'other', userfield: 'x'})).toBe(keyOf({}));
    expect(new Set([keyOf({}), keyOf({sequence: 1}), keyOf({uniqueid: '1795663256.1', linkedid: '1795663256.0'})]).size).toBe(3);
  });

  test('keeps commas, quotes and names in any writing', () => {
    const odd = row(outgoing).replace('"hall-a"', '"a ""b"", c"').replace('Someone', 'K\u00e4the \u00c2\u00ff');
    expect(readCall(odd, asterisk)).toMatchObject({...expected, accountCode: 'a "b", c'});
  });

  test('is of the clock that cdr.conf says', () => {
    const london = readCall(row({...outgoing, start: '2026-07-01 10:00:00'}), {...asterisk, zone: 'Europe/London'});
    expect(london.start).toBe(at('2026-07-01T09:00:00Z'));
  });
});

describe('who spoke with whom', () => {
  test.each([
    [
      'a line and the trunk',
      {channel: line('101'), dstchannel: trunk, dst: '9020'},
      {direction: 'outgoing', extension: '101', dialled: '9020', trunk: 'trunk'},
    ],
    ['the caller may claim any number: the channel counts', {src: '199', channel: line('101'), dstchannel: trunk}, {extension: '101'}],
    [
      'the trunk and a line',
      {src: '07700900123', channel: trunk, dstchannel: line('103'), dst: '103'},
      {direction: 'incoming', extension: '103', caller: '07700900123', trunk: 'trunk', dialled: undefined},
    ],
    ['a caller without a number', {src: 'anonymous', channel: trunk, dstchannel: line('103')}, {direction: 'incoming', caller: undefined}],
    [
      'two lines',
      {channel: line('101'), dstchannel: line('102'), dst: '102'},
      {direction: 'internal', extension: '101', dialled: '102', trunk: undefined},
    ],
    [
      'a line and the switchboard itself',
      {channel: line('101'), dstchannel: '', app: 'VoiceMailMain', dst: '*97'},
      {direction: 'internal', extension: '101'},
    ],
    [
      'a line and nobody',
      {channel: line('101'), dstchannel: '', dst: '9020', disposition: 'FAILED', billsec: 0},
      {direction: 'outgoing', extension: '101', trunk: undefined, answered: 'no', durationSeconds: 0},
    ],
    [
      'two trunks',
      {channel: trunk, dstchannel: 'PJSIP/other-00000002', dst: '9020'},
      {direction: 'unknown', trunk: 'other', extension: undefined},
    ],
    [
      'a channel of a card is a trunk, whatever its number',
      {channel: line('101'), dstchannel: 'DAHDI/i1/02079460000-3'},
      {direction: 'outgoing', trunk: 'DAHDI/i1'},
    ],
    [
      'and so is a peer that is named by its telephone number',
      {channel: line('101'), dstchannel: 'SIP/442079460000-0000001a'},
      {direction: 'outgoing', trunk: '442079460000'},
    ],
  ] as const)('%s', (_, of, call) => expect(readCall(row(of), asterisk)).toMatchObject(call));

  test.each(['NO ANSWER', 'BUSY', 'FAILED', 'CONGESTION', 'CANCEL'])('nobody, when it says %s', (disposition) => {
    const call = readCall(row({channel: line('101'), dstchannel: trunk, disposition, duration: 12, billsec: 0}), asterisk);
    expect(call).toMatchObject({direction: 'outgoing', answered: 'no', durationSeconds: 0, ringSeconds: 12});
  });
});

describe('our own dialplan', () => {
  test.each(['spbs-barred', 'spbs-unidentified'])('%s is no call', (userfield) => {
    const of = {
      channel: line('101'),
      dstchannel: '',
      app: 'Hangup',
      data: '21',
      disposition: 'NO ANSWER',
      duration: 4,
      billsec: 0,
      userfield,
    };
    expect(readLines([row(of)], asterisk)).toEqual([{kind: 'not-a-call', what: 'barred', line: 1}]);
  });

  test('sends the caller of a locked line to its mailbox', () => {
    const of = {
      src: '07700900123',
      dst: 's',
      channel: trunk,
      dstchannel: '',
      app: 'VoiceMail',
      data: '101@default,u',
      userfield: 'spbs-diverted',
    };
    expect(readCall(row(of), asterisk)).toMatchObject({direction: 'incoming', extension: '101', caller: '07700900123', answered: 'yes'});
  });

  test('lets an emergency call out, and it is an outgoing call even if no trunk would take it', () => {
    const of = {dst: '999', channel: line('101'), dstchannel: '', disposition: 'CONGESTION', billsec: 0, userfield: 'spbs-emergency'};
    expect(readCall(row(of), asterisk)).toMatchObject({direction: 'outgoing', extension: '101', dialled: '999'});
  });
});

describe('a call in several rows is one call', () => {
  const become = (rows: readonly Row[]): readonly string[] => readLines(rows.map(row), asterisk).map(wordOf);

  test('out through a Local channel, whichever half is written first: the row with the trunk, of no line that was proved', () => {
    const far = {dst: '9555', channel: local(2), dstchannel: trunk, uniqueid: '1795663384.2', linkedid: '1795663384.0', sequence: 2};
    const near = {dst: '710', channel: line('102'), dstchannel: local(1), uniqueid: '1795663384.0', sequence: 0};
    expect(become([far, near])).toEqual(['call', 'leg']);
    expect(become([near, far])).toEqual(['leg', 'call']);
    expect(readCall(row(far), asterisk)).toMatchObject({direction: 'outgoing', extension: undefined, dialled: '9555', trunk: 'trunk'});
  });

  test('out through a Local channel that is optimised away: the row that goes on, with the number that the Local channel dialled', () => {
    const data = 'Local/9555@plain';
    const far = {
      dst: '9555',
      channel: local(2),
      dstchannel: trunk,
      data: 'PJSIP/9555@trunk',
      duration: 0,
      billsec: 0,
      uniqueid: '1795665542.8',
      sequence: 6,
    };
    const near = {
      dst: '711',
      channel: line('102'),
      dstchannel: local(1),
      data,
      duration: 0,
      billsec: 0,
      uniqueid: '1795665542.6',
      sequence: 4,
    };
    const on = {dst: '711', channel: line('102'), dstchannel: trunk, data, uniqueid: '1795665542.6', sequence: 8};
    expect(become([far, near, on])).toEqual(['leg', 'leg', 'call']);
    expect(readCall(row(on), asterisk)).toMatchObject({direction: 'outgoing', extension: '102', dialled: '9555', durationSeconds: 60});
  });

  test('in through a Local channel: the row with the line', () => {
    const far = {src: '02079460001', dst: '102', channel: local(2), dstchannel: line('102'), uniqueid: '1795663390.14', sequence: 10};
    const near = {src: '02079460001', dst: '804', channel: trunk, dstchannel: local(1), uniqueid: '1795663390.12', sequence: 8};
    expect(become([far, near])).toEqual(['call', 'leg']);
    expect(readCall(row(far), asterisk)).toMatchObject({direction: 'incoming', extension: '102', caller: '02079460001'});
  });

  test('between lines through a Local channel: none, for no trunk was taken and no row has both lines', () => {
    const far = {src: '101', dst: '102', channel: local(2), dstchannel: line('102')};
    const near = {src: '101', dst: '702', channel: line('101'), dstchannel: local(1)};
    expect(become([far, near])).toEqual(['leg', 'leg']);
  });

  test('from outside to outside through a Local channel: the outgoing half costs', () => {
    const near = {src: '02079460001', dst: '810', channel: trunk, dstchannel: local(1)};
    const far = {src: '02079460001', dst: '9555', channel: local(2), dstchannel: 'PJSIP/trunk-00000007'};
    expect(become([near, far])).toEqual(['leg', 'call']);
  });

  test('of an old Asterisk, which goes on in the real channel: ringing, then talking, and what the called channel writes', () => {
    const same = {dst: '09243820000', uniqueid: '1536293101.12458'};
    const ringing = {...same, channel: 'SIP/2889-0000098e', dstchannel: local(1), duration: 19, billsec: 0};
    const talking = {...same, channel: 'SIP/2889-0000098e', dstchannel: 'OOH323/avayaG700-1919', start: '2026-11-26 10:00:19', sequence: 1};
    const called = {src: '09243820000', dst: '', channel: 'OOH323/avayaG700-1919', dstchannel: '', app: 'AppDial', data: '(Outgoing Line)'};
    expect(become([ringing, talking, called])).toEqual(['leg', 'call', 'leg']);
  });

  test('to two telephones, of which the second answers: one is answered', () => {
    const of = {src: '07700900123', dst: '803', channel: trunk, linkedid: '1795663311.68', uniqueid: '1795663311.68'};
    const first = {...of, dstchannel: line('102'), disposition: 'NO ANSWER', duration: 0, billsec: 0, sequence: 43};
    const second = {...of, dstchannel: line('103'), sequence: 46};
    const calls = readLines([first, second].map(row), asterisk).flatMap((outcome) => (outcome.kind === 'call' ? [outcome.record] : []));
    expect(calls.map(({extension, answered, durationSeconds}) => [extension, answered, durationSeconds])).toEqual([
      ['102', 'no', 0],
      ['103', 'yes', 60],
    ]);
  });

  test('in the file of its account too', () => {
    const of = {channel: line('101'), dstchannel: trunk, account: 'hall-a'};
    expect(become([of, of])).toEqual(['call', 'replay']);
  });
});

describe('a row that cannot be read', () => {
  const whole = row({channel: line('101'), dstchannel: trunk});
  const half = whole.slice(0, whole.indexOf('"2026'));

  test.each([
    ['its second half is missing', half.slice(0, -1), 'cut-line'],
    ['all but its beginning is missing', whole.slice(0, whole.indexOf(',"PJSIP')), 'no-variant'],
    ['it ends within quotes', whole.slice(0, whole.indexOf('DOCUMENT') + 3), 'cut-line'],
    ['it ends after the duration', whole.slice(0, whole.indexOf('"ANSWERED"') - 1), 'cut-line'],
    ['there are two in one', `${whole},${whole}`, 'no-variant'],
    ['a disposition that nobody knows', whole.replace('ANSWERED', 'ANSWERD'), 'field-unreadable'],
    ['a date that is none', whole.replace('"2026-11-26 10:00:00"', '"26/11/2026 10:00"'), 'field-unreadable'],
    ['a date on no calendar', whole.replaceAll('2026-11-26', '2026-11-31'), 'field-unreadable'],
    ['answered, with no seconds', whole.replace(',70,60,', ',70,,'), 'field-unreadable'],
    ['nothing but commas', ','.repeat(2_000), 'no-variant'],
    ['some other text', 'Hello', 'no-variant'],
  ])('%s', (_, text, reason) => expect(readLines([text], asterisk).map(wordOf)).toEqual([reason]));

  test('is not billed in 1970', () => {
    expect(readLines([whole.replaceAll('2026-11-26', '1970-01-01')], asterisk)).toMatchObject([
      {
        kind: 'call',
        record: {doubt: {reason: 'time-implausible', detail: 'dated 1970-01-01T10:00:00.000Z, received 2026-11-26T15:00:00.000Z'}},
      },
    ]);
  });
});
