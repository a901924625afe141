// The books say of themselves what does not add up: whatever a hand in the file may have changed.
import BetterSqlite from 'better-sqlite3';
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {verifyBooks} from '../../../cloud/books/verify.ts';
import {createAudit} from '../../../cloud/people/audit.ts';
import {fileFindings, isCloudDatabase} from '../../../cloud/store/check.ts';
import {command} from '../../../provisioning/verify-command.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {pricedCall, unbillableCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';
import {HALL, NOON, openCloud, POUND, rowsOfBox, type Cloud} from './ground.ts';

let cloud: Cloud;
let box: TemporaryStore;
beforeEach(async () => {
  cloud = await openCloud();
  await cloud.site('lodge');
  box = temporaryStore();
  const ledger = createLedger(box.database, createJournal(box.database, randomBytes));
  const calls = Array.from({length: 20}, (_, index) => pricedCall(`key-${index}`, `student-${index % 3}`, 1_000 * (index + 1), index));
  inTransaction(box.database, () => ledger.record([...calls, unbillableCall('u')], 'bill', NOON));
  for (const site of [HALL, 'lodge']) await cloud.take(rowsOfBox(box.database), site);
  const audit = createAudit(() => NOON);
  for (let index = 0; index < 5; index++) {
    await cloud.store.transact(async (tx) => {
      const payment = {debit: 'cash', credit: 'student-1', amount: POUND, code: 'TOPUP', ref: `p${index}`, at: NOON} as const;
      await cloud.books.move(tx, {site: HALL, ...payment} as never);
      await audit(tx, {by: 'dora', act: 'cash', site: HALL, subject: 'student-1'});
    });
  }
});
afterEach(async () => {
  box.remove();
  await cloud.remove();
});

/** Changes what triggers forbid to change, as a hand in the file would. */
function tamper(sql: string): void {
  const hand = new BetterSqlite(cloud.path);
  hand.pragma('foreign_keys = OFF');
  hand.exec(sql);
  hand.close();
}
const findings = async (last?: number): Promise<string> =>
  (await verifyBooks(cloud.store.reading, last === undefined ? {} : {last})).findings.join('\n');

test('finds nothing in books that add up, and says what it looked at', async () => {
  // Of 20 calls 19 have tax: two transfers each, at two sites; and five payments.
  expect(await verifyBooks(cloud.store.reading)).toEqual({
    checked: {sites: 2, transfers: 2 * 39 + 5, calls: 2 * 21, up: 2 * 21, down: 5, acts: 5},
    findings: [],
  });
  expect(await findings(3)).toBe('');
  expect(await fileFindings(cloud.store.reading)).toEqual([]);
});

