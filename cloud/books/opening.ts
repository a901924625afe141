// Money that a student brings along from elsewhere: from the house to the account, once for ever, and told to the box.
import {HOUSE_ACCOUNTS, type AccountId} from '../../shared/journal/transfer.ts';
import type {Micros} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Tx} from '../store/open.ts';
import type {Books} from './posting.ts';

export type Opening = {readonly site: string; readonly account: string; readonly amount: Micros};

export function createOpening({books, now}: {readonly books: Pick<Books, 'move'>; readonly now: () => Instant}) {
  return (tx: Tx, {site, account, amount}: Opening): Promise<void> =>
    books.move(tx, {site, debit: HOUSE_ACCOUNTS.house, credit: account as AccountId, amount, code: 'OPENING', ref: account, at: now()});
}
