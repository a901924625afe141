// Lines become call records, or are told what they are instead.
// In: spooled lines of one feed, in order. Out: an outcome for each line. Synchronous, total: no bytes make it throw.
// Never true: a call out of a line that fits no layout; two records of one call without a common source key; a line forgotten.
import {hash} from 'node:crypto';
import type {Instant} from '../../shared/time/instant.ts';
import type {SpooledLine} from '../feed/line.ts';
import type {CallRecord, Outcome} from './call-record.ts';
import {createLegReader, type Leg, type Reading} from './leg.ts';
import {createMoments, type Moment, type Moments} from './moment.ts';
import type {Profile} from './profile-schema.ts';
import {createRepeats, RECORDS_COMPARED, type Repeats, type Verdict} from './repeats.ts';

export type RecorderGiven = {
  readonly profile: Profile;
  readonly feed: string;
  /** Of the switchboard's clock: one that `isZone` knows. */
  readonly zone: string;
  /** A connection, on which a record is received when its call ends. A file, growing or not, is none. */
  readonly live: boolean;
  /** Was a call with this source key recorded before? */
  readonly known: (family: string, sourceKey: string) => boolean;
  /** The last lines of the feed before a number, at most so many, oldest first. */
  readonly tail: (before: number, most: number) => readonly SpooledLine[];
};

export type Recorder = {
  /** Lines in the order of the spool. Read again, a line gives the same source key, or is a replay. */
  readonly read: (lines: readonly SpooledLine[]) => readonly Outcome[];
};

/** So far back another record is looked for, to know on which side of a clock change one falls. */
const LINES_OF_ORDER = 50;
/** 128 bits: no two of all the calls that will ever be have one by chance. */
const HASH_LETTERS = 32;
const BETWEEN = '\u001F';

const BROKEN = {
  'cut-line': {kind: 'rejected', reason: 'cut-line', detail: 'the link was lost within it'},
  'line-too-long': {kind: 'rejected', reason: 'line-too-long', detail: 'longer than any record may be'},
} as const satisfies Record<NonNullable<SpooledLine['broken']>, Reading>;

const SUSPECTED: CallRecord['doubt'] = {
  reason: 'duplicate-suspected',
  detail: 'an equal record came before it; nobody can tell whether it was sent twice or is another call',
};

/** A line as it stands for itself, before it is compared with any other. */
type Parsed = {readonly kind: 'other'; readonly line: SpooledLine; readonly reading: Exclude<Reading, Leg>} | ParsedLeg;
/** `key`: its own id, with the year where the line has none. `hash`, without one: of what tells it from other calls. */
type ParsedLeg = {
  readonly kind: 'leg';
  readonly line: SpooledLine;
  readonly reading: Leg;
  readonly key: string | undefined;
  readonly hash: string | undefined;
};
type Parse = (line: SpooledLine) => Parsed;
type Keyed = {readonly kind: 'new' | 'suspected'; readonly sourceKey: string} | {readonly kind: 'replay'};
type Known = (sourceKey: string) => boolean;

export function createRecorder(given: RecorderGiven): Recorder {
  const moments = createMoments(given);
  const parse = createParser(given, moments);
  const order = createOrder(given, moments, parse);
  const issued = new Set<string>();
  /** The ledger does not know yet what this reading gives it. */
  const isKnown: Known = (sourceKey) => issued.has(sourceKey) || given.known(given.profile.family, sourceKey);
  const comparison = createComparison(given, parse, isKnown);
  let lastLine: number | undefined;

  const outcomeOf = (parsed: Parsed, ahead: () => readonly string[]): Outcome => {
    const {line} = parsed;
    if (parsed.kind === 'other') return {...parsed.reading, line: line.id};
    const moment = order.momentOf(parsed);
    if (moment === undefined) return {kind: 'rejected', reason: 'field-unreadable', detail: 'its time is on no calendar', line: line.id};
    const keyed: Keyed =
      parsed.key === undefined
        ? comparison.keyOf(parsed, ahead)
        : isKnown(parsed.key)
          ? {kind: 'replay'}
          : {kind: 'new', sourceKey: parsed.key};
    if (keyed.kind === 'replay') return {kind: 'replay', line: line.id};
    issued.add(keyed.sourceKey);
    return {kind: 'call', record: recordOf(given, parsed, moment, keyed)};
  };

  return {
    read: (lines) => {
      const first = lines[0];
      if (first === undefined) return [];
      if (lastLine !== undefined && !comparison.goesOn(first, lastLine)) {
        order.forget();
        comparison.forget();
      }
      lastLine = lines.at(-1)?.id;
      issued.clear();
      const parsed = lines.map(parse);
      return parsed.map((each, place) => outcomeOf(each, () => hashesBehind(parsed, place)));
    },
  };
}

