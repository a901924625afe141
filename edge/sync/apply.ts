// The one path by which rows of the cloud reach the box, whatever carried them.
// In: a signed batch. Out: its rows in the down log, their effects, the cursor: in one transaction. Never true: a row applied
// twice or out of order; an effect before the commit; a fact of the cloud judged (one that cannot be read stops the direction).
import type {KeyObject} from 'node:crypto';
import {must} from '../../shared/assert/assert.ts';
import {decodeBatch, type Batch} from '../../shared/wire/batch.ts';
import {readDownRow, takeRow, type Readers} from '../../shared/wire/reader.ts';
import type {Row} from '../../shared/wire/row.ts';
import type {Database, Transact} from '../store/open.ts';

export type ApplyGiven<S> = {
  readonly database: Database;
  readonly transact: Transact;
  /** The cloud's key. */
  readonly writer: KeyObject;
  readonly readers: Readers;
  /** In the transaction, after the last row: what follows from all of them together. */
  readonly settle: () => S;
  /** After the commit. */
  readonly after: (settled: S) => void;
  /** The transaction did not commit: what was remembered of it is wrong. */
  readonly undone: () => void;
};

export type Cursor = {readonly seq: number; readonly epoch: number; readonly chain: Buffer};

export type ApplyVerdict =
  | {readonly kind: 'applied'; readonly rows: number; readonly cursor: Cursor}
  /** Rows before `from` are missing here; they must come first. */
  | {readonly kind: 'gap'; readonly from: number}
  | {readonly kind: 'refused'; readonly why: string}
  /** Of another connection than this one. */
  | {readonly kind: 'stray'};

/** The connection that a batch must belong to; a file belongs to none. */
export type Label = {readonly epoch: number; readonly session: number};

export type Apply = (bytes: Uint8Array, label?: Label) => ApplyVerdict;

/** Stops the transaction; what it says is the verdict. */
class Refusal extends Error {}

export function createApply<S>(given: ApplyGiven<S>): Apply {
  const {database, transact, writer, readers, settle, after, undone} = given;
  const log = downLog(database);

  const applyRows = (batch: Batch): {cursor: Cursor; rows: number; settled: S} => {
    const start = log.cursor();
    checkOverlap(batch, start, log.chainAt);
    const fresh = batch.rows.filter((row) => row.seq > start.seq);
    for (const row of fresh) {
      const reading = readDownRow(row);
      if (reading.kind === 'unreadable') throw new Refusal(reading.why);
      log.insert(row);
      takeRow(readers, reading.row, row);
    }
    const last = fresh.at(-1);
    const cursor = last === undefined ? start : {seq: last.seq, epoch: batch.epoch, chain: last.chain};
    log.move(cursor);
    return {cursor, rows: fresh.length, settled: settle()};
  };

  return (bytes, label) => {
    const verdict = decodeBatch(bytes, writer);
    if (verdict.kind === 'refused') return verdict;
    const {batch} = verdict;
    if (label !== undefined && (batch.epoch !== label.epoch || batch.session !== label.session)) return {kind: 'stray'};
    const start = log.cursor();
    if (batch.epoch < start.epoch)
      return {kind: 'refused', why: `the batch is of epoch ${batch.epoch}, which ended; it is ${start.epoch} now`};
    if (batch.from > start.seq + 1) return {kind: 'gap', from: start.seq + 1};
    try {
      const {cursor, rows, settled} = transact(() => applyRows(batch));
      after(settled);
      return {kind: 'applied', rows, cursor};
    } catch (error) {
      undone();
      if (error instanceof Refusal || contradicts(error)) return {kind: 'refused', why: error.message};
      throw error;
    }
  };
}

/** A row that contradicts what is here, such as money in another currency: as unreadable as one of an unknown kind. */
function contradicts(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CONSTRAINT');
}

/** Where both sides hold a row, it must be the same row: else one of them was restored or forked. */
function checkOverlap(batch: Batch, start: Cursor, chainAt: (seq: number) => Buffer | undefined): void {
  const before = batch.from - 1;
  if (chainAt(before)?.equals(batch.previousChain) !== true) throw new Refusal(`the batch does not follow row ${before} of this box`);
  const overlap = batch.rows.filter((row) => row.seq <= start.seq);
  for (const row of overlap) {
    if (chainAt(row.seq)?.equals(row.chain) !== true) throw new Refusal(`row ${row.seq} is another one than this box holds`);
  }
}

function downLog(database: Database) {
  const select = database.prepare<[], Cursor>("SELECT seq, epoch, chain FROM log_head WHERE log = 'down'");
  const selectStart = database.prepare<[], {seq: number; chain: Buffer}>(
    "SELECT start_seq AS seq, start_chain AS chain FROM log_head WHERE log = 'down'",
  );
  const selectChain = database.prepare<[number], Buffer>('SELECT chain FROM down_log WHERE seq = ?').pluck();
  const move = database.prepare<unknown[]>("UPDATE log_head SET seq = ?, epoch = ?, chain = ? WHERE log = 'down'");
  const insertRow = database.prepare<unknown[]>(
    'INSERT INTO down_log (seq, epoch, id, kind, version, basis, body, content_hash, chain) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insertPersonal = database.prepare<unknown[]>('INSERT INTO down_personal (seq, name, salt, value) VALUES (?, ?, ?, ?)');
  return {
    cursor: (): Cursor => must(select.get(), 'head of the down log'),
    /** Undefined for a row before the log of this box begins. */
    chainAt: (seq: number): Buffer | undefined => {
      const start = must(selectStart.get(), 'start of the down log');
      return seq === start.seq ? start.chain : selectChain.get(seq);
    },
    move: ({seq, epoch, chain}: Cursor): void => void move.run(seq, epoch, chain),
    insert: (row: Row): void => {
      insertRow.run(row.seq, row.epoch, row.id, row.kind, row.version, row.basis, row.body, row.contentHash, row.chain);
      for (const field of row.personal) insertPersonal.run(row.seq, field.name, field.salt, field.value);
    },
  };
}
