// Transfers into the tables, and sums out of them. The balances themselves are kept by a trigger of the store.
import {assertTransfer, HOUSE_ACCOUNTS, type AccountId, type Transfer} from '../../shared/journal/transfer.ts';
import {micros, ZERO, type Currency, type Micros} from '../../shared/money/micros.ts';
import type {Database} from '../store/open.ts';

export type Posting = {
  readonly post: (transfer: Transfer, from: LogRow) => void;
  /** Opens an account that money names before anybody described it. */
  readonly openAccount: (account: AccountId, kind: 'student' | 'house', currency: Currency) => void;
  readonly openHouse: (currency: Currency) => void;
  /** credit − debit; zero for an account that nobody knows. */
  readonly balance: (account: AccountId) => Micros;
};

/** The row of the up or the down log that says so. */
export type LogRow = {readonly log: 'up' | 'down'; readonly seq: number};

export function createPosting(database: Database): Posting {
  const insertAccount = database.prepare<unknown[]>(
    'INSERT INTO account (id, kind, currency, described) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const insertTransfer = database.prepare<unknown[]>(
    'INSERT INTO transfer (debit, credit, amount, currency, code, ref, at, log, log_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const selectBalance = database.prepare<[string], number>('SELECT credit - debit FROM balance WHERE account = ?').pluck();
  return {
    post: (transfer, {log, seq}) => {
      assertTransfer(transfer);
      const {debit, credit, amount, currency, code, ref, at} = transfer;
      insertTransfer.run(debit, credit, amount, currency, code, ref, at, log, seq);
    },
    openAccount: (account, kind, currency) => void insertAccount.run(account, kind, currency, 0),
    openHouse: (currency) => {
      // They are opened together, so one look is enough.
      if (selectBalance.get(HOUSE_ACCOUNTS.house) !== undefined) return;
      for (const account of Object.values(HOUSE_ACCOUNTS)) insertAccount.run(account, 'house', currency, 1);
    },
    balance: (account) => micros(selectBalance.get(account) ?? ZERO),
  };
}
