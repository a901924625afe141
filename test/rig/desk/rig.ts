// The desk on a real port: over a real store, with the real rooms behind it; the halls of the portal's rig, and the staff of them.
import {randomBytes} from 'node:crypto';
import {setImmediate as breathe} from 'node:timers/promises';
import * as fs from 'node:fs';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {createAddingRanges} from '../../../cloud/books/adding-ranges.ts';
import {DESK_BOOKS} from '../../../cloud/books/desk-books.ts';
import {createDownLog} from '../../../cloud/books/down-log.ts';
import {createOpening} from '../../../cloud/books/opening.ts';
import {balanceOf, clearingOf, createBooks, type Books} from '../../../cloud/books/posting.ts';
import {createRerating} from '../../../cloud/books/rerating.ts';
import {createResolving} from '../../../cloud/books/resolving.ts';
import {createDesk} from '../../../cloud/desk/desk.ts';
import type {DeskGiven} from '../../../cloud/desk/given.ts';
import type {Language} from '../../../cloud/desk/messages.ts';
import {createEnrolment} from '../../../cloud/fleet/enrolment.ts';
import {createIncidents, type Incidents} from '../../../cloud/fleet/incidents.ts';
import {createOutbox, type Outbox} from '../../../cloud/notice/outbox.ts';
import type {Transport} from '../../../cloud/notice/transport.ts';
import {LIMITS, microsOfMinor, openingFault, readAmount} from '../../../cloud/payment/amount.ts';
import {createPayments, type Payments} from '../../../cloud/payment/payment.ts';
import type {LinkLetter} from '../../../cloud/people/act.ts';
import {createAudit} from '../../../cloud/people/audit.ts';
import {createEntry, type ResetMail} from '../../../cloud/people/entry/entry.ts';
import {createFirstAdmin} from '../../../cloud/people/entry/first-admin.ts';
import {createLinks, type Link} from '../../../cloud/people/entry/links.ts';
import {createSessions} from '../../../cloud/people/entry/sessions.ts';
import {createImport} from '../../../cloud/people/import.ts';
import {createLines} from '../../../cloud/people/lines.ts';
import {createOverrides} from '../../../cloud/people/overrides.ts';
import {MOST_STUDENTS, readRoster} from '../../../cloud/people/roster.ts';
import {createStaff} from '../../../cloud/people/staff.ts';
import {accountBody, createStudents} from '../../../cloud/people/students.ts';
import {createAllowances} from '../../../cloud/people/allowances.ts';
import {createAccountCodes} from '../../../cloud/people/account-codes.ts';
import {createTenancies} from '../../../cloud/people/tenancies.ts';
import {insertMany} from '../../../cloud/store/bulk.ts';
import {openStore, type Store, type Tx} from '../../../cloud/store/open.ts';
import {createAddRange} from '../../../cloud/tariff/add-range.ts';
import {createCompiledTariffs, taxByTariff} from '../../../cloud/tariff/compiled.ts';
import {createDestinations} from '../../../cloud/tariff/destinations.ts';
import {DESK_TARIFFS} from '../../../cloud/tariff/desk-tariffs.ts';
import {createDrafts} from '../../../cloud/tariff/drafts.ts';
import {work} from '../../../cloud/tariff/preview.ts';
import {createPreviews} from '../../../cloud/tariff/previews.ts';
import {createPublish} from '../../../cloud/tariff/publish.ts';
import {accountCodeRuleOf, policyOf} from '../../../cloud/tariff/published.ts';
import {createRepricer} from '../../../cloud/tariff/repricer.ts';
import {createSites} from '../../../cloud/tariff/sites.ts';
import {createStakes} from '../../../cloud/tariff/stake.ts';
import {createStoredCalls} from '../../../cloud/tariff/stored-calls.ts';
import {createCloudWeb} from '../../../cloud/web/cloud-web.ts';
import type {StaffRole} from '../../../cloud/web/route.ts';
import {instant, type Clock, type Instant, type Timers} from '../../../shared/time/instant.ts';
import {SERVER_LIMITS} from '../../../shared/web/gate.ts';
import {listen} from '../../../shared/web/listen.ts';
import {createPasswords} from '../../../shared/web/passwords.ts';
import {openShelf} from '../../../shared/web/shelf.ts';
import {fakeProvider, type FakeProvider} from '../../core/payment/provider.ts';
import {CARD, CASHLESS} from '../../core/payment/rig.ts';
import {silentLog} from '../../core/silent-log.ts';
import {temporaryFolder} from '../../core/temporary-store.ts';
import {openHouse, RIG_NOW, STUDENTS, type House} from '../portal/house.ts';

export {cookieIn, get, post} from '../asking.ts';

export const PASSWORD = 'four grey herons wade';
const FINGERPRINT = 'AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89';

/** One of each role. */
export const STAFF = {
  vera: {name: 'Vera Quist', role: 'viewer'},
  carl: {name: 'Carl Winter', role: 'clerk'},
  ada: {name: 'Ada Moran', role: 'admin'},
} as const satisfies Readonly<Record<string, {name: string; role: StaffRole}>>;
export type StaffName = keyof typeof STAFF;

