// Records of switchboards in use, where the folder with them is there; they are nobody's to copy into this one.
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {describe, expect, test} from 'vitest';
import type {CallRecord, Outcome} from '../../../edge/record/call-record.ts';
import {formats} from '../../simulator/switchboard/formats.ts';
import {at, readLines, RECEIVED, wordOf, type Reading} from './read-lines.ts';

const folder = join(process.env['SPBS_DATA'] ?? join(import.meta.dirname, '../../../../shared/data'), 'smdr');
const folders = existsSync(folder) ? [folder] : [];

/** `call`, `leg` … and how many of each. */
function counts(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (const word of outcomes.map(wordOf)) counted[word] = (counted[word] ?? 0) + 1;
  return counted;
}

function read(file: string, reading: Reading): readonly Outcome[] {
  const lines = readFileSync(join(folder, file), 'latin1').split('\n');
  return readLines(
    lines.filter((line) => line.trim() !== ''),
    reading,
  );
}

const calls = (outcomes: readonly Outcome[]): readonly CallRecord[] =>
  outcomes.flatMap((outcome) => (outcome.kind === 'call' ? [outcome.record] : []));
const seconds = (of: readonly CallRecord[], direction: CallRecord['direction']): number =>
  of.filter((call) => call.direction === direction).reduce((sum, call) => sum + call.durationSeconds, 0);

describe('lines of one switchboard', () => {
  const call = {
    direction: 'outgoing',
    extension: '101',
    other: '9020',
    startMs: RECEIVED,
    ringSeconds: 1,
    talkSeconds: 5,
    diverted: false,
    sequence: 1,
  } as const;

  test.each([
    ['mitel-mivoice-207', 'asterisk-csv'],
    ['mitel-mivoice-90', 'asterisk-csv'],
    ['asterisk-csv', 'mitel-mivoice'],
  ] as const)('%s are no calls to the profile of another, %s', (format, profile) => {
    expect(readLines([formats[format](call, 'UTC')], {profile}).map(wordOf)).toEqual(['no-variant']);
  });
});

describe.each(folders)('in %s', () => {
  describe('Master.csv of an Asterisk with SIP and H.323 trunks', () => {
    const outcomes = read('asterisk/Master.csv', {profile: 'asterisk-csv', live: false});

    test('has eight rows: five calls, and three legs of calls that other rows tell', () => {
      expect(outcomes.map(wordOf)).toEqual(['leg', 'call', 'leg', 'call', 'call', 'leg', 'call', 'call']);
    });

    test('bills each conversation once: 183 s and 16 s out, 50 s in', () => {
      const of = calls(outcomes);
      expect([seconds(of, 'outgoing'), seconds(of, 'incoming'), seconds(of, 'internal')]).toEqual([199, 50, 0]);
      expect(of.map(({direction, extension, answered}) => [direction, extension, answered])).toEqual([
        ['outgoing', '2889', 'yes'],
        ['incoming', '2910', 'yes'],
        ['outgoing', '2863', 'yes'],
        ['incoming', '1110', 'no'],
        ['internal', '1111', 'no'],
      ]);
    });
  });

  test('single rows of five other Asterisks are calls; three are of a channel driver that does not say what is a line', () => {
    const outcomes = read('asterisk/Master-misc.csv', {profile: 'asterisk-csv', live: false});
    expect(counts(outcomes)).toEqual({call: 5});
    expect(calls(outcomes).map(({direction}) => direction)).toEqual(['unknown', 'unknown', 'unknown', 'incoming', 'outgoing']);
  });

  describe('a MiVoice Business', () => {
    // A week after they were printed.
    const reading = {profile: 'mitel-mivoice', live: false, receivedAt: at('2026-03-12T12:00:00Z')} as const;

    test('printed ten lines of 207 columns: ten calls, none in doubt', () => {
      const of = calls(read('mitel/mivoice-extended-207.txt', reading));
      expect(of).toHaveLength(10);
      expect(of.map(({doubt}) => doubt).filter((doubt) => doubt !== undefined)).toEqual([]);
      expect(of.map(({direction, durationSeconds, answered}) => `${direction} ${durationSeconds} ${answered}`)).toEqual([
        'outgoing 0 no',
        'incoming 21 yes',
        'outgoing 419 yes',
        'incoming 48 yes',
        'outgoing 7 yes',
        'incoming 0 no',
        'incoming 5 yes',
        'incoming 43 yes',
        'incoming 5 yes',
        'outgoing 5 yes',
      ]);
    });

    test('reads no call in the lines of an SX-200, which has other columns: they say how long they are', () => {
      const outcomes = read('mitel/sx200.txt', reading);
      expect(counts(outcomes)).toEqual({'cut-line': 4, 'room-status': 1});
      expect(outcomes[0]).toMatchObject({detail: '80 characters; this profile knows lines of 162, 169, 90, 101, 112, 122, 131'});
    });
  });

  test.each([
    'panasonic/tda-pattern-b-site-a.txt',
    'panasonic/tda-pattern-b-site-b.txt',
    'siemens-hipath/hipath3000-long.txt',
    'avaya-ipoffice/smdr-capture.csv',
    'cisco-cucm/cdr.txt',
    'freeswitch/sql-template-row.sql',
    '3cx/cdr-single-call.csv',
  ])('no line of another switchboard is taken for a call: %s', (file) => {
    for (const profile of ['asterisk-csv', 'mitel-mivoice']) expect(calls(read(file, {profile}))).toEqual([]);
  });
});
