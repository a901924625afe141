// The line to the cloud is cut, and the hall goes on: calls are priced, lines lock, the box is killed and comes back. The line is
// mended, and the cloud is killed after it has committed and before it has said so. In the end both sides hold the same, once.
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {endingAt} from '../crash/sudden-death.ts';
import type {HallStudent} from '../rig/hall-seed.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import {fieldIn} from '../rig/visitor.ts';

const POUND = 1_000_000;
const PENNY = 10_000;
/** A box that could not connect a few times waits before it tries again. */
const SOON = {timeout: 60_000, interval: 30} as const;
const LONG = 120_000;
const CALLS = 500;
const RICH = 200 * POUND;
/** 10p a minute and 30p a minute, both by the minute. */
const LONDON = {number: '902079460123', pence: 10};
const MOBILE = {number: '907700900123', pence: 30};

/** These two run out of money. */
const ANN = '101';
const BOB = '102';
const STUDENTS: readonly HallStudent[] = [
  {extension: ANN, name: 'Ann', opening: 0.5 * POUND},
  {extension: BOB, name: 'Bob', opening: 0.9 * POUND},
  ...['Cai', 'Dee', 'Eve', 'Fay', 'Gus', 'Hal'].map((name, index) => ({extension: String(103 + index), name, opening: RICH})),
];

/** What the cloud has done last before it dies: rows are in the books, and nobody was told. */
const FIRST_SLICE = 'after INSERT INTO "up_log", then after commit';
const LATER_SLICE = 'after INSERT INTO "up_log", then after commit #3';

