// Raw lines out of files and standard input, for the commands that read them. In bounded memory, whatever is in them.
import {createReadStream, statSync} from 'node:fs';
import {createFramer, type Framed} from '../edge/feed/framing.ts';
import type {SpooledLine} from '../edge/feed/line.ts';
import {Failure} from '../shared/failure/failure.ts';
import {instant, type Instant} from '../shared/time/instant.ts';

/** Standard input, where no file is named. */
const STANDARD_INPUT = '-';

export type RawLine = SpooledLine & {
  readonly file: string;
  /** In the file, counted from 1 as an editor does. */
  readonly number: number;
};

/** What was read at once, and how far into the file that is. */
export type Piece = {readonly lines: readonly RawLine[]; readonly file: string; readonly bytes: number; readonly size: number | undefined};

export type Sources = {
  readonly files: readonly string[];
  readonly input: AsyncIterable<Uint8Array>;
  /** When the lines were received; if it is not said, a file's by the time of its last change. */
  readonly receivedAt: Instant | undefined;
  readonly feed: string;
};

const LF = 0x0a;
/** Some hundreds of records at once. */
const CHUNK_BYTES = 64 * 1024;

/** Numbers rise over all files; each file is a session. Throws Failure `file.unreadable`. */
export async function* readPieces({files, input, receivedAt, feed}: Sources): AsyncGenerator<Piece> {
  let id = 0;
  for (const [place, file] of (files.length === 0 ? [STANDARD_INPUT] : files).entries()) {
    const source = file === STANDARD_INPUT ? {chunks: input, size: undefined, changedAt: instant(Date.now())} : openFile(file);
    const at = receivedAt ?? source.changedAt;
    const whole = {feed, session: place + 1, receivedAt: at, file};
    const numbered = ({bytes, end, broken}: Framed, number: number): RawLine => ({
      ...whole,
      id: ++id,
      position: String(end),
      bytes,
      broken,
      number,
    });
    yield* piecesOf(source, file, numbered);
  }
}

type Source = {readonly chunks: AsyncIterable<Uint8Array>; readonly size: number | undefined; readonly changedAt: Instant};

async function* piecesOf(source: Source, file: string, numbered: (framed: Framed, number: number) => RawLine): AsyncGenerator<Piece> {
  const framer = createFramer();
  let bytes = 0;
  let ended = 0;
  try {
    for await (const chunk of source.chunks) {
      let from = 0;
      const lines = framer.push(chunk).map((framed) => {
        // Up to the byte that ended it; what ends a line need not be a line feed.
        const behind = framed.end - 1 - bytes;
        ended += feedsIn(chunk, from, behind);
        from = Math.max(from, behind);
        return numbered(framed, ended + 1);
      });
      ended += feedsIn(chunk, from, chunk.length);
      bytes += chunk.length;
      yield {lines, file, bytes, size: source.size};
    }
  } catch (error) {
    throw error instanceof Failure ? error : unreadable(file, error);
  }
  // A file need not end its last line.
  const rest = framer.cut();
  if (rest === undefined) return;
  const broken = rest.broken === 'cut-line' ? undefined : rest.broken;
  yield {lines: [numbered({...rest, broken}, ended + 1)], file, bytes, size: source.size};
}

function openFile(file: string): Source {
  try {
    const {size, mtimeMs} = statSync(file);
    return {chunks: createReadStream(file, {highWaterMark: CHUNK_BYTES}), size, changedAt: instant(mtimeMs)};
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): Failure {
  return new Failure('file.unreadable', `${file} cannot be read`, 'check its path and who may read it', cause);
}

function feedsIn(chunk: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = chunk.indexOf(LF, from); at >= 0 && at < to; at = chunk.indexOf(LF, at + 1)) count++;
  return count;
}
