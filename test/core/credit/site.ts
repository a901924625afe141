// A small site on a real store, for tests of credit control: lines, tenants, money, and a clock that is set by hand.
import {randomBytes} from 'node:crypto';
import {createCreditControl, type CreditControl, type Settled} from '../../../edge/credit/control.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {createResolver} from '../../../edge/ledger/resolve.ts';
import {createRater} from '../../../edge/rating/rate.ts';
import {createSiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {inTransaction, type Database} from '../../../edge/store/open.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {micros} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {DownBody, DownKind, Policy} from '../../../shared/wire/kinds.ts';
import {sealRow, type Row} from '../../../shared/wire/row.ts';
import {unbillableCall} from '../rated-calls.ts';
import {temporaryStore} from '../temporary-store.ts';

export const POUND = 1_000_000;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** 7 September 2026, 09:00 UTC. */
const MONDAY = Date.UTC(2026, 8, 7, 9) as Instant;

/** Locks at nothing, warns below £2, and the brake of the design: max(5, 5 %) in ten minutes. */
export const POLICY: Policy = {
  mode: 'bill-and-lock',
  country: 'GB',
  zone: 'Europe/London',
  currency: 'GBP',
  dialPlan: {outsideLine: '9', areaCode: '20', nationalPrefix: '0', internationalPrefixes: ['00'], extensionDigits: 4},
  alwaysOpen: [],
  answerAllowanceSeconds: 20,
  floor: 0,
  warnBelow: 2 * POUND,
  refusedLocks: 'at-once',
  catchAll: 'unbillable',
  dearestCall: 100 * POUND,
  longestCallHours: 24,
  backBillingDays: 30,
  brake: {lines: 5, percent: 5, minutes: 10},
};

export type Site = {
  readonly database: Database;
  readonly credit: CreditControl;
  now: Instant;
  /** Runs in one transaction, as the box does. */
  readonly act: <T>(work: () => T) => T;
  readonly policy: (change: Partial<Policy>) => void;
  readonly rules: () => Policy;
  readonly line: (extension: string, kind?: DownBody<'extension'>['class']) => void;
  readonly account: (account: string, change?: Partial<DownBody<'account'>>) => void;
  readonly tenancy: (extension: string, account: string, from: number, to?: number) => void;
  /** Money to the account, or from it if negative. Settles nothing. */
  readonly post: (account: string, amount: number) => void;
  /** What a call would have cost, in watch mode. */
  readonly watch: (account: string, amount: number) => void;
  /** Posts, and settles in the same transaction. */
  readonly pay: (account: string, amount: number) => Settled;
  readonly charge: (account: string, amount: number) => Settled;
  /** A call of the line that has no price, in one transaction with what follows from it. Its id. */
  readonly waits: (extension: string, call: {readonly start: number; readonly seconds: number}) => string;
  /** Staff write it off. */
  readonly writeOff: (call: string) => Settled;
  /** Of all that was settled so far: the lines of which staff should look at the calls that wait. */
  readonly alerted: () => readonly string[];
  readonly override: (
    body: Partial<DownBody<'override'>> & {readonly extension: string; readonly act: 'lock' | 'unlock' | 'end'},
  ) => Settled;
  readonly state: (extension: string) => {readonly wanted: string; readonly reasons: readonly string[]} | undefined;
  readonly urgency: (extension: string) => number;
  /** Bodies of the journal's rows of a kind, oldest first. */
  readonly told: (kind: string) => readonly Readonly<Record<string, unknown>>[];
  readonly remove: () => void;
};

const CLOUD = 'clearing:card';

export function openSite(policy: Partial<Policy> | 'no rules' = {}): Site {
  const store = temporaryStore();
  const {database} = store;
  const book = createSiteBook(database, () => undefined);
  const readers = createSiteReaders(database);
  const journal = createJournal(database, randomBytes);
  const selectBalance = database.prepare<[string], number>('SELECT credit - debit FROM balance WHERE account = ?').pluck();
  const site: {now: Instant} = {now: MONDAY};
  const alerted = new Set<string>();
  const heard = (settled: Settled): Settled => {
    for (const {extension, isTooMuch} of settled.waiting) alerted[isTooMuch ? 'add' : 'delete'](extension);
    return settled;
  };
  const control = createCreditControl(database, {
    ...book,
    balance: (account) => micros(selectBalance.get(account) ?? 0),
    write: journal.write,
    nextSeq: journal.next,
    now: () => site.now,
  });
  const credit: CreditControl = {
    ...control,
    settle: (accounts, cause) => heard(control.settle(accounts, cause)),
    review: (extensions) => heard(control.review(extensions)),
    reviewDue: () => heard(control.reviewDue()),
    releaseBrake: () => heard(control.releaseBrake()),
  };
  const ledger = createLedger(database, journal);
  const resolver = createResolver(database, {...book, journal, rate: createRater({site: 'hall', book}), now: () => site.now});
  // Within another one it is part of it: a whole site is set up at the cost of one commit.
  const act = <T>(work: () => T): T => (database.inTransaction ? work() : inTransaction(database, work));
  const rules = {...POLICY, ...(policy === 'no rules' ? {} : policy)};
  let rows = 0;
  const take = <K extends Exclude<DownKind, 'credit' | 'adjustment' | 'top-up-result' | 'override' | 'resolution'>>(
    kind: K,
    body: DownBody<K>,
  ): void => {
    const reader = readers[kind] as (body: DownBody<K>, row: Row) => void;
    const place = {seq: ++rows, epoch: 0, basis: 0, previousChain: Buffer.alloc(32)};
    act(() => reader(body, sealRow({id: `${kind}:${rows}`, kind, version: 1, body}, place, randomBytes)));
    book.changed();
  };
  if (policy !== 'no rules') take('policy', rules);
  const insertTransfer = database.prepare(
    "INSERT INTO transfer (debit, credit, amount, currency, code, ref, at, log, log_seq) VALUES (?, ?, ?, 'GBP', 'TRANSFER', ?, ?, 'down', ?)",
  );
  database.prepare("INSERT INTO account (id, kind, currency) VALUES (?, 'house', 'GBP')").run(CLOUD);
  const post = (account: string, amount: number): void => {
    const [debit, to] = amount > 0 ? [CLOUD, account] : [account, CLOUD];
    insertTransfer.run(debit, to, Math.abs(amount), `transfer-${++rows}`, site.now, rows);
  };
  const move = (account: string, amount: number, cause: 'call' | 'money'): Settled =>
    act(() => {
      post(account, amount);
      return credit.settle([account as AccountId], cause);
    });
  const bodies = database.prepare<[string], Buffer>('SELECT body FROM up_log WHERE kind = ? ORDER BY seq').pluck();
  const selectState = database.prepare<[string], {wanted: string; reasons: string; urgency: number}>(
    'SELECT wanted, reasons, urgency FROM line_state WHERE extension = ?',
  );
  return Object.assign(site, {
    database,
    credit,
    act,
    policy: (change: Partial<Policy>) => take('policy', Object.assign(rules, change)),
    rules: () => rules,
    line: (extension: string, kind: DownBody<'extension'>['class'] = 'student') => take('extension', {extension, class: kind}),
    account: (account: string, change: Partial<DownBody<'account'>> = {}) =>
      take('account', {account, currency: 'GBP', language: 'en', closed: false, ...change}),
    tenancy: (extension: string, account: string, from: number, to?: number) =>
      take('tenancy', {tenancy: `${extension}:${account}`, extension, account, from, ...(to === undefined ? {} : {to})}),
    post: (account: string, amount: number) => act(() => post(account, amount)),
    watch: (account: string, amount: number) =>
      act(
        () =>
          void database
            .prepare(
              'INSERT INTO credit_state (account, watched) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET watched = watched + excluded.watched',
            )
            .run(account, amount),
      ),
    pay: (account: string, amount: number) => move(account, amount, 'money'),
    charge: (account: string, amount: number) => move(account, -amount, 'call'),
    waits: (extension: string, {start, seconds}: {readonly start: number; readonly seconds: number}) => {
      const call = unbillableCall(`call-${++rows}`);
      const record = {...call.record, extension, start: start as Instant, durationSeconds: seconds};
      act(() => {
        const of = {...call, record, payer: book.payerAt(extension, record.start)};
        credit.settle(ledger.record([of], rules.mode, site.now).touched, 'call');
      });
      return call.id;
    },
    writeOff: (call: string) =>
      act(() => {
        const body = {call, act: 'write-off', by: 'dora', reason: 'nobody knows'} as const;
        return credit.settle(resolver.take([{body, seq: ++rows}]), 'call');
      }),
    alerted: () => [...alerted].toSorted(),
    override: (body: Partial<DownBody<'override'>> & {extension: string; act: 'lock' | 'unlock' | 'end'}) =>
      act(() => credit.review([credit.takeOverride({reason: 'because', by: 'the desk', ...body})])),
    state: (extension: string) => {
      const row = selectState.get(extension);
      return row === undefined ? undefined : {wanted: row.wanted, reasons: JSON.parse(row.reasons) as string[]};
    },
    urgency: (extension: string) => selectState.get(extension)?.urgency ?? -1,
    told: (kind: string) => bodies.all(kind).map((body) => JSON.parse(body.toString('utf8')) as Record<string, unknown>),
    remove: store.remove,
  });
}

/** A line with a tenant since long ago, and so much money. */
export function student(site: Site, extension: string, money: number, change: Partial<DownBody<'account'>> = {}): AccountId {
  const account = `student-${extension}` as AccountId;
  return site.act(() => {
    site.line(extension);
    site.account(account, change);
    site.tenancy(extension, account, 0);
    if (money !== 0) site.post(account, money);
    site.credit.review([extension]);
    return account;
  });
}

export function students(site: Site, extensions: readonly string[], money: number): void {
  site.act(() => {
    for (const extension of extensions) student(site, extension, money);
  });
}
