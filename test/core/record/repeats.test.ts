// Lines that come again. The standard Mitel line has no id: only what it says, and what stands before it, can tell.
import {assert, integer, property, array} from 'fast-check';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {Outcome} from '../../../edge/record/call-record.ts';
import {formats} from '../../simulator/switchboard/formats.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';
import {columns} from './columns.ts';
import {openBox, readLines, RECEIVED, wordOf} from './read-lines.ts';

/** The call of a letter, always the same line. */
const call = (letter: string): string =>
  columns(90, {2: '11/26', 8: '14:30', 15: '00:00:07', 24: '1234', 34: `9020794600${letter.charCodeAt(0)}`, 60: 'A', 62: 'T007'});
const calls = (letters: string): readonly string[] => letters.split('').map(call);
const words = (outcomes: readonly Outcome[]): readonly string[] => outcomes.map(wordOf);
const keys = (outcomes: readonly Outcome[]): readonly string[] =>
  outcomes.flatMap((outcome) => (outcome.kind === 'call' ? [outcome.record.sourceKey] : []));

const NEW = 'call';
const AGAIN = 'replay';
const DOUBT = 'duplicate-suspected';
const live = {profile: 'mitel-mivoice', live: true} as const;
const files = {profile: 'mitel-mivoice', live: false} as const;

let store: TemporaryStore;
beforeEach(() => {
  store = temporaryStore();
});
afterEach(() => {
  store.remove();
});

describe('on a connection that holds', () => {
  test('equal lines are calls of their own, with keys of their own', () => {
    const box = openBox(store, live);
    const outcomes = [...box.receive(calls('AAB')), ...box.receive(calls('A')), ...box.receive(calls('BA'))];
    expect(words(outcomes)).toEqual([NEW, NEW, NEW, NEW, NEW, NEW]);
    expect(new Set(keys(outcomes)).size).toBe(6);
  });

  test('a line from long ago was sent again: two calls cannot be so far apart and equal', () => {
    const box = openBox(store, live);
    box.receive(calls('A'));
    const others = Array.from({length: 2_500}, (_, place) =>
      columns(90, {2: '11/26', 8: '14:30', 15: '00:00:07', 24: '1234', 34: `9${String(place).padStart(11, '0')}`, 60: 'A', 62: 'T007'}),
    );
    expect(new Set(words(box.receive(others)))).toEqual(new Set([NEW]));
    expect(words(box.receive(calls('A')))).toEqual([AGAIN]);
  });
});

