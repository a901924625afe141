// The payment room on a real database, with a provider of our own, a clock that moves when told, and processes that die when told.
import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {createDownLog} from '../../../cloud/books/down-log.ts';
import {balanceOf, clearingOf, createBooks} from '../../../cloud/books/posting.ts';
import {LIMITS} from '../../../cloud/payment/amount.ts';
import type {Created} from '../../../cloud/payment/create.ts';
import type {PaymentMail} from '../../../cloud/payment/given.ts';
import {createPayments, type Payments} from '../../../cloud/payment/payment.ts';
import type {Capabilities, Hint, PaymentMethod} from '../../../cloud/payment/port.ts';
import type {Ask, Decision} from '../../../cloud/payment/request.ts';
import {openStore, type Store, type Tx} from '../../../cloud/store/open.ts';
import {Failure} from '../../../shared/failure/failure.ts';
import type {Secret} from '../../../shared/log/log.ts';
import {later, type Timers} from '../../../shared/time/instant.ts';
import type {DownBody} from '../../../shared/wire/kinds.ts';
import {manualTime, type ManualTime} from '../manual-timers.ts';
import {silentLog} from '../silent-log.ts';
import {temporaryFolder} from '../temporary-store.ts';
import {fakeProvider, type FakeProvider} from './provider.ts';

export const SITE = 'hall';
export const STUDENT = 'ann';
/** A payment, unless another is named. */
export const P = 'payment-00000001';
const MINUTE = 60_000;

export const CARD: Capabilities = {hosted: true, resendForMs: 23 * 60 * MINUTE, reversible: false, horizonMs: 30 * MINUTE};
export const CASHLESS: Capabilities = {hosted: false, resendForMs: undefined, reversible: true, horizonMs: 5 * MINUTE};

/** Of one run of the process. */
export type Incarnation = {
  /** Transactions of this number and later find the disk full. */
  fullFrom: number | undefined;
  dead: boolean;
  transactions: number;
  crash: {readonly at: number; readonly how: 'before-commit' | 'after-commit'} | undefined;
};

