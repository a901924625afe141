// Does the box hold what it must? In: its database, and what others know: what was printed, what was paid in, what was acknowledged.
// Out: what is wrong, in sentences; nothing if all is right.
import {verifyLedger} from '../../edge/ledger/verify.ts';
import type {Database} from '../../edge/store/open.ts';
import type {Printed, ReadLine} from './printed.ts';

export type Known = {
  /** By feed: how its lines are read. */
  readonly readers: ReadonlyMap<string, ReadLine>;
  /** Feeds whose records have no number of their own: two equal ones may be two calls or one that was sent twice. */
  readonly unnumbered: ReadonlySet<string>;
  /** By feed, each record once, whether it was sent or not. */
  readonly printed: ReadonlyMap<string, readonly Printed[]>;
  /** By reference, opening amounts among them. */
  readonly credits: ReadonlyMap<string, Credit>;
  /** How many rows the cloud wrote. */
  readonly downRows: number;
  /** Lines that staff keep locked. */
  readonly lockedByStaff: ReadonlySet<string>;
};

export type Credit = {readonly account: string; readonly amount: number};

export function accountOf(extension: string): string {
  return `s${extension}`;
}

/** Rows of the logs up to here were hashed again by an earlier look. */
export type Heads = {readonly up: number; readonly down: number};

const FINDINGS_SHOWN = 20;
/** The hall's 20 % as a part of what is paid. */
const TAX = 1 / 6;

/** What holds at every instant, wherever the process ended. */
export function auditAlways(database: Database, {since, acknowledged}: {since: Heads; acknowledged: number}): readonly string[] {
  const down = headsOf(database).down;
  return [
    ...verifyLedger(database, since).findings,
    ...(acknowledged > down ? [`rows down to ${acknowledged} were acknowledged, and there are ${down}`] : []),
    ...lineFindings(database),
    ...contiguous(database, 'up_log'),
    ...contiguous(database, 'down_log'),
  ];
}

/** What holds when the traffic has ended and the box has caught up. */
export function auditAtRest(database: Database, known: Known): readonly string[] {
  const findings = [
    ...auditAlways(database, {since: {up: 0, down: 0}, acknowledged: known.downRows}),
    ...callFindings(database, known),
    ...creditFindings(database, known.credits),
    ...balanceFindings(database, known),
    ...wantedFindings(database, known),
  ];
  return findings.slice(0, FINDINGS_SHOWN);
}

export function headsOf(database: Database): Heads {
  const head = database.prepare<[string], number>('SELECT seq FROM log_head WHERE log = ?').pluck();
  return {up: head.get('up') ?? 0, down: head.get('down') ?? 0};
}

/** Each line that was kept has become something, once; in the transaction that kept it. */
function lineFindings(database: Database): readonly string[] {
  const feeds = database.prepare<[], {name: string; finished: number; last: number; kept: number; counted: number}>(`
    SELECT name, finished_line AS finished,
      coalesce((SELECT max(id) FROM spool WHERE feed = name), 0) AS last,
      (SELECT count(*) FROM spool WHERE feed = name) AS kept,
      coalesce((SELECT sum(count) FROM line_count WHERE feed = name), 0) AS counted
    FROM feed`);
  return feeds
    .all()
    .flatMap(({name, finished, last, kept, counted}) => [
      ...(finished === last ? [] : [`feed ${name}: lines are kept up to ${last} and finished up to ${finished}`]),
      ...(kept === counted ? [] : [`feed ${name}: ${kept} lines are kept, and ${counted} have become something`]),
    ]);
}

function contiguous(database: Database, log: 'up_log' | 'down_log'): readonly string[] {
  const {rows = 0, last = 0} =
    database.prepare<[], {rows: number; last: number}>(`SELECT count(*) AS rows, coalesce(max(seq), 0) AS last FROM ${log}`).get() ?? {};
  return rows === last ? [] : [`${log} has ${rows} rows and ends at ${last}`];
}

type CallRow = {feed: string; amount: number; payer: string | null; suspected: number; bytes: Buffer};
type Times = {printed: number; calls: number; suspected: number};

function callFindings(database: Database, known: Known): readonly string[] {
  const {readers, unnumbered} = known;
  const times = timesPrinted(known.printed);
  const found = (name: string, isSuspected: boolean): void => {
    const entry = times.get(name) ?? {printed: 0, calls: 0, suspected: 0};
    times.set(name, entry);
    if (isSuspected) entry.suspected++;
    else entry.calls++;
  };
  const findings = [...pricesFound(database, readers, found)];
  for (const [name, {printed, calls, suspected}] of times) {
    const isUnnumbered = [...unnumbered].some((feed) => name.startsWith(feed));
    // Two that are equal may be taken for one that was sent twice: for too few calls, never for too many.
    const isRight = isUnnumbered ? calls <= printed && (printed > 1 || calls + suspected >= 1) : calls === printed && suspected === 0;
    if (!isRight) findings.push(`${name} was printed ${printed} times, is ${calls} calls and ${suspected} suspected ones`);
  }
  const rejected = database.prepare<[], number>('SELECT count(*) FROM rejected_line').pluck().get();
  if (rejected !== 0) findings.push(`${String(rejected)} lines were rejected`);
  return findings;
}

