// How a ledger begins whose site has a past: at the cut of a snapshot, with what every account stood at then.
// In: heads, balances, ids of calls, calls that wait. Out: an opening each, calls to be resolved, logs that go on from the cut.
// Never true: a past that is there twice.
import {assert, must} from '../../shared/assert/assert.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import {micros, type Currency} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';
import {callInsertion} from './call-row.ts';
import {createPosting} from './posting.ts';
import {isWhole, waitingCallOf, type ToldWaiting} from './waiting-told.ts';
import {waitingKeeper} from './waiting.ts';

export type CutHead = {readonly last: number; readonly hash: string};
export type Cut = {readonly up: CutHead; readonly down: CutHead};
export type Opening = {readonly account: string; readonly house: boolean; readonly currency: string; readonly balance: number};
type UsedBefore = {readonly allowance: string; readonly account: string; readonly periodStart: number; readonly used: number};

export type Beginning = {
  /** Has nothing been written here that a snapshot would contradict? */
  readonly isEmpty: () => boolean;
  /** In the caller's transaction, like all that follows. Both logs go on after the cut, the up log in this epoch. */
  readonly startAt: (cut: Cut, epoch: number) => void;
  readonly open: (opening: Opening, cut: Cut, at: Instant) => void;
  /** What calls before the cut used of an allowance. */
  readonly use: (told: UsedBefore) => void;
  /** Calls that were recorded before the cut. */
  readonly know: (ids: readonly string[]) => void;
  /** A call that waited at the cut: its row is before it, its resolution will be after it. */
  readonly wait: (call: ToldWaiting, at: Instant) => void;
};

/** What all that an account had before the cut is told against. */
const OPENING = 'opening' as AccountId;

export function createBeginning(database: Database): Beginning {
  const posting = createPosting(database);
  const selectWritten = database
    .prepare<[], number>(
      `SELECT (SELECT count(*) FROM log_head WHERE seq > 0) + EXISTS (SELECT 1 FROM transfer) + EXISTS (SELECT 1 FROM call)`,
    )
    .pluck();
  const start = database.prepare<unknown[]>(
    'UPDATE log_head SET seq = ?, epoch = max(epoch, ?), chain = ?, start_seq = ?, start_chain = ? WHERE log = ?',
  );
  const acknowledge = database.prepare<unknown[]>('UPDATE cloud_link SET up_acked = ?');
  const forget = database.prepare<unknown[]>('DELETE FROM known_call WHERE id = ?');
  const nextCall = database.prepare<[], number>('SELECT coalesce(max(seq), 0) + 1 FROM call').pluck();
  const insertCall = callInsertion(database);
  const keepWaiting = waitingKeeper(database);
  const know = database.prepare<unknown[]>('INSERT INTO known_call (id) VALUES (?) ON CONFLICT (id) DO NOTHING');
  const use = database.prepare<unknown[]>('INSERT INTO allowance_bucket (allowance, account, period_start, opening) VALUES (?, ?, ?, ?)');
  const isEmpty = (): boolean => selectWritten.get() === 0;
  return {
    isEmpty,
    startAt: (cut, epoch) => {
      assert(isEmpty(), 'a ledger begins once');
      for (const log of ['up', 'down'] as const) {
        const {last, hash} = cut[log];
        const chain = Buffer.from(hash, 'hex');
        start.run(last, epoch, chain, last, chain, log);
      }
      acknowledge.run(cut.up.last);
    },
    open: ({account, house, currency, balance}, cut, at) => {
      const [id, unit] = [account as AccountId, currency as Currency];
      posting.openHouse(unit);
      posting.openAccount(OPENING, 'house', unit);
      posting.openAccount(id, house ? 'house' : 'student', unit);
      if (balance === 0) return;
      const [debit, credit] = balance > 0 ? [OPENING, id] : [id, OPENING];
      const ref = `${cut.down.last}:${account}`;
      posting.post(
        {debit, credit, amount: micros(Math.abs(balance)), currency: unit, code: 'OPENING', ref, at},
        {log: 'down', seq: cut.down.last},
      );
    },
    use: ({allowance, account, periodStart, used}) => void use.run(allowance, account, periodStart, used),
    know: (ids) => {
      for (const id of ids) know.run(id);
    },
    wait: (told, at) => {
      const call = waitingCallOf(told);
      const seq = must(nextCall.get(), 'number of a call');
      // Whoever names it among the known as well means the same call.
      forget.run(call.id);
      if (!insertCall({call, state: 'unbillable', seq, upSeq: undefined, at})) return;
      keepWaiting(call, seq, told.body.isWatched === true ? 'watch' : 'bill', isWhole(told));
    },
  };
}
