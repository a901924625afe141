// A box without doors: real store, book, rating, ledger, credit, health and acts, wired as edge/main.ts wires them. Lines are
// handed to it, and time passes when the test says so.
import {randomBytes} from 'node:crypto';
import {createActs} from '../../../edge/console/acts.ts';
import type {LogEntry} from '../../../edge/console/given.ts';
import {createCreditControl, type Settled} from '../../../edge/credit/control.ts';
import {createIntake} from '../../../edge/engine/intake.ts';
import {createSpool} from '../../../edge/feed/spool.ts';
import {createHealth} from '../../../edge/health/health.ts';
import {eventsOfCredit, eventsOfDelivery, factOfIncident, type StageEvents} from '../../../edge/health/events.ts';
import type {MachineFacts} from '../../../edge/health/status.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {createRater} from '../../../edge/rating/rate.ts';
import {createSiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {claimIdentity} from '../../../edge/store/identity.ts';
import {inTransaction, openForReading, openStore, type Transact} from '../../../edge/store/open.ts';
import type {Log, LogFields} from '../../../shared/log/log.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import {instant, type Clock, type Instant} from '../../../shared/time/instant.ts';
import type {DownBody, DownKind} from '../../../shared/wire/kinds.ts';
import {readDownRow, takeRow, type Readers} from '../../../shared/wire/reader.ts';
import {sealRow} from '../../../shared/wire/row.ts';
import {createReaders, nothingTouched} from '../../../edge/sync/readers.ts';
import {recorderOf, type Dialect} from './dialect.ts';

export type Identity = {readonly site: string; readonly box: string};
export type RigBox = ReturnType<typeof createRigBox>;

const SALT = Buffer.alloc(16, 7);

/** Where the wall clock of the rig begins; it goes on from there, or is set. */
export const RIG_NOW = instant(Date.parse('2026-11-24T14:02:07Z'));

export function createRigBox(folder: string, identity: Identity | undefined) {
  const path = `${folder}/box.db`;
  const database = openStore(path);
  const reading = openForReading(path);
  const clock = createRigClock();
  if (identity !== undefined) claimIdentity(database, identity, clock.now());
  const {entries, log} = createRigLog(clock);
  const transact: Transact = (work) => inTransaction(database, work);
  const spool = createSpool(database);
  const book = createSiteBook(database, (text) => {
    const read = readTariff(text);
    return read.kind === 'tariff' ? compileTariff(read.tariff, read.hash) : undefined;
  });
  const journal = createJournal(database, randomBytes);
  const ledger = createLedger(database, journal);
  const credit = createCreditControl(database, {
    ...book,
    balance: ledger.balance,
    write: journal.write,
    nextSeq: journal.next,
    now: clock.now,
  });
  const dialect: Dialect = {mended: false};
  const listeners = {changed: (): void => undefined};
  const machine: {facts: MachineFacts} = {facts: quietMachine(clock.now())};
  const health = createHealth({
    database,
    clock,
    log: log.named('health'),
    machine: {facts: () => machine.facts, startOver: () => undefined},
    tell: (change) => void journal.write([factOfIncident(change, journal.next())]),
    changed: () => listeners.changed(),
  });
  const show = (events: StageEvents): void => {
    for (const [stage, event] of events) health.stage(stage, event);
  };
  const announce = (settled: Settled): void => {
    show(eventsOfCredit(settled));
    if (settled.braked > 0) {
      const detail = `${settled.braked} more lines are due to be locked at once: that is rarely true`;
      health.incident('credit.brake', 'site', detail, 'Look at the lines that wait, then let them be locked.');
    }
  };
  const intake = createIntake({
    database,
    transact,
    spool,
    rate: createRater({site: identity?.site ?? 'none', book}),
    ledger,
    recorderOf: () => recorderOf(dialect),
    mode: () => book.policy()?.mode ?? 'watch',
    settle: (touched) => credit.settle(touched, 'call'),
    after: (taken, settled) => {
      show(eventsOfDelivery(taken));
      announce(settled);
    },
    quarantined: () => undefined,
    now: clock.now,
  });
  const acts = createActs({transact, intake, credit, journal, health, clock, announce});
  const rows = downRows(createReaders({site: createSiteReaders(database), ledger, credit}, nothingTouched));
  const tell = (...told: readonly Told[]): void => {
    transact(() => {
      for (const row of told) rows(row);
      book.changed();
    });
  };
  const review = (): void => announce(transact(() => credit.review(book.extensions())));
  return {
    folder,
    database,
    reading,
    clock,
    entries,
    log,
    spool,
    book,
    ledger,
    credit,
    health,
    intake,
    acts,
    dialect,
    listeners,
    machine,
    tell,
    review,
    close: () => {
      reading.close();
      database.close();
    },
  };
}

export type Told = {readonly [K in DownKind]: {readonly kind: K; readonly body: DownBody<K>}}[DownKind];

/** Rows as the cloud would send them, read and taken by the same readers. */
function downRows(readers: Readers): (told: Told) => void {
  let seq = 0;
  return ({kind, body}) => {
    seq++;
    const place = {seq, epoch: 1, basis: 0, previousChain: Buffer.alloc(32)};
    const row = sealRow({id: `${kind}:${seq}`, kind, version: 1, body}, place, () => SALT);
    const reading = readDownRow(row);
    if (reading.kind === 'unreadable') throw new Error(reading.why);
    takeRow(readers, reading.row, row);
  };
}

export type RigClock = Clock & {
  /** The wall clock shows this now, and goes on from here. */
  readonly set: (now: Instant) => void;
  /** It stands still. */
  readonly stop: () => void;
};

function createRigClock(): RigClock {
  let base: number = RIG_NOW;
  let since: number | undefined = performance.now();
  const now = (): Instant => instant(base + (since === undefined ? 0 : performance.now() - since));
  return {
    now,
    monotonicMs: () => performance.now(),
    set: (at) => {
      base = at;
      if (since !== undefined) since = performance.now();
    },
    stop: () => {
      base = now();
      since = undefined;
    },
  };
}

function createRigLog(clock: Clock): {readonly entries: LogEntry[]; readonly log: Log} {
  const entries: LogEntry[] = [];
  const named = (name: string): Log => {
    const at =
      (level: LogEntry['level']) =>
      (message: string, fields: LogFields = {}) => {
        const known = Object.entries(fields).filter((field): field is [string, string | number | boolean] => field[1] !== undefined);
        entries.push({at: clock.now(), level, name, message, fields: Object.fromEntries(known)});
      };
    return {debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), named};
  };
  return {entries, log: named('box')};
}

function quietMachine(startedAt: Instant): MachineFacts {
  return {
    version: '0.1.0',
    startedAt: instant(startedAt - 9 * 86_400_000),
    disk: {freeBytes: 41_200_000_000, totalBytes: 62_700_000_000},
    memoryBytes: 118_000_000,
    eventLoopLag: {p99Ms: 3, maxMs: 11},
    clock: 'trusted',
  };
}
