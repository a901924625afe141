// The cloud: opens the store, puts the rooms together, and runs until it is told to stop.
// In: options, a log, a signal. Out: nothing; all that it does is in its database, at the providers and on the boxes.
// Never true: two clouds on one ledger; money moved by anything but the provider's own word; an effect before its commit.
import {randomBytes} from 'node:crypto';
import fs, {mkdirSync} from 'node:fs';
import {createServer, type Server} from 'node:https';
import {join} from 'node:path';
import {must} from '../shared/assert/assert.ts';
import {sha256} from '../shared/journal/chain.ts';
import type {Log} from '../shared/log/log.ts';
import {aborted} from '../shared/time/back-off.ts';
import {cutShort} from '../shared/time/cut-short.ts';
import {instant, type Clock, type Timers} from '../shared/time/instant.ts';
import {SERVER_LIMITS} from '../shared/web/gate.ts';
import {listen} from '../shared/web/listen.ts';
import {createPasswords} from '../shared/web/passwords.ts';
import {openShelf} from '../shared/web/shelf.ts';
import {createAddingRanges} from './books/adding-ranges.ts';
import {freeAt} from './books/allowances.ts';
import {createDownLog, type DownLog} from './books/down-log.ts';
import {createIntake} from './books/intake.ts';
import {DESK_BOOKS} from './books/desk-books.ts';
import {createOpening} from './books/opening.ts';
import {boxLink, studentOverview} from './books/overview.ts';
import {balanceOf, clearingOf, createBooks, type Books} from './books/posting.ts';
import {snapshotOf} from './books/snapshot.ts';
import {monthsOf, statement} from './books/statement.ts';
import {createRerating} from './books/rerating.ts';
import {createResolving} from './books/resolving.ts';
import {statementCsv} from './books/statement-csv.ts';
import {verifyBooks} from './books/verify.ts';
import {payeesOf, type CloudOptions} from './config/options.ts';
import {authorityOf, hostOf, webPair} from './config/serve.ts';
import {createDesk} from './desk/desk.ts';
import {openAuthority, type Authority} from './fleet/authority.ts';
import {createEnrolment} from './fleet/enrolment.ts';
import {createIncidents} from './fleet/incidents.ts';
import {tellVerified} from './fleet/verified.ts';
import {createLink, type Link} from './link/link.ts';
import {createLetters, LINK_PATHS, type Letters, type LinkLetter} from './notice/letters.ts';
import {createOutbox} from './notice/outbox.ts';
import {createTransport, type Transport} from './notice/transport.ts';
import {LIMITS, microsOfMinor, openingFault, readAmount} from './payment/amount.ts';
import {createCard, type Card} from './payment/card/card.ts';
import {createCashless} from './payment/cashless/cashless.ts';
import {createPayments} from './payment/payment.ts';
import type {PaymentMethod} from './payment/port.ts';
import {createAccountCodes} from './people/account-codes.ts';
import {createAllowances} from './people/allowances.ts';
import {createAudit} from './people/audit.ts';
import {createEntry, type ResetMail} from './people/entry/entry.ts';
import {createFirstAdmin} from './people/entry/first-admin.ts';
import {createLinks, LINK_LASTS_MS} from './people/entry/links.ts';
import {createSessions} from './people/entry/sessions.ts';
import {createImport} from './people/import.ts';
import {createLines} from './people/lines.ts';
import {createOverrides} from './people/overrides.ts';
import {MOST_STUDENTS, readRoster} from './people/roster.ts';
import {createStaff} from './people/staff.ts';
import {accountBody, createStudents} from './people/students.ts';
import {createTenancies} from './people/tenancies.ts';
import {createPortal} from './portal/portal.ts';
import {insertMany} from './store/bulk.ts';
import {createApart} from './store/apart.ts';
import {openStore, type Store} from './store/open.ts';
import {tellingStore} from './store/telling.ts';
import {createAddRange} from './tariff/add-range.ts';
import {createDestinations} from './tariff/destinations.ts';
import {createCompiledTariffs, taxByTariff, type CompiledTariffs} from './tariff/compiled.ts';
import {accountCodeRuleOf, policyOf} from './tariff/published.ts';
import {DESK_TARIFFS} from './tariff/desk-tariffs.ts';
import {createDrafts} from './tariff/drafts.ts';
import {createPreviews, type Previews} from './tariff/previews.ts';
import type {TariffResult, TariffTask} from './tariff/preview.ts';
import {createPublish} from './tariff/publish.ts';
import {createRepricer} from './tariff/repricer.ts';
import {createSites} from './tariff/sites.ts';
import {createStakes} from './tariff/stake.ts';
import {createStoredCalls} from './tariff/stored-calls.ts';
import {createCloudWeb, type CloudWeb} from './web/cloud-web.ts';

