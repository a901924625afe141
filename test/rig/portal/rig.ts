// The portal on a real port: over a real store, with the real rooms behind it, and a provider whose next answers can be ordered.
import {randomBytes} from 'node:crypto';
import * as fs from 'node:fs';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {freeAt} from '../../../cloud/books/allowances.ts';
import {createDownLog} from '../../../cloud/books/down-log.ts';
import {boxLink, studentOverview} from '../../../cloud/books/overview.ts';
import {balanceOf, clearingOf, createBooks} from '../../../cloud/books/posting.ts';
import {monthsOf, statement} from '../../../cloud/books/statement.ts';
import {statementCsv} from '../../../cloud/books/statement-csv.ts';
import {createEntry, type ResetMail} from '../../../cloud/people/entry/entry.ts';
import {createLinks, type Link} from '../../../cloud/people/entry/links.ts';
import {createSessions} from '../../../cloud/people/entry/sessions.ts';
import {LIMITS, microsOfMinor, readAmount} from '../../../cloud/payment/amount.ts';
import {createPayments, type Payments} from '../../../cloud/payment/payment.ts';
import type {PaymentMethod} from '../../../cloud/payment/port.ts';
import type {Language} from '../../../cloud/portal/messages.ts';
import {createPortal} from '../../../cloud/portal/portal.ts';
import {openStore, type Store, type Tx} from '../../../cloud/store/open.ts';
import {createCompiledTariffs} from '../../../cloud/tariff/compiled.ts';
import {policyOf} from '../../../cloud/tariff/published.ts';
import {createCloudWeb} from '../../../cloud/web/cloud-web.ts';
import type {Log} from '../../../shared/log/log.ts';
import type {Clock, Instant, Timers} from '../../../shared/time/instant.ts';
import {instant} from '../../../shared/time/instant.ts';
import {SERVER_LIMITS} from '../../../shared/web/gate.ts';
import {listen} from '../../../shared/web/listen.ts';
import {createPasswords} from '../../../shared/web/passwords.ts';
import {openShelf} from '../../../shared/web/shelf.ts';
import type {DownBody} from '../../../shared/wire/kinds.ts';
import {fakeProvider, type FakeProvider} from '../../core/payment/provider.ts';
import {CARD, CASHLESS} from '../../core/payment/rig.ts';
import {silentLog} from '../../core/silent-log.ts';
import {temporaryFolder} from '../../core/temporary-store.ts';
import {openHouse, RIG_NOW, STUDENTS, type House, type StudentName} from './house.ts';

export {cookieIn, get, post} from '../asking.ts';

/** Where the provider's hosted pages are: `provider.ts` says so. */
export const PAYEE = 'https://pay.test';
export const PASSWORD = 'four grey herons wade';

export type PortalRig = {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string;
  /** Where its database is. */
  readonly folder: string;
  readonly store: Store;
  readonly house: House;
  readonly payments: Payments;
  readonly card: FakeProvider;
  readonly cashless: FakeProvider;
  /** Mails with a link for a new password. */
  readonly mails: readonly ResetMail[];
  readonly now: () => Instant;
  readonly pass: (ms: number) => void;
  /** The cookie of somebody who is signed in. */
  readonly cookie: (student: StudentName) => Promise<string>;
  /** The secret of a link. */
  readonly issue: (link: Link) => Promise<string>;
  readonly saveCard: (student: StudentName, label?: string) => Promise<string>;
  readonly close: () => Promise<void>;
};

const timers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};

/** In place of the provider of our own, and of the log that nobody reads. */
export type Real = {readonly cashless?: PaymentMethod; readonly log?: Log};

