// A range is added as it was shown, or not at all: with the real tariffs and the real store, by one person and by two.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createAddingRanges, rangeAddition, rangeAdditions, shownCalls, type AddingRanges} from '../../../cloud/books/adding-ranges.ts';
import {fatesOf} from '../../../cloud/books/fates.ts';
import {changeSince, shownText, wishOf, type RangeEffect} from '../../../cloud/books/range-effect.ts';
import {MOST_WAITING, waitingCalls} from '../../../cloud/books/waiting.ts';
import {createAudit} from '../../../cloud/people/audit.ts';
import {insertMany} from '../../../cloud/store/bulk.ts';
import {createAddRange, type NewRange} from '../../../cloud/tariff/add-range.ts';
import {createPublish} from '../../../cloud/tariff/publish.ts';
import {policyOf} from '../../../cloud/tariff/published.ts';
import {must} from '../../../shared/assert/assert.ts';
import type {Actor} from '../../../shared/failure/refusal.ts';
import {identityOf} from '../../../shared/journal/chain.ts';
import {micros} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {Fact, Row} from '../../../shared/wire/row.ts';
import {HALL_POLICY, HALL_TARIFF} from '../../simulator/cloud/site.ts';
import {HALL, NOON, openCloud, POUND, sealedAfter, type Cloud} from './ground.ts';

const ADA = {id: 'ada', role: 'admin'} as const;
const OLGA = {id: 'olga', role: 'admin'} as const;
const CARL = {id: 'carl', role: 'clerk'} as const;
const RANGE: NewRange = {
  site: HALL,
  prefix: '992372',
  to: {kind: 'new', destination: 'Dushanbe', perMinute: '0.60', initialSeconds: 60, nextSeconds: 60},
  from: NOON,
};

let cloud: Cloud;
let adding: AddingRanges;
let last: Row | undefined;
let made = 0;
beforeEach(async () => {
  cloud = await openCloud();
  [last, made] = [undefined, 0];
  const given = {now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog: cloud.downLog};
  const publish = createPublish(given);
  adding = createAddingRanges({...given, insertMany, policyOf, ranges: createAddRange(given)});
  await cloud.store.transact(async (tx) => {
    for (const {id, role} of [ADA, OLGA, CARL]) {
      const row = {id, email: id, email_key: id, name: id, role, password_hash: 'none', created_at: NOON, disabled_at: null};
      await tx.db.insertInto('staff').values(row).execute();
    }
    await publish.policy(tx, ADA, {site: HALL, policy: HALL_POLICY});
    await publish.tariff(tx, ADA, {site: HALL, text: JSON.stringify(HALL_TARIFF)});
  });
});
afterEach(() => cloud.remove());

/** Facts of the box, as its next rows. */
async function tell(facts: readonly Fact[]): Promise<void> {
  const rows = sealedAfter(facts, last);
  last = rows.at(-1) ?? last;
  const taken = await cloud.take(rows);
  if (taken.stopped !== undefined) throw new Error(taken.stopped);
}

type Called = {
  readonly number?: string;
  readonly seconds?: number;
  readonly payer?: string | undefined;
  readonly flags?: readonly string[];
};

function waiting({number = '+992372111111', seconds = 60, flags = [], ...of}: Called = {}): Fact {
  const payer = 'payer' in of ? of.payer : 'ann';
  const common = {state: 'unbillable', feed: 'smdr', extension: '101', direction: 'outgoing', class: 'outgoing', startedAt: NOON + 1_000};
  const body = {
    ...common,
    durationSeconds: seconds,
    flags,
    ...(payer === undefined ? {} : {payer}),
    reason: 'no-destination',
    detail: 'nothing matches',
  };
  return {id: `call:${identityOf(HALL, 'mitel', String(++made))}`, kind: 'unbillable', version: 1, body, personal: {number}};
}
const effect = async (range: NewRange = RANGE): Promise<RangeEffect> => {
  const found = await adding.effect(cloud.store.reading, range);
  if (found.kind === 'refused') throw new Error(found.what);
  return found;
};
const add = (hash: string, actor: Actor = ADA, range: NewRange = RANGE) =>
  cloud.store.transact((tx) => adding.add(tx, actor, {range, hash}));
const decide = (actor: Actor, of: {id: string; approve: boolean; hash: string}) =>
  cloud.store.transact((tx) => adding.decide(tx, actor, of));
const schedules = async (): Promise<number> =>
  (await cloud.store.reading.selectFrom('down_log').select('seq').where('kind', '=', 'schedule').execute()).length;

