// Lines out of bytes, however the bytes are cut.
import {array, assert, constantFrom, integer, property, string} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {createFramer, LONGEST_LINE, type Framed} from '../../../edge/feed/framing.ts';

type Seen = {readonly text: string; readonly end: number; readonly broken: Framed['broken']; readonly discarded: number};

const seen = ({bytes, end, broken, discarded}: Framed): Seen => ({text: Buffer.from(bytes).toString('latin1'), end, broken, discarded});

/** The chunks through one framer, then the end of the source. */
function framed(chunks: readonly (string | Uint8Array)[], start = 0): readonly Seen[] {
  const framer = createFramer(start);
  const lines = chunks.flatMap((chunk) => [...framer.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk)]);
  const rest = framer.cut();
  return [...lines, ...(rest === undefined ? [] : [rest])].map(seen);
}

const whole = (text: string, end: number): Seen => ({text, end, broken: undefined, discarded: 0});
const cut = (text: string, end: number): Seen => ({text, end, broken: 'cut-line', discarded: 0});

describe('a line ends', () => {
  const ends: readonly (readonly [name: string, bytes: string, lines: readonly Seen[]])[] = [
    ['at a line feed', 'ab\ncd\n', [whole('ab', 3), whole('cd', 6)]],
    ['at a carriage return', 'ab\rcd\r', [whole('ab', 3), whole('cd', 6)]],
    ['once at both', 'ab\r\ncd\r\n', [whole('ab', 3), whole('cd', 7)]],
    ['at CR and two LF, as Norstar writes', 'ab\r\n\ncd\r\n\n', [whole('ab', 3), whole('cd', 8)]],
    ['at NUL, as Samsung writes', 'ab\0cd\0', [whole('ab', 3), whole('cd', 6)]],
    ['before the NULs with which IP Office pads', '\0\0ab\n\0\0\0cd\n', [whole('ab', 5), whole('cd', 11)]],
    ['at a form feed, and the next begins behind it', 'ab\n\fDate  Time\ncd\n', [whole('ab', 3), whole('Date  Time', 15), whole('cd', 18)]],
    ['inside quotes too', '"a\nb",1\n', [whole('"a', 3), whole('b",1', 8)]],
  ];
  test.each(ends)('%s', (_, bytes, lines) => expect(framed([bytes])).toEqual(lines));
});

describe('a line keeps', () => {
  test('its blanks and its control bytes', () => {
    expect(framed(['  a\tb \x10\x02\x13\x11\n'])).toEqual([whole('  a\tb \x10\x02\x13\x11', 11)]);
  });

  test('its high bytes', () => expect(framed(['\xe9\xff\x80\n'])).toEqual([whole('\xe9\xff\x80', 4)]));

  test('its own bytes when the chunk is used again', () => {
    const framer = createFramer();
    const chunk = Buffer.from('ab\ncd');
    const [first] = framer.push(chunk);
    chunk.fill('x');
    const [second] = framer.push(Buffer.from('\n'));
    expect([first, second].map((line) => line && seen(line).text)).toEqual(['ab', 'cd']);
  });
});

describe('nothing is made', () => {
  test.each(['', '\n', '\r\n\r\n', '\0\0\0', '\f\n', '   \t \n'])('of %j', (bytes) => expect(framed([bytes])).toEqual([]));
});

describe('what has no end', () => {
  test('waits for it, and is one line with it', () => {
    const framer = createFramer();
    expect(framer.push(Buffer.from('half a '))).toEqual([]);
    expect(framer.waiting()).toBe(7);
    expect(framer.push(Buffer.from('line\n')).map(seen)).toEqual([whole('half a line', 12)]);
    expect(framer.waiting()).toBe(0);
  });

  test('is marked as cut when the link is lost', () => expect(framed(['ab\ncd'])).toEqual([whole('ab', 3), cut('cd', 5)]));

  test('is never glued to what comes after', () => {
    const framer = createFramer();
    framer.push(Buffer.from('part'));
    expect(framer.cut()?.broken).toBe('cut-line');
    expect(framer.push(Buffer.from('two\n')).map(seen)).toEqual([whole('two', 8)]);
  });

  test('is nothing if it is blank', () => expect(framed(['ab\n  '])).toEqual([whole('ab', 3)]));
});

