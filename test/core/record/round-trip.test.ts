// What the simulated switchboard prints of a call, the profiles read as that call.
import {assert, constantFrom, integer, property, record} from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {CallRecord} from '../../../edge/record/call-record.ts';
import {instant} from '../../../shared/time/instant.ts';
import {formats, type FormatName, type PrintedCall} from '../../simulator/switchboard/formats.ts';
import {readCall, RECEIVED} from './read-lines.ts';

const zones = ['UTC', 'Europe/London', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'] as const;
/** Calls of the last month, in which these zones but one change no clock: the others have tests of their own. */
const MONTH_SECONDS = 20 * 86_400;

const printed = record({
  direction: constantFrom('outgoing' as const, 'incoming' as const, 'internal' as const),
  extension: integer({min: 100, max: 9_999}).map(String),
  number: constantFrom('902079460000', '9112', '900331400000', '07700900123', '02079460000'),
  colleague: integer({min: 100, max: 9_999}).map(String),
  secondsAgo: integer({min: 7_200, max: MONTH_SECONDS}),
  ringSeconds: integer({min: 0, max: 180}),
  talkSeconds: constantFrom(0, 1, 59, 60, 299, 300, 599, 1_800, 3_599, 7_199),
  sequence: integer({min: 1, max: 9_999_999}),
}).map(({number, colleague, secondsAgo, ...call}): PrintedCall => ({
  ...call,
  other: call.direction === 'internal' ? colleague : number,
  startMs: RECEIVED - secondsAgo * 1_000,
  diverted: false,
}));

/** What a format can tell of it. */
function expected(format: FormatName, call: PrintedCall): Partial<CallRecord> {
  const {direction, extension, other, startMs, ringSeconds, talkSeconds} = call;
  const isShort = format === 'mitel-mivoice-90';
  return {
    direction,
    extension,
    dialled: direction === 'incoming' ? undefined : other,
    // The standard form has no place for it.
    caller: direction === 'incoming' && !isShort ? other : undefined,
    start: instant(isShort ? Math.floor(startMs / 60_000) * 60_000 : startMs),
    durationSeconds: talkSeconds,
    answered: talkSeconds === 0 ? 'no' : 'yes',
    // What nobody answers, a Mitel does not count.
    ringSeconds: talkSeconds === 0 && format !== 'asterisk-csv' ? 0 : ringSeconds,
    doubt: undefined,
  };
}

const profiles = {
  'mitel-mivoice-207': 'mitel-mivoice',
  'mitel-mivoice-90': 'mitel-mivoice',
  'asterisk-csv': 'asterisk-csv',
} as const satisfies Record<FormatName, string>;

describe('a printed call is read as it was', () => {
  test.each(Object.keys(formats) as FormatName[])('in %s', (format) => {
    assert(
      property(printed, constantFrom(...zones), constantFrom(true, false), (call, zone, live) => {
        const read = readCall(formats[format](call, zone), {profile: profiles[format], zone, live});
        expect(read).toMatchObject(expected(format, call));
      }),
    );
  });

  test('when it went to the mailbox of a locked line', () => {
    const call: PrintedCall = {
      direction: 'incoming',
      extension: '101',
      other: '07700900123',
      startMs: RECEIVED - 3_600_000,
      ringSeconds: 3,
      talkSeconds: 20,
      diverted: true,
      sequence: 5,
    };
    for (const format of ['mitel-mivoice-207', 'asterisk-csv'] as const) {
      const read = readCall(formats[format](call, 'UTC'), {profile: profiles[format]});
      expect(read).toMatchObject({direction: 'incoming', extension: '101', caller: '07700900123', answered: 'yes', durationSeconds: 20});
    }
  });
});
