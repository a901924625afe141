// Transfers into the tables, and sums out of them. The balances themselves are kept by a trigger of the store.
import {assertTransfer, HOUSE_ACCOUNTS, type AccountId, type Transfer} from '../../shared/journal/transfer.ts';
import {micros, ZERO, type Currency, type Micros} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';

/** What a call costs whom. */
export type Charge = {
  readonly call: string;
  readonly payer: AccountId;
  readonly amount: Micros;
  readonly tax: Micros;
  readonly currency: Currency;
  readonly startedAt: Instant;
};

export type Posting = {
  /** Debits a call, or only adds it to what its payer would have spent. */
  readonly charge: (charge: Charge, isDebited: boolean, upSeq: number) => void;
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
  const addWatched = database.prepare<unknown[]>(`
    INSERT INTO credit_state (account, watched) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET watched = watched + excluded.watched`);
  const post: Posting['post'] = (transfer, {log, seq}) => {
    assertTransfer(transfer);
    const {debit, credit, amount, currency, code, ref, at} = transfer;
    insertTransfer.run(debit, credit, amount, currency, code, ref, at, log, seq);
  };
  return {
    post,
    charge: (charge, isDebited, upSeq) => {
      if (charge.amount === 0) return;
      if (isDebited) postCall(post, charge, upSeq);
      else addWatched.run(charge.payer, charge.amount);
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

/** The student pays the whole amount; what of it is tax goes on to the tax account. */
function postCall(post: Posting['post'], {call, payer, amount, tax, currency, startedAt: at}: Charge, seq: number): void {
  const from = {log: 'up', seq} as const;
  post({debit: payer, credit: HOUSE_ACCOUNTS.revenue, amount, code: 'CALL', ref: call, currency, at}, from);
  if (tax === 0) return;
  post({debit: HOUSE_ACCOUNTS.revenue, credit: HOUSE_ACCOUNTS.vat, amount: tax, code: 'TRANSFER', ref: `vat:${call}`, currency, at}, from);
}
