// Recomputes what the ledger says of itself: sums, chains, and that every debit comes from exactly one call.
// In: a database that nobody needs to have stopped. Out: what does not add up; nothing if all does. It changes nothing.
import {must} from '../../shared/assert/assert.ts';
import {CHAIN_START} from '../../shared/journal/chain.ts';
import {decimalFromMicros, micros} from '../../shared/money/micros.ts';
import {rowHolds, type Row} from '../../shared/wire/row.ts';
import type {Database} from '../store/open.ts';
import {toldFindings} from './verify-told.ts';

export type Verification = {
  readonly checked: {readonly transfers: number; readonly calls: number; readonly up: number; readonly down: number};
  /** Sentences for a person, at most {@link MOST_FINDINGS}. */
  readonly findings: readonly string[];
};

const MOST_FINDINGS = 100;
/** Rows of a log that are read at once: memory stays flat over a log of millions. */
const ROWS_AT_ONCE = 1_000;

/** `since`: only rows of the logs after this number are hashed again; the sums are always taken whole. */
export function verifyLedger(database: Database, since: {readonly up: number; readonly down: number} = {up: 0, down: 0}): Verification {
  // One snapshot: the box may go on writing meanwhile.
  return database.transaction(() => {
    const findings = [
      ...storeFindings(database),
      ...QUESTIONS.flatMap(({sql, say}) => database.prepare<[], Answer>(`${sql} LIMIT ${MOST_FINDINGS}`).all().map(say)),
      ...toldFindings(database, since.down === 0),
      ...chainFindings(database, 'up', since.up),
      ...chainFindings(database, 'down', since.down),
    ];
    const count = (table: string): number => database.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
    const checked = {transfers: count('transfer'), calls: count('call'), up: count('up_log'), down: count('down_log')};
    return {checked, findings: findings.slice(0, MOST_FINDINGS)};
  })();
}

type Answer = {readonly what: string; readonly a: number | null; readonly b: number | null};
type Question = {readonly sql: string; readonly say: (answer: Answer) => string};

const amount = (value: number | null): string => (value === null ? 'nothing' : decimalFromMicros(micros(value)));

/** Calls whose waiting ended: each once, by a row of its own, with just the debit that it says. */
const RESOLVED: readonly Question[] = [
  {
    sql: `SELECT call AS what, call_resolution.amount AS a, transfer.amount AS b FROM call_resolution
      LEFT JOIN transfer ON transfer.code = 'CALL' AND transfer.ref = call
      WHERE outcome = 'billed' AND call_resolution.amount > 0
        AND (transfer.amount IS NULL OR transfer.amount <> call_resolution.amount OR transfer.debit <> payer OR log_seq <> up_seq)`,
    say: ({what, a, b}) => `call ${what}: resolved at ${amount(a)}, debited ${amount(b)}`,
  },
  {
    sql: `SELECT call AS what, tax AS a, transfer.amount AS b FROM call_resolution
      LEFT JOIN transfer ON transfer.code = 'TRANSFER' AND transfer.ref = 'vat:' || call
      WHERE outcome = 'billed' AND tax > 0 AND (transfer.amount IS NULL OR transfer.amount <> tax)`,
    say: ({what, a, b}) => `call ${what}: the tax it was resolved with is ${amount(a)}, put aside ${amount(b)}`,
  },
  {
    sql: `SELECT call AS what, NULL AS a, NULL AS b FROM call_resolution JOIN call AS resolved ON resolved.id = call
      WHERE resolved.state <> 'unbillable'`,
    say: ({what}) => `call ${what}: resolved, and was not unbillable`,
  },
  {
    sql: `SELECT call AS what, up_seq AS a, NULL AS b FROM call_resolution LEFT JOIN up_log ON up_log.seq = up_seq
      WHERE up_log.id IS NOT 'call-resolved:' || call`,
    say: ({what, a}) => `resolution of call ${what}: row ${a ?? 0} of the up log is not its own`,
  },
];

/** What a billed call says of an allowance: of the call's own working, or of the one that ended its waiting. */
const BILLED_WORKING = `CASE WHEN call.state = 'billed' THEN call.working WHEN call_resolution.outcome = 'billed' THEN call_resolution.working END`;

