// What pages about tariffs show beside them: where a draft belongs, whose accounts they are.
import type {Reader} from '../../store/open.ts';

/** The site of a draft. */
export async function readDraftSite(db: Reader, draft: string): Promise<string | undefined> {
  const row = await db.selectFrom('tariff_draft').select('site').where('id', '=', draft).executeTakeFirst();
  return row?.site;
}

/** Of students, by account; those of the house have none. */
export async function readAccountNames(db: Reader, accounts: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (accounts.length === 0) return new Map();
  const rows = await db
    .selectFrom('student')
    .select(['account', 'name'])
    .where('account', 'in', [...new Set(accounts)])
    .execute();
  return new Map(rows.map(({account, name}) => [account, name]));
}