export async function openPortal(languages?: readonly [Language, ...Language[]], real: Real = {}): Promise<PortalRig> {
  const {folder, remove} = temporaryFolder();
  const store = openStore(join(folder, 'cloud.db'));
  let passed = 0;
  const clock: Clock = {now: () => instant(RIG_NOW + passed), monotonicMs: () => passed};
  const now = clock.now;
  const house = await openHouse(store, now);
  const [card, cashless] = [fakeProvider('card', CARD), fakeProvider('cashless', CASHLESS)];
  const {log = silentLog} = real;
  const payments = openPayments({store, clock, log}, {card, cashless: real.cashless ?? cashless});
  const mails: ResetMail[] = [];
  const [sessions, links] = [createSessions(store, randomBytes), createLinks(store, randomBytes)];
  const mailReset = (_: Tx, mail: ResetMail): Promise<void> => Promise.resolve(void mails.push(mail));
  const entry = createEntry({store, sessions, links, passwords: createPasswords(randomBytes), mailReset, clock, log});
  const shelf = openShelf(fs);
  const {reading, transact} = store;
  const portal = createPortal(
    {
      reading,
      transact,
      entry: entry.student,
      setLanguage: (person, language) =>
        transact(async ({db}) => {
          await db.updateTable('student').set({language}).where('account', '=', person.account).execute();
        }),
      books: {
        overview: (of) => studentOverview(reading, of),
        boxLink: (site, at) => boxLink(reading, site, at),
        months: (of) => monthsOf(reading, of),
        statement: (of) => statement(reading, of),
        statementCsv,
      },
      payments,
      prices: {
        policyOf: (site) => policyOf(reading, site),
        tariffAt: createCompiledTariffs(reading).at,
        freeAt: (of) => freeAt(reading, of),
      },
      amounts: {read: readAmount, microsOfMinor, limits: LIMITS},
      assets: shelf.addresses,
      clock,
      log,
    },
    languages,
  );
  const web = createCloudWeb({
    rooms: [{student: portal.routes, machine: payments.machine}],
    student: {...portal, sessionOf: (secret) => sessions.findStudent(secret, now())},
    staff: {
      sessionOf: (secret) => sessions.findStaff(secret, now()),
      settingNow: () => portal.settingNow(undefined),
      render: (page, {setting}) => portal.render(page, {setting, session: undefined, note: undefined}),
      fault: portal.fault,
      stands: () => Promise.resolve(false),
      farewell: () => [],
    },
    payees: [PAYEE],
    probe: () => ({ok: true, facts: {}}),
    shelf,
    timers,
    randomBytes,
    log,
  });
  const server = createServer(SERVER_LIMITS, web.app);
  const served = await listen(server, {host: '127.0.0.1', port: 0, scheme: 'http', name: 'web', mostConnections: 200});
  return {
    address: served.address,
    folder,
    store,
    house,
    payments,
    card,
    cashless,
    mails,
    now,
    pass: (ms) => {
      passed += ms;
    },
    cookie: async (student) => `spbs=${await transact((tx) => sessions.begin(tx, {audience: 'student', subject: student}, now()))}`,
    issue: (link) => transact((tx) => links.issue(tx, link, now())),
    saveCard: (student, label = 'Visa ending 4242') => transact((tx) => saveCard(tx, student, {label, at: now()})),
    close: async () => {
      web.close();
      await served.close();
      await payments.stop();
      await store.close();
      remove();
    },
  };
}

type Ground = {readonly store: Store; readonly clock: Clock; readonly log: Log};

function openPayments({store, clock, log}: Ground, methods: {card: PaymentMethod; cashless: PaymentMethod}): Payments {
  const downLog = createDownLog({now: clock.now, randomBytes, wake: () => undefined});
  const nothing = (): Promise<void> => Promise.resolve();
  return createPayments({
    store,
    clock,
    timers,
    randomBytes,
    log,
    environment: 'test',
    methods,
    readHint: undefined,
    books: createBooks(downLog),
    clearingOf,
    balanceOf,
    downLog,
    accountBody,
    enqueue: nothing,
    audit: nothing,
    addressOf: (path) => `https://phone.test${path}`,
    changed: () => undefined,
    limits: LIMITS,
  });
}

async function accountBody({db}: Tx, site: string, account: string): Promise<DownBody<'account'>> {
  const student = await db.selectFrom('student').select(['name', 'language']).where('account', '=', account).executeTakeFirstOrThrow();
  const {currency} = await db.selectFrom('site').select('currency').where('id', '=', site).executeTakeFirstOrThrow();
  return {account, currency, ...student, closed: false};
}

async function saveCard({db}: Tx, student: StudentName, {label, at}: {label: string; at: Instant}): Promise<string> {
  const id = `card-${student}-${label.replaceAll(/\W+/g, '-')}`;
  const {site} = STUDENTS[student];
  const row = {id, site, account: student, provider: 'card', customer: 'cus_1', token: `pm_${id}`, label} as const;
  await db
    .insertInto('saved_method')
    .values({...row, created_at: at, removed_at: null})
    .execute();
  return id;
}
