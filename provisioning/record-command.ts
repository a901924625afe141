// `spbs record`: raw lines of a switchboard in, call records out, as the box would read them. Nothing is priced or kept.
import type {SpooledLine} from '../edge/feed/line.ts';
import type {CallRecord, Outcome} from '../edge/record/call-record.ts';
import {loadProfile} from '../edge/record/profile.ts';
import {createRecorder, type Recorder} from '../edge/record/recorder.ts';
import {RECORDS_COMPARED} from '../edge/record/repeats.ts';
import {instantFromIso, isoFromInstant, type Instant} from '../shared/time/instant.ts';
import {isZone} from '../shared/time/zone.ts';
import type {Command, ExitCode, Terminal} from './command.ts';
import {readPieces, type Piece, type RawLine} from './record-lines.ts';
import {createSummary, summaryText} from './record-summary.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

export const command: Command = {
  summary: 'reads raw lines of a switchboard and prints the calls in them',
  usage: `usage: spbs record --profile NAME [--zone ZONE] [--feed NAME] [--received TIME] [--json] [FILE…]
       spbs record --profile NAME --summary [--json] [--zone ZONE] [FILE…]

Reads FILEs, or standard input, and prints a JSON object for each call. What was no call, was there before or was
rejected is said on standard error, with the reason. Exit 0: every line was told; 1: some were rejected.

  --profile NAME    of a shipped profile (spbs profile list), or the path of one
  --zone ZONE       of the switchboard's clock, such as Europe/London or +01:00; UTC by default
  --feed NAME       stands in the calls; record by default
  --received TIME   when the lines were received, such as 2026-11-26T08:00:00Z: it says the year where lines have none;
                    by default when the file was last changed
  --summary         counts instead of calls: lines, legs (rows that tell of a call), calls, lines that are no call, rejects,
                    duplicates, and seconds of talking out, in and internal, but for durations that cannot be
  --json            what goes to standard error, and the summary, as JSON too
`,
  run: async (args, terminal) => {
    const words = readWords(args);
    return typeof words === 'string' ? wrongUsage(terminal, 'record', words) : await record(words, terminal);
  },
};

type Words = {
  readonly profile: string;
  readonly zone: string;
  readonly feed: string;
  readonly received: Instant | undefined;
  readonly summary: boolean;
  readonly json: boolean;
  readonly files: readonly string[];
};

/** A duplicate further away than so many calls is not noticed: memory stays bounded, however long the file. */
const KEYS_REMEMBERED = 200_000;
/** A person sees the count move. */
const PROGRESS_MS = 250;

async function record(words: Words, terminal: Terminal): Promise<ExitCode> {
  const reader = createReader(words);
  const summary = createSummary();
  const progress = createProgress(terminal, words.summary && terminal.interactive);
  const {files, received: receivedAt, feed} = words;
  for await (const piece of readPieces({files, input: terminal.input, receivedAt, feed})) {
    if (terminal.stop.aborted) break;
    for (const {outcome, line} of reader(piece.lines)) {
      summary.count(outcome);
      if (!words.summary) print(outcome, line, words.json, terminal);
    }
    progress.show(piece, summary.sofar().lines);
  }
  progress.clear();
  const counts = summary.sofar();
  if (words.summary) terminal.out(words.json ? `${JSON.stringify(counts)}\n` : summaryText(counts));
  if (!terminal.stop.aborted) return Object.keys(counts.rejects).length === 0 ? 0 : 1;
  terminal.err(`stopped after ${counts.lines} lines\n`);
  return 3;
}

type Told = {readonly outcome: Outcome; readonly line: RawLine};

/** The recorder over a memory of its own: what the ledger and the spool are to the box. */
function createReader({profile, feed, zone}: Words): (lines: readonly RawLine[]) => readonly Told[] {
  let keys = new Set<string>();
  let older = new Set<string>();
  let past: readonly SpooledLine[] = [];
  const recorder: Recorder = createRecorder({
    profile: loadProfile(profile),
    feed,
    zone,
    live: false,
    known: (_, sourceKey) => keys.has(sourceKey) || older.has(sourceKey),
    tail: (before, most) => past.filter(({id}) => id < before).slice(-most),
  });
  return (lines) => {
    const outcomes = recorder.read(lines);
    past = [...past, ...lines].slice(-RECORDS_COMPARED);
    if (keys.size > KEYS_REMEMBERED / 2) [keys, older] = [new Set(), keys];
    return outcomes.flatMap((outcome, place) => {
      if (outcome.kind === 'call') keys.add(ofItsOwn(outcome.record.sourceKey));
      const line = lines[place];
      return line === undefined ? [] : [{outcome, line}];
    });
  };
}

