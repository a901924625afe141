// Running calls from the live list to the limit, and what their cost does to lines, warnings and top-ups meanwhile.
import {afterEach, describe, expect, test} from 'vitest';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import {SOME_ROW} from '../../rig/flow.ts';
import {openRunning, type RunningBench} from './running-bench.ts';

const PENNY = 10_000;
const SECOND = 1_000;
/** 10p for each minute that has begun. */
const LONDON = '902079460123';
/** No prefix of the hall's tariff matches it. */
const NOWHERE = '9008821612345678';
const ANN = 'ann' as AccountId;

let bench: RunningBench | undefined;
afterEach(async () => {
  await bench?.stop();
  bench = undefined;
});

/** Line 101 is Ann's, who has so many pence. */
function hall(pence: number, policy: Partial<Policy> = {}): RunningBench {
  bench = openRunning(policy);
  bench.line('101', 'ann');
  if (pence !== 0) bench.pay('ann', pence * PENNY);
  return bench;
}

describe('a call to an unknown destination', () => {
  test('ends ten minutes after its answer', async () => {
    const {time, told, board} = hall(10_000);
    await time.pass(5 * SECOND);
    const id = board.answered('101', NOWHERE);
    await time.pass(2 * SECOND);
    expect(board.endsBy(id)).toBe(605);
    await time.pass(596 * SECOND);
    expect(board.calls()).toHaveLength(1);
    await time.pass(3 * SECOND);
    expect(board.calls()).toEqual([]);
    expect(told).toHaveLength(1);
  });

  test('ends at once if it has lasted for longer when the box first hears of it', async () => {
    const {time, told, board} = hall(10_000);
    const id = board.answered('101', NOWHERE, 700 * SECOND);
    await time.pass(2 * SECOND);
    expect(told).toEqual([`${id} 1`]);
    expect(board.calls()).toEqual([]);
  });

  test('is told again where the switchboard took the word and did not end it', async () => {
    const {time, told, board} = hall(10_000);
    const id = board.answered('101', NOWHERE, 700 * SECOND);
    board.isDeaf = true;
    await time.pass(3 * SECOND);
    // Not each second anew: that would put it off for ever.
    expect(told).toEqual([`${id} 1`]);
    await time.pass(5 * SECOND);
    expect(told).toEqual([`${id} 1`, `${id} 1`]);
  });

  test('goes on by the money when a tariff is found for it meanwhile', async () => {
    const {time, told, board, addDestinations} = hall(10_000);
    const id = board.answered('101', NOWHERE);
    await time.pass(2 * SECOND);
    expect(board.endsBy(id)).toBe(600);
    addDestinations([{name: 'Satellite', rate: 'mobile', prefixes: ['8821']}]);
    await time.pass(2 * SECOND);
    // £100 at 30p a minute: 333 minutes.
    expect(told).toHaveLength(2);
    expect(board.endsBy(id)).toBe(333 * 60);
  });

  test.for([
    ['staff', 'staff'],
    ['a lift', 'lift'],
    ['an emergency telephone', 'emergency'],
  ] as const)('is left to %s', async ([, kind]) => {
    const {time, told, board, line} = hall(10000);
    line('900', 'ann', kind);
    board.answered('900', NOWHERE, 700 * SECOND);
    await time.pass(5 * SECOND);
    expect(told).toEqual([]);
  });

  test('is left alone where the site does not lock, on a fenced box, and on lines that are not the site’s', async () => {
    const open = hall(10000, {mode: 'bill'});
    open.board.answered('101', NOWHERE, 700 * SECOND);
    open.board.answered('555', NOWHERE, 700 * SECOND);
    await open.time.pass(5 * SECOND);
    open.policy({mode: 'bill-and-lock'});
    open.mayWrite = false;
    await open.time.pass(5 * SECOND);
    expect(open.told).toEqual([]);
    open.mayWrite = true;
    await open.time.pass(SECOND);
    expect(open.told).toEqual(['c1 1']);
  });
});

