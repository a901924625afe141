// The way down, put together: who reads which row, what is settled after a batch, where batches come from.
import type {KeyObject} from 'node:crypto';
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Log} from '../../shared/log/log.ts';
import {aborted} from '../../shared/time/back-off.ts';
import type {Timers} from '../../shared/time/instant.ts';
import type {CreditControl, Settled} from '../credit/control.ts';
import type {Health} from '../health/health.ts';
import type {Ledger} from '../ledger/ledger.ts';
import type {SiteBook} from '../site/book.ts';
import type {SiteReaders} from '../site/write.ts';
import type {Database, Transact} from '../store/open.ts';
import {createApply} from './apply.ts';
import {openInbox} from './inbox.ts';
import {createReaders, nothingTouched} from './readers.ts';

export type DownGiven = {
  readonly database: Database;
  readonly transact: Transact;
  /** The cloud's key; without it no row is accepted. */
  readonly writer: KeyObject | undefined;
  readonly folder: string;
  readonly site: SiteReaders;
  readonly book: SiteBook;
  readonly ledger: Pick<Ledger, 'take'>;
  readonly credit: CreditControl;
  /** After the commit. */
  readonly announce: (settled: readonly Settled[]) => void;
  readonly health: Pick<Health, 'incident' | 'ended'>;
  readonly timers: Timers;
  readonly log: Log;
};

const CURE = 'the cloud must send what is missing, or this box must be updated; the refused file is kept beside the inbox';

/** Takes rows until `stop` aborts. */
export function createDownPath(given: DownGiven): (stop: AbortSignal) => Promise<void> {
  const {database, transact, writer, book, credit, health, timers, log} = given;
  let touched = nothingTouched();
  const begin = (): void => {
    touched = nothingTouched();
  };

  const settle = (): readonly Settled[] => {
    book.changed();
    const {paid, accounts, lines, site} = touched;
    const known = (account: AccountId): boolean => !paid.has(account);
    begin();
    return [
      credit.settle(paid, 'money'),
      credit.settle([...accounts].filter(known), 'call'),
      credit.review(site ? book.extensions() : lines),
    ];
  };

  return (stop) => {
    if (writer === undefined) return aborted(stop);
    const apply = createApply({
      database,
      transact,
      writer,
      settle,
      readers: createReaders(given, () => touched),
      after: given.announce,
      undone: () => {
        begin();
        book.changed();
      },
    });
    const close = openInbox({
      folder: given.folder,
      apply,
      timers,
      log,
      stopped: (why) => health.incident('credit.down-refused', 'cloud', `rows from the cloud are not applied: ${why}`, CURE),
      goes: () => health.ended('credit.down-refused', 'cloud'),
    });
    return aborted(stop).then(close);
  };
}
