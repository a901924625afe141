// Forms with files: as browsers send them, as Node's own FormData sends them, and as nobody should.
import {array, assert, constantFrom, integer, property, string, tuple, uint8Array} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {partsOf} from '../../../shared/web/multipart.ts';

const TYPE = 'multipart/form-data; boundary=----WebKitFormBoundaryAbC';
const MARK = '------WebKitFormBoundaryAbC';
/** As a browser does it. */
function form(...parts: readonly (readonly [head: string, text: string])[]): Buffer {
  return Buffer.from(`${parts.map(([head, text]) => `${MARK}\r\n${head}\r\n\r\n${text}\r\n`).join('')}${MARK}--\r\n`);
}
const field = (name: string) => `Content-Disposition: form-data; name="${name}"`;
const file = (name: string) => `${field(name)}; filename="deck.yaml"\r\nContent-Type: application/yaml`;
const read = (body: Buffer, type = TYPE, most = 20) => {
  const parts = partsOf(body, type, most);
  return parts.kind === 'parts' ? Object.fromEntries(parts.fields) : parts.kind;
};

describe('a form', () => {
  test('has its fields and the text of its files, to the byte', () => {
    const text = 'name: Zürich\r\n\r\n--not the mark\r\n------WebKitFormBoundary\r\n€\n';
    expect(read(form([field('role'), 'student'], [file('file'), text], [field('note'), '']))).toEqual({
      role: 'student',
      file: text,
      note: '',
    });
  });

  test('without anything in it has nothing', () => {
    expect(read(form())).toEqual({});
  });

  test('knows a name that came twice as nobody’s', () => {
    expect(read(form([field('a'), '1'], [field('b'), '2'], [field('a'), '3']))).toEqual({b: '2'});
  });

  test('takes a boundary in quotes, whatever else the type says', () => {
    expect(read(form([field('a'), '1']), 'multipart/form-data; charset=utf-8; boundary="----WebKitFormBoundaryAbC"')).toEqual({a: '1'});
  });

  test('with bytes that are no UTF-8 shows where, by a mark that no text has', () => {
    const body = Buffer.concat([Buffer.from(`${MARK}\r\n${file('f')}\r\n\r\nSal`), Buffer.from([0xf3]), Buffer.from(`n\r\n${MARK}--\r\n`)]);
    expect(read(body)).toEqual({f: 'Sal\uFFFDn'});
  });
});

test.for([
  ['without a boundary', 'multipart/form-data', form([field('a'), '1'])],
  ['of another boundary', 'multipart/form-data; boundary=other', form([field('a'), '1'])],
  ['that is cut off', TYPE, form([field('a'), '1'], [field('b'), '22']).subarray(0, -40)],
  ['with something before it', TYPE, Buffer.concat([Buffer.from('hello\r\n'), form([field('a'), '1'])])],
  ['with a part that has no name', TYPE, form(['Content-Type: text/plain', '1'])],
  ['with a head that does not end', TYPE, form([`${field('a')}\r\nX: ${'x'.repeat(5_000)}`, '1'])],
  ['of nothing', TYPE, Buffer.alloc(0)],
] as const)('a form %s is not read', ([, type, body]) => {
  expect(read(body, type)).toBe('unreadable');
});

test('a form of more parts than it may have is not read', () => {
  expect(read(form([field('a'), '1'], [field('b'), '2'], [field('c'), '3']), TYPE, 2)).toBe('too-many');
});

test('what FormData of this platform writes is read as it was', async () => {
  const data = new FormData();
  data.set('note', 'lines\r\nof text');
  data.set('file', new File(['prefix;price\n44;0.01\n'], 'deck.csv'));
  const request = new Request('http://x.test', {method: 'POST', body: data});
  const body = Buffer.from(await request.arrayBuffer());
  expect(read(body, request.headers.get('content-type') ?? '')).toEqual({note: 'lines\r\nof text', file: 'prefix;price\n44;0.01\n'});
});

test('no bytes make it throw or invent a name', () => {
  const pieces = constantFrom(MARK, '\r\n', '--', field('a'), file('b'), '\r\n\r\n', 'x', ';', '"');
  assert(
    property(
      array(pieces, {maxLength: 30}),
      uint8Array({maxLength: 20}),
      tuple(integer({min: 0, max: 5}), string()),
      (texts, noise, [most]) => {
        const parts = partsOf(Buffer.concat([Buffer.from(texts.join('')), noise]), TYPE, most);
        const names = parts.kind === 'parts' ? [...parts.fields.keys()] : [];
        expect(names.filter((name) => name !== 'a' && name !== 'b')).toEqual([]);
      },
    ),
  );
});
