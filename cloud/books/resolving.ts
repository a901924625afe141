// What staff ask for calls that wait: a bill by hand, a write-off. The box alone does it; a dear bill takes a second person.
// In: a call, an amount, a reason. Out: a fact for the box, or a proposal that waits for somebody else. Never true: a request
// for a call that was asked about and not answered; a dear bill that one person alone decided.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import {micros, type Micros} from '../../shared/money/micros.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import {DOWN_BODIES} from '../../shared/wire/kinds.ts';
import type {Audit} from '../people/audit.ts';
import type {Reader, Tx} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import type {DownLog} from './down-log.ts';
import {payerFault} from './payer.ts';
import {plain, reasonFault} from './reason.ts';
import {waits} from './resolutions.ts';

export type ResolvingGiven = {
  readonly now: () => Instant;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly audit: Audit;
  readonly downLog: DownLog;
  /** What of an amount is tax, for a call of then. */
  readonly taxOf: (site: string, amount: Micros, startedAt: Instant) => Promise<Micros>;
};

export type ResolvingRefusal = Refusal<
  | 'call-gone'
  | 'call-asked'
  | 'reason-missing'
  | 'amount-wrong'
  | 'payer-unknown'
  | 'payer-closed'
  | 'proposal-gone'
  | 'proposal-overtaken'
  | 'same-person'
>;

/** `callSeq`: the up row of the call. */
type OfCall = {readonly site: string; readonly callSeq: number};
export type BillByHand = OfCall & {
  readonly amount: Micros;
  readonly destination: string;
  /** By default whoever pays by the rules of the site. */
  readonly payer?: string | undefined;
  readonly reason: string;
};

export type Resolving = {
  /** Dearer bills take two people. */
  readonly secondPersonAbove: Micros;
  readonly bill: (tx: Tx, actor: Actor, bill: BillByHand) => Promise<Done<{readonly waitsFor: 'box' | 'second-person'}> | ResolvingRefusal>;
  readonly writeOff: (tx: Tx, actor: Actor, act: OfCall & {readonly reason: string}) => Promise<Done | ResolvingRefusal>;
  /** By another person than the one who wrote it; whoever wrote it may take it back. */
  readonly decide: (
    tx: Tx,
    actor: Actor,
    decision: {readonly proposal: string; readonly approve: boolean},
  ) => Promise<Done | ResolvingRefusal>;
};

/** A slip of the keyboard is seldom smaller, and a call seldom dearer. In the currency of the site. */
export const SECOND_PERSON_ABOVE = micros(20_000_000);
/** Nobody's call; more than the box lets any call be. */
const MOST_BILLED = 1_000_000_000;
const LONGEST_NAME = 100;
const PROPOSAL_BYTES = 16;

export function createResolving(given: ResolvingGiven): Resolving {
  const {now, randomBytes, audit} = given;
  return {
    secondPersonAbove: SECOND_PERSON_ABOVE,
    bill: async (tx, actor, wanted) => {
      const bill = {...wanted, reason: plain(wanted.reason), destination: plain(wanted.destination).slice(0, LONGEST_NAME)};
      const no =
        forbidden(actor, 'clerk') ??
        billFault(bill) ??
        (await callFault(tx.db, bill)) ??
        (bill.payer === undefined ? undefined : await payerFault(tx.db, bill.site, bill.payer));
      if (no !== undefined) return no;
      if (bill.amount <= SECOND_PERSON_ABOVE) {
        await ask(given, tx, {...bill, act: 'bill', by: await nameOf(tx.db, actor.id), actor});
        return {kind: 'done', waitsFor: 'box'};
      }
      const {site, callSeq, amount, destination, payer = null, reason} = bill;
      const id = randomBytes(PROPOSAL_BYTES).toString('hex');
      const row = {id, site, call_seq: callSeq, amount, destination, payer, reason, by: actor.id, at: now()};
      await tx.db
        .insertInto('resolution_proposal')
        .values({...row, decision: null, decided_by: null, decided_at: null})
        .execute();
      await audit(tx, {by: actor.id, act: 'call-bill-propose', site, subject: id, detail: {row: callSeq, amount, payer, reason}});
      return {kind: 'done', waitsFor: 'second-person'};
    },
    writeOff: async (tx, actor, wanted) => {
      const act = {...wanted, reason: plain(wanted.reason)};
      const no = forbidden(actor, 'clerk') ?? reasonFault(act.reason) ?? (await callFault(tx.db, act));
      if (no !== undefined) return no;
      await ask(given, tx, {...act, act: 'write-off', by: await nameOf(tx.db, actor.id), actor});
      return {kind: 'done'};
    },
    decide: (tx, actor, decision) => decide(given, tx, actor, decision),
  };
}

