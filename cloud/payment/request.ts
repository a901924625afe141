// The box asks for a top-up: in the transaction that takes its row, it is granted, put off or refused.
// In: the request. Out: a payment under the request's id, or an answer for the box. Never true: two automatic payments of a student
// in flight, a month's charges above the cap, a charge for a request that lapsed or that the card has just refused.
import {micros, type Currency} from '../../shared/money/micros.ts';
import {later, type Instant} from '../../shared/time/instant.ts';
import {monthAt, spanOfMonth} from '../../shared/time/month.ts';
import type {UpBody} from '../../shared/wire/up.ts';
import type {Tx} from '../store/open.ts';
import {microsOfMinor, minorAtLeast} from './amount.ts';
import type {PaymentsGiven} from './given.ts';
import type {ProviderName} from './port.ts';
import {ASK_AGAIN_MS, tellBox, type Result} from './result.ts';
import {readStudent, siteOf} from './rows.ts';
import {mayTryFrom, troublesOf} from './troubles.ts';

export type Ask = UpBody<'top-up-request'>;

export type Decision =
  | {readonly kind: 'pay'; readonly provider: ProviderName; readonly method: string; readonly minor: number; readonly currency: Currency}
  | {readonly kind: 'answer'; readonly result: Result; readonly until?: Instant}
  /** It came too late, or was here before. */
  | {readonly kind: 'nothing'};

type Given = Pick<PaymentsGiven, 'clock' | 'methods' | 'limits' | 'balanceOf' | 'downLog' | 'changed'>;

export async function takeRequest(tx: Tx, given: Given, {site, body, upSeq}: {site: string; body: Ask; upSeq: number}): Promise<Decision> {
  const {request, account, amount, available, at, lapsesAt} = body;
  const stored = await tx.db
    .insertInto('top_up_request')
    .values({request, site, account, amount, available, at, lapses_at: lapsesAt, up_seq: upSeq, result: null})
    .onConflict((conflict) => conflict.column('request').doNothing())
    .returning('request')
    .executeTakeFirst();
  if (stored === undefined) return {kind: 'nothing'};
  const now = given.clock.now();
  const decision = now >= lapsesAt ? ({kind: 'nothing'} as const) : await decide(tx, given, {site, body, now});
  if (decision.kind === 'pay') await insertPayment(tx, given, {site, body, decision, now});
  if (decision.kind === 'answer') {
    const {result, until} = decision;
    await tellBox(tx, given.downLog, {request, site, account, version: 0, result, ...(until === undefined ? {} : {until})});
  }
  return decision;
}

type Asked = {readonly site: string; readonly body: Ask; readonly now: Instant};

async function decide(tx: Tx, given: Given, asked: Asked): Promise<Decision> {
  const {site, body} = asked;
  const {db} = tx;
  const student = await readStudent(db, site, body.account);
  const settings = await db.selectFrom('automatic_top_up').selectAll().where('account', '=', body.account).executeTakeFirst();
  if (student === undefined || student.closed_at !== null || settings?.is_on !== 1) return answer('not-needed');
  const method = await db
    .selectFrom('saved_method')
    .select(['id', 'provider', 'removed_at'])
    .where('id', '=', settings.method)
    .executeTakeFirstOrThrow();
  if (method.removed_at !== null || given.methods[method.provider] === undefined) return answer('needs-student');
  const {currency, zone} = await siteOf(db, site);
  // Ours knows every call before the request, and credits that the box did not know when it asked; the box alone, which calls run.
  const balance = (await given.balanceOf(db, site, body.account)) - (body.running ?? 0);
  if (balance >= settings.threshold) return answer('not-needed');
  const wanted = micros(Math.min(body.amount, settings.target - balance));
  const minor = minorAtLeast(wanted, currency, given.limits);
  const wait = (await waitForOpen(tx, asked)) ?? (await waitForTrouble(tx, asked));
  if (wait !== undefined) return wait;
  const overCap = await waitForMonth(tx, asked, {zone, cap: settings.monthly_cap, amount: microsOfMinor(minor, currency)});
  return overCap ?? {kind: 'pay', provider: method.provider, method: method.id, minor, currency};
}

function answer(result: Result, until?: Instant): Decision {
  return {kind: 'answer', result, ...(until === undefined ? {} : {until})};
}

/** One in flight: the index refuses a second, and the box hears why it has to wait. */
async function waitForOpen({db}: Tx, {site, body, now}: Asked): Promise<Decision | undefined> {
  const open = await db
    .selectFrom('payment')
    .select('state')
    .where('site', '=', site)
    .where('account', '=', body.account)
    .where('origin', '=', 'auto')
    .where('state', 'in', ['created', 'submitting', 'pending', 'action_required', 'unknown', 'reversing'])
    .executeTakeFirst();
  if (open === undefined) return undefined;
  return open.state === 'action_required' ? answer('needs-student') : answer('deferred', later(now, ASK_AGAIN_MS));
}

async function waitForTrouble({db}: Tx, {site, body, now}: Asked): Promise<Decision | undefined> {
  const troubles = await troublesOf(db, site, body.account);
  const from = mayTryFrom(troubles);
  if (from === undefined || (from !== 'never' && now >= from)) return undefined;
  return from === 'never' || troubles.last?.kind === 'authentication' ? answer('needs-student') : answer('deferred', from);
}

type Month = {readonly zone: string; readonly cap: number; readonly amount: number};

/** What was charged automatically this month, and what may still be, plus this: never above the cap. */
async function waitForMonth({db}: Tx, {site, body, now}: Asked, {zone, cap, amount}: Month): Promise<Decision | undefined> {
  const {from, to} = spanOfMonth(zone, monthAt(zone, now));
  const rows = await db
    .selectFrom('payment')
    .select(['amount_minor', 'currency'])
    .where('site', '=', site)
    .where('account', '=', body.account)
    .where('origin', '=', 'auto')
    .where('state', 'not in', ['failed', 'canceled', 'reversed'])
    .where('created_at', '>=', from)
    .where('created_at', '<', to)
    .execute();
  const charged = rows.reduce((sum, row) => sum + microsOfMinor(row.amount_minor, row.currency as Currency), 0);
  return charged + amount <= cap ? undefined : answer('deferred', to);
}

type Granted = Asked & {readonly decision: Extract<Decision, {kind: 'pay'}>};

async function insertPayment(tx: Tx, {changed}: Given, {site, body, decision, now}: Granted): Promise<void> {
  const {request: id, account} = body;
  await tx.db
    .insertInto('payment')
    .values({
      id,
      site,
      account,
      method: decision.provider,
      origin: 'auto',
      amount_minor: decision.minor,
      currency: decision.currency,
      state: 'created',
      how: 'saved',
      saved_method: decision.method,
      created_at: now,
      changed_at: now,
      look_at: now,
    })
    .execute();
  tx.after(() => changed({site, account, payment: id}));
}
