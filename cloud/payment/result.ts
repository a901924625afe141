// What the box is told of the top-up that it asked for. In: how a payment moved. Out: `top-up-result` rows, automatic top-up ended.
// Never true: a refusal that no provider spoke; the same word twice in a row; silence for what is known.
import {later, type Instant} from '../../shared/time/instant.ts';
import type {DownBody} from '../../shared/wire/kinds.ts';
import type {DownLog} from '../books/down-log.ts';
import type {Tx} from '../store/open.ts';
import {isRefusal, isTerminal, OWN} from './machine.ts';
import type {PaymentsGiven} from './given.ts';
import type {PaymentRow} from './rows.ts';
import {mayTryFrom, troublesOf} from './troubles.ts';

export type Result = DownBody<'top-up-result'>['result'];

/** The box asks again after so long at the earliest: a request of its own lapses then. */
export const ASK_AGAIN_MS = 15 * 60_000;
/** Staff look first where money was taken that was not asked for. */
const STAFF_LOOK_MS = 24 * 3_600_000;

export type Answer = {
  readonly request: string;
  readonly site: string;
  readonly account: string;
  /** The payment's version when it said so; 0 if there is no payment. */
  readonly version: number;
  readonly result: Result;
  readonly until?: Instant;
};

export async function tellBox(tx: Tx, downLog: DownLog, {request, site, account, version, result, until}: Answer): Promise<void> {
  const asked = await tx.db.selectFrom('top_up_request').select('result').where('request', '=', request).executeTakeFirst();
  if (asked === undefined || asked.result === result) return;
  const body = {request, account, result, ...(until === undefined ? {} : {until})};
  await downLog.write(tx, site, [{kind: 'top-up-result', id: `${request}:${version}`, body}]);
  await tx.db.updateTable('top_up_request').set({result}).where('request', '=', request).execute();
}

/** What the box hears when an automatic payment has moved; undefined while nothing is known that concerns it. */
function resultOf({state, failure}: PaymentRow, now: Instant): Pick<Answer, 'result' | 'until'> | undefined {
  if (state === 'succeeded') return {result: 'paid'};
  if (state === 'action_required') return {result: 'needs-student'};
  if (state === 'failed' && isRefusal(failure)) return {result: 'refused'};
  // Nobody waits for a request that lapsed, and nothing became of it.
  if (!isTerminal(state) || failure === OWN.lapsed) return undefined;
  if (failure === OWN.methodGone || failure === OWN.authentication) return {result: 'needs-student'};
  return {result: 'deferred', until: later(now, failure === OWN.otherMoney ? STAFF_LOOK_MS : ASK_AGAIN_MS)};
}

type Given = Pick<PaymentsGiven, 'downLog' | 'accountBody' | 'randomBytes'>;

/** After each move of a payment that a box asked for. Returns whether automatic top-up was ended by it. */
export async function afterAutomatic(tx: Tx, given: Given, row: PaymentRow, now: Instant): Promise<boolean> {
  const answer = resultOf(row, now);
  const {id: request, site, account} = row;
  if (answer !== undefined) await tellBox(tx, given.downLog, {request, site, account, version: row.version, ...answer});
  if (row.state !== 'failed' && row.state !== 'canceled') return false;
  const isOver = mayTryFrom(await troublesOf(tx.db, site, account)) === 'never';
  return isOver && endAutomatic(tx, given, {site, account, now});
}

/** Returns whether it was on. */
export async function endAutomatic(
  tx: Tx,
  given: Given,
  {site, account, now}: {site: string; account: string; now: Instant},
): Promise<boolean> {
  const ended = await tx.db
    .updateTable('automatic_top_up')
    .set({is_on: 0, changed_at: now})
    .where('account', '=', account)
    .where('is_on', '=', 1)
    .returning('account')
    .executeTakeFirst();
  if (ended === undefined) return false;
  await tellAccount(tx, given, site, account);
  return true;
}

/** The whole account goes down: the newest row replaces the one before. */
export async function tellAccount(tx: Tx, {downLog, accountBody, randomBytes}: Given, site: string, account: string): Promise<void> {
  const body = await accountBody(tx, site, account);
  await downLog.write(tx, site, [{kind: 'account', id: `${account}:${randomBytes(8).toString('hex')}`, body}]);
}
