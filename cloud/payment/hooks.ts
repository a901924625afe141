// Webhooks: a provider taps on the shoulder, and then it is asked. In: raw bytes with a signature. Out: a row, a commit, 200; a look.
// Never true: 200 for what is not stored; money moved by what a webhook says; a hint dropped because its payment is not there yet.
import {Failure} from '../../shared/failure/failure.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Store} from '../store/open.ts';
import type {MachineRoute} from '../web/route.ts';
import type {PaymentsGiven} from './given.ts';
import type {Lanes} from './lanes.ts';
import type {Hint} from './port.ts';

export type Hooks = {
  /** `POST /hooks/card`; none if there is no card. */
  readonly routes: readonly MachineRoute[];
  readonly receive: (rawBody: Buffer, signature: string | undefined) => Promise<{readonly status: 200 | 400 | 503}>;
  /** Those that could not be dealt with before; whether there are any. */
  readonly retry: () => Promise<boolean>;
  /** When none is being dealt with any more. */
  readonly idle: () => Promise<void>;
};

type Given = Pick<PaymentsGiven, 'store' | 'clock' | 'log' | 'readHint'> & {readonly lanes: Lanes; readonly wake: () => void};

/** Events carry whole objects: tens of kilobytes, with room. */
const LARGEST_BODY_BYTES = 256 * 1024;
const DAY_MS = 24 * 3_600_000;
/** Providers send again for three days; what is a stranger's after a week stays one. */
const GIVEN_UP_AFTER_MS = 7 * DAY_MS;
/** A provider that does not answer is not asked more often for having tapped. */
const TRIED_AGAIN_AFTER_MS = 60_000;
/** The newest first: strangers that pile up hold nobody up. */
const BATCH = 100;

export function createHooks(given: Given): Hooks {
  const {store, clock, log, readHint} = given;
  /** Events that are being dealt with, and since when. */
  const tried = new Map<string, number>();
  /** Some may be stored that are not dealt with: at first, those of a former process. */
  let mayWait = true;
  const dealings = new Set<Promise<void>>();

  /** Once the payment was asked about, and the provider answered. */
  const deal = async ({event, payment, reference, received_at: received}: EventRow): Promise<void> => {
    if (clock.monotonicMs() - (tried.get(event) ?? -Infinity) < TRIED_AGAIN_AFTER_MS) return;
    const found = await paymentOf(store, {payment, reference});
    if (found === undefined) {
      if (clock.now() - received < GIVEN_UP_AFTER_MS) return;
      log.error('a webhook named a payment that is none of ours', {event, payment: payment ?? undefined});
    } else {
      tried.set(event, clock.monotonicMs());
      const {answered} = await given.lanes.look(found, 'webhook');
      if (!answered) return;
    }
    await handled(store, event, clock.now());
    tried.delete(event);
  };
  const dealSoon = (row: EventRow): void => {
    const work = deal(row)
      .catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        log.error('a webhook waits', {event: row.event, error: error.message, cure: error.cure});
      })
      .finally(() => dealings.delete(work));
    dealings.add(work);
  };

  const receive: Hooks['receive'] = async (rawBody, signature) => {
    const hint: Hint = readHint?.(rawBody, signature) ?? {kind: 'refused', why: 'there is no card provider'};
    if (hint.kind === 'refused') {
      log.warn('a webhook was refused', {why: hint.why});
      return {status: 400};
    }
    if (hint.kind === 'ignored') return {status: 200};
    try {
      const row = await keep(given, hint);
      mayWait = true;
      dealSoon(row);
      // One that names nobody yet is looked at again.
      given.wake();
      return {status: 200};
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log.error('a webhook could not be stored: the provider sends it again', {error: error.message, cure: error.cure});
      return {status: 503};
    }
  };

  return {
    receive,
    retry: async () => {
      if (!mayWait) return false;
      mayWait = false;
      const rows = await waiting(store);
      for (const row of rows) dealSoon(row);
      mayWait ||= rows.length > 0;
      return mayWait;
    },
    idle: async () => void (await Promise.allSettled(dealings)),
    routes: readHint === undefined ? [] : [routeOf(receive)],
  };
}

function routeOf(receive: Hooks['receive']): MachineRoute {
  return {
    path: '/hooks/card',
    method: 'POST',
    largestBytes: LARGEST_BODY_BYTES,
    act: async ({body, header}) => {
      const {status} = await receive(body, header('stripe-signature'));
      return {status, text: status === 200 ? 'ok\n' : 'not taken\n'};
    },
  };
}

type EventRow = {readonly event: string; readonly payment: string | null; readonly reference: string | null; readonly received_at: number};
const PROVIDER = 'card';

/** The same event again, at once or days later, is the one that is there. */
async function keep({store, clock}: Given, hint: Extract<Hint, {kind: 'hint'}>): Promise<EventRow> {
  const row = {event: hint.event, payment: hint.payment ?? null, reference: hint.reference ?? null, received_at: clock.now()};
  await store.transact(({db}) =>
    db
      .insertInto('provider_event')
      .values({...row, provider: PROVIDER, handled_at: null})
      .onConflict((conflict) => conflict.columns(['provider', 'event']).doNothing())
      .execute(),
  );
  return row;
}

function waiting({reading}: Store): Promise<readonly EventRow[]> {
  return reading
    .selectFrom('provider_event')
    .select(['event', 'payment', 'reference', 'received_at'])
    .where('handled_at', 'is', null)
    .orderBy('received_at', 'desc')
    .limit(BATCH)
    .execute();
}

async function handled(store: Store, event: string, at: Instant): Promise<void> {
  await store.transact(({db}) =>
    db.updateTable('provider_event').set({handled_at: at}).where('provider', '=', PROVIDER).where('event', '=', event).execute(),
  );
}

/** By the id that we gave the provider, else by the name that it gave us. */
async function paymentOf({reading}: Store, {payment, reference}: Pick<EventRow, 'payment' | 'reference'>): Promise<string | undefined> {
  const row = await reading
    .selectFrom('payment')
    .select('id')
    .where('method', '=', PROVIDER)
    .where((eb) => eb.or([eb('id', '=', payment ?? ''), eb('reference', '=', reference ?? '')]))
    .executeTakeFirst();
  return row?.id;
}
