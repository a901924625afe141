// Who may be made to pay for a call by hand: a student of the site whose account is open, or the house.
import {refused, type Refusal} from '../../shared/failure/refusal.ts';
import {HOUSE_ACCOUNTS} from '../../shared/journal/transfer.ts';
import type {Reader} from '../store/open.ts';

/** After somebody has settled and gone, what is still found is the house's. */
export async function payerFault(db: Reader, site: string, payer: string): Promise<Refusal<'payer-unknown' | 'payer-closed'> | undefined> {
  if (payer === HOUSE_ACCOUNTS.house) return undefined;
  const found = await db
    .selectFrom('account')
    .leftJoin('student', (join) => join.onRef('student.site', '=', 'account.site').onRef('student.account', '=', 'account.id'))
    .select(['account.id', 'student.closed_at'])
    .where('account.site', '=', site)
    .where('account.id', '=', payer)
    .where('account.kind', '=', 'student')
    .executeTakeFirst();
  if (found === undefined)
    return refused('payer-unknown', `there is no student ${payer} at this site`, 'choose one of the list, or the house: house');
  if (found.closed_at === null) return undefined;
  return refused('payer-closed', `the account ${payer} is closed`, 'let the house pay: house');
}
