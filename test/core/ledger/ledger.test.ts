import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createJournal, type Journal} from '../../../edge/ledger/journal.ts';
import {createLedger, type Ledger} from '../../../edge/ledger/ledger.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import type {RatedCall} from '../../../edge/rating/priced-call.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {NOON, pricedCall, unbillableCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const ANN = 'ann' as AccountId;

describe('the ledger', () => {
  let store: TemporaryStore;
  let journal: Journal;
  let ledger: Ledger;
  beforeEach(() => {
    store = temporaryStore();
    journal = createJournal(store.database, randomBytes);
    ledger = createLedger(store.database, journal);
  });
  afterEach(() => {
    store.remove();
  });

  const record = (calls: readonly RatedCall[], mode: 'watch' | 'bill' | 'bill-and-lock' = 'bill') =>
    inTransaction(store.database, () => ledger.record(calls, mode, NOON));
  const rows = (sql: string): readonly unknown[] => store.database.prepare(sql).all();
  const balance = (account: string): number => ledger.balance(account as AccountId);

  test('debits a call from who pays it, and puts the tax in it aside', () => {
    const {recorded, touched} = record([pricedCall('a', 'ann', 240_000, 40_000)]);
    expect(recorded.map(({state}) => state)).toEqual(['billed']);
    expect([...touched]).toEqual([ANN]);
    expect([balance('ann'), balance('revenue'), balance('vat')]).toEqual([-240_000, 200_000, 40_000]);
    expect(rows('SELECT code, amount, log, log_seq FROM transfer ORDER BY seq')).toEqual([
      {code: 'CALL', amount: 240_000, log: 'up', log_seq: 1},
      {code: 'TRANSFER', amount: 40_000, log: 'up', log_seq: 1},
    ]);
  });

  test('debits a call once, however often it is told, in one batch and in the next', () => {
    const call = pricedCall('a', 'ann', 100_000);
    expect(record([call, call])).toMatchObject({replays: 1});
    expect(record([call])).toMatchObject({replays: 1, recorded: []});
    expect(balance('ann')).toBe(-100_000);
    expect(journal.head().seq).toBe(1);
  });

  test('writes the row of the call and the row of the journal under the same number', () => {
    record([pricedCall('a', 'ann', 0), unbillableCall('b'), pricedCall('c', 'ann', 5)]);
    expect(
      rows(
        "SELECT call.seq, call.state, up_log.kind FROM call JOIN up_log ON up_log.seq = call.up_seq AND up_log.id = 'call:' || call.id ORDER BY call.seq",
      ),
    ).toEqual([
      {seq: 1, state: 'billed', kind: 'call'},
      {seq: 2, state: 'unbillable', kind: 'unbillable'},
      {seq: 3, state: 'billed', kind: 'call'},
    ]);
  });

  test('keeps a call from before the go-live, and tells nobody', () => {
    const {id, record: of} = pricedCall('a', 'ann', 5);
    const kept: RatedCall = {kind: 'before-go-live', id, record: of, number: undefined, class: undefined, flags: []};
    record([kept, pricedCall('b', 'ann', 5)]);
    expect(rows('SELECT state, up_seq FROM call ORDER BY seq')).toEqual([
      {state: 'before-go-live', up_seq: null},
      {state: 'billed', up_seq: 1},
    ]);
  });

  test('only watches in watch mode: no debit, but the sum of what the calls would have cost', () => {
    record([pricedCall('a', 'ann', 300), pricedCall('b', 'ann', 200)], 'watch');
    expect(balance('ann')).toBe(0);
    expect(rows('SELECT count(*) AS transfers FROM transfer')).toEqual([{transfers: 0}]);
    expect(rows('SELECT watched FROM credit_state')).toEqual([{watched: 500}]);
    expect(rows('SELECT DISTINCT state FROM call')).toEqual([{state: 'watched'}]);
  });

  test('has the whole number beside the journal only, and the prefix in the call', () => {
    record([pricedCall('a', 'ann', 300)]);
    expect(JSON.stringify(rows('SELECT * FROM call'))).not.toContain('2079460123');
    expect(String((rows('SELECT body FROM up_log')[0] as {body: Buffer}).body)).not.toContain('2079460123');
    expect(rows('SELECT name, value FROM up_personal ORDER BY name')).toEqual([
      {name: 'dialled', value: '902079460123'},
      {name: 'number', value: '+442079460123'},
    ]);
  });

  test('posts what the cloud says, to an account that nobody described too', () => {
    const body = {code: 'TOPUP', ref: 'p1', debit: 'clearing:card', credit: 'ann', amount: 5_000_000, currency: 'GBP', at: NOON} as const;
    inTransaction(store.database, () => ledger.take(body, {seq: 9} as Parameters<Ledger['take']>[1]));
    expect([balance('ann'), balance('clearing:card')]).toEqual([5_000_000, -5_000_000]);
    expect(rows("SELECT id, kind, described FROM account WHERE id IN ('ann', 'clearing:card') ORDER BY id")).toEqual([
      {id: 'ann', kind: 'student', described: 0},
      {id: 'clearing:card', kind: 'house', described: 0},
    ]);
  });

  test('refuses another currency than an account has', () => {
    record([pricedCall('a', 'ann', 300)]);
    const euros = {...pricedCall('b', 'ann', 300), currency: 'EUR' as never};
    expect(() => record([euros])).toThrow(/FOREIGN KEY/);
    expect(balance('ann')).toBe(-300);
  });
});

describe('verify', () => {
  let store: TemporaryStore;
  beforeEach(() => {
    store = temporaryStore();
    const ledger = createLedger(store.database, createJournal(store.database, randomBytes));
    const calls = Array.from({length: 20}, (_, index) => pricedCall(`key-${index}`, `student-${index % 3}`, 1_000 * (index + 1), index));
    inTransaction(store.database, () => ledger.record([...calls, unbillableCall('u')], 'bill', NOON));
  });
  afterEach(() => {
    store.remove();
  });

  /** Changes what triggers forbid to change, as a hand in the file would. */
  const tamper = (trigger: string, sql: string): void => {
    store.database.exec(`DROP TRIGGER ${trigger}; ${sql}`);
  };
  const findings = (): readonly string[] => verifyLedger(store.database).findings;

  test('finds nothing in a ledger that adds up, and says what it looked at', () => {
    // 19 of the calls have tax: two transfers each.
    expect(verifyLedger(store.database)).toEqual({checked: {transfers: 39, calls: 21, up: 21, down: 0}, findings: []});
  });

  test.for([
    ['a balance', 'balance', "UPDATE balance SET credit = credit + 1 WHERE account = 'student-1'", /account student-1: the balance says/],
    ['a transfer', 'transfer_is_final', 'UPDATE transfer SET amount = amount + 1 WHERE seq = 1', /priced at 0\.001, debited 0\.001001/],
    ['a transfer that is gone', 'transfer_stays', 'DELETE FROM transfer WHERE seq = 1', /debited nothing/],
    [
      'a tax that is gone',
      'transfer_stays',
      "DELETE FROM transfer WHERE code = 'TRANSFER' AND amount = 5",
      /tax is 0\.000005, put aside nothing/,
    ],
    ['a price', 'call_is_final', 'UPDATE call SET amount = 7 WHERE seq = 3', /priced at 0\.000007, debited/],
    [
      'a body of the journal',
      'up_is_final',
      "UPDATE up_log SET body = CAST(replace(body, 'London', 'Berlin') AS BLOB) WHERE seq = 5",
      /row 5 of the up log was changed/,
    ],
    [
      'a number beside the journal',
      'up_is_final',
      "UPDATE up_personal SET value = '+449' WHERE seq = 6",
      /row 6 of the up log was changed/,
    ],
    ['a head', 'up_is_final', "UPDATE log_head SET seq = 22 WHERE log = 'up'", /the up log ends at 21, its head says 22/],
  ] as const)('finds %s that was changed by hand', ([, trigger, sql, expected]) => {
    if (trigger === 'balance') store.database.exec(sql);
    else tamper(trigger, sql);
    expect(findings().join('\n')).toMatch(expected);
  });

  test('finds a row of the journal that is gone', () => {
    store.database.pragma('foreign_keys = OFF');
    tamper('up_stays', 'DELETE FROM up_log WHERE seq = 8');
    expect(findings().join('\n')).toMatch(/no row between 7 and 9/);
  });

  test('lets a personal field be erased: the chain still holds', () => {
    store.database.exec('DELETE FROM up_personal WHERE seq = 6');
    expect(findings()).toEqual([]);
  });
});
