// A switchboard without telephones: lines, locks, calls, and what it prints of them. It obeys locks as a real one does, and
// misbehaves when told to. In a process of its own (main.ts), or inside a test.
import type {Attempt, Board, Line, Misbehaviour, SimulatedOptions} from './board.ts';
import {ControlServer} from './control-server.ts';
import {formats, type PrintedCall} from './formats.ts';
import {createPrinter, type Printer} from './printer.ts';
import {planCall, secondsToNextCall, seededRandom, type PlannedCall} from './traffic.ts';

type LiveCall = {
  readonly id: string;
  readonly call: Omit<PrintedCall, 'startMs' | 'sequence' | 'diverted'>;
  readonly sequence: number;
  readonly answeredAtMs: number;
  timer: NodeJS.Timeout;
};

const CALL_BACK_MS = 3_600_000;

export class SimulatedSwitchboard implements Board {
  readonly options: SimulatedOptions;
  readonly lines: ReadonlyMap<string, Line>;
  misbehaviour: Misbehaviour = {kind: 'normal'};
  /** The next so many records are lost, or printed twice. */
  lose = 0;
  repeat = 0;
  printed = 0;
  readonly #printer: Printer;
  readonly #control: ControlServer;
  readonly #live = new Map<string, LiveCall>();
  readonly #random: () => number;
  #sequence = 0;
  #traffic: NodeJS.Timeout | undefined;
  #away: NodeJS.Timeout | undefined;

  constructor(options: SimulatedOptions) {
    this.options = options;
    this.#random = seededRandom(options.seed);
    this.lines = new Map(options.lines.map((extension) => [extension, newLine(extension)]));
    this.#printer = createPrinter(options);
    this.#control = new ControlServer(this, options);
  }

  /** Opens the control port and the printer; a port that was given by the system stays the same over restarts. */
  async start(): Promise<void> {
    await this.#printer.open();
    await this.#control.open();
  }

  async stop(): Promise<void> {
    this.traffic(false);
    clearTimeout(this.#away);
    for (const {timer} of this.#live.values()) clearTimeout(timer);
    this.#live.clear();
    await this.#control.close();
    await this.#printer.close();
  }

  get controlPort(): number {
    return this.#control.port;
  }

  /** 0 where it prints into a file. */
  get printerPort(): number {
    return this.#printer.port();
  }

  /** Goes away with every call and connection, and comes back; without its locks if it forgets. */
  async reboot(forget: boolean, awayMs: number): Promise<void> {
    await this.stop();
    if (forget) for (const line of this.lines.values()) line.locked = false;
    await new Promise<void>((resolve, reject) => {
      this.#away = setTimeout(() => {
        this.start().then(resolve, reject);
      }, awayMs);
    });
  }

