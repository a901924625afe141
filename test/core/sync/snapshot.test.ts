// A site's past, taken by an empty ledger: whole or not at all, in an order that holds, and a log that goes on from there.
import {generateKeyPairSync, randomBytes, createPublicKey} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createCreditControl} from '../../../edge/credit/control.ts';
import {createBeginning} from '../../../edge/ledger/beginning.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createResolver} from '../../../edge/ledger/resolve.ts';
import {createRater} from '../../../edge/rating/rate.ts';
import {createLedger, type Ledger} from '../../../edge/ledger/ledger.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import {createSiteBook, type SiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {createDownPath} from '../../../edge/sync/down.ts';
import type {PartVerdict} from '../../../edge/sync/snapshot.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import type {DownBody} from '../../../shared/wire/kinds.ts';
import {encodeBatch} from '../../../shared/wire/batch.ts';
import {sealRow} from '../../../shared/wire/row.ts';
import {snapshotPart, type SnapshotItem} from '../../../shared/wire/snapshot.ts';
import {encodeSigned} from '../../../shared/wire/talk.ts';
import {creditFact, HALL_POLICY} from '../../simulator/cloud/site.ts';
import {NOON, pricedCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const POUND = 1_000_000;
const LABEL = {epoch: 4, session: 2};
const CUT = {up: {last: 900, hash: '11'.repeat(32)}, down: {last: 40, hash: '22'.repeat(32)}};
const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});

let store: TemporaryStore;
let ledger: Ledger;
let book: SiteBook;
let path: ReturnType<typeof createDownPath>;

beforeEach(() => {
  store = temporaryStore();
  const {database} = store;
  const journal = createJournal(database, randomBytes);
  ledger = createLedger(database, journal);
  book = createSiteBook(database, () => undefined);
  const credit = createCreditControl(database, {
    ...book,
    balance: ledger.balance,
    write: journal.write,
    nextSeq: journal.next,
    now: () => NOON,
  });
  const given = {
    database,
    transact: <T>(work: () => T): T => inTransaction(database, work),
    site: createSiteReaders(database),
    book,
    ledger,
    beginning: createBeginning(database),
    resolver: createResolver(database, {...book, journal, rate: createRater({site: 'hall', book}), now: () => NOON}),
    credit,
    now: () => NOON,
    announce: () => undefined,
  };
  path = createDownPath(given, createPublicKey(privateKey));
});
afterEach(() => store.remove());

const part = (
  number: number,
  parts: number,
  items: readonly SnapshotItem[],
  change: {cut?: typeof CUT; label?: typeof LABEL} = {},
): PartVerdict => {
  const {cut = CUT, label = LABEL} = change;
  const bytes = encodeSigned('down', snapshotPart({...label, cut, part: number, parts, items: [...items]}), privateKey);
  return path.snapshot(bytes, LABEL);
};
const count = (table: string): unknown => store.database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
const balances = (...accounts: readonly string[]): readonly number[] => accounts.map((account) => ledger.balance(account as AccountId));
const opening = (account: string, balance: number, more: {house?: boolean; currency?: string} = {}): SnapshotItem => ({
  kind: 'opening',
  account,
  house: more.house ?? false,
  currency: more.currency ?? 'GBP',
  balance,
});
const POLICY: SnapshotItem = {kind: 'policy', body: {...HALL_POLICY, brake: {lines: 1, percent: 1, minutes: 10}}};
const student = (account: string, extension: string): readonly SnapshotItem[] => [
  {kind: 'extension', body: {extension, class: 'student'}},
  {kind: 'account', body: {account, currency: 'GBP', language: 'en-GB', closed: false}},
  {kind: 'tenancy', body: {tenancy: `t-${extension}`, extension, account, from: NOON - 1}},
];

