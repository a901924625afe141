// `spbs rate --stdin`: lines `number,seconds[,time]` in, a JSON object a line out. In bounded memory, whatever comes.
import {decimalFromMicros} from '../shared/money/micros.ts';
import type {Instant} from '../shared/time/instant.ts';
import type {ExitCode, Terminal} from './command.ts';
import {answer, readSeconds, readTime, type Answer, type Rater} from './rate-call.ts';

/** A number, seconds and a time take 60. */
const LONGEST_LINE = 1_000;
/** One write for some hundreds of answers. */
const WRITTEN_AT_ONCE = 64 * 1024;
/** A person sees the count move. */
const PROGRESS_MS = 250;

export type JsonAnswer =
  | {
      readonly number: string;
      readonly seconds: number;
      readonly billedSeconds: number;
      readonly prefix: string;
      readonly destination: string;
      readonly amount: string;
      readonly currency: string;
    }
  | {readonly number: string; readonly seconds: number; readonly unbillable: string; readonly detail: string};

/** `number` as it was asked, so that answers can be matched; `prefix` as the tariff writes it; `amount` as decimal text. */
export function jsonAnswer(asked: {readonly number: string; readonly seconds: number}, answered: Answer, currency: string): JsonAnswer {
  const {number, seconds} = asked;
  if (answered.kind === 'unbillable') return {number, seconds, unbillable: answered.reason, detail: answered.detail};
  const {billedSeconds, prefix, destination, gross} = answered.working;
  return {number, seconds, billedSeconds, prefix: prefix.replace('+', ''), destination, amount: decimalFromMicros(gross), currency};
}

/** Exit 0, or 1 if a line could not be read. `now` is the start of calls without a time. */
export async function rateLines(rater: Rater, now: Instant, terminal: Terminal): Promise<ExitCode> {
  const work = new Lines(rater, now, terminal);
  const decoder = new TextDecoder();
  for await (const chunk of terminal.input) {
    if (terminal.stop.aborted) break;
    work.push(decoder.decode(chunk, {stream: true}));
  }
  return work.end(terminal.stop.aborted);
}

class Lines {
  readonly #rater: Rater;
  readonly #now: Instant;
  readonly #terminal: Terminal;
  #rest = '';
  #isTooLong = false;
  #written = '';
  #count = 0;
  #bad = 0;
  #shownAt = Date.now();
  #isShown = false;

  constructor(rater: Rater, now: Instant, terminal: Terminal) {
    this.#rater = rater;
    this.#now = now;
    this.#terminal = terminal;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
    // What has no end yet is remembered only as long as it could be a line.
    if (this.#rest.length > LONGEST_LINE) {
      this.#rest = '';
      this.#isTooLong = true;
    }
    this.#show();
  }

  end(isStopped: boolean): ExitCode {
    if (!isStopped && (this.#rest !== '' || this.#isTooLong)) this.#take(this.#rest);
    this.#flush();
    this.#clear();
    if (isStopped) this.#terminal.err(`stopped after ${this.#count} lines\n`);
    if (isStopped) return 3;
    if (this.#bad > 0) this.#terminal.err(`${this.#bad} of ${this.#count} lines could not be read\n`);
    return this.#bad === 0 ? 0 : 1;
  }

  #take(line: string): void {
    this.#count += 1;
    const isTooLong = this.#isTooLong || line.length > LONGEST_LINE;
    this.#isTooLong = false;
    if (isTooLong) this.#reject(`is longer than ${LONGEST_LINE} characters`, '');
    else if (line.trim() !== '') this.#rate(line);
  }

  #rate(line: string): void {
    const [number = '', secondsText = '', time = '', ...surplus] = line.split(',').map(unquoted);
    if (this.#count === 1 && number.toLowerCase() === 'number') return;
    const seconds = readSeconds(secondsText);
    if (number === '' || seconds === undefined || surplus.length > 0) {
      this.#reject('is not number,seconds or number,seconds,time', line);
      return;
    }
    const start = time === '' ? {kind: 'time' as const, at: this.#now} : readTime(time, this.#rater.tariff.zone);
    if (start.kind === 'unreadable') {
      this.#reject(start.why, line);
      return;
    }
    const answered = answer({number, seconds, start: start.at}, this.#rater);
    this.#written += `${JSON.stringify(jsonAnswer({number, seconds}, answered, this.#rater.tariff.currency))}\n`;
    if (this.#written.length > WRITTEN_AT_ONCE) this.#flush();
  }

  #reject(why: string, line: string): void {
    this.#bad += 1;
    this.#clear();
    this.#terminal.err(`line ${this.#count}: ${why}${line === '' ? '' : `: ${JSON.stringify(line.trim())}`}\n`);
  }

  #flush(): void {
    if (this.#written !== '') this.#terminal.out(this.#written);
    this.#written = '';
  }

  #show(): void {
    if (!this.#terminal.interactive || Date.now() - this.#shownAt < PROGRESS_MS) return;
    this.#shownAt = Date.now();
    this.#isShown = true;
    this.#terminal.err(`\r${this.#count.toLocaleString('en-GB')} lines`);
  }

  #clear(): void {
    if (this.#isShown) this.#terminal.err('\r\u001B[K');
    this.#isShown = false;
  }
}

function unquoted(field: string): string {
  const text = field.trim();
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