export type CloudGiven = {
  readonly options: CloudOptions;
  readonly version: string;
  readonly log: Log;
  /** Aborted: everything is drained and closed. */
  readonly stop: AbortSignal;
  /** Portal, desk and broker can be reached. */
  readonly ready: (facts: CloudReady) => void;
};

export type CloudReady = {
  /** Of the portal; the desk is below `/desk`. */
  readonly address: string;
  readonly link: {readonly host: string; readonly port: number};
  readonly authority: {readonly path: string; readonly fingerprint: string};
  /** Where the first of the staff chooses a password; undefined if there is somebody. Works once. */
  readonly firstAdmin: string | undefined;
};

/** A provider that has not answered by then has not answered. */
const PROVIDER_MS = 20_000;
/** The process ends within 5 s of being told to; a payment whose fate is not known by then is asked about when it is back. */
const PROVIDER_GRACE_MS = 3_000;
const MAIL_MS = 30_000;
/** Portal and desk together; behind one address there may be a whole hall. */
const MOST_CONNECTIONS = 2_000;

const DATABASE = 'cloud.db';

const clock: Clock = {now: () => instant(Date.now()), monotonicMs: () => performance.now()};
const timers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};
const random = Math.random;
const {now, monotonicMs} = clock;
const machine = {clock, timers, random, randomBytes, now, monotonicMs};

/** Resolves when everything is closed after `stop`. Throws a Failure for what a person must mend before it can run. */
export async function runCloud(given: CloudGiven): Promise<void> {
  const folder = given.options['data.folder'];
  mkdirSync(folder, {recursive: true, mode: 0o700});
  const store = openStore(join(folder, DATABASE));
  try {
    const names = [given.options['link.name'], ...hostOf(given.options['web.address'])];
    const authority = await openAuthority({folder, names, now, randomBytes});
    await run(given, store, authority);
  } finally {
    await store.close();
  }
}

async function run(given: CloudGiven, store: Store, authority: Authority): Promise<void> {
  const {options} = given;
  const stop = new AbortController();
  const end = (): void => stop.abort();
  given.stop.addEventListener('abort', end, {once: true});
  if (given.stop.aborted) end();
  // The port may be any free one: whatever names our address asks for it when it is needed.
  let address = '';
  let changed = (): void => undefined;
  const database = join(options['data.folder'], DATABASE);
  const apart = createApart<TariffTask, TariffResult>({database, module: new URL('./tariff/preview.js', import.meta.url)});
  const trouble = (error: unknown): void => given.log.error('a preview of a tariff cannot be made', {error: String(error)});
  const ground: Ground = {
    ...given,
    store: tellingStore(store, () => changed()),
    tariffs: createCompiledTariffs(store.reading),
    previews: createPreviews({apart, now, changed: () => changed(), trouble}),
    authority,
    providers: await openProviders(given, stop.signal),
    address: () => address,
  };
  await tellVerified(createIncidents(store, now), (of) => verifyBooks(store.reading, of));
  const rooms = createRooms(ground);
  const web = createFaces(ground, rooms);
  changed = web.changed;
  const place = {host: options['web.host'], port: options['web.port'], scheme: 'https', name: 'web'} as const;
  const served = await listen(serverOf(ground, web), {...place, mostConnections: MOST_CONNECTIONS});
  address = options['web.address'] ?? `https://localhost:${new URL(served.address).port}`;
  try {
    const first = await rooms.people.firstAdmin.newLink();
    const listening = (): void => given.ready(readyFacts(ground, rooms.link, first));
    rooms.payments.start();
    // The first part that ends, ends all: by the signal, or because it failed.
    const parts = [rooms.link.run(stop.signal, listening), rooms.outbox.run(stop.signal), aborted(stop.signal).then(rooms.payments.stop)];
    await Promise.all(parts.map((part) => part.finally(end)));
  } finally {
    await apart.close();
    await rooms.payments.stop();
    web.close();
    await served.close();
  }
}