function timesPrinted(printed: Known['printed']): Map<string, Times> {
  const times = new Map<string, Times>();
  for (const [feed, records] of printed) {
    for (const {id} of records) {
      const name = `${feed} ${id}`;
      times.set(name, {printed: (times.get(name)?.printed ?? 0) + 1, calls: 0, suspected: 0});
    }
  }
  return times;
}

type Found = (name: string, isSuspected: boolean) => void;

function* pricesFound(database: Database, readers: Known['readers'], found: Found): Generator<string> {
  const rows = database.prepare<[], CallRow>(`
    SELECT call.feed, coalesce(call.amount, 0) AS amount, call.payer, coalesce(call.reason = 'duplicate-suspected', 0) AS suspected, spool.bytes
    FROM call JOIN spool ON spool.id = call.first_line`);
  for (const {feed, amount, payer, suspected, bytes} of rows.iterate()) {
    const record = readers.get(feed)?.(bytes.toString('latin1'));
    if (record === undefined) continue;
    const name = `${feed} ${record.id}`;
    found(name, suspected === 1);
    if (suspected === 1) continue;
    if (amount !== record.price) yield `${name} costs ${record.price} and was priced at ${amount}: ${record.text}`;
    if (record.price > 0 && payer !== accountOf(record.extension)) yield `${name} is paid by ${String(payer)}: ${record.text}`;
  }
}

function creditFindings(database: Database, credits: Known['credits']): readonly string[] {
  const findings: string[] = [];
  const missing = new Map(credits);
  const rows = database.prepare<[], {ref: string; credit: string; amount: number}>(
    "SELECT ref, credit, amount FROM transfer WHERE log = 'down'",
  );
  for (const {ref, credit, amount} of rows.all()) {
    const told = missing.get(ref);
    missing.delete(ref);
    if (told?.account !== credit || told.amount !== amount)
      findings.push(`credit ${ref} of ${amount} to ${credit} was never told, or twice`);
  }
  for (const [ref, {account, amount}] of missing) findings.push(`credit ${ref} of ${amount} to ${account} was told and never given`);
  return findings;
}

/** Opening and credits less the price of every printed record, to the micro; and on the other side the same. */
function balanceFindings(database: Database, known: Known): readonly string[] {
  const {printed, credits, unnumbered} = known;
  const due = new Map<string, number>();
  const add = (account: string, amount: number): void => void due.set(account, (due.get(account) ?? 0) + amount);
  for (const {account, amount} of credits.values()) {
    add(account, amount);
    add('cash', -amount);
  }
  for (const {extension, price} of [...printed].flatMap(([feed, records]) =>
    unnumbered.has(feed) ? billed(database, known, feed) : records,
  )) {
    const tax = Math.round(price * TAX);
    add(accountOf(extension), -price);
    add('vat', tax);
    add('revenue', price - tax);
  }
  const rows = database.prepare<[], {account: string; balance: number}>('SELECT account, credit - debit AS balance FROM balance');
  const held = new Map(rows.all().map(({account, balance}) => [account, balance]));
  return [...new Set([...due.keys(), ...held.keys()])]
    .filter((account) => (due.get(account) ?? 0) !== (held.get(account) ?? 0))
    .map((account) => `${account} should have ${due.get(account) ?? 0} and has ${held.get(account) ?? 0}`);
}

/** Of records that nothing tells apart, those that were taken for calls of their own. */
function billed(database: Database, {readers}: Known, feed: string): readonly Printed[] {
  const rows = database.prepare<[string], {bytes: Buffer}>(`
    SELECT spool.bytes FROM call JOIN spool ON spool.id = call.first_line WHERE call.feed = ? AND call.reason IS NOT 'duplicate-suspected'`);
  return rows.all(feed).flatMap(({bytes}) => readers.get(feed)?.(bytes.toString('latin1')) ?? []);
}

/** The hall's rule: a line is locked if its money is used up, or staff say so. */
function wantedFindings(database: Database, {lockedByStaff}: Known): readonly string[] {
  const balance = database.prepare<[string], number>('SELECT credit - debit FROM balance WHERE account = ?').pluck();
  const lines = database.prepare<[], {extension: string; wanted: string}>('SELECT extension, wanted FROM line_state').all();
  return lines.flatMap(({extension, wanted}) => {
    const left = balance.get(accountOf(extension)) ?? 0;
    const due = left <= 0 || lockedByStaff.has(extension) ? 'locked' : 'open';
    return due === wanted ? [] : [`line ${extension} should be ${due} with ${left} left, and is wanted ${wanted}`];
  });
}
