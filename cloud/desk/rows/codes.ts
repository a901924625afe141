// Account codes of a student, and one of them.
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {Reader} from '../../store/open.ts';

export type AccountCode = {
  readonly id: string;
  readonly account: string;
  readonly code: string;
  readonly from: Instant;
  /** It has ended then. */
  readonly to: Instant | undefined;
};

/** Newest first. */
export async function readCodes(db: Reader, account: string): Promise<readonly AccountCode[]> {
  const rows = await db
    .selectFrom('account_code')
    .selectAll()
    .where('account', '=', account)
    .orderBy('from_at', 'desc')
    .orderBy('id')
    .execute();
  return rows.map(codeOf);
}

export async function readCode(db: Reader, id: string): Promise<AccountCode | undefined> {
  const row = await db.selectFrom('account_code').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : codeOf(row);
}

type Row = {id: string; account: string; code: string; from_at: number; to_at: number | null};

function codeOf({id, account, code, from_at: from, to_at: to}: Row): AccountCode {
  return {id, account, code, from: instant(from), to: to === null ? undefined : instant(to)};
}
