// A site with a past comes to a new box: parts are kept as they arrive, and applied whole, in one transaction, or not at all.
// In: signed parts of one cut. Out: state, openings, known calls, logs that go on from the cut. Never true: half a snapshot in
// force; a snapshot over a ledger that has written anything; parts of two cuts mixed.
import type {KeyObject} from 'node:crypto';
import type {Instant} from '../../shared/time/instant.ts';
import {takeRow, type Readers} from '../../shared/wire/reader.ts';
import type {Row} from '../../shared/wire/row.ts';
import {snapshotPartSchema, type SnapshotItem, type SnapshotPart} from '../../shared/wire/snapshot.ts';
import {decodeSigned} from '../../shared/wire/talk.ts';
import type {CreditControl} from '../credit/control.ts';
import type {Beginning, Cut} from '../ledger/beginning.ts';
import type {Database, Transact} from '../store/open.ts';
import type {Label} from './apply.ts';

export type SnapshotGiven<S> = {
  readonly database: Database;
  readonly transact: Transact;
  readonly writer: KeyObject;
  readonly readers: Readers;
  readonly beginning: Beginning;
  readonly credit: Pick<CreditControl, 'takeRequest'>;
  readonly now: () => Instant;
  /** As after a batch: in the transaction, after its commit, without one. */
  readonly settle: () => S;
  readonly after: (settled: S) => void;
  readonly undone: () => void;
};

export type PartVerdict =
  | {readonly kind: 'held'; readonly part: number; readonly cut: Cut; readonly isApplied: boolean}
  /** Of another connection, or signed by somebody else. */
  | {readonly kind: 'stray'}
  | {readonly kind: 'refused'; readonly why: string};

export type TakePart = (bytes: Uint8Array, label: Label) => PartVerdict;

/** What refers to something else comes after it: an unlock's money limit counts from the balance, a request belongs to an account. */
const LATER: ReadonlySet<SnapshotItem['kind']> = new Set(['override', 'request']);

export function createSnapshot<S>(given: SnapshotGiven<S>): TakePart {
  const {transact, writer, beginning, settle, after, undone} = given;
  const parts = partRows(given.database);

  const applyAll = (cut: Cut, epoch: number): S => {
    beginning.startAt(cut, epoch);
    for (const isLater of [false, true]) {
      for (const item of parts.items()) if (LATER.has(item.kind) === isLater) takeItem(given, item, cut);
    }
    parts.clear();
    return settle();
  };

  const keep = (part: SnapshotPart): PartVerdict => {
    transact(() => parts.keep(part));
    const held = {kind: 'held', part: part.part, cut: part.cut} as const;
    if (!parts.areAll(part)) return {...held, isApplied: false};
    try {
      const settled = transact(() => applyAll(part.cut, part.epoch));
      after(settled);
      return {...held, isApplied: true};
    } catch (error) {
      undone();
      if (contradicts(error)) return {kind: 'refused', why: error.message};
      throw error;
    }
  };

  return (bytes, label) => {
    const reading = decodeSigned('down', bytes, writer, snapshotPartSchema);
    if (reading.kind === 'refused') return {kind: 'refused', why: reading.why};
    const part = reading.value;
    if (part.epoch !== label.epoch || part.session !== label.session) return {kind: 'stray'};
    if (part.part > part.parts) return {kind: 'refused', why: `part ${part.part} of ${part.parts}`};
    if (!beginning.isEmpty()) return {kind: 'refused', why: 'this box has a ledger of its own: a snapshot fits into an empty one only'};
    return keep(part);
  };
}

function takeItem<S>({readers, beginning, credit, now}: SnapshotGiven<S>, item: SnapshotItem, cut: Cut): void {
  switch (item.kind) {
    case 'opening':
      return beginning.open(item, cut, now());
    case 'allowance-used':
      return beginning.use(item);
    case 'calls':
      return beginning.know(item.ids);
    case 'waiting':
      return beginning.wait(item, now());
    case 'resolution':
      return readers.resolution(item.body, {seq: item.seq} as Row);
    case 'request':
      return credit.takeRequest(item);
    default:
      // The state stands as if the row at the cut had said it.
      return takeRow(readers, item, {seq: cut.down.last} as Row);
  }
}

function contradicts(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CONSTRAINT');
}

function partRows(database: Database) {
  const insert = database.prepare<unknown[]>(
    'INSERT INTO snapshot_part (part, parts, cut, items) VALUES (?, ?, ?, ?) ON CONFLICT (part) DO UPDATE SET items = excluded.items',
  );
  const dropOthers = database.prepare<unknown[]>('DELETE FROM snapshot_part WHERE cut <> ? OR parts <> ?');
  const count = database.prepare<[], number>('SELECT count(*) FROM snapshot_part').pluck();
  const select = database.prepare<[number], {part: number; items: string}>(
    'SELECT part, items FROM snapshot_part WHERE part > ? ORDER BY part LIMIT 1',
  );
  const clear = database.prepare<unknown[]>('DELETE FROM snapshot_part');
  return {
    keep: ({part, parts, cut, items}: SnapshotPart): void => {
      const text = JSON.stringify(cut);
      dropOthers.run(text, parts);
      insert.run(part, parts, text, JSON.stringify(items));
    },
    areAll: ({parts}: SnapshotPart): boolean => count.get() === parts,
    /** Every item, in the order of the parts; one part in memory at a time. */
    items: function* (): Generator<SnapshotItem> {
      for (let row = select.get(0); row !== undefined; row = select.get(row.part)) yield* JSON.parse(row.items) as SnapshotItem[];
    },
    clear: (): void => void clear.run(),
  };
}
