// All lines: wanted and actual, with the reasons in words.
import type {VNode} from 'preact';
import {Age} from '../../../shared/ui/figures.tsx';
import {SearchedList} from '../../../shared/ui/list.tsx';
import {Notice} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Mode} from '../../health/status.ts';
import {LINE_FILTERS, type Line, type LineFilter, type LinePage} from '../rows/lines.ts';
import {Frame} from './frame.tsx';
import {useWords} from './ground.ts';
import {ActualBadge, LastFailure, LineName, PayerBalance, PayerName, ReasonList, WantedBadge} from './line-cells.tsx';
import {ListFault} from './list.tsx';

export type LinesView = {
  readonly filter: LineFilter;
  readonly search: string;
  readonly page: number;
  readonly mode: Mode | undefined;
  /** Undefined: it cannot be read. */
  readonly found: LinePage | undefined;
};

export function LinesPage({filter, search, page, mode, found}: LinesView): VNode {
  const {lines: words} = useWords();
  return (
    <Frame current="lines" title={words.title} lead={words.lead}>
      {mode === 'watch' || mode === 'bill' ? <Notice state="off" title={words.modeNote[mode]} /> : null}
      {found === undefined ? (
        <ListFault />
      ) : (
        <SearchedList
          address="/lines"
          words={words}
          filters={LINE_FILTERS.map((each) => [each, found.counts[each]])}
          filter={filter}
          search={search}
          page={page}
          hasMore={found.hasMore}
          isEmpty={found.lines.length === 0}
        >
          <LineTable lines={found.lines} isSet={mode === 'bill-and-lock'} />
        </SearchedList>
      )}
    </Frame>
  );
}

function LineTable({lines, isSet}: {readonly lines: readonly Line[]; readonly isSet: boolean}): VNode {
  const {lines: words} = useWords();
  const {columns} = words;
  return (
    <Table
      caption={words.list}
      rows={lines}
      rowKey={(line) => line.extension}
      columns={[
        {head: columns.extension, kind: 'key', cell: (line) => <LineName line={line} />},
        {head: columns.wanted, cell: (line) => <WantedBadge line={line} />},
        {
          head: columns.actual,
          cell: (line) => (
            <>
              <ActualBadge line={line} isSet={isSet} />
              <LastFailure line={line} />
            </>
          ),
        },
        {head: columns.why, cell: (line) => <ReasonList line={line} />},
        {head: columns.payer, cell: (line) => <PayerName payer={line.payer} />},
        {head: words.balance, kind: 'figure', cell: (line) => <PayerBalance payer={line.payer} />},
        {head: columns.decided, cell: (line) => <Age at={line.state?.decidedAt} />},
      ]}
    />
  );
}