/** Free allowances: each use stands in the working of its call, and none stands there that was not taken. */
const USES: readonly Question[] = [
  {
    // Summed in one pass: there is no index by allowance, which each call would have to keep.
    sql: `SELECT allowance || ' of ' || account AS what, sum(said) AS a, sum(used) AS b FROM (
        SELECT allowance, account, period_start, used AS said, 0 AS used FROM allowance_bucket
        UNION ALL SELECT allowance, account, period_start, 0, used FROM allowance_use)
      GROUP BY allowance, account, period_start HAVING a <> b`,
    say: ({what, a, b}) => `allowance ${what}: ${a ?? 0} are said to be used, its calls used ${b ?? 0}`,
  },
  {
    sql: `SELECT allowance_use.call AS what, allowance_use.used AS a, (
        SELECT told.value ->> 'used' FROM json_each(${BILLED_WORKING}, '$.allowances') AS told
        WHERE told.value ->> 'allowance' = allowance_use.allowance AND told.value ->> 'unit' = allowance_use.unit
          AND told.value ->> 'periodStart' = allowance_use.period_start) AS b
      FROM allowance_use LEFT JOIN call ON call.id = allowance_use.call LEFT JOIN call_resolution ON call_resolution.call = allowance_use.call
      WHERE b IS NOT a OR allowance_use.account IS NOT coalesce(call_resolution.payer, call.payer)
        OR allowance_use.up_seq IS NOT coalesce(call_resolution.up_seq, call.up_seq)`,
    say: ({what, a, b}) => `call ${what}: ${a ?? 0} of an allowance are used for it, its working says ${b ?? 0}`,
  },
  // A site without allowances has no such working: the text is looked at only where there are some.
  {
    sql: `SELECT call.id AS what, json_array_length(${BILLED_WORKING}, '$.allowances') AS a,
        (SELECT count(*) FROM allowance_use WHERE allowance_use.call = call.id) AS b
      FROM call LEFT JOIN call_resolution ON call_resolution.call = call.id
      WHERE EXISTS (SELECT 1 FROM allowance) AND instr(${BILLED_WORKING}, '"allowances":[') > 0 AND a <> b`,
    say: ({what, a, b}) => `call ${what}: its working names ${a ?? 0} allowances, ${b ?? 0} were used for it`,
  },
];

/** Differences of calls that a person approved: each is posted as it was told, with its tax, and no other is posted. */
const TOLD = `WITH told AS (
    SELECT seq, entry.value ->> 'call' || ':' || (entry.value ->> 'n') AS ref, entry.value ->> 'account' AS account,
      entry.value ->> 'amount' AS amount, entry.value ->> 'tax' AS tax
    FROM down_log, json_each(CAST(down_log.body AS TEXT), '$.entries') AS entry
    WHERE down_log.id >= 'adjustment:' AND down_log.id < 'adjustment;')`;

const DIFFERENCES: readonly Question[] = [
  {
    sql: `${TOLD} SELECT told.ref AS what, told.amount AS a, transfer.amount AS b FROM told
        LEFT JOIN transfer ON transfer.code = 'CALL_ADJ' AND transfer.ref = told.ref
        WHERE told.amount <> 0 AND (transfer.amount IS NOT abs(told.amount) OR transfer.log_seq IS NOT told.seq
          OR told.account IS NOT CASE WHEN told.amount > 0 THEN transfer.debit ELSE transfer.credit END)
      UNION ALL SELECT told.ref, told.tax, transfer.amount FROM told
        LEFT JOIN transfer ON transfer.code = 'TRANSFER' AND transfer.ref = 'vat:' || told.ref
        WHERE told.tax <> 0 AND (transfer.amount IS NOT abs(told.tax) OR (told.tax > 0) IS NOT (transfer.debit = 'revenue'))
      UNION ALL SELECT transfer.ref, NULL, transfer.amount FROM transfer LEFT JOIN told ON told.ref = transfer.ref AND told.amount <> 0
        WHERE transfer.code = 'CALL_ADJ' AND told.ref IS NULL AND EXISTS (SELECT 1 FROM down_log)`,
    say: ({what, a, b}) => `difference ${what} of a call: told as ${amount(a)}, posted as ${amount(b)}`,
  },
];

