// Do a box and its cloud hold the same? Word for word and to the micro: both logs, calls, transfers, uses of allowances,
// balances, states of lines.
// In: both databases, at rest. Out: what differs, in sentences; nothing if nothing does.
import type {Database as Sqlite} from 'better-sqlite3';
import {createHash} from 'node:crypto';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** The same columns on both sides; the first ones say which row it is. */
type Question = {readonly what: string; readonly key: readonly string[]; readonly box: string; readonly cloud: string};

const FINDINGS_SHOWN = 20;
const LOG_COLUMNS = 'seq, epoch, id, kind, version, basis, hex(body) AS body, hex(content_hash) AS content_hash, hex(chain) AS chain';
const CALL_COLUMNS =
  'up_seq, id, state, extension, direction, class, payer, started_at, duration, prefix, destination, amount, tax, reason';
const TRANSFER_COLUMNS = 'code, ref, debit, credit, amount, currency, at, log, log_seq';
const USE_COLUMNS = 'up_seq, allowance, account, period_start, unit, used';

const QUESTIONS: readonly Question[] = [
  ...(['up', 'down'] as const).flatMap((log) => [
    {
      what: `head of the ${log} log`,
      key: ['log'],
      box: `SELECT log, seq, hex(chain) AS chain FROM log_head WHERE log = '${log}'`,
      cloud: `SELECT log, seq, hex(chain) AS chain FROM site_head WHERE site = $site AND log = '${log}'`,
    },
    {
      what: `row of the ${log} log`,
      key: ['seq'],
      box: `SELECT ${LOG_COLUMNS} FROM ${log}_log`,
      cloud: `SELECT ${LOG_COLUMNS} FROM ${log}_log WHERE site = $site`,
    },
    {
      what: `personal field of the ${log} log`,
      key: ['seq', 'name'],
      box: `SELECT seq, name, hex(salt) AS salt, value FROM ${log}_personal`,
      cloud: `SELECT seq, name, hex(salt) AS salt, value FROM ${log}_personal WHERE site = $site`,
    },
  ]),
  {
    what: 'call',
    key: ['id'],
    box: `SELECT ${CALL_COLUMNS} FROM call WHERE up_seq IS NOT NULL`,
    cloud: `SELECT ${CALL_COLUMNS} FROM call WHERE site = $site`,
  },
  {
    what: 'transfer',
    key: ['code', 'ref'],
    box: `SELECT ${TRANSFER_COLUMNS} FROM transfer`,
    cloud: `SELECT ${TRANSFER_COLUMNS} FROM transfer WHERE site = $site`,
  },
  {
    what: 'use of an allowance',
    key: ['up_seq', 'allowance'],
    box: `SELECT ${USE_COLUMNS} FROM allowance_use`,
    cloud: `SELECT ${USE_COLUMNS} FROM allowance_use WHERE site = $site`,
  },
  {
    what: 'balance',
    key: ['account'],
    box: 'SELECT account, debit, credit FROM balance WHERE debit > 0 OR credit > 0',
    cloud: 'SELECT account, debit, credit FROM balance WHERE site = $site AND (debit > 0 OR credit > 0)',
  },
  {
    what: 'line that is locked',
    key: ['extension'],
    // A line that was open from the first is nothing to tell.
    box: "SELECT extension, wanted, reasons FROM line_state WHERE wanted <> 'open'",
    cloud: "SELECT extension, wanted, reasons FROM line_state WHERE site = $site AND wanted <> 'open'",
  },
];

export function differences(box: Sqlite, cloud: Sqlite, site: string): readonly string[] {
  const findings = [
    ...QUESTIONS.flatMap(({what, key, ...sql}) =>
      compared(what, key, {box: box.prepare(sql.box).all() as Rows, cloud: cloud.prepare(sql.cloud).all({site}) as Rows}),
    ),
    ...(['up', 'down'] as const).flatMap((log) => chainFindings(cloud, site, log)),
  ];
  const more = findings.length - FINDINGS_SHOWN;
  return more > 0 ? [...findings.slice(0, FINDINGS_SHOWN), `and ${more} more`] : findings;
}

function compared(what: string, key: readonly string[], {box, cloud}: {readonly box: Rows; readonly cloud: Rows}): readonly string[] {
  const nameOf = (row: Rows[number]): string => key.map((column) => String(row[column])).join(' ');
  const findings = box.length === cloud.length ? [] : [`${what}: ${box.length} on the box, ${cloud.length} in the cloud`];
  const theirs = new Map(cloud.map((row) => [nameOf(row), row]));
  for (const row of box) {
    const name = nameOf(row);
    const other = theirs.get(name);
    theirs.delete(name);
    if (other === undefined) findings.push(`${what} ${name} is on the box alone`);
    else if (JSON.stringify(row) !== JSON.stringify(other))
      findings.push(`${what} ${name}: the box has ${JSON.stringify(row)}, the cloud ${JSON.stringify(other)}`);
  }
  return [...findings, ...[...theirs.keys()].map((name) => `${what} ${name} is in the cloud alone`)];
}

type LogRow = {readonly seq: number; readonly epoch: number; readonly content_hash: Buffer; readonly chain: Buffer};

/** Written from the rule, not from the code that it checks: chain = SHA-256(previous ‖ epoch ‖ seq ‖ content hash). */
function chainFindings(cloud: Sqlite, site: string, log: 'up' | 'down'): readonly string[] {
  const rows = cloud
    .prepare<[string], LogRow>(`SELECT seq, epoch, content_hash, chain FROM ${log}_log WHERE site = ? ORDER BY seq`)
    .all(site);
  let previous: Pick<LogRow, 'seq' | 'chain'> = {seq: 0, chain: Buffer.alloc(32)};
  for (const {seq, epoch, content_hash: content, chain} of rows) {
    if (seq !== previous.seq + 1) return [`${log} log of the cloud: row ${seq} comes after row ${previous.seq}`];
    const label = Buffer.alloc(16);
    label.writeBigUInt64BE(BigInt(epoch), 0);
    label.writeBigUInt64BE(BigInt(seq), 8);
    const due = createHash('sha256').update(previous.chain).update(label).update(content).digest();
    if (!due.equals(chain)) return [`${log} log of the cloud: the chain does not hold at row ${seq}`];
    previous = {seq, chain};
  }
  return [];
}