export type Rig = {
  readonly store: Store;
  readonly time: ManualTime;
  readonly card: FakeProvider;
  readonly cashless: FakeProvider;
  readonly mails: PaymentMail[];
  readonly audits: unknown[];
  payments: Payments;
  incarnation: Incarnation;
  /** The process dies where it stands, and another one starts on its database. */
  readonly restart: () => void;
  readonly die: () => void;
  /** Another process beside this one, on the same database. */
  readonly another: () => Payments;
  /** The wall clock is set. */
  readonly jump: (ms: number) => void;
  /** In a transaction of a room that calls this one. */
  readonly act: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly pay: (
    how?: 'saved' | 'hosted',
    wish?: {readonly id?: string; readonly amount?: string; readonly save?: boolean},
  ) => Promise<Created>;
  readonly payCashless: () => Promise<Created>;
  readonly hook: (event: string, payment?: string, signature?: string) => ReturnType<Payments['hooks']['receive']>;
  readonly saveCard: (provider?: 'card' | 'cashless', account?: string) => Promise<string>;
  /** Saved card, threshold 5, target 20, cap 100 unless said. */
  readonly automatic: (wish?: {threshold?: number; target?: number; monthlyCap?: number; method?: string}) => Promise<string>;
  /** `then` looks on in the transaction that decides. */
  readonly ask: (request: string, body?: Partial<Ask>, then?: (tx: Tx, decision: Decision) => Promise<void>) => Promise<Decision>;
  readonly state: (payment: string) => Promise<string>;
  readonly steps: (payment: string) => Promise<readonly string[]>;
  readonly topUps: () => Promise<readonly {readonly ref: string; readonly amount: number}[]>;
  readonly balance: (account: string) => Promise<number>;
  readonly results: () => Promise<readonly DownBody<'top-up-result'>[]>;
  readonly incidents: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

export const pounds = (amount: number): number => amount * 1_000_000;

export type RigWish = {
  /** In place of those that keep their own books. */
  readonly real?: {readonly card?: PaymentMethod; readonly cashless?: PaymentMethod};
  readonly card?: Partial<Capabilities>;
  readonly cashless?: Partial<Capabilities>;
  readonly start?: number;
  readonly hint?: (raw: Buffer, signature: string | undefined) => Hint;
};

export async function openRig(wish: RigWish = {}): Promise<Rig> {
  const {folder, remove} = temporaryFolder();
  const store = openStore(join(folder, 'cloud.db'));
  const machine = manualTime(wish.start);
  let jumped = 0;
  const time: ManualTime = {...machine, clock: {...machine.clock, now: () => later(machine.clock.now(), jumped)}};
  await seed(store, time.clock.now());
  const card = fakeProvider('card', {...CARD, ...wish.card});
  const cashless = fakeProvider('cashless', {...CASHLESS, ...wish.cashless});
  const mails: PaymentMail[] = [];
  const audits: unknown[] = [];
  const make = (incarnation: Incarnation): Payments => {
    const whileAlive = (work: () => void) => () => {
      if (!incarnation.dead) work();
    };
    const timers: Timers = {after: (ms, work) => time.timers.after(ms, whileAlive(work))};
    const downLog = createDownLog({now: time.clock.now, randomBytes, wake: () => undefined});
    return createPayments({
      store: mortal(store, incarnation),
      clock: time.clock,
      timers,
      randomBytes,
      log: silentLog,
      environment: 'test',
      methods: {
        card: mortalMethod(wish.real?.card ?? card, incarnation),
        cashless: mortalMethod(wish.real?.cashless ?? cashless, incarnation),
      },
      readHint: wish.hint ?? readHint,
      books: createBooks(downLog),
      clearingOf,
      balanceOf,
      downLog,
      accountBody,
      enqueue: (_tx, mail) => {
        if (!mails.some(({dedupe}) => dedupe === mail.dedupe)) mails.push(mail);
        return Promise.resolve();
      },
      audit: (_tx, entry) => {
        audits.push(entry);
        return Promise.resolve();
      },
      addressOf: (path) => `https://phone.test${path}`,
      changed: () => undefined,
      limits: LIMITS,
    });
  };
  const born = (): Incarnation => ({dead: false, transactions: 0, crash: undefined, fullFrom: undefined});
  const first = born();
  const rig: Rig = {
    store,
    time,
    card,
    cashless,
    mails,
    audits,
    incarnation: first,
    payments: make(first),
    another: () => make(born()),
    jump: (ms) => {
      jumped += ms;
    },
    die: () => {
      rig.incarnation.dead = true;
    },
    restart: () => {
      rig.incarnation.dead = true;
      rig.incarnation = born();
      rig.payments = make(rig.incarnation);
      rig.payments.start();
    },
    act: (work) => store.transact(work),
    pay: async (how = 'saved', {id = P, amount = '10', save = false} = {}) => {
      const way =
        how === 'hosted' ? ({kind: 'hosted', provider: 'card', save} as const) : ({kind: 'saved', method: await rig.saveCard()} as const);
      return store.transact((tx) => rig.payments.create(tx, {id, site: SITE, account: STUDENT, amount, how: way}));
    },
    payCashless: async () => {
      const how = {kind: 'saved', method: await rig.saveCard('cashless')} as const;
      return store.transact((tx) => rig.payments.create(tx, {id: P, site: SITE, account: STUDENT, amount: '10', how}));
    },
    hook: (event, payment = P, signature = 'good') => rig.payments.hooks.receive(Buffer.from(JSON.stringify({event, payment})), signature),
    saveCard: async (provider = 'card', account = STUDENT) => {
      const id = `method-${provider}-${account}`;
      await store.transact(async ({db}) => {
        await db
          .insertInto('saved_method')
          .values({
            id,
            site: SITE,
            account,
            provider,
            customer: 'cus_1',
            token: `token-${account}`,
            label: 'Visa ending 4242',
            created_at: 0,
            removed_at: null,
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      });
      return id;
    },
    automatic: async ({threshold = 5, target = 20, monthlyCap = 100, method} = {}) => {
      const id = method ?? (await rig.saveCard());
      const automatic = {
        site: SITE,
        account: STUDENT,
        threshold: pounds(threshold),
        target: pounds(target),
        monthlyCap: pounds(monthlyCap),
        method: id,
      };
      await store.transact((tx) => rig.payments.automatic.set(tx, automatic as Parameters<Payments['automatic']['set']>[1]));
      return id;
    },
    ask: (request, body = {}, then = () => Promise.resolve()) => {
      const at = time.clock.now();
      const whole: Ask = {request, account: STUDENT, amount: pounds(20), available: 0, at, lapsesAt: at + 15 * MINUTE, ...body};
      return store.transact(async (tx) => {
        const decision = await rig.payments.request(tx, SITE, whole, 1);
        await then(tx, decision);
        return decision;
      });
    },
    state: async (payment) =>
      (await store.reading.selectFrom('payment').select('state').where('id', '=', payment).executeTakeFirstOrThrow()).state,
    steps: async (payment) => (await rig.payments.timeline(payment))?.steps.map(({code}) => code) ?? [],
    topUps: () => store.reading.selectFrom('transfer').select(['ref', 'amount']).where('code', '=', 'TOPUP').orderBy('seq').execute(),
    balance: (account) => balanceOf(store.reading, SITE, account),
    results: async () => {
      const rows = await store.reading.selectFrom('down_log').select('body').where('kind', '=', 'top-up-result').orderBy('seq').execute();
      return rows.map(({body}) => JSON.parse(body.toString()) as DownBody<'top-up-result'>);
    },
    incidents: async () =>
      (await store.reading.selectFrom('incident').select(['code', 'subject']).where('ended_at', 'is', null).execute()).map(
        ({code, subject}) => `${code} ${subject}`,
      ),
    close: async () => {
      rig.incarnation.dead = true;
      // Whoever is still reading ends first.
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      await store.close();
      remove();
    },
  };
  return rig;
}

async function seed(store: Store, at: number): Promise<void> {
  await store.transact(async ({db}) => {
    await db.insertInto('site').values({id: SITE, name: 'Hall', currency: 'GBP', zone: 'Europe/London', created_at: at}).execute();
    for (const account of [STUDENT, 'bob']) {
      await db.insertInto('account').values({site: SITE, id: account, kind: 'student', currency: 'GBP'}).execute();
      await db
        .insertInto('student')
        .values({
          account,
          site: SITE,
          name: account,
          email: `${account}@uni.test`,
          email_key: `${account}@uni.test`,
          created_at: at,
          closed_at: null,
          password_hash: null,
        })
        .execute();
    }
  });
}

async function accountBody({db}: Tx, site: string, account: string): Promise<DownBody<'account'>> {
  const {name, language} = await db
    .selectFrom('student')
    .select(['name', 'language'])
    .where('account', '=', account)
    .executeTakeFirstOrThrow();
  const automatic = await db
    .selectFrom('automatic_top_up')
    .selectAll()
    .where('account', '=', account)
    .where('is_on', '=', 1)
    .executeTakeFirst();
  const {currency} = await db.selectFrom('site').select('currency').where('id', '=', site).executeTakeFirstOrThrow();
  const automaticTopUp = automatic === undefined ? {} : {automaticTopUp: {threshold: automatic.threshold, target: automatic.target}};
  return {account, currency, language, name, closed: false, ...automaticTopUp};
}

/** `{event, payment, reference}` signed with `good`. */
function readHint(raw: Buffer, signature: string | undefined): Hint {
  if (signature !== 'good') return {kind: 'refused', why: 'it is signed by somebody else'};
  const {event, payment, reference} = JSON.parse(raw.toString()) as {event: string; payment?: string; reference?: string};
  return {kind: 'hint', event, payment, reference};
}

const never = <T>(): Promise<T> => new Promise(() => undefined);

/** A dead process neither commits nor hears. */
function mortal(store: Store, incarnation: Incarnation): Store {
  return {
    reading: store.reading,
    close: () => Promise.resolve(),
    transact: async (work) => {
      if (incarnation.dead) return never();
      incarnation.transactions += 1;
      const {crash, fullFrom} = incarnation;
      if (fullFrom !== undefined && incarnation.transactions >= fullFrom)
        throw new Failure('store.full', 'the disk takes no more: nothing can be recorded', 'free space on the disk of the data folder');
      const dies = crash?.at === incarnation.transactions ? crash.how : undefined;
      if (dies === undefined) {
        const result = await store.transact(work);
        return alive(incarnation) ? result : never();
      }
      incarnation.dead = true;
      const silent = (tx: Tx): Tx => ({db: tx.db, after: () => undefined});
      if (dies === 'after-commit') await store.transact((tx) => work(silent(tx))).catch(() => undefined);
      else {
        const rolledBack = store.transact(async (tx) => {
          await work(silent(tx));
          throw new Error('the power is cut');
        });
        await rolledBack.catch(() => undefined);
      }
      return never();
    },
  };
}

function alive({dead}: Incarnation): boolean {
  return !dead;
}

function mortalMethod(provider: PaymentMethod, incarnation: Incarnation): PaymentMethod {
  const hear = async <T>(answer: Promise<T>): Promise<T> => {
    const heard = await answer;
    return incarnation.dead ? never() : heard;
  };
  const {provider: name, capabilities, verify} = provider;
  return {
    ...(verify && {verify: (token: string, secret: Secret) => hear(verify(token, secret))}),
    provider: name,
    capabilities,
    submit: (attempt) => hear(provider.submit(attempt)),
    ask: (inquiry) => hear(provider.ask(inquiry)),
    cancel: (inquiry) => hear(provider.cancel(inquiry)),
    reverse: (inquiry) => hear(provider.reverse(inquiry)),
  };
}
