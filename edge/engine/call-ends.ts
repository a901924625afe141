// Ends that are given to running calls: told to the switchboard once, told again when they change, lifted when there is none.
// Never true: an end put off by telling it again; a word to the switchboard while `mayWrite()` is false.
import type {Log} from '../../shared/log/log.ts';
import {later, type Clock, type Instant} from '../../shared/time/instant.ts';
import type {Switchboard} from '../switchboard/port.ts';
import type {RunningCall} from './running-call.ts';

export type EndsGiven = {
  readonly switchboard: Pick<Switchboard, 'limit' | 'capabilities'>;
  /** False on a fenced box. */
  readonly mayWrite: () => boolean;
  /** False in modes that only watch or bill: then ends that were given are lifted. */
  readonly mayLock: () => boolean;
  readonly incident: (code: Code, subject: string, detail: string, cure: string) => void;
  readonly ended: (code: Code, subject: string) => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
};

type Code = 'switchboard.call-not-ended';

/** What the switchboard was told of a call. */
type Told = {end: Instant | undefined; failures: number; notBefore: Instant};

/** Whole seconds are told, rounded down: an end that is earlier, or later, by less is the same one. */
const EARLIER_MS = 1_000;
const LATER_MS = 1_500;
/** A switchboard that did not end a call at its time is told again. */
const OVERDUE_MS = 3_000;
/** An end that is none: no call that is billed lasts longer. */
const LIFTED_SECONDS = 48 * 3_600;
/** A call that ends just then refuses once; one that refuses so often, and is still there, needs somebody's eyes. */
const FAILURES_TOLD = 3;
const LONGEST_WAIT_MS = 30_000;
const SUBJECT = 'calls';
const CURE =
  'look at the rights of the box’s account on the switchboard (in manager.conf read and write of system,call,reporting); end the call there if it must end';

export class CallEnds {
  readonly #given: EndsGiven;
  readonly #told = new Map<string, Told>();
  /** Perhaps before the box was restarted. */
  #isIncident = true;

  constructor(given: EndsGiven) {
    this.#given = given;
  }

  /** Calls that have an end. */
  count(): number {
    return [...this.#told.values()].filter(({end}) => end !== undefined).length;
  }

  async keep(calls: readonly RunningCall[], endOf: (call: RunningCall) => Instant | undefined): Promise<void> {
    const {switchboard, mayWrite, mayLock} = this.#given;
    if (!switchboard.capabilities.limitsCalls) return;
    const ids = new Set(calls.map(({id}) => id));
    for (const id of this.#told.keys()) if (!ids.has(id)) this.#told.delete(id);
    for (const call of calls) {
      if (!mayWrite()) return;
      await this.#keepOne(call, mayLock() ? endOf(call) : undefined);
    }
  }

  async #keepOne(call: RunningCall, wanted: Instant | undefined): Promise<void> {
    const now = this.#given.clock.now();
    const told = this.#told.get(call.id) ?? {end: undefined, failures: 0, notBefore: now};
    if (now < told.notBefore) return;
    if (wanted === undefined) {
      if (told.end !== undefined) await this.#tell(call, told, {seconds: LIFTED_SECONDS, end: undefined});
      return;
    }
    // At once is a second from now: no switchboard takes less.
    const seconds = Math.max(1, Math.floor((wanted - now) / 1_000));
    const end = later(now, seconds * 1_000);
    if (isNews(told.end, end, now)) await this.#tell(call, told, {seconds, end});
  }

  async #tell({id, extension}: RunningCall, told: Told, {seconds, end}: {readonly seconds: number; readonly end: Instant | undefined}) {
    const {switchboard, clock, log, ended} = this.#given;
    this.#told.set(id, told);
    const result = await switchboard.limit(id, seconds);
    if (result.kind !== 'failed') {
      Object.assign(told, {end, failures: 0});
      log.debug('a running call was given an end', {extension, seconds});
      if (this.#isIncident) ended('switchboard.call-not-ended', SUBJECT);
      this.#isIncident = false;
      return;
    }
    // With the link gone everything is read again when it is back: this call has not failed.
    if (result.code === 'unreachable') return;
    told.failures++;
    told.notBefore = later(clock.now(), Math.min(LONGEST_WAIT_MS, 500 * 2 ** told.failures));
    this.#failed(extension, told.failures, `${result.code}: ${result.detail}`);
  }

  #failed(extension: string, failures: number, why: string): void {
    const {log, incident} = this.#given;
    // A call that is over by now: the next round knows.
    if (failures === 1) log.debug('a running call could not be given an end', {extension, why});
    if (failures !== FAILURES_TOLD) return;
    log.warn('a running call could not be given an end', {extension, why});
    this.#isIncident = true;
    incident('switchboard.call-not-ended', SUBJECT, `a call of line ${extension} runs on though it should end (${why})`, CURE);
  }
}

function isNews(told: Instant | undefined, end: Instant, now: Instant): boolean {
  if (told === undefined) return true;
  if (now > told) return now > told + OVERDUE_MS;
  return end < told - EARLIER_MS || end > told + LATER_MS;
}
