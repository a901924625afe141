// A form with files, as browsers send it (RFC 7578). Pure. In: all bytes of it, of bounded length. Out: each name once, with its text.
// Never true: a part that is cut off taken for whole; what a browser would not send guessed at.
import type {Buffer} from 'node:buffer';

export type Parts =
  /** The text of a file is UTF-8; what is none has U+FFFD in it. A name that came twice is nobody's field. */
  {readonly kind: 'parts'; readonly fields: ReadonlyMap<string, string>} | {readonly kind: 'too-many'} | {readonly kind: 'unreadable'};

/** RFC 2046 §5.1.1. */
const BOUNDARY = /;\s*boundary=(?:"([0-9A-Za-z'()+_,./:=? -]{1,70})"|([0-9A-Za-z'()+_,./:=?-]{1,70}))\s*(?:;|$)/i;
/** What stands before the text of a part: its name, the name of its file, its type. */
const LONGEST_HEAD = 4_096;
const LINE = '\r\n';
const UNREADABLE = {kind: 'unreadable'} as const;

export function partsOf(body: Buffer, contentType: string, most: number): Parts {
  const found = BOUNDARY.exec(contentType);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) return UNREADABLE;
  const fields = new Map<string, string>();
  const twice = new Set<string>();
  const mark = `${LINE}--${boundary}`;
  // The first mark has no line before it.
  if (body.indexOf(mark.slice(LINE.length)) !== 0) return UNREADABLE;
  let at = mark.length - LINE.length;
  for (let count = 0; !endsAt(body, at); count++) {
    if (count === most) return {kind: 'too-many'};
    const part = partAt(body, at, mark);
    if (part === undefined) return UNREADABLE;
    if (fields.has(part.name)) twice.add(part.name);
    fields.set(part.name, part.text);
    at = part.end;
  }
  for (const name of twice) fields.delete(name);
  return {kind: 'parts', fields};
}

function endsAt(body: Buffer, at: number): boolean {
  return body.toString('latin1', at, at + 2) === '--';
}

type Part = {readonly name: string; readonly text: string; readonly end: number};

/** `at`: behind the mark in front of it. */
function partAt(body: Buffer, at: number, mark: string): Part | undefined {
  if (body.toString('latin1', at, at + LINE.length) !== LINE) return undefined;
  const head = body.indexOf(LINE + LINE, at);
  if (head < 0 || head - at > LONGEST_HEAD) return undefined;
  const name = nameIn(body.toString('utf8', at + LINE.length, head));
  const from = head + 2 * LINE.length;
  const to = body.indexOf(mark, from);
  if (name === undefined || to < 0) return undefined;
  return {name, text: body.toString('utf8', from, to), end: to + mark.length};
}

/** Browsers write a quote in a name as `%22`. */
function nameIn(head: string): string | undefined {
  const line = head.split(LINE).find((each) => /^content-disposition:\s*form-data\s*;/i.test(each));
  return line === undefined ? undefined : /;\s*name="([^"]{1,100})"/i.exec(line)?.[1];
}
