// The payment room. In: wishes of students, cash at the desk, requests of boxes, taps of providers. Out: credits, each once, and the
// truth about every payment at any time. Never true: a charge without a stored key; a credit without the provider's own word.
import {Failure} from '../../shared/failure/failure.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Tx} from '../store/open.ts';
import type {MachineRoute} from '../web/route.ts';
import {create, newPaymentId, takeCash, type CashWish, type Created, type Wish} from './create.ts';
import type {PaymentsGiven} from './given.ts';
import {createAddCashless, type AddCashless} from './holder.ts';
import {createHooks, type Hooks} from './hooks.ts';
import {createJanitor, type Janitor} from './janitor.ts';
import {createLanes} from './lanes.ts';
import {isTerminal} from './machine.ts';
import {
  listMethods,
  readAutomatic,
  removeMethod,
  setAutomatic,
  turnOffAutomatic,
  type AutomaticFault,
  type AutomaticWish,
  type Automatic,
  type Changed,
  type Method,
} from './methods.ts';
import {takeRequest, type Ask, type Decision} from './request.ts';
import {createReturnRoute} from './return.ts';
import type {PaymentRow} from './rows.ts';
import {createSettle} from './settle.ts';
import {listPayments, timelineOf, type PaymentTimeline, type PaymentView} from './view.ts';
import {createWorker} from './worker.ts';

export type Payments = {
  /** From now on what is due is worked on: first what a former process left. */
  readonly start: () => void;
  /** Nothing begins any more; ends when what is on the wire has ended, at the latest by the deadlines of the adapters. */
  readonly stop: () => Promise<void>;
  readonly newId: () => string;
  /** A student's payment. Nothing is sent before the commit. */
  readonly create: (tx: Tx, wish: Wish) => Promise<Created>;
  readonly takeCash: (tx: Tx, wish: CashWish) => Promise<Created>;
  /** What books calls for each request of a box, in the transaction of its row. */
  readonly request: (tx: Tx, site: string, body: Ask, upSeq: number) => Promise<Decision>;
  /** Asks the provider, and waits for the answer for some seconds, or less. The page shows what is known then. */
  readonly lookNow: (payment: string, source: 'student' | 'staff' | 'return', mostMs?: number) => Promise<void>;
  readonly timeline: (payment: string) => Promise<PaymentTimeline | undefined>;
  readonly list: (of: Parameters<typeof listPayments>[1]) => Promise<readonly PaymentView[]>;
  readonly methods: {
    readonly list: (site: string, account: string) => Promise<readonly Method[]>;
    readonly remove: (tx: Tx, which: Pick<AutomaticWish, 'site' | 'account' | 'method'>) => Promise<Changed<'method-unknown'>>;
    /** Asks the card service first, and so is in no transaction of the caller's. */
    readonly addCashless: AddCashless;
  };
  readonly automatic: {
    readonly read: (account: string) => Promise<Automatic | undefined>;
    readonly set: (tx: Tx, wish: AutomaticWish) => Promise<Changed<AutomaticFault>>;
    readonly off: (tx: Tx, of: Pick<AutomaticWish, 'site' | 'account'>) => Promise<boolean>;
  };
  /** Which ways there are. */
  readonly offers: {readonly hosted: boolean; readonly cashless: boolean};
  readonly hooks: Hooks;
  /** `POST /hooks/card`, if there is a card; `GET /paid/:part`, where a provider sends the browser back to. */
  readonly machine: readonly MachineRoute[];
};

/** A student's page or a hanging provider never takes all of them for long: adapters have deadlines. */
const AT_ONCE = 4;
/** A page waits no longer for the provider: then it says that we are checking. */
const PAGE_WAITS_MS = 8_000;
/** A page that is loaded again and again asks no more often. */
const ASKED_AGAIN_AFTER_MS = 2_000;
/** What failed or ended is still asked about by its page for so long: money may come late. */
const LATE_MS = 24 * 3_600_000;

