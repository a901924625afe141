// What the database says about each step of the flow. Every question here is answered from an index or a small table:
// it is asked about once a second on the thread that also bills.
import {must} from '../../shared/assert/assert.ts';
import {isCurrency, micros} from '../../shared/money/micros.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import {DOWN_BODIES, type Policy} from '../../shared/wire/kinds.ts';
import type {Database} from '../store/open.ts';
import type {StageName} from './codes.ts';
import type {Head, StageEvent} from './status.ts';

export type StoreFacts = {
  readonly site: string | undefined;
  readonly box: string | undefined;
  readonly policy: Policy | undefined;
  readonly hasTariff: boolean;
  readonly lines: number;
  readonly calls: number;
  readonly rejectsWaiting: number;
  readonly rated: number;
  /** Those that wait. */
  readonly unbillable: number;
  readonly transfers: number;
  readonly accounts: number;
  readonly linesLocked: number;
  readonly linesOpen: number;
  readonly linesConfirmed: number;
  readonly unconfirmed: {readonly count: number; readonly oldest: Instant} | undefined;
  readonly brakeSince: Instant | undefined;
  /** Rows of the up log that the cloud has not acknowledged. */
  readonly rowsWaiting: number;
  readonly heads: {readonly up: Head; readonly down: Head};
};

export type LineCounts = readonly {readonly feed: string; readonly outcome: string; readonly count: number}[];

export type FactReader = {
  readonly facts: () => StoreFacts;
  /** What became of the lines of every feed. */
  readonly lineCounts: () => LineCounts;
  /** What each stage did last before this process began. */
  readonly lastEvents: () => ReadonlyMap<StageName, {readonly event: StageEvent; readonly at: Instant}>;
};

/** Counting stops here: a feed with the wrong profile rejects every line it ever sends. */
const REJECTS_COUNTED = 10_000;

type Numbers = {
  lines: number;
  calls: number;
  rejects_waiting: number;
  rated: number;
  unbillable: number;
  transfers: number;
  accounts: number;
};
type LineNumbers = {locked: number; opened: number; confirmed: number; unconfirmed: number; oldest: number | null};

export function createFactReader(database: Database): FactReader {
  const selectBox = database.prepare<[], {site: string; box: string}>('SELECT site, box FROM box');
  const selectPolicy = database.prepare<[], {body: string}>('SELECT body FROM policy');
  const selectSchedule = database.prepare<[], {one: number}>('SELECT one FROM schedule');
  const selectNumbers = database.prepare<[], Numbers>(`
    SELECT
      coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'spool'), 0) AS lines,
      coalesce((SELECT sum(count) FROM line_count WHERE outcome = 'call'), 0) AS calls,
      (SELECT count(*) FROM (SELECT 1 FROM rejected_line WHERE ended_at IS NULL LIMIT ${REJECTS_COUNTED})) AS rejects_waiting,
      coalesce((SELECT max(seq) FROM call), 0) AS rated,
      (SELECT count(*) FROM waiting_call) AS unbillable,
      coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'transfer'), 0) AS transfers,
      (SELECT count(*) FROM account WHERE kind = 'student') AS accounts`);
  const selectLines = database.prepare<[], LineNumbers>(`
    SELECT
      count(*) FILTER (WHERE wanted = 'locked') AS locked,
      count(*) FILTER (WHERE wanted = 'open') AS opened,
      count(*) FILTER (WHERE confirmed_decision >= decision) AS confirmed,
      count(*) FILTER (WHERE confirmed_decision < decision) AS unconfirmed,
      min(decided_at) FILTER (WHERE confirmed_decision < decision) AS oldest
    FROM line_state`);
  const selectBrake = database.prepare<[], {held_since: number | null}>('SELECT held_since FROM brake');
  const selectHead = database.prepare<[string], {seq: number; epoch: number; chain: Buffer}>(
    'SELECT seq, epoch, chain FROM log_head WHERE log = ?',
  );
  const selectAcked = database.prepare<[], number>('SELECT up_acked FROM cloud_link').pluck();
  const selectCounts = database.prepare<[], LineCounts[number]>('SELECT feed, outcome, count FROM line_count ORDER BY feed, outcome');

  const head = (log: string): Head => {
    const row = must(selectHead.get(log), `head of the ${log} log`);
    return {seq: row.seq, epoch: row.epoch, chain: row.chain.toString('hex')};
  };

  const facts = (): StoreFacts => {
    const box = selectBox.get();
    const numbers = must(selectNumbers.get(), 'numbers of the flow');
    const lines = must(selectLines.get(), 'numbers of the lines');
    const up = head('up');
    const held = selectBrake.get()?.held_since ?? null;
    return {
      site: box?.site,
      box: box?.box,
      policy: policyOf(selectPolicy.get()?.body),
      hasTariff: selectSchedule.get() !== undefined,
      lines: numbers.lines,
      calls: numbers.calls,
      rejectsWaiting: numbers.rejects_waiting,
      rated: numbers.rated,
      unbillable: numbers.unbillable,
      transfers: numbers.transfers,
      accounts: numbers.accounts,
      linesLocked: lines.locked,
      linesOpen: lines.opened,
      linesConfirmed: lines.confirmed,
      unconfirmed: lines.oldest === null ? undefined : {count: lines.unconfirmed, oldest: instant(lines.oldest)},
      brakeSince: held === null ? undefined : instant(held),
      rowsWaiting: up.seq - (selectAcked.get() ?? 0),
      heads: {up, down: head('down')},
    };
  };

  return {facts, lineCounts: () => selectCounts.all(), lastEvents: () => lastEventsOf(database)};
}

