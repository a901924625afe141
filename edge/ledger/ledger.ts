// The only writer of money on the box.
// In: rated calls, and credits that the cloud tells. Out: transfers, balances (sums of them), call rows, journal rows.
// Never true: a call debited twice, a transfer changed, a balance that is not the sum of its transfers.
import {assert} from '../../shared/assert/assert.ts';
import {assertTransfer, HOUSE_ACCOUNTS, type AccountId, type Transfer} from '../../shared/journal/transfer.ts';
import {micros, ZERO, type Currency, type Micros} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {DownBody, Policy} from '../../shared/wire/kinds.ts';
import type {Fact, Row} from '../../shared/wire/row.ts';
import type {PricedCall, RatedCall} from '../rating/priced-call.ts';
import type {Database} from '../store/open.ts';
import {callFact, type CallState} from './call-fact.ts';
import type {Journal} from './journal.ts';

export type Recorded = {
  /** Calls seen for the first time. */
  readonly recorded: readonly RecordedCall[];
  /** Calls that were there already, by their id. */
  readonly replays: number;
  /** Accounts whose balance, or watched sum, changed. */
  readonly touched: ReadonlySet<AccountId>;
};

export type RecordedCall = {readonly state: CallState; readonly call: RatedCall};

export type Ledger = {
  /** Records calls in the caller's transaction: call row, transfers, balances, journal rows. `mode` decides about the debit. */
  readonly record: (calls: readonly RatedCall[], mode: Policy['mode'], at: Instant) => Recorded;
  /** Posts what the cloud says, to whom it says. Returns the accounts it touched. */
  readonly take: (body: DownBody<'credit'>, row: Row) => readonly AccountId[];
  /** credit − debit: what is left of a student's money. */
  readonly balance: (account: AccountId) => Micros;
};

export function createLedger(database: Database, journal: Journal): Ledger {
  const insertAccount = database.prepare<unknown[]>(
    'INSERT INTO account (id, kind, currency, described) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const insertTransfer = database.prepare<unknown[]>(
    'INSERT INTO transfer (debit, credit, amount, currency, code, ref, at, log, log_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const selectBalance = database.prepare<[string], {value: number}>('SELECT credit - debit AS value FROM balance WHERE account = ?');
  const addWatched = database.prepare<unknown[]>(`
    INSERT INTO credit_state (account, watched) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET watched = watched + excluded.watched`);
  const selectLastCall = database.prepare<[], {seq: number | null}>('SELECT max(seq) AS seq FROM call');
  const insertCall = callInsertion(database);

  const post = (transfer: Transfer, log: 'up' | 'down', logSeq: number): void => {
    assertTransfer(transfer);
    const {debit, credit, amount, currency, code, ref, at} = transfer;
    insertTransfer.run(debit, credit, amount, currency, code, ref, at, log, logSeq);
  };

  const postCall = (call: PricedCall, seq: number): void => {
    if (call.amount === 0) return;
    // A tenancy may name an account that nobody described yet.
    insertAccount.run(call.payer, 'student', call.currency, 0);
    const shared = {currency: call.currency, at: call.record.start};
    post({debit: call.payer, credit: HOUSE_ACCOUNTS.revenue, amount: call.amount, code: 'CALL', ref: call.id, ...shared}, 'up', seq);
    if (call.tax === 0) return;
    post(
      {debit: HOUSE_ACCOUNTS.revenue, credit: HOUSE_ACCOUNTS.vat, amount: call.tax, code: 'TRANSFER', ref: `vat:${call.id}`, ...shared},
      'up',
      seq,
    );
  };

  const openHouse = (currency: Currency): void => {
    for (const account of Object.values(HOUSE_ACCOUNTS)) insertAccount.run(account, 'house', currency, 1);
  };

  const record: Ledger['record'] = (calls, mode, at) => {
    assert(database.inTransaction, 'calls are recorded in a transaction');
    const recorded: RecordedCall[] = [];
    const touched = new Set<AccountId>();
    const facts: Fact[] = [];
    let upSeq = journal.next();
    let callSeq = (selectLastCall.get()?.seq ?? 0) + 1;
    let replays = 0;
    for (const currency of new Set(calls.flatMap((call) => (call.kind === 'priced' ? [call.currency] : [])))) openHouse(currency);
    for (const call of calls) {
      const state = stateOf(call, mode);
      const told = state !== 'before-go-live';
      if (!insertCall({call, state, seq: callSeq, upSeq: told ? upSeq : null, at})) {
        replays++;
        continue;
      }
      if (call.kind === 'priced') {
        if (state === 'billed') postCall(call, upSeq);
        else if (call.amount > 0) addWatched.run(call.payer, call.amount);
        if (call.amount > 0) touched.add(call.payer);
      }
      if (told) facts.push(callFact(call, state));
      recorded.push({state, call});
      callSeq++;
      if (told) upSeq++;
    }
    journal.write(facts);
    return {recorded, replays, touched};
  };

  const take: Ledger['take'] = (body, row) => {
    const accounts = [body.debit as AccountId, body.credit as AccountId] as const;
    openHouse(body.currency as Currency);
    // A replica never refuses the other writer's fact: an account that nobody described yet is opened for it.
    for (const account of accounts) insertAccount.run(account, account.startsWith('clearing:') ? 'house' : 'student', body.currency, 0);
    const [debit, credit] = accounts;
    const {code, ref} = body;
    post(
      {debit, credit, amount: micros(body.amount), currency: body.currency as Currency, code, ref, at: body.at as Instant},
      'down',
      row.seq,
    );
    return accounts;
  };

  const balance = (account: AccountId): Micros => micros(selectBalance.get(account)?.value ?? ZERO);

  return {record, take, balance};
}

function stateOf(call: RatedCall, mode: Policy['mode']): CallState {
  if (call.kind === 'before-go-live') return 'before-go-live';
  if (call.kind === 'unbillable') return 'unbillable';
  return mode === 'watch' ? 'watched' : 'billed';
}

type CallRow = {
  readonly call: RatedCall;
  readonly state: CallState;
  readonly seq: number;
  readonly upSeq: number | null;
  readonly at: Instant;
};

/** Inserts a call unless its id is there; says whether it did. */
function callInsertion(database: Database): (row: CallRow) => boolean {
  const insert = database.prepare<unknown[]>(`
    INSERT INTO call (id, seq, state, up_seq, feed, family, first_line, extension, direction, class, payer, started_at, duration,
      prefix, destination, amount, tax, currency, reason, detail, tariff, working, flags, recorded_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`);
  return ({call, state, seq, upSeq, at}) => {
    const {record} = call;
    const priced = call.kind === 'priced' ? call : undefined;
    const unbillable = call.kind === 'unbillable' ? call : undefined;
    const result = insert.run(
      call.id,
      seq,
      state,
      upSeq,
      record.feed,
      record.family,
      record.lines[0] ?? 0,
      record.extension ?? null,
      record.direction,
      call.class ?? null,
      priced?.payer ?? unbillable?.payer ?? null,
      record.start,
      record.durationSeconds,
      priced?.working.prefix ?? null,
      priced?.working.destination ?? null,
      priced?.amount ?? null,
      priced?.tax ?? null,
      priced?.currency ?? null,
      unbillable?.reason ?? null,
      unbillable?.detail ?? null,
      priced?.working.tariff ?? null,
      priced === undefined ? null : JSON.stringify(priced.working),
      JSON.stringify([...call.flags, ...record.flags]),
      at,
    );
    return result.changes === 1;
  };
}
