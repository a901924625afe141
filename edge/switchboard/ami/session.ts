// One connection to an Asterisk manager, from the banner to its end. In: a wire that is connecting. Out: answers by ActionID.
// Never true: an answer given to the wrong question; a question without a deadline; a link that is used after a deadline
// passed on it: it is cut, because what was written may still lie in a buffer and would arrive when nobody wants it any more.
import {createHash} from 'node:crypto';
import type {Secret} from '../../../shared/log/log.ts';
import type {Timers} from '../../../shared/time/instant.ts';
import type {Down, Session} from '../link.ts';
import type {Wire} from '../wire.ts';
import {writeAction, type Action} from './action.ts';
import {AmiParser, type AmiItem, type AmiMessage} from './parser.ts';

export type Answer =
  | {readonly kind: 'answer'; readonly response: AmiMessage; readonly list: readonly AmiMessage[]}
  | {readonly kind: 'failed'; readonly code: 'unreachable' | 'timeout' | 'refused'; readonly detail: string};

export type Login = {readonly username: string; readonly secret: Secret};

/** asterisk main/manager.c answers within milliseconds; its failed login sleeps for a second. */
const ANSWER_MS = 5_000;
/** Asterisk loads its modules for seconds before it is fully booted; longer, and the account cannot hear of it. */
const BOOT_MS = 30_000;
/** A list of 10,000 locked lines with room to spare; more is not a switchboard that we know how to talk to. */
const LONGEST_LIST = 50_000;
/** The driver asks one thing after another, the credit stage a few beside it. */
const MOST_PENDING = 64;

type Pending = {
  readonly listEnds: string | undefined;
  response: AmiMessage | undefined;
  readonly list: AmiMessage[];
  readonly settle: (answer: Answer) => void;
};

export class AmiSession implements Session {
  readonly ended: Promise<Down>;
  readonly #wire: Wire;
  readonly #where: string;
  readonly #timers: Timers;
  readonly #parser = new AmiParser();
  readonly #pending = new Map<string, Pending>();
  #end: (down: Down) => void = () => undefined;
  #over: Down | undefined;
  #actions = 0;
  #banner = false;
  #booted = false;
  #waiting: (() => void) | undefined;

