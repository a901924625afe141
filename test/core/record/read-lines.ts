// Lines on a real spool, read by a real recorder; what it calls a call is known from then on, as the ledger would know it.
import {loadProfile, readProfile, type Profile} from '../../../edge/record/profile.ts';
import type {CallRecord, Outcome} from '../../../edge/record/call-record.ts';
import type {Line, SpooledLine} from '../../../edge/feed/line.ts';
import {createSpool} from '../../../edge/feed/spool.ts';
import {createRecorder, type Recorder} from '../../../edge/record/recorder.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {instant, instantFromIso, type Instant} from '../../../shared/time/instant.ts';
import type {TemporaryStore} from '../temporary-store.ts';

const FEED = 'smdr';
/** A Thursday afternoon, when the tests are said to happen. */
export const RECEIVED = at('2026-11-26T15:00:00Z');

export function at(iso: string): Instant {
  const read = instantFromIso(iso);
  if (read === undefined) throw new Error(`${iso} is no time`);
  return read;
}

export type Reading = {readonly profile: string | Profile; readonly zone?: string; readonly live?: boolean; readonly receivedAt?: Instant};

/** Lines for themselves: nothing was before them. */
export function readLines(texts: readonly (string | Uint8Array)[], reading: Reading): readonly Outcome[] {
  return recorderFor(reading).read(texts.map((text, place) => ({...lineOf(text, reading.receivedAt ?? RECEIVED), id: place + 1})));
}

/** The one call that a line is. */
export function readCall(text: string, reading: Reading): CallRecord {
  const [outcome] = readLines([text], reading);
  if (outcome?.kind !== 'call') throw new Error(`no call: ${JSON.stringify(outcome)}`);
  return outcome.record;
}

/** `call`, `replay`, `leg`, `cut-line` …: what each line became, in one word. */
export function wordOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'call':
      return outcome.record.doubt?.reason ?? 'call';
    case 'replay':
      return 'replay';
    case 'not-a-call':
      return outcome.what;
    case 'rejected':
      return outcome.reason;
  }
}

export function ownProfile(yaml: string): Profile {
  const reading = readProfile(yaml, 'own.yaml');
  if (reading.kind === 'profile') return reading.profile;
  throw new Error(reading.problems.map(({line, what}) => `${line}: ${what}`).join('\n'));
}

export type Box = {
  /** As a door delivers them: spooled, read, recorded, all in one transaction. */
  readonly receive: (texts: readonly string[], when?: Instant) => readonly Outcome[];
  /** A connection is lost and comes back, or the next file is opened. */
  readonly nextSession: () => void;
  /** The box stops and starts: nothing but spool and ledger is left. */
  readonly restart: () => void;
  /** Reads lines of the spool again, by their numbers. */
  readonly again: (from: number, to: number) => readonly Outcome[];
};

export function openBox(store: TemporaryStore, reading: Reading): Box {
  const {database} = store;
  const spool = createSpool(database);
  const recorded = new Set<string>();
  spool.open(FEED, instant(0));
  let session = spool.beginSession(FEED);
  const start = (): Recorder =>
    recorderFor(
      reading,
      (_, key) => recorded.has(key),
      (before, most) => spool.tail(FEED, before, most),
    );
  let recorder = start();
  const record = (outcomes: readonly Outcome[]): readonly Outcome[] => {
    for (const outcome of outcomes) if (outcome.kind === 'call') recorded.add(outcome.record.sourceKey);
    return outcomes;
  };
  return {
    receive: (texts, when = RECEIVED) =>
      inTransaction(database, () => {
        const lines = texts.map((text) => ({...lineOf(text, when), session}));
        return record(recorder.read(spool.keep({feed: FEED, lines, file: undefined})));
      }),
    nextSession: () => {
      session = spool.beginSession(FEED);
    },
    restart: () => {
      recorder = start();
    },
    again: (from, to) => record(recorder.read(spool.tail(FEED, to + 1, to - from + 1))),
  };
}

function recorderFor(
  {profile, zone = 'UTC', live = true}: Reading,
  known: (family: string, sourceKey: string) => boolean = () => false,
  tail: (before: number, most: number) => readonly SpooledLine[] = () => [],
): Recorder {
  return createRecorder({profile: typeof profile === 'string' ? shipped(profile) : profile, feed: FEED, zone, live, known, tail});
}

const loaded = new Map<string, Profile>();

/** Read once: properties ask for it thousands of times. */
function shipped(name: string): Profile {
  const profile = loaded.get(name) ?? loadProfile(name);
  loaded.set(name, profile);
  return profile;
}

function lineOf(text: string | Uint8Array, receivedAt: Instant): Line {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  return {feed: FEED, session: 1, position: '0', receivedAt, bytes, broken: undefined};
}