describe('a snapshot', () => {
  test('makes a ledger in which every account stands where it stood, and that verifies', () => {
    const items = [
      POLICY,
      ...student('ann', '101'),
      opening('ann', 3 * POUND),
      opening('cash', -3 * POUND, {house: true}),
      opening('bob', -2),
    ];
    expect(part(1, 1, items)).toEqual({kind: 'held', part: 1, cut: CUT, isApplied: true});
    expect(balances('ann', 'cash', 'bob', 'opening')).toEqual([3 * POUND, -3 * POUND, -2, 2]);
    const transfers = store.database.prepare("SELECT code, ref, log, log_seq FROM transfer WHERE credit = 'ann'").all();
    expect(transfers).toEqual([{code: 'OPENING', ref: '40:ann', log: 'down', log_seq: 40}]);
    expect(book.payerAt('101', NOON)).toBe('ann');
    expect(verifyLedger(store.database).findings).toEqual([]);
  });

  test('is followed by rows from its cut on, both ways, in the epoch of the session', () => {
    part(1, 1, [POLICY, ...student('ann', '101'), opening('ann', POUND)]);
    const {kind, body} = creditFact('ann', POUND, 'p1', NOON);
    const previousChain = Buffer.from(CUT.down.hash, 'hex');
    const row = sealRow({id: 'credit:p1', kind, version: 1, body}, {seq: 41, epoch: 4, basis: 900, previousChain}, randomBytes);
    expect(path.apply(encodeBatch([row], {...LABEL, previousChain}, privateKey), LABEL)).toMatchObject({kind: 'applied', rows: 1});
    inTransaction(store.database, () => ledger.record([pricedCall('new', 'ann', POUND / 2)], 'bill', NOON));
    expect(balances('ann')).toEqual([1.5 * POUND]);
    expect(store.database.prepare('SELECT seq, epoch, basis FROM up_log').all()).toEqual([{seq: 901, epoch: 4, basis: 41}]);
    expect(verifyLedger(store.database).findings).toEqual([]);
    // And a changed row is found as in any other log.
    store.database.exec("DROP TRIGGER up_is_final; UPDATE up_log SET body = CAST('{}' AS BLOB)");
    expect(verifyLedger(store.database).findings).toEqual(['row 901 of the up log was changed: its hashes do not hold']);
  });

  test('brings free allowances, and what was used of them before the cut', () => {
    const body: DownBody<'allowance'> = {
      allowance: 'free',
      name: 'Free',
      unit: 'seconds',
      amount: 600,
      period: 'month',
      destinations: [],
      from: 0,
    };
    // By the clock of London the month of NOON began an hour before it did in UTC.
    const periodStart = Date.UTC(2026, 7, 31, 23);
    const used: SnapshotItem = {kind: 'allowance-used', allowance: 'free', account: 'ann', periodStart, used: 450};
    // Whichever comes first.
    part(1, 1, [used, POLICY, ...student('ann', '101'), {kind: 'allowance', body}]);
    const left = (account: string): number | undefined => book.allowancesFor(account as AccountId, 'London', NOON)[0]?.left;
    expect([left('ann'), left('bob')]).toEqual([150, 600]);
    expect(verifyLedger(store.database).findings).toEqual([]);
  });

  test('that says twice what was used contradicts itself, and is not taken', () => {
    const used: SnapshotItem = {kind: 'allowance-used', allowance: 'free', account: 'ann', periodStart: 0, used: 450};
    expect(part(1, 1, [POLICY, used, used])).toMatchObject({kind: 'refused'});
    expect(count('allowance_bucket')).toBe(0);
  });

  test('knows the calls of before: none is recorded or debited again', () => {
    const [known, fresh] = [pricedCall('known', 'ann', POUND), pricedCall('fresh', 'ann', POUND)];
    part(1, 1, [POLICY, ...student('ann', '101'), {kind: 'calls', ids: [known.id]}]);
    const {recorded, replays} = inTransaction(store.database, () => ledger.record([known, fresh], 'bill', NOON));
    expect([recorded.map(({call}) => call.id), replays, balances('ann')]).toEqual([[fresh.id], 1, [-POUND]]);
  });

  test('locks at once every line that is due, brake or not: they were locked before', () => {
    const lines = ['101', '102', '103', '104'].flatMap((extension) => student(`s${extension}`, extension));
    part(1, 1, [POLICY, ...lines, opening('s104', POUND)]);
    const wanted = store.database.prepare('SELECT extension, wanted FROM line_state ORDER BY extension').all();
    expect(wanted).toEqual([
      {extension: '101', wanted: 'locked'},
      {extension: '102', wanted: 'locked'},
      {extension: '103', wanted: 'locked'},
      {extension: '104', wanted: 'open'},
    ]);
  });

  test('counts the money limit of an unlock from what the account has, wherever the override stands', () => {
    const override: SnapshotItem = {kind: 'override', body: {extension: '101', act: 'unlock', reason: 'ill', by: 'desk', limit: POUND}};
    part(1, 1, [override, POLICY, ...student('ann', '101'), opening('ann', -5 * POUND)]);
    expect(store.database.prepare('SELECT posted_when_given FROM override').pluck().get()).toBe(-5 * POUND);
    expect(store.database.prepare('SELECT wanted FROM line_state').pluck().get()).toBe('open');
  });

  test('brings the open top-up request: it is not made again', () => {
    const account = {
      account: 'ann',
      currency: 'GBP',
      language: 'en',
      closed: false,
      automaticTopUp: {threshold: 2 * POUND, target: 9 * POUND},
    };
    const request: SnapshotItem = {kind: 'request', account: 'ann', request: 'r7', at: NOON - 1};
    part(1, 1, [request, POLICY, ...student('ann', '101'), {kind: 'account', body: account}, opening('ann', POUND)]);
    expect(store.database.prepare('SELECT request FROM credit_state').pluck().all()).toEqual(['r7']);
    expect(store.database.prepare("SELECT count(*) FROM up_log WHERE kind = 'top-up-request'").pluck().get()).toBe(0);
  });
});

