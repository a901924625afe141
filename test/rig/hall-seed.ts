// What staff would do before a hall opens, by the rooms' own acts, on a cloud that does not run yet: a site with its rules and prices,
// lines, students with passwords and money, cards that were saved at the provider, a code for the box.
import {randomBytes} from 'node:crypto';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {createDownLog} from '../../cloud/books/down-log.ts';
import {clearingOf, createBooks} from '../../cloud/books/posting.ts';
import {openAuthority} from '../../cloud/fleet/authority.ts';
import {createEnrolment} from '../../cloud/fleet/enrolment.ts';
import {LIMITS} from '../../cloud/payment/amount.ts';
import {createCard} from '../../cloud/payment/card/card.ts';
import {createCashless} from '../../cloud/payment/cashless/cashless.ts';
import {createAddCashless} from '../../cloud/payment/holder.ts';
import {keepMethod} from '../../cloud/payment/keep.ts';
import {setAutomatic} from '../../cloud/payment/methods.ts';
import type {PaymentMethod} from '../../cloud/payment/port.ts';
import {createAudit} from '../../cloud/people/audit.ts';
import {keepPassword} from '../../cloud/people/entry/persons.ts';
import {createLines} from '../../cloud/people/lines.ts';
import {accountBody, createStudents} from '../../cloud/people/students.ts';
import {createTenancies} from '../../cloud/people/tenancies.ts';
import {openStore, type Store, type Tx} from '../../cloud/store/open.ts';
import {createSites} from '../../cloud/tariff/sites.ts';
import {must} from '../../shared/assert/assert.ts';
import {HOUSE_ACCOUNTS, type AccountId} from '../../shared/journal/transfer.ts';
import {Secret} from '../../shared/log/log.ts';
import {micros} from '../../shared/money/micros.ts';
import {instant, type Clock, type Timers} from '../../shared/time/instant.ts';
import type {TariffSource} from '../../shared/tariff/tariff.ts';
import {createPasswords} from '../../shared/web/passwords.ts';
import type {Policy} from '../../shared/wire/kinds.ts';
import {silentLog} from '../core/silent-log.ts';
import {HALL_POLICY, HALL_TARIFF} from '../simulator/cloud/site.ts';
import type {RunningCard} from './card.ts';
import type {Service} from './service.ts';

export const SITE = 'hall';
export const BOX = 'box-1';
const ZONE = 'Europe/London';
const CURRENCY = 'GBP';
const DAY_MS = 86_400_000;
const PROVIDER_MS = 10_000;

export type HallStudent = {
  readonly extension: string;
  readonly name: string;
  /** Taken at the desk before the hall opened, in micros. */
  readonly opening: number;
  /** Has automatic top-up with this method of payment: the number of a test card, or of a cashless card with its PIN. */
  readonly automatic?: {
    readonly by: {readonly card: string} | {readonly cashless: string; readonly pin: string};
    readonly threshold: number;
    readonly target: number;
    readonly monthlyCap?: number;
  };
};

export type Resident = HallStudent & {readonly account: AccountId; readonly email: string};

/** Everybody's in the hall: to make a hash of one takes a tenth of a second. */
export const PASSWORD = 'a telephone in every room';

export type Seeding = {
  /** Where the cloud will keep its data. */
  readonly folder: string;
  readonly students: readonly HallStudent[];
  readonly policy?: Partial<Policy> | undefined;
  /** The hall's small one without it. */
  readonly tariff?: TariffSource | undefined;
  /** Everybody's. */
  readonly password?: string;
  readonly card?: Pick<RunningCard, 'port' | 'address' | 'key'> | undefined;
  readonly cashless?: Pick<Service, 'url'> | undefined;
  readonly webhookSecret: string;
};

export type Seeded = {readonly residents: readonly Resident[]; readonly code: string};

const now = () => instant(Date.now());
const clock: Clock = {now, monotonicMs: () => performance.now()};
const timers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};
const ADMIN = {id: 'rig', role: 'admin'} as const;

