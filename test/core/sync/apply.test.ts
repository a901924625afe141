// The way down on a real store: the stand-in's own batches, and what may be wrong with them.
import {randomBytes} from 'node:crypto';
import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createCreditControl, type Settled} from '../../../edge/credit/control.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger, type Ledger} from '../../../edge/ledger/ledger.ts';
import {verifyLedger} from '../../../edge/ledger/verify.ts';
import {createSiteBook, type SiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {createApply, type ApplyVerdict} from '../../../edge/sync/apply.ts';
import {createReaders, nothingTouched, type Touched} from '../../../edge/sync/readers.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {verifyingKey} from '../../../shared/wire/batch.ts';
import {creditFact, HALL_POLICY, studentFacts} from '../../simulator/cloud/site.ts';
import {keyPair, StandInCloud, type DownFact} from '../../simulator/cloud/stand-in.ts';
import {NOON} from '../rated-calls.ts';
import {fillDisk, temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const POUND = 1_000_000;
const ANN = {account: 'ann', extension: '101', name: 'Ann', opening: 5 * POUND};

describe('rows from the cloud', () => {
  let store: TemporaryStore;
  let cloud: StandInCloud;
  let apply: (bytes: Uint8Array) => ApplyVerdict;
  let ledger: Ledger;
  let book: SiteBook;
  let touched: Touched;
  let told: Settled[];

  beforeEach(() => {
    store = temporaryStore();
    const {database} = store;
    cloud = new StandInCloud(join(store.folder, 'cloud'), store.folder);
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
    touched = nothingTouched();
    told = [];
    apply = createApply({
      database,
      transact: (work) => inTransaction(database, work),
      writer: verifyingKey(readFileSync(keyPair(join(store.folder, 'cloud')).open, 'utf8')),
      readers: createReaders({site: createSiteReaders(database), ledger, credit}, () => touched),
      settle: () => {
        book.changed();
        return credit.review(touched.site ? book.extensions() : touched.lines);
      },
      after: (settled) => told.push(settled),
      undone: () => book.changed(),
    });
  });
  afterEach(() => {
    store.remove();
  });

  /** The bytes of the batches that a `write` made, in order. */
  const batches = (facts: readonly DownFact[]): readonly Buffer[] => {
    const inbox = join(store.folder, 'down');
    for (const name of readdirSync(inbox)) rmSync(join(inbox, name));
    cloud.write(facts);
    return readdirSync(inbox)
      .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
      .map((name) => readFileSync(join(inbox, name)));
  };
  const one = (facts: readonly DownFact[]): Buffer => {
    const [first, ...rest] = batches(facts);
    if (first === undefined || rest.length > 0) throw new Error('one batch was expected');
    return first;
  };
  const count = (table: string): unknown => store.database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  const site: readonly DownFact[] = [{kind: 'policy', body: HALL_POLICY}, ...studentFacts(ANN, NOON)];

  test('make a site: rules, lines, tenants, money', () => {
    expect(apply(one(site))).toMatchObject({kind: 'applied', rows: 5, cursor: {seq: 5, epoch: 1}});
    expect(book.policy()).toEqual(HALL_POLICY);
    expect(book.payerAt('101', NOON)).toBe('ann');
    expect(ledger.balance('ann' as AccountId)).toBe(5 * POUND);
    expect(verifyLedger(store.database).findings).toEqual([]);
  });

  test('are applied once, however often they come', () => {
    const bytes = one(site);
    apply(bytes);
    expect(apply(bytes)).toMatchObject({kind: 'applied', rows: 0, cursor: {seq: 5}});
    expect(ledger.balance('ann' as AccountId)).toBe(5 * POUND);
    expect(count('down_log')).toBe(5);
  });

  test('wait for what is missing before them', () => {
    const [first, second] = [one(site), one([creditFact('ann', POUND, 'p1', NOON)])];
    expect(apply(second)).toEqual({kind: 'gap', from: 1});
    apply(first);
    expect(apply(second)).toMatchObject({kind: 'applied', rows: 1});
    expect(ledger.balance('ann' as AccountId)).toBe(6 * POUND);
  });

  test('come in as many batches as they need', () => {
    const many = Array.from({length: 1_201}, (_, index) => creditFact('ann', 1, `p${index}`, NOON));
    const sent = batches(many);
    expect(sent.length).toBe(3);
    expect(sent.map((bytes) => apply(bytes).kind)).toEqual(['applied', 'applied', 'applied']);
    expect(ledger.balance('ann' as AccountId)).toBe(1_201);
  });

  test('of another writer, or changed on the way, are refused and change nothing', () => {
    const stranger = new StandInCloud(join(store.folder, 'stranger'), join(store.folder, 'elsewhere'));
    stranger.write(site);
    const foreign = readFileSync(join(store.folder, 'elsewhere', 'down', '1.batch'));
    expect(apply(foreign)).toEqual({kind: 'refused', why: 'the signature is not the writer’s'});
    const bytes = one(site);
    const changed = Buffer.from(bytes.toString('utf8').replace('"epoch":1', '"epoch":2'));
    expect(apply(changed)).toMatchObject({kind: 'refused'});
    expect([count('down_log'), count('account')]).toEqual([0, 0]);
  });

  test('of another past than the one that is here are refused', () => {
    const first = one(site);
    apply(first);
    // The same cloud, restored from before: another row stands at the same number.
    rmSync(join(store.folder, 'cloud', 'head.json'));
    cloud = new StandInCloud(join(store.folder, 'cloud'), store.folder);
    const fork = one([creditFact('ann', POUND, 'other', NOON)]);
    expect(apply(fork)).toEqual({kind: 'refused', why: 'row 1 is another one than this box holds'});
    expect(ledger.balance('ann' as AccountId)).toBe(5 * POUND);
  });

  test('that this release cannot read stop the batch whole', () => {
    const unknown = {kind: 'hologram', body: {}} as unknown as DownFact;
    const verdict = apply(one([...site, unknown]));
    expect(verdict).toEqual({kind: 'refused', why: 'row 6: kind hologram is not known to this release'});
    expect([count('down_log'), count('transfer'), count('account')]).toEqual([0, 0, 0]);
    expect(book.policy()).toBeUndefined();
  });

  test('that contradict what is here, such as money in another currency, are refused and stop nothing else', () => {
    apply(one(site));
    const credit = creditFact('ann', POUND, 'euros', NOON) as Extract<DownFact, {kind: 'credit'}>;
    const verdict = apply(one([{...credit, body: {...credit.body, currency: 'EUR'}}]));
    expect(verdict.kind === 'refused' ? verdict.why : verdict.kind).toContain('FOREIGN KEY');
    expect(ledger.balance('ann' as AccountId)).toBe(5 * POUND);
  });

  test('are nowhere while the disk is full, and all there when it is not', () => {
    // More rows than the pages that are there have room for.
    const bytes = one([...site, ...Array.from({length: 400}, (_, index) => creditFact('ann', 1, `p${index}`, NOON))]);
    const empty = fillDisk(store.database);
    expect(() => apply(bytes)).toThrow(/disk takes no more/);
    expect(count('down_log')).toBe(0);
    empty();
    expect(apply(bytes)).toMatchObject({kind: 'applied', rows: 405});
  });

  test('judge the lines once, after the last row: a line that is rented and paid in one batch was never locked', () => {
    apply(one(site));
    expect(told.flatMap(({decided}) => decided)).toEqual([]);
    expect(store.database.prepare('SELECT extension, wanted, reasons FROM line_state').all()).toEqual([
      {extension: '101', wanted: 'open', reasons: '[]'},
    ]);
  });

  test('that end a tenancy make the line vacant, and lock it', () => {
    apply(one(site));
    touched = nothingTouched();
    apply(one([{kind: 'tenancy', body: {tenancy: 't-101', extension: '101', account: 'ann', from: NOON - 1, to: NOON}}]));
    expect(told.at(-1)?.decided).toEqual([{extension: '101', wanted: 'locked', reasons: ['vacant']}]);
  });
});
