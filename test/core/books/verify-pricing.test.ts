// What prices and corrects calls, changed by a hand in the file: both sides say so.
import BetterSqlite from 'better-sqlite3';
import {beforeEach, afterEach, describe, expect, test} from 'vitest';
import {verifyBooks} from '../../../cloud/books/verify.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import {instant} from '../../../shared/time/instant.ts';
import {HALL_TARIFF} from '../../simulator/cloud/site.ts';
import type {Box} from './box.ts';
import {HALL, NOON} from './ground.ts';
import {DAY, LONDON_CALL, openPricedSite, type PricedSite} from './priced-site.ts';

/** Ann has a minute free a month; her call was moved to Ben; a call waits and staff asked for it; a dearer tariff was published. */
let site: PricedSite;
let box: Box;
beforeEach(async () => {
  site = await openPricedSite();
  box = site.box();
  const terms = {name: 'Free', unit: 'seconds' as const, amount: 60, period: 'month' as const, from: NOON - DAY};
  await site.say({kind: 'allowance', id: 'a', body: {allowance: 'a', account: 'ann', ...terms, destinations: ['London']}});
  await site.act(async ({db}) => {
    const {from, ...rest} = terms;
    const row = {site: HALL, id: 'a', account: 'ann', ...rest, destinations: '["London"]', from_at: from, to_at: null};
    await db.insertInto('allowance').values(row).execute();
  });
  await site.down(box);
  box.record(LONDON_CALL, {...LONDON_CALL, sourceKey: 'nowhere', dialled: '9008821612345678'});
  await site.up(box);
  await site.correct({
    cause: 'move',
    site: HALL,
    extension: '101',
    from: instant(NOON - DAY),
    to: instant(NOON + DAY),
    paidBy: 'ann',
    payer: 'ben',
  });
  const waiting = site.cloud.store.reading.selectFrom('call').select(['id', 'up_seq']).where('state', '=', 'unbillable');
  const {id, up_seq: seq} = await waiting.executeTakeFirstOrThrow();
  const asked = {act: 'bill', amount: 300_000, by: 'dora', reason: 'the carrier says so'} as const;
  const downSeq = await site.say({kind: 'resolution', id, body: {call: id, tax: 50_000, ...asked}});
  await site.act(async ({db}) => {
    const row = {site: HALL, call_seq: seq, down_seq: downSeq, ...asked, asked_at: NOON};
    await db
      .insertInto('resolution_request')
      .values({...row, outcome: null, detail: null, answered_at: null})
      .execute();
  });
  await site.publish({rates: HALL_TARIFF.rates.map((rate) => ({...rate, perMinute: '0.50'}))});
  await site.down(box);
  await site.up(box);
});
afterEach(() => site.close().catch(() => undefined));

/** Changes what triggers forbid to change. */
function tamper(path: string, sql: string): void {
  const hand = new BetterSqlite(path);
  hand.pragma('foreign_keys = OFF');
  const triggers = hand
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'")
    .pluck()
    .all();
  for (const trigger of triggers) hand.exec(`DROP TRIGGER ${trigger}`);
  hand.exec(sql);
  hand.close();
}
const ofBooks = async (): Promise<string> => (await verifyBooks(site.cloud.store.reading)).findings.join('\n');
const ofBox = (): string => verifyLedger(box.database).findings.join('\n');

test('nothing is found where nothing was changed', async () => {
  expect(await ofBooks()).toBe('');
  expect(ofBox()).toBe('');
});