describe('a line that is too long', () => {
  const limit = 'x'.repeat(8_192);

  test('is whole up to 8,192 bytes', () => {
    expect(LONGEST_LINE).toBe(8_192);
    expect(framed([`${limit}\nab\n`])).toEqual([whole(limit, 8_193), whole('ab', 8_196)]);
  });

  test('is handed on once, cut to the limit, and the rest is counted', () => {
    const lines = framed([`${limit}abc\nab\n`]);
    expect(lines).toEqual([{text: limit, end: 8_196, broken: 'line-too-long', discarded: 3}, whole('ab', 8_199)]);
  });

  test('is handed on when its link is lost, as too long and not as cut', () => {
    expect(framed([limit, 'abcd'])).toEqual([{text: limit, end: 8_196, broken: 'line-too-long', discarded: 4}]);
  });

  test('costs no more memory than a line, however much comes', () => {
    const framer = createFramer();
    const chunk = Buffer.alloc(64 * 1024, 'x');
    for (let sent = 0; sent < 2_000; sent++) expect(framer.push(chunk)).toEqual([]);
    expect(framer.waiting()).toBe(131_072_000);
    const rest = framer.cut();
    expect(rest?.bytes.length).toBe(8_192);
    expect(rest?.discarded).toBe(131_072_000 - 8_192);
  });
});

test('reading that goes on where a line ended finds the lines after it', () => {
  const text = 'first\r\nsecond\r\n\r\nthird\r\n';
  const [first] = framed([text]);
  expect(first?.end).toBe(6);
  expect(framed([text.slice(6)], 6)).toEqual([whole('second', 14), whole('third', 23)]);
});

// Mostly bytes that end lines, so that every meeting of them happens.
const byte = constantFrom(...Buffer.from('ab ,"\r\r\n\n\n\0\f\t\x11\xff', 'latin1'));
const bytesAndCuts = [array(byte, {maxLength: 300}), array(integer({min: 0, max: 300}), {maxLength: 20})] as const;

function chunksOf(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const places = [0, ...cuts.map((at) => Math.min(at, bytes.length)).toSorted((left, right) => left - right), bytes.length];
  return places.slice(1).map((to, index) => bytes.subarray(places[index], to));
}

describe('for all bytes', () => {
  test('any way to cut them into chunks gives the same lines', () => {
    assert(
      property(...bytesAndCuts, (bytes, cuts) => {
        const all = Uint8Array.from(bytes);
        expect(framed(chunksOf(all, cuts))).toEqual(framed([all]));
      }),
    );
  });

  test('any way to cut a line that is too long gives the same lines', () => {
    assert(
      property(integer({min: 8_100, max: 8_300}), array(integer({min: 0, max: 8_400}), {maxLength: 6}), (length, cuts) => {
        const all = Buffer.from(`a\n${'y'.repeat(length)}\r\nb`);
        expect(framed(chunksOf(all, cuts))).toEqual(framed([all]));
      }),
    );
  });

  test('a reader that stops after any line and goes on at its end misses none and repeats none', () => {
    assert(
      property(array(byte, {maxLength: 300}), (bytes) => {
        const all = Uint8Array.from(bytes);
        const lines = framed([all]);
        lines.forEach((line, index) => expect(framed([all.subarray(line.end)], line.end)).toEqual(lines.slice(index + 1)));
      }),
    );
  });

  test('every byte that is no line end and in no blank line is in a line, in order', () => {
    assert(
      property(array(string({unit: 'binary-ascii', maxLength: 20})), (texts) => {
        const expected = texts.flatMap((text) => text.split(/[\r\n\0\f]/)).filter((text) => /[^ \t]/.test(text));
        expect(framed([texts.map((text) => `${text}\n`).join('')]).map(({text}) => text)).toEqual(expected);
      }),
    );
  });

  test('no line is longer than the limit, and what is missing was counted', () => {
    assert(
      property(array(integer({min: 0, max: 20_000}), {maxLength: 8}), (lengths) => {
        const lines = framed([lengths.map((length) => `${'z'.repeat(length)}\n`).join('')]);
        for (const {text} of lines) expect(text.length).toBeLessThanOrEqual(8_192);
        const total = lines.reduce((sum, {text, discarded}) => sum + text.length + discarded, 0);
        expect(total).toBe(lengths.reduce((sum, length) => sum + length, 0));
      }),
    );
  });
});