describe('a hall without its cloud', () => {
  let hall: Hall;
  const spent = new Map<string, number>();
  let tax = 0;

  beforeAll(async () => {
    hall = await startHall(STUDENTS, {card: true});
  });
  afterAll(() => hall.end());

  const call = async (extension: string, {number, pence}: typeof LONDON, seconds: number): Promise<void> => {
    expect(await hall.board.control.ask(`CALL ${extension} ${number} ${seconds}`)).toBe('made');
    const price = Math.ceil(seconds / 60) * pence * PENNY;
    spent.set(extension, (spent.get(extension) ?? 0) + price);
    // 20 % of the net are a sixth of the gross.
    tax += Math.round(price / 6);
  };
  /** The calls of the others, one after the other. */
  const chatter = async (from: number, to: number): Promise<void> => {
    for (let index = from; index < to; index++)
      await call(String(103 + (index % 6)), index % 7 === 0 ? MOBILE : LONDON, 1 + ((index * 37) % 290));
  };
  /** On the provider's page; whether anybody hears of it is another matter. */
  const pay = async (extension: string, pounds: 5 | 10 | 20): Promise<void> => {
    const visitor = await hall.visitor(hall.resident(extension));
    const payment = fieldIn((await visitor.get('/top-up')).text, 'payment') ?? '';
    const {location = ''} = await visitor.post('/top-up', {payment, amount: String(pounds), other: '', how: 'card'});
    const body = new URLSearchParams({number: '4242 4242 4242 4242', expiry: '12/34', cvc: '123'});
    expect((await fetch(location, {method: 'POST', body, redirect: 'manual'})).status).toBe(303);
  };
  const calls = (): number => hall.boxRows<{count: number}>('SELECT count(*) AS count FROM call')[0]?.count ?? 0;
  /** Of a transfer to somebody, in the words of a point: both sides live until they have one in their books. */
  const paymentOf = (extension: string): string => `clearing:card … ${hall.resident(extension).account}`;
  const isOnBoard = (extension: string, state: RegExp): Promise<void> =>
    vi.waitFor(async () => expect(await hall.board.control.ask(`STATE ${extension}`)).toMatch(state), SOON);

  test(
    'prices 500 calls and locks two lines, through the death of its box',
    async () => {
      const before = hall.heads();
      hall.cutLink();
      // As a switchboard that waits for receipts: whoever connects is told again what the box may not have read.
      await hall.board.control.ask(`AGAIN ${CALLS}`);
      await chatter(0, 240);
      await vi.waitFor(() => expect(calls()).toBeGreaterThan(0), {...SOON, interval: 2});
      await hall.killBox();
      const whenKilled = calls();
      await chatter(240, 300);
      expect(calls()).toBe(whenKilled);
      await hall.startBox(endingAt(`after INSERT INTO transfer … ${paymentOf(BOB)}, then after COMMIT`));
      // 50p are five minutes; 90p are three minutes to a mobile.
      await call(ANN, LONDON, 290);
      await call(BOB, MOBILE, 121);
      await isOnBoard(ANN, /^barred diverted/);
      await isOnBoard(BOB, /^barred diverted/);
      expect(await hall.board.control.ask(`CALL ${ANN} ${LONDON.number} 60`)).toBe('barred');
      await chatter(300, CALLS - 2);
      await vi.waitFor(() => expect(calls()).toBe(CALLS), SOON);
      // What it was told again, it knew.
      expect(hall.boxRows("SELECT count FROM line_count WHERE outcome = 'replay'")).toEqual([{count: whenKilled}]);
      expect([ANN, BOB].map((extension) => hall.line(extension))).toEqual([
        {wanted: 'locked', reasons: '["floor"]', confirmed: 1},
        {wanted: 'locked', reasons: '["floor"]', confirmed: 1},
      ]);
      // Nothing of it is known elsewhere.
      expect(hall.heads().upInCloud).toBe(before.upInCloud);
      expect(hall.heads().up).toBeGreaterThanOrEqual(before.up + CALLS);
      expect(await hall.verify('box')).toEqual({code: 0, findings: []});
    },
    LONG,
  );

  test(
    'tells all of it once, though the cloud dies twice with rows that it had not acknowledged',
    async () => {
      for (const point of [FIRST_SLICE, LATER_SLICE]) {
        const before = hall.heads();
        await hall.killCloud('SIGTERM');
        await hall.startCloud(endingAt(point));
        hall.mendLink();
        expect(await hall.cloudDied()).toBe('SIGKILL');
        const {upInCloud, acked, up} = hall.heads();
        expect(upInCloud).toBeGreaterThan(before.upInCloud);
        expect(acked).toBeLessThan(upInCloud);
        expect(upInCloud).toBeLessThanOrEqual(up);
        hall.cutLink();
      }
      await hall.startCloud(endingAt(`after insert into "transfer" … ${paymentOf(BOB)}, then after commit`));
      hall.mendLink();
      expect(await hall.agree()).toEqual([]);
      expect(hall.cloudRows('SELECT id FROM call')).toHaveLength(CALLS);
      for (const {extension, opening} of STUDENTS) {
        const left = opening - (spent.get(extension) ?? 0);
        expect([extension, hall.balance(hall.resident(extension).account)]).toEqual([extension, {box: left, cloud: left}]);
      }
      const gross = [...spent.values()].reduce((sum, each) => sum + each, 0);
      expect(hall.balance('vat')).toEqual({box: tax, cloud: tax});
      expect(hall.balance('revenue')).toEqual({box: gross - tax, cloud: gross - tax});
      expect(await hall.verify('box')).toEqual({code: 0, findings: []});
      expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
      expect(hall.cloudRows("SELECT code, subject, detail FROM incident WHERE ended_at IS NULL AND code LIKE 'link.%'")).toEqual([]);
    },
    LONG,
  );

  test(
    'opens a line once, when the line to the cloud is mended after its student has paid',
    async () => {
      hall.cutLink();
      const ann = hall.resident(ANN);
      await pay(ANN, 5);
      await vi.waitFor(() => expect(hall.balance(ann.account)).toEqual({box: 0, cloud: 5 * POUND}), SOON);
      expect(await hall.board.control.ask(`STATE ${ANN}`)).toMatch(/^barred diverted/);
      const said = hall.boxLog.length;
      hall.mendLink();
      await isOnBoard(ANN, /^open normal/);
      await hall.rest();
      const changes = hall.boxLog.slice(said).filter(({msg}) => msg === 'line confirmed');
      expect(changes).toMatchObject([{extension: ANN, wanted: 'open'}]);
      expect(await hall.agree()).toEqual([]);
      expect(hall.balance(ann.account)).toEqual({box: 5 * POUND, cloud: 5 * POUND});
    },
    LONG,
  );

  test(
    'takes money once, though cloud and box each die with it in their books and nobody told',
    async () => {
      const bob = hall.resident(BOB);
      const before = hall.balance(bob.account).box;
      const after = before + 5 * POUND;
      // Who is refused again and again waits ever longer: so the box is kept waiting instead.
      hall.cutLink();
      await pay(BOB, 5);
      expect(await hall.cloudDied()).toBe('SIGKILL');
      expect(hall.balance(bob.account)).toEqual({box: before, cloud: after});
      await hall.startCloud();
      hall.mendLink();
      expect(await hall.boxDied()).toBe('SIGKILL');
      expect(hall.balance(bob.account)).toEqual({box: after, cloud: after});
      expect(await hall.board.control.ask(`STATE ${BOB}`)).toMatch(/^barred diverted/);
      await hall.startBox();
      await isOnBoard(BOB, /^open normal/);
      expect(await hall.agree()).toEqual([]);
      expect(hall.balance(bob.account)).toEqual({box: after, cloud: after});
      expect((await hall.card.taken()).map(({amount}) => amount)).toEqual([500, 500]);
    },
    LONG,
  );
});