const QUESTIONS: readonly Question[] = [
  {
    sql: `SELECT balance.account AS what, balance.credit - balance.debit AS a,
        coalesce((SELECT sum(amount) FROM transfer WHERE credit = balance.account), 0) -
        coalesce((SELECT sum(amount) FROM transfer WHERE debit = balance.account), 0) AS b
      FROM balance WHERE a <> b`,
    say: ({what, a, b}) => `account ${what}: the balance says ${amount(a)}, its transfers sum to ${amount(b)}`,
  },
  {
    sql: `SELECT call.id AS what, call.amount AS a, transfer.amount AS b FROM call LEFT JOIN transfer ON transfer.code = 'CALL' AND transfer.ref = call.id
      WHERE call.state = 'billed' AND call.amount > 0 AND (transfer.amount IS NULL OR transfer.amount <> call.amount OR transfer.debit <> call.payer)`,
    say: ({what, a, b}) => `call ${what}: priced at ${amount(a)}, debited ${amount(b)}`,
  },
  {
    sql: `SELECT call.id AS what, call.tax AS a, transfer.amount AS b FROM call
      LEFT JOIN transfer ON transfer.code = 'TRANSFER' AND transfer.ref = 'vat:' || call.id
      WHERE call.state = 'billed' AND call.tax > 0 AND (transfer.amount IS NULL OR transfer.amount <> call.tax)`,
    say: ({what, a, b}) => `call ${what}: its tax is ${amount(a)}, put aside ${amount(b)}`,
  },
  {
    sql: `SELECT transfer.ref AS what, transfer.amount AS a, NULL AS b FROM transfer LEFT JOIN call ON call.id = transfer.ref
      LEFT JOIN call_resolution ON call_resolution.call = transfer.ref
      WHERE transfer.code = 'CALL' AND (call.id IS NULL OR (call.state <> 'billed' AND call_resolution.outcome IS NOT 'billed'))`,
    say: ({what, a}) => `transfer for call ${what}: ${amount(a)} debited for a call that is not billed`,
  },
  ...RESOLVED,
  ...USES,
  ...DIFFERENCES,
  {
    sql: `SELECT call.id AS what, call.up_seq AS a, up_log.seq AS b FROM call LEFT JOIN up_log ON up_log.seq = call.up_seq
      WHERE call.up_seq IS NOT NULL AND (up_log.id IS NULL OR up_log.id <> 'call:' || call.id)`,
    say: ({what, a}) => `call ${what}: row ${a ?? 0} of the up log is not its own`,
  },
  {
    sql: `SELECT log AS what, seq AS a, (SELECT max(seq) FROM up_log) AS b FROM log_head
      WHERE log = 'up' AND seq <> coalesce((SELECT max(seq) FROM up_log), start_seq)`,
    say: ({a, b}) => `the up log ends at ${b ?? 0}, its head says ${a ?? 0}`,
  },
  {
    sql: `SELECT log AS what, seq AS a, (SELECT max(seq) FROM down_log) AS b FROM log_head
      WHERE log = 'down' AND seq <> coalesce((SELECT max(seq) FROM down_log), start_seq)`,
    say: ({a, b}) => `the down log ends at ${b ?? 0}, its head says ${a ?? 0}`,
  },
];

function storeFindings(database: Database): readonly string[] {
  const broken = database.prepare<[], string>('PRAGMA quick_check(10)').pluck().all();
  const orphans = database.prepare<[], {table: string; rowid: number}>('PRAGMA foreign_key_check').all();
  return [
    ...broken.filter((line) => line !== 'ok').map((line) => `the database file is damaged: ${line}`),
    ...orphans.slice(0, MOST_FINDINGS).map(({table, rowid}) => `row ${rowid} of ${table} refers to nothing`),
  ];
}

type StoredRow = Omit<Row, 'personal' | 'contentHash'> & {readonly content_hash: Buffer};
type Ends = {readonly chain: Buffer; readonly start_seq: number; readonly start_chain: Buffer};
type StoredField = {readonly name: string; readonly salt: Buffer; readonly value: string};

function* chainFindings(database: Database, log: 'up' | 'down', since: number): Generator<string> {
  const selectRows = database.prepare<[number], StoredRow>(
    `SELECT seq, epoch, id, kind, version, basis, body, content_hash, chain FROM ${log}_log WHERE seq > ? ORDER BY seq LIMIT ${ROWS_AT_ONCE}`,
  );
  const selectHead = database.prepare<[string], Ends>('SELECT chain, start_seq, start_chain FROM log_head WHERE log = ?');
  const selectPersonal = database.prepare<[number], StoredField>(`SELECT name, salt, value FROM ${log}_personal WHERE seq = ?`);
  const chainAt = database.prepare<[number], Buffer>(`SELECT chain FROM ${log}_log WHERE seq = ?`).pluck();
  // A log that came as a snapshot begins at its cut.
  const start = must(selectHead.get(log), `head of the ${log} log`);
  const from = Math.max(since, start.start_seq);
  let last = {seq: from, chain: from === start.start_seq ? start.start_chain : (chainAt.get(from) ?? CHAIN_START)};
  for (;;) {
    const rows = selectRows.all(last.seq);
    for (const {content_hash: contentHash, ...stored} of rows) {
      if (stored.seq !== last.seq + 1) yield `the ${log} log has no row between ${last.seq} and ${stored.seq}`;
      const row: Row = {...stored, contentHash, personal: selectPersonal.all(stored.seq)};
      if (!rowHolds(row, last.chain)) yield `row ${row.seq} of the ${log} log was changed: its hashes do not hold`;
      last = {seq: row.seq, chain: row.chain};
    }
    if (rows.length < ROWS_AT_ONCE) break;
  }
  if (!start.chain.equals(last.chain)) yield `the ${log} log's head does not match its last row`;
}
