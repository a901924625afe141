// What a draft would change: prefix by prefix, and for calls that real boxes told; sums worked out by hand.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createAudit} from '../../../cloud/people/audit.ts';
import type {Progress} from '../../../cloud/store/apart.ts';
import {work, type Preview, type PreviewWish} from '../../../cloud/tariff/preview.ts';
import {createPreviews, type PreviewState} from '../../../cloud/tariff/previews.ts';
import {checkTariff, createPublish, keepTariff} from '../../../cloud/tariff/publish.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import type {PricedCall} from '../../../edge/rating/priced-call.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {micros} from '../../../shared/money/micros.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {freeWorking} from '../../../shared/tariff/working.ts';
import {instant} from '../../../shared/time/instant.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {HALL, NOON, openCloud, rowsOfBox, type Cloud} from '../books/ground.ts';
import {pricedCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';
import {compiled, tariffOf} from './tariffs.ts';

const SITE = {id: HALL, currency: 'GBP', zone: 'Europe/London'};
const rate = (name: string, perMinute: string) => ({name, initialSeconds: 60, nextSeconds: 60, perMinute});

/** London 10p a minute, Paris 20p, Rome 30p. */
const OLD: TariffSource = tariffOf(
  {},
  {
    name: 'Old',
    rates: [rate('ten', '0.10'), rate('twenty', '0.20'), rate('thirty', '0.30')],
    destinations: [
      {name: 'London', rate: 'ten', prefixes: ['4420']},
      {name: 'Paris', rate: 'twenty', prefixes: ['331']},
      {name: 'Rome', rate: 'thirty', prefixes: ['3906']},
    ],
  },
);
/** London 15p, Paris 10p; Rome is gone, Madrid is new. */
const NEW: TariffSource = {
  ...OLD,
  name: 'New',
  rates: [rate('ten', '0.10'), rate('fifteen', '0.15')],
  destinations: [
    {name: 'London', rate: 'fifteen', prefixes: ['4420']},
    {name: 'Paris', rate: 'ten', prefixes: ['331']},
    {name: 'Madrid', rate: 'ten', prefixes: ['3491', '3492']},
  ],
};

let cloud: Cloud;
let box: TemporaryStore;
let [old, young] = ['', ''];

async function keep(source: TariffSource): Promise<string> {
  const checked = checkTariff(SITE, JSON.stringify(source));
  if (checked.kind === 'refused') throw new Error(checked.what);
  await cloud.store.transact((tx) => keepTariff(tx, checked, NOON));
  return checked.hash;
}

beforeEach(async () => {
  cloud = await openCloud();
  box = temporaryStore();
  const given = {now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog: cloud.downLog};
  await cloud.store.transact((tx) => createPublish(given).policy(tx, {id: 'ada', role: 'admin'}, {site: HALL, policy: HALL_POLICY}));
  [old, young] = [await keep(OLD), await keep(NEW)];
});
afterEach(async () => {
  box.remove();
  await cloud.remove();
});

/** Minutes cost what the old tariff says. */
function callTo(
  key: string,
  number: string,
  {minutes, payer = 'ann', amount}: {minutes: number; payer?: string; amount: number},
): PricedCall {
  const call = pricedCall(key, payer, amount);
  const destination = {'+4420': 'London', '+3314': 'Paris', '+3906': 'Rome'}[number.slice(0, 5)] ?? '';
  const working = {...call.working, durationSeconds: minutes * 60, destination, gross: micros(amount), net: micros(amount), tax: micros(0)};
  return {...call, number, working};
}
async function record(calls: readonly PricedCall[]): Promise<void> {
  const ledger = createLedger(box.database, createJournal(box.database, randomBytes));
  inTransaction(box.database, () => ledger.record(calls, 'bill', NOON));
  await cloud.take(rowsOfBox(box.database));
}
/** 2 min London and 1 min Rome of Ann's, 3 min Paris of Bob's, an emergency call. */
const CALLS = () => [
  callTo('a', '+442079460123', {minutes: 2, amount: 200_000}),
  callTo('b', '+390612345678', {minutes: 1, amount: 300_000}),
  callTo('c', '+33144000000', {minutes: 3, payer: 'bob', amount: 600_000}),
  {
    ...callTo('d', '999', {minutes: 1, amount: 0}),
    class: 'emergency' as const,
    working: freeWorking('emergency', {durationSeconds: 60, answerAllowanceSeconds: 0}),
  },
];

const wish = (change: Partial<PreviewWish> = {}): PreviewWish => ({
  site: HALL,
  role: 'student',
  tariff: young,
  against: old,
  at: NOON,
  calls: {from: instant(NOON - 1), to: instant(NOON + 1)},
  ...change,
});
async function preview(change: Partial<PreviewWish> = {}, told: Progress[] = []): Promise<Preview> {
  const found = await work(cloud.store.reading, {kind: 'preview', ...wish(change)}, (progress) => void told.push(progress));
  if (found.kind !== 'preview') throw new Error(found.kind);
  return found;
}

describe('the tariff', () => {
  test('is compared prefix by prefix with the one in force', async () => {
    const {counts, groups} = await preview();
    expect(counts).toEqual({added: 2, removed: 1, dearer: 1, cheaper: 1, mixed: 0, terms: 0, unchanged: 0});
    // From 10p to 15p is half as much again; from 20p to 10p is half.
    expect(groups.dearer.first).toMatchObject([{ranges: ['4420'], percentHundredths: 5_000, before: {destination: 'London'}}]);
    expect(groups.cheaper.first).toMatchObject([{ranges: ['331'], percentHundredths: -5_000}]);
    expect(groups.added).toMatchObject({
      count: 1,
      first: [{ranges: ['3491–3492'], prefixes: 2, moreRanges: 0, after: {destination: 'Madrid'}}],
    });
    expect(groups.removed.first).toMatchObject([{ranges: ['3906'], before: {destination: 'Rome'}}]);
  });

  test('is all new where there was none', async () => {
    expect((await preview({against: undefined})).counts).toMatchObject({added: 4, removed: 0, dearer: 0, unchanged: 0});
  });

  test('names those first that change most, and so many of each as a page shows', async () => {
    const destinations = Array.from({length: 60}, (_, index) => ({
      name: `D${index}`,
      rate: `r${index}`,
      prefixes: [String(1_000 + index * 2)],
    }));
    const rates = (percent: (index: number) => number) =>
      destinations.map(({rate: name}, index) => rate(name, (0.01 * (100 + percent(index))).toFixed(4)));
    const [before, after] = [
      await keep({...OLD, name: 'Before', rates: rates(() => 0), destinations}),
      await keep({...OLD, name: 'After', rates: rates((index) => index + 1), destinations}),
    ];
    const {dearer} = (await preview({tariff: after, against: before})).groups;
    expect([dearer.count, dearer.first.length]).toEqual([60, 40]);
    expect(dearer.first.map(({percentHundredths}) => percentHundredths)).toEqual(
      Array.from({length: 40}, (_, index) => (60 - index) * 100),
    );
  });

  test('of many ranges has the first of them, and says how many more', async () => {
    const prefixes = Array.from({length: 50}, (_, index) => String(5_000 + index * 2));
    const many = await keep({...NEW, name: 'Many', destinations: [{name: 'Many', rate: 'ten', prefixes}]});
    const [group] = (await preview({tariff: many})).groups.added.first;
    expect([group?.prefixes, group?.ranges.length, group?.moreRanges]).toEqual([50, 12, 38]);
  });
});

describe('the calls of a time', () => {
  test('would have cost so much: in all, by student, by destination, and which of them have no price any more', async () => {
    await record(CALLS());
    const {effect} = await preview();
    // London 2 × 15p for 20p, Paris 3 × 10p for 60p; Rome is not known any more.
    expect(effect.both).toEqual({calls: 2, was: 800_000, due: 600_000});
    expect(effect.free).toBe(1);
    expect(effect.unpriced).toEqual([{reason: 'no-destination', calls: 1, was: 300_000}]);
    expect(effect.accounts).toEqual({
      count: 2,
      first: [
        {of: 'bob', calls: 1, was: 600_000, due: 300_000},
        {of: 'ann', calls: 1, was: 200_000, due: 300_000},
      ],
    });
    expect(effect.destinations.first.map(({of}) => of)).toEqual(['Paris', 'London']);
    expect(effect.dearest.map(({destination, was, due}) => [destination, due - was])).toEqual([
      ['Paris', -300_000],
      ['London', 100_000],
    ]);
  });

  test('without their number are counted apart', async () => {
    await record(CALLS());
    await cloud.store.transact(({db}) => db.deleteFrom('up_personal').execute());
    const {effect} = await preview();
    expect([effect.both.calls, effect.unpriced]).toEqual([0, [{reason: 'number-erased', calls: 3, was: 1_100_000}]]);
  });

  test('are those of the time that was asked for, and progress is told', async () => {
    await record(CALLS());
    const told: Progress[] = [];
    expect((await preview({}, told)).effect.both.calls).toBe(2);
    expect(told.at(-1)).toEqual({done: 4, total: 4});
    expect((await preview({calls: {from: instant(NOON + 1), to: instant(NOON + 2)}})).effect.both.calls).toBe(0);
  });

  test('by what the carrier charges are compared with what he charged, where that is known', async () => {
    const [london, rome, paris] = CALLS();
    if (london === undefined || rome === undefined || paris === undefined) throw new Error('three calls');
    // The carrier asked 6p for two minutes to London; for Paris nobody wanted to know.
    const cost = {working: {...london.working, gross: micros(60_000)}};
    await record([{...london, cost}, rome, paris]);
    const {effect} = await preview({role: 'carrier'});
    expect(effect).toMatchObject({both: {calls: 1, was: 60_000, due: 300_000}, unknown: 1});
  });
});

describe('previews', () => {
  const previewsOf = (failing = false) => {
    const runs: string[] = [];
    const troubles: unknown[] = [];
    let changes = 0;
    const previews = createPreviews({
      apart: {
        run: async (task, tell = () => undefined) => {
          runs.push(task.kind);
          if (failing) throw new Error('the thread ended');
          return await work(cloud.store.reading, task, tell);
        },
      },
      now: () => cloud.now,
      changed: () => void changes++,
      trouble: (error) => void troubles.push(error),
    });
    return {previews, runs, troubles, changes: () => changes};
  };
  const settled = async (look: () => PreviewState): Promise<PreviewState> => {
    for (let turn = 0; look().kind === 'working' && turn < 1_000; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    return look();
  };

  test('are computed once, however often a page is drawn, and pages are told when they are there', async () => {
    const {previews, runs, changes} = previewsOf();
    expect(previews.look(wish())).toEqual({kind: 'working', progress: undefined});
    expect(await settled(() => previews.look(wish()))).toMatchObject({kind: 'ready', preview: {counts: {dearer: 1}}, at: NOON});
    expect(runs).toEqual(['preview']);
    expect(changes()).toBe(1);
    previews.look(wish({against: undefined}));
    expect(runs).toEqual(['preview', 'preview']);
  });

  test('are computed anew after some minutes: calls are told late', async () => {
    const {previews, runs} = previewsOf();
    await settled(() => previews.look(wish()));
    cloud.now = instant(NOON + 11 * 60_000);
    previews.look(wish());
    expect(runs).toHaveLength(2);
  });

  test('are begun five at a time: the sixth when it is asked for again', async () => {
    const {previews, runs} = previewsOf();
    const wishes = Array.from({length: 6}, (_, index) => wish({at: instant(NOON + index)}));
    for (const each of wishes) expect(previews.look(each)).toEqual({kind: 'working', progress: undefined});
    expect(runs).toHaveLength(5);
    await settled(() => previews.look(wishes[0] ?? wish()));
    previews.look(wishes[5] ?? wish());
    expect(runs).toHaveLength(6);
  });

  test('that cannot be computed say so', async () => {
    const {previews, troubles} = previewsOf(true);
    expect(await settled(() => previews.look(wish()))).toEqual({kind: 'failed'});
    expect(troubles).toHaveLength(1);
  });

  test('check a tariff as publishing does', async () => {
    const {previews} = previewsOf();
    expect(await previews.check(SITE, JSON.stringify(NEW))).toMatchObject({kind: 'fine', hash: compiled(NEW).hash, name: 'New'});
    expect(await previews.check(SITE, '{"format": "spbs-tariff/1",\n"name": 5}')).toMatchObject({code: 'tariff-invalid'});
  });
});
