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
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
};

/** Whole seconds are told, rounded down: an end that is earlier, or later, by less is the same one. */
const EARLIER_MS = 1_000;
const LATER_MS = 1_500;
/** A switchboard that did not end a call at its time is told again. */
const OVERDUE_MS = 3_000;
/** An end that is none: no call that is billed lasts longer. */
const LIFTED_SECONDS = 48 * 3_600;

export class CallEnds {
  readonly #given: EndsGiven;

  constructor(given: EndsGiven) {
    this.#given = given;
  }

  count(calls: readonly RunningCall[]): number {
    return calls.filter(({end}) => end !== undefined).length;
  }

  async keep(calls: readonly RunningCall[], endOf: (call: RunningCall) => Instant | undefined): Promise<void> {
    const {switchboard, mayWrite, mayLock, clock} = this.#given;
    if (!switchboard.capabilities.limitsCalls) return;
    for (const call of calls) {
      if (!mayWrite()) return;
      const wanted = mayLock() ? endOf(call) : undefined;
      const now = clock.now();
      if (wanted === undefined) {
        if (call.end !== undefined) await this.#tell(call, LIFTED_SECONDS, undefined);
        continue;
      }
      // At once is a second from now: no switchboard takes less.
      const seconds = Math.max(1, Math.floor((wanted - now) / 1_000));
      if (isNews(call.end, later(now, seconds * 1_000), now)) await this.#tell(call, seconds, later(now, seconds * 1_000));
    }
  }

  async #tell(call: RunningCall, seconds: number, end: Instant | undefined): Promise<void> {
    const {switchboard, log} = this.#given;
    const {id, extension} = call;
    const result = await switchboard.limit(id, seconds);
    if (result.kind === 'failed') {
      // Gone already, or asked again with the next round.
      log.warn('a running call could not be given an end', {extension, why: `${result.code}: ${result.detail}`});
      return;
    }
    call.end = end;
    log.debug('a running call has an end', {extension, seconds: end === undefined ? undefined : seconds});
  }
}

function isNews(told: Instant | undefined, end: Instant, now: Instant): boolean {
  if (told === undefined) return true;
  if (now > told) return now > told + OVERDUE_MS;
  return end < told - EARLIER_MS || end > told + LATER_MS;
}
