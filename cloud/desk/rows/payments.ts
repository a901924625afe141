// Payments as staff look for them: open ones by age, the rest newest first; and what stands beside one of them.
import type {Currency} from '../../../shared/money/micros.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {Reader} from '../../store/open.ts';
import type {PaymentStateName} from '../../store/tables.ts';
import {cutOf, placeText, type Place} from '../places.ts';

export type PaymentFilter = 'open' | 'person' | 'paid' | 'refused' | 'all';
export const PAYMENT_FILTERS: readonly PaymentFilter[] = ['open', 'person', 'paid', 'refused', 'all'];

export type PaymentLine = {
  readonly id: string;
  readonly site: string;
  readonly account: string;
  readonly name: string | undefined;
  readonly provider: 'card' | 'cashless' | 'cash';
  readonly origin: 'manual' | 'auto' | 'desk';
  readonly minor: number;
  readonly currency: Currency;
  readonly state: PaymentStateName;
  readonly needsPerson: boolean;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
};

export type PaymentPage = {
  readonly rows: readonly PaymentLine[];
  readonly next: string | undefined;
  readonly counts: Readonly<Record<PaymentFilter, number>>;
};

const OPEN: readonly PaymentStateName[] = ['created', 'submitting', 'pending', 'unknown', 'action_required', 'reversing'];
const NOTHING: readonly PaymentStateName[] = ['failed', 'canceled', 'reversed'];
/** Reasons of the payment room after which nothing more happens by itself. */
export const NEEDS_PERSON: readonly string[] = ['spbs:disagreed', 'spbs:other-money'];
const SHOWN = 50;

function filtered(db: Reader, filter: PaymentFilter, of: {readonly site?: string | undefined; readonly account?: string | undefined}) {
  return db
    .selectFrom('payment')
    .$if(of.site !== undefined, (query) => query.where('payment.site', '=', of.site ?? ''))
    .$if(of.account !== undefined, (query) => query.where('payment.account', '=', of.account ?? ''))
    .$if(filter === 'open', (query) => query.where('payment.state', 'in', OPEN))
    .$if(filter === 'person', (query) =>
      query.where('payment.failure', 'in', NEEDS_PERSON).where('payment.state', 'not in', ['succeeded', 'reversed']),
    )
    .$if(filter === 'paid', (query) => query.where('payment.state', '=', 'succeeded'))
    .$if(filter === 'refused', (query) => query.where('payment.state', 'in', NOTHING));
}

export type PaymentWish = {
  readonly filter: PaymentFilter;
  readonly site?: string | undefined;
  readonly account?: string | undefined;
  readonly before?: Place | undefined;
};

/** Of open ones the oldest first, of all others the newest. */
export async function readPayments(db: Reader, {filter, before, ...of}: PaymentWish): Promise<PaymentPage> {
  const oldestFirst = filter === 'open';
  const [step, order] = oldestFirst ? (['>', 'asc'] as const) : (['<', 'desc'] as const);
  const rows = await filtered(db, filter, of)
    .leftJoin('student', 'student.account', 'payment.account')
    .select(['payment.id', 'payment.site', 'payment.account', 'student.name', 'payment.method', 'payment.origin'])
    .select(['amount_minor', 'currency', 'state', 'failure', 'payment.created_at', 'changed_at'])
    .$if(before !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('payment.created_at', step, before?.at ?? 0),
          eb.and([eb('payment.created_at', '=', before?.at ?? 0), eb('payment.id', step, before?.key ?? '')]),
        ]),
      ),
    )
    .orderBy('payment.created_at', order)
    .orderBy('payment.id', order)
    .limit(SHOWN + 1)
    .execute();
  const lines = rows.map(
    ({name, method, amount_minor: minor, currency, failure, created_at: createdAt, changed_at: changedAt, ...rest}) => ({
      ...rest,
      name: name ?? undefined,
      provider: method,
      minor,
      currency: currency as Currency,
      needsPerson: needsPerson(rest.state, failure),
      createdAt: instant(createdAt),
      changedAt: instant(changedAt),
    }),
  );
  const counts = {open: 0, person: 0, paid: 0, refused: 0, all: 0};
  for (const each of PAYMENT_FILTERS) counts[each] = await countOf(db, each, of);
  return {...cutOf(lines, SHOWN, ({createdAt, id}) => placeText(createdAt, id)), counts};
}

export function needsPerson(state: PaymentStateName, failure: string | null | undefined): boolean {
  return NEEDS_PERSON.includes(failure ?? '') && state !== 'succeeded' && state !== 'reversed';
}

async function countOf(db: Reader, filter: PaymentFilter, of: Pick<PaymentWish, 'site' | 'account'>): Promise<number> {
  const row = await filtered(db, filter, of)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return row?.count ?? 0;
}

export type Attempt = {
  readonly number: number;
  readonly key: string;
  readonly storedAt: Instant;
  readonly sentAt: Instant | undefined;
};
export type ProviderHint = {readonly event: string; readonly receivedAt: Instant; readonly handledAt: Instant | undefined};

export async function readAttempts(db: Reader, payment: string): Promise<readonly Attempt[]> {
  const rows = await db.selectFrom('payment_attempt').selectAll().where('payment', '=', payment).orderBy('number').execute();
  return rows.map(({number, key, created_at: at, sent_at: sent}) => ({
    number,
    key,
    storedAt: instant(at),
    sentAt: sent === null ? undefined : instant(sent),
  }));
}

export async function readHints(db: Reader, payment: string): Promise<readonly ProviderHint[]> {
  const rows = await db
    .selectFrom('provider_event')
    .selectAll()
    .where('payment', '=', payment)
    .orderBy('received_at')
    .limit(SHOWN)
    .execute();
  return rows.map(({event, received_at: at, handled_at: handled}) => ({
    event,
    receivedAt: instant(at),
    handledAt: handled === null ? undefined : instant(handled),
  }));
}