describe('on a connection that comes back', () => {
  const after = (before: string, then: string): readonly string[] => {
    const box = openBox(store, live);
    box.receive(calls(before));
    box.nextSession();
    return words(box.receive(calls(then)));
  };

  test.each([
    ['nothing is sent again', 'ABC', 'DEF', [NEW, NEW, NEW]],
    ['the last line is', 'ABC', 'CDE', [AGAIN, NEW, NEW]],
    ['the last lines are', 'ABCD', 'BCDE', [AGAIN, AGAIN, AGAIN, NEW]],
    ['all lines are', 'ABC', 'ABCD', [AGAIN, AGAIN, AGAIN, NEW]],
    ['the last lines are, and then an equal call is made', 'ABC', 'BCB', [AGAIN, AGAIN, NEW]],
    ['two equal lines are', 'ABB', 'BBC', [AGAIN, AGAIN, NEW]],
    ['one of two equal lines is', 'ABB', 'BC', [AGAIN, NEW]],
    ['three equal lines come after two', 'ABB', 'BBB', [AGAIN, AGAIN, NEW]],
    ['an older line comes, and then others: sent again, or a twin?', 'ABC', 'AXY', [DOUBT, NEW, NEW]],
    ['two older lines come, and then others', 'ABCD', 'BCXY', [DOUBT, DOUBT, NEW, NEW]],
    ['three older lines come, and then others: no chance', 'ABCDE', 'BCDXY', [AGAIN, AGAIN, AGAIN, NEW, NEW]],
    [
      'one that could not be read comes in the middle of those that could',
      'ABCDE',
      'ABCXDEF',
      [AGAIN, AGAIN, AGAIN, NEW, AGAIN, AGAIN, NEW],
    ],
    ['and then new ones come, equal to old ones', 'ABCDE', 'ABCXYA', [AGAIN, AGAIN, AGAIN, NEW, NEW, NEW]],
  ])('%s', (_, before, then, expected) => expect(after(before, then)).toEqual(expected));

  test('line by line, only the first two of a long run are in doubt', () => {
    const box = openBox(store, live);
    box.receive(calls('ABCDEF'));
    box.nextSession();
    expect('BCDEFG'.split('').flatMap((letter) => words(box.receive(calls(letter))))).toEqual([DOUBT, DOUBT, AGAIN, AGAIN, AGAIN, NEW]);
  });

  test('a doubtful call has a key of its own, and keeps it', () => {
    const box = openBox(store, live);
    const [first] = keys(box.receive(calls('ABC')));
    box.nextSession();
    const [second] = keys(box.receive(calls('AX')));
    expect(second).not.toBe(first);
    box.restart();
    expect(words(box.again(4, 5))).toEqual([AGAIN, AGAIN]);
  });

  test('twice: what was sent again is not counted as having come twice', () => {
    const box = openBox(store, live);
    box.receive(calls('ABC'));
    box.nextSession();
    expect(words(box.receive(calls('BCD')))).toEqual([AGAIN, AGAIN, NEW]);
    box.nextSession();
    expect(words(box.receive(calls('CDE')))).toEqual([AGAIN, AGAIN, NEW]);
    expect(words(box.receive(calls('C')))).toEqual([NEW]);
  });

  test('with more than is compared: the ledger remembers the rest', () => {
    const box = openBox(store, live);
    const many = Array.from({length: 3_000}, (_, place) =>
      columns(90, {2: '11/26', 8: '14:30', 15: '00:00:07', 24: '1234', 34: `9${String(place).padStart(11, '0')}`, 60: 'A', 62: 'T007'}),
    );
    box.receive(many);
    box.restart();
    box.nextSession();
    const again: string[] = [];
    for (let from = 0; from < many.length; from += 100) again.push(...words(box.receive(many.slice(from, from + 100))));
    expect(new Set(again)).toEqual(new Set([AGAIN]));
    expect(words(box.receive(calls('Z')))).toEqual([NEW]);
  });

  // What one column tells apart is not the same call, however long ago the other was, and whatever the spool still tells of it.
  test.each([
    ['one rang and one went to the mailbox of a locked line', 90, {}, {61: 'F'}],
    ['they came from two callers', 112, {92: '7946000001'}, {92: '7946000002'}],
  ] as const)('two calls that nobody answered, in one minute by one trunk: %s', (_, width, first, second) => {
    const unanswered = {2: '11/26', 8: '14:30', 15: '00:00:00', 24: 'T012', 30: '***', 34: '5840', 62: '5840', 86: '001'};
    const box = openBox(store, live);
    expect(words(box.receive([columns(width, {...unanswered, ...first})]))).toEqual([NEW]);
    // More than is compared lies between them, as when a switchboard sends its last lines again and again.
    box.receive(Array.from({length: 1_000}, () => call('Z')));
    box.restart();
    box.nextSession();
    const other = columns(width, {...unanswered, ...second});
    expect(words(box.receive([other]))).toEqual([NEW]);
    box.nextSession();
    expect(words(box.receive([other]))).toEqual([AGAIN]);
  });

  test('a cut line is not part of what was sent, and comes whole', () => {
    const box = openBox(store, live);
    box.receive([...calls('AB'), call('C').slice(0, 60)]);
    box.nextSession();
    expect(words(box.receive(calls('BCD')))).toEqual([AGAIN, NEW, NEW]);
  });
});

