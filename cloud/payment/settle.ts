// The one way in which a payment moves by what its provider showed, whoever asked: worker, webhook, return page, janitor.
// In: an observation, in answer to our own question. Out: in one commit the event, the ledger's credit with its row for the box,
// the saved method, the answer to the box, the mail. Never true: one of them without the others; a credit twice; a credit of money
// that differs from what was asked.
import {must} from '../../shared/assert/assert.ts';
import {HOUSE_ACCOUNTS, type AccountId} from '../../shared/journal/transfer.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Tx} from '../store/open.ts';
import {minorDigits, microsOfMinor} from './amount.ts';
import {draftOf} from './attempt.ts';
import type {PaymentsGiven} from './given.ts';
import {
  isTerminal,
  lookAfter,
  next,
  OWN,
  PAGE_LEFT_MS,
  REVERSAL_ALARM_MS,
  type Alarm,
  type Facts,
  type Seen,
  type State,
  type Verdict,
} from './machine.ts';
import type {Capabilities, MinorAmount, Observation} from './port.ts';
import {keepMethod} from './keep.ts';
import {amountOf, attemptsOf, factsOf, move, note, readPayment, type Loose, type PaymentRow, type Source} from './rows.ts';
import {tell} from './told.ts';

export type SettleGiven = Pick<
  PaymentsGiven,
  | 'store'
  | 'clock'
  | 'randomBytes'
  | 'log'
  | 'methods'
  | 'books'
  | 'clearingOf'
  | 'downLog'
  | 'accountBody'
  | 'enqueue'
  | 'addressOf'
  | 'changed'
>;

/** Where the payment stands after it. */
export type Settle = (payment: string, seen: Seen, source: Source) => Promise<State>;

/** Code of what is kept in suspense: with the payment's id as its reference there is one at most. */
const SUSPENSE_CODE = 'TRANSFER';

export function createSettle(given: SettleGiven): Settle {
  return (payment, seen, source) => given.store.transact((tx) => settleIn(tx, given, {payment, seen, source}));
}

type What = {readonly payment: string; readonly seen: Seen; readonly source: Source};

async function settleIn(tx: Tx, given: SettleGiven, {payment, seen, source}: What): Promise<State> {
  const {db} = tx;
  const row = must(await readPayment(db, payment), `payment ${payment}`);
  if (row.method === 'cash') return row.state;
  const method = must(given.methods[row.method], `the way of paying ${row.method}`);
  const {charge} = await attemptsOf(db, payment);
  const draft = await draftOf(db, row, given.addressOf);
  const changed = charge === undefined || draft === undefined || !draft.hash.equals(charge.body_hash);
  const facts = await factsOf(db, row, {charge, changed});
  const judged = await judge(tx, row, {facts, seen, capabilities: method.capabilities});
  const {verdict} = judged;
  const now = given.clock.now();
  const work = {given, row, ...judged, source, now};
  const after = verdict.to === undefined ? await stay(tx, work) : await go(tx, {...work, to: verdict.to});
  if (verdict.money === 'suspense') await keepInSuspense(tx, given, row, {seen: judged.seen, now});
  await raise(tx, work);
  return after.state;
}

type Judging = {readonly facts: Facts; readonly seen: Seen; readonly capabilities: Capabilities};

/** The machine's verdict, and what only the other rows can tell. */
async function judge({db}: Tx, row: PaymentRow, {facts, seen, capabilities}: Judging): Promise<{verdict: Verdict; seen: Seen}> {
  const reference = referenceOf(seen.observation);
  const other =
    reference === undefined || reference === row.reference
      ? undefined
      : await db
          .selectFrom('payment')
          .select('id')
          .where('method', '=', row.method)
          .where('reference', '=', reference)
          .where('id', '<>', row.id)
          .executeTakeFirst();
  if (other !== undefined) {
    const why = `the reference ${String(reference)} belongs to payment ${other.id}`;
    const instead: Seen = {...seen, observation: {kind: 'wrong', why}};
    return {verdict: next(facts, instead, capabilities), seen: instead};
  }
  const verdict = next(facts, seen, capabilities);
  if (verdict.money !== 'credit' || !(await isInSuspense(db, row))) return {verdict, seen};
  const why = 'money of this payment lies in suspense, and now the provider calls it right';
  return {verdict: {to: undefined, alarm: 'payment.disagreement', why}, seen};
}

