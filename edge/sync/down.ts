// The way down, put together: who reads which row, and what is settled after a batch or a snapshot. One path, whatever carried it.
import type {KeyObject} from 'node:crypto';
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {CreditControl, Settled} from '../credit/control.ts';
import type {Beginning} from '../ledger/beginning.ts';
import type {Ledger} from '../ledger/ledger.ts';
import type {Resolver} from '../ledger/resolve.ts';
import type {SiteBook} from '../site/book.ts';
import type {SiteReaders} from '../site/write.ts';
import type {Database, Transact} from '../store/open.ts';
import {createApply, type Apply} from './apply.ts';
import {createReaders, nothingTouched} from './readers.ts';
import {createSnapshot, type TakePart} from './snapshot.ts';

export type DownGiven = {
  readonly database: Database;
  readonly transact: Transact;
  readonly site: SiteReaders;
  readonly book: SiteBook;
  readonly ledger: Pick<Ledger, 'take' | 'adjust'>;
  readonly beginning: Beginning;
  readonly resolver: Pick<Resolver, 'take' | 'rateAgain'>;
  readonly credit: CreditControl;
  readonly now: () => Instant;
  /** After the commit. */
  readonly announce: (settled: Settled) => void;
};

export type DownPath = {readonly apply: Apply; readonly snapshot: TakePart};

/** `writer`: the cloud's key. */
export function createDownPath(given: DownGiven, writer: KeyObject): DownPath {
  const {book, credit, resolver, announce} = given;
  let touched = nothingTouched();
  const undone = (): void => {
    touched = nothingTouched();
    book.changed();
  };
  const settleTouched = (isSnapshot: boolean): readonly Settled[] => {
    const {paid, accounts, lines, site, prices, resolutions} = touched;
    undone();
    if (prices) resolver.rateAgain();
    const charged = resolver.take(resolutions);
    const known = (account: AccountId): boolean => !paid.has(account);
    return [
      // Lines of a site that has been billed before are no news, however many are locked: the brake is for what is.
      ...(isSnapshot ? [credit.releaseBrake()] : []),
      credit.settle(paid, 'money'),
      credit.settle([...charged].filter(known), 'call'),
      credit.settle([...accounts].filter(known), 'call'),
      credit.review(site ? book.extensions() : lines),
    ];
  };
  const shared = {
    ...given,
    writer,
    readers: createReaders(given, () => touched),
    after: (settled: readonly Settled[]) => settled.forEach(announce),
    undone,
  };
  return {
    apply: createApply({...shared, settle: () => settleTouched(false)}),
    snapshot: createSnapshot({...shared, settle: () => settleTouched(true)}),
  };
}
