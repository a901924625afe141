// What of a box talks to its cloud, in the test's own process, on a store of the test's: the real stages, the real link.
import {randomBytes} from 'node:crypto';
import {createCreditControl, type Settled} from '../../edge/credit/control.ts';
import {factOfIncident} from '../../edge/health/events.ts';
import {createHealth, type Health} from '../../edge/health/health.ts';
import {createBeginning} from '../../edge/ledger/beginning.ts';
import {createJournal} from '../../edge/ledger/journal.ts';
import {createResolver} from '../../edge/ledger/resolve.ts';
import {createRater} from '../../edge/rating/rate.ts';
import {createLedger, type Ledger} from '../../edge/ledger/ledger.ts';
import {createSiteBook} from '../../edge/site/book.ts';
import {createSiteReaders} from '../../edge/site/write.ts';
import {inTransaction, openStore, tellingOfCommits, type Database, type Transact} from '../../edge/store/open.ts';
import {createCloud, type Cloud} from '../../edge/sync/cloud.ts';
import {readIdentity} from '../../edge/sync/identity.ts';
import type {Clock, Instant, Timers} from '../../shared/time/instant.ts';
import {upFact} from '../../shared/wire/up.ts';
import {silentLog} from '../core/silent-log.ts';

export type LinkedBox = {
  readonly database: Database;
  readonly health: Health;
  readonly cloud: Cloud;
  readonly ledger: Ledger;
  readonly transact: Transact;
  /** What credit control decided, in the order of the commits. */
  readonly settled: readonly Settled[];
  /** Writes so many rows into the up log, in one transaction. */
  readonly write: (rows: number, word?: string) => void;
  readonly head: (log: 'up' | 'down') => number;
  readonly acked: () => number;
  /** Ends the link as SIGTERM does; resolves when it is over. */
  readonly stop: () => Promise<void>;
};

export type LinkedBoxGiven = {
  /** Has an identity. */
  readonly folder: string;
  readonly path: string;
  /** Waits are shorter by so much: what the library itself waits for is not. */
  readonly faster?: number;
  readonly now?: () => number;
};

/** Opens the store and starts the link. */
export function startLinkedBox({folder, path, faster = 20, now = Date.now}: LinkedBoxGiven): LinkedBox {
  const database = openStore(path);
  const clock: Clock = {now: () => now() as Instant, monotonicMs: () => performance.now() * faster};
  const timers: Timers = {
    after: (delayMs, act) => {
      const timer = setTimeout(act, delayMs / faster);
      return () => clearTimeout(timer);
    },
  };
  let wake = (): void => undefined;
  const transact = tellingOfCommits(
    (work) => inTransaction(database, work),
    () => wake(),
  );
  const journal = createJournal(database, randomBytes);
  const ledger = createLedger(database, journal);
  const book = createSiteBook(database, () => undefined);
  const credit = createCreditControl(database, {
    ...book,
    balance: ledger.balance,
    write: journal.write,
    nextSeq: journal.next,
    now: clock.now,
  });
  const health = createHealth({
    database,
    clock,
    log: silentLog,
    machine: {
      facts: () => ({
        version: '1.0.0',
        startedAt: clock.now(),
        disk: undefined,
        memoryBytes: 0,
        eventLoopLag: {p99Ms: 0, maxMs: 0},
        clock: 'held',
      }),
      startOver: () => undefined,
    },
    tell: (change) => void (cloud.isSettled() && journal.write([factOfIncident(change, journal.next())])),
    changed: () => undefined,
  });
  const settled: Settled[] = [];
  const cloud = createCloud({
    database,
    transact,
    identity: readIdentity(folder),
    fileKey: undefined,
    dataFolder: folder,
    inbox: folder,
    version: '1.0.0',
    site: createSiteReaders(database),
    book,
    ledger,
    beginning: createBeginning(database),
    resolver: createResolver(database, {...book, journal, rate: createRater({site: 'hall', book}), now: clock.now}),
    credit,
    now: clock.now,
    announce: (each) => settled.push(each),
    onSettled: () => undefined,
    health,
    clock,
    timers,
    random: () => 0.1,
    randomBytes,
    log: silentLog,
  });
  wake = cloud.wake;
  const end = new AbortController();
  const running = cloud.run(end.signal);
  const head = database.prepare<[string], number>('SELECT seq FROM log_head WHERE log = ?').pluck();
  const acked = database.prepare<[], number>('SELECT up_acked FROM cloud_link').pluck();
  return {
    database,
    health,
    cloud,
    ledger,
    transact,
    settled,
    write: (rows, word = 'act') =>
      transact(() => {
        for (let row = 0; row < rows; row++) {
          journal.write([upFact('console-act', String(journal.next()), {act: word, by: 'Ann', at: clock.now()})]);
        }
      }),
    head: (log) => head.get(log) ?? -1,
    acked: () => acked.get() ?? -1,
    stop: async () => {
      end.abort();
      await running;
      database.close();
    },
  };
}