type Work = {
  readonly given: SettleGiven;
  readonly row: PaymentRow;
  readonly verdict: Verdict;
  readonly seen: Seen;
  readonly source: Source;
  readonly now: Instant;
};

/** No better answer: it stays as it is, and is looked at again, later each time. */
async function stay(tx: Tx, {row, verdict, seen, now}: Work): Promise<PaymentRow> {
  const wait = lookAfter(row.state, row.looks + 1);
  // A page or a webhook that asks in between does not put off the clock's own look.
  const isDue = row.look_at === null || row.look_at <= now;
  await note(tx, row.id, {
    // What is over keeps what it ended with.
    ...(wait === undefined ? {} : shownBy(seen.observation)),
    ...(wait === undefined || !isDue ? {} : {looks: row.looks + 1, look_at: lookAt(row.state, {now, wait, since: row.changed_at})}),
    ...(verdict.alarm === 'payment.disagreement' && row.state === 'unknown' ? {failure: OWN.disagreed} : {}),
  });
  return row;
}

async function go(tx: Tx, work: Work & {readonly to: State}): Promise<PaymentRow> {
  const {given, row, verdict, seen, source, now, to} = work;
  await move(tx, row, {to, source, evidence: evidenceOf(seen, verdict), at: now});
  // What was proved not to be sent is sent again, later each time.
  const looks = to === 'created' ? row.looks + 1 : 0;
  const wait = to === 'reversing' ? 0 : lookAfter(to, to === 'created' ? row.looks : 0);
  await note(tx, row.id, {
    ...shownBy(seen.observation),
    failure: verdict.failure ?? null,
    looks,
    look_at: wait === undefined ? null : lookAt(to, {now, wait, since: now}),
    ...(to === 'action_required' ? {} : {url: null, url_expires_at: null}),
  });
  const after = must(await readPayment(tx.db, row.id), `payment ${row.id}`);
  if (verdict.money === 'credit') await credit(tx, given, row, now);
  await keepIfAsked(tx, given, after, {seen, now});
  await tell(tx, given, {before: row, after, source, now});
  return after;
}

async function keepIfAsked(tx: Tx, given: SettleGiven, row: PaymentRow, {seen, now}: {seen: Seen; now: Instant}): Promise<void> {
  if (row.state !== 'succeeded' || row.save === 0 || row.method === 'cash' || seen.observation.kind !== 'succeeded') return;
  await keepMethod(tx, given, {row, provider: row.method, saved: seen.observation.saved, now});
}

/** A page that is left is ended on time, whatever the wait between two looks. */
function lookAt(state: State, {now, wait, since}: {now: Instant; wait: number; since: number}): number {
  const due = now + wait;
  const left = since + PAGE_LEFT_MS;
  return state === 'action_required' && left > now ? Math.min(due, left) : due;
}

function referenceOf(observation: Observation): string | undefined {
  return 'reference' in observation ? observation.reference : undefined;
}

/** The provider's name of it, and its page. */
function shownBy(observation: Observation): Loose {
  // A reversal has a reference of its own.
  const reference = observation.kind === 'reversed' ? undefined : referenceOf(observation);
  return {
    ...(reference === undefined ? {} : {reference}),
    ...(observation.kind === 'action-required' ? {url: observation.url ?? null, url_expires_at: observation.expires ?? null} : {}),
  };
}

/** For staff and for years: what was asked and what was answered. Never a token. */
function evidenceOf({act, observation}: Seen, {failure, why}: Verdict): unknown {
  return {
    act,
    seen: observation.kind,
    reference: referenceOf(observation),
    amount: 'amount' in observation ? observation.amount : undefined,
    code: observation.kind === 'failed' ? observation.code : undefined,
    why: 'why' in observation ? observation.why : why,
    failure,
  };
}

// ---- money

