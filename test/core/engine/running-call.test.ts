// Which record is a running call's own.
import {describe, expect, test} from 'vitest';
import {matchOf, type RunningCall} from '../../../edge/engine/running-call.ts';
import type {RatedCall} from '../../../edge/rating/priced-call.ts';
import type {CallRecord} from '../../../edge/record/call-record.ts';
import {loadProfile} from '../../../edge/record/profile.ts';
import {createRecorder} from '../../../edge/record/recorder.ts';
import {instant, later} from '../../../shared/time/instant.ts';

const NOON = instant(Date.UTC(2026, 10, 20, 12));
const LONDON = '+442079460123';

/** Answered at noon and seen for so many seconds. */
function running(id: string, seconds: number, rest: Partial<RunningCall> = {}): RunningCall {
  return {
    id,
    extension: '101',
    dialled: '902079460123',
    answeredAt: NOON,
    price: {kind: 'left-alone', number: LONDON},
    ground: [],
    priced: 1,
    seenAt: later(NOON, seconds * 1_000),
    goneAt: undefined,
    isReleased: false,
    ...rest,
  };
}

/** As Asterisk writes it: line 101 called London for so long. */
function recordOf(uniqueid: string, seconds: number): CallRecord {
  const times = ['2026-11-20 12:00:00', '2026-11-20 12:00:00', '2026-11-20 12:10:00'].map((time) => `"${time}"`).join(',');
  const row = `"","101","902079460123","phones","","PJSIP/101-00000001","PJSIP/carrier-00000002","Dial","",${times},${seconds},${seconds},"ANSWERED","DOCUMENTATION","${uniqueid}","","","${uniqueid}","7"`;
  const recorder = createRecorder({
    profile: loadProfile('asterisk-csv'),
    feed: 'asterisk',
    zone: 'UTC',
    live: true,
    known: () => false,
    tail: () => [],
  });
  const line = {feed: 'asterisk', session: 1, position: '1', receivedAt: later(NOON, 600_000), broken: undefined, id: 1};
  const [outcome] = recorder.read([{...line, bytes: Buffer.from(row)}]);
  if (outcome?.kind !== 'call') throw new Error(`it reads as ${JSON.stringify(outcome)}`);
  return outcome.record;
}

const rated = (record: CallRecord, number: string | undefined = LONDON): RatedCall => ({
  kind: 'unbillable',
  id: 'id',
  record,
  number,
  class: 'outgoing',
  flags: [],
  reason: 'no-tenant',
  detail: '',
  payer: undefined,
});

describe('the call of a record', () => {
  test('is the one whose id it carries, whatever else is like it', () => {
    const calls = [running('1700000000.1', 60), running('1700000000.5', 30)];
    expect(matchOf(rated(recordOf('1700000000.5', 60)), calls)?.id).toBe('1700000000.5');
    // Not of another line, as the second party of the call has one.
    expect(matchOf(rated(recordOf('1700000000.5', 60)), [running('1700000000.5', 60, {extension: '102'})])).toBeUndefined();
  });

  test('is else the one of its line and number that lasted most nearly as long', () => {
    const calls = [running('a', 58), running('b', 120), running('c', 60)];
    expect(matchOf(rated(recordOf('other', 60)), calls)?.id).toBe('c');
    expect(matchOf(rated(recordOf('other', 118)), calls)?.id).toBe('b');
  });

  test('is one that seems to run on if the record is the longer: it ended since, or the record counts from the seizure', () => {
    expect(matchOf(rated(recordOf('other', 60)), [running('a', 20)])?.id).toBe('a');
    expect(matchOf(rated(recordOf('other', 60)), [running('a', 63)])?.id).toBe('a');
  });

  test('is none that still runs and has lasted longer already, nor one to another number', () => {
    expect(matchOf(rated(recordOf('other', 60)), [running('a', 64)])).toBeUndefined();
    const elsewhere = running('a', 60, {dialled: '907700900123', price: {kind: 'left-alone', number: '+447700900123'}});
    expect(matchOf(rated(recordOf('other', 60)), [elsewhere])).toBeUndefined();
  });

  test('that is over is taken whatever the record says of its length: it was last seen a while before its end', () => {
    expect(matchOf(rated(recordOf('other', 60)), [running('a', 20, {goneAt: later(NOON, 70_000)})])?.id).toBe('a');
  });

  test('is known by the digits where the number reads otherwise, and never taken twice', () => {
    const call = running('a', 60, {price: {kind: 'unknown', number: undefined, reason: 'no-destination'}});
    expect(matchOf(rated(recordOf('other', 60), undefined), [call])?.id).toBe('a');
    expect(matchOf(rated(recordOf('other', 60)), [{...call, isReleased: true}])).toBeUndefined();
  });
});