  /** Makes calls out of the seed until told to stop. */
  traffic(on: boolean): void {
    clearTimeout(this.#traffic);
    this.#traffic = undefined;
    if (!on) return;
    const {lines, traffic, speed} = this.options;
    const wait = (secondsToNextCall(lines.length, traffic, this.#random) * 1000) / speed;
    this.#traffic = setTimeout(() => {
      this.#attempt(planCall(lines, traffic, this.#random));
      this.traffic(true);
    }, wait);
  }

  /** One whole call now: its record is printed at once, as of a call that has just ended. `number` with all its digits. */
  call(extension: string, number: string, seconds: number): Attempt {
    const line = this.#line(extension);
    if (this.#bars(line, number)) return 'barred';
    this.#end({direction: 'outgoing', extension, other: number, ringSeconds: 3, talkSeconds: seconds}, ++this.#sequence);
    return 'made';
  }

  incoming(extension: string, caller: string, seconds: number): Attempt {
    const line = this.#line(extension);
    const diverted = line.locked && !this.#awaitsCallBack(line);
    if (diverted) line.diverted++;
    else line.rung++;
    this.#end({direction: 'incoming', extension, other: caller, ringSeconds: 3, talkSeconds: seconds}, ++this.#sequence, diverted);
    return diverted ? 'diverted' : 'rung';
  }

  /** A call that is answered now and lasts; its record comes at its end. Gives its id. */
  begin(extension: string, number: string, seconds: number): string | undefined {
    if (this.#bars(this.#line(extension), number)) return undefined;
    return this.#talk({direction: 'outgoing', extension, other: number, ringSeconds: 1, talkSeconds: seconds});
  }

  liveCalls(): ReturnType<Board['liveCalls']> {
    return [...this.#live.values()].map(({id, call, answeredAtMs}) => ({
      id,
      extension: call.extension,
      dialled: call.direction === 'incoming' ? undefined : call.other,
      seconds: Math.round((Date.now() - answeredAtMs) * this.options.speed) / 1000,
    }));
  }

  /** Ends a live call after so many of its seconds; false if there is none. */
  limit(id: string, seconds: number): boolean {
    const live = this.#live.get(id);
    if (live === undefined) return false;
    const talked = ((Date.now() - live.answeredAtMs) / 1000) * this.options.speed;
    const total = Math.min(live.call.talkSeconds, Math.ceil(talked + seconds));
    clearTimeout(live.timer);
    live.timer = this.#endLater(live, total);
    return true;
  }

  /** Lines that no call made, as a loose plug or a wrong speed makes them. */
  noise(count: number): void {
    for (let line = 0; line < count; line++) {
      const letters = Array.from({length: 1 + Math.floor(this.#random() * 120)}, () =>
        String.fromCodePoint(33 + Math.floor(this.#random() * 200)),
      );
      this.#printer.print(letters.join(''));
    }
  }

  resend(count: number): void {
    this.#printer.resend(count);
  }

  again(count: number): void {
    this.#printer.again(count);
  }

  #line(extension: string): Line {
    const line = this.lines.get(extension);
    if (line === undefined) throw new Error(`the simulated switchboard has no line ${extension}`);
    return line;
  }

  #attempt({line: extension, direction, other, ringSeconds, talkSeconds}: PlannedCall): void {
    if ([...this.#live.values()].some(({call}) => call.extension === extension)) return;
    const line = this.#line(extension);
    const number = direction === 'outgoing' ? `${this.options.outsideLine}${other}` : other;
    if (direction === 'outgoing' && this.#bars(line, number)) return;
    if (direction === 'incoming' && line.locked && !this.#awaitsCallBack(line)) {
      this.incoming(extension, number, Math.min(30, talkSeconds));
      return;
    }
    if (direction === 'incoming') line.rung++;
    this.#talk({direction, extension, other: number, ringSeconds, talkSeconds});
  }

  /** Counts the attempt. */
  #bars(line: Line, number: string): boolean {
    const {emergency, outsideLine} = this.options;
    const isEmergency = emergency.some((open) => number.startsWith(open) || number.startsWith(`${outsideLine}${open}`));
    if (isEmergency) line.emergencyAtMs = Date.now();
    const barred = line.locked && !isEmergency;
    if (barred) line.barred++;
    else line.made++;
    return barred;
  }

  #awaitsCallBack({emergencyAtMs}: Line): boolean {
    return emergencyAtMs !== undefined && Date.now() - emergencyAtMs < CALL_BACK_MS;
  }

  #talk(call: LiveCall['call']): string {
    const sequence = ++this.#sequence;
    const id = `c${sequence}`;
    const live: LiveCall = {id, call, sequence, answeredAtMs: Date.now(), timer: setTimeout(() => undefined, 0)};
    this.#live.set(id, live);
    live.timer = this.#endLater(live, call.talkSeconds);
    return id;
  }

  #endLater({id, call, sequence, answeredAtMs}: LiveCall, talkSeconds: number): NodeJS.Timeout {
    const endsAtMs = answeredAtMs + (talkSeconds * 1000) / this.options.speed;
    return setTimeout(() => {
      this.#live.delete(id);
      this.#end({...call, talkSeconds}, sequence);
    }, endsAtMs - Date.now());
  }

  /** A record says when the call began, however fast time passed in it: it ended now. */
  #end(call: LiveCall['call'], sequence: number, diverted = false): void {
    const startMs = Date.now() - (call.ringSeconds + call.talkSeconds) * 1000;
    const line = formats[this.options.format]({...call, startMs, sequence, diverted}, this.options.zone);
    if (this.lose > 0) {
      this.lose--;
      return;
    }
    const times = this.repeat > 0 ? 2 : 1;
    if (this.repeat > 0) this.repeat--;
    for (let time = 0; time < times; time++) this.#printer.print(line);
    this.printed++;
  }
}

function newLine(extension: string): Line {
  return {extension, locked: false, emergencyAtMs: undefined, made: 0, barred: 0, rung: 0, diverted: 0};
}
