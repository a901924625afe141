// Recomputes what the books say of themselves: sums, both chains of every site, the chain of acts, one debit for each call.
// In: a database that nobody needs to have stopped. Out: what does not add up; nothing if all does. It changes nothing.
import {auditChain} from '../../shared/journal/audit.ts';
import {CHAIN_START} from '../../shared/journal/chain.ts';
import {decimalFromMicros, micros} from '../../shared/money/micros.ts';
import {rowHolds, type PersonalField, type Row} from '../../shared/wire/row.ts';
import type {Reader, Store} from '../store/open.ts';
import {callFindings, creditFindings} from './verify-calls.ts';
import {pricingFindings} from './verify-pricing.ts';

export type BooksVerification = {
  readonly checked: {
    readonly sites: number;
    readonly transfers: number;
    readonly calls: number;
    readonly up: number;
    readonly down: number;
    readonly acts: number;
  };
  /** Sentences for a person, at most {@link MOST_FINDINGS}. */
  readonly findings: readonly string[];
};

const MOST_FINDINGS = 100;
/** Rows that are read at once: memory stays flat over a log of millions. */
const ROWS_AT_ONCE = 1_000;

/** `last`: of each chain only so many of the newest rows are hashed again, and calls are not looked at: for every start. */
export function verifyBooks(reading: Store['reading'], {last}: {readonly last?: number} = {}): Promise<BooksVerification> {
  // One snapshot: the cloud may go on writing meanwhile.
  return reading.transaction().execute(async (db) => {
    const sites = await db.selectFrom('site').select('id').orderBy('id').execute();
    const findings = [...(await balanceFindings(db))];
    if (last === undefined) findings.push(...(await callFindings(db)), ...(await pricingFindings(db)));
    for (const {id} of sites) {
      if (last === undefined) findings.push(...(await creditFindings(db, id)));
      for (const log of ['up', 'down'] as const) findings.push(...(await chainFindings(db, {site: id, log, last})));
    }
    findings.push(...(await actFindings(db, last)));
    const count = async (table: 'transfer' | 'call' | 'up_log' | 'down_log' | 'audit'): Promise<number> =>
      (
        await db
          .selectFrom(table)
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .executeTakeFirst()
      )?.count ?? 0;
    const checked = {
      sites: sites.length,
      transfers: await count('transfer'),
      calls: await count('call'),
      up: await count('up_log'),
      down: await count('down_log'),
      acts: await count('audit'),
    };
    return {checked, findings: findings.slice(0, MOST_FINDINGS)};
  });
}

/** Each balance, beside the sum of its transfers. */
async function balanceFindings(db: Reader): Promise<readonly string[]> {
  const sums = new Map<string, number>();
  for (const side of ['debit', 'credit'] as const) {
    const rows = await db
      .selectFrom('transfer')
      .groupBy(['site', side])
      .select((eb) => ['site', `${side} as account`, eb.fn.sum<number>('amount').as('sum')])
      .execute();
    for (const {site, account, sum} of rows) sums.set(`${site} ${account} ${side}`, sum);
  }
  const balances = await db.selectFrom('balance').selectAll().execute();
  return balances.flatMap(({site, account, debit, credit}) => {
    const [debited, credited] = [sums.get(`${site} ${account} debit`) ?? 0, sums.get(`${site} ${account} credit`) ?? 0];
    if (debit === debited && credit === credited) return [];
    const says = decimalFromMicros(micros(credit - debit));
    const sum = decimalFromMicros(micros(credited - debited));
    return [`account ${account} of ${site}: the balance says ${says}, its transfers sum to ${sum}`];
  });
}

type Chain = {readonly site: string; readonly log: 'up' | 'down'; readonly last: number | undefined};

async function chainFindings(db: Reader, chain: Chain): Promise<readonly string[]> {
  const {site, log, last} = chain;
  const where = `the ${log} log of ${site}`;
  const head = await db.selectFrom('site_head').select(['seq', 'chain']).where('site', '=', site).where('log', '=', log).executeTakeFirst();
  if (head === undefined) return [`${where} has no head`];
  const since = last === undefined ? 0 : Math.max(0, head.seq - last);
  const {end, findings} = await walk(db, chain, since);
  if (end.seq !== head.seq) return [...findings, `${where} ends at ${end.seq}, its head says ${head.seq}`];
  return end.chain.equals(head.chain) ? findings : [...findings, `the head of ${where} does not match its last row`];
}

type End = {readonly seq: number; readonly chain: Buffer};

async function walk(db: Reader, {site, log}: Chain, since: number): Promise<{readonly end: End; readonly findings: readonly string[]}> {
  const where = `the ${log} log of ${site}`;
  const before = await db.selectFrom(`${log}_log`).select('chain').where('site', '=', site).where('seq', '=', since).executeTakeFirst();
  const findings: string[] = [];
  let end: End = {seq: since, chain: before?.chain ?? CHAIN_START};
  for (;;) {
    const rows = await rowsAfter(db, site, log, end.seq);
    for (const row of rows) {
      if (row.seq !== end.seq + 1) findings.push(`${where} has no row between ${end.seq} and ${row.seq}`);
      if (!rowHolds(row, end.chain)) findings.push(`row ${row.seq} of ${where} was changed: its hashes do not hold`);
      end = {seq: row.seq, chain: row.chain};
    }
    if (rows.length < ROWS_AT_ONCE || findings.length >= MOST_FINDINGS) return {end, findings};
  }
}

async function rowsAfter(db: Reader, site: string, log: 'up' | 'down', after: number): Promise<readonly Row[]> {
  const rows = await db
    .selectFrom(`${log}_log`)
    .select(['seq', 'epoch', 'id', 'kind', 'version', 'basis', 'body', 'content_hash', 'chain'])
    .where('site', '=', site)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(ROWS_AT_ONCE)
    .execute();
  const until = rows.at(-1)?.seq ?? after;
  const fields = await db
    .selectFrom(`${log}_personal`)
    .select(['seq', 'name', 'salt', 'value'])
    .where('site', '=', site)
    .where('seq', '>', after)
    .where('seq', '<=', until)
    .execute();
  const personal = new Map<number, PersonalField[]>();
  for (const {seq, ...field} of fields) personal.set(seq, [...(personal.get(seq) ?? []), field]);
  return rows.map(({content_hash: contentHash, ...row}) => ({...row, contentHash, personal: personal.get(row.seq) ?? []}));
}

/** The first that does not follow: after it nothing can be told. */
async function actFindings(db: Reader, last: number | undefined): Promise<readonly string[]> {
  const newest = await db.selectFrom('audit').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  let seq = last === undefined ? 0 : Math.max(0, (newest?.seq ?? 0) - last);
  const before = await db.selectFrom('audit').select('chain').where('seq', '=', seq).executeTakeFirst();
  let chain = before?.chain ?? CHAIN_START;
  for (;;) {
    const rows = await db.selectFrom('audit').selectAll().where('seq', '>', seq).orderBy('seq').limit(ROWS_AT_ONCE).execute();
    for (const row of rows) {
      if (!auditChain(chain, row).equals(row.chain)) return [`act ${row.seq} (${row.act}) was changed, or one before it is gone`];
      ({seq, chain} = row);
    }
    if (rows.length < ROWS_AT_ONCE) return [];
  }
}
