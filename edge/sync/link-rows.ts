// The rows that the link stands on, typed: where both logs are, how far the cloud holds ours, what it said of us.
import {must} from '../../shared/assert/assert.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {PersonalField, Row} from '../../shared/wire/row.ts';
import type {Database, Transact} from '../store/open.ts';

export type LogName = 'up' | 'down';
export type Head = {
  readonly seq: number;
  readonly epoch: number;
  readonly chain: Buffer;
  readonly start: number;
  readonly startChain: Buffer;
};

type HeadRow = {seq: number; epoch: number; chain: Buffer; start_seq: number; start_chain: Buffer};
type UpRow = Omit<Row, 'personal' | 'contentHash'> & {readonly content_hash: Buffer};
type FieldRow = PersonalField & {readonly seq: number};

export type LinkRows = ReturnType<typeof createLinkRows>;

export function createLinkRows(database: Database, transact: Transact) {
  const selectHead = database.prepare<[string], HeadRow>('SELECT seq, epoch, chain, start_seq, start_chain FROM log_head WHERE log = ?');
  const raise = database.prepare<unknown[]>("UPDATE log_head SET epoch = ? WHERE log = 'up' AND epoch < ?");
  const selectChain = database.prepare<[number], Buffer>('SELECT chain FROM up_log WHERE seq = ?').pluck();
  const selectRows = database.prepare<[number, number], UpRow>(
    'SELECT seq, epoch, id, kind, version, basis, body, content_hash, chain FROM up_log WHERE seq > ? ORDER BY seq LIMIT ?',
  );
  const selectFields = database.prepare<[number, number], FieldRow>(
    'SELECT seq, name, salt, value FROM up_personal WHERE seq > ? AND seq <= ?',
  );
  const selectAcked = database.prepare<[], number>('SELECT up_acked FROM cloud_link').pluck();
  const setAcked = database.prepare<unknown[]>('UPDATE cloud_link SET up_acked = ?');
  const raiseFloor = database.prepare<unknown[]>('UPDATE cloud_link SET clock_floor = ? WHERE clock_floor < ?');
  const selectFenced = database.prepare<[], string | null>('SELECT fenced FROM cloud_link').pluck();
  const setFenced = database.prepare<unknown[]>('UPDATE cloud_link SET fenced = ?');
  const selectPolicy = database.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM policy)').pluck();

  const head = (log: LogName): Head => {
    const {seq, epoch, chain, start_seq: start, start_chain: startChain} = must(selectHead.get(log), `head of the ${log} log`);
    return {seq, epoch, chain, start, startChain};
  };

  return {
    head,
    /** Rows that are written from now on carry it; those that are there travel unchanged. */
    raiseEpoch: (epoch: number): void => {
      if (head('up').epoch < epoch) transact(() => raise.run(epoch, epoch));
    },
    /** The chain of our log after that row; undefined where it is not held. */
    chainAt: (seq: number): Buffer | undefined => {
      const {start, startChain} = head('up');
      return seq === start ? startChain : selectChain.get(seq);
    },
    /** The next rows after a number, with their personal fields. */
    rowsAfter: (seq: number, most: number): readonly Row[] => {
      const rows = selectRows.all(seq, most);
      const fields = new Map<number, PersonalField[]>(rows.map((row) => [row.seq, []]));
      for (const {seq: of, ...field} of selectFields.all(seq, rows.at(-1)?.seq ?? seq)) fields.get(of)?.push(field);
      return rows.map(({content_hash: contentHash, ...row}) => ({...row, contentHash, personal: fields.get(row.seq) ?? []}));
    },
    acked: (): number => selectAcked.get() ?? 0,
    setAcked: (seq: number): void => void transact(() => setAcked.run(seq)),
    /** No honest clock is before what the cloud said once. */
    raiseFloor: (at: Instant): void => void transact(() => raiseFloor.run(at, at)),
    fenced: (): string | undefined => selectFenced.get() ?? undefined,
    setFenced: (why: string | undefined): void => {
      if ((selectFenced.get() ?? undefined) !== why) transact(() => setFenced.run(why ?? null));
    },
    /** Is nothing known here of any site: no row, no rules? */
    isBlank: (): boolean => head('up').seq === 0 && head('down').seq === 0 && selectPolicy.get() === 0,
  };
}