describe('finds', () => {
  const final = (table: string): string => `DROP TRIGGER ${table}_is_final;`;
  const stays = (table: string): string => `DROP TRIGGER ${table}_stays;`;
  test.for([
    [
      'a balance',
      "UPDATE balance SET credit = credit + 1 WHERE site = 'hall' AND account = 'student-1'",
      /account student-1 of hall: the balance/,
    ],
    ['an amount', `${final('transfer')} UPDATE transfer SET amount = amount + 1 WHERE seq = 1`, /priced at 0\.001, debited 0\.001001/],
    ['a payer', `${final('transfer')} UPDATE transfer SET debit = 'student-2' WHERE seq = 1`, /priced at 0\.001, debited 0\.001$/m],
    ['a debit that is gone', `${stays('transfer')} DELETE FROM transfer WHERE seq = 1`, /of hall: priced at 0\.001, debited nothing/],
    [
      'a tax that is gone',
      `${stays('transfer')} DELETE FROM transfer WHERE code = 'TRANSFER' AND amount = 5 AND site = 'hall'`,
      /its tax is 0\.000005, put aside nothing/,
    ],
    ['a price', `${final('call')} UPDATE call SET amount = 7 WHERE site = 'hall' AND up_seq = 3`, /priced at 0\.000007, debited 0\.003/],
    [
      'a call that is gone',
      `${stays('call')} DELETE FROM call WHERE site = 'lodge' AND up_seq = 3`,
      /of lodge: 0\.003 debited for a call that is not billed/,
    ],
    [
      'a call under another row',
      `${final('call')} UPDATE call SET id = 'x' WHERE site = 'hall' AND up_seq = 21`,
      /call x of hall: row 21 of the up log is not its own/,
    ],
    [
      'a body',
      `${final('up')} UPDATE up_log SET body = CAST(replace(body, 'London', 'Berlin') AS BLOB) WHERE site = 'lodge' AND seq = 5`,
      /row 5 of the up log of lodge was changed/,
    ],
    [
      'a number',
      "UPDATE up_personal SET value = '+449' WHERE site = 'hall' AND seq = 6 AND name = 'number'",
      /row 6 of the up log of hall was changed/,
    ],
    [
      'a row that is gone',
      `${stays('up')} DELETE FROM up_log WHERE site = 'hall' AND seq = 8`,
      /the up log of hall has no row between 7 and 9/,
    ],
    [
      'rows that are gone at the end',
      `${stays('down')} DELETE FROM down_log WHERE seq = 5`,
      /the down log of hall ends at 4, its head says 5/,
    ],
    ['a head', "UPDATE site_head SET seq = 22 WHERE site = 'hall' AND log = 'up'", /the up log of hall ends at 21, its head says 22/],
    [
      'a head’s chain',
      "UPDATE site_head SET chain = zeroblob(32) WHERE site = 'hall' AND log = 'down'",
      /the head of the down log of hall does not match/,
    ],
    [
      'money that nobody told the box',
      `${final('transfer')} UPDATE transfer SET ref = 'p9' WHERE ref = 'p2'`,
      /transfer TOPUP p9 of hall: no row of the down log says so/,
    ],
    [
      'a row whose money is gone',
      `${stays('transfer')} DELETE FROM transfer WHERE ref = 'p2'`,
      /row 3 of the down log of hall: its money is not in the ledger/,
    ],
    ['an act', `${final('audit')} UPDATE audit SET by = 'eve' WHERE seq = 2`, /act 2 \(cash\) was changed/],
    ['an act that is gone', `${stays('audit')} DELETE FROM audit WHERE seq = 2`, /act 3 \(cash\) was changed, or one before it is gone/],
  ] as const)('%s that was changed by hand', async ([, sql, expected]) => {
    tamper(sql);
    expect(await findings()).toMatch(expected);
  });

  test('at a start, what was changed among the last rows, and any balance', async () => {
    tamper(`${final('up')} UPDATE up_log SET epoch = 9 WHERE site = 'hall' AND seq IN (5, 20)`);
    expect(await findings(3)).toBe('row 20 of the up log of hall was changed: its hashes do not hold');
    tamper("UPDATE balance SET debit = debit + 1 WHERE site = 'lodge' AND account = 'vat'");
    expect(await findings(0)).toMatch(/^account vat of lodge/);
  });

  test('what refers to nothing', async () => {
    tamper(`${stays('up')} DELETE FROM up_log WHERE site = 'hall' AND seq = 8`);
    expect((await fileFindings(cloud.store.reading)).join()).toMatch(/a row of call refers to one of up_log that is not there/);
  });

  test('nothing wrong where numbers were erased: the chain still holds', async () => {
    tamper('DELETE FROM up_personal WHERE seq < 9');
    expect(await findings()).toBe('');
  });
});

describe('spbs verify', () => {
  const run = async (...args: readonly string[]) => {
    let out = '';
    const terminal = {out: (text: string) => void (out += text), err: (text: string) => void (out += text)};
    const code = await command.run(args, terminal as never);
    return {code, out};
  };

  test('knows a cloud’s database from a box’s, and checks either', async () => {
    expect([isCloudDatabase(cloud.path), isCloudDatabase(box.path), isCloudDatabase('/nowhere/cloud.db')]).toEqual([true, false, false]);
    expect(await run(cloud.path)).toEqual({
      code: 0,
      out: 'all adds up: 42 calls, 83 transfers, 42 rows up, 5 rows down, 5 acts of staff, 2 sites\n',
    });
    expect(await run(box.path)).toEqual({code: 0, out: 'all adds up: 21 calls, 39 transfers, 21 rows up, 0 rows down\n'});
  });

  test('ends with 1 and says what does not add up', async () => {
    tamper("UPDATE balance SET credit = credit + 1 WHERE site = 'hall' AND account = 'cash'");
    const {code, out} = await run('--json', cloud.path);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      findings: ['account cash of hall: the balance says -4.999999, its transfers sum to -5'],
    });
  });
});