export type DeskRig = {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string;
  readonly store: Store;
  /** Nothing of it in an empty cloud. */
  readonly house: House;
  readonly books: Books;
  readonly payments: Payments;
  readonly incidents: Incidents;
  readonly outbox: Outbox;
  readonly card: FakeProvider;
  readonly given: DeskGiven;
  /** Mails with a link for a new password, and letters of the room of people. */
  readonly mails: readonly ResetMail[];
  readonly letters: readonly LinkLetter[];
  readonly now: () => Instant;
  readonly pass: (ms: number) => void;
  /** The cookie of somebody who is signed in. */
  readonly cookie: (person: StaffName) => Promise<string>;
  readonly issue: (link: Link) => Promise<string>;
  readonly firstLink: () => Promise<string>;
  readonly saveCard: (student: keyof typeof STUDENTS, label?: string) => Promise<string>;
  /** Acts in the audit log, oldest first. */
  readonly acts: () => Promise<readonly {readonly by: string; readonly act: string; readonly subject: string}[]>;
  readonly changed: () => void;
  readonly close: () => Promise<void>;
};

const timers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};

type Options = {
  readonly language?: Language;
  /** Without a site, a student or staff. */
  readonly isEmpty?: boolean;
  /** By which mail would go out; none is configured if undefined. */
  readonly mail?: Transport | undefined;
};

/** Takes nothing: no mail of the rig is sent. */
const IDLE_MAIL: Transport = {send: () => Promise.resolve({kind: 'later', why: 'nobody sends mail here', all: true})};

export async function openDesk({language, isEmpty = false, ...options}: Options = {}): Promise<DeskRig> {
  const {folder, remove} = temporaryFolder();
  const store = openStore(join(folder, 'cloud.db'));
  let passed = 0;
  const clock: Clock = {now: () => instant(RIG_NOW + passed), monotonicMs: () => passed};
  const [mails, letters]: [ResetMail[], LinkLetter[]] = [[], []];
  const card = fakeProvider('card', CARD);
  const rooms = openRooms({store, clock, card, mails, letters, mail: 'mail' in options ? options.mail : IDLE_MAIL});
  const {sessions, links, firstAdmin, given} = rooms;
  const house = isEmpty ? NO_HOUSE : await openHouse(store, clock.now);
  if (!isEmpty) await store.transact((tx) => hire(tx, clock.now()));
  const desk = createDesk(given, language);
  const shelf = openShelf(fs);
  const web = createCloudWeb({
    rooms: [{staff: desk.routes, live: desk.live}],
    student: {...NO_FACE, settingNow: () => desk.settingNow(undefined), render: renderNobody(desk), fault: desk.fault},
    staff: {
      ...desk,
      sessionOf: (secret) => sessions.findStaff(secret, clock.now()),
      stands: (session) => sessions.stands(session, clock.now()),
    },
    payees: [],
    probe: () => ({ok: true, facts: {}}),
    shelf,
    timers,
    randomBytes,
    log: silentLog,
  });
  rooms.previewed.tell = web.changed;
  const server = createServer(SERVER_LIMITS, web.app);
  const served = await listen(server, {host: '127.0.0.1', port: 0, scheme: 'http', name: 'web', mostConnections: 200});
  const {transact, reading} = store;
  return {
    address: served.address,
    store,
    house,
    ...rooms,
    card,
    mails,
    letters,
    now: clock.now,
    pass: (ms) => {
      passed += ms;
    },
    cookie: async (person) => `spbs-desk=${await transact((tx) => sessions.begin(tx, {audience: 'staff', subject: person}, clock.now()))}`,
    issue: (link) => transact((tx) => links.issue(tx, link, clock.now())),
    firstLink: async () => (await firstAdmin.newLink()) ?? '',
    saveCard: (student, label = 'Visa ending 4242') => transact((tx) => saveCard(tx, student, {label, at: clock.now()})),
    acts: () => reading.selectFrom('audit').select(['by', 'act', 'subject']).orderBy('seq').execute(),
    changed: web.changed,
    close: async () => {
      web.close();
      await served.close();
      await rooms.payments.stop();
      await store.close();
      remove();
    },
  };
}

const nobody = (): Promise<never> => Promise.reject(new Error('there is nobody in this cloud'));
const NO_HOUSE: House = {tell: nobody, call: nobody, grant: nobody, lock: nobody, credit: nobody, heartbeat: nobody};
const NO_FACE = {sessionOf: () => Promise.resolve(undefined)};

function renderNobody(desk: ReturnType<typeof createDesk>): (page: Parameters<typeof desk.render>[0]) => string {
  return (page) => desk.render(page, {session: undefined, setting: desk.settingNow(undefined), note: undefined});
}

type RoomsGiven = {
  readonly store: Store;
  readonly clock: Clock;
  readonly card: FakeProvider;
  readonly mails: ResetMail[];
  readonly letters: LinkLetter[];
  readonly mail: Transport | undefined;
};

