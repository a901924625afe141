// What was posted beside the price of a call since, by which proposal.
import type {VNode} from 'preact';
import {micros} from '../../../shared/money/micros.ts';
import {Money, Time} from '../../../shared/ui/figures.tsx';
import {Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {CallAdjustment} from '../../books/adjustments.ts';
import type {Site} from '../rows/sites.ts';
import {reratingAddress} from './addresses.ts';
import {PayerLink} from './cells.tsx';
import {useWords} from './ground.ts';

export type Correction = CallAdjustment & {readonly name: string | undefined};

/** Nothing for a call that was never corrected. */
export function CallCorrections({site, corrections}: {readonly site: Site; readonly corrections: readonly Correction[]}): VNode | null {
  const {rerating: words} = useWords();
  const {correctionColumns: columns} = words;
  if (corrections.length === 0) return null;
  return (
    <Panel title={words.title}>
      <p>{words.ofCall}</p>
      <Table
        caption={words.ofCallList}
        rows={corrections}
        rowKey={({n}) => String(n)}
        columns={[
          {
            head: columns.when,
            kind: 'key',
            cell: ({at, rerating}) => (
              <a href={reratingAddress(rerating)}>
                <Time at={at} />
              </a>
            ),
          },
          {head: columns.who, cell: ({account, name}) => (account === 'house' ? words.house : <PayerLink account={account} name={name} />)},
          // As it moved the balance.
          {head: columns.amount, kind: 'figure', cell: ({amount}) => <Money amount={micros(0 - amount)} currency={site.currency} />},
        ]}
      />
    </Panel>
  );
}
