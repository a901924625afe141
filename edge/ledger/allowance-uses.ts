// What a call used of free allowances, in a unit of its own. In the transaction that bills the call: with its row and its debit, or not
// at all; so no crash parts them, and a call that comes again uses nothing. The sums are kept by a trigger of the store.
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Working} from '../../shared/tariff/working.ts';
import type {Database} from '../store/open.ts';

export type BilledCall = {
  readonly call: string;
  readonly payer: AccountId;
  readonly working: Working | undefined;
  /** The row of the up log that says so. */
  readonly upSeq: number;
};

export function usesKeeper(database: Database): (billed: BilledCall) => void {
  const insert = database.prepare<unknown[]>(
    'INSERT INTO allowance_use (call, allowance, account, period_start, unit, used, up_seq) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  return ({call, payer, working, upSeq}) => {
    if (working?.allowances === undefined) return;
    for (const {allowance, periodStart, unit, used} of working.allowances) {
      insert.run(call, allowance, payer, periodStart, unit, used, upSeq);
    }
  };
}
