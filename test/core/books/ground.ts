// A cloud's database and a box's, both real files; what the one wrote is carried to the other as rows.
import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {createDownLog, type DownLog} from '../../../cloud/books/down-log.ts';
import {createIntake, type Intake, type Taken} from '../../../cloud/books/intake.ts';
import {createBooks, type Books} from '../../../cloud/books/posting.ts';
import {insertMany} from '../../../cloud/store/bulk.ts';
import {openStore, type Store} from '../../../cloud/store/open.ts';
import type {Database} from '../../../edge/store/open.ts';
import {CHAIN_START} from '../../../shared/journal/chain.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {sealRow, type Fact, type Row} from '../../../shared/wire/row.ts';
import type {UpBody} from '../../../shared/wire/up.ts';
import {temporaryFolder} from '../temporary-store.ts';

/** 7 September 2026, 12:00 UTC. */
export const NOON = Date.UTC(2026, 8, 7, 12) as Instant;
export const POUND = 1_000_000;
export const HALL = 'hall';

export type Cloud = {
  readonly path: string;
  readonly store: Store;
  readonly downLog: DownLog;
  readonly books: Books;
  readonly intake: Intake;
  /** What the hooks were told, in order. */
  readonly warnings: UpBody<'warning'>[];
  readonly requests: {readonly body: UpBody<'top-up-request'>; readonly upSeq: number}[];
  /** Sites to which something went down, after the commit. */
  readonly woken: string[];
  now: Instant;
  readonly take: (rows: readonly Row[], site?: string) => Promise<Taken>;
  readonly site: (id: string, currency?: string) => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** With a site `hall` in pounds, and nobody in it. */
export async function openCloud(): Promise<Cloud> {
  const {folder, remove} = temporaryFolder();
  const path = join(folder, 'cloud.db');
  const store = openStore(path);
  const warnings: UpBody<'warning'>[] = [];
  const requests: {body: UpBody<'top-up-request'>; upSeq: number}[] = [];
  const woken: string[] = [];
  const clock = {now: NOON};
  const downLog = createDownLog({now: () => clock.now, randomBytes, wake: (site) => void woken.push(site)});
  const intake = createIntake({
    now: () => clock.now,
    insertMany,
    onWarning: (_tx, _site, body) => Promise.resolve(void warnings.push(body)),
    onTopUpRequest: (_tx, _site, body, upSeq) => Promise.resolve(void requests.push({body, upSeq})),
  });
  const site = (id: string, currency = 'GBP'): Promise<void> =>
    store.transact(async ({db}) => {
      await db.insertInto('site').values({id, name: id, currency, zone: 'Europe/London', created_at: NOON}).execute();
    });
  await site(HALL);
  return Object.assign(clock, {
    path,
    store,
    downLog,
    books: createBooks(downLog),
    intake,
    warnings,
    requests,
    woken,
    take: (rows: readonly Row[], to = HALL) => store.transact((tx) => intake(tx, to, rows)),
    site,
    remove: async () => {
      await store.close();
      remove();
    },
  });
}

type StoredRow = Omit<Row, 'personal' | 'contentHash'> & {readonly content_hash: Buffer};

/** What a box has to say after a row of its log. */
export function rowsOfBox(database: Database, log: 'up' | 'down' = 'up', after = 0): readonly Row[] {
  const personal = database.prepare<[number], Row['personal'][number]>(`SELECT name, salt, value FROM ${log}_personal WHERE seq = ?`);
  return database
    .prepare<[number], StoredRow>(
      `SELECT seq, epoch, id, kind, version, basis, body, content_hash, chain FROM ${log}_log WHERE seq > ? ORDER BY seq`,
    )
    .all(after)
    .map(({content_hash: contentHash, ...row}) => ({...row, contentHash, personal: personal.all(row.seq)}));
}

/** Facts as a box numbers them, for what no box of this release would say. */
export function sealedAfter(facts: readonly Fact[], last: {readonly seq: number; readonly chain: Buffer} = {seq: 0, chain: CHAIN_START}) {
  let previousChain = last.chain;
  return facts.map((fact, index): Row => {
    const row = sealRow(fact, {seq: last.seq + index + 1, epoch: 1, basis: 0, previousChain}, randomBytes);
    previousChain = row.chain;
    return row;
  });
}
