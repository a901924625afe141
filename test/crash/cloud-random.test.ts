// `kill -9` of cloud and box at random, again and again, while calls come in, cards are charged by themselves and students pay at
// the page, at a provider that loses answers and webhooks. When it is quiet, all three hold the same: every call once, every charge
// one credit on both sides, nothing open, every line as decided.
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {must} from '../../shared/assert/assert.ts';
import type {HallStudent} from '../rig/hall-seed.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import {textIn, type Visitor} from '../rig/visitor.ts';
import type {ControlOrder} from '../simulator/card/control.ts';
import {seededRandom} from '../simulator/switchboard/traffic.ts';
import {amount, size, tiers} from '../tiers.ts';
import {findingsIn, moneyFindings, moneyOf, newTopUp, payAt, POUND, type HallMoney} from './hall-money.ts';

/** The times and amounts of one run; SPBS_CRASH_SEED repeats them, as far as processes can be repeated. */
const SEED = Number(process.env['SPBS_CRASH_SEED'] ?? Date.now() % 1_000_000);
const KILLS = amount('hallKills');
const PENNY = 10_000;
/** A life is this long at most; so many in one are killed before they are ready. */
const LONGEST_LIFE_MS = 2_500;
const BOTH = ['cloud', 'box'] as const;
const EARLY = 0.15;
const EARLY_MS = 900;
/** Between two calls, two faults, two payments of a student. */
const CALL_MS = 150;
const FAULT_MS = 2_000;
const PAYING_MS = 1_200;
const TRY_AGAIN_MS = 200;
/** So many close the browser when they have paid; if the webhook is lost too, it is found after a minute, and so it is for long runs. */
const LEAVES = 0.25;
const LIVES_TO_FIND = 10;
/** What nobody heard the answer to is asked about after ten seconds, and again after a minute. */
const QUIET = {timeout: 90_000, interval: 100};
const MINUTES = tiers.find(({name}) => name === 'crash')?.minutes[size()] ?? 0;

/** 10p and 30p a minute, both by the minute. */
const NUMBERS = [
  {number: '902079460123', pence: 10},
  {number: '907700900123', pence: 30},
] as const;
const LONGEST_CALL_S = 900;
const LIMITS = {threshold: 2 * POUND, target: 10 * POUND, monthlyCap: 5_000 * POUND};
/** The first eight have automatic top-up; the next pay at the page; the last two never pay, and are locked at last. */
const STUDENTS: readonly HallStudent[] = Array.from({length: 14}, (_, index) => ({
  extension: String(101 + index),
  name: `Student ${index}`,
  opening: 6 * POUND,
  ...(index < 8 && {automatic: {by: {card: '4242424242424242'}, ...LIMITS}}),
}));
const PAYERS = STUDENTS.slice(8, 12);

/** What may become of a request for money, and of the word of it. */
const FAULTS: readonly ControlOrder[] = [
  ...(['before', 'after'] as const).flatMap((when): readonly ControlOrder[] => [
    {do: 'fault', match: 'POST /v1/(payment_intents|checkout/sessions)$', times: 1, fault: {kind: 'drop', when}},
    {do: 'fault', match: 'POST /v1/(payment_intents|checkout/sessions)$', times: 1, fault: {kind: 'delay', when, ms: 700}},
  ]),
  {do: 'fault', match: 'POST /v1/', times: 1, fault: {kind: 'answer', when: 'after', what: '502-html'}},
  {do: 'fault', match: 'GET /v1/', times: 1, fault: {kind: 'drop', when: 'before'}},
  {do: 'webhook-fault', type: '.', times: 3, fault: {kind: 'lose'}},
  {do: 'webhook-fault', type: '.', times: 3, fault: {kind: 'triple'}},
  {do: 'webhook-fault', type: '.', times: 1, fault: {kind: 'delay', ms: 900}},
];

