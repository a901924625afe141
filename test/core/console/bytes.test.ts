import fc from 'fast-check';
import {expect, test} from 'vitest';
import {piecesOf} from '../../../edge/console/pages/bytes.tsx';

test.for([
  ['plain text', Buffer.from('A 1;x'), [['text', 'A 1;x']]],
  [
    'a carriage return',
    Buffer.from('a\rb'),
    [
      ['text', 'a'],
      ['sign', '<CR>'],
      ['text', 'b'],
    ],
  ],
  [
    'framing',
    Buffer.from('\x02x\x03'),
    [
      ['sign', '<STX>'],
      ['text', 'x'],
      ['sign', '<ETX>'],
    ],
  ],
  [
    'escape sequences',
    Buffer.from('\x1b[31m'),
    [
      ['sign', '<ESC>'],
      ['text', '[31m'],
    ],
  ],
  [
    'other bytes',
    Buffer.from([0x9f, 0xff, 0x7f, 0x00]),
    [
      ['sign', '<9f>'],
      ['sign', '<ff>'],
      ['sign', '<DEL>'],
      ['sign', '<NUL>'],
    ],
  ],
  // Right-to-left override in UTF-8: three bytes, three signs, no effect.
  [
    'what would turn the line around',
    Buffer.from('\u202e'),
    [
      ['sign', '<e2>'],
      ['sign', '<80>'],
      ['sign', '<ae>'],
    ],
  ],
  ['nothing', Buffer.alloc(0), []],
] as const)('shows %s', ([, bytes, wanted]) => {
  expect(piecesOf(bytes).map(({kind, text}) => [kind, text])).toEqual(wanted);
});

test('shows every byte, and no byte as anything but printable ASCII', () => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 300}), (bytes) => {
      const pieces = piecesOf(bytes);
      expect(pieces.map(({text}) => text).join('')).toMatch(/^[ -~]*$/);
      const shown = pieces.reduce((sum, {kind, text}) => sum + (kind === 'text' ? text.length : 1), 0);
      expect(shown).toBe(bytes.length);
    }),
  );
});
