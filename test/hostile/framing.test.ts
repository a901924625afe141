// Random bytes through the framing: whatever a wire, a wrong port or an enemy sends, nothing is thrown, lost uncounted or kept for ever.
import process from 'node:process';
import {describe, expect, test} from 'vitest';
import {createFramer, type Framed} from '../../edge/feed/framing.ts';
import {amount} from '../tiers.ts';

/** The seed of this run, so that a failing one can be run again: SPBS_SEED=… */
const seed = Number(process.env['SPBS_SEED'] ?? Date.now() % 1_000_000_007);

/** Park and Miller's minimal standard: small, and the same everywhere. */
function randomFrom(start: number): (below: number) => number {
  let state = (start % 2_147_483_646) + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** What ends a line, by the rule and not by the code under test. */
const ends = new Set(['\n', '\r', '\f', '\0'].map((end) => end.charCodeAt(0)));

type Kind = {readonly name: string; readonly byte: (random: (below: number) => number) => number};

const kinds: readonly Kind[] = [
  {name: 'any byte', byte: (random) => random(256)},
  {name: 'printable bytes and line ends', byte: (random) => (random(40) === 0 ? (random(2) === 0 ? 13 : 10) : 32 + random(95))},
  {name: 'control bytes', byte: (random) => random(32)},
  {name: 'bytes that hardly ever end a line', byte: (random) => (random(20_000) === 0 ? 10 : 128 + random(128))},
  {name: 'blanks and line ends', byte: (random) => (random(3) === 0 ? 10 : random(2) === 0 ? 32 : 9)},
];

/** Counts what must come out, by the rule: a line is what lies between two ends, unless it is nothing but blanks. */
class Expected {
  lines = 0;
  bytes = 0;
  waiting = 0;
  #isBlank = true;

  take(value: number): void {
    if (!ends.has(value)) {
      this.waiting++;
      if (value !== 32 && value !== 9) this.#isBlank = false;
      return;
    }
    if (this.waiting > 8_192 || !this.#isBlank) {
      this.lines++;
      this.bytes += this.waiting;
    }
    this.waiting = 0;
    this.#isBlank = true;
  }
}

describe.each(kinds)('$name', ({byte}) => {
  test('make the lines that they hold, and every byte is in one or counted', () => {
    const random = randomFrom(seed);
    const framer = createFramer();
    const expected = new Expected();
    const goal = amount('fuzzedLines') / kinds.length;
    // Few line ends make few lines: the bytes are bounded too.
    const mostBytes = goal * 50;
    let sent = 0;
    let lines = 0;
    let bytes = 0;
    let last = 0;
    while (lines < goal && sent < mostBytes) {
      const chunk = Uint8Array.from({length: 1 + random(random(10) === 0 ? 20_000 : 200)}, () => byte(random));
      sent += chunk.length;
      for (const value of chunk) expected.take(value);
      for (const line of framer.push(chunk)) {
        check(line, last, sent);
        lines++;
        bytes += line.bytes.length + line.discarded;
        last = line.end;
      }
    }
    expect({seed, lines, bytes, waiting: framer.waiting()}).toEqual({
      seed,
      lines: expected.lines,
      bytes: expected.bytes,
      waiting: expected.waiting,
    });
    const rest = framer.cut();
    expect([undefined, 'cut-line', 'line-too-long']).toContain(rest?.broken);
    expect(framer.waiting()).toBe(0);
  });
});

function check(line: Framed, last: number, sent: number): void {
  const isSound =
    line.bytes.length > 0 &&
    line.bytes.length <= 8_192 &&
    line.end > last &&
    line.end <= sent &&
    line.broken === (line.discarded > 0 ? 'line-too-long' : undefined) &&
    (line.discarded === 0 || line.bytes.length === 8_192) &&
    !line.bytes.some((value) => ends.has(value));
  if (!isSound) throw new Error(`seed ${seed}: ${JSON.stringify({...line, bytes: line.bytes.length, last, sent})}`);
}
