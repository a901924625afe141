// Sites, rules and prices as they are published: rows, and what a real box makes of them.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createAudit} from '../../../cloud/people/audit.ts';
import {createPublish} from '../../../cloud/tariff/publish.ts';
import {policyOf, publishedTariffs, tariffInForce} from '../../../cloud/tariff/published.ts';
import {createSites, type NewSite} from '../../../cloud/tariff/sites.ts';
import type {Tx} from '../../../cloud/store/open.ts';
import type {Actor} from '../../../shared/failure/refusal.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {readDownRow, takeRow} from '../../../shared/wire/reader.ts';
import {createSiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {HALL_POLICY, HALL_TARIFF} from '../../simulator/cloud/site.ts';
import {NOON, openCloud, type Cloud} from '../books/ground.ts';
import {temporaryStore} from '../temporary-store.ts';

const ADMIN: Actor = {id: 'admin', role: 'admin'};
const CLERK: Actor = {id: 'clerk', role: 'clerk'};
const DAY = 86_400_000;
const at = (days: number): Instant => (NOON + days * DAY) as Instant;
const TEXT = JSON.stringify(HALL_TARIFF);
const DEARER = JSON.stringify({...HALL_TARIFF, name: 'Hall, from October'});
const {currency: _currency, zone: _zone, ...rules} = HALL_POLICY;
const LODGE: NewSite = {id: 'lodge', name: 'The Lodge', currency: 'GBP', zone: 'Europe/London', policy: rules, tariff: TEXT};

let cloud: Cloud;
let sites: ReturnType<typeof createSites>;
let publish: ReturnType<typeof createPublish>;
beforeEach(async () => {
  cloud = await openCloud();
  const given = {now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog: cloud.downLog};
  sites = createSites(given);
  publish = createPublish(given);
});
afterEach(() => cloud.remove());

const act = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => cloud.store.transact(work);
const create = (change: Partial<NewSite> = {}, actor = ADMIN) => act((tx) => sites.create(tx, actor, {...LODGE, ...change}));
const hashOf = (text: string): string => {
  const reading = readTariff(text);
  if (reading.kind === 'invalid') throw new Error('not a tariff');
  return reading.hash;
};
const down = async () => {
  const rows = await cloud.store.reading.selectFrom('down_log').selectAll().where('site', '=', 'lodge').orderBy('seq').execute();
  return rows.map(({content_hash: contentHash, ...row}) => ({...row, contentHash, personal: []}));
};

async function boxOfLodge() {
  const {database, remove} = temporaryStore();
  const refuse = (): never => {
    throw new Error('only rules and prices go down here');
  };
  const readers = {
    ...createSiteReaders(database),
    credit: refuse,
    adjustment: refuse,
    'top-up-result': refuse,
    override: refuse,
    resolution: refuse,
  };
  for (const row of await down()) {
    const reading = readDownRow(row);
    if (reading.kind === 'unreadable') throw new Error(reading.why);
    inTransaction(database, () => takeRow(readers, reading.row, row));
  }
  const compile = (text: string) => {
    const reading = readTariff(text);
    return reading.kind === 'tariff' ? compileTariff(reading.tariff, reading.hash) : undefined;
  };
  return {book: createSiteBook(database, compile), remove};
}

test('a new site has rules and a tariff in force since ever, and its box can price by them', async () => {
  expect(await create()).toEqual({kind: 'done', tariff: hashOf(TEXT)});
  expect((await down()).map(({kind}) => kind)).toEqual(['policy', 'tariff', 'schedule']);
  const box = await boxOfLodge();
  expect(box.book.policy()).toEqual(HALL_POLICY);
  expect(box.book.tariffAt(at(-3_000))?.hash).toBe(hashOf(TEXT));
  box.remove();
  expect(await policyOf(cloud.store.reading, 'lodge')).toEqual(HALL_POLICY);
  expect(await publishedTariffs(cloud.store.reading, 'lodge', cloud.now)).toEqual([
    {hash: hashOf(TEXT), name: 'Hall', from: 0, to: undefined, isInForce: true},
  ]);
});

test.for([
  ['an id that no configuration can name', {id: 'the lodge'}, 'id-invalid'],
  ['an id that is taken', {id: 'hall'}, 'site-taken'],
  ['no name', {name: '  '}, 'name-invalid'],
  ['a currency that is none', {currency: 'pounds'}, 'currency-invalid'],
  ['a zone that is none', {zone: 'London'}, 'zone-invalid'],
  ['a tariff in another currency', {currency: 'EUR'}, 'currency-differs'],
  ['a tariff that is none', {tariff: 'hello'}, 'tariff-invalid'],
  ['rules that cannot be', {policy: {...rules, floor: 5}}, 'policy-invalid'],
] as const)('a site with %s is refused, and none is made', async ([, change, code]) => {
  expect(await create(change)).toMatchObject({kind: 'refused', code});
  expect(await cloud.store.reading.selectFrom('site').select('id').execute()).toEqual([{id: 'hall'}]);
  expect(await down()).toEqual([]);
});

test('a tariff with a mistake says where it stands', async () => {
  const refusal = await create({tariff: JSON.stringify({...HALL_TARIFF, currency: 'pounds'}, null, 1)});
  expect(refusal).toMatchObject({code: 'tariff-invalid', what: expect.stringMatching(/^line 4, column \d+: /) as string});
});

test('a later tariff takes over at its instant, on the box too, and the older one prices what came before', async () => {
  await create();
  expect(await act((tx) => publish.tariff(tx, ADMIN, {site: 'lodge', text: DEARER, from: at(10)}))).toEqual({
    kind: 'done',
    hash: hashOf(DEARER),
  });
  const box = await boxOfLodge();
  expect([box.book.tariffAt((at(10) - 1) as Instant)?.hash, box.book.tariffAt(at(10))?.hash]).toEqual([hashOf(TEXT), hashOf(DEARER)]);
  box.remove();
  expect((await publishedTariffs(cloud.store.reading, 'lodge', at(3))).map(({name, isInForce}) => [name, isInForce])).toEqual([
    ['Hall', true],
    ['Hall, from October', false],
  ]);
  expect((await tariffInForce(cloud.store.reading, 'lodge', at(10)))?.name).toBe('Hall, from October');
});

test('going back to an older tariff sends its text no second time', async () => {
  await create();
  await act((tx) => publish.tariff(tx, ADMIN, {site: 'lodge', text: DEARER, from: at(10)}));
  await act((tx) => publish.tariff(tx, ADMIN, {site: 'lodge', text: TEXT, from: at(10)}));
  expect((await down()).map(({kind}) => kind)).toEqual(['policy', 'tariff', 'schedule', 'tariff', 'schedule', 'schedule']);
  expect((await publishedTariffs(cloud.store.reading, 'lodge', at(11))).map(({from}) => from)).toEqual([0, at(10)]);
});

test('no tariff begins in the past, and none comes from a clerk', async () => {
  await create();
  const wanted = {site: 'lodge', text: DEARER};
  expect(await act((tx) => publish.tariff(tx, ADMIN, {...wanted, from: (NOON - 1) as Instant}))).toMatchObject({code: 'time-past'});
  expect(await act((tx) => publish.tariff(tx, CLERK, wanted))).toMatchObject({code: 'not-allowed'});
  expect(await create({id: 'other'}, CLERK)).toMatchObject({code: 'not-allowed'});
  expect(await act((tx) => publish.tariff(tx, ADMIN, wanted))).toMatchObject({kind: 'done'});
});

test('new rules replace the old ones, in the site’s own currency and zone, with a note of what changed', async () => {
  await create();
  const set = (change: object) => act((tx) => publish.policy(tx, ADMIN, {site: 'lodge', policy: {...HALL_POLICY, ...change}}));
  expect(await set({currency: 'EUR'})).toMatchObject({code: 'currency-differs'});
  expect(await set({zone: 'Europe/Paris'})).toMatchObject({code: 'zone-differs'});
  expect(await set({mode: 'watch'})).toEqual({kind: 'done'});
  const box = await boxOfLodge();
  expect(box.book.policy()?.mode).toBe('watch');
  box.remove();
  const last = await cloud.store.reading.selectFrom('audit').selectAll().orderBy('seq', 'desc').executeTakeFirstOrThrow();
  expect(last).toMatchObject({by: 'admin', act: 'policy', detail: '{"mode":{"from":"bill-and-lock","to":"watch"}}'});
});

test('a site gets another name, never another id', async () => {
  await create();
  expect(await act((tx) => sites.rename(tx, ADMIN, {id: 'lodge', name: 'Lodge 2'}))).toEqual({kind: 'done'});
  expect(await act((tx) => sites.rename(tx, ADMIN, {id: 'none', name: 'Lodge 2'}))).toMatchObject({code: 'site-unknown'});
});