describe('what adding a range would do', () => {
  test('is every call to it that gets a price, and those that wait on', async () => {
    await tell([
      waiting({seconds: 61}),
      waiting({number: '+992372222222'}),
      // Nobody pays; another range; no number of the world.
      waiting({payer: undefined}),
      waiting({number: '+992440000000'}),
      waiting({number: '1571'}),
    ]);
    // Two begun minutes and one, of 60p.
    expect(await effect()).toMatchObject({total: 1_800_000, waiting: 1, isCut: false});
    expect((await effect()).priced.map(({call, amount}) => [call.upSeq, amount])).toEqual([
      [2, 600_000],
      [1, 1_200_000],
    ]);
  });

  test('takes off what the box takes off for ringing', async () => {
    // 70 s less the 20 of the policy are one minute.
    await tell([waiting({seconds: 70, flags: ['answer-allowance']}), waiting({seconds: 70})]);
    expect((await effect()).priced.map(({amount}) => amount)).toEqual([1_200_000, 600_000]);
  });

  test('has another hash for whatever is other, and the same for the same', async () => {
    await tell([waiting()]);
    const {hash} = await effect();
    expect((await effect({...RANGE, prefix: '+992 372'})).hash).toBe(hash);
    const others: NewRange[] = [
      {...RANGE, prefix: '99237211'},
      {...RANGE, from: (NOON + 500) as Instant},
      {...RANGE, to: {...RANGE.to, destination: 'Khujand'}},
      {...RANGE, to: {...RANGE.to, perMinute: '0.61'}} as NewRange,
      {...RANGE, to: {...RANGE.to, connectionFee: '0.10'}} as NewRange,
      {...RANGE, to: {...RANGE.to, nextSeconds: 1}} as NewRange,
      {...RANGE, to: {kind: 'existing', destination: 'London'}},
    ];
    const hashes = await Promise.all(others.map(async (range) => (await effect(range)).hash));
    expect(new Set([hash, ...hashes]).size).toBe(others.length + 1);
    await tell([waiting({payer: undefined})]);
    expect((await effect()).hash).not.toBe(hash);
  });

  test('says for how many of the calls something else was asked before', async () => {
    await tell([waiting(), waiting(), waiting({number: '+992440000000'})]);
    const {hash} = await effect();
    const row = {site: HALL, amount: POUND, by: 'carl', reason: 'r'};
    await cloud.store.transact(async ({db}) => {
      const open = {outcome: null, detail: null, answered_at: null, act: 'bill', asked_at: NOON} as const;
      for (const seq of [1, 3])
        await db
          .insertInto('resolution_request')
          .values({...row, ...open, down_seq: seq, call_seq: seq})
          .execute();
    });
    expect(await effect()).toMatchObject({asked: 1, total: 1_200_000});
    expect((await effect()).hash).not.toBe(hash);
    const proposal = {...row, id: 'p', call_seq: 2, destination: 'Dushanbe', payer: null, at: NOON};
    await cloud.store.transact(({db}) =>
      db
        .insertInto('resolution_proposal')
        .values({...proposal, decision: null, decided_by: null, decided_at: null})
        .execute(),
    );
    expect(await effect()).toMatchObject({asked: 2});
  });

  test('is told from what was shown before', async () => {
    await tell([waiting(), waiting({seconds: 61})]);
    const before = await effect();
    const after = {...before, schedule: 'another', priced: [must(before.priced[0], 'a call'), ...before.priced.slice(2)]};
    expect(changeSince(shownText(before), before)).toEqual({added: 0, gone: 0, otherPrice: 0, isOtherSchedule: false});
    expect(changeSince(shownText(before), after)).toEqual({added: 0, gone: 1, otherPrice: 0, isOtherSchedule: true});
    expect(changeSince(shownText(after), before)).toMatchObject({added: 1, gone: 0});
    const dearer = before.priced.map((each) => ({...each, amount: micros(each.amount * 2)}));
    expect(changeSince(shownText({...before, priced: dearer}), before)).toMatchObject({otherPrice: 2});
    expect(changeSince('', before)).toMatchObject({added: 2, isOtherSchedule: true});
  });
});

