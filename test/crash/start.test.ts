// A box that is killed before it is ready: while it makes its first database, and while it works off what an earlier fault left.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {size} from '../tiers.ts';
import {auditAlways} from './audit.ts';
import {Hall, POUND} from './hall.ts';
import {endingAt} from './sudden-death.ts';

const NOTHING_SEEN = {since: {up: 0, down: 0}, acknowledged: 0};

describe('a box that is killed before it is ready', () => {
  let hall: Hall;
  beforeEach(async () => {
    hall = await Hall.open({lines: 3, opening: 5 * POUND, format: 'mitel-mivoice-207', traffic: [], seed: 1});
  });
  afterEach(() => hall.end());

  const [first, second, third] = ['5801', '5802', '5803'] as const;
  const mobile = (line: string): string => `CALL ${line} 90770090${line} 30`;

  // Each start goes on where the one before ended.
  test('makes its database at last, whenever it was killed while it made it', {timeout: 60_000}, async () => {
    const all = [
      {at: 'before pragma journal_mode = WAL', made: false},
      {at: 'before exec … CREATE TABLE box', made: false},
      {at: 'after exec … CREATE TABLE box', made: false},
      {at: 'after pragma user_version = 1', made: false},
      {at: 'after pragma user_version = 1, then before COMMIT', made: false},
      {at: 'after pragma user_version = 1, then after COMMIT', made: true},
      {at: 'before INSERT INTO box', made: true},
      {at: 'after INSERT INTO box', made: true},
      {at: 'after INSERT INTO feed', made: true},
    ];
    const points = size() === 'quick' ? all.filter((_, index) => index % 2 === 0) : all;
    const found: typeof all = [];
    for (const {at} of points) {
      expect(await hall.start(endingAt(at))).toBe(false);
      const tables = await hall.autopsy((database) => database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get());
      found.push({at, made: Number(tables) > 0});
    }
    expect(found).toEqual(points);
    await hall.board.control.ask(mobile(first));
    expect(await hall.start()).toBe(true);
    expect(await hall.findingsAtRest()).toEqual([]);
    expect(await hall.verify()).toMatch(/^exit 0: \{"ok":true/);
  });

  // A fault of ours stops the box with the lines kept and nothing done with them; the next start works them off.
  test('works off what it had kept, whenever it was killed while it did', {timeout: 60_000}, async () => {
    expect(await hall.start(endingAt(`instead of INSERT INTO call … ${second}, outgoing`))).toBe(true);
    await hall.board.control.ask(mobile(first));
    await hall.board.control.ask(mobile(second));
    await hall.board.control.ask(mobile(third));
    expect(await hall.died()).toBeNull();
    const kept = 'SELECT count(*) FROM spool WHERE id > (SELECT finished_line FROM feed WHERE name = feed)';
    const unfinished = await hall.autopsy((database) => Number(database.prepare(kept).pluck().get()));
    expect(unfinished).toBeGreaterThan(0);

    const called = `after INSERT INTO call … ${second}, outgoing`;
    for (const at of [called, `${called}, then after INSERT INTO transfer`, `${called}, then before COMMIT`]) {
      expect(await hall.start(endingAt(at))).toBe(false);
      await hall.autopsy((database) => {
        expect(database.prepare(kept).pluck().get()).toBe(unfinished);
        expect(database.prepare('SELECT count(*) FROM transfer WHERE debit = ?').pluck().get(`s${second}`)).toBe(0);
      });
    }
    expect(await hall.start(endingAt(`${called}, then after COMMIT`))).toBe(false);
    await hall.autopsy((database) => expect(auditAlways(database, NOTHING_SEEN)).toEqual([]));
    // What the box had not read when it failed, it is sent again.
    await hall.board.control.ask('AGAIN 20');
    expect(await hall.start()).toBe(true);
    expect(await hall.findingsAtRest()).toEqual([]);
  });
});
