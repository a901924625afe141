// Calls of a busy hall, as its switchboard prints them: no two alike, four a second.
import {formats} from '../simulator/switchboard/formats.ts';

export const LINES = 400;
const EVERY_MS = 250;
const LONGEST_MS = 400_000;

export class Printer {
  #sequence = 0;
  #now: number;

  /** Milliseconds UTC: when the first of them has ended. */
  constructor(start: number) {
    this.#now = start;
  }

  /** When the newest call was printed. */
  now(): number {
    return this.#now;
  }

  print(calls: number): Buffer {
    const print = formats['mitel-mivoice-207'];
    const lines = Array.from({length: calls}, () => {
      const sequence = ++this.#sequence;
      this.#now += EVERY_MS;
      return print(
        {
          direction: 'outgoing',
          extension: lineOf(sequence % LINES),
          other: `90207946${String(sequence % 10_000).padStart(4, '0')}`,
          startMs: this.#now - LONGEST_MS,
          ringSeconds: 5,
          talkSeconds: 1 + (sequence % 300),
          diverted: false,
          sequence,
        },
        'UTC',
      );
    });
    return Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');
  }
}

export function lineOf(line: number): string {
  return String(1_000 + line);
}