describe('a range', () => {
  test('is published by an admin who saw its effect, with the calls that were shown', async () => {
    await tell([waiting({seconds: 61})]);
    const before = await schedules();
    const {hash} = await effect();
    expect(await add(hash, CARL)).toMatchObject({kind: 'refused', code: 'not-allowed'});
    const done = await add(hash);
    expect(done).toMatchObject({kind: 'done', waitsFor: 'box'});
    const id = done.kind === 'done' ? done.id : '';
    expect(await schedules()).toBe(before + 1);
    const head = cloud.store.reading.selectFrom('site_head').select('seq').where('log', '=', 'down').where('site', '=', HALL);
    expect(await rangeAddition(cloud.store.reading, id)).toMatchObject({
      prefix: '992372',
      calls: 1,
      total: 1_200_000,
      isDear: false,
      by: 'ada',
      decided: {decision: 'published', by: 'ada'},
      downSeq: (await head.executeTakeFirstOrThrow()).seq,
    });
    expect(wishOf(must(await rangeAddition(cloud.store.reading, id), 'addition').range)).toBe(wishOf(RANGE));
    expect([...(await shownCalls(cloud.store.reading, id))]).toEqual([[1, 1_200_000]]);
    expect([...(await fatesOf(cloud.store.reading, HALL, [1]))]).toEqual([
      [1, {kind: 'waits', reason: 'no-destination', detail: 'nothing matches'}],
    ]);
  });

  test('that two confirm at once is published once', async () => {
    await tell([waiting()]);
    const {hash} = await effect();
    const [first, second] = await Promise.all([add(hash), add(hash, OLGA)]);
    expect(first).toMatchObject({kind: 'done'});
    // The tariffs have the prefix by then.
    expect(second).toMatchObject({kind: 'refused', code: 'prefix-taken'});
    expect(await rangeAdditions(cloud.store.reading, HALL, 9)).toHaveLength(1);
  });

  test('of which a call came or went meanwhile is not published', async () => {
    await tell([waiting()]);
    const {hash} = await effect();
    await tell([waiting()]);
    const before = await schedules();
    expect(await add(hash)).toMatchObject({kind: 'changed', effect: {total: 1_200_000}});
    expect(await schedules()).toBe(before);
    expect(await rangeAdditions(cloud.store.reading, HALL, 9)).toEqual([]);
  });
});

describe('a range that is dear in all', () => {
  // Thirty-four minutes of 60p are £20.40.
  const propose = async (): Promise<string> => {
    await tell([waiting({seconds: 34 * 60})]);
    const done = await add((await effect()).hash);
    if (done.kind !== 'done') throw new Error(JSON.stringify(done));
    expect(done.waitsFor).toBe('second-person');
    return done.id;
  };

  test('of £19.80 is none, and of more calls than are looked at always one', async () => {
    await tell([waiting({seconds: 33 * 60})]);
    expect(await add((await effect()).hash)).toMatchObject({waitsFor: 'box'});
    await tell(Array.from({length: MOST_WAITING + 1}, () => waiting({number: '+992440000000', seconds: 0})));
    const free = {...RANGE, prefix: '99244', to: {...RANGE.to, destination: 'Khujand'}} as NewRange;
    const found = await effect(free);
    expect([found.isCut, found.priced.length, found.total]).toEqual([true, MOST_WAITING, 0]);
    expect(await add(found.hash, ADA, free)).toMatchObject({waitsFor: 'second-person'});
    expect(await waitingCalls(cloud.store.reading, {site: HALL})).toHaveLength(MOST_WAITING);
  });

  test('is published by a second admin alone, who saw what it would do then', async () => {
    const id = await propose();
    const before = await schedules();
    const {hash} = await effect();
    expect(await decide(ADA, {id, approve: true, hash})).toMatchObject({kind: 'refused', code: 'same-person'});
    expect(await decide(CARL, {id, approve: true, hash})).toMatchObject({kind: 'refused', code: 'not-allowed'});
    expect(await decide(OLGA, {id, approve: true, hash: 'another'})).toMatchObject({kind: 'changed'});
    await tell([waiting()]);
    expect(await decide(OLGA, {id, approve: true, hash})).toMatchObject({kind: 'changed', effect: {total: 21 * POUND}});
    expect(await schedules()).toBe(before);
    expect(await decide(OLGA, {id, approve: true, hash: (await effect()).hash})).toEqual({kind: 'done'});
    expect(await schedules()).toBe(before + 1);
    expect(await rangeAddition(cloud.store.reading, id)).toMatchObject({calls: 2, total: 21 * POUND, decided: {by: 'olga'}});
    expect((await shownCalls(cloud.store.reading, id)).size).toBe(2);
    expect(await decide(OLGA, {id, approve: false, hash: ''})).toMatchObject({kind: 'refused', code: 'proposal-gone'});
  });

  test('cannot be published by one person whatever a program does', async () => {
    const id = await propose();
    const one = cloud.store.transact(({db}) =>
      db
        .updateTable('range_addition')
        .set({decision: 'published', decided_by: 'ada', decided_at: NOON, down_seq: 1})
        .where('id', '=', id)
        .execute(),
    );
    await expect(one).rejects.toThrow(/CHECK/);
  });

  test('waits once for a prefix', async () => {
    await propose();
    expect(await add((await effect()).hash, OLGA)).toMatchObject({kind: 'refused', code: 'range-proposed'});
  });
});
