// How often in a row a student's automatic payments came to nothing for want of the card or of the student, and what that means.
// In: the payments themselves. Out: when the next may be tried. Never true: an issuer hammered with a card that it refuses.
import {instant, later, type Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import {isRefusal, OWN} from './machine.ts';

export type Troubles = {
  readonly count: number;
  readonly last: {readonly kind: 'refused' | 'authentication'; readonly at: Instant} | undefined;
};

const HOUR_MS = 3_600_000;
/** After the first, second and third in a row; one more ends automatic top-up. The box keeps the same clock. */
const WAIT_AFTER_MS = [HOUR_MS, 6 * HOUR_MS, 24 * HOUR_MS] as const;
/** More than one look back needs. */
const MOST_READ = 20;

/** Since the settings were changed, or money last came. */
export async function troublesOf(db: Reader, site: string, account: string): Promise<Troubles> {
  const settings = await db.selectFrom('automatic_top_up').select('changed_at').where('account', '=', account).executeTakeFirst();
  const paid = await db
    .selectFrom('payment')
    .select((eb) => eb.fn.max('changed_at').as('at'))
    .where('site', '=', site)
    .where('account', '=', account)
    .where('state', '=', 'succeeded')
    .executeTakeFirst();
  const since = Math.max(settings?.changed_at ?? 0, paid?.at ?? 0);
  const rows = await db
    .selectFrom('payment')
    .select(['failure', 'changed_at'])
    .where('site', '=', site)
    .where('account', '=', account)
    .where('origin', '=', 'auto')
    .where('state', 'in', ['failed', 'canceled'])
    .where('created_at', '>=', since)
    .orderBy('changed_at', 'desc')
    .limit(MOST_READ)
    .execute();
  const troubles = rows.filter(({failure}) => isRefusal(failure) || failure === OWN.authentication);
  const [last] = troubles;
  if (last === undefined) return {count: 0, last: undefined};
  const kind = isRefusal(last.failure) ? 'refused' : 'authentication';
  return {count: troubles.length, last: {kind, at: instant(last.changed_at)}};
}

/** Undefined: at once. `never`: only the student can mend it. */
export function mayTryFrom({count, last}: Troubles): Instant | 'never' | undefined {
  if (last === undefined) return undefined;
  const wait = WAIT_AFTER_MS[count - 1];
  return wait === undefined ? 'never' : later(last.at, wait);
}
