// What the routes are made from, and the small things that all of them do.
import {Failure} from '../../../shared/failure/failure.ts';
import type {Log} from '../../../shared/log/log.ts';
import type {SignedVisit} from '../../../shared/web/answer.ts';
import type {Attempts} from '../../../shared/web/attempts.ts';
import type {Limiter} from '../../../shared/web/limiter.ts';
import type {Passwords} from '../../../shared/web/passwords.ts';
import type {People} from '../entry/people.ts';
import type {Sessions} from '../entry/sessions.ts';
import type {ConsoleGiven} from '../given.ts';
import type {ConsoleWords} from '../messages.ts';
import type {Cut} from '../../../shared/ui/list.tsx';
import type {AccountReader} from '../rows/accounts.ts';
import type {CallReader} from '../rows/calls.ts';
import type {LineReader} from '../rows/lines.ts';
import type {RejectReader} from '../rows/rejects.ts';
import type {SiteReader} from '../rows/site.ts';

export type RouteGround = Pick<ConsoleGiven, 'health' | 'acts' | 'book' | 'logEntries' | 'clock' | 'log'> & {
  readonly lines: LineReader;
  readonly calls: CallReader;
  readonly accounts: AccountReader;
  readonly rejects: RejectReader;
  readonly site: SiteReader;
  readonly people: People;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  /** By name: guesses at the present password by somebody who is signed in. */
  readonly oldPasswords: Limiter;
  readonly words: ConsoleWords;
};

const PAGE_OF_CUT = 25;

/** One page of a list in the order of numbers, read with one row more, which says whether there is a next page. */
export function cutOf<R>(
  before: number | undefined,
  read: (before: number, most: number) => readonly R[],
  numberOf: (row: R) => number,
): Cut<R> {
  const found = read(before ?? Number.MAX_SAFE_INTEGER, PAGE_OF_CUT + 1);
  const rows = found.slice(0, PAGE_OF_CUT);
  const last = rows.at(-1);
  return {rows, before, next: found.length > PAGE_OF_CUT && last !== undefined ? numberOf(last) : undefined};
}

/** What a list shows; undefined, and a word in the log, if the database does not answer: the page around it still stands. */
export function readList<T>(read: () => T, log: Log): T | undefined {
  try {
    return read();
  } catch (error) {
    log.error('a list of the console cannot be read', {error: String(error)});
    return undefined;
  }
}

/** Does it, and leaves a note about it. What the world refuses (a full disk) is told; a bug goes on to the last resort. */
export function attempt(visit: SignedVisit, words: ConsoleWords, act: () => string): void {
  try {
    visit.notes.leave(visit.session, {state: 'ok', text: act()});
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    visit.notes.leave(visit.session, {state: 'fault', text: `${words.override.failed}: ${error.message}. ${error.cure}`});
  }
}
