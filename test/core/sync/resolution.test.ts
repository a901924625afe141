// A resolution comes down with other rows: it is done by what stands at the end of its batch, and credit control hears of it.
import {generateKeyPairSync, randomBytes} from 'node:crypto';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createCreditControl, type Settled} from '../../../edge/credit/control.ts';
import {createBeginning} from '../../../edge/ledger/beginning.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger, type Ledger} from '../../../edge/ledger/ledger.ts';
import {createResolver, type Resolver} from '../../../edge/ledger/resolve.ts';
import {createRater} from '../../../edge/rating/rate.ts';
import {createSiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {createDownPath, type DownPath} from '../../../edge/sync/down.ts';
import {CHAIN_START} from '../../../shared/journal/chain.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {encodeBatch} from '../../../shared/wire/batch.ts';
import type {DownFact} from '../../../shared/wire/kinds.ts';
import {sealRow} from '../../../shared/wire/row.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {NOON, unbillableCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});

let store: TemporaryStore;
let ledger: Ledger;
let resolver: Resolver;
let path: DownPath;
let announced: Settled[];

beforeEach(() => {
  store = temporaryStore();
  const {database} = store;
  const journal = createJournal(database, randomBytes);
  ledger = createLedger(database, journal);
  const book = createSiteBook(database, () => undefined);
  resolver = createResolver(database, {...book, journal, rate: createRater({site: 'hall', book}), now: () => NOON});
  const {balance} = ledger;
  const credit = createCreditControl(database, {...book, balance, write: journal.write, nextSeq: journal.next, now: () => NOON});
  announced = [];
  const given = {
    database,
    transact: <T>(work: () => T): T => inTransaction(database, work),
    site: createSiteReaders(database),
    book,
    ledger,
    beginning: createBeginning(database),
    resolver,
    credit,
    now: () => NOON,
    announce: (settled: Settled) => void announced.push(settled),
  };
  path = createDownPath(given, publicKey);
});
afterEach(() => store.remove());

/** One batch from row 1 on. */
function apply(facts: readonly DownFact[]): string {
  let previousChain: Uint8Array = CHAIN_START;
  const rows = facts.map(({kind, id, body}, index) => {
    const place = {seq: index + 1, epoch: 0, basis: 0, previousChain};
    const row = sealRow({id: `${kind}:${id}`, kind, version: 1, body}, place, randomBytes);
    previousChain = row.chain;
    return row;
  });
  return path.apply(encodeBatch(rows, {epoch: 0, session: 0, previousChain: CHAIN_START}, privateKey)).kind;
}

test('it is done by the rules that came in the same batch, before or after it, and may lock the line', () => {
  const call = unbillableCall('a');
  inTransaction(store.database, () => ledger.record([call], 'bill', NOON));
  const bill = {call: call.id, act: 'bill', amount: 300_000, by: 'dora', reason: 'the carrier says so'} as const;
  const facts: readonly DownFact[] = [
    {kind: 'resolution', id: `${call.id}:bill`, body: bill},
    {kind: 'policy', id: '1', body: {...HALL_POLICY, mode: 'bill-and-lock'}},
    {kind: 'tenancy', id: '1', body: {tenancy: 't', extension: '101', account: 'ann', from: 0}},
  ];
  expect(apply(facts)).toBe('applied');
  expect(ledger.balance('ann' as AccountId)).toBe(-300_000);
  expect(announced.flatMap(({decided}) => decided)).toEqual([{extension: '101', wanted: 'locked', reasons: ['floor']}]);
  // The same bytes once more are the same rows: nothing is done twice.
  expect(apply(facts)).toBe('applied');
  expect(ledger.balance('ann' as AccountId)).toBe(-300_000);
  expect(store.database.prepare("SELECT id FROM up_log WHERE kind = 'call-resolved'").all()).toEqual([{id: `call-resolved:${call.id}`}]);
});

test.for([
  ['a schedule', {kind: 'schedule', id: '1', body: {entries: [{from: 0, tariff: 'a'.repeat(64)}]}}, true],
  ['rules', {kind: 'policy', id: '1', body: HALL_POLICY}, true],
  ['a tenancy', {kind: 'tenancy', id: '1', body: {tenancy: 't', extension: '101', account: 'ann', from: 0}}, true],
  ['a class of a line', {kind: 'extension', id: '1', body: {extension: '101', class: 'staff'}}, false],
] as const)('after %s, calls that wait are due to be rated again: %o', ([, fact, isDue]) => {
  expect(apply([fact as unknown as DownFact])).toBe('applied');
  expect(resolver.isDue()).toBe(isDue);
});
