// Rows of a box become the cloud's, in transactions short enough that everybody else is served between them.
// In: a batch whose signature and hashes hold. Out: where the log stands now, after the commit. Never true: rows of a session that
// is over; rows after a gap; rows over a past that differs.
import {must} from '../../shared/assert/assert.ts';
import type {Timers} from '../../shared/time/instant.ts';
import type {Batch} from '../../shared/wire/batch.ts';
import type {Row} from '../../shared/wire/row.ts';
import type {Intake} from '../books/intake.ts';
import type {Store, Tx} from '../store/open.ts';
import {chainAt, type Turn} from './sessions.ts';

export type Standing = {readonly upTo: number; readonly chain: Buffer};

export type UpOutcome =
  | (Standing & {
      readonly kind: 'held';
      /** How many rows were new. */
      readonly applied: number;
      /** Why the next one was not taken. */
      readonly stopped?: string;
    })
  | (Standing & {readonly kind: 'fork'; readonly why: string})
  /** Somebody else has the site now. */
  | {readonly kind: 'over'};

/** A row of a call is posted in about 40 µs: with its commit a slice stays below 10 ms. */
const ROWS_OF_SLICE = 150;

export type UpGiven = {readonly store: Pick<Store, 'transact'>; readonly intake: Intake; readonly timers: Timers};

export async function takeBatch({store, intake, timers}: UpGiven, site: string, turn: Turn, batch: Batch): Promise<UpOutcome> {
  let applied = 0;
  let previousChain = batch.previousChain;
  for (let from = 0; ; from += ROWS_OF_SLICE) {
    const rows = batch.rows.slice(from, from + ROWS_OF_SLICE);
    const before = previousChain;
    const outcome = await store.transact((tx) => takeSlice(tx, intake, {site, turn, rows, previousChain: before}));
    if (outcome.kind !== 'held') return outcome;
    applied += outcome.applied;
    const last = rows.at(-1);
    const isDone = from + ROWS_OF_SLICE >= batch.rows.length || outcome.stopped !== undefined;
    // A gap before the first slice is one before all of them.
    if (isDone || last === undefined || outcome.upTo < last.seq) return {...outcome, applied};
    previousChain = last.chain;
    await new Promise<void>((resolve) => void timers.after(0, resolve));
  }
}

type Slice = {readonly site: string; readonly turn: Turn; readonly rows: readonly Row[]; readonly previousChain: Buffer};

async function takeSlice(tx: Tx, intake: Intake, {site, turn, rows, previousChain}: Slice): Promise<UpOutcome> {
  const {db} = tx;
  const {epoch, session} = await db.selectFrom('site').select(['epoch', 'session']).where('id', '=', site).executeTakeFirstOrThrow();
  if (epoch !== turn.epoch || session !== turn.session) return {kind: 'over'};
  const head = await db
    .selectFrom('site_head')
    .select(['seq', 'chain'])
    .where('site', '=', site)
    .where('log', '=', 'up')
    .executeTakeFirstOrThrow();
  const standing: Standing = {upTo: head.seq, chain: head.chain};
  const [first] = rows;
  if (first === undefined || first.seq > head.seq + 1) return {kind: 'held', ...standing, applied: 0};
  // The chain covers all that came before: the last row that both have is enough.
  const known = rows.findLast(({seq}) => seq <= head.seq) ?? {seq: first.seq - 1, chain: previousChain};
  const ours = must(await chainAt(db, site, 'up', known.seq), `chain of row ${known.seq}`);
  if (!ours.equals(known.chain)) return {kind: 'fork', ...standing, why: `row ${known.seq} of the box is another one in the cloud`};
  const fresh = rows.filter(({seq}) => seq > head.seq);
  if (fresh.length === 0) return {kind: 'held', ...standing, applied: 0};
  const {applied, stopped} = await intake(tx, site, fresh);
  const last = fresh[applied - 1];
  const moved = last === undefined ? standing : {upTo: last.seq, chain: last.chain};
  return {kind: 'held', ...moved, applied, ...(stopped === undefined ? {} : {stopped})};
}