test.for(['999', '9999', '112', '11200000000', '90800111'])(
  'a call to %s is never given an end, whatever the account owes',
  async (number) => {
    const {time, told, board} = hall(-500);
    board.answered('101', number);
    await time.pass(3_600 * SECOND);
    expect(told).toEqual([]);
    expect(board.calls()).toHaveLength(1);
  },
);

describe('a call that is paid for', () => {
  test('ends with the last minute that the money pays for, and its record takes the account to its floor and not below', async () => {
    const {time, board, balance, state, print, database} = hall(35);
    const id = board.answered('101', LONDON);
    // 35p pay for three minutes.
    await time.pass(SECOND);
    expect(board.endsBy(id)).toBe(180);
    await time.pass(179 * SECOND);
    expect(board.calls()).toEqual([]);
    print('101', '02079460123', 180);
    expect(balance('ann')).toBe(5 * PENNY);
    await time.pass(2 * SECOND);
    expect(state('101')).toEqual({wanted: 'open', reasons: []});
    expect(verifyLedger(database).findings).toEqual([]);
  });

  test.for([0, 0.3, 0.9])('ends within a second of that where the switchboard tells whole seconds (%s s after a look)', async (late) => {
    const {time, board} = hall(35);
    board.tellsWhole = true;
    await time.pass((7 + late) * SECOND);
    const id = board.answered('101', LONDON);
    await time.pass(10 * SECOND);
    // Answered at 7 + late; 35p pay for 180 s.
    expect(Math.abs(board.endOf(id) - (187 + late))).toBeLessThanOrEqual(1);
  });

  test('goes on when money comes, and for as long as that pays', async () => {
    const {time, told, board, pay} = hall(30);
    const id = board.answered('101', LONDON);
    await time.pass(100 * SECOND);
    expect(board.endsBy(id)).toBe(180);
    pay('ann', 20 * PENNY);
    await time.pass(2 * SECOND);
    expect(board.endsBy(id)).toBe(300);
    expect(told).toHaveLength(2);
  });

  test('ends earlier when another call of the account begins, and later again when that has ended', async () => {
    const {time, board, line} = hall(100);
    line('102', 'ann');
    const first = board.answered('101', LONDON);
    await time.pass(SECOND);
    expect(board.endsBy(first)).toBe(600);
    // A mobile costs 30p a minute. From the answers on 40p; 50p when the first is in its second minute, 80p when the second is;
    // at 120 s 90p, and at 121 s it would be 120p.
    const second = board.answered('102', '907700900123');
    await time.pass(2 * SECOND);
    for (const id of [first, second]) expect(board.endsBy(id)).toBe(121);
    board.hangUp(second);
    await time.pass(2 * SECOND);
    // 30p are spent: 70p pay for seven minutes of the first.
    expect(board.endsBy(first)).toBe(420);
  });

  test('is told once where nothing changes, and again where the switchboard did not take it', async () => {
    const {time, told, board} = hall(35);
    board.answer = {kind: 'failed', code: 'timeout', detail: 'no answer'};
    board.answered('101', LONDON);
    await time.pass(3 * SECOND);
    expect(told.length).toBeGreaterThan(1);
    board.answer = {kind: 'sent'};
    await time.pass(5 * SECOND);
    const taken = told.length;
    await time.pass(60 * SECOND);
    expect(told).toHaveLength(taken);
  });

  test('goes on while staff have unlocked its line, and no longer', async () => {
    const {time, board, flow, database} = hall(35);
    inTransaction(database, () => {
      const body = {extension: '101', act: 'unlock' as const, reason: 'cash', by: 'desk', expires: time.clock.now() + 600 * SECOND};
      flow.credit.review([flow.credit.takeOverride(body)]);
    });
    const id = board.answered('101', LONDON);
    await time.pass(2 * SECOND);
    expect(board.endsBy(id)).toBe(600);
  });

  test('that the switchboard does not end is told to staff, and when that is over', async () => {
    const {time, told, board, incidents} = hall(35);
    board.answer = {kind: 'failed', code: 'refused', detail: 'Permission denied'};
    board.answered('101', LONDON);
    await time.pass(120 * SECOND);
    expect(incidents).toEqual([
      'switchboard.call-not-ended calls: a call of line 101 runs on though it should end (refused: Permission denied)',
    ]);
    // After 1, 2, 4, 8, 16 and then each 30 s, and not each second.
    expect(told.length).toBeLessThan(10);
    board.answer = {kind: 'sent'};
    await time.pass(31 * SECOND);
    expect(incidents).toHaveLength(2);
    expect(incidents[1]).toBe('ended switchboard.call-not-ended');
  });

  test('lasts longer for what is free of it, and ends earlier once another call has used that up', async () => {
    const {time, board, flow, database, print} = hall(35);
    inTransaction(database, () => {
      const free = {allowance: 'a', name: 'A minute', unit: 'seconds' as const, amount: 60, period: 'once' as const, destinations: []};
      flow.readers.allowance({...free, from: 0}, SOME_ROW);
    });
    flow.book.changed();
    const id = board.answered('101', LONDON);
    await time.pass(2 * SECOND);
    // One minute is free, and 35p pay for three.
    expect(board.endsBy(id)).toBe(240);
    // The record of an older call: its only minute was the free one.
    print('101', '02079460999', 60);
    await time.pass(2 * SECOND);
    expect(board.endsBy(id)).toBe(180);
  });

  test('goes on behind the brake, and where the site only bills', async () => {
    const {time, told, board, database, policy} = hall(35, {mode: 'bill'});
    board.answered('101', LONDON);
    await time.pass(2 * SECOND);
    expect(told).toEqual([]);
    database.prepare('UPDATE brake SET held_since = 1').run();
    policy({mode: 'bill-and-lock'});
    await time.pass(2 * SECOND);
    expect(told).toEqual([]);
  });
});

