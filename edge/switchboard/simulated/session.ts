// One connection to a simulated switchboard. Answers carry no number, so one question is on the wire at a time, and a link
// on which an answer was late or unreadable is cut: the next answer could be the last one's.
import type {Secret} from '../../../shared/log/log.ts';
import type {Timers} from '../../../shared/time/instant.ts';
import type {Down, Session} from '../link.ts';
import type {Wire} from '../wire.ts';
import {GREETING, LONGEST_LINE, proofOf} from './protocol.ts';

export type Reply =
  | {readonly kind: 'ok'; readonly words: string; readonly list: readonly string[]}
  | {readonly kind: 'failed'; readonly code: 'unreachable' | 'timeout' | 'refused' | 'garbled'; readonly detail: string};

type Question = {readonly command: string; readonly isList: boolean; readonly settle: (reply: Reply) => void};

/** A slow switchboard takes seconds for a command; a silent one is noticed soon after. */
const ANSWER_MS = 5_000;
const MOST_QUESTIONS = 64;
const LONGEST_LIST = 20_000;

export class SimulatedSession implements Session {
  readonly ended: Promise<Down>;
  readonly #wire: Wire;
  readonly #where: string;
  readonly #timers: Timers;
  readonly #questions: Question[] = [];
  #text = '';
  #greeting: {readonly settle: (line: string | undefined) => void} | undefined;
  /** What of the first question's answer has come. */
  #list: {readonly words: string; readonly missing: number; readonly lines: string[]} | undefined;
  #cancel: () => void = () => undefined;
  #over: Down | undefined;
  #end: (down: Down) => void = () => undefined;

  constructor(wire: Wire, where: string, timers: Timers) {
    this.#wire = wire;
    this.#where = where;
    this.#timers = timers;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const cure = 'check that the simulated switchboard runs, and its address in the box’s switchboard settings';
    wire.stream.on('data', (chunk: Uint8Array) => this.#take(chunk));
    wire.stream.on('error', (error: Error) => this.#stop({why: `no connection to ${where}: ${error.message}`, cure, waitFor: 'network'}));
    wire.stream.on('close', () => this.#stop({why: `${where} closed the link`, cure, waitFor: 'network'}));
  }

  /** The greeting and the proof; undefined once the link can be used. */
  async login(secret: Secret): Promise<Down | undefined> {
    const greeting = await new Promise<string | undefined>((settle) => {
      this.#greeting = {settle};
      this.#expect();
    });
    const nonce = GREETING.exec(greeting ?? '')?.[1];
    if (nonce === undefined) {
      const cure = 'check host and port in the box’s switchboard settings';
      return this.#stop({why: `what answers at ${this.#where} is not a simulated switchboard`, cure, waitFor: 'network'});
    }
    const answer = await this.ask(`AUTH ${proofOf(secret.reveal(), nonce)}`);
    if (answer.kind === 'ok') return undefined;
    if (answer.code !== 'refused') return this.#stop({why: answer.detail, cure: 'look at the switchboard', waitFor: 'network'});
    return this.#stop({
      why: `the simulated switchboard at ${this.#where} refuses the login`,
      cure: 'the secret in the box’s switchboard settings must equal the one that the switchboard was started with',
      waitFor: 'person',
    });
  }

  ask(command: string, isList = false): Promise<Reply> {
    if (this.#over !== undefined) return Promise.resolve({kind: 'failed', code: 'unreachable', detail: this.#over.why});
    if (this.#questions.length >= MOST_QUESTIONS) {
      return Promise.resolve({kind: 'failed', code: 'refused', detail: `${MOST_QUESTIONS} questions wait for an answer already`});
    }
    return new Promise((settle) => {
      this.#questions.push({command, isList, settle});
      if (this.#questions.length === 1) this.#next();
    });
  }

  async ping(): Promise<void> {
    await this.ask('PING');
  }

  cut(): void {
    this.#stop({why: 'the box closed the link', cure: 'nothing to do', waitFor: 'network'});
  }

  #next(): void {
    const first = this.#questions[0];
    if (first === undefined) return;
    this.#expect();
    this.#wire.stream.write(`${first.command}\n`);
  }

  #expect(): void {
    this.#cancel();
    this.#cancel = this.#timers.after(ANSWER_MS, () => {
      const detail = `no answer to ${this.#questions[0]?.command.split(' ')[0] ?? 'the connection'} within ${ANSWER_MS / 1000} s`;
      this.#giveUp({kind: 'failed', code: 'timeout', detail}, `the simulated switchboard at ${this.#where} does not answer`);
    });
  }

  #take(chunk: Uint8Array): void {
    this.#text += Buffer.from(chunk).toString('latin1');
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end === -1) break;
      const line = this.#text.slice(0, end).replace(/\r$/, '');
      this.#text = this.#text.slice(end + 1);
      if (this.#over !== undefined) return;
      this.#takeLine(line);
    }
    if (this.#text.length > LONGEST_LINE) this.#garbled('a line without end');
  }

  #takeLine(line: string): void {
    if (this.#greeting !== undefined) {
      const {settle} = this.#greeting;
      this.#greeting = undefined;
      this.#cancel();
      settle(line);
      return;
    }
    const first = this.#questions[0];
    if (first === undefined) {
      this.#garbled('an answer to nothing');
      return;
    }
    if (this.#list !== undefined) this.#takeEntry(this.#list, line);
    else this.#takeAnswer(first, line);
  }

  #takeAnswer(question: Question, line: string): void {
    const [, status, words = ''] = /^(OK|ERR) ([\x20-\x7e]{1,400})$/.exec(line) ?? [];
    if (status === 'ERR') {
      this.#settle({kind: 'failed', code: 'refused', detail: `the switchboard refused: ${words}`});
      return;
    }
    const missing = question.isList ? (/^\d{1,6}$/.test(words) ? Number(words) : -1) : 0;
    if (status === undefined || missing < 0 || missing > LONGEST_LIST) {
      this.#garbled('an answer that is none');
      return;
    }
    if (missing === 0) this.#settle({kind: 'ok', words, list: []});
    else this.#list = {words, missing, lines: []};
  }

  #takeEntry(list: {readonly words: string; readonly missing: number; readonly lines: string[]}, line: string): void {
    list.lines.push(line);
    if (list.lines.length === list.missing) this.#settle({kind: 'ok', words: list.words, list: list.lines});
  }

  #settle(reply: Reply): void {
    this.#cancel();
    this.#list = undefined;
    this.#questions.shift()?.settle(reply);
    if (this.#over === undefined) this.#next();
  }

  #garbled(what: string): void {
    this.#giveUp({kind: 'failed', code: 'garbled', detail: `the switchboard sent ${what}`}, `${this.#where} sent ${what}`);
  }

  /** The link is over before the next question could be written. */
  #giveUp(reply: Reply, why: string): void {
    const first = this.#questions.shift();
    this.#stop({why, cure: 'look at the switchboard: it hangs, or does not speak as it should', waitFor: 'network'});
    first?.settle(reply);
  }

  #stop(down: Down): Down {
    if (this.#over !== undefined) return this.#over;
    this.#over = down;
    this.#cancel();
    this.#wire.cut();
    this.#greeting?.settle(undefined);
    for (const {settle} of this.#questions.splice(0)) settle({kind: 'failed', code: 'unreachable', detail: down.why});
    this.#end(down);
    return down;
  }
}
