// Unbillable calls that wait, with what they are rated by again. A call's whole record stands here, and only until it is resolved.
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Policy} from '../../shared/wire/kinds.ts';
import type {UnbillableCall, UnbillableReason} from '../rating/priced-call.ts';
import type {Database} from '../store/open.ts';
import type {CallState} from './call-fact.ts';

/** As its record said. */
export type WaitingRecord = UnbillableCall['record'];

/** What another tariff, policy or tenancy may cure; the rest is for a person to look at. */
const CURABLE: ReadonlySet<UnbillableReason> = new Set(['no-destination', 'range-unconfirmed', 'no-tariff', 'no-tenant']);

/** `isWhole`: all that it is rated by is known. */
type Keep = (call: UnbillableCall, seq: number, mode: Policy['mode'], isWhole?: boolean) => void;

/** In the transaction that records the call. */
export function waitingKeeper(database: Database): Keep {
  const insert = database.prepare<unknown[]>(`
    INSERT INTO waiting_call (seq, curable, watched, record, extension, payer, started_at, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  return ({reason, record, payer = null}, seq, mode, isWhole = true) => {
    const {extension = null, start, durationSeconds} = record;
    const isCurable = isWhole && CURABLE.has(reason);
    insert.run(seq, Number(isCurable), Number(mode === 'watch'), JSON.stringify(record), extension, payer, start, durationSeconds);
  };
}

export type WaitingCall = {
  readonly id: string;
  readonly seq: number;
  readonly state: CallState;
  readonly payer: AccountId | undefined;
  readonly startedAt: Instant;
  /** SHA-256 of the tariff that had no price for it when it was recorded. */
  readonly tariff: string | undefined;
  readonly isResolved: boolean;
  /** Made while the site only watched. */
  readonly isWatched: boolean;
  /** Undefined for a call that no longer waits, or was recorded before records were kept. */
  readonly record: WaitingRecord | undefined;
};

export type WaitingRows = {
  /** Any call that the box holds, waiting or not. */
  readonly call: (id: string) => WaitingCall | undefined;
  /** Was it recorded, and ended, before this ledger began? */
  readonly isOfBefore: (id: string) => boolean;
  /** Those that may be cured, after a place, in the order of recording. */
  readonly curable: (after: number, most: number) => readonly WaitingCall[];
  readonly ended: (seq: number) => void;
  /** After which call rating again goes on; undefined if it has nothing to do. Outlasts a restart. */
  readonly place: () => number | undefined;
  readonly goOn: (after: number | undefined) => void;
};

type Row = {
  id: string;
  seq: number;
  state: CallState;
  payer: AccountId | null;
  started_at: Instant;
  tariff: string | null;
  resolved: 0 | 1;
  watched: 0 | 1 | null;
  record: string | null;
};

const COLUMNS = `call.id, call.seq, call.state, call.payer, call.started_at, call.tariff, waiting_call.watched, waiting_call.record,
  EXISTS (SELECT 1 FROM call_resolution WHERE call_resolution.call = call.id) AS resolved`;

export function createWaitingRows(database: Database): WaitingRows {
  const select = database.prepare<[string], Row>(
    `SELECT ${COLUMNS} FROM call LEFT JOIN waiting_call ON waiting_call.seq = call.seq WHERE call.id = ?`,
  );
  const selectCurable = database.prepare<[number, number], Row>(
    `SELECT ${COLUMNS} FROM waiting_call JOIN call ON call.seq = waiting_call.seq
     WHERE waiting_call.curable = 1 AND waiting_call.seq > ? ORDER BY waiting_call.seq LIMIT ?`,
  );
  const selectKnown = database.prepare<[string], number>('SELECT 1 FROM known_call WHERE id = ?').pluck();
  const remove = database.prepare<[number]>('DELETE FROM waiting_call WHERE seq = ?');
  const selectPlace = database.prepare<[], number | null>('SELECT after_seq FROM rating_again').pluck();
  const updatePlace = database.prepare<[number | null]>('UPDATE rating_again SET after_seq = ?');
  return {
    call: (id) => {
      const row = select.get(id);
      return row === undefined ? undefined : waitingOf(row);
    },
    isOfBefore: (id) => selectKnown.get(id) === 1,
    curable: (after, most) => selectCurable.all(after, most).map(waitingOf),
    ended: (seq) => void remove.run(seq),
    place: () => selectPlace.get() ?? undefined,
    goOn: (after) => void updatePlace.run(after ?? null),
  };
}

function waitingOf({id, seq, state, payer, started_at: startedAt, tariff, resolved, watched, record}: Row): WaitingCall {
  return {
    id,
    seq,
    state,
    payer: payer ?? undefined,
    startedAt,
    tariff: tariff ?? undefined,
    isResolved: resolved === 1,
    isWatched: watched === 1,
    record: record === null ? undefined : (JSON.parse(record) as WaitingRecord),
  };
}
