// Differences of calls that have their price: proposed, looked at, approved by their hash, posted. Nothing is edited: the call and
// its first working stay. In: a plan; a yes or a no to exactly what was shown. Out: adjustments, told to the box by the same commit.
// Never true: a share posted that is not the one that was shown; a call adjusted twice by one proposal.
import type {Insertable} from 'kysely';
import {must} from '../../shared/assert/assert.ts';
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import {adjustmentRef, adjustmentTransfers} from '../../shared/journal/adjustment.ts';
import type {Currency} from '../../shared/money/micros.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {MOST_ADJUSTED, type DownBody} from '../../shared/wire/kinds.ts';
import type {Audit} from '../people/audit.ts';
import type {InsertMany} from '../store/bulk.ts';
import type {Tx} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import type {DownLog} from './down-log.ts';
import {padded} from './padded.ts';
import {paidCalls, type PaidCall, type Share} from './paid.ts';
import {plain, reasonFault} from './reason.ts';
import {hashOfLines, planRerating, type Plan, type PlanGiven, type PlanLine, type PlanRefusal, type Wish} from './rerating-plan.ts';
import {atStake, linesOf} from './reratings.ts';
import {SECOND_PERSON_ABOVE} from './resolving.ts';
import {openPayers, type TransferRow} from './told-calls.ts';

export type ReratingGiven = PlanGiven & {
  readonly now: () => Instant;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly audit: Audit;
  readonly downLog: DownLog;
  readonly insertMany: InsertMany;
};

export type ReratingRefusal = Refusal<'reason-missing' | 'nothing-differs' | 'proposal-gone' | 'other-hash' | 'same-person'>;

export type Decision = {readonly rerating: string; readonly hash: string; readonly approve: boolean};

export type Rerating = {
  /** What would differ. Reads only, and for as long as there are calls to look at. */
  readonly plan: (wish: Wish) => Promise<Plan | PlanRefusal>;
  /** Writes a plan down, for somebody to look at. `rerating` is undefined if late tariffs changed no price: then they are seen to. */
  readonly propose: (
    tx: Tx,
    actor: Actor,
    proposal: {readonly plan: Plan; readonly reason: string},
  ) => Promise<Done<{readonly rerating: string | undefined}> | ReratingRefusal>;
  /** `overtaken`: something about one of the calls changed since; nothing was posted, and the proposal is over. */
  readonly decide: (
    tx: Tx,
    actor: Actor,
    decision: Decision,
  ) => Promise<Done<{readonly outcome: 'posted' | 'refused' | 'overtaken'}> | ReratingRefusal>;
};

const ID_BYTES = 16;

export function createRerating(given: ReratingGiven): Rerating {
  return {
    plan: (wish) => planRerating(given, wish),
    propose: (tx, actor, proposal) => propose(given, tx, actor, proposal),
    decide: (tx, actor, decision) => decide(given, tx, actor, decision),
  };
}

async function propose(
  {now, randomBytes, audit, insertMany}: ReratingGiven,
  tx: Tx,
  actor: Actor,
  {plan, reason: typed}: {readonly plan: Plan; readonly reason: string},
): ReturnType<Rerating['propose']> {
  const {wish, lines, hash} = plan;
  const no = forbidden(actor, wish.cause === 'move' ? 'clerk' : 'admin');
  if (no !== undefined) return no;
  const reason = plain(typed);
  const wrong = reasonFault(reason);
  if (wrong !== undefined) return wrong;
  const {site, cause} = wish;
  if (cause === 'tariff-late') await forgetLate(tx, site, plan.same);
  if (lines.length === 0 && plan.same.length > 0 && cause === 'tariff-late') return {kind: 'done', rerating: undefined};
  if (lines.length === 0) return refused('nothing-differs', 'no call would cost anybody another amount', 'there is nothing to do');
  const id = randomBytes(ID_BYTES).toString('hex');
  const calls = callSeqsOf(lines).length;
  const {more, less} = sumsOf(lines);
  const row = {id, site, cause, wish: JSON.stringify(wish), hash, calls, more, less, reason, by: actor.id, at: now()};
  await tx.db
    .insertInto('rerating')
    .values({...row, decision: null, decided_by: null, decided_at: null})
    .execute();
  await insertMany(
    tx,
    'rerating_line',
    lines.map(({callSeq, account, was, due, working}) => ({
      rerating: id,
      call_seq: callSeq,
      account,
      was: was.amount,
      was_tax: was.tax,
      due: due.amount,
      due_tax: due.tax,
      working: working === undefined ? null : JSON.stringify(working),
    })),
  );
  await audit(tx, {by: actor.id, act: 'rerating-propose', site, subject: id, detail: {cause, calls, more, less, hash, reason}});
  return {kind: 'done', rerating: id};
}

function callSeqsOf(lines: readonly PlanLine[]): readonly number[] {
  return [...new Set(lines.map(({callSeq}) => callSeq))];
}

/** What accounts pay more in sum, and what they get back; both from 0. */
function sumsOf(lines: readonly Pick<PlanLine, 'was' | 'due'>[]): {readonly more: number; readonly less: number} {
  let [more, less] = [0, 0];
  for (const {was, due} of lines) {
    const difference = due.amount - was.amount;
    if (difference > 0) more += difference;
    else less -= difference;
  }
  return {more, less};
}

