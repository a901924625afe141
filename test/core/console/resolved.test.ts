// A call that waited as unbillable stands in every list as its waiting ended: with its price and its payer, and how that came.
import {randomBytes} from 'node:crypto';
import {h, type ComponentChildren, type VNode} from 'preact';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {CONSOLE_WORDS} from '../../../edge/console/messages.ts';
import {CallTable} from '../../../edge/console/pages/call-table.tsx';
import {GroundContext, type Ground} from '../../../edge/console/pages/ground.ts';
import {createAccountReader} from '../../../edge/console/rows/accounts.ts';
import {createCallReader, type Call} from '../../../edge/console/rows/calls.ts';
import {createFactReader} from '../../../edge/health/facts.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {createResolver, type Resolver} from '../../../edge/ledger/resolve.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {instant} from '../../../shared/time/instant.ts';
import {renderPart} from '../../../shared/ui/document.tsx';
import {UI_WORDS} from '../../../shared/ui/messages.ts';
import type {DownBody} from '../../../shared/wire/kinds.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {NOON, pricedCall, unbillableCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const ALL = Number.MAX_SAFE_INTEGER;
const HOUR = 3_600_000;
const [FIRST, SECOND] = ['1a2b3c4d'.repeat(8), '5e6f7a8b'.repeat(8)];
const THEN = instant(NOON + HOUR);

let store: TemporaryStore;
let resolver: Resolver;
/** By their keys: five calls of a minute on line 101, of which Ann's four had no price. */
let ids: Readonly<Record<string, string>>;

beforeEach(() => {
  store = temporaryStore();
  const {database} = store;
  const journal = createJournal(database, randomBytes);
  const ledger = createLedger(database, journal);
  // By the newest tariff `schedule` costs 12p, and is late; the others have no price yet.
  const rate = ({sourceKey}: {readonly sourceKey: string}) => {
    if (sourceKey !== 'schedule') return waiting(sourceKey);
    const priced = pricedCall(sourceKey, 'ann', 120_000, 20_000);
    return {...priced, flags: ['late'] as const, working: {...priced.working, tariff: SECOND}};
  };
  resolver = createResolver(database, {journal, rate, policy: () => ({...HALL_POLICY, mode: 'bill'}), now: () => THEN});
  const keys = ['schedule', 'hand', 'other', 'off', 'still'];
  const calls = [...keys.map((key) => waiting(key)), pricedCall('priced', 'ann', 500_000)];
  inTransaction(database, () => ledger.record(calls, 'bill', NOON));
  ids = Object.fromEntries(calls.map(({id, record}) => [record.sourceKey, id]));
  inTransaction(database, () => {
    resolver.rateAgain();
    resolver.next();
    resolver.take([
      asked('hand', {act: 'bill', amount: 300_000, tax: 50_000, destination: 'Somewhere'}),
      asked('other', {act: 'bill', amount: 400_000, payer: 'ben'}),
      asked('off', {act: 'write-off'}),
    ]);
  });
});
afterEach(() => store.remove());

const waiting = (key: string) => ({...unbillableCall(key), payer: 'ann' as AccountId, tariff: FIRST});
let seq = 0;
const asked = (key: string, body: Pick<DownBody<'resolution'>, 'act'> & Partial<DownBody<'resolution'>>) => ({
  body: {call: ids[key] ?? '', by: 'dora', reason: 'asked', ...body},
  seq: ++seq,
});
const keyOf = ({id}: Call): string | undefined => Object.keys(ids).find((key) => ids[key] === id);
const seen = (calls: readonly Call[]): readonly unknown[] =>
  calls.map((call) => [keyOf(call), call.state, call.payer, call.price?.amount, call.destination]);

