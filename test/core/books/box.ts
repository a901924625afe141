// A whole box but for its feeds and its link: rows and snapshots go in, rows come out, as they travel.
import {generateKeyPairSync, createPublicKey, randomBytes} from 'node:crypto';
import {createCreditControl} from '../../../edge/credit/control.ts';
import {createBeginning} from '../../../edge/ledger/beginning.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {createResolver} from '../../../edge/ledger/resolve.ts';
import {createRater} from '../../../edge/rating/rate.ts';
import type {CallRecord} from '../../../edge/record/call-record.ts';
import {createSiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {createDownPath} from '../../../edge/sync/down.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {encodeBatch} from '../../../shared/wire/batch.ts';
import type {Row} from '../../../shared/wire/row.ts';
import {snapshotPart, type SnapshotItem, type SnapshotPart} from '../../../shared/wire/snapshot.ts';
import {encodeSigned} from '../../../shared/wire/talk.ts';
import {temporaryStore} from '../temporary-store.ts';
import {HALL, NOON} from './ground.ts';

const LABEL = {epoch: 2, session: 1};
/** The cloud's. */
const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});

export function openBox() {
  const store = temporaryStore();
  const {database} = store;
  const clock = {now: NOON};
  const journal = createJournal(database, randomBytes);
  const ledger = createLedger(database, journal);
  const book = createSiteBook(database, (text) => {
    const read = readTariff(text);
    return read.kind === 'tariff' ? compileTariff(read.tariff, read.hash) : undefined;
  });
  const rate = createRater({site: HALL, book});
  const now = (): Instant => clock.now;
  const resolver = createResolver(database, {...book, journal, rate, now});
  const {balance} = ledger;
  const credit = createCreditControl(database, {...book, balance, write: journal.write, nextSeq: journal.next, now});
  const transact = <T>(work: () => T): T => inTransaction(database, work);
  const path = createDownPath(
    {
      database,
      transact,
      site: createSiteReaders(database),
      book,
      ledger,
      beginning: createBeginning(database),
      resolver,
      credit,
      now,
      announce: () => undefined,
    },
    createPublicKey(privateKey),
  );
  return Object.assign(clock, {
    database,
    remove: store.remove,
    /** The next rows of the cloud, in one batch. */
    apply: (rows: readonly Row[]): string => {
      const previousChain = database.prepare<[], Buffer>("SELECT chain FROM log_head WHERE log = 'down'").pluck().get() ?? Buffer.alloc(0);
      return path.apply(encodeBatch(rows, {...LABEL, previousChain}, privateKey)).kind;
    },
    /** A site's past, in one part. */
    begin: ({cut, items}: {readonly cut: SnapshotPart['cut']; readonly items: readonly SnapshotItem[]}) =>
      path.snapshot(encodeSigned('down', snapshotPart({...LABEL, cut, part: 1, parts: 1, items: [...items]}), privateKey), LABEL),
    downSeq: (): number => database.prepare<[], number>("SELECT seq FROM log_head WHERE log = 'down'").pluck().get() ?? 0,
    balance: (account: string): number => balance(account as AccountId),
    /** As its feed would hand it on; how many of them are new. */
    record: (...records: readonly CallRecord[]): number =>
      transact(() => {
        const rated = records.map((record) => rate(record, {goLive: 0 as Instant, receivedAt: clock.now}));
        return ledger.record(rated, book.policy()?.mode ?? 'watch', clock.now).recorded.length;
      }),
    /** What its loop does. */
    rateAll: (): void => {
      while (resolver.isDue()) transact(() => resolver.next());
    },
    rows: (sql: string): readonly unknown[] => database.prepare(sql).all(),
  });
}
export type Box = ReturnType<typeof openBox>;