/** A text that was cut out of a line holds the line as long as it lives. */
function ofItsOwn(text: string): string {
  return Buffer.from(text).toString();
}

function print(outcome: Outcome, line: RawLine, json: boolean, terminal: Terminal): void {
  const {file, number} = line;
  if (outcome.kind === 'call') terminal.out(`${JSON.stringify(callObject(outcome.record, line))}\n`);
  else if (json) terminal.err(`${JSON.stringify({...outcome, file, line: number})}\n`);
  else terminal.err(`${file}:${number}: ${reasonText(outcome, line)}\n`);
}

function reasonText(outcome: Exclude<Outcome, {kind: 'call'}>, line: RawLine): string {
  switch (outcome.kind) {
    case 'replay':
      return 'a duplicate';
    case 'not-a-call':
      return `no call: ${outcome.what}`;
    case 'rejected':
      return `rejected: ${outcome.reason}: ${outcome.detail}\n    ${shown(line)}`;
  }
}

/** As a script would want it: times as ISO 8601, absent things as null. */
function callObject(call: CallRecord, {file, number}: RawLine): Readonly<Record<string, unknown>> {
  return {
    feed: call.feed,
    file,
    lines: [number],
    family: call.family,
    sourceKey: call.sourceKey,
    direction: call.direction,
    extension: call.extension ?? null,
    dialled: call.dialled ?? null,
    caller: call.caller ?? null,
    trunk: call.trunk ?? null,
    accountCode: call.accountCode ?? null,
    start: isoFromInstant(call.start),
    durationSeconds: call.durationSeconds,
    ringSeconds: call.ringSeconds ?? null,
    answered: call.answered,
    doubt: call.doubt ?? null,
    flags: call.flags,
  };
}

/** What a terminal can show of a line that is perhaps no text. */
function shown({bytes}: RawLine): string {
  const text = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  return text.replaceAll(/[^ -~\u00A1-\u00FF]/g, '·') + (bytes.length > 200 ? '…' : '');
}

function createProgress(terminal: Terminal, wanted: boolean) {
  let shownAt = 0;
  return {
    show: ({file, bytes, size}: Piece, lines: number): void => {
      if (!wanted || Date.now() - shownAt < PROGRESS_MS) return;
      shownAt = Date.now();
      const share = size === undefined || size === 0 ? '' : `, ${Math.floor((100 * bytes) / size)} % of ${file}`;
      terminal.err(`\r\u001B[K${lines.toLocaleString('en-GB')} lines${share}`);
    },
    clear: (): void => {
      if (shownAt > 0) terminal.err('\r\u001B[K');
    },
  };
}

function readWords(args: readonly string[]): Words | string {
  const parsed = parseWords(args, OPTIONS);
  if (typeof parsed === 'string') return parsed;
  const {profile, zone, feed, received, summary, json} = parsed.values;
  if (profile === undefined) return '--profile is missing: name a profile; spbs profile guess FILE finds the one that fits';
  if (!isZone(zone)) return `--zone ${zone} is no time zone; write one such as Europe/London, UTC or +01:00`;
  const at = received === undefined ? undefined : instantFromIso(received);
  if (received !== undefined && at === undefined) return `--received ${received} is no time with its offset, such as 2026-11-26T08:00:00Z`;
  return {profile, zone, feed, received: at, summary, json, files: parsed.positionals};
}

const OPTIONS = {
  profile: {type: 'string'},
  zone: {type: 'string', default: 'UTC'},
  feed: {type: 'string', default: 'record'},
  received: {type: 'string'},
  summary: {type: 'boolean', default: false},
  json: {type: 'boolean', default: false},
} as const;