async function decide(
  given: ResolvingGiven,
  tx: Tx,
  actor: Actor,
  {proposal: id, approve}: {readonly proposal: string; readonly approve: boolean},
): Promise<Done | ResolvingRefusal> {
  const no = forbidden(actor, 'clerk');
  if (no !== undefined) return no;
  const row = await tx.db
    .selectFrom('resolution_proposal')
    .selectAll()
    .where('id', '=', id)
    .where('decision', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return refused('proposal-gone', 'this bill does not wait any more', 'look at the call');
  const waiting = tx.db.selectFrom('call').select('id').where('site', '=', row.site).where('up_seq', '=', row.call_seq).where(waits);
  if ((await waiting.executeTakeFirst()) === undefined)
    return refused('proposal-overtaken', 'the box has ended the waiting of this call meanwhile', 'nothing is left to decide');
  if (approve && row.by === actor.id) return refused('same-person', 'a dear bill takes two people', 'ask somebody else to look at it');
  const {site, call_seq: callSeq, destination, reason} = row;
  const fault = approve ? await callFault(tx.db, {site, callSeq}, id) : undefined;
  if (fault !== undefined) return fault;
  await tx.db
    .updateTable('resolution_proposal')
    .set({decision: approve ? 'approved' : 'refused', decided_by: actor.id, decided_at: given.now()})
    .where('id', '=', id)
    .execute();
  if (!approve) {
    await given.audit(tx, {by: actor.id, act: 'call-bill-refuse', site, subject: id});
    return {kind: 'done'};
  }
  const by = `${await nameOf(tx.db, row.by)}, ${await nameOf(tx.db, actor.id)}`.slice(0, LONGEST_NAME);
  const amount = micros(row.amount);
  await ask(given, tx, {site, callSeq, act: 'bill', amount, destination, payer: row.payer ?? undefined, reason, by, actor});
  return {kind: 'done'};
}

type Asking = OfCall & {
  readonly act: 'bill' | 'write-off';
  readonly amount?: Micros;
  readonly destination?: string;
  readonly payer?: string | undefined;
  readonly reason: string;
  readonly by: string;
  readonly actor: Actor;
};

async function ask({now, audit, downLog, taxOf}: ResolvingGiven, tx: Tx, asking: Asking): Promise<void> {
  const {site, callSeq, act, amount, destination, payer, reason, by, actor} = asking;
  const call = await tx.db
    .selectFrom('call')
    .select(['id', 'started_at'])
    .where('site', '=', site)
    .where('up_seq', '=', callSeq)
    .executeTakeFirstOrThrow();
  const tax = amount === undefined ? undefined : await taxOf(site, amount, instant(call.started_at));
  const body = DOWN_BODIES.resolution.parse({call: call.id, act, amount, tax, destination, payer, by, reason});
  const earlier = await tx.db
    .selectFrom('resolution_request')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('site', '=', site)
    .where('call_seq', '=', callSeq)
    .executeTakeFirstOrThrow();
  // One fact a call and act; what was answered with a no may be asked again.
  const id = earlier.count === 0 ? `${call.id}:${act}` : `${call.id}:${act}:${earlier.count + 1}`;
  const downSeq = await downLog.write(tx, site, [{kind: 'resolution', id, body}]);
  const row = {site, down_seq: downSeq, call_seq: callSeq, act, amount: amount ?? null, by, reason, asked_at: now()};
  await tx.db
    .insertInto('resolution_request')
    .values({...row, outcome: null, detail: null, answered_at: null})
    .execute();
  await audit(tx, {by: actor.id, act: `call-${act}`, site, subject: call.id, detail: {amount, tax, payer, reason}});
}

function billFault({amount, reason}: BillByHand): ResolvingRefusal | undefined {
  if (amount > 0 && amount <= MOST_BILLED) return reasonFault(reason);
  return refused('amount-wrong', 'a call is billed with more than nothing and at most 1,000', 'correct the amount, or write the call off');
}

/** Waits, and nobody asked the box or a colleague about it, but for a proposal that is decided now. */
async function callFault(db: Reader, {site, callSeq}: OfCall, decided = ''): Promise<ResolvingRefusal | undefined> {
  const call = await db
    .selectFrom('call')
    .select('id')
    .where('site', '=', site)
    .where('up_seq', '=', callSeq)
    .where('state', '=', 'unbillable')
    .where(waits)
    .executeTakeFirst();
  if (call === undefined) return refused('call-gone', 'this call does not wait any more', 'look at the list again');
  const open = await db
    .selectFrom('resolution_request')
    .select('down_seq')
    .where('site', '=', site)
    .where('call_seq', '=', callSeq)
    .where('outcome', 'is', null)
    .executeTakeFirst();
  const proposal = await db
    .selectFrom('resolution_proposal')
    .select('id')
    .where('site', '=', site)
    .where('call_seq', '=', callSeq)
    .where('decision', 'is', null)
    .where('id', '<>', decided)
    .executeTakeFirst();
  if (open === undefined && proposal === undefined) return undefined;
  const who = open === undefined ? 'a second person' : 'the box';
  return refused('call-asked', `this call waits for the answer of ${who}`, 'wait for it');
}

async function nameOf(db: Reader, staff: string): Promise<string> {
  const person = await db.selectFrom('staff').select('name').where('id', '=', staff).executeTakeFirst();
  return (person?.name ?? staff).slice(0, LONGEST_NAME);
}

export type Proposal = {
  readonly id: string;
  readonly callSeq: number;
  readonly amount: Micros;
  readonly destination: string;
  readonly payer: string | undefined;
  readonly reason: string;
  /** Id of the staff. */
  readonly by: string;
  readonly at: Instant;
  /** Overtaken: nobody decided, and the call does not wait any more. */
  readonly state: 'open' | 'overtaken' | 'approved' | 'refused';
  readonly decided: {readonly by: string; readonly at: Instant} | undefined;
};

/** More than that are no accident, and the oldest come first. */
const MOST_SHOWN = 100;

/** Those that wait for a second person, oldest first. */
export async function openProposals(db: Reader, site: string): Promise<readonly Proposal[]> {
  const open = proposals(db).where('resolution_proposal.site', '=', site).where('decision', 'is', null).where('end.outcome', 'is', null);
  return (await open.orderBy('resolution_proposal.at').orderBy('resolution_proposal.id').limit(MOST_SHOWN).execute()).map(proposalOf);
}

/** Those about one call, newest first. */
export async function proposalsOfCall(db: Reader, site: string, callSeq: number): Promise<readonly Proposal[]> {
  const all = proposals(db).where('resolution_proposal.site', '=', site).where('resolution_proposal.call_seq', '=', callSeq);
  return (await all.orderBy('resolution_proposal.at', 'desc').limit(MOST_SHOWN).execute()).map(proposalOf);
}

/** Those that nobody decided before the box did, newest first. */
export async function overtakenProposals(db: Reader, site: string, most: number): Promise<readonly Proposal[]> {
  const all = proposals(db).where('resolution_proposal.site', '=', site).where('decision', 'is', null).where('end.outcome', 'is not', null);
  return (await all.orderBy('resolution_proposal.at', 'desc').limit(most).execute()).map(proposalOf);
}

export async function proposalBy(db: Reader, id: string): Promise<(Proposal & {readonly site: string}) | undefined> {
  const row = await proposals(db).where('resolution_proposal.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : {...proposalOf(row), site: row.site};
}

/** With how the waiting of their call ended. */
function proposals(db: Reader) {
  return db
    .selectFrom('resolution_proposal')
    .leftJoin('call_resolution as end', (join) =>
      join.onRef('end.site', '=', 'resolution_proposal.site').onRef('end.call_seq', '=', 'resolution_proposal.call_seq'),
    )
    .selectAll('resolution_proposal')
    .select('end.outcome as ended');
}

type ProposalRow = Tables['resolution_proposal'] & {readonly ended: string | null};

function proposalOf({
  call_seq: callSeq,
  amount,
  payer,
  at,
  decision,
  decided_by: by,
  decided_at: decidedAt,
  ...row
}: ProposalRow): Proposal {
  const {id, destination, reason} = row;
  return {
    id,
    callSeq,
    amount: micros(amount),
    destination,
    payer: payer ?? undefined,
    reason,
    by: row.by,
    at: instant(at),
    state: decision ?? (row.ended === null ? 'open' : 'overtaken'),
    decided: by === null || decidedAt === null ? undefined : {by, at: instant(decidedAt)},
  };
}
