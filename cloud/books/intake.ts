// What a box says becomes the cloud's ledger: the log word for word, and what its rows mean in tables of their own.
// In: rows already verified and contiguous, in the transaction that moves the cursor. Out: log, calls, transfers, line states,
// incidents. Never true: the box's fact judged; money without the row that says so; a row applied after one that cannot be read.
import {must} from '../../shared/assert/assert.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {readUpRow, type UpBody} from '../../shared/wire/up.ts';
import type {Row} from '../../shared/wire/row.ts';
import type {InsertMany} from '../store/bulk.ts';
import type {Tx} from '../store/open.ts';
import {writeLateTariffs} from './late-tariffs.ts';
import {padded} from './padded.ts';
import {writeIncidents, writeLineStates, type Told} from './told.ts';
import {chargesOfResolution, waitingAt, wrongResolution, writeResolutions, type WaitingAt} from './told-resolutions.ts';
import {writeUses} from './told-uses.ts';
import {callOf, openPayers, postingsOf, wrongCall, type CallBody, type CallRow, type TransferRow} from './told-calls.ts';

export type Taken = {
  /** Rows that are in the log now; the head of the up log stands at the last of them. */
  readonly applied: number;
  /** Why the row after them was not taken, nor any after it. */
  readonly stopped?: string;
};

export type Intake = (tx: Tx, site: string, rows: readonly Row[]) => Promise<Taken>;

/** Runs in the transaction of the batch, after its money: what it writes is true if and only if the row is. */
export type UpHook<K extends 'warning' | 'top-up-request'> = (tx: Tx, site: string, body: UpBody<K>, upSeq: number) => Promise<void>;

export type IntakeGiven = {
  readonly now: () => Instant;
  readonly insertMany: InsertMany;
  readonly onWarning: UpHook<'warning'>;
  readonly onTopUpRequest: UpHook<'top-up-request'>;
};

export function createIntake(given: IntakeGiven): Intake {
  const {now, insertMany} = given;
  return async (tx, site, rows) => {
    const {currency} = await tx.db.selectFrom('site').select('currency').where('id', '=', site).executeTakeFirstOrThrow();
    const waiting = await waitingAt(tx, site, rows);
    const {told, stopped} = readAll(rows, {currency, waiting, alreadyThere: await alreadyThere(tx, site, rows)});
    const last = told.at(-1)?.row;
    if (last !== undefined) {
      await insertMany(
        tx,
        'up_log',
        told.map(({row}) => logRow(site, row, now())),
      );
      await insertMany(
        tx,
        'up_personal',
        told.flatMap(({row}) => row.personal.map((field) => ({site, seq: row.seq, ...field}))),
      );
      await writeMoney(tx, site, told, insertMany);
      await writeLateTariffs(tx, site, told, insertMany);
      await writeResolutions(tx, site, told, {waiting, insertMany});
      await writeUses(tx, site, told, insertMany);
      await writeLineStates(tx, site, told, insertMany);
      await writeIncidents(tx, site, told);
      await moveHead(tx, site, {from: last.seq - told.length, to: last, at: now()});
      await tellHooks(tx, site, told, given);
    }
    return stopped === undefined ? {applied: told.length} : {applied: told.length, stopped};
  };
}

function readAll(
  rows: readonly Row[],
  known: {readonly currency: string; readonly waiting: WaitingAt; readonly alreadyThere: ReadonlySet<string>},
): {readonly told: readonly Told[]; readonly stopped: string | undefined} {
  const told: Told[] = [];
  const ids = new Set<string>();
  for (const row of rows) {
    if (known.alreadyThere.has(row.id) || ids.has(row.id))
      return {told, stopped: `row ${row.seq}: the fact ${row.id} is in the log already`};
    ids.add(row.id);
    if (new Set(row.personal.map(({name}) => name)).size < row.personal.length)
      return {told, stopped: `row ${row.seq}: a personal field stands there twice`};
    const reading = readUpRow(row);
    if (reading.kind === 'unreadable') return {told, stopped: reading.why};
    const says = reading.kind === 'read' ? reading.row : undefined;
    const wrong = says === undefined ? undefined : (wrongCall(row, says, known.currency) ?? wrongResolution(row, says, known));
    if (wrong !== undefined) return {told, stopped: `row ${row.seq}: ${wrong}`};
    // What waits may be resolved by a later row of the same batch.
    if (says?.kind === 'unbillable') known.waiting.set(row.id.slice('call:'.length), row.seq);
    told.push({row, says});
  }
  return {told, stopped: undefined};
}

/** One fact has one id for ever: a second row of it would be a second debit. */
async function alreadyThere({db}: Tx, site: string, rows: readonly Row[]): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (const ids of padded(rows.map((row) => row.id))) {
    const found = await db.selectFrom('up_log').select('id').where('site', '=', site).where('id', 'in', ids).execute();
    for (const {id} of found) known.add(id);
  }
  return known;
}

function logRow(site: string, row: Row, at: Instant) {
  const {seq, epoch, id, kind, version, basis, body, contentHash, chain} = row;
  return {site, seq, epoch, id, kind, version, basis, body, content_hash: contentHash, chain, at};
}

async function writeMoney(tx: Tx, site: string, told: readonly Told[], insertMany: InsertMany): Promise<void> {
  const calls: CallRow[] = [];
  const transfers: TransferRow[] = [];
  for (const {row, says} of told) {
    if (says?.kind === 'call-resolved') transfers.push(...chargesOfResolution(site, row, says.body));
    if (says?.kind !== 'call' && says?.kind !== 'unbillable') continue;
    const body: CallBody = says;
    calls.push(callOf(site, row, body));
    transfers.push(...postingsOf(site, row, body));
  }
  await openPayers(tx, site, transfers, insertMany);
  await insertMany(tx, 'call', calls);
  await insertMany(tx, 'transfer', transfers);
}

/** Rows that do not follow the last one are a fault of the caller. */
async function moveHead({db}: Tx, site: string, {from, to, at}: {from: number; to: Row; at: Instant}): Promise<void> {
  const moved = await db
    .updateTable('site_head')
    .set({seq: to.seq, chain: to.chain, moved_at: at})
    .where('site', '=', site)
    .where('log', '=', 'up')
    .where('seq', '=', from)
    .returning('seq')
    .executeTakeFirst();
  must(moved, `row ${from} at the head of the up log of site ${site}`);
}

async function tellHooks(tx: Tx, site: string, told: readonly Told[], {onWarning, onTopUpRequest}: IntakeGiven): Promise<void> {
  for (const {row, says} of told) {
    if (says?.kind === 'warning') await onWarning(tx, site, says.body, row.seq);
    if (says?.kind === 'top-up-request') await onTopUpRequest(tx, site, says.body, row.seq);
  }
}