describe('in files', () => {
  const after = (before: string, then: string): readonly string[] => {
    const box = openBox(store, files);
    box.receive(calls(before));
    box.nextSession();
    return words(box.receive(calls(then)));
  };

  test.each([
    ['equal lines of one file are calls of their own', '', 'AABA', [NEW, NEW, NEW, NEW]],
    ['a file that comes again has nothing new but its end', 'ABC', 'ABCD', [AGAIN, AGAIN, AGAIN, NEW]],
    ['a piece of another file is found at any place', 'ABCD', 'XBCDY', [NEW, AGAIN, AGAIN, AGAIN, NEW]],
    ['one line at the end of one and the beginning of the next may be two calls', 'ABC', 'CDE', [DOUBT, NEW, NEW]],
    ['and so may two', 'ABC', 'BCD', [DOUBT, DOUBT, NEW]],
    ['in another order they are not the same piece', 'ABC', 'CBA', [DOUBT, DOUBT, DOUBT]],
  ])('%s', (_, before, then, expected) => expect(after(before, then)).toEqual(expected));
});

describe('a line with an id of its own', () => {
  const line = (sequence: number): string =>
    formats['mitel-mivoice-207'](
      {
        direction: 'outgoing',
        extension: '101',
        other: '9020',
        startMs: RECEIVED - 60_000,
        ringSeconds: 1,
        talkSeconds: 5,
        diverted: false,
        sequence,
      },
      'UTC',
    );

  test('is one call, however often and wherever it comes', () => {
    const box = openBox(store, live);
    expect(words(box.receive([line(1), line(2), line(1)]))).toEqual([NEW, NEW, AGAIN]);
    box.nextSession();
    expect(words(box.receive([line(2), line(3)]))).toEqual([AGAIN, NEW]);
    box.restart();
    expect(words(box.receive([line(3), line(1), line(4)]))).toEqual([AGAIN, AGAIN, NEW]);
  });
});

describe('after a restart', () => {
  test('lines that are read again give the same keys, or are known', () => {
    const box = openBox(store, live);
    box.receive(calls('ABAC'));
    box.nextSession();
    box.receive(calls('ACDA'));
    for (const [from, to] of [
      [1, 8],
      [5, 8],
      [8, 8],
      [3, 4],
      [1, 1],
    ] as const) {
      box.restart();
      expect(words(box.again(from, to))).toEqual(Array.from({length: to - from + 1}, () => AGAIN));
    }
  });

  test('and without one, when the same recorder is given lines again', () => {
    const box = openBox(store, live);
    box.receive(calls('ABA'));
    expect(words(box.again(2, 3))).toEqual([AGAIN, AGAIN]);
    expect(words(box.receive(calls('A')))).toEqual([NEW]);
  });

  test('the session of a file goes on: equal lines in it are still calls of their own', () => {
    const box = openBox(store, files);
    const before = keys(box.receive(calls('AAB')));
    box.restart();
    const then = box.receive(calls('AB'));
    expect(words(then)).toEqual([NEW, NEW]);
    expect(new Set([...before, ...keys(then)]).size).toBe(5);
  });
});

test('however lines are cut into deliveries and restarts, no key is given twice and every line of a session is told', () => {
  const letters = array(integer({min: 0, max: 3}), {minLength: 1, maxLength: 12});
  assert(
    property(letters, array(integer({min: 0, max: 2}), {minLength: 12, maxLength: 12}), (line, cuts) => {
      const fresh = temporaryStore();
      try {
        const box = openBox(fresh, live);
        const texts = line.map((letter) => call('ABCD'.charAt(letter)));
        const given: string[] = [];
        let from = 0;
        for (const [place, cut] of cuts.entries()) {
          const to = place === cuts.length - 1 ? texts.length : Math.min(texts.length, from + cut);
          const outcomes = box.receive(texts.slice(from, to));
          expect(words(outcomes)).toEqual(texts.slice(from, to).map(() => NEW));
          given.push(...keys(outcomes));
          from = to;
        }
        expect(new Set(given).size).toBe(texts.length);
        // In one reading they get the same keys, in the same order.
        expect(given).toEqual(keys(readLines(texts, live)));
      } finally {
        fresh.remove();
      }
    }),
    {numRuns: 30},
  );
});
