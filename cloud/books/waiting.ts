// Calls that wait for a range, with the numbers that say which: for estimates, previews and groups. In: a site, perhaps the first
// digits of a number. Out: calls, the newest first. Never true: a call whose waiting has ended among them.
import {instant, type Instant} from '../../shared/time/instant.ts';
import {bodyOf} from '../../shared/wire/row.ts';
import type {Reader} from '../store/open.ts';
import {waits} from './resolutions.ts';

export type WaitingCall = {
  /** The up row of the call. */
  readonly upSeq: number;
  readonly reason: string;
  readonly startedAt: Instant;
  readonly seconds: number;
  readonly payer: string | undefined;
  /** E.164 with +, or a short code. */
  readonly number: string;
  /** What the box remarked. */
  readonly flags: readonly string[];
};

/** What a range may cure. */
export const RANGE_REASONS = ['no-destination', 'range-unconfirmed'] as const;
/** Of a site, at once: more wait only where nobody has looked for months. They are read in a tenth of a second. */
export const MOST_WAITING = 5_000;

export type WaitingFor = {
  readonly site: string;
  /** Digits from the calling code on: only E.164 numbers that begin so. */
  readonly prefix?: string | undefined;
  readonly reasons?: readonly string[];
};

/** At most MOST_WAITING, newest first; calls whose number is not known, or was erased, are left out. */
export async function waitingCalls(db: Reader, {site, prefix, reasons = RANGE_REASONS}: WaitingFor): Promise<readonly WaitingCall[]> {
  const rows = await db
    .selectFrom('call')
    .innerJoin('up_personal', (join) => join.onRef('up_personal.site', '=', 'call.site').onRef('up_personal.seq', '=', 'call.up_seq'))
    .innerJoin('up_log', (join) => join.onRef('up_log.site', '=', 'call.site').onRef('up_log.seq', '=', 'call.up_seq'))
    .select(['call.up_seq', 'call.reason', 'call.started_at', 'call.duration', 'call.payer', 'up_personal.value', 'up_log.body'])
    .where('call.site', '=', site)
    .where('call.reason', 'in', [...reasons])
    .where('up_personal.name', '=', 'number')
    // Digits only: nothing in it is a pattern.
    .$if(prefix !== undefined, (query) => query.where('up_personal.value', 'like', `+${prefix?.replaceAll(/\D/g, '')}%`))
    .where(waits)
    .orderBy('call.started_at', 'desc')
    .orderBy('call.up_seq', 'desc')
    .limit(MOST_WAITING)
    .execute();
  return rows.map(({up_seq: upSeq, reason, started_at: at, duration: seconds, payer, value: number, body}) => {
    const said = bodyOf({body}) as {readonly flags?: readonly string[]} | undefined;
    return {upSeq, reason: reason ?? '', startedAt: instant(at), seconds, payer: payer ?? undefined, number, flags: said?.flags ?? []};
  });
}