export function createPayments(given: PaymentsGiven): Payments {
  const {store} = given;
  const settle = createSettle(given);
  const lanes = createLanes(createWorker({...given, settle}), AT_ONCE);
  const hooks: Hooks = createHooks({...given, lanes, wake: () => janitor.wake()});
  const janitor: Janitor = createJanitor({...given, lanes, retryHints: hooks.retry});
  const waking = async <T>(tx: Tx, work: Promise<T>): Promise<T> => {
    const result = await work;
    tx.after(janitor.wake);
    return result;
  };
  const lookNow = createLookNow(given, lanes.look, janitor.wake);
  return {
    start: janitor.start,
    stop: async () => {
      await janitor.stop();
      await hooks.idle();
    },
    newId: () => newPaymentId(given.randomBytes),
    create: (tx, wish) => waking(tx, create(tx, given, wish)),
    takeCash: (tx, wish) => takeCash(tx, given, wish),
    request: (tx, site, body, upSeq) => waking(tx, takeRequest(tx, given, {site, body, upSeq})),
    lookNow,
    timeline: (payment) => timelineOf(store.reading, payment),
    list: (of) => listPayments(store.reading, of),
    methods: {
      list: (site, account) => listMethods(store.reading, site, account),
      remove: (tx, which) => removeMethod(tx, given, which),
      addCashless: createAddCashless(given),
    },
    automatic: {
      read: (account) => readAutomatic(store.reading, account),
      set: (tx, wish) => setAutomatic(tx, given, wish),
      off: (tx, of) => turnOffAutomatic(tx, given, of),
    },
    offers: {hosted: given.methods.card?.capabilities.hosted === true, cashless: given.methods.cashless !== undefined},
    hooks,
    machine: [...hooks.routes, createReturnRoute(lookNow)],
  };
}

type LookNow = Payments['lookNow'];

function createLookNow(given: PaymentsGiven, look: (payment: string, source: string) => Promise<unknown>, wake: () => void): LookNow {
  const {store, clock, timers, log} = given;
  const asked = new Map<string, {readonly at: number; readonly looked: Promise<void>}>();
  const isNews = async (payment: string): Promise<boolean> => {
    const row = await store.reading
      .selectFrom('payment')
      .select(['state', 'changed_at', 'look_at'])
      .where('id', '=', payment)
      .executeTakeFirst();
    return row !== undefined && mayBeNews(row, clock.now());
  };
  const ask = (payment: string, source: string): Promise<void> =>
    look(payment, source).then(
      () => wake(),
      (error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        log.error('a payment could not be looked at', {payment, error: error.message, cure: error.cure});
      },
    );
  return async (payment, source, mostMs = PAGE_WAITS_MS) => {
    const now = clock.monotonicMs();
    for (const [each, {at}] of asked) if (now - at >= ASKED_AGAIN_AFTER_MS) asked.delete(each);
    // Whoever comes back has news that the page before did not have: a card is filled in by a browser in a second.
    const asking = `${source === 'return' ? 'return' : 'page'} ${payment}`;
    if (!asked.has(asking) && !(await isNews(payment))) return;
    // A second click waits for the look of the first.
    const {looked} = asked.get(asking) ?? {looked: ask(payment, source)};
    if (!asked.has(asking)) asked.set(asking, {at: now, looked});
    let cancel = (): void => undefined;
    const enough = new Promise<void>((resolve) => {
      cancel = timers.after(mostMs, resolve);
    });
    await Promise.race([looked, enough]);
    cancel();
  };
}

/** Paid is paid; and a provider that could not be reached is not besieged. */
function mayBeNews(row: Pick<PaymentRow, 'state' | 'changed_at' | 'look_at'>, now: Instant): boolean {
  if (row.state === 'succeeded') return false;
  if (row.state === 'created') return (row.look_at ?? 0) <= now;
  return !isTerminal(row.state) || now - row.changed_at < LATE_MS;
}