/** Whatever else waits has its turn. */
const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

type Ground = CloudGiven & {
  readonly store: Store;
  /** One for all who ask for prices: a large tariff takes half a second to compile, and tens of megabytes. */
  readonly tariffs: CompiledTariffs;
  readonly previews: Previews;
  readonly authority: Authority;
  readonly providers: Providers;
  readonly address: () => string;
};

/** People and money, and the link that tells the boxes of both. */
function createRooms(ground: Ground) {
  const {options, store, authority, providers, address, log} = ground;
  const downLog = createDownLog({now, randomBytes, wake: (site) => link.wake(site)});
  const books = createBooks(downLog);
  const outbox = createOutbox({...machine, store, transport: providers.mail, log: log.named('notice')});
  const letters = createLetters({outbox, address, lastsMs: LINK_LASTS_MS});
  const people = createPeople(ground, {downLog, books, letters});
  const payments = createPayments({
    ...machine,
    store,
    books,
    clearingOf,
    balanceOf,
    downLog,
    accountBody,
    log: log.named('payment'),
    environment: options.environment,
    methods: {...(providers.card && {card: providers.card}), ...(providers.cashless && {cashless: providers.cashless})},
    readHint: providers.card?.readHint,
    enqueue: async (tx, mail) => void (await outbox.enqueue(tx, mail)),
    audit: (tx, {detail, ...act}) => people.audit(tx, {...act, detail: {detail}}),
    addressOf: (path) => `${address()}${path}`,
    // Each commit tells already.
    changed: () => undefined,
    limits: LIMITS,
  });
  const intake = createIntake({
    now,
    insertMany,
    onWarning: letters.low,
    onTopUpRequest: async (tx, site, body, upSeq) => void (await payments.request(tx, site, body, upSeq)),
  });
  const link: Link = createLink({
    ...machine,
    store,
    intake,
    log: log.named('link'),
    incidents: createIncidents(store, now),
    key: authority.rows.key,
    host: options['link.host'],
    port: options['link.port'],
    tls: {...authority.server, authorities: [authority.root, authority.intermediate]},
    snapshot: (site) => snapshotOf(store.reading, site, now()),
  });
  const enrolment = createEnrolment({
    ...machine,
    store,
    authority,
    changed: link.boxesChanged,
    broker: () => ({host: options['link.name'], port: must(link.port(), 'port of the broker')}),
  });
  return {outbox, payments, link, enrolment, people};
}

type Telling = {readonly downLog: DownLog; readonly books: Books; readonly letters: Letters};

/** Who may come in, and what staff do for students. */
function createPeople({store, tariffs, log}: Ground, {downLog, books, letters}: Telling) {
  const audit = createAudit(now);
  const links = createLinks(store, randomBytes);
  const sessions = createSessions(store, randomBytes);
  const given = {now, randomBytes, audit, downLog, books, links, notice: {enqueue: letters.link}};
  const [students, lines, tenancies] = [createStudents(given), createLines(given), createTenancies(given)];
  const door = {...machine, store, sessions, links, passwords: createPasswords(randomBytes), log: log.named('people')};
  return {
    audit,
    sessions,
    entry: createEntry({...door, mailReset: (tx, mail) => letters.link(tx, resetLetter(mail))}),
    firstAdmin: createFirstAdmin(door),
    students,
    lines,
    tenancies,
    accountCodes: createAccountCodes({...given, ruleOf: accountCodeRuleOf}),
    allowances: createAllowances(given),
    destinations: createDestinations({reading: store.reading, tariffs}),
    roster: {
      read: readRoster,
      take: createImport({audit, students, lines, tenancies, openingFault, open: createOpening({books, now})}),
      most: MOST_STUDENTS,
    },
    overrides: createOverrides(given),
    resolving: createResolving({...given, taxOf: taxByTariff(tariffs)}),
    rerating: createRerating({
      ...given,
      insertMany,
      reading: store.reading,
      calls: createStoredCalls(store.reading, breathe),
      repricer: createRepricer(store.reading, tariffs),
    }),
    staff: createStaff(given),
    sites: createSites(given),
    publish: createPublish(given),
    drafts: createDrafts(given),
    ranges: createAddingRanges({...given, insertMany, policyOf, ranges: createAddRange(given)}),
    stakes: createStakes(tariffs),
  };
}

type Rooms = ReturnType<typeof createRooms>;