/** The cloud's certificate authority, before anything else: whoever is to trust it reads the file when it starts. */
export function makeAuthority(folder: string): ReturnType<typeof openAuthority> {
  mkdirSync(folder, {recursive: true, mode: 0o700});
  return openAuthority({folder, names: ['localhost'], now, randomBytes});
}

export function authorityPath(folder: string): string {
  return join(folder, 'authority', 'root.crt');
}

export async function seedHall(seeding: Seeding): Promise<Seeded> {
  const {folder, students} = seeding;
  const authority = await makeAuthority(folder);
  const store = openStore(join(folder, 'cloud.db'));
  try {
    const rooms = roomsOn();
    const hash = must(await rooms.passwords.hash(seeding.password ?? PASSWORD), 'hash of the password');
    await openSite(store, rooms, seeding);
    const residents: Resident[] = [];
    for (const student of students) residents.push(await moveIn(store, rooms, {student, seeding, hash}));
    const enrolment = createEnrolment({
      ...clock,
      store,
      authority,
      randomBytes,
      changed: () => undefined,
      broker: () => ({host: 'localhost', port: 1}),
    });
    const {code} = await store.transact((tx) => enrolment.newCode(tx, {site: SITE, box: BOX, by: ADMIN.id}));
    return {residents, code};
  } finally {
    await store.close();
  }
}

function roomsOn() {
  const audit = createAudit(now);
  const downLog = createDownLog({now, randomBytes, wake: () => undefined});
  const books = createBooks(downLog);
  const silent = {
    links: {issue: (): never => unasked('a link')},
    notice: {enqueue: (): never => unasked('a letter')},
  };
  const people = {now, randomBytes, audit, downLog, books, ...silent};
  return {
    downLog,
    books,
    sites: createSites({now, randomBytes, audit, downLog}),
    lines: createLines(people),
    students: createStudents(people),
    tenancies: createTenancies(people),
    passwords: createPasswords(randomBytes),
  };
}

type Rooms = ReturnType<typeof roomsOn>;

function unasked(what: string): never {
  throw new Error(`nobody here asks for ${what}`);
}

/** The answer of an act that must not be refused. */
function done<T extends {readonly kind: string}>(answer: T): Exclude<T, {readonly kind: 'refused'}> {
  if (answer.kind === 'refused') throw new Error(`refused: ${JSON.stringify(answer)}`);
  return answer as Exclude<T, {readonly kind: 'refused'}>;
}

async function openSite(store: Store, {sites}: Rooms, {policy: changes, tariff = HALL_TARIFF}: Seeding): Promise<void> {
  const {currency: _, zone: __, ...policy} = {...HALL_POLICY, ...changes};
  const site = {id: SITE, name: 'The hall', currency: CURRENCY, zone: ZONE, policy, tariff: JSON.stringify(tariff)};
  done(await store.transact((tx) => sites.create(tx, ADMIN, site)));
}

type Move = {readonly student: HallStudent; readonly seeding: Seeding; readonly hash: string};