async function credit(tx: Tx, {books, clearingOf}: SettleGiven, row: PaymentRow, at: Instant): Promise<void> {
  await books.move(tx, {
    site: row.site,
    debit: clearingOf(row.method),
    credit: row.account as AccountId,
    amount: microsOfMinor(row.amount_minor, amountOf(row).currency),
    code: 'TOPUP',
    ref: row.id,
    at,
  });
}

async function isInSuspense(db: Tx['db'], {site, id}: PaymentRow): Promise<boolean> {
  const found = await db
    .selectFrom('transfer')
    .select('seq')
    .where('site', '=', site)
    .where('code', '=', SUSPENSE_CODE)
    .where('ref', '=', id)
    .executeTakeFirst();
  return found !== undefined;
}

/** Money of another currency than the site's has no place in its ledger: then the incident alone tells of it. */
async function keepInSuspense(tx: Tx, given: SettleGiven, row: PaymentRow, {seen, now}: {seen: Seen; now: Instant}): Promise<void> {
  const taken = takenBy(seen.observation);
  const {currency} = amountOf(row);
  if (taken?.currency.toUpperCase() !== currency || taken.minor <= 0 || (await isInSuspense(tx.db, row))) return;
  await given.books.move(tx, {
    site: row.site,
    debit: given.clearingOf(row.method),
    credit: HOUSE_ACCOUNTS.suspense,
    amount: microsOfMinor(taken.minor, currency),
    code: SUSPENSE_CODE,
    ref: row.id,
    at: now,
  });
}

function takenBy(observation: Observation): MinorAmount | undefined {
  if (observation.kind === 'succeeded') return observation.amount;
  return observation.kind === 'wrong' ? observation.taken : undefined;
}

// ---- alarms

const CURES: Readonly<Record<Alarm | 'payment.reversal-late', string>> = {
  'payment.disagreement': 'Compare the payment with the page of the provider. Nothing was credited; support needs this incident.',
  'payment.other-money': 'Find the payment at the provider. Give it back there, or credit the student from suspense.',
  'payment.after-reversal': 'Find the payment at the provider. The money lies in suspense: give it back, or credit the student.',
  'payment.given-back': 'The student was credited and the provider has returned the money: find out why at the provider.',
  'payment.reversal-late': 'Call the card service and ask for the reversal before its time is over.',
};

async function raise(tx: Tx, {given, row, verdict, seen, now}: Work): Promise<void> {
  const {alarm, why} = verdict;
  if (alarm !== undefined) {
    const taken = takenBy(seen.observation);
    const money = taken === undefined ? '' : ` (${inWords(taken)} were taken, ${inWords(amountOf(row))} were asked)`;
    await openIncident(tx, row, {code: alarm, detail: `${why ?? 'the provider and we disagree'}${money}`, now});
    given.log.error('a payment needs staff', {payment: row.id, alarm, why});
  } else if (verdict.to !== undefined && isTerminal(verdict.to)) await endIncidents(tx, row, now);
  const isLate = row.state === 'reversing' && verdict.to === undefined && now - row.changed_at >= REVERSAL_ALARM_MS;
  if (isLate) await openIncident(tx, row, {code: 'payment.reversal-late', detail: 'the debit is not given back yet', now});
}

function inWords({minor, currency}: MinorAmount): string {
  const digits = minorDigits(currency as Parameters<typeof minorDigits>[0]);
  return `${(minor / 10 ** digits).toFixed(digits)} ${currency}`;
}

/** What was only in doubt ends with the payment; what concerns money that lies somewhere is ended by staff. */
async function endIncidents({db}: Tx, {site, id}: PaymentRow, now: Instant): Promise<void> {
  await db
    .updateTable('incident')
    .set({ended_at: now})
    .where('site', '=', site)
    .where('code', 'in', ['payment.disagreement', 'payment.reversal-late'])
    .where('subject', '=', id)
    .where('ended_at', 'is', null)
    .execute();
}

type Incident = {readonly code: keyof typeof CURES; readonly detail: string; readonly now: Instant};

/** One is open at a time, by code and payment. */
async function openIncident({db}: Tx, {site, id}: PaymentRow, {code, detail, now}: Incident): Promise<void> {
  await db
    .insertInto('incident')
    .values({site, code, subject: id, began_at: now, detail, cure: CURES[code], ended_at: null})
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
