// The thread in which tariffs are read and previewed, as it is built: the same answers as in our own thread, and a cloud that answers
// meanwhile. 300,000 prefixes against 300,000, and the calls of a month.
import {randomBytes} from 'node:crypto';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createAudit} from '../../cloud/people/audit.ts';
import type {createApart as CreateApart, Apart, Progress} from '../../cloud/store/apart.ts';
import {work, type TariffResult, type TariffTask} from '../../cloud/tariff/preview.ts';
import {checkTariff, createPublish, keepTariff} from '../../cloud/tariff/publish.ts';
import {createJournal} from '../../edge/ledger/journal.ts';
import {createLedger} from '../../edge/ledger/ledger.ts';
import {inTransaction} from '../../edge/store/open.ts';
import {instant} from '../../shared/time/instant.ts';
import {HALL, NOON, openCloud, rowsOfBox, type Cloud} from '../core/books/ground.ts';
import {pricedCall} from '../core/rated-calls.ts';
import {temporaryStore} from '../core/temporary-store.ts';
import {HALL_POLICY} from '../simulator/cloud/site.ts';
import {generateTariff} from '../simulator/tariff.ts';

const BUILT = new URL('../../dist/cloud/', import.meta.url);
const SITE = {id: HALL, currency: 'GBP', zone: 'Europe/London'};
const deck = (name: string, prefixes: number, seed: number): string =>
  JSON.stringify({...generateTariff({prefixes, seed, currency: 'GBP', zone: 'Europe/London'}), name});

let cloud: Cloud;
let apart: Apart<TariffTask, TariffResult>;
beforeEach(async () => {
  cloud = await openCloud();
  const {createApart} = (await import(new URL('store/apart.js', BUILT).href)) as {createApart: typeof CreateApart};
  apart = createApart({database: cloud.path, module: new URL('tariff/preview.js', BUILT)});
  const given = {now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog: cloud.downLog};
  await cloud.store.transact((tx) => createPublish(given).policy(tx, {id: 'ada', role: 'admin'}, {site: HALL, policy: HALL_POLICY}));
});
afterEach(async () => {
  await apart.close();
  await cloud.remove();
});

async function keep(text: string): Promise<string> {
  const checked = checkTariff(SITE, text);
  if (checked.kind === 'refused') throw new Error(checked.what);
  await cloud.store.transact((tx) => keepTariff(tx, checked, NOON));
  return checked.hash;
}
async function told(count: number): Promise<void> {
  const {database, remove} = temporaryStore();
  const ledger = createLedger(database, createJournal(database, randomBytes));
  const calls = Array.from({length: count}, (_, index) => pricedCall(`k${index}`, 'ann', 100_000 + index));
  inTransaction(database, () => ledger.record(calls, 'bill', NOON));
  const rows = rowsOfBox(database);
  for (let from = 0; from < rows.length; from += 500) await cloud.take(rows.slice(from, from + 500));
  remove();
}
const task = (tariff: string, against: string) =>
  ({
    kind: 'preview',
    site: HALL,
    role: 'student',
    tariff,
    against,
    at: NOON,
    calls: {from: instant(NOON - 1), to: instant(NOON + 1)},
  }) as const;

describe('the thread', () => {
  test('answers what our own thread would answer, and tells how far it is', async () => {
    const [old, young] = [await keep(deck('Old', 200, 1)), await keep(deck('New', 200, 2))];
    await told(300);
    const progress: Progress[] = [];
    const found = await apart.run(task(young, old), (each) => void progress.push(each));
    expect(found).toEqual(await work(cloud.store.reading, task(young, old), () => undefined));
    expect(found).toMatchObject({kind: 'preview'});
    expect(progress.at(-1)).toEqual({done: 300, total: 300});
  });

  test('checks a tariff as publishing does, and says where its mistake is', async () => {
    const good = deck('Good', 50, 3);
    expect(await apart.run({kind: 'check', site: SITE, text: good})).toEqual(checkTariff(SITE, good));
    const bad = {kind: 'check', site: SITE, text: 'format: spbs-tariff/1\nname: x\n\tcurrency: GBP\n'} as const;
    expect(await apart.run(bad)).toEqual(checkTariff(SITE, bad.text));
  });

  test('that cannot do it says so, and the next task is done', async () => {
    const missing = apart.run(task('f'.repeat(64), 'e'.repeat(64)));
    const good = deck('Good', 50, 3);
    const next = apart.run({kind: 'check', site: SITE, text: good});
    await expect(missing).rejects.toThrow('f'.repeat(64));
    expect(await next).toMatchObject({kind: 'fine', name: 'Good'});
  });

  test('is given up when the cloud closes', async () => {
    const [old, young] = [await keep(deck('Old', 20_000, 1)), await keep(deck('New', 20_000, 2))];
    const running = apart.run(task(young, old));
    const waiting = apart.run(task(old, young));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await apart.close();
    await expect(running).rejects.toThrow('before its work was done');
    await expect(waiting).rejects.toThrow('the cloud is closing');
  });
});

test('300,000 prefixes beside 300,000 hold nobody up', async () => {
  const [old, young] = [await keep(deck('Old', 300_000, 1)), await keep(deck('New', 300_000, 2))];
  await told(2_000);
  const delay = monitorEventLoopDelay({resolution: 5});
  delay.enable();
  const found = await apart.run(task(young, old));
  delay.disable();
  expect(found).toMatchObject({kind: 'preview'});
  // The incident is at 250 ms.
  expect(delay.max / 1e6).toBeLessThan(250);
}, 120_000);
