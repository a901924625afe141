// Any bytes, and lines that are nearly right, through every profile: each ends as something, in bounded time, without a throw.
import {describe, expect, test} from 'vitest';
import type {CallRecord, Outcome} from '../../edge/record/call-record.ts';
import {loadProfile, shippedProfiles} from '../../edge/record/profile.ts';
import {createRecorder} from '../../edge/record/recorder.ts';
import type {SpooledLine} from '../../edge/feed/line.ts';
import {instant} from '../../shared/time/instant.ts';
import {amount} from '../tiers.ts';
import {formats, type PrintedCall} from '../simulator/switchboard/formats.ts';
import {seededRandom} from '../simulator/switchboard/traffic.ts';

const RECEIVED = Date.UTC(2026, 10, 26, 15);
const BATCH = 200;
/** Far above what a line takes, far below what one that hangs would. */
const SLOWEST_BATCH_MS = 5_000;
const LONGEST = 9_000;

/** The same lines for the same seed, which a failing run names. */
function createLines(seed: number) {
  const random = seededRandom(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const pick = <T>(from: readonly T[], otherwise: T): T => from[below(from.length)] ?? otherwise;

  const call = (): PrintedCall => ({
    direction: pick(['outgoing', 'incoming', 'internal'], 'outgoing'),
    extension: String(100 + below(900)),
    other: `9${below(1e9)}`,
    startMs: RECEIVED - below(1e9),
    ringSeconds: below(300),
    talkSeconds: below(3) === 0 ? 0 : below(90_000),
    diverted: below(10) === 0,
    sequence: below(1e7),
  });
  const zone = (): string => pick(['UTC', 'Europe/London', 'Australia/Lord_Howe'], 'UTC');
  const good = (): Buffer => Buffer.from(pick(Object.values(formats), formats['asterisk-csv'])(call(), zone()), 'latin1');
  const noise = (): Buffer => Buffer.from(Array.from({length: below(pick([3, 90, 207, LONGEST], 90))}, () => below(256)));
  /** What links, printers and people do to a line. */
  const spoil = (line: Buffer): Buffer => {
    const place = below(line.length + 1);
    switch (below(9)) {
      case 0:
        return line.subarray(0, place);
      case 1:
        return line.subarray(place);
      case 2:
        return Buffer.concat([line.subarray(0, place), noise().subarray(0, 20), line.subarray(place)]);
      case 3:
        return Buffer.concat([line.subarray(0, place), line.subarray(place + 1 + below(5))]);
      case 4:
        return Buffer.concat([line, line]);
      case 5:
        return Buffer.from(line.map((byte) => (below(20) === 0 ? below(256) : byte)));
      case 6:
        return Buffer.from(line.map((byte) => byte | 0x80));
      case 7:
        return Buffer.from(
          line.toString('latin1').replaceAll(/\d/g, (digit) => (below(8) === 0 ? String(below(10)) : digit)),
          'latin1',
        );
      default:
        return Buffer.from(
          line.toString('latin1').replaceAll(/[",:/ ]/g, (mark) => (below(10) === 0 ? pick(['"', ',', ' ', ':', ''], '') : mark)),
          'latin1',
        );
    }
  };
  return (): Buffer => {
    const kind = below(10);
    if (kind === 0) return noise();
    return kind < 3 ? good() : kind < 8 ? spoil(good()) : spoil(spoil(good()));
  };
}

/** What cannot be of an outcome; empty for a sound one. */
function wrongIn(outcome: Outcome | undefined, line: SpooledLine, keys: Set<string>): readonly string[] {
  if (outcome === undefined) return [`line ${line.id} is forgotten`];
  if (outcome.kind !== 'call') return outcome.line === line.id ? [] : [`line ${line.id} is told as ${outcome.line}`];
  const {lines, durationSeconds, answered, sourceKey} = outcome.record;
  const offences: readonly (readonly [boolean, string])[] = [
    [lines.join() !== String(line.id), 'it is of another line'],
    [!hasFigures(outcome.record), 'its figures are none'],
    [answered === 'no' && durationSeconds > 0, 'nobody answered, and yet it lasts'],
    [keys.has(sourceKey), 'its key is of another call'],
    [!canBeBilled(outcome.record), 'it would be billed for days, or in another time'],
  ];
  keys.add(sourceKey);
  return offences.filter(([offends]) => offends).map(([, what]) => `line ${line.id}: ${what}: ${JSON.stringify(outcome.record)}`);
}

function hasFigures({start, durationSeconds, ringSeconds = 0}: CallRecord): boolean {
  return Number.isSafeInteger(start) && [durationSeconds, ringSeconds].every((value) => Number.isSafeInteger(value) && value >= 0);
}

/** Without a doubt it will be, for so many seconds, at the tariff of that time. */
function canBeBilled({doubt, start, durationSeconds}: CallRecord): boolean {
  return doubt !== undefined || (durationSeconds <= 48 * 3_600 && start >= Date.UTC(2000) && start <= RECEIVED + 3_600_000);
}

describe.each(shippedProfiles())('%s', (name) => {
  const profile = loadProfile(name);
  const each = Math.ceil(amount('fuzzedLines') / shippedProfiles().length / 2);

  test.each([true, false])(
    'takes any line (live: %s)',
    (live) => {
      const seed = live ? 1 : 2;
      const next = createLines(seed);
      const keys = new Set<string>();
      let past: SpooledLine[] = [];
      const recorder = createRecorder({
        profile,
        feed: 'fuzz',
        zone: 'Europe/London',
        live,
        known: (_, key) => keys.has(key),
        tail: (before, most) => past.filter(({id}) => id < before).slice(-most),
      });
      let id = 0;
      let session = 1;
      const seen = new Set<string>();
      while (id < each) {
        if (id % 5_000 === 0) session++;
        const lines = Array.from({length: Math.min(BATCH, each - id)}, (): SpooledLine => {
          const broken = id % 1_000 === 999 ? 'cut-line' : undefined;
          return {id: ++id, feed: 'fuzz', session, position: String(id), receivedAt: instant(RECEIVED), bytes: next(), broken};
        });
        const started = performance.now();
        const outcomes = recorder.read(lines);
        expect(performance.now() - started, `seed ${seed}, lines up to ${id}`).toBeLessThan(SLOWEST_BATCH_MS);
        expect(outcomes).toHaveLength(lines.length);
        expect(lines.flatMap((line, place) => wrongIn(outcomes[place], line, keys))).toEqual([]);
        for (const {kind} of outcomes) seen.add(kind);
        past = [...past, ...lines].slice(-1_000);
      }
      expect([...seen].toSorted()).toEqual(expect.arrayContaining(['call', 'rejected']));
    },
    3_600_000,
  );
});
