// What the routes are made from, and the small things that all of them do.
import type {VNode} from 'preact';
import {Failure} from '../../../shared/failure/failure.ts';
import {page, type Answer, type Handle} from '../../../shared/web/answer.ts';
import type {Call} from '../../books/calls.ts';
import type {Cost} from '../../books/costs.ts';
import type {SignedStaffVisit, StaffRole} from '../../web/route.ts';
import type {Drawing} from '../drawing.tsx';
import type {DeskGiven} from '../given.ts';
import type {DeskWords} from '../messages.ts';
import {InZone} from '../pages/frame.tsx';
import {isAtLeast} from '../pages/ground.ts';
import {commonZone} from '../rows/sites.ts';

export type RouteGround = DeskGiven & {readonly drawing: Drawing; readonly words: DeskWords};

/** Whoever may not is told no more than that there is no such page. */
export function onlyFor(least: StaffRole, act: Handle<SignedStaffVisit>): Handle<SignedStaffVisit> {
  return (visit) => (isAtLeast(visit.session.role, least) ? act(visit) : {kind: 'missing'});
}

/** A page whose times are those of a site's wall clock. */
export function pageIn(zone: string, content: VNode, status?: number): Answer {
  return page(<InZone zone={zone}>{content}</InZone>, status);
}

/** A page of several sites: with their clock if they have one, else in UTC. */
export async function pageOfAll({reading}: Pick<RouteGround, 'reading'>, content: VNode, status?: number): Promise<Answer> {
  return pageIn(await commonZone(reading), content, status);
}

/** A field as typed, without spaces around it. */
export function fieldOf({form}: Pick<SignedStaffVisit, 'form'>, name: string): string {
  return (form.get(name) ?? '').trim();
}

export function isSure(visit: Pick<SignedStaffVisit, 'form'>): boolean {
  return visit.form.get('sure') === 'yes';
}

/** Told once, on the next page. */
export function tell({notes, session}: SignedStaffVisit, text: string): void {
  notes.leave(session, {state: 'ok', text});
}

/** The same of what was not done. */
export function warn({notes, session}: SignedStaffVisit, text: string): void {
  notes.leave(session, {state: 'warning', text});
}

/** Does it, and leaves a note about it. What the world refuses (a full disk) is told; a bug goes on to the last resort. */
export async function attempt(visit: SignedStaffVisit, words: DeskWords, act: () => Promise<string>): Promise<void> {
  try {
    tell(visit, await act());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    visit.notes.leave(visit.session, {state: 'fault', text: `${words.frame.failed}: ${error.message}. ${error.cure}`});
  }
}

/** What a list shows; undefined, and a word in the log, if the database does not answer: the page around it still stands. */
export async function readList<T>({log}: Pick<RouteGround, 'log'>, read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    log.error('a list of the desk cannot be read', {error: String(error)});
    return undefined;
  }
}

/** What the carrier charges for calls: to admins only.  */
export async function costsFor(
  {reading, books}: RouteGround,
  {role}: Pick<SignedStaffVisit['session'], 'role'>,
  {site, calls}: {readonly site: string; readonly calls: readonly Pick<Call, 'upSeq'>[]},
): Promise<ReadonlyMap<number, Cost> | undefined> {
  if (!isAtLeast(role, 'admin')) return undefined;
  const seqs = calls.map(({upSeq}) => upSeq);
  return await books.costsOf(reading, site, seqs);
}
