// The box's flow inside the test's own process, from spooled line to settled credit, on a store of the test's.
import {randomBytes} from 'node:crypto';
import {createCreditControl, type CreditControl, type Settled} from '../../edge/credit/control.ts';
import {createIntake, type Intake, type Taken} from '../../edge/engine/intake.ts';
import type {RunningCalls} from '../../edge/engine/running.ts';
import {createSpool, type Spool} from '../../edge/feed/spool.ts';
import {createJournal} from '../../edge/ledger/journal.ts';
import {createLedger, type Ledger} from '../../edge/ledger/ledger.ts';
import {createRater} from '../../edge/rating/rate.ts';
import {loadProfile} from '../../edge/record/profile.ts';
import {createRecorder, type Recorder} from '../../edge/record/recorder.ts';
import {createSiteBook, type SiteBook} from '../../edge/site/book.ts';
import {createSiteReaders, type SiteReaders} from '../../edge/site/write.ts';
import {inTransaction, type Database} from '../../edge/store/open.ts';
import {identityOf} from '../../shared/journal/chain.ts';
import {ZERO} from '../../shared/money/micros.ts';
import type {CompiledTariff} from '../../shared/tariff/compile.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Row} from '../../shared/wire/row.ts';

export type FlowGiven = {
  readonly database: Database;
  readonly tariff: CompiledTariff;
  readonly now: () => Instant;
  /** Made anew after a transaction that failed. */
  readonly recorderOf: (feed: string) => Recorder;
  readonly after?: (taken: Taken, settled: Settled) => void;
  readonly quarantined?: (feed: string, line: number, detail: string) => void;
  /** Running calls, where they are followed. */
  readonly running?: () => RunningCalls | undefined;
};

export type Flow = {
  readonly spool: Spool;
  readonly book: SiteBook;
  readonly readers: SiteReaders;
  readonly ledger: Ledger;
  readonly credit: CreditControl;
  readonly intake: Intake;
};

/** The row that site readers are given where nobody reads it. */
export const SOME_ROW = {seq: 1} as Row;
const SITE = 'hall';

export function openFlow({database, tariff, now, recorderOf, after, quarantined, running}: FlowGiven): Flow {
  const spool = createSpool(database);
  const book = createSiteBook(database, () => undefined);
  const journal = createJournal(database, randomBytes);
  const ledger = createLedger(database, journal);
  const credit = createCreditControl(database, {
    ...book,
    balance: ledger.balance,
    runningCost: (account) => running?.()?.costOf(account) ?? ZERO,
    write: journal.write,
    nextSeq: journal.next,
    now,
  });
  const intake = createIntake({
    database,
    transact: (work) => inTransaction(database, work),
    spool,
    recorderOf,
    rate: createRater({site: SITE, book: {...book, tariffAt: () => tariff}}),
    ledger,
    mode: () => book.policy()?.mode ?? 'watch',
    recorded: (recorded) => running?.()?.release(recorded),
    settle: (touched) => credit.settle(touched, 'call'),
    after: (taken, settled) => {
      running?.()?.released();
      after?.(taken, settled);
    },
    quarantined: (feed, line, detail) => quarantined?.(feed, line, detail),
    now,
  });
  return {spool, book, readers: createSiteReaders(database), ledger, credit, intake};
}

/** The recorder of a live feed in UTC that knows what this store knows. */
export function recorderOn(database: Database, profile: string): (feed: string) => Recorder {
  const isKnown = database.prepare<[string], number>('SELECT 1 FROM call WHERE id = ?').pluck();
  const {tail} = createSpool(database);
  return (feed) =>
    createRecorder({
      profile: loadProfile(profile),
      feed,
      zone: 'UTC',
      live: true,
      known: (family, key) => isKnown.get(identityOf(SITE, family, key)) !== undefined,
      tail: (before, most) => tail(feed, before, most),
    });
}