test('in the lists of its line and of its payer with state, payer and price; what waits is only what waits', () => {
  const reader = createCallReader(store.database);
  const priced = ['priced', 'billed', 'ann', 500_000, 'London'];
  const still = ['still', 'unbillable', 'ann', undefined, ''];
  const off = ['off', 'written-off', 'ann', undefined, ''];
  const other = ['other', 'billed', 'ben', 400_000, ''];
  const hand = ['hand', 'billed', 'ann', 300_000, 'Somewhere'];
  const schedule = ['schedule', 'billed', 'ann', 120_000, 'London'];
  expect(seen(reader.ofLine({extension: '101', payer: 'ann'}, 20))).toEqual([priced, still, off, other, hand, schedule]);
  expect(seen(reader.ofPayer('ann', ALL, 20))).toEqual([priced, still, off, hand, schedule]);
  expect(seen(reader.ofPayer('ben', ALL, 20))).toEqual([other]);
  // Page by page the same.
  const [, , third] = reader.ofPayer('ann', ALL, 3);
  expect(seen(reader.ofPayer('ann', third?.seq ?? 0, 20))).toEqual([hand, schedule]);
  expect(seen(reader.unbillable(undefined, ALL, 20))).toEqual([still]);
  expect(reader.unbillableByReason()).toEqual([{reason: 'no-destination', count: 1}]);
  expect(createFactReader(store.database).facts().unbillable).toBe(1);
});

test('with what ended its waiting, both tariffs, and what is remarkable about it', () => {
  const calls = createCallReader(store.database).ofPayer('ann', ALL, 20);
  const of = (key: string): Call | undefined => calls.find((call) => keyOf(call) === key);
  expect(of('schedule')).toMatchObject({
    resolution: {by: 'schedule', at: THEN, firstTariff: FIRST},
    working: {tariff: SECOND},
    flags: ['late'],
    reason: undefined,
    detail: undefined,
  });
  expect(of('hand')).toMatchObject({resolution: {by: 'desk', at: THEN, firstTariff: FIRST}, working: undefined, flags: []});
  expect(of('off')).toMatchObject({resolution: {by: 'desk', at: THEN}, reason: 'no-destination'});
  expect([of('still')?.resolution, of('priced')?.resolution]).toEqual([undefined, undefined]);
});

test('in the ledger of its payer under the destination that it was billed for', () => {
  const movements = createAccountReader(store.database).movements('ann', ALL, 10);
  expect(movements.map(({amount, destination}) => [amount, destination])).toEqual([
    [-300_000, 'Somewhere'],
    [-120_000, 'London'],
    [-500_000, 'London'],
  ]);
});

test('on the page, in words', () => {
  const calls = createCallReader(store.database).ofPayer('ann', ALL, 20);
  const text = (key: string): string =>
    read(h(CallTable, {caption: 'Calls', calls: calls.filter((call) => keyOf(call) === key), pricedBy: () => undefined}));
  expect(text('schedule')).toContain('£0.12');
  expect(text('schedule')).toMatch(/Waited as unbillable; priced .*no price in tariff 1a2b3c4d at first, then by tariff 5e6f7a8b/);
  expect(text('schedule')).toContain('Tariff 5e6f7a8b');
  expect(text('schedule')).toContain(' late ');
  expect(text('hand')).toMatch(/£0\.30 .*Waited as unbillable; billed by hand/);
  expect(text('hand')).not.toContain('tariff');
  expect(text('off')).toMatch(/written off .*No rate for this number: nothing matches.*Waited as unbillable; written off/);
  expect(text('still')).not.toContain('Waited');
});

/** As a reader sees it: tags are gone. */
function read(content: ComponentChildren): string {
  const ground: Ground = {
    words: CONSOLE_WORDS,
    assets: {style: '', script: '', icon: ''},
    site: 'hall',
    person: undefined,
    waiting: {rejects: 0, unbillable: 0},
    note: undefined,
  };
  const setting = {locale: 'en-GB', zone: 'Europe/London', now: THEN, words: UI_WORDS};
  const page = h(GroundContext.Provider, {value: ground, children: content});
  return renderPart(setting, page as VNode)
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}