function openRooms({store, clock, card, mails, letters, mail}: RoomsGiven) {
  const {now} = clock;
  const [sessions, links] = [createSessions(store, randomBytes), createLinks(store, randomBytes)];
  const audit = createAudit(now);
  const downLog = createDownLog({now, randomBytes, wake: () => undefined});
  const books = createBooks(downLog);
  const notice = {enqueue: (_: Tx, letter: LinkLetter) => Promise.resolve(void letters.push(letter))};
  const people = {now, randomBytes, audit, downLog, books, links, notice};
  const passwords = createPasswords(randomBytes);
  const mailReset = (_: Tx, mail: ResetMail): Promise<void> => Promise.resolve(void mails.push(mail));
  const entry = createEntry({store, sessions, links, passwords, mailReset, clock, log: silentLog});
  const firstAdmin = createFirstAdmin({store, sessions, links, passwords, randomBytes, clock, log: silentLog});
  const payments = createPayments({
    store,
    clock,
    timers,
    randomBytes,
    log: silentLog,
    environment: 'test',
    methods: {card, cashless: fakeProvider('cashless', CASHLESS)},
    readHint: undefined,
    books,
    clearingOf,
    balanceOf,
    downLog,
    accountBody,
    enqueue: () => Promise.resolve(),
    audit: (tx, {detail, ...act}) => audit(tx, {...act, detail: {detail}}),
    addressOf: (path) => `https://phone.test${path}`,
    changed: () => undefined,
    limits: LIMITS,
  });
  const enrolment = createEnrolment({
    store,
    authority: {root: '', rows: {} as never, sign: () => Promise.resolve(undefined)},
    broker: () => ({host: 'phone.test', port: 8883}),
    now,
    monotonicMs: clock.monotonicMs,
    randomBytes,
    changed: () => undefined,
  });
  const [students, lines, tenancies] = [createStudents(people), createLines(people), createTenancies(people)];
  const take = createImport({audit, students, lines, tenancies, openingFault, open: createOpening({books, now})});
  const outbox = createOutbox({store, transport: mail, clock, timers, random: Math.random, log: silentLog});
  const tariff = {now, randomBytes, audit, downLog};
  const previewed = {tell: (): void => undefined};
  const given: DeskGiven = {
    reading: store.reading,
    transact: store.transact,
    entry: entry.staff,
    firstAdmin,
    students,
    lines,
    tenancies,
    accountCodes: createAccountCodes({...people, ruleOf: accountCodeRuleOf}),
    allowances: createAllowances(people),
    destinations: createDestinations({reading: store.reading, tariffs: createCompiledTariffs(store.reading)}),
    roster: {read: readRoster, take, most: MOST_STUDENTS},
    overrides: createOverrides(people),
    rerating: createRerating({
      ...people,
      insertMany,
      reading: store.reading,
      calls: createStoredCalls(store.reading, breathe),
      repricer: createRepricer(store.reading, createCompiledTariffs(store.reading)),
    }),
    resolving: createResolving({...people, taxOf: taxByTariff(createCompiledTariffs(store.reading))}),
    staff: createStaff(people),
    sites: createSites(tariff),
    publish: createPublish(tariff),
    ranges: createAddingRanges({...tariff, insertMany, policyOf, ranges: createAddRange(tariff)}),
    stakes: createStakes(createCompiledTariffs(store.reading)),
    drafts: createDrafts(tariff),
    previews: createPreviews({
      // Here and now: threads are tried by themselves.
      apart: {run: async (task, tell = () => undefined) => await work(store.reading, task, tell)},
      now,
      changed: () => previewed.tell(),
      trouble: (error) => silentLog.error('a preview failed', {error: String(error)}),
    }),
    published: DESK_TARIFFS,
    books: DESK_BOOKS,
    payments,
    amounts: {read: readAmount, microsOfMinor, limits: LIMITS},
    enrolment,
    outbox,
    authority: {fingerprint: FINGERPRINT},
    audit,
    addressOf: (path) => `https://phone.test${path}`,
    assets: openShelf(fs).addresses,
    clock,
    log: silentLog,
  };
  return {sessions, links, firstAdmin, given, outbox, payments, books, previewed, incidents: createIncidents(store, now)};
}

async function hire({db}: Tx, at: Instant): Promise<void> {
  for (const [id, {name, role}] of Object.entries(STAFF)) {
    const email = `${id}@uni.example`;
    // A password that nobody has: they are signed in by their sessions.
    const row = {email, email_key: email, name, role, password_hash: 'none', created_at: at, disabled_at: null};
    await db
      .insertInto('staff')
      .values({id, ...row})
      .execute();
  }
}

async function saveCard({db}: Tx, student: keyof typeof STUDENTS, {label, at}: {label: string; at: Instant}): Promise<string> {
  const id = `card-${student}`;
  const {site} = STUDENTS[student];
  const row = {id, site, account: student, provider: 'card', customer: 'cus_1', token: `pm_${id}`, label} as const;
  await db
    .insertInto('saved_method')
    .values({...row, created_at: at, removed_at: null})
    .execute();
  return id;
}
