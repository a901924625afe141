// What pages show first, of a student and of a site.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {boxLink, siteTotals, studentOverview} from '../../../cloud/books/overview.ts';
import {unbillableCalls, unbillableGroups} from '../../../cloud/books/calls.ts';
import {callFact} from '../../../edge/ledger/call-fact.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {pricedCall, unbillableCall} from '../rated-calls.ts';
import {HALL, NOON, openCloud, POUND, sealedAfter, type Cloud} from './ground.ts';

const SECOND = 1_000;
const later = (seconds: number): Instant => (NOON + seconds * SECOND) as Instant;

let cloud: Cloud;
beforeEach(async () => {
  cloud = await openCloud();
});
afterEach(() => cloud.remove());

const box = (id: string, state: Readonly<Record<string, number | null>>, revoked: number | null = null) =>
  cloud.store.transact(async ({db}) => {
    const made = {public_key: 'k', certificate: 'c', fingerprint: id, expires_at: NOON, enrolled_at: 0, revoked_at: revoked};
    await db
      .insertInto('box')
      .values({site: HALL, id, ...made})
      .execute();
    const none = {
      nonce: null,
      build: null,
      connected_at: null,
      disconnected_at: null,
      heartbeat_at: null,
      heartbeat: null,
      down_acked_at: null,
    };
    await db
      .insertInto('box_state')
      .values({site: HALL, box: id, ...none, ...state})
      .execute();
  });
const link = (seconds: number) => boxLink(cloud.store.reading, HALL, later(seconds));

describe('when a figure is of', () => {
  test('nobody knows before a box was ever heard of', async () => {
    expect(await link(0)).toEqual({kind: 'never'});
  });

  test('is the last that was heard, as long as the box is connected and speaks', async () => {
    await box('a', {connected_at: NOON, heartbeat_at: later(60)});
    expect(await link(61)).toEqual({kind: 'online', asOf: later(60)});
    expect(await link(160)).toEqual({kind: 'online', asOf: later(60)});
    // Connected, as far as anybody knows, but three heartbeats are missing.
    expect(await link(161)).toEqual({kind: 'silent', heardAt: later(60)});
  });

  test('is older than now once it has left', async () => {
    await box('a', {connected_at: NOON, heartbeat_at: later(60), disconnected_at: later(70)});
    expect(await link(71)).toEqual({kind: 'silent', heardAt: later(60)});
  });

  test('counts a row that came and one that was acknowledged', async () => {
    await box('a', {connected_at: NOON, down_acked_at: later(5)});
    cloud.now = later(9);
    await cloud.take(sealedAfter([callFact(unbillableCall('a'), 'unbillable')]));
    expect(await link(10)).toEqual({kind: 'online', asOf: later(9)});
  });

  test('asks the box that took over, not the one that was revoked', async () => {
    await box('old', {connected_at: NOON, heartbeat_at: later(90)}, NOON);
    await box('new', {connected_at: NOON, heartbeat_at: later(20), disconnected_at: later(30)});
    expect(await link(91)).toEqual({kind: 'silent', heardAt: later(20)});
  });
});

const resident = (account: string, extension: string, from: number, to: number | null = null) =>
  cloud.store.transact(async (tx) => {
    await cloud.books.openAccount(tx, HALL, account as never, 'student');
    await tx.db
      .insertInto('line')
      .values({site: HALL, extension, class: 'student', label: `Room ${extension}`})
      .execute();
    await tx.db
      .insertInto('tenancy')
      .values({id: `t-${extension}`, site: HALL, extension, account, from_at: from, to_at: to})
      .execute();
  });
const lineState = (extension: string, wanted: string, reasons: readonly string[]) =>
  upFact('line-state', extension, {extension, wanted, reasons, at: NOON});