describe('what a running call has cost', () => {
  test('warns of a balance that runs low while the call goes on, once', async () => {
    const {time, board, journal} = hall(115);
    board.answered('101', LONDON);
    await time.pass(59 * SECOND);
    // £1.05 after the first minute; the hall warns below £1.
    expect(journal('warning')).toEqual([]);
    await time.pass(3 * SECOND);
    expect(journal('warning')).toMatchObject([{account: 'ann', balance: 95 * PENNY}]);
    await time.pass(180 * SECOND);
    expect(journal('warning')).toHaveLength(1);
  });

  test('brings an automatic top-up while the call goes on', async () => {
    const {time, board, journal, flow, database} = hall(205);
    const body = {
      account: 'ann',
      currency: 'GBP',
      language: 'en',
      closed: false,
      automaticTopUp: {threshold: 200 * PENNY, target: 1000 * PENNY},
    };
    inTransaction(database, () => flow.readers.account(body, SOME_ROW));
    await time.pass(SECOND);
    expect(journal('top-up-request')).toEqual([]);
    board.answered('101', LONDON);
    await time.pass(SECOND);
    // £2.05 less the first minute: £1.95, and £8.05 bring it to £10.
    expect(journal('top-up-request')).toMatchObject([{account: 'ann', amount: 805 * PENNY, available: 195 * PENNY, running: 10 * PENNY}]);
  });

  test('locks the line when the last of the money is used up, with the call in its last minute', async () => {
    const {time, board, state} = hall(20);
    board.answered('101', LONDON);
    await time.pass(60 * SECOND);
    expect(state('101')).toMatchObject({wanted: 'open'});
    await time.pass(2 * SECOND);
    expect(state('101')).toEqual({wanted: 'locked', reasons: ['floor']});
    expect(board.calls()).toHaveLength(1);
  });

  test('is not counted beside its debit: a line with money enough stays open', async () => {
    const {time, board, running, balance, state, print, settled} = hall(50);
    const id = board.answered('101', LONDON);
    await time.pass(150 * SECOND);
    expect(running.costOf(ANN)).toBe(30 * PENNY);
    board.hangUp(id);
    print('101', '02079460123', 150);
    expect(balance('ann')).toBe(20 * PENNY);
    expect(running.costOf(ANN)).toBe(0);
    expect(state('101')).toEqual({wanted: 'open', reasons: []});
    await time.pass(5 * SECOND);
    expect(settled.flatMap(({decided}) => decided)).toEqual([]);
  });

  test('stays counted for a minute after the call is gone without a record', async () => {
    const {time, board, running} = hall(50);
    const id = board.answered('101', LONDON);
    await time.pass(70 * SECOND);
    board.hangUp(id);
    await time.pass(59 * SECOND);
    expect(running.costOf(ANN)).toBe(20 * PENNY);
    await time.pass(3 * SECOND);
    expect(running.costOf(ANN)).toBe(0);
  });

  test('of a call that locked its line opens it again if no record comes', async () => {
    const {time, board, state} = hall(20);
    const id = board.answered('101', LONDON);
    await time.pass(62 * SECOND);
    board.hangUp(id);
    await time.pass(30 * SECOND);
    expect(state('101')).toMatchObject({wanted: 'locked'});
    await time.pass(35 * SECOND);
    expect(state('101')).toMatchObject({wanted: 'open'});
  });

  test.for([0, 30])('does not begin, nor again, with an answer that the record of the call overtook, %s s after it', async (seconds) => {
    const {time, board, running, print} = hall(500);
    const id = seconds > 0 ? board.answered('101', LONDON) : '';
    await time.pass(seconds * SECOND);
    board.onTheWay = () => {
      board.onTheWay = undefined;
      board.hangUp(board.calls()[0]?.id ?? id);
      print('101', '02079460123', seconds + 1);
    };
    if (seconds === 0) board.answered('101', LONDON);
    await time.pass(3 * SECOND);
    expect(running.costOf(ANN)).toBe(0);
  });

  test('comes back where another record was taken for its own', async () => {
    const {time, board, running, print} = hall(500);
    board.answered('101', LONDON);
    await time.pass(30 * SECOND);
    // An older call of the line to the same number, and just as long.
    print('101', '02079460123', 30);
    expect(running.costOf(ANN)).toBe(0);
    await time.pass(2 * SECOND);
    expect(running.costOf(ANN)).toBe(10 * PENNY);
  });
});

