// A rated call as a row. Numbers are cut to the matched prefix here; the whole number lies beside the up row and can be erased.
import type {RatedCall} from '../rating/priced-call.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';
import type {CallState} from './call-fact.ts';

export type CallRow = {
  readonly call: RatedCall;
  readonly state: CallState;
  readonly seq: number;
  /** Undefined for a call that is not told to the cloud. */
  readonly upSeq: number | undefined;
  readonly at: Instant;
};

const COLUMNS = `id, seq, state, up_seq, recorded_at, flags,
  feed, family, first_line, extension, direction, class, started_at, duration,
  payer, prefix, destination, amount, tax, currency, tariff, working, cost, reason, detail`;

/** Inserts a call unless its id is there, or was before this ledger began; says whether it did. */
export function callInsertion(database: Database): (row: CallRow) => boolean {
  const insert = database.prepare<unknown[]>(
    `INSERT INTO call (${COLUMNS}) SELECT ${COLUMNS.replaceAll(/\w+/g, '?')}
     WHERE NOT EXISTS (SELECT 1 FROM known_call WHERE id = ?) ON CONFLICT (id) DO NOTHING`,
  );
  return ({call, state, seq, upSeq, at}) => {
    const {record} = call;
    const {feed, family, lines, extension, direction, start, durationSeconds} = record;
    const flags = JSON.stringify([...call.flags, ...record.flags]);
    const result = insert.run(
      call.id,
      seq,
      state,
      orNull(upSeq),
      at,
      flags,
      feed,
      family,
      lines[0] ?? 0,
      orNull(extension),
      direction,
      orNull(call.class),
      start,
      durationSeconds,
      ...priceColumns(call),
      call.id,
    );
    return result.changes === 1;
  };
}

function priceColumns(call: RatedCall): readonly unknown[] {
  const unpriced = [null, null, null, null, null];
  switch (call.kind) {
    case 'priced': {
      const {payer, amount, tax, currency, working, cost} = call;
      const said = cost === undefined ? null : JSON.stringify(cost);
      const {prefix, destination, tariff} = working;
      return [payer, prefix, destination, amount, tax, currency, orNull(tariff), JSON.stringify(working), said, null, null];
    }
    case 'unbillable':
      return [orNull(call.payer), ...unpriced, orNull(call.tariff), null, null, call.reason, call.detail];
    case 'before-go-live':
      return [null, ...unpriced, null, null, null, null, null];
  }
}

function orNull<T>(value: T | undefined): T | null {
  return value ?? null;
}