describe('the books find', () => {
  // A hand that knows how they are verified changes all that must agree.
  const HIDDEN = `UPDATE transfer SET amount = amount + 5 WHERE code = 'CALL_ADJ' AND debit = 'ben';
    UPDATE balance SET debit = debit + 5 WHERE account = 'ben'; UPDATE balance SET credit = credit + 5 WHERE account = 'revenue';
    UPDATE call_adjustment SET amount = amount + 5 WHERE account = 'ben';`;
  test.for([
    ['the terms of an allowance', 'UPDATE allowance SET amount = 6000', /allowance a of hall is not what was told/],
    ['the unit of an allowance', "UPDATE allowance SET unit = 'micros'", /allowance a of hall is not what was told/],
    ['a use', 'UPDATE allowance_use SET used = 6', /6 seconds of a by ann .* no row of the box says so/],
    ['a use that is gone', 'DELETE FROM allowance_use', /60 seconds of a by ann .* it is not there/],
    ['the text of a tariff', "UPDATE tariff SET text = replace(text, '0.1', '0.2')", /tariff [0-9a-f]{64}: its text was changed/],
    ['a schedule', 'UPDATE site_schedule SET body = replace(body, \'"from":1\', \'"from":2\')', /the schedule of hall is not the one/],
    [
      'a version of it',
      'UPDATE schedule_version SET body = replace(body, \'"from":1\', \'"from":2\')',
      /version \d+ of the schedule of hall/,
    ],
    ['rules', 'UPDATE site_policy SET body = replace(body, \'"floor":0\', \'"floor":-5\')', /the rules of hall are not those/],
    ['a line of a correction', "UPDATE rerating_line SET due = due + 5 WHERE account = 'ben'", /its lines are not those of its hash/],
    ['a line that is gone', "DELETE FROM rerating_line WHERE account = 'ben'", /its lines are not those of its hash/],
    ['a hash', "UPDATE rerating SET hash = 'x'", /its lines are not those of its hash/],
    ['an approval', 'UPDATE rerating SET decision = NULL, decided_by = NULL, decided_at = NULL', /what was posted is not what it says/],
    ['a difference', "UPDATE call_adjustment SET amount = 5 WHERE account = 'ben'", /it says 0\.000005/],
    ['one whose money was changed with it', HIDDEN, /the differences in the books are not those it says/],
    [
      'one that is gone with its money',
      "DELETE FROM call_adjustment; DELETE FROM transfer WHERE code = 'CALL_ADJ'",
      /differences in the books/,
    ],
    ['one of another call', 'UPDATE call_adjustment SET call_seq = 2', /the differences in the books are not those it says/],
    ['what was asked of the box', 'UPDATE resolution_request SET amount = 1', /is not what row \d+ of the down log says/],
    ['how a call was resolved', 'UPDATE call_resolution SET amount = 1', /resolved at 0\.000001, debited 0\.3/],
  ] as const)('%s', async ([, sql, says]) => {
    tamper(site.cloud.path, sql);
    expect(await ofBooks()).toMatch(says);
  });
});

describe('the box finds', () => {
  const HIDDEN = `UPDATE transfer SET amount = amount + 5 WHERE code = 'CALL_ADJ' AND debit = 'ben';
    UPDATE balance SET debit = debit + 5 WHERE account = 'ben'; UPDATE balance SET credit = credit + 5 WHERE account = 'revenue';`;
  test.for([
    [
      'the terms of an allowance',
      'UPDATE allowance SET body = replace(body, \'"amount":60\', \'"amount":6000\')',
      /allowance a: not as it was told/,
    ],
    ['a use', 'UPDATE allowance_use SET used = 6', /6 of an allowance are used for it, its working says 60/],
    ['a sum of uses', 'UPDATE allowance_bucket SET used = 0', /0 are said to be used, its calls used 60/],
    ['a use that is gone', 'DELETE FROM allowance_use; DELETE FROM allowance_bucket', /names 1 allowances, 0 were used/],
    ['a difference', HIDDEN, /difference [0-9a-f]{64}:2 of a call: told as 0\.1, posted as 0\.100005/],
    [
      'a difference that was never told',
      "UPDATE transfer SET ref = 'x:1' WHERE code = 'CALL_ADJ' AND debit = 'ben'",
      /difference x:1 of a call: told as nothing/,
    ],
    ['the text of a tariff', "UPDATE tariff SET text = replace(text, '0.1', '0.2')", /tariff [0-9a-f]{64}: its text was changed/],
    ['a schedule', 'UPDATE schedule SET body = replace(body, \'"from":1\', \'"from":2\')', /schedule: not as it was told/],
    ['how a call was resolved', 'UPDATE call_resolution SET amount = 1', /resolved at 0\.000001, debited 0\.3/],
  ] as const)('%s', ([, sql, says]) => {
    tamper(box.database.name, sql);
    expect(ofBox()).toMatch(says);
  });
});