describe('a student sees', () => {
  const of = {site: HALL, account: 'ann', now: later(0), calls: 2};

  test('the balance, the lines of now, and the last calls with what explains them', async () => {
    await resident('ann', '101', NOON - 1);
    await resident('ann', '102', NOON);
    await resident('ann', '103', NOON + 1);
    await resident('ann', '104', 0, NOON);
    await box('a', {connected_at: NOON});
    const calls = [1, 2, 3].map((minute) => {
      const call = pricedCall(`k${minute}`, 'ann', minute * POUND);
      return callFact({...call, record: {...call.record, start: later(minute * 60)}}, 'billed');
    });
    const others = callFact(pricedCall('other', 'bob', POUND), 'billed');
    await cloud.take(sealedAfter([...calls, others, lineState('101', 'locked', ['floor']), lineState('103', 'locked', ['vacant'])]));
    const seen = await studentOverview(cloud.store.reading, of);
    expect(seen.balance).toBe(-6 * POUND);
    expect(seen.phones).toEqual([
      {extension: '101', label: 'Room 101', state: 'locked', reasons: ['floor']},
      {extension: '102', label: 'Room 102', state: 'open', reasons: []},
    ]);
    expect(seen.calls.map((call) => [call.startedAt, call.amount, call.working?.destination])).toEqual([
      [later(180), 3 * POUND, 'London'],
      [later(120), 2 * POUND, 'London'],
    ]);
  });

  test('that nothing is known of a line before the box was heard of', async () => {
    await resident('ann', '101', 0);
    expect(await studentOverview(cloud.store.reading, of)).toEqual({
      balance: 0,
      free: [],
      box: {kind: 'never'},
      phones: [{extension: '101', label: 'Room 101', state: 'unknown', reasons: []}],
      calls: [],
      corrections: new Map(),
    });
  });
});

describe('the desk sees', () => {
  test('what is owed, what was spent since midnight of the site, what is locked and what waits', async () => {
    await resident('ann', '101', 0);
    await resident('bob', '102', 0);
    await cloud.store.transact((tx) =>
      cloud.books.move(tx, {
        site: HALL,
        debit: 'cash' as never,
        credit: 'ann' as never,
        amount: (5 * POUND) as never,
        code: 'TOPUP',
        ref: 'p',
        at: NOON,
      }),
    );
    // Midnight in London on 7 September is 23:00 UTC of the day before.
    const midnight = Date.UTC(2026, 8, 6, 23);
    const started = (key: string, at: number, payer: string, state: 'billed' | 'watched' = 'billed') => {
      const call = pricedCall(key, payer, POUND);
      return callFact({...call, record: {...call.record, start: at as Instant}}, state);
    };
    await cloud.take(
      sealedAfter([
        started('a', midnight - 1, 'ann'),
        started('b', midnight, 'bob'),
        started('c', midnight + 1, 'ann'),
        started('d', midnight + 1, 'ann', 'watched'),
        callFact(unbillableCall('e'), 'unbillable'),
        lineState('102', 'locked', ['floor']),
      ]),
    );
    expect(await siteTotals(cloud.store.reading, {site: HALL, zone: 'Europe/London', now: NOON})).toEqual({
      box: {kind: 'silent', heardAt: NOON},
      students: 2,
      owed: 3 * POUND,
      overdrawn: POUND,
      callsToday: 4,
      spentToday: 2 * POUND,
      linesLocked: 1,
      unbillable: 1,
    });
  });

  test('unbillable calls by their reason, the most first, and each of them with its number', async () => {
    const waiting = (key: string, reason: 'no-destination' | 'no-tenant', minute: number) => {
      const call = unbillableCall(key);
      return callFact({...call, reason, record: {...call.record, start: later(minute * 60)}}, 'unbillable');
    };
    await cloud.take(sealedAfter([waiting('a', 'no-tenant', 1), waiting('b', 'no-destination', 2), waiting('c', 'no-destination', 3)]));
    expect(await unbillableGroups(cloud.store.reading, HALL)).toEqual([
      {reason: 'no-destination', calls: 2, seconds: 120, oldest: later(120), newest: later(180)},
      {reason: 'no-tenant', calls: 1, seconds: 60, oldest: later(60), newest: later(60)},
    ]);
    const [first] = await unbillableCalls(cloud.store.reading, {site: HALL, reason: 'no-destination'}, {most: 1});
    expect(first).toMatchObject({startedAt: later(180), number: '+442079460123', detail: 'nothing matches', amount: undefined});
    const next = await unbillableCalls(
      cloud.store.reading,
      {site: HALL, reason: 'no-destination'},
      {most: 5, ...(first && {before: first})},
    );
    expect(next.map((call) => call.startedAt)).toEqual([later(120)]);
  });
});