function recordOf(
  {feed, profile}: RecorderGiven,
  {line, reading}: ParsedLeg,
  moment: Moment,
  keyed: Exclude<Keyed, {kind: 'replay'}>,
): CallRecord {
  const {direction, extension, dialled, caller, trunk, accountCode, durationSeconds, ringSeconds, answered} = reading;
  return {
    feed,
    lines: [line.id],
    family: profile.family,
    sourceKey: keyed.sourceKey,
    direction,
    extension,
    dialled,
    caller,
    trunk,
    accountCode,
    start: moment.start,
    durationSeconds,
    ringSeconds,
    answered,
    doubt: keyed.kind === 'suspected' ? SUSPECTED : moment.doubt,
    flags: moment.flags,
  };
}

function createParser({profile}: RecorderGiven, moments: Moments): Parse {
  const readLeg = createLegReader(profile);
  return (line) => {
    const reading = line.broken === undefined ? readLeg(line.bytes) : BROKEN[line.broken];
    if (reading.kind !== 'leg') return {kind: 'other', line, reading};
    const {id, meaning, stamp} = reading;
    const year = moments.yearOf(reading, line.receivedAt);
    if (id === undefined) return {kind: 'leg', line, reading, key: undefined, hash: hashOf(`${year}${BETWEEN}${meaning}`)};
    return {kind: 'leg', line, reading, key: stamp.year === undefined ? `${year}${BETWEEN}${id}` : id, hash: undefined};
  };
}

function hashOf(text: string): string {
  return hash('sha256', text, 'hex').slice(0, HASH_LETTERS);
}

/** What comes behind a place, in its session; two more are enough to be sure. */
function hashesBehind(parsed: readonly Parsed[], place: number): readonly string[] {
  const hashes: string[] = [];
  const session = parsed[place]?.line.session;
  for (let next = place + 1; next < parsed.length && hashes.length < 2; next++) {
    const behind = parsed[next];
    if (behind?.line.session !== session) break;
    if (behind?.kind === 'leg' && behind.hash !== undefined) hashes.push(behind.hash);
  }
  return hashes;
}

/** Times in the light of the record before: only a clock change asks for it. */
function createOrder(given: RecorderGiven, moments: Moments, parse: Parse) {
  let lastEnd: Instant | undefined;

  const momentOf = ({line, reading}: ParsedLeg, before: () => Instant | undefined): Moment | undefined => {
    const moment = moments.of(reading, line.receivedAt, before);
    if (moment !== undefined && moment.doubt === undefined) lastEnd = moment.end;
    return moment;
  };
  const endBefore = (line: SpooledLine): Instant | undefined => {
    if (lastEnd !== undefined) return lastEnd;
    for (const parsed of given.tail(line.id, LINES_OF_ORDER).map(parse)) if (parsed.kind === 'leg') momentOf(parsed, () => lastEnd);
    return lastEnd;
  };
  return {
    momentOf: (parsed: ParsedLeg) => momentOf(parsed, () => endBefore(parsed.line)),
    forget: () => {
      lastEnd = undefined;
    },
  };
}

/** Records without an id of their own, in the light of those before them; after a start or a gap the spool tells of these. */
function createComparison(given: RecorderGiven, parse: Parse, isKnown: Known) {
  let repeats: Repeats | undefined;

  const repeatsBefore = (line: SpooledLine): Repeats => {
    if (repeats !== undefined) return repeats;
    repeats = createRepeats(given.live);
    const past = given.tail(line.id, RECORDS_COMPARED).map(parse);
    for (const [place, parsed] of past.entries()) {
      if (parsed.kind !== 'leg' || parsed.hash === undefined) continue;
      const {hash, line: old} = parsed;
      repeats.judge({hash, session: old.session, ahead: () => hashesBehind(past, place), isKnown: () => false});
    }
    repeats.resume();
    return repeats;
  };

  return {
    keyOf: ({line, hash = ''}: ParsedLeg, ahead: () => readonly string[]): Keyed => {
      const isKnownAs = (occurrence: number): boolean => isKnown(`${hash}-${occurrence}`);
      const verdict: Verdict = repeatsBefore(line).judge({hash, session: line.session, ahead, isKnown: isKnownAs});
      return verdict.kind === 'replay' ? verdict : {kind: verdict.kind, sourceKey: `${hash}-${verdict.occurrence}`};
    },
    /** Does a line follow the last one that was read, with none between? It matters only where lines are compared. */
    goesOn: (first: SpooledLine, lastLine: number): boolean =>
      first.id > lastLine && (repeats === undefined || given.tail(first.id, 1).at(-1)?.id === lastLine),
    forget: () => {
      repeats = undefined;
    },
  };
}
