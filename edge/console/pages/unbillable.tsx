// Calls that cannot be billed yet, by reason.
import type {VNode} from 'preact';
import {Duration, Time} from '../../../shared/ui/figures.tsx';
import {CutPager, EmptyList, Filters, addressWith, type Cut} from '../../../shared/ui/list.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import {CALLS_COUNTED, type Call} from '../rows/calls.ts';
import {Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {accountAddress, lineAddress} from './line-cells.tsx';
import {ListFault} from './list.tsx';

export type UnbillableView = {
  readonly reason: string | undefined;
  readonly found: {readonly groups: readonly {readonly reason: string; readonly count: number}[]; readonly calls: Cut<Call>} | undefined;
};

export function UnbillablePage({reason, found}: UnbillableView): VNode {
  const {unbillable: words, rejects} = useWords();
  const {count, text} = useFigures();
  if (found === undefined) {
    return (
      <Frame current="unbillable" title={words.title} lead={words.lead}>
        <ListFault />
      </Frame>
    );
  }
  const {groups, calls} = found;
  return (
    <Frame current="unbillable" title={words.title} lead={words.lead}>
      {groups.length === 0 ? null : (
        <>
          <Filters
            label={words.groups}
            choices={[
              {href: '/unbillable', label: words.all, count: undefined, isCurrent: reason === undefined},
              ...groups.map((group) => ({
                href: addressWith('/unbillable', {reason: group.reason}, {}),
                label: words.reasons[group.reason] ?? group.reason,
                count: group.count >= CALLS_COUNTED ? rejects.atLeast(count(group.count)) : text(group.count),
                isCurrent: group.reason === reason,
              })),
            ]}
          />
          {reason === undefined ? null : <p class="cure">{words.cures[reason]}</p>}
        </>
      )}
      {calls.rows.length === 0 ? <EmptyList isFiltered={reason !== undefined} words={words} /> : <UnbillableTable calls={calls.rows} />}
      <CutPager path="/unbillable" keep={{reason: reason ?? ''}} cut={calls} />
    </Frame>
  );
}

function UnbillableTable({calls}: {readonly calls: readonly Call[]}): VNode {
  const {unbillable: words} = useWords();
  const {columns} = words;
  return (
    <Table
      caption={words.list}
      rows={calls}
      rowKey={(call) => call.id}
      columns={[
        {head: columns.when, kind: 'key', cell: ({startedAt}) => <Time at={startedAt} />},
        {
          head: columns.line,
          cell: ({extension}) =>
            extension === undefined ? <span class="soft">{words.noLine}</span> : <a href={lineAddress(extension)}>{extension}</a>,
        },
        {head: columns.duration, kind: 'figure', cell: ({seconds}) => <Duration seconds={seconds} />},
        {
          head: columns.reason,
          cell: ({reason = ''}) => (
            <>
              {words.reasons[reason] ?? reason} <code>{reason}</code>
            </>
          ),
        },
        {head: columns.detail, kind: 'wide', cell: ({detail}) => detail},
        {
          head: columns.payer,
          cell: ({payer}) =>
            payer === undefined ? <span class="soft">{words.noPayer}</span> : <a href={accountAddress(payer)}>{payer}</a>,
        },
        {head: columns.feed, cell: ({feed}) => feed},
      ]}
    />
  );
}
