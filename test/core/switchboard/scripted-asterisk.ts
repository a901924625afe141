// The other end of a manager connection, in memory: it says what a test makes it say, and keeps what it was sent.
import {Duplex} from 'node:stream';
import type {Wire} from '../../../edge/switchboard/wire.ts';

export const BANNER = 'Asterisk Call Manager/5.0.2\r\n';
export const BOOTED = 'Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n';

export type Action = Readonly<Record<string, string>>;

export class ScriptedAsterisk {
  readonly wire: Wire;
  /** Every byte that was written to it. */
  written = '';
  isCut = false;
  readonly #stream: Duplex;
  #taken = 0;

  /** `answer` is asked about every action; what it gives is said at once. */
  constructor(answer: (action: Action) => string = () => '') {
    this.#stream = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        this.written += chunk.toString('utf8');
        for (const action of this.actions().slice(this.#taken)) {
          this.#taken++;
          const reply = answer(action);
          if (reply !== '') this.say(reply);
        }
        done();
      },
    });
    this.wire = {
      stream: this.#stream,
      cut: () => {
        this.isCut = true;
        this.#stream.destroy();
      },
    };
  }

  say(text: string | Buffer): void {
    if (!this.#stream.destroyed) this.#stream.push(text);
  }

  hangUp(): void {
    this.#stream.push(null);
  }

  fail(error: Error): void {
    this.#stream.destroy(error);
  }

  actions(): readonly Action[] {
    return this.written
      .split('\r\n\r\n')
      .filter((text) => text !== '')
      .map((text) => Object.fromEntries(text.split('\r\n').map((line) => line.split(/: (.*)/s, 2))) as Action);
  }
}

export const message = (fields: Readonly<Record<string, string>>): string =>
  `${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

export const success = ({ActionID = ''}: Action, fields: Readonly<Record<string, string>> = {}): string =>
  message({Response: 'Success', ActionID, ...fields});

export const failure = ({ActionID = ''}: Action, reason: string): string => message({Response: 'Error', ActionID, Message: reason});

/** An answer that is a list: its entries, and the event that ends it. */
export const list = (action: Action, ends: string, entries: readonly Readonly<Record<string, string>>[]): string => {
  const {ActionID = ''} = action;
  const events = entries.map((entry) => message({...entry, ActionID}));
  return `${success(action, {EventList: 'start'})}${events.join('')}${message({Event: ends, ActionID, EventList: 'Complete'})}`;
};

/** Says what a willing Asterisk says to a login; `then` answers everything else. */
export const willing =
  (then: (action: Action) => string = () => '') =>
  (action: Action): string => {
    if (action['Action'] === 'Challenge') return success(action, {Challenge: '840415273'});
    if (action['Action'] === 'Login') return `${success(action, {Message: 'Authentication accepted'})}${BOOTED}`;
    return then(action);
  };
