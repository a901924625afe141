// One look at one payment: what is due for it at its provider is made durable, done, and settled.
// In: a payment's id. Out: at most one request for a new charge, whose row and key were committed before.
// Never true: the network awaited inside a transaction; a request without a stored key; a key with two bodies.
import {must} from '../../shared/assert/assert.ts';
import {sha256} from '../../shared/journal/chain.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Tx} from '../store/open.ts';
import {draftOf, inquiryOf} from './attempt.ts';
import type {PaymentsGiven} from './given.ts';
import type {Look} from './lanes.ts';
import {isTerminal, lookAfter, maySendAgain, OWN, planOf, type Act, type OwnReason, type Seen} from './machine.ts';
import type {Attempt, Inquiry, Observation, PaymentMethod} from './port.ts';
import {
  attemptIsSent,
  attemptsOf,
  factsOf,
  insertAttempt,
  move,
  note,
  readPayment,
  reversalKeyOf,
  type AttemptRow,
  type PaymentRow,
  type Source,
} from './rows.ts';
import type {Settle} from './settle.ts';
import {tell} from './told.ts';

type Given = Pick<
  PaymentsGiven,
  'store' | 'clock' | 'randomBytes' | 'log' | 'methods' | 'environment' | 'downLog' | 'accountBody' | 'enqueue' | 'addressOf' | 'changed'
> & {readonly settle: Settle};

/** What was committed to be done at the provider. */
type Errand =
  | {readonly kind: 'submit'; readonly method: PaymentMethod; readonly attempt: Attempt}
  | {readonly kind: 'ask' | 'cancel'; readonly method: PaymentMethod; readonly inquiry: Inquiry}
  | {readonly kind: 'reverse'; readonly method: PaymentMethod; readonly inquiry: Inquiry & {readonly reversalKey: string}}
  | {readonly kind: 'none'};

const NOTHING: Errand = {kind: 'none'};

export function createWorker(given: Given): (payment: string, source: Source) => Promise<Look> {
  const {store, clock, settle} = given;
  const run = async (errand: Exclude<Errand, {kind: 'none'}>, payment: string, source: Source): Promise<Seen> => {
    const askedAt = clock.now();
    const seen: Seen = {act: errand.kind, observation: await observe(errand), askedAt};
    await settle(payment, seen, source);
    return seen;
  };
  return async (payment, source) => {
    const errand = await store.transact((tx) => begin(tx, given, {payment, source}));
    if (errand.kind === 'none') return {answered: true};
    const seen = await run(errand, payment, source);
    if (seen.act !== 'ask' || seen.observation.kind !== 'not-found') return {answered: seen.observation.kind !== 'unknown'};
    const again = await store.transact((tx) => beginAgain(tx, given, payment));
    if (again.kind !== 'none') await run(again, payment, source);
    return {answered: true};
  };
}

function observe(errand: Exclude<Errand, {kind: 'none'}>): Promise<Observation> {
  switch (errand.kind) {
    case 'submit':
      return errand.method.submit(errand.attempt);
    case 'ask':
      return errand.method.ask(errand.inquiry);
    case 'cancel':
      return errand.method.cancel(errand.inquiry);
    case 'reverse':
      return errand.method.reverse(errand.inquiry);
  }
}

type What = {readonly payment: string; readonly source: Source};

async function begin(tx: Tx, given: Given, {payment, source}: What): Promise<Errand> {
  const row = await readPayment(tx.db, payment);
  if (row === undefined || row.method === 'cash') return NOTHING;
  const now = given.clock.now();
  const {charge} = await attemptsOf(tx.db, payment);
  const plan = planOf(await factsOf(tx.db, row, {charge, changed: false}), now);
  const method = given.methods[row.method];
  if (method === undefined) {
    // Configured once, and not now: it waits for the day when it is again.
    await note(tx, row.id, isTerminal(row.state) ? {} : {looks: row.looks + 1, look_at: now + (lookAfter(row.state, row.looks + 1) ?? 0)});
    return NOTHING;
  }
  const work = {given, method, row, source, now};
  switch (plan.kind) {
    case 'drop':
      await drop(tx, work, plan.why);
      return NOTHING;
    case 'submit':
      return submit(tx, work, charge);
    case 'lease':
      return askAbout(tx, {...work, row: await orphan(tx, work)}, {act: 'ask', charge});
    case 'ask':
    case 'cancel':
    case 'reverse':
      return askAbout(tx, work, {act: plan.kind, charge});
  }
}

