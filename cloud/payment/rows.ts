// The rows of payments, typed. No decision is taken here.
import type {Selectable} from 'kysely';
import {must} from '../../shared/assert/assert.ts';
import type {Currency} from '../../shared/money/micros.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import type {Reader, Tx} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import {OWN, type Facts, type State} from './machine.ts';
import type {MinorAmount} from './port.ts';

export type PaymentRow = Selectable<Tables['payment']>;
export type AttemptRow = Selectable<Tables['payment_attempt']>;

/** Who moved it: student, worker, webhook, return, janitor, box, or the id of a person of staff. */
export type Source = string;

/** Ends the key of what gives an attempt back. */
const REVERSAL = ':reversal';

export function readPayment(db: Reader, id: string): Promise<PaymentRow | undefined> {
  return db.selectFrom('payment').selectAll().where('id', '=', id).executeTakeFirst();
}

export function amountOf({amount_minor: minor, currency}: PaymentRow): MinorAmount & {readonly currency: Currency} {
  return {minor, currency: currency as Currency};
}

export type Attempts = {
  /** The one that counts: those before it were proved never to have been sent. */
  readonly charge: AttemptRow | undefined;
  readonly reversal: AttemptRow | undefined;
};

export async function attemptsOf(db: Reader, payment: string): Promise<Attempts> {
  const rows = await db.selectFrom('payment_attempt').selectAll().where('payment', '=', payment).orderBy('number', 'desc').execute();
  return {charge: rows.find(({key}) => !key.endsWith(REVERSAL)), reversal: rows.find(({key}) => key.endsWith(REVERSAL))};
}

export function reversalKeyOf({key}: AttemptRow): string {
  return `${key}${REVERSAL}`;
}

export async function insertAttempt({db}: Tx, row: Omit<AttemptRow, 'number'>): Promise<void> {
  const last = await db
    .selectFrom('payment_attempt')
    .select('number')
    .where('payment', '=', row.payment)
    .orderBy('number', 'desc')
    .executeTakeFirst();
  await db
    .insertInto('payment_attempt')
    .values({...row, number: (last?.number ?? 0) + 1})
    .execute();
}

export async function attemptIsSent({db}: Tx, key: string, at: Instant): Promise<void> {
  await db.updateTable('payment_attempt').set({sent_at: at}).where('key', '=', key).execute();
}

/** What decides, of what is stored. `changed`: the attempt cannot be made again as it was. */
export async function factsOf(
  db: Reader,
  row: PaymentRow,
  {charge, changed}: {charge: AttemptRow | undefined; changed: boolean},
): Promise<Facts> {
  const request = await db.selectFrom('top_up_request').select('lapses_at').where('request', '=', row.id).executeTakeFirst();
  return {
    state: row.state,
    origin: row.origin,
    amount: amountOf(row),
    createdAt: instant(row.created_at),
    since: instant(row.changed_at),
    keyedAt: charge === undefined ? undefined : instant(charge.created_at),
    sentAt: charge?.sent_at === null || charge === undefined ? undefined : instant(charge.sent_at),
    lapsesAt: request === undefined ? undefined : instant(request.lapses_at),
    disagreed: row.failure === OWN.disagreed,
    changed,
  };
}

export type Move = {readonly to: State; readonly source: Source; readonly evidence: unknown; readonly at: Instant};

/** One step along an edge; the row moves by trigger. Returns it as it stands then. */
export async function move({db}: Tx, row: PaymentRow, {to, source, evidence, at}: Move): Promise<PaymentRow> {
  await db
    .insertInto('payment_event')
    .values({
      payment: row.id,
      version: row.version + 1,
      from_state: row.state,
      to_state: to,
      source,
      evidence: JSON.stringify(evidence),
      at,
    })
    .execute();
  return must(await readPayment(db, row.id), `payment ${row.id}`);
}

export type Loose = Partial<Pick<PaymentRow, 'reference' | 'url' | 'url_expires_at' | 'failure' | 'looks' | 'look_at'>>;

export async function note({db}: Tx, id: string, values: Loose): Promise<void> {
  if (Object.keys(values).length > 0) await db.updateTable('payment').set(values).where('id', '=', id).execute();
}

export type Student = {
  readonly account: string;
  readonly site: string;
  readonly name: string;
  readonly email: string | null;
  readonly language: string;
  readonly closed_at: number | null;
};

export function readStudent(db: Reader, site: string, account: string): Promise<Student | undefined> {
  return db
    .selectFrom('student')
    .select(['account', 'site', 'name', 'email', 'language', 'closed_at'])
    .where('site', '=', site)
    .where('account', '=', account)
    .executeTakeFirst();
}

export async function siteOf(db: Reader, site: string): Promise<{readonly currency: Currency; readonly zone: string}> {
  const {currency, zone} = await db.selectFrom('site').select(['currency', 'zone']).where('id', '=', site).executeTakeFirstOrThrow();
  return {currency: currency as Currency, zone};
}