async function moveIn(store: Store, rooms: Rooms, {student, seeding, hash}: Move): Promise<Resident> {
  const {lines, students, tenancies, books} = rooms;
  const {extension, name, opening, automatic} = student;
  const email = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '.')}@hall.example`;
  const token = automatic !== undefined && 'card' in automatic.by ? await saveCard(seeding.card, automatic.by.card, email) : undefined;
  const account = await store.transact(async (tx) => {
    done(await lines.create(tx, ADMIN, {site: SITE, extension, class: 'student', label: `Room ${extension}`}));
    const made = done(await students.create(tx, ADMIN, {site: SITE, name, email}));
    const id = made.account as AccountId;
    done(await tenancies.start(tx, ADMIN, {site: SITE, extension, account: id, from: instant(Date.now() - DAY_MS)}));
    await keepPassword(tx, {audience: 'student', subject: id}, hash);
    const at = instant(Date.now() - DAY_MS);
    const paid = {site: SITE, debit: HOUSE_ACCOUNTS.cash, credit: id, amount: micros(opening), code: 'TOPUP', at} as const;
    if (opening > 0) await books.move(tx, {...paid, ref: `opening:${id}`});
    return id;
  });
  if (automatic !== undefined) {
    const methods = await methodsOf(seeding);
    const method = await keepWay(store, {account, automatic, token, methods});
    await store.transact((tx) => allow(tx, rooms, {account, automatic, method, methods}));
  }
  return {...student, account, email};
}

type Saved = {readonly customer: string; readonly token: string; readonly label: string};
type Automatic = NonNullable<HallStudent['automatic']>;

type Way = {
  readonly account: AccountId;
  readonly automatic: Automatic;
  readonly token: Saved | undefined;
  readonly methods: Methods;
};

/** Its id: a card that the provider knows, or a cashless card whose service knows the PIN. */
async function keepWay(store: Store, {account, automatic: {by}, token, methods}: Way): Promise<string> {
  const who = {site: SITE, account};
  if (!('cashless' in by)) {
    const kept = {row: who, provider: 'card', saved: token, now: now()} as const;
    return must(await store.transact((tx) => keepMethod(tx, {randomBytes}, kept)), 'card that was kept');
  }
  const add = createAddCashless({store, clock, randomBytes, methods});
  return done(await add({...who, card: by.cashless, pin: new Secret(by.pin)})).method;
}

type Allowed = {readonly account: AccountId; readonly automatic: Automatic; readonly method: string; readonly methods: Methods};

async function allow(tx: Tx, {downLog}: Rooms, {account, automatic, method, methods}: Allowed): Promise<void> {
  const {threshold, target, monthlyCap = 500_000_000} = automatic;
  const given = {clock, downLog, accountBody, randomBytes, limits: LIMITS, methods};
  const wish = {threshold: micros(threshold), target: micros(target), monthlyCap: micros(monthlyCap)};
  done(await setAutomatic(tx, given, {site: SITE, account, ...wish, method}));
}

type Methods = Readonly<Partial<Record<'card' | 'cashless', PaymentMethod>>>;

/** As the cloud will have them; nobody is charged here. */
async function methodsOf({card, cashless, webhookSecret}: Seeding): Promise<Methods> {
  const beside = {timeoutMs: PROVIDER_MS, timers, clock, log: silentLog};
  return {
    ...(card && {
      card: createCard({
        ...beside,
        key: new Secret(card.key),
        webhookSecrets: [new Secret(webhookSecret)],
        host: '127.0.0.1',
        port: card.port,
        protocol: 'http',
        livemode: false,
      }),
    }),
    ...(cashless && {cashless: await createCashless({...beside, endpoint: must(cashless.url, 'address of the card service')})}),
  };
}

/** What an earlier payment of the student's would have left at the provider: a customer, and a card set up to be charged again. */
async function saveCard(provider: Seeding['card'], number: string, email: string): Promise<Saved> {
  if (provider === undefined) throw new Error('a card is to be saved, and there is no card provider');
  const ask = async (path: string, form: Readonly<Record<string, string>>): Promise<string> => {
    const answer = await fetch(`${provider.address}/v1/${path}`, {
      method: 'POST',
      headers: {authorization: `Bearer ${provider.key}`, 'idempotency-key': randomBytes(12).toString('hex')},
      body: new URLSearchParams(form),
    });
    const body = (await answer.json()) as {readonly id?: string; readonly error?: unknown};
    if (!answer.ok || body.id === undefined) throw new Error(`${path}: ${JSON.stringify(body.error)}`);
    return body.id;
  };
  const customer = await ask('customers', {email});
  const year = String(new Date().getUTCFullYear() + 3);
  const token = await ask('payment_methods', {type: 'card', 'card[number]': number, 'card[exp_month]': '12', 'card[exp_year]': year});
  await ask(`payment_methods/${token}/attach`, {customer});
  await ask('setup_intents', {customer, payment_method: token, confirm: 'true', usage: 'off_session'});
  return {customer, token, label: `Card ending ${number.slice(-4)}`};
}

/** The clearing account that a provider's money comes from. */
export const CARD_CLEARING = clearingOf('card');
