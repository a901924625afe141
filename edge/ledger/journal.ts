// The box's own log: what it says up to the cloud, and the proof that nothing in it was changed.
// In: facts, inside the transaction that makes them true. Out: numbered, chained rows. Never true: a gap, a number used twice.
import {assert, must} from '../../shared/assert/assert.ts';
import type {Fact, Row} from '../../shared/wire/row.ts';
import {sealRow} from '../../shared/wire/row.ts';
import type {Database} from '../store/open.ts';

export type Journal = {
  /** The number that the next fact will get. */
  readonly next: () => number;
  /** Writes facts in order, in the caller's transaction. Returns the last number. */
  readonly write: (facts: readonly Fact[]) => number;
  readonly head: () => {readonly seq: number; readonly chain: Buffer};
};

type Head = {seq: number; epoch: number; chain: Buffer};

type RandomBytes = (bytes: number) => Buffer;

/** So many random bytes are fetched at once: each fetch costs 7 µs, whatever its size. */
const POOL_BYTES = 4_096;

export function createJournal(database: Database, randomBytes: RandomBytes): Journal {
  const salts = pooled(randomBytes);
  const selectHead = database.prepare<[string], Head>('SELECT seq, epoch, chain FROM log_head WHERE log = ?');
  const updateHead = database.prepare<unknown[]>("UPDATE log_head SET seq = ?, chain = ? WHERE log = 'up'");
  const insertRow = database.prepare<unknown[]>(
    'INSERT INTO up_log (seq, epoch, id, kind, version, basis, body, content_hash, chain) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insertPersonal = database.prepare<unknown[]>('INSERT INTO up_personal (seq, name, salt, value) VALUES (?, ?, ?, ?)');
  const head = (): Head => must(selectHead.get('up'), 'head of the up log');

  const insert = (row: Row): void => {
    insertRow.run(row.seq, row.epoch, row.id, row.kind, row.version, row.basis, row.body, row.contentHash, row.chain);
    for (const field of row.personal) insertPersonal.run(row.seq, field.name, field.salt, field.value);
  };

  const write = (facts: readonly Fact[]): number => {
    assert(database.inTransaction, 'facts are written in the transaction that makes them true');
    const start = head();
    if (facts.length === 0) return start.seq;
    const basis = must(selectHead.get('down'), 'head of the down log').seq;
    let {seq, chain} = start;
    for (const fact of facts) {
      const row = sealRow(fact, {seq: seq + 1, epoch: start.epoch, basis, previousChain: chain}, salts);
      insert(row);
      seq = row.seq;
      chain = row.chain;
    }
    updateHead.run(seq, chain);
    return seq;
  };

  return {next: () => head().seq + 1, write, head};
}

function pooled(randomBytes: RandomBytes): RandomBytes {
  let pool = randomBytes(0);
  return (bytes) => {
    if (pool.length < bytes) pool = randomBytes(POOL_BYTES);
    const taken = pool.subarray(0, bytes);
    pool = pool.subarray(bytes);
    return taken;
  };
}