  /** `where` names the switchboard in messages, such as `10.0.0.5:5038`. */
  constructor(wire: Wire, where: string, timers: Timers) {
    this.#wire = wire;
    this.#where = where;
    this.#timers = timers;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const {stream} = wire;
    stream.on('data', (chunk: Uint8Array) => {
      for (const item of this.#parser.push(chunk)) this.#take(item);
    });
    stream.on('error', (error: Error & {code?: string}) => this.#stop(unreachable(where, error)));
    stream.on('close', () => this.#stop(closed(where)));
    stream.on('end', () => this.#stop(closed(where)));
  }

  /**
   * Banner, MD5 challenge, login, and the wait until Asterisk has booted: before that its database may not be there yet.
   * Undefined once the link can be used.
   */
  async login({username, secret}: Login): Promise<Down | undefined> {
    if (!(await this.#until(() => this.#banner, ANSWER_MS))) return this.#stop(silent(this.#where));
    const challenge = await this.ask({name: 'Challenge', fields: {AuthType: 'MD5'}});
    const nonce = challenge.kind === 'answer' ? challenge.response.fields.get('challenge') : undefined;
    if (nonce === undefined) return this.#stop(noChallenge(this.#where));
    const key = createHash('md5').update(nonce).update(secret.reveal()).digest('hex');
    // Only the system class, for FullyBooted and Shutdown: every other event would be read and thrown away.
    const answer = await this.ask({name: 'Login', fields: {AuthType: 'MD5', Username: username, Key: key, Events: 'system'}});
    if (answer.kind === 'failed') return this.#stop(silent(this.#where));
    if (!succeeded(answer.response)) return this.#stop(refused(this.#where, username, answer.response));
    if (!(await this.#until(() => this.#booted, BOOT_MS))) return this.#stop(notBooted(this.#where, username));
    return undefined;
  }

  /** One question. After a deadline the whole session is cut. */
  ask(action: Action): Promise<Answer> {
    if (this.#over !== undefined) return Promise.resolve(gone(this.#over));
    const id = `spbs-${++this.#actions}`;
    const text = writeAction(action, id);
    if (text === undefined)
      return Promise.resolve(failure('refused', `${action.name} was not sent: a value in it holds forbidden characters`));
    if (this.#pending.size >= MOST_PENDING)
      return Promise.resolve(failure('refused', `${MOST_PENDING} questions wait for an answer already`));
    return new Promise((resolve) => {
      const cancel = this.#timers.after(ANSWER_MS, () => {
        this.#settle(id, failure('timeout', `no answer to ${action.name} within ${ANSWER_MS / 1000} s`));
        this.#stop(silent(this.#where));
      });
      const settle = (answer: Answer): void => {
        cancel();
        resolve(answer);
      };
      this.#pending.set(id, {listEnds: action.listEnds, response: undefined, list: [], settle});
      this.#wire.stream.write(text);
    });
  }

  async ping(): Promise<void> {
    await this.ask({name: 'Ping', fields: {}});
  }

  cut(): void {
    this.#stop({why: 'the box closed the link', cure: 'nothing to do', waitFor: 'network'});
  }

  #take(item: AmiItem): void {
    switch (item.kind) {
      case 'banner':
        this.#banner = true;
        this.#waiting?.();
        return;
      case 'discarded':
        // After the banner a damaged line costs its message at most: the question then meets its deadline.
        if (!this.#banner) this.#stop(notAsterisk(this.#where));
        return;
      case 'message':
        this.#read(item);
    }
  }

  #read(message: AmiMessage): void {
    const event = message.fields.get('event')?.toLowerCase();
    if (event === 'fullybooted') {
      this.#booted = true;
      this.#waiting?.();
    } else if (event === 'shutdown') this.#stop(shuttingDown(this.#where));
    else this.#readAnswer(message, event);
  }

  #readAnswer(message: AmiMessage, event: string | undefined): void {
    const id = message.fields.get('actionid') ?? '';
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    if (event === undefined) {
      pending.response = message;
      if (pending.listEnds === undefined || !succeeded(message)) this.#answer(id, pending);
    } else if (event === pending.listEnds?.toLowerCase()) this.#answer(id, pending);
    else if (pending.list.length < LONGEST_LIST) pending.list.push(message);
    else this.#settle(id, failure('refused', `the answer has more than ${LONGEST_LIST} entries`));
  }

  #answer(id: string, pending: Pending): void {
    if (pending.response === undefined) return;
    this.#settle(id, {kind: 'answer', response: pending.response, list: pending.list});
  }

  #settle(id: string, answer: Answer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.settle(answer);
  }

  /** Gives what ended the session first: that says more than the question which then found no answer. */
  #stop(down: Down): Down {
    if (this.#over !== undefined) return this.#over;
    this.#over = down;
    this.#wire.cut();
    for (const id of this.#pending.keys()) this.#settle(id, gone(down));
    this.#waiting?.();
    this.#end(down);
    return down;
  }

  #until(reached: () => boolean, ms: number): Promise<boolean> {
    if (reached() || this.#over !== undefined) return Promise.resolve(reached());
    return new Promise((resolve) => {
      const finish = (): void => {
        cancel();
        this.#waiting = undefined;
        resolve(reached());
      };
      const cancel = this.#timers.after(ms, finish);
      this.#waiting = () => {
        if (reached() || this.#over !== undefined) finish();
      };
    });
  }
}

export function succeeded(response: AmiMessage): boolean {
  return response.fields.get('response')?.toLowerCase() === 'success';
}

function failure(code: 'unreachable' | 'timeout' | 'refused', detail: string): Answer {
  return {kind: 'failed', code, detail};
}

function gone(down: Down): Answer {
  return failure('unreachable', down.why);
}

function unreachable(where: string, error: Error & {code?: string}): Down {
  const certificate = /CERT|SELF_SIGNED|ALTNAME|SSL|TLS/.test(error.code ?? '');
  return {
    why: `${certificate ? 'no trusted TLS link to' : 'no connection to'} Asterisk’s manager at ${where}: ${error.message}`,
    cure: certificate
      ? 'check the certificate in manager.conf (tlscertfile) and the authority and name in the box’s switchboard settings'
      : 'check that Asterisk runs, and in manager.conf enabled=yes, bindaddr, port and permit',
    waitFor: 'network',
  };
}

function closed(where: string): Down {
  return {why: `Asterisk at ${where} closed the link`, cure: 'check that Asterisk runs; its log says why it closed', waitFor: 'network'};
}

function silent(where: string): Down {
  return {
    why: `Asterisk’s manager at ${where} does not answer`,
    cure: 'check the cable, and whether Asterisk hangs (asterisk -rx "core show uptime")',
    waitFor: 'network',
  };
}

function notAsterisk(where: string): Down {
  return {
    why: `what answers at ${where} is not Asterisk’s manager`,
    cure: 'check host, port and tls in the box’s switchboard settings against manager.conf (port 5038, with TLS 5039)',
    waitFor: 'person',
  };
}

function noChallenge(where: string): Down {
  return {why: `Asterisk at ${where} offers no MD5 challenge`, cure: 'in manager.conf set authtype=md5 or leave it out', waitFor: 'person'};
}

function refused(where: string, username: string, response: AmiMessage): Down {
  return {
    why: `Asterisk at ${where} refuses the login of ${username}: ${response.fields.get('message') ?? 'no reason given'}`,
    cure: `the secret in the box’s switchboard settings must equal secret= of [${username}] in manager.conf, and permit= must allow the box’s address; then: asterisk -rx "manager reload"`,
    waitFor: 'person',
  };
}

function notBooted(where: string, username: string): Down {
  return {
    why: `Asterisk at ${where} does not say that it has booted`,
    cure: `give [${username}] in manager.conf read=system,call,reporting and write=system,call,reporting; then: asterisk -rx "manager reload"`,
    waitFor: 'person',
  };
}

function shuttingDown(where: string): Down {
  return {why: `Asterisk at ${where} is shutting down`, cure: 'start it again', waitFor: 'network'};
}
