// Bytes of a line as a person can see them, and as nothing else: no control character reaches the browser.
import type {VNode} from 'preact';
import {useFigures, useWords} from './ground.ts';

export type Piece = {readonly kind: 'text' | 'sign'; readonly text: string};

/** Unicode's pictures of the control characters: ␀ … ␟, and ␡. */
const PICTURES = 0x2400;
const PICTURE_OF_DELETE = '␡';

/** Plain ASCII as it is, control characters as their pictures, every other byte as `\x9f`. */
export function piecesOf(bytes: Uint8Array): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte < 0x7f;
    const kind = isPlain ? 'text' : 'sign';
    const text = isPlain ? String.fromCharCode(byte) : signOf(byte);
    const last = pieces.at(-1);
    if (last?.kind === kind) pieces[pieces.length - 1] = {kind, text: last.text + text};
    else pieces.push({kind, text});
  }
  return pieces;
}

function signOf(byte: number): string {
  if (byte < 0x20) return String.fromCharCode(PICTURES + byte);
  return byte === 0x7f ? PICTURE_OF_DELETE : `\\x${byte.toString(16)}`;
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
