// The only way into the cloud's ledger. What a box says is posted as it says; what the cloud itself decides goes down to the box.
// Never true: a transfer without the row of a log that says so; a payment credited twice.
import {HOUSE_ACCOUNTS, assertTransfer, type AccountId, type Transfer, type TransferCode} from '../../shared/journal/transfer.ts';
import {micros, type Currency, type Micros} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Reader, Tx} from '../store/open.ts';
import type {DownLog} from './down-log.ts';

export type Origin = {readonly log: 'up' | 'down'; readonly seq: number};

export type Movement = {
  readonly site: string;
  readonly debit: AccountId;
  readonly credit: AccountId;
  readonly amount: Micros;
  readonly code: TransferCode;
  /** With the code, once for ever: a payment id. */
  readonly ref: string;
  readonly at: Instant;
};

export type Books = {
  /** Money that the cloud knows of first: posted here, and told to the box by the same commit. */
  readonly move: (tx: Tx, movement: Movement) => Promise<void>;
  /** Opens the account if it is not there. */
  readonly openAccount: (tx: Tx, site: string, account: AccountId, kind: 'student' | 'house') => Promise<void>;
};

/** The clearing account of a provider. */
export function clearingOf(provider: string): AccountId {
  return `clearing:${provider}` as AccountId;
}

const HOUSE: ReadonlySet<string> = new Set(Object.values(HOUSE_ACCOUNTS));

/** Of the house, or a student's? Whatever money may name before anybody described it. */
export function kindOfAccount(account: string): 'student' | 'house' {
  return HOUSE.has(account) || account.startsWith('clearing:') ? 'house' : 'student';
}

export function createBooks(downLog: DownLog): Books {
  const openAccount: Books['openAccount'] = async ({db}, site, id, kind) => {
    const {currency} = await db.selectFrom('site').select('currency').where('id', '=', site).executeTakeFirstOrThrow();
    await db
      .insertInto('account')
      .values({site, id, kind, currency})
      .onConflict((conflict) => conflict.columns(['site', 'id']).doNothing())
      .execute();
  };
  return {
    openAccount,
    move: async (tx, movement) => {
      const {site, debit, credit, amount, code, ref, at} = movement;
      for (const account of [debit, credit]) await openAccount(tx, site, account, kindOfAccount(account));
      const {currency} = await tx.db.selectFrom('site').select('currency').where('id', '=', site).executeTakeFirstOrThrow();
      const body = {code, ref, debit, credit, amount, currency, at};
      const seq = await downLog.write(tx, site, [{kind: 'credit', id: `${code}:${ref}`, body}]);
      await post(tx, site, {debit, credit, amount, code, ref, at, currency: currency as Currency}, {log: 'down', seq});
    },
  };
}

async function post({db}: Tx, site: string, transfer: Transfer, origin: Origin): Promise<void> {
  assertTransfer(transfer);
  const {debit, credit, amount, currency, code, ref, at} = transfer;
  await db
    .insertInto('transfer')
    .values({site, debit, credit, amount, currency, code, ref, at, log: origin.log, log_seq: origin.seq})
    .execute();
}

/** credit − debit. */
export async function balanceOf(db: Reader, site: string, account: string): Promise<Micros> {
  const row = await db
    .selectFrom('balance')
    .select(['credit', 'debit'])
    .where('site', '=', site)
    .where('account', '=', account)
    .executeTakeFirst();
  return micros(row === undefined ? 0 : row.credit - row.debit);
}
