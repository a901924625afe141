// Three halls with students in every state that a page shows, told to a real store the way boxes and providers tell it.
import {randomBytes} from 'node:crypto';
import {freeAt, type Allowance} from '../../../cloud/books/allowances.ts';
import {createDownLog} from '../../../cloud/books/down-log.ts';
import {createIntake} from '../../../cloud/books/intake.ts';
import {clearingOf, createBooks} from '../../../cloud/books/posting.ts';
import {emailKey} from '../../../cloud/people/email.ts';
import {insertMany} from '../../../cloud/store/bulk.ts';
import type {Store, Tx} from '../../../cloud/store/open.ts';
import {CHAIN_START, identityOf} from '../../../shared/journal/chain.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {micros} from '../../../shared/money/micros.ts';
import {compileTariff, type CompiledTariff} from '../../../shared/tariff/compile.ts';
import {price} from '../../../shared/tariff/price.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import {freeWorking, type Working} from '../../../shared/tariff/working.ts';
import {instant, later, type Instant} from '../../../shared/time/instant.ts';
import {sealRow, type Fact} from '../../../shared/wire/row.ts';
import {upFact, type UpBody} from '../../../shared/wire/up.ts';
import {generateTariff} from '../../simulator/tariff.ts';

/** Thursday, 26 November 2026, 14:02:07 in London. */
export const RIG_NOW = instant(Date.UTC(2026, 10, 26, 14, 2, 7));
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const pounds = (amount: number) => micros(Math.round(amount * 1_000_000));

/** Online, silent for three hours, never heard of. */
const SITES = {north: 'North Hall', old: 'Old Hall', new: 'New Hall'} as const;
type SiteId = keyof typeof SITES;

/** Account → site, name, extension. */
export const STUDENTS = {
  amara: {site: 'north', name: 'Amara Obi', extension: '2101', label: 'Room 14'},
  ben: {site: 'north', name: 'Ben Carter', extension: '2102', label: ''},
  chen: {site: 'north', name: 'Chen Wei', extension: '2103', label: 'Room 16'},
  dana: {site: 'north', name: 'Dana O’Neil', extension: '2104', label: 'Room 17'},
  eve: {site: 'north', name: 'Eve Lund', extension: undefined, label: ''},
  frank: {site: 'old', name: 'Frank Moss', extension: '301', label: 'Attic'},
  gina: {site: 'new', name: 'Gina Rossi', extension: '11', label: ''},
} as const satisfies Readonly<Record<string, {site: SiteId; name: string; extension: string | undefined; label: string}>>;
export type StudentName = keyof typeof STUDENTS;

export const emailOf = (student: StudentName): string => `${student}@uni.example`;

export type RigCall = {
  readonly at: Instant;
  readonly seconds: number;
  /** E.164 digits; nothing for an incoming call. */
  readonly number?: string;
  readonly direction?: 'outgoing' | 'incoming' | 'internal';
  readonly state?: 'billed' | 'watched' | 'unbillable';
  /** What the tariff calls it, where a carrier's name matters. */
  readonly destination?: string;
  /** What the carrier charges the house, as the box says it. */
  readonly cost?: UpBody<'call'>['cost'];
};

/** An hour a month to every destination, of everybody, from long ago, but for what is said. */
export type RigAllowance = Partial<Omit<Allowance, 'account'>> & {readonly account?: StudentName};

export type House = {
  /** Facts of a site's box, as its next rows. */
  readonly tell: (site: SiteId, facts: readonly Fact[]) => Promise<void>;
  /** What is left of free allowances comes off, as the box takes it. */
  readonly call: (student: StudentName, call: RigCall) => Promise<void>;
  readonly grant: (site: SiteId, allowance?: RigAllowance) => Promise<void>;
  readonly lock: (student: StudentName, reasons: readonly string[], extension?: string) => Promise<void>;
  /** Money of a kind, to or from the account; in micros. */
  readonly credit: (student: StudentName, amount: number, at: Instant, code?: 'TOPUP' | 'OPENING') => Promise<void>;
  readonly heartbeat: (site: SiteId, at: Instant) => Promise<void>;
};

const source = generateTariff({prefixes: 2_000, seed: 7, currency: 'GBP', zone: 'Europe/London'});

function tariff(): CompiledTariff {
  const read = readTariff(JSON.stringify(source));
  if (read.kind !== 'tariff') throw new Error(`the rig's tariff: ${JSON.stringify(read.problems.slice(0, 3))}`);
  return compileTariff(read.tariff, read.hash);
}