describe(`${KILLS} kills of cloud and box while money flows, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  const pick = <T>(from: readonly T[]): T => must(from[Math.floor(random() * from.length)], 'one to pick');
  const stop = new AbortController();
  const spent = new Map<string, number>();
  let made = 0;
  let paid = 0;
  let lives = 0;
  let hall: Hall;

  beforeAll(async () => {
    // So many lines are locked in so short a time that a real hall would want somebody to look.
    hall = await startHall(STUDENTS, {card: true, policy: {brake: {lines: 1_000, percent: 100, minutes: 10}}});
    // As a switchboard that waits for receipts.
    await hall.board.control.ask('AGAIN 20000');
  });
  afterAll(() => hall.end());

  const untilStopped = async (longestMs: number, act: () => Promise<unknown>): Promise<void> => {
    while (!stop.signal.aborted) {
      await act();
      await sleep(random() * longestMs);
    }
  };
  const call = async (): Promise<void> => {
    const {extension} = pick(STUDENTS);
    const {number, pence} = pick(NUMBERS);
    const seconds = 1 + Math.floor(random() * LONGEST_CALL_S);
    if ((await hall.board.control.ask(`CALL ${extension} ${number} ${seconds}`)) !== 'made') return;
    made += 1;
    spent.set(extension, (spent.get(extension) ?? 0) + Math.ceil(seconds / 60) * pence * PENNY);
  };
  /** Whoever has begun to pay does not give up because the cloud is away. */
  const pay = async (visitor: Visitor): Promise<void> => {
    const form = await stubborn(() => newTopUp(visitor, pick(['5', '10', '20'])));
    const page = await stubborn(async () => {
      const {location = '', text} = await visitor.post('/top-up', form);
      if (location.startsWith(hall.card.address)) return location;
      // It is being sent, or nobody knows: the page of the payment says how it goes on.
      const shown = location === '' ? text : (await visitor.get(location)).text;
      return must(new RegExp(`href="(${hall.card.address}/[^"]+)"`).exec(shown)?.[1], 'way to the page of the provider').replaceAll(
        '&amp;',
        '&',
      );
    });
    const back = await payAt(page);
    paid += 1;
    if (random() < LEAVES && lives < (KILLS - LIVES_TO_FIND) / 2) return;
    await stubborn(() => visitor.visit(back));
    // As a browser does that stays on the page: it loads it again until it is over.
    await stubborn(async () => {
      const {status, text} = await visitor.get(`/payments/${form['payment'] ?? ''}`);
      if (status !== 200 || text.includes('http-equiv="refresh"')) throw new Error(`still not over: ${textIn(text)}`);
    });
  };

  /** Kills at random, and starts what was killed; half of the time both. */
  const liveAndDie = async (isLast: boolean): Promise<void> => {
    const victims = isLast ? BOTH : pick([['cloud'], ['box'], BOTH, ['box', 'cloud']] as const);
    await sleep(random() * LONGEST_LIFE_MS);
    for (const victim of victims) await kill(victim);
    await Promise.all(victims.map((victim) => begin(victim)));
  };
  const kill = (victim: 'cloud' | 'box') => (victim === 'cloud' ? hall.killCloud() : hall.killBox());
  const begin = async (victim: 'cloud' | 'box'): Promise<void> => {
    const start = (): Promise<void> => (victim === 'cloud' ? hall.startCloud() : hall.startBox());
    if (random() < EARLY) {
      const timer = setTimeout(() => void kill(victim), random() * EARLY_MS);
      const isReady = await start().then(
        () => true,
        () => false,
      );
      clearTimeout(timer);
      if (isReady) return;
    }
    await start();
  };

  test(
    'leave every call once, every charge one credit on both sides, nothing open, every line as decided',
    {timeout: MINUTES * 60_000},
    async () => {
      const visitors = await Promise.all(PAYERS.map(({extension}) => hall.visitor(hall.resident(extension))));
      const faults = new AbortController();
      const busy = [
        untilStopped(CALL_MS, call),
        untilStopped(FAULT_MS, async () => (faults.signal.aborted ? undefined : hall.card.order(pick(FAULTS)))),
        ...visitors.map((visitor) => untilStopped(PAYING_MS, () => pay(visitor))),
      ];
      try {
        for (; lives < KILLS; lives++) {
          // Of the last kill they rise to find what the others left in doubt.
          const isLast = lives === KILLS - 1;
          if (isLast) {
            faults.abort();
            await hall.card.order({do: 'calm'});
          }
          await liveAndDie(isLast);
        }
      } finally {
        stop.abort();
        await Promise.all(busy);
      }
      await vi.waitFor(async () => expect(await moneyFindings(hall)).toEqual([]), QUIET);
      expect(await hall.agree()).toEqual([]);
      // Asked again when all is told.
      expect(await moneyFindings(hall)).toEqual([]);
      expect(hall.boxRows('SELECT id FROM call')).toHaveLength(made);
      for (const {extension, opening} of STUDENTS)
        expect([extension, ...(await stateOf(extension))]).toEqual([extension, ...due(extension, opening)]);
      expect(await hall.verify('box')).toEqual({code: 0, findings: []});
      expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
      // It was no quiet night.
      const automatic = hall.cloudRows("SELECT id FROM payment WHERE origin = 'auto' AND state = 'succeeded'").length;
      expect(Math.min(made / 10, paid, automatic * 2)).toBeGreaterThanOrEqual(KILLS);
      process.stdout.write(`${KILLS} kills, seed ${SEED}: ${made} calls, ${paid} payments at the page, ${automatic} automatic ones\n`);
    },
  );

  test('and would not be said to, if they had not', async () => {
    const money = await moneyOf(hall);
    expect(findingsIn(money)).toEqual([]);
    for (const [spoilt, finding] of PLANTED) expect(findingsIn(spoilt(money)).join('\n')).toMatch(finding);
  });

  /** What a student has, how the line is, and how the switchboard has it. */
  const stateOf = async (extension: string): Promise<readonly unknown[]> => {
    const {box, cloud} = hall.balance(hall.resident(extension).account);
    const state = (await hall.board.control.ask(`STATE ${extension}`)).split(' ')[0];
    return [box, cloud, hall.line(extension)?.wanted, state];
  };
  const due = (extension: string, opening: number): readonly unknown[] => {
    const {account} = hall.resident(extension);
    const [credits] = hall.cloudRows<{sum: number}>(
      "SELECT coalesce(sum(amount_minor), 0) AS sum FROM payment WHERE account = ? AND state = 'succeeded'",
      account,
    );
    const left = opening + (credits?.sum ?? 0) * PENNY - (spent.get(extension) ?? 0);
    return [left, left, ...(left <= 0 ? ['locked', 'barred'] : ['open', 'open'])];
  };
});

