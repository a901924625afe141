// The box ends by `kill -9` at points that are named by what it was doing. What was not committed has left nothing, what was is
// whole; and after the next start nothing is lost and nothing is there twice, on the box and on the switchboard.
// A record that the box has not read when it ends is gone from the wire: the switchboard sends its last ones again.
import {truncateSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import type {Database} from '../../edge/store/open.ts';
import {must} from '../../shared/assert/assert.ts';
import {size} from '../tiers.ts';
import {accountOf, auditAlways} from './audit.ts';
import {Hall, POUND} from './hall.ts';
import {endingAt, LAST_WORDS} from './sudden-death.ts';

/** One call, and nothing is left: the line is locked in the transaction that debits it. */
const CALL_SECONDS = 30;
const OPENING = 0.3 * POUND;
/** Longer than the wait between two looks at the inbox, at a folder, at the clock. */
const REACHED_MS = 10_000;

type Act =
  | 'call'
  | 'call that is printed into the file'
  | 'first call in a new file'
  | 'first call in a file begun again'
  | 'credit'
  | 'credit of a locked line';

type Point = {
  readonly during: Act;
  /** LINE, NUMBER and ACCOUNT stand for those that have this point for themselves. */
  readonly at: string;
  /** Is it on disk when the box ends there? */
  readonly durable: boolean;
  /** Each start takes its second: the quick form tries these. */
  readonly quick?: true;
};

const CALL = 'after INSERT INTO call … LINE, outgoing';
const LOCK = 'after write LOCK LINE';
const UNLOCK = 'after write UNLOCK LINE';
const DOWN = 'after INSERT INTO transfer … ACCOUNT';
const PLACE = 'after INSERT INTO feed_file';

const POINTS: readonly Point[] = [
  {during: 'call', at: 'before INSERT INTO spool … NUMBER', durable: false},
  {during: 'call', at: 'after INSERT INTO spool … NUMBER', durable: false},
  {during: 'call', at: CALL, durable: false},
  {during: 'call', at: `${CALL}, then before INSERT INTO transfer`, durable: false},
  // Between the debit and its tax.
  {during: 'call', at: `${CALL}, then after INSERT INTO transfer`, durable: false, quick: true},
  {during: 'call', at: `${CALL}, then after INSERT INTO transfer #2`, durable: false},
  {during: 'call', at: `${CALL}, then after INSERT INTO up_log`, durable: false},
  {during: 'call', at: `${CALL}, then after INSERT INTO up_personal`, durable: false},
  {during: 'call', at: `${CALL}, then after UPDATE log_head`, durable: false},
  {during: 'call', at: `${CALL}, then after UPDATE line_state`, durable: false},
  {during: 'call', at: `${CALL}, then after UPDATE feed SET finished_line`, durable: false},
  {during: 'call', at: `${CALL}, then before COMMIT`, durable: false, quick: true},
  {during: 'call', at: `${CALL}, then after COMMIT`, durable: true, quick: true},
  {during: 'call', at: 'before write LOCK LINE', durable: true},
  {during: 'call', at: LOCK, durable: true},
  {during: 'call', at: `${LOCK}, then before UPDATE line_state SET confirmed_decision`, durable: true, quick: true},
  {during: 'call', at: `${LOCK}, then after UPDATE line_state SET confirmed_decision`, durable: true},
  {during: 'call', at: `${LOCK}, then after UPDATE line_state SET confirmed_decision, then after COMMIT`, durable: true},
  {during: 'credit of a locked line', at: 'before write UNLOCK LINE', durable: true},
  {during: 'credit of a locked line', at: UNLOCK, durable: true, quick: true},
  {during: 'credit of a locked line', at: `${UNLOCK}, then before UPDATE line_state SET confirmed_decision`, durable: true},
  // The second of three rows.
  {during: 'credit', at: `${DOWN} #2`, durable: false, quick: true},
  {during: 'credit', at: `${DOWN} #3, then after UPDATE log_head`, durable: false},
  {during: 'credit', at: `${DOWN} #3, then before COMMIT`, durable: false},
  {during: 'credit', at: `${DOWN} #3, then after COMMIT`, durable: true, quick: true},
  {during: 'credit', at: `${DOWN} #3, then before rename … ack.json`, durable: true},
  {during: 'credit', at: `${DOWN} #3, then after rename … ack.json`, durable: true, quick: true},
  {during: 'credit', at: `${DOWN} #3, then after remove … .batch`, durable: true},
  {during: 'call that is printed into the file', at: `${PLACE}, then before INSERT INTO spool … NUMBER`, durable: false, quick: true},
  {during: 'call that is printed into the file', at: `${PLACE}, then ${CALL}, then before COMMIT`, durable: false},
  {during: 'call that is printed into the file', at: `${PLACE}, then ${CALL}, then after COMMIT`, durable: true, quick: true},
  {during: 'first call in a new file', at: 'after UPDATE feed SET session … ← cdr', durable: false},
  {during: 'first call in a new file', at: PLACE, durable: false},
  {during: 'first call in a file begun again', at: 'after DELETE FROM feed_file', durable: false},
  {during: 'first call in a file begun again', at: `after DELETE FROM feed_file, then ${PLACE}`, durable: false, quick: true},
];

const ASKED = POINTS.flatMap(({during, at, quick = false}, index) =>
  size() !== 'quick' || quick ? [[`during a ${during}, ${at},`, index] as const] : [],
);

describe('a box that is killed', () => {
  let hall: Hall;
  let armed: string | undefined;

  const line = (index: number): string => hall.extensions[index] ?? '';
  const number = (index: number): string => `90770090${line(index)}`;
  const wordsOf = (index: number): string | undefined =>
    POINTS[index]?.at
      .replaceAll('LINE', line(index))
      .replaceAll('NUMBER', number(index))
      .replaceAll('ACCOUNT', accountOf(line(index)));

  /** Starts, and comes to rest. */
  const startArmed = async (index: number): Promise<void> => {
    const words = wordsOf(index);
    if (words !== undefined && words === POINTS[index]?.at) {
      // It has no mark of its own: what is left from the point before must not reach it.
      expect(await hall.start()).toBe(true);
      expect(await hall.findingsAtRest()).toEqual([]);
      await hall.kill('SIGTERM');
    }
    armed = words;
    expect(await hall.start(armed === undefined ? {} : endingAt(armed))).toBe(true);
    expect(await hall.findingsAtRest()).toEqual([]);
  };

  const act = async (during: Act, index: number): Promise<void> => {
    const call = `CALL ${line(index)} ${number(index)} ${CALL_SECONDS}`;
    const account = accountOf(line(index));
    switch (during) {
      case 'call':
        expect(await hall.board.control.ask(call)).toBe('made');
        return;
      case 'first call in a file begun again':
        truncateSync(join(hall.folder, 'records', 'Master.csv'));
        await hall.second.control.ask(call);
        return;
      case 'first call in a new file':
        hall.rotate();
        await hall.second.control.ask(call);
        return;
      case 'call that is printed into the file':
        await hall.second.control.ask(call);
        return;
      case 'credit of a locked line':
        await hall.board.control.ask(call);
        expect(await hall.findingsAtRest()).toEqual([]);
        expect(await hall.board.control.ask(`STATE ${line(index)}`)).toMatch(/^barred/);
        hall.credit([{account, amount: POUND}]);
        return;
      case 'credit':
        hall.credit([1, 2, 3].map((pounds) => ({account, amount: pounds * POUND})));
        return;
    }
  };

  /** Everything about the line that only its point's act can have left. */
  const traces = (database: Database, index: number): readonly number[] => {
    const count = (sql: string, word: string): number => Number(database.prepare(sql).pluck().get(word));
    const account = accountOf(line(index));
    return [
      count('SELECT count(*) FROM spool WHERE instr(bytes, CAST(? AS BLOB)) > 0', number(index)),
      count('SELECT count(*) FROM call WHERE extension = ?', line(index)),
      count("SELECT count(*) FROM transfer WHERE code = 'CALL' AND debit = ?", account),
      count("SELECT count(*) FROM transfer WHERE log = 'down' AND ref LIKE 'credit-%' AND credit = ?", account),
      count("SELECT count(*) FROM line_state WHERE wanted = 'locked' AND extension = ?", line(index)),
    ];
  };
  const expectedTraces = ({during, durable}: Point): readonly number[] => {
    if (during === 'credit of a locked line') return [1, 1, 1, 1, 0];
    if (during === 'credit') return [0, 0, 0, durable ? 3 : 0, 0];
    return durable ? [1, 1, 1, 0, 1] : [0, 0, 0, 0, 0];
  };

  const open = async (): Promise<void> => {
    hall = await Hall.open({lines: POINTS.length + 1, opening: OPENING, format: 'mitel-mivoice-207', traffic: [], seed: 1});
    await hall.board.control.ask('AGAIN 20');
    // The file is known before the first point.
    await hall.second.control.ask(`CALL ${line(POINTS.length)} ${number(POINTS.length)} 0`);
    armed = undefined;
  };
  beforeAll(open);
  // What one point has broken is no other's fault.
  afterEach(async ({task}) => {
    if (task.result?.state !== 'fail') return;
    await hall.end();
    await open();
  });
  afterAll(() => hall.end());

  test.each(ASKED)('%s has lost nothing and doubled nothing', {timeout: 90_000}, async (_, index) => {
    const point = must(POINTS[index], 'the point');
    // The start after the point before is armed for this one already.
    if (armed !== wordsOf(index)) {
      await hall.kill();
      await startArmed(index);
    }
    await act(point.during, index);
    const ended = await Promise.race([hall.died(), sleep(REACHED_MS, 'the point was not reached')]);
    expect(ended).toBe('SIGKILL');
    expect(hall.log.at(-1)?.msg).toBe(LAST_WORDS);

    const barred = await barredLines(hall);
    await hall.autopsy(async (database, path) => {
      expect(auditAlways(database, {since: {up: 0, down: 0}, acknowledged: hall.acknowledged()})).toEqual([]);
      expect(traces(database, index)).toEqual(expectedTraces(point));
      expect(barred.filter((each) => !everLocked(database).includes(each))).toEqual([]);
      expect(await hall.verify(path)).toMatch(/^exit 0: \{"ok":true/);
    });
    await startArmed(ASKED.find(([, later]) => later > index)?.[1] ?? POINTS.length);
  });
});

async function barredLines(hall: Hall): Promise<readonly string[]> {
  const barred: string[] = [];
  for (const line of hall.extensions) if ((await hall.board.control.ask(`STATE ${line}`)).startsWith('barred')) barred.push(line);
  return barred;
}

/** Lines that were decided to be locked at some time, by the journal: no other may ever be barred. */
function everLocked(database: Database): readonly string[] {
  const body = 'CAST(body AS TEXT)';
  return database
    .prepare<[], string>(
      `SELECT json_extract(${body}, '$.extension') FROM up_log WHERE kind = 'line-state' AND json_extract(${body}, '$.wanted') = 'locked'`,
    )
    .pluck()
    .all();
}
