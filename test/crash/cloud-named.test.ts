// The cloud ends by `kill -9` at points that are named by what it was doing with a payment. What was not committed has left nothing;
// after the next start, at once, the payment comes to its end: one charge at the provider, one credit in both ledgers.
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {must} from '../../shared/assert/assert.ts';
import type {HallStudent} from '../rig/hall-seed.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import {moneyFindings, newTopUp, orGone, payAt, POUND} from './hall-money.ts';
import {endingAt, LAST_WORDS} from './sudden-death.ts';

/** Long enough for a box to come back to its cloud; the cloud's own wait for somebody who may still be sending is 2 minutes. */
const SOON = {timeout: 15_000, interval: 30};
const REACHED_MS = 15_000;
const LONG = 60_000;
/** 10p a minute, by the minute: 6 minutes bring 2.50 below the threshold of 2, and 8.10 are missing to 10. */
const LONDON = '902079460123';
const CALL_SECONDS = 360;
const OPENING = 2.5 * POUND;
const LIMITS = {threshold: 2 * POUND, target: 10 * POUND};

type Act = 'call that is followed by an automatic top-up' | 'top-up on the page' | 'webhook that comes after the return to our page';

type Point = {
  readonly during: Act;
  /** ACCOUNT stands for the student that has this point alone. */
  readonly at: string;
  /** What the dead cloud has on its disk, and the provider in its books. */
  readonly state: 'created' | 'submitting' | 'action_required' | 'succeeded';
  readonly isCharged: boolean;
  /** The box may have the credit already. */
  readonly isTold?: true;
};

const CALL = 'call that is followed by an automatic top-up';
const PAGE = 'top-up on the page';
const LATE = 'webhook that comes after the return to our page';
const CREATED = 'after insert into "payment" ( … ACCOUNT, then after commit';
const KEYED = `${CREATED}, then after insert into "payment_attempt", then after commit`;
/** Settling begins by reading the payment. */
const ANSWERED = `${KEYED}, then before select * from "payment" where "id"`;
const CREDITED = `${ANSWERED}, then after insert into "transfer"`;
const TOLD = `${CREATED}, then after insert into "provider_event", then after commit`;

const POINTS: readonly Point[] = [
  // The box was not told either that its rows are here.
  {during: CALL, at: CREATED, state: 'created', isCharged: false},
  {during: CALL, at: KEYED, state: 'submitting', isCharged: false},
  {during: CALL, at: ANSWERED, state: 'submitting', isCharged: true},
  {during: CALL, at: CREDITED, state: 'submitting', isCharged: true},
  {during: CALL, at: `${CREDITED}, then after insert into "down_log"`, state: 'submitting', isCharged: true},
  {during: CALL, at: `${CREDITED}, then before commit`, state: 'submitting', isCharged: true},
  // The row for the box is there, and was not sent.
  {during: CALL, at: `${CREDITED}, then after commit`, state: 'succeeded', isCharged: true},
  // The mail server has it, and its row does not say so.
  {during: CALL, at: `${CREDITED}, then after commit, then before update "mail" set`, state: 'succeeded', isCharged: true, isTold: true},
  {during: PAGE, at: CREATED, state: 'created', isCharged: false},
  {during: PAGE, at: KEYED, state: 'submitting', isCharged: false},
  {during: PAGE, at: ANSWERED, state: 'submitting', isCharged: false},
  // The provider's word is kept, and 200 was not said.
  {during: PAGE, at: TOLD, state: 'action_required', isCharged: true},
  {during: PAGE, at: `${TOLD}, then after insert into "transfer"`, state: 'action_required', isCharged: true},
  {during: PAGE, at: `${TOLD}, then after insert into "transfer", then after commit`, state: 'succeeded', isCharged: true},
  {during: LATE, at: TOLD, state: 'succeeded', isCharged: true, isTold: true},
];

const NAMED = POINTS.map((point, index) => [`during a ${point.during}, ${point.at},`, index] as const);
const STUDENTS: readonly HallStudent[] = POINTS.map(({during}, index) => ({
  extension: String(101 + index),
  name: `Student ${index}`,
  opening: OPENING,
  ...(during === CALL && {automatic: {by: {card: '4242424242424242'}, ...LIMITS}}),
}));

type Message = {readonly to: readonly string[]; readonly messageId: string};