const PLANTED: readonly (readonly [(money: HallMoney) => HallMoney, RegExp])[] = [
  [(money) => ({...money, taken: [...money.taken, ...money.taken.slice(0, 1)]}), /^payment \w+ was charged 2 times$/m],
  [(money) => ({...money, taken: money.taken.slice(1)}), /^payment \w+ is succeeded, and was charged 0 times$/m],
  [(money) => ({...money, onBox: money.onBox.slice(1)}), /^payment \w+ is 0 credits on the box$/m],
  [(money) => ({...money, inCloud: [...money.inCloud, ...money.inCloud.slice(0, 1)]}), /^payment \w+ is 2 credits on the cloud$/m],
  [(money) => ({...money, onBox: money.onBox.map((row) => ({...row, amount: row.amount + 1}))}), /on the box, and the provider took \d+$/m],
  [(money) => ({...money, payments: money.payments.map((row) => ({...row, state: 'unknown'}))}), /^payment \w+ of .* is still unknown$/m],
  [(money) => ({...money, payments: money.payments.slice(1)}), /^payment \w+ was charged and is none of ours$/m],
];

/** Again and again until it works. */
async function stubborn<T>(act: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + QUIET.timeout; ;) {
    try {
      return await act();
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(TRY_AGAIN_MS);
    }
  }
}
