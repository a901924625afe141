// The only writer of money on the box.
// In: rated calls, and credits that the cloud tells. Out: transfers, balances (sums of them), call rows, journal rows.
// Never true: a call debited twice, a transfer changed, a balance that is not the sum of its transfers.
import {assert} from '../../shared/assert/assert.ts';
import {adjustmentTransfers} from '../../shared/journal/adjustment.ts';
import type {AccountId} from '../../shared/journal/transfer.ts';
import {micros, type Currency, type Micros} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {DownBody, Policy} from '../../shared/wire/kinds.ts';
import type {Fact, Row} from '../../shared/wire/row.ts';
import type {RatedCall} from '../rating/priced-call.ts';
import type {Database} from '../store/open.ts';
import {usesKeeper} from './allowance-uses.ts';
import {callFact, type CallState} from './call-fact.ts';
import {callInsertion} from './call-row.ts';
import type {Journal} from './journal.ts';
import {createPosting, type Posting} from './posting.ts';
import {waitingKeeper} from './waiting.ts';

export type Recorded = {
  /** Calls seen for the first time. */
  readonly recorded: readonly RecordedCall[];
  /** Calls that were there already, by their id. */
  readonly replays: number;
  /** Accounts whose balance, watched sum or waiting calls changed. */
  readonly touched: ReadonlySet<AccountId>;
};

export type RecordedCall = {readonly state: CallState; readonly call: RatedCall};

export type Ledger = {
  /**
   * Records calls in the caller's transaction: call row, transfers, balances, uses of allowances, journal rows. `mode` decides about the
   * debit. Each is taken from `calls` once the one before is recorded: its price may depend on what that one used up.
   */
  readonly record: (calls: Iterable<RatedCall>, mode: Policy['mode'], at: Instant) => Recorded;
  /** Posts what the cloud says, to whom it says. Returns the accounts it touched. */
  readonly take: (body: DownBody<'credit'>, row: Row) => readonly AccountId[];
  /** Posts differences of calls, as a person approved them. Returns the accounts it touched. */
  readonly adjust: (body: DownBody<'adjustment'>, row: Row) => readonly AccountId[];
  /** credit − debit: what is left of a student's money. */
  readonly balance: (account: AccountId) => Micros;
};

export function createLedger(database: Database, journal: Journal): Ledger {
  const posting = createPosting(database);
  const selectLastCall = database.prepare<[], number | null>('SELECT max(seq) FROM call').pluck();
  const insertCall = callInsertion(database);
  const keepWaiting = waitingKeeper(database);
  const keepUses = usesKeeper(database);

  const record: Ledger['record'] = (calls, mode, at) => {
    assert(database.inTransaction, 'calls are recorded in a transaction');
    const recorded: RecordedCall[] = [];
    const touched = new Set<AccountId>();
    const facts: Fact[] = [];
    const open = accountOpener(posting);
    let replays = 0;
    const firstUp = journal.next();
    let seq = (selectLastCall.get() ?? 0) + 1;
    for (const call of calls) {
      const state = stateOf(call, mode);
      const upSeq = state === 'before-go-live' ? undefined : firstUp + facts.length;
      if (!insertCall({call, state, seq, upSeq, at})) {
        replays++;
        continue;
      }
      seq++;
      recorded.push({state, call});
      if (upSeq === undefined) continue;
      facts.push(callFact(call, state, mode === 'watch'));
      if (call.kind === 'unbillable') {
        keepWaiting(call, seq - 1, mode);
        if (call.payer !== undefined) touched.add(call.payer);
      }
      if (call.kind !== 'priced') continue;
      const {id, payer, amount, tax, currency, working, record: of} = call;
      if (amount > 0) {
        open(payer, currency);
        touched.add(payer);
      }
      posting.charge({call: id, payer, amount, tax, currency, startedAt: of.start}, state === 'billed', upSeq);
      if (state === 'billed') keepUses({call: id, payer, working, upSeq});
    }
    journal.write(facts);
    return {recorded, replays, touched};
  };

  const take: Ledger['take'] = (body, row) => {
    const {code, ref} = body;
    const [debit, credit, currency] = [body.debit as AccountId, body.credit as AccountId, body.currency as Currency];
    posting.openHouse(currency);
    // A replica never refuses the other writer's fact: an account that nobody described yet is opened for it.
    for (const account of [debit, credit]) posting.openAccount(account, account.startsWith('clearing:') ? 'house' : 'student', currency);
    posting.post({debit, credit, amount: micros(body.amount), currency, code, ref, at: body.at as Instant}, {log: 'down', seq: row.seq});
    return [debit, credit];
  };

  const adjust: Ledger['adjust'] = ({entries, ...body}, row) => {
    const [currency, at] = [body.currency as Currency, body.at as Instant];
    posting.openHouse(currency);
    for (const entry of entries) {
      posting.openAccount(entry.account as AccountId, 'student', currency);
      for (const transfer of adjustmentTransfers(entry, {currency, at})) posting.post(transfer, {log: 'down', seq: row.seq});
    }
    return entries.map(({account}) => account as AccountId);
  };

  return {record, take, adjust, balance: posting.balance};
}

/** A tenancy may name an account that nobody described yet; the house's own are nobody's to describe. Each is looked at once. */
function accountOpener(posting: Posting): (payer: AccountId, currency: Currency) => void {
  const opened = new Set<AccountId>();
  return (payer, currency) => {
    if (opened.has(payer)) return;
    if (opened.size === 0) posting.openHouse(currency);
    posting.openAccount(payer, 'student', currency);
    opened.add(payer);
  };
}

function stateOf(call: RatedCall, mode: Policy['mode']): CallState {
  if (call.kind === 'before-go-live') return 'before-go-live';
  if (call.kind === 'unbillable') return 'unbillable';
  return mode === 'watch' ? 'watched' : 'billed';
}