describe('a cloud that is killed', () => {
  let hall: Hall;

  beforeAll(async () => {
    hall = await startHall(STUDENTS, {card: true, mail: true});
  }, LONG);
  afterEach(() => hall.card.order({do: 'calm'}));
  afterAll(() => hall.end());

  const resident = (index: number) => hall.resident(STUDENTS[index]?.extension ?? '');
  /** Armed for a point; clean for none. */
  const startFor = async (index: number): Promise<void> => {
    const at = POINTS[index]?.at.replaceAll('ACCOUNT', resident(index).account);
    await hall.startCloud(at === undefined ? {} : endingAt(at));
    // A box waits longer each time that it loses its cloud: a new one comes at once.
    await hall.killBox('SIGTERM');
    await hall.startBox();
  };
  const payments = (account: string) =>
    hall.cloudRows<{id: string; state: string}>('SELECT id, state FROM payment WHERE account = ?', account);
  const charges = async (payment: string): Promise<number> =>
    (await hall.card.taken()).filter(({metadata}) => metadata['payment'] === payment).length;

  /** Does what leads to the point. Returns how it goes on when the cloud is back. */
  const act: Readonly<Record<Act, (index: number) => Promise<() => Promise<unknown>>>> = {
    [CALL]: async (index) => {
      expect(await hall.board.control.ask(`CALL ${resident(index).extension} ${LONDON} ${CALL_SECONDS}`)).toBe('made');
      return () => Promise.resolve();
    },
    [PAGE]: async (index) => {
      const visitor = await hall.visitor(resident(index));
      const form = await newTopUp(visitor, '10');
      const sent = await orGone(visitor.post('/top-up', form));
      if (sent?.location !== undefined) {
        await payAt(sent.location);
        return () => Promise.resolve();
      }
      // The page is still open: it is sent again, and is the same payment.
      return async () => {
        const {location = ''} = await visitor.post('/top-up', form);
        return visitor.visit(await payAt(location));
      };
    },
    [LATE]: async (index) => {
      await hall.card.order({do: 'webhook-fault', type: '.', times: 20, fault: {kind: 'delay', ms: 1_500}});
      const visitor = await hall.visitor(resident(index));
      const {location = ''} = await visitor.post('/top-up', await newTopUp(visitor, '10'));
      const shown = await visitor.visit(await payAt(location));
      expect(shown.status).toBe(200);
      return () => Promise.resolve();
    },
  };

  test.each(NAMED)(
    '%s is once and whole when it starts again',
    async (_, index) => {
      const {during, state, isCharged, isTold = false} = must(POINTS[index], 'a point');
      if (index === 0) {
        await hall.killCloud('SIGTERM');
        await startFor(0);
      }
      const {account} = resident(index);
      const goOn = await act[during](index);
      expect(await Promise.race([hall.cloudDied(), sleep(REACHED_MS, 'it lives', {ref: false})])).toBe('SIGKILL');
      expect(hall.cloudLog.at(-1)?.msg).toBe(LAST_WORDS);
      const [payment, ...others] = payments(account);
      const id = payment?.id ?? '';
      expect([payment?.state, others, await charges(id)]).toEqual([state, [], isCharged ? 1 : 0]);
      expect(hall.boxRows('SELECT code FROM transfer WHERE ref = ?', id).length).toBeLessThanOrEqual(isTold ? 1 : 0);

      await startFor(index + 1);
      await goOn();
      await vi.waitFor(() => expect(payments(account)).toEqual([{id, state: 'succeeded'}]), SOON);
      expect(await hall.agree()).toEqual([]);
      expect(await moneyFindings(hall)).toEqual([]);
      // What is paid brings an automatic one to the target.
      const due = during === CALL ? LIMITS.target : OPENING + 10 * POUND;
      expect(hall.balance(account)).toEqual({box: due, cloud: due});
      expect(await hall.verify('box')).toEqual({code: 0, findings: []});
      expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
    },
    LONG,
  );

  test('mails everybody once; a mail that was sent again is the same one', async () => {
    await vi.waitFor(async () => {
      expect(hall.cloudRows('SELECT id FROM mail WHERE sent_at IS NULL')).toEqual([]);
      const messages = (await (await fetch(`http://127.0.0.1:${hall.mail.web}/messages.json`)).json()) as readonly Message[];
      const ids = new Map<string, Set<string>>();
      for (const {to, messageId} of messages) ids.set(to.join(), (ids.get(to.join()) ?? new Set()).add(messageId));
      expect([...ids].map(([to, each]) => `${to} ${each.size}`).toSorted()).toEqual(
        POINTS.map((_, index) => `${resident(index).email} 1`).toSorted(),
      );
      const sentTwice = POINTS.filter(({at}) => at.includes('"mail"')).length;
      expect(messages.length).toBe(POINTS.length + sentTwice);
    }, SOON);
  });
});