describe('while the switchboard is not heard', () => {
  test('nothing grows, nothing is told and nothing is known; then the live calls are read again', async () => {
    const {time, told, board, running} = hall(500);
    const id = board.answered('101', LONDON);
    await time.pass(30 * SECOND);
    expect(running.status()).toEqual({kind: 'known', lines: 1, limited: 1});
    const before = told.length;
    board.link('down');
    await time.pass(300 * SECOND);
    expect(running.status()).toEqual({kind: 'unknown'});
    expect(running.costOf(ANN)).toBe(10 * PENNY);
    expect(told).toHaveLength(before);
    board.link('up');
    await time.pass(SECOND);
    expect(running.status()).toMatchObject({kind: 'known', lines: 1});
    expect(running.costOf(ANN)).toBe(60 * PENNY);
    // It ended meanwhile.
    board.hangUp(id);
    await time.pass(SECOND);
    expect(running.status()).toEqual({kind: 'known', lines: 0, limited: 0});
  });

  test('the same if it is connected and does not say which calls run', async () => {
    const {time, board, running} = hall(500);
    board.answered('101', LONDON);
    await time.pass(30 * SECOND);
    board.isSilent = true;
    await time.pass(120 * SECOND);
    expect(running.status()).toEqual({kind: 'unknown'});
    expect(running.costOf(ANN)).toBe(10 * PENNY);
  });

  test('a new box knows nothing until it has read them', () => {
    const {running} = hall(500);
    expect(running.status()).toEqual({kind: 'unknown'});
    expect(running.costOf(ANN)).toBe(0);
  });
});

test('calls that nobody has answered yet, and incoming ones, cost nothing and have no end', async () => {
  const {time, told, board, running} = hall(5);
  board.answered('101', undefined);
  await time.pass(5 * SECOND);
  expect(running.status()).toEqual({kind: 'known', lines: 1, limited: 0});
  expect(told).toEqual([]);
});