export async function openHouse(store: Store, now: () => Instant): Promise<House> {
  await store.transact(seed);
  const deck = tariff();
  const downLog = createDownLog({now, randomBytes, wake: () => undefined});
  const books = createBooks(downLog);
  const nothing = (): Promise<void> => Promise.resolve();
  const intake = createIntake({now, insertMany, onWarning: nothing, onTopUpRequest: nothing});
  const ends = new Map<SiteId, {seq: number; chain: Buffer}>();
  let made = 0;

  const tell: House['tell'] = async (site, facts) => {
    const rows = facts.map((fact) => {
      const {seq, chain} = ends.get(site) ?? {seq: 0, chain: CHAIN_START};
      const row = sealRow(fact, {seq: seq + 1, epoch: 1, basis: 0, previousChain: chain}, randomBytes);
      ends.set(site, {seq: row.seq, chain: row.chain});
      return row;
    });
    const taken = await store.transact((tx) => intake(tx, site, rows));
    if (taken.stopped !== undefined) throw new Error(taken.stopped);
  };
  const stateFact = (extension: string, wanted: 'open' | 'locked', reasons: readonly string[]): Fact =>
    upFact('line-state', `${extension}:${++made}`, {extension, wanted, reasons: [...reasons], at: now()});

  return {
    tell,
    call: async (student, call) => {
      const {site} = STUDENTS[student];
      const free = await freeAt(store.reading, {site, account: student, at: call.at});
      await tell(site, [callFact(student, call, {deck, key: String(++made), free})]);
    },
    grant: async (site, allowance = {}) => {
      const {
        account = null,
        destinations = [],
        from = later(RIG_NOW, -60 * DAY),
        to = null,
        allowance: id = `a-${++made}`,
        ...terms
      } = allowance;
      const row = {name: 'Free hour', unit: 'seconds', amount: 3_600, period: 'month', ...terms} as const;
      await store.transact(({db}) =>
        db
          .insertInto('allowance')
          .values({site, id, account, destinations: JSON.stringify(destinations), from_at: from, to_at: to, ...row})
          .execute(),
      );
    },
    lock: (student, reasons, extension = STUDENTS[student].extension ?? '') =>
      tell(STUDENTS[student].site, [stateFact(extension, reasons.length === 0 ? 'open' : 'locked', reasons)]),
    credit: (student, amount, at, code = 'TOPUP') =>
      store.transact((tx) =>
        books.move(tx, {
          site: STUDENTS[student].site,
          debit: code === 'OPENING' ? ('house' as AccountId) : clearingOf('card'),
          credit: student as unknown as AccountId,
          amount: micros(amount),
          code,
          ref: `rig-${++made}`,
          at,
        }),
      ),
    heartbeat: async (site, at) => {
      await store.transact(({db}) => db.updateTable('box_state').set({heartbeat_at: at}).where('site', '=', site).execute());
    },
  };
}

type Free = Awaited<ReturnType<typeof freeAt>>;
type Priced = {readonly deck: CompiledTariff; readonly key: string; readonly free: Free};

/** As the box journals it. */
function callFact(student: StudentName, call: RigCall, {deck, key, free}: Priced): Fact {
  const {at, seconds, number, direction = 'outgoing', state = 'billed', cost} = call;
  const common = {
    state,
    feed: 'smdr',
    extension: STUDENTS[student].extension ?? '',
    direction,
    class: direction,
    startedAt: at,
    durationSeconds: seconds,
    flags: [],
  };
  const personal = number === undefined ? {} : {personal: {number: number.length < 7 ? number : `+${number}`}};
  const id = `call:${identityOf(STUDENTS[student].site, 'mitel', key)}`;
  if (state === 'unbillable') {
    const body = {...common, payer: student, reason: 'no-destination', detail: 'nothing matches'};
    return {id, kind: 'unbillable', version: 1, body, ...personal};
  }
  const working = workingOf(call, deck, free);
  const body = {
    ...common,
    payer: student,
    amount: working.gross,
    tax: working.tax,
    currency: 'GBP',
    working,
    ...(cost !== undefined && {cost}),
  };
  return {id, kind: 'call', version: 1, body: body satisfies UpBody<'call'>, ...personal};
}

function workingOf({at, seconds, number, direction = 'outgoing', destination}: RigCall, deck: CompiledTariff, allowances: Free): Working {
  if (direction !== 'outgoing' || number === undefined)
    return freeWorking(direction, {durationSeconds: seconds, answerAllowanceSeconds: 0});
  const priced = price(
    {number, isShort: number.length < 7, start: at, durationSeconds: seconds, answerAllowanceSeconds: 0, acceptsCatchAll: true, allowances},
    deck,
  );
  if (priced.kind !== 'priced') throw new Error(`the rig cannot price ${number}: ${priced.kind}`);
  return destination === undefined ? priced.working : {...priced.working, destination};
}

async function seed({db}: Tx): Promise<void> {
  const created = later(RIG_NOW, -90 * DAY);
  for (const [id, name] of Object.entries(SITES)) {
    await db.insertInto('site').values({id, name, currency: 'GBP', zone: 'Europe/London', created_at: created}).execute();
  }
  for (const [account, {site, name, extension, label}] of Object.entries(STUDENTS)) {
    const email = emailOf(account as StudentName);
    await db.insertInto('account').values({site, id: account, kind: 'student', currency: 'GBP'}).execute();
    await db
      .insertInto('student')
      .values({account, site, name, email, email_key: emailKey(email), password_hash: null, created_at: created, closed_at: null})
      .execute();
    if (extension === undefined) continue;
    await db
      .insertInto('line')
      .values({site, extension, class: 'student', label: label === '' ? null : label})
      .execute();
    await db
      .insertInto('tenancy')
      .values({id: `t-${account}`, site, extension, account, from_at: created, to_at: null})
      .execute();
  }
  await boxes(db);
}

async function boxes(db: Tx['db']): Promise<void> {
  const heard = {north: later(RIG_NOW, -2_000), old: later(RIG_NOW, -3 * HOUR)} as const;
  for (const [site, at] of Object.entries(heard)) {
    await db
      .insertInto('box')
      .values({
        site,
        id: `${site}-1`,
        public_key: '',
        certificate: '',
        fingerprint: `fingerprint of ${site}`,
        expires_at: later(RIG_NOW, 90 * DAY),
        enrolled_at: later(at, -30 * DAY),
        revoked_at: null,
      })
      .execute();
    await db
      .insertInto('box_state')
      .values({
        site,
        box: `${site}-1`,
        nonce: null,
        build: null,
        connected_at: later(at, -DAY),
        disconnected_at: site === 'old' ? at : null,
        heartbeat_at: at,
        heartbeat: null,
        down_acked_at: null,
      })
      .execute();
  }
}
