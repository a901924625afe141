// Bytes of a line as a person can see them, and as nothing else: no control character reaches the browser.
import type {VNode} from 'preact';
import {useFigures, useWords} from './ground.ts';

export type Piece = {readonly kind: 'text' | 'sign'; readonly text: string};

/** Names of the control characters in ASCII. Unicode has pictures of them, which few fonts have. */
const NAMES = 'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
  ' ',
);
const DELETE = 0x7f;

/** Plain ASCII as it is, a control character as `<CR>`, every other byte as `<9f>`. */
export function piecesOf(bytes: Uint8Array): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte < 0x7f;
    const kind = isPlain ? 'text' : 'sign';
    const text = isPlain ? String.fromCharCode(byte) : signOf(byte);
    const last = pieces.at(-1);
    if (last?.kind === 'text' && kind === 'text') pieces[pieces.length - 1] = {kind, text: last.text + text};
    else pieces.push({kind, text});
  }
  return pieces;
}

function signOf(byte: number): string {
  return `<${byte === DELETE ? 'DEL' : (NAMES[byte] ?? byte.toString(16))}>`;
}

/** `bytes` may be the beginning of a longer line of `length` bytes. */
export function RawBytes({bytes, length}: {readonly bytes: Uint8Array; readonly length: number}): VNode {
  const {rejects: words} = useWords();
  const {count} = useFigures();
  if (length === 0) return <span class="soft">{words.nothing}</span>;
  return (
    <code class="bytes" translate={false}>
      {piecesOf(bytes).map(({kind, text}, place) => (kind === 'text' ? text : <b key={place}>{text}</b>))}
      {length > bytes.length ? <span class="soft"> {words.cut(count(length))}</span> : null}
    </code>
  );
}