type Work = {
  readonly given: Given;
  readonly method: PaymentMethod;
  readonly row: PaymentRow;
  readonly source: Source;
  readonly now: Instant;
};

/** created → submitting, with its key. Whoever comes second finds another state. */
async function submit(tx: Tx, work: Work, charge: AttemptRow | undefined): Promise<Errand> {
  const {given, method, row, source, now} = work;
  const draft = await draftOf(tx.db, row, given.addressOf);
  if (draft === undefined) {
    await drop(tx, work, OWN.methodGone);
    return NOTHING;
  }
  // Created again means that nothing was sent, by proof: the rows may have changed since, and then it is another attempt.
  const isSame = charge !== undefined && draft.hash.equals(charge.body_hash);
  const key = isSame ? charge.key : `spbs:${given.environment}:${row.id}:${await nextNumber(tx, row.id)}`;
  if (isSame) await attemptIsSent(tx, key, now);
  else await insertAttempt(tx, {payment: row.id, key, body_hash: draft.hash, created_at: now, sent_at: now});
  await move(tx, row, {to: 'submitting', source, evidence: {act: 'submit', key}, at: now});
  await note(tx, row.id, {look_at: now + (lookAfter('submitting', 0) ?? 0)});
  tx.after(() => given.changed({site: row.site, account: row.account, payment: row.id}));
  return {kind: 'submit', method, attempt: {...draft.body, key}};
}

async function nextNumber({db}: Tx, payment: string): Promise<number> {
  const {made} = await db
    .selectFrom('payment_attempt')
    .select((eb) => eb.fn.countAll<number>().as('made'))
    .where('payment', '=', payment)
    .executeTakeFirstOrThrow();
  return made + 1;
}

/** The same key once more, for a payment of which the provider knows nothing yet. */
async function beginAgain(tx: Tx, given: Given, payment: string): Promise<Errand> {
  const row = must(await readPayment(tx.db, payment), `payment ${payment}`);
  if (row.state !== 'unknown' || row.method === 'cash') return NOTHING;
  const method = must(given.methods[row.method], `the way of paying ${row.method}`);
  const {charge} = await attemptsOf(tx.db, payment);
  const draft = await draftOf(tx.db, row, given.addressOf);
  if (charge === undefined || draft === undefined) return NOTHING;
  const now = given.clock.now();
  const facts = await factsOf(tx.db, row, {charge, changed: !draft.hash.equals(charge.body_hash)});
  if (!maySendAgain(facts, method.capabilities, now)) return NOTHING;
  await attemptIsSent(tx, charge.key, now);
  return {kind: 'submit', method, attempt: {...draft.body, key: charge.key}};
}

/** Somebody who is no more had it in hand: it may or may not have been sent. Never back to created. */
async function orphan(tx: Tx, {row, source, now}: Work): Promise<PaymentRow> {
  const moved = await move(tx, row, {to: 'unknown', source, evidence: {act: 'lease'}, at: now});
  await note(tx, row.id, {looks: 0, look_at: now + (lookAfter('unknown', 0) ?? 0)});
  return moved;
}

/** Nothing was ever sent: no provider needs to be asked. */
async function drop(tx: Tx, {given, row, source, now}: Work, why: OwnReason): Promise<void> {
  await move(tx, row, {to: 'canceled', source, evidence: {act: 'drop', failure: why}, at: now});
  await note(tx, row.id, {failure: why, look_at: null});
  const after = must(await readPayment(tx.db, row.id), `payment ${row.id}`);
  await tell(tx, given, {before: row, after, source, now});
}

async function askAbout(
  tx: Tx,
  {method, row, now}: Work,
  {act, charge}: {act: Exclude<Act, 'submit'>; charge: AttemptRow | undefined},
): Promise<Errand> {
  if (charge === undefined) return NOTHING;
  const inquiry = await inquiryOf(tx.db, row, charge);
  if (act !== 'reverse') return {kind: act, method, inquiry};
  const reversalKey = reversalKeyOf(charge);
  const {reversal} = await attemptsOf(tx.db, row.id);
  if (reversal?.key === reversalKey) await attemptIsSent(tx, reversalKey, now);
  else {
    const hash = sha256(JSON.stringify({reversalOf: charge.key}));
    await insertAttempt(tx, {payment: row.id, key: reversalKey, body_hash: hash, created_at: now, sent_at: now});
  }
  return {kind: 'reverse', method, inquiry: {...inquiry, reversalKey}};
}
