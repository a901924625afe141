// Bytes of an Asterisk manager become messages: as Asterisk writes them, however they are cut up, and whatever else comes.
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {AmiParser, LONGEST_LINE, MOST_HEADERS, type AmiItem} from '../../../edge/switchboard/ami/parser.ts';

/** As Asterisk 16 says them. */
const BANNER = 'Asterisk Call Manager/5.0.2\r\n';
const LOGIN = 'Response: Success\r\nActionID: spbs-2\r\nMessage: Authentication accepted\r\n\r\n';
const BOOTED = 'Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 12\r\nLastReload: 12\r\nStatus: Fully Booted\r\n\r\n';
const TREE = [
  'Response: Success\r\nActionID: spbs-3\r\nEventList: start\r\nMessage: Result will follow\r\n\r\n',
  'Event: DBGetTreeResponse\r\nKey: /spbs/lock-101\r\nVal: 1\r\nActionID: spbs-3\r\n\r\n',
  'Event: DBGetTreeComplete\r\nActionID: spbs-3\r\nEventList: Complete\r\nListItems: 1\r\n\r\n',
].join('');

type Plain =
  | {readonly kind: 'banner'; readonly version: string}
  | {readonly kind: 'message'; readonly fields: Record<string, string>}
  | Extract<AmiItem, {kind: 'discarded'}>;

const plain = (item: AmiItem): Plain => (item.kind === 'message' ? {kind: 'message', fields: Object.fromEntries(item.fields)} : item);
const parse = (...chunks: readonly (string | Uint8Array)[]): Plain[] => {
  const parser = new AmiParser();
  return chunks.flatMap((chunk) => parser.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)).map(plain);
};
const discarded = (why: string, bytes: number) => ({kind: 'discarded', why, bytes});

describe('what Asterisk says', () => {
  test('is a banner and messages, with names in lower case and values as they are', () => {
    expect(parse(BANNER + LOGIN + BOOTED)).toEqual([
      {kind: 'banner', version: '5.0.2'},
      {kind: 'message', fields: {response: 'Success', actionid: 'spbs-2', message: 'Authentication accepted'}},
      {kind: 'message', fields: {event: 'FullyBooted', privilege: 'system,all', uptime: '12', lastreload: '12', status: 'Fully Booted'}},
    ]);
  });

  test('in a list is one message an entry', () => {
    expect(parse(BANNER + TREE).slice(1)).toMatchObject([
      {fields: {response: 'Success', eventlist: 'start'}},
      {fields: {event: 'DBGetTreeResponse', key: '/spbs/lock-101', val: '1'}},
      {fields: {event: 'DBGetTreeComplete', listitems: '1'}},
    ]);
  });

  test.for([
    ['a value with colons', 'Channel: PJSIP/101: x: y', {channel: 'PJSIP/101: x: y'}],
    ['a value that is empty', 'Val:', {val: ''}],
    ['a value without a blank', 'Val:1', {val: '1'}],
    ['a value in UTF-8', 'CallerIDName: Siân', {calleridname: 'Siân'}],
    ['only a line feed at the end', 'Val: 1\nKey: a', {val: '1', key: 'a'}],
    ['a name twice: the first, which Asterisk wrote itself', 'Val: 1\r\nval: 0', {val: '1'}],
    ['a name that objects have', '__proto__: 1\r\nconstructor: 2', {['__proto__']: '1', constructor: '2'}],
  ] as const)('is read: %s', ([, lines, fields]) => {
    const [, message] = parse(`${BANNER}${lines}\r\n\r\n`);
    expect(message?.kind === 'message' && Object.entries(message.fields)).toEqual(Object.entries(fields));
  });

  test('has no message between blank lines', () => {
    expect(parse(`${BANNER}\r\n\r\n\r\n${LOGIN}\r\n`)).toHaveLength(2);
  });
});