/** The policy as the cloud sent it; a row of another release that this one cannot read counts as none. */
function policyOf(body: string | undefined): Policy | undefined {
  if (body === undefined) return undefined;
  return DOWN_BODIES.policy.safeParse(JSON.parse(body)).data;
}

type LastCall = {
  state: string;
  feed: string;
  extension: string | null;
  destination: string | null;
  amount: number | null;
  currency: string | null;
  reason: string | null;
  recorded_at: number;
};

function lastEventsOf(database: Database): Map<StageName, {event: StageEvent; at: Instant}> {
  const last = new Map<StageName, {event: StageEvent; at: Instant}>();
  const line = database
    .prepare<[], {feed: string; received_at: number}>('SELECT feed, received_at FROM spool ORDER BY id DESC LIMIT 1')
    .get();
  if (line !== undefined) last.set('feed', {event: {kind: 'line', feed: line.feed}, at: instant(line.received_at)});
  const call = database
    .prepare<[], LastCall>(
      'SELECT state, feed, extension, destination, amount, currency, reason, recorded_at FROM call ORDER BY seq DESC LIMIT 1',
    )
    .get();
  if (call !== undefined) {
    const at = instant(call.recorded_at);
    last.set('record', {event: {kind: 'call-record', feed: call.feed, extension: call.extension ?? undefined}, at});
    const rated = ratedEvent(call);
    if (rated !== undefined) last.set('rating', {event: rated, at});
  }
  const posted = lastPosted(database);
  if (posted !== undefined) last.set('ledger', posted);
  return new Map([...last, ...lastOfLines(database)]);
}

function ratedEvent(call: LastCall): StageEvent | undefined {
  const extension = call.extension ?? undefined;
  if (call.reason !== null) return {kind: 'unbillable', extension, reason: call.reason};
  if (call.amount === null || call.currency === null || !isCurrency(call.currency)) return undefined;
  return {kind: 'priced', extension, destination: call.destination ?? '', amount: micros(call.amount), currency: call.currency};
}

function lastPosted(database: Database): {event: StageEvent; at: Instant} | undefined {
  const row = database
    .prepare<[], {payer: string; amount: number; currency: string; recorded_at: number}>(
      "SELECT payer, amount, currency, recorded_at FROM call WHERE state = 'billed' AND amount > 0 ORDER BY seq DESC LIMIT 1",
    )
    .get();
  if (row === undefined || !isCurrency(row.currency)) return undefined;
  const event: StageEvent = {kind: 'posted', account: row.payer, code: 'CALL', amount: micros(row.amount), currency: row.currency};
  return {event, at: instant(row.recorded_at)};
}

type LastLine = {extension: string; wanted: 'open' | 'locked'; decided_at: number; actual_at: number | null; confirmed: number};

function lastOfLines(database: Database): [StageName, {event: StageEvent; at: Instant}][] {
  const columns = 'extension, wanted, decided_at, actual_at, confirmed_decision >= decision AS confirmed';
  const decided = database.prepare<[], LastLine>(`SELECT ${columns} FROM line_state ORDER BY decided_at DESC LIMIT 1`).get();
  const commanded = database
    .prepare<[], LastLine>(`SELECT ${columns} FROM line_state WHERE actual_at IS NOT NULL ORDER BY actual_at DESC LIMIT 1`)
    .get();
  const last: [StageName, {event: StageEvent; at: Instant}][] = [];
  if (decided !== undefined) {
    const {extension, wanted} = decided;
    last.push(['credit', {event: {kind: 'decided', extension, wanted}, at: instant(decided.decided_at)}]);
  }
  if (commanded !== undefined && commanded.actual_at !== null) {
    const {extension, wanted, confirmed} = commanded;
    const act = wanted === 'locked' ? 'lock' : 'unlock';
    const event: StageEvent = {kind: 'command', extension, act, result: confirmed === 1 ? 'confirmed' : 'sent', tookMs: undefined};
    last.push(['switchboard', {event, at: instant(commanded.actual_at)}]);
  }
  return last;
}