async function decide(given: ReratingGiven, tx: Tx, actor: Actor, {rerating: id, hash, approve}: Decision): ReturnType<Rerating['decide']> {
  const {audit, now} = given;
  const row = await tx.db.selectFrom('rerating').selectAll().where('id', '=', id).where('decision', 'is', null).executeTakeFirst();
  if (row === undefined) return refused('proposal-gone', 'this proposal does not wait any more', 'look at the list again');
  const no = forbidden(actor, row.cause === 'move' ? 'clerk' : 'admin');
  if (no !== undefined) return no;
  const end = (decision: 'approved' | 'refused' | 'overtaken') =>
    tx.db.updateTable('rerating').set({decision, decided_by: actor.id, decided_at: now()}).where('id', '=', id).execute();
  const {site} = row;
  if (!approve) {
    // Whoever says no has seen to them.
    if (row.cause === 'tariff-late') await forgetLate(tx, site, callSeqsOf(await linesOf(tx.db, id)));
    await end('refused');
    await audit(tx, {by: actor.id, act: 'rerating-refuse', site, subject: id, detail: {hash: row.hash}});
    return {kind: 'done', outcome: 'refused'};
  }
  if (row.by === actor.id && atStake(row) > SECOND_PERSON_ABOVE)
    return refused('same-person', 'so much money takes two people', 'ask somebody else to look at it');
  const lines = await linesOf(tx.db, id);
  if (hash !== row.hash || hashOfLines(site, lines) !== row.hash)
    return refused('other-hash', 'this is not what was shown', 'open the proposal again, and look at it once more');
  const paid = await paidCalls(tx.db, site, callSeqsOf(lines));
  if (!lines.every((line) => isAsItWas(line, paid.get(line.callSeq)))) {
    await end('overtaken');
    await audit(tx, {by: actor.id, act: 'rerating-overtaken', site, subject: id, detail: {hash}});
    return {kind: 'done', outcome: 'overtaken'};
  }
  await post(given, tx, {id, site, lines, paid});
  if (row.cause !== 'move') await forgetLate(tx, site, callSeqsOf(lines));
  await end('approved');
  await audit(tx, {by: actor.id, act: 'rerating-approve', site, subject: id, detail: {hash, more: row.more, less: row.less}});
  return {kind: 'done', outcome: 'posted'};
}

function isAsItWas({account, was}: PlanLine, call: PaidCall | undefined): boolean {
  const now: Share = call?.shares.get(account) ?? {amount: 0, tax: 0};
  return call !== undefined && now.amount === was.amount && now.tax === was.tax;
}

type Posting = {
  readonly id: string;
  readonly site: string;
  readonly lines: readonly PlanLine[];
  readonly paid: ReadonlyMap<number, PaidCall>;
};
type Entry = DownBody<'adjustment'>['entries'][number];

async function post({now, downLog, insertMany}: ReratingGiven, tx: Tx, {id, site, lines, paid}: Posting): Promise<void> {
  const at = now();
  const {currency} = await tx.db.selectFrom('site').select('currency').where('id', '=', site).executeTakeFirstOrThrow();
  const numbered = numbersOf(lines, paid);
  const bodies: DownBody<'adjustment'>[] = [];
  for (let from = 0; from < numbered.length; from += MOST_ADJUSTED)
    bodies.push({proposal: id, entries: numbered.slice(from, from + MOST_ADJUSTED).map(({entry}) => entry), currency, at});
  const facts = bodies.map((body, index) => ({kind: 'adjustment' as const, id: `${id}:${index + 1}`, body}));
  const first = await downLog.write(tx, site, facts);
  const seqOf = (place: number): number => first + Math.floor(place / MOST_ADJUSTED);
  const rows = numbered.map(({line, entry}, place): Insertable<Tables['call_adjustment']> => {
    const {account, n, amount, tax} = entry;
    const working = line.working === undefined ? null : JSON.stringify(line.working);
    return {
      site,
      call_seq: line.callSeq,
      n,
      ref: adjustmentRef(entry),
      rerating: id,
      account,
      amount,
      tax,
      working,
      down_seq: seqOf(place),
      at,
    };
  });
  const transfers = numbered.flatMap(({entry}, place): readonly TransferRow[] =>
    adjustmentTransfers(entry, {currency: currency as Currency, at}).map((transfer) => ({
      site,
      ...transfer,
      log: 'down',
      log_seq: seqOf(place),
    })),
  );
  await insertMany(tx, 'call_adjustment', rows);
  await openPayers(tx, site, transfers, insertMany);
  await insertMany(tx, 'transfer', transfers);
}

/** Each account's difference of a call is an adjustment with a number of its own. */
function numbersOf(
  lines: readonly PlanLine[],
  paid: ReadonlyMap<number, PaidCall>,
): readonly {readonly line: PlanLine; readonly entry: Entry}[] {
  const last = new Map<number, number>();
  return lines.map((line) => {
    const {callSeq, account, was, due} = line;
    const call = must(paid.get(callSeq), `call ${callSeq}`);
    const n = (last.get(callSeq) ?? call.adjustments) + 1;
    last.set(callSeq, n);
    return {line, entry: {call: call.id, n, account, amount: due.amount - was.amount, tax: due.tax - was.tax}};
  });
}

async function forgetLate({db}: Tx, site: string, callSeqs: readonly number[]): Promise<void> {
  for (const some of padded(callSeqs)) await db.deleteFrom('tariff_late').where('site', '=', site).where('call_seq', 'in', some).execute();
}
