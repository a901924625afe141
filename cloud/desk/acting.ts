// How the desk acts: the room's own function in one transaction, all of it or nothing; and how it looks what an act would do.
// In: work of rooms. Out: what it came to. Never true: half of an act after a no; a rehearsal that anybody could see.
import type {Actor, Refusal} from '../../shared/failure/refusal.ts';
import {instantFromIso} from '../../shared/time/instant.ts';
import {timeText} from '../../shared/ui/figures.tsx';
import type {Setting} from '../../shared/ui/setting.ts';
import type {Store, Tx} from '../store/open.ts';
import type {StaffSession} from '../web/route.ts';

/** Undoes the transaction on its way out. */
class Undone extends Error {
  readonly outcome: unknown;

  constructor(outcome: unknown) {
    super('undone on purpose');
    this.outcome = outcome;
  }
}

type Transact = Store['transact'];

export function actorOf({subject, role}: StaffSession): Actor {
  return {id: subject, role};
}

/** Does it. A no undoes whatever was done before it. */
export function commit<T>(transact: Transact, work: (tx: Tx) => Promise<T | Refusal>): Promise<T | Refusal> {
  return caught(
    transact(async (tx) => {
      const outcome = await work(tx);
      if (isRefusal(outcome)) throw new Undone(outcome);
      return outcome;
    }),
  );
}

/** Does it, and undoes it: what would happen, or why it cannot. */
export function rehearse<T>(transact: Transact, work: (tx: Tx) => Promise<T>): Promise<T> {
  return caught(
    transact(async (tx) => {
      throw new Undone(await work(tx));
    }),
  );
}

async function caught<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Undone) return error.outcome as T;
    throw error;
  }
}

export function isRefusal(outcome: unknown): outcome is Refusal {
  return typeof outcome === 'object' && outcome !== null && 'kind' in outcome && outcome.kind === 'refused';
}

/** `This is not a name: write letters, spaces and at most 60 characters`. */
export function refusalText({what, cure}: Pick<Refusal, 'what' | 'cure'>): string {
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${cure}`;
}

/** A no that names times, with the clock of the site. */
export function withTimesIn<R extends Pick<Refusal, 'what'>>(refusal: R, setting: Setting): R {
  const what = refusal.what.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (text) => {
    const at = instantFromIso(text);
    return at === undefined ? text : timeText(at, setting);
  });
  return {...refusal, what};
}
