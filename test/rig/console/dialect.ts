// The dialect of the console's rig, and its recorder: what a line says is beside the point here, what becomes of it is shown.
// `extension;dialled;ISO start;seconds` is a call; `# …` is none; all else is rejected, unless the profile has been mended.
import type {CallRecord, Outcome} from '../../../edge/record/call-record.ts';
import type {Recorder} from '../../../edge/record/recorder.ts';
import type {SpooledLine} from '../../../edge/feed/line.ts';
import {instantFromIso} from '../../../shared/time/instant.ts';

export type Dialect = {
  /** From then on lines that begin with `?` are read, too. */
  mended: boolean;
};

export function recorderOf(dialect: Dialect): Recorder {
  return {read: (lines) => lines.map((line) => outcomeOf(line, dialect))};
}

function outcomeOf(line: SpooledLine, {mended}: Dialect): Outcome {
  const text = Buffer.from(line.bytes).toString('latin1');
  if (text.startsWith('#')) return {kind: 'not-a-call', what: 'heading', line: line.id};
  if (line.broken !== undefined) return {kind: 'rejected', reason: line.broken, detail: 'the connection was lost in it', line: line.id};
  const record = recordOf(mended ? text.replace(/^\?/, '') : text, line);
  if (record !== undefined) return {kind: 'call', record};
  if (line.bytes.some((byte) => byte < 0x09 || byte > 0x7e))
    return {kind: 'rejected', reason: 'not-text', detail: 'byte 1 is no text', line: line.id};
  return {kind: 'rejected', reason: 'no-variant', detail: 'fits none of the 4 forms of the profile', line: line.id};
}

function recordOf(text: string, line: SpooledLine): CallRecord | undefined {
  const match = /^(\d*);(\d*);([^;]+);(\d+)$/.exec(text);
  const start = instantFromIso(match?.[3] ?? '');
  if (match === null || start === undefined) return undefined;
  const [, extension = '', dialled = '', , seconds = ''] = match;
  return {
    feed: line.feed,
    lines: [line.id],
    family: 'rig',
    sourceKey: text,
    direction: 'outgoing',
    extension: extension === '' ? undefined : extension,
    dialled,
    caller: undefined,
    trunk: 'T001',
    accountCode: undefined,
    start,
    durationSeconds: Number(seconds),
    ringSeconds: undefined,
    answered: 'yes',
    doubt: undefined,
    flags: [],
  };
}
