// The bytes of a carrier's file become text.
// In: chunks of bytes that anybody may have written, UTF-8, UTF-16 or Windows-1252. Out: text, or why it is none.
// Never true: a file or a line without end is read to its end; a character is replaced in silence.
import type {DeckProblem} from './deck-problem.ts';
import {positionIn} from './document.ts';

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** 300,000 lines of 200 characters. */
export const LARGEST_DECK = 64 * 1024 * 1024;
/** A line names a destination and its price; a list of prefixes in one field may be long. */
const LONGEST_LINE = 256 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const REPLACEMENT = '\uFFFD';

export type DeckText =
  | {readonly kind: 'text'; readonly text: string; readonly encoding: Encoding}
  | {readonly kind: 'invalid'; readonly problem: DeckProblem};

function fault(line: number, column: number, what: string, cure: string): DeckProblem {
  return {kind: 'error', line, column, what, cure};
}

/** Takes a file chunk by chunk, and says as soon as it is none, so that the rest need not be read. */
export class DeckBytes {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #lines = 1;
  #lineStart = 0;
  #afterReturn = false;

  take(chunk: Uint8Array): DeckProblem | undefined {
    const start = this.#length;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length > LARGEST_DECK) {
      return fault(
        this.#lines,
        1,
        `the file is longer than ${LARGEST_DECK / 1024 / 1024} MB`,
        'Check that it is a list of prices; split it if it is.',
      );
    }
    return this.#lineIn(chunk, start);
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  /** Old spreadsheets end a line by CR alone. */
  #lineIn(chunk: Uint8Array, start: number): DeckProblem | undefined {
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte !== LF && byte !== CR) {
        this.#afterReturn = false;
        if (start + at - this.#lineStart < LONGEST_LINE) continue;
        const what = `the line is longer than ${LONGEST_LINE / 1024} KB`;
        return fault(this.#lines, 1, what, 'Check that this is a CSV file.');
      }
      if (byte === CR || !this.#afterReturn) this.#lines += 1;
      this.#afterReturn = byte === CR;
      this.#lineStart = start + at + 1;
    }
    return undefined;
  }
}

/** `asked`: the person knows the encoding. */
export function decodeDeck(bytes: Uint8Array, asked?: Encoding): DeckText {
  const encoding = asked ?? markedEncoding(bytes);
  const decoded = encoding === undefined ? decodeUnmarked(bytes) : decodeAs(bytes, encoding);
  if (decoded.kind === 'invalid') return decoded;
  const text = decoded.text.startsWith('\uFEFF') ? decoded.text.slice(1) : decoded.text;
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const {line, column} = positionIn(text, nul);
    const cure = 'It may be UTF-16, or a workbook and no text: save it as CSV, or name its encoding.';
    return {kind: 'invalid', problem: fault(line, column, 'the file contains a NUL byte', cure)};
  }
  if (text.trim() === '') return {kind: 'invalid', problem: fault(1, 1, 'the file is empty', 'Name a file with prices.')};
  return {...decoded, text};
}

/** By its byte order mark; else UTF-16 by the NULs that each Latin letter has there. */
function markedEncoding(bytes: Uint8Array): Encoding | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const start = bytes.subarray(0, 1_000);
  const nuls = (parity: number): number => start.reduce((sum, byte, place) => sum + (byte === 0 && place % 2 === parity ? 1 : 0), 0);
  const [even, odd] = [nuls(0), nuls(1)];
  /** Of letters and digits all the high bytes are NUL, and none of the low ones. */
  const most = (start.length / 2) * 0.8;
  if (Math.min(even, odd) > 0 || Math.max(even, odd) <= most) return undefined;
  return odd > even ? 'utf-16le' : 'utf-16be';
}

function decodeAs(bytes: Uint8Array, encoding: Encoding): DeckText {
  if (encoding === 'windows-1252') return {kind: 'text', text: fromWindows(bytes), encoding};
  const text = new TextDecoder(encoding).decode(bytes);
  const broken = text.indexOf(REPLACEMENT);
  if (broken < 0) return {kind: 'text', text, encoding};
  const {line, column} = positionIn(text, broken);
  const problem = fault(line, column, `the file is not ${encoding.toUpperCase()} here`, 'Save it as UTF-8, or name its encoding.');
  return {kind: 'invalid', problem};
}

/** UTF-8; else Windows-1252, unless the file has letters that are UTF-8 too: then it is damaged, and nobody can tell. */
function decodeUnmarked(bytes: Uint8Array): DeckText {
  const utf8 = decodeAs(bytes, 'utf-8');
  if (utf8.kind === 'text') return utf8;
  const lenient = new TextDecoder().decode(bytes);
  // What Windows-1252 says in single bytes is hardly ever a sound sequence of UTF-8.
  const isMixed = /[^\0-\u007F\uFEFF\uFFFD]/.test(lenient);
  return isMixed ? utf8 : decodeAs(bytes, 'windows-1252');
}

/** 0x80 to 0x9F, where Windows-1252 is not Latin-1 (Unicode, CP1252.TXT). Node's own decoder leaves them as they are. */
const WINDOWS_SIGNS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ';
const FIRST_SIGN = 0x80;

function fromWindows(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[\u0080-\u009F]/g, (sign) => WINDOWS_SIGNS[sign.charCodeAt(0) - FIRST_SIGN] ?? sign);
}