describe('parts', () => {
  test('wait for each other, in any order, and are gone when all is applied', () => {
    expect(part(2, 2, [opening('ann', POUND)])).toMatchObject({kind: 'held', isApplied: false});
    expect(part(2, 2, [opening('ann', POUND)])).toMatchObject({kind: 'held', isApplied: false});
    expect([count('transfer'), count('policy')]).toEqual([0, 0]);
    expect(part(1, 2, [POLICY, ...student('ann', '101')])).toMatchObject({kind: 'held', isApplied: true});
    expect([balances('ann'), count('snapshot_part')]).toEqual([[POUND], 0]);
  });

  test('of an older cut are dropped when a newer one begins', () => {
    part(1, 2, [POLICY, opening('ann', POUND)]);
    const cut = {...CUT, down: {...CUT.down, last: 41}};
    expect(part(2, 2, [opening('bob', POUND)], {cut})).toMatchObject({isApplied: false});
    expect(part(1, 2, [POLICY], {cut})).toMatchObject({isApplied: true});
    expect(balances('ann', 'bob')).toEqual([0, POUND]);
  });

  test('of another session or another writer are not heeded', () => {
    expect(part(1, 1, [POLICY], {label: {epoch: 4, session: 1}})).toEqual({kind: 'stray'});
    const stranger = generateKeyPairSync('ec', {namedCurve: 'P-256'}).privateKey;
    const bytes = encodeSigned('down', snapshotPart({...LABEL, cut: CUT, part: 1, parts: 1, items: [POLICY]}), stranger);
    expect(path.snapshot(bytes, LABEL)).toEqual({kind: 'refused', why: 'the signature is not the writer’s'});
    expect(count('snapshot_part')).toBe(0);
  });

  test('that contradict each other leave nothing behind but themselves', () => {
    const verdict = part(1, 1, [POLICY, ...student('ann', '101'), opening('ann', POUND, {currency: 'EUR'})]);
    expect(verdict.kind).toBe('refused');
    expect([count('transfer'), count('account'), count('policy'), book.policy()]).toEqual([0, 0, 0, undefined]);
    expect(part(1, 1, [POLICY, ...student('ann', '101'), opening('ann', POUND)])).toMatchObject({isApplied: true});
  });

  test('are not for a ledger that has begun', () => {
    inTransaction(store.database, () => ledger.record([pricedCall('a', 'ann', POUND)], 'bill', NOON));
    expect(part(1, 1, [POLICY])).toMatchObject({kind: 'refused', why: expect.stringContaining('empty one only') as string});
  });
});