describe('what is not Asterisk’s', () => {
  test('before the banner is handed on as that, and a banner may still come', () => {
    expect(parse('SSH-2.0-OpenSSH_9.2\r\n', BANNER)).toEqual([discarded('no-banner', 20), {kind: 'banner', version: '5.0.2'}]);
    expect(parse('\r\n')).toEqual([discarded('no-banner', 1)]);
    expect(parse(`Asterisk Call Manager/${'9'.repeat(41)}\r\n`)).toEqual([discarded('no-banner', 64)]);
  });

  test('costs a line, and the message around it is still read', () => {
    expect(parse(BANNER, 'Response: Success\r\nrubbish\r\n: no name\r\nActionID: 1\r\n\r\n').slice(1)).toEqual([
      discarded('not-a-header', 8),
      discarded('not-a-header', 10),
      {kind: 'message', fields: {response: 'Success', actionid: '1'}},
    ]);
  });

  test('a line of the longest length is read, a longer one is dropped and its end found', () => {
    const value = 'x'.repeat(LONGEST_LINE - 'Val: '.length - 1);
    expect(parse(BANNER, `Val: ${value}\r\n\r\n`)[1]).toEqual({kind: 'message', fields: {val: value}});
    expect(parse(BANNER, `Val: ${value}x\r\nKey: a\r\n\r\n`).slice(1)).toEqual([
      discarded('line-too-long', LONGEST_LINE + 1),
      {kind: 'message', fields: {key: 'a'}},
    ]);
  });

  test('headers without end are bounded', () => {
    const headers = Array.from({length: MOST_HEADERS + 2}, (_, index) => `N${index}: ${index}\r\n`).join('');
    const items = parse(BANNER, `${headers}\r\n`).slice(1);
    expect(items.map(({kind}) => kind)).toEqual(['discarded', 'discarded', 'message']);
    expect(Object.keys(items[2]?.kind === 'message' ? items[2].fields : {})).toHaveLength(MOST_HEADERS);
  });

  test('a line without end costs no memory', () => {
    const parser = new AmiParser();
    parser.push(Buffer.from(BANNER));
    const chunk = Buffer.alloc(64 * 1024, 'x');
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 1_000; count++) expect(parser.push(chunk)).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    expect(parser.push(Buffer.from('\n'))).toEqual([discarded('line-too-long', 1_000 * chunk.length)]);
  });
});

describe('for any bytes', () => {
  const rubbish = fc.uint8Array({maxLength: 300}).map((bytes) => Buffer.from(bytes));
  const header = fc
    .tuple(fc.string({maxLength: 12}), fc.string({maxLength: 30}))
    .map(([name, value]) => Buffer.from(`${name}: ${value}\r\n`));
  const long = fc.integer({min: LONGEST_LINE - 3, max: LONGEST_LINE + 3}).map((length) => Buffer.alloc(length, 'y'));
  const piece = fc.oneof(
    {weight: 3, arbitrary: header},
    {weight: 2, arbitrary: fc.constantFrom(BANNER, LOGIN, TREE, '\r\n', '\n', '\r').map((text) => Buffer.from(text))},
    rubbish,
    {weight: 1, arbitrary: long},
  );
  const stream = fc
    .tuple(fc.boolean(), fc.array(piece, {maxLength: 20}))
    .map(([greets, pieces]) => Buffer.concat([Buffer.from(greets ? BANNER : ''), ...pieces]));
  const cuts = fc.array(fc.integer({min: 1, max: 200}), {minLength: 1, maxLength: 20});

  test('the same items come out, however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(stream, cuts, (bytes, lengths) => {
        const parser = new AmiParser();
        const items: AmiItem[] = [];
        for (let from = 0, turn = 0; from < bytes.length; turn++) {
          const length = lengths[turn % lengths.length] ?? 1;
          const chunk = Uint8Array.from(bytes.subarray(from, from + length));
          items.push(...parser.push(chunk));
          // The socket reads its next bytes into the same memory.
          chunk.fill(0);
          from += length;
        }
        expect(items.map(plain)).toEqual(parse(bytes));
      }),
    );
  });

  test('a message that follows is read, whatever came before its blank line', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        const items = parse(bytes, `\n\n${BANNER}\r\n${LOGIN}`);
        expect(items.at(-1)).toMatchObject({kind: 'message', fields: {response: 'Success', actionid: 'spbs-2'}});
      }),
    );
  });
});
