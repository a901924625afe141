// Facts are append-only, whoever writes: the database itself refuses to change, delete or replace one.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

let store: TemporaryStore;
const exec = (sql: string): unknown => store.database.exec(sql);

const LOG_ROW = "(1, 0, 'a', 'call', 1, 0, x'7b7d', x'00', x'00')";
const CALL_COLUMNS =
  'id, seq, state, up_seq, feed, family, first_line, extension, direction, class, payer, started_at, duration, prefix, destination, amount, tax, currency, reason, detail, tariff, working, flags, recorded_at';
const CALL_ROW =
  "('a', 1, 'billed', 1, 'mitel', 'mitel', 1, '101', 'outgoing', 'external', 'amy', 0, 60, '44', 'UK', 100, 10, 'GBP', NULL, NULL, 'x', '{}', '[]', 0)";
const TRANSFER_COLUMNS = 'seq, debit, credit, amount, currency, code, ref, at, log, log_seq';

/** Each kind of fact: a row that is there, and another with its key. */
const facts = {
  transfer: {
    row: `(${TRANSFER_COLUMNS}) VALUES (1, 'amy', 'revenue', 500, 'GBP', 'CALL', 'a', 0, 'up', 1)`,
    again: `(${TRANSFER_COLUMNS}) VALUES (1, 'amy', 'revenue', 1, 'GBP', 'CALL', 'a', 0, 'up', 1)`,
    change: 'amount = 1',
  },
  call: {
    row: `(${CALL_COLUMNS}) VALUES ${CALL_ROW}`,
    again: `(${CALL_COLUMNS}) VALUES ${CALL_ROW.replace('100', '1')}`,
    change: 'amount = 1',
  },
  call_resolution: {
    row: "(call, up_seq, outcome, by, at) VALUES ('b', 2, 'written-off', 'desk', 0)",
    again: "(call, up_seq, outcome, by, at) VALUES ('b', 2, 'written-off', 'schedule', 0)",
    change: 'at = 1',
  },
  up_log: {row: `VALUES ${LOG_ROW}`, again: `VALUES ${LOG_ROW.replace("x'7b7d'", "x'00'")}`, change: "body = x'00'"},
  down_log: {row: `VALUES ${LOG_ROW}`, again: `VALUES ${LOG_ROW.replace("x'7b7d'", "x'00'")}`, change: "body = x'00'"},
} as const;

beforeEach(() => {
  store = temporaryStore();
  exec("INSERT INTO account (id, kind, currency) VALUES ('amy', 'student', 'GBP'), ('revenue', 'house', 'GBP'), ('ana', 'student', 'EUR')");
  exec(`INSERT INTO call (id, seq, state, feed, family, first_line, direction, started_at, duration, reason, flags, recorded_at)
    VALUES ('b', 2, 'unbillable', 'mitel', 'mitel', 1, 'outgoing', 0, 60, 'no-tariff', '[]', 0)`);
  for (const [table, {row}] of Object.entries(facts)) exec(`INSERT INTO ${table} ${row}`);
});
afterEach(() => store.remove());

describe.for(Object.entries(facts))('%s', ([table, {again, change}]) => {
  const content = (): unknown => store.database.prepare(`SELECT * FROM ${table}`).all();

  test.for([
    ['UPDATE', `UPDATE ${table} SET ${change}`],
    ['UPDATE of nothing new', `UPDATE ${table} SET rowid = rowid`],
    ['UPDATE OR REPLACE', `UPDATE OR REPLACE ${table} SET ${change}`],
    ['DELETE', `DELETE FROM ${table}`],
    ['INSERT OR REPLACE', `INSERT OR REPLACE INTO ${table} ${again}`],
    ['REPLACE', `REPLACE INTO ${table} ${again}`],
    ['INSERT that updates on conflict', `INSERT INTO ${table} ${again} ON CONFLICT DO UPDATE SET ${change}`],
    ['a second INSERT', `INSERT INTO ${table} ${again}`],
  ] as const)('refuses %s', ([, sql]) => {
    const before = content();
    expect(() => exec(sql)).toThrow(/append-only|final|UNIQUE/);
    expect(content()).toEqual(before);
  });

  test('would be replaced without recursive triggers: that is why they are asserted', () => {
    store.database.pragma('recursive_triggers = OFF');
    const before = content();
    exec(`INSERT OR REPLACE INTO ${table} ${again}`);
    expect(content()).not.toEqual(before);
  });
});

describe('money', () => {
  const balance = (account: string): unknown => store.database.prepare('SELECT debit, credit FROM balance WHERE account = ?').get(account);
  const transfer = (row: string): unknown => exec(`INSERT INTO transfer (${TRANSFER_COLUMNS}) VALUES ${row}`);

  test('leaves one account and reaches another with the row that says so', () => {
    expect(balance('amy')).toEqual({debit: 500, credit: 0});
    expect(balance('revenue')).toEqual({debit: 0, credit: 500});
    transfer("(2, 'revenue', 'amy', 200, 'GBP', 'REVERSAL', 'a', 0, 'down', 1)");
    expect(balance('amy')).toEqual({debit: 500, credit: 200});
    expect(balance('revenue')).toEqual({debit: 200, credit: 500});
  });

  test.for([
    ['twice for the same', "(2, 'amy', 'revenue', 1, 'GBP', 'CALL', 'a', 0, 'up', 2)", /UNIQUE/],
    ['of nothing', "(2, 'amy', 'revenue', 0, 'GBP', 'CALL', 'b', 0, 'up', 2)", /CHECK/],
    ['backwards', "(2, 'amy', 'revenue', -1, 'GBP', 'CALL', 'b', 0, 'up', 2)", /CHECK/],
    ['of a fraction', "(2, 'amy', 'revenue', 1.5, 'GBP', 'CALL', 'b', 0, 'up', 2)", /INTEGER/],
    ['of more than is exact in JavaScript', "(2, 'amy', 'revenue', 9007199254740992, 'GBP', 'CALL', 'b', 0, 'up', 2)", /CHECK/],
    ['from an account to itself', "(2, 'amy', 'amy', 1, 'GBP', 'CALL', 'b', 0, 'up', 2)", /CHECK/],
    ['to nobody', "(2, 'amy', 'nobody', 1, 'GBP', 'CALL', 'b', 0, 'up', 2)", /FOREIGN KEY/],
    ['in another currency', "(2, 'amy', 'revenue', 1, 'EUR', 'CALL', 'b', 0, 'up', 2)", /FOREIGN KEY/],
    ['between two currencies', "(2, 'amy', 'ana', 1, 'GBP', 'CALL', 'b', 0, 'up', 2)", /FOREIGN KEY/],
  ] as const)('does not move %s', ([, row, why]) => {
    expect(() => transfer(row)).toThrow(why);
    expect(balance('amy')).toEqual({debit: 500, credit: 0});
    expect(balance('revenue')).toEqual({debit: 0, credit: 500});
  });
});

test('personal fields can be erased beside a row that stays', () => {
  exec("INSERT INTO up_personal (seq, name, salt, value) VALUES (1, 'number', x'00', '02079460123')");
  exec('DELETE FROM up_personal');
  expect(store.database.prepare('SELECT count(*) FROM up_log').pluck().get()).toBe(1);
});