/** Pages of students, pages of staff, and the addresses of machines. */
function createFaces(ground: Ground, rooms: Rooms): CloudWeb {
  const {options, version, log, store, authority, address} = ground;
  const {payments, enrolment, people, outbox} = rooms;
  const {entry, sessions, students} = people;
  const {reading, transact} = store;
  const shelf = openShelf(fs);
  const amounts = {read: readAmount, microsOfMinor, limits: LIMITS};
  const face = {reading, transact, payments, amounts, clock, assets: shelf.addresses};
  const portal = createPortal({
    ...face,
    entry: entry.student,
    setLanguage: async ({account}, language) => void (await transact((tx) => students.setLanguage(tx, account, language))),
    books: {
      overview: (of) => studentOverview(reading, of),
      boxLink: (site, at) => boxLink(reading, site, at),
      months: (of) => monthsOf(reading, of),
      statement: (of) => statement(reading, of),
      statementCsv,
    },
    prices: {policyOf: (site) => policyOf(reading, site), tariffAt: ground.tariffs.at, freeAt: (of) => freeAt(reading, of)},
    log: log.named('portal'),
  });
  const desk = createDesk({
    ...face,
    ...people,
    entry: entry.staff,
    previews: ground.previews,
    published: DESK_TARIFFS,
    books: DESK_BOOKS,
    enrolment,
    outbox,
    authority,
    addressOf: (path) => `${address()}${path}`,
    log: log.named('desk'),
  });
  return createCloudWeb({
    rooms: [{student: portal.routes}, {staff: desk.routes, live: desk.live}, {machine: [...payments.machine, ...enrolment.routes]}],
    student: {...portal, sessionOf: (secret) => sessions.findStudent(secret, now())},
    staff: {...desk, sessionOf: (secret) => sessions.findStaff(secret, now()), stands: (session) => sessions.stands(session, now())},
    payees: payeesOf(options),
    probe: () => ({ok: true, facts: {version}}),
    shelf,
    timers,
    randomBytes,
    log: log.named('web'),
  });
}

type Providers = {readonly card: Card | undefined; readonly cashless: PaymentMethod | undefined; readonly mail: Transport | undefined};

/** What is configured beside us. Throws Failure `config.invalid` for what cannot work, such as a live key in a test. */
async function openProviders({options, log}: CloudGiven, stop: AbortSignal): Promise<Providers> {
  const {card, cashless, mail, environment} = options;
  const ending = cutShort(timers, clock, {stop, graceMs: PROVIDER_GRACE_MS});
  const beside = {timeoutMs: PROVIDER_MS, timers: ending, clock, log: log.named('payment')};
  return {
    card: card.kind === 'none' ? undefined : createCard({...beside, ...card, livemode: environment === 'live'}),
    cashless:
      cashless.kind === 'none' ? undefined : await createCashless({...beside, ...cashless, ...authorityOf(cashless, 'cashless.authority')}),
    mail:
      mail.kind === 'none'
        ? undefined
        : createTransport({
            ...mail,
            ...authorityOf(mail, 'mail.authority'),
            secure: mail.tls,
            requireTls: !mail.tls && !LOOPBACK.has(mail.host),
            timeoutMs: MAIL_MS,
            timers,
          }),
  };
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

function resetLetter({audience, subject, email, language, secret}: ResetMail): LinkLetter {
  const purpose = audience === 'staff' ? 'staff-reset' : 'student-reset';
  return {purpose, secret, recipient: email, language, dedupe: `${purpose}:${subject}:${sha256(secret).toString('hex')}`};
}

function serverOf({options, authority}: Ground, {app}: CloudWeb): Server {
  // With the root: an engineer compares its fingerprint before the box sends its code.
  const own = {cert: authority.server.certificate + authority.root, key: authority.server.key};
  return createServer({...SERVER_LIMITS, ...webPair(options, own), minVersion: 'TLSv1.2'}, app);
}

function readyFacts({options, authority, address}: Ground, link: Link, first: string | undefined): CloudReady {
  return {
    address: address(),
    link: {host: options['link.name'], port: must(link.port(), 'port of the broker')},
    authority: {path: join(options['data.folder'], 'authority', 'root.crt'), fingerprint: authority.fingerprint},
    firstAdmin: first === undefined ? undefined : `${address()}${LINK_PATHS['first-admin']}/${first}`,
  };
}
