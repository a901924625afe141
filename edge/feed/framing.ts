// Bytes become lines. In: chunks as they come, cut anywhere. Out: whole lines, in order, each with the offset where it ends.
// Never true: a chunk boundary that changes a line; a byte that is dropped without being counted; more memory than one line;
// bytes from before a lost link glued to bytes from after it; a throw.
import type {Line} from './line.ts';

export type Framed = {
  /** Its own copy: the chunk may be used again. */
  readonly bytes: Uint8Array;
  /** Offset in the source just behind the first byte that ended the line: reading that goes on from here repeats nothing. */
  readonly end: number;
  readonly broken: Line['broken'];
  /** How many bytes beyond the limit were thrown away. */
  readonly discarded: number;
};

export type Framer = {
  readonly push: (chunk: Uint8Array) => readonly Framed[];
  /** The source has ended or was lost: what is left of it, marked as cut. The framer is then as new, at the same offset. */
  readonly cut: () => Framed | undefined;
  /** Bytes of a line that has not ended yet, thrown away ones included. */
  readonly waiting: () => number;
};

/** The longest record known, a CUCM one with every field filled, is below 4,000 bytes. */
export const LONGEST_LINE = 8_192;

const NUL = 0x00;
const TAB = 0x09;
const LF = 0x0a;
const FF = 0x0c;
const CR = 0x0d;
const SPACE = 0x20;

/**
 * CR, LF, CRLF, form feed and NUL each end a line, and a line of nothing but blanks is none: so every mixture of them reads the
 * same. Samsung ends its records with NUL, IP Office pads with it, printers begin a page with a form feed.
 *
 * A line end inside quotes ends the line like any other. Asterisk writes none there, and to wait for the closing quote would
 * let one stray quote swallow the calls after it; so the two halves are kept, and the profile rejects them where all can see.
 */
export function createFramer(start = 0): Framer {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let discarded = 0;
  let offset = start;

  const hold = (part: Uint8Array): void => {
    const room = Math.min(part.length, LONGEST_LINE - heldBytes);
    if (room > 0) held.push(Buffer.from(part.subarray(0, room)));
    heldBytes += room;
    discarded += part.length - room;
  };
  const take = (end: number, cut: boolean): Framed | undefined => {
    const bytes = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
    const line: Framed | undefined =
      isBlank(bytes) && discarded === 0 ? undefined : {bytes, end, broken: brokenBy(discarded, cut), discarded};
    held = [];
    heldBytes = 0;
    discarded = 0;
    return line;
  };

  return {
    push: (chunk) => {
      const lines: Framed[] = [];
      let from = 0;
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at];
        if (byte === undefined || byte > CR || !(byte === LF || byte === CR || byte === NUL || byte === FF)) continue;
        if (at > from) hold(chunk.subarray(from, at));
        from = at + 1;
        if (heldBytes === 0) continue;
        const line = take(offset + from, false);
        if (line !== undefined) lines.push(line);
      }
      if (from < chunk.length) hold(chunk.subarray(from));
      offset += chunk.length;
      return lines;
    },
    cut: () => take(offset, true),
    waiting: () => heldBytes + discarded,
  };
}

/** Too long says more than cut: a line can be both. */
function brokenBy(discarded: number, cut: boolean): Line['broken'] {
  if (discarded > 0) return 'line-too-long';
  return cut ? 'cut-line' : undefined;
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === SPACE || byte === TAB);
}
